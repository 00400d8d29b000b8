/* functions_rate: rate, increase, delta, irate, idelta, resets and changes over the evaluator's windows.
 *
 * The resets of a series are found once, so that a step costs two binary searches and the resets in its
 * window. */
#include "promql/float_range.h"
#include "promql/function_text.h"
#include "promql/functions.h"
#include "promql/over_time.h"
#include "promql/rate.h"

struct rate_state {
    struct float_series floats;
    struct counter_resets resets;
    bool told_counter;
    bool told_overlap;
    bool overlaps; /* somewhere in the series */
};

static const struct rate_kind RATE = {.counter = true, .per_second = true};
static const struct rate_kind INCREASE = {.counter = true, .per_second = false};
static const struct rate_kind DELTA = {.counter = false, .per_second = false};

static void counter_begin(void *state, const struct range_window *w)
{
    struct rate_state *s = state;
    float_series_begin(&s->floats, w);
    s->resets = counter_resets_find(&s->floats.all, eval_arena(w->call->eval));
    s->overlaps = window_starts_overlap(&s->floats.all);
}

/* Prometheus' advice where the name, or the label __type__ if there is one, does not look like a counter's.
 */
static void advise_counter(struct rate_state *s, const struct range_window *w)
{
    static const char *const SUFFIXES[] = {"_total", "_sum", "_count", "_bucket"};
    if (s->told_counter)
        return;
    s->told_counter = true;
    struct text metric = series_metric(w->series->labels);
    for (size_t i = 0; i < sizeof SUFFIXES / sizeof SUFFIXES[0]; i++) {
        if (text_ends(metric, text_of(SUFFIXES[i])))
            return;
    }
    if (metric.len > 0)
        info_of_metric(w, "metric might not be a counter, name does not end in _total/_sum/_count/_bucket",
                       ": ");
}

static void warn_overlap(struct rate_state *s, const struct range_window *w, const struct window *points)
{
    if (!s->overlaps || s->told_overlap || !window_starts_overlap(points))
        return;
    s->told_overlap = true;
    warn_of_metric(w, "sample has start time that overlaps with previous sample timestamp", " for metric ");
}

static double rate_step(struct rate_state *s, struct range_window *w, struct rate_kind kind)
{
    bool extended = w->vector->modifier != SELECTOR_PLAIN;
    struct float_window f = extended ? float_window_outer(&s->floats, w) : float_window_inner(&s->floats, w);
    if (!float_window_pure(&s->floats, w, &f))
        return value_none();
    double result;
    bool found;
    if (extended) {
        found = rate_extended(&f.points, w->vector->modifier == SELECTOR_SMOOTHED, kind, &result);
    } else {
        struct resets_in_window resets = resets_between(&s->resets, f.from, f.to);
        found = rate_extrapolated(&f.points, &resets, kind, &result);
        if (kind.counter)
            warn_overlap(s, w, &f.points);
    }
    if (found && kind.counter)
        advise_counter(s, w);
    return found ? result : value_none();
}

static double rate_kernel(void *state, struct range_window *w)
{
    return rate_step(state, w, RATE);
}

static double increase_kernel(void *state, struct range_window *w)
{
    return rate_step(state, w, INCREASE);
}

static double delta_kernel(void *state, struct range_window *w)
{
    return rate_step(state, w, DELTA);
}

static double instant_step(struct rate_state *s, struct range_window *w, struct rate_kind kind)
{
    /* Only the last two samples count: what they are decides. */
    struct range_window last = *w;
    if (w->hi - w->lo < 2)
        return value_none();
    last.lo = w->hi - 2;
    struct float_window f = float_window_inner(&s->floats, &last);
    double result;
    if (!float_window_pure(&s->floats, w, &f) || !rate_instant(&f.points, kind, &result))
        return value_none();
    return result;
}

static double irate_kernel(void *state, struct range_window *w)
{
    return instant_step(state, w, RATE);
}

static double idelta_kernel(void *state, struct range_window *w)
{
    return instant_step(state, w, DELTA);
}

/* The floats that resets and changes count over: with the neighbour at or before the start, if anchored. */
static bool counted_floats(struct rate_state *s, struct range_window *w, struct float_window *f)
{
    *f = w->vector->modifier == SELECTOR_ANCHORED ? float_window_outer(&s->floats, w)
                                                  : float_window_inner(&s->floats, w);
    if (f->histograms > 0)
        warn_histograms_unsupported(w->call);
    if (w->vector->modifier != SELECTOR_ANCHORED)
        return f->points.len > 0;
    size_t from;
    if (!anchor_find(&f->points, &from))
        return false;
    f->from += from;
    return true;
}

static double resets_kernel(void *state, struct range_window *w)
{
    struct rate_state *s = state;
    struct float_window f;
    if (!counted_floats(s, w, &f))
        return value_none();
    return (double)resets_between(&s->resets, f.from, f.to).len;
}

struct changes_state {
    struct rate_state rate;
    struct sliding_changes sliding;
};

static double changes_kernel(void *state, struct range_window *w)
{
    struct changes_state *s = state;
    struct float_window f;
    if (!counted_floats(&s->rate, w, &f))
        return value_none();
    return (double)sliding_changes_to(&s->sliding, s->rate.floats.all.values, f.from, f.to);
}

void function_rate(struct eval_call *call)
{
    call_over_range(call, 0,
                    &(struct range_kernel){.state_size = sizeof(struct rate_state),
                                           .begin = counter_begin,
                                           .step = rate_kernel});
}

void function_increase(struct eval_call *call)
{
    call_over_range(call, 0,
                    &(struct range_kernel){.state_size = sizeof(struct rate_state),
                                           .begin = counter_begin,
                                           .step = increase_kernel});
}

void function_delta(struct eval_call *call)
{
    call_over_range(call, 0,
                    &(struct range_kernel){.state_size = sizeof(struct rate_state),
                                           .begin = float_series_begin,
                                           .step = delta_kernel});
}

void function_irate(struct eval_call *call)
{
    call_over_range(call, 0,
                    &(struct range_kernel){.state_size = sizeof(struct rate_state),
                                           .begin = float_series_begin,
                                           .step = irate_kernel});
}

void function_idelta(struct eval_call *call)
{
    call_over_range(call, 0,
                    &(struct range_kernel){.state_size = sizeof(struct rate_state),
                                           .begin = float_series_begin,
                                           .step = idelta_kernel});
}

void function_resets(struct eval_call *call)
{
    call_over_range(call, 0,
                    &(struct range_kernel){.state_size = sizeof(struct rate_state),
                                           .begin = counter_begin,
                                           .step = resets_kernel});
}

void function_changes(struct eval_call *call)
{
    call_over_range(call, 0,
                    &(struct range_kernel){.state_size = sizeof(struct changes_state),
                                           .begin = float_series_begin,
                                           .step = changes_kernel});
}
