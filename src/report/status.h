/* status: how SLOs stand, worst first, as a table, as JSON and as OpenMetrics. From a document of statuses
 * (engine/ledger_query.h). */
#ifndef SLOBURN_REPORT_STATUS_H
#define SLOBURN_REPORT_STATUS_H

#include "base/arena.h"
#include "base/json.h"

struct status_style {
    bool bars; /* budget bars, and colours: a terminal */
    int64_t now_ms;
};

/* Roll-ups worst first (open pages, then least budget left), each followed by its values, worst first too. In
 * the arena. */
const struct json **status_sorted(const struct json *document, struct arena *arena, size_t *n);

/* Below the table a line a composite. */
void status_table(const struct json *document, const struct status_style *style, struct buf *out);
/* {"schema": "sloburn.status/1", …}: the document, worst first. */
void status_json(const struct json *document, struct buf *out);
/* Ends with "# EOF". */
void status_openmetrics(const struct json *document, struct buf *out);

#endif
