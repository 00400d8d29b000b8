/* classic_histogram: quantiles and fractions of a histogram given as cumulative buckets (the series with the
 * label le). Buckets come in any order and representation; prepare sorts them, adds up those of one bound and
 * makes counts rise. */
#ifndef SLOBURN_PROMQL_CLASSIC_HISTOGRAM_H
#define SLOBURN_PROMQL_CLASSIC_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>

struct classic_bucket {
    double upper; /* the bound, inclusive */
    double count; /* of all observations up to it */
};

/* What had to be changed so that counts rise; differences within 1e-12 are mended without a word. */
struct bucket_repair {
    bool forced;
    double min_upper; /* bounds of the first and the last bucket that was raised */
    double max_upper;
    double max_difference;
};

/* Sorts by bound and joins equal bounds. The new number of buckets. */
size_t classic_buckets_join(struct classic_bucket *buckets, size_t n);
/* Of joined buckets: raises each count to the one before, at least. */
struct bucket_repair classic_buckets_raise(struct classic_bucket *buckets, size_t n);
/* Of joined and raised buckets. NaN without a bucket +Inf, with fewer than two buckets, or no observations.
 */
double classic_quantile(double q, const struct classic_bucket *buckets, size_t n);
/* The share of observations between two values, of joined buckets. */
double classic_fraction(double lower, double upper, const struct classic_bucket *buckets, size_t n);

#endif
