/* What the rest of a period will bring. A remainder of R minutes is so many whole weeks and a part of one;
 * each whole week is taken to be the mean of the last weeks, the part to be the mean of the same part of
 * those weeks. */
#include "slo/forecast.h"

enum { WEEK_MINUTES = 7 * DAY_MINUTES, LEAST_MINUTES = 60 };

struct forecast_ranges forecast_wanted(const struct period *period, int64_t now_ms, int64_t first_minute)
{
    struct forecast_ranges ranges = {0};
    int64_t now = minute_of(now_ms) + 1;
    int64_t end = period->to_ms / MINUTE_MS;
    ranges.rest_minutes = end > now ? end - now : 0;
    ranges.whole_weeks = ranges.rest_minutes / WEEK_MINUTES;
    int64_t part = ranges.rest_minutes % WEEK_MINUTES;
    for (int64_t week = 1; week <= FORECAST_WEEKS; week++) {
        int64_t from = now - week * WEEK_MINUTES;
        if (from < first_minute)
            break;
        ranges.week_from[ranges.n] = from;
        ranges.week_to[ranges.n] = from + WEEK_MINUTES;
        ranges.part_from[ranges.n] = from;
        ranges.part_to[ranges.n] = from + part;
        ranges.n++;
    }
    return ranges;
}

static int64_t capped(__int128 units)
{
    return units > INT64_MAX ? INT64_MAX : units < 0 ? 0 : (int64_t)units;
}

int64_t forecast_units(const struct forecast_ranges *ranges, const struct window_sum weeks[],
                       const struct window_sum parts[], const struct window_sum *so_far,
                       const struct window_sum *history)
{
    __int128 units = so_far->units;
    if (!ranges->n) {
        if (history->minutes < LEAST_MINUTES)
            return ranges->rest_minutes ? -1 : capped(units);
        units += (__int128)history->units * ranges->rest_minutes / history->minutes;
        return capped(units);
    }
    __int128 week = 0;
    __int128 part = 0;
    for (size_t i = 0; i < ranges->n; i++) {
        week += weeks[i].units;
        part += parts[i].units;
    }
    units += (week * ranges->whole_weeks + part) / (__int128)ranges->n;
    return capped(units);
}
