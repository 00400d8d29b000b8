/* Targets by their dates: what a window allows is the sum over its minutes, each by the target of its time;
 * against a slow sum, from closed days, open minutes and memory alike. */
#include "support/cmocka_headers.h"

#include "base/buf.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "base/memory.h"
#include "base/timezone.h"
#include "slo/budget.h"
#include "slo/day_blob.h"
#include "slo/running.h"

#include <stdlib.h>

typedef __int128 wide;

enum { DAYS = 40, TRIALS = 60 };

/* Forty days, the last of them open. 2026-03-01T00:00Z: Berlin's clocks change on the 29th. */
#define FIRST_DAY    20513
#define FIRST_MINUTE ((int64_t)FIRST_DAY * DAY_MINUTES)
#define END_MINUTE   (FIRST_MINUTE + (DAYS - 1) * DAY_MINUTES + 700)

struct history {
    struct minute at[DAYS * DAY_MINUTES];
    size_t n;
    struct buf blobs[DAYS];
    struct window_day days[DAYS];
    struct window_source source;
};

static uint64_t throw(uint64_t * random)
{
    *random ^= *random << 13, *random ^= *random >> 7, *random ^= *random << 17;
    return *random >> 8;
}

static struct history *history_new(uint64_t *random)
{
    struct history *history = memory_alloc_zero(1, sizeof *history);
    for (int64_t m = FIRST_MINUTE; m < END_MINUTE; m++)
        history->at[history->n++] =
            (struct minute){.minute = m,
                            .units = (int64_t)(throw(random) % 1000) - (throw(random) % 50 == 0 ? 900 : 0),
                            .spent = (int64_t)(throw(random) % 8),
                            .hidden = throw(random) % 9 == 0 ? (int64_t)(throw(random) % 100) : 0,
                            .expected = 1,
                            .seen = 1};
    for (int d = 0; d < DAYS - 1; d++) {
        buf_init(&history->blobs[d], DAY_BLOB_MAX_BYTES);
        history->days[d].day = FIRST_DAY + d;
        day_blob_encode(history->at + d * DAY_MINUTES, DAY_MINUTES, &history->blobs[d],
                        &history->days[d].totals);
        history->days[d].blob = buf_text(&history->blobs[d]);
    }
    history->source =
        (struct window_source){history->days, DAYS - 1, history->at + (DAYS - 1) * DAY_MINUTES, 700};
    return history;
}

static void history_free(struct history *history)
{
    for (int d = 0; d < DAYS - 1; d++)
        buf_finish(&history->blobs[d]);
    memory_free(history);
}

static struct slo definition(int64_t allowance)
{
    return (struct slo){.kind = SLO_EVENTS,
                        .objective = TEXT("now"),
                        .target_billionths = DECIMAL_ONE - allowance,
                        .allowance_billionths = allowance,
                        .scale = 1};
}

static void add(struct dated_targets *targets, int64_t from_minute, int64_t allowance)
{
    struct slo slo = definition(allowance);
    struct dated_target target = dated_target_of(&slo, from_minute);
    dated_targets_add(targets, &target);
}

/* Up to eight spans; the last is returned as the definition. */
static struct slo random_targets(uint64_t *random, struct dated_targets *targets)
{
    int64_t from = FIRST_MINUTE, allowance = 5000000;
    size_t n = throw(random) % 8 + 2;
    for (size_t i = 0; i < n; i++) {
        allowance = (int64_t)(throw(random) % 100 + 1) * 100000 + (int64_t)targets->len;
        add(targets, from, allowance);
        from += (int64_t)(throw(random) % (DAYS * DAY_MINUTES / n)) + 1;
        if (throw(random) % 3 == 0) /* at midnight sharp */
            from -= from % DAY_MINUTES;
        from = from > targets->at[targets->len - 1].from_minute ? from : from + DAY_MINUTES;
    }
    return definition(allowance);
}

static bool is_excluded(const struct minute_spans *excluded, int64_t minute)
{
    for (size_t i = 0; i < excluded->len; i++)
        if (excluded->at[i].from_minute <= minute && minute < excluded->at[i].to_minute)
            return true;
    return false;
}

/* Minute by minute: units and hidden units, each times the allowance of its time. */
static struct earlier_allowed slow(const struct history *history, const struct dated_targets *targets,
                                   const struct minute_spans *excluded, int64_t from, int64_t to)
{
    struct earlier_allowed sum = {0};
    for (size_t i = 0; i < history->n; i++) {
        const struct minute *m = &history->at[i];
        size_t k = 0;
        if (m->minute < from || m->minute >= to || is_excluded(excluded, m->minute))
            continue;
        while (k + 1 < targets->len && targets->at[k + 1].from_minute <= m->minute)
            k++;
        sum.units += (wide)targets->at[k].allowance_billionths * m->units;
        sum.hidden += (wide)targets->at[k].allowance_billionths * m->hidden;
    }
    return sum;
}

static void check(struct earlier_allowed earlier, struct earlier_allowed want, const struct slo *slo,
                  const struct window_sum *sum)
{
    assert_true(earlier.units + (wide)slo->allowance_billionths * sum->units == want.units);
    assert_true(earlier.hidden + (wide)slo->allowance_billionths * sum->hidden == want.hidden);
    struct budget_input input = {.sum = *sum,
                                 .period = {0, 1, true},
                                 .expected_units = -1,
                                 .first_minute = INT64_MAX,
                                 .earlier = earlier};
    struct budget budget;
    budget_compute(slo, &input, &budget);
    if (sum->units > 0)
        assert_int_equal(budget.allowed, (int64_t)(want.units / DECIMAL_ONE));
}

static void any_window_allows_the_sum_of_its_minutes(void **unused)
{
    (void)unused;
    uint64_t random = 88172645463325252ULL;
    struct history *history = history_new(&random);
    for (int trial = 0; trial < TRIALS; trial++) {
        struct dated_targets targets = {0};
        struct slo slo = random_targets(&random, &targets);
        int64_t hole = FIRST_MINUTE + (int64_t)(throw(&random) % (DAYS * DAY_MINUTES));
        struct minute_span span = {hole, hole + 500};
        struct minute_spans excluded = {.at = &span, .len = 1};
        for (int i = 0; i < 5; i++) {
            int64_t from = FIRST_MINUTE + (int64_t)(throw(&random) % (DAYS * DAY_MINUTES));
            int64_t to = from + (int64_t)(throw(&random) % (DAYS * DAY_MINUTES));
            struct minute_span window = {from, to};
            struct earlier_allowed earlier;
            struct window_sum sum;
            struct err err;
            assert_true(window_sum_over(&history->source, from, to, &span, 1, &sum, &err));
            assert_true(
                earlier_allowed_over(&targets, &slo, &history->source, &window, &span, 1, &earlier, &err));
            check(earlier, slow(history, &targets, &excluded, from, to), &slo, &sum);
        }
        dated_targets_finish(&targets);
    }
    history_free(history);
}

static struct slo_window rolling(int64_t days)
{
    return (struct slo_window){.kind = WINDOW_ROLLING, .length_ms = days * DAY_MS, .name = TEXT("rolling")};
}

static void read_ahead(const struct history *history, struct running *running)
{
    const struct minute_spans none = {0};
    struct minute_span span;
    while (running_wants(running, &span)) {
        int64_t from = span.from_minute > FIRST_MINUTE ? span.from_minute : FIRST_MINUTE;
        size_t n = span.to_minute > from ? (size_t)(span.to_minute - from) : 0;
        running_put(running, &span, history->at + (from - FIRST_MINUTE), n, &none);
    }
}

/* What the store has before a minute. */
static void load(const struct history *history, struct running *running, const struct running_turn *turn,
                 int64_t before)
{
    const struct minute_spans none = {0};
    struct window_source source = history->source;
    struct err err;
    size_t day = (size_t)((before - FIRST_MINUTE) / DAY_MINUTES);
    source.n_days = day;
    source.open = history->at + day * DAY_MINUTES;
    source.n_open = (size_t)(before - FIRST_MINUTE) - day * DAY_MINUTES;
    assert_true(running_load(running, turn, before - 6, &source, &none, &err));
    read_ahead(history, running);
}

/* Loaded from the store in mid-day, then minute after minute; loaded again where a calendar's edge jumps. */
static void check_memory(const struct history *history, const struct slo *slo,
                         const struct dated_targets *targets, int64_t begin)
{
    const struct minute_spans none = {0};
    struct running *running = running_new(slo, targets);
    struct running_turn turn = {.slot_ms = begin * MINUTE_MS, .first_minute = FIRST_MINUTE};
    int loads = 0;
    load(history, running, &turn, begin);
    for (int64_t m = begin; m < begin + 300; m++) {
        turn.slot_ms = (m + 1) * MINUTE_MS;
        struct ledger_row row = {.sealed = true, .minute = history->at[m - FIRST_MINUTE]};
        struct ledger_change change = {
            .head = {.horizon_ms = (m - 5) * MINUTE_MS}, .rows = &row, .n_rows = 1};
        if (!running_turn(running, &turn)) {
            load(history, running, &turn, m);
            loads++;
        }
        running_take(&running, 1, &change, &none);
        read_ahead(history, running);
        for (size_t w = 0; w < slo->n_windows; w++) {
            int64_t from = period_at(&slo->windows[w], turn.slot_ms).from_ms / MINUTE_MS;
            struct window_sum sum = running_window(running, w);
            check(running_earlier(running, w), slow(history, targets, &none, from, m + 1), slo, &sum);
        }
    }
    assert_true(loads <= 2);
    running_free(running);
}

static void sums_in_memory_allow_the_same(void **unused)
{
    (void)unused;
    struct err err;
    struct timezone_zone *berlin = timezone_open(TEXT("Europe/Berlin"), &err);
    uint64_t random = 1181783497276652981ULL;
    struct history *history = history_new(&random);
    assert_non_null(berlin);
    /* one more starts at 23:00Z of the 28th: the day of 23 hours is within */
    static const int64_t begins[] = {30 * DAY_MINUTES + 100, 31 * DAY_MINUTES - 150, 27 * DAY_MINUTES + 1300,
                                     28 * DAY_MINUTES + 1200};
    for (int trial = 0; trial < TRIALS / 4; trial++) {
        struct dated_targets targets = {0};
        struct slo slo = random_targets(&random, &targets);
        int64_t begin = FIRST_MINUTE + begins[trial % 4];
        slo.windows[0] = rolling(7);
        slo.windows[1] = rolling(1);
        slo.windows[2] = (struct slo_window){
            .kind = WINDOW_MONTH, .length_ms = 30 * DAY_MS, .zone = berlin, .name = TEXT("month")};
        slo.windows[3] =
            (struct slo_window){.kind = WINDOW_DAY, .length_ms = DAY_MS, .zone = berlin, .name = TEXT("day")};
        slo.n_windows = 4;
        check_memory(history, &slo, &targets, begin);
        dated_targets_finish(&targets);
    }
    history_free(history);
    timezone_close(berlin);
}

static void the_rest_of_a_month_is_allowed_at_the_present_target(void **unused)
{
    (void)unused;
    struct slo slo = definition(1000000); /* 99.9 %, before 99.5 % */
    struct budget_input input = {.sum = {.units = 100000, .spent = 300, .expected = 1, .seen = 1},
                                 .period = {0, 30 * DAY_MS, false},
                                 .now_ms = 10 * DAY_MS,
                                 .expected_units = 300000,
                                 .first_minute = 0,
                                 .earlier = {.units = (wide)4000000 * 90000}};
    struct budget budget;
    budget_compute(&slo, &input, &budget);
    assert_int_equal(budget.allowed, 450 + 210); /* 90,000 x 0.005 + (10,000 + 200,000) x 0.001 */
    assert_int_equal(budget.allowed_now, 300);
    assert_int_equal(budget.verdict, BUDGET_MET); /* 300 of 460 so far */
    input.sum.spent = 461;
    budget_compute(&slo, &input, &budget);
    assert_int_equal(budget.verdict, BUDGET_MISSED);
    /* 199 left at 300 a month at a burn rate of 1 */
    assert_int_equal(budget_exhausted_in_ms(&budget, 30 * DAY_MS, 1),
                     (int64_t)(199.0 / 300 * (double)(30 * DAY_MS)));
}

static void hidden_units_are_judged_by_the_target_of_their_time(void **unused)
{
    (void)unused;
    struct slo slo = definition(1000000);
    struct budget_input input = {
        .sum = {.units = 100000, .spent = 100, .hidden = 400, .expected = 2, .seen = 1},
        .period = {0, 30 * DAY_MS, true},
        .now_ms = 30 * DAY_MS,
        .expected_units = -1,
        .first_minute = 0,
        .earlier = {.units = (wide)4000000 * 99499, .hidden = (wide)4000000 * 400}};
    struct budget budget;
    /* 0.001 x 100,400 + 0.004 x 99,899 = 499.996 for 500: only by what is hidden in its time */
    budget_compute(&slo, &input, &budget);
    assert_int_equal(budget.verdict, BUDGET_MET_SEEN);
    input.earlier.units += 4000000;
    budget_compute(&slo, &input, &budget);
    assert_int_equal(budget.verdict, BUDGET_MET);
}

static void a_ceiling_that_changes_counts_by_the_minutes_of_each(void **unused)
{
    (void)unused;
    struct slo slo = {.kind = SLO_TOTAL,
                      .objective = TEXT("total"),
                      .target_billionths = 3000000 * DECIMAL_ONE,
                      .allowance_billionths = 69444444444,
                      .scale = 1000000,
                      .windows = {{.kind = WINDOW_MONTH, .length_ms = 30 * DAY_MS}},
                      .n_windows = 1};
    struct period month = {0, 31 * DAY_MS, false};
    struct dated_targets targets = {0};
    struct dated_target first = dated_target_of(&slo, -5);
    dated_targets_add(&targets, &first);
    assert_int_equal(dated_ceiling(&targets, &slo, &month), 3000000000000);
    slo.target_billionths = 6000000 * DECIMAL_ONE;
    struct dated_target second = dated_target_of(&slo, 10 * DAY_MINUTES);
    dated_targets_add(&targets, &second);
    /* 10 of 31 days of 3,000,000, 21 of 6,000,000, rounded down */
    assert_int_equal(dated_ceiling(&targets, &slo, &month), 5032258064516);
    /* three months for three times as much */
    slo.windows[0].length_ms = 90 * DAY_MS;
    slo.target_billionths = 18000000 * DECIMAL_ONE;
    struct dated_target third = dated_target_of(&slo, 20 * DAY_MINUTES);
    dated_targets_add(&targets, &third);
    struct period quarter = {0, 90 * DAY_MS, false};
    assert_int_equal(dated_ceiling(&targets, &slo, &quarter), 17000000000000);
    dated_targets_finish(&targets);
}

static void the_same_target_in_other_words_is_no_change(void **unused)
{
    (void)unused;
    struct dated_targets targets = {0};
    add(&targets, 10, 5000000);
    struct slo slo = definition(5000000);
    slo.objective = TEXT("99.50%");
    struct dated_target again = dated_target_of(&slo, 20);
    dated_targets_add(&targets, &again);
    assert_int_equal(targets.len, 1);
    assert_true(text_is(targets.at[0].objective, "99.50%"));
    dated_targets_trim(&targets);
    assert_int_equal(targets.len, 0);
    assert_null(dated_target_at(&targets, 5));
}

static void beyond_the_limit_the_oldest_become_one(void **unused)
{
    (void)unused;
    struct dated_targets targets = {0};
    for (int i = 0; i <= DATED_TARGETS_MAX; i++)
        add(&targets, i, 1000 + i);
    assert_int_equal(targets.len, DATED_TARGETS_MAX);
    assert_int_equal(dated_target_at(&targets, -100)->allowance_billionths, 1001);
    assert_int_equal(dated_target_at(&targets, 1000)->allowance_billionths, 1000 + DATED_TARGETS_MAX);
    dated_targets_finish(&targets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_window_allows_the_sum_of_its_minutes),
        cmocka_unit_test(sums_in_memory_allow_the_same),
        cmocka_unit_test(the_rest_of_a_month_is_allowed_at_the_present_target),
        cmocka_unit_test(hidden_units_are_judged_by_the_target_of_their_time),
        cmocka_unit_test(a_ceiling_that_changes_counts_by_the_minutes_of_each),
        cmocka_unit_test(the_same_target_in_other_words_is_no_change),
        cmocka_unit_test(beyond_the_limit_the_oldest_become_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
