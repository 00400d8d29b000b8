/* Arenas: alignment, growth, large objects, clearing and the limit. */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void allocations_are_aligned_and_apart(void **unused)
{
    (void)unused;
    struct arena arena;
    arena_init(&arena, 0);
    char *before = NULL;
    for (size_t i = 0; i < 2000; i++) {
        size_t align = (size_t)1 << (i % 5);
        char *at = arena_alloc(&arena, 1 + i % 37, align);
        assert_int_equal((uintptr_t)at % align, 0);
        assert_ptr_not_equal(at, before);
        memset(at, 0xa5, 1 + i % 37);
        before = at;
    }
    arena_finish(&arena);
}

static void a_large_object_gets_its_own_block(void **unused)
{
    (void)unused;
    struct arena arena;
    arena_init(&arena, 0);
    char *large = arena_alloc_zero(&arena, 20 << 20, 16);
    assert_int_equal(large[0], 0);
    assert_int_equal(large[(20 << 20) - 1], 0);
    memset(ARENA_ARRAY(&arena, int64_t, 1000), 1, 8000);
    assert_int_equal(large[(20 << 20) - 1], 0);
    arena_finish(&arena);
}

static void size_zero_gives_a_valid_pointer(void **unused)
{
    (void)unused;
    struct arena arena;
    arena_init(&arena, 0);
    assert_non_null(arena_alloc(&arena, 0, 1));
    assert_non_null(ARENA_ARRAY_ZERO(&arena, int, 0));
    arena_finish(&arena);
}

static void the_last_array_grows_in_place(void **unused)
{
    (void)unused;
    struct arena arena;
    arena_init(&arena, 0);
    int *numbers = ARENA_ARRAY(&arena, int, 2);
    numbers[0] = 7;
    assert_ptr_equal(arena_grow(&arena, numbers, 2 * sizeof(int), 4 * sizeof(int), _Alignof(int)), numbers);
    (void)arena_alloc(&arena, 1, 1);
    int *moved = arena_grow(&arena, numbers, 4 * sizeof(int), 8 * sizeof(int), _Alignof(int));
    assert_ptr_not_equal(moved, numbers);
    assert_int_equal(moved[0], 7);
    assert_non_null(arena_grow(&arena, NULL, 0, 8, 8));
    arena_finish(&arena);
}

static void the_limit_is_noticed_and_stays(void **unused)
{
    (void)unused;
    struct arena arena;
    arena_init(&arena, 100);
    (void)arena_alloc(&arena, 100, 1);
    assert_false(arena_over_limit(&arena));
    assert_non_null(arena_alloc(&arena, 1, 1));
    assert_true(arena_over_limit(&arena));
    arena_clear(&arena);
    assert_false(arena_over_limit(&arena));
    arena_finish(&arena);
}

static void a_cleared_arena_uses_its_block_again(void **unused)
{
    (void)unused;
    struct arena arena;
    arena_init(&arena, 0);
    void *first = arena_alloc(&arena, 64, 8);
    arena_clear(&arena);
    assert_ptr_equal(arena_alloc(&arena, 64, 8), first);
    arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_aligned_and_apart),
        cmocka_unit_test(a_large_object_gets_its_own_block),
        cmocka_unit_test(size_zero_gives_a_valid_pointer),
        cmocka_unit_test(the_last_array_grows_in_place),
        cmocka_unit_test(the_limit_is_noticed_and_stays),
        cmocka_unit_test(a_cleared_arena_uses_its_block_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
