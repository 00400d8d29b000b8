/* told: obligations of one evaluation, gathered before its transaction begins, so that the transaction only
 * writes. */
#ifndef SLOBURN_ENGINE_TOLD_H
#define SLOBURN_ENGINE_TOLD_H

#include "base/vec.h"
#include "engine/slo_group.h"

struct told_item {
    struct facts facts;
    struct text *receivers; /* ids of integrations */
    size_t n_receivers;
    struct text change; /* for the history: "page opened", … */
    bool history_only;  /* folded or quiet: nobody is told */
};

struct told {
    struct arena *arena;
    VEC(struct told_item) items;
};

void told_finish(struct told *told);
/* Decides who is told and keeps it. history_only: only a line of history. */
void told_add(struct told *told, const struct config_view *config, const struct facts *facts,
              const char *change, bool history_only);
/* As told_add, but to this one integration, whoever the owner is. */
void told_add_to(struct told *told, const struct facts *facts, struct text receiver, struct text change,
                 bool history_only);
/* Items [from, to). */
struct told_span {
    size_t from, to;
};
/* Inside the transaction that stores what they tell of: obligations and history. `emergency` may be NULL. */
void told_write(const struct told *told, const struct told_span *span, struct database *db,
                struct counters *counters, struct emergency *emergency);
/* The commit failed: items from `from` on, straight to the emergency queue, each message once. */
void told_hand_over(const struct told *told, size_t from, const struct evaluation_context *context);

#endif
