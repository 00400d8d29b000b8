/* literal: numbers are read by Go's rules (ParseInt with its prefixes first, else ParseFloat), because
 * Prometheus does so: 0755 is octal and 0789 is decimal. */
#include "promql/literal.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/labels.h"
#include "base/number.h"

int32_t rune_at(struct text t, size_t offset, size_t *len)
{
    *len = 0;
    if (offset >= t.len)
        return RUNE_END;
    unsigned char first = (unsigned char)t.at[offset];
    *len = 1;
    if (first < 0x80)
        return first;
    size_t wanted = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || !text_utf8_valid(text_part(t, offset, offset + wanted)) ||
        offset + wanted > t.len)
        return RUNE_INVALID;
    int32_t rune = first & (0xff >> (wanted + 1));
    for (size_t i = 1; i < wanted; i++)
        rune = (int32_t)((uint32_t)rune << 6 | ((unsigned char)t.at[offset + i] & 0x3f));
    *len = wanted;
    return rune;
}

static bool rune_printable(int32_t rune)
{
    return rune >= 0x20 && rune != 0x7f && (rune < 0x80 || rune > 0xa0) && rune != 0xad;
}

void rune_print_quoted(int32_t rune, struct buf *out)
{
    static const char named[] = "\a\b\f\n\r\t\v";
    if (rune < 0)
        rune = RUNE_INVALID;
    const char *name = rune > 0 && rune < 0x20 ? memchr(named, rune, sizeof named - 1) : NULL;
    buf_putc(out, '\'');
    if (rune == '\'' || rune == '\\')
        buf_printf(out, "\\%c", (char)rune);
    else if (name)
        buf_printf(out, "\\%c", "abfnrtv"[name - named]);
    else if (rune_printable(rune))
        buf_put_utf8(out, (uint32_t)rune);
    else
        buf_printf(out, rune < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)rune);
    buf_putc(out, '\'');
}

void rune_print_code(int32_t rune, struct buf *out)
{
    if (rune < 0)
        rune = RUNE_INVALID;
    buf_printf(out, "U+%04X", (unsigned)rune);
    if (rune_printable(rune)) {
        buf_puts(out, " '");
        buf_put_utf8(out, (uint32_t)rune);
        buf_putc(out, '\'');
    }
}

/* ---- strings ---- */

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

/* One escape sequence behind its backslash at `at`; returns the offset behind it. */
static size_t unescape(struct text t, size_t at, struct buf *out)
{
    static const char names[] = "abfnrtv";
    char c = t.at[at++];
    const char *name = memchr(names, c, sizeof names - 1);
    if (name) {
        buf_putc(out, "\a\b\f\n\r\t\v"[name - names]);
        return at;
    }
    int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    int base = 16;
    if (c >= '0' && c <= '7') {
        digits = 3;
        base = 8;
        at--;
    }
    if (!digits) {
        buf_putc(out, c);
        return at;
    }
    int32_t value = 0;
    for (int i = 0; i < digits; i++)
        value = value * base + digit_of(t.at[at++]);
    if (digits >= 4)
        buf_put_utf8(out, (uint32_t)value);
    else
        buf_putc(out, (char)value);
    return at;
}

struct text string_unquote(struct text quoted, struct arena *arena)
{
    struct text inner = text_part(quoted, 1, quoted.len - 1);
    if (quoted.at[0] == '`' || text_find(inner, '\\') == inner.len)
        return text_copy(arena, inner);
    struct buf out;
    buf_init(&out, quoted.len * 4 + 1);
    for (size_t i = 0; i < inner.len;) {
        if (inner.at[i] == '\\')
            i = unescape(inner, i + 1, &out);
        else
            buf_putc(&out, inner.at[i++]);
    }
    struct text result = text_copy(arena, buf_text(&out));
    buf_finish(&out);
    return result;
}

/* ---- numbers ---- */

static bool refuse_number(struct text t, const char *why, struct err *err)
{
    struct buf quoted;
    buf_init(&quoted, 1024);
    text_print_quoted(text_part(t, 0, 200), &quoted);
    err_set(err, ERR_INPUT, "error parsing number: strconv.ParseFloat: parsing %s: %s", buf_cstring(&quoted),
            why);
    buf_finish(&quoted);
    return false;
}

/* Go's rule: an underscore stands between digits, or behind the base prefix. */
static bool underscores_fit(struct text t, bool prefix)
{
    bool after_digit = prefix;
    for (size_t i = prefix ? 2 : 0; i < t.len; i++) {
        bool digit = digit_of(t.at[i]) < (prefix ? 16 : 10);
        if (t.at[i] == '_' && !after_digit)
            return false;
        if (i && t.at[i - 1] == '_' && !digit)
            return false;
        after_digit = digit;
    }
    return !t.len || t.at[t.len - 1] != '_';
}

/* An integer with a prefix: 0x1F, 0755. False if it is none, or too large. */
static bool parse_based(struct text digits, double *value)
{
    bool hex = digits.len > 2 && digits.at[0] == '0' && (digits.at[1] == 'x' || digits.at[1] == 'X');
    bool octal = !hex && digits.len > 1 && digits.at[0] == '0';
    if (!hex && !octal)
        return false;
    uint64_t sum = 0;
    int base = hex ? 16 : 8;
    for (size_t i = hex ? 2 : 1; i < digits.len; i++) {
        int digit = digit_of(digits.at[i]);
        if (digit >= base || sum > (uint64_t)INT64_MAX / (unsigned)base)
            return false;
        sum = sum * (unsigned)base + (unsigned)digit;
    }
    if (sum > (uint64_t)INT64_MAX)
        return false;
    *value = (double)sum;
    return true;
}

/* Digits with a dot or an exponent: what cannot be read although it looks like this is too large. */
static bool is_float(struct text t)
{
    size_t dots = 0, digits = 0;
    for (size_t i = 0; i < t.len; i++) {
        char c = t.at[i];
        dots += c == '.';
        digits += c >= '0' && c <= '9';
        if (!c || !strchr("0123456789.eE+-", c))
            return false;
    }
    return digits && dots <= 1;
}

bool number_literal_parse(struct text t, double *value, struct err *err)
{
    struct buf digits;
    bool prefix = t.len > 1 && t.at[0] == '0' && (t.at[1] == 'x' || t.at[1] == 'X');
    bool fits = underscores_fit(t, prefix);
    buf_init(&digits, t.len + 1);
    for (size_t i = 0; i < t.len; i++)
        if (t.at[i] != '_')
            buf_putc(&digits, t.at[i]);
    struct text plain = buf_text(&digits);
    bool read = fits && (parse_based(plain, value) || (!prefix && number_parse(plain, value)));
    bool overflow = fits && is_float(plain);
    buf_finish(&digits);
    if (!read)
        return refuse_number(t, overflow ? "value out of range" : "invalid syntax", err);
    return true;
}
