/* bucket_groups: puts the series of a vector together to classic histograms: those with equal labels but for
 * le. */
#ifndef SLOBURN_PROMQL_BUCKET_GROUPS_H
#define SLOBURN_PROMQL_BUCKET_GROUPS_H

#include "promql/classic_histogram.h"
#include "promql/evaluator.h"

struct bucket_column {
    double upper;
    const double *counts; /* by step; ABSENT where there is no sample */
};

struct bucket_group {
    const struct labels *labels; /* without le */
    bool drop_name;
    struct bucket_column *columns; /* sorted by bound */
    size_t len;
    struct classic_bucket *buckets; /* room for len: what bucket_group_at fills */
};

struct bucket_groups {
    struct bucket_group *at; /* in the order of their first series */
    size_t len;
};

/* Groups argument `arg` of a call. Series without a valid le are left out with a warning. The groups live in
 * the evaluation's arena and point into the argument's columns. */
struct bucket_groups bucket_groups_of(struct eval_call *call, size_t arg);
/* The histogram at one step, joined (classic_buckets_join); 0 if there is none. */
size_t bucket_group_at(struct bucket_group *group, size_t step);

#endif
