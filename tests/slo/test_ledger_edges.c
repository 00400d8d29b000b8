/* The ledger's borders and estimates, by numbers worked out by hand: what lies on a border, what a crash or a
 * silence may hide, and for how long. Scrapes come every 15 s unless a test says otherwise. */
#include "slo/ledger_bench.h"

#include "slo/recent.h"

#include <math.h>

/* ---- borders ---- */

static void a_sample_at_the_left_border_is_not_of_the_batch(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    ramp(b, add(b, 0, "x_total", ""), 0, 600, 0, 1);
    assert_int_equal(take_since(b, 0, 1200).units, 38);
    bench_free(b);
}

static void a_chain_bears_a_silence_of_two_and_a_half_scrapes_and_no_more(void **unused)
{
    (void)unused;
    for (int more = 0; more < 2; more++) {
        struct bench *b = bench_new(SLO_EVENTS);
        struct series *s = add(b, 0, "x_total", "");
        for (int t = 0; t <= 600; t += 20)
            put(b, s, t, 0);
        for (int t = 650 + more; t <= 1200; t += 20)
            put(b, s, t, 0);
        take(b, 1800);
        assert_int_equal(minute_at(b, 600).seen, !more);
        assert_int_equal(minute_at(b, 540).seen, 1);
        bench_free(b);
    }
}

static void a_first_spacing_of_an_hour_is_no_interval(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct series *s = add(b, 0, "x_total", "");
    put(b, s, 0, 0);
    for (int t = 3600; t <= 3660; t += 15)
        put(b, s, t, 0);
    ramp(b, s, 3720, 3900, 0, 0); /* a minute of silence is four scrapes */
    take(b, 4500);
    assert_int_equal(minute_at(b, 3600).seen, 1);
    assert_int_equal(minute_at(b, 3660).seen, 0);
    bench_free(b);
}

static void a_stale_marker_is_no_sample(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    ramp(b, add_at(b, 0, "x_total", "", "a"), 0, 1800, 0, 1);
    struct series *gone = add_at(b, 0, "x_total", "", "b");
    ramp(b, gone, 0, 600, 0, 1);
    put(b, gone, 610, stale_nan());
    take(b, 1800);
    /* The last sample is at 585: it is expected in minutes that begin up to 885. */
    assert_int_equal(minute_at(b, 840).expected, 2);
    assert_int_equal(minute_at(b, 900).expected, 1);
    bench_free(b);
}

static void a_minute_without_a_sample_yet_is_not_told(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    ramp(b, add(b, 0, "x_total", ""), 0, 615, 0, 1);
    take(b, 610);
    assert_int_equal(minute_at(b, 540).expected, 1);
    assert_int_equal(minute_at(b, 600).expected, 0);
    take(b, 800); /* it is too late for the next scrape */
    assert_int_equal(minute_at(b, 600).expected, 1);
    assert_int_equal(minute_at(b, 600).seen, 0);
    bench_free(b);
}

static void an_excluded_span_ends_before_its_last_minute(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct slo_tier tier = {.long_ms = HOUR_MS, .short_ms = 5 * MINUTE_MS, .rate_billionths = 1};
    b->slo.tiers[b->slo.n_tiers++] = tier;
    ramp(b, add(b, 0, "x_total", ""), 0, 1815, 0, 1);
    take(b, 1);
    struct minute_span span = {BEGIN_MS / MINUTE_MS + 5, BEGIN_MS / MINUTE_MS + 7};
    ledger_exclude(b->ledger, &span, 1);
    assert_int_equal(take(b, 1800).units, 120);
    assert_int_equal(recent_window(ledger_recent(b->ledger, 0), HOUR_MS).units, 120 - 2 * 4);
    bench_free(b);
}

static void a_month_of_a_total_has_a_unit_a_minute(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_TOTAL);
    b->terms[0] = (struct slo_term){.role = SLO_SPENT, .coefficient = 1, .scaled = true};
    b->slo.n_terms = 1;
    b->slo.scale = 1000000;
    ramp(b, add(b, 0, "x_total", ""), 0, 615, 0, 0.5);
    struct window_sum sum = take(b, 600);
    assert_int_equal(sum.units, 10);
    assert_int_equal(sum.spent, 20000000);
    bench_free(b);
}

/* ---- children ---- */

static void a_child_counts_from_zero_though_one_of_another_metric_vanished(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    ramp(b, add(b, 0, "x_total", "1"), 0, 600, 0, 1);
    ramp(b, add(b, 1, "x_bad_total", "1"), 0, 300, 0, 1);
    ramp(b, add(b, 0, "x_total", "2"), 300, 600, 7, 0);
    assert_int_equal(take(b, 1200).units, 39 + 7);
    assert_int_equal(b->keep.notes[NOTE_RELABELLED], 0);
    bench_free(b);
}

static void a_child_that_appears_after_a_silence_counts_from_its_first_sample(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct series *one = add(b, 0, "x_total", "1");
    ramp(b, one, 0, 300, 0, 1);
    ramp(b, one, 420, 600, 28, 1);
    ramp(b, add(b, 0, "x_total", "2"), 420, 600, 50, 1);
    assert_int_equal(take(b, 1200).units, 39 + 11);
    bench_free(b);
}

static void a_sibling_that_fell_tells_of_a_restart(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct series *fell = add(b, 0, "x_total", "1");
    ramp(b, fell, 0, 300, 100, 1);
    ramp(b, fell, 300, 600, 2, 1);
    ramp(b, add(b, 0, "x_total", "2"), 0, 300, 0, 0);
    ramp(b, add(b, 0, "x_total", "3"), 300, 600, 5, 0);
    /* 19 and 2 and 19 of the first; the third is of the new process and no other name of the second. */
    assert_int_equal(take(b, 1200).units, 19 + 2 + 19 + 5);
    bench_free(b);
}

static void what_vanished_elsewhere_is_no_relabelling(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    ramp(b, add_at(b, 0, "x_total", "1", "a"), 0, 600, 0, 1);
    ramp(b, add_at(b, 0, "x_total", "1", "b"), 0, 600, 0, 1);
    ramp(b, add_at(b, 0, "x_total", "2", "b"), 0, 300, 0, 0);
    ramp(b, add_at(b, 0, "x_total", "3", "a"), 300, 600, 7, 0);
    assert_int_equal(take(b, 1200).units, 39 + 39 + 7);
    bench_free(b);
}

/* Its samples were there all the time and come only now: those behind the horizon are counted nowhere. */
static void a_series_that_comes_too_late_counts_from_the_horizon(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    ramp(b, add(b, 0, "x_total", "1"), 0, 1815, 0, 1);
    assert_int_equal(take(b, 1200).units, 80); /* the horizon is at 900 */
    ramp(b, add(b, 0, "x_total", "2"), 600, 1815, 1000, 1);
    assert_int_equal(take(b, 1215).units, 81 + 21);
    assert_int_equal(take(b, 1800).units, 120 + 60);
    bench_free(b);
}

/* ---- what is told ---- */

static void nonsense_is_told_when_it_is_settled_and_once(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct series *s = add(b, 0, "x_total", "");
    ramp(b, s, 0, 60, 0, 1);
    put(b, s, 60, NAN);
    ramp(b, s, 75, 900, 4, 1);
    take(b, 120);
    take(b, 135);
    assert_int_equal(b->keep.notes[NOTE_NOT_FINITE], 0);
    take(b, 420);
    assert_int_equal(b->keep.notes[NOTE_NOT_FINITE], 1);
    take(b, 600);
    assert_int_equal(b->keep.notes[NOTE_NOT_FINITE], 1);
    bench_free(b);
}

static void a_fall_with_another_start_is_no_surprise(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct series *s = add(b, 0, "x_total", "");
    ramp(b, s, 0, 60, 100, 10);
    ramp(b, s, 60, 120, 5, 5);
    s->starts_ms = b->starts[0][0];
    /* Clocks differ: by the exporter's, the new process started before the old one's last sample. */
    for (size_t i = 0; i < s->len; i++)
        b->starts[0][0][i] = i < 4 ? BEGIN_MS - 1000000 : BEGIN_MS + 40000;
    assert_int_equal(take(b, 1200).units, 30 + 20);
    assert_int_equal(b->keep.notes[NOTE_DECREASE], 0);
    bench_free(b);
}

/* ---- hidden ---- */

/* What each scrape of `n` brings, then a crash; the next scrape that works is `gap_s` later and shows 2 of
 * the new process. What the minute of that scrape hides. */
static int64_t hidden_at_a_crash(const int *brings, int n, int gap_s)
{
    struct bench *b = bench_new(SLO_EVENTS);
    struct series *s = add(b, 0, "x_total", "");
    struct series *up = add(b, UP, "up", "");
    int t = 15 * n;
    double value = 0;
    for (int i = 0; i <= n; value += brings[i++])
        put(b, s, 15 * i, value);
    ramp(b, up, 0, t + 1, 1, 0);
    ramp(b, up, t + 15, t + gap_s, 0, 0);
    ramp(b, up, t + gap_s, t + gap_s + 300, 1, 0);
    ramp(b, s, t + gap_s, t + gap_s + 300, 2, 10);
    take(b, t + gap_s + 900);
    struct minute m = minute_at(b, t + gap_s - 1);
    assert_true(m.flags & MINUTE_RESET);
    bench_free(b);
    return m.hidden;
}

static void a_crash_hides_what_a_scrape_brings_at_most(void **unused)
{
    (void)unused;
    int brings[301];
    for (int i = 0; i < 301; i++)
        brings[i] = 10;
    assert_int_equal(hidden_at_a_crash(brings, 20, 15), 10);
    /* A burst of late is what may have come again; with each scrape it fades by a 256th. */
    brings[100] = 512;
    assert_int_equal(hidden_at_a_crash(brings, 101, 15), 512);
    assert_int_equal(hidden_at_a_crash(brings, 102, 15), 510);
    assert_int_equal(hidden_at_a_crash(brings, 103, 15), 509);
    /* In whole units: by one a scrape under 512. */
    assert_int_equal(hidden_at_a_crash(brings, 300, 15), 510 - 198);
}

/* Up to where the silence became one, a crash hides what that many scrapes bring; the minutes that are unseen
 * carry their own estimate. */
static void a_crash_in_a_silence_hides_three_scrapes(void **unused)
{
    (void)unused;
    int brings[21];
    for (int i = 0; i < 21; i++)
        brings[i] = 10;
    assert_int_equal(hidden_at_a_crash(brings, 20, 30), 20);
    assert_int_equal(hidden_at_a_crash(brings, 20, 120), 30 + 40);
}

static void a_gap_is_no_peak(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct series *s = add(b, 0, "x_total", "");
    ramp(b, s, 0, 600, 0, 10);
    ramp(b, s, 900, 1500, 600, 10); /* 210 at once, for 5 minutes */
    ramp(b, s, 1500, 2100, 2, 10);
    take(b, 3000);
    assert_true(minute_at(b, 1440).flags & MINUTE_RESET);
    assert_int_equal(minute_at(b, 1440).hidden, 10);
    bench_free(b);
}

/* What comes later is counted then, so nothing is hidden: whether the minutes were sealed meanwhile or not.
 */
static void what_was_spread_is_hidden_no_more(void **unused)
{
    (void)unused;
    for (int sealed = 0; sealed < 2; sealed++) {
        struct bench *b = bench_new(SLO_EVENTS);
        struct slo_tier tier = {.long_ms = HOUR_MS, .short_ms = 5 * MINUTE_MS, .rate_billionths = 1};
        b->slo.tiers[b->slo.n_tiers++] = tier;
        struct series *s = add(b, 0, "x_total", "");
        ramp(b, s, 0, 1215, 0, 10);
        if (sealed) {
            struct window_sum before = take(b, 2400);
            assert_int_equal(before.hidden, 20 * 40);
        }
        ramp(b, s, 2400, 3015, 1600, 10);
        struct window_sum sum = take(b, 3000);
        assert_int_equal(sum.units, 2000);
        assert_int_equal(sum.hidden, 0);
        assert_int_equal(recent_window(ledger_recent(b->ledger, 0), HOUR_MS).hidden, 0);
        bench_free(b);
    }
}

/* Of the minute that passes a part has passed: as much of it may be hidden. */
static void an_open_minute_hides_its_part(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    ramp(b, add_at(b, 0, "x_total", "", "a"), 0, 3271, 0, 15);
    ramp(b, add_at(b, 0, "x_total", "", "b"), 0, 3001, 0, 15);
    take(b, 3270);
    assert_int_equal(minute_at(b, 3180).hidden, 60);
    assert_int_equal(minute_at(b, 3240).expected, 2);
    assert_int_equal(minute_at(b, 3240).hidden, 30);
    bench_free(b);
}

/* Each seen minute moves the pace by an eighth; minutes that were not seen whole do not. */
static void the_pace_follows_the_last_minutes(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct series *s = add(b, 0, "x_total", "");
    ramp(b, s, 0, 1215, 0, 10);
    ramp(b, s, 1215, 1275, 800 + 90, 90); /* one minute of 360: 40 + 320 / 8 */
    take(b, 1800);
    assert_int_equal(minute_at(b, 1200).units, 360);
    assert_int_equal(minute_at(b, 1380).hidden, 80);
    bench_free(b);
}

static void a_minute_that_is_down_and_bad_hides_nothing(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    b->slo.when_down_bad = true;
    ramp(b, add(b, 0, "x_total", ""), 0, 1215, 0, 5);
    struct series *up = add(b, UP, "up", "");
    ramp(b, up, 0, 1215, 1, 0);
    ramp(b, up, 1215, 1815, 0, 0);
    take(b, 2400);
    for (int t = 1200; t < 1800; t += 60) {
        struct minute m = minute_at(b, t);
        assert_int_equal(m.flags, MINUTE_DOWN | MINUTE_ESTIMATED);
        assert_int_equal(m.units, 20);
        assert_int_equal(m.spent, 20);
        assert_int_equal(m.hidden, 0);
        assert_int_equal(m.seen, 1);
    }
    bench_free(b);
}

static void recount(struct bench *b, int64_t to_s)
{
    struct ledger_stored stored = {0, b->minutes, keep_minutes(&b->keep, 0, b->minutes, BENCH_MINUTES)};
    struct ledger_batch batch = {.from_ms = BEGIN_MS,
                                 .to_ms = BEGIN_MS + to_s * 1000,
                                 .now_ms = BEGIN_MS + to_s * 1000,
                                 .terms = b->sets};
    ledger_recount(b->ledger, &batch, &stored, 1, &b->change);
    keep_change(&b->keep, b->ledger, &b->change);
}

static void a_minute_that_was_filled_is_as_if_it_had_been_seen(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct series *s = add(b, 0, "x_total", "");
    ramp(b, s, 0, 1215, 0, 1);
    ramp(b, s, 1800, 3600, 120, 1);
    take(b, 4200);
    assert_int_equal(minute_at(b, 1260).flags, MINUTE_SPREAD | MINUTE_DOWN);
    s->len = 0;
    ramp(b, s, 0, 3600, 0, 1);
    recount(b, 3600);
    for (int t = 0; t < 3540; t += 60) {
        struct minute m = minute_at(b, t);
        assert_int_equal(m.units, 4);
        assert_int_equal(m.hidden, 0);
        assert_int_equal(m.expected, 1);
        assert_int_equal(m.seen, 1);
        assert_int_equal(m.flags & ~(uint32_t)MINUTE_AMENDED, 0);
        assert_int_equal((m.flags & MINUTE_AMENDED) != 0, t >= 1200 && t < 1800);
    }
    bench_free(b);
}

static void what_is_open_is_not_recounted(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct series *s = add(b, 0, "x_total", "");
    ramp(b, s, 0, 930, 0, 1);
    ramp(b, s, 1110, 1215, 74, 1);
    take(b, 1200);
    assert_int_equal(minute_at(b, 960).seen, 0);
    s->len = 0;
    ramp(b, s, 0, 1215, 0, 1);
    recount(b, 1200);
    assert_int_equal(b->change.n_rows, 0); /* the next take counts it anew */
    bench_free(b);
}

/* A second target that nobody knew of when the minutes were sealed. */
static void a_recount_knows_who_was_expected(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(SLO_EVENTS);
    struct series *s = add_at(b, 0, "x_total", "", "a");
    ramp(b, s, 0, 1215, 0, 1);
    ramp(b, s, 1800, 2415, 120, 1);
    take(b, 3000);
    assert_int_equal(minute_at(b, 1500).expected, 1);
    s->len = 0;
    ramp(b, s, 0, 2415, 0, 1);
    ramp(b, add_at(b, 0, "x_total", "", "b"), 0, 2415, 0, 2);
    recount(b, 2400);
    assert_int_equal(minute_at(b, 1500).expected, 2);
    assert_int_equal(minute_at(b, 1500).seen, 2);
    assert_int_equal(minute_at(b, 1500).units, 12);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sample_at_the_left_border_is_not_of_the_batch),
        cmocka_unit_test(a_chain_bears_a_silence_of_two_and_a_half_scrapes_and_no_more),
        cmocka_unit_test(a_first_spacing_of_an_hour_is_no_interval),
        cmocka_unit_test(a_stale_marker_is_no_sample),
        cmocka_unit_test(a_minute_without_a_sample_yet_is_not_told),
        cmocka_unit_test(an_excluded_span_ends_before_its_last_minute),
        cmocka_unit_test(a_month_of_a_total_has_a_unit_a_minute),
        cmocka_unit_test(a_child_counts_from_zero_though_one_of_another_metric_vanished),
        cmocka_unit_test(a_child_that_appears_after_a_silence_counts_from_its_first_sample),
        cmocka_unit_test(a_sibling_that_fell_tells_of_a_restart),
        cmocka_unit_test(what_vanished_elsewhere_is_no_relabelling),
        cmocka_unit_test(a_series_that_comes_too_late_counts_from_the_horizon),
        cmocka_unit_test(nonsense_is_told_when_it_is_settled_and_once),
        cmocka_unit_test(a_fall_with_another_start_is_no_surprise),
        cmocka_unit_test(a_crash_hides_what_a_scrape_brings_at_most),
        cmocka_unit_test(a_crash_in_a_silence_hides_three_scrapes),
        cmocka_unit_test(a_gap_is_no_peak),
        cmocka_unit_test(what_was_spread_is_hidden_no_more),
        cmocka_unit_test(an_open_minute_hides_its_part),
        cmocka_unit_test(the_pace_follows_the_last_minutes),
        cmocka_unit_test(a_minute_that_is_down_and_bad_hides_nothing),
        cmocka_unit_test(a_minute_that_was_filled_is_as_if_it_had_been_seen),
        cmocka_unit_test(what_is_open_is_not_recounted),
        cmocka_unit_test(a_recount_knows_who_was_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
