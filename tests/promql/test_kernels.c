/* kernels: sums, extremes, quantiles, lines, buckets, dates and natural order, against values computed by
 * hand. */
#include "promql/calendar.h"
#include "promql/classic_histogram.h"
#include "promql/natural_order.h"
#include "promql/over_time.h"
#include "promql/quantile.h"
#include "promql/trend.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void near(double got, double wanted)
{
    if (fabs(got - wanted) > 1e-12 * fmax(1, fabs(wanted)))
        fail_msg("got %.17g, wanted %.17g", got, wanted);
}

static void sum_keeps_what_rounding_takes(void **state)
{
    (void)state;
    double cancel[] = {1, 1e100, 1, -1e100};
    near(sum_of(cancel, 4), 2);
    double inf[] = {1, (double)INFINITY};
    assert_true(isinf(sum_of(inf, 2)));
    double both[] = {(double)INFINITY, -(double)INFINITY};
    assert_true(isnan(sum_of(both, 2)));
}

static void mean_survives_an_overflowing_sum(void **state)
{
    (void)state;
    double huge[] = {1e308, 1e308, 1e308};
    near(mean_of(huge, 3) / 1e308, 1);
    double inf[] = {1, 2, 3, 4, (double)INFINITY};
    assert_true(isinf(mean_of(inf, 5)));
    double plain[] = {1, 2, 3, 4, 5};
    near(mean_of(plain, 5), 3);
}

static void variance_is_that_of_the_population(void **state)
{
    (void)state;
    double values[] = {0, 8, 8, 2, 3};
    near(variance_of(values, 5), 10.56);
    double equal[] = {1.5990505637277868, 1.5990505637277868, 1.5990505637277868};
    assert_true(variance_of(equal, 3) == 0);
}

static void deviation_is_a_median_and_nan_shows(void **state)
{
    (void)state;
    double scratch[8];
    double values[] = {4, 6, 2, 1, 999, 1, 2};
    near(deviation_of(values, 7, scratch), 1);
    double nan[] = {1, 2, (double)NAN, 4};
    assert_true(isnan(deviation_of(nan, 4, scratch)));
}

static void quantile_interpolates_between_ranks(void **state)
{
    (void)state;
    double a[] = {4, 0, 1};
    near(quantile_of(0.8, a, 3), 2.8);
    near(quantile_of(0, a, 3), 0);
    near(quantile_of(1, a, 3), 4);
    assert_true(quantile_of(-0.1, a, 3) == -(double)INFINITY);
    assert_true(quantile_of(1.1, a, 3) == (double)INFINITY);
    assert_true(isnan(quantile_of(0.5, a, 0)));
    double nan[] = {3, (double)NAN, 1};
    near(quantile_of(0.5, nan, 3), 1); /* NaN is the smallest */
    assert_true(isnan(quantile_of(0.2, nan, 3)));
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void quantile_equals_that_of_a_sort(void **state)
{
    (void)state;
    unsigned seed = 7;
    for (size_t n = 1; n < 200; n++) {
        double values[200];
        double sorted[200];
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1103515245u + 12345u;
            values[i] = sorted[i] = (double)(seed >> 16 & 31);
        }
        qsort(sorted, n, sizeof *sorted, compare_doubles);
        double rank = 0.37 * (double)(n - 1);
        size_t lower = (size_t)rank;
        size_t upper = lower + 1 < n ? lower + 1 : n - 1;
        double weight = rank - (double)lower;
        assert_true(quantile_of(0.37, values, n) == sorted[lower] * (1 - weight) + sorted[upper] * weight);
    }
}

/* Slides over pseudo-random values, with some that are hard on a running sum. */
static void sliding_results_equal_plain_ones(void **state)
{
    (void)state;
    enum { N = 600, WIDTH = 50 };
    double values[N];
    size_t queue[N];
    unsigned seed = 42;
    for (size_t i = 0; i < N; i++) {
        seed = seed * 1103515245u + 12345u;
        values[i] = (double)(seed >> 8 & 0xffff) / 7.0 - 4000;
        if (i % 97 == 13)
            values[i] = i % 2 ? 1e60 : -1e60;
        if (i % 211 == 200)
            values[i] = (double)NAN;
        if (i % 151 == 150)
            values[i] = (double)INFINITY;
    }
    struct sliding_sum sum = {{0, 0}, 0, 0, 0, 0};
    struct sliding_extreme largest = {true, false, queue, 0, 0, 0};
    struct sliding_changes changes = {0, 0, 0};
    for (size_t to = 1; to <= N; to += 1 + to % 3) {
        size_t from = to > WIDTH ? to - WIDTH : 0;
        double wanted = sum_of(values + from, to - from);
        sliding_sum_to(&sum, values, from, to);
        double got = isinf(sum.sum.sum) ? sum.sum.sum : kahan_total(sum.sum);
        if (isfinite(wanted))
            near(got / wanted, 1);
        else
            assert_true(isnan(got) == isnan(wanted) && isinf(got) == isinf(wanted));

        double most = (double)NAN;
        size_t changed = 0;
        for (size_t i = from; i < to; i++) {
            if (isnan(most) || values[i] > most)
                most = values[i];
            changed += i > from && values[i] != values[i - 1] && !(isnan(values[i]) && isnan(values[i - 1]));
        }
        size_t at = sliding_extreme_to(&largest, values, from, to);
        assert_true(at == to ? isnan(most) : values[at] == most);
        assert_int_equal(sliding_changes_to(&changes, values, from, to), changed);
    }
}

static void sliding_jumps_over_gaps(void **state)
{
    (void)state;
    double values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    size_t queue[9];
    struct sliding_sum sum = {{0, 0}, 0, 0, 0, 0};
    sliding_sum_to(&sum, values, 0, 2);
    sliding_sum_to(&sum, values, 6, 9);
    near(kahan_total(sum.sum), 24);
    struct sliding_extreme smallest = {false, true, queue, 0, 0, 0};
    assert_int_equal(sliding_extreme_to(&smallest, values, 0, 2), 0);
    assert_int_equal(sliding_extreme_to(&smallest, values, 6, 9), 6);
    struct sliding_changes changes = {0, 0, 0};
    assert_int_equal(sliding_changes_to(&changes, values, 0, 3), 2);
    assert_int_equal(sliding_changes_to(&changes, values, 7, 9), 1);
}

static void nan_after_nan_is_no_change(void **state)
{
    (void)state;
    double values[] = {1, (double)NAN, (double)NAN, 5, 5};
    struct sliding_changes changes = {0, 0, 0};
    assert_int_equal(sliding_changes_to(&changes, values, 0, 5), 2);
}

static void line_through_points(void **state)
{
    (void)state;
    int64_t times[] = {0,       300000,  600000,  900000,  1200000, 1500000,
                       1800000, 2100000, 2400000, 2700000, 3000000};
    double values[] = {0, 10, 20, 30, 40, 0, 10, 20, 30, 40, 50};
    struct window w = {times, values, NULL, 11, -1, 3000000};
    struct line line;
    assert_true(line_fit(&w, 0, &line));
    near(line.slope, 0.010606060606060607);
    near(line.intercept, 6.818181818181818);
    assert_true(line_fit(&w, 3000000, &line));
    near(line.intercept, 38.63636363636364);
    double flat[] = {7, 7, 7};
    w.values = flat;
    w.len = 3;
    assert_true(line_fit(&w, 0, &line));
    assert_true(line.slope == 0 && line.intercept == 7);
    w.len = 1;
    assert_false(line_fit(&w, 0, &line));
}

static void smoothing_follows_a_straight_line(void **state)
{
    (void)state;
    double values[] = {10, 20, 30, 40, 50};
    int64_t times[] = {1, 2, 3, 4, 5};
    struct window w = {times, values, NULL, 5, 0, 5};
    double result;
    assert_true(smooth_double(&w, 0.01, 0.1, &result));
    near(result, 50);
}

static void classic_quantile_interpolates_in_its_bucket(void **state)
{
    (void)state;
    struct classic_bucket buckets[] = {{(double)INFINITY, 12}, {0.1, 5}, {1, 11}, {0.2, 7}};
    size_t n = classic_buckets_join(buckets, 4);
    assert_int_equal(n, 4);
    near(classic_quantile(0.2, buckets, n), 0.048);
    near(classic_quantile(0.5, buckets, n), 0.15);
    near(classic_quantile(0.8, buckets, n), 0.2 + 0.8 * (12 * 0.8 - 7) / 4);
    near(classic_quantile(1, buckets, n), 1); /* in the bucket to infinity: the highest finite bound */
    assert_true(isnan(classic_quantile(0.5, buckets, 3)));
    assert_true(isnan(classic_quantile((double)NAN, buckets, 4)));
}

static void equal_bounds_are_added_up(void **state)
{
    (void)state;
    struct classic_bucket buckets[] = {{0.1, 1}, {0.2, 1}, {0.2, 1}, {0.2, 1}, {(double)INFINITY, 4}};
    size_t n = classic_buckets_join(buckets, 5);
    assert_int_equal(n, 3);
    near(buckets[1].count, 3);
}

static void falling_counts_are_raised_and_told(void **state)
{
    (void)state;
    struct classic_bucket buckets[] = {{0.1, 20}, {1, 10},    {10, 50},
                                       {100, 40}, {1000, 90}, {(double)INFINITY, 80}};
    struct bucket_repair repair = classic_buckets_raise(buckets, 6);
    assert_true(repair.forced);
    assert_true(repair.min_upper == 1 && isinf(repair.max_upper) && repair.max_difference == 10);
    near(classic_quantile(0.5, buckets, 6), 8.5);
    struct classic_bucket noise[] = {{1, 3}, {(double)INFINITY, 3 - 1e-15}};
    assert_false(classic_buckets_raise(noise, 2).forced);
    assert_true(noise[1].count == 3);
}

static void fraction_does_not_interpolate_to_infinity(void **state)
{
    (void)state;
    struct classic_bucket buckets[] = {{-3, 10}, {-2, 12}, {-1, 15}, {(double)INFINITY, 100}};
    near(classic_fraction(-4, -2, buckets, 4), 0.02);
    near(classic_fraction(-(double)INFINITY, -1.5, buckets, 4), 0.135);
    near(classic_fraction(0, 1, buckets, 4), 0);
    near(classic_fraction(0, (double)INFINITY, buckets, 4), 0.85);
    near(classic_fraction(3, 2, buckets, 4), 0);
    struct classic_bucket positive[] = {{0.5, 2.5}, {1, 7.5}, {(double)INFINITY, 100}};
    near(classic_fraction(0.1, 0.75, positive, 3), 0.045);
    near(classic_fraction(-10, -5, positive, 3), 0);
}

static void dates_of_seconds(void **state)
{
    (void)state;
    double leap = 1456790399; /* 2016-02-29 23:59:59 */
    near(calendar_year(leap), 2016);
    near(calendar_month(leap), 2);
    near(calendar_day_of_month(leap), 29);
    near(calendar_days_in_month(leap), 29);
    near(calendar_hour(leap), 23);
    near(calendar_minute(leap), 59);
    near(calendar_month(leap + 1), 3);
    near(calendar_day_of_year(1483191420), 366);
    near(calendar_day_of_year(1672493820), 365);
    near(calendar_day_of_week(0), 4);
    near(calendar_day_of_week(-86400), 3);
    near(calendar_year(-1 - 86400), 1969);
    near(calendar_year(-62135596800.0), 1);
    assert_true(isnan(calendar_year((double)NAN)));
    assert_true(isnan(calendar_day_of_month(1e300)));
}

static void numbers_sort_by_value_inside_text(void **state)
{
    (void)state;
    assert_true(natural_compare(TEXT("a2"), TEXT("a10")) < 0);
    assert_true(natural_compare(TEXT("1.11.3"), TEXT("1.2.3")) > 0);
    assert_true(natural_compare(TEXT("4m5"), TEXT("4m600")) < 0);
    assert_true(natural_compare(TEXT("a"), TEXT("a1")) < 0);
    assert_true(natural_compare(TEXT(""), TEXT("a")) < 0);
    assert_true(natural_compare(TEXT("b"), TEXT("b")) == 0);
    assert_true(natural_compare(TEXT("99999999999999999999"), TEXT("100000000000000000000")) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sum_keeps_what_rounding_takes),
        cmocka_unit_test(mean_survives_an_overflowing_sum),
        cmocka_unit_test(variance_is_that_of_the_population),
        cmocka_unit_test(deviation_is_a_median_and_nan_shows),
        cmocka_unit_test(quantile_interpolates_between_ranks),
        cmocka_unit_test(quantile_equals_that_of_a_sort),
        cmocka_unit_test(sliding_results_equal_plain_ones),
        cmocka_unit_test(sliding_jumps_over_gaps),
        cmocka_unit_test(nan_after_nan_is_no_change),
        cmocka_unit_test(line_through_points),
        cmocka_unit_test(smoothing_follows_a_straight_line),
        cmocka_unit_test(classic_quantile_interpolates_in_its_bucket),
        cmocka_unit_test(equal_bounds_are_added_up),
        cmocka_unit_test(falling_counts_are_raised_and_told),
        cmocka_unit_test(fraction_does_not_interpolate_to_infinity),
        cmocka_unit_test(dates_of_seconds),
        cmocka_unit_test(numbers_sort_by_value_inside_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
