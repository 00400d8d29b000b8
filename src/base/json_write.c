/* The JSON writer: appends to a buf, whose maximum bounds it. */
#include "base/json.h"

#include "base/number.h"

#include <assert.h>
#include <math.h>

enum { DIGITS_MAX = 20 }; /* of an int64, with its sign */

void json_begin(struct json_writer *w, struct buf *out)
{
    *w = (struct json_writer){.out = out, .indent = -1};
}

void json_begin_pretty(struct json_writer *w, struct buf *out)
{
    *w = (struct json_writer){.out = out, .indent = 2};
}

static void line(struct json_writer *w)
{
    if (w->indent < 0)
        return;
    buf_putc(w->out, '\n');
    for (int i = 0; i < w->depth * w->indent; i++)
        buf_putc(w->out, ' ');
}

/* Before a value or a name: the comma behind the one before, and in a container a new line. */
static void separate(struct json_writer *w)
{
    if (w->after_name) {
        w->after_name = false;
        return;
    }
    if (w->comma)
        buf_putc(w->out, ',');
    if (w->depth > 0)
        line(w);
}

void json_open(struct json_writer *w, char bracket)
{
    assert(bracket == '{' || bracket == '[');
    separate(w);
    buf_putc(w->out, bracket);
    w->depth++;
    w->comma = false;
}

void json_close(struct json_writer *w, char bracket)
{
    assert((bracket == '}' || bracket == ']') && w->depth > 0 && !w->after_name);
    w->depth--;
    if (w->comma)
        line(w);
    buf_putc(w->out, bracket);
    w->comma = true;
}

void json_name_text(struct json_writer *w, struct text name)
{
    separate(w);
    json_escape(name, w->out);
    buf_puts(w->out, w->indent < 0 ? ":" : ": ");
    w->after_name = true;
}

void json_name(struct json_writer *w, const char *name)
{
    json_name_text(w, text_of(name));
}

void json_put_raw(struct json_writer *w, struct text json)
{
    separate(w);
    buf_add_text(w->out, json);
    w->comma = true;
}

void json_put_text(struct json_writer *w, struct text value)
{
    separate(w);
    json_escape(value, w->out);
    w->comma = true;
}

void json_put_string(struct json_writer *w, const char *value)
{
    json_put_text(w, text_of(value));
}

void json_put_int(struct json_writer *w, int64_t value)
{
    char digits[DIGITS_MAX];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        digits[--at] = '-';
    separate(w);
    buf_add(w->out, digits + at, sizeof digits - at);
    w->comma = true;
}

void json_put_double(struct json_writer *w, double value)
{
    if (!isfinite(value)) {
        json_put_null(w);
        return;
    }
    separate(w);
    number_print_sample(value, w->out);
    w->comma = true;
}

void json_put_bool(struct json_writer *w, bool value)
{
    json_put_raw(w, value ? TEXT("true") : TEXT("false"));
}

void json_put_null(struct json_writer *w)
{
    json_put_raw(w, TEXT("null"));
}

/* Length of the UTF-8 sequence at t[i], or 0 if there is none. */
static size_t sequence(struct text t, size_t i)
{
    unsigned char lead = (unsigned char)t.at[i];
    size_t n = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return i + n <= t.len && text_utf8_valid((struct text){t.at + i, n}) ? n : 0;
}

static void escape_byte(unsigned char c, struct buf *out)
{
    static const char plain[] = "\"\\\b\f\n\r\t";
    static const char escaped[] = "\"\\bfnrt";
    const char *found = c ? strchr(plain, c) : NULL;
    if (found)
        buf_printf(out, "\\%c", escaped[found - plain]);
    else
        buf_printf(out, "\\u%04x", c);
}

void json_escape(struct text t, struct buf *out)
{
    size_t done = 0;
    buf_putc(out, '"');
    for (size_t i = 0; i < t.len;) {
        unsigned char c = (unsigned char)t.at[i];
        size_t n = c < 0x80 ? 1 : sequence(t, i);
        if (n > 0 && c >= ' ' && c != '"' && c != '\\' && c != 0x7f) {
            i += n;
            continue;
        }
        buf_add_text(out, text_part(t, done, i));
        if (n == 0)
            buf_puts(out, "\xef\xbf\xbd");
        else
            escape_byte(c, out);
        done = ++i;
    }
    buf_add_text(out, text_part(t, done, t.len));
    buf_putc(out, '"');
}
