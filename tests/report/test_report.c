/* The report's forms over a document made by hand, periods by name, the order of status. */
#include "report/report.h"

#include "base/buf.h"
#include "base/timezone.h"
#include "report/explain.h"
#include "report/period.h"
#include "report/status.h"
#include "support/cmocka_headers.h"

static const char document[] =
    "{\"version\":\"0.1.0\",\"environment\":\"prod\",\"now_ms\":1792713600000,\"slos\":["
    "{\"id\":\"prod/a/"
    "b\",\"environment\":\"prod\",\"service\":\"a<b>\",\"name\":\"b|c\",\"owner\":\"o\",\"objective\":\"99%"
    "\","
    "\"kind\":\"events\",\"unit\":\"request\",\"currency\":\"\",\"scale\":1,\"runbook\":\"\",\"labels\":{},"
    "\"sla\":[{\"below\":0.99,\"credit\":0.1},{\"below\":0.98,\"credit\":0.25},{\"below\":0.9,\"credit\":0.5}"
    "],"
    "\"previous\":{\"units\":10,\"attainment\":0.995,\"left_share\":0.5,\"history_share\":1,\"verdict\":"
    "\"met\"},"
    "\"period\":\"2026-10\",\"window\":{\"name\":\"month\",\"from_ms\":1790812800000,\"to_ms\":1793491200000,"
    "\"units\":1000,"
    "\"spent\":30,\"allowed\":10,\"left\":-20,\"left_share\":-2,\"attainment\":0.97,\"attainment_low\":0.9,"
    "\"attainment_high\":0.98,\"coverage\":0.9,\"estimated_share\":0,\"history_share\":1,\"verdict\":"
    "\"missed\","
    "\"state\":\"exhausted\"},\"days\":[{\"day_ms\":1790812800000,\"units\":600,\"spent\":30,\"minutes\":"
    "1440,"
    "\"unseen_minutes\":7},{\"day_ms\":1790899200000,\"units\":400,\"spent\":0,\"minutes\":1440,\"unseen_"
    "minutes\":0}],"
    "\"incidents\":[{\"key\":\"k\",\"opened_ms\":1790816400000,\"closed_ms\":1790820000000,\"severity\":"
    "\"P1\","
    "\"class\":\"page\",\"what\":\"<img src=x>\",\"units\":100,\"spent\":29}]},"
    "{\"id\":\"prod/a/"
    "b\",\"service\":\"a<b>\",\"name\":\"b|c\",\"objective\":\"99%\",\"kind\":\"events\",\"unit\":"
    "\"request\","
    "\"scale\":1,\"labels\":{\"tenant\":\"acme\"},\"period\":\"2026-10\",\"window\":{\"name\":\"month\","
    "\"units\":10,"
    "\"spent\":0,\"allowed\":0,\"left\":0,\"left_share\":1,\"attainment\":1,\"coverage\":1,\"history_share\":"
    "1,"
    "\"verdict\":\"met\",\"state\":\"healthy\"},\"days\":[],\"incidents\":[]}]}";

static struct json *parse(const char *content)
{
    struct err err;
    struct json *json = json_parse(text_of(content), &err);
    assert_non_null(json);
    return json;
}

static size_t count_of(const char *whole, const char *part)
{
    size_t n = 0;
    for (const char *at = whole; (at = strstr(at, part)); at++)
        n++;
    return n;
}

static void html_stands_alone_and_escapes_everything(void **state)
{
    (void)state;
    struct json *json = parse(document);
    struct buf out;
    buf_init(&out, 1 << 20);
    report_render(json, REPORT_HTML, &out);
    const char *html = buf_cstring(&out);
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "<img"));
    assert_null(strstr(html, "http://"));
    assert_null(strstr(html, "https://"));
    assert_null(strstr(html, "a<b>"));
    assert_non_null(strstr(html, "a&lt;b&gt;/b|c"));
    assert_int_equal(count_of(html, "<svg"), 1);
    assert_int_equal(count_of(html, "</svg>"), 1);
    assert_int_equal(count_of(html, "<section"), count_of(html, "</section>"));
    assert_int_equal(count_of(html, "<tr"), count_of(html, "</tr>"));
    assert_non_null(strstr(html, "class=\"unseen\""));
    assert_non_null(strstr(html, "29 bad requests, 290.0 % of the budget"));
    assert_null(strstr(html, "=\"nan"));
    assert_null(strstr(html, ",nan"));
    buf_finish(&out);
    json_free(json);
}

static void markdown_keeps_its_tables_whole(void **state)
{
    (void)state;
    struct json *json = parse(document);
    struct buf out;
    buf_init(&out, 1 << 20);
    report_render(json, REPORT_MARKDOWN, &out);
    assert_non_null(
        strstr(buf_cstring(&out),
               "| a&lt;b&gt;/b\\|c | 99% | 97.00 % | 90.0 % | 1,000 | 30 bad requests | −200.0 % | "
               "**missed** |\n"));
    assert_non_null(strstr(buf_cstring(&out), "1 SLO: 1 missed"));
    assert_non_null(strstr(buf_cstring(&out), "- Before: 99.50 %, 50.0 % left, met\n"));
    assert_non_null(
        strstr(buf_cstring(&out), "- SLA credit: 25.0 % at this attainment, which is below 98.0 %\n"));
    buf_finish(&out);
    json_free(json);
}

static void csv_has_a_row_for_each_value(void **state)
{
    (void)state;
    struct json *json = parse(document);
    struct buf out;
    buf_init(&out, 1 << 20);
    report_render(json, REPORT_CSV, &out);
    assert_int_equal(count_of(buf_cstring(&out), "\r\n"), 3);
    assert_non_null(
        strstr(buf_cstring(&out),
               ",1000,30,10,-20,-2,0.97,0.9,0.98,0.9,0,1,missed,exhausted,1,,,,,,,,,,,,,,,,,,,\r\n"));
    buf_finish(&out);
    json_free(json);
}

/* A month of which corrections took an hour. */
static const char corrected[] =
    "{\"now_ms\":1792713600000,\"slos\":[{\"id\":\"prod/a/"
    "b\",\"service\":\"a\",\"name\":\"b\",\"owner\":\"o\","
    "\"objective\":\"99%\",\"kind\":\"events\",\"unit\":\"request\",\"scale\":1,\"labels\":{},\"period\":"
    "\"2026-10\","
    "\"window\":{\"name\":\"month\",\"from_ms\":1790812800000,\"to_ms\":1793491200000,\"units\":1000,"
    "\"spent\":5,"
    "\"allowed\":10,\"left\":5,\"left_share\":0.5,\"attainment\":0.995,\"attainment_low\":0.995,"
    "\"attainment_high\":0.995,\"coverage\":1,\"history_share\":1,\"verdict\":\"met\",\"state\":\"healthy\"},"
    "\"uncorrected\":{\"name\":\"month\",\"units\":1200,\"spent\":30,\"left_share\":-1.5,\"attainment\":0."
    "975,"
    "\"verdict\":\"missed\"},\"corrections\":["
    "{\"kind\":\"exclusion\",\"from_ms\":1790816400000,\"to_ms\":1790820000000,\"every\":\"\",\"zone\":\"\","
    "\"reason\":\"load <test> | twice\",\"author\":\"mina\",\"approver\":\"jo&on\"},"
    "{\"kind\":\"maintenance\",\"from_ms\":1790816400000,\"to_ms\":-1,\"every\":\"sat 02:00-04:00\","
    "\"zone\":\"Asia/Seoul\",\"reason\":\"index\",\"author\":\"joon\",\"approver\":\"\"}],"
    "\"days\":[],\"incidents\":[]}]}";

static void expect_corrected(enum report_format format, const char *const *parts)
{
    struct json *json = parse(corrected);
    struct buf out;
    buf_init(&out, 1 << 20);
    report_render(json, format, &out);
    for (; *parts; parts++)
        if (!strstr(buf_cstring(&out), *parts))
            fail_msg("%s is not in\n%s", *parts, buf_cstring(&out));
    buf_finish(&out);
    json_free(json);
}

static void corrections_and_both_figures_stand_in_html(void **state)
{
    (void)state;
    expect_corrected(
        REPORT_HTML,
        (const char *const[]){
            "Without corrections", "97.50 %", "99.50 %", "<h3>Corrections</h3>",
            "<tr><td>exclusion</td><td>2026-10-01 01:00 UTC to 2026-10-01 02:00 UTC</td>"
            "<td>load &lt;test&gt; | twice</td><td>mina, approved by jo&amp;on</td></tr>",
            "<tr><td>maintenance</td><td>sat 02:00-04:00 Asia/Seoul, 2026-10-01 01:00 UTC until it is "
            "revoked</td><td>index</td><td>joon</td></tr>",
            NULL});
}

static void corrections_and_both_figures_stand_in_markdown(void **state)
{
    (void)state;
    expect_corrected(REPORT_MARKDOWN, (const char *const[]){
                                          "- Without corrections: 97.50 %", "| exclusion | ",
                                          "| load &lt;test&gt; \\| twice | mina, approved by jo&on |", NULL});
}

static void corrections_and_both_figures_stand_in_csv(void **state)
{
    (void)state;
    expect_corrected(
        REPORT_CSV,
        (const char *const[]){",1000,5,10,5,0.5,0.995,",
                              ",corrections,uncorrected_units,uncorrected_spent,"
                              "uncorrected_left_share,uncorrected_attainment,"
                              "uncorrected_verdict,part,weight,used_share,contribution,"
                              "uncorrected_used_share,uncorrected_contribution,objectives_in_force\r\n",
                              ",2,1200,30,-1.5,0.975,missed,,,,,,,\r\n", NULL});
}

static void json_names_its_schema_and_counts_roll_ups_only(void **state)
{
    (void)state;
    struct json *json = parse(document);
    struct buf out;
    buf_init(&out, 1 << 20);
    report_render(json, REPORT_JSON, &out);
    struct json *again = parse(buf_cstring(&out));
    assert_string_equal(json_string(json_get(again, "schema"), ""), "sloburn.report/1");
    assert_int_equal((int)json_number(json_get(json_get(again, "summary"), "slos"), 0), 1);
    assert_int_equal((int)json_number(json_get(json_get(again, "summary"), "missed"), 0), 1);
    json_free(again);
    buf_finish(&out);
    json_free(json);
}

/* The start of the day that a period's moment falls on, and its window. */
static void expect_period(const char *words, const char *window, const char *moment)
{
    struct report_period period;
    struct err err;
    struct buf at;
    buf_init(&at, 64);
    assert_true(report_period_parse(text_of(words), 1795225000000LL, &period, &err));
    civil_print(NULL, period.at_ms, &at);
    assert_true(text_is(period.window, window));
    assert_string_equal(buf_cstring(&at), moment);
    buf_finish(&at);
}

static void periods_are_known_by_name(void **state)
{
    (void)state;
    expect_period("2026-10", "month", "2026-10-15T12:00:00Z");
    expect_period("2026-Q3", "quarter", "2026-08-15T12:00:00Z");
    expect_period("2025", "year", "2025-07-01T12:00:00Z");
    expect_period("2026-W01", "week", "2026-01-01T12:00:00Z");
    expect_period("2020-W53", "week", "2020-12-31T12:00:00Z");
    expect_period("2024-02-29", "day", "2024-02-29T12:00:00Z");
    expect_period("2026", "year", "2026-07-01T12:00:00Z");
    expect_period("7d", "7d", "2026-11-21T01:36:40Z");
    struct report_period period;
    struct err err;
    assert_true(report_period_parse(TEXT("last month"), 1795225000000LL, &period, &err));
    assert_int_equal(period.before, 1);
    assert_true(text_is(period.window, "month"));
}

static void an_open_month_may_be_named_and_one_to_come_may_not(void **state)
{
    (void)state;
    struct report_period period;
    struct err err;
    int64_t early_november_ms = 1793600000000LL;
    assert_true(report_period_parse(TEXT("2026-11"), early_november_ms, &period, &err));
    assert_false(report_period_parse(TEXT("2027-01"), early_november_ms, &period, &err));
    static const char *const wrong[] = {"2026-13", "2026-Q5", "2026-02-30", "2026-W54",     "fortnight",
                                        "last",    "20 26",   "30x",        "last 2026-10", "2026-1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(report_period_parse(text_of(wrong[i]), early_november_ms, &period, &err));
}

#define STATUS(id, labels, left, page)                                                                       \
    "{\"id\":\"" id "\",\"service\":\"s\",\"name\":\"" id                                                    \
    "\",\"environment\":\"e\",\"owner\":\"o\",\"labels\":" labels                                            \
    ",\"windows\":[{\"name\":\"30d\",\"left_share\":" left                                                   \
    ",\"attainment\":0.9,\"state\":\"healthy\",\"history_share\":1}],"                                       \
    "\"tiers\":[{\"long\":\"1h\",\"long_rate\":2}],\"page\":" page "}"

static const char statuses[] = "{\"slos\":[" STATUS("x", "{}", "0.9", "null") "," STATUS(
    "x", "{\"t\":\"1\"}", "0.95",
    "null") "," STATUS("x", "{\"t\":\"2\"}", "0.1",
                       "null") "," STATUS("y", "{}", "0.2",
                                          "null") "," STATUS("z", "{}", "0.99",
                                                             "{\"since_ms\":1,\"severity\":\"P1\"}") "]}";

static void status_puts_the_worst_first_and_values_behind_their_roll_up(void **state)
{
    (void)state;
    struct json *json = parse(statuses);
    struct arena arena;
    size_t n = 0;
    arena_init(&arena, 0);
    const struct json **sorted = status_sorted(json, &arena, &n);
    const struct json *slos = json_get(json, "slos");
    const size_t expected[] = {4, 3, 0, 2, 1};
    assert_int_equal(n, 5);
    for (size_t i = 0; i < n; i++)
        assert_ptr_equal(sorted[i], json_item(slos, expected[i]));
    arena_finish(&arena);
    json_free(json);
}

static void metrics_end_with_eof_and_name_each_family_once(void **state)
{
    (void)state;
    struct json *json = parse(statuses);
    struct buf out;
    buf_init(&out, 1 << 20);
    status_openmetrics(json, &out);
    const char *text = buf_cstring(&out);
    assert_int_equal(count_of(text, "# TYPE sloburn_slo_error_budget_remaining_ratio gauge\n"), 1);
    assert_int_equal(count_of(text, "\nsloburn_slo_error_budget_remaining_ratio{"), 5);
    assert_string_equal(text + strlen(text) - 6, "# EOF\n");
    buf_finish(&out);
    json_free(json);
}

static void explain_bears_a_document_without_anything_in_it(void **state)
{
    (void)state;
    struct json *json = parse("{\"id\":\"e/s/n\",\"service\":\"s\",\"name\":\"n\"}");
    struct explain_view view = {.status = json};
    struct buf out;
    buf_init(&out, 1 << 20);
    explain_render(&view, &out);
    assert_non_null(strstr(buf_cstring(&out), "nothing is open"));
    buf_finish(&out);
    json_free(json);
}

static void what_was_never_seen_has_no_figures(void **state)
{
    (void)state;
    struct json *json =
        parse("{\"slos\":[{\"id\":\"e/s/n\",\"service\":\"s\",\"name\":\"n\","
              "\"objective\":\"99%\",\"health\":\"misconfigured\",\"windows\":[{\"name\":\"30d\","
              "\"units\":0,\"left_share\":1,\"attainment\":1,\"coverage\":1,"
              "\"state\":\"healthy\"}]}]}");
    struct status_style style = {.now_ms = 1000};
    struct explain_view view = {.status = json_item(json_get(json, "slos"), 0), .ledger = json};
    struct buf out;
    buf_init(&out, 1 << 20);
    status_table(json, &style, &out);
    assert_null(strstr(buf_cstring(&out), "100"));
    assert_null(strstr(buf_cstring(&out), "healthy"));
    assert_non_null(strstr(buf_cstring(&out), "misconfigured"));
    buf_clear(&out);
    status_openmetrics(json, &out);
    assert_null(strstr(buf_cstring(&out), "sloburn_slo_attainment{"));
    assert_null(strstr(buf_cstring(&out), "sloburn_slo_budget_state{"));
    buf_clear(&out);
    explain_render(&view, &out);
    assert_non_null(strstr(buf_cstring(&out), "not known: what it counts by was never seen"));
    buf_finish(&out);
    json_free(json);
}

static void odd_samples_are_shown(void **state)
{
    (void)state;
    struct json *json = parse("{\"slos\":[{\"id\":\"e/s/n\",\"service\":\"s\",\"name\":\"n\","
                              "\"notes\":[{\"what\":\"a sample is NaN or Inf; it was left out\",\"count\":16,"
                              "\"at_ms\":60000,\"series\":\"x{}\"}]}]}");
    struct status_style style = {.now_ms = 1000};
    struct explain_view view = {.status = json_item(json_get(json, "slos"), 0)};
    struct buf out;
    buf_init(&out, 1 << 20);
    status_table(json, &style, &out);
    assert_non_null(strstr(buf_cstring(&out), "odd samples"));
    buf_clear(&out);
    explain_render(&view, &out);
    assert_non_null(
        strstr(buf_cstring(&out),
               "a sample is NaN or Inf; it was left out, 16 times, the last 1970-01-01 00:01 UTC: x{}"));
    buf_finish(&out);
    json_free(json);
}

static void explain_tells_of_a_page_that_called_nobody(void **state)
{
    (void)state;
    struct json *json = parse("{\"id\":\"e/s/n\",\"service\":\"s\",\"name\":\"n\","
                              "\"page\":{\"severity\":\"P1\",\"since_ms\":7200000,\"quiet\":true,"
                              "\"reason\":\"the budget burns too fast\"},"
                              "\"changes\":[{\"at_ms\":7300000,\"what\":\"a later one\"},"
                              "{\"at_ms\":7140000,\"what\":\"a process started\"},"
                              "{\"at_ms\":3600000,\"what\":\"an older one\"}]}");
    struct explain_view view = {.status = json, .now_ms = 7500000};
    struct buf out;
    buf_init(&out, 1 << 20);
    explain_render(&view, &out);
    const char *text = buf_cstring(&out);
    assert_non_null(strstr(text, "P1 page: the budget burns too fast; it burned when sloburn first looked"));
    assert_non_null(strstr(text, "Since        1970-01-01 02:00 UTC, 5 min ago\n"));
    assert_non_null(strstr(text,
                           "Last change  a process started 1970-01-01 01:59 UTC, 1 min before it began\n"
                           "             an older one 1970-01-01 01:00 UTC, 1 h before it began\n"));
    assert_null(strstr(text, "a later one"));
    buf_finish(&out);
    json_free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_stands_alone_and_escapes_everything),
        cmocka_unit_test(markdown_keeps_its_tables_whole),
        cmocka_unit_test(csv_has_a_row_for_each_value),
        cmocka_unit_test(corrections_and_both_figures_stand_in_html),
        cmocka_unit_test(corrections_and_both_figures_stand_in_markdown),
        cmocka_unit_test(corrections_and_both_figures_stand_in_csv),
        cmocka_unit_test(json_names_its_schema_and_counts_roll_ups_only),
        cmocka_unit_test(periods_are_known_by_name),
        cmocka_unit_test(an_open_month_may_be_named_and_one_to_come_may_not),
        cmocka_unit_test(status_puts_the_worst_first_and_values_behind_their_roll_up),
        cmocka_unit_test(metrics_end_with_eof_and_name_each_family_once),
        cmocka_unit_test(what_was_never_seen_has_no_figures),
        cmocka_unit_test(odd_samples_are_shown),
        cmocka_unit_test(explain_tells_of_a_page_that_called_nobody),
        cmocka_unit_test(explain_bears_a_document_without_anything_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
