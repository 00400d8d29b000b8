/* Go's literals. Underscores between digits are allowed, as in Go; complex numbers are not known. */
#include "template/constant.h"

#include "base/buf.h"
#include "base/number.h"

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* Digits of a base behind 0x, 0o, 0b. */
static bool based_integer(struct text digits, int base, bool negative, int64_t *value)
{
    uint64_t n = 0;
    for (size_t i = 0; i < digits.len; i++) {
        int digit = digit_of(digits.at[i]);
        if (digit >= base || n > (INT64_MAX - (uint64_t)digit) / (uint64_t)base)
            return false;
        n = n * (uint64_t)base + (uint64_t)digit;
    }
    *value = negative ? -(int64_t)n : (int64_t)n;
    return digits.len > 0;
}

static bool parse_number(struct text t, struct template_value *value)
{
    double number;
    int64_t integer;
    bool negative = t.len && t.at[0] == '-';
    struct text bare = t.len && (negative || t.at[0] == '+') ? text_part(t, 1, t.len) : t;
    char letter = bare.len > 2 && bare.at[0] == '0' ? (char)(bare.at[1] | 0x20) : 0;
    int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
    if (base) {
        *value = template_int(0);
        return based_integer(text_part(bare, 2, bare.len), base, negative, &value->integer);
    }
    bool is_float = text_find(t, '.') < t.len || text_find(t, 'e') < t.len || text_find(t, 'E') < t.len;
    if (is_float && number_parse(t, &number)) {
        *value = template_double(number);
        return true;
    }
    if (is_float || !integer_parse(t, &integer))
        return false;
    *value = template_int(integer);
    return true;
}

const char *template_constant_number(struct text literal, struct template_value *value)
{
    struct buf plain;
    buf_init(&plain, literal.len + 1);
    for (size_t i = 0; i < literal.len; i++)
        if (literal.at[i] != '_' || i == 0 || i + 1 == literal.len)
            buf_putc(&plain, literal.at[i]);
    bool ok = parse_number(buf_text(&plain), value);
    buf_finish(&plain);
    return ok ? NULL : "bad number syntax";
}

/* Behind a backslash; moves *i behind the escape. */
static bool unescape(struct text t, size_t *i, char quote, struct buf *out)
{
    static const char names[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
    char c = t.at[*i];
    const char *found = c ? strchr(names, c) : NULL;
    int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : c >= '0' && c <= '7' ? 3 : 0;
    if (digits == 0) {
        if (!found && c != quote)
            return false;
        buf_putc(out, found ? values[found - names] : c);
        ++*i;
        return true;
    }
    uint32_t code = 0;
    size_t start = digits == 3 ? *i : *i + 1;
    for (size_t k = 0; k < (size_t)digits; k++) {
        int digit = start + k < t.len ? digit_of(t.at[start + k]) : 99;
        if (digit >= (digits == 3 ? 8 : 16))
            return false;
        code = code * (digits == 3 ? 8 : 16) + (uint32_t)digit;
    }
    *i = start + (size_t)digits;
    if (digits <= 3) {
        buf_putc(out, (char)code);
        return code <= 255;
    }
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return false;
    buf_put_utf8(out, code);
    return true;
}

size_t template_rune_at(struct text text, uint32_t *rune)
{
    const unsigned char *p = (const unsigned char *)text.at;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (n > text.len || !text_utf8_valid((struct text){text.at, n})) {
        *rune = 0xfffd;
        return 1;
    }
    *rune = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++)
        *rune = *rune << 6 | (p[i] & 0x3f);
    return n;
}

const char *template_constant_text(struct text literal, struct arena *arena, struct template_value *value)
{
    char quote = literal.at[0];
    struct text inner = text_part(literal, 1, literal.len - 1);
    struct buf plain;
    bool ok = true;
    if (quote == '`') {
        *value = template_string(inner);
        return NULL;
    }
    buf_init(&plain, 4 * literal.len + 1);
    for (size_t i = 0; i < inner.len && ok;) {
        if (inner.at[i] != '\\')
            buf_putc(&plain, inner.at[i++]);
        else
            ok = ++i < inner.len && unescape(inner, &i, quote, &plain);
    }
    if (quote == '"') {
        *value = template_string(text_copy(arena, buf_text(&plain)));
    } else {
        uint32_t rune = 0;
        ok = ok && plain.len > 0 && template_rune_at(buf_text(&plain), &rune) == plain.len;
        *value = template_int(rune);
    }
    buf_finish(&plain);
    return ok ? NULL : quote == '"' ? "invalid string" : "malformed character constant";
}
