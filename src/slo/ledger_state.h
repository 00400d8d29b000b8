/* ledger_state: the inside of a ledger, for the files that count; what they do with it is in ledger_steps.h.
 * What is settled is kept in `settled`; `now` is the same, counted on to the newest sample, and begins anew
 * from `settled` at each take. */
#ifndef SLOBURN_SLO_LEDGER_STATE_H
#define SLOBURN_SLO_LEDGER_STATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"
#include "slo/buckets.h"
#include "slo/day_stream.h"
#include "slo/ledger_health.h"
#include "slo/ledger_target.h"

#define LEDGER_SETTLE_MS   (5 * MINUTE_MS)  /* younger minutes are open */
#define LEDGER_EXPECT_MS   (5 * MINUTE_MS)  /* a target is expected this long after a sample */
#define LEDGER_GONE_MS     (60 * MINUTE_MS) /* and this long if all are gone */
#define LEDGER_SPREAD_MS   (5 * MINUTE_MS)  /* longer differences are spread */
#define LEDGER_INTERVAL_MS MINUTE_MS        /* between scrapes, until known */
#define LEDGER_FORGET_MS   DAY_MS
#define LEDGER_REACH_MS    (400 * DAY_MS) /* history that one take may span */

#define FAMILY_NONE UINT32_MAX

struct reading {
    int64_t last_ms; /* 0: never */
    int64_t value;
    int64_t start_ms;
    int64_t peak;
};

/* What one bucket of a family tells in a batch. */
struct told {
    double bound;
    bool decides;
    int64_t *at; /* rising */
    int64_t *increments;
    size_t n;
    struct told *next;
};

/* A histogram: series of equal labels but for le and the metric's name (slo/buckets.h). */
struct family {
    const struct labels *labels;
    uint32_t term;       /* the one whose buckets they are */
    struct told *told;   /* of the batch */
    int64_t unjudged_ms; /* of the batch: last increment of its count for which no bucket told; 0: none */
};

/* A child of one term. */
struct counted {
    const struct labels *labels; /* without the replica label */
    const struct symbol *metric;
    uint32_t term;
    uint32_t target;
    uint32_t group;  /* its own group; 0 if there is none beside the whole */
    uint32_t family; /* of a bucket, and of a count that buckets judge; else FAMILY_NONE */
    double bound;    /* of a bucket */
    struct reading settled;
    struct reading now;
    /* of the batch: */
    struct reading origin; /* `settled` as it was */
    struct feed_input *inputs;
    struct told *told; /* of a bucket */
};

/* A series as it comes, mapped to what it feeds. */
struct feed {
    const struct symbol *replica;
    uint32_t counted; /* of a term */
    uint32_t target;
    uint32_t n_targets;           /* when it was looked up, of `up` and process starts */
    const struct labels *partial; /* FEED_PARTIAL: those of the target's labels that it has */
    const struct symbol *job;
};

struct ledger_group {
    const struct labels *labels;
    int64_t first_minute; /* when a value of the fan-out was first seen; before it nothing is told of it */
    struct recent *recent;
    struct day_stream day;
    VEC(struct minute) open;
    struct ledger_uncertain uncertain;
};

/* The newest known sample of the exchange rate. */
struct known_rate {
    const struct labels *labels;
    int64_t at_ms; /* 0: none was ever seen */
    int64_t billionths;
};

struct cell {
    int64_t units;
    int64_t spent;
    int64_t withheld;  /* units whose money could not be converted, or what goes with them not counted: not
                          among `units` */
    int64_t lost;      /* units that resets may have swallowed */
    int64_t spread;    /* of the units, shares of long differences */
    int64_t between;   /* of the units, those between two bounds around the threshold */
    int32_t uncounted; /* targets whose samples cannot be counted */
    uint32_t flags;
};

struct cover {
    int32_t expected;
    int32_t gone; /* expected for an hour */
    int32_t seen;
    bool good; /* a scrape worked in this minute */
};

/* A value of an expression in an open minute, kept until it is sealed. */
struct pending_value {
    int64_t minute;
    uint32_t group;
    bool estimated;
    bool uncounted; /* too large, NaN or Inf: the minute is unseen */
    int64_t units;
    int64_t spent;
};

/* What a take works on: minutes [low, end), of which those before `base` are sealed already. */
struct tally {
    int64_t low;
    int64_t base;
    int64_t settle; /* first minute that stays open */
    int64_t end;
    size_t n_groups;
    struct cell *cells;   /* [group][minute - low] */
    struct cover *cover;  /* [minute - base] */
    int64_t *rates;       /* [minute - base]: billionths, 0: none; NULL: nothing is converted */
    struct map uncounted; /* target, group and minute: uncounted.c */
    int64_t horizon_ms;   /* as it was */
    int64_t settle_ms;    /* as it will be */
    int64_t newest_ms;
    int64_t from_ms; /* samples in (from, to] are looked at */
    int64_t to_ms;
};

struct ledger {
    const struct slo *slo;
    struct label_table *table;
    struct replica_names replica_names;
    const struct symbol *metric_name; /* __name__ */
    const struct symbol *job;
    const struct symbol *target[SLO_TARGET_MAX]; /* names of the labels that make a target */
    size_t n_target;
    const struct symbol *le;
    const struct symbol *by[SLO_BY_MAX];
    uint32_t bucket_term; /* the first that counts buckets; n_terms: none */
    struct ledger_head head;
    VEC(struct target) targets;
    VEC(struct counted) counted;
    VEC(struct family) families;
    VEC(struct ledger_group) groups;
    VEC(struct feed) feeds;
    struct map target_index; /* labels -> target */
    struct map counted_index;
    struct map family_index; /* labels and term */
    struct map group_index;
    struct map feed_index;
    VEC(struct pending_value) pending;
    struct known_rate rate;     /* as of the horizon */
    struct known_rate rate_now; /* as of the newest answer */
    bool several_rates;         /* in the newest minute */
    struct ledger_uncounted uncounted;
    VEC(struct minute_span) excluded;
    struct ledger_note notes[NOTE_CODES];
    struct arena scratch; /* of one take */
    struct buf blobs;
    VEC(struct ledger_row) rows;
    VEC(struct ledger_day) days;
    VEC(struct ledger_amend) amends;
    VEC(struct ledger_series) out_series;
    VEC(struct ledger_target) out_targets;
    VEC(struct ledger_note) out_notes;
    int64_t counted_from; /* minute: the horizon before the present take */
    uint32_t told_groups;
    bool judged; /* the health below is of the last answer */
    enum ledger_health health;
    int64_t health_since_ms;
    int32_t last_expected; /* targets expected in the last minute that was answered for */
    int64_t blind_told;    /* last minute told as unseen while blind */
    struct ledger_bounds bounds;
    int64_t judged_ms;   /* the last sample of a bucket that decides; 0: none since the ledger was made */
    int64_t unjudged_ms; /* the last increment that no bucket judges */
};

static inline struct cell *tally_cell(struct tally *tally, uint32_t group, int64_t minute)
{
    return &tally->cells[(size_t)group * (size_t)(tally->end - tally->low) + (size_t)(minute - tally->low)];
}

#endif
