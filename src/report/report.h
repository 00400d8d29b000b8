/* report: the compliance report of a period, from a ledger document (engine/ledger_query.h, with days): for
 * whoever signs the SLA. HTML that stands alone (inline SVG, no script, prints well), Markdown, JSON with a
 * versioned schema, CSV. */
#ifndef SLOBURN_REPORT_REPORT_H
#define SLOBURN_REPORT_REPORT_H

#include "base/json.h"

/* In the order of report_formats. */
enum report_format { REPORT_HTML, REPORT_MARKDOWN, REPORT_JSON, REPORT_CSV };

extern const char *const report_formats[]; /* html, markdown, json, csv, NULL */

void report_render(const struct json *document, enum report_format format, struct buf *out);

#endif
