/* The simulated service's samples against its own log, over restarts, crash loops, gaps and incidents; and
 * what they look like. */
#include "support/cmocka_headers.h"

#include "source/sim_log.h"
#include "source/sim_series.h"

#include <math.h>

#define ORIGIN_MS 1763683212345LL

static struct sim *sim_make(const struct sim_condition *conditions, size_t n)
{
    struct err err;
    struct sim *sim = sim_new(&(struct sim_options){.seed = 11,
                                                    .origin_ms = ORIGIN_MS,
                                                    .history_ms = 6LL * HOUR_MS,
                                                    .plain_history = true,
                                                    .conditions = conditions,
                                                    .n_conditions = n},
                              &err);
    assert_non_null(sim);
    return sim;
}

/* Times are minutes before the origin. */
static struct sim_condition between(enum sim_condition_kind kind, double from, double to, int instance)
{
    return (struct sim_condition){kind,
                                  ORIGIN_MS - (int64_t)(from * MINUTE_MS),
                                  ORIGIN_MS - (int64_t)(to * MINUTE_MS),
                                  SIM_ALL,
                                  instance,
                                  0};
}

static struct sim *sim_with_trouble(void)
{
    const struct sim_condition conditions[] = {
        between(SIM_DOWN, 359.9, 359.9, 0),   /* before its second scrape */
        between(SIM_DOWN, 300.21, 300.21, 0), /* a restart between two scrapes */
        between(SIM_DOWN, 250.5, 240.3, 1),   /* ten minutes down */
        between(SIM_GAP, 200, 190, SIM_ALL),  /* nobody scrapes */
        between(SIM_GAP, 180, 170, 0),        /* a restart that a gap hides */
        between(SIM_DOWN, 175.1, 175.05, 0),
        between(SIM_DOWN, 174.1, 174.05, 0), /* and a whole life that nobody saw */
        between(SIM_CRASH_LOOP, 150, 90, 1),
        between(SIM_GAP, 120.2, 110.7, 1),
        between(SIM_CRASH_LOOP, 60, 30, SIM_ALL),
        {SIM_FAIL, ORIGIN_MS - 130 * MINUTE_MS, ORIGIN_MS - 10 * MINUTE_MS, SIM_ALL, SIM_ALL, 0.05},
    };
    return sim_make(conditions, sizeof conditions / sizeof conditions[0]);
}

struct view {
    struct arena arena;
    struct sim *sim;
    struct sim_column *columns;
};

static void view_open(struct view *view, struct sim *sim, bool markers)
{
    arena_init(&view->arena, 0);
    view->sim = sim;
    view->columns = ARENA_ARRAY_ZERO(&view->arena, struct sim_column, sim->n_series);
    for (size_t i = 0; i < sim->n_series; i++)
        view->columns[i].series = &sim->series[i];
    sim_columns_fill(sim, view->columns, sim->n_series, 0, ORIGIN_MS + HOUR_MS, markers, &view->arena);
}

static void view_close(struct view *view)
{
    sim_free(view->sim);
    arena_finish(&view->arena);
}

static const struct sim_column *column_find(const struct view *view, struct sim_series wanted)
{
    for (size_t i = 0; i < view->sim->n_series; i++) {
        const struct sim_series *series = view->columns[i].series;
        if (series->family == wanted.family && series->part == wanted.part &&
            series->instance == wanted.instance && series->tenant == wanted.tenant &&
            series->code == wanted.code && series->bound == wanted.bound)
            return &view->columns[i];
    }
    fail_msg("no such series");
    return NULL;
}

static const struct sim_column *up_of(const struct view *view, int instance)
{
    return column_find(
        view, (struct sim_series){.family = SIM_UP, .instance = instance, .tenant = SIM_ALL, .code = -1});
}

/* The slow reference: sums the differences of consecutive samples with from < t <= to. A series that was
 * absent at the scrape before (of those that found the target up) counts from zero, and so does one that
 * fell. */
static double increase(const struct view *view, const struct sim_column *column, int64_t from_ms,
                       int64_t to_ms)
{
    const struct sim_column *up = up_of(view, column->series->instance);
    double sum = 0, before = 0;
    bool was_there = false;
    size_t next = 0;
    for (size_t i = 0; i < up->len; i++) {
        bool is_there = next < column->len && column->times_ms[next] == up->times_ms[i];
        if (is_there) {
            double value = column->values[next++];
            double grown = was_there && value >= before ? value - before : value;
            if (up->times_ms[i] > from_ms && up->times_ms[i] <= to_ms)
                sum += grown;
            before = value;
        }
        if (up->values[i] > 0)
            was_there = is_there;
    }
    assert_int_equal(next, column->len);
    return sum;
}

static void totals_by_samples(const struct view *view, int tenant, int64_t from_ms, int64_t to_ms,
                              struct sim_totals *totals)
{
    double failed = 0, units = 0, slow = 0, cost = 0, scored = 0, score = 0;
    for (size_t i = 0; i < view->sim->n_series; i++) {
        const struct sim_column *column = &view->columns[i];
        const struct sim_series *series = column->series;
        if (series->tenant != tenant)
            continue;
        double grown = increase(view, column, from_ms, to_ms);
        if (series->family == SIM_QUERIES)
            units += grown;
        if (series->family == SIM_QUERIES && series->code != SIM_CODE_200)
            failed += grown;
        if (series->family == SIM_DURATION && series->part == SIM_COUNT)
            slow += grown;
        if (series->family == SIM_DURATION && series->part == SIM_BUCKET && series->bound == SIM_SLOW_BOUND)
            slow -= grown;
        if (series->family == SIM_COST_TOTAL)
            cost += grown;
        if (series->family == SIM_SCORES && series->part == SIM_COUNT)
            scored += grown;
        if (series->family == SIM_SCORES && series->part == SIM_SUM)
            score += grown;
    }
    *totals = (struct sim_totals){(int64_t)units,  (int64_t)failed,
                                  (int64_t)slow,   llround(cost * 100) * 10000,
                                  (int64_t)scored, llround(score * 10000) * 100};
}

/* a - b - c */
static struct sim_totals less(const struct sim_totals *a, const struct sim_totals *b,
                              const struct sim_totals *c)
{
    return (struct sim_totals){
        a->units - b->units - c->units,    a->failed - b->failed - c->failed,
        a->slow - b->slow - c->slow,       a->cost_micro - b->cost_micro - c->cost_micro,
        a->scored - b->scored - c->scored, a->score_micro - b->score_micro - c->score_micro};
}

static void totals_equal(const struct sim_totals *a, const struct sim_totals *b)
{
    assert_int_equal(a->units, b->units);
    assert_int_equal(a->failed, b->failed);
    assert_int_equal(a->slow, b->slow);
    assert_int_equal(a->cost_micro, b->cost_micro);
    assert_int_equal(a->scored, b->scored);
    assert_int_equal(a->score_micro, b->score_micro);
}

static void window_agrees(const struct view *view, int tenant, int64_t from_ms, int64_t to_ms)
{
    const struct sim_totals none = {0};
    struct sim_totals sampled;
    struct sim_log log;
    sim_log_read(view->sim, tenant, from_ms, to_ms, &log);
    totals_by_samples(view, tenant, from_ms, to_ms, &sampled);
    struct sim_totals shown = less(&log.shown, &log.masked, &none);
    totals_equal(&shown, &sampled);
    if (from_ms <= view->sim->begin_ms) {
        struct sim_totals seen = less(&log.events, &log.lost, &log.late);
        totals_equal(&seen, &log.shown);
    }
}

static void samples_add_up_to_the_log_less_what_none_could_show(void **state)
{
    (void)state;
    struct view view;
    view_open(&view, sim_with_trouble(), false);
    struct sim_log log;
    sim_log_read(view.sim, SIM_ALL, 0, ORIGIN_MS, &log);
    assert_true(log.lost.units > 500 && log.lost.failed > 10 && log.masked.failed > 10 && log.late.units > 0);
    for (int tenant = 0; tenant < SIM_TENANTS; tenant++) {
        window_agrees(&view, tenant, 0, ORIGIN_MS);
        window_agrees(&view, tenant, 0, ORIGIN_MS + HOUR_MS);
    }
    view_close(&view);
}

static void any_window_of_samples_adds_up_to_the_log(void **state)
{
    (void)state;
    struct view view;
    view_open(&view, sim_with_trouble(), false);
    uint64_t random = 88172645463325252ULL;
    for (int i = 0; i < 300; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        int64_t from_ms = ORIGIN_MS - 6LL * HOUR_MS + (int64_t)(random % (6LL * HOUR_MS));
        int64_t to_ms = from_ms + (int64_t)(random >> 40) % (i % 2 ? HOUR_MS : 3 * MINUTE_MS);
        window_agrees(&view, i % SIM_TENANTS, from_ms, to_ms);
    }
    view_close(&view);
}

static void without_trouble_nothing_is_lost(void **state)
{
    (void)state;
    struct sim *sim = sim_make(NULL, 0);
    struct sim_log log;
    const struct sim_totals none = {0};
    sim_log_read(sim, SIM_ALL, 0, ORIGIN_MS, &log);
    assert_memory_equal(&log.lost, &none, sizeof none);
    assert_memory_equal(&log.masked, &none, sizeof none);
    sim_free(sim);
}

static void counters_never_fall_in_one_life(void **state)
{
    (void)state;
    struct view view;
    view_open(&view, sim_make(NULL, 0), false);
    for (size_t i = 0; i < view.sim->n_series; i++)
        for (size_t k = 1; k < view.columns[i].len; k++) {
            assert_true(view.columns[i].values[k] >= view.columns[i].values[k - 1]);
            assert_true(view.columns[i].times_ms[k] > view.columns[i].times_ms[k - 1]);
        }
    view_close(&view);
}

static void a_histogram_agrees_with_its_counter(void **state)
{
    (void)state;
    struct view view;
    view_open(&view, sim_with_trouble(), false);
    struct sim_series wanted = {.family = SIM_QUERIES, .instance = 1, .tenant = 1, .code = 0};
    const struct sim_column *queries = column_find(&view, wanted);
    wanted.family = SIM_DURATION;
    wanted.part = SIM_BUCKET;
    const struct sim_column *bucket[SIM_LATENCY_BOUNDS + 1];
    for (wanted.bound = 0; wanted.bound <= SIM_LATENCY_BOUNDS; wanted.bound++)
        bucket[wanted.bound] = column_find(&view, wanted);
    assert_true(queries->len > 1000);
    for (size_t k = 0; k < queries->len; k++) {
        for (int bound = 1; bound <= SIM_LATENCY_BOUNDS; bound++)
            assert_true(bucket[bound]->values[k] >= bucket[bound - 1]->values[k]);
        assert_true(bucket[SIM_LATENCY_BOUNDS]->values[k] == queries->values[k]);
    }
    view_close(&view);
}

static void a_child_appears_with_its_first_query(void **state)
{
    (void)state;
    struct view view;
    view_open(&view, sim_make(NULL, 0), false);
    const struct sim_column *errors =
        column_find(&view, (struct sim_series){.family = SIM_QUERIES, .code = SIM_CODE_503});
    const struct sim_column *cost =
        column_find(&view, (struct sim_series){.family = SIM_COST_TOTAL, .code = -1});
    assert_true(errors->len > 0 && errors->len < cost->len);
    assert_true(errors->values[0] >= 1);
    view_close(&view);
}

static void a_down_instance_is_not_up_and_its_series_go_stale(void **state)
{
    (void)state;
    struct view view;
    view_open(&view, sim_with_trouble(), true);
    const struct sim_column *up = up_of(&view, 1);
    const struct sim_column *cost =
        column_find(&view, (struct sim_series){.family = SIM_COST_TOTAL, .instance = 1, .code = -1});
    int downs = 0, stale = 0;
    int64_t from_ms = ORIGIN_MS - (int64_t)(250.5 * MINUTE_MS),
            to_ms = ORIGIN_MS - (int64_t)(240.3 * MINUTE_MS);
    for (size_t i = 0; i < up->len; i++)
        if (up->times_ms[i] >= from_ms && up->times_ms[i] < to_ms)
            downs += up->values[i] == 0;
    for (size_t i = 0; i < cost->len; i++)
        if (cost->times_ms[i] >= from_ms && cost->times_ms[i] < to_ms)
            stale += value_is_stale(cost->values[i]) ? 1 : 100;
    assert_int_equal(downs, 41);
    assert_int_equal(stale, 1);
    view_close(&view);
}

static void a_gap_has_no_samples_at_all(void **state)
{
    (void)state;
    struct view view;
    view_open(&view, sim_with_trouble(), true);
    for (size_t i = 0; i < view.sim->n_series; i++)
        for (size_t k = 0; k < view.columns[i].len; k++)
            assert_false(view.columns[i].times_ms[k] >= ORIGIN_MS - 200 * MINUTE_MS &&
                         view.columns[i].times_ms[k] < ORIGIN_MS - 190 * MINUTE_MS);
    view_close(&view);
}

static void a_process_start_time_tells_every_restart(void **state)
{
    (void)state;
    const struct sim_condition restart = between(SIM_DOWN, 100, 100, 0);
    struct view view;
    view_open(&view, sim_make(&restart, 1), false);
    const struct sim_column *start =
        column_find(&view, (struct sim_series){.family = SIM_PROCESS_START, .tenant = SIM_ALL, .code = -1});
    assert_true(start->values[0] == (double)(ORIGIN_MS - 6LL * HOUR_MS) / 1000);
    assert_true(start->values[start->len - 1] == (double)restart.from_ms / 1000);
    view_close(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_add_up_to_the_log_less_what_none_could_show),
        cmocka_unit_test(any_window_of_samples_adds_up_to_the_log),
        cmocka_unit_test(without_trouble_nothing_is_lost),
        cmocka_unit_test(counters_never_fall_in_one_life),
        cmocka_unit_test(a_histogram_agrees_with_its_counter),
        cmocka_unit_test(a_child_appears_with_its_first_query),
        cmocka_unit_test(a_down_instance_is_not_up_and_its_series_go_stale),
        cmocka_unit_test(a_gap_has_no_samples_at_all),
        cmocka_unit_test(a_process_start_time_tells_every_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
