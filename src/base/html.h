/* html: text that goes into HTML. */
#ifndef SLOBURN_BASE_HTML_H
#define SLOBURN_BASE_HTML_H

#include "base/buf.h"

/* & < > " ' escaped, control characters replaced: safe in text and in quoted attributes. */
void html_escape(struct text t, struct buf *out);

#endif
