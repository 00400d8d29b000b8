/* lexer: cuts the text of an expression, or of a series description, into tokens, one a call. What a
 * character means depends on where it stands: words in braces are never keywords, brackets hold durations,
 * and a description has a language of its own behind the labels.
 *
 * The first error is set in `err` with its position; from then on every token is TOKEN_ERROR. */
#ifndef SLOBURN_PROMQL_LEXER_H
#define SLOBURN_PROMQL_LEXER_H

#include "base/err.h"
#include "promql/token.h"

enum lexer_mode {
    LEXER_PLAIN,     /* expressions; and in brackets behind the first number */
    LEXER_BRACES,    /* { } of a selector */
    LEXER_BRACKETS,  /* [ ] up to the first number */
    LEXER_VALUES,    /* values of a series description */
    LEXER_HISTOGRAM, /* {{ }} */
    LEXER_BUCKETS,   /* [ ] in {{ }} */
};

struct lexer {
    struct text input;
    size_t at;    /* next byte */
    size_t start; /* of the token that is being read */
    enum lexer_mode mode;
    int parens;
    bool in_brackets;
    bool got_duration; /* in these brackets */
    bool got_colon;
    bool series; /* a series description */
    bool failed;
    struct err *err;
};

void lexer_init(struct lexer *lexer, struct text input, bool series, struct err *err);
void lexer_next(struct lexer *lexer, struct token *token);

/* --- between the lexer's files --- */
int32_t lexer_peek(const struct lexer *lexer);
int32_t lexer_take(struct lexer *lexer);
void lexer_emit(struct lexer *lexer, struct token *token, enum token_kind kind);
void lexer_fail(struct lexer *lexer, struct token *token, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "WHAT 'c'", the character quoted as Go's %q does. */
void lexer_fail_rune(struct lexer *lexer, struct token *token, const char *what, int32_t rune);
void lexer_skip_spaces(struct lexer *lexer);
void lexer_word(struct lexer *lexer, struct token *token);
void lexer_string(struct lexer *lexer, struct token *token, int32_t quote); /* the quote is consumed */
/* A number; false if what stands here is none (the bytes it read are consumed). */
bool lexer_scan_number(struct lexer *lexer);
void lexer_number_or_duration(struct lexer *lexer, struct token *token);
/* One token of a description's values, of {{ }}, of its buckets. */
void lexer_next_value(struct lexer *lexer, struct token *token);
void lexer_next_histogram(struct lexer *lexer, struct token *token);
void lexer_next_bucket(struct lexer *lexer, struct token *token);

static inline bool lexer_is_space(int32_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline bool lexer_is_digit(int32_t c)
{
    return c >= '0' && c <= '9';
}

static inline bool lexer_is_alpha(int32_t c)
{
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool lexer_is_word(int32_t c)
{
    return lexer_is_alpha(c) || lexer_is_digit(c);
}

#endif
