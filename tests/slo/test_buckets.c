/* Which buckets judge a percentile, sample by sample: histograms of one target, scraped every 15 s, whose
 * queries come one a scrape; of four queries three are within 2.5 s, one takes between 2.5 and 4 s. */
#include "support/cmocka_headers.h"

#include "base/arena.h"
#include "base/duration.h"
#include "slo/buckets.h"
#include "slo/ledger_keep.h"

#include <math.h>

#define BEGIN_MS (20000 * DAY_MS + 10 * HOUR_MS)

enum { SAMPLES = 400, SERIES = 8, UNITS = 0, ALL = 1, BUCKETS = 2, SETS = 3 };

struct bench {
    struct slo slo;
    struct slo_term terms[SETS];
    struct expr histogram;
    struct label_table *table;
    struct ledger *ledger;
    struct keep keep;
    struct series_set sets[SETS];
    struct series series[SETS][SERIES];
    int64_t times[SETS][SERIES][SAMPLES];
    double values[SETS][SERIES][SAMPLES];
};

static struct bench *bench_new(double threshold)
{
    struct bench *b = calloc(1, sizeof *b);
    b->table = label_table_new(NULL);
    b->keep.head.first_minute = INT64_MAX;
    b->histogram = (struct expr){.kind = EXPR_SELECTOR};
    b->slo = (struct slo){.kind = SLO_PERCENTILE,
                          .target_billionths = 950000000,
                          .allowance_billionths = 50000000,
                          .scale = 1,
                          .bound = threshold,
                          .terms = b->terms,
                          .n_terms = SETS};
    b->terms[UNITS] = (struct slo_term){.role = SLO_UNITS, .coefficient = 1};
    b->terms[ALL] = (struct slo_term){.role = SLO_SPENT, .coefficient = 1};
    b->terms[BUCKETS] = (struct slo_term){.role = SLO_SPENT, .coefficient = -1, .buckets = &b->histogram};
    for (int i = 0; i < SETS; i++)
        b->sets[i].at = b->series[i];
    return b;
}

static void bench_free(struct bench *b)
{
    ledger_free(b->ledger);
    keep_finish(&b->keep);
    label_table_free(b->table);
    free(b);
}

static int queries_within(const char *le, int n)
{
    return strtod(le, NULL) < 4 ? n - n / 4 : n;
}

/* A bucket's samples in [from, to) seconds, or the count's (""), whose first query came `ahead` scrapes
 * before. */
static void scrape(struct bench *b, int set, const char *le, int from, int to, int ahead)
{
    size_t i = b->sets[set].len++;
    struct series *s = &b->series[set][i];
    *s = (struct series){.labels = labels_of(b->table, "__name__", *le ? "x_bucket" : "x_count", "job", "api",
                                             "instance", "a", "le", le, NULL),
                         .times_ms = b->times[set][i],
                         .values = b->values[set][i]};
    for (int t = from; t < to; t += 15) {
        int n = ahead + t / 15;
        b->times[set][i][s->len] = BEGIN_MS + t * 1000;
        b->values[set][i][s->len++] = queries_within(*le ? le : "9", n);
    }
}

static void count_scrapes(struct bench *b, int from, int to, int ahead)
{
    scrape(b, UNITS, "", from, to, ahead);
    scrape(b, ALL, "", from, to, ahead);
}

static struct window_sum take(struct bench *b, int64_t to_s)
{
    static struct minute minutes[10000];
    struct ledger_change change;
    struct ledger_batch batch = {.from_ms = BEGIN_MS - HOUR_MS,
                                 .to_ms = BEGIN_MS + to_s * 1000,
                                 .now_ms = BEGIN_MS + to_s * 1000,
                                 .terms = b->sets};
    struct window_sum sum = {0};
    if (!b->ledger)
        b->ledger = ledger_new(&b->slo, b->table, TEXT(""));
    ledger_take(b->ledger, &batch, &change);
    keep_change(&b->keep, b->ledger, &change);
    size_t n = keep_minutes(&b->keep, 0, minutes, 10000);
    for (size_t i = 0; i < n; i++)
        window_sum_minute(&sum, &minutes[i]);
    return sum;
}

static void assert_sum(struct window_sum sum, int64_t units, int64_t spent)
{
    assert_int_equal(sum.units, units);
    assert_int_equal(sum.spent, spent);
}

static void bounds_are_compared_as_numbers(void **unused)
{
    (void)unused;
    struct slo slo = {.kind = SLO_PERCENTILE, .bound = 4};
    static const char *const four[] = {"4", "4.0", "4e0", "0.4e+01"};
    for (int i = 0; i < 4; i++)
        assert_true(bucket_bound(text_of(four[i])) == 4);
    assert_true(isinf(bucket_bound(TEXT("+Inf"))));
    assert_true(isnan(bucket_bound(TEXT("four"))));
    assert_int_equal(bucket_side(&slo, 4), BUCKET_DECIDES);
    assert_int_equal(bucket_side(&slo, 2.5), BUCKET_DECIDES);
    assert_int_equal(bucket_side(&slo, 5), BUCKET_OTHER);
    assert_int_equal(bucket_side(&slo, INFINITY), BUCKET_OTHER);
    assert_int_equal(bucket_side(&slo, NAN), BUCKET_USELESS);
    assert_true(bucket_compare(&slo, 4, 2.5) < 0);
    assert_true(bucket_compare(&slo, 2.5, 1) < 0);
    assert_true(bucket_compare(&slo, 1, 5) < 0);
    assert_true(bucket_compare(&slo, 5, INFINITY) < 0);
    slo.between = BETWEEN_GOOD;
    assert_int_equal(bucket_side(&slo, 5), BUCKET_DECIDES);
    assert_int_equal(bucket_side(&slo, 2.5), BUCKET_OTHER);
    assert_int_equal(bucket_side(&slo, INFINITY), BUCKET_USELESS);
}

/* The bounds needed, joined. */
static void assert_needed(struct bench *b, const char *wanted)
{
    struct arena arena;
    struct text *les;
    struct buf all;
    arena_init(&arena, 0);
    buf_init(&all, 1000);
    size_t n = buckets_needed(&b->slo, &b->sets[BUCKETS], &arena, &les);
    for (size_t i = 0; i < n; i++)
        buf_printf(&all, "%s%.*s", i ? " " : "", TEXT_ARG(les[i]));
    assert_string_equal(buf_cstring(&all), wanted);
    buf_finish(&all);
    arena_finish(&arena);
}

static bool lacks(struct bench *b)
{
    struct arena arena;
    arena_init(&arena, 0);
    bool lack = buckets_lack(&b->slo, b->sets, &arena);
    arena_finish(&arena);
    return lack;
}

static void the_nearest_bounds_are_asked_for_and_the_exact_one_alone(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(4);
    count_scrapes(b, 0, 600, 0);
    assert_true(lacks(b));
    scrape(b, BUCKETS, "1", 0, 600, 0);
    assert_false(lacks(b));
    scrape(b, BUCKETS, "2.5", 0, 300, 0);
    scrape(b, BUCKETS, "5", 0, 600, 0);
    scrape(b, BUCKETS, "+Inf", 0, 600, 0);
    assert_needed(b, "2.5 1 5"); /* 1 for the time after 2.5 went */
    scrape(b, BUCKETS, "4.0", 0, 600, 0);
    assert_needed(b, "4.0");
    b->series[BUCKETS][4].len = 20;
    assert_needed(b, "4.0 1 5");
    bench_free(b);
}

static void the_best_of_several_bounds_tells_alone(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(4);
    count_scrapes(b, 0, 600, 0);
    scrape(b, BUCKETS, "1", 0, 600, 0);
    scrape(b, BUCKETS, "5", 0, 600, 0);
    scrape(b, BUCKETS, "2.5", 0, 600, 0);
    assert_sum(take(b, 1800), 39, 9);
    assert_int_equal(ledger_bounds(b->ledger)->between, 1);
    assert_true(ledger_bounds(b->ledger)->below == 2.5 && ledger_bounds(b->ledger)->above == 5);
    assert_int_equal(ledger_uncertain(b->ledger, 0)->units, 39);
    assert_int_equal(ledger_uncertain(b->ledger, 0)->between, 9);
    bench_free(b);
}

static void with_good_what_lies_between_is_good(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(3);
    b->slo.between = BETWEEN_GOOD;
    count_scrapes(b, 0, 600, 0);
    scrape(b, BUCKETS, "2.5", 0, 600, 0);
    scrape(b, BUCKETS, "4", 0, 600, 0);
    assert_sum(take(b, 1800), 39, 0);
    assert_int_equal(ledger_uncertain(b->ledger, 0)->between, 9);
    bench_free(b);
}

/* A client's upgrade writes "4.0" for "4". */
static void another_spelling_is_the_same_bucket(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(4);
    count_scrapes(b, 0, 600, 0);
    scrape(b, BUCKETS, "4.0", 300, 600, 0);
    scrape(b, BUCKETS, "4", 0, 300, 0);
    assert_sum(take(b, 1800), 39, 0);
    assert_int_equal(b->keep.series.len, 3);
    bench_free(b);
}

/* Relabelling rules dropped it, and no longer do: it has counted for long. */
static void a_bucket_that_comes_late_does_not_bring_its_past(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(4);
    count_scrapes(b, 0, 600, 1000);
    scrape(b, BUCKETS, "2.5", 0, 600, 1000);
    scrape(b, BUCKETS, "4", 300, 600, 1000);
    struct window_sum sum = take(b, 1800);
    /* by 2.5 up to the scrape in which it came, by 4 from then on */
    assert_sum(sum, 39, 5);
    assert_int_equal(b->keep.notes[NOTE_SPENT_NEGATIVE], 0);
    bench_free(b);
}

static void one_that_was_away_does_not_tell_what_another_told(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(4);
    count_scrapes(b, 0, 900, 0);
    scrape(b, BUCKETS, "2.5", 0, 900, 0);
    scrape(b, BUCKETS, "4", 0, 300, 0);
    b->series[BUCKETS][1].len = 20;
    for (int t = 600; t < 900; t += 15) {
        b->times[BUCKETS][1][b->series[BUCKETS][1].len] = BEGIN_MS + t * 1000;
        b->values[BUCKETS][1][b->series[BUCKETS][1].len++] = t / 15.0;
    }
    struct window_sum sum = take(b, 1800);
    assert_int_equal(sum.units, 59);
    /* 20 scrapes and the one of its return go by 2.5 s: 300 s to 600 s */
    assert_int_equal(sum.spent,
                     queries_within("4", 40) - 19 - (queries_within("2.5", 40) - queries_within("2.5", 19)));
    bench_free(b);
}

static void queries_that_no_bucket_judges_are_hidden(void **unused)
{
    (void)unused;
    struct bench *b = bench_new(2);
    int64_t since_ms;
    count_scrapes(b, 0, 1200, 0);
    scrape(b, BUCKETS, "1", 0, 600, 0);
    scrape(b, BUCKETS, "2.5", 0, 1200, 0);
    struct window_sum sum = take(b, 600);
    assert_int_equal(ledger_health_at(b->ledger, BEGIN_MS + 600000, &since_ms), HEALTH_SEEN);
    sum = take(b, 1200);
    assert_int_equal(sum.units, 39);
    assert_int_equal(sum.hidden, 40);
    assert_int_equal(sum.seen, sum.expected);
    assert_int_equal(ledger_health_at(b->ledger, BEGIN_MS + 1200000, &since_ms), HEALTH_MISCONFIGURED);
    assert_int_equal(ledger_bounds(b->ledger)->unjudged, 1);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_are_compared_as_numbers),
        cmocka_unit_test(the_nearest_bounds_are_asked_for_and_the_exact_one_alone),
        cmocka_unit_test(the_best_of_several_bounds_tells_alone),
        cmocka_unit_test(with_good_what_lies_between_is_good),
        cmocka_unit_test(another_spelling_is_the_same_bucket),
        cmocka_unit_test(a_bucket_that_comes_late_does_not_bring_its_past),
        cmocka_unit_test(one_that_was_away_does_not_tell_what_another_told),
        cmocka_unit_test(queries_that_no_bucket_judges_are_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
