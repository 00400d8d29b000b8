/* Budgets of an SLO's windows as of the present evaluation: what the store holds up to where the present
 * change begins, and the change's own rows behind that. */
#include "base/arena.h"
#include "base/log.h"
#include "engine/slo_group.h"
#include "slo/forecast.h"

#include <stdlib.h>

struct budget_reading {
    const struct slo_unit *unit;
    uint32_t group;
    struct database *reader;
    struct arena *arena;
    const struct minute *changed; /* the group's minutes in the present change, rising */
    size_t n_changed;
};

static int by_minute(const void *a, const void *b)
{
    int64_t x = ((const struct minute *)a)->minute, y = ((const struct minute *)b)->minute;
    return x < y ? -1 : x > y;
}

static void gather_changed(struct budget_reading *reading)
{
    const struct ledger_change *change = &reading->unit->change;
    struct minute *minutes = ARENA_ARRAY(reading->arena, struct minute, change->n_rows);
    for (size_t i = 0; i < change->n_rows; i++)
        if (change->rows[i].group == reading->group)
            minutes[reading->n_changed++] = change->rows[i].minute;
    if (reading->n_changed)
        qsort(minutes, reading->n_changed, sizeof *minutes, by_minute);
    reading->changed = minutes;
}

/* The stored open minutes with those of the change in their place. */
static void put_changed(const struct budget_reading *reading, int64_t from, int64_t to,
                        struct window_source *source)
{
    struct minute *merged = ARENA_ARRAY(reading->arena, struct minute, source->n_open + reading->n_changed);
    size_t n = 0, old = 0;
    for (size_t i = 0; i < reading->n_changed; i++) {
        const struct minute *m = &reading->changed[i];
        if (m->minute < from || m->minute >= to)
            continue;
        while (old < source->n_open && source->open[old].minute < m->minute)
            merged[n++] = source->open[old++];
        if (old < source->n_open && source->open[old].minute == m->minute)
            old++;
        merged[n++] = *m;
    }
    while (old < source->n_open)
        merged[n++] = source->open[old++];
    source->open = merged;
    source->n_open = n;
}

static bool sum_range(const struct budget_reading *reading, int64_t from, int64_t to, struct window_sum *sum)
{
    const struct slo_unit *unit = reading->unit;
    struct window_source source = {0};
    struct err err;
    *sum = (struct window_sum){0};
    if (reading->group < unit->ids.groups.len)
        ledger_window_source(reading->reader, unit->ids.groups.at[reading->group], from, to,
                             unit->excluded.at, unit->excluded.len, reading->arena, &source);
    put_changed(reading, from, to, &source);
    if (!db_take_error(reading->reader, &err) &&
        window_sum_over(&source, from, to, unit->excluded.at, unit->excluded.len, sum, &err))
        return true;
    log_line(LOG_ERROR, "a budget cannot be read", "slo", unit->slo->id.at, "error", err.message, NULL);
    return false;
}

/* Units that an open calendar period will have in all; -1: not known. */
static int64_t expected_units(const struct budget_reading *reading, const struct period *period,
                              int64_t now_ms, const struct window_sum *so_far)
{
    int64_t first = ledger_group_first(reading->unit->ledger, reading->group);
    struct forecast_ranges ranges = forecast_wanted(period, now_ms, first);
    struct window_sum weeks[FORECAST_WEEKS] = {0}, parts[FORECAST_WEEKS] = {0}, history = {0};
    for (size_t i = 0; i < ranges.n; i++)
        if (!sum_range(reading, ranges.week_from[i], ranges.week_to[i], &weeks[i]) ||
            !sum_range(reading, ranges.part_from[i], ranges.part_to[i], &parts[i]))
            return -1;
    int64_t day_ago = now_ms / MINUTE_MS - DAY_MINUTES;
    if (first != INT64_MAX &&
        !sum_range(reading, first > day_ago ? first : day_ago, now_ms / MINUTE_MS, &history))
        return -1;
    return forecast_units(&ranges, weeks, parts, so_far, &history);
}

void slo_budgets_refresh(struct slo_unit *unit, uint32_t group, const struct evaluation_context *context,
                         int64_t slot_ms)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct group_budgets *budgets = &unit->budgets.at[group];
    struct budget_reading reading = {unit, group, context->reader, &arena, NULL, 0};
    gather_changed(&reading);
    const struct slo *slo = unit_slo(unit, group);
    for (size_t i = 0; i < slo->n_windows; i++) {
        struct period period = period_at(&slo->windows[i], slot_ms);
        int64_t end_ms = period.to_ms < slot_ms || period.rolling ? period.to_ms : slot_ms;
        struct budget_input input = {.period = period,
                                     .now_ms = slot_ms,
                                     .expected_units = -1,
                                     .first_minute = unit->change.head.first_minute,
                                     .value_minute = group ? ledger_group_first(unit->ledger, group) : 0};
        int64_t to = (end_ms + MINUTE_MS - 1) / MINUTE_MS;
        if (!sum_range(&reading, period.from_ms / MINUTE_MS, to, &input.sum))
            continue;
        if (!period.rolling)
            input.expected_units = expected_units(&reading, &period, slot_ms, &input.sum);
        budgets->periods[i] = period;
        budget_compute(slo, &input, &budgets->at[i]);
    }
    budgets->as_of_ms = slot_ms;
    arena_finish(&arena);
}
