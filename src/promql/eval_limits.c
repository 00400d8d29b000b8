/* Errors, limits and annotations of an evaluation, as functions and operators see them. */
#include "base/buf.h"
#include "base/number.h"
#include "base/regex.h"
#include "promql/eval_state.h"

#include <stdarg.h>

enum { TEXT_MAX = 1 << 18, ANNOTATION_MAX = 2000 };

struct arena *eval_arena(const struct eval *ev)
{
    return ev->state->arena;
}

struct label_table *eval_labels(const struct eval *ev)
{
    return ev->state->table;
}

const struct promql_options *eval_options(const struct eval *ev)
{
    return &ev->state->options;
}

const struct promql_query *eval_query(const struct eval *ev)
{
    return ev->state->query;
}

struct regex_set *eval_regexes(const struct eval *ev)
{
    if (!ev->state->regexes)
        ev->state->regexes = regex_set_new();
    return ev->state->regexes;
}

bool eval_failed(const struct eval *ev)
{
    return ev->state->failed;
}

__attribute__((format(printf, 3, 0))) static bool fail(struct eval *ev, enum err_kind kind,
                                                       const char *format, va_list args)
{
    if (ev->state->failed)
        return false;
    struct buf text;
    buf_init(&text, TEXT_MAX);
    buf_vprintf(&text, format, args);
    err_set(ev->state->err, kind, "%s", text.overflowed ? format : buf_cstring(&text));
    buf_finish(&text);
    ev->state->failed = true;
    return false;
}

bool eval_fail(struct eval *ev, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail(ev, ERR_INPUT, format, args);
    va_end(args);
    return false;
}

bool eval_fail_limit(struct eval *ev, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail(ev, ERR_LIMIT, format, args);
    va_end(args);
    return false;
}

bool eval_alive(struct eval *ev)
{
    struct eval_state *state = ev->state;
    if (state->failed)
        return false;
    if (state->options.expired && state->options.expired(state->options.expired_context))
        return eval_fail_limit(ev, "query timed out in expression evaluation");
    if (arena_over_limit(state->arena))
        return eval_fail_limit(ev, "query would use more than %zu bytes of memory", state->arena->limit);
    return true;
}

bool eval_hold(struct eval *ev, size_t samples)
{
    struct eval_state *state = ev->state;
    state->held += samples;
    if (state->held > state->peak)
        state->peak = state->held;
    if (state->held > state->options.max_samples)
        return eval_fail_limit(ev,
                               "query processing would load too many samples into memory in query execution");
    return !state->failed;
}

void eval_unhold(struct eval *ev, size_t samples)
{
    ev->state->held -= samples;
}

const char *eval_number(struct eval *ev, double v)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    number_print_go(v, &text);
    struct text copy = text_copy(ev->state->arena, buf_text(&text));
    buf_finish(&text);
    return copy.at;
}

__attribute__((format(printf, 4, 0))) static void
annotate(struct eval *ev, enum annotation_kind kind, const struct expr *at, const char *format, va_list args)
{
    struct eval_state *state = ev->state;
    bool constant = !strchr(format, '%');
    if (constant && annotations_known(&state->annotations, format, at))
        return;
    struct buf text;
    buf_init(&text, TEXT_MAX);
    buf_vprintf(&text, format, args);
    struct text made = text.overflowed ? text_of(format) : buf_text(&text);
    annotations_add(&state->annotations, state->arena, kind, at, text_part(made, 0, ANNOTATION_MAX));
    if (constant)
        annotations_remember(&state->annotations, format, at);
    buf_finish(&text);
}

void eval_warn(struct eval *ev, const struct expr *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    annotate(ev, ANNOTATION_WARNING, at, format, args);
    va_end(args);
}

void eval_info(struct eval *ev, const struct expr *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    annotate(ev, ANNOTATION_INFO, at, format, args);
    va_end(args);
}

void eval_info_monotonicity(struct eval *ev, const struct expr *at, struct text metric, int64_t time_ms,
                            double min_bucket, double max_bucket, double max_difference)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    buf_puts(&text, "input to histogram_quantile needed to be fixed for monotonicity (see "
                    "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)");
    if (metric.len) {
        buf_puts(&text, " for metric name ");
        text_print_quoted(metric, &text);
    }
    struct monotonicity fix = {time_ms, time_ms, min_bucket, max_bucket, max_difference, 1};
    annotations_add_monotonicity(&ev->state->annotations, ev->state->arena, at, buf_text(&text), &fix);
    buf_finish(&text);
}
