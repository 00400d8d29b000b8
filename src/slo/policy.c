/* When actions begin and end. */
#include "slo/policy.h"

bool policy_begins(const struct policy_trigger *when, enum budget_state state, bool tier_open)
{
    return when->is_tier ? tier_open : state >= when->state;
}

bool policy_ends(const struct policy_trigger *until, enum budget_state state, bool tier_open)
{
    return until->is_tier ? !tier_open : state <= until->state;
}
