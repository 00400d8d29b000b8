/* over_time: sums, means, spreads and extremes of float windows (the *_over_time functions).
 *
 * Plain functions look at one window. The sliding ones (sliding_sum, sliding_extreme) follow a window that
 * moves to the right over a series and pay only for the points that enter and leave; their results differ
 * from the plain ones by at most 1e-12 of the value, and not at all for integers. */
#ifndef SLOBURN_PROMQL_OVER_TIME_H
#define SLOBURN_PROMQL_OVER_TIME_H

#include "promql/kahan.h"
#include "promql/window.h"

#include <stdbool.h>

/* Of n > 0 values. */
double sum_of(const double *values, size_t n);
/* Changes to an incremental mean where the sum would overflow. */
double mean_of(const double *values, size_t n);
double variance_of(const double *values, size_t n); /* of the population */
/* Median absolute deviation; reorders `scratch`, which has room for n values. NaN if any value is. */
double deviation_of(const double *values, size_t n, double *scratch);

/* The Kahan-Neumaier sum of values[from, to) while from and to rise. Zero it, then slide it to each window.
 */
struct sliding_sum {
    struct kahan sum;
    double largest; /* partial sum since the last fresh start */
    size_t from;
    size_t to;
    size_t moves; /* additions and subtractions since then */
};

void sliding_sum_to(struct sliding_sum *s, const double *values, size_t from, size_t to);

/* The smallest or largest of values[from, to). Its queue holds the candidates, oldest first. */
struct sliding_extreme {
    bool largest;  /* else the smallest */
    bool newest;   /* of equal ones the newest, else the oldest */
    size_t *queue; /* room for as many as the series has values; on the heap, owned by the caller */
    size_t head;
    size_t tail;
    size_t to;
};

/* Its index, or `to` if all values of the window are NaN. */
size_t sliding_extreme_to(struct sliding_extreme *s, const double *values, size_t from, size_t to);

/* How often a value differs from the one before it, within values[from, to); zero it to begin. */
struct sliding_changes {
    size_t changes;
    size_t from;
    size_t to;
};

size_t sliding_changes_to(struct sliding_changes *s, const double *values, size_t from, size_t to);

#endif
