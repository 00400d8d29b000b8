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
 * samples that make no sense are left out and told as notes. */
#ifndef SLOBURN_SLO_LEDGER_H
#define SLOBURN_SLO_LEDGER_H

#include "base/series.h"
#include "slo/day_blob.h"
#include "slo/recent.h"

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
    const struct minute_value *values;
    size_t n_values;
};

enum ledger_note_code {
    NOTE_SPENT_ABOVE_UNITS, /* a seen minute spends more than its units can: bad above total, score below 0 */
    NOTE_SPENT_NEGATIVE,    /* less than nothing: good above total, score above its range, a missing +Inf */
    NOTE_NEGATIVE_SAMPLE,   /* a counter below 0: left out */
    NOTE_NOT_FINITE,        /* NaN or Inf: left out */
    NOTE_TOO_LARGE,         /* a sample beyond int64 in the SLO's scale: left out */
    NOTE_OVERFLOW,          /* a sum beyond int64: saturated */
    NOTE_DECREASE,          /* fell with an unchanged start timestamp: taken as a reset */
    NOTE_RELABELLED,        /* a child appeared as another vanished: counted from its first sample */
    NOTE_HISTOGRAM,         /* a native histogram where a float was meant: left out */
    NOTE_GROUPS_FULL,       /* beyond max_groups: counted in group 0 only */
    NOTE_TERM_MISSING,      /* a target gives one term's series and lacks those of another */
    NOTE_SPREAD,            /* a difference across more than 5 minutes was spread */
    NOTE_AMENDED,           /* a sealed minute was changed: goes to the audit */
    NOTE_CODES,
};

struct ledger_note {
    enum ledger_note_code code;
    uint64_t count;
    int64_t at_ms;               /* of the first */
    const struct labels *series; /* of the first; NULL if it is none's */
};

const char *ledger_note_text(enum ledger_note_code code); /* one line for people, lower case */

/* What must be stored, in one transaction, and is enough to go on from. */
struct ledger_head {
    int64_t horizon_ms;    /* 0: nothing settled yet */
    int64_t first_minute;  /* of the history; INT64_MAX: none yet */
    int64_t answered_ms;   /* to_ms of the last full answer */
    int64_t newest_ms;     /* the newest sample of any target */
    int64_t blind_from_ms; /* the last blind span that is over; 0: none */
    int64_t blind_to_ms;
    int64_t blind_since_ms; /* 0: the last answer was full */
    bool matched;           /* a term has matched something, ever */
};

struct ledger_row {
    uint32_t group;
    bool sealed;
    struct minute minute;
};

struct ledger_day {
    uint32_t group;
    int64_t day; /* its rows may be deleted */
    struct text blob;
    struct window_sum totals;
};

struct ledger_amend { /* to a minute whose day is closed; those of open days come as rows */
    uint32_t group;
    struct minute_amend amend;
};

struct ledger_series {
    uint32_t term;
    const struct labels *labels; /* without the replica label */
    int64_t last_ms;
    int64_t value;    /* rounded, in 1/scale where the term is scaled */
    int64_t start_ms; /* start timestamp given with it; 0 unknown */
    int64_t peak;     /* largest increment per scrape, of late: bounds what a crash may have swallowed */
};

struct ledger_target {
    const struct labels *labels; /* job and instance */
    struct text replica;         /* the one that is counted; "" if there is no such label */
    int64_t any_ms;              /* last sample of anything, up = 0 included */
    int64_t good_ms;             /* last sample of a scrape that worked */
    int64_t chain_ms;            /* since when without a silence of 2.5 scrapes */
    int64_t interval_ms;         /* between scrapes, estimated; 0 unknown */
    int64_t process_start_ms;    /* 0 unknown */
    int32_t odd;                 /* spacings in a row that do not fit the estimate */
    int32_t up;                  /* 1, 0, or -1: never sampled */
};

/* Views of what changed; valid until the next take, restore or free. */
struct ledger_change {
    struct ledger_head head;
    const struct ledger_row *rows; /* upsert; open and sealed minutes of open days */
    size_t n_rows;
    const struct ledger_day *days;
    size_t n_days;
    const struct ledger_amend *amends;
    size_t n_amends;
    const struct ledger_series *series; /* as of the horizon; only when it moved */
    size_t n_series;
    const struct ledger_target *targets;
    size_t n_targets;
    uint32_t first_new_group; /* groups from here to ledger_groups() are new */
    const struct ledger_note *notes;
    size_t n_notes;
};

/* Borrows both. replica_label: "" for the usual ones (replica, prometheus_replica, __replica__). */
struct ledger *ledger_new(const struct slo *slo, struct label_table *table, struct text replica_label);
void ledger_free(struct ledger *ledger);
size_t ledger_bytes(const struct ledger *ledger);
int64_t ledger_wanted_from_ms(const struct ledger *ledger); /* 0: whatever history there is */
void ledger_take(struct ledger *ledger, const struct ledger_batch *batch, struct ledger_change *change);

size_t ledger_groups(const struct ledger *ledger); /* at least 1 */
const struct labels *ledger_group_labels(const struct ledger *ledger, uint32_t group);
struct recent *ledger_recent(struct ledger *ledger, uint32_t group); /* burn windows, open minutes */

enum ledger_health { HEALTH_SEEN, HEALTH_BLIND, HEALTH_DOWN, HEALTH_IDLE, HEALTH_MISCONFIGURED };
const char *ledger_health_text(enum ledger_health health); /* "seen", "blind", … */
/* What the table "Blind is not healthy" of the ledger says, and since when. */
enum ledger_health ledger_health_at(const struct ledger *ledger, int64_t now_ms, int64_t *since_ms);

/* Restore, in this order, into a new ledger: head, groups by number, targets, series, then per group its
 * minutes up to the horizon, rising: all of the open day and of ledger_recall_ms() before (from blobs,
 * decoded). */
int64_t ledger_recall_ms(const struct ledger *ledger);
void ledger_restore_head(struct ledger *ledger, const struct ledger_head *head);
void ledger_restore_group(struct ledger *ledger, const struct labels *labels);
void ledger_restore_target(struct ledger *ledger, const struct ledger_target *target);
void ledger_restore_series(struct ledger *ledger, const struct ledger_series *series);
void ledger_restore_minute(struct ledger *ledger, uint32_t group, const struct minute *minute);
/* Minutes that do not count in burn rates, sorted and disjoint; takes a copy. Windows in memory follow from
 * the minutes sealed next; for what is sealed, restore anew. */
void ledger_exclude(struct ledger *ledger, const struct minute_span *spans, size_t n);

#endif
