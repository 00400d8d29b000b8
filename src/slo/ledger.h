/* ledger: the counting of one SLO over all its groups. Raw samples go in, changes for the store come out;
 * nothing is extrapolated, so that the sums equal the scraped counters to the last event (DESIGN.md, "The
 * ledger").
 *
 * Settled and open. Up to the *horizon* (5 minutes behind the newest answer, on a minute's border) everything
 * is final: the last sample of each counted series is remembered as of the horizon, minutes before it are
 * sealed. What lies behind the horizon is open: each take counts it afresh from the samples it is given, so
 * late samples need no special path. A take therefore wants every sample since ledger_wanted_from_ms(). After
 * a restart the ledger is restored as of its stored horizon and goes on: what was counted and not committed
 * is counted again, what was committed is not.
 *
 * Groups: group 0 is the SLO over everything. With `by:` every set of values met is a group of its own,
 * numbered as it was met; the number is its identity in the store.
 *
 * Label sets of a batch must be interned in the table given to ledger_new. Not thread-safe. Never fails:
 * samples that make no sense are left out and told as notes.
 *
 * What it says of its samples and targets: slo/ledger_health.h; how it is made anew from what the store
 * holds: slo/ledger_restore.h. */
#ifndef SLOBURN_SLO_LEDGER_H
#define SLOBURN_SLO_LEDGER_H

#include "base/series.h"
#include "slo/ledger_change.h"
#include "slo/recent.h"
#include "slo/series_by_target.h"

struct ledger;

enum ledger_answer {
    LEDGER_ANSWERED, /* the source answered in full */
    LEDGER_PARTIAL,  /* in part: nothing of it is counted, the source is blind */
    LEDGER_FAILED,   /* not at all */
};

/* An SLO of expressions: what its expressions gave for one minute and group. */
struct minute_value {
    int64_t at_ms; /* the minute's end, at which it was evaluated */
    const struct labels
        *labels; /* the by: labels; others are ignored. Group 0 sums all, or is given by NULL */
    double units;
    double spent;   /* in its natural unit */
    bool estimated; /* false for 99% of minutes */
};

/* Samples t with from_ms < t <= to_ms, as scraped: in order per series, duplicates and stale markers are
 * skipped. */
struct ledger_batch {
    int64_t from_ms;
    int64_t to_ms;
    int64_t now_ms; /* the slot; to_ms is not beyond it */
    enum ledger_answer answer;
    const struct series_set *terms;  /* one per term of the SLO, in its order; NULL unless answered */
    const struct series_set *up;     /* of its targets; NULL if the SLO has none */
    const struct series_set *starts; /* process_start_time_seconds of its targets; NULL if unknown */
    /* Of `up` and `starts`, where slo_up_is_bare: shared by all SLOs of the batch. NULL: made for each. */
    const struct series_by_target *up_by_target;
    const struct series_by_target *starts_by_target;
    const struct minute_value *values;
    size_t n_values;
    /* Of the exchange rate, where the SLO has a series: as of ledger_rates_wanted_from_ms(), in one or two
     * sets. */
    const struct series_set *rates;
    const struct series_set *rates_before;
};

/* Borrows both. replica_label: "" for the usual ones (replica, prometheus_replica, __replica__). */
struct ledger *ledger_new(const struct slo *slo, struct label_table *table, struct text replica_label);
void ledger_free(struct ledger *ledger);
size_t ledger_bytes(const struct ledger *ledger);
/* A table only grows; another one, to which all that stand on it are moved, has what is still needed. Not
 * between a take and the use of its change, whose label sets are of the old table. */
void ledger_move(struct ledger *ledger, struct label_table *table);
/* Series and targets that were last sampled before this are forgotten, in memory and at a restart. */
int64_t ledger_remembered_ms(int64_t horizon_ms);
int64_t ledger_wanted_from_ms(const struct ledger *ledger); /* 0: whatever history there is */
void ledger_take(struct ledger *ledger, const struct ledger_batch *batch, struct ledger_change *change);

/* From when a batch from from_ms on wants samples of the exchange rate. A recount wants them from max_age
 * before. */
int64_t ledger_rates_wanted_from_ms(const struct ledger *ledger, int64_t from_ms);

enum rate_state {
    RATE_IN_FORCE,
    RATE_LAST_KNOWN, /* no sample for 5 minutes: it goes on until max_age */
    RATE_TOO_OLD,    /* minutes are unseen, as with the next two */
    RATE_UNKNOWN,
    RATE_SEVERAL,
};
struct ledger_rate {
    enum rate_state state;
    int64_t billionths;
    int64_t at_ms;
    const struct labels *labels; /* of the series that gave it */
};
/* The exchange rate of an SLO with a series, as of the newest answer. */
struct ledger_rate ledger_rate_at(const struct ledger *ledger, int64_t now_ms);
/* Of a rate of at_ms; 0: none was ever seen. */
enum rate_state slo_rate_state(const struct slo *slo, int64_t at_ms, int64_t now_ms);
const char *rate_state_text(enum rate_state state); /* "in force", "last known", … */

/* What cannot be counted, as of the newest answer. */
struct ledger_uncounted {
    int64_t since_ms; /* 0: all is counted */
    enum ledger_note_code why;
    const struct labels *series;
    const struct labels *group; /* whose it is; no labels: of the whole */
};
const struct ledger_uncounted *ledger_uncounted(const struct ledger *ledger);
const char *ledger_uncounted_text(const struct ledger_uncounted *uncounted); /* "samples are …" */

/* Reading again what was sealed unseen: after an hour, a day, before a period closes. `stored`: minutes of a
 * group as the store has them, rising, those of the batch's range. A run of unseen minutes that the batch
 * sees whole is replaced: told as amendments and rows, with NOTE_AMENDED. What was seen, and what lies behind
 * the horizon, is left as it is. */
struct ledger_stored {
    uint32_t group;
    const struct minute *minutes;
    size_t n;
};
void ledger_recount(struct ledger *ledger, const struct ledger_batch *batch,
                    const struct ledger_stored *stored, size_t n_stored, struct ledger_change *change);

const struct slo *ledger_slo(const struct ledger *ledger);
size_t ledger_terms(const struct ledger *ledger);  /* a series of a later term gives the exchange rate */
size_t ledger_groups(const struct ledger *ledger); /* at least 1 */
const struct labels *ledger_group_labels(const struct ledger *ledger, uint32_t group);
/* Since when there are minutes of a group: its history, of a value of the fan-out since it was first seen.
 * INT64_MAX: not yet. */
int64_t ledger_group_first(const struct ledger *ledger, uint32_t group);
struct recent *ledger_recent(struct ledger *ledger, uint32_t group); /* burn windows, open minutes */
const struct ledger_head *ledger_head(const struct ledger *ledger);
/* Minutes that do not count in burn rates, sorted and disjoint; takes a copy. Windows in memory follow from
 * the minutes sealed next; for what is sealed, restore anew. */
void ledger_exclude(struct ledger *ledger, const struct minute_span *spans, size_t n);

#endif
