/* alert: the state machine of a rule's alerts (research: Prometheus' rules/alerting.go Eval). Pure: the
 * rule's result and the slot's time come in, states change, transitions come out. An alert is alertname plus
 * final labels.
 *
 *              result has it            for elapsed
 *   inactive ------------------> pending -----------> firing --(gone, keep_firing_for over)--> inactive
 *                  ^                |                    |                                   (resolved)
 *                  +---- gone ------+                    +-- gone, keep_firing_for runs --> firing (kept)
 *
 * A rule that could not be evaluated (failed, timed out, partial) is blind: states are kept and `for` stands
 * still: the time in which it was blind does not count. */
#ifndef SLOBURN_ALERTING_ALERT_H
#define SLOBURN_ALERTING_ALERT_H

#include "alerting/rule.h"
#include "promql/eval.h"
#include "template/alert.h"

enum alert_phase { ALERT_INACTIVE, ALERT_PENDING, ALERT_FIRING };

/* What the store keeps of an alert. Times are slots, ms. */
struct alert {
    const struct labels *labels; /* final: sample's, rule's, alertname; in the states' label table */
    enum alert_phase phase;
    int64_t active_ms;      /* when it became pending */
    int64_t fired_ms;       /* the episode; 0 while pending */
    int64_t keep_since_ms;  /* 0: not kept */
    int64_t blind_ms;       /* how long it was blind while pending */
    double value;           /* of the last evaluation that had it */
    char *annotations_json; /* expanded at the last such evaluation; owned */
};

enum alert_change {
    ALERT_BECAME_PENDING,
    ALERT_BECAME_FIRING,
    ALERT_RESOLVED,
    ALERT_DROPPED,
    ALERT_REFRESHED
};

struct alert_transition {
    enum alert_change change;
    struct alert *alert; /* after the change; valid until the next evaluation of the rule */
};

struct alert_rule_state; /* all alerts of one rule */

struct alert_rule_state *alert_rule_state_new(void);
void alert_rule_state_free(struct alert_rule_state *state);
/* From the store, at start. Copies. */
void alert_rule_state_restore(struct alert_rule_state *state, const struct alert *alert);
/* Between two evaluations: its label sets are of this table from now on (a table only grows). */
void alert_rule_state_move(struct alert_rule_state *state, struct label_table *table);
size_t alert_rule_state_len(const struct alert_rule_state *state);
const struct alert *alert_rule_state_at(const struct alert_rule_state *state, size_t i);

/* What templates and final labels need beside the rule. */
struct alert_context {
    const struct labels *external_labels; /* or NULL */
    struct text external_url;
    int64_t slot_ms;
    int64_t interval_ms;   /* a blind evaluation stands for this much time */
    template_query *query; /* in templates; NULL: an empty list */
    void *query_self;
    struct label_table *table; /* the states' label sets */
};

struct alert_transitions {
    struct alert_transition *at;
    size_t len;
};

/* One evaluation with a vector (or scalar) result. Transitions live in the arena. ERR_INPUT for doubled label
 * sets and ERR_LIMIT for more alerts than the group's limit: states are then untouched (the rule counts as
 * blind). */
NODISCARD bool alert_evaluate(const struct rule *rule, size_t limit, const struct promql_result *result,
                              const struct alert_context *context, struct alert_rule_state *state,
                              struct arena *arena, struct alert_transitions *transitions, struct err *err);
/* One evaluation that failed. */
void alert_evaluate_blind(const struct rule *rule, const struct alert_context *context,
                          struct alert_rule_state *state);

#endif
