/* What cannot be counted is unseen, never free. A child whose samples cannot be counted (slo/reading.c) for
 * longer than a target may be silent takes its target, in its group, out of the minutes that pass: what else
 * is counted there is withheld, and the minute is unseen by one target. A sample or two between good ones
 * harm nothing: a counter's next good sample has their part.
 *
 * Scores above their range are of this kind, too: the range or the metric is not what was meant, and they
 * cannot be counted as the best there is. Only the mean of a minute shows it. */
#include "slo/ledger_steps.h"

/* Scores and their counts are rounded; more than this part of the range beyond it is no rounding. */
enum { RANGE_SLACK = 1000 };

enum { GROUP_BITS = 22, MINUTE_BITS = 20 };
#define ANY_GROUP ((UINT64_C(1) << GROUP_BITS) - 1)

static uint64_t key_of(const struct tally *tally, uint32_t target, uint64_t group, int64_t minute)
{
    return ((uint64_t)target << GROUP_BITS | group) << MINUTE_BITS | (uint64_t)(minute - tally->base);
}

static bool has(const struct tally *tally, const struct counted *child, uint64_t group, int64_t minute)
{
    return map_find(&tally->uncounted, key_of(tally, child->target, group, minute)) != NULL;
}

bool uncounted_has(const struct tally *tally, const struct counted *child, int64_t minute)
{
    if (!tally->uncounted.len || minute < tally->base || minute >= tally->end)
        return false;
    return has(tally, child, 0, minute) || has(tally, child, child->group ? child->group : ANY_GROUP, minute);
}

static void mark_minute(struct tally *tally, const struct counted *child, int64_t minute)
{
    bool new_to_group, new_to_whole;
    map_add(&tally->uncounted, key_of(tally, child->target, child->group, minute), &new_to_group);
    map_add(&tally->uncounted, key_of(tally, child->target, ANY_GROUP, minute), &new_to_whole);
    if (new_to_group && child->group)
        tally_cell(tally, child->group, minute)->uncounted++;
    if (new_to_whole)
        tally_cell(tally, 0, minute)->uncounted++;
}

/* The minutes that (from, to] touches. */
static void mark(struct tally *tally, const struct counted *child, int64_t from_ms, int64_t to_ms)
{
    int64_t minute = minute_of(from_ms + 1);
    for (minute = minute < tally->base ? tally->base : minute; minute <= minute_of(to_ms); minute++)
        if (minute < tally->end)
            mark_minute(tally, child, minute);
}

/* A run of samples of one child that cannot be counted, as it is walked over. */
struct run {
    int64_t good_ms;  /* the last sample before that could be; 0: none is known */
    int64_t begun_ms; /* the first of the run that is known; 0: the last sample was good */
    int64_t at_ms;    /* the last of it */
    bool lasts;
    enum ledger_note_code why;
};

static void walk_sample(struct ledger *ledger, struct tally *tally, const struct counted *child,
                        const struct series *series, size_t i, struct run *run)
{
    int64_t value, at_ms = series->times_ms[i];
    switch (reading_of(ledger, tally, child, series, i, &value, &run->why)) {
    case SAMPLE_STALE:
        return;
    case SAMPLE_FINE:
        *run = (struct run){.good_ms = at_ms};
        return;
    case SAMPLE_BAD:
        break;
    }
    int64_t limit_ms = target_scrape_before(&ledger->targets.at[child->target], at_ms).limit_ms;
    if (!run->begun_ms)
        run->begun_ms = at_ms;
    run->at_ms = at_ms;
    run->lasts = !run->good_ms || at_ms - run->good_ms > limit_ms;
    if (run->lasts && at_ms > tally->horizon_ms) {
        int64_t from_ms = run->good_ms > at_ms - limit_ms ? run->good_ms : at_ms - limit_ms;
        mark(tally, child, run->good_ms ? from_ms : at_ms - 1, at_ms);
    }
}

static void walk(struct ledger *ledger, struct tally *tally, const struct counted *child,
                 const struct symbol *replica, struct run *run)
{
    for (const struct feed_input *in = child->inputs; in; in = in->next) {
        const struct series *series = in->series;
        for (size_t i = 0; i < series->len && in->replica == replica; i++)
            if (series->times_ms[i] > run->good_ms && series->times_ms[i] <= tally->to_ms)
                walk_sample(ledger, tally, child, series, i, run);
    }
}

static bool any_bad(const struct ledger *ledger, const struct tally *tally, const struct counted *child)
{
    int64_t value;
    enum ledger_note_code why;
    for (const struct feed_input *in = child->inputs; in; in = in->next)
        for (size_t i = 0; i < in->series->len && in->series->times_ms[i] <= tally->to_ms; i++)
            if (reading_of(ledger, tally, child, in->series, i, &value, &why) == SAMPLE_BAD)
                return true;
    return false;
}

/* Who began first is named. */
static void keep_earliest(struct ledger *ledger, const struct counted *child, const struct run *run,
                          int64_t known_since_ms)
{
    struct ledger_uncounted *kept = &ledger->uncounted;
    int64_t since_ms = known_since_ms && known_since_ms < run->begun_ms ? known_since_ms : run->begun_ms;
    if (!kept->since_ms || since_ms < kept->since_ms)
        *kept = (struct ledger_uncounted){since_ms, run->why, child->labels,
                                          ledger->groups.at[child->group].labels};
}

void uncounted_find(struct ledger *ledger, struct tally *tally)
{
    struct ledger_uncounted before = ledger->uncounted;
    ledger->uncounted = (struct ledger_uncounted){0};
    for (size_t i = 0; i < ledger->counted.len; i++) {
        const struct counted *child = &ledger->counted.at[i];
        if (!child->inputs || !any_bad(ledger, tally, child))
            continue;
        const struct target *target = &ledger->targets.at[child->target];
        const struct symbol *replica =
            target->n_stretches ? target->stretches[target->n_stretches - 1].replica : NULL;
        struct run run = {.good_ms = child->origin.last_ms};
        walk(ledger, tally, child, replica, &run);
        if (run.lasts && run.begun_ms && run.at_ms > tally->to_ms - LEDGER_EXPECT_MS)
            keep_earliest(ledger, child, &run, before.series == child->labels ? before.since_ms : 0);
    }
    if (before.why == NOTE_OUT_OF_RANGE && !ledger->uncounted.since_ms)
        ledger->uncounted = before; /* goes on until a minute is in its range */
}

static bool is_above_range(const struct ledger *ledger, const struct minute *m)
{
    const struct slo *slo = ledger->slo;
    __int128 slack = (__int128)m->units * slo_worst_spent(slo) / RANGE_SLACK;
    return slo->kind == SLO_SCORE && m->units > 0 && m->seen >= m->expected &&
           !(m->flags & (MINUTE_SPREAD | MINUTE_ESTIMATED)) && (__int128)m->spent < -slack;
}

void uncounted_hide(const struct ledger *ledger, const struct ledger_group *group, const struct cell *cell,
                    struct minute *m)
{
    bool saturated = false;
    if (!m->expected)
        return;
    if (cell->uncounted) {
        int32_t unseen = cell->uncounted < m->seen ? cell->uncounted : m->seen;
        m->seen -= unseen;
        int64_t hidden = cell->withheld > 0 ? cell->withheld
                         : cell->lost > 0   ? 0
                                            : unseen_units(recent_rate(group->recent), unseen);
        m->hidden = sum_saturating(m->hidden, hidden, &saturated);
        m->flags |= MINUTE_UNCOUNTED;
    } else if (is_above_range(ledger, m)) {
        m->hidden = sum_saturating(m->hidden, m->units, &saturated);
        m->units = m->spent = m->seen = 0;
        m->flags |= MINUTE_UNCOUNTED;
    }
}

static bool was_above_range(const struct cell *cell, const struct minute *m)
{
    return m->flags & MINUTE_UNCOUNTED && !cell->uncounted;
}

/* A series that the scores of a group come from. */
static const struct labels *score_series(const struct ledger *ledger, uint32_t group)
{
    for (size_t i = 0; i < ledger->counted.len; i++) {
        const struct counted *child = &ledger->counted.at[i];
        if (child->inputs && ledger->slo->terms[child->term].scaled && (!group || child->group == group))
            return child->labels;
    }
    return NULL;
}

void uncounted_follow(struct ledger *ledger, const struct cell *cell, const struct minute *m)
{
    struct ledger_uncounted *kept = &ledger->uncounted;
    if (was_above_range(cell, m) && !kept->since_ms)
        *kept = (struct ledger_uncounted){m->minute * MINUTE_MS, NOTE_OUT_OF_RANGE, score_series(ledger, 0),
                                          ledger->groups.at[0].labels};
    else if (kept->why == NOTE_OUT_OF_RANGE && m->units > 0)
        *kept = (struct ledger_uncounted){0};
}

void uncounted_note(struct ledger *ledger, uint32_t group, const struct cell *cell, const struct minute *m)
{
    if (was_above_range(cell, m))
        ledger_note_at(ledger, NOTE_OUT_OF_RANGE, m->minute * MINUTE_MS, score_series(ledger, group));
}
