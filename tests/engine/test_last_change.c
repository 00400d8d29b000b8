/* What changed before an incident: in its facts and in the status, newest first, each with its time. */
#include "support/cmocka_headers.h"

#include "base/arena.h"
#include "base/duration.h"
#include "base/json.h"
#include "engine/corrections.h"
#include "engine/ledger_query.h"
#include "store/outbox_rows.h"
#include "support/engine_world.h"

#include <math.h>

#define MINUTES(n) (WORLD_ORIGIN_MS + (n)*MINUTE_MS)

static const char slo_file[] = "service: rag-api\n"
                               "owner: rag-team\n"
                               "slos:\n"
                               "  availability:\n"
                               "    objective: 99.5%\n"
                               "    total: rag_queries_total\n"
                               "    bad: rag_queries_total{code=~\"5..\"}\n"
                               "    policy:\n"
                               "      actions:\n"
                               "        freeze: {when: outage, webhook: \"http://127.0.0.1:9/freeze\"}\n";

static const struct sim_condition conditions[] = {
    {SIM_DOWN, MINUTES(6) + 5000, MINUTES(6) + 5000, SIM_ALL, 1, 0},
    {SIM_FAIL, MINUTES(7), MINUTES(15), SIM_ALL, SIM_ALL, 0.9},
};

static void correct(struct engine_world *world)
{
    const struct correction_request request = {.slo = TEXT("rag-api/availability"),
                                               .from = TEXT("2026-11-01T10:00:00Z"),
                                               .to = TEXT("2026-11-01T10:10:00Z"),
                                               .kind = TEXT("exclusion"),
                                               .reason = TEXT("a load test"),
                                               .author = TEXT("mina"),
                                               .approver = TEXT("joon"),
                                               .actor = TEXT("mina")};
    struct err err;
    int64_t id;
    if (!correct_add(world->store, config_view(world->config), &request, world->now_ms, &id, &err))
        fail_msg("%s", err.message);
}

static void begin(struct engine_world *world)
{
    engine_world_init(world, (struct sim_options){.seed = 3,
                                                  .history_ms = 3 * DAY_MS,
                                                  .plain_history = true,
                                                  .conditions = conditions,
                                                  .n_conditions = 2});
    engine_world_write_config(world);
    engine_world_write(world, "a.slo.yml", slo_file);
    engine_world_start(world);
    engine_world_run(world, MINUTES(2));
    assert_true(engine_world_reload(world));
    engine_world_run(world, MINUTES(4));
    correct(world);
    engine_world_run(world, MINUTES(12));
}

struct seen {
    struct arena arena;
    struct text last_change;
};

static void see_incident(void *context, const struct incident_row *row)
{
    struct seen *seen = context;
    if (row->facts.class == CLASS_PAGE)
        seen->last_change = text_copy(&seen->arena, row->facts.last_change);
}

static void a_page_names_what_changed_before_it_newest_first(void **state)
{
    (void)state;
    struct engine_world world;
    struct seen seen = {.last_change = TEXT("")};
    struct arena arena;
    begin(&world);
    arena_init(&arena, 0);
    arena_init(&seen.arena, 0);
    struct database *reader = engine_world_reader(&world);
    incidents_each(reader, 0, 10, &arena, see_incident, &seen);
    static const char *const expected[] = {
        "rag-2:8080 of rag-api started at 2026-11-02T00:06:05Z, ",
        "; exclusion 1 was added by mina (a load test) at 2026-11-02T00:04:00Z, ",
        "; sloburn's configuration was reloaded at 2026-11-02T00:02:00Z, "};
    const char *rest = seen.last_change.at;
    for (int i = 0; i < 3; i++) {
        const char *found = strstr(rest, expected[i]);
        if (!found)
            fail_msg("\"%s\" is not in \"%s\"", expected[i], rest);
        rest = found + strlen(expected[i]);
    }
    assert_true(text_ends(seen.last_change, TEXT(" before")));
    database_close(reader);
    arena_finish(&seen.arena);
    arena_finish(&arena);
    engine_world_finish(&world);
}

static void a_status_lists_actions_of_the_policy_too(void **state)
{
    (void)state;
    struct engine_world world;
    struct ledger_query query = {.id = TEXT("")};
    struct buf text;
    struct err err;
    begin(&world);
    struct database *reader = engine_world_reader(&world);
    query.now_ms = query.at_ms = world.now_ms;
    buf_init(&text, 1 << 20);
    assert_true(slo_statuses_json(reader, config_view(world.config), &query, &text, &err));
    struct json *json = json_parse(buf_text(&text), &err);
    const struct json *changes = json_get(json_item(json_get(json, "slos"), 0), "changes");
    assert_int_equal(json_length(changes), 4);
    assert_string_equal(json_string(json_get(json_first(changes), "what"), ""),
                        "policy action freeze started");
    double last = HUGE_VAL;
    for (const struct json *change = json_first(changes); change; change = json_next(change)) {
        double at_ms = json_number(json_get(change, "at_ms"), 0);
        assert_true(at_ms > 0 && at_ms <= last);
        last = at_ms;
    }
    const struct json *samples = json_get(json_item(json_get(json, "slos"), 0), "samples");
    assert_true(json_number(json_get(samples, "series"), 0) > 6); /* of two instances, with codes */
    assert_float_equal(json_number(json_get(samples, "targets"), 0), 2, 0);
    assert_float_equal(json_number(json_get(samples, "interval_ms"), 0), 15000, 500);
    json_free(json);
    buf_finish(&text);
    database_close(reader);
    engine_world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_names_what_changed_before_it_newest_first),
        cmocka_unit_test(a_status_lists_actions_of_the_policy_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
