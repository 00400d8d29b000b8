/* series: the samples of one label set over time: what sources give, promql works on and the ledger
 * counts. Columns, oldest first, times strictly rising.
 *
 * Times are int64 milliseconds since 1970 UTC. A stale marker is a NaN with the bits
 * STALE_NAN_BITS and is told from other NaNs by its bits alone. Start times (when a counter was
 * created or reset; 0 unknown) and histograms are columns that may be absent (NULL); where
 * histograms is present, histograms[i] != NULL means that sample i is a histogram and values[i] is
 * unused. Columns are borrowed: their owner is the source's arena or window store. */
#ifndef SLOBURN_BASE_SERIES_H
#define SLOBURN_BASE_SERIES_H

#include "base/labels.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct histogram; /* native histograms: opaque below promql */

struct series {
    const struct labels *labels;
    size_t len;
    const int64_t *times_ms;
    const double *values;
    const int64_t *starts_ms;                  /* or NULL */
    const struct histogram *const *histograms; /* or NULL */
};

struct series_set {
    struct series *at;
    size_t len;
};

/* How many of n rising times lie before at_ms: the place of the first that does not. */
static inline size_t times_before(const int64_t *times_ms, size_t n, int64_t at_ms)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (times_ms[middle] < at_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

#define STALE_NAN_BITS 0x7ff0000000000002ULL

static inline bool value_is_stale(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits == STALE_NAN_BITS;
}

static inline double stale_nan(void)
{
    uint64_t bits = STALE_NAN_BITS;
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

#endif
