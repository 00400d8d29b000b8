/* source: where the evaluator gets samples from. The one interface through which promql touches the world:
 * implemented over Prometheus' API, over the window store, over the simulated service and over the
 * series of a test (src/source). */
#ifndef SLOBURN_PROMQL_SOURCE_H
#define SLOBURN_PROMQL_SOURCE_H

#include "base/err.h"
#include "base/series.h"
#include "promql/ast.h"

struct arena;

enum select_kind {
    SELECT_INSTANT, /* the newest sample at or before each step, within the lookback */
    SELECT_RANGE,   /* all samples of the windows */
};

/* What one selector needs over a whole query: every sample t with from_ms < t <= to_ms. */
struct select_request {
    const struct expr
        *selector; /* EXPR_SELECTOR: the matchers. Offset and @ are already in the times below */
    enum select_kind kind;
    int64_t from_ms; /* exclusive */
    int64_t to_ms;   /* inclusive */
    /* The evaluation times (offset applied), for a source that can only answer step by step: first, first +
     * step, … <= last. step_ms is 0 for one step. */
    int64_t first_ms;
    int64_t last_ms;
    int64_t step_ms;
    int64_t range_ms;     /* lookback for SELECT_INSTANT, window for SELECT_RANGE */
    bool needs_times;     /* SELECT_INSTANT below timestamp(): times must be the samples' own */
    bool needs_starts;    /* start timestamps are of use */
    struct text function; /* hint: the function right above, "" if none */
    size_t max_samples;   /* 0: no limit; beyond it the source stops and reports ERR_LIMIT */
};

/* Samples come sorted by time, stale markers included where the source has them. A source that answers step
 * by step puts a stale marker at the first step at which a series is gone. The order of series is free.
 * Result columns live in the arena; label sets in the table given. */
struct promql_source {
    void *self;
    bool (*select)(void *self, const struct select_request *request, struct label_table *table,
                   struct arena *arena, struct series_set *result, struct err *err) NODISCARD;
    /* A source that holds a partial answer (a warning of the server) sets *partial. May be NULL. */
    bool (*partial)(void *self);
};

#endif
