/* timezone_rule: the POSIX TZ text at the end of a TZif file (RFC 8536 3.3): what holds after its table. */
#ifndef SLOBURN_BASE_TIMEZONE_RULE_H
#define SLOBURN_BASE_TIMEZONE_RULE_H

#include "base/text.h"

/* When in a year a change happens. */
struct timezone_change {
    enum { CHANGE_MONTH_WEEK_DAY, CHANGE_JULIAN_DAY, CHANGE_DAY_OF_YEAR } kind;
    int month;   /* 1..12 */
    int week;    /* 1..5; 5 is the last */
    int day;     /* weekday from Sunday = 0; or 1..365 without 29 February; or 0..365 */
    int seconds; /* local time of the day; may be negative or beyond 24 h */
};

struct timezone_rule {
    int standard_offset; /* seconds east of UTC */
    int daylight_offset;
    bool has_daylight;
    struct timezone_change start;
    struct timezone_change end;
};

/* False if the text is not a rule: then *rule is not to be used. */
bool timezone_rule_parse(struct text t, struct timezone_rule *rule);
/* Seconds east of UTC at a time in seconds since 1970. */
int timezone_rule_offset(const struct timezone_rule *rule, int64_t at);

/* Proleptic Gregorian days since 1970-01-01. */
int64_t civil_days(int64_t year, int month, int day);
/* And back. */
void civil_of_days(int64_t days, int64_t *year, int *month, int *day);

#endif
