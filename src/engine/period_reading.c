/* Budgets of a period from the store. */
#include "engine/period_reading.h"

#include "base/arena.h"
#include "slo/forecast.h"

/* The period, the period before (both cut where targets changed), the last day, and of the weeks before whole
 * and part. */
enum { SPANS_MAX = 3 + 2 * FORECAST_WEEKS + 2 * (DATED_TARGETS_MAX + 1) };

struct spans {
    struct minute_span at[SPANS_MAX];
    size_t n;
};

static void add_span(struct spans *spans, int64_t from, int64_t to)
{
    if (from < to)
        spans->at[spans->n++] = (struct minute_span){from, to};
}

static void add_target_spans(struct spans *spans, const struct dated_targets *targets,
                             const struct minute_span *minutes)
{
    for (size_t i = 0; targets && i < targets->len; i++) {
        struct minute_span span = dated_target_minutes(targets, i, minutes->from_minute, minutes->to_minute);
        add_span(spans, span.from_minute, span.to_minute);
    }
}

static struct minute_span minutes_of(const struct period *period)
{
    return (struct minute_span){period->from_ms / MINUTE_MS, period->to_ms / MINUTE_MS};
}

static struct minute_span last_day(const struct period_question *question,
                                   const struct period_reading *reading)
{
    int64_t now = question->now_ms / MINUTE_MS, first = reading->first_minute;
    if (first == INT64_MAX)
        return (struct minute_span){now, now};
    return (struct minute_span){first > now - DAY_MINUTES ? first : now - DAY_MINUTES, now};
}

static bool is_open(const struct period_question *question, const struct period_reading *reading)
{
    return !reading->period.rolling && reading->period.to_ms > question->now_ms;
}

static void place(const struct period_question *question, struct period_reading *reading)
{
    reading->period = period_at(&question->window, question->at_ms);
    if (question->before)
        reading->period = period_before(&question->window, &reading->period, question->before);
    reading->before = period_before(&question->window, &reading->period, 1);
    bool over = reading->period.rolling || reading->period.to_ms < question->now_ms;
    reading->end_ms = over ? reading->period.to_ms : question->now_ms;
    reading->minutes = (struct minute_span){reading->period.from_ms / MINUTE_MS,
                                            (reading->end_ms + MINUTE_MS - 1) / MINUTE_MS};
}

/* All that the sums below ask for, in one read. */
static bool read_source(const struct period_question *question, const struct period_group *group,
                        const struct forecast_ranges *ranges, struct arena *arena,
                        struct period_reading *reading, struct err *err)
{
    struct spans spans = {0};
    add_span(&spans, reading->minutes.from_minute, reading->minutes.to_minute);
    add_target_spans(&spans, group->targets, &reading->minutes);
    if (question->previous) {
        struct minute_span before = minutes_of(&reading->before);
        add_span(&spans, before.from_minute, before.to_minute);
        add_target_spans(&spans, group->targets, &before);
    }
    if (is_open(question, reading)) {
        struct minute_span day = last_day(question, reading);
        add_span(&spans, day.from_minute, day.to_minute);
        for (size_t i = 0; i < ranges->n; i++) {
            add_span(&spans, ranges->week_from[i], ranges->week_to[i]);
            add_span(&spans, ranges->part_from[i], ranges->part_to[i]);
        }
    }
    ledger_windows_source(question->reader, group->id, spans.at, spans.n, question->excluded->at,
                          question->excluded->len, arena, &reading->source);
    return !db_take_error(question->reader, err);
}

bool period_sum(const struct period_question *question, const struct period_reading *reading,
                const struct minute_span *span, struct window_sum *sum, struct err *err)
{
    return window_sum_over(&reading->source, span->from_minute, span->to_minute, question->excluded->at,
                           question->excluded->len, sum, err);
}

/* Sum and earlier targets' share of some minutes, with corrections or without. */
static bool sum_input(const struct period_group *group, const struct period_reading *reading,
                      const struct minute_span *minutes, const struct minute_spans *excluded,
                      struct budget_input *input, struct err *err)
{
    if (!window_sum_over(&reading->source, minutes->from_minute, minutes->to_minute, excluded->at,
                         excluded->len, &input->sum, err))
        return false;
    return !group->targets || earlier_allowed_over(group->targets, group->slo, &reading->source, minutes,
                                                   excluded->at, excluded->len, &input->earlier, err);
}

bool period_target_part(const struct period_question *question, const struct period_group *group,
                        const struct period_reading *reading, size_t i, struct target_part *part, bool *any,
                        struct err *err)
{
    struct slo slo = *group->slo;
    const struct minute_span *minutes = &reading->minutes;
    *part = (struct target_part){
        .minutes = dated_target_minutes(group->targets, i, minutes->from_minute, minutes->to_minute)};
    *any = part->minutes.from_minute < part->minutes.to_minute;
    if (!*any)
        return true;
    slo.allowance_billionths = group->targets->at[i].allowance_billionths;
    if (!period_sum(question, reading, &part->minutes, &part->sum, err))
        return false;
    part->allowed = budget_allowed(&slo, part->sum.units);
    return true;
}

/* Units that an open calendar period will have in all; -1: not known. */
static bool expect(const struct period_question *question, const struct period_reading *reading,
                   const struct forecast_ranges *ranges, const struct window_sum *so_far, int64_t *units,
                   struct err *err)
{
    struct window_sum weeks[FORECAST_WEEKS] = {0}, parts[FORECAST_WEEKS] = {0}, history = {0};
    struct minute_span day = last_day(question, reading);
    for (size_t i = 0; i < ranges->n; i++) {
        struct minute_span week = {ranges->week_from[i], ranges->week_to[i]};
        struct minute_span part = {ranges->part_from[i], ranges->part_to[i]};
        if (!period_sum(question, reading, &week, &weeks[i], err) ||
            !period_sum(question, reading, &part, &parts[i], err))
            return false;
    }
    if (!period_sum(question, reading, &day, &history, err))
        return false;
    *units = forecast_units(ranges, weeks, parts, so_far, &history);
    return true;
}

/* The period with the minutes that corrections took out, where they took any. An open calendar period is
 * expected to bring as many units more as they held. */
static bool undo_corrections(const struct period_question *question, const struct period_group *group,
                             const struct budget_input *corrected, struct period_reading *reading,
                             struct err *err)
{
    const struct minute_span *minutes = &reading->minutes;
    struct budget_input input = *corrected;
    for (size_t i = 0; i < question->excluded->len && !reading->corrected; i++)
        reading->corrected = question->excluded->at[i].from_minute < minutes->to_minute &&
                             question->excluded->at[i].to_minute > minutes->from_minute;
    if (!reading->corrected)
        return true;
    if (!sum_input(group, reading, minutes, &(struct minute_spans){0}, &input, err))
        return false;
    if (input.expected_units >= 0)
        input.expected_units += input.sum.units - corrected->sum.units;
    budget_compute(group->slo, &input, &reading->uncorrected);
    return true;
}

static bool compare(const struct period_question *question, const struct period_group *group,
                    const struct budget_input *present, struct period_reading *reading, struct err *err)
{
    struct minute_span minutes = minutes_of(&reading->before);
    struct budget_input input = *present;
    input.period = reading->before;
    input.expected_units = -1;
    if (!sum_input(group, reading, &minutes, question->excluded, &input, err))
        return false;
    reading->has_previous = input.sum.minutes > 0;
    budget_compute(group->slo, &input, &reading->previous);
    return true;
}

bool period_read(const struct period_question *question, const struct period_group *group,
                 struct arena *arena, struct period_reading *reading, struct err *err)
{
    *reading = (struct period_reading){.first_minute = group->head.first_minute};
    place(question, reading);
    if (group->id && group->is_value) {
        int64_t first = ledger_first_minute(question->reader, group->id);
        if (first > reading->first_minute) /* as ledger_group_first has it */
            reading->first_minute = first;
    }
    struct budget_input input = {.period = reading->period,
                                 .now_ms = question->now_ms,
                                 .expected_units = -1,
                                 .first_minute = group->head.first_minute,
                                 .value_minute = group->is_value ? reading->first_minute : 0,
                                 .targets = group->targets};
    struct forecast_ranges ranges =
        forecast_wanted(&reading->period, question->now_ms, reading->first_minute);
    if (group->id) {
        if (!read_source(question, group, &ranges, arena, reading, err) ||
            !sum_input(group, reading, &reading->minutes, question->excluded, &input, err))
            return false;
        if (is_open(question, reading) &&
            !expect(question, reading, &ranges, &input.sum, &input.expected_units, err))
            return false;
    }
    budget_compute(group->slo, &input, &reading->budget);
    if (!group->id)
        return true;
    return undo_corrections(question, group, &input, reading, err) &&
           (!question->previous || compare(question, group, &input, reading, err));
}
