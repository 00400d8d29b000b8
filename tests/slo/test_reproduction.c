/* The published reproduction (docs/average-of-ratios.md): 30 days of a service that answers 200 requests a
 * minute without an error for 23 hours, and 2 a minute, of which 1 fails, for one. Raw counters, scraped once
 * a minute, go through the ledger and its day blobs; the sums must be the counters' own. What an average of
 * ratios makes of the same counters is promtool's to say: tests/rules/test_average_of_ratios.py. */
#include "slo/budget.h"
#include "slo/ledger_keep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { DAYS = 30, MINUTES = DAYS * DAY_MINUTES, BUSY_MINUTES = 23 * 60, TAKE_MINUTES = 60 };
enum { GOOD, BAD, UP, COLUMNS };

/* A day's border, so that 30 days are 30 blobs. The first sample is at its left edge, where all is 0. */
#define BEGIN_MS (20000 * DAY_MS)

static int64_t times[MINUTES + 1];
static double values[COLUMNS][MINUTES + 1];

static void scrape_thirty_days(void)
{
    times[0] = BEGIN_MS;
    values[UP][0] = 1;
    for (int i = 1; i <= MINUTES; i++) {
        bool busy = (i - 1) % DAY_MINUTES < BUSY_MINUTES;
        times[i] = BEGIN_MS + i * MINUTE_MS;
        values[GOOD][i] = values[GOOD][i - 1] + (busy ? 200 : 1);
        values[BAD][i] = values[BAD][i - 1] + (busy ? 0 : 1);
        values[UP][i] = 1;
    }
}

static const struct slo_term TERMS[] = {{.role = SLO_UNITS, .coefficient = 1},
                                        {.role = SLO_SPENT, .coefficient = 1}};

static struct slo three_nines(void)
{
    return (struct slo){.kind = SLO_EVENTS,
                        .target_billionths = 999000000,
                        .allowance_billionths = 1000000,
                        .scale = 1,
                        .terms = TERMS,
                        .n_terms = 2};
}

/* The samples in (from, to] of every column. */
struct feeder {
    struct label_table *table;
    struct series series[4]; /* all requests: good, bad; the bad ones; up */
    struct series_set terms[2];
    struct series_set up;
};

static struct series cut(const struct labels *labels, int column, int64_t from_ms, int64_t to_ms)
{
    size_t first = from_ms < BEGIN_MS ? 0 : (size_t)((from_ms - BEGIN_MS) / MINUTE_MS) + 1;
    size_t end = (size_t)((to_ms - BEGIN_MS) / MINUTE_MS) + 1;
    return (struct series){
        .labels = labels, .len = end - first, .times_ms = times + first, .values = values[column] + first};
}

static void fill_batch(struct feeder *f, struct ledger_batch *batch)
{
    const struct labels *good = labels_of(f->table, "__name__", "http_requests_total", "job", "web",
                                          "instance", "a", "code", "200", NULL);
    const struct labels *bad = labels_of(f->table, "__name__", "http_requests_total", "job", "web",
                                         "instance", "a", "code", "500", NULL);
    const struct labels *up = labels_of(f->table, "__name__", "up", "job", "web", "instance", "a", NULL);
    f->series[0] = cut(good, GOOD, batch->from_ms, batch->to_ms);
    f->series[1] = cut(bad, BAD, batch->from_ms, batch->to_ms);
    f->series[2] = f->series[1];
    f->series[3] = cut(up, UP, batch->from_ms, batch->to_ms);
    f->terms[0] = (struct series_set){&f->series[0], 2};
    f->terms[1] = (struct series_set){&f->series[2], 1};
    f->up = (struct series_set){&f->series[3], 1};
    batch->terms = f->terms;
    batch->up = &f->up;
}

static void feed(struct feeder *f, struct ledger *ledger, struct keep *keep)
{
    for (int64_t i = TAKE_MINUTES; i <= MINUTES; i += TAKE_MINUTES) {
        struct ledger_change change;
        int64_t wanted = ledger_wanted_from_ms(ledger);
        int64_t now = BEGIN_MS + i * MINUTE_MS;
        struct ledger_batch batch = {.from_ms = wanted ? wanted : BEGIN_MS - 1,
                                     .to_ms = now,
                                     .now_ms = now,
                                     .answer = LEDGER_ANSWERED};
        fill_batch(f, &batch);
        ledger_take(ledger, &batch, &change);
        keep_change(keep, ledger, &change);
    }
}

static struct window_sum sum_thirty_days(struct keep *keep)
{
    static struct window_day days[DAYS];
    static struct minute open[2 * DAY_MINUTES];
    struct window_source source = {.days = days, .open = open};
    struct window_sum sum;
    struct err err;
    for (size_t i = 0; i < keep->days.len; i++) {
        const struct kept_day *d = &keep->days.at[i];
        days[source.n_days++] = (struct window_day){d->day, d->totals, {d->blob, d->len}};
    }
    qsort(keep->rows.at, keep->rows.len, sizeof *keep->rows.at, keep_compare_rows);
    for (size_t i = 0; i < keep->rows.len; i++)
        open[source.n_open++] = keep->rows.at[i].minute;
    assert_true(
        window_sum_over(&source, BEGIN_MS / MINUTE_MS, BEGIN_MS / MINUTE_MS + MINUTES, NULL, 0, &sum, &err));
    return sum;
}

static struct window_sum counted;

static int count_thirty_days(void **state)
{
    (void)state;
    struct slo slo = three_nines();
    struct keep keep = {0};
    struct feeder f = {.table = label_table_new(NULL)};
    scrape_thirty_days();
    struct ledger *ledger = ledger_new(&slo, f.table, TEXT(""));
    feed(&f, ledger, &keep);
    counted = sum_thirty_days(&keep);
    ledger_free(ledger);
    keep_finish(&keep);
    label_table_free(f.table);
    return 0;
}

static void the_ledger_equals_the_counters(void **state)
{
    (void)state;
    assert_int_equal(counted.units, 8283600);
    assert_int_equal(counted.spent, 1800);
    assert_int_equal(counted.units, (int64_t)(values[GOOD][MINUTES] + values[BAD][MINUTES]));
    assert_int_equal(counted.spent, (int64_t)values[BAD][MINUTES]);
}

static void every_minute_was_seen(void **state)
{
    (void)state;
    assert_int_equal(counted.minutes, MINUTES);
    assert_int_equal(counted.unseen_minutes, 0);
    assert_int_equal(counted.hidden, 0);
    assert_int_equal(counted.estimated_minutes, 0);
}

/* 1800 / 8283600 = 0.000217297…, which is printed as 0.0217 %. */
static void the_share_is_exact_in_parts_per_billion(void **state)
{
    (void)state;
    assert_int_equal(counted.spent * 1000000000 / counted.units, 217296);
}

static void three_nines_have_78_percent_of_their_budget_left(void **state)
{
    (void)state;
    struct slo slo = three_nines();
    struct budget budget;
    struct budget_input input = {.sum = counted,
                                 .period = {BEGIN_MS, BEGIN_MS + DAYS * DAY_MS, true},
                                 .now_ms = BEGIN_MS + DAYS * DAY_MS,
                                 .expected_units = -1,
                                 .first_minute = BEGIN_MS / MINUTE_MS};
    budget_compute(&slo, &input, &budget);
    assert_int_equal(budget.allowed, 8283);
    assert_int_equal(budget.left, 8283 - 1800);
    assert_int_equal(budget.verdict, BUDGET_MET);
    assert_int_equal(budget.state, BUDGET_HEALTHY);
    assert_true(budget.left_share > 0.7826 && budget.left_share < 0.7828);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ledger_equals_the_counters),
        cmocka_unit_test(every_minute_was_seen),
        cmocka_unit_test(the_share_is_exact_in_parts_per_billion),
        cmocka_unit_test(three_nines_have_78_percent_of_their_budget_left),
    };
    return cmocka_run_group_tests(tests, count_thirty_days, NULL);
}
