/* Every example in the function table evaluates to something, on the same small set of series: ten minutes of
 * one sample each 15 s. */
#include "base/arena.h"
#include "base/regex.h"
#include "promql/eval.h"
#include "promql/function.h"
#include "promql/parse.h"
#include "support/test_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { SAMPLES = 41, STEP_MS = 15000 };

static const int64_t NOW_MS = 1700000000000;

static double steps_of_ten(size_t i)
{
    return (double)(i * 10);
}

static double steps_of_seven(size_t i)
{
    return (double)(i * 7);
}

static double steps_of_five(size_t i)
{
    return (double)(i * 5);
}

static double saw(size_t i)
{
    return (double)(i * 5 % 11);
}

static double one(size_t i)
{
    (void)i;
    return 1;
}

static void add(struct test_source *source, const struct labels *labels, double (*value)(size_t))
{
    for (size_t i = 0; i < SAMPLES; i++) {
        struct test_sample sample = {
            .time_ms = NOW_MS - (int64_t)(SAMPLES - 1 - i) * STEP_MS,
            .value = value(i),
            .start_ms = NOW_MS - (int64_t)SAMPLES * STEP_MS,
        };
        test_source_add(source, labels, sample);
    }
}

static void fill(struct test_source *source)
{
    struct label_table *t = test_source_labels(source);
    add(source, labels_of(t, "__name__", "up", "job", "api", "instance", "a:9090", NULL), one);
    add(source, labels_of(t, "__name__", "up", "job", "api", "instance", "b:9090", NULL), one);
    add(source,
        labels_of(t, "__name__", "target_info", "job", "api", "instance", "a:9090", "version", "1.4", NULL),
        one);
    add(source, labels_of(t, "__name__", "queue_length", "queue", "mail", NULL), saw);
    add(source,
        labels_of(t, "__name__", "requests_total", "job", "api", "instance", "a:9090", "code", "200", NULL),
        steps_of_ten);
    const char *name = "request_duration_seconds_bucket";
    add(source, labels_of(t, "__name__", name, "job", "api", "le", "0.1", NULL), steps_of_five);
    add(source, labels_of(t, "__name__", name, "job", "api", "le", "0.5", NULL), steps_of_seven);
    add(source, labels_of(t, "__name__", name, "job", "api", "le", "+Inf", NULL), steps_of_ten);
}

static bool evaluates_to_nothing(const struct promql_function *row)
{
    return text_is(text_of(row->family), "native histogram"); /* there are only floats here */
}

static void check_example(struct test_source *series, const struct promql_function *row,
                          const struct promql_query *query)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct regex_set *regexes = regex_set_new();
    struct err err = {0};
    struct text text = text_of(row->example);
    struct promql_parse_options parse = {.experimental_functions = true};
    struct expr *expr = promql_parse(text, &parse, &arena, regexes, &err);
    if (!expr)
        fail_msg("%s: %s", row->example, err.message);
    struct promql_source source = test_source_promql(series);
    struct promql_options options = {.use_start_timestamps = true};
    struct promql_result result = {0};
    if (!promql_eval(expr, text, query, &options, &source, test_source_labels(series), &arena, &result, &err))
        fail_msg("%s: %s", row->example, err.message);
    if ((result.series.len > 0) == evaluates_to_nothing(row))
        fail_msg("%s: %zu series", row->example, result.series.len);
    for (size_t i = 0; i < result.n_annotations; i++) {
        if (result.annotations[i].kind == ANNOTATION_WARNING && query->step_ms == 0)
            fail_msg("%s: %.*s", row->example, TEXT_ARG(result.annotations[i].message));
    }
    regex_set_free(regexes);
    arena_finish(&arena);
}

static void check_all(const struct promql_query *query)
{
    struct test_source *source = test_source_new();
    fill(source);
    size_t n;
    const struct promql_function *rows = promql_functions(&n);
    for (size_t i = 0; i < n; i++)
        check_example(source, &rows[i], query);
    test_source_free(source);
}

static void every_example_gives_a_result_at_an_instant(void **state)
{
    (void)state;
    check_all(&(struct promql_query){NOW_MS, NOW_MS, 0});
}

static void every_example_gives_a_result_over_a_range(void **state)
{
    (void)state;
    check_all(&(struct promql_query){NOW_MS - 120000, NOW_MS, 15000});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_gives_a_result_at_an_instant),
        cmocka_unit_test(every_example_gives_a_result_over_a_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
