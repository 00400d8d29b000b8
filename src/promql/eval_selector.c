/* Instant selectors: at each step the newest sample within the lookback (left-open), unless it is a stale
 * marker. Smoothed ones are interpolated between the samples around the step. */
#include "promql/eval_state.h"

#include <stdlib.h>

static int by_labels(const void *a, const void *b)
{
    return labels_compare(((const struct series *)a)->labels, ((const struct series *)b)->labels);
}

static void sort_series(struct series_set *set)
{
    for (size_t i = 1; i < set->len; i++)
        if (by_labels(&set->at[i - 1], &set->at[i]) > 0) {
            qsort(set->at, set->len, sizeof *set->at, by_labels);
            return;
        }
}

bool eval_select(struct eval *ev, struct select_request *request, struct series_set *set)
{
    struct eval_state *state = ev->state;
    size_t left = state->options.max_samples > state->held ? state->options.max_samples - state->held : 0;
    request->max_samples = left + 1;
    *set = (struct series_set){0};
    if (!eval_alive(ev))
        return false;
    if (!state->source->select(state->source->self, request, state->table, state->arena, set, state->err)) {
        state->failed = true;
        return false;
    }
    size_t samples = 0;
    for (size_t i = 0; i < set->len; i++)
        samples += set->at[i].len;
    state->read += samples;
    if (set->len > state->options.max_series)
        return eval_fail_limit(ev, "query would hold more than %zu series", state->options.max_series);
    sort_series(set);
    return eval_hold(ev, samples);
}

struct instant {
    struct resolved_shift shift;
    int64_t lookback_ms;
    int with;
    bool smoothed;
};

size_t times_after(const int64_t *times_ms, size_t from, size_t len, int64_t limit_ms)
{
    size_t i = from;
    for (int near = 0; near < 8; near++, i++)
        if (i >= len || times_ms[i] > limit_ms)
            return i;
    size_t stride = 8;
    while (i + stride < len && times_ms[i + stride] <= limit_ms) {
        i += stride;
        stride *= 2;
    }
    size_t end = i + stride < len ? i + stride : len;
    while (i < end) {
        size_t middle = i + (end - i) / 2;
        if (times_ms[middle] <= limit_ms)
            i = middle + 1;
        else
            end = middle;
    }
    return i;
}

/* Sample i of the input becomes the value at `step`. */
static void put(struct eval *ev, struct vector_series *out, size_t step, const struct series *in, size_t i,
                int with)
{
    if (in->histograms && in->histograms[i]) {
        if (!out->histograms)
            out->histograms = eval_histogram_column(ev);
        out->histograms[step] = in->histograms[i];
        out->values[step] = value_none();
    } else {
        out->values[step] = in->values[i];
    }
    if (with & WITH_TIMES)
        out->times_ms[step] = in->times_ms[i];
    if (with & WITH_STARTS)
        out->starts_ms[step] = in->starts_ms ? in->starts_ms[i] : 0;
}

static bool histogram_at(const struct series *in, size_t i)
{
    return in->histograms && in->histograms[i];
}

static bool stale_at(const struct series *in, size_t i)
{
    return !histogram_at(in, i) && value_is_stale(in->values[i]);
}

static bool fill_plain(struct eval *ev, const struct instant *how, const struct series *in,
                       struct vector_series *out)
{
    size_t next = 0; /* the first sample after the step's reference */
    bool any = false;
    for (size_t step = 0; step < ev->n_steps; step++) {
        int64_t ref = shift_apply(&how->shift, eval_time(ev, step));
        next = times_after(in->times_ms, next, in->len, ref);
        if (next == 0 || in->times_ms[next - 1] <= ref - how->lookback_ms || stale_at(in, next - 1)) {
            out->values[step] = value_none();
            continue;
        }
        put(ev, out, step, in, next - 1, how->with);
        any = true;
    }
    return any;
}

/* Between the samples before and after; the one before alone counts as usual; stale markers are looked
 * through. */
static bool fill_smoothed(struct eval *ev, const struct instant *how, const struct series *in,
                          struct vector_series *out)
{
    size_t next = 0;
    bool any = false;
    for (size_t step = 0; step < ev->n_steps; step++) {
        int64_t ref = shift_apply(&how->shift, eval_time(ev, step));
        next = times_after(in->times_ms, next, in->len, ref);
        out->values[step] = value_none();
        size_t before = next;
        while (before > 0 && stale_at(in, before - 1))
            before--;
        if (before == 0 || in->times_ms[before - 1] <= ref - how->lookback_ms)
            continue;
        before--;
        put(ev, out, step, in, before, how->with);
        any = true;
        size_t after = next;
        while (after < in->len && stale_at(in, after))
            after++;
        bool usable =
            after < in->len && in->times_ms[after] <= ref + how->lookback_ms && in->times_ms[before] < ref;
        if (!usable || histogram_at(in, before) || histogram_at(in, after))
            continue;
        double share =
            (double)(ref - in->times_ms[before]) / (double)(in->times_ms[after] - in->times_ms[before]);
        out->values[step] = in->values[before] + (in->values[after] - in->values[before]) * share;
    }
    return any;
}

static void fill_vector(struct eval *ev, const struct instant *how, const struct series_set *set,
                        struct vector *out)
{
    struct arena *arena = ev->state->arena;
    for (size_t i = 0; i < set->len && eval_alive(ev); i++) {
        struct vector_series s = {.labels = set->at[i].labels, .values = eval_column(ev)};
        if (how->with & WITH_TIMES)
            s.times_ms = ARENA_ARRAY_ZERO(arena, int64_t, ev->n_steps);
        if (how->with & WITH_STARTS)
            s.starts_ms = ARENA_ARRAY_ZERO(arena, int64_t, ev->n_steps);
        bool any =
            how->smoothed ? fill_smoothed(ev, how, &set->at[i], &s) : fill_plain(ev, how, &set->at[i], &s);
        if (any)
            *vector_add(ev, out, s.labels, s.values) = s;
        else
            eval_column_release(ev, s.values);
    }
}

bool eval_selector(struct eval *ev, const struct expr *expr, int with, struct vector *out)
{
    const struct expr_selector *selector = &expr->u.selector;
    struct instant how = {.lookback_ms = ev->state->options.lookback_ms,
                          .with = with,
                          .smoothed = selector->modifier == SELECTOR_SMOOTHED};
    *out = (struct vector){0};
    if (!resolve_shift(ev, &selector->shift, &how.shift))
        return false;
    int64_t first_ms = shift_apply(&how.shift, eval_time(ev, 0));
    int64_t last_ms = shift_apply(&how.shift, eval_time(ev, ev->n_steps - 1));
    struct select_request request = {
        .selector = expr,
        .kind = how.smoothed ? SELECT_RANGE : SELECT_INSTANT,
        .from_ms = first_ms - how.lookback_ms,
        .to_ms = last_ms + (how.smoothed ? how.lookback_ms : 0),
        .first_ms = first_ms,
        .last_ms = last_ms,
        .step_ms = first_ms == last_ms ? 0 : ev->step_ms,
        .range_ms = how.lookback_ms,
        .needs_times = with & WITH_TIMES,
        .needs_starts = with & WITH_STARTS,
        .function = TEXT(""),
        .max_samples = 0,
    };
    struct series_set set;
    size_t held = ev->state->held;
    if (!eval_select(ev, &request, &set))
        return false;
    fill_vector(ev, &how, &set, out);
    eval_unhold(ev, ev->state->held - held);
    return !eval_failed(ev);
}

bool eval_instant_selector(struct eval *ev, const struct expr *selector, bool with_times, struct vector *out)
{
    return eval_selector(ev, selector, with_times ? WITH_TIMES : 0, out);
}
