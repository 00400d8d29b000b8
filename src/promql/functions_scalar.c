/* functions_scalar: scalar(), vector(), absent() and absent_over_time(): between scalars, vectors and their
 * absence. */
#include "promql/functions.h"
#include "promql/range_kernel.h"

#include <math.h>
#include <string.h>

void function_vector(struct eval_call *call)
{
    struct eval *ev = call->eval;
    double *column = eval_column(ev);
    memcpy(column, call_scalar(call, 0), ev->n_steps * sizeof *column);
    vector_add(ev, &call->result.vector, labels_empty(eval_labels(ev)), column);
}

/* NaN unless a step has exactly one float. */
void function_scalar(struct eval_call *call)
{
    const struct vector *v = &call->args[0].vector;
    for (size_t step = 0; step < call->eval->n_steps; step++) {
        size_t floats = 0;
        double value = (double)NAN;
        for (size_t i = 0; i < v->len && floats < 2; i++) {
            if (value_absent(v->at[i].values[step]))
                continue;
            value = v->at[i].values[step];
            floats++;
        }
        call->result.scalar[step] = floats == 1 ? value : (double)NAN;
    }
}

static bool equal_before(const struct expr_selector *selector, size_t n, struct text name)
{
    for (size_t i = 0; i < n; i++) {
        if (selector->matchers[i].op == MATCH_EQ && text_eq(selector->matchers[i].name, name))
            return true;
    }
    return false;
}

static bool named_behind(const struct expr_selector *selector, size_t from, struct text name)
{
    for (size_t i = from; i < selector->n_matchers; i++) {
        if (text_eq(selector->matchers[i].name, name))
            return true;
    }
    return false;
}

/* The labels that a missing series would have: those whose last matcher is their only `=`. (Prometheus keeps
 * this rule for backwards compatibility.) */
static const struct labels *labels_of_absent(struct eval *ev, const struct expr *argument)
{
    const struct expr *at = expr_unparenthesised(argument);
    if (at->kind == EXPR_MATRIX)
        at = at->u.matrix.selector;
    if (at->kind != EXPR_SELECTOR)
        return labels_empty(eval_labels(ev));
    const struct expr_selector *selector = &at->u.selector;
    struct label *certain = ARENA_ARRAY(eval_arena(ev), struct label, selector->n_matchers);
    size_t n = 0;
    for (size_t i = 0; i < selector->n_matchers; i++) {
        const struct matcher *m = &selector->matchers[i];
        if (m->op != MATCH_EQ || text_is(m->name, "__name__") || equal_before(selector, i, m->name) ||
            named_behind(selector, i + 1, m->name))
            continue;
        certain[n++] =
            (struct label){symbol_intern(eval_labels(ev), m->name), symbol_intern(eval_labels(ev), m->value)};
    }
    return labels_intern(eval_labels(ev), certain, n);
}

/* One series that is 1 wherever no series of `v` has a sample. */
static void add_absence(struct eval_call *call, const struct vector *v)
{
    struct eval *ev = call->eval;
    double *column = eval_column(ev);
    for (size_t step = 0; step < ev->n_steps; step++)
        column[step] = 1;
    for (size_t i = 0; i < v->len; i++) {
        const struct vector_series *s = &v->at[i];
        for (size_t step = 0; step < ev->n_steps; step++) {
            if (!value_absent(s->values[step]) || (s->histograms && s->histograms[step]))
                column[step] = value_none();
        }
    }
    struct vector result = {NULL, 0, 0};
    vector_add(ev, &result, labels_of_absent(ev, call_position(call, 0)), column);
    call->result.vector = result;
}

void function_absent(struct eval_call *call)
{
    add_absence(call, &call->args[0].vector);
}

static double seen_kernel(void *state, struct range_window *w)
{
    (void)state;
    return w->hi > w->lo ? 1 : value_none();
}

void function_absent_over_time(struct eval_call *call)
{
    call_over_range(call, 0, &(struct range_kernel){.step = seen_kernel, .keeps_name = true});
    struct vector seen = call->result.vector;
    add_absence(call, &seen);
    for (size_t i = 0; i < seen.len; i++)
        eval_column_release(call->eval, seen.at[i].values);
    call->whole_range_unique = false;
}
