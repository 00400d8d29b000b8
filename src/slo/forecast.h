/* forecast: how many units the rest of an open calendar period will bring: the same hours of past weeks. */
#ifndef SLOBURN_SLO_FORECAST_H
#define SLOBURN_SLO_FORECAST_H

#include "slo/calendar.h"
#include "slo/minutes.h"

enum { FORECAST_WEEKS = 4 };

/* Sums that the forecast wants, as ranges of minutes [from, to): whole weeks back from now, and, of each of
 * these weeks, the part that the remainder beyond whole weeks repeats. */
struct forecast_ranges {
    int64_t week_from[FORECAST_WEEKS];
    int64_t week_to[FORECAST_WEEKS];
    int64_t part_from[FORECAST_WEEKS];
    int64_t part_to[FORECAST_WEEKS];
    size_t n;             /* weeks that the history covers: 0 to FORECAST_WEEKS */
    int64_t whole_weeks;  /* that are left of the period */
    int64_t rest_minutes; /* that are left of it in all */
};

struct forecast_ranges forecast_wanted(const struct period *period, int64_t now_ms, int64_t first_minute);
/* Units of the whole period: those so far and those to come. Without a full week of history the rest comes at
 * the pace of what there is, or, with less than an hour of it, -1: not known. */
int64_t forecast_units(const struct forecast_ranges *ranges, const struct window_sum weeks[],
                       const struct window_sum parts[], const struct window_sum *so_far,
                       const struct window_sum *history);

#endif
