/* slo_override: an SLO with other targets, tiers, owners or texts for some of its groups ("overrides:"). What
 * is counted is the same for all groups. */
#ifndef SLOBURN_SLO_SLO_OVERRIDE_H
#define SLOBURN_SLO_SLO_OVERRIDE_H

#include "slo/definition.h"

/* Groups whose by: labels match, and their definition: the SLO's own identity, terms and generation, other
 * target, allowance, windows, tiers, policy, owner, texts. */
struct slo_override {
    const struct matcher *matchers;
    size_t n_matchers;
    const struct slo *slo;
    struct source_pos pos;
};

/* The definition by which a group is judged: of the first override that matches its labels, else the SLO
 * itself (also for the roll-up: labels NULL or empty). */
const struct slo *slo_for_group(const struct slo *slo, const struct labels *group);

#endif
