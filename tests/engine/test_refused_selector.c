/* A selector that the source refuses makes blind only the SLOs that need it: the others go on, its owner gets
 * a ticket, and what was missed is counted when it is answered again. */
#include "support/cmocka_headers.h"

#include "base/duration.h"
#include "base/json.h"
#include "engine/ledger_query.h"
#include "store/database.h"
#include "support/engine_world.h"
#include "support/formula_source.h"

#define BEGIN_MS (WORLD_ORIGIN_MS - 3 * DAY_MS)

static double seconds(int64_t at_ms)
{
    return (double)((at_ms - BEGIN_MS) / 1000);
}

enum { GOOD, WIDE, UP, FORMULAS };

#define SERIES(name)                                                                                         \
    {                                                                                                        \
        {{"__name__", name}, {"job", "api"}, {"instance", "a"}, {0}}, BEGIN_MS, 0, MINUTE_MS, seconds        \
    }
static const struct formula usual[FORMULAS] = {SERIES("good_total"), SERIES("wide_total"), SERIES("up")};

struct refusing_world {
    struct engine_world engine;
    struct formula formulas[FORMULAS];
};

static void begin(struct refusing_world *world, bool refused)
{
    memcpy(world->formulas, usual, sizeof usual);
    if (refused)
        world->formulas[WIDE].value = NULL;
    engine_world_init_over(&world->engine, formula_source_new(world->formulas, FORMULAS));
    engine_world_write_config(&world->engine);
    engine_world_write(&world->engine, "a.slo.yml",
                       "service: shop\nowner: rag-team\nslos:\n"
                       "  good: {objective: 99%, total: good_total, bad: 'good_total{code=\"500\"}'}\n"
                       "  wide: {objective: 99%, total: wide_total, bad: 'wide_total{code=\"500\"}'}\n");
    engine_world_start(&world->engine);
}

static int64_t number(const struct engine_world *world, const char *sql)
{
    struct err err;
    struct database *reader = store_open_reader(store_path(world->store), &err);
    assert_non_null(reader);
    struct statement *s = db_query(reader, sql);
    int64_t found = db_step(s) ? db_int(s, 0) : -1;
    db_done(s);
    database_close(reader);
    return found;
}

static struct json *ledger_of(const struct engine_world *world)
{
    struct ledger_query query = {.now_ms = world->now_ms, .at_ms = world->now_ms};
    struct buf out;
    struct err err;
    buf_init(&out, 16 << 20);
    struct database *reader = store_open_reader(store_path(world->store), &err);
    assert_non_null(reader);
    if (!ledger_query_json(reader, config_view(world->config), &query, &out, &err))
        fail_msg("%s", err.message);
    database_close(reader);
    struct json *json = json_parse(buf_text(&out), &err);
    assert_non_null(json);
    buf_finish(&out);
    return json;
}

static double units_of(const struct engine_world *world, const char *id)
{
    struct json *ledger = ledger_of(world);
    double units = -1;
    const struct json *slos = json_get(ledger, "slos");
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
        if (text_is(text_of(id), json_string(json_get(slo, "id"), "")))
            units = json_number(json_get(json_get(slo, "window"), "units"), -1);
    json_free(ledger);
    return units;
}

static void expect_units(const struct refusing_world *world, const char *id, bool all)
{
    double units = units_of(&world->engine, id), wanted = seconds(world->engine.now_ms);
    if ((units >= wanted - 120) != all)
        fail_msg("%s: %g units of %g", id, units, wanted);
}

#define OPEN_TICKETS "SELECT count(*) FROM incident WHERE closed_ms = 0 AND key LIKE '%shop/wide%'"

/* Refused for so long, then answered again. */
static void check_refusal(bool from_the_start, int64_t refused_ms)
{
    struct refusing_world world;
    begin(&world, from_the_start);
    engine_world_run(&world.engine, WORLD_ORIGIN_MS + 5 * MINUTE_MS);
    world.formulas[WIDE].value = NULL;
    engine_world_run(&world.engine, world.engine.now_ms + refused_ms);
    expect_units(&world, "prod/shop/good", true);
    expect_units(&world, "prod/shop/wide", false);
    assert_int_equal(number(&world.engine, OPEN_TICKETS), 1);
    assert_int_equal(number(&world.engine, "SELECT count(*) FROM incident"), 1);
    world.formulas[WIDE].value = seconds;
    engine_world_run(&world.engine, world.engine.now_ms + 20 * MINUTE_MS);
    expect_units(&world, "prod/shop/good", true);
    expect_units(&world, "prod/shop/wide", true);
    assert_int_equal(number(&world.engine, OPEN_TICKETS), 0);
    engine_world_finish(&world.engine);
}

static void only_the_slos_that_need_it_are_blind(void **unused)
{
    (void)unused;
    check_refusal(false, 15 * MINUTE_MS);
}

static void what_was_missed_for_long_is_filled_from_history(void **unused)
{
    (void)unused;
    check_refusal(false, 3 * HOUR_MS);
}

static void history_of_the_others_is_filled_without_it(void **unused)
{
    (void)unused;
    check_refusal(true, 10 * MINUTE_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_slos_that_need_it_are_blind),
        cmocka_unit_test(what_was_missed_for_long_is_filled_from_history),
        cmocka_unit_test(history_of_the_others_is_filled_without_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
