/* Civil time: between milliseconds and years, months, days, hours in a zone; RFC 3339 out and in. */
#include "base/buf.h"
#include "base/timezone.h"
#include "base/timezone_rule.h"

enum { HOUR = 3600, DAY = 86400, SECONDS_MS = 1000 };

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

struct civil_time civil_from_ms(const struct timezone_zone *zone, int64_t ms)
{
    struct civil_time civil = {0};
    int64_t seconds = floor_div(ms, SECONDS_MS), year;
    civil.millisecond = (int)(ms - seconds * SECONDS_MS);
    seconds += timezone_offset(zone, seconds);
    int64_t days = floor_div(seconds, DAY);
    int rest = (int)(seconds - days * DAY);
    civil_of_days(days, &year, &civil.month, &civil.day);
    civil.year = (int)year;
    civil.hour = rest / HOUR;
    civil.minute = rest / 60 % 60;
    civil.second = rest % 60;
    civil.weekday = (int)(((days + 4) % 7 + 7) % 7);
    return civil;
}

/* The instant at which clocks in the zone show this many seconds since 1970. */
static int64_t instant_of(const struct timezone_zone *zone, int64_t local)
{
    /* Offsets in force around it: no zone is more than 26 h from UTC. */
    static const int64_t hours[] = {-26, -13, 0, 13, 26};
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < sizeof hours / sizeof *hours; i++) {
        int offset = timezone_offset(zone, local + hours[i] * HOUR);
        if (local - offset < first && timezone_offset(zone, local - offset) == offset)
            first = local - offset;
    }
    if (first != INT64_MAX)
        return first;
    return local -
           timezone_offset(zone, local - INT64_C(26) * HOUR); /* in the gap: by the clock that went before */
}

int64_t civil_to_ms(const struct timezone_zone *zone, const struct civil_time *civil)
{
    int64_t months = (int64_t)civil->month - 1;
    int64_t year = civil->year + floor_div(months, 12);
    int month = (int)(months - floor_div(months, 12) * 12) + 1;
    int64_t days = civil_days(year, month, 1) + civil->day - 1;
    int64_t milliseconds = civil->millisecond;
    int64_t seconds = days * DAY + (int64_t)civil->hour * HOUR + (int64_t)civil->minute * 60 + civil->second +
                      floor_div(milliseconds, SECONDS_MS);
    milliseconds -= floor_div(milliseconds, SECONDS_MS) * SECONDS_MS;
    return instant_of(zone, seconds) * SECONDS_MS + milliseconds;
}

void civil_print(const struct timezone_zone *zone, int64_t ms, struct buf *out)
{
    struct civil_time c = civil_from_ms(zone, ms);
    buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute, c.second);
    if (c.millisecond)
        buf_printf(out, ".%03d", c.millisecond);
    if (!zone) {
        buf_putc(out, 'Z');
        return;
    }
    int minutes = timezone_offset(zone, floor_div(ms, SECONDS_MS)) / 60;
    buf_printf(out, "%c%02d:%02d", minutes < 0 ? '-' : '+', (minutes < 0 ? -minutes : minutes) / 60,
               (minutes < 0 ? -minutes : minutes) % 60);
}

struct reader {
    const char *at;
    const char *end;
};

static bool take(struct reader *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static bool is_digit(const struct reader *r)
{
    return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

/* Exactly n digits with a value within the bounds. */
static bool digits(struct reader *r, int n, int lowest, int highest, int *value)
{
    *value = 0;
    for (; n > 0; n--) {
        if (!is_digit(r))
            return false;
        *value = *value * 10 + (*r->at++ - '0');
    }
    return *value >= lowest && *value <= highest;
}

/* fraction = "." digits: milliseconds, what is finer is cut off. */
static bool fraction(struct reader *r, int *millisecond)
{
    int scale = 100;
    *millisecond = 0;
    if (!take(r, '.'))
        return true;
    if (!is_digit(r))
        return false;
    for (; is_digit(r); scale /= 10)
        *millisecond += (*r->at++ - '0') * scale;
    return true;
}

/* time = hh ":" mm [":" ss [fraction]] */
static bool time_of_day(struct reader *r, struct civil_time *c)
{
    if (!digits(r, 2, 0, 23, &c->hour) || !take(r, ':') || !digits(r, 2, 0, 59, &c->minute))
        return false;
    return !take(r, ':') || (digits(r, 2, 0, 59, &c->second) && fraction(r, &c->millisecond));
}

/* offset = "Z" | ("+" | "-") hh ":" mm; false if there is none. */
static bool offset(struct reader *r, int *seconds)
{
    int sign = 1, hours, minutes;
    *seconds = 0;
    if (take(r, 'Z') || take(r, 'z'))
        return true;
    if (take(r, '-'))
        sign = -1;
    else if (!take(r, '+'))
        return false;
    if (!digits(r, 2, 0, 23, &hours) || !take(r, ':') || !digits(r, 2, 0, 59, &minutes))
        return false;
    *seconds = sign * (hours * HOUR + minutes * 60);
    return true;
}

static bool rfc3339(const struct timezone_zone *zone, struct text t, int64_t *ms)
{
    struct reader r = {t.at, t.at + t.len};
    struct civil_time c = {0};
    int seconds;
    if (!digits(&r, 4, 0, 9999, &c.year) || !take(&r, '-') || !digits(&r, 2, 1, 12, &c.month) ||
        !take(&r, '-') || !digits(&r, 2, 1, 31, &c.day))
        return false;
    int64_t next = c.month == 12 ? civil_days(c.year + 1, 1, 1) : civil_days(c.year, c.month + 1, 1);
    if (c.day > next - civil_days(c.year, c.month, 1))
        return false;
    if (r.at == r.end) {
        *ms = civil_to_ms(zone, &c);
        return true;
    }
    if (!(take(&r, 'T') || take(&r, 't') || take(&r, ' ')) || !time_of_day(&r, &c))
        return false;
    if (r.at == r.end) {
        *ms = civil_to_ms(zone, &c);
        return true;
    }
    if (!offset(&r, &seconds) || r.at != r.end)
        return false;
    *ms = civil_to_ms(NULL, &c) - (int64_t)seconds * SECONDS_MS;
    return true;
}

/* unix = ["-"] digits [fraction], exact. */
static bool unix_seconds(struct text t, int64_t *ms)
{
    struct reader r = {t.at, t.at + t.len};
    bool negative = take(&r, '-');
    int64_t seconds = 0;
    int millisecond = 0;
    if (!is_digit(&r))
        return false;
    while (is_digit(&r)) {
        if (seconds > 99999999999999)
            return false;
        seconds = seconds * 10 + (*r.at++ - '0');
    }
    if (!fraction(&r, &millisecond) || r.at != r.end)
        return false;
    *ms = seconds * SECONDS_MS + millisecond;
    *ms = negative ? -*ms : *ms;
    return true;
}

bool civil_parse(const struct timezone_zone *zone, struct text t, int64_t *ms, struct err *err)
{
    if (rfc3339(zone, t, ms) || unix_seconds(t, ms))
        return true;
    return err_set(err, ERR_INPUT,
                   "\"%.*s\" is not a time: write 2026-11-21T09:00:00Z, 2026-11-21 or seconds since 1970",
                   (int)(t.len < 100 ? t.len : 100), t.at);
}
