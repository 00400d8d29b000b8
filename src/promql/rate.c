/* rate: differences of counters and gauges over a window.
 *
 * The extrapolation: the covered time is stretched to the window's borders where the nearest point is
 * closer than 1.1 mean intervals, else by half a mean interval; a counter is never stretched to before the
 * time at which it would have been zero. A start timestamp inside the window stands for a point of value
 * zero. */
#include "promql/rate.h"

#include "base/arena.h"
#include "base/series.h"

#include <assert.h>
#include <math.h>

bool start_says_reset(int64_t previous_start_ms, int64_t previous_ms, int64_t start_ms, int64_t at_ms)
{
    if (start_ms == 0 || start_ms >= at_ms || start_ms < previous_ms)
        return false;
    if (start_ms > previous_ms)
        return true;
    /* It starts where the point before lies: a delta, if that one had a sensible start itself. */
    return previous_start_ms != 0 && previous_start_ms < previous_ms;
}

bool starts_overlap(int64_t previous_start_ms, int64_t previous_ms, int64_t start_ms)
{
    return start_ms != 0 && start_ms < previous_ms && start_ms != previous_start_ms;
}

bool window_starts_overlap(const struct window *w)
{
    if (!w->starts_ms)
        return false;
    for (size_t i = 1; i < w->len; i++) {
        if (starts_overlap(w->starts_ms[i - 1], w->times_ms[i - 1], w->starts_ms[i]))
            return true;
    }
    return false;
}

static bool reset_at(const struct window *w, size_t i)
{
    if (w->values[i] < w->values[i - 1])
        return true;
    return w->starts_ms &&
           start_says_reset(w->starts_ms[i - 1], w->times_ms[i - 1], w->starts_ms[i], w->times_ms[i]);
}

/* Whether values fall anywhere in [from, from + 8]: no branch a value, resets are rare. */
static bool falls_in_block(const double *values, size_t from)
{
    int falls = 0;
    for (size_t k = 0; k < 8; k++)
        falls |= values[from + k + 1] < values[from + k];
    return falls != 0;
}

static void resets_push(struct counter_resets *resets, size_t *cap, size_t i, struct arena *arena)
{
    size_t *at = (size_t *)resets->at;
    if (resets->len == *cap) {
        size_t wanted = *cap ? *cap * 2 : 16;
        at = arena_grow(arena, at, *cap * sizeof *at, wanted * sizeof *at, _Alignof(size_t));
        *cap = wanted;
    }
    at[resets->len++] = i;
    resets->at = at;
}

struct counter_resets counter_resets_find(const struct window *series, struct arena *arena)
{
    struct counter_resets resets = {NULL, 0};
    size_t cap = 0;
    size_t i = 1;
    while (i < series->len) {
        if (!series->starts_ms && i + 8 <= series->len && !falls_in_block(series->values, i - 1)) {
            i += 8;
            continue;
        }
        size_t end = i + 8 <= series->len ? i + 8 : series->len;
        for (; i < end; i++) {
            if (reset_at(series, i))
                resets_push(&resets, &cap, i, arena);
        }
    }
    return resets;
}

/* Index of the first reset behind point `at`. */
static size_t first_reset_behind(const struct counter_resets *resets, size_t at)
{
    size_t low = 0;
    size_t high = resets->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (resets->at[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

struct resets_in_window resets_between(const struct counter_resets *resets, size_t from, size_t to)
{
    if (resets->len == 0 || to <= from)
        return (struct resets_in_window){NULL, 0, from};
    size_t first = first_reset_behind(resets, from);
    size_t behind = first_reset_behind(resets, to - 1);
    return (struct resets_in_window){resets->at + first, behind - first, from};
}

/* Seconds to stretch the covered time at the window's start. */
static double stretch_to_start(const struct window *w, struct rate_kind kind, double covered, double mean,
                               double result)
{
    double to_start = (double)(w->times_ms[0] - w->start_ms) / 1000;
    if (to_start >= mean * 1.1)
        to_start = mean / 2;
    if (kind.counter && result > 0 && w->values[0] >= 0) {
        double to_zero = covered * (w->values[0] / result);
        if (to_zero < to_start)
            to_start = to_zero;
    }
    return to_start;
}

bool rate_extrapolated(const struct window *w, const struct resets_in_window *resets, struct rate_kind kind,
                       double *result)
{
    if (w->len == 0)
        return false;
    size_t last = w->len - 1;
    double difference = w->values[last] - w->values[0];
    for (size_t k = 0; kind.counter && k < resets->len; k++)
        difference += w->values[resets->at[k] - resets->base - 1];

    double covered = (double)(w->times_ms[last] - w->times_ms[0]) / 1000;
    double mean = last > 0 ? covered / (double)last : 0;
    double to_start;
    int64_t born_ms = kind.counter && w->starts_ms ? w->starts_ms[0] : 0;
    if (born_ms != 0 && born_ms > w->start_ms && born_ms < w->times_ms[0]) {
        to_start = 0;
        covered = (double)(w->times_ms[last] - born_ms) / 1000;
        difference += w->values[0];
    } else if (last == 0) {
        return false;
    } else {
        to_start = stretch_to_start(w, kind, covered, mean, difference);
    }
    double to_end = (double)(w->end_ms - w->times_ms[last]) / 1000;
    if (to_end >= mean * 1.1)
        to_end = mean / 2;
    double factor = covered != 0 ? (covered + to_start + to_end) / covered : 1;
    if (kind.per_second)
        factor /= (double)(w->end_ms - w->start_ms) / 1000;
    *result = difference * factor;
    return true;
}

double interpolate_between(const struct window *w, size_t left, int64_t at_ms, bool counter)
{
    double a = w->values[left];
    double b = w->values[left + 1];
    if (counter && b < a)
        a = 0;
    return a + (b - a) * (double)(at_ms - w->times_ms[left]) /
                   (double)(w->times_ms[left + 1] - w->times_ms[left]);
}

/* What counter resets hid between the border values and the points [from, to) inside. */
static double hidden_by_resets(const struct window *w, size_t from, size_t to, double left, double right)
{
    double hidden = 0;
    double previous = left;
    for (size_t i = from; i < to; i++) {
        if (w->values[i] < previous)
            hidden += previous;
        previous = w->values[i];
    }
    if (right < previous)
        hidden += previous;
    return hidden;
}

bool rate_extended(const struct window *w, bool smoothed, struct rate_kind kind, double *result)
{
    size_t len = smoothed ? w->len : times_before(w->times_ms, w->len, w->end_ms + 1);
    if (len == 0)
        return false;
    size_t last = len - 1;
    size_t inside = times_before(w->times_ms, last, w->start_ms + 1);
    size_t first = inside > 0 ? inside - 1 : 0;
    if (smoothed)
        last = times_before(w->times_ms, last, w->end_ms);
    if (w->times_ms[last] <= w->start_ms || (smoothed && w->times_ms[first] > w->end_ms))
        return false;

    double left = w->values[first];
    if (smoothed && w->times_ms[first] < w->start_ms)
        left = interpolate_between(w, first, w->start_ms, kind.counter);
    double right = w->values[last];
    if (smoothed && last > 0 && w->times_ms[last] > w->end_ms)
        right = interpolate_between(w, last - 1, w->end_ms, kind.counter);
    double difference = right - left;
    if (kind.counter) {
        size_t from = w->times_ms[first] <= w->start_ms ? first + 1 : first;
        size_t to = w->times_ms[last] >= w->end_ms ? last : last + 1;
        difference += hidden_by_resets(w, from, to, left, right);
    }
    if (kind.per_second)
        difference /= (double)(w->end_ms - w->start_ms) / 1000;
    *result = difference;
    return true;
}

bool rate_instant(const struct window *w, struct rate_kind kind, double *result)
{
    if (w->len < 2)
        return false;
    size_t last = w->len - 1;
    int64_t elapsed_ms = w->times_ms[last] - w->times_ms[last - 1];
    if (elapsed_ms == 0)
        return false;
    double difference = w->values[last];
    if (!kind.counter || !reset_at(w, last))
        difference -= w->values[last - 1];
    if (kind.per_second)
        difference /= (double)elapsed_ms / 1000;
    *result = difference;
    return true;
}

bool anchor_find(const struct window *w, size_t *from)
{
    size_t inside = times_before(w->times_ms, w->len, w->start_ms + 1);
    if (inside == w->len)
        return false;
    *from = inside > 0 ? inside - 1 : 0;
    return true;
}
