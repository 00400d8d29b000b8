/* budget_json: how SLOs and their budgets are written as JSON, everywhere. */
#ifndef SLOBURN_ENGINE_BUDGET_JSON_H
#define SLOBURN_ENGINE_BUDGET_JSON_H

#include "base/json.h"
#include "slo/budget.h"
#include "slo/ledger_health.h"

/* Members of the open object: id, environment, service, name, owner, objective, kind, …, labels. */
void slo_identity_json(struct json_writer *w, const struct slo *slo, const struct labels *labels);
/* Members of the open object: what it is for and what it counts: summary, impact, links, sla [{below,
 * credit}], queries [{role, coefficient, query}], allowance, and "expressions" (bool): evaluated once a
 * minute instead of counted raw.
 */
void slo_definition_json(struct json_writer *w, const struct slo *slo);
/* One object: name, from_ms, to_ms, units, spent, allowed, left, … */
void window_json(struct json_writer *w, struct text name, const struct period *period,
                 const struct budget *budget);

/* Members of the open object: objective, target, allowance, from_ms, to_ms of the i-th target; 0: no end on
 * that side. */
void target_json(struct json_writer *w, const struct dated_targets *targets, size_t i);
/* The member "targets": all of them; empty where the target never changed. */
void targets_json(struct json_writer *w, const struct dated_targets *targets);

/* A member: its name and value. */
void json_field_text(struct json_writer *w, const char *name, struct text value);
void json_field_string(struct json_writer *w, const char *name, const char *value);
void json_field_int(struct json_writer *w, const char *name, int64_t value);
void json_field_double(struct json_writer *w, const char *name, double value);
void json_field_bool(struct json_writer *w, const char *name, bool value);

/* The exchange rate, where there is one: {"counted":"USD",…}. `rate`: of an SLO with a series. */
void exchange_json(struct json_writer *w, const struct slo *slo, const struct ledger_rate *rate);

#endif
