/* Sums of minutes, and windows over days that are closed (totals, and blobs where a border or an excluded
 * span cuts them) and minutes that are open. A window decodes two blobs at most, more only for excluded
 * spans. */
#include "slo/minutes.h"

#include "slo/day_blob.h"

int64_t sum_saturating(int64_t a, int64_t b, bool *saturated)
{
    int64_t sum;
    if (!__builtin_add_overflow(a, b, &sum))
        return sum;
    *saturated = true;
    return a < 0 ? INT64_MIN : INT64_MAX;
}

static void add(int64_t *to, int64_t value, struct window_sum *sum)
{
    *to = sum_saturating(*to, value, &sum->saturated);
}

void window_sum_minute(struct window_sum *sum, const struct minute *m)
{
    add(&sum->units, m->units, sum);
    add(&sum->spent, m->spent, sum);
    add(&sum->hidden, m->hidden, sum);
    sum->expected += m->expected;
    sum->seen += m->seen;
    sum->minutes += m->expected > 0;
    sum->unseen_minutes += m->seen < m->expected;
    sum->down_minutes += (m->flags & MINUTE_DOWN) != 0;
    if (m->flags & MINUTE_ESTIMATED) {
        sum->estimated_minutes++;
        add(&sum->estimated_units, m->units, sum);
    }
}

void window_sum_add(struct window_sum *sum, const struct window_sum *part)
{
    add(&sum->units, part->units, sum);
    add(&sum->spent, part->spent, sum);
    add(&sum->hidden, part->hidden, sum);
    add(&sum->estimated_units, part->estimated_units, sum);
    add(&sum->expected, part->expected, sum);
    add(&sum->seen, part->seen, sum);
    sum->minutes += part->minutes;
    sum->unseen_minutes += part->unseen_minutes;
    sum->estimated_minutes += part->estimated_minutes;
    sum->down_minutes += part->down_minutes;
    sum->saturated |= part->saturated;
}

int64_t slo_worst_spent(const struct slo *slo)
{
    switch (slo->kind) {
    case SLO_SCORE:
        return (slo->range_max - slo->range_min) * slo->scale;
    case SLO_MEAN:
    case SLO_TOTAL: {
        __int128 worst = (__int128)3 * slo->allowance_billionths * slo->scale / 1000000000;
        return worst > INT64_MAX ? INT64_MAX : (int64_t)worst;
    }
    default:
        return slo->scale;
    }
}

int64_t window_spent(const struct slo *slo, const struct window_sum *sum, bool *clamped)
{
    *clamped = true;
    if (sum->spent < 0)
        return 0;
    if (slo->kind != SLO_MEAN && slo->kind != SLO_TOTAL) {
        __int128 most = (__int128)(sum->units > 0 ? sum->units : 0) * slo_worst_spent(slo);
        if (sum->spent > most)
            return (int64_t)most;
    }
    *clamped = false;
    return sum->spent;
}

static bool touches(const struct minute_span *span, int64_t from, int64_t to)
{
    return span->from_minute < to && span->to_minute > from;
}

bool window_needs_blob(int64_t day, int64_t from_minute, int64_t to_minute,
                       const struct minute_span *excluded, size_t n_excluded)
{
    int64_t first = day * DAY_MINUTES;
    int64_t last = first + DAY_MINUTES;
    if (last <= from_minute || first >= to_minute)
        return false;
    if (first < from_minute || last > to_minute)
        return true;
    for (size_t i = 0; i < n_excluded; i++)
        if (touches(&excluded[i], first, last))
            return true;
    return false;
}

/* Adds those of n rising minutes that lie in the window and in no excluded span. */
static void sum_minutes(const struct minute *at, size_t n, const struct minute_span *window,
                        const struct minute_span *excluded, size_t n_excluded, struct window_sum *sum)
{
    size_t span = 0;
    for (size_t i = 0; i < n; i++) {
        if (at[i].minute < window->from_minute || at[i].minute >= window->to_minute)
            continue;
        while (span < n_excluded && excluded[span].to_minute <= at[i].minute)
            span++;
        if (span < n_excluded && excluded[span].from_minute <= at[i].minute)
            continue;
        window_sum_minute(sum, &at[i]);
    }
}

bool window_sum_over(const struct window_source *source, int64_t from_minute, int64_t to_minute,
                     const struct minute_span *excluded, size_t n_excluded, struct window_sum *sum,
                     struct err *err)
{
    struct window_sum total = {0};
    struct minute_span window = {from_minute, to_minute};
    for (size_t i = 0; i < source->n_days; i++) {
        const struct window_day *day = &source->days[i];
        int64_t first = day->day * DAY_MINUTES;
        if (first + DAY_MINUTES <= from_minute || first >= to_minute)
            continue;
        if (!window_needs_blob(day->day, from_minute, to_minute, excluded, n_excluded)) {
            window_sum_add(&total, &day->totals);
            continue;
        }
        struct minute minutes[DAY_MINUTES];
        size_t n;
        if (!day_blob_decode(day->blob, day->day, minutes, &n, err))
            return false;
        sum_minutes(minutes, n, &window, excluded, n_excluded, &total);
    }
    sum_minutes(source->open, source->n_open, &window, excluded, n_excluded, &total);
    *sum = total;
    return true;
}
