/* period_incidents: the incidents that touched a period of an SLO, as JSON, each with what it cost: units and
 * spent from where it began to burn, as they were counted, corrections or not. */
#ifndef SLOBURN_ENGINE_PERIOD_INCIDENTS_H
#define SLOBURN_ENGINE_PERIOD_INCIDENTS_H

#include "base/json.h"
#include "engine/period_reading.h"

/* The member "incidents" of the open object (docs/api.md). `labels`: the group's. A cost that cannot be read
 * is left out. */
void period_incidents_json(struct json_writer *w, const struct period_question *question,
                           const struct period_group *group, const struct labels *labels,
                           const struct period_reading *reading);

#endif
