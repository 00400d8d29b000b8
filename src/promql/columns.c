/* Columns and the vectors that hold them. Columns come from the arena in pieces of n_steps doubles and go
 * back to a list of free ones, so that a chain of operations needs two or three, whatever its length. */
#include "promql/eval_state.h"

#include <assert.h>

static const char SAME_LABELSET[] = "vector cannot contain metrics with the same labelset";

static size_t cells_max(const struct eval_state *state)
{
    size_t wanted = state->options.max_samples > SIZE_MAX / EVAL_CELLS_PER_SAMPLE
                        ? SIZE_MAX
                        : state->options.max_samples * EVAL_CELLS_PER_SAMPLE;
    return wanted > EVAL_CELLS_MIN ? wanted : EVAL_CELLS_MIN;
}

bool eval_grid_init(struct eval *grid, struct eval_state *state, int64_t start_ms, int64_t end_ms,
                    int64_t step_ms)
{
    *grid = (struct eval){.state = state, .start_ms = start_ms, .n_steps = 1};
    if (step_ms <= 0 || end_ms <= start_ms)
        return !state->failed;
    uint64_t further = (uint64_t)(end_ms - start_ms) / (uint64_t)step_ms;
    if (further >= cells_max(state))
        return eval_fail_limit(grid,
                               "query processing would load too many samples into memory in query execution");
    grid->n_steps = (size_t)further + 1;
    grid->step_ms = further ? step_ms : 0;
    return !state->failed;
}

double *eval_column(struct eval *ev)
{
    if (ev->free_columns) {
        double *column = ev->free_columns;
        memcpy(&ev->free_columns, column, sizeof ev->free_columns);
        return column;
    }
    struct eval_state *state = ev->state;
    state->cells += ev->n_steps;
    if (state->cells > cells_max(state))
        eval_fail_limit(ev, "query processing would load too many samples into memory in query execution");
    if (!state->failed)
        return ARENA_ARRAY(state->arena, double, ev->n_steps);
    if (!ev->scratch)
        ev->scratch = ARENA_ARRAY_ZERO(state->arena, double, ev->n_steps);
    return ev->scratch;
}

double *eval_column_absent(struct eval *ev)
{
    double *column = eval_column(ev);
    for (size_t i = 0; i < ev->n_steps; i++)
        column[i] = value_none();
    return column;
}

const struct histogram **eval_histogram_column(struct eval *ev)
{
    return ARENA_ARRAY_ZERO(ev->state->arena, const struct histogram *, ev->n_steps);
}

void eval_column_release(struct eval *ev, double *column)
{
    if (!column || column == ev->scratch || ev->state->failed)
        return;
    memcpy(column, &ev->free_columns, sizeof ev->free_columns);
    ev->free_columns = column;
}

struct vector_series *vector_add(struct eval *ev, struct vector *v, const struct labels *labels,
                                 double *values)
{
    if (v->len == v->cap) {
        size_t cap = v->cap ? v->cap * 2 : 8;
        v->at = arena_grow(ev->state->arena, v->at, v->cap * sizeof *v->at, cap * sizeof *v->at,
                           _Alignof(struct vector_series));
        v->cap = cap;
    }
    if (v->len >= ev->state->options.max_series)
        eval_fail_limit(ev, "query would hold more than %zu series", ev->state->options.max_series);
    struct vector_series *s = &v->at[v->len++];
    *s = (struct vector_series){.labels = labels, .values = values};
    return s;
}

void vector_release(struct eval *ev, struct vector *v)
{
    for (size_t i = 0; i < v->len; i++)
        eval_column_release(ev, v->at[i].values);
    *v = (struct vector){0};
}

size_t vector_count(const struct eval *ev, const struct vector *v)
{
    size_t count = 0;
    for (size_t i = 0; i < v->len; i++)
        for (size_t step = 0; step < ev->n_steps; step++)
            count += series_has(&v->at[i], step);
    return count;
}

static bool any_sample(const struct eval *ev, const struct vector_series *s)
{
    for (size_t step = 0; step < ev->n_steps; step++)
        if (series_has(s, step))
            return true;
    return false;
}

void vector_drop_empty(struct eval *ev, struct vector *v)
{
    size_t kept = 0;
    for (size_t i = 0; i < v->len; i++) {
        if (any_sample(ev, &v->at[i]))
            v->at[kept++] = v->at[i];
        else
            eval_column_release(ev, v->at[i].values);
    }
    v->len = kept;
}

static size_t first_step(const struct eval *ev, const struct vector_series *s)
{
    size_t step = 0;
    while (step < ev->n_steps && !series_has(s, step))
        step++;
    return step;
}

/* The one with the earliest sample says whether the name is to go. */
static bool merge_series(struct eval *ev, struct vector_series *into, struct vector_series *from)
{
    if (first_step(ev, from) < first_step(ev, into))
        into->drop_name = from->drop_name;
    for (size_t step = 0; step < ev->n_steps; step++) {
        if (!series_has(from, step))
            continue;
        if (series_has(into, step))
            return eval_fail(ev, "%s", SAME_LABELSET);
        into->values[step] = from->values[step];
        if (from->histograms && from->histograms[step]) {
            if (!into->histograms)
                into->histograms = eval_histogram_column(ev);
            into->histograms[step] = from->histograms[step];
        }
    }
    eval_column_release(ev, from->values);
    return true;
}

bool vector_unify(struct eval *ev, struct vector *v, bool whole)
{
    if (v->len < 2)
        return !ev->state->failed;
    struct map seen = {0};
    size_t kept = 0;
    bool ok = true;
    for (size_t i = 0; i < v->len && ok; i++) {
        bool added;
        uint64_t *place = map_add(&seen, map_key_of(v->at[i].labels), &added);
        if (added) {
            *place = kept;
            v->at[kept++] = v->at[i];
        } else if (whole) {
            ok = eval_fail(ev, "%s", SAME_LABELSET);
        } else {
            ok = merge_series(ev, &v->at[*place], &v->at[i]);
        }
    }
    v->len = kept;
    map_finish(&seen);
    return ok;
}

void leave_out_histograms(struct eval *ev, const struct expr *at, struct vector *v, const char *what)
{
    bool any = false;
    for (size_t i = 0; i < v->len; i++) {
        any = any || v->at[i].histograms;
        v->at[i].histograms = NULL;
    }
    if (any)
        eval_warn(ev, at, "%s does not evaluate native histograms yet: they were left out", what);
}
