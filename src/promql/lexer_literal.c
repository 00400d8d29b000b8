/* lexer_literal: numbers, durations and strings. They are checked here as far as their form goes, so that the
 * parser can unquote without errors. */
#include "base/buf.h"
#include "base/labels.h"
#include "promql/lexer.h"
#include "promql/literal.h"

static void fail_rest(struct lexer *lexer, struct token *token, const char *what)
{
    struct buf quoted;
    buf_init(&quoted, 1024);
    text_print_quoted(text_part(lexer->input, lexer->start, lexer->at), &quoted);
    lexer_fail(lexer, token, "%s: %s", what, buf_cstring(&quoted));
    buf_finish(&quoted);
}

static bool accept(struct lexer *lexer, const char *set)
{
    int32_t c = lexer_peek(lexer);
    if (c <= 0 || c >= 0x80 || !strchr(set, c))
        return false;
    lexer->at++;
    return true;
}

/* ---- numbers and durations ---- */

/* mantissa = digits and underscores with at most one dot; then [eE][+-]digits. What may not follow an
 * underscore, a dot or an e ends it as an error. */
bool lexer_scan_number(struct lexer *lexer)
{
    size_t begin = lexer->at;
    bool hex = false, dot = false, exponent = false;
    if (!lexer->series && accept(lexer, "0") && accept(lexer, "xX"))
        hex = true;
    const char *digits = hex ? "0123456789abcdefABCDEF" : "0123456789";
    for (;;) {
        if (accept(lexer, digits))
            continue;
        if (accept(lexer, ".")) {
            if (dot || hex || accept(lexer, "_."))
                return false;
            dot = true;
        } else if (!hex && accept(lexer, "eE")) {
            if (exponent)
                return false;
            exponent = true;
            accept(lexer, "+-");
            if (accept(lexer, "._eE") || lexer_peek(lexer) == RUNE_END)
                return false;
        } else if (accept(lexer, "_")) {
            if (accept(lexer, "._eE") || lexer_peek(lexer) == RUNE_END)
                return false;
        } else {
            break;
        }
    }
    int32_t next = lexer_peek(lexer);
    return lexer->at > begin && ((lexer->series && next == 'x') || !lexer_is_word(next));
}

/* duration = { digits ( "ms" | "s" | "m" | "h" | "d" | "w" | "y" ) } ; wrong units and orders are found when
 * its value is read. The first digits are consumed. */
static bool scan_duration(struct lexer *lexer)
{
    if (!accept(lexer, "smhdwy"))
        return false;
    accept(lexer, "s");
    while (accept(lexer, "0123456789")) {
        while (accept(lexer, "0123456789"))
            ;
        if (!accept(lexer, "smhdw"))
            return false;
        accept(lexer, "s");
    }
    int32_t next = lexer_peek(lexer);
    if ((lexer->series && next == 'x') || !lexer_is_word(next))
        return true;
    lexer_take(lexer);
    return false;
}

void lexer_number_or_duration(struct lexer *lexer, struct token *token)
{
    if (lexer_scan_number(lexer))
        lexer_emit(lexer, token, TOKEN_NUMBER);
    else if (scan_duration(lexer))
        lexer_emit(lexer, token, TOKEN_DURATION);
    else
        fail_rest(lexer, token, "bad number or duration syntax");
}

/* ---- strings ---- */

static int hex_digit(int32_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

static bool fail_code(struct lexer *lexer, struct token *token, const char *what, int32_t rune,
                      const char *where)
{
    struct buf code;
    buf_init(&code, 32);
    rune_print_code(rune, &code);
    lexer_fail(lexer, token, "%s %s%s", what, buf_cstring(&code), where);
    buf_finish(&code);
    return false;
}

static bool numeric_escape(struct lexer *lexer, struct token *token, int digits, int base)
{
    uint32_t largest = digits >= 4 ? 0x10ffff : 255;
    uint64_t value = 0;
    for (int i = 0; i < digits; i++) {
        int32_t c = lexer_take(lexer);
        if (hex_digit(c) >= base) {
            if (c != RUNE_END)
                return fail_code(lexer, token, "illegal character", c, " in escape sequence");
            lexer_fail(lexer, token, "escape sequence not terminated");
            return false;
        }
        value = value * (unsigned)base + (unsigned)hex_digit(c);
    }
    if (value > largest || (value >= 0xd800 && value < 0xe000)) {
        lexer_fail(lexer, token, "escape sequence is an invalid Unicode code point");
        return false;
    }
    return true;
}

/* escape = "\" ( one of abfnrtv\ or the quote | 3 octal digits | "x" 2, "u" 4 or "U" 8 hex digits ) */
static bool escape(struct lexer *lexer, struct token *token, int32_t quote)
{
    int32_t c = lexer_take(lexer);
    if (c == quote || (c > 0 && c < 0x80 && strchr("abfnrtv\\", c)))
        return true;
    if (c >= '0' && c <= '7') {
        lexer->at--;
        return numeric_escape(lexer, token, 3, 8);
    }
    if (c == 'x' || c == 'u' || c == 'U')
        return numeric_escape(lexer, token, c == 'x' ? 2 : c == 'u' ? 4 : 8, 16);
    if (c != RUNE_END)
        return fail_code(lexer, token, "unknown escape sequence", c, "");
    lexer_fail(lexer, token, "escape sequence not terminated");
    return false;
}

/* string = "'" { character | escape } "'" | the same in double quotes | "`" { character } "`" */
void lexer_string(struct lexer *lexer, struct token *token, int32_t quote)
{
    bool raw = quote == '`';
    for (;;) {
        size_t len;
        int32_t c = rune_at(lexer->input, lexer->at, &len);
        lexer->at += len;
        if (c == quote) {
            lexer_emit(lexer, token, TOKEN_STRING);
            return;
        }
        if (c == RUNE_INVALID && len == 1) {
            lexer_fail(lexer, token, "invalid UTF-8 rune");
            return;
        }
        if (c == RUNE_END || (c == '\n' && !raw)) {
            lexer_fail(lexer, token, raw ? "unterminated raw string" : "unterminated quoted string");
            return;
        }
        if (c == '\\' && !raw && !escape(lexer, token, quote))
            return;
    }
}
