/* functions_trend: deriv, predict_linear and double_exponential_smoothing over the evaluator's windows. */
#include "promql/float_range.h"
#include "promql/function_text.h"
#include "promql/functions.h"
#include "promql/trend.h"

/* The floats of a window that a line can go through; one float beside histograms is worth an info. */
static bool two_floats(struct float_series *s, const struct range_window *w, struct float_window *f)
{
    *f = float_window_inner(s, w);
    return float_window_any(s, w, f) && f->points.len >= 2;
}

static double deriv_kernel(void *state, struct range_window *w)
{
    struct float_window f;
    struct line line;
    if (!two_floats(state, w, &f) || !line_fit(&f.points, f.points.times_ms[0], &line))
        return value_none();
    return line.slope;
}

/* The line's origin is the evaluation time, whatever offset and @ say. */
static double predict_kernel(void *state, struct range_window *w)
{
    struct float_window f;
    struct line line;
    if (!two_floats(state, w, &f) || !line_fit(&f.points, w->eval_ms, &line))
        return value_none();
    return line.slope * call_scalar(w->call, 1)[w->step] + line.intercept;
}

static bool factor_valid(struct eval_call *call, const char *name, const char *letters, double factor)
{
    if (!(factor <= 0 || factor >= 1))
        return true;
    return eval_fail(call->eval, "invalid %s factor. Expected: 0 < %s < 1, got: %f", name, letters, factor);
}

static double smoothing_kernel(void *state, struct range_window *w)
{
    double level = call_scalar(w->call, 1)[w->step];
    double trend = call_scalar(w->call, 2)[w->step];
    if (!factor_valid(w->call, "smoothing", "sf", level) || !factor_valid(w->call, "trend", "tf", trend))
        return value_none();
    struct float_window f;
    double result;
    if (!two_floats(state, w, &f) || !smooth_double(&f.points, level, trend, &result))
        return value_none();
    return result;
}

static void over_floats(struct eval_call *call, double (*step)(void *, struct range_window *))
{
    call_over_range(call, 0,
                    &(struct range_kernel){.state_size = sizeof(struct float_series),
                                           .begin = float_series_begin,
                                           .step = step});
}

void function_deriv(struct eval_call *call)
{
    over_floats(call, deriv_kernel);
}

void function_predict_linear(struct eval_call *call)
{
    over_floats(call, predict_kernel);
}

void function_double_exponential_smoothing(struct eval_call *call)
{
    over_floats(call, smoothing_kernel);
}
