/* Borrowed strings: cutting, searching, UTF-8 and the nearest name. */
#include "base/arena.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void compares_bytewise_and_shorter_first(void **unused)
{
    (void)unused;
    assert_true(text_compare(TEXT("a"), TEXT("b")) < 0);
    assert_true(text_compare(TEXT("ab"), TEXT("a")) > 0);
    assert_true(text_compare(TEXT("Z"), TEXT("a")) < 0);
    assert_true(text_compare(TEXT("z"), TEXT("é")) < 0);
    assert_int_equal(text_compare(TEXT(""), (struct text){NULL, 0}), 0);
    assert_true(text_eq((struct text){NULL, 0}, TEXT("")));
    assert_true(text_is(TEXT("abc"), "abc"));
    assert_false(text_is(TEXT("abc"), "abcd"));
}

static void finds_starts_and_ends(void **unused)
{
    (void)unused;
    assert_true(text_starts(TEXT("abc"), TEXT("ab")));
    assert_true(text_starts(TEXT("abc"), TEXT("")));
    assert_false(text_starts(TEXT("a"), TEXT("ab")));
    assert_true(text_starts((struct text){NULL, 0}, TEXT("")));
    assert_true(text_ends((struct text){NULL, 0}, TEXT("")));
    assert_true(text_ends(TEXT("abc"), TEXT("bc")));
    assert_false(text_ends(TEXT("c"), TEXT("bc")));
    assert_int_equal(text_find(TEXT("abc"), 'c'), 2);
    assert_int_equal(text_find(TEXT("abc"), 'x'), 3);
}

static void parts_are_clamped(void **unused)
{
    (void)unused;
    assert_true(text_is(text_part(TEXT("abcd"), 1, 3), "bc"));
    assert_true(text_is(text_part(TEXT("abcd"), 2, 99), "cd"));
    assert_true(text_is(text_part(TEXT("abcd"), 9, 99), ""));
    assert_true(text_is(text_part(TEXT("abcd"), 3, 1), ""));
}

static void trims_blanks_only_at_the_ends(void **unused)
{
    (void)unused;
    assert_true(text_is(text_trim(TEXT(" \t a b\r\n")), "a b"));
    assert_true(text_is(text_trim(TEXT("  ")), ""));
}

static void cuts_piece_by_piece(void **unused)
{
    (void)unused;
    struct text rest = TEXT("a,,b");
    assert_true(text_is(text_cut(&rest, ','), "a"));
    assert_true(text_is(text_cut(&rest, ','), ""));
    assert_true(text_is(text_cut(&rest, ','), "b"));
    assert_int_equal(rest.len, 0);
    assert_true(text_is(text_cut(&rest, ','), ""));
}

static void copies_end_in_nul(void **unused)
{
    (void)unused;
    struct arena arena;
    arena_init(&arena, 0);
    struct text copy = text_copy(&arena, text_part(TEXT("abcdef"), 0, 3));
    assert_string_equal(copy.at, "abc");
    assert_string_equal(text_copy(&arena, (struct text){NULL, 0}).at, "");
    arena_finish(&arena);
}

static void utf8_is_checked_strictly(void **unused)
{
    (void)unused;
    static const char *const valid[] = {
        "", "a", "é", "€", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"};
    static const char *const broken[] = {"\x80",
                                         "\xc3",
                                         "\xc0\x80",
                                         "\xc1\xbf",
                                         "\xe0\x80\x80",
                                         "\xed\xa0\x80",
                                         "\xf0\x80\x80\x80",
                                         "\xf4\x90\x80\x80",
                                         "\xf5\x80\x80\x80",
                                         "\xe2\x82",
                                         "a\xff",
                                         "\xc3("};
    for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++)
        assert_true(text_utf8_valid(text_of(valid[i])));
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        assert_false(text_utf8_valid(text_of(broken[i])));
}

static void distance_counts_swaps_as_one(void **unused)
{
    (void)unused;
    assert_int_equal(text_distance(TEXT("objective"), TEXT("objective"), 3), 0);
    assert_int_equal(text_distance(TEXT("objetcive"), TEXT("objective"), 3), 1);
    assert_int_equal(text_distance(TEXT("objectve"), TEXT("objective"), 3), 1);
    assert_int_equal(text_distance(TEXT("kitten"), TEXT("sitting"), 5), 3);
    assert_int_equal(text_distance(TEXT("kitten"), TEXT("sitting"), 2), 3);
    assert_int_equal(text_distance(TEXT(""), TEXT("abc"), 5), 3);
}

static void nearest_stays_within_a_third(void **unused)
{
    (void)unused;
    static const char *const keys[] = {"objective", "window", "where", "total"};
    assert_int_equal(text_nearest(TEXT("objectve"), keys, 4), 0);
    assert_int_equal(text_nearest(TEXT("windows"), keys, 4), 1);
    assert_int_equal(text_nearest(TEXT("total"), keys, 4), 3);
    assert_int_equal(text_nearest(TEXT("latency"), keys, 4), -1);
    assert_int_equal(text_nearest(TEXT("x"), keys, 0), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_bytewise_and_shorter_first),
        cmocka_unit_test(finds_starts_and_ends),
        cmocka_unit_test(parts_are_clamped),
        cmocka_unit_test(trims_blanks_only_at_the_ends),
        cmocka_unit_test(cuts_piece_by_piece),
        cmocka_unit_test(copies_end_in_nul),
        cmocka_unit_test(utf8_is_checked_strictly),
        cmocka_unit_test(distance_counts_swaps_as_one),
        cmocka_unit_test(nearest_stays_within_a_third),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
