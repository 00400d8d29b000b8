/* deliver: obligations to outbox rows, outbox rows to receivers. One message at a time, in order per incident
 * and receiver. Works on the real clock: retries, deadlines and leases are real, whatever the engine's time
 * does. */
#ifndef SLOBURN_ENGINE_DELIVER_H
#define SLOBURN_ENGINE_DELIVER_H

#include "engine/counters.h"
#include "engine/current.h"
#include "engine/emergency.h"
#include "store/store.h"

struct deliver;

struct deliver_options {
    struct store *store;
    struct current *current; /* receivers come from the configuration in force */
    struct counters *counters;
    struct emergency *emergency;
    bool observe; /* nothing is sent: rows stay pending, and the log lists what would have been */
    bool (*aborted)(void *context);
    void *aborted_context;
};

/* What was in flight when the last process ended is pending again. */
NODISCARD struct deliver *deliver_new(const struct deliver_options *options, struct err *err);
void deliver_free(struct deliver *deliver);
/* Expands what is new and sends at most one message that is due, within its receiver's timeout; returns when
 * to call again (ms): now_ms if more may be due. */
int64_t deliver_step(struct deliver *deliver, int64_t now_ms);

#endif
