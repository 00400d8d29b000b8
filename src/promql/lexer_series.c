/* lexer_series: the language behind the labels of a series description: values, repetitions and native
 * histograms. Spaces are tokens here: they part the items. */
#include "promql/lexer.h"

#include "base/buf.h"
#include "base/labels.h"
#include "promql/ast.h"
#include "promql/literal.h"

static void emit_space(struct lexer *lexer, struct token *token)
{
    lexer_emit(lexer, token, TOKEN_SPACE);
    lexer_skip_spaces(lexer);
}

static void emit_sign(struct lexer *lexer, struct token *token, int32_t c)
{
    lexer_emit(lexer, token, TOKEN_OPERATOR);
    token->value = c == '+' ? BINARY_ADD : BINARY_SUB;
}

static void number(struct lexer *lexer, struct token *token)
{
    if (lexer_scan_number(lexer)) {
        lexer_emit(lexer, token, TOKEN_NUMBER);
        return;
    }
    struct buf quoted;
    buf_init(&quoted, 1024);
    text_print_quoted(text_part(lexer->input, lexer->start, lexer->at), &quoted);
    lexer_fail(lexer, token, "bad number syntax: %s", buf_cstring(&quoted));
    buf_finish(&quoted);
}

static void next_is(struct lexer *lexer, struct token *token, enum token_kind kind)
{
    lexer->at++;
    lexer_emit(lexer, token, kind);
}

void lexer_next_value(struct lexer *lexer, struct token *token)
{
    int32_t c = lexer_peek(lexer);
    bool brace_follows = lexer->at + 1 < lexer->input.len && lexer->input.at[lexer->at + 1] == '{';
    bool digit_follows = lexer->at + 1 < lexer->input.len && lexer_is_digit(lexer->input.at[lexer->at + 1]);
    if (c == RUNE_END) {
        lexer_emit(lexer, token, TOKEN_EOF);
    } else if (c == '{' && brace_follows) {
        lexer->at++;
        next_is(lexer, token, TOKEN_OPEN_HISTOGRAM);
        lexer->mode = LEXER_HISTOGRAM;
    } else if (lexer_is_space(c)) {
        lexer->at++;
        emit_space(lexer, token);
    } else if (c == '+' || c == '-') {
        lexer->at++;
        emit_sign(lexer, token, c);
    } else if (c == 'x') {
        next_is(lexer, token, TOKEN_TIMES);
    } else if (c == '_') {
        next_is(lexer, token, TOKEN_BLANK);
    } else if (c == '@') {
        next_is(lexer, token, TOKEN_AT);
    } else if (lexer_is_digit(c) || (c == '.' && digit_follows)) {
        lexer_number_or_duration(lexer, token);
    } else if (lexer_is_alpha(c)) {
        lexer_word(lexer, token);
        lexer->mode = LEXER_VALUES;
    } else {
        lexer_fail_rune(lexer, token, "unexpected character in series sequence:", c);
    }
}

/* word = letter { letter } : a key (before its colon), Inf, NaN or a hint of counter_reset_hint. */
static void histogram_word(struct lexer *lexer, struct token *token)
{
    while (lexer_is_alpha(lexer_peek(lexer)))
        lexer->at++;
    struct text word = text_part(lexer->input, lexer->start, lexer->at);
    int value;
    if (token_find_histogram_key(word, &value)) {
        if (lexer_peek(lexer) != ':') {
            lexer_fail(lexer, token, "missing `:` for histogram descriptor");
            return;
        }
        lexer_emit(lexer, token, TOKEN_HISTOGRAM_KEY);
        token->value = value;
    } else if (token_is_special_number(word)) {
        lexer_emit(lexer, token, TOKEN_NUMBER);
    } else if (token_find_reset_hint(word, &value)) {
        lexer_emit(lexer, token, TOKEN_RESET_HINT);
        token->value = value;
    } else {
        struct buf quoted;
        buf_init(&quoted, 1024);
        text_print_quoted(word, &quoted);
        lexer_fail(lexer, token, "bad histogram descriptor found: %s", buf_cstring(&quoted));
        buf_finish(&quoted);
    }
}

void lexer_next_histogram(struct lexer *lexer, struct token *token)
{
    int32_t c = lexer_peek(lexer);
    bool brace_follows = lexer->at + 1 < lexer->input.len && lexer->input.at[lexer->at + 1] == '}';
    if (lexer_is_space(c)) {
        lexer->at++;
        emit_space(lexer, token);
    } else if (lexer_is_alpha(c)) {
        histogram_word(lexer, token);
    } else if (c == ':') {
        next_is(lexer, token, TOKEN_COLON);
    } else if (c == '-') {
        lexer->at++;
        emit_sign(lexer, token, c);
    } else if (lexer_is_digit(c)) {
        number(lexer, token);
    } else if (c == '[') {
        next_is(lexer, token, TOKEN_LEFT_BRACKET);
        lexer->mode = LEXER_BUCKETS;
    } else if (c == '}' && brace_follows) {
        lexer->at++;
        next_is(lexer, token, TOKEN_CLOSE_HISTOGRAM);
        lexer->mode = LEXER_VALUES;
    } else {
        lexer_fail_rune(lexer, token, "histogram description incomplete unexpected:", c);
    }
}

void lexer_next_bucket(struct lexer *lexer, struct token *token)
{
    int32_t c = lexer_peek(lexer);
    if (lexer_is_space(c)) {
        lexer->at++;
        emit_space(lexer, token);
    } else if (c == '-') {
        lexer->at++;
        emit_sign(lexer, token, c);
    } else if (lexer_is_digit(c)) {
        number(lexer, token);
    } else if (c == ']') {
        next_is(lexer, token, TOKEN_RIGHT_BRACKET);
        lexer->mode = LEXER_HISTOGRAM;
    } else if (lexer_is_alpha(c)) {
        while (lexer_is_alpha(lexer_peek(lexer)))
            lexer->at++;
        if (token_is_special_number(text_part(lexer->input, lexer->start, lexer->at)))
            lexer_emit(lexer, token, TOKEN_NUMBER);
        else
            lexer_fail_rune(lexer, token, "invalid character in buckets description:", c);
    } else {
        lexer_fail_rune(lexer, token, "invalid character in buckets description:", c);
    }
}
