/* Which piece of upkeep is next. A piece that fails is tried again a minute later. */
#include "engine/upkeep.h"

#include "base/log.h"

enum { COMPACT_EVERY_MS = 60000, PIECES_A_STEP = 20 };

/* Days become blobs a few minutes after midnight; their rows are pruned the same night. */
#define AFTER_MIDNIGHT_MS (10 * MINUTE_MS)

static bool prune_some(struct upkeep *upkeep, const struct evaluation_context *context)
{
    struct err err;
    struct database *db = store_begin(context->store);
    /* owners that have nothing to lose cost next to nothing */
    for (int i = 0; i < PIECES_A_STEP && upkeep->pruning; i++) {
        upkeep->pruning = retention_piece(db, &upkeep->retention, context->now_ms);
        if (db_changes(db) > 0)
            break;
    }
    if (store_commit(context->store, &err))
        return true;
    log_line(LOG_WARN, "the store cannot be pruned", "error", err.message, NULL);
    upkeep->pruning = false;
    return false;
}

static bool compact(struct upkeep *upkeep, const struct evaluation_context *context)
{
    struct err err;
    upkeep->compacted_ms = context->now_ms;
    if (!store_compact(context->store, &err))
        log_line(LOG_WARN, "the store cannot be compacted", "error", err.message, NULL);
    return false;
}

bool upkeep_step(struct upkeep *upkeep, const struct evaluation_context *context)
{
    int64_t day = (context->now_ms - AFTER_MIDNIGHT_MS) / DAY_MS;
    if (upkeep->pruning)
        return prune_some(upkeep, context);
    if (upkeep->day != day) {
        upkeep->day = day;
        upkeep->pruning = true;
        return true;
    }
    if (context->now_ms - upkeep->compacted_ms >= COMPACT_EVERY_MS || context->now_ms < upkeep->compacted_ms)
        return compact(upkeep, context);
    return false;
}
