/* functions_over_time: the *_over_time functions over the evaluator's windows. Sums, extremes and counts
 * slide; spreads and quantiles look at each window whole. */
#include "base/memory.h"
#include "promql/float_range.h"
#include "promql/function_text.h"
#include "promql/functions.h"
#include "promql/over_time.h"
#include "promql/quantile.h"

#include <math.h>
#include <string.h>

struct sum_state {
    struct float_series floats;
    struct sliding_sum sliding;
};

static double sum_kernel(void *state, struct range_window *w)
{
    struct sum_state *s = state;
    struct float_window f = float_window_inner(&s->floats, w);
    if (!float_window_pure(&s->floats, w, &f))
        return value_none();
    sliding_sum_to(&s->sliding, s->floats.all.values, f.from, f.to);
    return isinf(s->sliding.sum.sum) ? s->sliding.sum.sum : kahan_total(s->sliding.sum);
}

static double avg_kernel(void *state, struct range_window *w)
{
    struct sum_state *s = state;
    struct float_window f = float_window_inner(&s->floats, w);
    if (!float_window_pure(&s->floats, w, &f))
        return value_none();
    sliding_sum_to(&s->sliding, s->floats.all.values, f.from, f.to);
    struct kahan sum = s->sliding.sum;
    if (!isfinite(sum.sum))
        return mean_of(f.points.values, f.points.len);
    double n = (double)f.points.len;
    return sum.sum / n + sum.lost / n;
}

struct extreme_state {
    struct float_series floats;
    struct sliding_extreme sliding;
};

static void extreme_begin(void *state, const struct range_window *w)
{
    struct extreme_state *s = state;
    float_series_begin(&s->floats, w);
    s->sliding.queue = memory_alloc_zero(s->floats.all.len, sizeof *s->sliding.queue);
}

static void extreme_end(void *state, const struct range_window *w)
{
    (void)w;
    memory_free(((struct extreme_state *)state)->sliding.queue);
}

static bool extreme_at(struct extreme_state *s, struct range_window *w, size_t *at)
{
    struct float_window f = float_window_inner(&s->floats, w);
    if (!float_window_any(&s->floats, w, &f))
        return false;
    *at = sliding_extreme_to(&s->sliding, s->floats.all.values, f.from, f.to);
    if (*at == f.to)
        *at = f.to - 1; /* only NaNs: the last of them */
    return true;
}

static double min_kernel(void *state, struct range_window *w)
{
    struct extreme_state *s = state;
    size_t at;
    return extreme_at(s, w, &at) ? s->floats.all.values[at] : value_none();
}

static double max_kernel(void *state, struct range_window *w)
{
    struct extreme_state *s = state;
    s->sliding.largest = true;
    return min_kernel(state, w);
}

static double ts_of_min_kernel(void *state, struct range_window *w)
{
    struct extreme_state *s = state;
    s->sliding.newest = true;
    size_t at;
    return extreme_at(s, w, &at) ? (double)s->floats.all.times_ms[at] / 1000 : value_none();
}

static double ts_of_max_kernel(void *state, struct range_window *w)
{
    struct extreme_state *s = state;
    s->sliding.largest = true;
    return ts_of_min_kernel(state, w);
}

static double count_kernel(void *state, struct range_window *w)
{
    (void)state;
    return w->hi > w->lo ? (double)(w->hi - w->lo) : value_none();
}

static double present_kernel(void *state, struct range_window *w)
{
    (void)state;
    return w->hi > w->lo ? 1 : value_none();
}

static double sample_of(struct range_window *w, size_t at)
{
    const struct range_series *s = w->series;
    if (s->histograms && s->histograms[at]) {
        w->histogram = s->histograms[at];
        return value_none();
    }
    return s->values[at];
}

static double first_kernel(void *state, struct range_window *w)
{
    (void)state;
    return w->hi > w->lo ? sample_of(w, w->lo) : value_none();
}

static double last_kernel(void *state, struct range_window *w)
{
    (void)state;
    return w->hi > w->lo ? sample_of(w, w->hi - 1) : value_none();
}

static double ts_of_first_kernel(void *state, struct range_window *w)
{
    (void)state;
    return w->hi > w->lo ? (double)w->series->times_ms[w->lo] / 1000 : value_none();
}

static double ts_of_last_kernel(void *state, struct range_window *w)
{
    (void)state;
    return w->hi > w->lo ? (double)w->series->times_ms[w->hi - 1] / 1000 : value_none();
}

struct spread_state {
    struct float_series floats;
    double *scratch; /* on the heap */
    size_t cap;
};

static void spread_end(void *state, const struct range_window *w)
{
    (void)w;
    memory_free(((struct spread_state *)state)->scratch);
}

static double *scratch_for(struct spread_state *s, size_t n)
{
    if (s->cap < n) {
        s->cap = n > 2 * s->cap ? n : 2 * s->cap;
        s->scratch = memory_resize(s->scratch, s->cap, sizeof *s->scratch);
    }
    return s->scratch;
}

static double stdvar_kernel(void *state, struct range_window *w)
{
    struct spread_state *s = state;
    struct float_window f = float_window_inner(&s->floats, w);
    if (!float_window_any(&s->floats, w, &f))
        return value_none();
    return variance_of(f.points.values, f.points.len);
}

static double stddev_kernel(void *state, struct range_window *w)
{
    double variance = stdvar_kernel(state, w);
    return value_absent(variance) ? variance : sqrt(variance);
}

static double mad_kernel(void *state, struct range_window *w)
{
    struct spread_state *s = state;
    struct float_window f = float_window_inner(&s->floats, w);
    if (!float_window_any(&s->floats, w, &f))
        return value_none();
    return deviation_of(f.points.values, f.points.len, scratch_for(s, f.points.len));
}

static double quantile_kernel(void *state, struct range_window *w)
{
    struct spread_state *s = state;
    struct float_window f = float_window_inner(&s->floats, w);
    if (!float_window_any(&s->floats, w, &f))
        return value_none();
    double q = call_scalar(w->call, 0)[w->step];
    warn_of_quantile(w->call, 0, q);
    double *scratch = scratch_for(s, f.points.len);
    memcpy(scratch, f.points.values, f.points.len * sizeof *scratch);
    return quantile_of(q, scratch, f.points.len);
}

static void over_sums(struct eval_call *call, double (*step)(void *, struct range_window *))
{
    call_over_range(call, 0,
                    &(struct range_kernel){
                        .state_size = sizeof(struct sum_state), .begin = float_series_begin, .step = step});
}

static void over_extremes(struct eval_call *call, double (*step)(void *, struct range_window *))
{
    call_over_range(call, 0,
                    &(struct range_kernel){.state_size = sizeof(struct extreme_state),
                                           .begin = extreme_begin,
                                           .step = step,
                                           .end = extreme_end});
}

static void over_spreads(struct eval_call *call, size_t arg, double (*step)(void *, struct range_window *))
{
    call_over_range(call, arg,
                    &(struct range_kernel){.state_size = sizeof(struct spread_state),
                                           .begin = float_series_begin,
                                           .step = step,
                                           .end = spread_end});
}

static void over_samples(struct eval_call *call, double (*step)(void *, struct range_window *),
                         bool keeps_name)
{
    call_over_range(call, 0, &(struct range_kernel){.step = step, .keeps_name = keeps_name});
}

void function_sum_over_time(struct eval_call *call)
{
    over_sums(call, sum_kernel);
}

void function_avg_over_time(struct eval_call *call)
{
    over_sums(call, avg_kernel);
}

void function_min_over_time(struct eval_call *call)
{
    over_extremes(call, min_kernel);
}

void function_max_over_time(struct eval_call *call)
{
    over_extremes(call, max_kernel);
}

void function_ts_of_min_over_time(struct eval_call *call)
{
    over_extremes(call, ts_of_min_kernel);
}

void function_ts_of_max_over_time(struct eval_call *call)
{
    over_extremes(call, ts_of_max_kernel);
}

void function_count_over_time(struct eval_call *call)
{
    over_samples(call, count_kernel, false);
}

void function_present_over_time(struct eval_call *call)
{
    over_samples(call, present_kernel, false);
}

void function_first_over_time(struct eval_call *call)
{
    over_samples(call, first_kernel, true);
}

void function_last_over_time(struct eval_call *call)
{
    over_samples(call, last_kernel, true);
}

void function_ts_of_first_over_time(struct eval_call *call)
{
    over_samples(call, ts_of_first_kernel, false);
}

void function_ts_of_last_over_time(struct eval_call *call)
{
    over_samples(call, ts_of_last_kernel, false);
}

void function_stdvar_over_time(struct eval_call *call)
{
    over_spreads(call, 0, stdvar_kernel);
}

void function_stddev_over_time(struct eval_call *call)
{
    over_spreads(call, 0, stddev_kernel);
}

void function_mad_over_time(struct eval_call *call)
{
    over_spreads(call, 0, mad_kernel);
}

void function_quantile_over_time(struct eval_call *call)
{
    over_spreads(call, 1, quantile_kernel);
}
