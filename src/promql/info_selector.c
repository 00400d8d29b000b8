/* info_selector: takes info()'s second argument apart and finds offset and @ in the first.
 *
 * Only metrics whose name ends in _info are looked at where the name matchers are all negated. */
#include "promql/info_selector.h"

#include "base/regex.h"
#include "promql/matcher.h"

bool info_selector_names(const struct info_selector *s, struct text metric)
{
    for (size_t i = 0; i < s->n_names; i++) {
        if (!matcher_matches_value(&s->names[i], metric))
            return false;
    }
    return true;
}

bool info_selector_optional(const struct info_selector *s)
{
    for (size_t i = 0; i < s->n_data; i++) {
        if (!matcher_matches_value(&s->data[i], TEXT("")))
            return false;
    }
    return true;
}

bool info_selector_adds(const struct info_selector *s, struct text label)
{
    for (size_t i = 0; i < s->n_data; i++) {
        if (text_eq(s->data[i].name, label))
            return true;
    }
    return s->n_data == 0;
}

static const struct duration_expr *offset_of(struct arena *arena, const struct time_shift *shift)
{
    if (shift->offset_expr)
        return shift->offset_expr;
    struct duration_expr *constant = ARENA_NEW(arena, struct duration_expr);
    constant->op = DURATION_CONSTANT;
    constant->seconds = (double)shift->offset_ms / 1000;
    return constant;
}

/* A subquery's shift on top of what is inside: nothing once that is pinned by @. */
static void add_shift(struct arena *arena, struct time_shift *shift, const struct time_shift *outer)
{
    if (shift->at != AT_NONE)
        return;
    shift->at = outer->at;
    shift->at_ms = outer->at_ms;
    if (!shift->offset_expr && !outer->offset_expr) {
        shift->offset_ms += outer->offset_ms;
        return;
    }
    struct duration_expr *sum = ARENA_NEW(arena, struct duration_expr);
    sum->op = DURATION_ADD;
    sum->left = offset_of(arena, shift);
    sum->right = offset_of(arena, outer);
    shift->offset_expr = sum;
}

/* The shift of the first selector in the expression; false if it has none. */
static bool find_shift(struct arena *arena, const struct expr *e, struct time_shift *shift)
{
    switch (e->kind) {
    case EXPR_SELECTOR:
        *shift = e->u.selector.shift;
        return true;
    case EXPR_MATRIX:
        return find_shift(arena, e->u.matrix.selector, shift);
    case EXPR_SUBQUERY:
        if (!find_shift(arena, e->u.subquery.inner, shift))
            return false;
        add_shift(arena, shift, &e->u.subquery.shift);
        return true;
    case EXPR_CALL:
        for (size_t i = 0; i < e->u.call.n_args; i++) {
            if (find_shift(arena, e->u.call.args[i], shift))
                return true;
        }
        return false;
    case EXPR_AGGREGATE:
        return find_shift(arena, e->u.aggregate.inner, shift);
    case EXPR_BINARY:
        return find_shift(arena, e->u.binary.left, shift) || find_shift(arena, e->u.binary.right, shift);
    case EXPR_UNARY:
        return find_shift(arena, e->u.unary.inner, shift);
    case EXPR_PAREN:
        return find_shift(arena, e->u.paren.inner, shift);
    case EXPR_NUMBER:
    case EXPR_STRING:
        return false;
    }
    return false;
}

static bool is_positive(const struct matcher *m)
{
    return m->op == MATCH_EQ || m->op == MATCH_RE;
}

/* The matcher that is understood where none says which metrics are meant. */
static bool default_name(struct eval *ev, bool any_name, struct matcher *out)
{
    *out = (struct matcher){.op = MATCH_EQ, .name = TEXT("__name__"), .value = TEXT("target_info")};
    if (!any_name)
        return true;
    struct err err;
    out->op = MATCH_RE;
    out->value = TEXT(".+_info");
    out->regex = regex_compile(eval_regexes(ev), out->value, &err);
    return out->regex || eval_fail(ev, "%s", err.message);
}

bool info_selector_make(struct eval_call *call, struct info_selector *out)
{
    struct arena *arena = eval_arena(call->eval);
    const struct expr_selector *written = NULL;
    if (call->n_args > 1) {
        const struct expr *argument = expr_unparenthesised(call_position(call, 1));
        if (argument->kind != EXPR_SELECTOR)
            return eval_fail(call->eval, "expected label selectors as the second argument to info function");
        written = &argument->u.selector;
    }
    size_t n = written ? written->n_matchers : 0;
    struct matcher *names = ARENA_ARRAY(arena, struct matcher, n + 1);
    struct matcher *data = ARENA_ARRAY(arena, struct matcher, n);
    *out = (struct info_selector){.names = names, .data = data};
    bool positive = false;
    for (size_t i = 0; i < n; i++) {
        const struct matcher *m = &written->matchers[i];
        if (!text_is(m->name, "__name__")) {
            data[out->n_data++] = *m;
            continue;
        }
        names[out->n_names++] = *m;
        positive = positive || is_positive(m);
    }
    if (!positive) {
        if (!default_name(call->eval, out->n_names > 0, &names[out->n_names]))
            return false;
        out->n_names++;
    }

    struct expr *selector = ARENA_NEW(arena, struct expr);
    *selector = (struct expr){.kind = EXPR_SELECTOR, .type = VALUE_VECTOR, .span = call->expr->span};
    struct expr_selector *s = &selector->u.selector;
    s->matchers = ARENA_ARRAY(arena, struct matcher, out->n_names + out->n_data);
    for (size_t i = 0; i < out->n_names; i++)
        s->matchers[s->n_matchers++] = names[i];
    for (size_t i = 0; i < out->n_data; i++)
        s->matchers[s->n_matchers++] = data[i];
    if (!find_shift(arena, call_position(call, 0), &s->shift))
        s->shift = (struct time_shift){.at = AT_NONE};
    out->selector = selector;
    return true;
}
