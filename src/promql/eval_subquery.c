/* Subqueries: the inner expression is evaluated on a grid of its own, at absolute multiples of the step,
 * which covers the windows of all steps of the outer grid; each series of its result becomes the samples of a
 * range vector. */
#include "promql/eval_state.h"

/* First multiple of the step after `from_ms`. Division truncates toward zero, as Prometheus' does. */
static int64_t first_multiple_after(int64_t from_ms, int64_t step_ms)
{
    int64_t first = step_ms * (from_ms / step_ms);
    return first <= from_ms ? first + step_ms : first;
}

static bool dense(const struct eval *grid, const struct vector_series *s)
{
    for (size_t step = 0; step < grid->n_steps; step++)
        if (!series_has(s, step))
            return false;
    return true;
}

/* A series' samples; `all_times` are the grid's, shared by all series without gaps. */
static struct range_series to_samples(struct eval *grid, const struct vector_series *s,
                                      const int64_t *all_times)
{
    struct arena *arena = grid->state->arena;
    struct range_series out = {.labels = s->labels, .len = grid->n_steps, .drop_name = s->drop_name};
    out.histograms = s->histograms;
    out.times_ms = all_times;
    out.values = s->values;
    if (dense(grid, s))
        return out;
    int64_t *times = ARENA_ARRAY(arena, int64_t, grid->n_steps);
    size_t n = 0;
    for (size_t step = 0; step < grid->n_steps; step++) {
        if (!series_has(s, step))
            continue;
        times[n] = all_times[step];
        s->values[n] = s->values[step];
        if (s->histograms)
            s->histograms[n] = s->histograms[step];
        n++;
    }
    out.times_ms = times;
    out.len = n;
    return out;
}

static bool inner_grid(struct eval *ev, const struct expr *expr, struct range_vector *r, struct eval *grid)
{
    struct resolved_shift shift;
    int64_t range_ms = expr->u.subquery.range_ms;
    int64_t step_ms = expr->u.subquery.step_ms;
    if (expr->u.subquery.range_expr && !resolve_duration(ev, expr->u.subquery.range_expr, false, &range_ms))
        return false;
    if (expr->u.subquery.step_expr && !resolve_duration(ev, expr->u.subquery.step_expr, false, &step_ms))
        return false;
    if (!resolve_shift(ev, &expr->u.subquery.shift, &shift))
        return false;
    if (step_ms <= 0)
        step_ms = ev->state->options.subquery_step_ms;
    if (range_ms > EVAL_TIME_MAX || step_ms > EVAL_TIME_MAX)
        return eval_fail(ev, "duration out of range");
    *r = (struct range_vector){.range_ms = range_ms,
                               .lookback_ms = ev->state->options.lookback_ms,
                               .offset_ms = shift.offset_ms,
                               .pinned = shift.pinned,
                               .pinned_ms = shift.pinned_ms,
                               .subquery = true};
    int64_t from_ms = shift_apply(&shift, eval_time(ev, 0)) - range_ms;
    int64_t to_ms = shift_apply(&shift, eval_time(ev, ev->n_steps - 1));
    int64_t first_ms = first_multiple_after(from_ms, step_ms);
    if (first_ms > to_ms) {
        grid->n_steps = 0;
        return true;
    }
    return eval_grid_init(grid, ev->state, first_ms, to_ms, step_ms);
}

bool eval_subquery(struct eval *ev, const struct expr *expr, struct range_vector *out)
{
    struct eval grid = {.state = ev->state};
    struct value inner;
    *out = (struct range_vector){0};
    if (!inner_grid(ev, expr, out, &grid))
        return false;
    if (grid.n_steps == 0)
        return true;
    if (!eval_value(&grid, expr->u.subquery.inner, &inner))
        return false;
    struct arena *arena = ev->state->arena;
    int64_t *times = ARENA_ARRAY(arena, int64_t, grid.n_steps);
    for (size_t step = 0; step < grid.n_steps; step++)
        times[step] = eval_time(&grid, step);
    if (inner.type == VALUE_SCALAR)
        vector_add(&grid, &inner.vector, labels_empty(ev->state->table), inner.scalar);
    out->at = ARENA_ARRAY(arena, struct range_series, inner.vector.len);
    for (size_t i = 0; i < inner.vector.len; i++) {
        out->at[out->len] = to_samples(&grid, &inner.vector.at[i], times);
        out->len += out->at[out->len].len > 0;
    }
    eval_unhold(ev, inner.held);
    return !eval_failed(ev);
}
