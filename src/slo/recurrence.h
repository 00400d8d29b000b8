/* recurrence: when a maintenance window comes back, in words, by the clock of a zone:
 *
 *   daily 02:00-04:00             sat 02:00-04:00        mon-fri 22:00-06:00      sat,sun 00:00-24:00
 *   monthly 15 02:00-04:00        monthly last 02:00-04:00
 *   monthly first sun 02:00-04:00 monthly last fri 22:00-02:00
 *
 * An end at or before the start is meant on the next day. A month without that day is passed over. What the
 * clock does on the days it changes: a border that does not exist (spring) is where the clock jumps, of two
 * (autumn) the first is meant; so 02:00-04:00 is one hour long on the one day and three on the other. */
#ifndef SLOBURN_SLO_RECURRENCE_H
#define SLOBURN_SLO_RECURRENCE_H

#include "base/timezone.h"
#include "slo/minutes.h"

enum recurrence_kind { RECURS_NEVER, RECURS_WEEKLY, RECURS_MONTH_DAY, RECURS_MONTH_WEEKDAY };

struct recurrence {
    enum recurrence_kind kind;
    unsigned weekdays; /* bit 0: Sunday */
    int day;           /* of the month, 1..31; -1: the last */
    int nth;           /* RECURS_MONTH_WEEKDAY: 1..4; -1: the last */
    int from;          /* minutes since midnight */
    int to;            /* the same, 1440 and more on the next day; above `from` */
};

/* A growing list, to be used with base/vec.h. */
struct minute_spans {
    struct minute_span *at;
    size_t len;
    size_t cap;
};

/* ERR_INPUT names what is wrong and shows the forms. */
NODISCARD bool recurrence_parse(struct text words, struct recurrence *recurrence, struct err *err);
/* Appends all that touches [from_ms, to_ms), in minutes, each cut to it. At most 800 days at once. */
void recurrence_expand(const struct recurrence *recurrence, const struct timezone_zone *zone, int64_t from_ms,
                       int64_t to_ms, struct minute_spans *spans);
/* The first minute and the minute after the last that [from_ms, to_ms) touches. */
struct minute_span minute_span_of(int64_t from_ms, int64_t to_ms);
/* Sorts, and joins what overlaps or touches. */
void minute_spans_merge(struct minute_spans *spans);

#endif
