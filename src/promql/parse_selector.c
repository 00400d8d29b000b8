/* parse_selector: metric names, label matchers and lists of labels. */
#include "promql/parser.h"

#include "base/arena.h"
#include "base/regex.h"

static const struct expectation MATCHING_OPERATOR = {"label matching", "label matching operator"};
static const struct expectation MATCHING_STRING = {"label matching", "string"};
static const struct expectation MATCHING_NAME = {"label matching", "identifier or \"}\""};
static const struct expectation MATCHING_NEXT = {"label matching", "\",\" or \"}\""};
static const struct expectation GROUPING_OPEN = {"grouping opts", "\"(\""};
static const struct expectation GROUPING_LABEL = {"grouping opts", "label"};
static const struct expectation GROUPING_NEXT = {"grouping opts", "\",\" or \")\""};

/* A growing array in the arena. */
struct matcher_list {
    struct matcher *at;
    size_t len;
    size_t cap;
};

static void add_matcher(struct parser *p, struct matcher_list *list, struct matcher matcher)
{
    if (list->len == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 4;
        list->at = arena_grow(p->arena, list->at, list->cap * sizeof *list->at, cap * sizeof *list->at,
                              _Alignof(struct matcher));
        list->cap = cap;
    }
    list->at[list->len++] = matcher;
}

/* operator = "=" | "!=" | "=~" | "!~" */
static bool match_operator(struct parser *p, enum match_op *op)
{
    const struct token *t = parser_peek(p);
    if (t->kind == TOKEN_EQL)
        *op = MATCH_EQ;
    else if (t->kind == TOKEN_OPERATOR && t->value == BINARY_NE)
        *op = MATCH_NE;
    else if (t->kind == TOKEN_MATCH_RE)
        *op = MATCH_RE;
    else if (t->kind == TOKEN_MATCH_NRE)
        *op = MATCH_NRE;
    else
        return false;
    parser_take(p);
    return true;
}

/* matcher = ( IDENTIFIER | STRING ) operator STRING | STRING ; a string alone is the metric's name. */
static void matcher(struct parser *p, struct matcher_list *list)
{
    if (!parser_at(p, TOKEN_IDENTIFIER) && !parser_at(p, TOKEN_STRING)) {
        parser_unexpected(p, MATCHING_NAME);
        return;
    }
    struct token label = parser_take(p);
    struct matcher m = {.op = MATCH_EQ};
    bool quoted = label.kind == TOKEN_STRING;
    m.name = quoted ? parser_string(p, &label) : text_copy(p->arena, label.text);
    if (!match_operator(p, &m.op)) {
        if (!quoted) {
            parser_unexpected(p, MATCHING_OPERATOR);
            return;
        }
        m.value = m.name;
        m.name = TEXT("__name__");
        add_matcher(p, list, m);
        return;
    }
    if (!parser_at(p, TOKEN_STRING)) {
        parser_unexpected(p, MATCHING_STRING);
        return;
    }
    struct token value = parser_take(p);
    m.value = parser_string(p, &value);
    struct err err;
    if (m.op == MATCH_RE || m.op == MATCH_NRE) {
        m.regex = regex_compile(p->regexes, m.value, &err);
        if (!m.regex)
            parser_fail(p, label.from, "%s", err.message);
    }
    add_matcher(p, list, m);
}

/* matchers = "{" [ matcher { "," matcher } [ "," ] ] "}" */
static void matchers(struct parser *p, struct matcher_list *list)
{
    parser_accept(p, TOKEN_LEFT_BRACE);
    while (!p->failed && !parser_at(p, TOKEN_RIGHT_BRACE)) {
        matcher(p, list);
        if (!parser_accept(p, TOKEN_COMMA) && !parser_at(p, TOKEN_RIGHT_BRACE))
            parser_unexpected(p, MATCHING_NEXT);
    }
    parser_accept(p, TOKEN_RIGHT_BRACE);
}

/* selector = METRIC [ matchers ] | matchers ; the metric's name has been taken. */
struct expr *parse_selector(struct parser *p, const struct token *name)
{
    size_t from = name ? name->from : parser_peek(p)->from;
    struct matcher_list list = {0};
    struct text metric = TEXT("");
    if (name) {
        metric = text_copy(p->arena, name->text);
        add_matcher(p, &list, (struct matcher){.op = MATCH_EQ, .name = TEXT("__name__"), .value = metric});
    }
    size_t to = p->last_end;
    if (parser_at(p, TOKEN_LEFT_BRACE)) {
        matchers(p, &list);
        to = p->last_end;
    }
    struct expr *e = parser_new(p, EXPR_SELECTOR, VALUE_VECTOR, from);
    e->span.to = to;
    e->u.selector = (struct expr_selector){.name = metric, .matchers = list.at, .n_matchers = list.len};
    return e;
}

/* label = IDENTIFIER | METRIC_IDENTIFIER | a keyword | STRING */
static struct text grouping_label(struct parser *p)
{
    struct text label = TEXT("");
    if (!parser_at(p, TOKEN_STRING) && !token_may_name_label(parser_peek(p))) {
        parser_unexpected(p, GROUPING_LABEL);
        return label;
    }
    struct token t = parser_take(p);
    label = t.kind == TOKEN_STRING ? parser_string(p, &t) : text_copy(p->arena, t.text);
    if (!label.len || !text_utf8_valid(label))
        parser_fail(p, t.from, "invalid label name for grouping: %s", parser_quoted(p, label));
    return label;
}

/* labels = "(" [ label { "," label } [ "," ] ] ")" ; not NULL even if empty. */
struct text *parse_grouping_labels(struct parser *p, size_t *n)
{
    size_t cap = 4;
    struct text *labels = ARENA_ARRAY(p->arena, struct text, cap);
    *n = 0;
    if (!parser_accept(p, TOKEN_LEFT_PAREN)) {
        parser_unexpected(p, GROUPING_OPEN);
        return labels;
    }
    while (!p->failed && !parser_at(p, TOKEN_RIGHT_PAREN)) {
        if (*n == cap) {
            labels = arena_grow(p->arena, labels, cap * sizeof *labels, cap * 2 * sizeof *labels,
                                _Alignof(struct text));
            cap *= 2;
        }
        labels[(*n)++] = grouping_label(p);
        if (!parser_accept(p, TOKEN_COMMA) && !parser_at(p, TOKEN_RIGHT_PAREN))
            parser_unexpected(p, GROUPING_NEXT);
    }
    parser_accept(p, TOKEN_RIGHT_PAREN);
    return labels;
}
