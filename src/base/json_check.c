/* A strict JSON checker, one function a production. Errors are sticky: after the first one the reader stands
 * at its end and every loop unwinds. */
#include "base/json_check.h"

struct checker {
    struct text whole;
    const char *at;
    const char *end;
    size_t values;
    bool failed;
    struct err *err;
};

static bool fail(struct checker *c, const char *message)
{
    if (!c->failed)
        err_set_at(c->err, ERR_INPUT, source_pos_of(c->whole, (size_t)(c->at - c->whole.at)), "not JSON: %s",
                   message);
    c->failed = true;
    c->at = c->end;
    return false;
}

static bool fail_limit(struct checker *c, const char *what, int limit)
{
    if (!c->failed)
        err_set_at(c->err, ERR_LIMIT, source_pos_of(c->whole, (size_t)(c->at - c->whole.at)),
                   "JSON with more than %d %s", limit, what);
    c->failed = true;
    c->at = c->end;
    return false;
}

static int peek(const struct checker *c)
{
    return c->at < c->end ? (unsigned char)*c->at : -1;
}

static int peek_value(struct checker *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
        c->at++;
    return peek(c);
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static int hex_digit(int c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* uXXXX behind the backslash: the code unit, or -1. */
static int code_unit(struct checker *c)
{
    int unit = 0;
    for (int i = 1; i <= 4; i++) {
        int digit = c->end - c->at > i ? hex_digit((unsigned char)c->at[i]) : -1;
        if (digit < 0) {
            fail(c, "\\u needs four hexadecimal digits");
            return -1;
        }
        unit = unit * 16 + digit;
    }
    c->at += 5;
    return unit;
}

static bool unicode_escape(struct checker *c)
{
    int unit = code_unit(c);
    if (unit < 0)
        return false;
    if (unit == 0)
        return fail(c, "a string contains the character NUL");
    if (unit >= 0xdc00 && unit <= 0xdfff)
        return fail(c, "a low surrogate without a high one");
    if (unit < 0xd800 || unit > 0xdbff)
        return true;
    if (c->end - c->at < 2 || c->at[0] != '\\' || c->at[1] != 'u')
        return fail(c, "a high surrogate without a low one");
    c->at++;
    unit = code_unit(c);
    return unit < 0                           ? false
           : unit >= 0xdc00 && unit <= 0xdfff ? true
                                              : fail(c, "a high surrogate without a low one");
}

/* string = '"' { character | '\' escape } '"' */
static bool string(struct checker *c)
{
    c->at++;
    for (;;) {
        int ch = peek(c);
        if (ch < 0)
            return fail(c, "a string without its closing quote");
        if (ch == '"') {
            c->at++;
            return true;
        }
        if (ch < ' ')
            return fail(c, "a control character in a string");
        c->at++;
        if (ch != '\\')
            continue;
        ch = peek(c);
        if (ch == 'u') {
            if (!unicode_escape(c))
                return false;
        } else if (ch <= 0 || !strchr("\"\\/bfnrt", ch)) {
            return fail(c, "an unknown escape in a string");
        } else {
            c->at++;
        }
    }
}

static bool digits(struct checker *c)
{
    if (!is_digit(peek(c)))
        return fail(c, "a number that misses digits");
    while (is_digit(peek(c)))
        c->at++;
    return true;
}

/* number = ["-"] ("0" | digits) ["." digits] [("e"|"E") ["+"|"-"] digits]; cJSON takes 63 bytes */
static bool number(struct checker *c)
{
    const char *start = c->at;
    if (peek(c) == '-')
        c->at++;
    if (peek(c) == '0') {
        c->at++;
        if (is_digit(peek(c)))
            return fail(c, "a number with a leading zero");
    } else if (!digits(c)) {
        return false;
    }
    if (peek(c) == '.') {
        c->at++;
        if (!digits(c))
            return false;
    }
    if (peek(c) == 'e' || peek(c) == 'E') {
        c->at++;
        if (peek(c) == '+' || peek(c) == '-')
            c->at++;
        if (!digits(c))
            return false;
    }
    return c->at - start < 63 || fail(c, "a number longer than 62 characters");
}

static bool word(struct checker *c, struct text expected)
{
    if ((size_t)(c->end - c->at) < expected.len || memcmp(c->at, expected.at, expected.len) != 0)
        return fail(c, "an unknown word where a value should be");
    c->at += expected.len;
    return true;
}

static bool value(struct checker *c, int depth);

/* array = "[" [value {"," value}] "]"; object = "{" [string ":" value {"," string ":" value}] "}" */
static bool container(struct checker *c, int depth)
{
    bool object = *c->at++ == '{';
    char close = object ? '}' : ']';
    if (depth > JSON_DEPTH_MAX)
        return fail_limit(c, "levels", JSON_DEPTH_MAX);
    if (peek_value(c) == close) {
        c->at++;
        return true;
    }
    for (;;) {
        if (object) {
            if (peek_value(c) != '"')
                return fail(c, "an object needs a key in double quotes here");
            if (!string(c))
                return false;
            if (peek_value(c) != ':')
                return fail(c, "a key without a colon");
            c->at++;
        }
        if (!value(c, depth))
            return false;
        int next = peek_value(c);
        if (next != ',' && next != close)
            return fail(c, next < 0 ? "it ends in the middle"
                           : object ? "expected , or } here"
                                    : "expected , or ] here");
        c->at++;
        if (next == close)
            return true;
    }
}

static bool value(struct checker *c, int depth)
{
    int ch = peek_value(c);
    if (++c->values > JSON_VALUES_MAX)
        return fail_limit(c, "values", JSON_VALUES_MAX);
    if (ch == '{' || ch == '[')
        return container(c, depth + 1);
    if (ch == '"')
        return string(c);
    if (ch == '-' || is_digit(ch))
        return number(c);
    if (ch == 't')
        return word(c, TEXT("true"));
    if (ch == 'f')
        return word(c, TEXT("false"));
    if (ch == 'n')
        return word(c, TEXT("null"));
    return fail(c,
                ch < 0 ? "it ends where a value should be" : "unexpected character where a value should be");
}

bool json_check(struct text content, struct err *err)
{
    struct checker c = {content, content.at, content.at + content.len, 0, false, err};
    if (content.len > JSON_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "JSON of %zu bytes is larger than %d", content.len, JSON_BYTES_MAX);
    if (peek_value(&c) < 0)
        return err_set(err, ERR_INPUT, "not JSON: it is empty");
    if (!text_utf8_valid(content))
        return err_set(err, ERR_INPUT, "not JSON: it is not UTF-8");
    if (!value(&c, 0))
        return false;
    if (peek_value(&c) >= 0)
        return fail(&c, "something follows the value");
    return true;
}
