/* Aggregations that fold one value after the other into a group's state, a column at a time, in the order of
 * the series: sum and avg by Kahan's sum (avg changes to a running mean where the sum would overflow), stddev
 * and stdvar by Welford's plain update, min and max let go of NaN as soon as there is a number. */
#include "promql/aggregate.h"
#include "promql/kahan.h"

#include <math.h>

/* A group's columns; which of them are used depends on the operator. */
struct fold {
    double *value; /* ABSENT until the first sample: sum, mean, extreme, count */
    double *lost;  /* Kahan's compensation; Welford's sum of squares */
    double *count;
    uint8_t *mean; /* avg: steps that keep a running mean */
};

static void fold_sum(struct fold *f, const double *in, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (value_absent(in[i]))
            continue;
        if (value_absent(f->value[i])) {
            f->value[i] = in[i];
            f->lost[i] = 0;
            continue;
        }
        struct kahan k = kahan_add((struct kahan){f->value[i], f->lost[i]}, in[i]);
        f->value[i] = k.sum;
        f->lost[i] = k.lost;
    }
}

static void average_one(struct fold *f, size_t i, double v)
{
    double n = ++f->count[i];
    struct kahan k = {f->value[i], f->lost[i]};
    if (!f->mean[i]) {
        struct kahan sum = kahan_add(k, v);
        if (!isinf(sum.sum)) {
            f->value[i] = sum.sum;
            f->lost[i] = sum.lost;
            return;
        }
        f->mean[i] = 1;
        k.sum /= n - 1;
        k.lost /= n - 1;
    }
    double share = (n - 1) / n;
    k = kahan_add((struct kahan){share * k.sum, share * k.lost}, v / n);
    f->value[i] = k.sum;
    f->lost[i] = k.lost;
}

static void fold_avg(struct fold *f, const double *in, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (value_absent(in[i]))
            continue;
        if (value_absent(f->value[i])) {
            f->value[i] = in[i];
            f->lost[i] = 0;
            f->count[i] = 1;
            f->mean[i] = 0;
        } else {
            average_one(f, i, in[i]);
        }
    }
}

static void fold_min(struct fold *f, const double *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!value_absent(in[i]) && (isnan(f->value[i]) || in[i] < f->value[i]))
            f->value[i] = in[i];
}

static void fold_max(struct fold *f, const double *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!value_absent(in[i]) && (isnan(f->value[i]) || in[i] > f->value[i]))
            f->value[i] = in[i];
}

static void fold_count(struct fold *f, const struct vector_series *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (series_has(s, i))
            f->value[i] = value_absent(f->value[i]) ? 1 : f->value[i] + 1;
}

static void fold_variance(struct fold *f, const double *in, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double v = in[i];
        if (value_absent(v))
            continue;
        if (value_absent(f->value[i])) {
            f->value[i] = v;
            f->lost[i] = isfinite(v) ? 0 : (double)NAN;
            f->count[i] = 1;
            continue;
        }
        double delta = v - f->value[i];
        f->count[i]++;
        f->value[i] += delta / f->count[i];
        f->lost[i] += delta * (v - f->value[i]);
    }
}

static void fold_series(enum aggregate_op op, struct fold *f, const struct vector_series *s, size_t n)
{
    switch (op) {
    case AGGREGATE_SUM:
        fold_sum(f, s->values, n);
        break;
    case AGGREGATE_AVG:
        fold_avg(f, s->values, n);
        break;
    case AGGREGATE_MIN:
        fold_min(f, s->values, n);
        break;
    case AGGREGATE_MAX:
        fold_max(f, s->values, n);
        break;
    case AGGREGATE_STDDEV:
    case AGGREGATE_STDVAR:
        fold_variance(f, s->values, n);
        break;
    default:
        fold_count(f, s, n);
    }
}

static double finished(enum aggregate_op op, const struct fold *f, size_t i)
{
    double variance;
    switch (op) {
    case AGGREGATE_SUM:
        return f->value[i] + f->lost[i];
    case AGGREGATE_AVG:
        return f->mean[i] ? f->value[i] + f->lost[i] : f->value[i] / f->count[i] + f->lost[i] / f->count[i];
    case AGGREGATE_STDDEV:
    case AGGREGATE_STDVAR:
        variance = f->lost[i] / f->count[i];
        return op == AGGREGATE_STDDEV ? sqrt(variance) : variance;
    case AGGREGATE_GROUP:
        return 1;
    default:
        return f->value[i];
    }
}

static void finish(struct eval *ev, enum aggregate_op op, struct fold *f)
{
    bool as_it_is = op == AGGREGATE_MIN || op == AGGREGATE_MAX || op == AGGREGATE_COUNT;
    for (size_t i = 0; !as_it_is && i < ev->n_steps; i++)
        if (!value_absent(f->value[i]))
            f->value[i] = finished(op, f, i);
    eval_column_release(ev, f->lost);
    eval_column_release(ev, f->count);
}

bool aggregate_fold(struct eval *ev, const struct aggregate_call *call, struct vector *out)
{
    enum aggregate_op op = call->expr->u.aggregate.op;
    bool variance = op == AGGREGATE_STDDEV || op == AGGREGATE_STDVAR;
    struct arena *arena = ev->state->arena;
    struct fold *folds = ARENA_ARRAY_ZERO(arena, struct fold, call->groups.len);
    for (size_t g = 0; g < call->groups.len; g++) {
        folds[g].value = eval_column_absent(ev);
        if (op == AGGREGATE_SUM || op == AGGREGATE_AVG || variance)
            folds[g].lost = eval_column(ev);
        if (op == AGGREGATE_AVG || variance)
            folds[g].count = eval_column(ev);
        if (op == AGGREGATE_AVG)
            folds[g].mean = ARENA_ARRAY(arena, uint8_t, ev->n_steps);
        if (!eval_alive(ev))
            return false;
    }
    for (size_t i = 0; i < call->in->len && eval_alive(ev); i++)
        fold_series(op, &folds[call->groups.of_series[i]], &call->in->at[i], ev->n_steps);
    for (size_t g = 0; g < call->groups.len && eval_alive(ev); g++) {
        finish(ev, op, &folds[g]);
        aggregate_add(ev, &call->groups, g, folds[g].value, out);
    }
    return !eval_failed(ev);
}
