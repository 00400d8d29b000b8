/* period: the words in which people name a period of a report, made into a ledger query's window, moment and
 * "periods before". */
#ifndef SLOBURN_REPORT_PERIOD_H
#define SLOBURN_REPORT_PERIOD_H

#include "base/err.h"

#include <stdint.h>

struct report_period {
    struct text
        window;    /* "30d", "month"; "": each SLO's first window. Borrowed from the text given, or static */
    int64_t at_ms; /* a moment in the period */
    int before;    /* periods before that */
};

/* "" (each SLO's own window, now), "30d", "month", "last month" (also "last 30d"), and closed ones by name:
 * "2026", "2026-Q3", "2026-10", "2026-W42", "2026-10-07". Calendar periods are those of the SLO's own zone.
 * ERR_USAGE. */
NODISCARD bool report_period_parse(struct text t, int64_t now_ms, struct report_period *period,
                                   struct err *err);

#endif
