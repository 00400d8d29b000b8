/* policy: what an SLO's budget means and what is done about it (docs/slo-files.md, "policy"). Only what was
 * read; the engine decides and owes the webhooks. */
#ifndef SLOBURN_SLO_POLICY_H
#define SLOBURN_SLO_POLICY_H

#include "slo/budget.h"

/* When an action is taken, or is over: a state of the budget ("critical": that state or a worse one), or an
 * open tier. As an end: a state means that one or a better one; a tier that it is closed. */
struct policy_trigger {
    bool is_tier;
    enum budget_state state;
    struct text tier; /* name, "fast" */
};

struct policy_action {
    struct text name;
    struct policy_trigger when;
    struct policy_trigger until; /* default: healthy; of a tier: that it closes */
    struct text url;             /* http or https */
    struct text body;            /* template (docs/policies.md), "" for the facts as JSON */
    struct text undo_url;        /* "": no undo; else called when `until` comes true */
    struct text undo_body;
    struct text bearer_token_file; /* "" or relative to sloburn.yml; for both addresses */
    int per_day;                   /* at most so often a day (UTC); what ends is always undone */
    struct source_pos pos;
};

struct slo_policy {
    int warning_percent; /* of the budget left: from here down, warning; default 25, of means and totals 15 */
    int critical_percent; /* from here down (events: below), critical; default 10, of means and totals 5 */
    const struct policy_action *actions;
    size_t n_actions;
};

/* Whether a trigger holds as a beginning: the state is as bad, or the tier that it names (is `tier_open`)
 * open. */
bool policy_begins(const struct policy_trigger *when, enum budget_state state, bool tier_open);
/* As an end: the state is as good, or the tier closed. */
bool policy_ends(const struct policy_trigger *until, enum budget_state state, bool tier_open);

#endif
