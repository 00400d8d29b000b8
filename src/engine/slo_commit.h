/* slo_commit: what an evaluation of a group of SLOs leaves in the store: ledgers, states, obligations,
 * history. One transaction as a rule; where there is more than one may hold, several.
 *
 * A part holds what belongs together: an SLO's ledger with its policies; a burn state with what is told of
 * it. The slot counts once the last part is in. If the process ends between two parts the slot is evaluated
 * again: SLOs whose part is in are at it already and have nothing more to tell, for the others nothing has
 * happened yet. */
#ifndef SLOBURN_ENGINE_SLO_COMMIT_H
#define SLOBURN_ENGINE_SLO_COMMIT_H

#include "engine/slo_group.h"
#include "engine/told.h"

struct slo_commit {
    struct slo_group *group; /* judged: results and told_to of its units are of this slot */
    const struct evaluation_context *context;
    const struct told *told;
    struct arena *arena;
    int64_t slot_ms;
    size_t told_stored; /* so many items of told are in the store, also if a later part fails */
};

/* False: the slot does not count, and what a part has stored stays. */
NODISCARD bool slo_commit(struct slo_commit *commit, struct err *err);

#endif
