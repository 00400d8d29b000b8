/* Tiers that leave the definition in the middle of a page, by a reload and by a restart: states stay with the
 * tier of their name. */
#include "support/engine_world.h"

#include "base/duration.h"
#include "base/json.h"
#include "engine/ledger_query.h"
#include "support/cmocka_headers.h"

#include <string.h>

#define SLO                                                                                                  \
    "service: rag-api\nowner: rag-team\nslos:\n  availability:\n    objective: 99.5%\n"                      \
    "    total: rag_queries_total\n    bad: rag_queries_total{code=~\"5..\"}\n"

/* After the outage began: outage and fast are open, and the rest may not be, the SLO is too new. */
#define BURNING (WORLD_ORIGIN_MS + 32 * MINUTE_MS)

static int start(void **state)
{
    static struct engine_world world;
    static const struct sim_condition outage = {
        SIM_FAIL, WORLD_ORIGIN_MS + 20 * MINUTE_MS, WORLD_ORIGIN_MS + 40 * MINUTE_MS, SIM_ALL, SIM_ALL, 1};
    engine_world_init(&world, (struct sim_options){.seed = 1,
                                                   .history_ms = 2 * HOUR_MS,
                                                   .plain_history = true,
                                                   .conditions = &outage,
                                                   .n_conditions = 1});
    engine_world_write_config(&world);
    engine_world_write(&world, "a.slo.yml", SLO);
    engine_world_start(&world);
    engine_world_run(&world, BURNING);
    *state = &world;
    return 0;
}

static int stop(void **state)
{
    engine_world_finish(*state);
    return 0;
}

static struct json *status_of(struct engine_world *world)
{
    struct err err;
    struct buf out;
    struct ledger_query query = {.at_ms = world->now_ms, .now_ms = world->now_ms};
    struct database *reader = store_open_reader(store_path(world->store), &err);
    assert_non_null(reader);
    buf_init(&out, 16 << 20);
    assert_true(slo_statuses_json(reader, config_view(world->config), &query, &out, &err));
    struct json *answer = json_parse(buf_text(&out), &err);
    assert_non_null(answer);
    buf_finish(&out);
    database_close(reader);
    return answer;
}

/* The names of the tiers that are open, each with a space. */
static void expect_open(struct engine_world *world, const char *names, bool page)
{
    struct json *answer = status_of(world);
    const struct json *slo = json_first(json_get(answer, "slos"));
    struct buf open;
    buf_init(&open, 1024);
    for (const struct json *tier = json_first(json_get(slo, "tiers")); tier; tier = json_next(tier))
        if (json_bool(json_get(tier, "open"), false))
            buf_printf(&open, "%s ", json_string(json_get(tier, "name"), ""));
    assert_string_equal(buf_cstring(&open), names);
    assert_int_equal(json_is_object(json_get(slo, "page")), page);
    buf_finish(&open);
    json_free(answer);
}

static int64_t count_rows(struct engine_world *world, const char *sql)
{
    struct statement *s = db_query(store_begin(world->store), sql);
    int64_t n = db_step(s) ? db_int(s, 0) : -1;
    while (db_step(s))
        ;
    store_rollback(world->store);
    return n;
}

static int64_t pages(struct engine_world *world, const char *change)
{
    return count_rows(world, *change == 'o' ? "SELECT count(*) FROM history WHERE change = 'page opened'"
                                            : "SELECT count(*) FROM history WHERE change = 'page resolved'");
}

static void take(struct engine_world *world, const char *tiers, bool restart)
{
    struct buf file;
    buf_init(&file, 4096);
    buf_puts(&file, SLO);
    buf_printf(&file, "    tiers: {without: [%s]}\n", tiers);
    if (restart)
        engine_world_stop(world);
    engine_world_write(world, "a.slo.yml", buf_cstring(&file));
    if (restart)
        engine_world_start(world);
    else
        assert_true(engine_world_reload(world));
    engine_world_run(world, BURNING + MINUTE_MS);
    buf_finish(&file);
}

/* The one that stood before all others is gone: the page is the next one's, and no state slides into its
 * place. */
static void check_that_the_page_passes(struct engine_world *world, bool restart)
{
    expect_open(world, "outage fast ", true);
    take(world, "outage", restart);
    expect_open(world, "fast ", true);
    assert_int_equal(pages(world, "opened"), 1);
    assert_int_equal(pages(world, "resolved"), 0);
    engine_world_run(world, WORLD_ORIGIN_MS + 58 * MINUTE_MS);
    assert_int_equal(pages(world, "opened"), 1);
    assert_int_equal(pages(world, "resolved"), 1);
}

static void a_page_passes_to_the_tier_that_stays_at_a_reload(void **state)
{
    check_that_the_page_passes(*state, false);
}

static void a_page_passes_to_the_tier_that_stays_at_a_restart(void **state)
{
    check_that_the_page_passes(*state, true);
}

static void check_that_the_page_ends(struct engine_world *world, bool restart)
{
    take(world, "outage, fast", restart);
    expect_open(world, "", false);
    assert_int_equal(pages(world, "resolved"), 1);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM incident WHERE closed_ms = 0"), 0);
}

static void a_page_of_tiers_that_are_gone_is_over_at_a_reload(void **state)
{
    check_that_the_page_ends(*state, false);
}

static void a_page_of_tiers_that_are_gone_is_over_at_a_restart(void **state)
{
    check_that_the_page_ends(*state, true);
}

static void tiers_that_come_back_leave_the_open_one_as_it_is(void **state)
{
    struct engine_world *world = *state;
    take(world, "outage, drift", true);
    expect_open(world, "fast ", true);
    engine_world_stop(world);
    engine_world_write(world, "a.slo.yml", SLO);
    engine_world_start(world);
    engine_world_run(world, BURNING + 2 * MINUTE_MS);
    expect_open(world, "outage fast ", true);
    assert_int_equal(pages(world, "opened"), 1);
}

/* Rows of the version before had no names; their tiers are the ones that the SLO has. */
static void states_without_names_are_in_the_order_of_the_definition(void **state)
{
    struct engine_world *world = *state;
    struct err err;
    static char blob[4096];
    size_t len = 0;
    struct database *db = store_begin(world->store);
    struct statement *s = db_query(db, "SELECT state FROM slo_state");
    while (db_step(s)) {
        struct text whole = db_blob(s, 0);
        const char *names = memmem(whole.at, whole.len, "outage\n", 7);
        assert_non_null(names);
        len = (size_t)(names - whole.at);
        memcpy(blob, whole.at, len);
    }
    blob[0] = 1;
    s = db_query(db, "UPDATE slo_state SET state = ?1");
    db_bind_blob(s, 0, blob, len);
    db_run(s);
    assert_true(store_commit(world->store, &err));
    engine_world_stop(world);
    engine_world_start(world);
    engine_world_run(world, BURNING + MINUTE_MS);
    expect_open(world, "outage fast ", true);
    assert_int_equal(pages(world, "opened"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_page_passes_to_the_tier_that_stays_at_a_reload, start, stop),
        cmocka_unit_test_setup_teardown(a_page_passes_to_the_tier_that_stays_at_a_restart, start, stop),
        cmocka_unit_test_setup_teardown(a_page_of_tiers_that_are_gone_is_over_at_a_reload, start, stop),
        cmocka_unit_test_setup_teardown(a_page_of_tiers_that_are_gone_is_over_at_a_restart, start, stop),
        cmocka_unit_test_setup_teardown(tiers_that_come_back_leave_the_open_one_as_it_is, start, stop),
        cmocka_unit_test_setup_teardown(states_without_names_are_in_the_order_of_the_definition, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
