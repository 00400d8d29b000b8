/* slo_budgets: the budgets of a group of SLOs at each slot, from sums in memory (slo/running.h). What is not
 * there (at first, after corrections, after sealed minutes were amended) is read from the store before the
 * slot's change is taken; what leaves a rolling window next is read ahead between slots. So an evaluation
 * reads nothing in the usual case. While memory is ahead of the store nothing is loaded: budgets that would
 * need it stay as they were.
 *
 * The order at a slot: prepare, take for each unit's change, compute. */
#ifndef SLOBURN_ENGINE_SLO_BUDGETS_H
#define SLOBURN_ENGINE_SLO_BUDGETS_H

#include "engine/slo_group.h"

void slo_budgets_prepare(struct slo_group *group, const struct evaluation_context *context, int64_t slot_ms);
/* Right after any change of the unit's ledger, that of a recount too. Reads the targets of groups that are
 * new with it. */
void slo_budgets_take(struct slo_unit *unit, struct database *reader, int64_t slot_ms);
/* unit->budgets, of all that is in memory. */
void slo_budgets_compute(struct slo_group *group, int64_t slot_ms);
/* Between slots, when store and memory stand at the same horizon: a little of what is not in memory, or
 * should be read ahead. True: there was something. */
bool slo_budgets_read_ahead(struct slo_group *group, const struct evaluation_context *context);
/* With the unit's ledger. */
void slo_budgets_release(struct slo_unit *unit);

#endif
