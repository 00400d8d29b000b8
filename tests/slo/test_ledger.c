/* The ledger's rules one by one, on a handful of samples: what is counted, what is left out and told. */
#include "support/cmocka_headers.h"

#include "slo/ledger_bench.h"

#include <math.h>

static void nonsense_samples_are_left_out_and_told(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct series *s = add(b, 0, "x_total", "");
    ramp(b, s, 0, 60, 100, 1);
    put(b, s, 60, NAN);
    put(b, s, 75, 105);
    put(b, s, 90, INFINITY);
    put(b, s, 105, 107);
    put(b, s, 120, -5);
    put(b, s, 135, 108);
    put(b, s, 150, 1e300);
    put(b, s, 165, 110);
    struct window_sum sum = take(b, 1200);
    assert_int_equal(sum.units, 10);
    assert_int_equal(b->keep.notes[NOTE_NOT_FINITE], 2);
    assert_int_equal(b->keep.notes[NOTE_NEGATIVE_SAMPLE], 1);
    assert_int_equal(b->keep.notes[NOTE_TOO_LARGE], 1);
    /* Told once, not at each take. */
    take(b, 1230);
    assert_int_equal(b->keep.notes[NOTE_NOT_FINITE], 2);
    bench_free(b);
}

/* With a bare `up` (n matchers: its name alone), a target that never gave a term's series is another's. */
static int64_t expected_with_a_stranger(size_t n_matchers)
{
    struct bench *b = bench_new(SLO_EVENTS);
    struct expr up = {.kind = EXPR_SELECTOR, .u.selector.n_matchers = n_matchers};
    b->slo.up_expr = &up;
    ramp(b, add(b, 0, "x_total", ""), 0, 600, 0, 1);
    ramp(b, add(b, UP, "up", ""), 0, 600, 1, 0);
    struct series *stranger = add(b, UP, "up", "");
    stranger->labels = labels_of(b->table, "__name__", "up", "job", "other", "instance", "z", NULL);
    ramp(b, stranger, 0, 600, 1, 0);
    struct window_sum sum = take(b, 600);
    bench_free(b);
    return sum.expected;
}

static void targets_that_give_no_term_are_not_of_a_bare_up(void **unused)
{
    (void)unused;
    int64_t own = expected_with_a_stranger(1);
    assert_true(own > 0);
    assert_int_equal(expected_with_a_stranger(2), 2 * own);
}

static void a_stranger_that_gives_a_term_is_one_no_more(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct expr up = {.kind = EXPR_SELECTOR, .u.selector.n_matchers = 1};
    b->slo.up_expr = &up;
    ramp(b, add(b, UP, "up", ""), 0, 1200, 1, 0);
    assert_int_equal(take(b, 300).expected, 0);
    ramp(b, add(b, 0, "x_total", ""), 300, 1200, 0, 1);
    assert_true(take(b, 1200).expected > 0);
    assert_int_equal(b->keep.targets.len, 1);
    assert_int_equal(b->keep.targets.at[0].up, 1);
    bench_free(b);
}

static void more_bad_than_in_all_is_told(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    ramp(b, add(b, 0, "x_total", ""), 0, 600, 0, 1);
    ramp(b, add(b, 1, "x_bad_total", ""), 0, 600, 0, 2);
    struct window_sum sum = take(b, 1800);
    assert_int_equal(sum.units, 39);
    assert_int_equal(sum.spent, 78);
    assert_true(b->keep.notes[NOTE_SPENT_ABOVE_UNITS] >= 8);
    bench_free(b);
}

static void a_histogram_without_its_infinity_is_told(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_PERCENTILE);
    b->terms[2] = (struct slo_term){.role = SLO_SPENT, .coefficient = -1};
    b->slo.n_terms = 3;
    ramp(b, add(b, 2, "x_bucket", "4"), 0, 600, 0, 1);
    struct window_sum sum = take(b, 1800);
    assert_int_equal(sum.units, 0);
    assert_int_equal(sum.spent, -39);
    assert_true(b->keep.notes[NOTE_SPENT_NEGATIVE] >= 8);
    assert_true(b->keep.notes[NOTE_TERM_MISSING] > 0);
    bench_free(b);
}

static void scores_out_of_range_are_told(void **unused)
{
    (void)unused;
    for (int high = 0; high < 2; high++) {
        struct bench *b = bench_new(SLO_SCORE);
        b->slo.scale = 1000000;
        b->slo.range_max = 1;
        b->terms[2] = (struct slo_term){.role = SLO_SPENT, .coefficient = -1, .scaled = true};
        b->slo.n_terms = 3;
        ramp(b, add(b, 0, "x_count", ""), 0, 600, 0, 1);
        ramp(b, add(b, 1, "x_count", ""), 0, 600, 0, 1);
        ramp(b, add(b, 2, "x_sum", ""), 0, 600, 0, high ? 1.5 : 0.9);
        struct window_sum sum = take(b, 1800);
        if (!high)
            assert_int_equal(sum.spent, 3900000);
        assert_int_equal(b->keep.notes[NOTE_OUT_OF_RANGE] > 0, high);
        bench_free(b);
    }
}

static void money_is_rounded_before_it_is_differenced(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_MEAN);
    b->slo.scale = 1000000;
    b->terms[1].scaled = true;
    struct series *s = add(b, 1, "x_sum", "");
    double sum = 0;
    for (int t = 0; t < 600; t += 15, sum += 0.1)
        put(b, s, t, sum);
    /* 39 additions of 0.1 are 3.9000000000000017 in doubles. */
    assert_int_equal(take(b, 1800).spent, 3900000);
    bench_free(b);
}

static void sums_that_overflow_stay_at_the_largest_number(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct series *one = add(b, 1, "x_total", "1");
    b->slo.scale = 1000000;
    put(b, one, 0, 0);
    put(b, one, 15, 9e15);
    struct window_sum sum = take(b, 1800);
    assert_int_equal(sum.spent, INT64_MAX);
    assert_int_equal(b->keep.notes[NOTE_OVERFLOW], 1);
    bench_free(b);
}

static void a_fall_with_an_unchanged_start_is_told(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct series *s = add(b, 0, "x_total", "");
    ramp(b, s, 0, 60, 100, 10);
    ramp(b, s, 60, 120, 5, 5);
    s->starts_ms = b->starts[0][0];
    for (size_t i = 0; i < s->len; i++)
        b->starts[0][0][i] = BEGIN_MS - 1000000;
    struct window_sum sum = take(b, 1200);
    assert_int_equal(sum.units, 30 + 20);
    assert_int_equal(b->keep.notes[NOTE_DECREASE], 1);
    bench_free(b);
}

static void a_new_start_is_a_reset_though_the_value_rose(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct series *s = add(b, 0, "x_total", "");
    put(b, s, 0, 10);
    put(b, s, 15, 12);
    put(b, s, 30, 30);
    s->starts_ms = b->starts[0][0];
    b->starts[0][0][0] = b->starts[0][0][1] = BEGIN_MS - 1000000;
    b->starts[0][0][2] = BEGIN_MS + 20000;
    assert_int_equal(take(b, 1200).units, 2 + 30);
    bench_free(b);
}

static void a_new_target_counts_from_zero_only_if_its_process_is_young(void **unused)
{
    (void)unused;
    for (int young = 0; young < 2; young++) {
        struct bench *b = bench_new(SLO_EVENTS);
        ramp(b, add(b, 0, "x_total", ""), 0, 60, 50, 1);
        ramp(b, add(b, STARTS, "process_start_time_seconds", ""), 0, 60,
             (double)BEGIN_MS / 1000 - (young ? 10 : 10000), 0);
        assert_int_equal(take(b, 1200).units, young ? 53 : 3);
        bench_free(b);
    }
}

static void a_sample_at_midnight_tells_of_the_day_before(void **unused)
{
    (void)unused;
    assert_int_equal(minute_of(20000 * DAY_MS), 20000LL * DAY_MINUTES - 1);
    assert_int_equal(minute_of(20000 * DAY_MS + 1), 20000LL * DAY_MINUTES);
    assert_int_equal(minute_of(0), -1);
    assert_int_equal(minute_of(-60000), -2);
    assert_int_equal(minute_of(-59999), -1);
    assert_int_equal(day_of_minute(-1), -1);
    assert_int_equal(day_of_minute(-DAY_MINUTES), -1);
}

static void a_clock_that_steps_back_changes_nothing(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    ramp(b, add(b, 0, "x_total", ""), 0, 1200, 0, 1);
    struct window_sum before = take(b, 1200);
    struct window_sum back = take(b, 300);
    struct window_sum again = take(b, 1200);
    assert_int_equal(before.units, 79);
    assert_true(back.units <= 79);
    assert_int_equal(again.units, 79);
    bench_free(b);
}

static void the_same_samples_twice_count_once(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    ramp(b, add(b, 0, "x_total", ""), 0, 3600, 0, 1);
    for (int to = 600; to <= 4200; to += 600)
        take(b, to);
    assert_int_equal(take(b, 4200).units, 239);
    assert_int_equal(take(b, 9000).units, 239);
    bench_free(b);
}

static void when_down_is_bad_the_down_minutes_are_spent(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    b->slo.when_down_bad = true;
    ramp(b, add(b, 0, "x_total", ""), 0, 1200, 0, 5);
    struct series *up = add(b, UP, "up", "");
    ramp(b, up, 0, 1200, 1, 0);
    ramp(b, up, 1200, 1800, 0, 0);
    struct window_sum sum = take(b, 2400);
    assert_true(sum.down_minutes >= 9);
    assert_in_range(sum.spent, 9 * 20, 20 * 20);
    assert_int_equal(sum.units, 79 * 5 + sum.spent);
    bench_free(b);
}

static void values_of_expressions_are_minutes(void **unused)
{
    (void)unused;
    struct slo slo = {.kind = SLO_MINUTES,
                      .target_billionths = 990000000,
                      .allowance_billionths = 10000000,
                      .scale = 1,
                      .n_expressions = 1};
    struct label_table *table = label_table_new(NULL);
    struct ledger *ledger = ledger_new(&slo, table, TEXT(""));
    struct keep keep = {.head.first_minute = INT64_MAX};
    for (int m = 1; m <= 60; m++) {
        int64_t at_ms = BEGIN_MS + m * MINUTE_MS;
        struct minute_value value = {.at_ms = at_ms, .units = 1, .spent = m % 10 == 0};
        struct ledger_batch batch = {
            .from_ms = at_ms - 300000, .to_ms = at_ms, .now_ms = at_ms, .values = &value, .n_values = m < 50};
        struct ledger_change change;
        batch.answer = m > 20 && m <= 25 ? LEDGER_FAILED : LEDGER_ANSWERED;
        ledger_take(ledger, &batch, &change);
        keep_change(&keep, ledger, &change);
    }
    static struct minute minutes[200];
    struct window_sum sum = {0};
    size_t n = keep_minutes(&keep, 0, minutes, 200);
    for (size_t i = 0; i < n; i++)
        window_sum_minute(&sum, &minutes[i]);
    assert_int_equal(sum.units, 44);
    assert_int_equal(sum.spent, 4);
    assert_int_equal(sum.estimated_minutes, 0);
    assert_int_equal(sum.unseen_minutes, 5);
    ledger_free(ledger);
    keep_finish(&keep);
    label_table_free(table);
}

static void more_groups_than_allowed_are_counted_in_the_whole(void **unused)
{
    (void)unused;
    static const char *const tags[] = {"a", "b", "c", "d"};
    struct bench *b = bench_new(SLO_EVENTS);
    b->slo.by[0] = TEXT("tag");
    b->slo.n_by = 1;
    b->slo.max_groups = 2;
    for (int i = 0; i < 4; i++)
        ramp(b, add(b, 0, "x_total", tags[i]), 0, 600, 0, 1);
    assert_int_equal(take(b, 1800).units, 4 * 39);
    assert_int_equal(ledger_groups(b->ledger), 3);
    assert_int_equal(b->keep.notes[NOTE_GROUPS_FULL], 2);
    bench_free(b);
}

static void a_gap_over_midnight_amends_the_closed_day(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    int64_t midnight = 14 * 3600;
    struct series *s = add(b, 0, "x_total", "");
    ramp(b, s, (int)midnight - 1800, (int)midnight - 600, 0, 1);
    take(b, midnight + 1200);
    put(b, s, midnight + 1200, 1000);
    put(b, s, midnight + 1215, 1001);
    struct window_sum sum = take(b, midnight + 3600);
    assert_int_equal(sum.units, 1001);
    assert_true(b->keep.notes[NOTE_AMENDED] > 0);
    assert_true(b->keep.days.len == 1);
    assert_true(b->keep.days.at[0].totals.units > 79 + 250);
    bench_free(b);
}

/* Our source lost ten minutes and has them later: minute by minute, and not a unit more or less. */
static void unseen_minutes_are_filled_when_they_can_be_read_again(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct series *s = add(b, 0, "x_total", "");
    ramp(b, s, 0, 1200, 0, 1);
    ramp(b, s, 1815, 3600, 121, 1);
    struct window_sum before = take(b, 4200);
    assert_int_equal(before.units, 239);
    s->len = 0;
    ramp(b, s, 0, 3600, 0, 1);
    static struct minute minutes[200];
    struct ledger_stored stored = {0, minutes, keep_minutes(&b->keep, 0, minutes, 200)};
    struct ledger_batch batch = {
        .from_ms = BEGIN_MS, .to_ms = BEGIN_MS + 3600000, .now_ms = BEGIN_MS + 4200000, .terms = b->sets};
    ledger_recount(b->ledger, &batch, &stored, 1, &b->change);
    assert_true(b->change.n_rows >= 10);
    keep_change(&b->keep, b->ledger, &b->change);
    struct window_sum after = {0};
    size_t n = keep_minutes(&b->keep, 0, minutes, 200);
    for (size_t i = 0; i < n; i++) {
        window_sum_minute(&after, &minutes[i]);
        if (minutes[i].minute > minute_of(BEGIN_MS + 1200000) &&
            minutes[i].minute < minute_of(BEGIN_MS + 1800000))
            assert_int_equal(minutes[i].units, 4);
    }
    assert_int_equal(after.units, 239);
    assert_true(after.unseen_minutes < before.unseen_minutes - 8);
    /* A second time there is nothing left to fill. */
    stored.n = n;
    ledger_recount(b->ledger, &batch, &stored, 1, &b->change);
    assert_int_equal(b->change.n_rows, 0);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nonsense_samples_are_left_out_and_told),
        cmocka_unit_test(targets_that_give_no_term_are_not_of_a_bare_up),
        cmocka_unit_test(a_stranger_that_gives_a_term_is_one_no_more),
        cmocka_unit_test(more_bad_than_in_all_is_told),
        cmocka_unit_test(a_histogram_without_its_infinity_is_told),
        cmocka_unit_test(scores_out_of_range_are_told),
        cmocka_unit_test(money_is_rounded_before_it_is_differenced),
        cmocka_unit_test(sums_that_overflow_stay_at_the_largest_number),
        cmocka_unit_test(a_fall_with_an_unchanged_start_is_told),
        cmocka_unit_test(a_new_start_is_a_reset_though_the_value_rose),
        cmocka_unit_test(a_new_target_counts_from_zero_only_if_its_process_is_young),
        cmocka_unit_test(a_sample_at_midnight_tells_of_the_day_before),
        cmocka_unit_test(a_clock_that_steps_back_changes_nothing),
        cmocka_unit_test(the_same_samples_twice_count_once),
        cmocka_unit_test(when_down_is_bad_the_down_minutes_are_spent),
        cmocka_unit_test(values_of_expressions_are_minutes),
        cmocka_unit_test(more_groups_than_allowed_are_counted_in_the_whole),
        cmocka_unit_test(a_gap_over_midnight_amends_the_closed_day),
        cmocka_unit_test(unseen_minutes_are_filled_when_they_can_be_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
