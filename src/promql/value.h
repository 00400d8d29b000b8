/* value: what an expression evaluates to inside the evaluator: columns over the steps of a grid (evaluator.h
 * tells who owns them). A vector is a list of series, each with one column of n_steps doubles; a step at
 * which a series has no sample holds the marker ABSENT, told from any number by its bits. */
#ifndef SLOBURN_PROMQL_VALUE_H
#define SLOBURN_PROMQL_VALUE_H

#include "base/series.h"
#include "promql/ast.h"

#define ABSENT_BITS 0x7ff4ab5e47000001ULL

static inline uint64_t value_bits(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static inline bool value_absent(double v)
{
    return value_bits(v) == ABSENT_BITS;
}

static inline double value_none(void)
{
    uint64_t bits = ABSENT_BITS;
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

struct vector_series {
    const struct labels *labels;
    double *values;                      /* n_steps */
    const struct histogram **histograms; /* n_steps, or NULL */
    int64_t *
        times_ms; /* the samples' own times (n_steps), only of selectors right below timestamp(); else NULL */
    int64_t *starts_ms; /* their start timestamps, likewise, where known */
    bool drop_name;     /* delayed removal: __name__, __type__ and __unit__ go when the query ends */
};

struct vector {
    struct vector_series *at;
    size_t len;
    size_t cap;
};

/* What a range vector is made of: per series all samples of all windows, stale markers already removed. */
struct range_series {
    const struct labels *labels;
    size_t len;
    const int64_t *times_ms;
    const double *values;
    const int64_t *starts_ms;                  /* or NULL */
    const struct histogram *const *histograms; /* or NULL; where [i] is not NULL values[i] is unused */
    bool drop_name;
};

struct range_vector {
    struct range_series *at;
    size_t len;
    int64_t range_ms;
    int64_t lookback_ms; /* how far anchored and smoothed windows may reach outside */
    int64_t offset_ms;   /* window end = evaluation time - offset, or, if pinned: */
    bool pinned;         /* by @ */
    int64_t pinned_ms;   /* window end, offset applied */
    enum selector_modifier modifier;
    bool subquery;
};

struct value {
    enum value_type type;
    struct vector vector;      /* VALUE_VECTOR */
    struct range_vector range; /* VALUE_MATRIX */
    double *scalar;            /* VALUE_SCALAR: n_steps, never ABSENT */
    struct text string;        /* VALUE_STRING */
    size_t held;               /* samples counted against max_samples; the core's */
};

#endif
