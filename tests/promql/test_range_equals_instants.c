/* A range query is an instant query at each step: what windows, columns and step-invariant parts save must
 * not show. Every function of the table and a list of expressions, over random series with gaps, resets,
 * stale markers, NaN and infinities, at steps shorter and longer than the windows. */
#include "support/cmocka_headers.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/regex.h"
#include "promql/eval.h"
#include "promql/function.h"
#include "promql/parse.h"
#include "support/test_source.h"

#include <float.h>
#include <math.h>

enum { SERIES = 4, SAMPLES = 400, STEPS = 90 };

static uint64_t next(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

static double next_value(uint64_t *random, double before, bool wild)
{
    switch (next(random) % 40) {
    case 0:
        return stale_nan();
    case 1:
        return 0;
    case 2:
        return wild ? (double)NAN : 3;
    case 3:
        return wild ? (double)INFINITY : 7.5;
    case 4:
        return wild ? -(double)INFINITY : 0.25;
    case 5:
        return before;
    default:
        return isfinite(before) ? before + (double)(next(random) % 1000) / 8 : 1;
    }
}

static struct test_source *make_series(bool wild)
{
    static const char *const BOUNDS[SERIES] = {"0.1", "0.5", "1", "+Inf"};
    static const char *const NAMES[] = {"m", "q"};
    struct test_source *source = test_source_new();
    struct label_table *table = test_source_labels(source);
    uint64_t random = wild ? 7 : 8;
    for (int name = 0; name < 2; name++) {
        for (int i = 0; i < SERIES; i++) {
            const struct labels *labels =
                labels_of(table, "__name__", NAMES[name], "le", BOUNDS[i], "job", i % 2 ? "a" : "b", NULL);
            int64_t time_ms = (int64_t)(next(&random) % 10000);
            double value = 0;
            for (int k = 0; k < SAMPLES; k++) {
                value = next_value(&random, value, wild);
                test_source_add(source, labels,
                                (struct test_sample){.time_ms = time_ms,
                                                     .value = value,
                                                     .start_ms = next(&random) % 4 ? 0 : time_ms - 5000});
                time_ms += 1000 + (int64_t)(next(&random) % 29000);
                if (next(&random) % 50 == 0)
                    time_ms += 700000;
            }
        }
    }
    return source;
}

static size_t compared; /* values */

struct run {
    struct test_source *source;
    struct promql_options options;
    struct regex_set *regexes;
    struct label_table *table;
    struct arena arena;
    const char *expression;
};

static bool evaluate(struct run *r, const struct expr *expr, struct promql_query query,
                     struct promql_result *result)
{
    struct promql_source source = test_source_promql(r->source);
    struct err err;
    if (promql_eval(expr, text_of(r->expression), &query, &r->options, &source, r->table, &r->arena, result,
                    &err))
        return true;
    print_error("%s at %lld: %s\n", r->expression, (long long)query.start_ms, err.message);
    return false;
}

static bool same(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b);
    return a == b || fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b)) || fabs(a - b) < 1e-9;
}

/* The series' value at a time, or false. */
static bool value_at(const struct series_set *set, const struct labels *labels, int64_t time_ms,
                     double *value)
{
    for (size_t i = 0; i < set->len; i++) {
        const struct series *s = &set->at[i];
        for (size_t k = 0; s->labels == labels && k < s->len; k++)
            if (s->times_ms[k] == time_ms) {
                *value = s->values[k];
                return true;
            }
    }
    return false;
}

static size_t count_at(const struct series_set *set, int64_t time_ms)
{
    size_t n = 0;
    for (size_t i = 0; i < set->len; i++)
        for (size_t k = 0; k < set->at[i].len; k++)
            n += set->at[i].times_ms[k] == time_ms;
    return n;
}

static void compare_step(struct run *r, const struct promql_result *range,
                         const struct promql_result *instant, int64_t time_ms)
{
    if (count_at(&range->series, time_ms) != instant->series.len)
        fail_msg("%s at %lld: %zu series in the range query, %zu in the instant query", r->expression,
                 (long long)time_ms, count_at(&range->series, time_ms), instant->series.len);
    for (size_t i = 0; i < instant->series.len; i++) {
        double value;
        compared++;
        if (!value_at(&range->series, instant->series.at[i].labels, time_ms, &value))
            fail_msg("%s at %lld: a series is missing in the range query", r->expression, (long long)time_ms);
        if (!same(value, instant->series.at[i].values[0]))
            fail_msg("%s at %lld: %.17g in the range query, %.17g in the instant query", r->expression,
                     (long long)time_ms, value, instant->series.at[i].values[0]);
    }
}

static void check(struct test_source *source, const char *expression, int64_t start_ms, int64_t step_ms)
{
    struct run r = {.source = source,
                    .expression = expression,
                    .regexes = regex_set_new(),
                    .table = label_table_new(test_source_labels(source)),
                    .options = {.use_start_timestamps = true}};
    struct promql_parse_options parse = {
        .experimental_functions = true, .extended_ranges = true, .fill_modifiers = true};
    struct promql_result range;
    struct promql_result instant;
    struct err err;
    arena_init(&r.arena, 0);
    struct expr *expr = promql_parse(text_of(expression), &parse, &r.arena, r.regexes, &err);
    if (!expr)
        fail_msg("%s: %s", expression, err.message);
    int64_t end_ms = start_ms + (STEPS - 1) * step_ms;
    assert_true(evaluate(&r, expr, (struct promql_query){start_ms, end_ms, step_ms}, &range));
    for (int64_t t = start_ms; t <= end_ms; t += step_ms) {
        assert_true(evaluate(&r, expr, (struct promql_query){t, t, 0}, &instant));
        compare_step(&r, &range, &instant, t);
    }
    arena_finish(&r.arena);
    label_table_free(r.table);
    regex_set_free(r.regexes);
}

static void check_over(const char *expression, bool wild)
{
    struct test_source *source = make_series(wild);
    check(source, expression, 60000, 7000);
    check(source, expression, 0, 61000);
    check(source, expression, -400000, 433000);
    test_source_free(source);
}

/* abs(m), clamp(m, 0.5, 0.5), rate(m[5m]): NULL for what takes texts or tells times of the query. */
static bool print_call(const struct promql_function *f, struct buf *out)
{
    static const char *const QUERY_TIMES[] = {"start", "end", "range", "step", "info", NULL};
    for (size_t i = 0; QUERY_TIMES[i]; i++)
        if (strcmp(f->name, QUERY_TIMES[i]) == 0)
            return false;
    buf_printf(out, "%s(", f->name);
    for (int i = 0; i < f->n_args; i++) {
        buf_puts(out, i ? ", " : "");
        if (f->args[i] == VALUE_STRING)
            return false;
        buf_puts(out, f->args[i] == VALUE_MATRIX ? "m[5m]" : f->args[i] == VALUE_VECTOR ? "m" : "0.5");
    }
    buf_putc(out, ')');
    return true;
}

static void check_functions(bool wild)
{
    size_t n;
    const struct promql_function *functions = promql_functions(&n);
    for (size_t i = 0; i < n; i++) {
        struct buf call;
        buf_init(&call, 1000);
        if (print_call(&functions[i], &call))
            check_over(buf_cstring(&call), wild);
        buf_finish(&call);
    }
}

static void every_function_over_tame_series(void **state)
{
    (void)state;
    check_functions(false);
}

static void values_were_compared(void **state)
{
    (void)state;
    assert_true(compared > 50000);
}

static void every_function_over_wild_series(void **state)
{
    (void)state;
    check_functions(true);
}

static void expressions(void **state)
{
    static const char *const EXPRESSIONS[] = {
        "m",
        "m offset 2m",
        "m offset -2m",
        "m @ 1000",
        "m smoothed",
        "rate(m[3m] anchored)",
        "increase(m[3m] smoothed)",
        "delta(m[3m] smoothed)",
        "changes(m[3m] anchored)",
        "resets(m[3m] anchored)",
        "rate(m[20m])",
        "quantile_over_time(0.9, m[20m])",
        "max_over_time(m[20m])",
        "sum_over_time(m[20m:90s])",
        "avg_over_time(rate(m[2m])[15m:37s] offset 1m)",
        "max_over_time((m @ 900)[5m:1m])",
        "sum by (job) (m)",
        "avg without (le) (m)",
        "stddev(m)",
        "stdvar by (job) (m)",
        "min(m)",
        "max by (job) (m)",
        "count(m)",
        "group(m)",
        "quantile by (job) (0.3, m)",
        "topk(2, m)",
        "bottomk by (job) (1, m)",
        "limitk(2, m)",
        "limit_ratio(0.5, m)",
        "count_values(\"v\", floor(m / 1000))",
        "m + q",
        "m / ignoring (le) group_left sum without (le) (q)",
        "m > q",
        "m > bool 100",
        "m == q or m unless on (job) q",
        "m and on (le) (q > 200)",
        "m + fill (3) q",
        "m + on (le, job) fill_left (1) q",
        "-m ^ 2 % 7",
        "time() + m @ 1000",
        "vector(time()) * on () group_right m",
        "absent(m{le=\"0.1\"})",
        "label_replace(m, \"x\", \"$1\", \"le\", \"(.).*\")",
        "label_join(m, \"x\", \"-\", \"le\", \"job\")",
        "histogram_quantile(0.9, sum by (le) (rate(m[5m])))",
        "predict_linear(m[5m] @ 1000, 60)",
        "timestamp(m offset 1m)",
        "scalar(sum(m)) + vector(1)",
    };
    (void)state;
    for (size_t i = 0; i < sizeof EXPRESSIONS / sizeof *EXPRESSIONS; i++) {
        check_over(EXPRESSIONS[i], false);
        check_over(EXPRESSIONS[i], true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_over_tame_series),
        cmocka_unit_test(every_function_over_wild_series),
        cmocka_unit_test(expressions),
        cmocka_unit_test(values_were_compared),
    };
    return cmocka_run_group_tests_name("range_equals_instants", tests, NULL, NULL);
}
