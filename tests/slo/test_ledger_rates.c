/* Money in another currency, converted as it is counted: which rate holds, what is rounded, what happens
 * without one, and that restarts, history and recounts give the same numbers. */
#include "slo/ledger_bench.h"

#include <math.h>

enum { RATES = 2 }; /* the third set of the bench; not a term here */

static const int64_t micro = 1000000;

/* A cost of 0.02 USD a request; one request a second. */
static struct bench *cost_new(void)
{
    static struct expr series = {.kind = EXPR_SELECTOR};
    struct bench *b = bench_new(SLO_MEAN);
    b->slo.scale = micro;
    b->slo.allowance_billionths = 10 * 1000000000LL;
    b->slo.exchange = (struct slo_exchange){.counted = TEXT("USD"),
                                            .stated = TEXT("KRW"),
                                            .series = &series,
                                            .selector = TEXT("fx_rate"),
                                            .max_age_ms = HOUR_MS};
    b->terms[1].scaled = true;
    return b;
}

static void add_costs(struct bench *b, int from, int to)
{
    ramp(b, add(b, 0, "requests_total", ""), from, to, 0, 15);
    ramp(b, add(b, 1, "usd_total", ""), from, to, 0, 0.3);
}

static struct series *add_rate(struct bench *b, const char *tag)
{
    return add(b, RATES, "fx_rate", tag);
}

static void fill_batch(struct bench *b, int64_t from_s, int64_t to_s, struct ledger_batch *batch)
{
    *batch = (struct ledger_batch){.from_ms = BEGIN_MS + from_s * 1000,
                                   .to_ms = BEGIN_MS + to_s * 1000,
                                   .now_ms = BEGIN_MS + to_s * 1000,
                                   .terms = b->sets,
                                   .rates = &b->sets[RATES]};
}

static size_t minutes_of(struct bench *b, struct minute *minutes, size_t most)
{
    return keep_minutes(&b->keep, 0, minutes, most);
}

static struct window_sum take_costs(struct bench *b, int64_t to_s)
{
    static struct minute minutes[10000];
    struct window_sum sum = {0};
    struct ledger_batch batch;
    fill_batch(b, -3600, to_s, &batch);
    if (!b->ledger)
        b->ledger = ledger_new(&b->slo, b->table, TEXT(""));
    ledger_take(b->ledger, &batch, &b->change);
    keep_change(&b->keep, b->ledger, &b->change);
    size_t n = minutes_of(b, minutes, 10000);
    for (size_t i = 0; i < n; i++)
        window_sum_minute(&sum, &minutes[i]);
    return sum;
}

static void each_minute_has_the_rate_of_its_end(void **unused)
{
    (void)unused;
    struct bench *b = cost_new();
    add_costs(b, 0, 1200);
    struct series *rate = add_rate(b, "");
    put(b, rate, -600, 1000);
    put(b, rate, 330, 1400); /* within the minute that ends at 360 */
    put(b, rate, 420, 1500); /* at the very end of one */
    take_costs(b, 1200);
    /* 1.20 USD a minute */
    assert_int_equal(minute_at(b, 240).spent, 1200 * micro);
    assert_int_equal(minute_at(b, 300).spent, 1680 * micro);
    assert_int_equal(minute_at(b, 360).spent, 1800 * micro);
    assert_int_equal(minute_at(b, 600).spent, 1800 * micro);
    assert_int_equal(minute_at(b, 600).units, 60);
    assert_int_equal(minute_at(b, 600).seen, 1);
    bench_free(b);
}

/* 1/3 won a dollar, and a third of a cent: what is rounded off one difference is in the next. */
static void sums_at_one_rate_do_not_drift(void **unused)
{
    (void)unused;
    struct bench *b = cost_new();
    int n = 480;
    ramp(b, add(b, 0, "requests_total", ""), 0, 15 * n, 0, 15);
    ramp(b, add(b, 1, "usd_total", ""), 0, 15 * n, 0, 0.003333);
    put(b, add_rate(b, ""), -10, 0.333333333);
    b->slo.exchange.max_age_ms = 31 * DAY_MS;
    struct window_sum sum = take_costs(b, 15 * n);
    int64_t dollars = 3333 * (int64_t)(n - 1); /* in millionths */
    assert_int_equal(sum.spent, dollars * 333333333 / 1000000000);
    bench_free(b);
}

static void minutes_before_the_first_rate_are_unseen_not_free(void **unused)
{
    (void)unused;
    struct bench *b = cost_new();
    add_costs(b, 0, 1200);
    put(b, add_rate(b, ""), 610, 1000);
    struct window_sum sum = take_costs(b, 1200);
    struct minute before = minute_at(b, 540), after = minute_at(b, 600);
    assert_int_equal(before.units, 0);
    assert_int_equal(before.spent, 0);
    assert_int_equal(before.seen, 0);
    assert_int_equal(before.expected, 1);
    assert_int_equal(before.hidden, 60);
    assert_true(before.flags & MINUTE_UNPRICED);
    assert_false(before.flags & MINUTE_DOWN);
    assert_int_equal(after.units, 60);
    assert_int_equal(after.spent, 1200 * micro);
    assert_int_equal(after.seen, 1);
    /* what was counted is 0.02 USD each, whatever was not */
    assert_int_equal(sum.spent, sum.units * 20 * micro);
    bench_free(b);
}

static void the_last_rate_goes_on_for_its_time_and_no_longer(void **unused)
{
    (void)unused;
    struct bench *b = cost_new();
    b->slo.exchange.max_age_ms = 10 * MINUTE_MS;
    add_costs(b, 0, 1800);
    put(b, add_rate(b, ""), 60, 1000);
    take_costs(b, 300);
    assert_int_equal(ledger_rate_at(b->ledger, BEGIN_MS + 300000).state, RATE_IN_FORCE);
    assert_int_equal(ledger_rate_at(b->ledger, BEGIN_MS + 600000).state, RATE_LAST_KNOWN);
    take_costs(b, 1800);
    assert_int_equal(minute_at(b, 600).spent, 1200 * micro); /* ends at 660 */
    assert_int_equal(minute_at(b, 660).spent, 0);
    assert_int_equal(minute_at(b, 660).seen, 0);
    int64_t since_ms;
    assert_int_equal(ledger_rate_at(b->ledger, BEGIN_MS + 1800000).state, RATE_TOO_OLD);
    assert_int_equal(ledger_health_at(b->ledger, BEGIN_MS + 1800000, &since_ms), HEALTH_MISCONFIGURED);
    bench_free(b);
}

static void nonsense_is_no_rate_and_told(void **unused)
{
    (void)unused;
    struct bench *b = cost_new();
    add_costs(b, 0, 1200);
    struct series *rate = add_rate(b, "");
    put(b, rate, -10, 1000);
    put(b, rate, 60, 0);
    put(b, rate, 75, -1385);
    put(b, rate, 90, NAN);
    put(b, rate, 105, INFINITY);
    put(b, rate, 120, 1e300);
    take_costs(b, 1200);
    assert_int_equal(b->keep.notes[NOTE_NO_RATE], 5);
    assert_int_equal(minute_at(b, 120).spent, 1200 * micro);
    take_costs(b, 1230); /* told once */
    assert_int_equal(b->keep.notes[NOTE_NO_RATE], 5);
    bench_free(b);
}

static void two_series_at_once_are_no_rate(void **unused)
{
    (void)unused;
    struct bench *b = cost_new();
    add_costs(b, 0, 1800);
    ramp(b, add_rate(b, "KRW"), 0, 900, 1000, 0);
    ramp(b, add_rate(b, "EUR"), 600, 900, 0.9, 0);
    ramp(b, add_rate(b, "won"), 1500, 1800, 1200, 0); /* another name, after the one before */
    take_costs(b, 1800);
    assert_int_equal(minute_at(b, 480).spent, 1200 * micro);
    assert_int_equal(minute_at(b, 720).spent, 0);
    assert_int_equal(minute_at(b, 720).seen, 0);
    assert_true(b->keep.notes[NOTE_SEVERAL_RATES] > 0);
    assert_int_equal(minute_at(b, 1620).spent, 1440 * micro);
    bench_free(b);
}

/* Two instances of the exporter, a moment apart: the newer sample holds. */
static void instances_of_one_exporter_are_one_rate(void **unused)
{
    (void)unused;
    struct bench *b = cost_new();
    add_costs(b, 0, 1200);
    for (int i = 0; i < 2; i++) {
        struct series *rate = add_rate(b, "");
        rate->labels =
            labels_of(b->table, "__name__", "fx_rate", "job", "fx", "instance", i ? "b" : "a", NULL);
        ramp(b, rate, i * 5, 1200, 1000 + 10 * i, 0);
    }
    take_costs(b, 1200);
    /* at the minute's end, instance a was scraped that very moment */
    assert_int_equal(minute_at(b, 600).spent, 1200 * micro);
    assert_int_equal(b->keep.notes[NOTE_SEVERAL_RATES], 0);
    bench_free(b);
}

/* A day's rate every 10 minutes, changing; counters that are reset, and a gap of 12 minutes. */
static void add_changing_world(struct bench *b, int to)
{
    struct series *requests = add(b, 0, "requests_total", ""), *usd = add(b, 1, "usd_total", "");
    struct series *rate = add_rate(b, "");
    int last_reset = 0;
    for (int t = 0; t < to; t += 15) {
        if (t == 2400)
            last_reset = t;
        if (t >= 3600 && t < 4320)
            continue;
        put(b, requests, t, t - last_reset);
        put(b, usd, t, 0.0137 * (t - last_reset));
    }
    for (int t = -120; t < to; t += 600)
        put(b, rate, t, 1380 + 0.001 * (t % 7919));
}

static void expect_same(struct bench *a, struct bench *b)
{
    static struct minute x[1000], y[1000];
    size_t n = minutes_of(a, x, 1000);
    assert_int_equal(minutes_of(b, y, 1000), n);
    for (size_t i = 0; i < n; i++) {
        if (x[i].minute >= b->keep.head.horizon_ms / MINUTE_MS)
            break;
        assert_int_equal(x[i].minute, y[i].minute);
        assert_int_equal(x[i].units, y[i].units);
        assert_int_equal(x[i].spent, y[i].spent);
        assert_int_equal(x[i].seen, y[i].seen);
    }
}

/* Live, a slot each 30 s with only the samples that it asks for, and a restart each 17 slots. */
static void restarts_and_history_give_the_numbers_of_live(void **unused)
{
    (void)unused;
    enum { END = 6000 };
    struct bench *live = cost_new(), *history = cost_new();
    add_changing_world(live, END);
    add_changing_world(history, END);
    take_costs(history, END);
    live->ledger = ledger_new(&live->slo, live->table, TEXT(""));
    for (int t = 30, slot = 0; t <= END; t += 30, slot++) {
        struct ledger_batch batch;
        struct series rates[SERIES];
        struct series_set cut = {rates, live->sets[RATES].len};
        int64_t from_ms = ledger_wanted_from_ms(live->ledger);
        int64_t from_s = from_ms ? (from_ms - BEGIN_MS) / 1000 : -3600;
        fill_batch(live, from_s, t, &batch);
        /* only the rates that it says it wants */
        int64_t wanted_ms = ledger_rates_wanted_from_ms(live->ledger, batch.from_ms);
        for (size_t i = 0; i < cut.len; i++) {
            rates[i] = live->sets[RATES].at[i];
            while (rates[i].len && rates[i].times_ms[0] <= wanted_ms) {
                rates[i].times_ms++;
                rates[i].values++;
                rates[i].len--;
            }
        }
        batch.rates = &cut;
        ledger_take(live->ledger, &batch, &live->change);
        keep_change(&live->keep, live->ledger, &live->change);
        if (slot % 17 == 16) {
            ledger_free(live->ledger);
            live->ledger = keep_restore(&live->keep, &live->slo, live->table);
        }
    }
    expect_same(live, history);
    bench_free(live);
    bench_free(history);
}

/* The rate of ten minutes was not there in time, and is when they are read again. */
static void a_recount_gives_the_numbers_of_a_rate_in_time(void **unused)
{
    (void)unused;
    static struct minute stored[1000];
    struct bench *late = cost_new(), *in_time = cost_new();
    for (int i = 0; i < 2; i++) {
        struct bench *b = i ? in_time : late;
        b->slo.exchange.max_age_ms = 5 * MINUTE_MS;
        add_costs(b, 0, 3600);
        struct series *rate = add_rate(b, "");
        for (int t = 0; t < 3600; t += 15)
            if (i || t < 1200 || t >= 1800)
                put(b, rate, t, t < 1500 ? 1300 : 1400); /* as the last known one had it, till then */
        take_costs(b, 3600);
    }
    assert_int_equal(minute_at(late, 1620).seen, 0);
    size_t n = minutes_of(late, stored, 1000);
    struct ledger_stored run = {0, stored, n};
    struct ledger_batch batch;
    fill_batch(late, 0, 3600, &batch);
    batch.rates = &in_time->sets[RATES];
    for (size_t i = 0; i < in_time->sets[RATES].len; i++) /* of the table of the other */
        in_time->sets[RATES].at[i].labels = late->sets[RATES].at[0].labels;
    ledger_recount(late->ledger, &batch, &run, 1, &late->change);
    keep_change(&late->keep, late->ledger, &late->change);
    assert_true(late->keep.notes[NOTE_AMENDED] >= 5);
    assert_int_equal(minute_at(late, 1620).seen, 1);
    assert_int_equal(minute_at(late, 1620).hidden, 0);
    assert_false(minute_at(late, 1620).flags & MINUTE_UNPRICED);
    expect_same(late, in_time);
    bench_free(late);
    bench_free(in_time);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_minute_has_the_rate_of_its_end),
        cmocka_unit_test(sums_at_one_rate_do_not_drift),
        cmocka_unit_test(minutes_before_the_first_rate_are_unseen_not_free),
        cmocka_unit_test(the_last_rate_goes_on_for_its_time_and_no_longer),
        cmocka_unit_test(nonsense_is_no_rate_and_told),
        cmocka_unit_test(two_series_at_once_are_no_rate),
        cmocka_unit_test(instances_of_one_exporter_are_one_rate),
        cmocka_unit_test(restarts_and_history_give_the_numbers_of_live),
        cmocka_unit_test(a_recount_gives_the_numbers_of_a_rate_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
