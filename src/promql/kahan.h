/* kahan: Kahan's sum as Neumaier improved it, in Prometheus' variant: the compensation is dropped once the
 * sum is infinite. The order of additions matters to the last bit, and so does -ffp-contract=off.
 *
 * Source: A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54,
 * 1974. */
#ifndef SLOBURN_PROMQL_KAHAN_H
#define SLOBURN_PROMQL_KAHAN_H

#include <math.h>

struct kahan {
    double sum;
    double lost; /* what rounding took from sum so far */
};

static inline struct kahan kahan_add(struct kahan k, double value)
{
    double total = k.sum + value;
    if (isinf(total))
        k.lost = 0;
    else if (fabs(k.sum) >= fabs(value))
        k.lost += (k.sum - total) + value;
    else
        k.lost += (value - total) + k.sum;
    k.sum = total;
    return k;
}

static inline double kahan_total(struct kahan k)
{
    return k.sum + k.lost;
}

#endif
