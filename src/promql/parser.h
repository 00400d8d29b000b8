/* parser: what the files of the parser share. A recursive-descent parser: a production of the grammar is a
 * function, with its EBNF above it; binary operators go by a table of precedences.
 *
 * Errors are sticky: the first is kept, every further token is TOKEN_EOF, so that all loops unwind by
 * themselves. Types are checked in a second pass (check.c), as in Prometheus: a syntax error anywhere comes
 * before a type error. Two bounds keep every later walk over the tree within its stack: `depth` of the
 * parser's own recursion, and the height of the tree (a long chain of operators leans to the left). */
#ifndef SLOBURN_PROMQL_PARSER_H
#define SLOBURN_PROMQL_PARSER_H

#include "promql/lexer.h"
#include "promql/parse.h"

enum { HEIGHT_PER_DEPTH = 4 };

/* An expression with the height of its tree, which only the parser looks at. */
struct node {
    struct expr expr; /* first: a struct expr * of the parser is a struct node * */
    int height;
};

struct parser {
    struct lexer lexer;
    struct token token; /* the next one, if peeked */
    bool peeked;
    bool failed;
    size_t last_end; /* behind the last token taken */
    int depth;
    int max_depth;
    int duration_nodes;  /* of the duration expression at hand */
    const char *context; /* what an unexpected token is in: "aggregation", or "" */
    const struct promql_parse_options *options;
    struct arena *arena;
    struct regex_set *regexes;
    struct err *err;
};

/* What a clause expects, for `unexpected … in CONTEXT, expected EXPECTED`. */
struct expectation {
    const char *context;
    const char *expected;
};

void parser_init(struct parser *p, struct text input, const struct promql_parse_options *options,
                 bool series);
/* The next token, borrowed until it is taken. */
const struct token *parser_peek(struct parser *p);
struct token parser_take(struct parser *p);
bool parser_at(struct parser *p, enum token_kind kind);
/* Takes the next token if it is of this kind. */
bool parser_accept(struct parser *p, enum token_kind kind);
bool parser_at_sign(struct parser *p); /* + or - */

/* Keeps the first error. Always returns NULL. */
void *parser_fail(struct parser *p, size_t from, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void *parser_limit(struct parser *p, size_t from, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The next token cannot stand here. */
void *parser_unexpected(struct parser *p, struct expectation where);
void *parser_unexpected_here(struct parser *p); /* within p->context */
bool parser_enter(struct parser *p);            /* one level deeper; false: too deep */
void parser_leave(struct parser *p);

struct expr *parser_new(struct parser *p, enum expr_kind kind, enum value_type type, size_t from);
/* Makes `child` count in the height of `parent`. */
void parser_adopt(struct parser *p, struct expr *parent, const struct expr *child);
/* The value of a NUMBER or DURATION token, in seconds for a duration. */
double parser_number(struct parser *p, const struct token *token);
struct text parser_string(struct parser *p, const struct token *token);
/* "%q" of a text, in the arena. */
const char *parser_quoted(struct parser *p, struct text t);

/* parse.c */
struct expr *parse_expression(struct parser *p);
/* parse_selector.c */
struct expr *parse_selector(struct parser *p, const struct token *name); /* name NULL: only { } */
struct text *parse_grouping_labels(struct parser *p, size_t *n);
/* parse_modifier.c: [range], [range:step], offset, @, anchored, smoothed behind an expression */
struct expr *parse_modifiers(struct parser *p, struct expr *e);
/* parse_duration.c */
struct duration_expr *parse_duration(struct parser *p, struct expectation where);
struct duration_expr *parse_offset_duration(struct parser *p);
bool duration_is_literal(const struct duration_expr *d);
int64_t duration_literal_ms(const struct duration_expr *d);
/* check.c: false and the first type error in p */
bool check_types(struct parser *p, struct expr *e);

#endif
