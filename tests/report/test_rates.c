/* An exchange rate that a series gives, through the whole engine: history, restarts and recounts give the sum
 * that a slow reference gives, sample by sample; and what is said of the rate. */
#include "support/cmocka_headers.h"

#include "base/duration.h"
#include "base/json.h"
#include "engine/ledger_query.h"
#include "engine/slo_metrics.h"
#include "report/explain.h"
#include "report/report.h"
#include "report/status.h"
#include "support/engine_world.h"
#include "support/formula_source.h"

#define BEGIN_MS (WORLD_ORIGIN_MS - 2 * DAY_MS)
#define RATES_MS (10 * MINUTE_MS)

static double requests(int64_t at_ms)
{
    return (double)((at_ms - BEGIN_MS) / 1000);
}

static double dollars(int64_t at_ms)
{
    return 0.00713 * (double)((at_ms - BEGIN_MS) / 1000);
}

static double rate(int64_t at_ms)
{
    return 1380 + 0.0625 * (double)(at_ms / RATES_MS % 163);
}

enum { REQUESTS, DOLLARS, UP, RATE, FORMULAS };

static const struct formula usual[FORMULAS] = {
    {{{"__name__", "requests_total"}, {"job", "api"}, {"instance", "a"}, {0}},
     BEGIN_MS,
     0,
     MINUTE_MS,
     requests},
    {{{"__name__", "usd_total"}, {"job", "api"}, {"instance", "a"}, {0}}, BEGIN_MS, 0, MINUTE_MS, dollars},
    {{{"__name__", "up"}, {"job", "api"}, {"instance", "a"}, {0}}, BEGIN_MS, 0, MINUTE_MS, requests},
    {{{"__name__", "fx_rate"}, {"pair", "USDKRW"}, {"job", "fx"}, {0}}, BEGIN_MS - DAY_MS, 0, RATES_MS, rate},
};

static const char slo_file[] = "service: shop\n"
                               "owner: rag-team\n"
                               "slos:\n"
                               "  cost:\n"
                               "    objective: mean <= ₩10\n"
                               "    sum: usd_total\n"
                               "    count: requests_total\n"
                               "    currency: {counted: USD, rate: {series: 'fx_rate{pair=\"USDKRW\"}',"
                               " max_age: 1d}}\n";

struct cost_world {
    struct engine_world engine;
    struct formula formulas[FORMULAS];
};

static void begin(struct cost_world *world)
{
    memcpy(world->formulas, usual, sizeof usual);
    engine_world_init_over(&world->engine, formula_source_new(world->formulas, FORMULAS));
    engine_world_write_config(&world->engine);
    engine_world_write(&world->engine, "a.slo.yml", slo_file);
}

static struct json *document(const struct engine_world *world, document_writer write)
{
    return engine_world_ask(world, write, (struct ledger_query){.days = true});
}

struct sums {
    int64_t units;
    int64_t spent;
};

static struct sums booked(const struct engine_world *world)
{
    struct json *ledger = document(world, ledger_query_json);
    const struct json *window = json_get(json_first(json_get(ledger, "slos")), "window");
    struct sums sums = {(int64_t)json_number(json_get(window, "units"), -1),
                        (int64_t)json_number(json_get(window, "spent"), -1)};
    json_free(ledger);
    return sums;
}

static int64_t millionths(int64_t at_ms)
{
    return (int64_t)(dollars(at_ms) * 1e6 + 0.5);
}

static int64_t won(int64_t reading, int64_t end_ms)
{
    int64_t billionths = (int64_t)(rate(end_ms - end_ms % RATES_MS) * 1e9 + 0.5);
    return (int64_t)((__int128)reading * billionths / 1000000000);
}

/* A sample stands at each minute's end, and counts for it; the first only begins. */
static struct sums reference(int64_t to_ms)
{
    struct sums sums = {0};
    for (int64_t t = BEGIN_MS + MINUTE_MS; t <= to_ms; t += MINUTE_MS) {
        sums.units += 60;
        sums.spent += won(millionths(t), t) - won(millionths(t - MINUTE_MS), t);
    }
    return sums;
}

static void expect_reference(const struct engine_world *world)
{
    struct sums is = booked(world), wanted = reference(world->now_ms);
    assert_int_equal(is.units, wanted.units);
    assert_int_equal(is.spent, wanted.spent);
}

static void history_live_and_restarts_give_the_reference(void **state)
{
    (void)state;
    struct cost_world world;
    begin(&world);
    engine_world_start(&world.engine);
    for (int i = 1; i <= 6; i++) {
        engine_world_run(&world.engine, WORLD_ORIGIN_MS + (i * 17 + (i > 3 ? 40 : 0)) * MINUTE_MS);
        expect_reference(&world.engine);
        engine_world_stop(&world.engine); /* what is open in memory is lost */
        if (i == 3)
            world.engine.now_ms += 40 * MINUTE_MS; /* down for a while */
        engine_world_start(&world.engine);
    }
    engine_world_finish(&world.engine);
}

/* Rates of three hours come late; until then the last one goes on for an hour. What had one keeps it, the
 * rest is unseen, and read again when the rate is there. */
static void minutes_without_a_rate_are_read_again(void **state)
{
    (void)state;
    struct cost_world world;
    begin(&world);
    engine_world_write(&world.engine, "a.slo.yml",
                       "service: shop\nowner: rag-team\nslos:\n  cost:\n    objective: mean <= ₩10\n"
                       "    sum: usd_total\n    count: requests_total\n"
                       "    currency: {counted: USD, rate: {series: fx_rate, max_age: 5m}}\n");
    world.formulas[RATE].step_ms = MINUTE_MS;
    engine_world_start(&world.engine);
    engine_world_run(&world.engine, WORLD_ORIGIN_MS + 10 * MINUTE_MS);
    expect_reference(&world.engine);
    world.formulas[RATE].end_ms = WORLD_ORIGIN_MS + 10 * MINUTE_MS + 1;
    engine_world_run(&world.engine, WORLD_ORIGIN_MS + 40 * MINUTE_MS);
    struct sums is = booked(&world.engine), wanted = reference(world.engine.now_ms);
    assert_int_equal(wanted.units - is.units, 25 * 60);
    struct json *status = document(&world.engine, slo_statuses_json);
    const struct json *slo = json_first(json_get(status, "slos"));
    assert_string_equal(json_string(json_get(slo, "health"), ""), "misconfigured");
    assert_string_equal(json_string(json_get(json_get(slo, "exchange"), "state"), ""), "too old");
    assert_true(json_is_object(json_get(slo, "ticket")));
    json_free(status);
    world.formulas[RATE].end_ms = 0;
    engine_world_run(&world.engine, WORLD_ORIGIN_MS + 150 * MINUTE_MS);
    is = booked(&world.engine);
    wanted = reference(world.engine.now_ms);
    assert_int_equal(is.units, wanted.units);
    /* five minutes went on with the last known rate, whose change at minute 10 was its last */
    assert_true(is.spent == wanted.spent);
    engine_world_finish(&world.engine);
}

static void expect_part(const struct buf *text, const char *part)
{
    if (!text_contains(buf_text(text), text_of(part)))
        fail_msg("\"%s\" is not in\n%.*s", part, (int)text->len, text->at);
}

static void rate_time_and_source_are_printed(void **state)
{
    (void)state;
    struct cost_world world;
    struct buf out;
    begin(&world);
    engine_world_start(&world.engine);
    engine_world_run(&world.engine, WORLD_ORIGIN_MS + 8 * MINUTE_MS);
    struct json *status = document(&world.engine, slo_statuses_json);
    struct json *ledger = document(&world.engine, ledger_query_json);
    static const char said[] = "1 USD = ₩1,382.44 of 2026-11-02 00:00 UTC, from fx_rate{job=\"fx\", "
                               "pair=\"USDKRW\"}; the last known one, it goes on until 2026-11-03 00:00 UTC; "
                               "each cost has the rate of its minute";
    buf_init(&out, 16 << 20);
    status_table(status, &(struct status_style){.now_ms = world.engine.now_ms}, &out);
    expect_part(&out, "shop/cost: ");
    expect_part(&out, said);
    buf_clear(&out);
    struct explain_view view = {.status = explain_find(status, TEXT("")),
                                .ledger = explain_find(ledger, TEXT("")),
                                .rollup = explain_find(ledger, TEXT("")),
                                .now_ms = (double)world.engine.now_ms};
    explain_render(&view, &out);
    expect_part(&out, said);
    buf_clear(&out);
    report_render(ledger, REPORT_MARKDOWN, &out);
    expect_part(&out, "- Exchange rate: 1 USD = ₩1,382.44 of 2026-11-02 00:00 UTC");
    buf_clear(&out);
    report_render(ledger, REPORT_HTML, &out);
    expect_part(&out, "<dt>Exchange rate</dt>");
    buf_clear(&out);
    report_render(ledger, REPORT_CSV, &out);
    expect_part(&out, "exchange_from,exchange_to,exchange_rate,exchange_time,exchange_state,exchange_series");
    expect_part(&out, "USD,KRW,1382.4375,");
    buf_clear(&out);
    slo_metrics_write(status, &out);
    expect_part(&out, "slo=\"cost\",from=\"USD\",to=\"KRW\",state=\"last known\"} 1382.4375\n");
    expect_part(&out, "slo=\"cost\",window=\"30d\",unit=\"KRW\"}");
    expect_part(&out, "slo=\"cost\",window=\"30d\",unit=\"requests\"}");
    buf_finish(&out);
    json_free(status);
    json_free(ledger);
    engine_world_finish(&world.engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(history_live_and_restarts_give_the_reference),
        cmocka_unit_test(minutes_without_a_rate_are_read_again),
        cmocka_unit_test(rate_time_and_source_are_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
