/* ledger_rows: the ledger in the store: SLOs, generations, groups, minutes, days, and what counting must
 * remember. All functions run inside a transaction of the caller, or on a reader where they only read. Errors
 * are the connection's (database.h), unless said otherwise. */
#ifndef SLOBURN_STORE_LEDGER_ROWS_H
#define SLOBURN_STORE_LEDGER_ROWS_H

#include "base/map.h"
#include "base/vec.h"
#include "slo/ledger.h"
#include "store/database.h"

struct arena;

/* A generation and the rows of its groups, by group number. */
struct ledger_ids {
    int64_t slo_id;
    int64_t generation_id;
    VEC(int64_t) groups; /* group numbers to row ids */
    struct map labels;   /* label sets of the ledger's table to their numbers in the dictionary */
};

void ledger_ids_finish(struct ledger_ids *ids);
/* Groups and label sets are read or made again: after a rollback. */
void ledger_ids_forget(struct ledger_ids *ids);
/* Only label sets: when the ledger gets another table. */
void ledger_ids_forget_labels(struct ledger_ids *ids);

/* The series of a term that was sampled last, as of the horizon; untouched if there is none. */
void ledger_newest_of_term(struct database *db, int64_t generation_id, uint32_t term,
                           struct label_table *table, struct ledger_series *series);
/* The first minute that the store has of a group; INT64_MAX: none. */
int64_t ledger_first_minute(struct database *db, int64_t group_id);

/* Finds or makes the rows of an SLO and its present generation; an SLO that was renamed (was:) keeps its
 * row. */
void ledger_identify(struct database *db, const struct slo *slo, int64_t now_ms, struct ledger_ids *ids);
/* Reads only: false if the store does not know the SLO (or this generation of it). */
bool ledger_find(struct database *db, const struct slo *slo, struct ledger_ids *ids);
/* A change may go in several transactions: first the minutes counted in it, in as many as one likes (a
 * restart counts from the stored head and writes them once more), then all else, which belongs together:
 * head, what it changes in minutes that were sealed before, days, series, targets. Groups beyond ids->groups
 * are made by whatever comes first. A day's rows stay when its blob is written; they are read no more, and
 * retention takes them. */
struct ledger_rows_span {
    size_t from, to; /* of change->rows */
};
void ledger_write_minutes(struct database *db, struct ledger *ledger, const struct ledger_change *change,
                          struct ledger_ids *ids, const struct ledger_rows_span *span);
void ledger_write_state(struct database *db, struct ledger *ledger, const struct ledger_change *change,
                        struct ledger_ids *ids);
/* How much ledger_write_state has to do, in rows. */
size_t ledger_state_changes(const struct ledger_change *change);
/* Both in the caller's one transaction. */
void ledger_write(struct database *db, struct ledger *ledger, const struct ledger_change *change,
                  struct ledger_ids *ids);
/* Restores a new ledger from its rows. False and err for a blob that is damaged. */
NODISCARD bool ledger_read(struct database *db, const struct ledger_ids *ids, struct label_table *table,
                           struct ledger *ledger, struct err *err);
/* A day's totals as they stand in a row: ten columns from `first` on, units to estimated_units. */
struct window_sum ledger_totals_row(struct statement *s, int first);
/* The labels of a group, as a set of `table`. */
const struct labels *ledger_group_row_labels(struct database *db, int64_t group_id,
                                             struct label_table *table);
/* A group's minutes for sums over the windows, in one read: totals of all closed days between, blobs where a
 * window's border or an excluded span needs them, open minutes. In the arena. */
void ledger_windows_source(struct database *db, int64_t group_id, const struct minute_span *windows, size_t n,
                           const struct minute_span *excluded, size_t n_excluded, struct arena *arena,
                           struct window_source *source);
/* A group's minutes of [from, to) one by one, rising, from blobs and open rows. In the arena. */
struct ledger_minutes {
    struct minute *at;
    size_t n;
};
NODISCARD bool ledger_minutes_read(struct database *db, int64_t group_id, int64_t from_minute,
                                   int64_t to_minute, struct arena *arena, struct ledger_minutes *minutes,
                                   struct err *err);
/* May one of [from, to) be unseen? False: none is. */
bool ledger_has_unseen(struct database *db, int64_t group_id, int64_t from_minute, int64_t to_minute);
/* False: nothing was ever counted; *head is untouched. */
bool ledger_head_row(struct database *db, int64_t generation_id, struct ledger_head *head);

/* A label set as the dictionary keeps it: a JSON object. NULL: the empty one. */
void labels_text(const struct labels *labels, struct buf *out);
int64_t labels_id(struct database *db, const struct labels *labels);
const struct labels *labels_of_id(struct database *db, int64_t id, struct label_table *table);

#endif
