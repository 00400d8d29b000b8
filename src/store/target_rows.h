/* target_rows: targets by date, for each label set of an SLO's groups, over all its generations. What a
 * target is a share or a mean *of* (kind, scale, range, currency) stands beside it: targets of another
 * measure say nothing of what is counted now and are passed over. Errors are the connection's (database.h).
 */
#ifndef SLOBURN_STORE_TARGET_ROWS_H
#define SLOBURN_STORE_TARGET_ROWS_H

#include "slo/dated_target.h"
#include "store/database.h"

struct label_table;
struct labels;

/* In a transaction: what changed in the definitions by which the SLO's groups are judged is in force from
 * from_minute on. A target that was taken back before it judged a minute leaves nothing behind. */
void target_rows_note(struct database *db, const struct slo *slo, int64_t slo_id, int64_t from_minute,
                      struct label_table *table);
/* In a transaction: a group that is new to the generation. Its first target, if the SLO never had such a
 * group; that of a value without an override is as old as the roll-up's. */
void target_rows_begin(struct database *db, const struct slo *slo, int64_t slo_id,
                       const struct labels *labels, int64_t from_minute);

/* Of the group with these labels, appended to an empty list (dated_target.h). A definition that differs from
 * what is in force is taken to be so from from_minute on. `slo` is the SLO itself, not an override. */
void target_rows_read(struct database *db, const struct slo *slo, int64_t slo_id, const struct labels *labels,
                      int64_t from_minute, struct dated_targets *targets);

#endif
