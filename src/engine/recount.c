/* The search for unseen minutes in the store, and the counting of what the source has of them by now. */
#include "engine/recount.h"

#include "base/arena.h"
#include "base/log.h"
#include "engine/slo_batch.h"
#include "engine/slo_budgets.h"
#include "engine/unit_notes.h"
#include "slo/calendar.h"
#include "source/source.h"

enum {
    UNITS_A_STEP = 20,
    RUNS_MOST = 10000,        /* waiting; further ones are found a day later */
    RUN_MINUTES_MOST = 10080, /* a week: longer runs stay unseen */
    AROUND_MINUTES = 15,      /* samples on both sides, so that differences have an end to begin from */
    LOOK_BACK_HOURS_MOST = 48,
};

/* Ages at which minutes are read again. */
static const int64_t AGE_HOURS[] = {1, 24};

void recount_finish(struct recount *recount)
{
    VEC_FREE(&recount->runs);
    *recount = (struct recount){0};
}

static bool is_unseen(const struct minute *m)
{
    return m->expected > 0 && m->seen < m->expected;
}

/* Runs of unseen minutes that end in (from, to]. What came before `from` belongs to them. */
static void find_runs(struct recount *recount, const struct minute *minutes, size_t n,
                      const struct minute_span *ends)
{
    for (size_t i = 0; i < n;) {
        size_t end = i;
        while (end < n && is_unseen(&minutes[end]) &&
               minutes[end].minute == minutes[i].minute + (int64_t)(end - i))
            end++;
        struct minute_span span = {minutes[i].minute, minutes[i].minute + (int64_t)(end - i)};
        bool fits = span.to_minute - span.from_minute <= RUN_MINUTES_MOST && recount->runs.len < RUNS_MOST;
        if (end > i && fits && span.to_minute > ends->from_minute && span.to_minute <= ends->to_minute)
            VEC_PUSH(&recount->runs, (struct recount_run){recount->group, recount->unit, span});
        i = end > i ? end : i + 1;
    }
}

/* Searches one span of an SLO's minutes. Group 0 stands for all: what is seen is a matter of targets. */
static void search_span(struct recount *recount, const struct evaluation_context *context,
                        const struct slo_unit *unit, struct minute_span ends)
{
    struct arena arena;
    struct err err;
    struct ledger_minutes read;
    arena_init(&arena, 0);
    int64_t group_id = unit->ids.groups.at[0];
    if (ledger_has_unseen(context->reader, group_id, ends.from_minute, ends.to_minute)) {
        int64_t from = ends.from_minute - RUN_MINUTES_MOST;
        int64_t first = unit->change.head.first_minute;
        from = first != INT64_MAX && from < first ? first : from;
        if (ledger_minutes_read(context->reader, group_id, from, ends.to_minute + 1, &arena, &read, &err))
            find_runs(recount, read.at, read.n, &ends);
        else
            log_line(LOG_ERROR, "the ledger cannot be read", "slo", unit->slo->id.at, "error", err.message,
                     NULL);
    }
    arena_finish(&arena);
}

/* In the last hour of a calendar period all that it has. */
static void search_periods(struct recount *recount, const struct evaluation_context *context,
                           const struct slo_unit *unit)
{
    int64_t now_ms = recount->hour * HOUR_MS;
    for (size_t i = 0; i < unit->slo->n_windows; i++) {
        struct period period = period_at(&unit->slo->windows[i], now_ms);
        if (!period.rolling && period.to_ms > now_ms && period.to_ms - now_ms <= HOUR_MS)
            search_span(
                recount, context, unit,
                (struct minute_span){period.from_ms / MINUTE_MS, now_ms / MINUTE_MS - AROUND_MINUTES});
    }
}

static void search_unit(struct recount *recount, const struct evaluation_context *context,
                        const struct slo_unit *unit)
{
    if (unit->slo->n_expressions || unit->ids.groups.len == 0)
        return;
    for (size_t i = 0; i < sizeof AGE_HOURS / sizeof AGE_HOURS[0]; i++) {
        struct minute_span ends = {(recount->searched - AGE_HOURS[i]) * 60,
                                   (recount->hour - AGE_HOURS[i]) * 60};
        search_span(recount, context, unit, ends);
    }
    search_periods(recount, context, unit);
}

static void remember_search(struct recount *recount, const struct evaluation_context *context)
{
    struct err err;
    struct database *db = store_begin(context->store);
    meta_set(db, "recount_hour", recount->hour);
    recount->stored = recount->hour;
    if (!store_commit(context->store, &err))
        log_line(LOG_WARN, "a recount cannot be stored", "error", err.message, NULL);
}

static void search_some(struct recount *recount, const struct evaluation_context *context,
                        struct slo_group *const *groups, size_t n_groups)
{
    for (int i = 0; i < UNITS_A_STEP && recount->group < n_groups; i++) {
        const struct slo_group *group = groups[recount->group];
        if (recount->unit >= group->units.len) {
            recount->group++;
            recount->unit = 0;
            continue;
        }
        search_unit(recount, context, &group->units.at[recount->unit]);
        recount->unit++;
    }
    recount->searching = recount->group < n_groups;
}

/* What the store has of the run in all groups of the SLO. */
static bool read_stored(const struct evaluation_context *context, const struct slo_unit *unit,
                        const struct minute_span *span, struct arena *arena, struct ledger_stored *stored,
                        struct err *err)
{
    for (size_t g = 0; g < unit->ids.groups.len; g++) {
        struct ledger_minutes read;
        if (!ledger_minutes_read(context->reader, unit->ids.groups.at[g], span->from_minute, span->to_minute,
                                 arena, &read, err))
            return false;
        stored[g] = (struct ledger_stored){(uint32_t)g, read.at, read.n};
    }
    return true;
}

/* In one transaction: a run is replaced whole or not at all. */
static bool store_recount(const struct evaluation_context *context, struct slo_unit *unit, struct err *err)
{
    struct database *db = store_begin(context->store);
    ledger_write(db, unit->ledger, &unit->change, &unit->ids);
    unit_write_notes(db, unit, TEXT("recount"), context->now_ms);
    return store_commit(context->store, err);
}

static bool read_again(struct slo_group *group, struct slo_unit *unit,
                       const struct evaluation_context *context, const struct minute_span *span,
                       struct arena *arena, struct err *err)
{
    struct slo_batch batch = {.arena = arena,
                              .recount = true,
                              .takes = ARENA_ARRAY_ZERO(arena, bool, group->units.len),
                              .from_ms = (span->from_minute - AROUND_MINUTES) * MINUTE_MS,
                              .to_ms = (span->to_minute + AROUND_MINUTES) * MINUTE_MS};
    struct ledger_stored *stored = ARENA_ARRAY(arena, struct ledger_stored, unit->ids.groups.len);
    struct ledger_batch taken;
    batch.takes[unit - group->units.at] = true;
    if (!group_fetch(group, context, &batch, err))
        return false;
    if (batch.answer != LEDGER_ANSWERED)
        return true;
    if (!read_stored(context, unit, span, arena, stored, err))
        return false;
    unit_batch(group, unit, &batch, context->now_ms, &taken);
    ledger_recount(unit->ledger, &taken, stored, unit->ids.groups.len, &unit->change);
    batch_finish(&batch);
    slo_budgets_take(unit, context->reader, group->slot_ms);
    if (unit->change.n_rows + unit->change.n_amends == 0)
        return true;
    if (store_recount(context, unit, err))
        return true;
    count(&context->counters->commits_failed, 1);
    struct err again;
    if (!slo_group_reread(group, context, &again))
        log_line(LOG_ERROR, "the ledger cannot be read", "error", again.message, NULL);
    return false;
}

static void recount_run(struct recount *recount, const struct evaluation_context *context,
                        struct slo_group *const *groups)
{
    struct recount_run run = recount->runs.at[--recount->runs.len];
    struct slo_group *group = groups[run.group];
    struct slo_unit *unit = &group->units.at[run.unit];
    struct arena arena;
    struct err err;
    arena_init(&arena, 0);
    if (!read_again(group, unit, context, &run.span, &arena, &err))
        log_line(LOG_WARN, "unseen minutes cannot be read again", "slo", unit->slo->id.at, "error",
                 err.message, NULL);
    arena_finish(&arena);
}

static void begin_search(struct recount *recount, const struct evaluation_context *context, int64_t hour)
{
    int64_t last = recount->hour ? recount->hour : meta_get(context->reader, "recount_hour", hour);
    recount->searched = last > hour - LOOK_BACK_HOURS_MOST ? last : hour - LOOK_BACK_HOURS_MOST;
    recount->hour = hour;
    recount->searching = last < hour;
    recount->group = recount->unit = 0;
}

bool recount_step(struct recount *recount, const struct evaluation_context *context,
                  struct slo_group *const *groups, size_t n_groups)
{
    int64_t hour = context->now_ms / HOUR_MS;
    if (recount->searching)
        search_some(recount, context, groups, n_groups);
    else if (recount->runs.len)
        recount_run(recount, context, groups);
    else if (recount->stored != recount->hour)
        remember_search(recount, context);
    else if (recount->hour < hour)
        begin_search(recount, context, hour);
    else
        return false;
    return true;
}
