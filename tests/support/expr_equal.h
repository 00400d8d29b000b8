/* expr_equal: are two trees the same, whatever their positions in the text and the order of matchers? */
#ifndef SLOBURN_TESTS_EXPR_EQUAL_H
#define SLOBURN_TESTS_EXPR_EQUAL_H

#include "promql/ast.h"

#include <string.h>

static inline bool double_equal(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b);
}

static inline bool texts_equal(const struct text *a, size_t n_a, const struct text *b, size_t n_b)
{
    if (n_a != n_b)
        return false;
    for (size_t i = 0; i < n_a; i++)
        if (!text_eq(a[i], b[i]))
            return false;
    return true;
}

static inline bool duration_equal(const struct duration_expr *a, const struct duration_expr *b)
{
    if (!a || !b)
        return a == b;
    return a->op == b->op && double_equal(a->seconds, b->seconds) && a->as_duration == b->as_duration &&
           a->parens == b->parens && duration_equal(a->left, b->left) && duration_equal(a->right, b->right);
}

static inline bool shift_equal(const struct time_shift *a, const struct time_shift *b)
{
    return a->offset_ms == b->offset_ms && duration_equal(a->offset_expr, b->offset_expr) && a->at == b->at &&
           a->at_ms == b->at_ms;
}

static inline size_t matcher_count(const struct expr_selector *s, const struct matcher *m)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_matchers; i++)
        n += s->matchers[i].op == m->op && text_eq(s->matchers[i].name, m->name) &&
             text_eq(s->matchers[i].value, m->value);
    return n;
}

static inline bool selector_equal(const struct expr_selector *a, const struct expr_selector *b)
{
    if (!text_eq(a->name, b->name) || a->n_matchers != b->n_matchers || a->modifier != b->modifier)
        return false;
    for (size_t i = 0; i < a->n_matchers; i++)
        if (matcher_count(a, &a->matchers[i]) != matcher_count(b, &a->matchers[i]))
            return false;
    return shift_equal(&a->shift, &b->shift);
}

static inline bool matching_equal(const struct vector_matching *a, const struct vector_matching *b)
{
    if (!a || !b)
        return a == b;
    return a->card == b->card && a->on == b->on &&
           texts_equal(a->labels, a->n_labels, b->labels, b->n_labels) &&
           texts_equal(a->include, a->n_include, b->include, b->n_include) && a->fill_left == b->fill_left &&
           a->fill_right == b->fill_right && double_equal(a->fill_left_value, b->fill_left_value) &&
           double_equal(a->fill_right_value, b->fill_right_value);
}

static inline bool expr_equal(const struct expr *a, const struct expr *b);

static inline bool call_equal(const struct expr *a, const struct expr *b)
{
    if (a->u.call.function != b->u.call.function || a->u.call.n_args != b->u.call.n_args)
        return false;
    for (size_t i = 0; i < a->u.call.n_args; i++)
        if (!expr_equal(a->u.call.args[i], b->u.call.args[i]))
            return false;
    return true;
}

static inline bool aggregate_equal(const struct expr *a, const struct expr *b)
{
    const struct expr *param_a = a->u.aggregate.param, *param_b = b->u.aggregate.param;
    return a->u.aggregate.op == b->u.aggregate.op && a->u.aggregate.without == b->u.aggregate.without &&
           texts_equal(a->u.aggregate.grouping, a->u.aggregate.n_grouping, b->u.aggregate.grouping,
                       b->u.aggregate.n_grouping) &&
           (param_a && param_b ? expr_equal(param_a, param_b) : param_a == param_b) &&
           expr_equal(a->u.aggregate.inner, b->u.aggregate.inner);
}

static inline bool expr_equal(const struct expr *a, const struct expr *b)
{
    if (a->kind != b->kind || a->type != b->type)
        return false;
    switch (a->kind) {
    case EXPR_NUMBER:
        return double_equal(a->u.number.value, b->u.number.value) &&
               a->u.number.as_duration == b->u.number.as_duration;
    case EXPR_STRING:
        return text_eq(a->u.string.value, b->u.string.value);
    case EXPR_SELECTOR:
        return selector_equal(&a->u.selector, &b->u.selector);
    case EXPR_MATRIX:
        return a->u.matrix.range_ms == b->u.matrix.range_ms &&
               duration_equal(a->u.matrix.range_expr, b->u.matrix.range_expr) &&
               expr_equal(a->u.matrix.selector, b->u.matrix.selector);
    case EXPR_SUBQUERY:
        return a->u.subquery.range_ms == b->u.subquery.range_ms &&
               a->u.subquery.step_ms == b->u.subquery.step_ms &&
               duration_equal(a->u.subquery.range_expr, b->u.subquery.range_expr) &&
               duration_equal(a->u.subquery.step_expr, b->u.subquery.step_expr) &&
               shift_equal(&a->u.subquery.shift, &b->u.subquery.shift) &&
               expr_equal(a->u.subquery.inner, b->u.subquery.inner);
    case EXPR_CALL:
        return call_equal(a, b);
    case EXPR_AGGREGATE:
        return aggregate_equal(a, b);
    case EXPR_BINARY:
        return a->u.binary.op == b->u.binary.op && a->u.binary.return_bool == b->u.binary.return_bool &&
               matching_equal(a->u.binary.matching, b->u.binary.matching) &&
               expr_equal(a->u.binary.left, b->u.binary.left) &&
               expr_equal(a->u.binary.right, b->u.binary.right);
    case EXPR_UNARY:
        return a->u.unary.minus == b->u.unary.minus && expr_equal(a->u.unary.inner, b->u.unary.inner);
    case EXPR_PAREN:
        return expr_equal(a->u.paren.inner, b->u.paren.inner);
    }
    return false;
}

#endif
