/* A cost beyond what can be counted, through the whole engine: the status is not healthy, the owner gets a
 * ticket, explain names the series. */
#include "support/cmocka_headers.h"

#include "base/duration.h"
#include "base/json.h"
#include "engine/ledger_query.h"
#include "report/explain.h"
#include "report/status.h"
#include "store/database.h"
#include "support/engine_world.h"
#include "support/formula_source.h"

#define BEGIN_MS (WORLD_ORIGIN_MS - 2 * HOUR_MS)
#define BAD_MS   (WORLD_ORIGIN_MS + 10 * MINUTE_MS)

static double seconds(int64_t at_ms)
{
    return (double)((at_ms - BEGIN_MS) / 1000);
}

static double won(int64_t at_ms)
{
    return at_ms < BAD_MS ? 5 * seconds(at_ms) : 9.3e12 + 5 * seconds(at_ms);
}

static double percent(int64_t at_ms)
{
    return at_ms < BAD_MS ? 0.9 * seconds(at_ms) : 0.9 * seconds(BAD_MS) + 90 * seconds(at_ms);
}

#define SERIES(name, value)                                                                                  \
    {                                                                                                        \
        {{"__name__", name}, {"job", "api"}, {"instance", "a"}, {0}}, BEGIN_MS, 0, 15 * SECOND_MS, value     \
    }
static const struct formula series[] = {SERIES("requests_total", seconds), SERIES("won_total", won),
                                        SERIES("up", seconds), SERIES("score_sum", percent),
                                        SERIES("score_count", seconds)};

static const char slo_file[] = "service: shop\n"
                               "owner: rag-team\n"
                               "slos:\n"
                               "  cost:\n"
                               "    objective: mean <= ₩10\n"
                               "    sum: won_total\n"
                               "    count: requests_total\n"
                               "  faithfulness:\n"
                               "    objective: mean >= 0.85 of 1\n"
                               "    sum: score_sum\n"
                               "    count: score_count\n";

static void begin(struct engine_world *world)
{
    engine_world_init_over(world, formula_source_new(series, sizeof series / sizeof *series));
    engine_world_write_config(world);
    engine_world_write(world, "a.slo.yml", slo_file);
    engine_world_start(world);
}

typedef bool (*document_writer)(struct database *reader, const struct config_view *config,
                                const struct ledger_query *query, struct buf *out, struct err *err);

static struct json *document(const struct engine_world *world, document_writer write)
{
    struct ledger_query query = {.now_ms = world->now_ms, .at_ms = world->now_ms, .days = true};
    struct buf out;
    struct err err;
    buf_init(&out, 16 << 20);
    struct database *reader = store_open_reader(store_path(world->store), &err);
    assert_non_null(reader);
    if (!write(reader, config_view(world->config), &query, &out, &err))
        fail_msg("%s", err.message);
    database_close(reader);
    struct json *json = json_parse(buf_text(&out), &err);
    assert_non_null(json);
    buf_finish(&out);
    return json;
}

static const struct json *slo_of(const struct json *status, const char *id)
{
    const struct json *slos = json_get(status, "slos");
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
        if (text_is(text_of(id), json_string(json_get(slo, "id"), "")))
            return slo;
    fail_msg("no %s", id);
    return NULL;
}

static void expect_health(const struct engine_world *world, const char *id, const char *health, bool ticket)
{
    struct json *status = document(world, slo_statuses_json);
    const struct json *slo = slo_of(status, id);
    if (!text_is(text_of(health), json_string(json_get(slo, "health"), "")))
        fail_msg("%s is %s: %s", id, json_string(json_get(slo, "health"), ""),
                 json_string(json_get(json_get(slo, "uncounted"), "why"), "?"));
    assert_int_equal(json_is_object(json_get(slo, "ticket")), ticket);
    json_free(status);
}

static void expect_explained(const struct engine_world *world, const char *id, const char *part)
{
    struct json *status = document(world, slo_statuses_json);
    struct json *ledger = document(world, ledger_query_json);
    struct explain_view view = {.status = slo_of(status, id),
                                .ledger = slo_of(ledger, id),
                                .rollup = slo_of(ledger, id),
                                .now_ms = (double)world->now_ms};
    struct buf out;
    buf_init(&out, 1 << 20);
    explain_render(&view, &out);
    if (!text_contains(buf_text(&out), text_of(part)))
        fail_msg("\"%s\" is not in\n%.*s", part, (int)out.len, out.at);
    buf_finish(&out);
    json_free(status);
    json_free(ledger);
}

static void what_cannot_be_counted_is_a_ticket_and_explained(void **unused)
{
    (void)unused;
    static const char *const ids[] = {"prod/shop/cost", "prod/shop/faithfulness"};
    struct engine_world world;
    begin(&world);
    engine_world_run(&world, BAD_MS - MINUTE_MS);
    for (int i = 0; i < 2; i++)
        expect_health(&world, ids[i], "seen", false);
    engine_world_run(&world, BAD_MS + 3 * MINUTE_MS);
    for (int i = 0; i < 2; i++)
        expect_health(&world, ids[i], "misconfigured", false);
    engine_world_run(&world, BAD_MS + 8 * MINUTE_MS);
    for (int i = 0; i < 2; i++)
        expect_health(&world, ids[i], "misconfigured", true);
    expect_explained(&world, ids[0],
                     "samples are too large to count, since 2026-11-02 00:10 UTC: won_total{");
    expect_explained(&world, ids[1], "scores are above their range: the range or the metric is wrong");
    expect_explained(&world, ids[1], "score_sum{");
    engine_world_stop(&world);
    engine_world_start(&world); /* it is the same ticket after a restart */
    engine_world_run(&world, BAD_MS + 20 * MINUTE_MS);
    struct err err;
    struct database *reader = store_open_reader(store_path(world.store), &err);
    assert_non_null(reader);
    struct statement *s = db_query(reader, "SELECT count(*) FROM incident");
    assert_true(db_step(s));
    assert_int_equal(db_int(s, 0), 2);
    db_done(s);
    database_close(reader);
    engine_world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_counted_is_a_ticket_and_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
