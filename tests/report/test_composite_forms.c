/* Composites in every form of the report, as metrics, and before the gate. */
#include "base/arena.h"
#include "base/buf.h"
#include "report/composite.h"
#include "report/gate.h"
#include "report/report.h"
#include "report/status.h"
#include "support/cmocka_headers.h"

#define NOW_MS 1795225000000LL

#define PART(id, more)                                                                                       \
    "{\"id\":\"prod/" id "\",\"slot_ms\":1795224990000,\"health\":\"seen\",\"period\":\"2026-10\"," more "}"

#define COMPOSITE(name, kind, more)                                                                          \
    "{\"id\":\"prod/shop/" name "\",\"environment\":\"prod\",\"service\":\"shop\",\"name\":\"" name          \
    "\",\"owner\":\"shop|team\",\"kind\":\"" kind "\"," more "}"

/* Three parts to one; corrections took from the first. */
static const char weighted[] = COMPOSITE(
    "journey", "weighted",
    "\"known_parts\":2,\"used_share\":0.3,\"left_share\":0.7,\"state\":\"healthy\",\"verdict\":\"met\","
    "\"uncorrected\":{\"used_share\":1.05,\"left_share\":-0.05,\"state\":\"exhausted\",\"verdict\":"
    "\"missed\"},"
    "\"parts\":[" PART(
        "shop/a",
        "\"weight\":3,\"verdict\":\"met\",\"used_share\":0.2,\"uncorrected_used_share\":1.2,"
        "\"contribution\":0.15,\"uncorrected_contribution\":0.9") "," PART("shop/b",
                                                                           "\"weight\":1,\"verdict\":\"met\","
                                                                           "\"used_share\":0.6,"
                                                                           "\"contribution\":0.15,"
                                                                           "\"uncorrected_contribution\":0."
                                                                           "15") "]");

static const char worst[] = COMPOSITE(
    "all<b>", "worst",
    "\"known_parts\":1,\"used_share\":1.2,\"left_share\":-0.2,\"state\":\"exhausted\",\"verdict\":\"missed\","
    "\"parts\":[" PART(
        "shop/a",
        "\"weight\":1,\"verdict\":\"missed\",\"used_share\":1.2,\"contribution\":1."
        "2") "," PART("pay/b",
                      "\"weight\":1,\"verdict\":\"insufficient\",\"used_share\":0,\"contribution\":0") "]");

static struct json *document_of(const char *composites)
{
    struct err err;
    struct buf text;
    buf_init(&text, 1 << 16);
    buf_printf(&text, "{\"environment\":\"prod\",\"now_ms\":%lld,\"slos\":[],\"composites\":[%s]}", NOW_MS,
               composites);
    struct json *document = json_parse(buf_text(&text), &err);
    assert_non_null(document);
    buf_finish(&text);
    return document;
}

static struct json *both(void)
{
    struct buf text;
    buf_init(&text, 1 << 16);
    buf_printf(&text, "%s,%s", weighted, worst);
    struct json *document = document_of(buf_cstring(&text));
    buf_finish(&text);
    return document;
}

static void expect_all(const struct buf *out, const char *const *parts)
{
    for (; *parts; parts++)
        if (!text_contains(buf_text(out), text_of(*parts)))
            fail_msg("%s is not in\n%.*s", *parts, TEXT_ARG(buf_text(out)));
}

static void expect_report(enum report_format format, const char *const *parts)
{
    struct json *document = both();
    struct buf out;
    buf_init(&out, 1 << 20);
    report_render(document, format, &out);
    expect_all(&out, parts);
    buf_finish(&out);
    json_free(document);
}

static void html_shows_figure_parts_and_what_corrections_changed(void **state)
{
    (void)state;
    expect_report(
        REPORT_HTML,
        (const char *const[]){
            "2 composites: 1 met, 1 missed", "<dt>Period</dt><dd>2026-10</dd>",
            "<h2>shop/journey</h2><span class=\"badge v0\">met</span>",
            "<dd>70.0 % (healthy); without corrections −5.0 % (exhausted): missed</dd>",
            "<tr><td>shop/a</td><td>2026-10</td><td>3</td><td>20.0 % (without corrections 120.0 %)</td>"
            "<td>15.0 % (without corrections 90.0 %)</td><td>met</td></tr>",
            "<h2>shop/all&lt;b&gt;</h2><span class=\"badge v2\">missed</span>",
            "<tr><td>pay/b</td><td>2026-10</td><td></td><td></td><td></td><td>insufficient data</td></tr>",
            NULL});
}

static void markdown_shows_the_same(void **state)
{
    (void)state;
    expect_report(
        REPORT_MARKDOWN,
        (const char *const[]){
            "## shop/journey: met\n\n"
            "- Budget left: 70.0 % (healthy); without corrections −5.0 % (exhausted): missed\n"
            "- Used is: the mean, by weight, of what its parts have used of their budgets\n\n"
            "| Part | Period | Weight | Used | Adds | Verdict |\n|---|---|---|---|---|---|\n"
            "| shop/a | 2026-10 | 3 | 20.0 % (without corrections 120.0 %) | 15.0 % (without corrections "
            "90.0 %) | met |\n"
            "| shop/b | 2026-10 | 1 | 60.0 % | 15.0 % (without corrections 15.0 %) | met |\n",
            "- Used is: the most that one of its parts has used of its budget\n",
            "| pay/b | 2026-10 |  |  |  | insufficient data |\n", NULL});
}

static void csv_has_a_row_for_the_whole_and_one_a_part(void **state)
{
    (void)state;
    expect_report(
        REPORT_CSV,
        (const char *const[]){
            ",part,weight,used_share,contribution,uncorrected_used_share,"
            "uncorrected_contribution,objectives_in_force\r\n",
            "prod/shop/journey,prod,shop,journey,,shop|team,,weighted,,,,,,,,,,,,0.7,,,,,,,met,"
            "healthy,,,,,,,,,,,-0.05,,missed,,,0.3,,1.05,,\r\n",
            "prod/shop/journey,prod,shop,journey,,shop|team,,weighted,,,,2026-10,,,,,,,,,,,,,,,met,,"
            ",,,,,,,,,,,,,prod/shop/a,3,0.2,0.15,1.2,0.9,\r\n",
            ",prod/pay/b,1,,,,,\r\n", NULL});
}

static void json_counts_them(void **state)
{
    (void)state;
    expect_report(REPORT_JSON, (const char *const[]){"\"contribution\": 0.15", NULL});
    struct json *document = both();
    struct err err;
    struct buf out;
    buf_init(&out, 1 << 20);
    report_render(document, REPORT_JSON, &out);
    struct json *again = json_parse(buf_text(&out), &err);
    const struct json *counts = json_get(json_get(again, "summary"), "composites");
    assert_int_equal((int)json_number(json_get(counts, "met"), -1), 1);
    assert_int_equal((int)json_number(json_get(counts, "missed"), -1), 1);
    assert_int_equal((int)json_number(json_get(counts, "insufficient data"), -1), 0);
    json_free(again);
    buf_finish(&out);
    json_free(document);
}

#define OF(name, more) "{environment=\"prod\",service=\"shop\",owner=\"shop|team\",slo=\"" name "\"" more "} "

static void metrics_show_left_state_and_each_contribution(void **state)
{
    (void)state;
    struct json *document = both();
    struct buf out;
    buf_init(&out, 1 << 20);
    status_openmetrics(document, &out);
    expect_all(&out,
               (const char *const[]){
                   "# TYPE sloburn_composite_part_contribution_ratio gauge\n",
                   "\nsloburn_composite_error_budget_remaining_ratio" OF("journey", "") "0.7\n",
                   "\nsloburn_composite_error_budget_remaining_uncorrected_ratio" OF("journey", "") "-0.05\n",
                   "\nsloburn_composite_budget_state" OF("all<b>", ",state=\"exhausted\"") "1\n",
                   "\nsloburn_composite_verdict" OF("journey", ",verdict=\"met\"") "1\n",
                   "\nsloburn_composite_part_weight" OF("journey", ",part=\"shop/a\"") "3\n",
                   "\nsloburn_composite_part_used_ratio" OF("journey", ",part=\"shop/a\"") "0.2\n",
                   "\nsloburn_composite_part_contribution_ratio" OF("journey", ",part=\"shop/b\"") "0.15\n",
                   NULL});
    assert_null(strstr(buf_cstring(&out), "part=\"pay/b\""));
    buf_finish(&out);
    json_free(document);
}

static void explain_shows_both_figures(void **state)
{
    (void)state;
    struct json *document = both();
    struct buf out;
    buf_init(&out, 1 << 20);
    composite_explain(composite_find(document, TEXT("shop/journey")), &out);
    expect_all(&out, (const char *const[]){
                         "Budget     70.0 % left (healthy); without corrections −5.0 % (exhausted)\n"
                         "Verdict    met\n",
                         NULL});
    buf_finish(&out);
    json_free(document);
}

static void no_composites_give_no_metrics_of_them(void **state)
{
    (void)state;
    struct json *document = document_of("");
    struct buf out;
    buf_init(&out, 1 << 20);
    status_openmetrics(document, &out);
    assert_null(strstr(buf_cstring(&out), "sloburn_composite"));
    buf_finish(&out);
    json_free(document);
}

/* What the gate says of this composite alone. */
static void expect_gate(const char *composite, const struct gate_limits *limits, enum gate_verdict verdict,
                        const char *reason)
{
    struct arena arena;
    struct gate_result result;
    struct json *document = document_of(composite);
    arena_init(&arena, 0);
    gate_judge(document, limits, &arena, &result);
    assert_int_equal(result.n, 1);
    assert_string_equal(result.items[0].reason.at, reason);
    assert_int_equal(result.verdict, verdict);
    for (int format = 0; gate_formats[format]; format++) {
        struct buf out;
        buf_init(&out, 1 << 20);
        gate_render(&result, format, &out);
        assert_non_null(strstr(buf_cstring(&out), "shop/"));
        assert_true(format != 1 || strstr(buf_cstring(&out), "\"contribution\": "));
        buf_finish(&out);
    }
    arena_finish(&arena);
    json_free(document);
}

static void the_gate_judges_what_is_left_of_a_composite(void **state)
{
    (void)state;
    struct gate_limits limits = {.max_age_ms = 600000, .now_ms = NOW_MS, .on_no_data = GATE_ANSWER_FAIL};
    expect_gate(weighted, &limits, GATE_PASS,
                "70.0 % of its budget is left; used by shop/a 15.0 %, shop/b 15.0 %");
    limits.has_min_budget = true;
    limits.min_budget = 0.8;
    expect_gate(weighted, &limits, GATE_REFUSED,
                "70.0 % of its budget is left, 80.0 % is the least for a release; used by shop/a 15.0 %, "
                "shop/b 15.0 %");
    limits.has_min_budget = false;
    expect_gate(worst, &limits, GATE_REFUSED,
                "−20.0 % of its budget is left, which is exhausted: the policy stops releases; the worst of "
                "shop/a 120.0 %, pay/b not known; its part pay/b has not enough data");
}

static void a_part_that_is_stale_or_burns_unseen_is_no_data(void **state)
{
    (void)state;
    struct gate_limits limits = {
        .max_age_ms = 600000, .now_ms = NOW_MS + 3600000, .on_no_data = GATE_ANSWER_FAIL};
    expect_gate(
        weighted, &limits, GATE_NO_DATA,
        "70.0 % of its budget is left; used by shop/a 15.0 %, shop/b 15.0 %; its part shop/a was last "
        "evaluated 1 h ago; its part shop/b was last evaluated 1 h ago");
    limits.now_ms = NOW_MS;
    limits.n_burns = 1;
    limits.burns[0] = (struct gate_burn){TEXT("1h"), 6};
    expect_gate(
        weighted, &limits, GATE_NO_DATA,
        "70.0 % of its budget is left; used by shop/a 15.0 %, shop/b 15.0 %; the burn rate of its part "
        "shop/a is not asked for; the burn rate of its part shop/b is not asked for");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_shows_figure_parts_and_what_corrections_changed),
        cmocka_unit_test(markdown_shows_the_same),
        cmocka_unit_test(csv_has_a_row_for_the_whole_and_one_a_part),
        cmocka_unit_test(json_counts_them),
        cmocka_unit_test(metrics_show_left_state_and_each_contribution),
        cmocka_unit_test(explain_shows_both_figures),
        cmocka_unit_test(no_composites_give_no_metrics_of_them),
        cmocka_unit_test(the_gate_judges_what_is_left_of_a_composite),
        cmocka_unit_test(a_part_that_is_stale_or_burns_unseen_is_no_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
