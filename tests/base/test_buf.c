/* Buffers: growth, the maximum, and the overflow that sticks. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void grows_and_stays_terminated(void **unused)
{
    (void)unused;
    struct buf buf;
    buf_init(&buf, 100000);
    assert_string_equal(buf_cstring(&buf), "");
    for (int i = 0; i < 5000; i++) {
        buf_putc(&buf, (char)('a' + i % 26));
        assert_int_equal(buf.at[buf.len], '\0');
    }
    buf_printf(&buf, "-%d-%s", 42, "x");
    assert_string_equal(buf.at + 5000, "-42-x");
    buf_finish(&buf);
}

static void beyond_the_maximum_is_dropped_and_told(void **unused)
{
    (void)unused;
    struct buf buf;
    buf_init(&buf, 5);
    buf_puts(&buf, "12345");
    assert_false(buf.overflowed);
    buf_putc(&buf, '6');
    assert_true(buf.overflowed);
    buf_printf(&buf, "%d", 7);
    assert_string_equal(buf.at, "12345");
    assert_null(buf_reserve(&buf, 1));
    buf_clear(&buf);
    assert_false(buf.overflowed);
    assert_string_equal(buf.at, "");
    buf_printf(&buf, "%s", "123456");
    assert_true(buf.overflowed);
    assert_int_equal(buf.len, 0);
    buf_finish(&buf);
}

static void an_impossible_size_does_not_wrap(void **unused)
{
    (void)unused;
    struct buf buf;
    buf_init(&buf, 100);
    buf_puts(&buf, "abc");
    assert_null(buf_reserve(&buf, SIZE_MAX));
    assert_true(buf.overflowed);
    buf_finish(&buf);
}

static void truncating_only_shortens(void **unused)
{
    (void)unused;
    struct buf buf;
    buf_init(&buf, 100);
    buf_puts(&buf, "abcdef");
    buf_truncate(&buf, 10);
    assert_string_equal(buf.at, "abcdef");
    buf_truncate(&buf, 2);
    assert_string_equal(buf.at, "ab");
    buf_finish(&buf);
}

static void bytes_may_hold_nul(void **unused)
{
    (void)unused;
    struct buf buf;
    buf_init(&buf, 100);
    buf_add(&buf, "a\0b", 3);
    buf_add_text(&buf, TEXT("\0c"));
    assert_int_equal(buf.len, 5);
    assert_memory_equal(buf.at, "a\0b\0c", 6);
    buf_finish(&buf);
}

static void code_points_are_written_as_utf8(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 64);
    const uint32_t runes[] = {'a', 0x7f, 0x80, 0xe9, 0x7ff, 0x800, 0x20a9, 0xffff, 0x10000, 0x10ffff};
    for (size_t i = 0; i < sizeof runes / sizeof runes[0]; i++)
        buf_put_utf8(&buf, runes[i]);
    assert_string_equal(buf_cstring(&buf), "a\x7f\xc2\x80\xc3\xa9\xdf\xbf\xe0\xa0\x80\xe2\x82\xa9"
                                           "\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
    assert_true(text_utf8_valid(buf_text(&buf)));
    buf_finish(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_stays_terminated),
        cmocka_unit_test(beyond_the_maximum_is_dropped_and_told),
        cmocka_unit_test(an_impossible_size_does_not_wrap),
        cmocka_unit_test(truncating_only_shortens),
        cmocka_unit_test(bytes_may_hold_nul),
        cmocka_unit_test(code_points_are_written_as_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
