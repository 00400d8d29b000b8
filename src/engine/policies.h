/* policies: what is done when a budget runs low (docs/policies.md): actions of one SLO judged after each
 * evaluation, their webhooks owed through the outbox like a page, each start, end and holding back in the
 * audit, all in the evaluation's transaction.
 *
 * An SLO's policy acts on the budget over all; a value of `by` has actions only by an override with a policy
 * of its own, so that one tenant's recovery does not undo what holds for all. */
#ifndef SLOBURN_ENGINE_POLICIES_H
#define SLOBURN_ENGINE_POLICIES_H

#include "engine/slo_facts.h"
#include "engine/told.h"

struct json_writer;
struct known_changes; /* engine/last_change.h */
struct policies;      /* states of one SLO's actions, all groups */

/* As the store has them. NULL if the SLO has no actions and never had. */
struct policies *policies_new(struct database *reader, const struct slo *slo, int64_t slo_id);
void policies_free(struct policies *policies);

/* What starts, ends or is held back in this slot goes to `told`; texts in the arena, which lives until
 * policies_write. All of these take NULL policies. */
void policies_judge(struct policies *policies, const struct slo_view *view, bool first_start,
                    struct arena *arena, struct told *told);
bool policies_changed(const struct policies *policies, int64_t slot_ms);
/* States and audit. */
void policies_write(struct policies *policies, struct database *db, int64_t slot_ms);
/* Starts and ends of the group's actions. */
void policies_changes(const struct policies *policies, const struct slo_view *view, struct arena *arena,
                      struct known_changes *changes);
/* "actions": the group's actions with their states. */
void policies_json(const struct policies *policies, const struct slo_view *view, struct json_writer *w);

/* Actions of SLOs that the configuration has no more are ended, in a transaction of its own. While a file is
 * refused nothing is: its SLOs may come back. */
NODISCARD bool policies_end_removed(const struct evaluation_context *context, struct err *err);

/* Bodies that are no templates, or too long, are findings. */
void policies_check(const struct slo *slo, struct findings *findings);
/* A receiver per action behind those that the configuration has. */
void policies_add_receivers(struct config_view *config, struct text folder, struct arena *arena);

#endif
