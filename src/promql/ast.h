/* ast: the tree of a PromQL expression, as the parser makes it (types checked), the printer prints it and
 * the evaluator walks it. All of it, strings included, lives in the arena that was given to the parser
 * and is never changed afterwards. Positions are byte offsets [from, to) in the expression's text.
 *
 * Grammar and meaning: Prometheus 3.14; docs/promql.md. */
#ifndef SLOBURN_PROMQL_AST_H
#define SLOBURN_PROMQL_AST_H

#include "base/series.h"
#include "base/text.h"
#include "promql/duration_expr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct histogram;
struct regex;           /* base/regex.h */
struct promql_function; /* promql/function.h: a row of the function table */

enum value_type { VALUE_NONE, VALUE_SCALAR, VALUE_VECTOR, VALUE_MATRIX, VALUE_STRING };

enum expr_kind {
    EXPR_NUMBER,
    EXPR_STRING,
    EXPR_SELECTOR, /* instant vector selector */
    EXPR_MATRIX,   /* selector[range] */
    EXPR_SUBQUERY, /* expr[range:step] */
    EXPR_CALL,
    EXPR_AGGREGATE,
    EXPR_BINARY,
    EXPR_UNARY,
    EXPR_PAREN,
};

enum match_op { MATCH_EQ, MATCH_NE, MATCH_RE, MATCH_NRE };

struct matcher {
    enum match_op op;
    struct text name;
    struct text value;
    const struct regex *regex; /* MATCH_RE, MATCH_NRE; compiled by the parser, freed with its regex_set */
};

enum at_kind { AT_NONE, AT_TIME, AT_START, AT_END };
enum selector_modifier { SELECTOR_PLAIN, SELECTOR_ANCHORED, SELECTOR_SMOOTHED };

/* offset and @, as selectors and subqueries have them. */
struct time_shift {
    int64_t offset_ms;                       /* resolved, where offset_expr is NULL */
    const struct duration_expr *offset_expr; /* or NULL */
    enum at_kind at;
    int64_t at_ms;
};

struct expr_selector {
    struct text name; /* metric name as written before the brace; "" if none or quoted inside */
    struct matcher
        *matchers; /* all, the one for __name__ included, in the order written (the name's first) */
    size_t n_matchers;
    struct time_shift shift;
    enum selector_modifier modifier;
};

enum aggregate_op {
    AGGREGATE_SUM,
    AGGREGATE_AVG,
    AGGREGATE_MIN,
    AGGREGATE_MAX,
    AGGREGATE_COUNT,
    AGGREGATE_GROUP,
    AGGREGATE_STDDEV,
    AGGREGATE_STDVAR,
    AGGREGATE_TOPK,
    AGGREGATE_BOTTOMK,
    AGGREGATE_COUNT_VALUES,
    AGGREGATE_QUANTILE,
    AGGREGATE_LIMITK,
    AGGREGATE_LIMIT_RATIO,
};

enum binary_op {
    BINARY_ADD,
    BINARY_SUB,
    BINARY_MUL,
    BINARY_DIV,
    BINARY_MOD,
    BINARY_POW,
    BINARY_ATAN2,
    BINARY_EQ,
    BINARY_NE,
    BINARY_GT,
    BINARY_LT,
    BINARY_GE,
    BINARY_LE,
    BINARY_TRIM_UPPER, /* </ */
    BINARY_TRIM_LOWER, /* >/ */
    BINARY_AND,
    BINARY_OR,
    BINARY_UNLESS,
};

enum match_card { CARD_ONE_TO_ONE, CARD_MANY_TO_ONE, CARD_ONE_TO_MANY, CARD_MANY_TO_MANY };

struct vector_matching {
    enum match_card card;
    bool on;      /* on(labels), else ignoring(labels) */
    bool written; /* on or ignoring was written at all */
    struct text *labels;
    size_t n_labels;
    struct text *include; /* group_left(...), group_right(...) */
    size_t n_include;
    bool fill_left;
    bool fill_right;
    double fill_left_value;
    double fill_right_value;
};

struct expr {
    enum expr_kind kind;
    enum value_type type;
    struct expr_span span;
    union {
        struct {
            double value;
            bool as_duration; /* was written 5m */
        } number;
        struct {
            struct text value;
        } string;
        struct expr_selector selector;
        struct {
            struct expr *selector; /* EXPR_SELECTOR; offset, @ and modifier stand there */
            int64_t range_ms;      /* resolved, where range_expr is NULL */
            const struct duration_expr *range_expr;
        } matrix;
        struct {
            struct expr *inner;
            int64_t range_ms;
            const struct duration_expr *range_expr;
            int64_t step_ms; /* 0: the default step */
            const struct duration_expr *step_expr;
            struct time_shift shift;
        } subquery;
        struct {
            const struct promql_function *function;
            struct expr **args;
            size_t n_args;
        } call;
        struct {
            enum aggregate_op op;
            struct expr *param; /* or NULL */
            struct expr *inner;
            struct text *grouping;
            size_t n_grouping;
            bool without;
        } aggregate;
        struct {
            enum binary_op op;
            struct expr *left;
            struct expr *right;
            bool return_bool;
            struct vector_matching *matching; /* vector-vector only, else NULL */
        } binary;
        struct {
            bool minus;
            struct expr *inner;
        } unary;
        struct {
            struct expr *inner;
        } paren;
    } u;
};

#endif
