/* Zones and civil time. The expected texts come from another reader of the same database (Python's zoneinfo).
 */
#include "base/timezone.h"

#include "base/buf.h"
#include "base/timezone_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct timezone_zone *open_zone(const char *name)
{
    struct err err = {0};
    struct timezone_zone *zone = timezone_open(text_of(name), &err);
    if (!zone)
        fail_msg("%s: %s", name, err.message);
    assert_string_equal(timezone_name(zone), name);
    return zone;
}

static void prints(const struct timezone_zone *zone, int64_t ms, const char *expected)
{
    struct buf out;
    buf_init(&out, 100);
    civil_print(zone, ms, &out);
    assert_string_equal(buf_cstring(&out), expected);
    buf_finish(&out);
}

static int64_t ms_of(const struct timezone_zone *zone, const char *t)
{
    struct err err = {0};
    int64_t ms = 0;
    if (!civil_parse(zone, text_of(t), &ms, &err))
        fail_msg("%s", err.message);
    return ms;
}

static void transitions_fall_where_the_database_says(void **state)
{
    (void)state;
    static const struct {
        const char *zone;
        int64_t at;
        const char *expected;
    } cases[] = {
        {"Europe/Berlin", 1774745999, "2026-03-29T01:59:59+01:00"},
        {"Europe/Berlin", 1774746000, "2026-03-29T03:00:00+02:00"},
        {"Europe/Berlin", 1792889999, "2026-10-25T02:59:59+02:00"},
        {"Europe/Berlin", 1792890000, "2026-10-25T02:00:00+01:00"},
        {"Europe/Berlin", 2153350799, "2038-03-28T01:59:59+01:00"},
        {"Europe/Berlin", 2153350800, "2038-03-28T03:00:00+02:00"},
        {"Europe/Berlin", 2172099599, "2038-10-31T02:59:59+02:00"},
        {"Europe/Berlin", 2172099600, "2038-10-31T02:00:00+01:00"},
        {"Europe/Berlin", 4109878799, "2100-03-28T01:59:59+01:00"},
        {"Europe/Berlin", 4109878800, "2100-03-28T03:00:00+02:00"},
        {"Europe/Berlin", 4128627599, "2100-10-31T02:59:59+02:00"},
        {"Europe/Berlin", 4128627600, "2100-10-31T02:00:00+01:00"},
        {"Europe/Berlin", 4118083200, "2100-07-01T02:00:00+02:00"},
        {"Europe/Berlin", 0, "1970-01-01T01:00:00+01:00"},
        {"America/New_York", 1772953199, "2026-03-08T01:59:59-05:00"},
        {"America/New_York", 1772953200, "2026-03-08T03:00:00-04:00"},
        {"America/New_York", 1793512799, "2026-11-01T01:59:59-04:00"},
        {"America/New_York", 1793512800, "2026-11-01T01:00:00-05:00"},
        {"America/New_York", 2120108399, "2037-03-08T01:59:59-05:00"},
        {"America/New_York", 2120108400, "2037-03-08T03:00:00-04:00"},
        {"America/New_York", 2140667999, "2037-11-01T01:59:59-04:00"},
        {"America/New_York", 2140668000, "2037-11-01T01:00:00-05:00"},
        {"America/New_York", 2152162799, "2038-03-14T01:59:59-05:00"},
        {"America/New_York", 2152162800, "2038-03-14T03:00:00-04:00"},
        {"America/New_York", 2172722399, "2038-11-07T01:59:59-04:00"},
        {"America/New_York", 2172722400, "2038-11-07T01:00:00-05:00"},
        {"America/New_York", 4108690799, "2100-03-14T01:59:59-05:00"},
        {"America/New_York", 4108690800, "2100-03-14T03:00:00-04:00"},
        {"America/New_York", 4129250399, "2100-11-07T01:59:59-04:00"},
        {"America/New_York", 4129250400, "2100-11-07T01:00:00-05:00"},
        {"America/New_York", 4118083200, "2100-06-30T20:00:00-04:00"},
        {"America/New_York", 0, "1969-12-31T19:00:00-05:00"},
        {"Asia/Seoul", 579027599, "1988-05-08T01:59:59+09:00"},
        {"Asia/Seoul", 579027600, "1988-05-08T03:00:00+10:00"},
        {"Asia/Seoul", 592333199, "1988-10-09T02:59:59+10:00"},
        {"Asia/Seoul", 592333200, "1988-10-09T02:00:00+09:00"},
        {"Asia/Seoul", 4118083200, "2100-07-01T09:00:00+09:00"},
        {"Asia/Seoul", 0, "1970-01-01T09:00:00+09:00"},
        {"Pacific/Apia", 1301752799, "2011-04-02T03:59:59-10:00"},
        {"Pacific/Apia", 1301752800, "2011-04-02T03:00:00-11:00"},
        {"Pacific/Apia", 1316872799, "2011-09-24T02:59:59-11:00"},
        {"Pacific/Apia", 1316872800, "2011-09-24T04:00:00-10:00"},
        {"Pacific/Apia", 1325239199, "2011-12-29T23:59:59-10:00"},
        {"Pacific/Apia", 1325239200, "2011-12-31T00:00:00+14:00"},
        {"Pacific/Apia", 4118083200, "2100-07-01T13:00:00+13:00"},
        {"Pacific/Apia", 0, "1969-12-31T13:00:00-11:00"},
        {"Europe/Dublin", 1774745999, "2026-03-29T00:59:59+00:00"},
        {"Europe/Dublin", 1774746000, "2026-03-29T02:00:00+01:00"},
        {"Europe/Dublin", 1792889999, "2026-10-25T01:59:59+01:00"},
        {"Europe/Dublin", 1792890000, "2026-10-25T01:00:00+00:00"},
        {"Europe/Dublin", 4109878799, "2100-03-28T00:59:59+00:00"},
        {"Europe/Dublin", 4109878800, "2100-03-28T02:00:00+01:00"},
        {"Europe/Dublin", 4128627599, "2100-10-31T01:59:59+01:00"},
        {"Europe/Dublin", 4128627600, "2100-10-31T01:00:00+00:00"},
        {"Europe/Dublin", 4118083200, "2100-07-01T01:00:00+01:00"},
        {"Europe/Dublin", 0, "1970-01-01T01:00:00+01:00"},
        {"Australia/Sydney", 2532527999, "2050-04-03T02:59:59+11:00"},
        {"Australia/Sydney", 2532528000, "2050-04-03T02:00:00+10:00"},
        {"Australia/Sydney", 2548252799, "2050-10-02T01:59:59+10:00"},
        {"Australia/Sydney", 2548252800, "2050-10-02T03:00:00+11:00"},
        {"Australia/Sydney", 4118083200, "2100-07-01T10:00:00+10:00"},
        {"Australia/Sydney", 0, "1970-01-01T10:00:00+10:00"},
        {"Asia/Kolkata", 4118083200, "2100-07-01T05:30:00+05:30"},
        {"Asia/Kolkata", 0, "1970-01-01T05:30:00+05:30"},
        {"America/St_Johns", 4108685399, "2100-03-14T01:59:59-03:30"},
        {"America/St_Johns", 4108685400, "2100-03-14T03:00:00-02:30"},
        {"America/St_Johns", 4129244999, "2100-11-07T01:59:59-02:30"},
        {"America/St_Johns", 4129245000, "2100-11-07T01:00:00-03:30"},
        {"America/St_Johns", 4118083200, "2100-06-30T21:30:00-02:30"},
        {"America/St_Johns", 0, "1969-12-31T20:30:00-03:30"},
        {"Africa/Casablanca", 1771120799, "2026-02-15T02:59:59+01:00"},
        {"Africa/Casablanca", 1771120800, "2026-02-15T02:00:00+00:00"},
        {"Africa/Casablanca", 1774144799, "2026-03-22T01:59:59+00:00"},
        {"Africa/Casablanca", 1774144800, "2026-03-22T03:00:00+01:00"},
        {"Africa/Casablanca", 4118083200, "2100-07-01T01:00:00+01:00"},
        {"Africa/Casablanca", 0, "1970-01-01T00:00:00+00:00"},
        {"America/Nuuk", 2216249999, "2040-03-24T22:59:59-02:00"},
        {"America/Nuuk", 2216250000, "2040-03-25T00:00:00-01:00"},
        {"America/Nuuk", 2234998799, "2040-10-27T23:59:59-01:00"},
        {"America/Nuuk", 2234998800, "2040-10-27T23:00:00-02:00"},
        {"America/Nuuk", 4118083200, "2100-06-30T23:00:00-01:00"},
        {"America/Nuuk", 0, "1969-12-31T21:00:00-03:00"},
        {"Australia/Lord_Howe", 2374671599, "2045-04-02T01:59:59+11:00"},
        {"Australia/Lord_Howe", 2374671600, "2045-04-02T01:30:00+10:30"},
        {"Australia/Lord_Howe", 2390398199, "2045-10-01T01:59:59+10:30"},
        {"Australia/Lord_Howe", 2390398200, "2045-10-01T02:30:00+11:00"},
        {"Australia/Lord_Howe", 4118083200, "2100-07-01T10:30:00+10:30"},
        {"Australia/Lord_Howe", 0, "1970-01-01T10:00:00+10:00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct timezone_zone *zone = open_zone(cases[i].zone);
        prints(zone, cases[i].at * 1000, cases[i].expected);
        assert_int_equal(ms_of(NULL, cases[i].expected), cases[i].at * 1000);
        timezone_close(zone);
    }
}

static void a_time_that_does_not_exist_moves_forward(void **state)
{
    (void)state;
    struct timezone_zone *berlin = open_zone("Europe/Berlin"), *apia = open_zone("Pacific/Apia");
    prints(berlin, ms_of(berlin, "2026-03-29T02:30:00"), "2026-03-29T03:30:00+02:00");
    prints(berlin, ms_of(berlin, "2100-03-28T02:30:00"), "2100-03-28T03:30:00+02:00");
    prints(apia, ms_of(apia, "2011-12-30T12:00:00"), "2011-12-31T12:00:00+14:00");
    prints(apia, ms_of(apia, "2011-12-30"), "2011-12-31T00:00:00+14:00");
    prints(apia, ms_of(apia, "2011-12-29T23:59:59"), "2011-12-29T23:59:59-10:00");
    timezone_close(berlin);
    timezone_close(apia);
}

static void of_two_times_the_first_is_meant(void **state)
{
    (void)state;
    struct timezone_zone *berlin = open_zone("Europe/Berlin"), *new_york = open_zone("America/New_York");
    prints(berlin, ms_of(berlin, "2026-10-25T02:30:00"), "2026-10-25T02:30:00+02:00");
    prints(new_york, ms_of(new_york, "2026-11-01T01:30:00"), "2026-11-01T01:30:00-04:00");
    prints(new_york, ms_of(new_york, "2099-11-01T01:30:00"), "2099-11-01T01:30:00-04:00");
    timezone_close(berlin);
    timezone_close(new_york);
}

static void any_instant_comes_back_or_is_the_second_of_two(void **state)
{
    (void)state;
    static const char *const names[] = {"Europe/Berlin",
                                        "America/New_York",
                                        "Asia/Seoul",
                                        "Pacific/Apia",
                                        "Africa/Casablanca",
                                        "Asia/Kathmandu",
                                        "Europe/Dublin",
                                        "Australia/Lord_Howe",
                                        "America/St_Johns",
                                        "Asia/Manila",
                                        "UTC"};
    uint64_t seed = 42;
    for (size_t z = 0; z < sizeof names / sizeof *names; z++) {
        struct timezone_zone *zone = open_zone(names[z]);
        for (int i = 0; i < 20000; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            int64_t ms = (int64_t)(seed >> 20) % 8000000000000 - 3000000000000; /* 1874 to 2128 */
            struct civil_time civil = civil_from_ms(zone, ms);
            int64_t back = civil_to_ms(zone, &civil);
            struct civil_time again = civil_from_ms(zone, back);
            if (back > ms || again.hour != civil.hour || again.minute != civil.minute ||
                again.day != civil.day || again.second != civil.second ||
                again.millisecond != civil.millisecond)
                fail_msg("%s at %lld: %lld", names[z], (long long)ms, (long long)back);
            if (back < ms && ms - back > 25 * 3600 * 1000LL)
                fail_msg("%s at %lld: %lld is too early", names[z], (long long)ms, (long long)back);
        }
        timezone_close(zone);
    }
}

static void fields_out_of_range_are_normalised(void **state)
{
    (void)state;
    struct timezone_zone *seoul = open_zone("Asia/Seoul");
    struct civil_time c = {.year = 2026, .month = 13, .day = 1};
    prints(seoul, civil_to_ms(seoul, &c), "2027-01-01T00:00:00+09:00");
    c = (struct civil_time){.year = 2026, .month = 0, .day = 1};
    prints(seoul, civil_to_ms(seoul, &c), "2025-12-01T00:00:00+09:00");
    c = (struct civil_time){.year = 2024, .month = 3, .day = 0};
    prints(seoul, civil_to_ms(seoul, &c), "2024-02-29T00:00:00+09:00");
    c = (struct civil_time){.year = 2026, .month = 1, .day = 1, .hour = -1, .millisecond = -1};
    prints(NULL, civil_to_ms(NULL, &c), "2025-12-31T22:59:59.999Z");
    c = (struct civil_time){.year = 2026, .month = -11, .day = 1};
    prints(NULL, civil_to_ms(NULL, &c), "2025-01-01T00:00:00Z");
    timezone_close(seoul);
}

static void weekdays_and_times_before_1970_are_right(void **state)
{
    (void)state;
    assert_int_equal(civil_from_ms(NULL, 0).weekday, 4);
    assert_int_equal(civil_from_ms(NULL, -1).weekday, 3);
    prints(NULL, -1, "1969-12-31T23:59:59.999Z");
    prints(NULL, ms_of(NULL, "0001-01-01"), "0001-01-01T00:00:00Z");
    assert_int_equal(civil_from_ms(NULL, ms_of(NULL, "2026-11-21")).weekday, 6);
}

static void times_are_read_in_three_forms(void **state)
{
    (void)state;
    struct timezone_zone *seoul = open_zone("Asia/Seoul");
    assert_int_equal(ms_of(seoul, "2026-11-21T00:31:00Z"), 1795221060000);
    assert_int_equal(ms_of(seoul, "2026-11-21T09:31:00+09:00"), 1795221060000);
    assert_int_equal(ms_of(seoul, "2026-11-21T09:31:00"), 1795221060000);
    assert_int_equal(ms_of(seoul, "2026-11-21 09:31"), 1795221060000);
    assert_int_equal(ms_of(seoul, "2026-11-21"), 1795186800000);
    assert_int_equal(ms_of(seoul, "1795221060"), 1795221060000);
    assert_int_equal(ms_of(seoul, "1795221060.5"), 1795221060500);
    assert_int_equal(ms_of(seoul, "-1.25"), -1250);
    assert_int_equal(ms_of(seoul, "2026-11-21T00:31:00.123999Z"), 1795221060123);
    timezone_close(seoul);
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    const char *bad[] = {"",
                         "x",
                         "2026-13-01",
                         "2026-02-29",
                         "2026-1-1",
                         "2026-11-21T24:00:00Z",
                         "2026-11-21T",
                         "1.",
                         "1e9",
                         "2026-11-21T00:00:00+9",
                         "-",
                         "2026-11-21T00:00:60Z",
                         "2026-11-21Z",
                         "99999999999999999",
                         "1795221060 "};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err err = {0};
        int64_t ms;
        if (civil_parse(NULL, text_of(bad[i]), &ms, &err))
            fail_msg("%s was read", bad[i]);
        assert_non_null(strstr(err.message, "is not a time"));
    }
}

static void names_cannot_leave_the_folder(void **state)
{
    (void)state;
    const char *bad[] = {"",
                         "/etc/passwd",
                         "../../../etc/passwd",
                         "Europe/../Europe/Berlin",
                         "Europe//Berlin",
                         "Europe/",
                         ".",
                         "Europe/Berlin\n",
                         "a b",
                         "zone.tab"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err err = {0};
        assert_null(timezone_open(text_of(bad[i]), &err));
        assert_non_null(strstr(err.message, "is not the name of a time zone"));
    }
    struct err err = {0};
    assert_null(timezone_open((struct text){"UTC\0x", 5}, &err));
    assert_null(timezone_open(TEXT("Asia/Seul"), &err));
    assert_non_null(strstr(err.message, "unknown time zone \"Asia/Seul\""));
    assert_null(timezone_open(TEXT("Europe"), &err)); /* a folder */
    assert_non_null(strstr(err.message, "unknown time zone"));
}

/* Every fifth cut of a real file, and files with one bit changed, is refused or read, without harm. */
static void damaged_files_do_no_harm(void **state)
{
    (void)state;
    char folder[] = "test_timezone_XXXXXX", path[64];
    static char content[4096];
    FILE *in = fopen("/usr/share/zoneinfo/Europe/Berlin", "rb");
    if (!in)
        skip();
    size_t n = fread(content, 1, sizeof content, in);
    fclose(in);
    assert_non_null(mkdtemp(folder));
    struct buf name;
    buf_init(&name, sizeof path);
    buf_printf(&name, "%s/Zone", folder);
    assert_int_equal(setenv("TZDIR", folder, 1), 0);
    for (size_t i = 0; i < 2 * n; i += 5) {
        struct err err = {0};
        char kept = content[i % n];
        FILE *out = fopen(buf_cstring(&name), "wb");
        assert_non_null(out);
        if (i >= n)
            content[i % n] ^= (char)(1 << i % 8);
        fwrite(content, 1, i < n ? i : n, out);
        fclose(out);
        struct timezone_zone *zone = timezone_open(TEXT("Zone"), &err);
        assert_true(i >= n || !zone);
        if (zone)
            civil_to_ms(zone, &(struct civil_time){.year = 2100, .month = 7, .day = 1});
        timezone_close(zone);
        content[i % n] = kept;
    }
    unlink(buf_cstring(&name));
    rmdir(folder);
    unsetenv("TZDIR");
    buf_finish(&name);
}

static void rules_of_every_form_are_read(void **state)
{
    (void)state;
    struct timezone_rule rule;
    assert_true(timezone_rule_parse(TEXT("KST-9"), &rule));
    assert_int_equal(timezone_rule_offset(&rule, 0), 9 * 3600);
    assert_true(timezone_rule_parse(TEXT("<+0530>-5:30"), &rule));
    assert_int_equal(rule.standard_offset, 19800);
    assert_true(timezone_rule_parse(TEXT("XXX3EDT4,0/0,J365/23"), &rule)); /* daylight time all year */
    for (int64_t day = 0; day < 800; day++)
        assert_int_equal(timezone_rule_offset(&rule, day * 86400 + 4 * 3600), -4 * 3600);
    assert_true(timezone_rule_parse(TEXT("A0B,J60/0,J61/0"), &rule)); /* J60 is 1 March also in leap years */
    assert_int_equal(timezone_rule_offset(&rule, civil_days(2024, 3, 1) * 86400), 3600);
    assert_int_equal(timezone_rule_offset(&rule, civil_days(2024, 2, 29) * 86400), 0);
    assert_int_equal(timezone_rule_offset(&rule, civil_days(2023, 3, 1) * 86400), 3600);
    const char *bad[] = {"",          "9",         "KST",  "A1B", "A1B,M13.1.0,M3.1.0", "A1B,M1.6.0,M3.1.0",
                         "A1B,J0,J1", "A1B,0,366", "A168", "<A1", "A1B,0,1,",           "A1:60"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (timezone_rule_parse(text_of(bad[i]), &rule))
            fail_msg("%s was read", bad[i]);
}

static void days_and_dates_agree_over_eight_centuries(void **state)
{
    (void)state;
    int64_t before_year = 0;
    int before_month = 0, before_day = 0;
    for (int64_t days = civil_days(1600, 1, 1); days < civil_days(2400, 1, 2); days++) {
        int64_t year;
        int month, day;
        civil_of_days(days, &year, &month, &day);
        assert_int_equal(civil_days(year, month, day), days);
        if (before_year)
            assert_true(day == before_day + 1 ||
                        (day == 1 && (month == before_month + 1 || (month == 1 && year == before_year + 1))));
        before_year = year, before_month = month, before_day = day;
    }
    assert_int_equal(before_year, 2400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transitions_fall_where_the_database_says),
        cmocka_unit_test(a_time_that_does_not_exist_moves_forward),
        cmocka_unit_test(of_two_times_the_first_is_meant),
        cmocka_unit_test(any_instant_comes_back_or_is_the_second_of_two),
        cmocka_unit_test(fields_out_of_range_are_normalised),
        cmocka_unit_test(weekdays_and_times_before_1970_are_right),
        cmocka_unit_test(times_are_read_in_three_forms),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(names_cannot_leave_the_folder),
        cmocka_unit_test(damaged_files_do_no_harm),
        cmocka_unit_test(rules_of_every_form_are_read),
        cmocka_unit_test(days_and_dates_agree_over_eight_centuries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
