/* parser: tokens one ahead, sticky errors, bounds, and the entry points. */
#include "promql/parser.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/labels.h"
#include "promql/literal.h"

#include <assert.h>
#include <stdarg.h>

enum { DEFAULT_LENGTH = 65536, DEFAULT_DEPTH = 250 };

void parser_init(struct parser *p, struct text input, const struct promql_parse_options *options, bool series)
{
    lexer_init(&p->lexer, input, series, p->err);
    p->options = options;
    p->max_depth = options->max_depth ? options->max_depth : DEFAULT_DEPTH;
    p->context = "";
    size_t max_length = options->max_length ? options->max_length : DEFAULT_LENGTH;
    if (input.len > max_length)
        parser_limit(p, 0, "expression of %zu bytes is longer than the limit of %zu", input.len, max_length);
}

/* ---- tokens ---- */

const struct token *parser_peek(struct parser *p)
{
    if (!p->peeked) {
        lexer_next(&p->lexer, &p->token);
        p->peeked = true;
        if (p->token.kind == TOKEN_ERROR) {
            p->failed = true;
            p->token.kind = TOKEN_EOF;
        }
    }
    return &p->token;
}

struct token parser_take(struct parser *p)
{
    struct token token = *parser_peek(p);
    if (!p->failed) {
        p->peeked = false;
        p->last_end = token.from + token.text.len;
    }
    return token;
}

bool parser_at(struct parser *p, enum token_kind kind)
{
    return parser_peek(p)->kind == kind;
}

bool parser_accept(struct parser *p, enum token_kind kind)
{
    if (p->failed || !parser_at(p, kind))
        return false;
    parser_take(p);
    return true;
}

bool parser_at_sign(struct parser *p)
{
    const struct token *t = parser_peek(p);
    return t->kind == TOKEN_OPERATOR && (t->value == BINARY_ADD || t->value == BINARY_SUB);
}

/* ---- errors ---- */

/* The first error holds, and ends the reading. */
static bool stop(struct parser *p)
{
    if (p->failed)
        return false;
    p->failed = true;
    p->peeked = true;
    p->token = (struct token){.kind = TOKEN_EOF, .from = p->lexer.input.len};
    return true;
}

void *parser_fail(struct parser *p, size_t from, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (stop(p))
        err_write_list(p->err, ERR_INPUT, source_pos_of(p->lexer.input, from), format, args);
    va_end(args);
    return NULL;
}

void *parser_limit(struct parser *p, size_t from, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (stop(p))
        err_write_list(p->err, ERR_LIMIT, source_pos_of(p->lexer.input, from), format, args);
    va_end(args);
    return NULL;
}

void *parser_unexpected(struct parser *p, struct expectation where)
{
    const struct token *token = parser_peek(p);
    if (p->failed)
        return NULL;
    struct buf message;
    buf_init(&message,
             4 * p->lexer.input.len + ERR_MESSAGE_MAX); /* a token may be most of the input, escaped */
    buf_puts(&message, "unexpected ");
    token_describe(token, &message);
    if (where.context[0])
        buf_printf(&message, " in %s", where.context);
    if (where.expected[0])
        buf_printf(&message, ", expected %s", where.expected);
    parser_fail(p, token->from, "%s", buf_cstring(&message));
    buf_finish(&message);
    return NULL;
}

void *parser_unexpected_here(struct parser *p)
{
    return parser_unexpected(p, (struct expectation){p->context, ""});
}

/* ---- bounds ---- */

bool parser_enter(struct parser *p)
{
    p->depth++;
    if (p->depth > p->max_depth)
        parser_limit(p, parser_peek(p)->from, "expression is nested deeper than the limit of %d levels",
                     p->max_depth);
    return !p->failed;
}

void parser_leave(struct parser *p)
{
    assert(p->depth > 0);
    p->depth--;
}

struct expr *parser_new(struct parser *p, enum expr_kind kind, enum value_type type, size_t from)
{
    struct node *node = ARENA_NEW(p->arena, struct node);
    node->expr.kind = kind;
    node->expr.type = type;
    node->expr.span = (struct expr_span){from, p->last_end};
    node->height = 1;
    return &node->expr;
}

void parser_adopt(struct parser *p, struct expr *parent, const struct expr *child)
{
    struct node *node = (struct node *)parent;
    int height = ((const struct node *)child)->height + 1;
    if (height > node->height)
        node->height = height;
    int limit = p->max_depth * HEIGHT_PER_DEPTH;
    if (node->height > limit)
        parser_limit(p, parent->span.from, "expression chains more than %d operations", limit);
}

/* ---- literals ---- */

double parser_number(struct parser *p, const struct token *token)
{
    struct err err;
    double value = 0;
    int64_t ms = 0;
    if (p->failed)
        return 0;
    if (token->kind == TOKEN_DURATION) {
        if (!duration_parse(token->text, &ms, &err))
            parser_fail(p, token->from, "%s", err.message);
        return (double)ms / 1000;
    }
    if (!number_literal_parse(token->text, &value, &err))
        parser_fail(p, token->from, "%s", err.message);
    return value;
}

struct text parser_string(struct parser *p, const struct token *token)
{
    assert(token->kind == TOKEN_STRING);
    return string_unquote(token->text, p->arena);
}

const char *parser_quoted(struct parser *p, struct text t)
{
    struct buf quoted;
    buf_init(&quoted, ERR_MESSAGE_MAX);
    text_print_quoted(text_part(t, 0, ERR_MESSAGE_MAX / 4), &quoted);
    struct text copy = text_copy(p->arena, buf_text(&quoted));
    buf_finish(&quoted);
    return copy.at;
}

/* ---- entry points ---- */

const char *value_type_name(enum value_type type)
{
    switch (type) {
    case VALUE_SCALAR:
        return "scalar";
    case VALUE_VECTOR:
        return "instant vector";
    case VALUE_MATRIX:
        return "range vector";
    case VALUE_STRING:
        return "string";
    case VALUE_NONE:
        break;
    }
    return "none";
}

/* input = expression EOF */
struct expr *promql_parse(struct text expression, const struct promql_parse_options *options,
                          struct arena *arena, struct regex_set *regexes, struct err *err)
{
    struct parser p = {.arena = arena, .regexes = regexes, .err = err};
    parser_init(&p, expression, options, false);
    if (!p.failed && parser_at(&p, TOKEN_EOF) && !p.failed) {
        err_set(err, ERR_INPUT, "no expression found in input");
        if (expression.len)
            err->pos = (struct source_pos){1, 1};
        return NULL;
    }
    struct expr *e = parse_expression(&p);
    if (!parser_at(&p, TOKEN_EOF))
        parser_unexpected_here(&p);
    if (p.failed || !check_types(&p, e))
        return NULL;
    return e;
}

/* input = selector EOF */
struct expr *promql_parse_selector(struct text expression, struct arena *arena, struct regex_set *regexes,
                                   struct err *err)
{
    struct parser p = {.arena = arena, .regexes = regexes, .err = err};
    static const struct promql_parse_options plain = {0};
    parser_init(&p, expression, &plain, false);
    struct token name;
    const struct token *metric = NULL;
    if (token_may_name_metric(parser_peek(&p))) {
        name = parser_take(&p);
        metric = &name;
    } else if (!parser_at(&p, TOKEN_LEFT_BRACE)) {
        return parser_unexpected_here(&p);
    }
    struct expr *e = parse_selector(&p, metric);
    if (!parser_at(&p, TOKEN_EOF))
        parser_unexpected_here(&p);
    if (p.failed || !check_types(&p, e))
        return NULL;
    return e;
}
