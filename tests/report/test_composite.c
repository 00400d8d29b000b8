/* Composites in words: what status and explain say of them. */
#include "support/cmocka_headers.h"

#include "base/buf.h"
#include "report/composite.h"
#include "report/status.h"

static const char document_text[] =
    "{\"slos\":[],\"composites\":["
    "{\"id\":\"prod/shop/journey\",\"environment\":\"prod\",\"service\":\"shop\",\"name\":\"journey\","
    "\"owner\":\"shop-team\",\"kind\":\"weighted\",\"known_parts\":2,\"used_share\":0.3,\"left_share\":0.7,"
    "\"state\":\"healthy\",\"parts\":["
    "{\"id\":\"prod/shop/a\",\"weight\":3,\"verdict\":\"met\",\"used_share\":0.2,\"contribution\":0.15},"
    "{\"id\":\"prod/shop/b\",\"weight\":1,\"verdict\":\"met\",\"used_share\":0.6,\"contribution\":0.15}]},"
    "{\"id\":\"prod/shop/all\",\"environment\":\"prod\",\"service\":\"shop\",\"name\":\"all\","
    "\"owner\":\"\",\"kind\":\"worst\",\"known_parts\":1,\"used_share\":1.2,\"left_share\":-0.2,"
    "\"state\":\"exhausted\",\"parts\":["
    "{\"id\":\"prod/shop/a\",\"weight\":1,\"verdict\":\"missed\",\"used_share\":1.2,\"contribution\":1.2},"
    "{\"id\":\"prod/pay/"
    "b\",\"weight\":1,\"verdict\":\"insufficient\",\"used_share\":0,\"contribution\":0}]}]}";

static struct json *read_document(void)
{
    struct err err;
    struct json *document = json_parse(text_of(document_text), &err);
    assert_non_null(document);
    return document;
}

static void the_table_has_a_line_for_each(void **state)
{
    (void)state;
    struct json *document = read_document();
    struct status_style style = {0};
    struct buf out;
    buf_init(&out, 10000);
    status_table(document, &style, &out);
    assert_non_null(strstr(buf_cstring(&out),
                           "\nshop/journey: 70.0 % left, healthy; used by shop/a 15.0 %, "
                           "shop/b 15.0 %\n"
                           "shop/all: −20.0 % left, exhausted; the worst of shop/a 120.0 %, "
                           "pay/b not known\n"));
    buf_finish(&out);
    json_free(document);
}

static void explain_shows_what_each_part_adds(void **state)
{
    (void)state;
    struct json *document = read_document();
    struct buf out;
    buf_init(&out, 10000);
    assert_null(composite_find(document, TEXT("shop/nothing")));
    composite_explain(composite_find(document, TEXT("shop/journey")), &out);
    assert_non_null(strstr(buf_cstring(&out),
                           "  shop/a has used 20.0 % of its budget (met); by its weight of 3 "
                           "that is 15.0 %\n"));
    buf_clear(&out);
    composite_explain(composite_find(document, TEXT("prod/shop/all")), &out);
    assert_non_null(strstr(buf_cstring(&out), "  shop/a has used 120.0 % of its budget (missed): the worst\n"
                                              "  pay/b: not known, so it is left out\n"));
    buf_finish(&out);
    json_free(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_has_a_line_for_each),
        cmocka_unit_test(explain_shows_what_each_part_adds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
