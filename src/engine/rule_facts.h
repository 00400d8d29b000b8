/* rule_facts: what is said about an alert of a Prometheus rule. Labels that sloburn understands: severity (P1
 * to P4, or page, critical, error, warning, ticket, info), owner (or team), service, slo. Annotations:
 * summary, description, impact, runbook_url, first_step. */
#ifndef SLOBURN_ENGINE_RULE_FACTS_H
#define SLOBURN_ENGINE_RULE_FACTS_H

#include "alerting/alert.h"
#include "engine/config.h"

struct arena;

void rule_facts(const struct rule *rule, const struct alert *alert, enum fact_kind kind,
                const struct config_view *config, int64_t slot_ms, struct arena *arena, struct facts *facts);

#endif
