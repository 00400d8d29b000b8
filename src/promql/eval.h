/* eval: evaluates a parsed expression at one instant or over a range.
 *
 * Pure: samples come from a promql_source, time from the query, and `expired` is asked now and then whether
 * to stop. Semantics are those of Prometheus 3: left-open ranges and lookback, stale markers, Kahan-Neumaier
 * sums, extrapolated rates. Limits give ERR_LIMIT with Prometheus' text. */
#ifndef SLOBURN_PROMQL_EVAL_H
#define SLOBURN_PROMQL_EVAL_H

#include "base/err.h"
#include "base/series.h"
#include "promql/ast.h"
#include "promql/source.h"

struct arena;

struct promql_query {
    int64_t start_ms;
    int64_t end_ms;  /* = start_ms for an instant query */
    int64_t step_ms; /* 0 for an instant query */
};

struct promql_options {
    int64_t lookback_ms;      /* 0: 5 minutes */
    int64_t subquery_step_ms; /* step of [5m:]; 0: 1 minute */
    size_t max_samples;       /* held in memory at once; 0: 50,000,000 */
    size_t max_series;        /* of any intermediate result; 0: 1,000,000 */
    bool delayed_name_removal;
    bool use_start_timestamps;
    bool (*expired)(void *context); /* NULL: never */
    void *expired_context;
};

enum annotation_kind { ANNOTATION_WARNING, ANNOTATION_INFO };

struct annotation {
    enum annotation_kind kind;
    struct text message; /* "PromQL warning: … (1:5)" as Prometheus' API prints it, in the result's arena */
};

/* VALUE_SCALAR and VALUE_VECTOR of an instant query: each series has one sample at start_ms (a scalar: one
 * series without labels). Range queries: always VALUE_MATRIX, sorted by labels. VALUE_MATRIX of an instant
 * query (a range selector): the raw samples. VALUE_STRING: string. */
struct promql_result {
    enum value_type type;
    struct series_set series;
    struct text string;
    struct annotation *annotations;
    size_t n_annotations;
    size_t samples_read; /* that selectors handed to the evaluation */
    size_t peak_samples;
};

/* The result lives in `arena`, label sets in `table`. */
NODISCARD bool promql_eval(const struct expr *expr, struct text expression, const struct promql_query *query,
                           const struct promql_options *options, const struct promql_source *source,
                           struct label_table *table, struct arena *arena, struct promql_result *result,
                           struct err *err);

#endif
