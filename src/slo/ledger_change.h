/* ledger_change: what a take of a ledger changes, as the store keeps it: head, minutes, days, amendments, the
 * states of series and targets, and notes. In one transaction, it is enough to go on from (ledger_restore_*).
 */
#ifndef SLOBURN_SLO_LEDGER_CHANGE_H
#define SLOBURN_SLO_LEDGER_CHANGE_H

#include "base/labels.h"
#include "slo/day_blob.h"

enum ledger_note_code {
    NOTE_SPENT_ABOVE_UNITS, /* a seen minute spends more than its units can: bad above total, score below 0 */
    NOTE_SPENT_NEGATIVE,    /* less than nothing: good above total, a missing +Inf */
    NOTE_NEGATIVE_SAMPLE,   /* a counter below 0: left out */
    NOTE_NOT_FINITE,        /* NaN or Inf: left out */
    NOTE_TOO_LARGE,         /* a sample beyond what is counted exactly (slo/reading.c): left out */
    NOTE_OUT_OF_RANGE,      /* a minute's scores are above their range: it is unseen */
    NOTE_OVERFLOW,          /* a sum beyond int64: saturated */
    NOTE_DECREASE,          /* fell with an unchanged start timestamp: taken as a reset */
    NOTE_RELABELLED,        /* a child appeared as another vanished: counted from its first sample */
    NOTE_HISTOGRAM,         /* a native histogram where a float was meant: left out */
    NOTE_GROUPS_FULL,       /* beyond max_groups: counted in group 0 only */
    NOTE_TERM_MISSING,      /* a target gives one term's series and lacks those of another */
    NOTE_UNJUDGED,          /* queries of a histogram without a bucket to judge them by: hidden units */
    NOTE_SPREAD,            /* a difference across more than 5 minutes was spread */
    NOTE_NO_RATE,           /* a sample of the exchange rate is not above zero, or NaN or Inf: left out */
    NOTE_SEVERAL_RATES,     /* the exchange rate's selector gives several series at once: none is taken */
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
    uint32_t term;               /* number of terms: the exchange rate, whose value is in billionths */
    const struct labels *labels; /* without the replica label */
    int64_t last_ms;
    int64_t value;    /* rounded, in 1/scale where the term is scaled */
    int64_t start_ms; /* start timestamp given with it; 0 unknown */
    int64_t peak;     /* largest increment per scrape, of late: bounds what a crash may have swallowed */
};

struct ledger_target {
    const struct labels *labels; /* those that make a target: job and instance, or the SLO's target: */
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
    int64_t counted_from; /* rows of earlier minutes change sealed ones: they go with the head */
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

#endif
