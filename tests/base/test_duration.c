/* Durations: reading, printing, and what is refused. */
#include "base/buf.h"
#include "base/duration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int64_t parsed(const char *written)
{
    struct err err;
    int64_t ms = -1;
    if (!duration_parse(text_of(written), &ms, &err))
        fail_msg("%s: %s", written, err.message);
    return ms;
}

static void check_refused(const char *written, const char *message)
{
    struct err err = {.kind = ERR_NONE};
    int64_t ms = 42;
    assert_false(duration_parse(text_of(written), &ms, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_string_equal(err.message, message);
    assert_int_equal(ms, 42);
}

static void parses_units_in_order(void **unused)
{
    (void)unused;
    assert_int_equal(parsed("0"), 0);
    assert_int_equal(parsed("0s"), 0);
    assert_int_equal(parsed("5m"), 5 * MINUTE_MS);
    assert_int_equal(parsed("1h30m"), 90 * MINUTE_MS);
    assert_int_equal(parsed("250ms"), 250);
    assert_int_equal(parsed("1y2w3d4h5m6s7ms"),
                     365LL * DAY_MS + 17LL * DAY_MS + 4 * HOUR_MS + 5 * MINUTE_MS + 6007);
}

static void refuses_in_the_words_of_prometheus(void **unused)
{
    (void)unused;
    check_refused("", "empty duration string");
    check_refused("1", "not a valid duration string: \"1\"");
    check_refused("5m1h", "not a valid duration string: \"5m1h\"");
    check_refused("1h1h", "not a valid duration string: \"1h1h\"");
    check_refused("-1m", "not a valid duration string: \"-1m\"");
    check_refused("1.5h", "unknown unit \".\" in duration \"1.5h\"");
    check_refused("3fortnights", "unknown unit \"fortnights\" in duration \"3fortnights\"");
    check_refused("1m ", "unknown unit \"m \" in duration \"1m \"");
}

static void refuses_what_overflows(void **unused)
{
    (void)unused;
    assert_int_equal(parsed("292y"), 292LL * 365 * DAY_MS);
    check_refused("294y", "duration out of range");
    check_refused("99999999999999999999s", "duration out of range");
    check_refused("292y9999999999999ms", "duration out of range");
}

static void check_printed(int64_t ms, const char *want, const char *human)
{
    struct buf out;
    buf_init(&out, 200);
    duration_print(ms, &out);
    assert_string_equal(out.at, want);
    buf_clear(&out);
    duration_print_human(ms, &out);
    assert_string_equal(out.at, human);
    buf_finish(&out);
}

static void prints_as_prometheus_and_for_people(void **unused)
{
    (void)unused;
    check_printed(0, "0s", "0 s");
    check_printed(250, "250ms", "250 ms");
    check_printed(12 * SECOND_MS, "12s", "12 s");
    check_printed(90 * SECOND_MS, "1m30s", "1 min 30 s");
    check_printed(200 * MINUTE_MS, "3h20m", "3 h 20 min");
    check_printed(7LL * DAY_MS, "1w", "7 d");
    check_printed(8LL * DAY_MS, "8d", "8 d");
    check_printed(90LL * DAY_MS, "90d", "90 d");
    check_printed(365LL * DAY_MS, "1y", "365 d");
    check_printed(372LL * DAY_MS, "372d", "372 d");
    check_printed(7LL * DAY_MS + 1, "7d1ms", "7 d");
    check_printed(-90 * SECOND_MS, "-1m30s", "-1 min 30 s");
    check_printed(HOUR_MS - 1, "59m59s999ms", "1 h");
    check_printed(DAY_MS - 1, "23h59m59s999ms", "1 d");
    check_printed(HOUR_MS + 29 * SECOND_MS, "1h29s", "1 h");
}

static void the_smallest_number_prints(void **unused)
{
    (void)unused;
    struct buf out;
    buf_init(&out, 200);
    duration_print(INT64_MIN, &out);
    assert_string_equal(out.at, "-106751991167d7h12m55s808ms");
    buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_units_in_order),      cmocka_unit_test(refuses_in_the_words_of_prometheus),
        cmocka_unit_test(refuses_what_overflows),     cmocka_unit_test(prints_as_prometheus_and_for_people),
        cmocka_unit_test(the_smallest_number_prints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
