/* Corrections through the engine: what they take out of budgets and burn rates, what they leave alone, and
 * that revoking gives all of it back. */
#include "support/cmocka_headers.h"

#include "base/arena.h"
#include "base/duration.h"
#include "base/json.h"
#include "engine/corrections.h"
#include "engine/ledger_query.h"
#include "store/audit_rows.h"
#include "store/outbox_rows.h"
#include "support/engine_world.h"

static const char slo_file[] = "service: rag-api\n"
                               "owner: rag-team\n"
                               "slos:\n"
                               "  availability:\n"
                               "    objective: 99.5%\n"
                               "    window: [30d, month UTC]\n"
                               "    total: rag_queries_total\n"
                               "    bad: rag_queries_total{code=~\"5..\"}\n";

#define MINUTES(n) (WORLD_ORIGIN_MS + (n)*MINUTE_MS)

static void begin(struct engine_world *world, bool incident)
{
    struct err err;
    engine_world_init(world,
                      (struct sim_options){.seed = 3, .history_ms = 3 * DAY_MS, .plain_history = true});
    engine_world_write_config(world);
    engine_world_write(world, "a.slo.yml", slo_file);
    if (incident)
        assert_true(sim_start_incident(world->sim, MINUTES(3), &err));
    engine_world_start(world);
    engine_world_run(world, MINUTES(1));
}

/* How the SLO stands, as the last evaluation left it. */
struct figures {
    double units;
    double spent;
    double burn_rate;
    size_t incidents;
    int64_t opened_ms; /* of the newest */
    int64_t closed_ms;
};

static void count_incident(void *context, const struct incident_row *row)
{
    struct figures *figures = context;
    if (figures->incidents++ == 0) {
        figures->opened_ms = row->opened_ms;
        figures->closed_ms = row->closed_ms;
    }
}

static struct json *parsed(struct buf *text)
{
    struct err err;
    struct json *json = json_parse(buf_text(text), &err);
    if (!json)
        fail_msg("%s", err.message);
    buf_finish(text);
    return json;
}

static double number(const struct json *json, const char *name)
{
    assert_true(json_is_number(json_get(json, name)));
    return json_number(json_get(json, name), 0);
}

/* Fails where the ledger's query says something else than the evaluation's status. */
static void check_query(const struct engine_world *world, struct database *reader, int64_t slot_ms,
                        const struct figures *figures)
{
    struct ledger_query query = {.now_ms = slot_ms, .at_ms = slot_ms};
    struct buf text;
    struct err err;
    buf_init(&text, 1 << 20);
    assert_true(ledger_query_json(reader, config_view(world->config), &query, &text, &err));
    struct json *json = parsed(&text);
    const struct json *slo = json_item(json_get(json, "slos"), 0), *window = json_get(slo, "window");
    const struct json *uncorrected = json_get(slo, "uncorrected");
    assert_int_equal(uncorrected != NULL, json_length(json_get(slo, "corrections")) > 0);
    if (uncorrected)
        assert_true(number(uncorrected, "units") > figures->units);
    assert_float_equal(number(window, "units"), figures->units, 0);
    assert_float_equal(number(window, "spent"), figures->spent, 0);
    json_free(json);
}

static struct figures figures_of(const struct engine_world *world)
{
    struct figures figures = {0};
    struct ledger_query query = {.now_ms = world->now_ms, .at_ms = world->now_ms};
    struct database *reader = engine_world_reader(world);
    struct arena arena;
    struct buf text;
    struct err err;
    arena_init(&arena, 0);
    buf_init(&text, 1 << 20);
    assert_true(slo_statuses_json(reader, config_view(world->config), &query, &text, &err));
    struct json *json = parsed(&text);
    const struct json *status = json_item(json_get(json, "slos"), 0);
    const struct json *window = json_item(json_get(status, "windows"), 0);
    figures.units = number(window, "units");
    figures.spent = number(window, "spent");
    figures.burn_rate = number(status, "burn_rate");
    check_query(world, reader, (int64_t)number(status, "slot_ms"), &figures);
    incidents_each(reader, 0, 100, &arena, count_incident, &figures);
    json_free(json);
    database_close(reader);
    arena_finish(&arena);
    return figures;
}

static struct correction_request request_of(const char *kind, const char *from, const char *to)
{
    return (struct correction_request){.slo = TEXT("rag-api/availability"),
                                       .from = text_of(from),
                                       .to = text_of(to),
                                       .kind = text_of(kind),
                                       .reason = TEXT("the data base moves"),
                                       .author = TEXT("mina"),
                                       .actor = TEXT("mina")};
}

static int64_t add(struct engine_world *world, const struct correction_request *request)
{
    struct err err;
    int64_t id = 0;
    if (!correct_add(world->store, config_view(world->config), request, world->now_ms, &id, &err))
        fail_msg("%s", err.message);
    return id;
}

static void revoke(struct engine_world *world, int64_t id)
{
    struct err err;
    struct correction_request request = {
        .reason = TEXT("a mistake"), .author = TEXT("joon"), .actor = TEXT("joon"), .approver = TEXT("mina")};
    if (!correct_revoke(world->store, config_view(world->config), id, &request, world->now_ms, &err))
        fail_msg("%s", err.message);
}

static void run_and_look(struct engine_world *world, int64_t until_ms, struct figures *figures)
{
    engine_world_run(world, until_ms);
    *figures = figures_of(world);
}

static void check_same_budget(const struct figures *a, const struct figures *b)
{
    assert_float_equal(a->units, b->units, 0);
    assert_float_equal(a->spent, b->spent, 0);
    assert_float_equal(a->burn_rate, b->burn_rate, 0);
}

static void maintenance_mutes_and_takes_its_minutes_out_until_it_is_revoked(void **state)
{
    (void)state;
    struct engine_world plain, muted;
    struct figures without, at_8, at_18, restored;
    begin(&plain, true);
    run_and_look(&plain, MINUTES(30), &without);
    engine_world_finish(&plain);
    assert_true(without.incidents > 0); /* else there is nothing to mute */

    begin(&muted, true);
    struct correction_request request =
        request_of("maintenance", "2026-11-02T00:01:00Z", "2026-11-02T00:25:00Z");
    int64_t id = add(&muted, &request);
    run_and_look(&muted, MINUTES(8), &at_8);
    run_and_look(&muted, MINUTES(18), &at_18);
    assert_int_equal(at_18.incidents, 0);
    check_same_budget(&at_8, &at_18);
    assert_true(at_18.spent < without.spent && at_18.units < without.units);
    revoke(&muted, id);
    run_and_look(&muted, MINUTES(30), &restored);
    check_same_budget(&restored, &without);
    engine_world_finish(&muted);
}

static void maintenance_that_ends_leaves_no_burn_behind(void **state)
{
    (void)state;
    struct engine_world world;
    struct figures later;
    begin(&world, true);
    struct correction_request request = request_of("maintenance", "", "2026-11-02T00:10:00Z");
    add(&world, &request);
    run_and_look(&world, MINUTES(40), &later);
    assert_int_equal(later.incidents, 0);
    assert_true(later.burn_rate < 1);
    engine_world_finish(&world);
}

static void an_exclusion_afterwards_changes_budgets_and_no_incident(void **state)
{
    (void)state;
    struct engine_world plain, corrected;
    struct figures without, before, at_once, with;
    begin(&plain, true);
    run_and_look(&plain, MINUTES(45), &without);
    engine_world_finish(&plain);

    begin(&corrected, true);
    run_and_look(&corrected, MINUTES(10), &before);
    assert_int_equal(before.closed_ms, 0); /* the page is open */
    struct correction_request request =
        request_of("exclusion", "2026-11-02T00:02:00Z", "2026-11-02T00:06:00Z");
    add(&corrected, &request);
    run_and_look(&corrected, MINUTES(10) + 30000, &at_once);
    assert_true(at_once.spent < before.spent);
    run_and_look(&corrected, MINUTES(45), &with);
    assert_true(with.spent < without.spent && with.units < without.units);
    assert_float_equal(with.burn_rate, without.burn_rate, 0);
    assert_int_equal(with.incidents, without.incidents);
    assert_int_equal(with.opened_ms, without.opened_ms);
    assert_int_equal(with.closed_ms, without.closed_ms);
    engine_world_finish(&corrected);
}

static void a_correction_survives_a_restart(void **state)
{
    (void)state;
    struct engine_world steady, stopped;
    struct figures a, b;
    struct correction_request request =
        request_of("maintenance", "2026-11-02T00:02:00Z", "2026-11-02T00:09:00Z");
    begin(&steady, true);
    add(&steady, &request);
    run_and_look(&steady, MINUTES(20), &a);
    engine_world_finish(&steady);

    begin(&stopped, true);
    add(&stopped, &request);
    engine_world_run(&stopped, MINUTES(5));
    engine_world_stop(&stopped);
    engine_world_start(&stopped);
    run_and_look(&stopped, MINUTES(20), &b);
    assert_int_equal(a.incidents, 0);
    assert_int_equal(b.incidents, 0);
    check_same_budget(&a, &b);
    engine_world_finish(&stopped);
}

static void check_refused(struct engine_world *world, const struct correction_request *request,
                          const char *expected)
{
    struct err err;
    int64_t id;
    assert_false(correct_add(world->store, config_view(world->config), request, world->now_ms, &id, &err));
    if (!text_contains(text_of(err.message), text_of(expected)))
        fail_msg("\"%s\" is not in \"%s\"", expected, err.message);
}

static void an_exclusion_is_said_afterwards(void **state)
{
    (void)state;
    struct engine_world world;
    struct figures figures;
    begin(&world, false);
    run_and_look(&world, MINUTES(5), &figures);
    struct correction_request request =
        request_of("exclusion", "2026-11-02T00:02:00Z", "2026-11-02T00:09:00Z");
    check_refused(&world, &request, "what is planned is --kind maintenance");
    request.to = TEXT("2026-11-02T00:04:00Z");
    add(&world, &request);
    engine_world_finish(&world);
}

static void a_closed_period_needs_a_second_person(void **state)
{
    (void)state;
    struct engine_world world;
    struct figures before, after;
    begin(&world, false);
    run_and_look(&world, MINUTES(2), &before);
    struct correction_request request =
        request_of("exclusion", "2026-10-31T10:00:00Z", "2026-10-31T11:00:00Z");
    check_refused(&world, &request, "a second person must approve it");
    request.approver = TEXT(" Mina");
    check_refused(&world, &request, "cannot approve their own correction");
    request.approver = TEXT("joon");
    request.actor = TEXT("Joon");
    check_refused(&world, &request, "this is a request of Joon, who cannot approve it");
    request.actor = TEXT("mina");
    add(&world, &request);
    run_and_look(&world, MINUTES(3), &after);
    assert_true(after.units < before.units);
    request.slo = TEXT("rag-api/nothing");
    check_refused(&world, &request, "no SLO matches");
    engine_world_finish(&world);
}

struct audit_seen {
    size_t added;
    size_t revoked;
};

static void see_audit(void *context, int64_t at_ms, struct text actor, struct text action,
                      struct text subject, struct text detail)
{
    struct audit_seen *seen = context;
    (void)at_ms;
    if (text_is(action, "correct add") && text_is(actor, "mina") && text_is(subject, "correction 1") &&
        text_contains(detail, TEXT("the data base moves")))
        seen->added++;
    if (text_is(action, "correct revoke") && text_is(actor, "joon") &&
        text_contains(detail, TEXT("a mistake")))
        seen->revoked++;
}

static void adding_and_revoking_stand_in_the_audit(void **state)
{
    (void)state;
    struct engine_world world;
    struct audit_seen seen = {0};
    struct correction_request again = {.reason = TEXT("x"), .author = TEXT("joon")};
    struct err err;
    int64_t rows;
    begin(&world, false);
    struct correction_request request =
        request_of("exclusion", "2026-11-02T00:00:00Z", "2026-11-02T00:01:00Z");
    int64_t id = add(&world, &request);
    revoke(&world, id);
    assert_false(correct_revoke(world.store, config_view(world.config), id, &again, world.now_ms, &err));
    assert_true(text_contains(text_of(err.message), TEXT("was revoked already by joon")));
    again.reason = TEXT("");
    assert_false(correct_revoke(world.store, config_view(world.config), id, &again, world.now_ms, &err));
    again.reason = TEXT("a mistake");
    assert_false(correct_revoke(world.store, config_view(world.config), 77, &again, world.now_ms, &err));
    struct database *reader = engine_world_reader(&world);
    audit_each(reader, 0, 1000, see_audit, &seen);
    assert_int_equal(seen.added, 1);
    assert_int_equal(seen.revoked, 1);
    struct digest head;
    assert_true(audit_verify(reader, &rows, &head, &err));
    database_close(reader);
    engine_world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maintenance_mutes_and_takes_its_minutes_out_until_it_is_revoked),
        cmocka_unit_test(maintenance_that_ends_leaves_no_burn_behind),
        cmocka_unit_test(an_exclusion_afterwards_changes_budgets_and_no_incident),
        cmocka_unit_test(a_correction_survives_a_restart),
        cmocka_unit_test(an_exclusion_is_said_afterwards),
        cmocka_unit_test(a_closed_period_needs_a_second_person),
        cmocka_unit_test(adding_and_revoking_stand_in_the_audit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
