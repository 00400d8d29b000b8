/* ledger_target: what a ledger knows of a target's scrapes, whatever it counts there: which replica is looked
 * at, when its samples came, and how far apart. Times are milliseconds; what is "of the batch" lives in the
 * scratch arena of one take. For the files of the ledger; nobody else includes it. */
#ifndef SLOBURN_SLO_LEDGER_TARGET_H
#define SLOBURN_SLO_LEDGER_TARGET_H

#include "slo/ledger.h"

/* What is known of a target's scrapes up to a moment. */
struct pulse {
    const struct symbol *replica; /* NULL: no such label, or none chosen yet */
    int64_t any_ms;
    int64_t good_ms;
    int64_t chain_ms;
    int64_t interval_ms;
    int64_t process_start_ms;
    int32_t odd;
    int32_t up;
};

/* The samples of one series of a batch. */
struct feed_input {
    const struct symbol *replica;
    const struct series *series;
    struct feed_input *next;
};

/* The scrapes of a target as one replica saw them, in a batch. */
struct scrapes {
    const struct symbol *replica;
    int64_t *good;
    size_t n_good;
    int64_t *any;
    size_t n_any;
    size_t cursor;
    struct scrapes *next;
};

/* A stretch of time in which one replica is counted. */
struct stretch {
    const struct symbol *replica;
    int64_t from_ms; /* exclusive */
    int64_t to_ms;   /* inclusive */
};

struct target {
    const struct labels *labels;
    const struct symbol *job; /* of the first series counted there; NULL: none yet, or it has none */
    struct pulse settled;
    struct pulse now;
    /* of the batch: */
    struct feed_input *up;
    struct feed_input *starts;
    struct scrapes *scrapes;
    int64_t *good;   /* the scrapes that count, of the replicas chosen */
    int64_t *limits; /* the silence that each of them would have borne before it */
    size_t n_good;
    size_t hint;  /* where in good was looked last */
    int64_t *any; /* samples of anything, of any replica */
    size_t n_any;
    struct stretch *stretches;
    size_t n_stretches;
    bool in_batch;
    bool shared;      /* an `up` that speaks for several targets spoke for it */
    bool new_process; /* its process start changes within the batch */
};

#endif
