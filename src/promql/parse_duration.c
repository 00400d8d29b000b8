/* parse_duration: durations in brackets and behind offset, which may be expressions of numbers (seconds),
 * durations, step() and range(). */
#include "promql/parser.h"

#include "base/arena.h"

#include <math.h>

static const struct expectation OFFSET_EXPECTS = {"offset", "number, duration, step(), or range()"};
/* int64 nanoseconds, as in Prometheus */
static const double LARGEST_SECONDS = 9223372036.854775807;

static struct duration_expr *duration(struct parser *p, int level, struct expectation where);

bool duration_is_literal(const struct duration_expr *d)
{
    return d->op == DURATION_CONSTANT && !d->parens;
}

/* Cut to milliseconds, as Prometheus does; but 5y3ms, which no double holds exactly, keeps its 3 ms. */
int64_t duration_literal_ms(const struct duration_expr *d)
{
    double ms = d->seconds * 1000;
    double nearest = round(ms);
    return (int64_t)(fabs(ms - nearest) < 1e-3 ? nearest : ms);
}

static struct duration_expr *new_duration(struct parser *p, enum duration_op op, size_t from)
{
    if (++p->duration_nodes > p->max_depth)
        parser_limit(p, from, "duration expression has more than %d parts", p->max_depth);
    struct duration_expr *d = ARENA_NEW(p->arena, struct duration_expr);
    d->op = op;
    d->span = (struct expr_span){from, p->last_end};
    return d;
}

static void check_range(struct parser *p, const struct duration_expr *d, size_t from)
{
    if (isnan(d->seconds) || d->seconds > LARGEST_SECONDS || d->seconds < -LARGEST_SECONDS)
        parser_fail(p, from, "duration out of range");
}

/* literal = NUMBER | DURATION */
static struct duration_expr *literal(struct parser *p)
{
    struct token t = parser_take(p);
    struct duration_expr *d = new_duration(p, DURATION_CONSTANT, t.from);
    d->seconds = parser_number(p, &t);
    d->as_duration = t.kind == TOKEN_DURATION;
    check_range(p, d, t.from);
    return d;
}

static struct duration_expr *negate(struct parser *p, struct duration_expr *operand, size_t from)
{
    if (duration_is_literal(operand)) {
        operand->seconds = -operand->seconds;
        operand->span.from = from;
        return operand;
    }
    struct duration_expr *d = new_duration(p, DURATION_NEGATE, from);
    d->left = operand;
    return d;
}

/* function = ( "step" | "range" ) "(" ")" | ( "min_of" | "max_of" ) "(" duration "," duration ")" */
static struct duration_expr *function(struct parser *p, struct expectation where)
{
    static const enum duration_op ops[] = {DURATION_STEP, DURATION_RANGE, DURATION_MIN, DURATION_MAX};
    struct token name = parser_take(p);
    enum duration_op op = ops[name.kind - TOKEN_STEP];
    struct duration_expr *left = NULL, *right = NULL;
    if (!parser_accept(p, TOKEN_LEFT_PAREN))
        return parser_unexpected(p, where);
    if (op == DURATION_MIN || op == DURATION_MAX) {
        left = duration(p, 0, where);
        if (!parser_accept(p, TOKEN_COMMA))
            return parser_unexpected(p, where);
        right = duration(p, 0, where);
    }
    if (!parser_accept(p, TOKEN_RIGHT_PAREN))
        return parser_unexpected(p, where);
    struct duration_expr *d = new_duration(p, op, name.from);
    d->left = left;
    d->right = right;
    return d;
}

/* parens = "(" duration ")" */
static struct duration_expr *parens(struct parser *p, struct expectation where)
{
    struct token open = parser_take(p);
    struct duration_expr *d = duration(p, 0, where);
    if (!parser_accept(p, TOKEN_RIGHT_PAREN))
        return parser_unexpected(p, where);
    if (p->failed)
        return NULL;
    d->parens = true;
    d->span = (struct expr_span){open.from, p->last_end};
    return d;
}

static bool at_function(struct parser *p)
{
    enum token_kind kind = parser_peek(p)->kind;
    return kind >= TOKEN_STEP && kind <= TOKEN_MAX_OF;
}

static const struct {
    enum binary_op token;
    enum duration_op op;
    int level;
    bool right;
} operators[] = {
    {BINARY_ADD, DURATION_ADD, 1, false}, {BINARY_SUB, DURATION_SUB, 1, false},
    {BINARY_MUL, DURATION_MUL, 2, false}, {BINARY_DIV, DURATION_DIV, 2, false},
    {BINARY_MOD, DURATION_MOD, 2, false}, {BINARY_POW, DURATION_POW, 3, true},
};

enum { OPERATORS = sizeof operators / sizeof operators[0], LEVEL_POWER = 3 };

/* operand = literal | function | parens | ( "+" | "-" ) operand-of-"^" */
static struct duration_expr *operand(struct parser *p, struct expectation where)
{
    if (parser_at(p, TOKEN_NUMBER) || parser_at(p, TOKEN_DURATION))
        return literal(p);
    if (at_function(p))
        return function(p, where);
    if (parser_at(p, TOKEN_LEFT_PAREN))
        return parens(p, where);
    if (!parser_at_sign(p))
        return parser_unexpected(p, where);
    struct token sign = parser_take(p);
    struct duration_expr *d = duration(p, LEVEL_POWER, where);
    if (p->failed)
        return NULL;
    return sign.value == BINARY_SUB ? negate(p, d, sign.from) : d;
}

static int find_operator(struct parser *p, int level)
{
    const struct token *t = parser_peek(p);
    for (int i = 0; i < OPERATORS && t->kind == TOKEN_OPERATOR; i++)
        if ((int)operators[i].token == t->value && operators[i].level >= level)
            return i;
    return -1;
}

static struct duration_expr *combine(struct parser *p, enum duration_op op, const struct token *sign,
                                     struct duration_expr *left, struct duration_expr *right)
{
    bool by_zero = duration_is_literal(right) && right->seconds == 0;
    if (by_zero && op == DURATION_DIV)
        return parser_fail(p, sign->from, "division by zero");
    if (by_zero && op == DURATION_MOD)
        return parser_fail(p, sign->from, "modulo by zero");
    struct duration_expr *d = new_duration(p, op, left->span.from);
    d->left = left;
    d->right = right;
    return d;
}

/* More operators behind a first operand. */
static struct duration_expr *operator_chain(struct parser *p, struct duration_expr *left, int level,
                                            struct expectation where)
{
    int i;
    while (!p->failed && (i = find_operator(p, level)) >= 0) {
        struct token sign = parser_take(p);
        struct duration_expr *right =
            duration(p, operators[i].right ? operators[i].level : operators[i].level + 1, where);
        parser_peek(p);
        if (p->failed)
            return NULL;
        left = combine(p, operators[i].op, &sign, left, right);
    }
    return left;
}

/* duration = operand { ( "+" | "-" | "*" | "/" | "%" | "^" ) operand } */
static struct duration_expr *duration(struct parser *p, int level, struct expectation where)
{
    struct duration_expr *d = NULL;
    if (parser_enter(p))
        d = operator_chain(p, operand(p, where), level, where);
    parser_leave(p);
    return p->failed ? NULL : d;
}

/* positive = duration ; a number alone must be above zero */
struct duration_expr *parse_duration(struct parser *p, struct expectation where)
{
    p->duration_nodes = 0;
    struct duration_expr *d = duration(p, 0, where);
    parser_peek(p);
    if (!p->failed && duration_is_literal(d) && duration_literal_ms(d) <= 0)
        return parser_fail(p, d->span.from, "duration must be greater than 0");
    return p->failed ? NULL : d;
}

/* signed = ( "+" | "-" ) ( literal | function | parens ) ; what follows is no part of the offset. */
static struct duration_expr *signed_offset(struct parser *p)
{
    struct token sign = parser_take(p);
    struct duration_expr *d;
    if (parser_at(p, TOKEN_NUMBER) || parser_at(p, TOKEN_DURATION))
        d = literal(p);
    else if (at_function(p))
        d = function(p, OFFSET_EXPECTS);
    else if (parser_at(p, TOKEN_LEFT_PAREN))
        d = parens(p, OFFSET_EXPECTS);
    else if (!parser_at_sign(p))
        return parser_unexpected(p, OFFSET_EXPECTS);
    else
        d = duration(p, LEVEL_POWER, OFFSET_EXPECTS);
    if (p->failed)
        return NULL;
    return sign.value == BINARY_SUB ? negate(p, d, sign.from) : d;
}

/* offset = literal | function | signed | parens { operator operand } ; so that `foo offset 5m + 1` adds 1 to
 * foo. */
struct duration_expr *parse_offset_duration(struct parser *p)
{
    p->duration_nodes = 0;
    if (parser_at(p, TOKEN_NUMBER) || parser_at(p, TOKEN_DURATION))
        return literal(p);
    if (at_function(p))
        return function(p, OFFSET_EXPECTS);
    if (parser_at_sign(p))
        return signed_offset(p);
    if (parser_at(p, TOKEN_LEFT_PAREN))
        return duration(p, 0, OFFSET_EXPECTS);
    return parser_unexpected(p, OFFSET_EXPECTS);
}
