/* Recent sums: per level a ring of cumulative sums at multiples of its step, counted from wherever memory
 * began. They wrap; only differences are read, and those are right as long as a window's own sum fits. */
#include "slo/recent.h"

#include "base/memory.h"
#include "slo/varint.h"

#include <string.h>

struct mark { /* everything before a border */
    int64_t units;
    int64_t spent;
    int64_t hidden;
};

struct level {
    int64_t step;       /* minutes */
    int64_t max_length; /* minutes, of the windows it serves */
    int64_t n;
    struct mark *ring; /* border b x step lies at b mod n */
};

/* A window of up to `reach` minutes is served by marks every `step` minutes: at most L/72, but for windows of
 * just over the level before. */
static const struct {
    int64_t step;
    int64_t reach;
} LEVELS[] = {{1, 72}, {5, 360}, {20, 1440}, {60, 4320}, {180, 12960}, {720, 51840}, {1440, INT64_MAX}};

enum { LEVEL_KINDS = sizeof LEVELS / sizeof LEVELS[0], SLACK = 3, RATE_SHARE = 8, RATE_ONE = 1024 };

struct recent {
    struct level levels[LEVEL_KINDS];
    size_t n_levels;
    bool any;
    int64_t first; /* nothing is known before this minute */
    int64_t next;  /* the minute that is sealed next, at the earliest */
    struct mark sum;
    int64_t rate;
    struct minute *open;
    size_t n_open;
    size_t cap_open;
    int64_t newest_ms;
};

static size_t level_of(int64_t length)
{
    size_t i = 0;
    while (length > LEVELS[i].reach)
        i++;
    return i;
}

struct recent *recent_new(const struct slo *slo)
{
    int64_t longest[LEVEL_KINDS] = {[0] = LEVELS[0].reach};
    for (size_t i = 0; i < slo->n_tiers; i++) {
        const int64_t lengths[] = {slo->tiers[i].long_ms / MINUTE_MS, slo->tiers[i].short_ms / MINUTE_MS};
        for (int k = 0; k < 2; k++) {
            size_t kind = level_of(lengths[k]);
            if (longest[kind] < lengths[k])
                longest[kind] = lengths[k];
        }
    }
    struct recent *recent = memory_alloc_zero(1, sizeof *recent);
    for (size_t i = 0; i < LEVEL_KINDS; i++) {
        if (!longest[i])
            continue;
        struct level *level = &recent->levels[recent->n_levels++];
        level->step = LEVELS[i].step;
        level->max_length = longest[i];
        level->n = longest[i] / level->step + SLACK;
        level->ring = memory_alloc_zero((size_t)level->n, sizeof *level->ring);
    }
    recent->rate = -1;
    return recent;
}

void recent_free(struct recent *recent)
{
    if (!recent)
        return;
    for (size_t i = 0; i < recent->n_levels; i++)
        memory_free(recent->levels[i].ring);
    memory_free(recent->open);
    memory_free(recent);
}

size_t recent_bytes(const struct recent *recent)
{
    size_t bytes = sizeof *recent + recent->cap_open * sizeof *recent->open;
    for (size_t i = 0; i < recent->n_levels; i++)
        bytes += (size_t)recent->levels[i].n * sizeof *recent->levels[i].ring;
    return bytes;
}

static int64_t ceil_to(int64_t minute, int64_t step)
{
    int64_t rest = minute % step;
    return rest == 0 ? minute : rest > 0 ? minute + step - rest : minute - rest;
}

static struct mark *mark_at(const struct level *level, int64_t border)
{
    int64_t i = border / level->step % level->n;
    return &level->ring[i < 0 ? i + level->n : i];
}

/* Sets the marks of all borders from recent->next to `minute`: everything before them is in the sum. */
static void set_marks(struct recent *recent, int64_t minute)
{
    for (size_t i = 0; i < recent->n_levels; i++) {
        struct level *level = &recent->levels[i];
        int64_t border = ceil_to(recent->next, level->step);
        if (minute - border > level->n * level->step)
            border = ceil_to(minute - level->n * level->step, level->step);
        for (; border <= minute; border += level->step)
            *mark_at(level, border) = recent->sum;
    }
    recent->next = minute;
}

/* What a minute may hide, for burn rates: what an unseen target would have served. What a crash may have
 * swallowed after the last scrape of a seen target is no part of it: the books bound that by the peaks of
 * every counter together, which beside a crash loop is several times what there was, and would silence every
 * tier. */
static int64_t hidden_of(const struct recent *recent, const struct minute *m)
{
    if (!(m->flags & MINUTE_RESET))
        return m->hidden;
    int64_t rate = recent->rate > 0 ? recent->rate : 0;
    __int128 unseen = ((__int128)rate * (m->expected - m->seen) + RATE_ONE - 1) / RATE_ONE;
    return unseen < m->hidden ? (int64_t)unseen : m->hidden;
}

void recent_seal(struct recent *recent, const struct minute *m)
{
    if (!recent->any) {
        recent->any = true;
        recent->first = recent->next = m->minute;
    }
    if (m->minute < recent->next)
        return;
    set_marks(recent, m->minute);
    recent->sum.units = wrap_add(recent->sum.units, m->units);
    recent->sum.spent = wrap_add(recent->sum.spent, m->spent);
    recent->sum.hidden = wrap_add(recent->sum.hidden, hidden_of(recent, m));
    recent->next = m->minute + 1;
    if (m->seen == 0 || m->seen != m->expected || m->units < 0 || m->units > INT64_MAX / RATE_ONE ||
        m->flags & (MINUTE_SPREAD | MINUTE_DOWN))
        return;
    int64_t units = m->units * RATE_ONE / m->seen;
    recent->rate = recent->rate < 0 ? units : recent->rate + (units - recent->rate) / RATE_SHARE;
}

void recent_amend(struct recent *recent, int64_t minute, int64_t units, int64_t spent, int64_t hidden)
{
    if (!recent->any || minute < recent->first || minute >= recent->next)
        return;
    for (size_t i = 0; i < recent->n_levels; i++) {
        struct level *level = &recent->levels[i];
        int64_t oldest = recent->next - 1 - (level->n - 1) * level->step;
        int64_t border = ceil_to((minute + 1 > oldest ? minute + 1 : oldest), level->step);
        for (; border < recent->next; border += level->step) {
            struct mark *mark = mark_at(level, border);
            mark->units = wrap_add(mark->units, units);
            mark->spent = wrap_add(mark->spent, spent);
            mark->hidden = wrap_add(mark->hidden, hidden);
        }
    }
    recent->sum.units = wrap_add(recent->sum.units, units);
    recent->sum.spent = wrap_add(recent->sum.spent, spent);
    recent->sum.hidden = wrap_add(recent->sum.hidden, hidden);
}

void recent_set_open(struct recent *recent, const struct minute *at, size_t n, int64_t newest_ms)
{
    if (n > recent->cap_open) {
        recent->cap_open = n + 8;
        recent->open = memory_resize(recent->open, recent->cap_open, sizeof *recent->open);
    }
    if (n)
        memcpy(recent->open, at, n * sizeof *at);
    recent->n_open = n;
    if (newest_ms > recent->newest_ms)
        recent->newest_ms = newest_ms;
}

int64_t recent_rate(const struct recent *recent)
{
    return recent->rate;
}

int64_t recent_newest_ms(const struct recent *recent)
{
    int64_t sealed_ms = recent->any ? recent->next * MINUTE_MS : 0;
    return recent->newest_ms > sealed_ms ? recent->newest_ms : sealed_ms;
}

/* Everything sealed from `border` on, a multiple of the level's step. */
static struct mark sealed_since(const struct recent *recent, const struct level *level, int64_t border)
{
    struct mark none = {0};
    if (!recent->any || border >= recent->next)
        return none;
    const struct mark *before = border <= recent->first ? &none : mark_at(level, border);
    return (struct mark){wrap_subtract(recent->sum.units, before->units),
                         wrap_subtract(recent->sum.spent, before->spent),
                         wrap_subtract(recent->sum.hidden, before->hidden)};
}

struct burn_sum recent_window(const struct recent *recent, int64_t length_ms)
{
    int64_t newest = recent_newest_ms(recent);
    const struct level *level = &recent->levels[recent->n_levels - 1];
    for (size_t i = recent->n_levels; i-- > 0;)
        if (recent->levels[i].max_length >= length_ms / MINUTE_MS)
            level = &recent->levels[i];
    /* The nearest border of a minute, or of the level's step. */
    int64_t step_ms = level->step * MINUTE_MS;
    int64_t border = (newest - length_ms + step_ms / 2) / step_ms * level->step;
    int64_t oldest = ceil_to(recent->next - 1 - (level->n - 1) * level->step, level->step);
    if (recent->any && border < oldest)
        border = oldest;
    struct mark sum = sealed_since(recent, level, border);
    for (size_t i = 0; i < recent->n_open; i++) {
        const struct minute *m = &recent->open[i];
        if (m->minute < border || m->minute * MINUTE_MS >= newest)
            continue;
        sum.units = wrap_add(sum.units, m->units);
        sum.spent = wrap_add(sum.spent, m->spent);
        sum.hidden = wrap_add(sum.hidden, hidden_of(recent, m));
    }
    return (struct burn_sum){border * MINUTE_MS, newest, sum.units, sum.spent, sum.hidden};
}

int recent_bad_minutes(const struct recent *recent, int64_t length_ms, int64_t spent)
{
    int64_t newest = recent_newest_ms(recent);
    int64_t minute = (newest - length_ms + MINUTE_MS / 2) / MINUTE_MS;
    int bad = 0;
    if (recent->any && minute < recent->next - (LEVELS[0].reach - 1))
        minute = recent->next - (LEVELS[0].reach - 1);
    for (; recent->any && minute < recent->next; minute++) {
        struct mark from = sealed_since(recent, &recent->levels[0], minute);
        struct mark to = sealed_since(recent, &recent->levels[0], minute + 1);
        bad += wrap_subtract(from.spent, to.spent) >= spent;
    }
    for (size_t i = 0; i < recent->n_open; i++)
        bad += recent->open[i].minute >= minute && recent->open[i].spent >= spent;
    return bad;
}
