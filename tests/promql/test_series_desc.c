/* What a series description holds; its errors are text cases (series_cases.txt). */
#include "base/arena.h"
#include "base/series.h"
#include "promql/series_desc.h"
#include "support/cmocka_headers.h"

static struct arena arena;

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_finish(&arena);
    return 0;
}

static struct series_desc read(const char *line)
{
    struct series_desc desc;
    struct err err = {0};
    if (!series_desc_parse(text_of(line), &arena, &desc, &err))
        fail_msg("%s", err.message);
    return desc;
}

static void labels_keep_their_order_with_the_name_first(void **state)
{
    (void)state;
    struct series_desc d = read("m{b=\"1\",\"c d\"='2'} 5");
    assert_int_equal(d.n_labels, 3);
    assert_true(text_is(d.labels[0].name, "__name__"));
    assert_true(text_is(d.labels[0].value, "m"));
    assert_true(text_is(d.labels[2].name, "c d"));
    assert_true(text_is(d.labels[2].value, "2"));
    assert_false(d.start_times);
    assert_int_equal(read("{\"a.b\"}").n_labels, 1);
    assert_int_equal(read("").n_labels, 0);
}

static void repetitions_count_one_more_but_gaps_do_not(void **state)
{
    (void)state;
    struct series_desc d = read("m 7x2 _x2 _ stale 1+2x2 5-1x1");
    assert_int_equal(d.n_values, 12);
    assert_true(d.values[2].number == 7);
    assert_int_equal(d.values[3].kind, SERIES_OMITTED);
    assert_int_equal(d.values[5].kind, SERIES_OMITTED);
    assert_int_equal(d.values[6].kind, SERIES_STALE);
    assert_true(d.values[9].number == 5);
    assert_true(d.values[11].number == 4);
    assert_false(d.has_histograms);
}

static void steps_are_added_again_and_again(void **state)
{
    (void)state;
    struct series_desc d = read("m 0+0.1x3");
    assert_true(d.values[3].number == 0.1 + 0.1 + 0.1);
}

static void numbers_may_be_durations_and_special(void **state)
{
    (void)state;
    struct series_desc d = read("m 5m -1m30s Inf -Inf NaN 1e3 .5");
    assert_true(d.values[0].number == 300);
    assert_true(d.values[1].number == -90);
    assert_true(d.values[2].number > 1e308);
    assert_true(d.values[3].number < -1e308);
    assert_true(d.values[4].number != d.values[4].number);
    assert_true(d.values[5].number == 1000);
    assert_true(d.values[6].number == 0.5);
}

static void start_times_are_told_apart(void **state)
{
    (void)state;
    struct series_desc d = read("m{a=\"b\"}@st _ _ -30s-1mx2 -1ms");
    assert_true(d.start_times);
    assert_int_equal(d.n_labels, 2);
    assert_int_equal(d.n_values, 6);
    assert_true(d.values[2].number == -30);
    assert_true(d.values[4].number == -150);
    assert_true(d.values[5].number == -0.001);
}

static void histograms_keep_their_fields(void **state)
{
    (void)state;
    struct series_desc d =
        read("m {{schema:1 sum:-0.3 count:3.1 z_bucket:7.1 z_bucket_w:0.05 buckets:[5.1 10 -7] "
             "offset:-3 n_buckets:[4.1 5] n_offset:5 counter_reset_hint:gauge}} "
             "{{schema:-53 custom_values:[0.1 1]}}");
    const struct histogram_desc *h = d.values[0].histogram;
    assert_true(d.has_histograms);
    assert_int_equal(d.values[0].kind, SERIES_HISTOGRAM);
    assert_int_equal(h->schema, 1);
    assert_true(h->sum == -0.3 && h->count == 3.1 && h->zero_count == 7.1 && h->zero_threshold == 0.05);
    assert_int_equal(h->buckets.len, 3);
    assert_true(h->buckets.at[2] == -7);
    assert_int_equal(h->offset, -3);
    assert_int_equal(h->negative_buckets.len, 2);
    assert_int_equal(h->negative_offset, 5);
    assert_int_equal(h->reset_hint, RESET_GAUGE);
    assert_true(h->reset_hint_given);
    assert_int_equal(d.values[1].histogram->schema, -53);
    assert_int_equal(d.values[1].histogram->custom_values.len, 2);
    assert_false(d.values[1].histogram->reset_hint_given);
}

static void histograms_are_added_and_subtracted(void **state)
{
    (void)state;
    struct series_desc d = read("m {{sum:1}}+{{sum:2}}x2 {{sum:1}}-{{sum:2}}x1 {{}}x1");
    assert_int_equal(d.n_values, 7);
    assert_int_equal(d.values[2].times, 2);
    assert_true(d.values[2].added->sum == 2);
    assert_int_equal(d.values[4].times, -1);
    assert_null(d.values[5].added);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(labels_keep_their_order_with_the_name_first, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(repetitions_count_one_more_but_gaps_do_not, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(steps_are_added_again_and_again, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(numbers_may_be_durations_and_special, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(start_times_are_told_apart, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(histograms_keep_their_fields, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(histograms_are_added_and_subtracted, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
