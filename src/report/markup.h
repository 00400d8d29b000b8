/* markup: text that is put into HTML, XML, Markdown, CSV and JSON, each by its own rules. */
#ifndef SLOBURN_REPORT_MARKUP_H
#define SLOBURN_REPORT_MARKUP_H

#include "base/json.h"

/* For HTML and XML, in text and in attributes; control characters, which XML forbids, become U+FFFD. */
void markup_escape(struct text t, struct buf *out);
/* A cell of a Markdown table: nothing in it is markup, nothing ends the cell. */
void markup_cell(struct text t, struct buf *out);
/* A field of CSV (RFC 4180); what a spreadsheet would take for a formula is made text. */
void markup_csv(struct text t, struct buf *out);
/* A parsed value again, its whole numbers as such. */
void markup_json(struct json_writer *w, const struct json *value);

#endif
