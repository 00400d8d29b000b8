/* The evaluator as its callers see it: what it asks the source for, what it gives back, how it ends. The
 * meaning of expressions is tested by scripts (tests/promql/scripts). */
#include "support/cmocka_headers.h"

#include "base/arena.h"
#include "base/regex.h"
#include "promql/eval.h"
#include "promql/parse.h"
#include "support/test_source.h"

#include <stdlib.h>

struct fixture {
    struct test_source *data;
    struct regex_set *regexes;
    struct label_table *table;
    struct arena arena;
    struct promql_options options;
    struct promql_result result;
    struct err err;
    struct select_request asked; /* the last request */
    int times_asked;
    bool refuse;
};

static bool record(void *self, const struct select_request *request, struct label_table *table,
                   struct arena *arena, struct series_set *result, struct err *err)
{
    struct fixture *f = self;
    f->asked = *request;
    f->times_asked++;
    if (f->refuse)
        return err_set(err, ERR_UNREACHABLE, "no route to the source");
    struct promql_source data = test_source_promql(f->data);
    return data.select(data.self, request, table, arena, result, err);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->data = test_source_new();
    f->regexes = regex_set_new();
    f->table = label_table_new(NULL);
    arena_init(&f->arena, 0);
    for (int i = 0; i <= 100; i++) {
        struct label_table *table = test_source_labels(f->data);
        const struct labels *z = labels_of(table, "__name__", "m", "i", "z", NULL);
        const struct labels *a = labels_of(table, "__name__", "m", "i", "a", NULL);
        test_source_add(f->data, z, (struct test_sample){.time_ms = i * 10000, .value = i});
        test_source_add(f->data, a, (struct test_sample){.time_ms = i * 10000, .value = 2 * i});
    }
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_finish(&f->arena);
    label_table_free(f->table);
    regex_set_free(f->regexes);
    test_source_free(f->data);
    free(f);
    return 0;
}

static bool run(struct fixture *f, const char *expression, struct promql_query query)
{
    struct promql_source source = {.self = f, .select = record};
    struct promql_parse_options parse = {.extended_ranges = true};
    struct expr *expr = promql_parse(text_of(expression), &parse, &f->arena, f->regexes, &f->err);
    assert_non_null(expr);
    return promql_eval(expr, text_of(expression), &query, &f->options, &source, f->table, &f->arena,
                       &f->result, &f->err);
}

static void an_instant_selector_asks_for_the_lookback(void **state)
{
    struct fixture *f = *state;
    assert_true(run(f, "m offset 10s", (struct promql_query){600000, 600000, 0}));
    assert_int_equal(f->asked.kind, SELECT_INSTANT);
    assert_int_equal(f->asked.from_ms, 290000);
    assert_int_equal(f->asked.to_ms, 590000);
    assert_int_equal(f->asked.step_ms, 0);
    assert_int_equal(f->asked.range_ms, 300000);
    assert_false(f->asked.needs_times);
}

static void a_range_function_asks_for_all_windows_and_tells_its_name(void **state)
{
    struct fixture *f = *state;
    assert_true(run(f, "rate((m[1m]))", (struct promql_query){600000, 720000, 60000}));
    assert_int_equal(f->asked.kind, SELECT_RANGE);
    assert_int_equal(f->asked.from_ms, 540000);
    assert_int_equal(f->asked.to_ms, 720000);
    assert_int_equal(f->asked.first_ms, 600000);
    assert_int_equal(f->asked.last_ms, 720000);
    assert_int_equal(f->asked.step_ms, 60000);
    assert_true(text_is(f->asked.function, "rate"));
}

static void smoothed_asks_for_the_lookback_on_both_sides(void **state)
{
    struct fixture *f = *state;
    assert_true(run(f, "rate(m[1m] smoothed)", (struct promql_query){600000, 600000, 0}));
    assert_int_equal(f->asked.from_ms, 600000 - 60000 - 300000);
    assert_int_equal(f->asked.to_ms, 600000 + 300000);
    assert_true(run(f, "rate(m[1m] anchored)", (struct promql_query){600000, 600000, 0}));
    assert_int_equal(f->asked.to_ms, 600000);
}

static void what_is_pinned_is_asked_for_once(void **state)
{
    struct fixture *f = *state;
    assert_true(run(f, "sum(m @ 300)", (struct promql_query){0, 600000, 60000}));
    assert_int_equal(f->times_asked, 1);
    assert_int_equal(f->asked.first_ms, 300000);
    assert_int_equal(f->asked.last_ms, 300000);
    assert_int_equal(f->asked.step_ms, 0);
    assert_int_equal(f->result.series.at[0].len, 11);
}

static void timestamp_needs_the_samples_own_times(void **state)
{
    struct fixture *f = *state;
    assert_true(run(f, "timestamp((m))", (struct promql_query){605000, 605000, 0}));
    assert_true(f->asked.needs_times);
    assert_true(f->result.series.at[0].values[0] == 600);
}

static void an_error_of_the_source_ends_the_evaluation(void **state)
{
    struct fixture *f = *state;
    f->refuse = true;
    f->result.n_annotations = 77;
    assert_false(run(f, "sum(m) + sum(m)", (struct promql_query){600000, 600000, 0}));
    assert_int_equal(f->err.kind, ERR_UNREACHABLE);
    assert_string_equal(f->err.message, "no route to the source");
    assert_int_equal(f->times_asked, 1);
    assert_int_equal(f->result.n_annotations, 77); /* untouched */
}

static void a_scalar_is_one_series_without_labels(void **state)
{
    struct fixture *f = *state;
    assert_true(run(f, "scalar(sum(m))", (struct promql_query){600000, 600000, 0}));
    assert_int_equal(f->result.type, VALUE_SCALAR);
    assert_int_equal(f->result.series.len, 1);
    assert_ptr_equal(f->result.series.at[0].labels, labels_empty(f->table));
    assert_true(f->result.series.at[0].values[0] == 180);
    assert_int_equal(f->result.series.at[0].times_ms[0], 600000);
}

static void series_come_sorted_by_labels_whatever_the_source_gives(void **state)
{
    struct fixture *f = *state;
    assert_true(run(f, "m", (struct promql_query){600000, 600000, 0}));
    assert_int_equal(f->result.type, VALUE_VECTOR);
    assert_true(text_is(labels_value(f->result.series.at[0].labels, TEXT("i")), "a"));
    assert_true(text_is(labels_value(f->result.series.at[1].labels, TEXT("i")), "z"));
}

static void samples_are_counted(void **state)
{
    struct fixture *f = *state;
    assert_true(run(f, "sum_over_time(m[100s])", (struct promql_query){600000, 600000, 0}));
    assert_int_equal(f->result.samples_read, 20);
    assert_true(f->result.peak_samples >= 20);
}

static void limits_have_a_kind_of_their_own(void **state)
{
    struct fixture *f = *state;
    f->options.max_samples = 10;
    assert_false(run(f, "sum_over_time(m[100s])", (struct promql_query){600000, 600000, 0}));
    assert_int_equal(f->err.kind, ERR_LIMIT);
    f->options.max_samples = 0;
    assert_false(run(f, "m * on() m", (struct promql_query){600000, 600000, 0}));
    assert_int_equal(f->err.kind, ERR_INPUT);
}

static void times_out_of_range_are_refused(void **state)
{
    struct fixture *f = *state;
    assert_false(run(f, "m", (struct promql_query){INT64_MAX, INT64_MAX, 0}));
    assert_false(run(f, "m", (struct promql_query){10, 0, 1}));
    assert_false(run(f, "m", (struct promql_query){0, 10, 0}));
    assert_false(run(f, "m", (struct promql_query){0, 10, -1}));
    assert_int_equal(f->times_asked, 0);
}

static void columns_are_used_again(void **state)
{
    struct fixture *f = *state;
    struct promql_query query = {0, 100000000, 1000};
    assert_true(run(f, "m + m", query));
    size_t once = f->arena.used;
    assert_true(run(f, "m + m + m + m + m + m + m + m", query));
    assert_true(f->arena.used - once < 2 * once);
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(an_instant_selector_asks_for_the_lookback),
        TEST_OF(a_range_function_asks_for_all_windows_and_tells_its_name),
        TEST_OF(smoothed_asks_for_the_lookback_on_both_sides),
        TEST_OF(what_is_pinned_is_asked_for_once),
        TEST_OF(timestamp_needs_the_samples_own_times),
        TEST_OF(an_error_of_the_source_ends_the_evaluation),
        TEST_OF(a_scalar_is_one_series_without_labels),
        TEST_OF(series_come_sorted_by_labels_whatever_the_source_gives),
        TEST_OF(samples_are_counted),
        TEST_OF(limits_have_a_kind_of_their_own),
        TEST_OF(times_out_of_range_are_refused),
        TEST_OF(columns_are_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
