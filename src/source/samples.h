/* samples: the answers of Prometheus' query API, read straight into columns (10 to 20 ns a sample; a JSON
 * tree takes fifty times as long and as much memory).
 *
 * Both failures and refusals are told in one line:
 *   ERR_INPUT        not JSON, half a JSON, not the API's form, or {"status":"error"} for what we asked
 *   ERR_UNREACHABLE  {"status":"error"} because the server could not: timeout, unavailable, internal,
 * canceled ERR_LIMIT        more samples than allowed, by us or by the server */
#ifndef SLOBURN_SOURCE_SAMPLES_H
#define SLOBURN_SOURCE_SAMPLES_H

#include "base/err.h"
#include "base/series.h"

struct arena;

enum samples_type { SAMPLES_NONE, SAMPLES_VECTOR, SAMPLES_MATRIX, SAMPLES_SCALAR, SAMPLES_STRING };

struct samples_answer {
    enum samples_type type;
    struct series_set series; /* vector: one sample each; scalar: one series without labels, one sample */
    struct text string;
    size_t n_samples;
    size_t
        n_stale; /* samples that came as null: a stale marker of a server that shows them (VictoriaMetrics) */
    size_t n_histograms; /* native histograms, which were skipped: JSON does not carry their schema */
    bool partial;        /* the server warned, or said itself that it is partial */
    struct text warning; /* its first one, or empty */
};

/* Label sets go into the table, all else into the arena; nothing borrows from `body`. Series without float
 * samples are left out. max_samples 0: no limit. */
NODISCARD bool samples_scan(struct text body, size_t max_samples, struct label_table *table,
                            struct arena *arena, struct samples_answer *answer, struct err *err);

#endif
