/* Decimals: read to the last billionth, printed in the shortest form. */
#include "base/buf.h"
#include "base/decimal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int64_t parsed(const char *written)
{
    struct err err;
    int64_t v = -1;
    if (!decimal_parse(text_of(written), &v, &err))
        fail_msg("%s: %s", written, err.message);
    return v;
}

static void check_refused(const char *written, const char *message)
{
    struct err err = {.kind = ERR_NONE};
    int64_t v = 42;
    assert_false(decimal_parse(text_of(written), &v, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_string_equal(err.message, message);
    assert_int_equal(v, 42);
}

static void parses_to_the_last_billionth(void **unused)
{
    (void)unused;
    assert_int_equal(parsed("99.5"), 99500000000LL);
    assert_int_equal(parsed("0.85"), 850000000LL);
    assert_int_equal(parsed("0.000000001"), 1);
    assert_int_equal(parsed("99.999999999"), 99999999999LL);
    assert_int_equal(parsed("-1.5"), -1500000000LL);
    assert_int_equal(parsed("+10"), 10 * DECIMAL_ONE);
    assert_int_equal(parsed("9223372036.854775807"), INT64_MAX);
}

static void thousands_may_have_commas(void **unused)
{
    (void)unused;
    assert_int_equal(parsed("3,000,000"), 3000000 * DECIMAL_ONE);
    assert_int_equal(parsed("12,345.5"), 12345500000000LL);
    check_refused("30,00", "\"30,00\" is not a decimal number");
    check_refused("1,000000", "\"1,000000\" is not a decimal number");
    check_refused("1000,000", "\"1000,000\" is not a decimal number");
    check_refused(",000", "\",000\" is not a decimal number");
    check_refused("1,", "\"1,\" is not a decimal number");
}

static void refuses_what_is_no_decimal(void **unused)
{
    (void)unused;
    check_refused("", "\"\" is not a decimal number");
    check_refused("-", "\"-\" is not a decimal number");
    check_refused("1.", "\"1.\" is not a decimal number");
    check_refused(".5", "\".5\" is not a decimal number");
    check_refused("1e3", "\"1e3\" is not a decimal number");
    check_refused("1.2.3", "\"1.2.3\" is not a decimal number");
    check_refused(" 1", "\" 1\" is not a decimal number");
    check_refused("0.1234567891", "\"0.1234567891\" has more than nine decimal places");
    check_refused("9223372036.854775808",
                  "\"9223372036.854775808\" is too large: the limit is 9,223,372,036");
    check_refused("99999999999999999999",
                  "\"99999999999999999999\" is too large: the limit is 9,223,372,036");
}

static void prints_the_shortest_form(void **unused)
{
    (void)unused;
    static const char *const written[] = {"99.5", "0.85",        "10",  "0",
                                          "-1.5", "0.000000001", "100", "9223372036.854775807"};
    struct buf out;
    buf_init(&out, 100);
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        buf_clear(&out);
        decimal_print(parsed(written[i]), &out);
        assert_string_equal(out.at, written[i]);
    }
    buf_clear(&out);
    decimal_print(INT64_MIN, &out);
    assert_string_equal(out.at, "-9223372036.854775808");
    buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_to_the_last_billionth),
        cmocka_unit_test(thousands_may_have_commas),
        cmocka_unit_test(refuses_what_is_no_decimal),
        cmocka_unit_test(prints_the_shortest_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
