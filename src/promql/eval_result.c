/* From the root's value to the result: names that were marked are removed, columns become samples, ranges are
 * sorted by labels. */
#include "promql/eval_state.h"

#include <stdlib.h>

/* Delayed name removal ends here: marked names go, and series that are the same then become one. */
static bool remove_names(struct eval *ev, struct vector *v)
{
    bool any = false;
    for (size_t i = 0; i < v->len; i++) {
        if (!v->at[i].drop_name)
            continue;
        v->at[i].labels = labels_without_name(ev, v->at[i].labels);
        any = true;
    }
    return !any || vector_unify(ev, v, false);
}

static struct series to_series(struct eval *ev, const struct vector_series *s, const int64_t *all_times)
{
    struct arena *arena = ev->state->arena;
    size_t n = 0;
    for (size_t step = 0; step < ev->n_steps; step++)
        n += series_has(s, step);
    struct series out = {.labels = s->labels, .len = n, .times_ms = all_times, .values = s->values};
    out.histograms = s->histograms;
    if (n == ev->n_steps)
        return out;
    int64_t *times = ARENA_ARRAY(arena, int64_t, n);
    size_t at = 0;
    for (size_t step = 0; step < ev->n_steps; step++) {
        if (!series_has(s, step))
            continue;
        times[at] = all_times[step];
        s->values[at] = s->values[step];
        if (s->histograms)
            s->histograms[at] = s->histograms[step];
        at++;
    }
    out.times_ms = times;
    return out;
}

static int by_labels(const void *a, const void *b)
{
    return labels_compare(((const struct series *)a)->labels, ((const struct series *)b)->labels);
}

static bool finish_vector(struct eval *ev, struct vector *v, struct promql_result *result)
{
    struct arena *arena = ev->state->arena;
    if (!remove_names(ev, v))
        return false;
    int64_t *times = ARENA_ARRAY(arena, int64_t, ev->n_steps);
    for (size_t step = 0; step < ev->n_steps; step++)
        times[step] = eval_time(ev, step);
    result->series.at = ARENA_ARRAY(arena, struct series, v->len);
    for (size_t i = 0; i < v->len; i++) {
        struct series s = to_series(ev, &v->at[i], times);
        if (s.len)
            result->series.at[result->series.len++] = s;
    }
    if (ev->state->query->step_ms > 0 && result->series.len > 1)
        qsort(result->series.at, result->series.len, sizeof *result->series.at, by_labels);
    return true;
}

/* The raw samples of the only window. */
static bool finish_range(struct eval *ev, struct range_vector *r, struct promql_result *result)
{
    int64_t end_ms = r->pinned ? r->pinned_ms : ev->start_ms - r->offset_ms;
    result->series.at = ARENA_ARRAY(ev->state->arena, struct series, r->len);
    for (size_t i = 0; i < r->len; i++) {
        const struct range_series *s = &r->at[i];
        size_t lo = times_after(s->times_ms, 0, s->len, end_ms - r->range_ms);
        size_t hi = times_after(s->times_ms, lo, s->len, end_ms);
        if (lo == hi)
            continue;
        result->series.at[result->series.len++] = (struct series){
            .labels = s->drop_name ? labels_without_name(ev, s->labels) : s->labels,
            .len = hi - lo,
            .times_ms = s->times_ms + lo,
            .values = s->values + lo,
            .starts_ms = s->starts_ms ? s->starts_ms + lo : NULL,
            .histograms = s->histograms ? s->histograms + lo : NULL,
        };
    }
    return !eval_failed(ev);
}

bool eval_finish_result(struct eval *ev, struct value *v, struct promql_result *result)
{
    bool range_query = ev->state->query->step_ms > 0;
    *result = (struct promql_result){.type = range_query ? VALUE_MATRIX : v->type};
    switch (v->type) {
    case VALUE_STRING:
        result->string = text_copy(ev->state->arena, v->string);
        return true;
    case VALUE_MATRIX:
        return finish_range(ev, &v->range, result);
    case VALUE_SCALAR:
        v->vector = (struct vector){0};
        vector_add(ev, &v->vector, labels_empty(ev->state->table), v->scalar);
        return finish_vector(ev, &v->vector, result);
    case VALUE_VECTOR:
        return finish_vector(ev, &v->vector, result);
    case VALUE_NONE:
        break;
    }
    return eval_fail(ev, "expression has no value");
}
