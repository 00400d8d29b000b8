/* Go's builtins on values and texts, and what all functions share about their arguments. */
#include "template/functions.h"

#include "base/number.h"

#include <ctype.h>

bool template_give_text(const struct template_call *call, struct buf *made, struct template_value *result,
                        struct err *err)
{
    bool fits = !made->overflowed;
    if (fits)
        *result = template_string(text_copy(call->arena, buf_text(made)));
    buf_finish(made);
    return fits || err_set(err, ERR_LIMIT, "text longer than %d bytes", TEMPLATE_TEXT_MAX);
}

bool template_take_text(const struct template_value *arg, struct text *text, struct err *err)
{
    if (arg->kind == TEMPLATE_NIL)
        return err_set(err, ERR_INPUT, "invalid value; expected string");
    if (arg->kind != TEMPLATE_STRING)
        return err_set(err, ERR_INPUT, "wrong type for value; expected string; got %s",
                       template_value_type(arg));
    *text = arg->text;
    return true;
}

bool template_take_number(const struct template_value *arg, double *number, struct err *err)
{
    switch (arg->kind) {
    case TEMPLATE_DOUBLE:
        *number = arg->number;
        return true;
    case TEMPLATE_INT:
        *number = (double)arg->integer;
        return true;
    case TEMPLATE_DURATION:
        *number = (double)arg->duration_ns / 1e9;
        return true;
    case TEMPLATE_STRING:
        return number_parse(arg->text, number) ||
               err_set(err, ERR_INPUT, "strconv.ParseFloat: parsing \"%.*s\": invalid syntax",
                       (int)(arg->text.len < 100 ? arg->text.len : 100), arg->text.at);
    default:
        return err_set(err, ERR_INPUT, "can't convert %s to float", template_value_type(arg));
    }
}

void template_sprint(const struct template_value *args, size_t n, bool always_space, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        bool strings = i > 0 && (args[i].kind == TEMPLATE_STRING || args[i - 1].kind == TEMPLATE_STRING);
        if (i > 0 && (always_space || !strings))
            buf_putc(out, ' ');
        if (args[i].kind == TEMPLATE_NIL)
            buf_puts(out, "<nil>");
        else
            template_value_print(&args[i], out);
    }
}

bool template_fn_not(const struct template_call *call, const struct template_value *args, size_t n,
                     struct template_value *result, struct err *err)
{
    (void)call, (void)n, (void)err;
    *result = template_bool(!template_value_true(&args[0]));
    return true;
}

bool template_fn_len(const struct template_call *call, const struct template_value *args, size_t n,
                     struct template_value *result, struct err *err)
{
    (void)call, (void)n;
    switch (args[0].kind) {
    case TEMPLATE_STRING:
        *result = template_int((int64_t)args[0].text.len);
        return true;
    case TEMPLATE_LIST:
        *result = template_int((int64_t)args[0].list->len);
        return true;
    case TEMPLATE_MAP:
        *result = template_int((int64_t)args[0].map->len);
        return true;
    default:
        return err_set(err, ERR_INPUT, "len of %s%s", args[0].kind == TEMPLATE_NIL ? "" : "type ",
                       args[0].kind == TEMPLATE_NIL ? "nil pointer" : template_value_type(&args[0]));
    }
}

/* An index into `len` elements; `end`: len itself is allowed too. */
static bool take_index(const struct template_value *arg, size_t len, bool end, size_t *index, struct err *err)
{
    if (arg->kind != TEMPLATE_INT)
        return err_set(err, ERR_INPUT, "cannot index slice/array with %s%s",
                       arg->kind == TEMPLATE_NIL ? "" : "type ", template_value_type(arg));
    if (arg->integer < 0 || (uint64_t)arg->integer >= len + end)
        return err_set(err, ERR_INPUT, "index out of range: %lld", (long long)arg->integer);
    *index = (size_t)arg->integer;
    return true;
}

static bool index_once(const struct template_value *key, struct template_value *at, struct err *err)
{
    size_t i = 0;
    if (at->kind == TEMPLATE_MAP) {
        struct text name;
        if (!template_take_text(key, &name, err))
            return false;
        const struct template_value *found = template_value_get(at->map, name);
        *at = found ? *found : at->map->of_strings ? template_string(TEXT("")) : template_nil();
        return true;
    }
    if (at->kind == TEMPLATE_LIST) {
        if (!take_index(key, at->list->len, false, &i, err))
            return false;
        *at = at->list->at[i];
        return true;
    }
    if (at->kind == TEMPLATE_STRING) {
        if (!take_index(key, at->text.len, false, &i, err))
            return false;
        *at = template_int((unsigned char)at->text.at[i]);
        return true;
    }
    if (at->kind == TEMPLATE_NIL)
        return err_set(err, ERR_INPUT, "index of untyped nil");
    return err_set(err, ERR_INPUT, "can't index item of type %s", template_value_type(at));
}

bool template_fn_index(const struct template_call *call, const struct template_value *args, size_t n,
                       struct template_value *result, struct err *err)
{
    (void)call;
    *result = args[0];
    for (size_t i = 1; i < n; i++)
        if (!index_once(&args[i], result, err))
            return false;
    return true;
}

bool template_fn_slice(const struct template_call *call, const struct template_value *args, size_t n,
                       struct template_value *result, struct err *err)
{
    bool text = args[0].kind == TEMPLATE_STRING;
    if (!text && args[0].kind != TEMPLATE_LIST)
        return err_set(err, ERR_INPUT, "can't slice item of type %s", template_value_type(&args[0]));
    if (text && n == 4)
        return err_set(err, ERR_INPUT, "cannot 3-index slice a string");
    size_t len = text ? args[0].text.len : args[0].list->len;
    size_t bounds[3] = {0, len, len};
    for (size_t i = 1; i < n; i++)
        if (!take_index(&args[i], len, true, &bounds[i - 1], err))
            return false;
    if (bounds[0] > bounds[1] || bounds[1] > bounds[2])
        return err_set(err, ERR_INPUT, "invalid slice index: %zu > %zu",
                       bounds[0] > bounds[1] ? bounds[0] : bounds[1],
                       bounds[0] > bounds[1] ? bounds[1] : bounds[2]);
    if (text) {
        *result = template_string(text_part(args[0].text, bounds[0], bounds[1]));
        return true;
    }
    struct template_list *list = template_list_new(call->arena, bounds[1] - bounds[0]);
    if (list->len)
        memcpy(list->at, args[0].list->at + bounds[0], list->len * sizeof *list->at);
    *result = template_list_value(list);
    return true;
}

bool template_fn_print(const struct template_call *call, const struct template_value *args, size_t n,
                       struct template_value *result, struct err *err)
{
    struct buf made;
    buf_init(&made, TEMPLATE_TEXT_MAX);
    template_sprint(args, n, false, &made);
    return template_give_text(call, &made, result, err);
}

bool template_fn_println(const struct template_call *call, const struct template_value *args, size_t n,
                         struct template_value *result, struct err *err)
{
    struct buf made;
    buf_init(&made, TEMPLATE_TEXT_MAX);
    template_sprint(args, n, true, &made);
    buf_putc(&made, '\n');
    return template_give_text(call, &made, result, err);
}

bool template_fn_printf(const struct template_call *call, const struct template_value *args, size_t n,
                        struct template_value *result, struct err *err)
{
    struct buf made;
    struct text format;
    if (!template_take_text(&args[0], &format, err))
        return false;
    buf_init(&made, TEMPLATE_TEXT_MAX);
    template_printf(format, args + 1, n - 1, &made);
    return template_give_text(call, &made, result, err);
}

static void escape_html(unsigned char c, struct buf *out)
{
    switch (c) {
    case '\0':
        buf_puts(out, "\xef\xbf\xbd");
        break;
    case '"':
        buf_puts(out, "&#34;");
        break;
    case '\'':
        buf_puts(out, "&#39;");
        break;
    case '&':
        buf_puts(out, "&amp;");
        break;
    case '<':
        buf_puts(out, "&lt;");
        break;
    case '>':
        buf_puts(out, "&gt;");
        break;
    default:
        buf_putc(out, (char)c);
    }
}

static void escape_js(unsigned char c, struct buf *out)
{
    if (c == '\\' || c == '\'' || c == '"')
        buf_printf(out, "\\%c", c);
    else if (c < ' ' || c == '<' || c == '>' || c == '&' || c == '=')
        buf_printf(out, "\\u%04X", c);
    else
        buf_putc(out, (char)c);
}

static void escape_query(unsigned char c, struct buf *out)
{
    if (c == ' ')
        buf_putc(out, '+');
    else if (isalnum(c) || (c && strchr("-_.~", c)))
        buf_putc(out, (char)c);
    else
        buf_printf(out, "%%%02X", c);
}

/* The arguments joined as print does, byte by byte through an escaper. */
static bool escape(const struct template_call *call, const struct template_value *args, size_t n,
                   void (*each)(unsigned char c, struct buf *out), struct template_value *result,
                   struct err *err)
{
    struct buf plain, made;
    buf_init(&plain, TEMPLATE_TEXT_MAX);
    buf_init(&made, TEMPLATE_TEXT_MAX);
    template_sprint(args, n, false, &plain);
    for (size_t i = 0; i < plain.len && !made.overflowed; i++)
        each((unsigned char)plain.at[i], &made);
    made.overflowed |= plain.overflowed;
    buf_finish(&plain);
    return template_give_text(call, &made, result, err);
}

bool template_fn_html(const struct template_call *call, const struct template_value *args, size_t n,
                      struct template_value *result, struct err *err)
{
    return escape(call, args, n, escape_html, result, err);
}

bool template_fn_js(const struct template_call *call, const struct template_value *args, size_t n,
                    struct template_value *result, struct err *err)
{
    return escape(call, args, n, escape_js, result, err);
}

bool template_fn_urlquery(const struct template_call *call, const struct template_value *args, size_t n,
                          struct template_value *result, struct err *err)
{
    return escape(call, args, n, escape_query, result, err);
}

bool template_fn_url_query_escape(const struct template_call *call, const struct template_value *args,
                                  size_t n, struct template_value *result, struct err *err)
{
    struct text text;
    return template_take_text(&args[0], &text, err) && escape(call, args, n, escape_query, result, err);
}

/* /graph?g0.expr=EXPR&g0.tab=TAB */
static bool link(const struct template_call *call, const struct template_value *arg, int tab,
                 struct template_value *result, struct err *err)
{
    struct text expr;
    struct buf made;
    if (!template_take_text(arg, &expr, err))
        return false;
    buf_init(&made, TEMPLATE_TEXT_MAX);
    buf_puts(&made, "/graph?g0.expr=");
    for (size_t i = 0; i < expr.len; i++)
        escape_query((unsigned char)expr.at[i], &made);
    buf_printf(&made, "&g0.tab=%d", tab);
    return template_give_text(call, &made, result, err);
}

bool template_fn_graph_link(const struct template_call *call, const struct template_value *args, size_t n,
                            struct template_value *result, struct err *err)
{
    (void)n;
    return link(call, &args[0], 0, result, err);
}

bool template_fn_table_link(const struct template_call *call, const struct template_value *args, size_t n,
                            struct template_value *result, struct err *err)
{
    (void)n;
    return link(call, &args[0], 1, result, err);
}

bool template_fn_call(const struct template_call *call, const struct template_value *args, size_t n,
                      struct template_value *result, struct err *err)
{
    (void)call, (void)n, (void)result;
    if (args[0].kind == TEMPLATE_NIL)
        return err_set(err, ERR_INPUT, "call of nil");
    return err_set(err, ERR_INPUT, "non-function of type %s", template_value_type(&args[0]));
}
