/* lex: the tokens of a template. Errors are sticky: the first one is kept, then END comes for ever. */
#ifndef SLOBURN_TEMPLATE_LEX_H
#define SLOBURN_TEMPLATE_LEX_H

#include "base/err.h"

enum token_kind {
    TOKEN_END,
    TOKEN_TEXT,       /* outside of actions, trimmed */
    TOKEN_OPEN,       /* {{ */
    TOKEN_CLOSE,      /* }} */
    TOKEN_FIELD,      /* .Name, text without the dot */
    TOKEN_DOT,        /* . alone */
    TOKEN_VARIABLE,   /* $name, text without the dollar */
    TOKEN_IDENTIFIER, /* names and keywords */
    TOKEN_NUMBER,
    TOKEN_CHARACTER, /* 'x', with its quotes */
    TOKEN_STRING,    /* "…" or `…`, with its quotes */
    TOKEN_PIPE,
    TOKEN_LEFT_PAREN,
    TOKEN_RIGHT_PAREN,
    TOKEN_COMMA,
    TOKEN_DECLARE, /* := */
    TOKEN_ASSIGN,  /* = */
};

struct token {
    enum token_kind kind;
    bool space_before;
    struct text text; /* as written; borrowed from the template's text */
    size_t offset;
};

struct template_lexer {
    struct text whole;
    size_t at;
    bool in_action;
    bool opened;    /* its {{ was given */
    bool trim_next; /* the last action ended with -}} */
    bool failed;
    size_t action_at;
    struct err *err;
};

void template_lexer_init(struct template_lexer *lexer, struct text whole, struct err *err);
struct token template_lexer_next(struct template_lexer *lexer);
/* Sets the error, if it is the first one. Returns false. */
bool template_lexer_fail(struct template_lexer *lexer, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
