/* bucket_groups: finds the histogram a bucket belongs to by its interned labels without le. */
#include "promql/bucket_groups.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/number.h"

#include <stdlib.h>

enum { WARNING_MAX = 4096 };

static bool bucket_bound(const struct labels *labels, double *upper)
{
    return number_parse(labels_value(labels, TEXT("le")), upper);
}

static void warn_of_bound(struct eval_call *call, size_t arg, const struct labels *labels)
{
    struct buf out;
    buf_init(&out, WARNING_MAX);
    buf_puts(&out, "bucket label \"le\" is missing or has a malformed value of ");
    text_print_quoted(labels_value(labels, TEXT("le")), &out);
    struct text metric = series_metric(labels);
    if (metric.len > 0) {
        buf_puts(&out, " for metric name ");
        text_print_quoted(metric, &out);
    }
    eval_warn(call->eval, call_position(call, arg), "%s", buf_cstring(&out));
    buf_finish(&out);
}

static int compare_columns(const void *a, const void *b)
{
    double x = ((const struct bucket_column *)a)->upper;
    double y = ((const struct bucket_column *)b)->upper;
    return (x > y) - (x < y);
}

/* A series' group and bound, found in the first pass. */
struct membership {
    size_t group; /* SIZE_MAX: none */
    double upper;
};

static struct bucket_group *group_of(struct bucket_groups *groups, struct map *by_labels,
                                     const struct labels *labels)
{
    bool added;
    uint64_t *index = map_add(by_labels, map_key_of(labels), &added);
    if (added) {
        *index = groups->len;
        groups->at[groups->len++] = (struct bucket_group){.labels = labels};
    }
    return &groups->at[*index];
}

static void find_memberships(struct eval_call *call, size_t arg, struct bucket_groups *groups,
                             struct membership *members)
{
    struct eval *ev = call->eval;
    const struct vector *v = &call->args[arg].vector;
    struct label le = {symbol_intern(eval_labels(ev), TEXT("le")), symbol_intern(eval_labels(ev), TEXT(""))};
    struct map by_labels = {0};
    for (size_t i = 0; i < v->len; i++) {
        const struct vector_series *s = &v->at[i];
        members[i].group = SIZE_MAX;
        if (!bucket_bound(s->labels, &members[i].upper)) {
            warn_of_bound(call, arg, s->labels);
            continue;
        }
        struct bucket_group *group =
            group_of(groups, &by_labels, labels_merge(eval_labels(ev), s->labels, &le, 1));
        group->drop_name = group->drop_name || s->drop_name;
        group->len++;
        members[i].group = (size_t)(group - groups->at);
    }
    map_finish(&by_labels);
}

static bool holds_floats(const struct vector_series *s, size_t n_steps)
{
    for (size_t step = 0; s->histograms && step < n_steps; step++) {
        if (s->histograms[step])
            return false;
    }
    return true;
}

struct bucket_groups bucket_groups_of(struct eval_call *call, size_t arg)
{
    struct eval *ev = call->eval;
    struct vector *v = &call->args[arg].vector;
    bool native = false;
    size_t kept = 0;
    for (size_t i = 0; i < v->len; i++) {
        if (holds_floats(&v->at[i], ev->n_steps))
            v->at[kept++] = v->at[i];
        else
            native = true;
    }
    v->len = kept;
    if (native)
        eval_warn(ev, call->expr, "%s() does not evaluate native histograms yet: they were left out",
                  call->function->name);

    struct bucket_groups groups = {ARENA_ARRAY(eval_arena(ev), struct bucket_group, v->len), 0};
    struct membership *members = ARENA_ARRAY(eval_arena(ev), struct membership, v->len);
    find_memberships(call, arg, &groups, members);
    for (size_t g = 0; g < groups.len; g++) {
        struct bucket_group *group = &groups.at[g];
        group->columns = ARENA_ARRAY(eval_arena(ev), struct bucket_column, group->len);
        group->buckets = ARENA_ARRAY(eval_arena(ev), struct classic_bucket, group->len);
        group->len = 0;
    }
    for (size_t i = 0; i < v->len; i++) {
        if (members[i].group == SIZE_MAX)
            continue;
        struct bucket_group *group = &groups.at[members[i].group];
        group->columns[group->len++] = (struct bucket_column){members[i].upper, v->at[i].values};
    }
    for (size_t g = 0; g < groups.len; g++)
        qsort(groups.at[g].columns, groups.at[g].len, sizeof *groups.at[g].columns, compare_columns);
    return groups;
}

size_t bucket_group_at(struct bucket_group *group, size_t step)
{
    size_t n = 0;
    for (size_t i = 0; i < group->len; i++) {
        double count = group->columns[i].counts[step];
        if (!value_absent(count))
            group->buckets[n++] = (struct classic_bucket){group->columns[i].upper, count};
    }
    return classic_buckets_join(group->buckets, n);
}
