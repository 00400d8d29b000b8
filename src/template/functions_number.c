/* Numbers for people, as Prometheus' templates write them, and times. */
#include "template/functions.h"

#include "base/duration.h"
#include "base/number.h"
#include "template/time.h"

#include <math.h>

/* v as %.4g, then the prefix and the unit. */
static bool give_number(const struct template_call *call, double v, const char *prefix, const char *unit,
                        struct template_value *result, struct err *err)
{
    struct buf made;
    buf_init(&made, 1000);
    number_print_g(v, 4, &made);
    buf_puts(&made, prefix);
    buf_puts(&made, unit);
    return template_give_text(call, &made, result, err);
}

/* The prefix that brings v into [1, base); v is scaled. */
static const char *scale_down(double *v, double base, const char *const prefixes[8])
{
    const char *prefix = "";
    for (int i = 0; i < 8 && fabs(*v) >= base; i++) {
        prefix = prefixes[i];
        *v /= base;
    }
    return prefix;
}

static const char *scale_up(double *v)
{
    static const char *const prefixes[8] = {"m", "u", "n", "p", "f", "a", "z", "y"};
    const char *prefix = "";
    for (int i = 0; i < 8 && fabs(*v) < 1; i++) {
        prefix = prefixes[i];
        *v *= 1000;
    }
    return prefix;
}

bool template_fn_humanize(const struct template_call *call, const struct template_value *args, size_t n,
                          struct template_value *result, struct err *err)
{
    static const char *const prefixes[8] = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
    double v;
    (void)n;
    if (!template_take_number(&args[0], &v, err))
        return false;
    const char *prefix = "";
    if (v != 0 && isfinite(v))
        prefix = fabs(v) >= 1 ? scale_down(&v, 1000, prefixes) : scale_up(&v);
    return give_number(call, v, prefix, "", result, err);
}

bool template_fn_humanize_1024(const struct template_call *call, const struct template_value *args, size_t n,
                               struct template_value *result, struct err *err)
{
    static const char *const prefixes[8] = {"ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"};
    double v;
    (void)n;
    if (!template_take_number(&args[0], &v, err))
        return false;
    const char *prefix = isfinite(v) && fabs(v) > 1 ? scale_down(&v, 1024, prefixes) : "";
    return give_number(call, v, prefix, "", result, err);
}

/* From a minute on: whole seconds, and only the parts that are needed. */
static void print_parts(double v, struct buf *out)
{
    int64_t whole = fabs(v) < 9e18 ? (int64_t)fabs(v) : INT64_MAX;
    int64_t days = whole / 86400, hours = whole / 3600 % 24, minutes = whole / 60 % 60;
    if (v < 0)
        buf_putc(out, '-');
    if (days)
        buf_printf(out, "%lldd ", (long long)days);
    if (days || hours)
        buf_printf(out, "%lldh ", (long long)hours);
    buf_printf(out, "%lldm %llds", (long long)minutes, (long long)(whole % 60));
}

bool template_fn_humanize_duration(const struct template_call *call, const struct template_value *args,
                                   size_t n, struct template_value *result, struct err *err)
{
    double v;
    (void)n;
    if (!template_take_number(&args[0], &v, err))
        return false;
    if (!isfinite(v))
        return give_number(call, v, "", "", result, err);
    if (fabs(v) >= 60) {
        struct buf made;
        buf_init(&made, 1000);
        print_parts(v, &made);
        return template_give_text(call, &made, result, err);
    }
    const char *prefix = v != 0 && fabs(v) < 1 ? scale_up(&v) : "";
    return give_number(call, v, prefix, "s", result, err);
}

bool template_fn_humanize_percentage(const struct template_call *call, const struct template_value *args,
                                     size_t n, struct template_value *result, struct err *err)
{
    double v;
    (void)n;
    return template_take_number(&args[0], &v, err) && give_number(call, v * 100, "", "%", result, err);
}

/* Seconds since 1970 that fit Go's int64 nanoseconds, as milliseconds. */
static bool take_time(const struct template_value *arg, int64_t *ms, struct err *err)
{
    double v;
    if (!template_take_number(arg, &v, err))
        return false;
    if (!isfinite(v))
        return err_set(err, ERR_INPUT, "value is NaN or Inf");
    if (fabs(v) >= 9.2e9)
        return err_set(err, ERR_INPUT,
                       "%g cannot be represented as a nanoseconds timestamp since it overflows int64", v);
    *ms = (int64_t)floor(v * 1000);
    return true;
}

bool template_fn_humanize_timestamp(const struct template_call *call, const struct template_value *args,
                                    size_t n, struct template_value *result, struct err *err)
{
    double v;
    int64_t ms = 0;
    struct buf made;
    (void)n;
    if (!template_take_number(&args[0], &v, err))
        return false;
    if (!isfinite(v))
        return give_number(call, v, "", "", result, err);
    if (!take_time(&args[0], &ms, err))
        return false;
    buf_init(&made, 1000);
    template_time_print(ms, &made);
    return template_give_text(call, &made, result, err);
}

bool template_fn_to_time(const struct template_call *call, const struct template_value *args, size_t n,
                         struct template_value *result, struct err *err)
{
    (void)call, (void)n;
    *result = (struct template_value){.kind = TEMPLATE_TIME};
    return take_time(&args[0], &result->time_ms, err);
}

bool template_fn_to_duration(const struct template_call *call, const struct template_value *args, size_t n,
                             struct template_value *result, struct err *err)
{
    double v;
    (void)call, (void)n;
    if (!template_take_number(&args[0], &v, err))
        return false;
    if (!isfinite(v))
        return err_set(err, ERR_INPUT, "value is NaN or Inf");
    if (fabs(v) >= 9.2e9)
        return err_set(err, ERR_INPUT, "%g cannot be represented as a duration since it overflows int64", v);
    *result = (struct template_value){.kind = TEMPLATE_DURATION, .duration_ns = (int64_t)(v * 1e9)};
    return true;
}

bool template_fn_now(const struct template_call *call, const struct template_value *args, size_t n,
                     struct template_value *result, struct err *err)
{
    (void)args, (void)n, (void)err;
    *result = template_double((double)call->data->now_ms / 1000);
    return true;
}

bool template_fn_parse_duration(const struct template_call *call, const struct template_value *args, size_t n,
                                struct template_value *result, struct err *err)
{
    struct text text;
    int64_t ms;
    (void)call, (void)n;
    if (!template_take_text(&args[0], &text, err) || !duration_parse(text, &ms, err))
        return false;
    *result = template_double((double)ms / 1000);
    return true;
}

static bool no_field(const struct template_value *receiver, struct text name, struct err *err)
{
    if (receiver->kind == TEMPLATE_NIL)
        return err_set(err, ERR_INPUT, "nil pointer evaluating interface {}.%.*s", TEXT_ARG(name));
    return err_set(err, ERR_INPUT, "can't evaluate field %.*s in type %s", TEXT_ARG(name),
                   template_value_type(receiver));
}

static bool time_method(const struct template_call *call, int64_t ms, struct text name,
                        const struct template_value *args, size_t n, struct template_value *result,
                        struct err *err)
{
    struct buf made;
    struct text layout;
    if (text_is(name, "Format")) {
        if (n != 1)
            return err_set(err, ERR_INPUT, "wrong number of args for Format: want 1 got %zu", n);
        if (!template_take_text(&args[0], &layout, err))
            return false;
        buf_init(&made, TEMPLATE_TEXT_MAX);
        template_time_format(ms, layout, &made);
        return template_give_text(call, &made, result, err);
    }
    *result = (struct template_value){.kind = TEMPLATE_TIME, .time_ms = ms};
    if (n > 0 || !(text_is(name, "UTC") || text_is(name, "Unix") || text_is(name, "UnixMilli")))
        return no_field(result, name, err);
    if (text_starts(name, TEXT("Unix")))
        *result = template_int(name.len == 4 ? ms / 1000 - (ms % 1000 < 0) : ms);
    return true;
}

static bool duration_method(const struct template_value *receiver, struct text name, size_t n,
                            struct template_value *result, struct err *err)
{
    double seconds = (double)receiver->duration_ns / 1e9;
    if (n == 0 && text_is(name, "Seconds"))
        *result = template_double(seconds);
    else if (n == 0 && text_is(name, "Minutes"))
        *result = template_double(seconds / 60);
    else if (n == 0 && text_is(name, "Hours"))
        *result = template_double(seconds / 3600);
    else
        return no_field(receiver, name, err);
    return true;
}

bool template_method(const struct template_call *call, const struct template_value *receiver,
                     struct text name, const struct template_value *args, size_t n,
                     struct template_value *result, struct err *err)
{
    if (receiver->kind == TEMPLATE_TIME)
        return time_method(call, receiver->time_ms, name, args, n, result, err);
    if (receiver->kind == TEMPLATE_DURATION)
        return duration_method(receiver, name, n, result, err);
    return no_field(receiver, name, err);
}
