/* Reading the name of a period. */
#include "report/period.h"

#include "base/duration.h"
#include "base/number.h"
#include "base/timezone.h"

struct calendar_word {
    const char *word;
    int64_t before_noon_ms; /* from the period's begin, in any zone, to the noon in its middle: at most */
};

static const struct calendar_word calendar_words[] = {
    {"day", DAY_MS},          {"week", 4 * DAY_MS},   {"month", 16 * DAY_MS},
    {"quarter", 47 * DAY_MS}, {"year", 184 * DAY_MS},
};

enum { CALENDAR_WORDS = sizeof calendar_words / sizeof calendar_words[0] };

static bool is_window(struct text t)
{
    int64_t ms = 0;
    struct err ignored;
    for (size_t i = 0; i < CALENDAR_WORDS; i++)
        if (text_is(t, calendar_words[i].word))
            return true;
    return duration_parse(t, &ms, &ignored) && ms >= MINUTE_MS && ms % MINUTE_MS == 0;
}

/* Exactly `digits` digits within [least, most]. */
static bool take_number(struct text t, size_t digits, int least, int most, int *value)
{
    int64_t number = 0;
    bool good = t.len == digits && t.at[0] >= '0' && t.at[0] <= '9' && integer_parse(t, &number) &&
                number >= least && number <= most;
    if (good)
        *value = (int)number;
    return good;
}

/* Noon in the middle of it: a moment that the period holds in every zone. */
static int64_t noon_ms(int year, int month, int day)
{
    struct civil_time civil = {.year = year, .month = month, .day = day, .hour = 12};
    return civil_to_ms(NULL, &civil);
}

/* Thursday noon of an ISO week: the 4th of January lies in week 1. */
static int64_t week_ms(int year, int week)
{
    int64_t fourth = noon_ms(year, 1, 4);
    int weekday = (civil_from_ms(NULL, fourth).weekday + 6) % 7; /* 0: Monday */
    return fourth + ((int64_t)(week - 1) * 7 - weekday + 3) * DAY_MS;
}

static bool day_exists(int year, int month, int day)
{
    struct civil_time t = civil_from_ms(NULL, noon_ms(year, month, day));
    return t.month == month && t.day == day;
}

/* "2026", "2026-Q3", "2026-10", "2026-W42", "2026-10-07" */
static bool parse_named(struct text t, struct report_period *period)
{
    int year = 0, part = 0, day = 0;
    if (!take_number(text_part(t, 0, 4), 4, 1970, 9999, &year))
        return false;
    struct text rest = text_part(t, 5, t.len);
    bool dash = t.len > 4 && t.at[4] == '-';
    if (t.len == 4)
        *period = (struct report_period){TEXT("year"), noon_ms(year, 7, 1), 0};
    else if (dash && text_starts(rest, TEXT("Q")) &&
             take_number(text_part(rest, 1, rest.len), 1, 1, 4, &part))
        *period = (struct report_period){TEXT("quarter"), noon_ms(year, part * 3 - 1, 15), 0};
    else if (dash && text_starts(rest, TEXT("W")) &&
             take_number(text_part(rest, 1, rest.len), 2, 1, 53, &part))
        *period = (struct report_period){TEXT("week"), week_ms(year, part), 0};
    else if (dash && take_number(rest, 2, 1, 12, &part))
        *period = (struct report_period){TEXT("month"), noon_ms(year, part, 15), 0};
    else if (dash && rest.len == 5 && rest.at[2] == '-' &&
             take_number(text_part(rest, 0, 2), 2, 1, 12, &part) &&
             take_number(text_part(rest, 3, 5), 2, 1, 31, &day) && day_exists(year, part, day))
        *period = (struct report_period){TEXT("day"), noon_ms(year, part, day), 0};
    else
        return false;
    return true;
}

/* An open period has begun though the noon in its middle is still to come. */
static bool has_begun(const struct report_period *period, int64_t now_ms)
{
    for (size_t i = 0; i < CALENDAR_WORDS; i++)
        if (text_is(period->window, calendar_words[i].word))
            return period->at_ms - calendar_words[i].before_noon_ms <= now_ms;
    return true;
}

bool report_period_parse(struct text t, int64_t now_ms, struct report_period *period, struct err *err)
{
    struct report_period parsed = {.window = t, .at_ms = now_ms};
    if (text_starts(t, TEXT("last "))) {
        parsed.window = text_trim(text_part(t, 5, t.len));
        parsed.before = 1;
    }
    bool good = t.len == 0 || is_window(parsed.window) || (!parsed.before && parse_named(t, &parsed));
    if (!good)
        return err_set(err, ERR_USAGE,
                       "--period %.*s: one of 30d, day, week, month, quarter, year, \"last month\", 2026, "
                       "2026-Q3, 2026-10,"
                       " 2026-W42 or 2026-10-07 is needed",
                       TEXT_ARG(t));
    if (!has_begun(&parsed, now_ms))
        return err_set(err, ERR_USAGE, "--period %.*s has not begun", TEXT_ARG(t));
    *period = parsed;
    return true;
}
