/* Calls: evaluates the arguments as the function needs them, runs its implementation and looks after what
 * every function has in common: modifiers that only some of them know, and series whose labels became equal.
 */
#include "promql/eval_state.h"

/* Functions that know anchored and smoothed ranges, as the error texts list them. */
static const char *const ANCHORED[] = {"changes", "delta", "increase", "rate", "resets"};
static const char *const SMOOTHED[] = {"delta", "increase", "rate"};

static bool one_of(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, list[i]) == 0)
            return true;
    return false;
}

static bool check_modifier(struct eval *ev, const struct promql_function *function, const struct expr *arg)
{
    if (arg->kind != EXPR_MATRIX)
        return true;
    enum selector_modifier modifier = arg->u.matrix.selector->u.selector.modifier;
    if (modifier == SELECTOR_ANCHORED &&
        !one_of(function->name, ANCHORED, sizeof ANCHORED / sizeof *ANCHORED))
        return eval_fail(
            ev,
            "anchored modifier can only be used with: changes, delta, increase, rate, resets - not with %s",
            function->name);
    if (modifier == SELECTOR_SMOOTHED &&
        !one_of(function->name, SMOOTHED, sizeof SMOOTHED / sizeof *SMOOTHED))
        return eval_fail(ev, "smoothed modifier can only be used with: delta, increase, rate - not with %s",
                         function->name);
    return true;
}

/* What a selector right below timestamp() and start_timestamp() must tell besides values. */
static int wanted_times(const struct promql_function *function)
{
    if (strcmp(function->name, "timestamp") == 0)
        return WITH_TIMES;
    return strcmp(function->name, "start_timestamp") == 0 ? WITH_TIMES | WITH_STARTS : 0;
}

/* The second argument of info() is a list of matchers in the shape of a selector: the function reads it
 * itself. */
static bool left_to_function(const struct promql_function *function, size_t arg)
{
    return arg == 1 && strcmp(function->name, "info") == 0;
}

static bool eval_argument(struct eval *ev, const struct promql_function *function, const struct expr *written,
                          struct value *out)
{
    const struct expr *arg = expr_unparenthesised(written);
    int with = wanted_times(function);
    if (arg->kind == EXPR_MATRIX) {
        *out = (struct value){.type = VALUE_MATRIX};
        return check_modifier(ev, function, arg) &&
               eval_matrix(ev, arg, text_of(function->name), &out->range);
    }
    if (with && arg->kind == EXPR_SELECTOR) {
        *out = (struct value){.type = VALUE_VECTOR};
        return eval_selector(ev, arg, with, &out->vector);
    }
    return eval_value(ev, arg, out);
}

static bool eval_arguments(struct eval *ev, struct eval_call *call)
{
    for (size_t i = 0; i < call->n_args; i++) {
        const struct expr *arg = call->expr->u.call.args[i];
        if (left_to_function(call->function, i)) {
            call->args[i] = (struct value){.type = VALUE_VECTOR};
            continue;
        }
        if (!eval_argument(ev, call->function, arg, &call->args[i]))
            return false;
    }
    return true;
}

bool eval_call(struct eval *ev, const struct expr *expr, struct value *out)
{
    struct eval_call call = {
        .eval = ev,
        .expr = expr,
        .function = expr->u.call.function,
        .n_args = expr->u.call.n_args,
        .result = {.type = expr->u.call.function->returns},
    };
    call.args = ARENA_ARRAY_ZERO(ev->state->arena, struct value, call.n_args);
    if (!call.function->apply)
        return eval_fail(ev, "function \"%s\" cannot be evaluated", call.function->name);
    if (!eval_arguments(ev, &call))
        return false;
    if (call.result.type == VALUE_SCALAR)
        call.result.scalar = eval_column(ev);
    if (eval_failed(ev))
        return false;
    call.function->apply(&call);
    if (eval_failed(ev))
        return false;
    for (size_t i = 0; i < call.n_args; i++)
        value_release(ev, &call.args[i]);
    *out = call.result;
    for (size_t i = 0; i < out->vector.len; i++) /* what it gives is new, not a selector's sample */
        out->vector.at[i].times_ms = out->vector.at[i].starts_ms = NULL;
    return out->type != VALUE_VECTOR || vector_unify(ev, &out->vector, call.whole_range_unique);
}

struct vector call_take(struct eval_call *call, size_t arg)
{
    struct vector taken = call->args[arg].vector;
    call->args[arg].vector = (struct vector){0};
    return taken;
}

void call_map(struct eval_call *call, size_t arg, double (*f)(double))
{
    struct eval *ev = call->eval;
    struct vector v = call_take(call, arg);
    for (size_t i = 0; i < v.len && eval_alive(ev); i++) {
        struct vector_series *s = &v.at[i];
        s->histograms = NULL;
        for (size_t step = 0; step < ev->n_steps; step++)
            if (!value_absent(s->values[step]))
                s->values[step] = f(s->values[step]);
        series_drop_name(ev, s);
    }
    call->result.vector = v;
}
