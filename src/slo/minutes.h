/* minutes: what the ledger books. A minute m (unix time / 60 s, UTC) holds what happened in (m x 60 s, (m +
 * 1) x 60 s], left-open as Prometheus' ranges are: a sample scraped at midnight sharp tells of the day
 * before. A window [from, to) is the sum of its minutes; all sums are int64 and saturate (struct window_sum,
 * saturated).
 *
 * Units and spent are signed: they are differences of counters and are booked as they come, so that every
 * window equals the counters' own difference to the last event. Whoever shows or judges a sum clamps it
 * (window_spent). */
#ifndef SLOBURN_SLO_MINUTES_H
#define SLOBURN_SLO_MINUTES_H

#include "base/duration.h"
#include "slo/definition.h"

#define DAY_MINUTES 1440

enum minute_flag {
    MINUTE_ESTIMATED = 1,  /* from an expression, not counted raw; or filled by when_down: bad */
    MINUTE_DOWN = 2,       /* every target was down or gone */
    MINUTE_SPREAD = 4,     /* holds a share of a difference that crosses more than 5 minutes */
    MINUTE_RESET = 8,      /* a counter was reset: `hidden` holds what the crash may have swallowed */
    MINUTE_AMENDED = 16,   /* changed after it was sealed */
    MINUTE_UNPRICED = 32,  /* no exchange rate was known: unseen, what was counted is in `hidden` */
    MINUTE_UNCOUNTED = 64, /* samples of a target could not be counted: the same for that target */
};

struct minute {
    int64_t minute;
    int64_t units;
    int64_t spent;    /* in 1/scale */
    int64_t hidden;   /* units that may have happened beyond `units` and that no sample shows: an estimate */
    int32_t expected; /* targets expected */
    int32_t seen;     /* targets seen */
    uint32_t flags;
};

/* Sums over a window, or over a day. Target-minutes: one target for one minute. */
struct window_sum {
    int64_t units;
    int64_t spent;
    int64_t hidden;
    int64_t expected;          /* target-minutes expected */
    int64_t seen;              /* target-minutes seen */
    int64_t minutes;           /* minutes with anything expected: the history the window has */
    int64_t unseen_minutes;    /* of these, with a target unseen */
    int64_t estimated_minutes; /* of these, estimated */
    int64_t down_minutes;
    int64_t estimated_units; /* units in estimated minutes */
    bool saturated;          /* a sum went beyond int64 */
};

static inline int64_t minute_of(int64_t ms) /* the minute that a sample at ms belongs to */
{
    int64_t t = ms - 1;
    return t >= 0 ? t / MINUTE_MS : -((-t + MINUTE_MS - 1) / MINUTE_MS);
}

static inline int64_t day_of_minute(int64_t minute)
{
    return minute >= 0 ? minute / DAY_MINUTES : -((-minute + DAY_MINUTES - 1) / DAY_MINUTES);
}

/* a + b, saturating; sets *saturated. */
int64_t sum_saturating(int64_t a, int64_t b, bool *saturated);
void window_sum_minute(struct window_sum *sum, const struct minute *m);
void window_sum_add(struct window_sum *sum, const struct window_sum *part);

/* What a unit at its worst spends, in 1/scale: 1 for events and minutes, the range for scores, three times
 * the allowance for means and totals (which have no worst). */
int64_t slo_worst_spent(const struct slo *slo);
/* Spent within [0, units x worst] where the kind bounds it; *clamped tells that it was not. */
int64_t window_spent(const struct slo *slo, const struct window_sum *sum, bool *clamped);

/* A source of one group's minutes for windows of any length: days that are closed, as totals and blobs, and
 * the minutes of days that are open. The store makes one; tests make one from arrays. */
struct window_day {
    int64_t day; /* unix day, UTC */
    struct window_sum totals;
    struct text blob; /* slo/day_blob.h; may be empty where only totals are needed */
};

struct window_source {
    const struct window_day *days; /* rising; days that are absent hold nothing */
    size_t n_days;
    const struct minute *open; /* rising, none in a day of `days` */
    size_t n_open;
};

/* Spans whose minutes do not count (maintenance, corrections): minutes that lie in one with any part. Sorted,
 * disjoint. */
struct minute_span {
    int64_t from_minute;
    int64_t to_minute; /* exclusive */
};

/* Which days' blobs a window needs, so that nobody loads more: the two at its borders, and those that an
 * excluded span touches. */
bool window_needs_blob(int64_t day, int64_t from_minute, int64_t to_minute,
                       const struct minute_span *excluded, size_t n_excluded);
/* The sum of [from, to) less the excluded spans. False for a blob that is missing or damaged. */
NODISCARD bool window_sum_over(const struct window_source *source, int64_t from_minute, int64_t to_minute,
                               const struct minute_span *excluded, size_t n_excluded, struct window_sum *sum,
                               struct err *err);

#endif
