/* From selectors to requests, and back from series to selectors. */
#include "source/fetch_plan.h"

#include "base/buf.h"
#include "source/selectors.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SELECTORS_MAX = 700 };

/* The requests of a plan, one a line. */
static void expect_requests(const char *const *written, size_t n, const char *expected)
{
    struct test_selectors own;
    test_selectors_init(&own);
    const struct expr *selectors[SELECTORS_MAX];
    for (size_t i = 0; i < n; i++)
        selectors[i] = test_selector(&own, written[i]);
    struct fetch_plan plan = fetch_plan_make(selectors, n, &own.arena);
    struct buf requests;
    buf_init(&requests, 100000);
    size_t answered = 0;
    for (size_t i = 0; i < plan.n_items; i++) {
        fetch_item_print(&plan.items[i], &requests);
        buf_putc(&requests, '\n');
        answered += plan.items[i].n_selectors;
    }
    assert_string_equal(buf_cstring(&requests), expected);
    assert_int_equal(answered, n);
    buf_finish(&requests);
    test_selectors_finish(&own);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void a_part_is_answered_from_the_whole(void **state)
{
    (void)state;
    static const char *const selectors[] = {"q,code=~5..", "q", "q,code=~5..,job=a", "q"};
    expect_requests(selectors, COUNT(selectors), "{__name__=\"q\"}\n");
}

static void metrics_with_equal_matchers_are_joined(void **state)
{
    (void)state;
    static const char *const selectors[] = {"b,job=x", "a,job=x", "c,job!=x"};
    expect_requests(selectors, COUNT(selectors),
                    "{__name__=~\"a|b\",job=\"x\"}\n{__name__=\"c\",job!=\"x\"}\n");
}

static void a_product_becomes_one_request(void **state)
{
    (void)state;
    static const char *const selectors[] = {"a,service=1", "b,service=1", "a,service=2", "b,service=2"};
    expect_requests(selectors, COUNT(selectors), "{__name__=~\"a|b\",service=~\"1|2\"}\n");
}

static void only_exact_unions_are_made(void **state)
{
    (void)state;
    static const char *const selectors[] = {"a,service=1", "b,service=2"};
    expect_requests(selectors, COUNT(selectors),
                    "{__name__=\"a\",service=\"1\"}\n{__name__=\"b\",service=\"2\"}\n");
}

static void values_are_quoted_as_regular_expressions(void **state)
{
    (void)state;
    static const char *const selectors[] = {"a,path=/x.y", "a,path=/(z)", "a,path="};
    expect_requests(selectors, COUNT(selectors),
                    "{__name__=\"a\",path=~\"/\\\\(z\\\\)|/x\\\\.y\"}\n{__name__=\"a\",path=\"\"}\n");
}

static void series_go_to_all_who_asked_for_them(void **state)
{
    (void)state;
    struct test_selectors own;
    test_selectors_init(&own);
    struct label_table *table = label_table_new(NULL);
    const struct expr *selectors[] = {
        test_selector(&own, "q,service=a"),
        test_selector(&own, "q,service=a,code=~5.."),
        test_selector(&own, "q,service=b"),
        test_selector(&own, "q,service=c"),
    };
    struct series series[] = {
        {.labels = labels_of(table, "__name__", "q", "service", "a", "code", "200", NULL)},
        {.labels = labels_of(table, "__name__", "q", "service", "a", "code", "500", NULL)},
        {.labels = labels_of(table, "__name__", "q", "service", "b", "code", "503", NULL)},
    };
    struct fetch_plan plan = fetch_plan_make(selectors, COUNT(selectors), &own.arena);
    assert_int_equal(plan.n_items, 1);
    struct series_set sets[COUNT(selectors)];
    fetch_item_share(&plan, &plan.items[0], (struct series_set){series, COUNT(series)}, table, &own.arena,
                     sets);
    assert_int_equal(sets[0].len, 2);
    assert_int_equal(sets[1].len, 1);
    assert_ptr_equal(sets[1].at[0].labels, series[1].labels);
    assert_int_equal(sets[2].len, 1);
    assert_ptr_equal(sets[2].at[0].labels, series[2].labels);
    assert_int_equal(sets[3].len, 0);
    label_table_free(table);
    test_selectors_finish(&own);
}

static void a_request_stays_of_a_length_that_servers_read(void **state)
{
    (void)state;
    struct test_selectors own;
    test_selectors_init(&own);
    const struct expr *selectors[SELECTORS_MAX];
    struct buf written;
    buf_init(&written, 1000);
    for (size_t i = 0; i < SELECTORS_MAX; i++) {
        buf_clear(&written);
        buf_printf(&written,
                   "q,service=a-rather-long-name-of-a-service-which-somebody-gave-to-it-in-earnest-%zu-%zu",
                   i, i * 7919);
        selectors[i] = test_selector(&own, text_copy(&own.arena, buf_text(&written)).at);
    }
    struct fetch_plan plan = fetch_plan_make(selectors, SELECTORS_MAX, &own.arena);
    assert_int_equal(plan.n_items, 2);
    buf_finish(&written);
    test_selectors_finish(&own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_is_answered_from_the_whole),
        cmocka_unit_test(metrics_with_equal_matchers_are_joined),
        cmocka_unit_test(a_product_becomes_one_request),
        cmocka_unit_test(only_exact_unions_are_made),
        cmocka_unit_test(values_are_quoted_as_regular_expressions),
        cmocka_unit_test(series_go_to_all_who_asked_for_them),
        cmocka_unit_test(a_request_stays_of_a_length_that_servers_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
