/* Aggregations: series are put into groups once; then each operator runs over columns (aggregate_fold.c: sum,
 * avg, min, max, count, group, stddev, stdvar), over the values of a step (aggregate_values.c: quantile,
 * count_values) or picks series (aggregate_pick.c: topk, bottomk, limitk, limit_ratio). */
#include "promql/aggregate.h"

struct aggregate_groups aggregate_group(struct eval *ev, const struct expr *expr, const struct vector *v)
{
    struct arena *arena = ev->state->arena;
    struct name_list names = names_intern(ev, expr->u.aggregate.grouping, expr->u.aggregate.n_grouping);
    enum subset_rule rule = expr->u.aggregate.without ? SUBSET_WITHOUT : SUBSET_KEEP;
    struct aggregate_groups groups = {.of_series = ARENA_ARRAY(arena, uint32_t, v->len),
                                      .labels = ARENA_ARRAY(arena, const struct labels *, v->len),
                                      .drop_name = ARENA_ARRAY_ZERO(arena, bool, v->len)};
    struct map ids = {0};
    for (size_t i = 0; i < v->len; i++) {
        const struct labels *labels = labels_subset(ev, v->at[i].labels, &names, rule);
        bool added;
        uint64_t *id = map_add(&ids, map_key_of(labels), &added);
        if (added) {
            *id = groups.len;
            groups.labels[groups.len++] = labels;
        }
        groups.of_series[i] = (uint32_t)*id;
        groups.drop_name[*id] |= v->at[i].drop_name;
    }
    map_finish(&ids);
    return groups;
}

void aggregate_add(struct eval *ev, const struct aggregate_groups *groups, size_t group, double *column,
                   struct vector *out)
{
    vector_add(ev, out, groups->labels[group], column)->drop_name = groups->drop_name[group];
}

void aggregate_ignore_histograms(struct eval *ev, const struct aggregate_call *call, const char *name)
{
    bool any = false;
    for (size_t i = 0; i < call->in->len; i++) {
        any = any || call->in->at[i].histograms;
        call->in->at[i].histograms = NULL;
    }
    if (any)
        eval_info(ev, call->expr->u.aggregate.inner, "ignored histogram in %s aggregation", name);
}

static bool run(struct eval *ev, const struct aggregate_call *call, struct vector *out)
{
    enum aggregate_op op = call->expr->u.aggregate.op;
    switch (op) {
    case AGGREGATE_TOPK:
    case AGGREGATE_BOTTOMK:
        return aggregate_topk(ev, call, out);
    case AGGREGATE_LIMITK:
        return aggregate_limitk(ev, call, out);
    case AGGREGATE_LIMIT_RATIO:
        return aggregate_limit_ratio(ev, call, out);
    case AGGREGATE_QUANTILE:
        aggregate_ignore_histograms(ev, call, "quantile");
        return aggregate_quantile(ev, call, out);
    case AGGREGATE_COUNT_VALUES:
        leave_out_histograms(ev, call->expr, call->in, "count_values");
        return aggregate_count_values(ev, call, out);
    case AGGREGATE_SUM:
    case AGGREGATE_AVG:
        leave_out_histograms(ev, call->expr, call->in, op == AGGREGATE_SUM ? "sum" : "avg");
        return aggregate_fold(ev, call, out);
    case AGGREGATE_MIN:
    case AGGREGATE_MAX:
        aggregate_ignore_histograms(ev, call, op == AGGREGATE_MIN ? "min" : "max");
        return aggregate_fold(ev, call, out);
    case AGGREGATE_STDDEV:
    case AGGREGATE_STDVAR:
        aggregate_ignore_histograms(ev, call, op == AGGREGATE_STDDEV ? "stddev" : "stdvar");
        return aggregate_fold(ev, call, out);
    case AGGREGATE_COUNT:
    case AGGREGATE_GROUP:
        return aggregate_fold(ev, call, out);
    }
    return false;
}

bool eval_aggregate(struct eval *ev, const struct expr *expr, struct vector *out)
{
    struct value inner;
    struct value param = {.type = VALUE_NONE};
    struct aggregate_call call = {.expr = expr};
    if (expr->u.aggregate.param && !eval_value(ev, expr->u.aggregate.param, &param))
        return false;
    if (!eval_value(ev, expr->u.aggregate.inner, &inner))
        return false;
    call.in = &inner.vector;
    call.param = param.scalar;
    call.label = param.string;
    call.groups = aggregate_group(ev, expr, call.in);
    if (!run(ev, &call, out) || eval_failed(ev))
        return false;
    value_release(ev, &inner);
    if (param.type != VALUE_NONE)
        value_release(ev, &param);
    return true;
}
