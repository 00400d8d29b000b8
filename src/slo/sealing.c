/* The tally becomes minutes. Those before the new horizon are sealed: into memory's sums, into the open day,
 * and, when a day is over, into its blob. Those behind it are open and are told as they stand. Shares of long
 * differences that fall into minutes sealed earlier become amendments. */
#include "slo/ledger_steps.h"

/* Behind the newest sample, minutes are told only once it is older than this: till then the next scrape is
 * due. */
#define SILENCE_MS (LEDGER_INTERVAL_MS * 5 / 2)

bool minute_excluded(const struct ledger *ledger, int64_t minute)
{
    for (size_t i = 0; i < ledger->excluded.len; i++)
        if (minute >= ledger->excluded.at[i].from_minute && minute < ledger->excluded.at[i].to_minute)
            return true;
    return false;
}

static bool was_blind(const struct ledger *ledger, int64_t minute)
{
    const struct ledger_head *head = &ledger->head;
    return head->blind_from_ms && (minute + 1) * MINUTE_MS > head->blind_from_ms &&
           minute * MINUTE_MS < head->blind_to_ms;
}

int64_t unseen_units(int64_t rate, int64_t target_minutes)
{
    __int128 units = rate > 0 ? ((__int128)rate * target_minutes + 1023) / 1024 : 0;
    return units > INT64_MAX ? INT64_MAX : (int64_t)units;
}

/* when_down: bad: the units of a minute in which everything was down are estimated, and all bad. */
static void fill_down_minute(const struct slo *slo, struct minute *m)
{
    bool saturated = false;
    __int128 worst = (__int128)m->hidden * slo_worst_spent(slo);
    m->units = sum_saturating(m->units, m->hidden, &saturated);
    m->spent = sum_saturating(m->spent, worst > INT64_MAX ? INT64_MAX : (int64_t)worst, &saturated);
    m->hidden = 0;
    m->seen = m->expected;
    m->flags |= MINUTE_ESTIMATED;
}

/* Its money could not be converted: nobody knows what it cost. What was counted stays beside it. */
static void hide_unpriced(const struct ledger *ledger, const struct cell *cell, struct minute *m)
{
    bool saturated = false;
    if (!m->expected)
        return;
    m->hidden = sum_saturating(m->hidden, cell->withheld > 0 ? cell->withheld : 0, &saturated);
    if (ledger->slo->kind == SLO_TOTAL && m->hidden < 1)
        m->hidden = 1;
    m->seen = 0;
    m->flags |= MINUTE_UNPRICED;
}

static struct minute make_minute(const struct ledger *ledger, const struct ledger_group *group,
                                 struct tally *tally, uint32_t index, int64_t minute)
{
    const struct cell *cell = tally_cell(tally, index, minute);
    const struct cover *cover = &tally->cover[minute - tally->base];
    struct minute m = {minute, cell->units, cell->spent, 0, cover->expected, cover->seen, cell->flags};
    bool saturated = false;
    if (ledger->slo->kind == SLO_TOTAL && cover->expected)
        m.units = 1;
    int64_t unseen = unseen_units(recent_rate(group->recent), m.expected - m.seen);
    int64_t begun_ms = tally->newest_ms - minute * MINUTE_MS;
    if (minute >= tally->settle && begun_ms > 0 && begun_ms < MINUTE_MS)
        unseen = (int64_t)((__int128)unseen * begun_ms / (int64_t)MINUTE_MS);
    unseen = unseen > cell->spread ? unseen - cell->spread : 0;
    m.hidden = sum_saturating(unseen, cell->lost, &saturated);
    if (m.expected && !m.seen && !cover->good && !was_blind(ledger, minute)) {
        m.flags |= MINUTE_DOWN;
        if (ledger->slo->when_down_bad)
            fill_down_minute(ledger->slo, &m);
    }
    if (rates_lack(tally, minute))
        hide_unpriced(ledger, cell, &m);
    else
        uncounted_hide(ledger, group, cell, &m);
    return m;
}

static bool is_empty(const struct minute *m)
{
    return !m->units && !m->spent && !m->hidden && !m->expected && !m->flags;
}

static void check_minute(struct ledger *ledger, const struct ledger_group *group, const struct minute *m)
{
    const struct slo *slo = ledger->slo;
    if (m->seen < m->expected || m->flags & (MINUTE_SPREAD | MINUTE_ESTIMATED))
        return;
    if (m->spent < 0)
        ledger_note_at(ledger, NOTE_SPENT_NEGATIVE, m->minute * MINUTE_MS, group->labels);
    if (slo->kind != SLO_MEAN && slo->kind != SLO_TOTAL &&
        (__int128)m->spent > (__int128)m->units * slo_worst_spent(slo))
        ledger_note_at(ledger, NOTE_SPENT_ABOVE_UNITS, m->minute * MINUTE_MS, group->labels);
}

struct minute minute_in_burn(const struct ledger *ledger, const struct minute *m)
{
    return minute_excluded(ledger, m->minute) ? (struct minute){.minute = m->minute} : *m;
}

static void close_day(struct ledger *ledger, uint32_t index, size_t first_row, int64_t next_day)
{
    struct ledger_group *group = &ledger->groups.at[index];
    struct minute minutes[DAY_MINUTES];
    size_t n = day_stream_load(&group->day, minutes);
    if (n) {
        struct ledger_day day = {.group = index, .day = group->day.day};
        size_t start = ledger->blobs.len;
        day_blob_encode(minutes, n, &ledger->blobs, &day.totals);
        day.blob.len = ledger->blobs.len - start; /* its place is known when the buffer grows no more */
        VEC_PUSH(&ledger->days, day);
        ledger->rows.len = first_row;
    }
    day_stream_clear(&group->day, next_day);
}

static bool same_minute(const struct minute *a, const struct minute *b)
{
    return a->minute == b->minute && a->units == b->units && a->spent == b->spent && a->hidden == b->hidden &&
           a->expected == b->expected && a->seen == b->seen && a->flags == b->flags;
}

/* Tells a minute unless it was told just so while it was open. */
static void tell(struct ledger *ledger, uint32_t index, const struct minute *m, bool sealed)
{
    const struct ledger_group *group = &ledger->groups.at[index];
    for (size_t i = 0; i < group->open.len; i++)
        if (same_minute(&group->open.at[i], m))
            return;
    VEC_PUSH(&ledger->rows, (struct ledger_row){index, sealed, *m});
}

/* Was it told as open or, while the source was blind, as unseen? */
static bool was_told(const struct ledger *ledger, const struct ledger_group *group, int64_t minute)
{
    for (size_t i = 0; i < group->open.len; i++)
        if (group->open.at[i].minute == minute)
            return true;
    return was_blind(ledger, minute);
}

void sealing_amend(struct ledger *ledger, uint32_t index, const struct minute_amend *amend)
{
    struct ledger_group *group = &ledger->groups.at[index];
    ledger_note_at(ledger, NOTE_AMENDED, amend->minute * MINUTE_MS, group->labels);
    int64_t hidden = amend->hidden;
    if (group->day.day == day_of_minute(amend->minute)) {
        struct minute before, after;
        day_stream_amend(&group->day, amend, &before, &after);
        hidden = after.hidden - before.hidden; /* it does not fall below 0 */
        VEC_PUSH(&ledger->rows, (struct ledger_row){index, true, after});
    } else {
        VEC_PUSH(&ledger->amends, (struct ledger_amend){index, *amend});
    }
    if (!minute_excluded(ledger, amend->minute))
        recent_amend(group->recent, amend->minute, amend->units, amend->spent, hidden);
}

static void amend_past(struct ledger *ledger, struct tally *tally, uint32_t index)
{
    struct ledger_group *group = &ledger->groups.at[index];
    if (!group->day.n)
        day_stream_clear(&group->day, day_of_minute(tally->base));
    for (int64_t minute = tally->low; minute < tally->base; minute++) {
        const struct cell *cell = tally_cell(tally, index, minute);
        if (!cell->units && !cell->spent && !cell->flags)
            continue;
        struct minute_amend amend = {
            .minute = minute, .units = cell->units, .spent = cell->spent, .flags = cell->flags};
        amend.hidden = cell->spread > 0 ? -cell->spread : 0;
        sealing_amend(ledger, index, &amend);
    }
}

static void keep_uncertain(struct ledger_group *group, const struct minute *m, int64_t between)
{
    struct ledger_uncertain *sum = &group->uncertain;
    bool saturated;
    if (!sum->since_ms)
        sum->since_ms = m->minute * MINUTE_MS;
    sum->units = sum_saturating(sum->units, m->units, &saturated);
    sum->between = sum_saturating(sum->between, between, &saturated);
}

static void seal_past(struct ledger *ledger, struct tally *tally, uint32_t index, size_t first_row)
{
    struct ledger_group *group = &ledger->groups.at[index];
    for (int64_t minute = tally->base; minute < tally->settle; minute++) {
        if (day_of_minute(minute) != group->day.day)
            close_day(ledger, index, first_row, day_of_minute(minute));
        struct minute m = make_minute(ledger, group, tally, index, minute);
        if (minute < group->first_minute)
            continue;
        if (index == 0)
            uncounted_follow(ledger, tally_cell(tally, index, minute), &m);
        if (is_empty(&m)) {
            if (was_told(ledger, group, minute))
                tell(ledger, index, &m, true); /* what was told of it does not hold */
            continue;
        }
        if (m.expected && minute < ledger->head.first_minute)
            ledger->head.first_minute = minute;
        check_minute(ledger, group, &m);
        uncounted_note(ledger, index, tally_cell(tally, index, minute), &m);
        if (ledger->bucket_term < ledger->slo->n_terms)
            keep_uncertain(group, &m, tally_cell(tally, index, minute)->between);
        struct minute burn = minute_in_burn(ledger, &m);
        recent_seal(group->recent, &burn);
        day_stream_append(&group->day, &m);
        tell(ledger, index, &m, true);
    }
    if (day_of_minute(tally->settle) != group->day.day)
        close_day(ledger, index, first_row, day_of_minute(tally->settle));
}

static void tell_open(struct ledger *ledger, struct tally *tally, uint32_t index)
{
    struct ledger_group *group = &ledger->groups.at[index];
    size_t n = 0;
    size_t most = (size_t)(tally->end - tally->settle);
    struct minute *open = ARENA_ARRAY(&ledger->scratch, struct minute, most);
    struct minute *burn = ARENA_ARRAY(&ledger->scratch, struct minute, most);
    for (int64_t minute = tally->settle; minute < tally->end; minute++) {
        if (minute * MINUTE_MS >= tally->newest_ms && tally->to_ms - tally->newest_ms <= SILENCE_MS)
            break;
        struct minute m = make_minute(ledger, group, tally, index, minute);
        if (minute < group->first_minute)
            continue;
        if (index == 0)
            uncounted_follow(ledger, tally_cell(tally, index, minute), &m);
        if (is_empty(&m)) {
            if (was_told(ledger, group, minute))
                tell(ledger, index, &m, false);
            continue;
        }
        tell(ledger, index, &m, false);
        open[n] = m;
        burn[n++] = minute_in_burn(ledger, &m);
    }
    VEC_CLEAR(&group->open);
    VEC_RESERVE(&group->open, n);
    if (n)
        memcpy(group->open.at, open, n * sizeof *open);
    group->open.len = n;
    recent_set_open(group->recent, burn, n, tally->newest_ms);
}

void sealing_run(struct ledger *ledger, const struct ledger_batch *batch, struct tally *tally)
{
    for (uint32_t g = 0; g < ledger->groups.len; g++) {
        size_t first_row = ledger->rows.len;
        amend_past(ledger, tally, g);
        seal_past(ledger, tally, g, first_row);
        tell_open(ledger, tally, g);
    }
    ledger->head.horizon_ms = tally->settle_ms;
    ledger->head.newest_ms = tally->newest_ms;
    ledger->head.answered_ms = batch->to_ms;
    ledger->last_expected = 0;
    for (int64_t m = tally->end - tally->base; m-- > 0 && !ledger->last_expected;)
        ledger->last_expected = tally->cover[m].expected;
    ledger->blind_told = tally->end - 1;
    size_t offset = 0;
    for (size_t i = 0; i < ledger->days.len; i++) {
        ledger->days.at[i].blob.at = ledger->blobs.at + offset;
        offset += ledger->days.at[i].blob.len;
    }
}

/* While the source is blind nothing is sealed; the minutes that pass are told as unseen, until they are
 * counted. */
void sealing_blind(struct ledger *ledger, const struct ledger_batch *batch)
{
    struct ledger_head *head = &ledger->head;
    if (!head->blind_since_ms)
        head->blind_since_ms = head->answered_ms ? head->answered_ms : batch->now_ms;
    if (!ledger->last_expected)
        return;
    int64_t last = minute_of(batch->now_ms);
    if (last - ledger->blind_told > DAY_MINUTES)
        ledger->blind_told = last - DAY_MINUTES;
    for (int64_t minute = ledger->blind_told + 1; minute <= last; minute++) {
        for (uint32_t g = 0; g < ledger->groups.len; g++) {
            if (minute < ledger->groups.at[g].first_minute)
                continue;
            struct minute m = {.minute = minute, .expected = ledger->last_expected};
            m.hidden = unseen_units(recent_rate(ledger->groups.at[g].recent), m.expected);
            VEC_PUSH(&ledger->rows, (struct ledger_row){g, false, m});
        }
        ledger->blind_told = minute;
    }
}
