/* over_time: aggregates over the points of a window, after Prometheus' definitions.
 *
 * A sliding sum adds what enters and subtracts what leaves, both by Kahan-Neumaier, so that its error stays
 * near (moves * 2^-53)^2 of the largest partial sum. It starts afresh when that could show: when the sum is
 * small against what it passed through, is not finite, or after SUM_MOVES_MAX moves. */
#include "promql/over_time.h"

#include "promql/quantile.h"

#include <math.h>
#include <string.h>

enum { SUM_MOVES_MAX = 100000 };

static struct kahan kahan_of(const double *values, size_t n)
{
    struct kahan k = {0, 0};
    for (size_t i = 0; i < n; i++)
        k = kahan_add(k, values[i]);
    return k;
}

double sum_of(const double *values, size_t n)
{
    struct kahan k = kahan_of(values, n);
    return isinf(k.sum) ? k.sum : kahan_total(k);
}

/* The mean of n values, of which the first `done` have the finite sum `k`. */
static double mean_incremental(const double *values, size_t n, size_t done, struct kahan k)
{
    struct kahan mean = {k.sum / (double)done, k.lost / (double)done};
    for (size_t i = done; i < n; i++) {
        double count = (double)(i + 1);
        double share = (count - 1) / count;
        mean = kahan_add((struct kahan){share * mean.sum, share * mean.lost}, values[i] / count);
    }
    return kahan_total(mean);
}

double mean_of(const double *values, size_t n)
{
    struct kahan k = {values[0], 0};
    for (size_t i = 1; i < n; i++) {
        struct kahan next = kahan_add(k, values[i]);
        if (isinf(next.sum))
            return mean_incremental(values, n, i, k);
        k = next;
    }
    return k.sum / (double)n + k.lost / (double)n;
}

double variance_of(const double *values, size_t n)
{
    struct kahan mean = {0, 0};
    struct kahan squares = {0, 0};
    for (size_t i = 0; i < n; i++) {
        double delta = values[i] - kahan_total(mean);
        mean = kahan_add(mean, delta / (double)(i + 1));
        squares = kahan_add(squares, delta * (values[i] - kahan_total(mean)));
    }
    return kahan_total(squares) / (double)n;
}

double deviation_of(const double *values, size_t n, double *scratch)
{
    memcpy(scratch, values, n * sizeof *values);
    double median = quantile_of(0.5, scratch, n);
    for (size_t i = 0; i < n; i++) {
        if (isnan(values[i]))
            return (double)NAN;
        scratch[i] = fabs(values[i] - median);
    }
    return quantile_of(0.5, scratch, n);
}

static void sum_move(struct sliding_sum *s, double value)
{
    s->sum = kahan_add(s->sum, value);
    double size = fabs(s->sum.sum);
    if (!(size <= s->largest))
        s->largest = size;
    s->moves++;
}

static void sum_afresh(struct sliding_sum *s, const double *values, size_t from, size_t to)
{
    *s = (struct sliding_sum){.sum = {0, 0}, .largest = 0, .from = from, .to = to, .moves = 0};
    for (size_t i = from; i < to; i++)
        sum_move(s, values[i]);
    s->moves = 0;
}

void sliding_sum_to(struct sliding_sum *s, const double *values, size_t from, size_t to)
{
    if (from >= s->to || (from - s->from) + (to - s->to) >= to - from) {
        sum_afresh(s, values, from, to);
        return;
    }
    for (; s->to < to; s->to++)
        sum_move(s, values[s->to]);
    for (; s->from < from; s->from++)
        sum_move(s, -values[s->from]);
    /* Written so that NaN starts afresh too. */
    if (!(fabs(s->sum.sum) >= s->largest * 1e-6) || isinf(s->sum.sum) || s->moves > SUM_MOVES_MAX)
        sum_afresh(s, values, from, to);
}

/* Whether a candidate can go because `value` came behind it. */
static bool outdone(const struct sliding_extreme *s, double candidate, double value)
{
    if (candidate == value)
        return s->newest;
    return s->largest ? candidate < value : candidate > value;
}

size_t sliding_extreme_to(struct sliding_extreme *s, const double *values, size_t from, size_t to)
{
    if (s->to < from) {
        s->to = from;
        s->head = s->tail = 0;
    }
    while (s->head < s->tail && s->queue[s->head] < from)
        s->head++;
    for (; s->to < to; s->to++) {
        double value = values[s->to];
        if (isnan(value))
            continue;
        while (s->head < s->tail && outdone(s, values[s->queue[s->tail - 1]], value))
            s->tail--;
        s->queue[s->tail++] = s->to;
    }
    return s->head < s->tail ? s->queue[s->head] : to;
}

static bool changed(const double *values, size_t i)
{
    double a = values[i - 1];
    double b = values[i];
    return a != b && !(isnan(a) && isnan(b));
}

size_t sliding_changes_to(struct sliding_changes *s, const double *values, size_t from, size_t to)
{
    if (from >= s->to)
        *s = (struct sliding_changes){0, from, from + 1};
    for (; s->to < to; s->to++)
        s->changes += changed(values, s->to);
    for (; s->from < from; s->from++)
        s->changes -= changed(values, s->from + 1);
    return s->changes;
}
