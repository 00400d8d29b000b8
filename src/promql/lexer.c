/* lexer: expressions, one function a mode; lexer_literal.c has numbers and strings, lexer_series.c the modes
 * of series descriptions. The error texts are Prometheus'. */
#include "promql/lexer.h"

#include "base/buf.h"
#include "base/labels.h"
#include "promql/ast.h"
#include "promql/literal.h"

#include <assert.h>
#include <stdarg.h>

void lexer_init(struct lexer *lexer, struct text input, bool series, struct err *err)
{
    *lexer = (struct lexer){.input = input, .series = series, .err = err, .mode = LEXER_PLAIN};
}

/* ---- errors ---- */

void lexer_fail(struct lexer *lexer, struct token *token, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    err_write_list(lexer->err, ERR_INPUT, source_pos_of(lexer->input, lexer->start), format, args);
    va_end(args);
    lexer->failed = true;
    lexer_emit(lexer, token, TOKEN_ERROR);
}

void lexer_fail_rune(struct lexer *lexer, struct token *token, const char *what, int32_t rune)
{
    struct buf quoted;
    buf_init(&quoted, 32);
    rune_print_quoted(rune, &quoted);
    lexer_fail(lexer, token, "%s %s", what, buf_cstring(&quoted));
    buf_finish(&quoted);
}

/* ---- characters ---- */

int32_t lexer_peek(const struct lexer *lexer)
{
    size_t len;
    return rune_at(lexer->input, lexer->at, &len);
}

int32_t lexer_take(struct lexer *lexer)
{
    size_t len;
    int32_t rune = rune_at(lexer->input, lexer->at, &len);
    lexer->at += len;
    return rune;
}

void lexer_emit(struct lexer *lexer, struct token *token, enum token_kind kind)
{
    token->kind = kind;
    token->value = 0;
    token->from = lexer->start;
    token->text = text_part(lexer->input, lexer->start, lexer->at);
    lexer->start = lexer->at;
}

static void emit_operator(struct lexer *lexer, struct token *token, enum binary_op op)
{
    lexer_emit(lexer, token, TOKEN_OPERATOR);
    token->value = op;
}

void lexer_skip_spaces(struct lexer *lexer)
{
    while (lexer->at < lexer->input.len && lexer_is_space(lexer->input.at[lexer->at]))
        lexer->at++;
    lexer->start = lexer->at;
}

static void skip_comment(struct lexer *lexer)
{
    while (lexer->at < lexer->input.len && lexer->input.at[lexer->at] != '\n' &&
           lexer->input.at[lexer->at] != '\r')
        lexer->at++;
    lexer->start = lexer->at;
}

/* ---- words ---- */

static bool paren_follows(const struct lexer *lexer)
{
    size_t at = lexer->at;
    while (at < lexer->input.len && lexer_is_space(lexer->input.at[at]))
        at++;
    return at < lexer->input.len && lexer->input.at[at] == '(';
}

/* word = letter { letter | digit | ":" } ; fill, fill_left and fill_right are keywords only before "(". */
void lexer_word(struct lexer *lexer, struct token *token)
{
    while (lexer_is_word(lexer_peek(lexer)) || lexer_peek(lexer) == ':')
        lexer->at++;
    lexer_emit(lexer, token, TOKEN_IDENTIFIER);
    token_classify_word(token);
    if (token->kind >= TOKEN_FILL && token->kind <= TOKEN_FILL_RIGHT && !paren_follows(lexer))
        token->kind = TOKEN_IDENTIFIER;
    if (lexer->series && lexer_peek(lexer) != '{')
        lexer->mode = LEXER_VALUES;
}

/* step, range, min_of and max_of, the only words within brackets. */
static bool duration_word(struct lexer *lexer, struct token *token)
{
    size_t begin = lexer->at;
    while (lexer_is_alpha(lexer_peek(lexer)))
        lexer->at++;
    struct token word;
    size_t start = lexer->start;
    lexer_emit(lexer, &word, TOKEN_IDENTIFIER);
    token_classify_word(&word);
    if (word.kind >= TOKEN_STEP && word.kind <= TOKEN_MAX_OF) {
        lexer->got_duration = true;
        *token = word;
        return true;
    }
    lexer->at = begin;
    lexer->start = start;
    return false;
}

/* ---- the modes of expressions ---- */

static void close_paren(struct lexer *lexer, struct token *token)
{
    lexer_emit(lexer, token, TOKEN_RIGHT_PAREN);
    if (--lexer->parens < 0)
        lexer_fail_rune(lexer, token, "unexpected right parenthesis", ')');
}

/* + - * / % ^ ( ) , mean the same in and outside of brackets. */
static bool common_character(struct lexer *lexer, struct token *token, int32_t c)
{
    switch (c) {
    case ',':
        lexer_emit(lexer, token, TOKEN_COMMA);
        return true;
    case '+':
        emit_operator(lexer, token, BINARY_ADD);
        return true;
    case '-':
        emit_operator(lexer, token, BINARY_SUB);
        return true;
    case '*':
        emit_operator(lexer, token, BINARY_MUL);
        return true;
    case '/':
        emit_operator(lexer, token, BINARY_DIV);
        return true;
    case '%':
        emit_operator(lexer, token, BINARY_MOD);
        return true;
    case '^':
        emit_operator(lexer, token, BINARY_POW);
        return true;
    case '(':
        lexer_emit(lexer, token, TOKEN_LEFT_PAREN);
        lexer->parens++;
        return true;
    case ')':
        close_paren(lexer, token);
        return true;
    default:
        return false;
    }
}

static void comparison(struct lexer *lexer, struct token *token, int32_t c)
{
    int32_t next = lexer_peek(lexer);
    if (c == '=' && next == '~') {
        lexer_fail_rune(lexer, token, "unexpected character after '=':", next);
    } else if (c == '!' && next != '=') {
        lexer_fail_rune(lexer, token, "unexpected character after '!':", next);
    } else if (next == '=') {
        lexer->at++;
        emit_operator(lexer, token,
                      c == '='   ? BINARY_EQ
                      : c == '!' ? BINARY_NE
                      : c == '<' ? BINARY_LE
                                 : BINARY_GE);
    } else if (next == '/' && c != '=') {
        lexer->at++;
        emit_operator(lexer, token, c == '<' ? BINARY_TRIM_UPPER : BINARY_TRIM_LOWER);
    } else if (c == '=') {
        lexer_emit(lexer, token, TOKEN_EQL);
    } else {
        emit_operator(lexer, token, c == '<' ? BINARY_LT : BINARY_GT);
    }
}

static void end_of_input(struct lexer *lexer, struct token *token)
{
    if (lexer->parens)
        lexer_fail(lexer, token, "unclosed left parenthesis");
    else if (lexer->in_brackets)
        lexer_fail(lexer, token, "unclosed left bracket");
    else
        lexer_emit(lexer, token, TOKEN_EOF);
}

static void open_bracket(struct lexer *lexer, struct token *token)
{
    if (lexer->in_brackets) {
        lexer_fail_rune(lexer, token, "unexpected left bracket", '[');
        return;
    }
    lexer_emit(lexer, token, TOKEN_LEFT_BRACKET);
    lexer->in_brackets = true;
    lexer->got_colon = false;
    lexer->got_duration = false;
    lexer->mode = LEXER_BRACKETS;
}

static void close_bracket(struct lexer *lexer, struct token *token)
{
    if (!lexer->in_brackets) {
        lexer_fail_rune(lexer, token, "unexpected right bracket", ']');
        return;
    }
    lexer_emit(lexer, token, TOKEN_RIGHT_BRACKET);
    lexer->in_brackets = false;
    lexer->mode = LEXER_PLAIN;
}

static void bracket_colon(struct lexer *lexer, struct token *token)
{
    if (lexer->got_colon) {
        lexer_fail_rune(lexer, token, "unexpected colon", ':');
        return;
    }
    lexer_emit(lexer, token, TOKEN_COLON);
    lexer->got_colon = true;
}

static void plain_word(struct lexer *lexer, struct token *token, int32_t c)
{
    lexer->at = lexer->start;
    if (!lexer->in_brackets) {
        lexer_word(lexer, token);
    } else if (c == ':') {
        lexer->at++;
        bracket_colon(lexer, token);
    } else if (!duration_word(lexer, token)) {
        lexer->at++;
        lexer_fail(lexer, token, "unexpected character: '%c', expected ':'", (char)c);
    }
}

static void next_plain(struct lexer *lexer, struct token *token)
{
    int32_t c = lexer_take(lexer);
    if (c == RUNE_END) {
        end_of_input(lexer, token);
    } else if (c == '=' || c == '!' || c == '<' || c == '>') {
        comparison(lexer, token, c);
    } else if (lexer_is_digit(c) || (c == '.' && lexer_is_digit(lexer_peek(lexer)))) {
        lexer->at = lexer->start;
        lexer_number_or_duration(lexer, token);
    } else if (c == '"' || c == '\'' || c == '`') {
        lexer_string(lexer, token, c);
    } else if (lexer_is_alpha(c) || c == ':') {
        plain_word(lexer, token, c);
    } else if (c == '{') {
        lexer_emit(lexer, token, TOKEN_LEFT_BRACE);
        lexer->mode = LEXER_BRACES;
    } else if (c == '[') {
        open_bracket(lexer, token);
    } else if (c == ']') {
        close_bracket(lexer, token);
    } else if (c == '@') {
        lexer_emit(lexer, token, TOKEN_AT);
    } else if (!common_character(lexer, token, c)) {
        lexer_fail_rune(lexer, token, "unexpected character:", c);
    }
}

static void next_in_brackets(struct lexer *lexer, struct token *token)
{
    int32_t c = lexer_take(lexer);
    if (c == RUNE_END) {
        lexer_fail(lexer, token, "unexpected end of input in duration expression");
    } else if (c == ']') {
        close_bracket(lexer, token);
    } else if (c == ':') {
        if (lexer->got_duration)
            bracket_colon(lexer, token);
        else
            lexer_fail(lexer, token, "unexpected colon before duration in duration expression");
    } else if (lexer_is_digit(c) || (c == '.' && lexer_is_digit(lexer_peek(lexer)))) {
        lexer->at = lexer->start;
        lexer->got_duration = true;
        lexer->mode = LEXER_PLAIN;
        lexer_number_or_duration(lexer, token);
    } else if (!common_character(lexer, token, c)) {
        lexer->at = lexer->start;
        if (lexer_is_alpha(c) && duration_word(lexer, token))
            return;
        lexer_take(lexer);
        lexer_fail_rune(lexer, token, "unexpected character in duration expression:", c);
    }
}

static void match_operator(struct lexer *lexer, struct token *token, int32_t c)
{
    int32_t next = lexer_peek(lexer);
    if (next == '~') {
        lexer->at++;
        lexer_emit(lexer, token, c == '=' ? TOKEN_MATCH_RE : TOKEN_MATCH_NRE);
    } else if (c == '=') {
        lexer_emit(lexer, token, TOKEN_EQL);
    } else if (next == '=') {
        lexer->at++;
        emit_operator(lexer, token, BINARY_NE);
    } else {
        lexer_fail_rune(lexer, token, "unexpected character after '!' inside braces:", next);
    }
}

static void next_in_braces(struct lexer *lexer, struct token *token)
{
    int32_t c = lexer_take(lexer);
    if (c == RUNE_END) {
        lexer_fail(lexer, token, "unexpected end of input inside braces");
    } else if (lexer_is_alpha(c)) {
        while (lexer_is_word(lexer_peek(lexer)))
            lexer->at++;
        lexer_emit(lexer, token, TOKEN_IDENTIFIER);
    } else if (c == ',') {
        lexer_emit(lexer, token, TOKEN_COMMA);
    } else if (c == '"' || c == '\'' || c == '`') {
        lexer_string(lexer, token, c);
    } else if (c == '=' || c == '!') {
        match_operator(lexer, token, c);
    } else if (c == '{') {
        lexer_fail_rune(lexer, token, "unexpected left brace", c);
    } else if (c == '}') {
        lexer_emit(lexer, token, TOKEN_RIGHT_BRACE);
        lexer->mode = lexer->series ? LEXER_VALUES : LEXER_PLAIN;
    } else {
        lexer_fail_rune(lexer, token, "unexpected character inside braces:", c);
    }
}

static void skip_blank(struct lexer *lexer)
{
    for (;;) {
        lexer_skip_spaces(lexer);
        if (lexer_peek(lexer) != '#')
            return;
        skip_comment(lexer);
    }
}

void lexer_next(struct lexer *lexer, struct token *token)
{
    if (lexer->failed) {
        lexer_emit(lexer, token, TOKEN_ERROR);
        return;
    }
    if (lexer->mode <= LEXER_BRACKETS)
        skip_blank(lexer);
    switch (lexer->mode) {
    case LEXER_PLAIN:
        next_plain(lexer, token);
        break;
    case LEXER_BRACES:
        next_in_braces(lexer, token);
        break;
    case LEXER_BRACKETS:
        next_in_brackets(lexer, token);
        break;
    case LEXER_VALUES:
        lexer_next_value(lexer, token);
        break;
    case LEXER_HISTOGRAM:
        lexer_next_histogram(lexer, token);
        break;
    case LEXER_BUCKETS:
        lexer_next_bucket(lexer, token);
        break;
    }
}
