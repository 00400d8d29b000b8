/* Rules like CET-1CEST,M3.5.0,M10.5.0/3: parsing them, and the offset they give. Also the calendar's day
 * arithmetic (Howard Hinnant's days_from_civil: eras of 400 years that begin in March). */
#include "base/timezone_rule.h"

enum { HOUR = 3600, DAY = 86400 };

int64_t civil_days(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void civil_of_days(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

struct reader {
    const char *at;
    const char *end;
    bool bad;
};

static bool take(struct reader *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static int number(struct reader *r, int lowest, int highest)
{
    int n = 0;
    const char *start = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9' && n <= highest)
        n = n * 10 + (*r->at++ - '0');
    if (r->at == start || n < lowest || n > highest)
        r->bad = true;
    return n;
}

/* name = letters | "<" anything ">" */
static void name(struct reader *r)
{
    const char *start = r->at;
    if (take(r, '<')) {
        while (r->at < r->end && *r->at != '>')
            r->at++;
        r->bad |= !take(r, '>');
        return;
    }
    while (r->at < r->end && ((*r->at | 0x20) >= 'a' && (*r->at | 0x20) <= 'z'))
        r->at++;
    r->bad |= r->at == start;
}

/* time = ["+"|"-"] hours [":" minutes [":" seconds]] */
static int time_of_day(struct reader *r)
{
    bool negative = take(r, '-');
    if (!negative)
        take(r, '+');
    int seconds = number(r, 0, 167) * HOUR;
    if (take(r, ':')) {
        seconds += number(r, 0, 59) * 60;
        if (take(r, ':'))
            seconds += number(r, 0, 59);
    }
    return negative ? -seconds : seconds;
}

/* change = "," ("M" month "." week "." day | "J" day | day) ["/" time] */
static struct timezone_change change(struct reader *r)
{
    struct timezone_change c = {.seconds = 2 * HOUR};
    r->bad |= !take(r, ',');
    if (take(r, 'M')) {
        c.kind = CHANGE_MONTH_WEEK_DAY;
        c.month = number(r, 1, 12);
        r->bad |= !take(r, '.');
        c.week = number(r, 1, 5);
        r->bad |= !take(r, '.');
        c.day = number(r, 0, 6);
    } else if (take(r, 'J')) {
        c.kind = CHANGE_JULIAN_DAY;
        c.day = number(r, 1, 365);
    } else {
        c.kind = CHANGE_DAY_OF_YEAR;
        c.day = number(r, 0, 365);
    }
    if (take(r, '/'))
        c.seconds = time_of_day(r);
    return c;
}

bool timezone_rule_parse(struct text t, struct timezone_rule *rule)
{
    struct reader r = {t.at, t.at + t.len, false};
    *rule = (struct timezone_rule){0};
    name(&r);
    rule->standard_offset = -time_of_day(&r);
    if (!r.bad && r.at < r.end) {
        rule->has_daylight = true;
        name(&r);
        rule->daylight_offset = rule->standard_offset + HOUR;
        if (r.at < r.end && *r.at != ',')
            rule->daylight_offset = -time_of_day(&r);
        rule->start = change(&r);
        rule->end = change(&r);
    }
    return !r.bad && r.at == r.end;
}

/* Local seconds since 1970 at which the change happens in this year. */
static int64_t change_in_year(const struct timezone_change *c, int64_t year)
{
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int64_t days = civil_days(year, 1, 1);
    if (c->kind == CHANGE_DAY_OF_YEAR) {
        days += c->day;
    } else if (c->kind == CHANGE_JULIAN_DAY) {
        days += c->day - 1 + (leap && c->day >= 60);
    } else {
        int64_t first = civil_days(year, c->month, 1);
        int64_t next = c->month == 12 ? civil_days(year + 1, 1, 1) : civil_days(year, c->month + 1, 1);
        int64_t weekday = ((first + 4) % 7 + 7) % 7;
        days = first + (c->day - weekday + 7) % 7 + INT64_C(7) * (c->week - 1);
        while (days >= next)
            days -= 7;
    }
    return days * DAY + c->seconds;
}

int timezone_rule_offset(const struct timezone_rule *rule, int64_t at)
{
    if (!rule->has_daylight)
        return rule->standard_offset;
    int64_t local = at + rule->standard_offset;
    int64_t year;
    int month, day;
    civil_of_days((local >= 0 ? local : local - DAY + 1) / DAY, &year, &month, &day);
    int64_t start = change_in_year(&rule->start, year) - rule->standard_offset;
    int64_t end = change_in_year(&rule->end, year) - rule->daylight_offset;
    bool daylight = start < end ? at >= start && at < end : !(at >= end && at < start);
    return daylight ? rule->daylight_offset : rule->standard_offset;
}
