/* The evaluator's entry and its walk over the tree: each kind of expression has its file. A sub-expression
 * that is the same at every step is evaluated on a grid of one step and copied. */
#include "base/regex.h"
#include "promql/eval_state.h"

#include <assert.h>

enum { DEFAULT_LOOKBACK_MS = 300000, DEFAULT_SUBQUERY_STEP_MS = 60000 };

static struct promql_options with_defaults(const struct promql_options *given)
{
    struct promql_options options = given ? *given : (struct promql_options){0};
    if (options.lookback_ms <= 0)
        options.lookback_ms = DEFAULT_LOOKBACK_MS;
    if (options.subquery_step_ms <= 0)
        options.subquery_step_ms = DEFAULT_SUBQUERY_STEP_MS;
    if (options.max_samples == 0)
        options.max_samples = 50000000;
    if (options.max_series == 0)
        options.max_series = 1000000;
    return options;
}

const struct expr *expr_unparenthesised(const struct expr *expr)
{
    while (expr->kind == EXPR_PAREN)
        expr = expr->u.paren.inner;
    return expr;
}

/* Spreads the one step that was evaluated over all steps of this grid. */
static void spread(struct eval *ev, struct vector *v)
{
    for (size_t i = 0; i < v->len; i++) {
        struct vector_series *s = &v->at[i];
        double value = s->values[0];
        const struct histogram *histogram = s->histograms ? s->histograms[0] : NULL;
        s->values = eval_column(ev);
        if (histogram)
            s->histograms = eval_histogram_column(ev);
        for (size_t step = 0; step < ev->n_steps; step++) {
            s->values[step] = value;
            if (histogram)
                s->histograms[step] = histogram;
        }
        if (eval_failed(ev))
            return;
    }
}

/* Evaluates on a grid of one step and copies the result to all steps of this one. */
static bool eval_once(struct eval *ev, const struct expr *expr, struct value *out)
{
    struct eval one;
    if (!eval_grid_init(&one, ev->state, ev->start_ms, ev->start_ms, 0) || !eval_value(&one, expr, out))
        return false;
    eval_unhold(ev, out->held);
    if (out->type == VALUE_VECTOR)
        spread(ev, &out->vector);
    if (out->type == VALUE_SCALAR) {
        double value = out->scalar[0];
        out->scalar = eval_column(ev);
        for (size_t step = 0; step < ev->n_steps; step++)
            out->scalar[step] = value;
    }
    return !eval_failed(ev);
}

static bool eval_number_literal(struct eval *ev, double number, struct value *out)
{
    out->scalar = eval_column(ev);
    for (size_t step = 0; step < ev->n_steps; step++)
        out->scalar[step] = number;
    return !eval_failed(ev);
}

/* -x changes the sign and drops the name; +x is x. */
static bool eval_unary(struct eval *ev, const struct expr *expr, struct value *out)
{
    if (!eval_value(ev, expr->u.unary.inner, out))
        return false;
    if (!expr->u.unary.minus)
        return true;
    if (out->type == VALUE_SCALAR) {
        for (size_t step = 0; step < ev->n_steps; step++)
            out->scalar[step] = -out->scalar[step];
        return true;
    }
    leave_out_histograms(ev, expr, &out->vector, "unary minus");
    for (size_t i = 0; i < out->vector.len; i++) {
        struct vector_series *s = &out->vector.at[i];
        for (size_t step = 0; step < ev->n_steps; step++)
            if (!value_absent(s->values[step]))
                s->values[step] = -s->values[step];
        series_drop_name(ev, s);
    }
    return vector_unify(ev, &out->vector, false);
}

static bool eval_kind(struct eval *ev, const struct expr *expr, struct value *out)
{
    switch (expr->kind) {
    case EXPR_NUMBER:
        return eval_number_literal(ev, expr->u.number.value, out);
    case EXPR_STRING:
        out->string = expr->u.string.value;
        return true;
    case EXPR_SELECTOR:
        return eval_selector(ev, expr, 0, &out->vector);
    case EXPR_MATRIX:
        return eval_matrix(ev, expr, TEXT(""), &out->range);
    case EXPR_SUBQUERY:
        return eval_subquery(ev, expr, &out->range);
    case EXPR_CALL:
        return eval_call(ev, expr, out);
    case EXPR_AGGREGATE:
        return eval_aggregate(ev, expr, &out->vector);
    case EXPR_BINARY:
        return eval_binary(ev, expr, out);
    case EXPR_UNARY:
        return eval_unary(ev, expr, out);
    case EXPR_PAREN:
        return eval_value(ev, expr->u.paren.inner, out);
    }
    return false;
}

static size_t samples_of(const struct eval *ev, const struct value *v)
{
    if (v->type != VALUE_VECTOR)
        return v->type == VALUE_SCALAR ? ev->n_steps : 0;
    size_t cells = v->vector.len * ev->n_steps;
    if (cells <= ev->state->options.max_samples - ev->state->held)
        return cells;
    return vector_count(ev, &v->vector);
}

bool eval_value(struct eval *ev, const struct expr *expr, struct value *out)
{
    *out = (struct value){.type = expr->type};
    if (!eval_alive(ev))
        return false;
    if (expr->kind == EXPR_PAREN)
        return eval_value(ev, expr->u.paren.inner, out);
    bool copied = ev->n_steps > 1 && expr->kind != EXPR_NUMBER && expr->kind != EXPR_STRING &&
                  expr->type != VALUE_MATRIX && invariant_marked(ev->state, expr);
    if (!(copied ? eval_once(ev, expr, out) : eval_kind(ev, expr, out)))
        return false;
    if (out->type == VALUE_MATRIX)
        return !eval_failed(ev);
    if (out->type == VALUE_VECTOR)
        vector_drop_empty(ev, &out->vector);
    out->held = samples_of(ev, out);
    return eval_hold(ev, out->held);
}

void value_release(struct eval *ev, struct value *v)
{
    eval_unhold(ev, v->held);
    if (v->type == VALUE_VECTOR)
        vector_release(ev, &v->vector);
    if (v->type == VALUE_SCALAR)
        eval_column_release(ev, v->scalar);
    *v = (struct value){.type = v->type};
}

static bool check_query(struct eval *ev, const struct expr *expr)
{
    const struct promql_query *query = ev->state->query;
    if (query->start_ms > EVAL_TIME_MAX || query->start_ms < -EVAL_TIME_MAX ||
        query->end_ms > EVAL_TIME_MAX || query->end_ms < -EVAL_TIME_MAX)
        return eval_fail(ev, "time of the query is out of range");
    if (query->end_ms < query->start_ms)
        return eval_fail(ev, "end timestamp must not be before start time");
    if (query->step_ms < 0)
        return eval_fail(
            ev, "zero or negative query resolution step widths are not accepted. Try a positive integer");
    if (query->step_ms == 0 && query->end_ms != query->start_ms)
        return eval_fail(
            ev, "zero or negative query resolution step widths are not accepted. Try a positive integer");
    if (query->step_ms > 0 && expr->type != VALUE_SCALAR && expr->type != VALUE_VECTOR)
        return eval_fail(ev,
                         "invalid expression type \"%s\" for range query, must be Scalar or instant Vector",
                         expr->type == VALUE_MATRIX ? "range vector" : "string");
    return true;
}

static bool evaluate(struct eval_state *state, const struct expr *expr, struct promql_result *result)
{
    struct eval grid = {.state = state, .n_steps = 1};
    struct value value;
    if (!check_query(&grid, expr))
        return false;
    invariant_mark(state, expr);
    if (!eval_grid_init(&grid, state, state->query->start_ms, state->query->end_ms, state->query->step_ms) ||
        !eval_value(&grid, expr, &value) || !eval_finish_result(&grid, &value, result))
        return false;
    annotations_print(&state->annotations, state->expression, state->arena, result);
    result->samples_read = state->read;
    result->peak_samples = state->peak;
    return true;
}

bool promql_eval(const struct expr *expr, struct text expression, const struct promql_query *query,
                 const struct promql_options *options, const struct promql_source *source,
                 struct label_table *table, struct arena *arena, struct promql_result *result,
                 struct err *err)
{
    struct eval_state state = {
        .query = query,
        .options = with_defaults(options),
        .source = source,
        .expression = expression,
        .table = table,
        .arena = arena,
        .err = err,
        .metadata = {symbol_intern(table, TEXT("__name__")), symbol_intern(table, TEXT("__type__")),
                     symbol_intern(table, TEXT("__unit__"))},
    };
    struct promql_result made = {0};
    bool ok = evaluate(&state, expr, &made);
    if (ok)
        *result = made;
    assert(ok == !state.failed);
    regex_set_free(state.regexes);
    annotations_finish(&state.annotations);
    map_finish(&state.invariant);
    return ok;
}
