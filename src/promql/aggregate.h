/* aggregate: inside promql, between the aggregation operators. */
#ifndef SLOBURN_PROMQL_AGGREGATE_H
#define SLOBURN_PROMQL_AGGREGATE_H

#include "promql/eval_state.h"

/* Groups in the order in which their first series comes. */
struct aggregate_groups {
    size_t len;
    const struct labels **labels;
    bool *drop_name;     /* any member's */
    uint32_t *of_series; /* the number of each series' group */
};

struct aggregate_call {
    const struct expr *expr;
    struct vector *in;   /* columns may be changed and moved into the result */
    const double *param; /* a column, or NULL */
    struct text label;   /* of count_values */
    struct aggregate_groups groups;
};

struct aggregate_groups aggregate_group(struct eval *ev, const struct expr *expr, const struct vector *v);
/* Appends a group's column to the result. */
void aggregate_add(struct eval *ev, const struct aggregate_groups *groups, size_t group, double *column,
                   struct vector *out);

/* Leaves histograms out, with Prometheus' info: for operators that have no meaning for them. */
void aggregate_ignore_histograms(struct eval *ev, const struct aggregate_call *call, const char *name);

bool aggregate_fold(struct eval *ev, const struct aggregate_call *call, struct vector *out);
bool aggregate_quantile(struct eval *ev, const struct aggregate_call *call, struct vector *out);
bool aggregate_count_values(struct eval *ev, const struct aggregate_call *call, struct vector *out);
bool aggregate_topk(struct eval *ev, const struct aggregate_call *call, struct vector *out);
bool aggregate_limitk(struct eval *ev, const struct aggregate_call *call, struct vector *out);
bool aggregate_limit_ratio(struct eval *ev, const struct aggregate_call *call, struct vector *out);

#endif
