/* Sealed minutes that were unseen, read again: a second ledger counts the batch from nothing, and its minutes
 * replace those stored. A run of unseen minutes is replaced whole or not at all, for a difference that was
 * spread over it is in all of them. */
#include "slo/ledger_steps.h"
#include "slo/varint.h"

/* Minutes of one group as counted again, by minute from `first` on. */
struct again {
    int64_t first;
    size_t n;
    struct minute *minutes;
};

static void put(struct again *again, const struct minute *m)
{
    int64_t i = m->minute - again->first;
    if (i >= 0 && (size_t)i < again->n)
        again->minutes[i] = *m;
}

static void collect(const struct ledger_change *counted, uint32_t group, struct again *again)
{
    memset(again->minutes, 0, again->n * sizeof *again->minutes);
    for (size_t i = 0; i < counted->n_days; i++) {
        struct minute minutes[DAY_MINUTES];
        size_t n;
        struct err err;
        if (counted->days[i].group != group ||
            !day_blob_decode(counted->days[i].blob, counted->days[i].day, minutes, &n, &err))
            continue;
        for (size_t k = 0; k < n; k++)
            put(again, &minutes[k]);
    }
    for (size_t i = 0; i < counted->n_rows; i++)
        if (counted->rows[i].group == group && counted->rows[i].sealed)
            put(again, &counted->rows[i].minute);
}

static const struct minute *seen_again(const struct again *again, int64_t minute)
{
    int64_t i = minute - again->first;
    if (i < 0 || (size_t)i >= again->n)
        return NULL;
    const struct minute *m = &again->minutes[i];
    return m->expected > 0 && m->seen >= m->expected ? m : NULL;
}

static void replace(struct ledger *ledger, uint32_t group, const struct minute *old, const struct minute *new)
{
    struct minute_amend amend = {
        .minute = old->minute,
        .units = wrap_subtract(new->units, old->units),
        .spent = wrap_subtract(new->spent, old->spent),
        .hidden = new->hidden - old->hidden,
        .expected = new->expected - old->expected,
        .seen = new->seen - old->seen,
    };
    sealing_amend(ledger, group, &amend);
}

static bool is_unseen(const struct minute *m, int64_t horizon)
{
    return m->seen < m->expected && m->minute < horizon;
}

static void replace_runs(struct ledger *ledger, const struct ledger_stored *stored, const struct again *again)
{
    int64_t horizon = ledger->head.horizon_ms / MINUTE_MS;
    const struct minute *at = stored->minutes;
    for (size_t i = 0; i < stored->n;) {
        size_t end = i;
        bool whole = true;
        while (end < stored->n && is_unseen(&at[end], horizon) &&
               at[end].minute == at[i].minute + (int64_t)(end - i))
            whole &= seen_again(again, at[end++].minute) != NULL;
        for (size_t k = i; whole && k < end; k++)
            replace(ledger, stored->group, &at[k], seen_again(again, at[k].minute));
        i = end > i ? end : i + 1;
    }
}

static uint32_t same_group(const struct ledger *ledger, const struct labels *labels)
{
    const uint64_t *place = map_find(&ledger->group_index, map_key_of(labels));
    return place ? (uint32_t)*place : UINT32_MAX;
}

void ledger_recount(struct ledger *ledger, const struct ledger_batch *batch,
                    const struct ledger_stored *stored, size_t n_stored, struct ledger_change *change)
{
    struct ledger *second = ledger_new(ledger->slo, ledger->table, TEXT(""));
    struct ledger_batch whole = *batch;
    struct ledger_change counted;
    second->replica_names = ledger->replica_names;
    whole.now_ms = batch->to_ms + LEDGER_SETTLE_MS;
    if (whole.from_ms < batch->to_ms - LEDGER_REACH_MS)
        whole.from_ms = batch->to_ms - LEDGER_REACH_MS;
    ledger_begin_output(ledger);
    ledger_take(second, &whole, &counted);
    struct again again = {.first = minute_of(whole.from_ms)};
    again.n = (size_t)(minute_of(batch->to_ms) - again.first + 1);
    again.minutes = ARENA_ARRAY(&ledger->scratch, struct minute, again.n);
    for (size_t i = 0; i < n_stored && batch->answer == LEDGER_ANSWERED; i++) {
        uint32_t group = stored[i].group < ledger->groups.len
                             ? same_group(second, ledger->groups.at[stored[i].group].labels)
                             : UINT32_MAX;
        if (group == UINT32_MAX)
            continue;
        collect(&counted, group, &again);
        replace_runs(ledger, &stored[i], &again);
    }
    ledger_free(second);
    arena_finish(&ledger->scratch);
    ledger_end_output(ledger, change);
}
