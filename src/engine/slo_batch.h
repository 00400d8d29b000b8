/* slo_batch: the samples of one fetch for a group of SLOs, on their way into the ledgers. Internal to
 * what fetches for a group: slo_group, slo_fill, slo_evaluate, recount and unit_buckets. */
#ifndef SLOBURN_ENGINE_SLO_BATCH_H
#define SLOBURN_ENGINE_SLO_BATCH_H

#include "engine/slo_group.h"
#include "source/source.h"

struct slo_batch {
    struct arena *arena;
    bool *takes; /* by unit: is it part of this batch */
    int64_t from_ms;
    int64_t to_ms;
    enum ledger_answer answer;
    bool live;    /* of the present slot, not of history or a recount */
    bool recount; /* its ledgers count it from nothing */
    bool apart;   /* what the source refuses is left out, and the rest goes on */
    struct raw_result raw;
    struct raw_result earlier_rates; /* exchange rates from before from_ms */
    size_t *earlier_place;           /* by selector of the group: its set in earlier_rates, or SIZE_MAX */
    size_t *place;                   /* by selector of the group: its set in raw, SIZE_MAX: not asked for */
    struct series_by_target **by_target; /* by set in raw; made when first wanted, by unit_batch */
    const struct series_set **probed; /* by unit: sets of its terms that count buckets; NULL: those of raw */
};

/* Fetches what the taking units want. False and err: failed; batch->answer is set in any case. */
NODISCARD bool group_fetch(struct slo_group *group, const struct evaluation_context *context,
                           struct slo_batch *batch, struct err *err);
/* What the batch holds beside its arena. */
void batch_finish(struct slo_batch *batch);
/* The samples of one unit's terms, of `up` and of process starts, without the values of expressions. */
void unit_batch(const struct slo_group *group, const struct slo_unit *unit, struct slo_batch *batch,
                int64_t now_ms, struct ledger_batch *taken);
/* Counts one unit's share: unit->change. */
void unit_take(struct slo_group *group, struct slo_unit *unit, const struct evaluation_context *context,
               struct slo_batch *batch, int64_t now_ms);
/* Ledgers and states as the store has them, after a commit failed. */
NODISCARD bool slo_group_reread(struct slo_group *group, const struct evaluation_context *context,
                                struct err *err);

#endif
