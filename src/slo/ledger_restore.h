/* ledger_restore: a ledger made anew from what the store holds, as of its stored horizon: nothing open is
 * restored, the next take counts it again. */
#ifndef SLOBURN_SLO_LEDGER_RESTORE_H
#define SLOBURN_SLO_LEDGER_RESTORE_H

#include "slo/ledger.h"

/* In this order, into a new ledger: head, groups by number, targets, series, then per group its
 * minutes up to the horizon, rising: all of the open day and of ledger_recall_ms() before (from blobs,
 * decoded). */
int64_t ledger_recall_ms(const struct ledger *ledger);
void ledger_restore_head(struct ledger *ledger, const struct ledger_head *head);
/* first_minute: the first of its stored minutes; INT64_MAX: it has none. */
void ledger_restore_group(struct ledger *ledger, const struct labels *labels, int64_t first_minute);
void ledger_restore_target(struct ledger *ledger, const struct ledger_target *target);
void ledger_restore_series(struct ledger *ledger, const struct ledger_series *series);
void ledger_restore_minute(struct ledger *ledger, uint32_t group, const struct minute *minute);

#endif
