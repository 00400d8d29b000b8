/* One step of the engine, and its order: history first, then the slots that are due, oldest first, then
 * whether the source is blind, and when nothing is due, what can wait: reading ahead, recounts, advice,
 * upkeep. */
#include "base/buf.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/memory.h"
#include "engine/engine_state.h"
#include "engine/slo_budgets.h"
#include "engine/slo_fill.h"
#include "engine/slots.h"
#include "engine/source_open.h"
#include "source/sim_source.h"
#include "store/state_rows.h"

#include <stdlib.h>
#include <time.h>

/* The simulated service learns of its incident from the store, once it is committed there. */
static void follow_simulation(struct engine *engine)
{
    struct sim *sim = sim_source_sim(engine->source);
    if (!sim)
        return;
    sim_set_horizon(sim, engine->context.now_ms);
    int64_t incident = simulation_incident_ms(engine->context.reader);
    struct err err;
    if (incident && !sim_incident_running(sim, incident) && !sim_start_incident(sim, incident, &err))
        log_line(LOG_WARN, "the incident cannot start", "error", err.message, NULL);
}

static bool aborted(const struct engine *engine)
{
    return engine->options.aborted && engine->options.aborted(engine->options.aborted_context);
}

static void note_skipped(struct engine *engine, int64_t last_ms, int64_t slot_ms, int64_t interval_ms)
{
    if (last_ms && slot_ms - last_ms > interval_ms)
        count(&engine->options.counters->slots_skipped, (slot_ms - last_ms) / interval_ms - 1);
}

static int64_t cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void note_evaluated(struct engine *engine, int64_t slot_ms, int64_t interval_ms, int64_t started_us)
{
    struct counters *counters = engine->options.counters;
    count(&counters->evaluation_cpu_us, cpu_us() - started_us);
    if (engine->context.now_ms - slot_ms > interval_ms)
        count(&counters->evaluations_late, 1);
    atomic_store(&counters->last_slot_ms, slot_ms);
    atomic_store(&counters->last_commit_ms, engine->context.now_ms);
}

static void note_fill(struct engine *engine, double share, int64_t now_ms)
{
    struct counters *counters = engine->options.counters;
    for (size_t i = 0; i < engine->filled.len; i++)
        share += engine->filled.at[i];
    share /= (double)engine->filled.len;
    history_fill_read(&engine->fill, now_ms, share);
    if (engine->context.config->source.kind == SOURCE_SIMULATED)
        engine->fill.asked_ms = 0; /* nobody is there to be spared */
    atomic_store(&counters->fill_percent, share >= 1 ? 99 : (int)(100 * engine->fill.share));
    atomic_store(&counters->fill_left_ms, history_fill_left_ms(&engine->fill, now_ms));
}

static void fill_over(struct engine *engine)
{
    if (atomic_load(&engine->options.counters->fill_percent) < 100)
        memory_give_back(); /* chunks of history are large */
    atomic_store(&engine->options.counters->fill_percent, 100);
    atomic_store(&engine->options.counters->fill_left_ms, 0);
    engine->fill = (struct history_fill){.turn = 0};
}

/* The next group that is not filled, from the one whose turn it is; SIZE_MAX: there is none. */
static size_t next_unfilled(const struct engine *engine)
{
    for (size_t k = 0; k < engine->slo_groups.len; k++) {
        size_t i = (engine->fill.turn + k) % engine->slo_groups.len;
        if (!engine->filled.at[i])
            return i;
    }
    return SIZE_MAX;
}

/* A chunk of history of a group that needs one. True: call again at once. *next_due_ms is the earliest moment
 * for the next where there is more and it may not be read yet. */
static bool fill_some(struct engine *engine, int64_t now_ms, int64_t *next_due_ms)
{
    size_t i;
    while ((i = next_unfilled(engine)) != SIZE_MAX && history_fill_may(&engine->fill, now_ms)) {
        struct slo_group *group = engine->slo_groups.at[i];
        engine->fill.turn = i;
        /* up to the first slot that will be evaluated, so that none sees what came after it */
        int64_t until = group->slot_ms ? slot_after(group->slot_ms, group->interval_ms, now_ms) : now_ms;
        enum fill_state state = slo_group_fill(group, &engine->context, until);
        if (state == FILL_DONE || state == FILL_UNSTORED) {
            engine->filled.at[i] = true;
            continue;
        }
        note_fill(engine, slo_group_filled_share(group, until), now_ms);
        if (state == FILL_MORE)
            return true;
        history_fill_failed(&engine->fill, now_ms, engine->slo_groups.len);
    }
    if (i == SIZE_MAX)
        fill_over(engine);
    else if (engine->fill.rest_to_ms < *next_due_ms)
        *next_due_ms = engine->fill.rest_to_ms;
    return false;
}

/* Slots that were evaluated lie ahead of the clock: it was set back, or had been wrong. None is evaluated
 * twice, so nothing is until it has caught up. */
static void warn_of_clock(struct engine *engine, int64_t last_ms, int64_t interval_ms, int64_t now_ms)
{
    struct buf ahead;
    bool behind = last_ms > now_ms + 2 * interval_ms;
    atomic_store(&engine->options.counters->clock_behind_ms, behind ? last_ms - now_ms : 0);
    if (!behind || llabs(now_ms - engine->clock_told_ms) < 10 * MINUTE_MS)
        return;
    engine->clock_told_ms = now_ms;
    buf_init(&ahead, 64);
    duration_print_human(last_ms - now_ms, &ahead);
    log_line(LOG_ERROR, "the clock is behind what was evaluated: nothing is evaluated until it has caught up",
             "behind", buf_cstring(&ahead), NULL);
    buf_finish(&ahead);
}

/* No slot is due. While the store cannot be written it is tried now and then: true if it can be again. */
static bool wait_for_slot(struct engine *engine, struct slo_group *group, int64_t due_ms,
                          int64_t *next_due_ms)
{
    if (group->ahead_ms && slo_group_resume(group, &engine->context))
        return true;
    if (group->ahead_ms && group->retry_ms < due_ms)
        due_ms = group->retry_ms;
    *next_due_ms = due_ms < *next_due_ms ? due_ms : *next_due_ms;
    return false;
}

/* Once every group has stored what it had evaluated in memory, nothing needs to be remembered of it. */
static void forget_emergency(struct engine *engine)
{
    for (size_t i = 0; i < engine->slo_groups.len; i++) {
        const struct slo_group *group = engine->slo_groups.at[i];
        if (group->ahead_ms || group->slot_ms < group->replay_to_ms)
            return;
    }
    if (engine->options.emergency)
        emergency_over(engine->options.emergency);
}

/* After a backup was restored, what holds is a first state until every group has stored one. */
static void end_restoration(struct engine *engine)
{
    struct err err;
    for (size_t i = 0; i < engine->slo_groups.len && !engine->settled; i++)
        if (!engine->slo_groups.at[i]->evaluated)
            return;
    if (engine->settled)
        return;
    engine->settled = true;
    if (!meta_get(engine->context.reader, "restored", 0))
        return;
    meta_set(store_begin(engine->options.store), "restored", 0);
    if (!store_commit(engine->options.store, &err))
        log_line(LOG_WARN, "the end of the first states cannot be noted", "error", err.message, NULL);
}

/* One slot of one SLO group. False: nothing was due. */
static bool step_slo_group(struct engine *engine, struct slo_group *group, int64_t now_ms,
                           int64_t *next_due_ms)
{
    int64_t last = group->ahead_ms ? group->ahead_ms : group->slot_ms;
    int64_t slot = slot_after(last, group->interval_ms, now_ms);
    warn_of_clock(engine, last, group->interval_ms, now_ms);
    if (slot > now_ms || slot <= last)
        return wait_for_slot(engine, group, slot <= last ? last + group->interval_ms : slot, next_due_ms);
    int64_t started = cpu_us(), reads = db_reads(engine->context.reader);
    bool stored = slo_group_evaluate(group, &engine->context, slot);
    count(&engine->options.counters->evaluation_reads, db_reads(engine->context.reader) - reads);
    if (!stored)
        return true;
    engine->context.first_live = false;
    forget_emergency(engine);
    end_restoration(engine);
    atomic_store(&engine->options.counters->ready, 1);
    note_skipped(engine, last, slot, group->interval_ms);
    note_evaluated(engine, slot, group->interval_ms, started);
    return true;
}

static bool step_rule_group(struct engine *engine, struct rule_group_state *group, int64_t now_ms,
                            int64_t *next_due_ms)
{
    int64_t slot = slot_after(group->slot_ms, group->interval_ms, now_ms);
    if (slot > now_ms || slot <= group->slot_ms) {
        int64_t due = slot <= group->slot_ms ? group->slot_ms + group->interval_ms : slot;
        *next_due_ms = due < *next_due_ms ? due : *next_due_ms;
        return false;
    }
    int64_t started = cpu_us(), last = group->slot_ms;
    if (!rule_group_evaluate(group, &engine->context, slot)) {
        *next_due_ms = now_ms + SECOND_MS < *next_due_ms ? now_ms + SECOND_MS : *next_due_ms;
        return false;
    }
    note_skipped(engine, last, slot, group->interval_ms);
    note_evaluated(engine, slot, group->interval_ms, started);
    return true;
}

static bool step_filled_group(struct engine *engine, size_t i, int64_t now_ms, int64_t *next_due_ms)
{
    struct slo_group *group = engine->slo_groups.at[i];
    bool any = step_slo_group(engine, group, now_ms, next_due_ms);
    if (group->lacks_history && now_ms >= group->refill_ms) {
        group->refill_ms = now_ms + HOUR_MS; /* that it fails again is possible */
        group->lacks_history = engine->filled.at[i] = false;
    }
    return any;
}

/* Whose slot is oldest goes first, so that late slots of all groups are evaluated in the order of their time.
 */
static bool step_oldest(struct engine *engine, int64_t now_ms, int64_t *next_due_ms)
{
    bool any = false;
    for (size_t i = 0; i < engine->slo_groups.len && !aborted(engine); i++)
        if (engine->filled.at[i])
            any = step_filled_group(engine, i, now_ms, next_due_ms) || any;
    for (size_t i = 0; i < engine->rule_groups.len && !aborted(engine); i++)
        any = step_rule_group(engine, engine->rule_groups.at[i], now_ms, next_due_ms) || any;
    return any;
}

static void set_ready_when_empty(struct engine *engine)
{
    if (engine->slo_groups.len == 0)
        atomic_store(&engine->options.counters->ready, 1);
}

/* Nothing is due: what can wait has its turn. True: it wants another. */
static bool step_idle(struct engine *engine)
{
    for (size_t i = 0; i < engine->slo_groups.len; i++)
        if (engine->slo_groups.at[i]->ahead_ms || !engine->filled.at[i])
            return false; /* the store cannot be written, or history is not all there */
    for (size_t i = 0; i < engine->slo_groups.len; i++)
        if (slo_budgets_read_ahead(engine->slo_groups.at[i], &engine->context))
            return true;
    return recount_step(&engine->recount, &engine->context, engine->slo_groups.at, engine->slo_groups.len) ||
           advice_step(&engine->advice, &engine->context, engine->slo_groups.at, engine->slo_groups.len) ||
           upkeep_step(&engine->upkeep, &engine->context);
}

static int64_t step(struct engine *engine, int64_t now_ms)
{
    int64_t next_due = now_ms + engine->context.config->evaluation_interval_ms;
    engine->context.now_ms = now_ms;
    follow_simulation(engine);
    engine_follow_corrections(engine);
    if (fill_some(engine, now_ms, &next_due))
        return now_ms;
    set_ready_when_empty(engine);
    if (step_oldest(engine, now_ms, &next_due) && !aborted(engine))
        return now_ms; /* there may be a further slot */
    blindness_step(&engine->blindness, &engine->context, engine->slo_groups.at, engine->slo_groups.len);
    if (!aborted(engine) && step_idle(engine))
        return now_ms;
    return next_due;
}

int64_t engine_step(struct engine *engine, int64_t now_ms)
{
    int64_t reads = db_reads(engine->context.reader);
    int64_t due_ms = step(engine, now_ms);
    count(&engine->options.counters->engine_reads, db_reads(engine->context.reader) - reads);
    return due_ms;
}
