/* upkeep: what keeps the store small, when nothing else is due: once a day what is too old is pruned, piece
 * by piece, and once a minute the write-ahead log goes into the file. */
#ifndef SLOBURN_ENGINE_UPKEEP_H
#define SLOBURN_ENGINE_UPKEEP_H

#include "engine/slo_group.h"
#include "store/retention.h"

/* Zeroed: nothing was done yet. */
struct upkeep {
    int64_t day; /* of the last pruning that began; 0: none */
    bool pruning;
    struct retention retention;
    int64_t compacted_ms;
};

/* One piece, one short transaction. True: there is more to do at once. */
bool upkeep_step(struct upkeep *upkeep, const struct evaluation_context *context);

#endif
