/* A changed objective judges new minutes alone: reloads in mid-window, in the ledger's answers, in statuses
 * and after restarts. */
#include "support/cmocka_headers.h"

#include "base/buf.h"
#include "base/duration.h"
#include "base/json.h"
#include "base/memory.h"
#include "engine/ledger_query.h"
#include "store/store.h"
#include "support/engine_world.h"

#define HEAD  "service: rag-api\nowner: rag-team\nwindow: [7d, month UTC]\nslos:\n  availability:\n"
#define TOTAL "    total: rag_queries_total\n    bad: rag_queries_total{code=~\"5..\"}\n"

/* Whole minutes after the engine's start. */
#define AFTER(minutes) (WORLD_ORIGIN_MS + (minutes)*MINUTE_MS)

static int setup(void **state)
{
    struct engine_world *world = memory_alloc_zero(1, sizeof *world);
    engine_world_init(world,
                      (struct sim_options){.seed = 7, .history_ms = 3 * DAY_MS, .plain_history = true});
    engine_world_write_config(world);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    engine_world_finish(*state);
    memory_free(*state);
    return 0;
}

/* The ledger's answer, or the statuses, as of a slot. */
static struct json *ask(const struct engine_world *world, bool status, const char *window)
{
    const struct config_view *view = config_view(world->config);
    struct ledger_query query = {.now_ms = world->now_ms, .at_ms = world->now_ms, .window = text_of(window)};
    struct err err;
    struct buf out;
    buf_init(&out, 4 << 20);
    struct database *reader = store_open_reader(view->store_path.at, &err);
    assert_non_null(reader);
    if (!(status ? slo_statuses_json : ledger_query_json)(reader, view, &query, &out, &err))
        fail_msg("%s", err.message);
    struct json *json = json_parse(buf_text(&out), &err);
    assert_non_null(json);
    database_close(reader);
    buf_finish(&out);
    return json;
}

static double number_of(const struct json *of, const char *name)
{
    return json_number(json_get(of, name), -1e9);
}

static const struct json *slo_at(const struct json *answer, size_t i)
{
    return json_item(json_get(answer, "slos"), i);
}

static int64_t count_rows(const struct engine_world *world, const char *sql)
{
    struct err err;
    struct database *reader = store_open_reader(config_view(world->config)->store_path.at, &err);
    struct statement *s = db_query(reader, sql);
    int64_t n = -1;
    while (db_step(s))
        n = db_int(s, 0);
    database_close(reader);
    return n;
}

static void write_objective(struct engine_world *world, const char *objective, const char *rest)
{
    struct buf text;
    buf_init(&text, 4096);
    buf_printf(&text, "%s    objective: %s\n%s%s", HEAD, objective, TOTAL, rest);
    engine_world_write(world, "a.slo.yml", buf_cstring(&text));
    buf_finish(&text);
}

static void reload(struct engine_world *world, const char *objective, const char *rest)
{
    write_objective(world, objective, rest);
    assert_true(engine_world_reload(world));
}

/* Status and ledger say the same of the first window; returned: what both say is allowed. */
static double allowed_of(const struct engine_world *world, size_t i)
{
    struct json *status = ask(world, true, ""), *ledger = ask(world, false, "");
    double said = number_of(json_first(json_get(slo_at(status, i), "windows")), "allowed");
    double booked = number_of(json_get(slo_at(ledger, i), "window"), "allowed");
    if (said != booked)
        fail_msg("the status says %.0f, the ledger %.0f", said, booked);
    json_free(status);
    json_free(ledger);
    return booked;
}

static void a_stricter_objective_judges_new_minutes_alone(void **state)
{
    struct engine_world *world = *state;
    write_objective(world, "99.5%", "");
    engine_world_start(world);
    engine_world_run(world, AFTER(20));
    double before = allowed_of(world, 0);
    struct json *was = ask(world, false, "");
    reload(world, "99.9%", "");
    engine_world_run(world, AFTER(21));
    struct json *at_once = ask(world, false, "");
    const struct json *old = json_get(slo_at(was, 0), "window"),
                      *new = json_get(slo_at(at_once, 0), "window");
    assert_string_equal(json_string(json_get(old, "verdict"), ""), json_string(json_get(new, "verdict"), ""));
    assert_true(number_of(new, "allowed") >= before);
    json_free(was);
    json_free(at_once);

    engine_world_run(world, AFTER(90));
    struct json *after = ask(world, false, "");
    const struct json *slo = slo_at(after, 0), *window = json_get(slo, "window");
    const struct json *targets = json_get(slo, "targets");
    const struct json *first = json_item(targets, 0), *second = json_item(targets, 1);
    assert_int_equal(json_length(targets), 2);
    assert_string_equal(json_string(json_get(first, "objective"), ""), "99.5%");
    assert_string_equal(json_string(json_get(second, "objective"), ""), "99.9%");
    /* changed at minute 20, first evaluated 30 s later */
    assert_true(number_of(first, "from_ms") == 0 && number_of(first, "to_ms") == (double)AFTER(21));
    assert_true(number_of(second, "from_ms") == (double)AFTER(21) && number_of(second, "to_ms") == 0);
    int64_t u1 = (int64_t)number_of(first, "units"), u2 = (int64_t)number_of(second, "units");
    assert_true(u1 > 10000 && u2 > 500);
    assert_int_equal(u1 + u2, (int64_t)number_of(window, "units"));
    assert_int_equal((int64_t)number_of(window, "allowed"), (u1 * 5 + u2) / 1000);
    assert_int_equal((int64_t)allowed_of(world, 0), (u1 * 5 + u2) / 1000);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM generation"), 1);
    json_free(after);

    engine_world_stop(world);
    world->now_ms += 3 * MINUTE_MS;
    engine_world_start(world);
    engine_world_run(world, AFTER(100));
    assert_int_equal(count_rows(world, "SELECT count(*) FROM slo_target"), 2);
    struct json *again = ask(world, false, "");
    targets = json_get(slo_at(again, 0), "targets");
    assert_int_equal((int64_t)number_of(json_item(targets, 0), "units"), u1);
    assert_int_equal((int64_t)allowed_of(world, 0),
                     (u1 * 5 + (int64_t)number_of(json_item(targets, 1), "units")) / 1000);
    json_free(again);
}

static void what_is_taken_back_at_once_leaves_nothing_behind(void **state)
{
    struct engine_world *world = *state;
    write_objective(world, "99.5%", "");
    engine_world_start(world);
    engine_world_run(world, AFTER(10) + 5000);
    reload(world, "99.9%", "");
    engine_world_run(world, AFTER(10) + 40000);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM slo_target"), 2);
    reload(world, "99.5%", "");
    engine_world_run(world, AFTER(30));
    assert_int_equal(count_rows(world, "SELECT count(*) FROM slo_target"), 1);
    struct json *answer = ask(world, false, "");
    const struct json *slo = slo_at(answer, 0);
    assert_int_equal(json_length(json_get(slo, "targets")), 0);
    assert_int_equal((int64_t)number_of(json_get(slo, "window"), "allowed"),
                     (int64_t)number_of(json_get(slo, "window"), "units") * 5 / 1000);
    json_free(answer);
}

static void another_wording_is_no_change(void **state)
{
    struct engine_world *world = *state;
    write_objective(world, "99.5%", "");
    engine_world_start(world);
    engine_world_run(world, AFTER(5));
    reload(world, "99.50%", "");
    engine_world_run(world, AFTER(10));
    assert_int_equal(count_rows(world, "SELECT count(*) FROM slo_target"), 1);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM slo_target WHERE objective = '99.50%'"), 1);
}

static const struct json *value_named(const struct json *answer, const char *tenant, size_t *index)
{
    const struct json *slos = json_get(answer, "slos");
    for (*index = 0; *index < json_length(slos); ++*index)
        if (text_eq(text_of(json_string(json_get(json_get(slo_at(answer, *index), "labels"), "tenant"), "")),
                    text_of(tenant)))
            return slo_at(answer, *index);
    fail_msg("there is no tenant %s", tenant);
    return NULL;
}

#define OVERRIDE(objective)                                                                                  \
    "    by: tenant\n    overrides:\n      - match: tenant=\"acme\"\n        objective: " objective "\n"

/* Units by the target of their time, in thousandths. */
static int64_t allowed_by_parts(const struct json *slo, int64_t then, int64_t now)
{
    const struct json *targets = json_get(slo, "targets");
    assert_int_equal(json_length(targets), 2);
    return ((int64_t)number_of(json_item(targets, 0), "units") * then +
            (int64_t)number_of(json_item(targets, 1), "units") * now) /
           1000;
}

static void an_override_is_dated_for_its_values_alone(void **state)
{
    struct engine_world *world = *state;
    size_t acme, i;
    write_objective(world, "99.5%", "    by: tenant\n");
    engine_world_start(world);
    engine_world_run(world, AFTER(10));
    reload(world, "99.5%", OVERRIDE("99%"));
    engine_world_run(world, AFTER(40));
    struct json *matched = ask(world, false, "");
    const struct json *slo = value_named(matched, "acme", &acme);
    assert_int_equal((int64_t)allowed_of(world, acme), allowed_by_parts(slo, 5, 10));
    for (i = 0; i < json_length(json_get(matched, "slos")); i++) {
        assert_int_equal(json_length(json_get(slo_at(matched, i), "targets")), i == acme ? 2 : 0);
        allowed_of(world, i);
    }
    json_free(matched);
    reload(world, "99.5%", OVERRIDE("99.9%"));
    engine_world_run(world, AFTER(70));
    struct json *edited = ask(world, false, "");
    assert_int_equal(json_length(json_get(value_named(edited, "acme", &acme), "targets")), 3);
    allowed_of(world, acme);
    json_free(edited);
}

static void another_query_keeps_the_targets_by_their_dates(void **state)
{
    struct engine_world *world = *state;
    write_objective(world, "99.5%", "");
    engine_world_start(world);
    engine_world_run(world, AFTER(10));
    reload(world, "99.9%", "");
    engine_world_run(world, AFTER(40));
    reload(world, "99.9%", "    by: tenant\n    where: 'tenant!=\"none\"'\n");
    engine_world_run(world, AFTER(60));
    assert_int_equal(count_rows(world, "SELECT count(*) FROM generation"), 2);
    struct json *answer = ask(world, false, "");
    assert_true(json_length(json_get(answer, "slos")) > 1);
    for (size_t i = 0; i < json_length(json_get(answer, "slos")); i++)
        assert_int_equal((int64_t)allowed_of(world, i), allowed_by_parts(slo_at(answer, i), 5, 1));
    json_free(answer);
}

/* Before `serve` has read it, a file that was edited is the target of what comes. */
static void an_edited_file_does_not_judge_the_past(void **state)
{
    struct engine_world *world = *state;
    write_objective(world, "99.5%", "");
    engine_world_start(world);
    engine_world_run(world, AFTER(10));
    double before = allowed_of(world, 0);
    engine_world_stop(world);
    write_objective(world, "99.9%", "");
    engine_world_start(world);
    struct json *answer = ask(world, false, "");
    const struct json *window = json_get(slo_at(answer, 0), "window");
    assert_true(number_of(window, "allowed") <= before + 1);
    assert_true(number_of(window, "allowed") >= before - 1);
    json_free(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_stricter_objective_judges_new_minutes_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_taken_back_at_once_leaves_nothing_behind, setup, teardown),
        cmocka_unit_test_setup_teardown(another_wording_is_no_change, setup, teardown),
        cmocka_unit_test_setup_teardown(an_override_is_dated_for_its_values_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(another_query_keeps_the_targets_by_their_dates, setup, teardown),
        cmocka_unit_test_setup_teardown(an_edited_file_does_not_judge_the_past, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
