/* The hash map: every key is one, and a cleared map is empty. */
#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void finds_what_was_added(void **unused)
{
    (void)unused;
    struct map map = {0};
    assert_null(map_find(&map, 1));
    for (uint64_t key = 0; key < 10000; key++) {
        bool added = false;
        *map_add(&map, key << 20, &added) = key;
        assert_true(added);
    }
    assert_int_equal(map.len, 10000);
    for (uint64_t key = 0; key < 10000; key++)
        assert_int_equal(*map_find(&map, key << 20), key);
    assert_null(map_find(&map, 10000ULL << 20));
    map_finish(&map);
}

static void adding_again_gives_the_same_place(void **unused)
{
    (void)unused;
    struct map map = {0};
    bool added = false;
    *map_add(&map, 7, NULL) = 70;
    assert_int_equal(*map_add(&map, 7, &added), 70);
    assert_false(added);
    assert_int_equal(map.len, 1);
    map_finish(&map);
}

static void zero_and_the_largest_are_keys_like_others(void **unused)
{
    (void)unused;
    struct map map = {0};
    *map_add(&map, 0, NULL) = 1;
    *map_add(&map, UINT64_MAX, NULL) = 2;
    assert_int_equal(*map_find(&map, 0), 1);
    assert_int_equal(*map_find(&map, UINT64_MAX), 2);
    map_finish(&map);
}

static void a_cleared_map_is_empty(void **unused)
{
    (void)unused;
    struct map map = {0};
    map_clear(&map);
    *map_add(&map, 5, NULL) = 1;
    map_clear(&map);
    assert_null(map_find(&map, 5));
    assert_int_equal(*map_add(&map, 5, NULL), 0);
    map_finish(&map);
}

static void hashes_depend_on_bytes_and_seed(void **unused)
{
    (void)unused;
    assert_true(hash_bytes("abc", 3, 0) == hash_bytes("abcd", 3, 0));
    assert_true(hash_bytes("abc", 3, 0) != hash_bytes("abd", 3, 0));
    assert_true(hash_bytes("abc", 3, 0) != hash_bytes("abc", 3, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_added),
        cmocka_unit_test(adding_again_gives_the_same_place),
        cmocka_unit_test(zero_and_the_largest_are_keys_like_others),
        cmocka_unit_test(a_cleared_map_is_empty),
        cmocka_unit_test(hashes_depend_on_bytes_and_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
