/* calendar: the compliance periods of an SLO, exact in their zone (a day of 23 or 25 hours, months of 28 to
 * 31 days, leap years). Weeks begin on Monday. */
#ifndef SLOBURN_SLO_CALENDAR_H
#define SLOBURN_SLO_CALENDAR_H

#include "slo/definition.h"

struct buf;

struct period {
    int64_t from_ms; /* inclusive as minutes, that is samples in (from, to] */
    int64_t to_ms;   /* exclusive; of a rolling period: the time asked for, on the minute */
    bool rolling;
};

/* The period that holds at_ms. Rolling: the length up to the next minute's border at or after at_ms. */
struct period period_at(const struct slo_window *window, int64_t at_ms);
/* The one before, and the n-th before (n > 0); rolling ones are moved by their length. */
struct period period_before(const struct slo_window *window, const struct period *period, int n);
/* "2026-11", "2026-Q4", "2026-W47", "2026-11-21", "2026", or "30d to 2026-11-21T00:31:00Z". */
void period_print(const struct slo_window *window, const struct period *period, struct buf *out);

#endif
