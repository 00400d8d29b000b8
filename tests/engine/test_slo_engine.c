/* The engine while its configuration changes: composites, two SLOs of one name, other targets and windows. */
#include "support/engine_world.h"

#include "base/duration.h"
#include "base/json.h"
#include "engine/corrections.h"
#include "engine/ledger_query.h"
#include "support/cmocka_headers.h"

#include <math.h>
#include <string.h>

#define AVAILABILITY                                                                                         \
    "  availability:\n"                                                                                      \
    "    total: rag_queries_total\n"                                                                         \
    "    bad: rag_queries_total{code=~\"5..\"}\n"
#define HEAD "service: rag-api\nowner: rag-team\n"

static int start(void **state)
{
    static struct engine_world world;
    engine_world_init(&world,
                      (struct sim_options){.seed = 1, .history_ms = 2 * HOUR_MS, .plain_history = true});
    engine_world_write_config(&world);
    *state = &world;
    return 0;
}

static int stop(void **state)
{
    engine_world_finish(*state);
    return 0;
}

/* The ledger's answer, or the statuses'. */
static struct json *ask(struct engine_world *world, bool statuses, const char *id)
{
    return engine_world_ask(world, statuses ? slo_statuses_json : ledger_query_json,
                            (struct ledger_query){.id = text_of(id)});
}

static const char *string_of(const struct json *object, const char *name)
{
    return json_string(json_get(object, name), "");
}

static double number_of(const struct json *object, const char *name)
{
    return json_number(json_get(object, name), NAN);
}

static int64_t count_rows(struct engine_world *world, const char *sql)
{
    struct database *db = store_begin(world->store);
    struct statement *s = db_query(db, sql);
    int64_t n = db_step(s) ? db_int(s, 0) : -1;
    while (db_step(s))
        ;
    store_rollback(world->store);
    return n;
}

static void start_composite(struct engine_world *world)
{
    engine_world_write(world, "a.slo.yml",
                       HEAD "slos:\n" AVAILABILITY "    objective: 99.5%\n"
                            "  latency:\n"
                            "    objective: p95 <= 4s\n"
                            "    histogram: rag_query_duration_seconds\n"
                            "  experience:\n"
                            "    composite: {weighted: {availability: 3, latency: 1}}\n");
    engine_world_start(world);
    engine_world_run(world, WORLD_ORIGIN_MS + 5 * MINUTE_MS);
}

static void composites_show_what_each_part_contributes(void **state)
{
    struct engine_world *world = *state;
    start_composite(world);
    for (int statuses = 0; statuses < 2; statuses++) {
        struct json *answer = ask(world, statuses, "rag-api/experience");
        const struct json *composite = json_first(json_get(answer, "composites"));
        assert_non_null(composite);
        assert_null(json_next(composite));
        assert_string_equal(string_of(composite, "kind"), "weighted");
        const struct json *first = json_first(json_get(composite, "parts"));
        const struct json *second = json_next(first);
        double sum = number_of(first, "contribution") + number_of(second, "contribution");
        assert_true(number_of(first, "used_share") > 0);
        assert_true(fabs(number_of(first, "contribution") - 0.75 * number_of(first, "used_share")) < 1e-9);
        assert_true(fabs(sum - number_of(composite, "used_share")) < 1e-9);
        assert_true(fabs(1 - sum - number_of(composite, "left_share")) < 1e-9);
        assert_null(json_get(composite, "uncorrected"));
        assert_string_equal(string_of(composite, "verdict"), "met on what was seen");
        assert_string_equal(string_of(first, "health"), "seen");
        assert_true(number_of(first, "slot_ms") > (double)(WORLD_ORIGIN_MS + 3 * MINUTE_MS));
        assert_non_null(strstr(string_of(first, "period"), "30d to 2026-"));
        json_free(answer);
    }
}

static void composites_show_both_figures_where_a_part_is_corrected(void **state)
{
    struct engine_world *world = *state;
    struct correction_request request = {.slo = TEXT("rag-api/availability"),
                                         .from = TEXT("2026-11-01T22:30:00Z"),
                                         .to = TEXT("2026-11-01T23:30:00Z"),
                                         .kind = TEXT("exclusion"),
                                         .reason = TEXT("a load test"),
                                         .author = TEXT("mina"),
                                         .actor = TEXT("mina")};
    struct err err;
    int64_t id;
    start_composite(world);
    struct json *before = ask(world, false, "rag-api/experience");
    if (!correct_add(world->store, config_view(world->config), &request, world->now_ms, &id, &err))
        fail_msg("%s", err.message);
    struct json *after = ask(world, false, "rag-api/experience");
    const struct json *old = json_first(json_get(before, "composites"));
    const struct json *new = json_first(json_get(after, "composites"));
    const struct json *uncorrected = json_get(new, "uncorrected");
    const struct json *first = json_first(json_get(new, "parts")), *second = json_next(first);
    const struct json *old_first = json_first(json_get(old, "parts"));
    assert_non_null(uncorrected);
    assert_true(number_of(uncorrected, "used_share") == number_of(old, "used_share"));
    assert_true(number_of(uncorrected, "left_share") == number_of(old, "left_share"));
    assert_string_equal(string_of(uncorrected, "state"), string_of(old, "state"));
    assert_true(number_of(new, "used_share") != number_of(old, "used_share"));
    assert_true(number_of(first, "uncorrected_used_share") == number_of(old_first, "used_share"));
    assert_null(json_get(second, "uncorrected_used_share"));
    assert_true(number_of(first, "uncorrected_contribution") == number_of(old_first, "contribution"));
    json_free(before);
    json_free(after);
}

static void of_two_slos_of_one_name_the_later_file_is_refused(void **state)
{
    struct engine_world *world = *state;
    engine_world_write(world, "a.slo.yml", HEAD "slos:\n" AVAILABILITY "    objective: 99.5%\n");
    engine_world_write(world, "b.slo.yml", HEAD "slos:\n" AVAILABILITY "    objective: 90%\n");
    engine_world_start(world);
    const struct config_view *view = config_view(world->config);
    assert_int_equal(view->slos.len, 1);
    assert_true(text_is(view->slos.at[0].objective, "99.5%"));
    assert_false(view->files[0].refused);
    assert_true(view->files[1].refused);
    engine_world_run(world, WORLD_ORIGIN_MS + MINUTE_MS);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM generation"), 1);
}

static void another_target_keeps_what_was_counted_and_is_noted(void **state)
{
    struct engine_world *world = *state;
    engine_world_write(world, "a.slo.yml", HEAD "slos:\n" AVAILABILITY "    objective: 99.5%\n");
    engine_world_start(world);
    engine_world_run(world, WORLD_ORIGIN_MS + 5 * MINUTE_MS);
    struct json *before = ask(world, false, "rag-api/availability");
    engine_world_write(world, "a.slo.yml",
                       HEAD "slos:\n" AVAILABILITY "    objective: 99%\n    window: 7d\n");
    assert_true(engine_world_reload(world));
    struct json *after = ask(world, false, "rag-api/availability");
    const struct json *old = json_get(json_first(json_get(before, "slos")), "window");
    const struct json *new = json_get(json_first(json_get(after, "slos")), "window");
    assert_string_equal(string_of(new, "name"), "7d");
    assert_true(number_of(old, "units") > 1000);
    assert_true(number_of(new, "units") == number_of(old, "units"));
    assert_true(number_of(new, "allowed") == number_of(old, "allowed"));
    engine_world_run(world, WORLD_ORIGIN_MS + 10 * MINUTE_MS);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM generation"), 1);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM slo_target"), 2);
    json_free(before);
    json_free(after);
}

static void another_query_is_another_generation_and_filled_from_history(void **state)
{
    struct engine_world *world = *state;
    engine_world_write(world, "a.slo.yml", HEAD "slos:\n" AVAILABILITY "    objective: 99.5%\n");
    engine_world_start(world);
    engine_world_run(world, WORLD_ORIGIN_MS + 5 * MINUTE_MS);
    engine_world_write(world, "a.slo.yml",
                       HEAD "slos:\n  availability:\n    objective: 99.5%\n"
                            "    total: rag_queries_total{tenant=\"acme\"}\n"
                            "    bad: rag_queries_total{tenant=\"acme\",code=~\"5..\"}\n");
    assert_true(engine_world_reload(world));
    engine_world_run(world, WORLD_ORIGIN_MS + 10 * MINUTE_MS);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM generation"), 2);
    struct json *answer = ask(world, false, "rag-api/availability");
    const struct json *slo = json_first(json_get(answer, "slos"));
    assert_true(number_of(slo, "first_ms") < (double)(WORLD_ORIGIN_MS - HOUR_MS));
    json_free(answer);
}

static void an_incident_says_that_the_configuration_was_reloaded_before(void **state)
{
    struct engine_world *world = *state;
    engine_world_finish(world);
    struct sim_condition outage = {
        SIM_FAIL, WORLD_ORIGIN_MS + 20 * MINUTE_MS, WORLD_ORIGIN_MS + 30 * MINUTE_MS, SIM_ALL, SIM_ALL, 1};
    engine_world_init(world, (struct sim_options){.seed = 1,
                                                  .history_ms = 2 * HOUR_MS,
                                                  .plain_history = true,
                                                  .conditions = &outage,
                                                  .n_conditions = 1});
    engine_world_write_config(world);
    engine_world_write(world, "a.slo.yml", HEAD "slos:\n" AVAILABILITY "    objective: 99.5%\n");
    engine_world_start(world);
    engine_world_run(world, WORLD_ORIGIN_MS + 10 * MINUTE_MS);
    assert_true(engine_world_reload(world));
    engine_world_run(world, WORLD_ORIGIN_MS + 25 * MINUTE_MS);
    assert_int_equal(
        count_rows(world,
                   "SELECT count(*) FROM history WHERE change = 'page opened' AND "
                   "detail LIKE '%configuration was reloaded at 2026-11-02T00:10:00Z, 1_ min%before%'"),
        1);
}

/* A store that takes no more rows of one table stands for a full disk: nothing of the slot is stored. */
static void a_slot_that_cannot_be_stored_is_stored_later_and_told_once(void **state)
{
    struct engine_world *world = *state;
    struct err err;
    engine_world_finish(world);
    struct sim_condition outage = {
        SIM_FAIL, WORLD_ORIGIN_MS + 70 * MINUTE_MS, WORLD_ORIGIN_MS + 80 * MINUTE_MS, SIM_ALL, SIM_ALL, 1};
    engine_world_init(world, (struct sim_options){.seed = 1,
                                                  .history_ms = 2 * HOUR_MS,
                                                  .plain_history = true,
                                                  .conditions = &outage,
                                                  .n_conditions = 1});
    engine_world_write_config(world);
    engine_world_write(world, "a.slo.yml", HEAD "slos:\n" AVAILABILITY "    objective: 99.5%\n");
    engine_world_start(world);
    engine_world_run(world, WORLD_ORIGIN_MS + 69 * MINUTE_MS);
    db_run(db_query(store_begin(world->store), "CREATE TRIGGER full BEFORE INSERT ON obligation BEGIN "
                                               "SELECT RAISE(ABORT, 'disk full'); END"));
    assert_true(store_commit(world->store, &err));
    engine_world_run(world, WORLD_ORIGIN_MS + 76 * MINUTE_MS);
    assert_true(atomic_load(&world->counters.commits_failed) > 0);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM incident"), 0);
    int handed_over = 0;
    struct buf receiver, facts;
    buf_init(&receiver, 4096);
    buf_init(&facts, 1 << 20);
    while (emergency_take(world->emergency, &receiver, &facts)) {
        handed_over += memmem(facts.at, facts.len, "page", 4) != NULL;
        buf_clear(&receiver);
        buf_clear(&facts);
    }
    assert_true(handed_over >= 1);
    db_run(db_query(store_begin(world->store), "DROP TRIGGER full"));
    assert_true(store_commit(world->store, &err));
    engine_world_run(world, WORLD_ORIGIN_MS + 79 * MINUTE_MS);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM incident WHERE key LIKE '%page%'"), 1);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM history WHERE change = 'page opened'"), 1);
    buf_finish(&receiver);
    buf_finish(&facts);
}

static void a_clock_that_is_behind_what_was_evaluated_is_told(void **state)
{
    struct engine_world *world = *state;
    engine_world_write(world, "a.slo.yml", HEAD "slos:\n" AVAILABILITY "    objective: 99.5%\n");
    engine_world_start(world);
    engine_world_run(world, WORLD_ORIGIN_MS + 10 * MINUTE_MS);
    assert_int_equal(atomic_load(&world->counters.clock_behind_ms), 0);
    world->offset_ms = -5 * MINUTE_MS;
    engine_world_run(world, WORLD_ORIGIN_MS + 11 * MINUTE_MS);
    assert_true(atomic_load(&world->counters.clock_behind_ms) >= 3 * MINUTE_MS);
    engine_world_run(world, WORLD_ORIGIN_MS + 20 * MINUTE_MS);
    assert_int_equal(atomic_load(&world->counters.clock_behind_ms), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(composites_show_what_each_part_contributes, start, stop),
        cmocka_unit_test_setup_teardown(composites_show_both_figures_where_a_part_is_corrected, start, stop),
        cmocka_unit_test_setup_teardown(of_two_slos_of_one_name_the_later_file_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(another_target_keeps_what_was_counted_and_is_noted, start, stop),
        cmocka_unit_test_setup_teardown(another_query_is_another_generation_and_filled_from_history, start,
                                        stop),
        cmocka_unit_test_setup_teardown(an_incident_says_that_the_configuration_was_reloaded_before, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_clock_that_is_behind_what_was_evaluated_is_told, start, stop),
        cmocka_unit_test_setup_teardown(a_slot_that_cannot_be_stored_is_stored_later_and_told_once, start,
                                        stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
