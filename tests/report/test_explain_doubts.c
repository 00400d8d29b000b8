/* What explain says about a threshold between two buckets, and the advice that the source gives. */
#include "report/explain.h"

#include "base/buf.h"
#include "support/cmocka_headers.h"

#include <string.h>

static struct json *parse(const char *content)
{
    struct err err;
    struct json *json = json_parse(text_of(content), &err);
    assert_non_null(json);
    return json;
}

static const char rollup[] =
    "{\"service\":\"rag-api\",\"name\":\"latency\",\"labels\":{},\"unit\":\"query\",\"kind\":\"percentile\","
    "\"bounds\":{\"threshold\":3.7,\"below\":3.5,\"above\":4,\"judged_by\":\"below\",\"exact\":0,\"between\":"
    "2,"
    "\"unjudged\":0,\"since_ms\":1793577600000,\"units\":1000,\"uncertain_units\":20},"
    "\"advice\":[{\"check\":\"source/bucket\",\"message\":\"latency: the histogram has no bucket "
    "le=\\\"3.7\\\"\","
    "\"hint\":\"add the bound\"},{\"check\":\"source/nothing\",\"message\":\"x matches nothing "
    "now\",\"hint\":\"\"}]}";

static void assert_has(const struct buf *out, const char *what)
{
    if (!strstr(out->at, what))
        fail_msg("\"%s\" is not in: %s", what, out->at);
}

static void the_threshold_and_the_advice_are_told(void **state)
{
    (void)state;
    struct buf out;
    struct json *status = parse(rollup);
    struct explain_view view = {.status = status, .status_rollup = status};
    buf_init(&out, 1 << 16);
    explain_render(&view, &out);
    (void)buf_cstring(&out);
    assert_has(&out, "Threshold    3.7 is no bucket bound: it lies between 3.5 and 4; judged by 3.5");
    assert_has(&out, "20 or 2.0 % lie there)");
    assert_has(&out, "\nAdvice, from what the source has\n"
                     "  latency: the histogram has no bucket le=\"3.7\"\n    → add the bound\n"
                     "  x matches nothing now\n");
    buf_finish(&out);
    json_free(status);
}

static void a_value_has_the_advice_of_the_whole(void **state)
{
    (void)state;
    struct buf out;
    struct json *whole = parse(rollup);
    struct json *value =
        parse("{\"service\":\"rag-api\",\"name\":\"latency\",\"labels\":{\"tenant\":\"acme\"}}");
    struct explain_view view = {.status = value, .status_rollup = whole};
    buf_init(&out, 1 << 16);
    explain_render(&view, &out);
    (void)buf_cstring(&out);
    assert_has(&out, "Advice, from what the source has");
    assert_null(strstr(out.at, "Threshold"));
    buf_finish(&out);
    json_free(whole);
    json_free(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_threshold_and_the_advice_are_told),
        cmocka_unit_test(a_value_has_the_advice_of_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
