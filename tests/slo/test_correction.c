/* Recurrences on ordinary days and on days when clocks change; which minutes corrections take, and who must
 * approve. */
#include "support/cmocka_headers.h"

#include "base/duration.h"
#include "base/timezone.h"
#include "base/vec.h"
#include "slo/correction.h"

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

static struct recurrence recurrence_of(const char *words)
{
    struct err err;
    struct recurrence recurrence;
    if (!recurrence_parse(text_of(words), &recurrence, &err))
        fail_msg("%s", err.message);
    return recurrence;
}

/* `expected`: from and to in turn, in UTC, ended by NULL. */
static void check_spans(const char *words, const char *zone_name, const char *from, const char *to,
                        const char *const *expected)
{
    struct timezone_zone *zone = zone_of(zone_name);
    struct recurrence recurrence = recurrence_of(words);
    struct minute_spans spans = {0};
    recurrence_expand(&recurrence, zone, at(NULL, from), at(NULL, to), &spans);
    size_t n = 0;
    for (; expected[2 * n]; n++) {
        assert_true(n < spans.len);
        assert_int_equal(spans.at[n].from_minute * MINUTE_MS, at(NULL, expected[2 * n]));
        assert_int_equal(spans.at[n].to_minute * MINUTE_MS, at(NULL, expected[2 * n + 1]));
    }
    assert_int_equal(spans.len, n);
    VEC_FREE(&spans);
    timezone_close(zone);
}

static void a_weekly_window_comes_back_on_its_days(void **state)
{
    (void)state;
    check_spans("sat 02:00-04:00", "Asia/Seoul", "2026-11-01T00:00:00Z", "2026-11-15T00:00:00Z",
                (const char *const[]){"2026-11-06T17:00:00Z", "2026-11-06T19:00:00Z", "2026-11-13T17:00:00Z",
                                      "2026-11-13T19:00:00Z", NULL});
    check_spans("fri-mon,wed 23:00-01:00", "UTC", "2026-11-18T00:00:00Z", "2026-11-21T00:00:00Z",
                (const char *const[]){"2026-11-18T23:00:00Z", "2026-11-19T01:00:00Z", "2026-11-20T23:00:00Z",
                                      "2026-11-21T00:00:00Z", NULL});
}

static void a_window_over_midnight_reaches_into_the_range(void **state)
{
    (void)state;
    check_spans("sun 22:00-06:00", "UTC", "2026-11-23T02:00:00Z", "2026-11-24T00:00:00Z",
                (const char *const[]){"2026-11-23T02:00:00Z", "2026-11-23T06:00:00Z", NULL});
}

static void a_month_has_its_day_its_last_day_and_its_weekdays(void **state)
{
    (void)state;
    check_spans("monthly 31 02:00-03:00", "UTC", "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z",
                (const char *const[]){"2026-01-31T02:00:00Z", "2026-01-31T03:00:00Z", "2026-03-31T02:00:00Z",
                                      "2026-03-31T03:00:00Z", NULL});
    check_spans("monthly last 22:00-24:00", "UTC", "2028-02-01T00:00:00Z", "2028-03-10T00:00:00Z",
                (const char *const[]){"2028-02-29T22:00:00Z", "2028-03-01T00:00:00Z", NULL});
    check_spans("monthly first sun 02:00-04:00", "UTC", "2026-11-01T00:00:00Z", "2026-12-30T00:00:00Z",
                (const char *const[]){"2026-11-01T02:00:00Z", "2026-11-01T04:00:00Z", "2026-12-06T02:00:00Z",
                                      "2026-12-06T04:00:00Z", NULL});
    check_spans("monthly last fri 02:00-04:00", "UTC", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z",
                (const char *const[]){"2026-11-27T02:00:00Z", "2026-11-27T04:00:00Z", NULL});
}

/* Berlin: 29 March 2026 at 02:00 clocks jump to 03:00; 25 October at 03:00 back to 02:00. */
static void clock_changes_make_a_window_shorter_or_longer(void **state)
{
    (void)state;
    check_spans("sun 02:00-04:00", "Europe/Berlin", "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z",
                (const char *const[]){"2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z", NULL});
    check_spans("sun 02:30-05:00", "Europe/Berlin", "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z",
                (const char *const[]){"2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z", NULL});
    check_spans("sun 02:15-02:45", "Europe/Berlin", "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z",
                (const char *const[]){NULL});
    check_spans("sun 02:00-04:00", "Europe/Berlin", "2026-10-24T00:00:00Z", "2026-10-26T00:00:00Z",
                (const char *const[]){"2026-10-25T00:00:00Z", "2026-10-25T03:00:00Z", NULL});
    check_spans("daily 00:00-24:00", "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z",
                (const char *const[]){"2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", NULL});
}

static void words_that_are_no_recurrence_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "sat",
                                      "satt 02:00-04:00",
                                      "sat 02:00",
                                      "sat 2-4",
                                      "sat 24:00-25:00",
                                      "sat 02:60-04:00",
                                      "monthly 32 02:00-04:00",
                                      "monthly 0 02:00-04:00",
                                      "monthly fifth sun 02:00-04:00",
                                      "monthly 02:00-04:00",
                                      "sat 02:00-04:00 UTC",
                                      "mon,,tue 02:00-04:00",
                                      "mon- 02:00-04:00",
                                      "daily 02:00-04:00-06:00"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct recurrence recurrence;
        struct err err;
        if (recurrence_parse(text_of(bad[i]), &recurrence, &err))
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(err.kind, ERR_INPUT);
    }
}

static struct slo slo_with(enum window_kind kind)
{
    return (struct slo){.environment = TEXT("prod"),
                        .service = TEXT("rag-api"),
                        .id = TEXT("prod/rag-api/availability"),
                        .was = TEXT("prod/rag/availability"),
                        .windows = {{.kind = kind, .length_ms = 30 * DAY_MS}},
                        .n_windows = 1};
}

static struct correction correction_at(enum correction_kind kind, const char *from, const char *to)
{
    return (struct correction){.selector = TEXT("slo:prod/rag-api/availability"),
                               .kind = kind,
                               .from_ms = at(NULL, from),
                               .to_ms = at(NULL, to),
                               .reason = TEXT("the database moves"),
                               .author = TEXT("Mina"),
                               .approver = TEXT("")};
}

static void overlapping_corrections_count_a_minute_once(void **state)
{
    (void)state;
    struct slo slo = slo_with(WINDOW_ROLLING);
    struct correction list[4] = {
        correction_at(CORRECTION_EXCLUSION, "2026-11-20T10:00:00Z", "2026-11-20T11:00:30Z"),
        correction_at(CORRECTION_EXCLUSION, "2026-11-20T09:00:00Z", "2026-11-20T10:30:00Z"),
        correction_at(CORRECTION_EXCLUSION, "2026-11-20T12:00:00Z", "2026-11-20T12:10:00Z"),
        correction_at(CORRECTION_EXCLUSION, "2026-11-20T13:00:00Z", "2026-11-20T13:10:00Z"),
    };
    list[3].revoked_ms = 1;
    struct correction_set set = {list, 4, 1};
    struct minute_spans spans = {0};
    correction_spans(&set, &slo, CORRECTION_FOR_BUDGETS, 0, at(NULL, "2027-01-01") / MINUTE_MS, &spans);
    assert_int_equal(spans.len, 2);
    assert_int_equal(spans.at[0].from_minute, at(NULL, "2026-11-20T09:00:00Z") / MINUTE_MS);
    assert_int_equal(spans.at[0].to_minute, at(NULL, "2026-11-20T11:01:00Z") / MINUTE_MS);
    assert_true(minute_is_in(&spans, at(NULL, "2026-11-20T12:09:00Z") / MINUTE_MS));
    assert_false(minute_is_in(&spans, at(NULL, "2026-11-20T12:10:00Z") / MINUTE_MS));
    VEC_FREE(&spans);
}

static void only_announced_maintenance_leaves_burn_rates(void **state)
{
    (void)state;
    struct slo slo = slo_with(WINDOW_ROLLING);
    struct correction list[2] = {
        correction_at(CORRECTION_EXCLUSION, "2026-11-20T08:00:00Z", "2026-11-20T09:00:00Z"),
        correction_at(CORRECTION_MAINTENANCE, "2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z"),
    };
    list[0].made_ms = list[1].made_ms = at(NULL, "2026-11-20T11:00:00Z");
    struct correction_set set = {list, 2, 1};
    struct minute_spans spans = {0};
    correction_spans(&set, &slo, CORRECTION_FOR_BURN, 0, at(NULL, "2027-01-01") / MINUTE_MS, &spans);
    assert_int_equal(spans.len, 1);
    assert_int_equal(spans.at[0].from_minute, at(NULL, "2026-11-20T11:00:00Z") / MINUTE_MS);
    correction_spans(&set, &slo, CORRECTION_FOR_BUDGETS, 0, at(NULL, "2027-01-01") / MINUTE_MS, &spans);
    assert_int_equal(spans.len, 2);
    /* Nor does an exclusion that is said beforehand. */
    list[0].made_ms = at(NULL, "2026-11-20T07:00:00Z");
    correction_spans(&set, &slo, CORRECTION_FOR_BURN, 0, at(NULL, "2027-01-01") / MINUTE_MS, &spans);
    assert_int_equal(spans.len, 1);
    VEC_FREE(&spans);
}

static void a_correction_is_for_its_slo_or_its_service(void **state)
{
    (void)state;
    struct slo slo = slo_with(WINDOW_ROLLING);
    static const struct {
        const char *selector;
        bool applies;
    } cases[] = {{"slo:prod/rag-api/availability", true}, {"slo:prod/rag/availability", true},
                 {"slo:prod/rag-api/latency", false},     {"service:prod/rag-api", true},
                 {"service:stage/rag-api", false},        {"service:prod/rag", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct correction c = {.selector = text_of(cases[i].selector)};
        assert_int_equal(correction_applies(&c, &slo), cases[i].applies);
    }
}

static bool may_add(enum window_kind kind, struct correction c, const char *approver, struct err *err)
{
    struct slo slo = slo_with(kind);
    const struct slo *slos[] = {&slo};
    c.approver = text_of(approver);
    return correction_check(&c, slos, 1, at(NULL, "2026-11-21T12:00:00Z"), err);
}

static void a_closed_period_needs_a_second_person(void **state)
{
    (void)state;
    struct err err;
    struct correction open =
        correction_at(CORRECTION_EXCLUSION, "2026-11-01T00:00:00Z", "2026-11-01T01:00:00Z");
    struct correction closed =
        correction_at(CORRECTION_EXCLUSION, "2026-10-31T23:00:00Z", "2026-11-01T01:00:00Z");
    assert_true(may_add(WINDOW_MONTH, open, "", &err));
    assert_false(may_add(WINDOW_MONTH, closed, "", &err));
    assert_non_null(strstr(err.message, "--approver"));
    assert_false(may_add(WINDOW_MONTH, closed, " mina ", &err));
    assert_non_null(strstr(err.message, "their own"));
    assert_true(may_add(WINDOW_MONTH, closed, "Joon", &err));
    /* rolling windows only: a week */
    assert_false(may_add(WINDOW_ROLLING, open, "", &err));
    struct correction recent =
        correction_at(CORRECTION_EXCLUSION, "2026-11-15T00:00:00Z", "2026-11-15T01:00:00Z");
    assert_true(may_add(WINDOW_ROLLING, recent, "", &err));
}

static void maintenance_cannot_be_announced_when_it_is_over(void **state)
{
    (void)state;
    struct err err;
    struct correction over =
        correction_at(CORRECTION_MAINTENANCE, "2026-11-21T10:00:00Z", "2026-11-21T12:00:00Z");
    struct correction now =
        correction_at(CORRECTION_MAINTENANCE, "2026-11-21T10:00:00Z", "2026-11-21T12:00:01Z");
    struct correction back =
        correction_at(CORRECTION_MAINTENANCE, "2026-11-21T14:00:00Z", "2026-11-21T13:00:00Z");
    struct correction silent = now;
    assert_false(may_add(WINDOW_ROLLING, over, "", &err));
    assert_non_null(strstr(err.message, "exclusion"));
    assert_true(may_add(WINDOW_ROLLING, now, "", &err));
    assert_false(may_add(WINDOW_ROLLING, back, "", &err));
    silent.reason = TEXT("  ");
    assert_false(may_add(WINDOW_ROLLING, silent, "", &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_weekly_window_comes_back_on_its_days),
        cmocka_unit_test(a_window_over_midnight_reaches_into_the_range),
        cmocka_unit_test(a_month_has_its_day_its_last_day_and_its_weekdays),
        cmocka_unit_test(clock_changes_make_a_window_shorter_or_longer),
        cmocka_unit_test(words_that_are_no_recurrence_are_refused),
        cmocka_unit_test(overlapping_corrections_count_a_minute_once),
        cmocka_unit_test(only_announced_maintenance_leaves_burn_rates),
        cmocka_unit_test(a_correction_is_for_its_slo_or_its_service),
        cmocka_unit_test(a_closed_period_needs_a_second_person),
        cmocka_unit_test(maintenance_cannot_be_announced_when_it_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
