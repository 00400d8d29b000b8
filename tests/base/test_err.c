/* Errors: kinds, places, context and exit codes. */
#include "base/buf.h"
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void check_printed(const struct err *err, const char *want)
{
    struct buf out;
    buf_init(&out, 10000);
    err_print(err, &out);
    assert_string_equal(out.at, want);
    buf_finish(&out);
}

static void prints_file_line_and_column_where_known(void **unused)
{
    (void)unused;
    struct err err;
    assert_false(err_set(&err, ERR_INPUT, "objective %d is above 100", 101));
    check_printed(&err, "objective 101 is above 100");
    assert_false(err_set_at(&err, ERR_INPUT, (struct source_pos){14, 9}, "objective 101 is above 100"));
    check_printed(&err, "14:9: objective 101 is above 100");
    err_set_file(&err, "slo/checkout.yaml");
    check_printed(&err, "slo/checkout.yaml:14:9: objective 101 is above 100");
    err.pos.line = 0;
    check_printed(&err, "slo/checkout.yaml: objective 101 is above 100");
}

static void context_goes_before_the_message(void **unused)
{
    (void)unused;
    struct err err;
    err_set(&err, ERR_STORE, "disk full");
    assert_false(err_context(&err, "backup to %s", "x.db"));
    assert_string_equal(err.message, "backup to x.db: disk full");
    assert_int_equal(err.kind, ERR_STORE);
}

static void messages_stay_on_one_line(void **unused)
{
    (void)unused;
    struct err err;
    err_set(&err, ERR_INPUT, "a\nb\r\nc");
    assert_string_equal(err.message, "a b  c");
}

static void a_long_message_is_cut_not_overrun(void **unused)
{
    (void)unused;
    struct err err;
    struct buf long_text;
    buf_init(&long_text, 10000);
    for (int i = 0; i < 9000; i++)
        buf_putc(&long_text, 'x');
    err_set(&err, ERR_INPUT, "%s", long_text.at);
    assert_int_equal(strlen(err.message), ERR_MESSAGE_MAX - 1);
    err_context(&err, "context");
    assert_true(text_starts(text_of(err.message), TEXT("context: xxx")));
    assert_int_equal(strlen(err.message), ERR_MESSAGE_MAX - 1);
    err_context(&err, "%s", long_text.at);
    assert_int_equal(strlen(err.message), ERR_MESSAGE_MAX - 1);
    err_set_file(&err, long_text.at);
    assert_int_equal(strlen(err.file), ERR_FILE_MAX - 1);
    buf_finish(&long_text);
}

static void exit_codes_follow_the_kind(void **unused)
{
    (void)unused;
    static const int codes[] = {0, 2, 2, 3, 4, 5, 6};
    for (int kind = ERR_NONE; kind <= ERR_STORE; kind++)
        assert_int_equal(err_exit_code((enum err_kind)kind), codes[kind]);
    assert_string_equal(err_kind_name(ERR_NO_DATA), "no_data");
    assert_string_equal(err_kind_name(ERR_STORE), "store");
}

static void positions_count_lines_and_bytes(void **unused)
{
    (void)unused;
    struct text whole = TEXT("ab\nc\n");
    struct source_pos pos = source_pos_of(whole, 4);
    assert_int_equal(pos.line, 2);
    assert_int_equal(pos.column, 2);
    pos = source_pos_of(whole, 99);
    assert_int_equal(pos.line, 3);
    assert_int_equal(pos.column, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_file_line_and_column_where_known),
        cmocka_unit_test(context_goes_before_the_message),
        cmocka_unit_test(messages_stay_on_one_line),
        cmocka_unit_test(a_long_message_is_cut_not_overrun),
        cmocka_unit_test(exit_codes_follow_the_kind),
        cmocka_unit_test(positions_count_lines_and_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
