/* Compliance periods in their zones. */
#include "support/cmocka_headers.h"

#include "base/buf.h"
#include "base/duration.h"
#include "base/timezone.h"
#include "slo/calendar.h"

static int64_t at(const struct timezone_zone *zone, const char *written)
{
    struct err err;
    int64_t ms;
    if (!civil_parse(zone, text_of(written), &ms, &err))
        fail_msg("%s", err.message);
    return ms;
}

static struct timezone_zone *zone_of(const char *name)
{
    struct err err;
    struct timezone_zone *zone = timezone_open(text_of(name), &err);
    if (!zone)
        fail_msg("%s", err.message);
    return zone;
}

static void check_period(enum window_kind kind, const char *zone_name, const char *when, const char *from,
                         const char *to, const char *printed)
{
    struct timezone_zone *zone = zone_of(zone_name);
    struct slo_window window = {.kind = kind, .zone = zone};
    struct period period = period_at(&window, at(zone, when));
    struct buf out;
    buf_init(&out, 100);
    assert_int_equal(period.from_ms, at(zone, from));
    assert_int_equal(period.to_ms, at(zone, to));
    period_print(&window, &period, &out);
    assert_string_equal(out.at, printed);
    /* The one before ends where this one begins, and the ones before it meet too. */
    for (int n = 1; n < 30; n++) {
        struct period before = period_before(&window, &period, n);
        struct period after = n > 1 ? period_before(&window, &period, n - 1) : period;
        assert_int_equal(before.to_ms, after.from_ms);
        assert_int_equal(period_at(&window, before.from_ms).from_ms, before.from_ms);
        assert_int_equal(period_at(&window, before.to_ms - 1).from_ms, before.from_ms);
    }
    buf_finish(&out);
    timezone_close(zone);
}

static void a_month_begins_at_midnight_in_its_zone(void **unused)
{
    (void)unused;
    check_period(WINDOW_MONTH, "Asia/Seoul", "2026-11-30T16:00:00Z", "2026-12-01", "2027-01-01", "2026-12");
    check_period(WINDOW_MONTH, "UTC", "2026-11-30T16:00:00Z", "2026-11-01", "2026-12-01", "2026-11");
    check_period(WINDOW_MONTH, "UTC", "2028-02-29", "2028-02-01", "2028-03-01", "2028-02");
}

static void days_of_23_and_25_hours_are_whole_days(void **unused)
{
    (void)unused;
    check_period(WINDOW_DAY, "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-29", "2026-03-30",
                 "2026-03-29");
    check_period(WINDOW_DAY, "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-25", "2026-10-26",
                 "2026-10-25");
    struct timezone_zone *zone = zone_of("Europe/Berlin");
    struct slo_window window = {.kind = WINDOW_DAY, .zone = zone};
    struct period spring = period_at(&window, at(zone, "2026-03-29T12:00:00Z"));
    struct period autumn = period_at(&window, at(zone, "2026-10-25T12:00:00Z"));
    assert_int_equal(spring.to_ms - spring.from_ms, 23 * HOUR_MS);
    assert_int_equal(autumn.to_ms - autumn.from_ms, 25 * HOUR_MS);
    timezone_close(zone);
}

static void quarters_weeks_and_years_are_those_of_the_calendar(void **unused)
{
    (void)unused;
    check_period(WINDOW_QUARTER, "America/New_York", "2026-11-21", "2026-10-01", "2027-01-01", "2026-Q4");
    check_period(WINDOW_QUARTER, "UTC", "2026-03-31T23:59:59Z", "2026-01-01", "2026-04-01", "2026-Q1");
    check_period(WINDOW_YEAR, "Asia/Seoul", "2026-12-31T14:59:59Z", "2026-01-01", "2027-01-01", "2026");
    check_period(WINDOW_WEEK, "UTC", "2026-11-22", "2026-11-16", "2026-11-23", "2026-W47");
    check_period(WINDOW_WEEK, "UTC", "2027-01-01", "2026-12-28", "2027-01-04", "2026-W53");
    check_period(WINDOW_WEEK, "UTC", "2024-12-31", "2024-12-30", "2025-01-06", "2025-W01");
}

static void a_rolling_period_ends_with_the_minute(void **unused)
{
    (void)unused;
    struct slo_window window = {.kind = WINDOW_ROLLING, .length_ms = 28 * DAY_MS, .name = TEXT("28d")};
    struct period sharp = period_at(&window, 60 * DAY_MS);
    struct period later = period_at(&window, 60 * DAY_MS + 1);
    assert_int_equal(sharp.to_ms, 60 * DAY_MS);
    assert_int_equal(sharp.from_ms, 32 * DAY_MS);
    assert_int_equal(later.to_ms, 60 * DAY_MS + MINUTE_MS);
    assert_int_equal(period_before(&window, &sharp, 1).to_ms, 32 * DAY_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_begins_at_midnight_in_its_zone),
        cmocka_unit_test(days_of_23_and_25_hours_are_whole_days),
        cmocka_unit_test(quarters_weeks_and_years_are_those_of_the_calendar),
        cmocka_unit_test(a_rolling_period_ends_with_the_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
