/* policy_state: when an action of a policy starts, ends or is held back, for one group of an SLO. Pure: the
 * state is a plain struct that the store keeps.
 *
 *            begins, under the limit
 *   idle ─────────────────────────────► active ──ends, and begins no more──► idle
 *    │                                    ▲
 *    └─begins, limit reached─► held back ─┘ the next day, if it still begins
 *
 * An action starts once while its trigger holds. What has started is always ended, whatever the limit says,
 * also when the action has left the file. At a first start what begins is recorded as active without a
 * webhook, and its end calls none. While the source cannot be seen nothing starts and nothing ends. */
#ifndef SLOBURN_SLO_POLICY_STATE_H
#define SLOBURN_SLO_POLICY_STATE_H

#include "slo/burn.h"
#include "slo/policy.h"

/* Per action, stored. Zero-initialise for an action that is new. */
struct policy_action_state {
    int64_t slot_ms;   /* last evaluation: an earlier or equal one changes nothing */
    int64_t active_ms; /* the slot at which it started; 0: it is not active */
    int64_t day;       /* UTC days since 1970: the day in which `started` counts */
    int32_t started;   /* how often in that day */
    bool held;         /* held back by the limit: told once */
    bool quiet;        /* active since a first start: no webhook was called, none is at the end */
};

struct policy_input {
    bool has_budget; /* the budget of the first window is known */
    enum budget_state state;
    const struct slo *slo; /* whose tiers these are */
    const struct burn_state *burn;
    int64_t now_ms; /* the slot */
    bool first_start;
    bool blind;
};

enum policy_event { POLICY_NOTHING, POLICY_START, POLICY_END, POLICY_HELD };

enum policy_reason {
    POLICY_REASON_STATE,   /* the budget is in the state that the action names, or a worse one */
    POLICY_REASON_TIER,    /* the tier that it names is open */
    POLICY_REASON_LIMIT,   /* it has started as often today as it may */
    POLICY_REASON_OVER,    /* `until` holds */
    POLICY_REASON_REMOVED, /* the action is in the file no more */
};

const char *policy_event_text(enum policy_event event); /* "started", "ended", "held back" */
const char *policy_reason_text(enum policy_reason reason);

struct policy_change {
    enum policy_event event;
    enum policy_reason reason;
    int64_t active_ms; /* POLICY_START, POLICY_END: the slot at which it started */
    bool quiet;        /* nobody is called */
};

/* Judges one action; `action` NULL: it is in the file no more. */
struct policy_change policy_judge(const struct policy_action *action, const struct policy_input *input,
                                  struct policy_action_state *state);

#endif
