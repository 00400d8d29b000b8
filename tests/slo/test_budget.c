/* Budgets, verdicts and forecasts: exact figures. */
#include "support/cmocka_headers.h"

#include "base/decimal.h"
#include "base/duration.h"
#include "slo/budget.h"
#include "slo/burn.h"
#include "slo/forecast.h"

#include <math.h>

static void check_near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%.17g instead of %.17g", got, want);
}

static const struct slo EVENTS = {
    .kind = SLO_EVENTS, .target_billionths = 999000000, .allowance_billionths = 1000000, .scale = 1};
static const struct slo MEAN = {.kind = SLO_MEAN,
                                .target_billionths = 10 * DECIMAL_ONE,
                                .allowance_billionths = 10 * DECIMAL_ONE,
                                .scale = 1000000};
static const struct slo SCORE = {.kind = SLO_SCORE,
                                 .target_billionths = 850000000,
                                 .allowance_billionths = 150000000,
                                 .scale = 1000000,
                                 .range_max = 1};

static struct budget_input rolling(int64_t units, int64_t spent)
{
    return (struct budget_input){
        .sum = {.units = units, .spent = spent, .expected = 43200, .seen = 43200, .minutes = 43200},
        .period = {100 * DAY_MS, 130 * DAY_MS, true},
        .now_ms = 130 * DAY_MS,
        .expected_units = -1,
        .first_minute = 0,
    };
}

static struct budget_input month(int64_t units, int64_t spent, int64_t expected_units)
{
    struct budget_input input = rolling(units, spent);
    input.period.rolling = false;
    input.now_ms = 101 * DAY_MS;
    input.expected_units = expected_units;
    return input;
}

static struct budget budget_of(const struct slo *slo, const struct budget_input *input)
{
    struct budget budget;
    budget_compute(slo, input, &budget);
    return budget;
}

static void quiet_bad_nights_cost_what_they_cost(void **unused)
{
    (void)unused;
    /* 30 days of 23 busy hours and one quiet hour in which half fails: 1,800 of 8,283,600. */
    struct budget_input input = rolling(8283600, 1800);
    struct budget b = budget_of(&EVENTS, &input);
    assert_int_equal(b.allowed, 8283);
    assert_int_equal(b.left, 6483);
    check_near(b.attainment, 1 - 0.000217297, 1e-9);
    assert_int_equal(b.verdict, BUDGET_MET);
    assert_int_equal(b.state, BUDGET_HEALTHY);
}

static void the_last_allowed_failure_is_met_and_the_next_is_missed(void **unused)
{
    (void)unused;
    struct budget_input input = rolling(1000000, 1000);
    assert_int_equal(budget_of(&EVENTS, &input).verdict, BUDGET_MET);
    assert_int_equal(budget_of(&EVENTS, &input).state, BUDGET_EXHAUSTED);
    input.sum.spent = 1001;
    assert_int_equal(budget_of(&EVENTS, &input).verdict, BUDGET_MISSED);
    /* Where a double could not tell them apart. */
    assert_true(budget_holds(&EVENTS, 9000000000000000000, 9000000000000000));
    assert_false(budget_holds(&EVENTS, 9000000000000000000, 9000000000000001));
}

static void met_needs_the_lower_bound(void **unused)
{
    (void)unused;
    struct budget_input input = rolling(1000000, 500);
    input.sum.seen -= 100;
    input.sum.hidden = 400;
    assert_int_equal(budget_of(&EVENTS, &input).verdict, BUDGET_MET);
    input.sum.hidden = 600;
    struct budget b = budget_of(&EVENTS, &input);
    assert_int_equal(b.verdict, BUDGET_MET_SEEN);
    check_near(b.attainment_low, 1 - 1100 / 1000600.0, 1e-12);
    check_near(b.attainment_high, 1 - 500 / 1000600.0, 1e-12);
    check_near(b.coverage, 43100 / 43200.0, 1e-12);
}

static void unseen_minutes_that_nothing_is_known_of_are_no_full_met(void **unused)
{
    (void)unused;
    struct budget_input input = rolling(1000000, 500);
    input.sum.seen -= 100;
    assert_int_equal(budget_of(&EVENTS, &input).verdict, BUDGET_MET_SEEN);
    assert_int_equal(budget_of(&MEAN, &input).verdict, BUDGET_MET_SEEN);
}

static void states_change_at_a_quarter_and_a_tenth_of_what_is_allowed(void **unused)
{
    (void)unused;
    static const struct {
        int64_t spent;
        enum budget_state state;
    } cases[] = {{0, BUDGET_HEALTHY},      {749, BUDGET_HEALTHY},   {750, BUDGET_WARNING},
                 {900, BUDGET_WARNING},    {901, BUDGET_CRITICAL},  {999, BUDGET_CRITICAL},
                 {1000, BUDGET_EXHAUSTED}, {1001, BUDGET_EXHAUSTED}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct budget_input input = rolling(1000000, cases[i].spent);
        assert_int_equal(budget_of(&EVENTS, &input).state, cases[i].state);
    }
}

static void an_idle_service_has_met_its_objective(void **unused)
{
    (void)unused;
    struct budget_input input = rolling(0, 0);
    assert_int_equal(budget_of(&EVENTS, &input).verdict, BUDGET_MET);
    assert_int_equal(budget_of(&EVENTS, &input).state, BUDGET_HEALTHY);
    input.sum.hidden = 1;
    assert_int_equal(budget_of(&EVENTS, &input).verdict, BUDGET_INSUFFICIENT);
}

static void of_costs_the_low_bound_is_the_good_one(void **unused)
{
    (void)unused;
    struct budget_input input = rolling(1000, 8000LL * 1000000);
    input.sum.hidden = 1000;
    struct budget b = budget_of(&MEAN, &input);
    check_near(b.attainment, 8, 1e-12);
    check_near(b.attainment_low, 4, 1e-12);
    check_near(b.attainment_high, (8000 + 1000 * 30) / 2000.0, 1e-12);
    assert_int_equal(b.verdict, BUDGET_MET_SEEN);
    input = rolling(100, 12 * 1000000);
    input.sum.hidden = 100;
    b = budget_of(&SCORE, &input);
    check_near(b.attainment_low, 1 - 112 / 200.0, 1e-12);
    check_near(b.attainment_high, 1 - 12 / 200.0, 1e-12);
}

static void a_month_busier_than_was_expected_has_what_it_has(void **unused)
{
    (void)unused;
    struct budget_input input = month(2000000, 1, 1500000);
    assert_int_equal(budget_of(&EVENTS, &input).budget_units, 2000000);
}

static void a_short_history_is_told_and_is_no_full_met(void **unused)
{
    (void)unused;
    struct budget_input input = rolling(1000000, 0);
    input.first_minute = 115 * DAY_MINUTES;
    struct budget b = budget_of(&EVENTS, &input);
    assert_int_equal(b.verdict, BUDGET_MET_SEEN);
    check_near(b.history_share, 0.5, 1e-9);
    assert_int_equal(b.history_minutes, 15 * DAY_MINUTES);
}

static void nothing_counted_is_insufficient(void **unused)
{
    (void)unused;
    struct budget_input input = {.period = {0, DAY_MS, true}, .now_ms = DAY_MS, .first_minute = INT64_MAX};
    assert_int_equal(budget_of(&EVENTS, &input).verdict, BUDGET_INSUFFICIENT);
}

static void the_first_failure_of_a_month_freezes_nobody(void **unused)
{
    (void)unused;
    struct budget_input input = month(500, 1, 1500000);
    struct budget b = budget_of(&EVENTS, &input);
    assert_int_equal(b.allowed, 1500);
    assert_int_equal(b.state, BUDGET_HEALTHY);
    check_near(b.attainment, 0.998, 1e-12);
    /* Once the month is over only real units count. */
    input.now_ms = input.period.to_ms;
    assert_int_equal(budget_of(&EVENTS, &input).allowed, 0);
    assert_int_equal(budget_of(&EVENTS, &input).state, BUDGET_EXHAUSTED);
}

static void means_warn_at_85_and_95_percent_used(void **unused)
{
    (void)unused;
    struct budget_input input = rolling(1000, 8400LL * 1000000);
    assert_int_equal(budget_of(&MEAN, &input).state, BUDGET_HEALTHY);
    input.sum.spent = 8500LL * 1000000;
    assert_int_equal(budget_of(&MEAN, &input).state, BUDGET_WARNING);
    input.sum.spent = 9500LL * 1000000;
    assert_int_equal(budget_of(&MEAN, &input).state, BUDGET_CRITICAL);
    input.sum.spent = 10000LL * 1000000 + 1;
    struct budget b = budget_of(&MEAN, &input);
    assert_int_equal(b.state, BUDGET_EXHAUSTED);
    assert_int_equal(b.verdict, BUDGET_MISSED);
    check_near(b.attainment, 10.000000001, 1e-12);
}

static void scores_are_shown_as_scores(void **unused)
{
    (void)unused;
    struct budget_input input = rolling(100, 12 * 1000000);
    struct budget b = budget_of(&SCORE, &input);
    check_near(b.attainment, 0.88, 1e-12);
    assert_int_equal(b.allowed, 15 * 1000000);
    assert_int_equal(b.verdict, BUDGET_MET);
}

static void a_total_has_one_ceiling_for_every_month(void **unused)
{
    (void)unused;
    struct slo slo = {.kind = SLO_TOTAL,
                      .target_billionths = 3000000 * DECIMAL_ONE,
                      .allowance_billionths = 69444444444,
                      .scale = 1000000};
    struct budget_input input = month(1440, 2999999LL * 1000000, -1);
    input.period.to_ms = input.period.from_ms + 28 * DAY_MS;
    struct budget b = budget_of(&slo, &input);
    assert_int_equal(b.allowed, 3000000LL * 1000000);
    assert_int_equal(b.verdict, BUDGET_MET);
    input.sum.spent = 3000000LL * 1000000 + 1;
    assert_int_equal(budget_of(&slo, &input).verdict, BUDGET_MISSED);
}

static void more_bad_than_in_all_is_clamped_and_told(void **unused)
{
    (void)unused;
    struct budget_input input = rolling(100, 150);
    struct budget b = budget_of(&EVENTS, &input);
    assert_true(b.clamped);
    assert_int_equal(b.spent, 100);
    check_near(b.attainment, 0, 1e-12);
    input.sum.spent = -5;
    assert_int_equal(budget_of(&EVENTS, &input).spent, 0);
}

static void a_sum_holds_all_that_its_minutes_and_its_parts_do(void **unused)
{
    (void)unused;
    static const struct minute minutes[] = {
        {1, 10, 1, 0, 2, 2, 0},
        {2, 20, 2, 7, 2, 1, MINUTE_SPREAD},
        {3, 0, 0, 9, 2, 0, MINUTE_DOWN},
        {4, 40, 4, 0, 1, 1, MINUTE_ESTIMATED},
        {5, 5, 0, 0, 0, 0, MINUTE_SPREAD}, /* of a difference that reaches back to before all targets */
        {6, 0, 0, 0, 3, 2, 0},
    };
    struct window_sum sum = {0}, twice = {0};
    for (size_t i = 0; i < sizeof minutes / sizeof minutes[0]; i++)
        window_sum_minute(&sum, &minutes[i]);
    window_sum_add(&twice, &sum);
    window_sum_add(&twice, &sum);
    const int64_t got[] = {sum.units,        sum.spent,          sum.hidden,         sum.expected,
                           sum.seen,         sum.minutes,        sum.unseen_minutes, sum.estimated_minutes,
                           sum.down_minutes, sum.estimated_units};
    const int64_t doubled[] = {
        twice.units,        twice.spent,          twice.hidden,         twice.expected,
        twice.seen,         twice.minutes,        twice.unseen_minutes, twice.estimated_minutes,
        twice.down_minutes, twice.estimated_units};
    static const int64_t want[] = {75, 7, 16, 10, 6, 5, 3, 1, 1, 40};
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        assert_int_equal(got[i], want[i]);
        assert_int_equal(doubled[i], 2 * want[i]);
    }
    sum.saturated = true;
    window_sum_add(&twice, &sum);
    assert_true(twice.saturated);
    struct budget_input input = rolling(0, 0);
    input.sum = sum;
    check_near(budget_of(&EVENTS, &input).estimated_share, 40 / 75.0, 1e-12);
}

static void sums_beyond_int64_stay_at_the_largest_number(void **unused)
{
    (void)unused;
    struct window_sum sum = {.units = INT64_MAX - 1};
    struct minute more = {.units = 5};
    window_sum_minute(&sum, &more);
    assert_true(sum.saturated);
    assert_int_equal(sum.units, INT64_MAX);
    struct budget_input input = rolling(INT64_MAX, INT64_MAX);
    input.sum.saturated = true;
    assert_true(budget_of(&EVENTS, &input).saturated);
    assert_int_equal(budget_of(&EVENTS, &input).verdict, BUDGET_MISSED);
}

static void what_is_left_lasts_as_long_as_the_rate_says(void **unused)
{
    (void)unused;
    struct budget_input input = rolling(1000000, 500);
    struct budget b = budget_of(&EVENTS, &input);
    assert_int_equal(budget_exhausted_in_ms(&b, 30 * DAY_MS, 1), 15 * DAY_MS);
    assert_int_equal(budget_exhausted_in_ms(&b, 30 * DAY_MS, 10), 36 * HOUR_MS);
    assert_int_equal(budget_exhausted_in_ms(&b, 30 * DAY_MS, 0), INT64_MAX);
    assert_int_equal(budget_exhausted_in_ms(&b, 30 * DAY_MS, INFINITY), 0);
    b.left = -1;
    assert_int_equal(budget_exhausted_in_ms(&b, 30 * DAY_MS, 0), 0);
}

static void burn_rates_are_compared_exactly(void **unused)
{
    (void)unused;
    /* 14.4 x 0.001 x 1,000,000 = 14,400 */
    assert_true(burn_at_least(&EVENTS, 1000000, 14400, 14400000000, 100));
    assert_false(burn_at_least(&EVENTS, 1000000, 14399, 14400000000, 100));
    assert_true(burn_at_least(&EVENTS, 1000000, 10800, 14400000000, 75));
    assert_false(burn_at_least(&EVENTS, 1000000, 10799, 14400000000, 75));
    assert_false(burn_at_least(&EVENTS, 0, 5, 14400000000, 100));
    assert_true(burn_at_least(&MEAN, 10, INT64_MAX, 3 * DECIMAL_ONE, 100));
    assert_false(burn_at_least(&MEAN, INT64_MAX, INT64_MAX, INT64_MAX, 100));
    check_near(burn_rate(&EVENTS, 1000000, 14400), 14.4, 1e-12);
}

static void the_rest_of_a_month_is_like_the_same_hours_of_past_weeks(void **unused)
{
    (void)unused;
    struct period period = {0, 31 * DAY_MS, false};
    struct forecast_ranges r = forecast_wanted(&period, 10 * DAY_MS, -100 * DAY_MINUTES);
    assert_int_equal(r.n, FORECAST_WEEKS);
    assert_int_equal(r.whole_weeks, 3);
    assert_int_equal(r.rest_minutes, 21 * DAY_MINUTES);
    assert_int_equal(r.part_to[0] - r.part_from[0], 0);
    r = forecast_wanted(&period, 12 * DAY_MS, -10 * DAY_MINUTES);
    assert_int_equal(r.n, 3);
    assert_int_equal(r.whole_weeks, 2);
    assert_int_equal(r.part_from[1], -2 * DAY_MINUTES);
    assert_int_equal(r.part_to[1], 3 * DAY_MINUTES);
    struct window_sum weeks[] = {{.units = 700}, {.units = 800}, {.units = 900}};
    struct window_sum parts[] = {{.units = 500}, {.units = 400}, {.units = 300}};
    struct window_sum so_far = {.units = 1000};
    assert_int_equal(forecast_units(&r, weeks, parts, &so_far, &so_far), 1000 + 2 * 800 + 400);
}

static void without_a_week_of_history_the_pace_goes_on(void **unused)
{
    (void)unused;
    struct period period = {0, 30 * DAY_MS, false};
    struct forecast_ranges r = forecast_wanted(&period, DAY_MS, 0);
    struct window_sum day = {.units = 1440, .minutes = 1440};
    struct window_sum little = {.units = 30, .minutes = 30};
    assert_int_equal(r.n, 0);
    assert_int_equal(forecast_units(&r, NULL, NULL, &day, &day), 30 * 1440);
    assert_int_equal(forecast_units(&r, NULL, NULL, &little, &little), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quiet_bad_nights_cost_what_they_cost),
        cmocka_unit_test(the_last_allowed_failure_is_met_and_the_next_is_missed),
        cmocka_unit_test(met_needs_the_lower_bound),
        cmocka_unit_test(unseen_minutes_that_nothing_is_known_of_are_no_full_met),
        cmocka_unit_test(states_change_at_a_quarter_and_a_tenth_of_what_is_allowed),
        cmocka_unit_test(an_idle_service_has_met_its_objective),
        cmocka_unit_test(of_costs_the_low_bound_is_the_good_one),
        cmocka_unit_test(a_month_busier_than_was_expected_has_what_it_has),
        cmocka_unit_test(a_short_history_is_told_and_is_no_full_met),
        cmocka_unit_test(nothing_counted_is_insufficient),
        cmocka_unit_test(the_first_failure_of_a_month_freezes_nobody),
        cmocka_unit_test(means_warn_at_85_and_95_percent_used),
        cmocka_unit_test(scores_are_shown_as_scores),
        cmocka_unit_test(a_total_has_one_ceiling_for_every_month),
        cmocka_unit_test(more_bad_than_in_all_is_clamped_and_told),
        cmocka_unit_test(a_sum_holds_all_that_its_minutes_and_its_parts_do),
        cmocka_unit_test(sums_beyond_int64_stay_at_the_largest_number),
        cmocka_unit_test(what_is_left_lasts_as_long_as_the_rate_says),
        cmocka_unit_test(burn_rates_are_compared_exactly),
        cmocka_unit_test(the_rest_of_a_month_is_like_the_same_hours_of_past_weeks),
        cmocka_unit_test(without_a_week_of_history_the_pace_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
