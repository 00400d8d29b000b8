/* Budgets of an SLO's windows as of the present evaluation: what the store holds up to where the present
 * change begins, and the change's own rows behind that. */
#include "base/arena.h"
#include "base/log.h"
#include "engine/slo_group.h"
#include "slo/forecast.h"

struct budget_reading {
    const struct slo_unit *unit;
    uint32_t group;
    struct database *reader;
    struct arena *arena;
    int64_t change_from; /* the first minute that the change speaks of */
};

static int64_t first_changed_minute(const struct slo_unit *unit, uint32_t group)
{
    int64_t first = unit->change.head.horizon_ms / MINUTE_MS;
    for (size_t i = 0; i < unit->change.n_rows; i++) {
        const struct ledger_row *row = &unit->change.rows[i];
        if (row->group == group && row->minute.minute < first)
            first = row->minute.minute;
    }
    return first;
}

static bool sum_range(const struct budget_reading *reading, int64_t from, int64_t to, struct window_sum *sum)
{
    const struct slo_unit *unit = reading->unit;
    struct err err;
    int64_t stored_to = to < reading->change_from ? to : reading->change_from;
    *sum = (struct window_sum){0};
    if (reading->group < unit->ids.groups.len && from < stored_to) {
        struct window_source source;
        ledger_window_source(reading->reader, unit->ids.groups.at[reading->group], from, stored_to, NULL, 0,
                             reading->arena, &source);
        bool sound = !db_take_error(reading->reader, &err) &&
                     window_sum_over(&source, from, stored_to, NULL, 0, sum, &err);
        if (!sound) {
            log_line(LOG_ERROR, "a budget cannot be read", "slo", unit->slo->id.at, "error", err.message,
                     NULL);
            return false;
        }
    }
    for (size_t i = 0; i < unit->change.n_rows; i++) {
        const struct ledger_row *row = &unit->change.rows[i];
        int64_t minute = row->minute.minute;
        if (row->group == reading->group && minute >= reading->change_from && minute >= from && minute < to)
            window_sum_minute(sum, &row->minute);
    }
    return true;
}

/* Units that an open calendar period will have in all; -1: not known. */
static int64_t expected_units(const struct budget_reading *reading, const struct period *period,
                              int64_t now_ms, const struct window_sum *so_far)
{
    int64_t first = reading->unit->change.head.first_minute;
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
    struct budget_reading reading = {unit, group, context->reader, &arena, first_changed_minute(unit, group)};
    const struct slo *slo = unit_slo(unit, group);
    for (size_t i = 0; i < slo->n_windows; i++) {
        struct period period = period_at(&slo->windows[i], slot_ms);
        int64_t end_ms = period.to_ms < slot_ms || period.rolling ? period.to_ms : slot_ms;
        struct budget_input input = {.period = period,
                                     .now_ms = slot_ms,
                                     .expected_units = -1,
                                     .first_minute = unit->change.head.first_minute};
        int64_t to = (end_ms + MINUTE_MS - 1) / MINUTE_MS;
        if (!sum_range(&reading, period.from_ms / MINUTE_MS, to, &input.sum))
            continue;
        if (!period.rolling)
            input.expected_units = expected_units(&reading, &period, slot_ms, &input.sum);
        budgets->periods[i] = period;
        budget_compute(slo, &input, &budgets->at[i]);
    }
    budgets->as_of_minute = slot_ms / MINUTE_MS;
    arena_finish(&arena);
}
