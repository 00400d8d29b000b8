/* What all sources share. */
#include "source/source.h"

#include "source/selector.h"
#include "source/selectors.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void an_absent_label_matches_as_empty(void **state)
{
    (void)state;
    struct test_selectors own;
    test_selectors_init(&own);
    struct label_table *table = label_table_new(NULL);
    const struct labels *labels = labels_of(table, "__name__", "q", "code", "503", NULL);
    static const char *const matching[] = {
        "q",      "q,code=503", "q,code=~5..", "q,code!=200", "q,code!~2..",
        "q,job=", "q,job=~.*",  "q,job!=x",    ",code=503"};
    static const char *const others[] = {"r",           "q,code=50", "q,code=~50", "q,code!=503",
                                         "q,code!~5..", "q,job=x",   "q,job!=",    "q,job=~.+"};
    for (size_t i = 0; i < sizeof matching / sizeof *matching; i++) {
        if (!selector_matches(&test_selector(&own, matching[i])->u.selector, labels))
            fail_msg("%s does not match", matching[i]);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (selector_matches(&test_selector(&own, others[i])->u.selector, labels))
            fail_msg("%s matches", others[i]);
    }
    label_table_free(table);
    test_selectors_finish(&own);
}

static void selectors_are_printed_with_quotes_where_needed(void **state)
{
    (void)state;
    struct test_selectors own;
    test_selectors_init(&own);
    struct buf out;
    buf_init(&out, 1000);
    selector_print(&test_selector(&own, "a.b,job!=x\"y,http.code=~5\\d")->u.selector, &out);
    assert_string_equal(buf_cstring(&out), "{__name__=\"a.b\",job!=\"x\\\"y\",\"http.code\"=~\"5\\\\d\"}");
    buf_finish(&out);
    test_selectors_finish(&own);
}

static void the_interval_is_the_usual_distance(void **state)
{
    (void)state;
    static const int64_t steady[] = {15000, 30001, 45000, 105000, 120000, 134999};
    static const int64_t lone[] = {1};
    struct series series[] = {{.len = 6, .times_ms = steady}, {.len = 1, .times_ms = lone}};
    assert_int_equal(source_guess_interval_ms((struct series_set){series, 2}), 15000);
    assert_int_equal(source_guess_interval_ms((struct series_set){series + 1, 1}), 0);
    assert_int_equal(source_guess_interval_ms((struct series_set){0}), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_absent_label_matches_as_empty),
        cmocka_unit_test(selectors_are_printed_with_quotes_where_needed),
        cmocka_unit_test(the_interval_is_the_usual_distance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
