/* engine: evaluates everything that is due. serve, replay, demo and tests drive the same one:
 * engine_step(now_ms) evaluates all slots up to now and returns when the next is due; nothing in it sleeps or
 * reads a clock.
 *
 * An evaluation is one group at one slot: SLOs of one interval, split by hash into groups of at most 250, or
 * one group of a rule file. It ends in one transaction: ledger, states, history and one obligation per
 * transition. Slots that were missed are evaluated late, in order, with their own time, up to an hour back.
 * At first start the ledger is filled from history, a chunk a step; chunks are committed, so that a restart
 * goes on where it stopped. */
#ifndef SLOBURN_ENGINE_ENGINE_H
#define SLOBURN_ENGINE_ENGINE_H

#include "engine/config.h"
#include "engine/counters.h"
#include "engine/emergency.h"
#include "store/store.h"

struct engine;
struct source;

struct engine_options {
    struct config *config; /* the engine takes a reference */
    struct store *store;
    struct counters *counters;
    struct emergency *emergency; /* where facts go when a commit fails; may be NULL */
    struct source *source;       /* read in place of the configured one, and borrowed; NULL: open that */
    int64_t now_ms;
    bool (*aborted)(void *context); /* asked between requests: end the step early */
    void *aborted_context;
};

/* Opens source and ledgers, restores states. ERR_STORE, ERR_INPUT; an unreachable source is no error here. */
NODISCARD struct engine *engine_new(const struct engine_options *options, struct err *err);
void engine_free(struct engine *engine);

/* Evaluates what is due at or before now_ms; returns when to call again (now_ms itself: at once, more is
 * waiting). Errors of evaluations become states and counters; the log tells. */
int64_t engine_step(struct engine *engine, int64_t now_ms);
/* Takes a new configuration between steps. False: it cannot be used (the store path or the source's kind
 * changed), the old one goes on. */
NODISCARD bool engine_reload(struct engine *engine, struct config *config, struct err *err);

/* Memory of what is counted: ledgers and label sets. */
size_t engine_ledger_bytes(const struct engine *engine);

/* The simulated service's incident starts now. ERR_USAGE if the source is none. */
NODISCARD bool engine_start_incident(struct engine *engine, int64_t now_ms, struct err *err);

#endif
