/* Finds what does not depend on the step: selectors and subqueries pinned by @, constants, and what is made
 * of these alone. Such an expression is evaluated once and copied to every step. Whether a function depends
 * on the evaluation time is said in its row of the function table. */
#include "promql/eval_state.h"

static bool mark(struct eval_state *state, const struct expr *expr)
{
    bool same = false;
    if (state->failed || ++state->depth > EVAL_DEPTH_MAX) {
        struct eval nowhere = {.state = state};
        return eval_fail_limit(&nowhere, "expression is nested more than %d deep", EVAL_DEPTH_MAX);
    }
    switch (expr->kind) {
    case EXPR_NUMBER:
    case EXPR_STRING:
        same = true;
        break;
    case EXPR_SELECTOR:
        same = expr->u.selector.shift.at != AT_NONE;
        break;
    case EXPR_MATRIX:
        same = mark(state, expr->u.matrix.selector);
        break;
    case EXPR_SUBQUERY:
        mark(state, expr->u.subquery.inner);
        same = expr->u.subquery.shift.at != AT_NONE;
        break;
    case EXPR_CALL:
        same = !expr->u.call.function->at_unsafe;
        for (size_t i = 0; i < expr->u.call.n_args; i++)
            same = mark(state, expr->u.call.args[i]) && same;
        break;
    case EXPR_AGGREGATE:
        same = mark(state, expr->u.aggregate.inner);
        if (expr->u.aggregate.param)
            same = mark(state, expr->u.aggregate.param) && same;
        break;
    case EXPR_BINARY:
        same = mark(state, expr->u.binary.left);
        same = mark(state, expr->u.binary.right) && same;
        break;
    case EXPR_UNARY:
        same = mark(state, expr->u.unary.inner);
        break;
    case EXPR_PAREN:
        same = mark(state, expr->u.paren.inner);
        break;
    }
    state->depth--;
    if (same)
        *map_add(&state->invariant, map_key_of(expr), NULL) = 1;
    return same;
}

void invariant_mark(struct eval_state *state, const struct expr *expr)
{
    mark(state, expr);
}

bool invariant_marked(const struct eval_state *state, const struct expr *expr)
{
    return map_find(&state->invariant, map_key_of(expr)) != NULL;
}
