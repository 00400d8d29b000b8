/* slo_facts: what is said about an SLO: facts of its incidents, and its status as JSON for the page, the API
 * and the store. */
#ifndef SLOBURN_ENGINE_SLO_FACTS_H
#define SLOBURN_ENGINE_SLO_FACTS_H

#include "engine/slo_group.h"

struct slo_view {
    const struct config_view *config;
    const struct evaluation_context *context;
    const struct slo_unit *unit;
    uint32_t group;
    const struct slo *slo; /* by which the group is judged: overrides count */
    const struct burn_result *result;
    enum ledger_health health;
    int64_t health_since_ms;
    int64_t slot_ms;
    int64_t now_ms;
};

/* A judged group of an SLO at its slot. */
struct slo_view slo_view_of(const struct evaluation_context *context, const struct slo_unit *unit,
                            uint32_t group, int64_t slot_ms);
/* Facts of a transition; texts in the arena. `class` is what it is told as (a child's page is a ticket). */
void slo_facts(const struct slo_view *view, const struct burn_transition *transition,
               enum incident_class class, struct arena *arena, struct facts *facts);
/* "52.1 % of requests failed", "a query cost ₩23.10 on average", … over one window. */
void slo_measure_print(const struct slo *slo, const struct burn_sum *sum, struct buf *out);
/* One line: "prod/rag-api/availability{tenant="acme"}: 52.1 % of requests failed …". */
struct text slo_facts_line(const struct facts *facts, struct arena *arena);
void slo_status_json(const struct slo_view *view, struct buf *out);
/* "tenant=acme", "" for the roll-up. */
struct text slo_group_text(const struct labels *labels, struct arena *arena);

#endif
