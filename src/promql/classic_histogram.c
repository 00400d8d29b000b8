/* classic_histogram: interpolates linearly inside buckets. The lowest bucket starts at 0 where its bound is
 * positive; a bucket that reaches to infinity is not interpolated. */
#include "promql/classic_histogram.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* Floating point noise from rate() and sum(): no reason to complain. */
static const double SMALL_DIFFERENCE = 1e-12;

static int compare_bounds(const void *a, const void *b)
{
    double x = ((const struct classic_bucket *)a)->upper;
    double y = ((const struct classic_bucket *)b)->upper;
    return (x > y) - (x < y);
}

static bool is_sorted(const struct classic_bucket *buckets, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (!(buckets[i - 1].upper < buckets[i].upper))
            return false;
    }
    return true;
}

size_t classic_buckets_join(struct classic_bucket *buckets, size_t n)
{
    if (n == 0 || is_sorted(buckets, n))
        return n;
    qsort(buckets, n, sizeof *buckets, compare_bounds);
    size_t last = 0;
    for (size_t i = 1; i < n; i++) {
        if (buckets[i].upper == buckets[last].upper)
            buckets[last].count += buckets[i].count;
        else
            buckets[++last] = buckets[i];
    }
    return last + 1;
}

static bool nearly_equal(double a, double b)
{
    if (a == b)
        return true;
    double sum = fabs(a) + fabs(b);
    double difference = fabs(a - b);
    if (a == 0 || b == 0 || sum < DBL_MIN)
        return difference < SMALL_DIFFERENCE * DBL_MIN;
    return difference / fmin(sum, DBL_MAX) < SMALL_DIFFERENCE;
}

struct bucket_repair classic_buckets_raise(struct classic_bucket *buckets, size_t n)
{
    struct bucket_repair repair = {false, 0, 0, 0};
    for (size_t i = 1; i < n; i++) {
        double before = buckets[i - 1].count;
        double count = buckets[i].count;
        bool noise = nearly_equal(before, count);
        if (!noise && !(count < before))
            continue;
        buckets[i].count = before;
        if (noise)
            continue;
        if (!repair.forced)
            repair.min_upper = buckets[i].upper;
        repair.forced = true;
        repair.max_upper = buckets[i].upper;
        repair.max_difference = fmax(repair.max_difference, before - count);
    }
    return repair;
}

double classic_quantile(double q, const struct classic_bucket *buckets, size_t n)
{
    if (isnan(q))
        return (double)NAN;
    if (q < 0)
        return -(double)INFINITY;
    if (q > 1)
        return (double)INFINITY;
    if (n < 2 || !(isinf(buckets[n - 1].upper) && buckets[n - 1].upper > 0))
        return (double)NAN;
    double observations = buckets[n - 1].count;
    if (observations == 0)
        return (double)NAN;
    double rank = q * observations;
    size_t low = 0;
    size_t high = n - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (buckets[middle].count >= rank)
            high = middle;
        else
            low = middle + 1;
    }
    if (low == n - 1)
        return buckets[n - 2].upper;
    if (low == 0 && buckets[0].upper <= 0)
        return buckets[0].upper;
    double start = 0;
    double count = buckets[low].count;
    if (low > 0) {
        start = buckets[low - 1].upper;
        count -= buckets[low - 1].count;
        rank -= buckets[low - 1].count;
    }
    return start + (buckets[low].upper - start) * (rank / count);
}

/* A bucket with the bound below it and the number of observations below it. */
struct span {
    double lower;
    double upper;
    double before;
    double count;
};

/* Observations below a value inside the span. A span from -Inf counts wholly, one to +Inf not at all: neither
 * contributes to a fraction whose border lies inside. */
static double rank_inside(const struct span *s, double value)
{
    if (isinf(s->lower))
        return s->count;
    return s->before + (s->count - s->before) * (value - s->lower) / (s->upper - s->lower);
}

static double rank_of(double value, const struct classic_bucket *buckets, size_t n)
{
    double total = buckets[n - 1].count;
    struct span s = {-(double)INFINITY, 0, 0, 0};
    if (buckets[0].upper > 0)
        s.lower = 0;
    for (size_t i = 0; i < n; i++) {
        s.upper = buckets[i].upper;
        s.count = buckets[i].count;
        double rank = s.before;
        if (value < s.upper) {
            if (s.lower < value)
                rank = rank_inside(&s, value);
            return rank > total ? total : rank;
        }
        s.lower = s.upper;
        s.before = s.count;
    }
    return total;
}

double classic_fraction(double lower, double upper, const struct classic_bucket *buckets, size_t n)
{
    if (n == 0 || !(isinf(buckets[n - 1].upper) && buckets[n - 1].upper > 0))
        return (double)NAN;
    double total = buckets[n - 1].count;
    if (total == 0 || isnan(lower) || isnan(upper))
        return (double)NAN;
    if (lower >= upper)
        return 0;
    return (rank_of(upper, buckets, n) - rank_of(lower, buckets, n)) / total;
}
