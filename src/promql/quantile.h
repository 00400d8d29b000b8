/* quantile: the q-quantile of a handful of values, for quantile_over_time, mad_over_time and the quantile
 * aggregator. NaN counts as the smallest value. Between two ranks it interpolates linearly. */
#ifndef SLOBURN_PROMQL_QUANTILE_H
#define SLOBURN_PROMQL_QUANTILE_H

#include <stddef.h>

/* Reorders `values`. q NaN or n 0: NaN; q below 0: -Inf; above 1: +Inf. On average linear in n. */
double quantile_of(double q, double *values, size_t n);

#endif
