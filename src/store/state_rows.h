/* state_rows: what an evaluation leaves behind beside the ledger: slots that are done, burn states, the
 * numbers of the last evaluation (for the page, the API and status), alerts of rules, history. Inside a
 * transaction of the caller, or on a reader where they only read. */
#ifndef SLOBURN_STORE_STATE_ROWS_H
#define SLOBURN_STORE_STATE_ROWS_H

#include "alerting/alert.h"
#include "slo/burn.h"
#include "store/database.h"

struct arena;

/* The last slot of a group of evaluations that was committed; 0: none. blind_since_ms: 0 while it can see. */
int64_t evaluation_slot(struct database *db, struct text name, int64_t *blind_since_ms);
void evaluation_done(struct database *db, struct text name, int64_t slot_ms, int64_t blind_since_ms);

/* Burn state of a ledger group (row id), as it was written, whatever the tiers are now; `slo` is what the
 * group is judged by, and the tiers' states come in its order (burn_state_move). Zeroed if there is none. */
void burn_state_read(struct database *db, int64_t group_id, const struct slo *slo, struct burn_state *state);
/* `status`: JSON of the evaluation's numbers, made by the engine. */
void burn_state_write(struct database *db, int64_t group_id, const struct slo *slo,
                      const struct burn_state *state, struct text status);

/* Appends the group's last status; false if it has none. */
bool slo_status_read(struct database *db, int64_t group_id, struct buf *out);
/* Every SLO's last status: identity, labels of the group as JSON, the status, its slot. */
void slo_statuses_each(struct database *db,
                       void (*each)(void *context, struct text identity, struct text labels,
                                    struct text status, int64_t slot_ms, int64_t group_id),
                       void *context);

/* Alerts of one rule ("file;group;name", an identity of the engine's choice: environment/alertname). */
void alerts_read(struct database *db, struct text rule, struct label_table *table,
                 struct alert_rule_state *state);
/* Replaces the rows of a rule by its alerts' present states. */
void alerts_write(struct database *db, struct text rule, const struct alert_rule_state *state);
/* Drops the rows of a rule that is no more. */
void alerts_forget(struct database *db, struct text rule);
void alerts_each(struct database *db, struct label_table *table,
                 void (*each)(void *context, struct text rule, const struct alert *alert), void *context);

/* One line of history. `detail` is JSON or "". */
void history_add(struct database *db, int64_t at_ms, struct text subject, struct text change,
                 struct text detail);
void history_each(struct database *db, int64_t from_ms, int64_t to_ms, struct text subject, size_t most,
                  void (*each)(void *context, int64_t at_ms, struct text subject, struct text change,
                               struct text detail),
                  void *context);

#endif
