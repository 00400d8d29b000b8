/* duration_expr: a duration within [ ] or behind offset, as it was written: a part of the tree of ast.h. */
#ifndef SLOBURN_PROMQL_DURATION_EXPR_H
#define SLOBURN_PROMQL_DURATION_EXPR_H

#include <stdbool.h>
#include <stddef.h>

/* Byte offsets in the expression's text: [from, to). */
struct expr_span {
    size_t from;
    size_t to;
};

/* A duration after [ or offset: a constant, or a duration expression that is resolved when the query starts
 * (it may use step() and range() of the query). */
enum duration_op {
    DURATION_CONSTANT,
    DURATION_STEP,  /* step() */
    DURATION_RANGE, /* range() */
    DURATION_ADD,
    DURATION_SUB,
    DURATION_MUL,
    DURATION_DIV,
    DURATION_MOD,
    DURATION_POW,
    DURATION_NEGATE,
    DURATION_PLUS,
    DURATION_MIN,
    DURATION_MAX, /* min_of(a, b), max_of(a, b) */
};

struct duration_expr {
    enum duration_op op;
    double seconds;   /* DURATION_CONSTANT */
    bool as_duration; /* the constant was written 5m, not 300 */
    bool parens;      /* was written in parentheses */
    const struct duration_expr *left;
    const struct duration_expr *right; /* unary operators use left only */
    struct expr_span span;
};

#endif
