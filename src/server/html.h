/* html: what the pages are written with: frames, bars, and times for people. Internal to src/server. */
#ifndef SLOBURN_SERVER_HTML_H
#define SLOBURN_SERVER_HTML_H

#include "base/html.h"

#include <stdint.h>

/* A string, escaped. */
void html_string(const char *s, struct buf *out);
/* Begins and ends a page; `refresh_s` 0: it does not reload by itself. */
void html_begin(const char *title, int refresh_s, struct buf *out);
void html_end(struct buf *out);
/* A bar of the budget left: green, amber, red, or empty and red when it is overdrawn. */
void html_budget_bar(double left_share, struct buf *out);
/* "3 h 20 min ago" from two times. */
void html_ago(int64_t then_ms, int64_t now_ms, struct buf *out);

#endif
