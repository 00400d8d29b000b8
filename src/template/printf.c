/* fmt.Sprintf: flags + - # 0 and space, width, precision (also *), argument indexes [n], and the verbs v d s
 * q f F e E g G t x X o b c U T. What does not fit gives Go's %!verb(type=value). */
#include "template/functions.h"

#include "base/labels.h"
#include "base/number.h"
#include "template/constant.h"

#include <math.h>
#include <stdlib.h>

enum { WIDTH_MAX = 1000000, PRECISION_MAX = 1000 };

struct spec {
    bool plus, minus, sharp, space, zero;
    int width;     /* -1: none */
    int precision; /* -1: none */
    bool bad_index;
    char verb;
};

struct formatter {
    struct text format;
    size_t at;
    const struct template_value *args;
    size_t n;
    size_t next;
    bool reordered; /* an index was used: arguments may be left over */
    struct buf *out;
};

static size_t count_runes(struct text text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += ((unsigned char)text.at[i] & 0xc0) != 0x80;
    return n;
}

static void put_repeated(char c, size_t n, struct buf *out)
{
    for (; n > 0 && !out->overflowed; n--)
        buf_putc(out, c);
}

/* sign and body, padded to the width; zeros go between them. */
static void put_padded(const struct spec *spec, const char *sign, struct text body, bool zeros,
                       struct buf *out)
{
    size_t len = strlen(sign) + count_runes(body);
    size_t pad = spec->width > 0 && (size_t)spec->width > len ? (size_t)spec->width - len : 0;
    zeros = zeros && spec->zero && !spec->minus;
    if (!spec->minus && !zeros)
        put_repeated(' ', pad, out);
    buf_puts(out, sign);
    if (zeros)
        put_repeated('0', pad, out);
    buf_add_text(out, body);
    if (spec->minus)
        put_repeated(' ', pad, out);
}

static const char *sign_of(const struct spec *spec, bool negative)
{
    return negative ? "-" : spec->plus ? "+" : spec->space ? " " : "";
}

static void put_mismatch(char verb, const struct template_value *arg, struct buf *out)
{
    buf_printf(out, "%%!%c(", verb);
    if (arg->kind == TEMPLATE_NIL) {
        buf_puts(out, "<nil>)");
        return;
    }
    buf_printf(out, "%s=", template_value_type(arg));
    template_value_print(arg, out);
    buf_putc(out, ')');
}

static bool put_double(const struct spec *spec, double v, struct buf *out)
{
    struct buf body;
    int precision = spec->precision < 0 ? 6 : spec->precision;
    if (!strchr("vgGfFeE", spec->verb))
        return false;
    bool negative = signbit(v) && !isnan(v);
    const char *sign = sign_of(spec, negative);
    buf_init(&body, 4096);
    v = fabs(v);
    if (!isfinite(v))
        buf_puts(&body, isnan(v) ? "NaN" : "Inf");
    else if (spec->verb == 'f' || spec->verb == 'F')
        buf_printf(&body, "%.*f", precision, v);
    else if (spec->verb == 'e')
        buf_printf(&body, "%.*e", precision, v);
    else if (spec->verb == 'E')
        buf_printf(&body, "%.*E", precision, v);
    else if (spec->precision >= 0)
        number_print_g(v, precision ? precision : 1, &body);
    else
        number_print_go(v, &body);
    if (spec->verb == 'G')
        for (size_t i = 0; i < body.len; i++)
            if (body.at[i] == 'e')
                body.at[i] = 'E';
    if (isinf(v) && !negative)
        sign = "+";
    put_padded(spec, sign, buf_text(&body), isfinite(v), out);
    buf_finish(&body);
    return true;
}

/* Digits of n in a base, at least `least` of them. */
static void put_digits(uint64_t n, unsigned base, bool upper, int least, struct buf *out)
{
    char digits[64 + PRECISION_MAX];
    size_t at = sizeof digits;
    for (; n > 0 || least > 0; n /= base, least--)
        digits[--at] = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[n % base];
    buf_add(out, digits + at, sizeof digits - at);
}

static bool put_int(const struct spec *spec, int64_t value, struct buf *out)
{
    struct buf body;
    uint64_t n = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    int least = spec->precision < 0 ? 1 : spec->precision;
    uint32_t rune = value >= 0 && value <= 0x10ffff ? (uint32_t)value : 0xfffd;
    if (!strchr("vdxXobcqU", spec->verb))
        return false;
    buf_init(&body, 4096);
    switch (spec->verb) {
    case 'x':
    case 'X':
        buf_puts(&body, spec->sharp ? (spec->verb == 'x' ? "0x" : "0X") : "");
        put_digits(n, 16, spec->verb == 'X', least, &body);
        break;
    case 'o':
        buf_puts(&body, spec->sharp ? "0" : "");
        put_digits(n, 8, false, least, &body);
        break;
    case 'b':
        put_digits(n, 2, false, least, &body);
        break;
    case 'c':
        buf_put_utf8(&body, rune);
        break;
    case 'q':
        buf_putc(&body, '\'');
        buf_put_utf8(&body, rune);
        buf_putc(&body, '\'');
        break;
    case 'U':
        buf_puts(&body, "U+");
        put_digits(n, 16, true, 4, &body);
        break;
    default:
        put_digits(n, 10, false, least, &body);
    }
    bool digits = strchr("vdxXob", spec->verb) != NULL;
    put_padded(spec, digits ? sign_of(spec, value < 0) : "", buf_text(&body), digits && spec->precision < 0,
               out);
    buf_finish(&body);
    return true;
}

/* The first `precision` characters. */
static struct text cut(struct text text, int precision)
{
    size_t end = 0;
    if (precision < 0)
        return text;
    for (; precision > 0 && end < text.len; precision--) {
        uint32_t rune;
        end += template_rune_at(text_part(text, end, text.len), &rune);
    }
    return text_part(text, 0, end);
}

static bool put_string(const struct spec *spec, struct text text, struct buf *out)
{
    struct buf body;
    if (!strchr("vsqxX", spec->verb))
        return false;
    text = cut(text, spec->precision);
    if (spec->verb == 'v' || spec->verb == 's') {
        put_padded(spec, "", text, true, out);
        return true;
    }
    buf_init(&body, TEMPLATE_TEXT_MAX);
    if (spec->verb == 'q')
        text_print_quoted(text, &body);
    else
        for (size_t i = 0; i < text.len; i++)
            buf_printf(&body, spec->verb == 'x' ? "%02x" : "%02X", (unsigned char)text.at[i]);
    put_padded(spec, "", buf_text(&body), false, out);
    out->overflowed |= body.overflowed;
    buf_finish(&body);
    return true;
}

/* Any other value, by %v or %s. */
static bool put_other(const struct spec *spec, const struct template_value *arg, struct buf *out)
{
    struct buf body;
    bool text_verb = spec->verb == 's' && arg->kind != TEMPLATE_BOOL && arg->kind != TEMPLATE_NIL;
    if (spec->verb != 'v' && !text_verb && !(spec->verb == 't' && arg->kind == TEMPLATE_BOOL))
        return false;
    buf_init(&body, TEMPLATE_TEXT_MAX);
    if (arg->kind == TEMPLATE_NIL)
        buf_puts(&body, "<nil>");
    else
        template_value_print(arg, &body);
    put_padded(spec, "", buf_text(&body), false, out);
    out->overflowed |= body.overflowed;
    buf_finish(&body);
    return true;
}

static void put_arg(const struct spec *spec, const struct template_value *arg, struct buf *out)
{
    bool fits;
    if (spec->verb == 'T') {
        put_padded(spec, "", text_of(arg->kind == TEMPLATE_NIL ? "<nil>" : template_value_type(arg)), false,
                   out);
        return;
    }
    if (arg->kind == TEMPLATE_DOUBLE)
        fits = put_double(spec, arg->number, out);
    else if (arg->kind == TEMPLATE_INT)
        fits = put_int(spec, arg->integer, out);
    else if (arg->kind == TEMPLATE_STRING)
        fits = put_string(spec, arg->text, out);
    else
        fits = put_other(spec, arg, out);
    if (!fits)
        put_mismatch(spec->verb, arg, out);
}

/* A number in the format, or * from the arguments; -1 if there is none. */
static int take_number(struct formatter *f, const char *problem, int most)
{
    int n = -1;
    if (f->at < f->format.len && f->format.at[f->at] == '*') {
        f->at++;
        const struct template_value *arg = f->next < f->n ? &f->args[f->next++] : NULL;
        if (arg && arg->kind == TEMPLATE_INT && llabs(arg->integer) <= most)
            return (int)arg->integer;
        buf_puts(f->out, problem);
        return -1;
    }
    for (; f->at < f->format.len && f->format.at[f->at] >= '0' && f->format.at[f->at] <= '9'; f->at++)
        n = n < 0 ? f->format.at[f->at] - '0' : n <= most ? n * 10 + f->format.at[f->at] - '0' : n;
    return n > most ? -1 : n;
}

/* [n] before the verb: the argument to take next, from 1. False if there is no such argument. */
static bool take_index(struct formatter *f)
{
    if (f->at == f->format.len || f->format.at[f->at] != '[')
        return true;
    struct text rest = text_part(f->format, f->at + 1, f->format.len);
    size_t close = text_find(rest, ']');
    int64_t n = 0;
    bool ok =
        close < rest.len && integer_parse(text_part(rest, 0, close), &n) && n >= 1 && (uint64_t)n <= f->n;
    f->at = close < rest.len ? f->at + close + 2 : f->format.len;
    f->reordered = true;
    if (ok)
        f->next = (size_t)n - 1;
    return ok;
}

static struct spec take_spec(struct formatter *f)
{
    struct spec spec = {.width = -1, .precision = -1};
    for (bool flags = true; flags && f->at < f->format.len; f->at += flags) {
        char c = f->format.at[f->at];
        spec.plus |= c == '+';
        spec.minus |= c == '-';
        spec.sharp |= c == '#';
        spec.space |= c == ' ';
        spec.zero |= c == '0';
        flags = strchr("+-# 0", c) && c;
    }
    spec.width = take_number(f, "%!(BADWIDTH)", WIDTH_MAX);
    if (spec.width < -1) {
        spec.minus = true;
        spec.width = -spec.width;
    }
    if (f->at < f->format.len && f->format.at[f->at] == '.') {
        f->at++;
        spec.precision = take_number(f, "%!(BADPREC)", PRECISION_MAX);
        if (spec.precision < 0)
            spec.precision = 0;
    }
    spec.bad_index = !take_index(f);
    if (f->at < f->format.len)
        spec.verb = f->format.at[f->at++];
    return spec;
}

static void put_extra(struct formatter *f)
{
    buf_puts(f->out, "%!(EXTRA ");
    for (size_t i = f->next; i < f->n; i++) {
        if (i > f->next)
            buf_puts(f->out, ", ");
        if (f->args[i].kind == TEMPLATE_NIL) {
            buf_puts(f->out, "<nil>");
            continue;
        }
        buf_printf(f->out, "%s=", template_value_type(&f->args[i]));
        template_value_print(&f->args[i], f->out);
    }
    buf_putc(f->out, ')');
}

void template_printf(struct text format, const struct template_value *args, size_t n, struct buf *out)
{
    struct formatter f = {.format = format, .args = args, .n = n, .out = out};
    while (f.at < format.len && !out->overflowed) {
        char c = format.at[f.at++];
        if (c != '%') {
            buf_putc(out, c);
            continue;
        }
        struct spec spec = take_spec(&f);
        if (spec.verb == 0)
            buf_puts(out, "%!(NOVERB)");
        else if (spec.verb == '%')
            buf_putc(out, '%');
        else if (spec.bad_index)
            buf_printf(out, "%%!%c(BADINDEX)", spec.verb);
        else if (f.next >= f.n)
            buf_printf(out, "%%!%c(MISSING)", spec.verb);
        else
            put_arg(&spec, &f.args[f.next++], out);
    }
    if (f.next < f.n && !f.reordered)
        put_extra(&f);
}
