/* The function table: sorted (it is searched by halving), whole, and documented. */
#include "promql/function.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void every_row_is_found_by_its_name(void **state)
{
    (void)state;
    size_t n;
    const struct promql_function *rows = promql_functions(&n);
    assert_int_equal(n, 90);
    for (size_t i = 0; i < n; i++)
        assert_ptr_equal(promql_function_find(text_of(rows[i].name)), &rows[i]);
}

static void rows_are_sorted_by_name(void **state)
{
    (void)state;
    size_t n;
    const struct promql_function *rows = promql_functions(&n);
    for (size_t i = 1; i < n; i++)
        assert_true(text_compare(text_of(rows[i - 1].name), text_of(rows[i].name)) < 0);
}

static void names_are_case_sensitive(void **state)
{
    (void)state;
    assert_non_null(promql_function_find(TEXT("rate")));
    assert_null(promql_function_find(TEXT("Rate")));
    assert_null(promql_function_find(TEXT("holt_winters")));
    assert_null(promql_function_find(TEXT("")));
}

static void every_row_has_types_and_documentation(void **state)
{
    (void)state;
    size_t n;
    const struct promql_function *rows = promql_functions(&n);
    for (size_t i = 0; i < n; i++) {
        for (int a = 0; a < rows[i].n_args; a++)
            assert_int_not_equal(rows[i].args[a], VALUE_NONE);
        assert_int_not_equal(rows[i].returns, VALUE_NONE);
        assert_true(text_of(rows[i].family).len > 0);
        assert_true(text_of(rows[i].summary).len > 0);
        assert_true(text_starts(text_of(rows[i].example), text_of(rows[i].name)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_found_by_its_name),
        cmocka_unit_test(rows_are_sorted_by_name),
        cmocka_unit_test(names_are_case_sensitive),
        cmocka_unit_test(every_row_has_types_and_documentation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
