/* functions_histogram: quantiles and fractions of classic histograms. What only native histograms have
 * (count, sum, average, deviation) drops floats, as Prometheus does. */
#include "base/buf.h"
#include "base/number.h"
#include "promql/bucket_groups.h"
#include "promql/function_text.h"
#include "promql/functions.h"

#include <math.h>

enum { QUANTILE_LABEL_MAX = 64 };

/* The metric's name for annotations; without delayed name removal it counts as gone. */
static struct text annotated_metric(const struct eval *ev, const struct bucket_group *group)
{
    return eval_options(ev)->delayed_name_removal ? series_metric(group->labels) : TEXT("");
}

/* The group's histogram at a step, with counts that rise; 0 if there is none. */
static size_t risen_buckets(struct eval_call *call, size_t arg, struct bucket_group *group, size_t step)
{
    struct eval *ev = call->eval;
    size_t n = bucket_group_at(group, step);
    if (n == 0 || !isinf(group->buckets[n - 1].upper))
        return n;
    struct bucket_repair repair = classic_buckets_raise(group->buckets, n);
    if (repair.forced)
        eval_info_monotonicity(ev, call_position(call, arg), annotated_metric(ev, group), eval_time(ev, step),
                               repair.min_upper, repair.max_upper, repair.max_difference);
    return n;
}

static struct vector_series *add_series(struct eval *ev, struct vector *v, const struct bucket_group *group,
                                        const struct labels *labels)
{
    struct vector_series *s = vector_add(ev, v, labels, eval_column_absent(ev));
    s->drop_name = group->drop_name;
    series_drop_name(ev, s);
    return s;
}

void function_histogram_quantile(struct eval_call *call)
{
    struct eval *ev = call->eval;
    const double *q = call_scalar(call, 0);
    struct bucket_groups groups = bucket_groups_of(call, 1);
    for (size_t step = 0; step < ev->n_steps; step++)
        warn_of_quantile(call, 0, q[step]);
    for (size_t g = 0; g < groups.len && eval_alive(ev); g++) {
        struct bucket_group *group = &groups.at[g];
        struct vector_series *s = add_series(ev, &call->result.vector, group, group->labels);
        for (size_t step = 0; step < ev->n_steps; step++) {
            size_t n = risen_buckets(call, 1, group, step);
            if (n > 0)
                s->values[step] = classic_quantile(q[step], group->buckets, n);
        }
    }
}

void function_histogram_fraction(struct eval_call *call)
{
    struct eval *ev = call->eval;
    const double *lower = call_scalar(call, 0);
    const double *upper = call_scalar(call, 1);
    struct bucket_groups groups = bucket_groups_of(call, 2);
    for (size_t g = 0; g < groups.len && eval_alive(ev); g++) {
        struct bucket_group *group = &groups.at[g];
        struct vector_series *s = add_series(ev, &call->result.vector, group, group->labels);
        for (size_t step = 0; step < ev->n_steps; step++) {
            size_t n = bucket_group_at(group, step);
            if (n > 0)
                s->values[step] = classic_fraction(lower[step], upper[step], group->buckets, n);
        }
    }
}

/* A quantile as label value, in the form of OpenMetrics: 0.5, 1.0, +Inf. */
static const struct symbol *quantile_symbol(struct eval *ev, double q)
{
    struct buf out;
    buf_init(&out, QUANTILE_LABEL_MAX);
    number_print_go(q, &out);
    bool whole = isfinite(q);
    for (size_t i = 0; i < out.len; i++)
        whole = whole && out.at[i] != '.' && out.at[i] != 'e';
    if (whole)
        buf_puts(&out, ".0");
    const struct symbol *symbol = symbol_intern(eval_labels(ev), buf_text(&out));
    buf_finish(&out);
    return symbol;
}

/* The result series of one quantile argument: a new one whenever the argument's value changes to one not
 * seen. */
struct quantile_series {
    double q;
    size_t index; /* in the result */
    bool known;
};

static bool same_quantile(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* The place of the result for quantile `q` of this group: that of the last step, or the one with its labels.
 */
static size_t series_for(struct eval_call *call, const struct bucket_group *group, size_t first,
                         struct quantile_series *last, double q)
{
    struct eval *ev = call->eval;
    struct vector *v = &call->result.vector;
    if (last->known && same_quantile(last->q, q))
        return last->index;
    struct label label = {symbol_intern(eval_labels(ev), call_string(call, 1)), quantile_symbol(ev, q)};
    const struct labels *labels = labels_merge(eval_labels(ev), group->labels, &label, 1);
    *last = (struct quantile_series){q, v->len, true};
    const struct labels *shown = labels;
    if (!eval_options(ev)->delayed_name_removal)
        shown = labels_without_name(ev, labels);
    for (size_t i = first; i < v->len; i++) {
        if (v->at[i].labels == shown)
            last->index = i;
    }
    if (last->index == v->len)
        add_series(ev, v, group, labels);
    return last->index;
}

/* Quantiles of one group; equal quantiles in several arguments are an error, as equal labels are. */
static void group_quantiles(struct eval_call *call, struct bucket_group *group)
{
    struct eval *ev = call->eval;
    size_t first = call->result.vector.len;
    struct quantile_series *last = ARENA_ARRAY_ZERO(eval_arena(ev), struct quantile_series, call->n_args);
    for (size_t step = 0; step < ev->n_steps && !eval_failed(ev); step++) {
        size_t n = risen_buckets(call, 0, group, step);
        for (size_t arg = 2; n > 0 && arg < call->n_args; arg++) {
            double q = call_scalar(call, arg)[step];
            size_t at = series_for(call, group, first, &last[arg], q);
            if (eval_failed(ev))
                return;
            double *values = call->result.vector.at[at].values;
            if (!value_absent(values[step])) {
                eval_fail(ev, "vector cannot contain metrics with the same labelset");
                return;
            }
            values[step] = classic_quantile(q, group->buckets, n);
        }
    }
}

void function_histogram_quantiles(struct eval_call *call)
{
    struct eval *ev = call->eval;
    struct text name = call_string(call, 1);
    if (name.len == 0 || !text_utf8_valid(name)) {
        eval_fail(ev, "invalid label name \"%.*s\" in histogram_quantiles()", TEXT_ARG(name));
        return;
    }
    struct bucket_groups groups = bucket_groups_of(call, 0);
    for (size_t arg = 2; arg < call->n_args; arg++) {
        for (size_t step = 0; step < ev->n_steps; step++)
            warn_of_quantile(call, arg, call_scalar(call, arg)[step]);
    }
    for (size_t g = 0; g < groups.len && eval_alive(ev); g++)
        group_quantiles(call, &groups.at[g]);
}

/* Floats have no such figure and are dropped. */
void function_of_native_histogram(struct eval_call *call)
{
    const struct vector *v = &call->args[0].vector;
    for (size_t i = 0; i < v->len; i++) {
        if (v->at[i].histograms)
            warn_histograms_unsupported(call);
    }
}
