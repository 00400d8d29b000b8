/* Samples that cannot be counted leave their minutes unseen, with what was counted beside them hidden; never
 * free. */
#include "slo/ledger_bench.h"

#include <math.h>

static const int64_t micro = 1000000;
static const double too_large = 9.3e12; /* in millionths beyond int64 */

static struct bench *cost_new(void)
{
    struct bench *b = bench_new(SLO_MEAN);
    b->slo.scale = micro;
    b->slo.allowance_billionths = 10 * 1000000000LL;
    b->terms[1].scaled = true;
    return b;
}

static const struct ledger_uncounted *uncounted(const struct bench *b)
{
    return ledger_uncounted(b->ledger);
}

static void a_cost_too_large_to_count_is_unseen_not_free(void **unused)
{
    (void)unused;
    struct bench *b = cost_new();
    ramp(b, add(b, 0, "requests_total", ""), 0, 1800, 0, 15);
    struct series *cost = add(b, 1, "cost_total", "");
    ramp(b, cost, 0, 615, 0, 150);
    ramp(b, cost, 615, 1200, too_large, 0);
    take(b, 1200);
    struct minute before = minute_at(b, 480), after = minute_at(b, 660);
    assert_int_equal(before.units, 60);
    assert_int_equal(before.spent, 600 * micro);
    assert_int_equal(before.seen, 1);
    assert_int_equal(after.units, 0);
    assert_int_equal(after.spent, 0);
    assert_int_equal(after.hidden, 60);
    assert_int_equal(after.expected, 1);
    assert_int_equal(after.seen, 0);
    assert_true(after.flags & MINUTE_UNCOUNTED);
    assert_false(after.flags & MINUTE_DOWN);
    int64_t since_ms;
    assert_int_equal(ledger_health_at(b->ledger, BEGIN_MS + 1200000, &since_ms), HEALTH_MISCONFIGURED);
    assert_int_equal(since_ms, BEGIN_MS + 615000);
    assert_int_equal(uncounted(b)->why, NOTE_TOO_LARGE);
    assert_ptr_equal(uncounted(b)->series, cost->labels);
    /* A new process counts from zero: counting goes on with what it has. */
    ramp(b, cost, 1200, 1800, 150, 150);
    take(b, 1800);
    assert_int_equal(uncounted(b)->since_ms, 0);
    assert_int_equal(minute_at(b, 1320).units, 60);
    assert_int_equal(minute_at(b, 1320).spent, 600 * micro);
    assert_int_equal(minute_at(b, 900).hidden, 60);
    assert_int_equal(minute_at(b, 900).spent, 0);
    bench_free(b);
}

static void taken_step_by_step_it_is_the_same(void **unused)
{
    (void)unused;
    struct bench *b = cost_new();
    ramp(b, add(b, 0, "requests_total", ""), 0, 1800, 0, 15);
    struct series *cost = add(b, 1, "cost_total", "");
    ramp(b, cost, 0, 615, 0, 150);
    ramp(b, cost, 615, 1200, too_large, 0);
    ramp(b, cost, 1200, 1800, 150, 150);
    int64_t since_ms = 0;
    for (int t = 30; t <= 1800; t += 30) {
        take_since(b, t - 900, t);
        if (t == 690 || t == 1170)
            assert_int_equal(uncounted(b)->since_ms, BEGIN_MS + 615000);
        if (t == 1170)
            since_ms = uncounted(b)->since_ms;
    }
    assert_int_equal(since_ms, BEGIN_MS + 615000);
    struct minute half = minute_at(b, 600);
    assert_int_equal(half.seen, 0);
    for (int t = 660; t < 1140; t += 60) {
        assert_int_equal(minute_at(b, t).hidden, 60);
        assert_int_equal(minute_at(b, t).seen, 0);
    }
    assert_int_equal(minute_at(b, 1260).spent, 600 * micro);
    bench_free(b);
}

static void other_targets_go_on(void **unused)
{
    (void)unused;
    struct bench *b = cost_new();
    ramp(b, add_at(b, 0, "requests_total", "", "a"), 0, 1200, 0, 15);
    ramp(b, add_at(b, 0, "requests_total", "", "b"), 0, 1200, 0, 30);
    ramp(b, add_at(b, 1, "cost_total", "", "a"), 0, 1200, too_large, 0);
    ramp(b, add_at(b, 1, "cost_total", "", "b"), 0, 1200, 0, 300);
    take(b, 1200);
    struct minute m = minute_at(b, 480);
    assert_int_equal(m.units, 120);
    assert_int_equal(m.spent, 1200 * micro);
    assert_int_equal(m.hidden, 60);
    assert_int_equal(m.expected, 2);
    assert_int_equal(m.seen, 1);
    bench_free(b);
}

/* 2^53 is the last number to which a double can add one. */
static void counters_are_exact_up_to_2_to_the_53(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct series *total = add(b, 0, "x_total", "");
    ramp(b, total, 0, 615, 9007199254740992.0 - 2 * 40, 2);
    take(b, 1200);
    assert_int_equal(minute_at(b, 240).units, 8);
    assert_int_equal(uncounted(b)->since_ms, 0);
    for (int t = 615; t < 1200; t += 15)
        put(b, total, t, 9007199254740994.0);
    take(b, 1200);
    assert_int_equal(minute_at(b, 720).seen, 0);
    assert_int_equal(minute_at(b, 720).hidden, 8); /* as many as of late */
    assert_int_equal(uncounted(b)->why, NOTE_TOO_LARGE);
    bench_free(b);
}

/* One NaN added to a counter makes it NaN for ever. */
static void a_counter_that_is_nan_for_good_is_unseen(void **unused)
{
    (void)unused;
    struct bench *b = cost_new();
    ramp(b, add(b, 0, "requests_total", ""), 0, 1200, 0, 15);
    struct series *cost = add(b, 1, "cost_total", "");
    ramp(b, cost, 0, 600, 0, 150);
    ramp(b, cost, 600, 1200, NAN, 0);
    take(b, 1200);
    assert_int_equal(minute_at(b, 720).seen, 0);
    assert_int_equal(minute_at(b, 720).hidden, 60);
    assert_int_equal(uncounted(b)->why, NOTE_NOT_FINITE);
    bench_free(b);
}

/* Percent, where a score of at most 1 was meant. */
static void scores_above_their_range_are_unseen_not_the_best(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_SCORE);
    b->slo.scale = micro;
    b->slo.range_max = 1;
    b->slo.allowance_billionths = 150000000;
    b->terms[1] = (struct slo_term){.role = SLO_SPENT, .coefficient = 1};
    b->terms[2] = (struct slo_term){.role = SLO_SPENT, .coefficient = -1, .scaled = true};
    b->slo.n_terms = 3;
    ramp(b, add(b, 0, "score_count", ""), 0, 1200, 0, 15);
    ramp(b, add(b, 1, "score_count", ""), 0, 1200, 0, 15);
    struct series *sum = add(b, 2, "score_sum", "");
    ramp(b, sum, 0, 600, 0, 15 * 0.9);
    ramp(b, sum, 600, 1200, 15 * 0.9 * 40, 15 * 90);
    take(b, 1200);
    assert_int_equal(minute_at(b, 240).units, 60);
    assert_int_equal(minute_at(b, 240).spent, 6 * micro);
    struct minute m = minute_at(b, 720);
    assert_int_equal(m.units, 0);
    assert_int_equal(m.spent, 0);
    assert_int_equal(m.hidden, 60);
    assert_int_equal(m.seen, 0);
    assert_int_equal(uncounted(b)->why, NOTE_OUT_OF_RANGE);
    assert_ptr_equal(uncounted(b)->series, sum->labels);
    assert_true(b->keep.notes[NOTE_OUT_OF_RANGE] > 0);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cost_too_large_to_count_is_unseen_not_free),
        cmocka_unit_test(taken_step_by_step_it_is_the_same),
        cmocka_unit_test(other_targets_go_on),
        cmocka_unit_test(counters_are_exact_up_to_2_to_the_53),
        cmocka_unit_test(a_counter_that_is_nan_for_good_is_unseen),
        cmocka_unit_test(scores_above_their_range_are_unseen_not_the_best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
