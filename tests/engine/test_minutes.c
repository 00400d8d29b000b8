/* SLOs of minutes: what is a bad minute, and what is none. */
#include "support/cmocka_headers.h"

#include "base/duration.h"
#include "base/json.h"
#include "engine/ledger_query.h"
#include "support/engine_world.h"

#define MINUTES(n) (WORLD_ORIGIN_MS + (n)*MINUTE_MS)

static const char slo_file[] =
    "service: rag-api\n"
    "owner: rag-team\n"
    "slos:\n"
    "  reachable: {objective: 99% of minutes, when: 'up{instance=\"rag-1:8080\"} == 1'}\n"
    "  misspelt: {objective: 99% of minutes, when: up_and_running == 1}\n"
    "  known: {objective: 99% of minutes, when: sum by (instance) (up) == 1,"
    " by: instance}\n";

static const struct json *status_of(const struct json *json, const char *name, size_t nth)
{
    const struct json *slos = json_get(json, "slos");
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
        if (strcmp(json_string(json_get(slo, "name"), ""), name) == 0 && nth-- == 0)
            return slo;
    fail_msg("there is no status of %s", name);
    return NULL;
}

static void expect_minutes(const struct json *slo, double units_least, double units_most, double spent)
{
    const struct json *window = json_item(json_get(slo, "windows"), 0);
    assert_true(json_number(json_get(window, "units"), -1) >= units_least);
    assert_true(json_number(json_get(window, "units"), -1) <= units_most);
    assert_float_equal(json_number(json_get(window, "spent"), -1), spent, 0);
}

static void minutes_before_there_was_a_service_are_not_bad(void **state)
{
    (void)state;
    /* up is 0 for five minutes */
    static const struct sim_condition down = {SIM_DOWN, MINUTES(5), MINUTES(10), SIM_ALL, 0, 0};
    struct engine_world world;
    engine_world_init(
        &world,
        (struct sim_options){
            .seed = 3, .history_ms = HOUR_MS, .plain_history = true, .conditions = &down, .n_conditions = 1});
    engine_world_write_config(&world);
    engine_world_write(&world, "a.slo.yml", slo_file);
    engine_world_start(&world);
    engine_world_run(&world, MINUTES(2));
    struct json *json = engine_world_ask(&world, slo_statuses_json, (struct ledger_query){0});
    expect_minutes(status_of(json, "reachable", 0), 58, 63, 0);
    expect_minutes(status_of(json, "known", 1), 58, 63, 0);
    json_free(json);
    engine_world_run(&world, MINUTES(20));
    json = engine_world_ask(&world, slo_statuses_json, (struct ledger_query){0});
    expect_minutes(status_of(json, "reachable", 0), 76, 81, 5);
    assert_string_equal(json_string(json_get(status_of(json, "misspelt", 0), "health"), ""), "misconfigured");
    expect_minutes(status_of(json, "misspelt", 0), 0, 0, 0);
    json_free(json);
    engine_world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minutes_before_there_was_a_service_are_not_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
