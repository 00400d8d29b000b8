/* The simulated service's timeline: the same however it is cut, with day and night, and with its incident. */
#include "support/cmocka_headers.h"

#include "source/sim_log.h"
#include "source/sim_series.h"

#include <stdio.h>

#define ORIGIN_MS 1763683212345LL

static struct sim *sim_make(const struct sim_options *options)
{
    struct err err;
    struct sim *sim = sim_new(options, &err);
    assert_non_null(sim);
    return sim;
}

static struct sim *sim_of_hours(uint64_t seed, int hours)
{
    return sim_make(&(struct sim_options){
        .seed = seed, .origin_ms = ORIGIN_MS, .history_ms = (int64_t)hours * HOUR_MS, .plain_history = true});
}

static void incident_start(struct sim *sim, int64_t at_ms)
{
    struct err err;
    assert_true(sim_start_incident(sim, at_ms, &err));
}

static struct sim_totals events_between(struct sim *sim, int tenant, int64_t from_ms, int64_t to_ms)
{
    struct sim_log log;
    sim_log_read(sim, tenant, from_ms, to_ms, &log);
    return log.events;
}

static struct sim_column *columns_of(struct sim *sim, int64_t from_ms, int64_t to_ms, struct arena *arena)
{
    struct sim_column *columns = ARENA_ARRAY_ZERO(arena, struct sim_column, sim->n_series);
    for (size_t i = 0; i < sim->n_series; i++)
        columns[i].series = &sim->series[i];
    sim_columns_fill(sim, columns, sim->n_series, from_ms, to_ms, false, arena);
    return columns;
}

/* Whole's samples, from *at on, begin with the part's; moves *at behind them. */
static void part_follows(const struct sim_column *whole, const struct sim_column *part, size_t *at)
{
    assert_true(*at + part->len <= whole->len);
    if (part->len) {
        assert_memory_equal(whole->times_ms + *at, part->times_ms, part->len * sizeof *part->times_ms);
        assert_memory_equal(whole->values + *at, part->values, part->len * sizeof *part->values);
    }
    *at += part->len;
}

static void samples_are_the_same_however_the_timeline_is_cut(void **state)
{
    (void)state;
    const int64_t cuts_ms[] = {1, 14999, 15000, 600001, 3599999, 3600000, 777, 5LL * HOUR_MS};
    struct sim *sim = sim_of_hours(1, 12);
    struct arena arena;
    arena_init(&arena, 0);
    int64_t end_ms = ORIGIN_MS + HOUR_MS;
    struct sim_column *whole = columns_of(sim, sim->begin_ms - 1, end_ms, &arena);
    size_t *at = ARENA_ARRAY_ZERO(&arena, size_t, sim->n_series);
    int64_t from_ms = sim->begin_ms - 1;
    for (int i = 0; from_ms < end_ms; i++) {
        int64_t to_ms = from_ms + cuts_ms[i % 8];
        to_ms = to_ms < end_ms ? to_ms : end_ms;
        /* a sim of its own: nothing may hang on what was asked before */
        struct sim *restarted = sim_of_hours(1, 12);
        struct sim_column *part = columns_of(restarted, from_ms, to_ms, &arena);
        for (size_t s = 0; s < sim->n_series; s++)
            part_follows(&whole[s], &part[s], &at[s]);
        sim_free(restarted);
        from_ms = to_ms;
    }
    for (size_t s = 0; s < sim->n_series; s++)
        assert_int_equal(at[s], whole[s].len);
    arena_finish(&arena);
    sim_free(sim);
}

static void another_seed_gives_another_timeline(void **state)
{
    (void)state;
    struct sim *one = sim_of_hours(1, 2), *two = sim_of_hours(2, 2);
    struct sim_totals a = events_between(one, SIM_ALL, 0, ORIGIN_MS);
    struct sim_totals b = events_between(two, SIM_ALL, 0, ORIGIN_MS);
    assert_true(a.units > 0 && b.units > 0);
    assert_true(a.cost_micro != b.cost_micro);
    sim_free(one);
    sim_free(two);
}

static void a_longer_history_ends_in_the_same_events(void **state)
{
    (void)state;
    struct sim *one = sim_of_hours(1, 2), *two = sim_of_hours(1, 48);
    struct sim_totals a = events_between(one, SIM_ALL, ORIGIN_MS - HOUR_MS, ORIGIN_MS);
    struct sim_totals b = events_between(two, SIM_ALL, ORIGIN_MS - HOUR_MS, ORIGIN_MS);
    assert_memory_equal(&a, &b, sizeof a);
    sim_free(one);
    sim_free(two);
}

static void traffic_at_the_origin_is_the_mean_of_the_six_hours_before(void **state)
{
    (void)state;
    struct sim *sim = sim_of_hours(1, 24);
    for (int tenant = 0; tenant < SIM_TENANTS; tenant++) {
        double sum = 0;
        for (int minute = 1; minute <= 360; minute++)
            sum += sim_rate(sim, tenant, ORIGIN_MS - minute * 60000);
        double ratio = sim_rate(sim, tenant, ORIGIN_MS) / (sum / 360);
        assert_true(ratio > 0.998 && ratio < 1.002);
    }
    double counted = (double)events_between(sim, SIM_ALL, ORIGIN_MS - 6LL * HOUR_MS, ORIGIN_MS).units / 21600;
    double rate = sim_rate(sim, 0, ORIGIN_MS) + sim_rate(sim, 1, ORIGIN_MS) + sim_rate(sim, 2, ORIGIN_MS);
    assert_true(counted / rate > 0.98 && counted / rate < 1.02); /* 5 sigma of 100,000 events: 1.6 % */
    sim_free(sim);
}

static void days_are_busier_than_nights(void **state)
{
    (void)state;
    struct sim *sim = sim_of_hours(1, 24);
    double least = 1e9, most = 0;
    for (int minute = 0; minute < 1440; minute++) {
        double rate = sim_rate(sim, 2, ORIGIN_MS - minute * 60000);
        least = rate < least ? rate : least;
        most = rate > most ? rate : most;
    }
    assert_true(most > 2 * least);
    assert_true(least * 60 > 20); /* detection is promised from 20 units a minute on */
    assert_true(sim_rate(sim, 2, ORIGIN_MS) == sim_rate(sim, 2, ORIGIN_MS + 24LL * HOUR_MS));
    sim_free(sim);
}

static void objectives_are_met_with_some_budget_used(void **state)
{
    (void)state;
    struct sim *sim = sim_make(&(struct sim_options){.seed = 3, .origin_ms = ORIGIN_MS});
    for (int tenant = SIM_ALL; tenant < SIM_TENANTS; tenant++) {
        struct sim_totals all = events_between(sim, tenant, 0, ORIGIN_MS);
        double units = (double)all.units;
        double used[] = {(double)all.failed / units / 0.005, (double)all.slow / units / 0.05,
                         (double)all.cost_micro / 1e6 / units / 10,
                         (1 - (double)all.score_micro / 1e6 / (double)all.scored) / 0.15};
        for (int i = 0; i < 4; i++)
            assert_true(used[i] > 0.2 && used[i] < 0.65);
    }
    sim_free(sim);
}

static void the_last_three_days_burn_slower_than_the_budget_allows(void **state)
{
    (void)state;
    struct sim *sim = sim_make(&(struct sim_options){.seed = 3, .origin_ms = ORIGIN_MS});
    for (int hour = 0; hour < 72; hour += 6) {
        int64_t to_ms = ORIGIN_MS - (int64_t)hour * HOUR_MS;
        struct sim_totals all = events_between(sim, SIM_ALL, to_ms - 6LL * HOUR_MS, to_ms);
        assert_true((double)all.failed < 0.005 * (double)all.units);
        assert_true((double)all.slow < 0.05 * (double)all.units);
    }
    sim_free(sim);
}

static void in_an_incident_traffic_is_eightfold_and_four_of_five_fail(void **state)
{
    (void)state;
    struct sim *sim = sim_of_hours(1, 7);
    int64_t at_ms = ORIGIN_MS + 20000;
    double before = (double)events_between(sim, SIM_ALL, ORIGIN_MS - 6LL * HOUR_MS, ORIGIN_MS).units / 240;
    events_between(sim, SIM_ALL, ORIGIN_MS, ORIGIN_MS + 3LL * HOUR_MS); /* cached without the incident */
    incident_start(sim, at_ms);
    assert_true(sim_incident_running(sim, at_ms) && sim_incident_running(sim, at_ms + 89999));
    assert_false(sim_incident_running(sim, at_ms - 1) || sim_incident_running(sim, at_ms + 90000));
    struct sim_totals during = events_between(sim, SIM_ALL, at_ms - 1, at_ms + SIM_INCIDENT_MS - 1);
    assert_true((double)during.units > 7.5 * before && (double)during.units < 8.5 * before);
    assert_true((double)during.failed > 0.77 * (double)during.units);
    assert_true((double)during.failed < 0.83 * (double)during.units);
    struct sim_totals after = events_between(sim, SIM_ALL, at_ms + SIM_INCIDENT_MS, at_ms + HOUR_MS);
    assert_true((double)after.failed < 0.003 * (double)after.units);
    sim_free(sim);
}

static void an_incident_changes_nothing_before_it(void **state)
{
    (void)state;
    struct sim *calm = sim_of_hours(1, 2), *hit = sim_of_hours(1, 2), *again = sim_of_hours(1, 2);
    int64_t at_ms = ORIGIN_MS + 4000000;
    events_between(hit, SIM_ALL, 0, at_ms + 3LL * HOUR_MS);
    incident_start(hit, at_ms);
    incident_start(again, at_ms);
    struct sim_totals a = events_between(calm, SIM_ALL, 0, at_ms - 1);
    struct sim_totals b = events_between(hit, SIM_ALL, 0, at_ms - 1);
    assert_memory_equal(&a, &b, sizeof a);
    struct sim_totals c = events_between(hit, SIM_ALL, 0, at_ms + 3LL * HOUR_MS);
    struct sim_totals d = events_between(again, SIM_ALL, 0, at_ms + 3LL * HOUR_MS);
    assert_memory_equal(&c, &d, sizeof c);
    sim_free(calm);
    sim_free(hit);
    sim_free(again);
}

static void no_incident_starts_while_one_runs(void **state)
{
    (void)state;
    struct err err;
    struct sim *sim = sim_of_hours(1, 2);
    incident_start(sim, ORIGIN_MS);
    assert_false(sim_start_incident(sim, ORIGIN_MS + SIM_INCIDENT_MS - 1, &err));
    assert_string_equal(err.message, "an incident runs already");
    incident_start(sim, ORIGIN_MS + SIM_INCIDENT_MS);
    sim_free(sim);
}

static void conditions_make_what_they_say(void **state)
{
    (void)state;
    int64_t to_ms = ORIGIN_MS + 600000;
    const struct sim_condition conditions[] = {
        {SIM_FAIL, ORIGIN_MS, to_ms, 0, SIM_ALL, 1},
        {SIM_SLOW, ORIGIN_MS, to_ms, 1, SIM_ALL, 1},
        {SIM_COST, ORIGIN_MS, to_ms, 1, SIM_ALL, 50},
        {SIM_SCORE, ORIGIN_MS, to_ms, 1, SIM_ALL, 0},
        {SIM_SLOW, ORIGIN_MS, to_ms, 2, SIM_ALL, 0.5},
        {SIM_TRAFFIC, ORIGIN_MS, to_ms, 2, SIM_ALL, 10},
        {SIM_COST_FACTOR, ORIGIN_MS, to_ms, 2, SIM_ALL, 10},
        {SIM_SCORE_DROP, ORIGIN_MS, to_ms, 2, SIM_ALL, 0.5},
    };
    struct sim *sim = sim_make(&(struct sim_options){
        .origin_ms = ORIGIN_MS, .history_ms = HOUR_MS, .conditions = conditions, .n_conditions = 8});
    struct sim_totals acme = events_between(sim, 0, ORIGIN_MS - 1, to_ms - 1);
    struct sim_totals globex = events_between(sim, 1, ORIGIN_MS - 1, to_ms - 1);
    struct sim_totals initech = events_between(sim, 2, ORIGIN_MS - 1, to_ms - 1);
    assert_true(acme.units > 0 && acme.failed == acme.units && acme.cost_micro == 0 && acme.scored == 0);
    assert_true(globex.slow == globex.units && globex.score_micro == 0 && globex.scored > 0);
    assert_true(globex.cost_micro == globex.scored * 50000000);
    assert_true(initech.units > 4000 && initech.units < 8000);
    assert_true(initech.slow * 100 > initech.units * 46 && initech.slow * 100 < initech.units * 54);
    assert_true(initech.cost_micro > initech.units * 40000000);
    assert_true(initech.score_micro < initech.scored * 500000 &&
                initech.score_micro > initech.scored * 300000);
    sim_free(sim);
}

static void refuse(struct sim_options options, const char *message)
{
    struct err err;
    assert_null(sim_new(&options, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_string_equal(err.message, message);
}

static void options_out_of_range_are_refused(void **state)
{
    (void)state;
    struct sim_condition bad[] = {{SIM_FAIL, 5, 6, SIM_ALL, SIM_ALL, 1.5},
                                  {SIM_FAIL, 6, 5, SIM_ALL, SIM_ALL, 1},
                                  {SIM_FAIL, 5, 6, 3, SIM_ALL, 1},
                                  {SIM_CRASH_LOOP, 0, INT64_MAX / 4, SIM_ALL, SIM_ALL, 0}};
    struct sim_options options = {.origin_ms = ORIGIN_MS, .n_conditions = 1};
    refuse((struct sim_options){.origin_ms = 5}, "origin 5 ms is out of range");
    refuse((struct sim_options){.origin_ms = ORIGIN_MS, .history_ms = 5},
           "history is not whole hours between 1 hour and 400 days");
    refuse((struct sim_options){.origin_ms = ORIGIN_MS, .interval_ms = 5},
           "scrape interval is not between 1 s and 5 min");
    options.conditions = &bad[0];
    refuse(options, "condition fail: 1.5 is not between 0 and 1");
    options.conditions = &bad[1];
    refuse(options, "condition fail ends before it begins");
    options.conditions = &bad[2];
    refuse(options, "condition fail: no such tenant or instance");
    options.conditions = &bad[3];
    refuse(options, "a crash loop of more than 100000 restarts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_the_same_however_the_timeline_is_cut),
        cmocka_unit_test(another_seed_gives_another_timeline),
        cmocka_unit_test(a_longer_history_ends_in_the_same_events),
        cmocka_unit_test(traffic_at_the_origin_is_the_mean_of_the_six_hours_before),
        cmocka_unit_test(days_are_busier_than_nights),
        cmocka_unit_test(objectives_are_met_with_some_budget_used),
        cmocka_unit_test(the_last_three_days_burn_slower_than_the_budget_allows),
        cmocka_unit_test(in_an_incident_traffic_is_eightfold_and_four_of_five_fail),
        cmocka_unit_test(an_incident_changes_nothing_before_it),
        cmocka_unit_test(no_incident_starts_while_one_runs),
        cmocka_unit_test(conditions_make_what_they_say),
        cmocka_unit_test(options_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
