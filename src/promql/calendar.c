/* calendar: splits seconds into date and time. The date comes from the day number in eras of 400 years that
 * begin on 1 March, so that the leap day is the last of its year.
 *
 * Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" (civil_from_days). */
#include "promql/calendar.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

enum { DAY_SECONDS = 86400, ERA_DAYS = 146097 };

struct date {
    int64_t year;
    int month; /* 1..12 */
    int day;   /* 1..31 */
};

static int64_t floor_divide(int64_t a, int64_t b)
{
    int64_t quotient = a / b;
    return a % b < 0 ? quotient - 1 : quotient;
}

static int64_t floor_rest(int64_t a, int64_t b)
{
    return a - floor_divide(a, b) * b;
}

static bool whole_seconds(double seconds, int64_t *whole)
{
    if (!(fabs(seconds) < 9.2e18))
        return false;
    *whole = (int64_t)seconds;
    return true;
}

static struct date date_of(int64_t seconds)
{
    int64_t days = floor_divide(seconds, DAY_SECONDS) + 719468; /* since 0000-03-01 */
    int64_t era = floor_divide(days, ERA_DAYS);
    int64_t day_of_era = days - era * ERA_DAYS;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */
    struct date date;
    date.day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    date.month = (int)(month < 10 ? month + 3 : month - 9);
    date.year = year_of_era + era * 400 + (date.month <= 2);
    return date;
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

double calendar_minute(double seconds)
{
    int64_t whole;
    if (!whole_seconds(seconds, &whole))
        return (double)NAN;
    int64_t minute = floor_rest(whole, 3600) / 60;
    return (double)minute;
}

double calendar_hour(double seconds)
{
    int64_t whole;
    if (!whole_seconds(seconds, &whole))
        return (double)NAN;
    int64_t hour = floor_rest(whole, DAY_SECONDS) / 3600;
    return (double)hour;
}

double calendar_day_of_week(double seconds)
{
    int64_t whole; /* 1970-01-01 was a Thursday */
    return whole_seconds(seconds, &whole) ? (double)floor_rest(floor_divide(whole, DAY_SECONDS) + 4, 7)
                                          : (double)NAN;
}

double calendar_day_of_month(double seconds)
{
    int64_t whole;
    return whole_seconds(seconds, &whole) ? date_of(whole).day : (double)NAN;
}

double calendar_day_of_year(double seconds)
{
    static const int BEFORE[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t whole;
    if (!whole_seconds(seconds, &whole))
        return (double)NAN;
    struct date date = date_of(whole);
    return BEFORE[date.month - 1] + date.day + (date.month > 2 && is_leap(date.year));
}

double calendar_days_in_month(double seconds)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t whole;
    if (!whole_seconds(seconds, &whole))
        return (double)NAN;
    struct date date = date_of(whole);
    return DAYS[date.month - 1] + (date.month == 2 && is_leap(date.year));
}

double calendar_month(double seconds)
{
    int64_t whole;
    return whole_seconds(seconds, &whole) ? date_of(whole).month : (double)NAN;
}

double calendar_year(double seconds)
{
    int64_t whole;
    return whole_seconds(seconds, &whole) ? (double)date_of(whole).year : (double)NAN;
}
