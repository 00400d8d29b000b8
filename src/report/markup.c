/* Escaping. */
#include "report/markup.h"

#include <math.h>

void markup_cell(struct text t, struct buf *out)
{
    for (size_t i = 0; i < t.len; i++) {
        char c = t.at[i];
        if (c == '<' || c == '>')
            buf_puts(out, c == '<' ? "&lt;" : "&gt;");
        else if (c == '\n' || c == '\r')
            buf_putc(out, ' ');
        else if (c && strchr("\\`*_[]|~", c))
            buf_printf(out, "\\%c", c);
        else
            buf_putc(out, c);
    }
}

void markup_csv(struct text t, struct buf *out)
{
    bool formula = t.len && strchr("=+-@\t\r", t.at[0]) != NULL;
    bool quoted = formula;
    for (size_t i = 0; i < t.len && !quoted; i++)
        quoted = strchr(",\"\n\r", t.at[i]) != NULL;
    if (quoted)
        buf_putc(out, '"');
    if (formula)
        buf_putc(out, '\'');
    for (size_t i = 0; i < t.len; i++) {
        if (t.at[i] == '"')
            buf_putc(out, '"');
        buf_putc(out, t.at[i]);
    }
    if (quoted)
        buf_putc(out, '"');
}

static void put_scalar(struct json_writer *w, const struct json *value)
{
    if (json_is_string(value)) {
        json_put_string(w, json_string(value, ""));
    } else if (json_is_number(value)) {
        double number = json_number(value, 0);
        if (number == floor(number) && fabs(number) < 9007199254740992.0)
            json_put_int(w, (int64_t)number);
        else
            json_put_double(w, number);
    } else if (json_bool(value, false) != json_bool(value, true)) {
        json_put_null(w);
    } else {
        json_put_bool(w, json_bool(value, false));
    }
}

void markup_json(struct json_writer *w, const struct json *value)
{
    bool object = json_is_object(value);
    if (!object && !json_is_array(value)) {
        put_scalar(w, value);
        return;
    }
    json_open(w, object ? '{' : '[');
    for (const struct json *child = json_first(value); child; child = json_next(child)) {
        if (object)
            json_name(w, json_key(child));
        markup_json(w, child); /* bounded: json_parse takes 64 levels */
    }
    json_close(w, object ? '}' : ']');
}
