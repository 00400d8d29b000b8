/* Coverage and history of each value of a fan-out: the coverage of the targets, from when the value was first
 * seen. */
#include "support/cmocka_headers.h"

#include "base/duration.h"
#include "base/json.h"
#include "engine/ledger_query.h"
#include "report/explain.h"
#include "report/report.h"
#include "report/status.h"
#include "support/engine_world.h"
#include "support/formula_source.h"

#include <math.h>

#define BEGIN_MS (WORLD_ORIGIN_MS - 30 * DAY_MS)
#define LATE_MS  (WORLD_ORIGIN_MS - 3 * DAY_MS)

static double requests(int64_t at_ms)
{
    return (double)((at_ms - BEGIN_MS) / 60000);
}

static double requests_of_late(int64_t at_ms)
{
    return (double)((at_ms - LATE_MS) / 60000);
}

static double errors(int64_t at_ms)
{
    (void)at_ms;
    return 0;
}

static double one(int64_t at_ms)
{
    (void)at_ms;
    return 1;
}

#define SERIES(name, tenant, code, from, function)                                                           \
    {                                                                                                        \
        {{"__name__", name}, {"job", "api"}, {"instance", "a"}, {"tenant", tenant}, {"code", code}, {0}},    \
            from, 0, MINUTE_MS, function                                                                     \
    }

static const struct formula formulas[] = {
    SERIES("t_total", "old", "200", BEGIN_MS, requests),
    SERIES("t_total", "old", "500", BEGIN_MS, errors),
    SERIES("t_total", "late", "200", LATE_MS, requests_of_late),
    {{{"__name__", "up"}, {"job", "api"}, {"instance", "a"}, {0}}, BEGIN_MS, 0, MINUTE_MS, one},
};

static const char slo_file[] = "service: shop\n"
                               "owner: rag-team\n"
                               "by: tenant\n"
                               "slos:\n"
                               "  availability:\n"
                               "    objective: 99.5%\n"
                               "    target: [instance]\n"
                               "    total: t_total\n"
                               "    bad: t_total{code=\"500\"}\n";

static void start(struct engine_world *world)
{
    engine_world_init_over(world, formula_source_new(formulas, sizeof formulas / sizeof *formulas));
    engine_world_write_config(world);
    engine_world_write(world, "a.slo.yml", slo_file);
    engine_world_start(world);
    engine_world_run(world, WORLD_ORIGIN_MS + 10 * MINUTE_MS);
}

static struct json *document(const struct engine_world *world, document_writer write)
{
    return engine_world_ask(world, write, (struct ledger_query){.days = true});
}

static const struct json *window_of_value(const struct json *json, const char *labels)
{
    const struct json *slo = explain_find(json, text_of(labels));
    assert_non_null(slo);
    const struct json *window = json_get(slo, "window");
    return window ? window : json_item(json_get(slo, "windows"), 0);
}

static double share(const struct json *json, const char *labels, const char *member)
{
    return json_number(json_get(window_of_value(json, labels), member), -1);
}

static void expect_history(const struct json *json)
{
    assert_true(fabs(share(json, "", "history_share") - 1) < 0.001);
    assert_true(fabs(share(json, "tenant=old", "history_share") - 1) < 0.001);
    assert_true(fabs(share(json, "tenant=late", "history_share") - 0.1) < 0.002);
    /* its targets were seen all the time: nothing is missing since it came */
    assert_true(share(json, "tenant=late", "coverage") > 0.999);
    assert_string_equal(json_string(json_get(window_of_value(json, "tenant=late"), "verdict"), ""),
                        json_string(json_get(window_of_value(json, "tenant=old"), "verdict"), ""));
}

static void a_late_value_says_how_much_of_it_was_seen(void **state)
{
    (void)state;
    struct engine_world world;
    start(&world);
    for (int again = 0; again < 2; again++) { /* and after a restart */
        struct json *status = document(&world, slo_statuses_json);
        struct json *ledger = document(&world, ledger_query_json);
        expect_history(status);
        expect_history(ledger);
        json_free(status);
        json_free(ledger);
        engine_world_stop(&world);
        engine_world_start(&world);
        engine_world_run(&world, world.now_ms + 2 * MINUTE_MS);
    }
    engine_world_finish(&world);
}

static void expect_part(const struct buf *text, const char *part)
{
    if (!text_contains(buf_text(text), text_of(part)))
        fail_msg("\"%s\" is not in\n%.*s", part, (int)text->len, text->at);
}

static void status_explain_and_report_print_it(void **state)
{
    (void)state;
    struct engine_world world;
    struct buf out;
    start(&world);
    struct json *status = document(&world, slo_statuses_json);
    struct json *ledger = document(&world, ledger_query_json);
    buf_init(&out, 16 << 20);
    status_table(status, &(struct status_style){.now_ms = world.now_ms}, &out);
    expect_part(&out, "  tenant=late");
    expect_part(&out, "100 %  100 %        0 × 3d  –        healthy, 3 of 30 days seen\n");
    buf_clear(&out);
    struct explain_view view = {.status = explain_find(status, TEXT("tenant=late")),
                                .ledger = explain_find(ledger, TEXT("tenant=late")),
                                .rollup = explain_find(ledger, TEXT("")),
                                .now_ms = world.now_ms};
    explain_render(&view, &out);
    expect_part(
        &out,
        "100 % of target-minutes seen (targets by instance), 0 % of units estimated; 3 of 30 days seen");
    static const char *const rows[] = {"<td>100 %; 3 of 30 days seen</td>", "| 100 %; 3 of 30 days seen |"};
    for (int format = 0; format < 2; format++) {
        buf_clear(&out);
        report_render(ledger, (enum report_format)format, &out);
        expect_part(&out, rows[format]);
    }
    json_free(status);
    json_free(ledger);
    buf_finish(&out);
    engine_world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_value_says_how_much_of_it_was_seen),
        cmocka_unit_test(status_explain_and_report_print_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
