/* incident: what one PagerDuty key or one Slack thread stands for. Its key is made of facts alone:
 * environment, SLO or rule, labels, class, episode; never of routes or file order. Two sloburns that see the
 * same thing make the same key. The episode is the slot at which it fired. */
#ifndef SLOBURN_NOTIFY_INCIDENT_H
#define SLOBURN_NOTIFY_INCIDENT_H

#include "notify/facts.h"

struct labels;

/* "prod/rag-api/availability{tenant=\"acme\"}/page/2026-11-21T00:31:00Z": at most 255 bytes (PagerDuty's
 * dedup_key); what is longer ends in a digest instead of its labels. `subject` is the SLO's id, or for a rule
 * "environment//alertname"; `labels` may be NULL. */
void incident_key_print(struct text subject, const struct labels *labels, enum incident_class class_,
                        int64_t episode_slot_ms, struct buf *out);

/* Whom an owner's incidents go to, by receivers' names. */
struct owner {
    struct text name;
    struct text *page;
    size_t n_page;
    struct text *ticket;
    size_t n_ticket;
};

struct owners {
    const struct owner *at;
    size_t len;
    const struct owner *fallback; /* the owner named "default", or NULL */
};

/* The receivers an incident is bound to when it opens. A decision that returns its reason: "owner rag-team:
 * page", "owner rag-team has no ticket receivers", … */
struct route_decision {
    const struct text *receivers;
    size_t n_receivers;
    struct text reason; /* in the arena */
};

struct arena;
struct route_decision route_decide(const struct owners *owners, struct text owner, enum incident_class class_,
                                   struct arena *arena);

#endif
