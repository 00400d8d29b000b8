/* Growing arrays. */
#include "base/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void pushes_keep_order_while_it_grows(void **unused)
{
    (void)unused;
    VEC(int) numbers = {0};
    for (int i = 0; i < 1000; i++)
        VEC_PUSH(&numbers, i * 3);
    assert_int_equal(numbers.len, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers.at[i], i * 3);
    VEC_FREE(&numbers);
    assert_null(numbers.at);
    assert_int_equal(numbers.len, 0);
}

static void a_struct_may_be_pushed_as_a_literal(void **unused)
{
    (void)unused;
    struct pair {
        int a, b;
    };
    VEC(struct pair) pairs = {0};
    VEC_PUSH(&pairs, (struct pair){1, 2});
    assert_int_equal(pairs.at[0].b, 2);
    VEC_FREE(&pairs);
}

static void clearing_keeps_the_memory(void **unused)
{
    (void)unused;
    VEC(int) numbers = {0};
    VEC_RESERVE(&numbers, 100);
    int *at = numbers.at;
    assert_true(numbers.cap >= 100);
    VEC_PUSH(&numbers, 1);
    VEC_CLEAR(&numbers);
    VEC_PUSH(&numbers, 2);
    assert_ptr_equal(numbers.at, at);
    assert_int_equal(numbers.len, 1);
    VEC_FREE(&numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pushes_keep_order_while_it_grows),
        cmocka_unit_test(a_struct_may_be_pushed_as_a_literal),
        cmocka_unit_test(clearing_keeps_the_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
