/* burn_tiers: one tier at one slot, for burn_state.c. */
#ifndef SLOBURN_SLO_BURN_TIERS_H
#define SLOBURN_SLO_BURN_TIERS_H

#include "slo/burn.h"

void burn_tier_evaluate(const struct slo *slo, size_t index, const struct burn_input *input, int64_t born_ms,
                        struct burn_tier_state *state, struct burn_tier_result *result);

#endif
