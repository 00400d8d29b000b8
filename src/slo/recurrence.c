/* Recurrences: from words to days and minutes of a day, and from these to minutes since 1970. */
#include "slo/recurrence.h"

#include "base/duration.h"
#include "base/vec.h"

#include <stdlib.h>

enum { EXPAND_DAYS_MAX = 800, WEEK = 7 };

#define EVERY_DAY 0x7fu

static const char *const weekday_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
static const char *const ordinal_names[] = {"first", "second", "third", "fourth"};

static bool refuse(struct text words, const char *why, struct err *err)
{
    return err_set(err, ERR_INPUT,
                   "\"%.*s\": %s; write \"sat 02:00-04:00\", \"mon-fri 22:00-06:00\", \"daily 02:00-04:00\","
                   " \"monthly 15 02:00-04:00\" or \"monthly first sun 02:00-04:00\"",
                   (int)(words.len < 100 ? words.len : 100), words.at, why);
}

static int weekday_of(struct text word)
{
    for (int i = 0; i < WEEK; i++)
        if (text_is(word, weekday_names[i]))
            return i;
    return -1;
}

/* days = day ["-" day] {"," day ["-" day]}; 0 if it is none. */
static unsigned weekdays_of(struct text words)
{
    unsigned days = 0;
    while (words.len) {
        struct text part = text_cut(&words, ','), last = part;
        int first = weekday_of(text_cut(&last, '-'));
        bool range = text_find(part, '-') < part.len;
        int to = range ? weekday_of(last) : first;
        if (first < 0 || to < 0)
            return 0;
        for (int day = first;; day = (day + 1) % WEEK) {
            days |= 1u << day;
            if (day == to)
                break;
        }
    }
    return days;
}

/* Up to three digits; -1 if it is no number. */
static int number_of(struct text t)
{
    int value = 0;
    if (t.len == 0 || t.len > 3)
        return -1;
    for (size_t i = 0; i < t.len; i++) {
        if (t.at[i] < '0' || t.at[i] > '9')
            return -1;
        value = value * 10 + (t.at[i] - '0');
    }
    return value;
}

/* clock = hh ":" mm, up to 24:00; minutes since midnight or -1. */
static int clock_of(struct text t)
{
    struct text rest = t;
    struct text hour = text_cut(&rest, ':');
    int hours = number_of(hour), minutes = number_of(rest);
    if (hour.len > 2 || rest.len != 2 || hours < 0 || hours > 24 || minutes < 0 || minutes > 59)
        return -1;
    int clock = hours * 60 + minutes;
    return clock <= DAY_MINUTES ? clock : -1;
}

/* times = clock "-" clock */
static bool read_times(struct text times, struct recurrence *r)
{
    struct text end = times;
    r->from = clock_of(text_cut(&end, '-'));
    r->to = clock_of(end);
    if (r->from < 0 || r->to < 0 || r->from == DAY_MINUTES)
        return false;
    if (r->to <= r->from)
        r->to += DAY_MINUTES;
    return true;
}

static struct text next_word(struct text *rest)
{
    *rest = text_trim(*rest);
    struct text word = text_cut(rest, ' ');
    *rest = text_trim(*rest);
    return word;
}

/* month = "monthly" (number | "last" | ordinal weekday) */
static const char *read_month(struct text *rest, struct recurrence *r)
{
    struct text which = next_word(rest), after = *rest;
    int weekday = weekday_of(next_word(&after));
    bool last = text_is(which, "last");
    r->nth = last ? -1 : 0;
    for (int i = 0; i < 4; i++)
        if (text_is(which, ordinal_names[i]))
            r->nth = i + 1;
    if (r->nth && weekday >= 0) {
        r->kind = RECURS_MONTH_WEEKDAY;
        r->weekdays = 1u << weekday;
        *rest = after;
        return NULL;
    }
    r->kind = RECURS_MONTH_DAY;
    r->day = last ? -1 : number_of(which);
    return r->day == -1 && !last        ? "which day of the month?"
           : r->day == 0 || r->day > 31 ? "no such day"
                                        : NULL;
}

bool recurrence_parse(struct text words, struct recurrence *recurrence, struct err *err)
{
    struct recurrence r = {.kind = RECURS_WEEKLY};
    struct text rest = words;
    struct text days = next_word(&rest);
    if (text_is(days, "monthly")) {
        const char *why = read_month(&rest, &r);
        if (why)
            return refuse(words, why, err);
    } else {
        r.weekdays = text_is(days, "daily") ? EVERY_DAY : weekdays_of(days);
        if (!r.weekdays)
            return refuse(words, "on which days?", err);
    }
    if (!read_times(next_word(&rest), &r))
        return refuse(words, "from when to when?", err);
    if (rest.len)
        return refuse(words, "too many words", err);
    *recurrence = r;
    return true;
}

static int days_in_month(int year, int month)
{
    struct civil_time last = {.year = year, .month = month + 1, .day = 0, .hour = 12};
    return civil_from_ms(NULL, civil_to_ms(NULL, &last)).day;
}

static bool falls_on(const struct recurrence *r, const struct civil_time *date)
{
    int length = days_in_month(date->year, date->month);
    switch (r->kind) {
    case RECURS_WEEKLY:
        return r->weekdays >> date->weekday & 1;
    case RECURS_MONTH_DAY:
        return date->day == (r->day == -1 ? length : r->day);
    case RECURS_MONTH_WEEKDAY:
        return (r->weekdays >> date->weekday & 1) &&
               (r->nth == -1 ? date->day + WEEK > length : (date->day - 1) / WEEK + 1 == r->nth);
    default:
        return false;
    }
}

/* The instant at which the zone's clocks show so many minutes after this date's midnight; where they never
 * do, the instant at which they jump over it. */
static int64_t instant_of(const struct timezone_zone *zone, const struct civil_time *date, int minutes)
{
    struct civil_time asked = {.year = date->year, .month = date->month, .day = date->day};
    asked.day += minutes / DAY_MINUTES;
    asked.hour = minutes % DAY_MINUTES / 60;
    asked.minute = minutes % 60;
    int64_t ms = civil_to_ms(zone, &asked);
    struct civil_time shown = civil_from_ms(zone, ms);
    if (shown.hour == asked.hour && shown.minute == asked.minute)
        return ms;
    int offset = timezone_offset(zone, ms / SECOND_MS);
    while (timezone_offset(zone, (ms - MINUTE_MS) / SECOND_MS) == offset)
        ms -= MINUTE_MS;
    return ms;
}

struct minute_span minute_span_of(int64_t from_ms, int64_t to_ms)
{
    int64_t from = from_ms / MINUTE_MS - (from_ms % MINUTE_MS < 0);
    int64_t to = to_ms / MINUTE_MS + (to_ms % MINUTE_MS > 0);
    return (struct minute_span){from, to};
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void recurrence_expand(const struct recurrence *recurrence, const struct timezone_zone *zone, int64_t from_ms,
                       int64_t to_ms, struct minute_spans *spans)
{
    struct civil_time first = civil_from_ms(zone, from_ms);
    /* A window that began two days before may reach in: it crosses one midnight at most. */
    for (int i = -2; i < EXPAND_DAYS_MAX; i++) {
        struct civil_time noon = {.year = first.year, .month = first.month, .day = first.day + i, .hour = 12};
        struct civil_time date = civil_from_ms(NULL, civil_to_ms(NULL, &noon));
        int64_t midnight = instant_of(zone, &date, 0);
        if (midnight >= to_ms)
            break;
        if (!falls_on(recurrence, &date))
            continue;
        int64_t from = later(instant_of(zone, &date, recurrence->from), from_ms);
        int64_t to = earlier(instant_of(zone, &date, recurrence->to), to_ms);
        if (from < to)
            VEC_PUSH(spans, minute_span_of(from, to));
    }
}

static int by_start(const void *a, const void *b)
{
    const struct minute_span *left = a, *right = b;
    return (left->from_minute > right->from_minute) - (left->from_minute < right->from_minute);
}

void minute_spans_merge(struct minute_spans *spans)
{
    size_t n = 0;
    if (spans->len)
        qsort(spans->at, spans->len, sizeof *spans->at, by_start);
    for (size_t i = 0; i < spans->len; i++) {
        struct minute_span *last = n ? &spans->at[n - 1] : NULL;
        if (last && spans->at[i].from_minute <= last->to_minute)
            last->to_minute = later(last->to_minute, spans->at[i].to_minute);
        else
            spans->at[n++] = spans->at[i];
    }
    spans->len = n;
}
