/* Range selectors and the functions over them. The samples of all windows are read once per series; each
 * step's window is two indices that only move to the right. */
#include "promql/eval_state.h"
#include "promql/range_kernel.h"

enum { WORK_BETWEEN_CHECKS = 1 << 16 };

/* No branch a value: markers are rare, and this looks at every sample that is read. */
static bool any_stale(const double *values, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        unsigned stale = 0;
        for (size_t k = 0; k < 8; k++)
            stale |= value_is_stale(values[i + k]);
        if (stale)
            return true;
    }
    for (; i < n; i++)
        if (value_is_stale(values[i]))
            return true;
    return false;
}

/* The series without its stale markers: as it is where there are none. */
static struct range_series without_stale(struct eval *ev, const struct series *in)
{
    struct arena *arena = ev->state->arena;
    struct range_series out = {in->labels,    in->len,        in->times_ms, in->values,
                               in->starts_ms, in->histograms, false};
    size_t stale = 0;
    if (!any_stale(in->values, in->len))
        return out;
    for (size_t i = 0; i < in->len; i++)
        stale += value_is_stale(in->values[i]) && !(in->histograms && in->histograms[i]);
    if (!stale)
        return out;
    size_t room = in->len - stale;
    int64_t *times = ARENA_ARRAY(arena, int64_t, room);
    double *values = ARENA_ARRAY(arena, double, room);
    int64_t *starts = in->starts_ms ? ARENA_ARRAY(arena, int64_t, room) : NULL;
    const struct histogram **histograms =
        in->histograms ? ARENA_ARRAY(arena, const struct histogram *, room) : NULL;
    size_t n = 0;
    for (size_t i = 0; i < in->len; i++) {
        bool histogram = in->histograms && in->histograms[i];
        if (!histogram && value_is_stale(in->values[i]))
            continue;
        times[n] = in->times_ms[i];
        values[n] = in->values[i];
        if (starts)
            starts[n] = in->starts_ms[i];
        if (histograms)
            histograms[n] = in->histograms[i];
        n++;
    }
    out = (struct range_series){in->labels, n, times, values, starts, histograms, false};
    return out;
}

static void fill_request(struct eval *ev, const struct expr *selector, const struct range_vector *r,
                         struct select_request *request)
{
    struct resolved_shift shift = {r->pinned, r->pinned_ms, r->offset_ms};
    int64_t first_ms = shift_apply(&shift, eval_time(ev, 0));
    int64_t last_ms = shift_apply(&shift, eval_time(ev, ev->n_steps - 1));
    int64_t before_ms = r->modifier == SELECTOR_PLAIN ? 0 : r->lookback_ms;
    int64_t after_ms = r->modifier == SELECTOR_SMOOTHED ? r->lookback_ms : 0;
    *request = (struct select_request){
        .selector = selector,
        .kind = SELECT_RANGE,
        .from_ms = first_ms - r->range_ms - before_ms,
        .to_ms = last_ms + after_ms,
        .first_ms = first_ms,
        .last_ms = last_ms,
        .step_ms = first_ms == last_ms ? 0 : ev->step_ms,
        .range_ms = r->range_ms,
        .needs_times = true,
        .needs_starts = ev->state->options.use_start_timestamps,
    };
}

bool eval_matrix(struct eval *ev, const struct expr *expr, struct text function, struct range_vector *out)
{
    const struct expr *selector = expr->u.matrix.selector;
    struct resolved_shift shift;
    int64_t range_ms = expr->u.matrix.range_ms;
    *out = (struct range_vector){0};
    if (expr->u.matrix.range_expr && !resolve_duration(ev, expr->u.matrix.range_expr, false, &range_ms))
        return false;
    if (!resolve_shift(ev, &selector->u.selector.shift, &shift))
        return false;
    *out = (struct range_vector){
        .range_ms = range_ms < EVAL_TIME_MAX ? range_ms : EVAL_TIME_MAX,
        .lookback_ms = ev->state->options.lookback_ms,
        .offset_ms = shift.offset_ms,
        .pinned = shift.pinned,
        .pinned_ms = shift.pinned_ms,
        .modifier = selector->u.selector.modifier,
    };
    struct select_request request;
    struct series_set set;
    fill_request(ev, selector, out, &request);
    request.function = function;
    size_t held = ev->state->held;
    if (!eval_select(ev, &request, &set))
        return false;
    eval_unhold(ev, ev->state->held - held);
    out->at = ARENA_ARRAY(ev->state->arena, struct range_series, set.len);
    for (size_t i = 0; i < set.len && eval_alive(ev); i++) {
        out->at[out->len] = without_stale(ev, &set.at[i]);
        if (!ev->state->options.use_start_timestamps)
            out->at[out->len].starts_ms = NULL;
        out->len += out->at[out->len].len > 0;
    }
    return !eval_failed(ev);
}

/* Moves the window to this step. */
static void slide(struct eval *ev, struct range_window *w, size_t step)
{
    const struct range_vector *r = w->vector;
    const struct range_series *s = w->series;
    w->step = step;
    w->eval_ms = eval_time(ev, step);
    w->end_ms = r->pinned ? r->pinned_ms : w->eval_ms - r->offset_ms;
    w->start_ms = w->end_ms - r->range_ms;
    w->lo = times_after(s->times_ms, w->lo, s->len, w->start_ms);
    w->hi = times_after(s->times_ms, w->hi > w->lo ? w->hi : w->lo, s->len, w->end_ms);
    w->outer_lo = w->lo;
    w->outer_hi = w->hi;
    if (r->modifier == SELECTOR_PLAIN)
        return;
    if (w->lo > 0 && s->times_ms[w->lo - 1] > w->start_ms - r->lookback_ms)
        w->outer_lo--;
    if (r->modifier == SELECTOR_SMOOTHED && w->hi < s->len &&
        s->times_ms[w->hi] <= w->end_ms + r->lookback_ms)
        w->outer_hi++;
}

/* Fills the column; true if any step has a result. */
static bool run_series(struct eval *ev, const struct range_kernel *kernel, void *state,
                       struct range_window *w, struct vector_series *out)
{
    bool any = false;
    size_t work = 0;
    for (size_t step = 0; step < ev->n_steps; step++) {
        slide(ev, w, step);
        if (w->outer_lo == w->outer_hi) {
            out->values[step] = value_none();
            continue;
        }
        w->histogram = NULL;
        double v = kernel->step(state, w);
        out->values[step] = v;
        any = any || !value_absent(v);
        if (w->histogram) {
            if (!out->histograms)
                out->histograms = eval_histogram_column(ev);
            out->histograms[step] = w->histogram;
            any = true;
        }
        work += w->outer_hi - w->outer_lo + 1;
        if (work > WORK_BETWEEN_CHECKS) {
            work = 0;
            if (!eval_alive(ev))
                return false;
        }
    }
    return any;
}

void call_over_range(struct eval_call *call, size_t arg, const struct range_kernel *kernel)
{
    struct eval *ev = call->eval;
    const struct range_vector *r = &call->args[arg].range;
    void *state =
        kernel->state_size ? arena_alloc(ev->state->arena, kernel->state_size, _Alignof(max_align_t)) : NULL;
    call->whole_range_unique = !kernel->keeps_name;
    for (size_t i = 0; i < r->len && eval_alive(ev); i++) {
        struct range_window w = {.series = &r->at[i], .vector = r, .call = call};
        struct vector_series out = {.labels = r->at[i].labels, .values = eval_column(ev)};
        if (eval_failed(ev))
            return;
        if (state)
            memset(state, 0, kernel->state_size);
        if (kernel->begin)
            kernel->begin(state, &w);
        bool any = run_series(ev, kernel, state, &w, &out);
        if (kernel->end)
            kernel->end(state, &w);
        if (!any) {
            eval_column_release(ev, out.values);
            continue;
        }
        out.drop_name = r->at[i].drop_name;
        if (!kernel->keeps_name)
            series_drop_name(ev, &out);
        *vector_add(ev, &call->result.vector, out.labels, out.values) = out;
    }
}
