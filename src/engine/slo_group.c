/* A group of SLOs: restoring, fetching and counting. Filling from history is in slo_fill.c, what follows from
 * the counts in slo_evaluate.c. */
#include "engine/slo_group.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/memory.h"
#include "engine/policies.h"
#include "engine/slo_batch.h"
#include "engine/slo_budgets.h"
#include "engine/slo_expressions.h"
#include "engine/slots.h"
#include "engine/unit_advice.h"
#include "engine/unit_buckets.h"
#include "engine/unit_notes.h"
#include "slo/slo_override.h"
#include "source/source.h"
#include "store/target_rows.h"

/* Selectors of a unit beside its terms: up, process starts, exchange rate. */
enum { OTHERS = 3 };

enum { TABLE_SLACK = 128 << 10 };

static void unit_lay_out(struct slo_unit *unit, const struct correction_set *set, int64_t now_ms)
{
    correction_spans_at(set, unit->slo, CORRECTION_FOR_BUDGETS, now_ms, &unit->excluded);
    correction_spans_at(set, unit->slo, CORRECTION_FOR_BURN, now_ms, &unit->muted);
    ledger_exclude(unit->ledger, unit->muted.at, unit->muted.len);
}

static bool unit_restore(struct slo_unit *unit, const struct slo_group *group,
                         const struct evaluation_context *context, struct err *err)
{
    unit->ledger = ledger_new(unit->slo, group->table, TEXT(""));
    unit_lay_out(unit, context->corrections, context->now_ms);
    if (!ledger_read(context->reader, &unit->ids, group->table, unit->ledger, err))
        return err_context(err, "%.*s", TEXT_ARG(unit->slo->id));
    for (size_t i = 0; i < unit->ids.groups.len; i++) {
        struct burn_state state;
        burn_state_read(context->reader, unit->ids.groups.at[i], unit_slo(unit, i), &state);
        VEC_PUSH(&unit->states, state);
        VEC_PUSH(&unit->budgets, (struct group_budgets){0});
    }
    /* it has been evaluated once its state over all is stored */
    unit->first_start =
        unit->states.len == 0 || !unit->states.at[0].born_ms || meta_get(context->reader, "restored", 0) != 0;
    unit->policies = policies_new(context->reader, unit->slo, unit->ids.slo_id);
    return !db_take_error(context->reader, err);
}

static void unit_release(struct slo_unit *unit)
{
    policies_free(unit->policies);
    unit->policies = NULL;
    slo_budgets_release(unit);
    ledger_free(unit->ledger);
    unit->ledger = NULL;
    VEC_FREE(&unit->states);
    VEC_FREE(&unit->budgets);
}

static void ask_selectors(struct slo_group *group, struct slo_unit *unit)
{
    const struct slo *slo = unit->slo;
    unit->first_term = group->asked.len;
    for (size_t i = 0; i < slo->n_terms; i++)
        VEC_PUSH(&group->asked, selectors_add(&group->selectors, slo->terms[i].expr, slo->terms[i].selector));
    unit->up = unit->starts = unit->rate = SIZE_MAX;
    if (slo->exchange.series)
        unit->rate = selectors_add(&group->selectors, slo->exchange.series, slo->exchange.selector);
    if (!slo->up_expr)
        return;
    unit->up = selectors_add(&group->selectors, slo->up_expr, slo->up_selector);
    const struct expr *starts =
        selector_renamed(slo->up_expr, TEXT("process_start_time_seconds"), &group->arena);
    struct buf text;
    buf_init(&text, 64 << 10);
    buf_puts(&text, "start of ");
    buf_add_text(&text, slo->up_selector);
    unit->starts = selectors_add(&group->selectors, starts, text_copy(&group->arena, buf_text(&text)));
    buf_finish(&text);
}

/* While the availability of a service pages, its latency joins that incident. */
static void join_availability(struct slo_group *group)
{
    for (size_t i = 0; i < group->units.len; i++) {
        struct slo_unit *unit = &group->units.at[i];
        if (unit->slo->kind != SLO_PERCENTILE)
            continue;
        for (size_t k = 0; k < group->units.len; k++) {
            struct slo_unit *other = &group->units.at[k];
            if (other->slo->kind == SLO_EVENTS && text_eq(other->slo->service, unit->slo->service) &&
                text_is(other->slo->name, "availability"))
                unit->availability = other;
        }
    }
}

/* Finds or makes the store's rows of all units, in a transaction of its own. Targets that changed are in
 * force from the first whole minute after the slot that is evaluated next. */
static bool identify(struct slo_group *group, const struct evaluation_context *context, struct err *err)
{
    struct database *db = store_begin(context->store);
    group->slot_ms = evaluation_slot(db, group->name, &group->blind_since_ms);
    int64_t next_ms = slot_after(group->slot_ms, group->interval_ms, context->now_ms);
    for (size_t i = 0; i < group->units.len; i++) {
        struct slo_unit *unit = &group->units.at[i];
        ledger_identify(db, unit->slo, context->now_ms, &unit->ids);
        target_rows_note(db, unit->slo, unit->ids.slo_id, minute_of(next_ms) + 1, group->table);
    }
    return store_commit(context->store, err);
}

/* Availability of each service first, since others look at its state. */
static void order_units(struct slo_group *group, const struct slo *const *slos, size_t n)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n; i++)
            if ((slos[i]->kind == SLO_EVENTS) == (pass == 0))
                VEC_PUSH(&group->units, (struct slo_unit){.slo = slos[i]});
}

struct slo_group *slo_group_new(const struct evaluation_context *context, struct text name,
                                const struct slo *const *slos, size_t n, struct err *err)
{
    struct slo_group *group = memory_alloc_zero(1, sizeof *group);
    arena_init(&group->arena, 0);
    group->table = label_table_new(NULL);
    group->corrections_change = context->corrections ? context->corrections->change : 0;
    group->name = text_copy(&group->arena, name);
    group->interval_ms = context->config->evaluation_interval_ms;
    order_units(group, slos, n);
    bool sound = identify(group, context, err);
    for (size_t i = 0; i < group->units.len && sound; i++) {
        ask_selectors(group, &group->units.at[i]);
        sound = unit_restore(&group->units.at[i], group, context, err);
    }
    if (!sound) {
        slo_group_free(group);
        return NULL;
    }
    join_availability(group);
    return group;
}

void slo_group_free(struct slo_group *group)
{
    if (!group)
        return;
    for (size_t i = 0; i < group->units.len; i++) {
        unit_release(&group->units.at[i]);
        unit_notes_free(group->units.at[i].notes);
        memory_free(group->units.at[i].refusal);
        ledger_ids_finish(&group->units.at[i].ids);
        VEC_FREE(&group->units.at[i].buckets);
        advice_free(group->units.at[i].advice);
        VEC_FREE(&group->units.at[i].excluded);
        VEC_FREE(&group->units.at[i].muted);
    }
    VEC_FREE(&group->units);
    VEC_FREE(&group->asked);
    selectors_finish(&group->selectors);
    label_table_free(group->table);
    arena_finish(&group->arena);
    memory_free(group);
}

static bool unit_reread(struct slo_unit *unit, const struct slo_group *group,
                        const struct evaluation_context *context, struct err *err)
{
    ledger_ids_forget(&unit->ids);
    if (!ledger_find(context->reader, unit->slo, &unit->ids))
        return !db_take_error(context->reader, err) &&
               err_set(err, ERR_STORE, "%.*s is not in the store", TEXT_ARG(unit->slo->id));
    unit_release(unit);
    return unit_restore(unit, group, context, err);
}

void slo_group_renew_table(struct slo_group *group)
{
    if (label_table_bytes(group->table) < 2 * group->table_kept + TABLE_SLACK)
        return;
    struct label_table *table = label_table_new(NULL);
    for (size_t i = 0; i < group->units.len; i++) {
        ledger_move(group->units.at[i].ledger, table);
        ledger_ids_forget_labels(&group->units.at[i].ids);
    }
    label_table_free(group->table);
    group->table = table;
    group->table_kept = label_table_bytes(table);
}

size_t slo_group_bytes(const struct slo_group *group)
{
    size_t bytes = label_table_bytes(group->table);
    for (size_t i = 0; i < group->units.len; i++)
        bytes += ledger_bytes(group->units.at[i].ledger);
    return bytes;
}

bool slo_group_reread(struct slo_group *group, const struct evaluation_context *context, struct err *err)
{
    for (size_t i = 0; i < group->units.len; i++)
        if (!unit_reread(&group->units.at[i], group, context, err))
            return false;
    return true;
}

/* Lays out what is in force now. Budgets that this changes are due at once; where minutes of burn rates
 * change, the ledger in memory is read anew, and if that fails, again at the next evaluation. */
static bool unit_correct(struct slo_unit *unit, const struct slo_group *group,
                         const struct evaluation_context *context, int64_t slot_ms, struct err *err)
{
    struct minute_spans excluded = unit->excluded, muted = unit->muted;
    unit->excluded = unit->muted = (struct minute_spans){0};
    unit_lay_out(unit, context->corrections, slot_ms);
    if (context->corrections->change != group->corrections_change) {
        unit->muted_changed = unit->muted_changed || !minute_spans_equal(&muted, &unit->muted);
        unit->corrected = unit->corrected || !minute_spans_equal(&excluded, &unit->excluded);
    }
    VEC_FREE(&excluded);
    VEC_FREE(&muted);
    if (unit->muted_changed && !unit_reread(unit, group, context, err))
        return false;
    unit->muted_changed = false;
    return true;
}

void slo_group_correct(struct slo_group *group, const struct evaluation_context *context, int64_t slot_ms)
{
    struct err err;
    if (!context->corrections)
        return;
    bool changed = context->corrections->change != group->corrections_change;
    if (!changed && slot_ms < group->corrected_to_ms)
        return;
    if (changed && group->ahead_ms)
        return; /* memory is ahead of the store: not before it is written again */
    for (size_t i = 0; i < group->units.len; i++)
        if (!unit_correct(&group->units.at[i], group, context, slot_ms, &err)) {
            log_line(LOG_ERROR, "the ledger cannot be read", "error", err.message, NULL);
            return;
        }
    group->corrections_change = context->corrections->change;
    group->corrected_to_ms = slot_ms + CORRECTION_AHEAD_MS / 2;
}

const struct slo *unit_slo(const struct slo_unit *unit, uint32_t group)
{
    return slo_for_group(unit->slo, ledger_group_labels(unit->ledger, group));
}

/* Exchange rates that were in force before the batch begins, where a ledger does not know them: those of all
 * units in one request. */
static bool fetch_earlier_rates(struct slo_group *group, const struct evaluation_context *context,
                                struct slo_batch *batch, struct err *err)
{
    size_t n = group->selectors.at.len, n_wanted = 0;
    const struct expr **wanted = ARENA_ARRAY(batch->arena, const struct expr *, n);
    struct raw_request request = {.selectors = wanted, .from_ms = batch->from_ms, .to_ms = batch->from_ms};
    batch->earlier_place = ARENA_ARRAY(batch->arena, size_t, n);
    for (size_t i = 0; i < n; i++)
        batch->earlier_place[i] = SIZE_MAX;
    for (size_t i = 0; i < group->units.len; i++) {
        const struct slo_unit *unit = &group->units.at[i];
        if (!batch->takes[i] || unit->rate == SIZE_MAX)
            continue;
        int64_t from_ms = batch->recount ? batch->from_ms - unit->slo->exchange.max_age_ms
                                         : ledger_rates_wanted_from_ms(unit->ledger, batch->from_ms);
        if (from_ms >= batch->from_ms)
            continue;
        request.from_ms = from_ms < request.from_ms ? from_ms : request.from_ms;
        if (batch->earlier_place[unit->rate] != SIZE_MAX)
            continue;
        batch->earlier_place[unit->rate] = n_wanted;
        wanted[n_wanted++] = group->selectors.at.at[unit->rate];
    }
    request.n_selectors = n_wanted;
    return !n_wanted ||
           source_raw(context->source, &request, group->table, batch->arena, &batch->earlier_rates, err);
}

/* The selectors of a unit, one by one; false: there are no more. SIZE_MAX is no selector. */
static bool unit_selector(const struct slo_group *group, const struct slo_unit *unit, size_t k, size_t *s)
{
    size_t others[OTHERS] = {unit->up, unit->starts, unit->rate};
    size_t n_own = unit->slo->n_terms + OTHERS;
    if (k >= n_own + unit->buckets.len)
        return false;
    *s = k < OTHERS  ? others[k]
         : k < n_own ? group->asked.at[unit->first_term + k - OTHERS]
                     : unit->buckets.at[k - n_own].selector;
    return true;
}

/* Units that need a selector which the source refuses are blind; the others go on. */
static void take_refusals(struct slo_group *group, const struct evaluation_context *context,
                          const struct slo_batch *batch, const bool *refused, const struct err *err)
{
    bool any = false;
    for (size_t i = 0; i < group->units.len; i++) {
        struct slo_unit *unit = &group->units.at[i];
        bool lacks = false;
        size_t s;
        if (!batch->takes[i])
            continue;
        for (size_t k = 0; unit_selector(group, unit, k, &s); k++)
            lacks |= s != SIZE_MAX && refused && refused[batch->place[s]];
        memory_free(unit->refusal);
        unit->refusal = lacks ? memory_copy_text(err->message, strlen(err->message)) : NULL;
        any |= lacks;
    }
    if (any)
        trouble_tell(&group->refused, "the source refuses what some SLOs count by", group->name, err,
                     context->now_ms);
    else if (batch->live)
        (void)trouble_end(&group->refused);
}

static bool fetch_raw(struct slo_group *group, const struct evaluation_context *context,
                      const struct raw_request *request, struct slo_batch *batch, struct err *err)
{
    bool *refused = NULL;
    struct err refusal = {0};
    context->source->partial = false;
    bool good = source_raw(context->source, request, group->table, batch->arena, &batch->raw, &refusal);
    if (!good && batch->apart && request->n_selectors > 1 &&
        (refusal.kind == ERR_INPUT || refusal.kind == ERR_LIMIT)) {
        refused = ARENA_ARRAY(batch->arena, bool, request->n_selectors);
        good = source_raw_each(context->source, request, group->table, batch->arena, &batch->raw, refused,
                               &refusal);
    }
    if (good && batch->apart)
        take_refusals(group, context, batch, refused, &refusal);
    if (!good)
        *err = refusal;
    return good;
}

bool group_fetch(struct slo_group *group, const struct evaluation_context *context, struct slo_batch *batch,
                 struct err *err)
{
    const struct expr **selectors = ARENA_ARRAY(batch->arena, const struct expr *, group->selectors.at.len);
    size_t n = 0;
    batch->place = ARENA_ARRAY(batch->arena, size_t, group->selectors.at.len);
    batch->probed = ARENA_ARRAY_ZERO(batch->arena, const struct series_set *, group->units.len);
    for (size_t i = 0; i < group->selectors.at.len; i++)
        batch->place[i] = SIZE_MAX;
    for (size_t i = 0; i < group->units.len; i++) {
        struct slo_unit *unit = &group->units.at[i];
        if (!batch->takes[i])
            continue;
        size_t s;
        for (size_t k = 0; unit_selector(group, unit, k, &s); k++) {
            if (s == SIZE_MAX || batch->place[s] != SIZE_MAX)
                continue;
            batch->place[s] = n;
            selectors[n++] = group->selectors.at.at[s];
        }
    }
    struct raw_request request = {
        .selectors = selectors, .n_selectors = n, .from_ms = batch->from_ms, .to_ms = batch->to_ms};
    if (n && !fetch_raw(group, context, &request, batch, err)) {
        batch->answer = LEDGER_FAILED;
        return false;
    }
    if (!fetch_earlier_rates(group, context, batch, err)) {
        batch->answer = LEDGER_FAILED;
        return false;
    }
    count(&context->counters->samples_fetched,
          (long long)batch->raw.n_samples + (long long)batch->earlier_rates.n_samples);
    batch->answer = context->source->partial ? LEDGER_PARTIAL : LEDGER_ANSWERED;
    batch->by_target = ARENA_ARRAY_ZERO(batch->arena, struct series_by_target *, n);
    if (batch->answer == LEDGER_ANSWERED)
        group_find_buckets(group, context, batch);
    return true;
}

void batch_finish(struct slo_batch *batch)
{
    for (size_t i = 0; batch->by_target && i < batch->raw.n_sets; i++)
        if (batch->by_target[i])
            series_by_target_finish(batch->by_target[i]);
    batch->by_target = NULL;
}

static const struct series_set *set_at(const struct slo_batch *batch, size_t selector)
{
    return selector == SIZE_MAX || batch->place[selector] == SIZE_MAX
               ? NULL
               : &batch->raw.sets[batch->place[selector]];
}

/* The index of a set that several SLOs share. */
static const struct series_by_target *by_target_at(const struct slo_group *group, struct slo_batch *batch,
                                                   size_t selector)
{
    const struct series_set *set = set_at(batch, selector);
    if (!set)
        return NULL;
    struct series_by_target **index = &batch->by_target[batch->place[selector]];
    if (!*index) {
        struct replica_names names = replica_names_of(group->table, TEXT(""));
        *index = ARENA_NEW(batch->arena, struct series_by_target);
        series_by_target_init(*index, set, group->table, &names);
    }
    return *index;
}

void unit_batch(const struct slo_group *group, const struct slo_unit *unit, struct slo_batch *batch,
                int64_t now_ms, struct ledger_batch *taken)
{
    *taken = (struct ledger_batch){
        .from_ms = batch->from_ms, .to_ms = batch->to_ms, .now_ms = now_ms, .answer = batch->answer};
    if (unit->refusal && batch->apart)
        taken->answer = LEDGER_FAILED;
    if (taken->answer != LEDGER_ANSWERED)
        return;
    struct series_set *terms = ARENA_ARRAY(batch->arena, struct series_set, unit->slo->n_terms);
    for (size_t i = 0; i < unit->slo->n_terms; i++)
        terms[i] = unit_term_set(group, unit, batch, i);
    taken->terms = terms;
    taken->up = set_at(batch, unit->up);
    taken->starts = set_at(batch, unit->starts);
    taken->rates = set_at(batch, unit->rate);
    if (unit->rate != SIZE_MAX && batch->earlier_place[unit->rate] != SIZE_MAX)
        taken->rates_before = &batch->earlier_rates.sets[batch->earlier_place[unit->rate]];
    if (slo_up_is_bare(unit->slo) && slo_target_is_usual(unit->slo)) {
        taken->up_by_target = by_target_at(group, batch, unit->up);
        taken->starts_by_target = by_target_at(group, batch, unit->starts);
    }
}

void unit_take(struct slo_group *group, struct slo_unit *unit, const struct evaluation_context *context,
               struct slo_batch *batch, int64_t now_ms)
{
    const struct slo *slo = unit->slo;
    struct ledger_batch taken;
    unit_batch(group, unit, batch, now_ms, &taken);
    struct minute_values values = {0};
    struct err err;
    if (taken.answer == LEDGER_ANSWERED && slo->n_expressions &&
        !slo_expressions_evaluate(group, unit, context, batch, &values, &err)) {
        log_line(LOG_WARN, "an expression cannot be evaluated", "slo", slo->id.at, "error", err.message,
                 NULL);
        unit_batch(group, unit, &(struct slo_batch){.answer = LEDGER_FAILED}, now_ms, &taken);
    }
    taken.values = values.at;
    taken.n_values = values.len;
    ledger_take(unit->ledger, &taken, &unit->change);
    slo_budgets_take(unit, context->reader, now_ms);
    while (unit->states.len < ledger_groups(unit->ledger)) {
        VEC_PUSH(&unit->states, (struct burn_state){0});
        VEC_PUSH(&unit->budgets, (struct group_budgets){0});
    }
}
