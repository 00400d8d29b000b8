/* parse: expressions. Binary operators climb by a table of precedences; everything else is one function a
 * production. */
#include "promql/parse.h"

#include "base/arena.h"
#include "base/buf.h"
#include "promql/function.h"
#include "promql/parser.h"

#include <assert.h>

static struct expr *binary(struct parser *p, int level);

/* ---- aggregations ---- */

/* A list of expressions that grows in the arena. */
struct args {
    struct expr **at;
    size_t len;
    size_t cap;
};

static bool starts_expression(struct parser *p)
{
    const struct token *t = parser_peek(p);
    switch (t->kind) {
    case TOKEN_LEFT_PAREN:
    case TOKEN_LEFT_BRACE:
    case TOKEN_NUMBER:
    case TOKEN_DURATION:
    case TOKEN_STRING:
        return true;
    default:
        return parser_at_sign(p) || token_may_name_metric(t);
    }
}

static void add_arg(struct parser *p, struct args *args, struct expr *e)
{
    if (args->len == args->cap) {
        size_t cap = args->cap ? args->cap * 2 : 4;
        args->at = arena_grow(p->arena, args->at, args->cap * sizeof *args->at, cap * sizeof *args->at,
                              _Alignof(struct expr *));
        args->cap = cap;
    }
    args->at[args->len++] = e;
}

/* body = "(" [ expression { "," expression } ] ")" */
static void call_body(struct parser *p, struct args *args)
{
    if (!parser_accept(p, TOKEN_LEFT_PAREN)) {
        parser_unexpected_here(p);
        return;
    }
    if (parser_accept(p, TOKEN_RIGHT_PAREN))
        return;
    for (;;) {
        struct expr *e = binary(p, 0);
        if (p->failed)
            return;
        add_arg(p, args, e);
        if (!parser_at(p, TOKEN_COMMA))
            break;
        struct token comma = parser_take(p);
        parser_peek(p);
        if (!p->failed && !starts_expression(p))
            parser_fail(p, comma.from, "trailing commas not allowed in function call args");
    }
    if (!parser_accept(p, TOKEN_RIGHT_PAREN))
        parser_unexpected_here(p);
}

/* grouping = ( "by" | "without" ) labels */
static bool grouping(struct parser *p, struct expr *e)
{
    if (!parser_at(p, TOKEN_BY) && !parser_at(p, TOKEN_WITHOUT))
        return false;
    e->u.aggregate.without = parser_take(p).kind == TOKEN_WITHOUT;
    e->u.aggregate.grouping = parse_grouping_labels(p, &e->u.aggregate.n_grouping);
    return true;
}

static bool takes_parameter(enum aggregate_op op)
{
    return op >= AGGREGATE_TOPK;
}

static struct expr *finish_aggregate(struct parser *p, struct expr *e, const struct token *op,
                                     struct args *args)
{
    bool experimental = op->value == AGGREGATE_LIMITK || op->value == AGGREGATE_LIMIT_RATIO;
    size_t wanted = takes_parameter(e->u.aggregate.op) ? 2 : 1;
    size_t from = e->span.from;
    if (p->failed)
        return NULL;
    if (!args->len)
        return parser_fail(p, from, "no arguments for aggregate expression provided");
    if (experimental && !p->options->experimental_functions)
        return parser_fail(p, from,
                           "%s() is experimental and must be enabled with "
                           "--enable-feature=promql-experimental-functions",
                           op->value == AGGREGATE_LIMITK ? "limitk" : "limit_ratio");
    if (args->len != wanted)
        return parser_fail(
            p, from, "wrong number of arguments for aggregate expression provided, expected %zu, got %zu",
            wanted, args->len);
    e->u.aggregate.param = wanted == 2 ? args->at[0] : NULL;
    e->u.aggregate.inner = args->at[wanted - 1];
    for (size_t i = 0; i < args->len; i++)
        parser_adopt(p, e, args->at[i]);
    e->span.to = p->last_end;
    return e;
}

/* aggregate = OP grouping body | OP body [ grouping ] */
static struct expr *aggregate(struct parser *p, const struct token *op)
{
    struct expr *e = parser_new(p, EXPR_AGGREGATE, VALUE_VECTOR, op->from);
    struct args args = {0};
    const char *outer = p->context;
    e->u.aggregate.op = (enum aggregate_op)op->value;
    p->context = "aggregation";
    bool grouped = grouping(p, e);
    call_body(p, &args);
    p->context = outer;
    if (!grouped)
        grouping(p, e);
    return finish_aggregate(p, e, op, &args);
}

/* ---- calls ---- */

/* call = IDENTIFIER body */
static struct expr *call(struct parser *p, const struct token *name)
{
    struct args args = {0};
    call_body(p, &args);
    const struct promql_function *function = promql_function_find(name->text);
    if (p->failed)
        return NULL;
    if (!function)
        return parser_fail(p, name->from, "unknown function with name %s", parser_quoted(p, name->text));
    if (function->experimental && !p->options->experimental_functions)
        return parser_fail(p, name->from, "function \"%s\" is not enabled", function->name);
    struct expr *e = parser_new(p, EXPR_CALL, function->returns, name->from);
    e->u.call.function = function;
    e->u.call.args = args.at;
    e->u.call.n_args = args.len;
    for (size_t i = 0; i < args.len; i++)
        parser_adopt(p, e, args.at[i]);
    return e;
}

/* ---- primaries ---- */

/* number = NUMBER | DURATION */
static struct expr *number(struct parser *p)
{
    struct token t = parser_take(p);
    struct expr *e = parser_new(p, EXPR_NUMBER, VALUE_SCALAR, t.from);
    e->u.number.value = parser_number(p, &t);
    e->u.number.as_duration = t.kind == TOKEN_DURATION;
    return e;
}

/* string = STRING */
static struct expr *string(struct parser *p)
{
    struct token t = parser_take(p);
    struct expr *e = parser_new(p, EXPR_STRING, VALUE_STRING, t.from);
    e->u.string.value = parser_string(p, &t);
    return e;
}

/* parens = "(" expression ")" */
static struct expr *parens(struct parser *p)
{
    struct token open = parser_take(p);
    struct expr *inner = binary(p, 0);
    if (!parser_accept(p, TOKEN_RIGHT_PAREN))
        return parser_unexpected_here(p);
    struct expr *e = parser_new(p, EXPR_PAREN, inner->type, open.from);
    e->u.paren.inner = inner;
    parser_adopt(p, e, inner);
    return e;
}

/* word = aggregate | call | selector ; which one, the token behind the word tells. */
static struct expr *word(struct parser *p)
{
    struct token name = parser_take(p);
    const struct token *next = parser_peek(p);
    bool paren = next->kind == TOKEN_LEFT_PAREN;
    if (name.kind == TOKEN_AGGREGATE && (paren || next->kind == TOKEN_BY || next->kind == TOKEN_WITHOUT))
        return aggregate(p, &name);
    bool callable = name.kind == TOKEN_IDENTIFIER || (name.kind >= TOKEN_START && name.kind <= TOKEN_MAX_OF);
    if (paren && callable)
        return call(p, &name);
    return parse_selector(p, &name);
}

/* primary = number | string | parens | word | selector */
static struct expr *primary(struct parser *p)
{
    const struct token *t = parser_peek(p);
    if (token_may_name_metric(t))
        return word(p);
    switch (t->kind) {
    case TOKEN_NUMBER:
    case TOKEN_DURATION:
        return number(p);
    case TOKEN_STRING:
        return string(p);
    case TOKEN_LEFT_PAREN:
        return parens(p);
    case TOKEN_LEFT_BRACE:
        return parse_selector(p, NULL);
    default:
        return parser_unexpected_here(p);
    }
}

/* ---- operators ---- */

struct operator_row {
    enum binary_op op;
    int level;
    bool right; /* associative to the right */
};

enum { LEVEL_POWER = 6 };

static const struct operator_row operators[] = {
    {BINARY_OR, 1, false},         {BINARY_AND, 2, false},        {BINARY_UNLESS, 2, false},
    {BINARY_EQ, 3, false},         {BINARY_NE, 3, false},         {BINARY_GT, 3, false},
    {BINARY_LT, 3, false},         {BINARY_GE, 3, false},         {BINARY_LE, 3, false},
    {BINARY_TRIM_UPPER, 3, false}, {BINARY_TRIM_LOWER, 3, false}, {BINARY_ADD, 4, false},
    {BINARY_SUB, 4, false},        {BINARY_MUL, 5, false},        {BINARY_DIV, 5, false},
    {BINARY_MOD, 5, false},        {BINARY_ATAN2, 5, false},      {BINARY_POW, LEVEL_POWER, true},
};

static const struct operator_row *find_operator(struct parser *p, int level)
{
    const struct token *t = parser_peek(p);
    if (t->kind != TOKEN_OPERATOR)
        return NULL;
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if ((int)operators[i].op == t->value)
            return operators[i].level >= level ? &operators[i] : NULL;
    return NULL;
}

/* unary = ( "+" | "-" ) expression-of-"^" | modified ; -1^2 is -(1^2), -a * b is (-a) * b. */
static struct expr *unary(struct parser *p)
{
    if (!parser_at_sign(p)) {
        struct expr *e = primary(p);
        return p->failed ? NULL : parse_modifiers(p, e);
    }
    struct token sign = parser_take(p);
    bool minus = sign.value == BINARY_SUB;
    struct expr *inner = binary(p, LEVEL_POWER);
    if (p->failed)
        return NULL;
    if (inner->kind == EXPR_NUMBER) {
        if (minus)
            inner->u.number.value = -inner->u.number.value;
        inner->span.from = sign.from;
        return inner;
    }
    struct expr *e = parser_new(p, EXPR_UNARY, inner->type, sign.from);
    e->span.to = inner->span.to;
    e->u.unary.minus = minus;
    e->u.unary.inner = inner;
    parser_adopt(p, e, inner);
    return e;
}

/* value = "(" [ "+" | "-" ] ( NUMBER | DURATION ) ")" */
static double fill_value(struct parser *p)
{
    double value = 0;
    bool negative = false;
    if (!parser_accept(p, TOKEN_LEFT_PAREN))
        parser_unexpected_here(p);
    if (parser_at_sign(p))
        negative = parser_take(p).value == BINARY_SUB;
    if (parser_at(p, TOKEN_NUMBER) || parser_at(p, TOKEN_DURATION)) {
        struct token t = parser_take(p);
        value = parser_number(p, &t);
    } else {
        parser_unexpected_here(p);
    }
    if (!parser_accept(p, TOKEN_RIGHT_PAREN))
        parser_unexpected_here(p);
    return negative ? -value : value;
}

/* fill = "fill" value | "fill_left" value [ "fill_right" value ] | "fill_right" value [ "fill_left" value ]
 */
static void fill(struct parser *p, struct vector_matching *matching)
{
    if (parser_accept(p, TOKEN_FILL)) {
        matching->fill_left = matching->fill_right = true;
        matching->fill_left_value = matching->fill_right_value = fill_value(p);
        return;
    }
    for (int i = 0; i < 2; i++) {
        if (!matching->fill_left && parser_accept(p, TOKEN_FILL_LEFT)) {
            matching->fill_left = true;
            matching->fill_left_value = fill_value(p);
        } else if (!matching->fill_right && parser_accept(p, TOKEN_FILL_RIGHT)) {
            matching->fill_right = true;
            matching->fill_right_value = fill_value(p);
        }
    }
}

/* modifiers = [ "bool" ] [ ( "on" | "ignoring" ) labels [ ( "group_left" | "group_right" ) [ labels ] ] ] [
 * fill ] */
static struct vector_matching *binary_modifiers(struct parser *p, bool *return_bool)
{
    struct vector_matching *matching = ARENA_NEW(p->arena, struct vector_matching);
    *return_bool = parser_accept(p, TOKEN_BOOL);
    if (parser_at(p, TOKEN_ON) || parser_at(p, TOKEN_IGNORING)) {
        matching->written = true;
        matching->on = parser_take(p).kind == TOKEN_ON;
        matching->labels = parse_grouping_labels(p, &matching->n_labels);
        if (parser_at(p, TOKEN_GROUP_LEFT) || parser_at(p, TOKEN_GROUP_RIGHT)) {
            bool left = parser_take(p).kind == TOKEN_GROUP_LEFT;
            matching->card = left ? CARD_MANY_TO_ONE : CARD_ONE_TO_MANY;
            if (parser_at(p, TOKEN_LEFT_PAREN))
                matching->include = parse_grouping_labels(p, &matching->n_include);
        }
    }
    fill(p, matching);
    return matching;
}

static struct expr *combine(struct parser *p, enum binary_op op, struct vector_matching *matching,
                            struct expr *left, struct expr *right)
{
    assert(left && right);
    bool scalar = left->type == VALUE_SCALAR && right->type == VALUE_SCALAR;
    struct expr *e = parser_new(p, EXPR_BINARY, scalar ? VALUE_SCALAR : VALUE_VECTOR, left->span.from);
    e->span.to = right->span.to;
    e->u.binary.op = op;
    e->u.binary.left = left;
    e->u.binary.right = right;
    e->u.binary.matching = matching;
    parser_adopt(p, e, left);
    parser_adopt(p, e, right);
    if ((matching->fill_left || matching->fill_right) && !p->options->fill_modifiers)
        parser_fail(p, e->span.from, "binop fill modifiers are experimental and not enabled");
    return e;
}

/* expression = unary { OPERATOR modifiers unary } */
static struct expr *binary(struct parser *p, int level)
{
    struct expr *left = NULL;
    const struct operator_row *row;
    if (parser_enter(p))
        left = unary(p);
    while (!p->failed && (row = find_operator(p, level))) {
        bool return_bool;
        parser_take(p);
        struct vector_matching *matching = binary_modifiers(p, &return_bool);
        struct expr *right = binary(p, row->right ? row->level : row->level + 1);
        if (p->failed)
            break;
        left = combine(p, row->op, matching, left, right);
        left->u.binary.return_bool = return_bool;
    }
    parser_leave(p);
    return p->failed ? NULL : left;
}

struct expr *parse_expression(struct parser *p)
{
    return binary(p, 0);
}
