/* The lexer: text up to {{, then tokens up to }}. Comments and trim markers are dealt with here, the parser
 * never sees them. */
#include "template/lex.h"

#include "base/buf.h"

#include <stdarg.h>

void template_lexer_init(struct template_lexer *lexer, struct text whole, struct err *err)
{
    *lexer = (struct template_lexer){.whole = whole, .err = err};
}

bool template_lexer_fail(struct template_lexer *lexer, size_t offset, const char *format, ...)
{
    if (lexer->failed)
        return false;
    va_list args;
    va_start(args, format);
    err_write_list(lexer->err, ERR_INPUT, source_pos_of(lexer->whole, offset), format, args);
    va_end(args);
    lexer->failed = true;
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The byte `ahead` of the position, or 0. */
static char peek(const struct template_lexer *l, size_t ahead)
{
    return l->at + ahead < l->whole.len ? l->whole.at[l->at + ahead] : 0;
}

static bool looking_at(const struct template_lexer *l, const char *part)
{
    return text_starts(text_part(l->whole, l->at, l->whole.len), text_of(part));
}

static struct token token_of(const struct template_lexer *l, enum token_kind kind, size_t start, bool space)
{
    return (struct token){kind, space, text_part(l->whole, start, l->at), start};
}

/* Behind "{{" or "{{- ": skips a comment and its delimiter. False: there is none, or it is wrong. */
static bool skip_comment(struct template_lexer *l)
{
    if (!looking_at(l, "/*"))
        return false;
    size_t start = l->at;
    while (l->at < l->whole.len && !looking_at(l, "*/"))
        l->at++;
    if (l->at == l->whole.len)
        return template_lexer_fail(l, start, "unclosed comment");
    l->at += 2;
    if (is_space(peek(l, 0)) &&
        text_starts(text_trim(text_part(l->whole, l->at, l->whole.len)), TEXT("-}}"))) {
        while (peek(l, 0) != '-')
            l->at++;
        l->at++;
        l->trim_next = true;
    }
    if (!looking_at(l, "}}"))
        return template_lexer_fail(l, l->at, "comment ends before closing delimiter");
    l->at += 2;
    return true;
}

/* Text up to the next action that is no comment; an empty piece is skipped by the caller. */
static struct token next_text(struct template_lexer *l)
{
    size_t start = l->at;
    if (l->trim_next)
        while (start < l->whole.len && is_space(l->whole.at[start]))
            start++;
    l->trim_next = false;
    l->at = start;
    while (l->at < l->whole.len && !looking_at(l, "{{"))
        l->at++;
    struct token token = token_of(l, TOKEN_TEXT, start, false);
    if (l->at == l->whole.len)
        return token;
    l->action_at = l->at;
    l->at += 2;
    if (peek(l, 0) == '-' && is_space(peek(l, 1))) {
        l->at += 2;
        while (token.text.len && is_space(token.text.at[token.text.len - 1]))
            token.text.len--;
    }
    l->in_action = !skip_comment(l);
    return token;
}

/* "…", `…` or '…'. */
static struct token quoted(struct template_lexer *l, size_t start, bool space)
{
    char quote = peek(l, 0);
    l->at++;
    while (l->at < l->whole.len && peek(l, 0) != quote) {
        if (peek(l, 0) == '\n' && quote != '`')
            break;
        if (peek(l, 0) == '\\' && quote != '`' && peek(l, 1) != '\n')
            l->at++;
        l->at++;
    }
    if (peek(l, 0) != quote)
        template_lexer_fail(l, start, "unterminated %s",
                            quote == '"'   ? "quoted string"
                            : quote == '`' ? "raw quoted string"
                                           : "character constant");
    l->at = l->at < l->whole.len ? l->at + 1 : l->whole.len;
    return token_of(l, quote == '\'' ? TOKEN_CHARACTER : TOKEN_STRING, start, space);
}

/* What may stand behind a name or number. */
static bool at_terminator(const struct template_lexer *l)
{
    char c = peek(l, 0);
    return is_space(c) || (c && strchr(".,|:)(=", c)) || looking_at(l, "}}") || l->at == l->whole.len;
}

static struct token word(struct template_lexer *l, enum token_kind kind, size_t start, bool space)
{
    while (is_word(peek(l, 0)))
        l->at++;
    if (!at_terminator(l))
        template_lexer_fail(l, l->at, "bad character '%c'", peek(l, 0) < ' ' ? '?' : peek(l, 0));
    struct token token = token_of(l, kind, start, space);
    if (kind == TOKEN_FIELD || kind == TOKEN_VARIABLE)
        token.text = text_part(token.text, 1, token.text.len);
    return token;
}

static struct token number(struct template_lexer *l, size_t start, bool space)
{
    if (peek(l, 0) == '+' || peek(l, 0) == '-')
        l->at++;
    bool hexadecimal = peek(l, 0) == '0' && (peek(l, 1) == 'x' || peek(l, 1) == 'X');
    for (; is_word(peek(l, 0)) || peek(l, 0) == '.'; l->at++)
        if (!hexadecimal && (peek(l, 0) == 'e' || peek(l, 0) == 'E') &&
            (peek(l, 1) == '+' || peek(l, 1) == '-'))
            l->at++;
    return token_of(l, TOKEN_NUMBER, start, space);
}

static struct token one(struct template_lexer *l, enum token_kind kind, size_t bytes, bool space)
{
    l->at += bytes;
    return token_of(l, kind, l->at - bytes, space);
}

static struct token close(struct template_lexer *l, bool space)
{
    bool trim = looking_at(l, "-}}") && space;
    l->in_action = false;
    l->trim_next = trim;
    return one(l, TOKEN_CLOSE, trim ? 3 : 2, space);
}

static struct token next_in_action(struct template_lexer *l)
{
    size_t before = l->at;
    while (is_space(peek(l, 0)))
        l->at++;
    size_t start = l->at;
    bool space = start > before;
    char c = peek(l, 0), next = peek(l, 1);
    if (l->at == l->whole.len) {
        template_lexer_fail(l, l->action_at, "unclosed action");
        return token_of(l, TOKEN_END, start, space);
    }
    if (looking_at(l, "}}") || (looking_at(l, "-}}") && space))
        return close(l, space);
    if (c == '"' || c == '`' || c == '\'')
        return quoted(l, start, space);
    if (is_digit(c) || ((c == '+' || c == '-') && (is_digit(next) || next == '.')) ||
        (c == '.' && is_digit(next)))
        return number(l, start, space);
    if (c == '.' && is_word(next)) {
        l->at++;
        return word(l, TOKEN_FIELD, start, space);
    }
    if (c == '$') {
        l->at++;
        return word(l, TOKEN_VARIABLE, start, space);
    }
    if (is_word(c))
        return word(l, TOKEN_IDENTIFIER, start, space);
    if (c == ':' && next == '=')
        return one(l, TOKEN_DECLARE, 2, space);
    switch (c) {
    case '.':
        return one(l, TOKEN_DOT, 1, space);
    case '|':
        return one(l, TOKEN_PIPE, 1, space);
    case '(':
        return one(l, TOKEN_LEFT_PAREN, 1, space);
    case ')':
        return one(l, TOKEN_RIGHT_PAREN, 1, space);
    case ',':
        return one(l, TOKEN_COMMA, 1, space);
    case '=':
        return one(l, TOKEN_ASSIGN, 1, space);
    default:
        template_lexer_fail(l, start, "unexpected \"%c\" in action", c < ' ' ? '?' : c);
        return token_of(l, TOKEN_END, start, space);
    }
}

struct token template_lexer_next(struct template_lexer *l)
{
    struct token end = {.kind = TOKEN_END, .offset = l->whole.len};
    while (!l->failed && !l->in_action && l->at < l->whole.len) {
        struct token token = next_text(l);
        if (token.text.len > 0 && !l->failed)
            return token;
    }
    if (l->failed || !l->in_action)
        return end;
    if (!l->opened) {
        l->opened = true;
        return (struct token){.kind = TOKEN_OPEN, .text = TEXT("{{"), .offset = l->action_at};
    }
    struct token token = next_in_action(l);
    if (token.kind == TOKEN_CLOSE)
        l->opened = false;
    return l->failed ? end : token;
}
