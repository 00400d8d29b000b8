/* Pace and progress of the filling from history. */
#include "engine/history_fill.h"

#include "support/cmocka_headers.h"

static void the_source_rests_half_as_long_as_a_chunk_took(void **state)
{
    (void)state;
    struct history_fill fill = {.turn = 0};
    assert_true(history_fill_may(&fill, 10000));
    history_fill_read(&fill, 10000, 0.1);
    assert_false(history_fill_may(&fill, 10600));
    assert_int_equal(fill.rest_to_ms, 10900);
    assert_false(history_fill_may(&fill, 10899));
    assert_true(history_fill_may(&fill, 10900));
    history_fill_read(&fill, 10900, 0.2);
    assert_false(history_fill_may(&fill, 60900));
    assert_int_equal(fill.rest_to_ms, 60900 + FILL_REST_MOST_MS);
}

static void a_group_that_fails_lets_the_next_one_go_first(void **state)
{
    (void)state;
    struct history_fill fill = {.turn = 1};
    history_fill_read(&fill, 10000, 0.1);
    history_fill_failed(&fill, 10000, 3);
    assert_int_equal(fill.turn, 2);
    assert_false(history_fill_may(&fill, 10001));
    assert_true(history_fill_may(&fill, 10000 + FILL_RETRY_MS));
    history_fill_failed(&fill, 20000, 3);
    assert_int_equal(fill.turn, 0);
}

static void a_clock_that_is_set_back_does_not_hold_it_up(void **state)
{
    (void)state;
    struct history_fill fill = {.turn = 0};
    history_fill_failed(&fill, 7200000, 1);
    assert_true(history_fill_may(&fill, 3600000));
}

static void the_time_left_follows_from_what_is_done(void **state)
{
    (void)state;
    struct history_fill fill = {.turn = 0};
    assert_int_equal(history_fill_left_ms(&fill, 5000), -1);
    history_fill_read(&fill, 10000, 0);
    assert_int_equal(history_fill_left_ms(&fill, 10000), -1);
    history_fill_read(&fill, 20000, 0.25);
    assert_int_equal(history_fill_left_ms(&fill, 20000), 30000);
    assert_int_equal(history_fill_left_ms(&fill, 24000), 26000);
    assert_int_equal(history_fill_left_ms(&fill, 90000), 1000);
    history_fill_read(&fill, 40000, 0.5);
    assert_int_equal(history_fill_left_ms(&fill, 40000), 30000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_source_rests_half_as_long_as_a_chunk_took),
        cmocka_unit_test(a_group_that_fails_lets_the_next_one_go_first),
        cmocka_unit_test(a_clock_that_is_set_back_does_not_hold_it_up),
        cmocka_unit_test(the_time_left_follows_from_what_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
