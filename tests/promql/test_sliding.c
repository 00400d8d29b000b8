/* Functions over ranges: what slides over a range query equals, step by step, what an instant query says of
 * the same window, on series with resets, gaps, NaN, infinities, stale markers and values of very different
 * size. */
#include "base/arena.h"
#include "base/regex.h"
#include "promql/eval.h"
#include "promql/function.h"
#include "promql/parse.h"
#include "support/test_source.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SAMPLES = 400 };

static const char *const KINDS[] = {"counter", "fraction", "huge", "steps", "special", "falling"};

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static double counter(uint32_t *seed, double before)
{
    return next(seed) % 40 == 0 ? 0 : before + next(seed) % 30;
}

static double fraction(uint32_t *seed, double before)
{
    (void)before;
    return (double)(next(seed) % 100000) / 977 - 40;
}

/* Of three orders of magnitude: more than one compensation can hold. */
static double sparse_huge(uint32_t *seed, double before)
{
    (void)before;
    if (next(seed) % 20 == 0)
        return next(seed) % 2 ? 1e40 : 1e20;
    return (double)(next(seed) % 1000) / 3;
}

static double steps(uint32_t *seed, double before)
{
    return next(seed) % 5 ? before : (double)(next(seed) % 4);
}

static double special(uint32_t *seed, double before)
{
    (void)before;
    switch (next(seed) % 12) {
    case 0:
        return (double)NAN;
    case 1:
        return (double)INFINITY;
    case 2:
        return -(double)INFINITY;
    case 3:
        return -0.0;
    default:
        return (double)(next(seed) % 7);
    }
}

static double falling(uint32_t *seed, double before)
{
    return before - (double)(next(seed) % 5) / 8;
}

static void add(struct test_source *source, uint32_t *seed, const char *kind,
                double (*value)(uint32_t *, double))
{
    const struct labels *labels =
        labels_of(test_source_labels(source), "__name__", "m_total", "kind", kind, NULL);
    struct test_sample sample = {.start_ms = 1};
    double before = 0;
    for (size_t i = 0; i < SAMPLES; i++) {
        if (next(seed) % 50 == 0)
            sample.start_ms = sample.time_ms + 1;
        sample.time_ms += 1000 + next(seed) % 15000 + (next(seed) % 25 == 0 ? 90000 : 0);
        before = value(seed, isfinite(before) ? before : 0);
        sample.value = next(seed) % 60 == 0 ? stale_nan() : before;
        test_source_add(source, labels, sample);
    }
}

static void fill(struct test_source *source, uint32_t seed)
{
    static double (*const VALUES[])(uint32_t *, double) = {counter, fraction, sparse_huge,
                                                           steps,   special,  falling};
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++)
        add(source, &seed, KINDS[i], VALUES[i]);
}

struct outcome {
    struct arena arena;
    struct regex_set *regexes;
    struct promql_result result;
};

static void evaluate(struct test_source *series, const char *expression, struct promql_query query,
                     struct outcome *out)
{
    *out = (struct outcome){.regexes = regex_set_new()};
    arena_init(&out->arena, 0);
    struct promql_parse_options parse = {.experimental_functions = true, .extended_ranges = true};
    struct promql_options options = {.use_start_timestamps = true};
    struct promql_source source = test_source_promql(series);
    struct err err;
    struct expr *expr = promql_parse(text_of(expression), &parse, &out->arena, out->regexes, &err);
    if (!expr || !promql_eval(expr, text_of(expression), &query, &options, &source,
                              test_source_labels(series), &out->arena, &out->result, &err))
        fail_msg("%s: %s", expression, err.message);
}

static void outcome_finish(struct outcome *o)
{
    regex_set_free(o->regexes);
    arena_finish(&o->arena);
}

/* The value of a series at a time; false if it has none. */
static bool value_at(const struct promql_result *r, const struct labels *labels, int64_t at_ms, double *value)
{
    for (size_t i = 0; i < r->series.len; i++) {
        const struct series *s = &r->series.at[i];
        for (size_t k = 0; s->labels == labels && k < s->len; k++) {
            if (s->times_ms[k] == at_ms) {
                *value = s->values[k];
                return true;
            }
        }
    }
    return false;
}

static bool same(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b);
    return a == b || fabs(a - b) <= 1e-12 * fmax(fabs(a), fabs(b));
}

/* With the name or, where the function drops it, without. */
static bool value_of_kind(struct label_table *table, const struct promql_result *r, const char *kind,
                          int64_t at_ms, double *value)
{
    return value_at(r, labels_of(table, "kind", kind, NULL), at_ms, value) ||
           value_at(r, labels_of(table, "__name__", "m_total", "kind", kind, NULL), at_ms, value);
}

static void check_step(struct test_source *source, const char *expression, const struct promql_result *range,
                       int64_t at_ms)
{
    struct label_table *table = test_source_labels(source);
    struct outcome instant;
    evaluate(source, expression, (struct promql_query){at_ms, at_ms, 0}, &instant);
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        double a = 0;
        double b = 0;
        bool has_a = value_of_kind(table, range, KINDS[i], at_ms, &a);
        bool has_b = value_of_kind(table, &instant.result, KINDS[i], at_ms, &b);
        if (has_a != has_b || !same(a, b))
            fail_msg("%s at %lld, %s: range query %d %.17g, instant query %d %.17g", expression,
                     (long long)at_ms, KINDS[i], has_a, a, has_b, b);
    }
    outcome_finish(&instant);
}

static void check_expression(struct test_source *source, const char *expression, int64_t step_ms)
{
    struct promql_query query = {60000, 3600000, step_ms};
    struct outcome range;
    evaluate(source, expression, query, &range);
    for (int64_t at_ms = query.start_ms; at_ms <= query.end_ms; at_ms += step_ms)
        check_step(source, expression, &range.result, at_ms);
    outcome_finish(&range);
}

static const char *const EXPRESSIONS[] = {
    "rate(m_total[2m])",
    "increase(m_total[7m])",
    "delta(m_total[2m])",
    "irate(m_total[1m])",
    "idelta(m_total[1m])",
    "resets(m_total[5m])",
    "changes(m_total[5m])",
    "sum_over_time(m_total[4m])",
    "avg_over_time(m_total[4m])",
    "min_over_time(m_total[3m])",
    "max_over_time(m_total[3m])",
    "ts_of_min_over_time(m_total[3m])",
    "count_over_time(m_total[3m])",
    "ts_of_max_over_time(m_total[3m])",
    "stdvar_over_time(m_total[2m])",
    "last_over_time(m_total[1m])",
    "first_over_time(m_total[1m])",
    "quantile_over_time(0.3, m_total[2m])",
    "deriv(m_total[2m])",
    "predict_linear(m_total[2m], 60)",
    "mad_over_time(m_total[2m])",
    "rate(m_total[2m] anchored)",
    "increase(m_total[2m] smoothed)",
    "changes(m_total[2m] anchored)",
    "resets(m_total[2m] anchored)",
    "sum_over_time(m_total[4m] offset -1m)",
    "rate(m_total[3m] @ 1000)",
    "max_over_time(rate(m_total[1m])[5m:20s])",
    "sum_over_time(m_total[50m])",
    "double_exponential_smoothing(m_total[2m], 0.3, 0.6)",
};

static void check_all(uint32_t seed, int64_t step_ms)
{
    struct test_source *source = test_source_new();
    fill(source, seed);
    for (size_t i = 0; i < sizeof EXPRESSIONS / sizeof EXPRESSIONS[0]; i++)
        check_expression(source, EXPRESSIONS[i], step_ms);
    test_source_free(source);
}

static void short_steps_equal_instants(void **state)
{
    (void)state;
    check_all(1, 15000);
}

static void steps_of_a_window_equal_instants(void **state)
{
    (void)state;
    check_all(2, 120000);
}

static void long_steps_equal_instants(void **state)
{
    (void)state;
    check_all(3, 700000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_steps_equal_instants),
        cmocka_unit_test(steps_of_a_window_equal_instants),
        cmocka_unit_test(long_steps_equal_instants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
