/* The ledger's life: made, taken to, restored. The counting itself is in feeds.c, targets.c, cover.c,
 * rates.c, children.c, counting.c, values.c and sealing.c, in the order in which a take runs through them. */
#include "slo/ledger_steps.h"

#include <assert.h>

enum { TERMS_MAX = 200, BLOBS_MAX_BYTES = 1 << 30 };

/* What a take of a few minutes needs. Larger buffers, of a chunk of history, are given back. */
enum { BLOBS_KEPT_BYTES = 4 << 10, ROWS_KEPT = 64 };

static const char *const NOTE_TEXT[NOTE_CODES] = {
    [NOTE_SPENT_ABOVE_UNITS] = "more was bad than there was in all",
    [NOTE_SPENT_NEGATIVE] = "less than nothing was bad: more good than in all",
    [NOTE_NEGATIVE_SAMPLE] = "a counter is below zero; the sample was left out",
    [NOTE_NOT_FINITE] = "a sample is NaN or Inf; it was left out",
    [NOTE_TOO_LARGE] = "a sample is too large to count; it was left out",
    [NOTE_OUT_OF_RANGE] = "scores are above their range; their minutes are unseen",
    [NOTE_OVERFLOW] = "a sum is too large to count; it stays at the largest number",
    [NOTE_DECREASE] = "a counter fell though its start timestamp did not change; taken as a reset",
    [NOTE_RELABELLED] = "a series appeared as another vanished; counted from its first sample",
    [NOTE_HISTOGRAM] = "a native histogram where a number was meant; the sample was left out",
    [NOTE_GROUPS_FULL] = "more label values than max_groups; counted in the whole only",
    [NOTE_TERM_MISSING] = "a target lacks one of the series that the objective needs",
    [NOTE_UNJUDGED] = "a histogram has no bucket to judge its queries by; they count as not known",
    [NOTE_SPREAD] = "a difference across more than 5 minutes was spread over them",
    [NOTE_NO_RATE] = "an exchange rate is NaN, Inf or not above zero; the one before goes on",
    [NOTE_SEVERAL_RATES] = "several series give an exchange rate at once; none of them is taken",
    [NOTE_AMENDED] = "a sealed minute was changed",
};

const char *ledger_note_text(enum ledger_note_code code)
{
    return NOTE_TEXT[code];
}

void ledger_note_at(struct ledger *ledger, enum ledger_note_code code, int64_t at_ms,
                    const struct labels *series)
{
    struct ledger_note *note = &ledger->notes[code];
    if (!note->count++)
        *note = (struct ledger_note){code, 1, at_ms, series};
}

/* job and instance, for a definition that was not read from a file. */
struct ledger *ledger_new(const struct slo *slo, struct label_table *table, struct text replica_label)
{
    assert(slo->n_terms <= TERMS_MAX && slo->n_by <= SLO_BY_MAX);
    struct ledger *ledger = memory_alloc_zero(1, sizeof *ledger);
    ledger->slo = slo;
    ledger->table = table;
    ledger_name_symbols(ledger, replica_label);
    ledger->bucket_term = (uint32_t)buckets_term(slo);
    ledger->head.first_minute = INT64_MAX;
    arena_init(&ledger->scratch, 0);
    buf_init(&ledger->blobs, BLOBS_MAX_BYTES);
    ledger_add_group(ledger, labels_empty(table));
    ledger->told_groups = 1;
    return ledger;
}

void ledger_free(struct ledger *ledger)
{
    if (!ledger)
        return;
    for (size_t i = 0; i < ledger->groups.len; i++) {
        struct ledger_group *group = &ledger->groups.at[i];
        recent_free(group->recent);
        day_stream_finish(&group->day);
        VEC_FREE(&group->open);
    }
    VEC_FREE(&ledger->groups);
    VEC_FREE(&ledger->families);
    VEC_FREE(&ledger->targets);
    VEC_FREE(&ledger->counted);
    VEC_FREE(&ledger->feeds);
    VEC_FREE(&ledger->pending);
    VEC_FREE(&ledger->excluded);
    VEC_FREE(&ledger->rows);
    VEC_FREE(&ledger->days);
    VEC_FREE(&ledger->amends);
    VEC_FREE(&ledger->out_series);
    VEC_FREE(&ledger->out_targets);
    VEC_FREE(&ledger->out_notes);
    map_finish(&ledger->target_index);
    map_finish(&ledger->counted_index);
    map_finish(&ledger->family_index);
    map_finish(&ledger->group_index);
    map_finish(&ledger->feed_index);
    arena_finish(&ledger->scratch);
    buf_finish(&ledger->blobs);
    memory_free(ledger);
}

void ledger_inputs(const struct ledger *ledger, struct ledger_inputs *inputs)
{
    *inputs = (struct ledger_inputs){.newest_ms = ledger->head.newest_ms};
    int64_t since_ms = ledger->head.answered_ms - LEDGER_EXPECT_MS;
    for (size_t i = 0; i < ledger->counted.len; i++)
        inputs->series += ledger->counted.at[i].now.last_ms > since_ms;
    for (size_t i = 0; i < ledger->targets.len; i++) {
        const struct pulse *pulse = &ledger->targets.at[i].now;
        if (pulse->good_ms <= since_ms)
            continue;
        inputs->targets++;
        inputs->interval_ms =
            pulse->interval_ms > inputs->interval_ms ? pulse->interval_ms : inputs->interval_ms;
    }
}

const struct labels *ledger_newest_process(const struct ledger *ledger, int64_t *start_ms)
{
    const struct labels *newest = NULL;
    *start_ms = 0;
    for (size_t i = 0; i < ledger->targets.len; i++) {
        const struct target *target = &ledger->targets.at[i];
        if (target->now.process_start_ms > *start_ms) {
            *start_ms = target->now.process_start_ms;
            newest = target->labels;
        }
    }
    return newest;
}

size_t ledger_bytes(const struct ledger *ledger)
{
    size_t bytes = sizeof *ledger;
    for (size_t i = 0; i < ledger->groups.len; i++) {
        const struct ledger_group *group = &ledger->groups.at[i];
        bytes += sizeof *group + recent_bytes(group->recent) + group->day.cap +
                 group->open.cap * sizeof *group->open.at;
    }
    bytes +=
        ledger->targets.cap * sizeof *ledger->targets.at + ledger->counted.cap * sizeof *ledger->counted.at;
    bytes += ledger->feeds.cap * sizeof *ledger->feeds.at + ledger->rows.cap * sizeof *ledger->rows.at;
    bytes += ledger->blobs.cap + ledger->days.cap * sizeof *ledger->days.at;
    bytes += (ledger->target_index.cap + ledger->counted_index.cap + ledger->group_index.cap +
              ledger->feed_index.cap) *
             sizeof(struct map_entry);
    return bytes;
}

int64_t ledger_wanted_from_ms(const struct ledger *ledger)
{
    /* One settle time of overlap: late children, and what replicas saw around the horizon. */
    return ledger->head.horizon_ms > LEDGER_SETTLE_MS ? ledger->head.horizon_ms - LEDGER_SETTLE_MS : 0;
}

void ledger_begin_output(struct ledger *ledger)
{
    if (ledger->rows.cap > ROWS_KEPT)
        VEC_FREE(&ledger->rows);
    if (ledger->blobs.cap > BLOBS_KEPT_BYTES) {
        buf_finish(&ledger->blobs);
        buf_init(&ledger->blobs, BLOBS_MAX_BYTES);
    }
    VEC_CLEAR(&ledger->rows);
    VEC_CLEAR(&ledger->days);
    VEC_CLEAR(&ledger->amends);
    VEC_CLEAR(&ledger->out_series);
    VEC_CLEAR(&ledger->out_targets);
    VEC_CLEAR(&ledger->out_notes);
    buf_clear(&ledger->blobs);
    ledger->counted_from = ledger->head.horizon_ms / MINUTE_MS;
    memset(ledger->notes, 0, sizeof ledger->notes);
}

static void tell_state(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->counted.len; i++) {
        const struct counted *c = &ledger->counted.at[i];
        if (c->settled.last_ms == c->origin.last_ms)
            continue;
        VEC_PUSH(&ledger->out_series,
                 (struct ledger_series){c->term, c->labels, c->settled.last_ms, c->settled.value,
                                        c->settled.start_ms, c->settled.peak});
    }
    if (ledger->rate.at_ms)
        VEC_PUSH(&ledger->out_series,
                 (struct ledger_series){(uint32_t)ledger->slo->n_terms, ledger->rate.labels,
                                        ledger->rate.at_ms, ledger->rate.billionths, 0, 0});
    for (size_t i = 0; i < ledger->targets.len; i++) {
        const struct target *t = &ledger->targets.at[i];
        const struct pulse *p = &t->settled;
        struct text replica = p->replica ? symbol_text(p->replica) : TEXT("");
        if (t->in_batch && p->any_ms)
            VEC_PUSH(&ledger->out_targets,
                     (struct ledger_target){t->labels, replica, p->any_ms, p->good_ms, p->chain_ms,
                                            p->interval_ms, p->process_start_ms, p->odd, p->up});
    }
}

void ledger_end_output(struct ledger *ledger, struct ledger_change *change)
{
    for (int i = 0; i < NOTE_CODES; i++)
        if (ledger->notes[i].count)
            VEC_PUSH(&ledger->out_notes, ledger->notes[i]);
    *change = (struct ledger_change){
        .head = ledger->head,
        .rows = ledger->rows.at,
        .n_rows = ledger->rows.len,
        .counted_from = ledger->counted_from,
        .days = ledger->days.at,
        .n_days = ledger->days.len,
        .amends = ledger->amends.at,
        .n_amends = ledger->amends.len,
        .series = ledger->out_series.at,
        .n_series = ledger->out_series.len,
        .targets = ledger->out_targets.at,
        .n_targets = ledger->out_targets.len,
        .first_new_group = ledger->told_groups,
        .notes = ledger->out_notes.at,
        .n_notes = ledger->out_notes.len,
    };
    ledger->told_groups = (uint32_t)ledger->groups.len;
}

/* A span that follows on one of which minutes are open still is told as one with it. */
static void end_blindness(struct ledger_head *head, int64_t to_ms)
{
    if (!head->blind_since_ms)
        return;
    if (head->blind_to_ms <= head->horizon_ms)
        head->blind_from_ms = head->blind_since_ms;
    head->blind_to_ms = to_ms;
    head->blind_since_ms = 0;
}

/* A percentile, a mean or a score needs all its series on each target; of events, the bad ones may not exist
 * yet. */
static void check_terms(struct ledger *ledger)
{
    const struct slo *slo = ledger->slo;
    if (slo->kind == SLO_EVENTS || slo->kind == SLO_TOTAL || slo->n_terms < 2 || slo->n_terms > 31)
        return;
    uint32_t *had = ARENA_ARRAY_ZERO(&ledger->scratch, uint32_t, ledger->targets.len);
    for (size_t i = 0; i < ledger->counted.len; i++)
        if (ledger->counted.at[i].inputs)
            had[ledger->counted.at[i].target] |= 1u << ledger->counted.at[i].term;
    for (size_t i = 0; i < ledger->targets.len; i++)
        if (had[i] && had[i] != (1u << slo->n_terms) - 1)
            ledger_note_at(ledger, NOTE_TERM_MISSING, ledger->head.newest_ms, ledger->targets.at[i].labels);
}

static void take_answer(struct ledger *ledger, const struct ledger_batch *batch)
{
    struct tally tally = {0};
    end_blindness(&ledger->head, batch->to_ms);
    feeds_attach(ledger, batch);
    values_keep(ledger, batch);
    targets_scan(ledger, batch, &tally);
    tally.n_groups = ledger->groups.len;
    tally.cells =
        ARENA_ARRAY_ZERO(&ledger->scratch, struct cell, tally.n_groups * (size_t)(tally.end - tally.low));
    tally.cover = ARENA_ARRAY_ZERO(&ledger->scratch, struct cover, (size_t)(tally.end - tally.base));
    rates_find(ledger, batch, &tally);
    uncounted_find(ledger, &tally);
    counting_run(ledger, &tally);
    targets_cover(ledger, &tally);
    values_book(ledger, &tally);
    bool moved = tally.settle_ms > ledger->head.horizon_ms;
    bool new_day = day_of_minute(tally.settle) != day_of_minute(tally.base);
    sealing_run(ledger, batch, &tally);
    if (moved) {
        check_terms(ledger);
        tell_state(ledger);
        values_forget(ledger, tally.settle);
    }
    map_finish(&tally.uncounted);
    if (new_day)
        ledger_forget(ledger);
    health_judge(ledger);
}

void ledger_take(struct ledger *ledger, const struct ledger_batch *batch, struct ledger_change *change)
{
    ledger_begin_output(ledger);
    if (batch->answer == LEDGER_ANSWERED && batch->to_ms > batch->from_ms)
        take_answer(ledger, batch);
    else if (batch->answer != LEDGER_ANSWERED)
        sealing_blind(ledger, batch);
    arena_finish(&ledger->scratch);
    ledger_end_output(ledger, change);
}

size_t ledger_terms(const struct ledger *ledger)
{
    return ledger->slo->n_terms;
}

const struct slo *ledger_slo(const struct ledger *ledger)
{
    return ledger->slo;
}

size_t ledger_groups(const struct ledger *ledger)
{
    return ledger->groups.len;
}

const struct labels *ledger_group_labels(const struct ledger *ledger, uint32_t group)
{
    return ledger->groups.at[group].labels;
}

int64_t ledger_group_first(const struct ledger *ledger, uint32_t group)
{
    int64_t first = ledger->groups.at[group].first_minute, history = ledger->head.first_minute;
    return first > history ? first : history;
}

const struct ledger_uncounted *ledger_uncounted(const struct ledger *ledger)
{
    return &ledger->uncounted;
}

const char *ledger_uncounted_text(const struct ledger_uncounted *uncounted)
{
    switch (uncounted->why) {
    case NOTE_TOO_LARGE:
        return "samples are too large to count";
    case NOTE_NEGATIVE_SAMPLE:
        return "samples of a counter are below zero";
    case NOTE_HISTOGRAM:
        return "samples are native histograms where numbers were meant";
    case NOTE_OUT_OF_RANGE:
        return "scores are above their range: the range or the metric is wrong";
    default:
        return "samples are NaN or Inf";
    }
}

const struct ledger_bounds *ledger_bounds(const struct ledger *ledger)
{
    return &ledger->bounds;
}

const struct ledger_uncertain *ledger_uncertain(const struct ledger *ledger, uint32_t group)
{
    return &ledger->groups.at[group].uncertain;
}

struct recent *ledger_recent(struct ledger *ledger, uint32_t group)
{
    return ledger->groups.at[group].recent;
}

const struct ledger_head *ledger_head(const struct ledger *ledger)
{
    return &ledger->head;
}

void ledger_exclude(struct ledger *ledger, const struct minute_span *spans, size_t n)
{
    VEC_CLEAR(&ledger->excluded);
    for (size_t i = 0; i < n; i++)
        VEC_PUSH(&ledger->excluded, spans[i]);
}
