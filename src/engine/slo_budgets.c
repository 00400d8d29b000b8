/* Budgets of an SLO's windows as of the present evaluation: kept in memory, loaded from the store where
 * memory has them not. */
#include "engine/slo_budgets.h"

#include "base/arena.h"
#include "base/log.h"
#include "slo/running.h"
#include "store/target_rows.h"

enum { READS_A_STEP = 20 };

static struct running_turn turn_of(const struct slo_unit *unit, size_t group, int64_t slot_ms)
{
    return (struct running_turn){slot_ms, ledger_group_first(unit->ledger, (uint32_t)group)};
}

/* NULL: the target never changed. */
static struct dated_targets *read_targets(const struct slo_unit *unit, uint32_t group,
                                          struct database *reader, int64_t slot_ms)
{
    struct dated_targets targets = {0}, *kept = NULL;
    struct err err;
    target_rows_read(reader, unit->slo, unit->ids.slo_id, ledger_group_labels(unit->ledger, group),
                     minute_of(slot_ms) + 1, &targets);
    if (db_take_error(reader, &err))
        log_line(LOG_ERROR, "targets cannot be read", "slo", unit->slo->id.at, "error", err.message, NULL);
    if (targets.len) {
        kept = memory_alloc_zero(1, sizeof *kept);
        *kept = targets;
    }
    return kept;
}

/* Which the ledger has and the list not yet. They are in memory once they are loaded. */
static void add_groups(struct slo_unit *unit, struct database *reader, int64_t slot_ms)
{
    for (size_t i = unit->running.len; i < ledger_groups(unit->ledger); i++) {
        struct dated_targets *targets = read_targets(unit, (uint32_t)i, reader, slot_ms);
        VEC_PUSH(&unit->targets, targets);
        VEC_PUSH(&unit->running, running_new(unit_slo(unit, (uint32_t)i), targets));
    }
}

void slo_budgets_release(struct slo_unit *unit)
{
    for (size_t i = 0; i < unit->running.len; i++)
        running_free(unit->running.at[i]);
    VEC_FREE(&unit->running);
    for (size_t i = 0; i < unit->targets.len; i++) {
        if (unit->targets.at[i])
            dated_targets_finish(unit->targets.at[i]);
        memory_free(unit->targets.at[i]);
    }
    VEC_FREE(&unit->targets);
}

static bool read_wanted(const struct slo_unit *unit, size_t group, struct database *reader,
                        struct arena *arena, struct err *err)
{
    struct running *running = unit->running.at[group];
    struct minute_span span;
    while (running_wants(running, &span)) {
        struct ledger_minutes read;
        if (!ledger_minutes_read(reader, unit->ids.groups.at[group], span.from_minute, span.to_minute, arena,
                                 &read, err))
            return false;
        running_put(running, &span, read.at, read.n, &unit->excluded);
    }
    return true;
}

static bool load_sums(const struct slo_unit *unit, size_t group, const struct running_turn *turn,
                      struct database *reader, struct arena *arena, struct err *err)
{
    struct minute_span spans[RUNNING_SPANS_MAX];
    struct window_source source;
    int64_t horizon_minute = ledger_head(unit->ledger)->horizon_ms / MINUTE_MS;
    size_t n = running_spans(unit->running.at[group], turn, horizon_minute, spans);
    ledger_windows_source(reader, unit->ids.groups.at[group], spans, n, unit->excluded.at, unit->excluded.len,
                          arena, &source);
    return !db_take_error(reader, err) &&
           running_load(unit->running.at[group], turn, horizon_minute, &source, &unit->excluded, err);
}

/* False: it cannot be read now. */
static bool load(const struct slo_unit *unit, size_t group, const struct running_turn *turn,
                 struct database *reader)
{
    struct arena arena;
    struct err err;
    if (group >= unit->ids.groups.len)
        return true; /* not in the store yet */
    arena_init(&arena, 0);
    bool read = running_known(unit->running.at[group]) || load_sums(unit, group, turn, reader, &arena, &err);
    read = read && read_wanted(unit, group, reader, &arena, &err);
    if (!read)
        log_line(LOG_ERROR, "a budget cannot be read", "slo", unit->slo->id.at, "error", err.message, NULL);
    arena_finish(&arena);
    return read;
}

/* Budgets that a correction changes are stored at once. */
static void forget_corrected(struct slo_unit *unit)
{
    for (size_t i = 0; i < unit->running.len && unit->corrected; i++)
        running_forget(unit->running.at[i]);
    for (size_t i = 0; i < unit->budgets.len && unit->corrected; i++)
        unit->budgets.at[i].status_minute = 0;
    unit->corrected = false;
}

void slo_budgets_prepare(struct slo_group *group, const struct evaluation_context *context, int64_t slot_ms)
{
    for (size_t k = 0; k < group->units.len; k++) {
        struct slo_unit *unit = &group->units.at[k];
        add_groups(unit, context->reader, slot_ms);
        forget_corrected(unit);
        for (size_t i = 0; i < unit->running.len; i++) {
            struct running_turn turn = turn_of(unit, i, slot_ms);
            if (!running_turn(unit->running.at[i], &turn) && !group->ahead_ms)
                (void)load(unit, i, &turn, context->reader);
        }
    }
}

/* A minute before which a change tells nothing. */
static int64_t begin_of(const struct ledger_change *change)
{
    int64_t begin = change->head.horizon_ms / MINUTE_MS;
    for (size_t i = 0; i < change->n_rows; i++)
        if (change->rows[i].minute.minute < begin)
            begin = change->rows[i].minute.minute;
    for (size_t i = 0; i < change->n_days; i++)
        if (change->days[i].day * DAY_MINUTES < begin)
            begin = change->days[i].day * DAY_MINUTES;
    return begin;
}

void slo_budgets_take(struct slo_unit *unit, struct database *reader, int64_t slot_ms)
{
    size_t old = unit->running.len;
    add_groups(unit, reader, slot_ms);
    for (size_t i = old; i < unit->running.len; i++) {
        struct running_turn turn = turn_of(unit, i, slot_ms);
        if (i >= unit->ids.groups.len)
            running_begin(unit->running.at[i], &turn, begin_of(&unit->change));
    }
    running_take(unit->running.at, unit->running.len, &unit->change, &unit->excluded);
}

static void compute(const struct slo_unit *unit, uint32_t group, const struct running_turn *turn,
                    struct group_budgets *budgets)
{
    const struct slo *slo = unit_slo(unit, group);
    const struct running *running = unit->running.at[group];
    for (size_t i = 0; i < slo->n_windows; i++) {
        struct budget_input input = {.period = period_at(&slo->windows[i], turn->slot_ms),
                                     .now_ms = turn->slot_ms,
                                     .expected_units = -1,
                                     .first_minute = ledger_head(unit->ledger)->first_minute,
                                     .value_minute = group ? turn->first_minute : 0,
                                     .sum = running_window(running, i),
                                     .targets = unit->targets.at[group],
                                     .earlier = running_earlier(running, i)};
        if (!input.period.rolling)
            input.expected_units = running_expected_units(running, turn, i);
        budgets->periods[i] = input.period;
        budget_compute(slo, &input, &budgets->at[i]);
    }
    budgets->as_of_ms = turn->slot_ms;
}

void slo_budgets_compute(struct slo_group *group, int64_t slot_ms)
{
    for (size_t k = 0; k < group->units.len; k++) {
        struct slo_unit *unit = &group->units.at[k];
        for (uint32_t i = 0; i < unit->running.len && i < unit->budgets.len; i++) {
            struct running_turn turn = turn_of(unit, i, slot_ms);
            if (running_known(unit->running.at[i]))
                compute(unit, i, &turn, &unit->budgets.at[i]);
        }
    }
}

static bool wants_read(const struct slo_unit *unit, size_t group)
{
    struct minute_span span;
    return !running_known(unit->running.at[group]) || running_wants(unit->running.at[group], &span);
}

bool slo_budgets_read_ahead(struct slo_group *group, const struct evaluation_context *context)
{
    int left = group->slot_ms ? READS_A_STEP : 0;
    for (size_t k = 0; k < group->units.len && left; k++) {
        const struct slo_unit *unit = &group->units.at[k];
        size_t stored = unit->running.len < unit->ids.groups.len ? unit->running.len : unit->ids.groups.len;
        for (size_t i = 0; i < stored && left; i++) {
            struct running_turn turn = turn_of(unit, i, group->slot_ms);
            if (!wants_read(unit, i))
                continue;
            if (!load(unit, i, &turn, context->reader))
                return false; /* the next slot tries again */
            left--;
        }
    }
    return group->slot_ms && left < READS_A_STEP;
}
