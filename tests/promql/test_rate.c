/* rate: hand-computed windows of one sample a minute. */
#include "base/arena.h"
#include "promql/rate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct rate_kind RATE = {true, true};
static const struct rate_kind INCREASE = {true, false};
static const struct rate_kind DELTA = {false, false};

/* The window (start, end] in seconds; times in seconds too. */
struct sample {
    int64_t at;
    double value;
    int64_t start; /* start timestamp, seconds; 0 unknown */
};

static struct window window_of(const struct sample *samples, size_t n, int64_t start, int64_t end,
                               bool with_starts)
{
    static int64_t times[64];
    static double values[64];
    static int64_t starts[64];
    for (size_t i = 0; i < n; i++) {
        times[i] = samples[i].at * 1000;
        values[i] = samples[i].value;
        starts[i] = samples[i].start * 1000;
    }
    return (struct window){times, values, with_starts ? starts : NULL, n, start * 1000, end * 1000};
}

static double extrapolated(const struct window *w, struct rate_kind kind)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct counter_resets resets = counter_resets_find(w, &arena);
    struct resets_in_window inside = resets_between(&resets, 0, w->len);
    double result = -1e9;
    if (!rate_extrapolated(w, &inside, kind, &result))
        result = -1e9;
    arena_finish(&arena);
    return result;
}

static const double NONE = -1e9;

static void near(double got, double wanted)
{
    if (fabs(got - wanted) > 1e-9 * fmax(1, fabs(wanted)))
        fail_msg("got %.17g, wanted %.17g", got, wanted);
}

static void steady_counter_is_stretched_to_both_borders(void **state)
{
    (void)state;
    struct sample s[] = {{60, 160, 0}, {120, 220, 0}, {180, 280, 0}, {240, 340, 0}, {300, 400, 0}};
    struct window w = window_of(s, 5, 0, 300, false);
    near(extrapolated(&w, RATE), 1);
    near(extrapolated(&w, INCREASE), 300);
}

static void stretching_stops_where_the_counter_would_be_zero(void **state)
{
    (void)state;
    /* 10 at 60 s, rising 60 a minute: zero at 50 s, so 10 s are added in front, none behind. */
    struct sample s[] = {{60, 10, 0}, {120, 70, 0}, {180, 130, 0}};
    struct window w = window_of(s, 3, 0, 180, false);
    near(extrapolated(&w, INCREASE), 120 * (120 + 10) / 120.0);
    near(extrapolated(&w, DELTA), 120 * (120 + 60) / 120.0);
}

static void far_borders_get_half_an_interval(void **state)
{
    (void)state;
    struct sample s[] = {{300, 1000, 0}, {360, 1060, 0}, {420, 1120, 0}};
    struct window w = window_of(s, 3, 0, 900, false);
    near(extrapolated(&w, INCREASE), 120 * (120 + 30 + 30) / 120.0);
}

static void resets_add_the_value_before_them(void **state)
{
    (void)state;
    struct sample s[] = {{60, 100, 0}, {120, 130, 0}, {180, 20, 0}, {240, 50, 0}, {300, 5, 0}};
    struct window w = window_of(s, 5, 0, 300, false);
    /* 5 - 100 + 130 + 50 = 85 over 240 s, stretched by 60 s in front. */
    near(extrapolated(&w, INCREASE), 85 * 300 / 240.0);
    near(extrapolated(&w, DELTA), -95 * 300 / 240.0);
}

static void one_point_gives_nothing_without_a_start(void **state)
{
    (void)state;
    struct sample s[] = {{240, 3, 90}};
    struct window plain = window_of(s, 1, 60, 360, false);
    assert_true(extrapolated(&plain, INCREASE) == NONE);
    struct window born = window_of(s, 1, 60, 360, true);
    near(extrapolated(&born, INCREASE), 3);
    struct window before = window_of(s, 1, 90, 360, true);
    assert_true(extrapolated(&before, INCREASE) == NONE);
}

static void start_timestamps_tell_resets(void **state)
{
    (void)state;
    assert_false(start_says_reset(0, 60, 0, 120));    /* unknown */
    assert_false(start_says_reset(50, 60, 120, 120)); /* at the sample: unknown start */
    assert_false(start_says_reset(50, 60, 50, 120));  /* the same life */
    assert_true(start_says_reset(50, 60, 61, 120));   /* a new life */
    assert_true(start_says_reset(50, 60, 60, 120));   /* a delta */
    assert_false(start_says_reset(0, 60, 60, 120));   /* cumulative, start unknown */
    assert_false(start_says_reset(70, 60, 60, 120));  /* start before was invalid */
}

static void overlapping_lives_are_noticed(void **state)
{
    (void)state;
    assert_true(starts_overlap(0, 120, 60));
    assert_false(starts_overlap(60, 120, 60));
    assert_false(starts_overlap(0, 120, 120));
    assert_false(starts_overlap(0, 120, 0));
}

static void resets_are_found_behind_long_quiet_stretches(void **state)
{
    (void)state;
    struct sample s[40];
    for (size_t i = 0; i < 40; i++)
        s[i] = (struct sample){(int64_t)i * 60 + 60, (double)(i % 19), 0};
    struct window w = window_of(s, 40, 0, 2400, false);
    struct arena arena;
    arena_init(&arena, 0);
    struct counter_resets resets = counter_resets_find(&w, &arena);
    assert_int_equal(resets.len, 2);
    assert_int_equal(resets.at[0], 19);
    assert_int_equal(resets.at[1], 38);
    assert_int_equal(resets_between(&resets, 19, 38).len, 0); /* the pair (18, 19) is outside */
    assert_int_equal(resets_between(&resets, 18, 38).len, 1);
    assert_int_equal(resets_between(&resets, 0, 39).len, 2);
    arena_finish(&arena);
}

static void anchored_counts_from_the_point_before(void **state)
{
    (void)state;
    struct sample s[] = {{45, 4, 0}, {60, 9, 0}, {75, 10, 0}, {90, 11, 0}, {105, 12, 0}};
    double result;
    struct window w = window_of(s, 5, 50, 110, false);
    assert_true(rate_extended(&w, false, INCREASE, &result));
    near(result, 8);
    struct window gone = window_of(s, 5, 105, 165, false);
    assert_false(rate_extended(&gone, false, INCREASE, &result));
}

static void smoothed_interpolates_at_both_borders(void **state)
{
    (void)state;
    struct sample s[] = {{0, 9, 0}, {60, 8, 0}, {120, 5, 0}, {180, 4, 0}};
    double result;
    struct window w = window_of(s, 4, 15, 135, false);
    /* Every step is a reset: 8*15/60 = 2 at the start, 4*15/60 = 1 at the end; 8 and 5 are lost between. */
    assert_true(rate_extended(&w, true, INCREASE, &result));
    near(result, 12);
}

static void instant_rate_uses_the_last_two_points(void **state)
{
    (void)state;
    struct sample s[] = {{60, 100, 0}, {120, 130, 0}, {180, 30, 0}};
    double result;
    struct window w = window_of(s, 3, 0, 180, false);
    assert_true(rate_instant(&w, RATE, &result));
    near(result, 0.5);
    assert_true(rate_instant(&w, DELTA, &result));
    near(result, -100);
    w.len = 1;
    assert_false(rate_instant(&w, RATE, &result));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady_counter_is_stretched_to_both_borders),
        cmocka_unit_test(stretching_stops_where_the_counter_would_be_zero),
        cmocka_unit_test(far_borders_get_half_an_interval),
        cmocka_unit_test(resets_add_the_value_before_them),
        cmocka_unit_test(one_point_gives_nothing_without_a_start),
        cmocka_unit_test(start_timestamps_tell_resets),
        cmocka_unit_test(overlapping_lives_are_noticed),
        cmocka_unit_test(resets_are_found_behind_long_quiet_stretches),
        cmocka_unit_test(anchored_counts_from_the_point_before),
        cmocka_unit_test(smoothed_interpolates_at_both_borders),
        cmocka_unit_test(instant_rate_uses_the_last_two_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
