/* functions_labels: label_replace and label_join. The core merges series whose labels became equal, or
 * refuses them. */
#include "base/buf.h"
#include "base/regex.h"
#include "promql/functions.h"

enum { LABEL_VALUE_MAX = 1 << 20 };

/* Any text is a label name, as long as it is UTF-8 and not empty. */
static bool label_name_valid(struct text name)
{
    return name.len > 0 && text_utf8_valid(name);
}

/* Gives a series another value of one label; a name that was set is not dropped any more. */
static void set_label(struct eval *ev, struct vector_series *s, struct text name, struct text value)
{
    struct label label = {symbol_intern(eval_labels(ev), name), symbol_intern(eval_labels(ev), value)};
    s->labels = labels_merge(eval_labels(ev), s->labels, &label, 1);
    if (text_is(name, "__name__"))
        s->drop_name = false;
}

static bool too_long(struct eval_call *call, const struct buf *value)
{
    if (!value->overflowed)
        return false;
    eval_fail(call->eval, "label value in %s() is longer than %d bytes", call->function->name,
              LABEL_VALUE_MAX);
    return true;
}

void function_label_replace(struct eval_call *call)
{
    struct eval *ev = call->eval;
    struct text destination = call_string(call, 1);
    struct text replacement = call_string(call, 2);
    struct text source = call_string(call, 3);
    struct text pattern = call_string(call, 4);
    struct err err;
    const struct regex *regex = regex_compile(eval_regexes(ev), pattern, &err);
    if (!regex) {
        eval_fail(ev, "invalid regular expression in label_replace(): %.*s", TEXT_ARG(pattern));
        return;
    }
    if (!label_name_valid(destination)) {
        eval_fail(ev, "invalid destination label name in label_replace(): %.*s", TEXT_ARG(destination));
        return;
    }
    struct vector v = call_take(call, 0);
    struct buf value;
    buf_init(&value, LABEL_VALUE_MAX);
    for (size_t i = 0; i < v.len && eval_alive(ev); i++) {
        bool over_limit = false;
        buf_clear(&value);
        if (regex_expand(regex, labels_value(v.at[i].labels, source), replacement, &value, &over_limit) &&
            !too_long(call, &value))
            set_label(ev, &v.at[i], destination, buf_text(&value));
        if (over_limit)
            eval_fail(ev, "the regular expression in label_replace() takes too long: %.*s",
                      TEXT_ARG(pattern));
    }
    buf_finish(&value);
    call->result.vector = v;
}

static void join_sources(const struct eval_call *call, const struct labels *labels, struct buf *value)
{
    for (size_t arg = 3; arg < call->n_args; arg++) {
        if (arg > 3)
            buf_add_text(value, call_string(call, 2));
        buf_add_text(value, labels_value(labels, call_string(call, arg)));
    }
}

void function_label_join(struct eval_call *call)
{
    struct eval *ev = call->eval;
    struct text destination = call_string(call, 1);
    for (size_t arg = 3; arg < call->n_args; arg++) {
        struct text source = call_string(call, arg);
        if (!label_name_valid(source)) {
            eval_fail(ev, "invalid source label name in label_join(): %.*s", TEXT_ARG(source));
            return;
        }
    }
    if (!label_name_valid(destination)) {
        eval_fail(ev, "invalid destination label name in label_join(): %.*s", TEXT_ARG(destination));
        return;
    }
    struct vector v = call_take(call, 0);
    struct buf value;
    buf_init(&value, LABEL_VALUE_MAX);
    for (size_t i = 0; i < v.len && eval_alive(ev); i++) {
        buf_clear(&value);
        join_sources(call, v.at[i].labels, &value);
        if (!too_long(call, &value))
            set_label(ev, &v.at[i], destination, buf_text(&value));
    }
    buf_finish(&value);
    call->result.vector = v;
}
