/* bounds_json: where a percentile's threshold lies among the bounds of its histograms, as a member "bounds"
 * of a JSON object (docs/api.md). Nothing is written where each histogram has a bucket at the threshold. */
#ifndef SLOBURN_ENGINE_BOUNDS_JSON_H
#define SLOBURN_ENGINE_BOUNDS_JSON_H

#include "base/json.h"
#include "slo/ledger_health.h"

struct database;

/* As of the last answer. */
void bounds_json(struct json_writer *w, const struct slo *slo, const struct ledger *ledger, uint32_t group);
/* As the status of the group's last evaluation in the store has it. */
void bounds_json_stored(struct json_writer *w, struct database *reader, int64_t group_id);

#endif
