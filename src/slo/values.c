/* SLOs of expressions: each minute's values are kept until the minute is sealed (a later value for the same
 * minute replaces the earlier), and booked in every take like increments. Without targets of their own, a
 * minute with a value is seen, and a minute that passed while the source was blind is unseen. */
#include "slo/ledger_steps.h"

#include <math.h>

#define LARGEST_VALUE 9223372036854774784.0

static bool to_scale(double v, int64_t scale, int64_t *out)
{
    v *= (double)scale;
    if (!isfinite(v) || fabs(v) > LARGEST_VALUE)
        return false;
    *out = (int64_t)llround(v);
    return true;
}

static void keep(struct ledger *ledger, struct pending_value value)
{
    for (size_t i = ledger->pending.len; i-- > 0;) {
        struct pending_value *at = &ledger->pending.at[i];
        if (at->minute != value.minute || at->group != value.group)
            continue;
        *at = value;
        return;
    }
    VEC_PUSH(&ledger->pending, value);
}

void values_keep(struct ledger *ledger, const struct ledger_batch *batch)
{
    for (size_t i = 0; i < batch->n_values; i++) {
        const struct minute_value *v = &batch->values[i];
        struct pending_value kept = {.minute = minute_of(v->at_ms), .estimated = v->estimated};
        if (kept.minute < ledger->head.horizon_ms / MINUTE_MS || v->at_ms > batch->now_ms)
            continue;
        if (!to_scale(v->units, 1, &kept.units) || !to_scale(v->spent, ledger->slo->scale, &kept.spent)) {
            ledger_note_at(ledger,
                           isfinite(v->units) && isfinite(v->spent) ? NOTE_TOO_LARGE : NOTE_NOT_FINITE,
                           v->at_ms, v->labels);
            kept.uncounted = true;
            kept.units = kept.spent = 0;
        }
        if (v->labels)
            kept.group = ledger_group_of(ledger, v->labels, NULL);
        ledger->head.matched = true;
        keep(ledger, kept);
    }
}

static void add(struct ledger *ledger, struct tally *tally, const struct pending_value *v, uint32_t group)
{
    struct cell *cell = tally_cell(tally, group, v->minute);
    bool saturated = false;
    cell->units = sum_saturating(cell->units, v->units, &saturated);
    cell->spent = sum_saturating(cell->spent, v->spent, &saturated);
    cell->flags |= v->estimated ? MINUTE_ESTIMATED : 0;
    if (saturated)
        ledger_note_at(ledger, NOTE_OVERFLOW, v->minute * MINUTE_MS, NULL);
}

/* A value that cannot be counted: its minute is unseen, in its group and in the whole. */
static void take_unseen(struct tally *tally, const struct pending_value *v, bool own_cover)
{
    struct cover *cover = &tally->cover[v->minute - tally->base];
    tally_cell(tally, v->group, v->minute)->uncounted = 1;
    tally_cell(tally, 0, v->minute)->uncounted = 1;
    if (own_cover)
        *cover = (struct cover){1, 1, 1, true};
}

void values_book(struct ledger *ledger, struct tally *tally)
{
    const struct ledger_head *head = &ledger->head;
    bool own_cover = ledger->targets.len == 0 && ledger->slo->n_expressions;
    for (size_t i = 0; i < ledger->pending.len; i++) {
        const struct pending_value *v = &ledger->pending.at[i];
        if (v->minute < tally->base || v->minute >= tally->end)
            continue;
        if (v->uncounted) {
            take_unseen(tally, v, own_cover);
            continue;
        }
        add(ledger, tally, v, 0);
        if (v->group)
            add(ledger, tally, v, v->group);
        ledger_group_seen(ledger, v->group, v->minute);
        struct cover *cover = &tally->cover[v->minute - tally->base];
        if (own_cover)
            *cover = (struct cover){1, 1, 1, true};
    }
    for (int64_t m = tally->base; own_cover && head->blind_from_ms && m < tally->end; m++) {
        struct cover *cover = &tally->cover[m - tally->base];
        if (!cover->seen && m * MINUTE_MS >= head->blind_from_ms && m * MINUTE_MS < head->blind_to_ms)
            cover->expected = 1;
    }
}

void values_forget(struct ledger *ledger, int64_t before_minute)
{
    size_t n = 0;
    for (size_t i = 0; i < ledger->pending.len; i++)
        if (ledger->pending.at[i].minute >= before_minute)
            ledger->pending.at[n++] = ledger->pending.at[i];
    ledger->pending.len = n;
}
