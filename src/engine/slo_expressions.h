/* slo_expressions: SLOs whose inputs are PromQL that terms cannot express: evaluated at the end of each
 * minute. Internal to slo_group. */
#ifndef SLOBURN_ENGINE_SLO_EXPRESSIONS_H
#define SLOBURN_ENGINE_SLO_EXPRESSIONS_H

#include "engine/slo_batch.h"

struct minute_values {
    const struct minute_value *at; /* in the batch's arena; labels of the group's table */
    size_t len;
};

/* The values of all minutes that end in (batch->from_ms, batch->to_ms]. */
NODISCARD bool slo_expressions_evaluate(struct slo_group *group, const struct slo_unit *unit,
                                        const struct evaluation_context *context,
                                        const struct slo_batch *batch, struct minute_values *values,
                                        struct err *err);

#endif
