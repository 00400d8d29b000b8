/* functions_sort: sort, sort_desc, sort_by_label, sort_by_label_desc. Order shows in instant queries only;
 * elsewhere these functions say so and change nothing. */
#include "promql/functions.h"
#include "promql/natural_order.h"

#include <math.h>
#include <stdlib.h>

static const char INEFFECTIVE[] =
    "sort is ineffective for range queries since results are always ordered by labels";

/* NaN goes last in both directions, below. */
static int by_value(double a, double b)
{
    if (isnan(a) || isnan(b))
        return 0;
    return (a > b) - (a < b);
}

static int nan_last(double a, double b)
{
    return (isnan(a) != 0) - (isnan(b) != 0);
}

static int compare_ascending(const void *a, const void *b)
{
    double x = ((const struct vector_series *)a)->values[0];
    double y = ((const struct vector_series *)b)->values[0];
    int nan = nan_last(x, y);
    return nan ? nan : by_value(x, y);
}

static int compare_descending(const void *a, const void *b)
{
    double x = ((const struct vector_series *)a)->values[0];
    double y = ((const struct vector_series *)b)->values[0];
    int nan = nan_last(x, y);
    return nan ? nan : by_value(y, x);
}

/* Only floats have an order: histograms go. */
static void sort_by_value(struct eval_call *call, int (*compare)(const void *, const void *))
{
    struct eval *ev = call->eval;
    struct vector v = call_take(call, 0);
    for (size_t i = 0; i < v.len; i++)
        v.at[i].histograms = NULL;
    if (ev->n_steps > 1)
        eval_warn(ev, call->expr, INEFFECTIVE);
    else if (v.len > 1)
        qsort(v.at, v.len, sizeof *v.at, compare);
    call->result.vector = v;
}

void function_sort(struct eval_call *call)
{
    sort_by_value(call, compare_ascending);
}

void function_sort_desc(struct eval_call *call)
{
    sort_by_value(call, compare_descending);
}

static int compare_by_labels(const void *a, const void *b, void *context)
{
    const struct eval_call *call = context;
    const struct labels *x = ((const struct vector_series *)a)->labels;
    const struct labels *y = ((const struct vector_series *)b)->labels;
    for (size_t arg = 1; arg < call->n_args; arg++) {
        struct text name = call_string(call, arg);
        int order = natural_compare(labels_value(x, name), labels_value(y, name));
        if (order != 0)
            return order;
    }
    return labels_compare(x, y);
}

static int compare_by_labels_down(const void *a, const void *b, void *context)
{
    return compare_by_labels(b, a, context);
}

static void sort_by_labels(struct eval_call *call, int (*compare)(const void *, const void *, void *))
{
    struct vector v = call_take(call, 0);
    if (call->eval->n_steps > 1)
        eval_warn(call->eval, call->expr, INEFFECTIVE);
    else if (v.len > 1)
        qsort_r(v.at, v.len, sizeof *v.at, compare, call);
    call->result.vector = v;
}

void function_sort_by_label(struct eval_call *call)
{
    sort_by_labels(call, compare_by_labels);
}

void function_sort_by_label_desc(struct eval_call *call)
{
    sort_by_labels(call, compare_by_labels_down);
}
