/* Filling from history: which chunk is next, fetching and counting it, and storing it in parts. */
#include "engine/slo_fill.h"

#include "base/arena.h"
#include "base/log.h"
#include "engine/parts.h"
#include "engine/slo_batch.h"
#include "engine/unit_notes.h"

enum { CHUNK_MS = 6 * 3600 * 1000, CHUNK_LEAST_MS = 5 * 60 * 1000 };

/* A shorter chunk that is refused is not too large: what is refused in it is left out. */
#define APART_MS HOUR_MS
/* Nearer to now than this, the live evaluation takes over. */
#define NEAR_MS (30 * MINUTE_MS)
/* So much that was missed is counted in memory by the live evaluation, where it cannot be stored. */
#define UNSTORED_MOST_MS DAY_MS
/* How much history is of use to any SLO. */
#define HISTORY_MOST_MS  (400 * DAY_MS)
#define HISTORY_LEAST_MS (30 * DAY_MS)

/* How far back history is of use: the longest of the SLO's windows, and its burn windows. */
static int64_t history_wanted_ms(const struct slo *slo)
{
    int64_t wanted = HISTORY_LEAST_MS;
    for (size_t i = 0; i < slo->n_windows; i++)
        if (slo->windows[i].length_ms > wanted)
            wanted = slo->windows[i].length_ms;
    return wanted < HISTORY_MOST_MS ? wanted : HISTORY_MOST_MS;
}

int64_t unit_wanted_from(const struct slo_unit *unit, int64_t until_ms)
{
    int64_t from = ledger_wanted_from_ms(unit->ledger);
    int64_t earliest = until_ms - history_wanted_ms(unit->slo);
    return from > earliest ? from : earliest;
}

double slo_group_filled_share(const struct slo_group *group, int64_t until_ms)
{
    if (!group->fill_from_ms || until_ms <= group->fill_from_ms)
        return 0;
    return (double)(group->filled_to_ms - group->fill_from_ms) / (double)(until_ms - group->fill_from_ms);
}

/* The earliest moment that some unit still wants, and which units want it. */
static int64_t earliest_wanted(const struct slo_group *group, int64_t until_ms, bool *takes)
{
    int64_t from = until_ms;
    for (size_t i = 0; i < group->units.len; i++) {
        int64_t wanted = unit_wanted_from(&group->units.at[i], until_ms);
        from = wanted < from && !group->units.at[i].refusal ? wanted : from;
    }
    for (size_t i = 0; i < group->units.len; i++)
        takes[i] = !group->units.at[i].refusal &&
                   unit_wanted_from(&group->units.at[i], until_ms) <= from + MINUTE_MS;
    return from;
}

/* Lays out the next chunk. False: there is none. */
static bool next_chunk(struct slo_group *group, struct slo_batch *batch, int64_t until_ms)
{
    batch->takes = ARENA_ARRAY(batch->arena, bool, group->units.len);
    batch->from_ms = earliest_wanted(group, until_ms, batch->takes);
    if (group->units.len == 0 || batch->from_ms >= until_ms - NEAR_MS) {
        group->fill_from_ms = 0;
        return false;
    }
    if (!group->fill_from_ms)
        group->fill_from_ms = batch->from_ms;
    if (!group->fill_chunk_ms)
        group->fill_chunk_ms = CHUNK_MS;
    group->filled_to_ms = batch->from_ms;
    batch->to_ms = batch->from_ms + group->fill_chunk_ms;
    if (batch->to_ms > until_ms - NEAR_MS / 2)
        batch->to_ms = until_ms - NEAR_MS / 2;
    return true;
}

static bool fetch_chunk(struct slo_group *group, const struct evaluation_context *context,
                        struct slo_batch *batch)
{
    struct err err;
    batch->apart = group->fill_chunk_ms <= APART_MS;
    if (group_fetch(group, context, batch, &err)) {
        for (size_t i = 0; i < group->units.len; i++)
            if (batch->takes[i] && group->units.at[i].refusal) {
                batch->takes[i] = false;
                group->fill_chunk_ms = CHUNK_MS; /* it is known, and the rest is read as ever */
            }
        group->blind_since_ms = 0;
        return true;
    }
    if ((err.kind == ERR_LIMIT || err.kind == ERR_INPUT) && group->fill_chunk_ms > CHUNK_LEAST_MS)
        group->fill_chunk_ms /= 2;
    log_line(LOG_WARN, "history cannot be read", "group", group->name.at, "error", err.message, NULL);
    if (!group->blind_since_ms)
        group->blind_since_ms = context->now_ms;
    return false;
}

/* In parts. Each SLO's change stands for itself: after a part is lost, its SLOs are filled again from their
 * own horizons. */
static bool commit_chunk(struct slo_group *group, const struct evaluation_context *context, const bool *takes,
                         struct err *err)
{
    struct parts parts;
    parts_begin(&parts, context->store);
    for (size_t i = 0; i < group->units.len; i++) {
        if (takes[i] && !parts_write_ledger(&parts, &group->units.at[i], 0, err))
            return false;
        if (takes[i])
            unit_log_notes(&group->units.at[i], context->now_ms);
    }
    return parts_end(&parts, err);
}

/* Counts what was fetched, and stores it. False: it cannot be stored, and memory is as the store again. */
static bool take_chunk(struct slo_group *group, const struct evaluation_context *context,
                       struct slo_batch *batch)
{
    struct err err;
    for (size_t i = 0; i < group->units.len; i++)
        if (batch->takes[i])
            unit_take(group, &group->units.at[i], context, batch, batch->to_ms);
    if (commit_chunk(group, context, batch->takes, &err))
        return true;
    trouble_tell(&group->unwritable, "history cannot be stored", group->name, &err, context->now_ms);
    count(&context->counters->commits_failed, 1);
    if (!slo_group_reread(group, context, &err))
        trouble_tell(&group->unreadable, "the ledger cannot be read", group->name, &err, context->now_ms);
    return false;
}

enum fill_state slo_group_fill(struct slo_group *group, const struct evaluation_context *context,
                               int64_t until_ms)
{
    struct arena arena;
    enum fill_state state = FILL_DONE;
    slo_group_renew_table(group);
    arena_init(&arena, 0);
    struct slo_batch batch = {.arena = &arena};
    if (next_chunk(group, &batch, until_ms)) {
        bool near = group->slot_ms && until_ms - batch.from_ms <= UNSTORED_MOST_MS;
        if (!fetch_chunk(group, context, &batch))
            state = FILL_BLOCKED;
        else if (take_chunk(group, context, &batch))
            state = FILL_MORE;
        else
            state = near ? FILL_UNSTORED : FILL_BLOCKED;
    }
    batch_finish(&batch);
    arena_finish(&arena);
    return state;
}
