/* rule_group: the evaluation of one group of a rule file at one slot. */
#ifndef SLOBURN_ENGINE_RULE_GROUP_H
#define SLOBURN_ENGINE_RULE_GROUP_H

#include "engine/slo_group.h"
#include "engine/trouble.h"

struct rule_unit;

struct rule_group_state {
    const struct rule_group *group;
    struct text name; /* in the store: "rules/FILE;GROUP" */
    struct rule_unit *rules;
    struct label_table *table; /* of the alerts' states */
    size_t table_kept;         /* its bytes when it was made */
    struct arena arena;
    int64_t interval_ms;
    int64_t slot_ms;
    int64_t blind_since_ms;
    struct trouble unwritable; /* the store */
};

/* Restores the states of the group's alerts. */
NODISCARD struct rule_group_state *rule_group_new(const struct evaluation_context *context,
                                                  const struct rule_group *group, struct err *err);
void rule_group_free(struct rule_group_state *state);
/* One slot. False: it could not be committed, and is still due. */
NODISCARD bool rule_group_evaluate(struct rule_group_state *state, const struct evaluation_context *context,
                                   int64_t slot_ms);

#endif
