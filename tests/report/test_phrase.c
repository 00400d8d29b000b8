/* Numbers and sentences about SLOs, and the escaping they go through. */
#include "engine/amount.h"
#include "engine/phrase.h"

#include "base/buf.h"
#include "base/html.h"
#include "report/markup.h"
#include "support/cmocka_headers.h"

static struct json *parse(const char *content)
{
    struct err err;
    struct json *json = json_parse(text_of(content), &err);
    assert_non_null(json);
    return json;
}

static void expect(struct buf *out, const char *text)
{
    assert_string_equal(buf_cstring(out), text);
    buf_clear(out);
}

static void expect_attainment(const char *slo_json, double attainment, const char *text)
{
    struct json *slo = parse(slo_json);
    struct buf out;
    buf_init(&out, 1024);
    phrase_attainment(slo, attainment, &out);
    expect(&out, text);
    buf_finish(&out);
    json_free(slo);
}

static const char events[] = "{\"kind\":\"events\",\"objective\":\"99.95%\",\"unit\":\"query\",\"scale\":1}";
static const char mean[] =
    "{\"kind\":\"mean\",\"objective\":\"mean <= ₩10\",\"unit\":\"query\",\"scale\":1000000,"
    "\"currency\":\"KRW\"}";
static const char score[] = "{\"kind\":\"score\",\"objective\":\"mean >= 0.85 of 1\",\"scale\":1000000}";
static const char percentile[] =
    "{\"kind\":\"percentile\",\"objective\":\"p95 <= 4s\",\"unit\":\"query\",\"scale\":1}";
static const char total[] =
    "{\"kind\":\"total\",\"objective\":\"total <= ₩3,000,000 per month\",\"scale\":1000000,"
    "\"currency\":\"KRW\"}";

static void a_miss_never_reads_like_a_pass(void **state)
{
    (void)state;
    expect_attainment(events, 0.99949, "99.949 %");
    expect_attainment(events, 0.9994999, "99.94999 %");
    expect_attainment(events, 0.9995, "99.95 %");
    expect_attainment(mean, 10.0004, "₩10.0004");
    expect_attainment(mean, 9.123456, "₩9.12");
    expect_attainment(score, 0.84996, "0.84996");
    expect_attainment(score, 0.9191, "0.919");
    expect_attainment(percentile, 0.949999, "94.9999 %");
    expect_attainment(total, 3000000.4, "₩3,000,000.40");
}

static void a_pass_never_reads_like_a_miss_or_like_perfection(void **state)
{
    (void)state;
    expect_attainment(events, 0.99950001, "99.950001 %");
    expect_attainment(events, 0.999999, "99.9999 %");
    expect_attainment(events, 1, "100.00 %");
}

static void units_are_counted_in_their_own_words(void **state)
{
    (void)state;
    struct json *slo = parse(events);
    struct buf out;
    buf_init(&out, 1024);
    phrase_units(slo, 1234567, &out);
    expect(&out, "1,234,567 queries");
    phrase_units(slo, 1, &out);
    expect(&out, "1 query");
    phrase_spent(slo, 1, &out);
    expect(&out, "1 bad query");
    phrase_spent(slo, -1200, &out);
    expect(&out, "−1,200 bad queries");
    json_free(slo);
    slo = parse("{\"kind\":\"mean\",\"unit\":\"day\",\"scale\":1000000,\"currency\":\"USD\"}");
    phrase_units(slo, 2, &out);
    expect(&out, "2 days");
    phrase_spent(slo, 4200, &out);
    expect(&out, "$0.0042");
    phrase_spent(slo, 1234500000.0, &out);
    expect(&out, "$1,234.50");
    amount_print_money(TEXT("CHF"), 12.5, -1, &out);
    expect(&out, "12.50 CHF");
    json_free(slo);
    buf_finish(&out);
}

static void both_bounds_stand_beside_what_was_seen(void **state)
{
    (void)state;
    struct json *slo = parse("{\"kind\":\"events\",\"objective\":\"99.9%\"}");
    struct json *part = parse("{\"attainment\":0.9993,\"attainment_low\":0.9931,\"attainment_high\":0.9994,"
                              "\"coverage\":0.987}");
    struct json *all =
        parse("{\"attainment\":0.9993,\"attainment_low\":0.9993,\"attainment_high\":0.9993,\"coverage\":1}");
    struct buf out;
    buf_init(&out, 1024);
    phrase_bounds(slo, part, &out);
    expect(&out, "99.93 % seen; 99.31 % to 99.94 % if the unseen minutes were all bad or all good; "
                 "98.7 % of target-minutes were seen");
    phrase_bounds(slo, all, &out);
    expect(&out, "99.93 %, all of it seen");
    buf_finish(&out);
    json_free(slo);
    json_free(part);
    json_free(all);
}

static void short_history_is_told_in_days(void **state)
{
    (void)state;
    struct json *half = parse("{\"from_ms\":0,\"to_ms\":2592000000,\"history_share\":0.5}");
    struct json *whole = parse("{\"from_ms\":0,\"to_ms\":2592000000,\"history_share\":1}");
    struct buf out;
    buf_init(&out, 1024);
    assert_true(phrase_history(half, &out));
    expect(&out, "15 of 30 days seen");
    assert_false(phrase_history(whole, &out));
    buf_finish(&out);
    json_free(half);
    json_free(whole);
}

static void a_value_is_named_by_its_labels(void **state)
{
    (void)state;
    struct json *slo =
        parse("{\"service\":\"a\",\"name\":\"b\",\"labels\":{\"tenant\":\"acme\",\"zone\":\"x\"}}");
    struct buf out;
    buf_init(&out, 1024);
    phrase_name(slo, &out);
    expect(&out, "a/b{tenant=acme,zone=x}");
    assert_false(phrase_is_rollup(slo));
    buf_finish(&out);
    json_free(slo);
}

static void nothing_hostile_gets_through_the_escaping(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 1024);
    html_escape(TEXT("<script>\"'&\x01"), &out);
    expect(&out, "&lt;script&gt;&quot;&#39;&amp;\xEF\xBF\xBD");
    markup_cell(TEXT("a|b\n`c` <i>*"), &out);
    expect(&out, "a\\|b \\`c\\` &lt;i&gt;\\*");
    markup_csv(TEXT("a,\"b\""), &out);
    expect(&out, "\"a,\"\"b\"\"\"");
    markup_csv(TEXT("=1+1"), &out);
    expect(&out, "\"'=1+1\"");
    markup_csv(TEXT("plain"), &out);
    expect(&out, "plain");
    buf_finish(&out);
}

static void json_comes_out_as_it_went_in(void **state)
{
    (void)state;
    const char *content = "{\"a\":[1,2.5,\"x\\n\",true,false,null],\"b\":9000000000000,\"c\":{}}";
    struct json *json = parse(content);
    struct json_writer w;
    struct buf out;
    buf_init(&out, 1024);
    json_begin(&w, &out);
    markup_json(&w, json);
    expect(&out, content);
    buf_finish(&out);
    json_free(json);
}

static void expect_between(const char *bounds, const char *text)
{
    struct buf out, content;
    buf_init(&out, 4096);
    buf_init(&content, 4096);
    buf_printf(&content, "{\"unit\":\"query\",\"bounds\":{\"threshold\":3.7,%s}}", bounds);
    struct json *slo = parse(buf_cstring(&content));
    assert_true(phrase_between(slo, &out));
    expect(&out, text);
    json_free(slo);
    buf_finish(&content);
    buf_finish(&out);
}

static void a_threshold_between_buckets_is_told_with_what_lies_there(void **state)
{
    (void)state;
    struct json *slo = parse(percentile);
    struct buf out;
    buf_init(&out, 1024);
    assert_false(phrase_between(slo, &out));
    expect(&out, "");
    buf_finish(&out);
    json_free(slo);
    expect_between(
        "\"below\":3.5,\"above\":4,\"judged_by\":\"below\",\"exact\":0,\"between\":2,\"unjudged\":0,"
        "\"since_ms\":1793577600000,\"units\":12340,\"uncertain_units\":312",
        "3.7 is no bucket bound: it lies between 3.5 and 4; judged by 3.5, so that what lies between "
        "counts as bad (of 12,340 queries since 2026-11-02 00:00 UTC, 312 or 2.5 % lie there)");
    expect_between(
        "\"below\":3.5,\"above\":4,\"judged_by\":\"above\",\"exact\":3,\"between\":1,\"unjudged\":0",
        "3.7 is no bucket bound: it lies between 3.5 and 4; judged by 4, so that what lies between counts "
        "as good; 3 of 4 histograms have it");
    expect_between(
        "\"below\":2,\"above\":null,\"judged_by\":\"below\",\"exact\":0,\"between\":2,\"unjudged\":1",
        "3.7 is no bucket bound: it lies above 2; judged by 2, so that what lies between counts as bad; "
        "elsewhere there is no bucket below it to judge by: those queries count as not known");
    expect_between(
        "\"below\":null,\"above\":null,\"judged_by\":\"below\",\"exact\":0,\"between\":0,\"unjudged\":2",
        "3.7 is no bucket bound, and there is no bucket below it to judge by");
}

static void a_time_is_told_in_seconds_whatever_counts_it(void **state)
{
    (void)state;
    static const char in_s[] =
        "{\"kind\":\"mean\",\"objective\":\"mean <= 300ms\",\"target\":0.3,\"unit\":\"call\","
        "\"scale\":1000000,\"currency\":\"\",\"time_unit\":\"s\"}";
    static const char in_ms[] =
        "{\"kind\":\"mean\",\"objective\":\"mean <= 300ms\",\"target\":300,\"unit\":\"call\","
        "\"scale\":1000000,\"currency\":\"\",\"time_unit\":\"ms\"}";
    expect_attainment(in_s, 0.25, "0.250 s");
    expect_attainment(in_s, 0.30004, "0.30004 s");
    expect_attainment(in_ms, 250, "0.250 s");
    expect_attainment(in_ms, 300.04, "0.30004 s");
    struct json *slo = parse(in_ms);
    struct buf out;
    buf_init(&out, 1024);
    phrase_spent(slo, 1234567.0 * 1000 * 1000000, &out);
    expect(&out, "1,234,567 s");
    phrase_unit_name(slo, PHRASE_SPENT, &out);
    expect(&out, "ms");
    phrase_allowance(slo, 300, &out);
    expect(&out, "0.300 s");
    buf_finish(&out);
    json_free(slo);
}

static void figures_have_a_unit_for_programs(void **state)
{
    (void)state;
    static const struct {
        const char *slo;
        const char *units[3];
    } cases[] = {{events, {"queries", "bad queries", "ratio"}},
                 {percentile, {"queries", "slow queries", "ratio"}},
                 {mean, {"queries", "KRW", "KRW"}},
                 {score, {"events", "points", "score"}},
                 {total, {"events", "KRW", "KRW"}}};
    struct buf out;
    buf_init(&out, 1024);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json *slo = parse(cases[i].slo);
        for (int k = 0; k < 3; k++) {
            phrase_unit_name(slo, (enum phrase_figure)k, &out);
            expect(&out, cases[i].units[k]);
        }
        json_free(slo);
    }
    buf_finish(&out);
}

static void expect_exchange(const char *exchange, const char *text)
{
    struct buf content, out;
    buf_init(&content, 4096);
    buf_init(&out, 4096);
    buf_printf(
        &content,
        "{\"exchange\":{\"counted\":\"USD\",\"stated\":\"KRW\",\"selector\":\"fx\",\"series\":\"fx{a=1}\","
        "\"max_age_ms\":259200000,%s}}",
        exchange);
    struct json *slo = parse(buf_cstring(&content));
    assert_true(phrase_exchange(slo, &out));
    expect(&out, text);
    buf_finish(&content);
    buf_finish(&out);
    json_free(slo);
}

static void a_rate_is_told_with_its_time_its_source_and_what_holds_without_it(void **state)
{
    (void)state;
    expect_exchange("\"rate\":1385.2,\"state\":\"fixed\",\"date\":\"2026-11-01\"",
                    "1 USD = ₩1,385.20 of 2026-11-01, fixed in the SLO file; figures are in USD");
    expect_exchange(
        "\"rate\":1385.2,\"state\":\"in force\",\"at_ms\":1793577600000",
        "1 USD = ₩1,385.20 of 2026-11-02 00:00 UTC, from fx{a=1}; each cost has the rate of its minute");
    expect_exchange("\"rate\":0,\"state\":\"unknown\",\"at_ms\":0",
                    "no rate: fx has given none yet; what is spent without a rate is not seen");
    expect_exchange(
        "\"rate\":1385.2,\"state\":\"too old\",\"at_ms\":1793577600000",
        "no rate: fx has given none for more than 3 d; the last: 1 USD = ₩1,385.20 of 2026-11-02 00:00 UTC; "
        "what is spent without a rate is not seen");
    expect_exchange("\"rate\":1385.2,\"state\":\"several\",\"at_ms\":1793577600000",
                    "no rate: fx gives several series at once; what is spent without a rate is not seen");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_told_in_seconds_whatever_counts_it),
        cmocka_unit_test(figures_have_a_unit_for_programs),
        cmocka_unit_test(a_rate_is_told_with_its_time_its_source_and_what_holds_without_it),
        cmocka_unit_test(a_threshold_between_buckets_is_told_with_what_lies_there),
        cmocka_unit_test(a_miss_never_reads_like_a_pass),
        cmocka_unit_test(a_pass_never_reads_like_a_miss_or_like_perfection),
        cmocka_unit_test(units_are_counted_in_their_own_words),
        cmocka_unit_test(both_bounds_stand_beside_what_was_seen),
        cmocka_unit_test(short_history_is_told_in_days),
        cmocka_unit_test(a_value_is_named_by_its_labels),
        cmocka_unit_test(nothing_hostile_gets_through_the_escaping),
        cmocka_unit_test(json_comes_out_as_it_went_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
