/* Compares results, annotations and errors with what a script expects. */
#include "base/buf.h"
#include "base/number.h"
#include "base/regex.h"

#include "script_command.h"

#include "base/memory.h"
#include <float.h>

#include <math.h>
#include <stdarg.h>

enum { TEXT_MAX = 2048 };

/* As Prometheus' tests compare: relative to 1e-6, stale markers and NaN equal to themselves. */
static bool almost_equal(double a, double b)
{
    static const double EPSILON = 1e-6;
    if (value_is_stale(a) || value_is_stale(b))
        return value_is_stale(a) && value_is_stale(b);
    if (isnan(a) && isnan(b))
        return true;
    if (a == b)
        return true;
    double difference = fabs(a - b);
    double sum = fabs(a) + fabs(b);
    if (a == 0 || b == 0 || sum < DBL_MIN)
        return difference < EPSILON * DBL_MIN;
    return difference / fmin(sum, DBL_MAX) < EPSILON;
}

/* {a="b"}: message. Always false. */
static bool differs(struct err *err, const struct labels *labels, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool differs(struct err *err, const struct labels *labels, const char *format, ...)
{
    struct buf text;
    va_list args;
    buf_init(&text, TEXT_MAX);
    if (labels) {
        labels_print(labels, &text);
        buf_puts(&text, ": ");
    }
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    err_set(err, ERR_INPUT, "%s", buf_cstring(&text));
    buf_finish(&text);
    return false;
}

static bool compare_value(const struct labels *labels, const struct script_value *expected, double got,
                          int64_t at_ms, struct err *err)
{
    if (almost_equal(expected->value, got))
        return true;
    struct buf want;
    struct buf have;
    buf_init(&want, TEXT_MAX);
    buf_init(&have, TEXT_MAX);
    number_print_go(expected->value, &want);
    number_print_go(got, &have);
    differs(err, labels, "at %lld ms: expected %s, got %s", (long long)at_ms, buf_cstring(&want),
            buf_cstring(&have));
    buf_finish(&want);
    buf_finish(&have);
    return false;
}

static const struct script_series *expected_of(const struct expectations *e, const struct labels *labels,
                                               size_t *place)
{
    for (size_t i = e->n_series; i-- > 0;)
        if (e->series[i].labels == labels) {
            *place = i;
            return &e->series[i];
        }
    return NULL;
}

static const struct series *result_of(const struct series_set *set, const struct labels *labels)
{
    for (size_t i = 0; i < set->len; i++)
        if (set->at[i].labels == labels)
            return &set->at[i];
    return NULL;
}

static bool all_expected_came(const struct expectations *e, const struct series_set *set, struct err *err)
{
    for (size_t i = 0; i < e->n_series; i++) {
        bool any = false;
        for (size_t k = 0; k < e->series[i].n_values; k++)
            any = any || !e->series[i].values[k].omitted;
        if (any && !result_of(set, e->series[i].labels))
            return differs(err, e->series[i].labels, "expected, but not in the result (which has %zu series)",
                           set->len);
    }
    return true;
}

static bool compare_vector(const struct expectations *e, const struct series_set *set, struct err *err)
{
    for (size_t i = 0; i < set->len; i++) {
        const struct series *s = &set->at[i];
        size_t place;
        const struct script_series *expected = expected_of(e, s->labels, &place);
        if (!expected) {
            struct script_value nothing = {.value = 0};
            compare_value(s->labels, &nothing, s->values[0], s->times_ms[0], err);
            return differs(err, s->labels, "in the result, but not expected");
        }
        if (e->ordered && place != i)
            return differs(err, s->labels, "expected at place %zu, got it at %zu", place + 1, i + 1);
        if (!compare_value(s->labels, &expected->values[0], s->values[0], s->times_ms[0], err))
            return false;
    }
    return all_expected_came(e, set, err);
}

/* Value k of the expectation is at start + k * step. */
static bool compare_points(const struct script_series *expected, const struct series *s, int64_t start_ms,
                           int64_t step_ms, struct err *err)
{
    size_t at = 0;
    for (size_t k = 0; k < expected->n_values; k++) {
        int64_t time_ms = start_ms + (int64_t)k * step_ms;
        if (expected->values[k].omitted)
            continue;
        if (at == s->len || s->times_ms[at] != time_ms)
            return differs(err, s->labels, "no sample at %lld ms, the next is at %lld ms", (long long)time_ms,
                           at < s->len ? (long long)s->times_ms[at] : -1LL);
        if (!compare_value(s->labels, &expected->values[k], s->values[at], time_ms, err))
            return false;
        at++;
    }
    return at == s->len ||
           differs(err, s->labels, "a sample too many, at %lld ms", (long long)s->times_ms[at]);
}

static bool compare_matrix(const struct expectations *e, const struct series_set *set, int64_t start_ms,
                           int64_t step_ms, struct err *err)
{
    for (size_t i = 0; i < set->len; i++) {
        size_t place;
        const struct script_series *expected = expected_of(e, set->at[i].labels, &place);
        if (!expected)
            return differs(err, set->at[i].labels, "in the result, but not expected");
        if (!compare_points(expected, &set->at[i], start_ms, step_ms, err))
            return false;
    }
    return all_expected_came(e, set, err);
}

static bool check_sorted(const struct series_set *set, struct err *err)
{
    for (size_t i = 1; i < set->len; i++)
        if (labels_compare(set->at[i - 1].labels, set->at[i].labels) >= 0)
            return differs(err, set->at[i].labels, "out of order in the result of a range query");
    return true;
}

bool script_compare_scalar(const struct script_eval *eval, double value, struct err *err)
{
    if (!eval->expect.has_scalar)
        return err_set(err, ERR_INPUT, "the result is a scalar, which is not expected");
    struct script_value expected = {.value = eval->expect.scalar};
    return compare_value(NULL, &expected, value, eval->query.start_ms, err);
}

bool script_compare(const struct script_eval *eval, const struct promql_result *result, struct err *err)
{
    const struct expectations *e = &eval->expect;
    if (result->type == VALUE_STRING) {
        if (!e->has_string || !text_eq(e->string, result->string))
            return err_set(err, ERR_INPUT, "got the string \"%.*s\"", TEXT_ARG(result->string));
        return true;
    }
    if (result->type == VALUE_SCALAR)
        return script_compare_scalar(eval, result->series.at[0].values[0], err);
    if (e->has_scalar || e->has_string)
        return err_set(err, ERR_INPUT, "expected a scalar or a string, got series");
    if (eval->query.step_ms > 0)
        return check_sorted(&result->series, err) &&
               compare_matrix(e, &result->series, eval->query.start_ms, eval->query.step_ms, err);
    if (result->type == VALUE_MATRIX) {
        if (!e->range_vector)
            return err_set(err, ERR_INPUT, "got a range vector without \"expect range vector\"");
        return compare_matrix(e, &result->series, e->range_start_ms, e->range_step_ms, err);
    }
    if (e->range_vector)
        return err_set(err, ERR_INPUT, "expected a range vector, got an instant vector");
    return compare_vector(e, &result->series, err);
}

bool script_compare_step(const struct script_eval *eval, const struct promql_result *range, int64_t time_ms,
                         struct err *err)
{
    struct series *at = memory_alloc_zero(range->series.len + 1, sizeof *at);
    struct series_set step = {at, 0};
    for (size_t i = 0; i < range->series.len; i++) {
        const struct series *s = &range->series.at[i];
        for (size_t k = 0; k < s->len; k++)
            if (s->times_ms[k] == time_ms)
                at[step.len++] = (struct series){
                    .labels = s->labels, .len = 1, .times_ms = &s->times_ms[k], .values = &s->values[k]};
    }
    bool ok = check_sorted(&range->series, err);
    if (ok && eval->expect.has_scalar)
        ok = step.len ? script_compare_scalar(eval, step.at[0].values[0], err)
                      : err_set(err, ERR_INPUT, "no value at the step");
    else if (ok)
        ok = compare_vector(&eval->expect, &step, err);
    memory_free(at);
    return ok;
}

static bool fits(const struct expected_message *expected, struct text message)
{
    return expected->regex ? regex_matches(expected->regex, message, NULL) : text_eq(expected->text, message);
}

/* Every annotation of the kind must be expected, and every expected one must have come. */
static bool check_kind(const struct expectations *e, const struct promql_result *result,
                       enum annotation_kind kind, struct err *err)
{
    bool warning = kind == ANNOTATION_WARNING;
    enum message_kind wanted = warning ? MESSAGE_WARN : MESSAGE_INFO;
    const char *name = warning ? "warning" : "info";
    size_t came = 0;
    size_t n_messages = 0;
    for (size_t i = 0; i < e->n_messages; i++)
        n_messages += e->messages[i].kind == wanted;
    for (size_t i = 0; i < result->n_annotations; i++) {
        struct text message = result->annotations[i].message;
        if (result->annotations[i].kind != kind)
            continue;
        came++;
        if (warning ? e->no_warn : e->no_info)
            return err_set(err, ERR_INPUT, "unexpected %s: %.*s", name, TEXT_ARG(message));
        bool found = n_messages == 0;
        for (size_t k = 0; k < e->n_messages; k++)
            found = found || (e->messages[k].kind == wanted && fits(&e->messages[k], message));
        if (!found)
            return err_set(err, ERR_INPUT, "%s not expected: %.*s", name, TEXT_ARG(message));
    }
    if ((warning ? e->warns : e->infos) && came == 0)
        return err_set(err, ERR_INPUT, "expected a %s, got none", name);
    for (size_t k = 0; k < e->n_messages; k++) {
        bool found = e->messages[k].kind != wanted;
        for (size_t i = 0; i < result->n_annotations; i++)
            found = found || (result->annotations[i].kind == kind &&
                              fits(&e->messages[k], result->annotations[i].message));
        if (!found)
            return err_set(err, ERR_INPUT, "expected %s did not come: %.*s", name,
                           TEXT_ARG(e->messages[k].text));
    }
    return true;
}

bool script_check_annotations(const struct expectations *e, const struct promql_result *result,
                              struct err *err)
{
    return check_kind(e, result, ANNOTATION_WARNING, err) && check_kind(e, result, ANNOTATION_INFO, err);
}

bool script_check_failure(const struct expectations *e, const char *message, struct err *err)
{
    for (size_t i = 0; i < e->n_messages; i++)
        if (e->messages[i].kind == MESSAGE_FAIL && !fits(&e->messages[i], text_of(message)))
            return err_set(err, ERR_INPUT, "expected another error than: %.2000s", message);
    return true;
}
