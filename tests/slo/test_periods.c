/* Periods of 1, 7, 28, 30, 90 and 365 days: their tiers are those of the table, stretched or shrunk by its
 * rules, and a budget over each is the sum of its days to the unit. */
#include "support/cmocka_headers.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/labels.h"
#include "base/regex.h"
#include "base/timezone_set.h"
#include "slo/budget.h"
#include "slo/day_blob.h"
#include "slo/slo_file.h"

static const int periods_days[] = {1, 7, 28, 30, 90, 365};

enum { PERIODS = sizeof periods_days / sizeof periods_days[0], HISTORY_DAYS = 370, FIRST_DAY = 20000 };

struct reader {
    struct arena arena;
    struct regex_set *regexes;
    struct label_table *labels;
    struct timezone_set *zones;
};

static void reader_init(struct reader *reader)
{
    arena_init(&reader->arena, 0);
    reader->regexes = regex_set_new();
    reader->labels = label_table_new(NULL);
    reader->zones = timezone_set_new();
}

static void reader_finish(struct reader *reader)
{
    timezone_set_free(reader->zones);
    label_table_free(reader->labels);
    regex_set_free(reader->regexes);
    arena_finish(&reader->arena);
}

static const struct slo *read_slo(struct reader *reader, int days)
{
    struct slo_context context = {TEXT("prod"), &reader->arena, reader->regexes, reader->labels,
                                  reader->zones};
    struct slo_list slos = {0};
    struct findings findings;
    struct buf text;
    findings_init(&findings);
    buf_init(&text, 4096);
    buf_printf(&text,
               "service: api\nowner: team\nslos:\n  availability:\n    objective: 99.9%%\n    window: %dd\n"
               "    total: requests_total\n    bad: errors_total\n",
               days);
    assert_true(
        slo_file_read(text_copy(&reader->arena, buf_text(&text)), "api.yml", &context, &slos, &findings));
    assert_int_equal(slos.len, 1);
    buf_finish(&text);
    findings_finish(&findings);
    return &slos.at[0];
}

static const struct slo_tier *tier_named(const struct slo *slo, const char *name)
{
    for (size_t i = 0; i < slo->n_tiers; i++)
        if (text_is(slo->tiers[i].name, name))
            return &slo->tiers[i];
    fail_msg("no tier %s", name);
    return NULL;
}

static void outage_and_fast_stay_for_periods_of_30_days_and_more(void **state)
{
    (void)state;
    struct reader reader;
    reader_init(&reader);
    for (int i = 3; i < PERIODS; i++) {
        const struct slo *slo = read_slo(&reader, periods_days[i]);
        const struct slo_tier *outage = tier_named(slo, "outage"), *fast = tier_named(slo, "fast");
        assert_int_equal(outage->long_ms, 5 * MINUTE_MS);
        assert_int_equal(outage->short_ms, 2 * MINUTE_MS);
        assert_int_equal(fast->long_ms, HOUR_MS);
        assert_int_equal(fast->short_ms, 5 * MINUTE_MS);
        assert_int_equal(fast->rate_billionths, 14400000000);
    }
    reader_finish(&reader);
}

static void longer_periods_stretch_slow_drift_and_trend(void **state)
{
    (void)state;
    struct reader reader;
    reader_init(&reader);
    const struct slo *month = read_slo(&reader, 30), *quarter = read_slo(&reader, 90);
    assert_int_equal(tier_named(month, "slow")->long_ms, 6 * HOUR_MS);
    assert_int_equal(tier_named(quarter, "slow")->long_ms, 18 * HOUR_MS);
    assert_int_equal(tier_named(quarter, "slow")->short_ms, 30 * MINUTE_MS); /* a page's never beyond 30 m */
    assert_int_equal(tier_named(quarter, "drift")->long_ms, 3 * DAY_MS);
    assert_int_equal(tier_named(quarter, "trend")->long_ms, 9 * DAY_MS);
    reader_finish(&reader);
}

/* None may let more than half the budget go before it fires, and no default rate is below 1. */
static void no_tier_lets_more_than_half_the_budget_go(void **state)
{
    (void)state;
    struct reader reader;
    reader_init(&reader);
    for (int i = 0; i < PERIODS; i++) {
        const struct slo *slo = read_slo(&reader, periods_days[i]);
        for (size_t k = 0; k < slo->n_tiers; k++) {
            const struct slo_tier *tier = &slo->tiers[k];
            double share =
                (double)tier->rate_billionths / 1e9 * (double)tier->long_ms / (periods_days[i] * 864e5);
            assert_true(tier->rate_billionths >= 1000000000);
            assert_true(tier->short_ms >= 2 * MINUTE_MS && tier->short_ms <= tier->long_ms);
            if (!tier->outage && share > 0.5001)
                fail_msg("%d d, %.*s: %.3f of the budget", periods_days[i], TEXT_ARG(tier->name), share);
        }
    }
    reader_finish(&reader);
}

static void a_budget_is_the_sum_of_its_days(void **state)
{
    (void)state;
    struct reader reader;
    struct window_day days[HISTORY_DAYS];
    struct minute minute = {.expected = 1, .seen = 1};
    reader_init(&reader);
    for (int d = 0; d < HISTORY_DAYS; d++) {
        struct buf blob;
        buf_init(&blob, DAY_BLOB_MAX_BYTES);
        days[d] = (struct window_day){.day = FIRST_DAY + d};
        minute.minute = (FIRST_DAY + d) * (int64_t)DAY_MINUTES + 600; /* all of it at ten in the morning */
        minute.units = 100000 + d;
        minute.spent = d % 7 ? 50 : 120;
        day_blob_encode(&minute, 1, &blob, &days[d].totals);
        days[d].blob = text_copy(&reader.arena, buf_text(&blob));
        buf_finish(&blob);
    }
    struct window_source source = {.days = days, .n_days = HISTORY_DAYS};
    int64_t now_ms = (FIRST_DAY + HISTORY_DAYS) * DAY_MS;
    for (int i = 0; i < PERIODS; i++) {
        const struct slo *slo = read_slo(&reader, periods_days[i]);
        struct budget_input input = {.period = period_at(&slo->windows[0], now_ms),
                                     .now_ms = now_ms,
                                     .expected_units = -1,
                                     .first_minute = FIRST_DAY * (int64_t)DAY_MINUTES};
        struct budget budget;
        struct err err;
        int64_t units = 0, spent = 0;
        for (int d = HISTORY_DAYS - periods_days[i]; d < HISTORY_DAYS; d++) {
            units += 100000 + d;
            spent += d % 7 ? 50 : 120;
        }
        assert_true(window_sum_over(&source, input.period.from_ms / MINUTE_MS, input.period.to_ms / MINUTE_MS,
                                    NULL, 0, &input.sum, &err));
        budget_compute(slo, &input, &budget);
        assert_int_equal(budget.units, units);
        assert_int_equal(budget.spent, spent);
        assert_int_equal(budget.allowed, units / 1000);
        assert_int_equal(budget.verdict, BUDGET_MET);
    }
    reader_finish(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outage_and_fast_stay_for_periods_of_30_days_and_more),
        cmocka_unit_test(longer_periods_stretch_slow_drift_and_trend),
        cmocka_unit_test(no_tier_lets_more_than_half_the_budget_go),
        cmocka_unit_test(a_budget_is_the_sum_of_its_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
