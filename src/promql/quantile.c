/* quantile: finds the two values next to a rank by partial sorting (Hoare's quickselect with the median of
 * three as pivot), which is linear where a full sort is not. */
#include "promql/quantile.h"

#include <math.h>

static void swap(double *a, double *b)
{
    double kept = *a;
    *a = *b;
    *b = kept;
}

/* Moves NaNs to the front; returns how many there are. */
static size_t nans_first(double *values, size_t n)
{
    size_t nans = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(values[i]))
            swap(&values[i], &values[nans++]);
    }
    return nans;
}

static double median_of_three(double a, double b, double c)
{
    if (a > b)
        swap(&a, &b);
    if (b > c)
        b = c;
    return a > b ? a : b;
}

/* Afterwards values[k] is where a sort would put it, smaller ones before, larger ones behind. No NaN here. */
static void select_rank(double *values, size_t n, size_t k)
{
    size_t low = 0;
    size_t high = n;
    while (high - low > 1) {
        double pivot = median_of_three(values[low], values[low + (high - low) / 2], values[high - 1]);
        size_t below = low; /* [low, below) < pivot, [below, i) == pivot, [above, high) > pivot */
        size_t above = high;
        size_t i = low;
        while (i < above) {
            if (values[i] < pivot)
                swap(&values[i++], &values[below++]);
            else if (values[i] > pivot)
                swap(&values[i], &values[--above]);
            else
                i++;
        }
        if (k < below)
            high = below;
        else if (k >= above)
            low = above;
        else
            return;
    }
}

static double smallest(const double *values, size_t n)
{
    double least = values[0];
    for (size_t i = 1; i < n; i++) {
        if (values[i] < least)
            least = values[i];
    }
    return least;
}

double quantile_of(double q, double *values, size_t n)
{
    if (n == 0 || isnan(q))
        return (double)NAN;
    if (q < 0)
        return -(double)INFINITY;
    if (q > 1)
        return (double)INFINITY;
    double rank = q * (double)(n - 1);
    size_t lower = (size_t)floor(rank);
    size_t upper = lower + 1 < n ? lower + 1 : n - 1;
    double weight = rank - floor(rank);

    size_t nans = nans_first(values, n);
    if (lower >= nans)
        select_rank(values + nans, n - nans, lower - nans);
    double above = (double)NAN;
    if (upper == lower)
        above = values[lower];
    else if (upper >= nans)
        above = smallest(values + upper, n - upper);
    return values[lower] * (1 - weight) + above * weight;
}
