/* explain: why was I, or was I not, paged? One SLO (or one value of its fan-out) from end to end: what is
 * open and what to do first; the formula with its numbers; what is counted; each tier and why it fires or
 * does not; recent incidents. */
#ifndef SLOBURN_REPORT_EXPLAIN_H
#define SLOBURN_REPORT_EXPLAIN_H

#include "base/json.h"

/* Elements of three documents (engine/ledger_query.h) that speak of the same SLO and value. */
struct explain_view {
    const struct json *status;        /* of /api/v1/slos */
    const struct json *status_rollup; /* the same of the roll-up; may be `status` */
    const struct json *ledger;        /* of /api/v1/ledger; NULL: nothing was counted */
    const struct json *rollup;   /* the ledger's roll-up, which carries queries and impact; may be `ledger` */
    const struct json *incident; /* the open one, a page before a ticket, of /api/v1/alerts; NULL: none */
    double now_ms;
};

/* The element of "slos" for this value ("tenant=acme"; "": the roll-up). */
const struct json *explain_find(const struct json *document, struct text labels);
/* The open incident of that SLO and value, in a document of alerts. */
const struct json *explain_find_incident(const struct json *alerts, const struct json *status);

void explain_render(const struct explain_view *view, struct buf *out);

#endif
