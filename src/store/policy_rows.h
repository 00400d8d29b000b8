/* policy_rows: where the actions of policies stand, per SLO, group and action. They outlive generations of
 * the ledger and renamings. Inside a transaction of the caller, or on a reader where they only read. */
#ifndef SLOBURN_STORE_POLICY_ROWS_H
#define SLOBURN_STORE_POLICY_ROWS_H

#include "slo/policy_state.h"
#include "store/database.h"

struct policy_row {
    struct text grouping; /* "tenant=acme", "" for the roll-up */
    struct text action;
    struct policy_action_state state;
    /* Of an active action, as they were when it started. */
    struct text incident; /* its key */
    struct text receiver; /* its id */
    struct text undo_url;
    struct text undo_body;
    struct text token_file;
};

/* Rows of one SLO; texts live until `each` returns. */
void policy_rows_each(struct database *db, int64_t slo_id,
                      void (*each)(void *context, const struct policy_row *row), void *context);
/* Active rows of all SLOs, with the SLO's identity and row. */
void policy_active_each(struct database *db,
                        void (*each)(void *context, struct text identity, int64_t slo_id,
                                     const struct policy_row *row),
                        void *context);
void policy_row_write(struct database *db, int64_t slo_id, const struct policy_row *row);
void policy_row_remove(struct database *db, int64_t slo_id, const struct policy_row *row);

#endif
