/* markup: text that is put into Markdown, CSV and JSON, each by its own rules; for HTML and XML see
 * base/html.h. */
#ifndef SLOBURN_REPORT_MARKUP_H
#define SLOBURN_REPORT_MARKUP_H

#include "base/json.h"

/* A cell of a Markdown table: nothing in it is markup, nothing ends the cell. */
void markup_cell(struct text t, struct buf *out);
/* A field of CSV (RFC 4180); what a spreadsheet would take for a formula is made text. */
void markup_csv(struct text t, struct buf *out);
/* A parsed value again, its whole numbers as such. */
void markup_json(struct json_writer *w, const struct json *value);

#endif
