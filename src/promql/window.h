/* window: the points of a series that a range function sees at one step: what all numeric kernels
 * (rate.h, over_time.h, trend.h) work on.
 *
 * Only floats: stale markers and histograms are gone before. Points are sorted by time. For ordinary ranges
 * every point p has start_ms < p <= end_ms. For `anchored` and `smoothed` the window also holds neighbours:
 * the last point at or before start_ms, and for `smoothed` the first one at or after end_ms. */
#ifndef SLOBURN_PROMQL_WINDOW_H
#define SLOBURN_PROMQL_WINDOW_H

#include <stddef.h>
#include <stdint.h>

struct window {
    const int64_t *times_ms;
    const double *values;
    const int64_t *starts_ms; /* start timestamps, 0 unknown; NULL where they are absent or not to be used */
    size_t len;
    int64_t start_ms; /* exclusive */
    int64_t end_ms;   /* inclusive */
};

#endif
