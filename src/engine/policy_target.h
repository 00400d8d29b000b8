/* policy_target: which actions a definition has of its own, and the receivers they go to. Internal to
 * policies.
 */
#ifndef SLOBURN_ENGINE_POLICY_TARGET_H
#define SLOBURN_ENGINE_POLICY_TARGET_H

#include "slo/definition.h"
#include "slo/policy.h"

struct arena;

/* Is the policy of an override only that of its SLO? */
bool policy_is_inherited(const struct slo *slo, const struct slo *override);
struct text policy_receiver_id(const struct slo *slo, const struct policy_action *action, bool is_override,
                               struct arena *arena);

#endif
