/* functions_info: info() adds to each series the labels of the info series (target_info, …) with the same
 * instance and job.
 *
 * Step by step, as info series come and go: of several of one name the one sampled last counts. Series that
 * are info series themselves pass through. A series without any matching info stays as it is, unless a
 * matcher asks for a label. */
#include "promql/functions.h"
#include "promql/info_selector.h"

#include "base/buf.h"

#include <stdlib.h>

enum { SERIES_TEXT_MAX = 4096 };

/* The info series that fit one base series, sorted by metric name. */
struct candidate {
    const struct vector_series *series;
    const struct symbol *metric;
};

struct join {
    struct eval_call *call;
    struct info_selector selector;
    struct vector info;
    const struct symbol *name;
    const struct symbol *instance;
    const struct symbol *job;
    struct candidate *candidates; /* room for all info series */
    size_t n_candidates;
    const struct vector_series **picks; /* of the current step, one a metric name */
    const struct vector_series **last;  /* of the step before */
    size_t n_picks;
    size_t n_last;
};

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a;
    const struct candidate *y = b;
    int order = text_compare(symbol_text(x->metric), symbol_text(y->metric));
    return order ? order : labels_compare(x->series->labels, y->series->labels);
}

/* Interned in one table, equal values are one pointer. */
static void find_candidates(struct join *j, const struct labels *base)
{
    const struct symbol *instance = labels_find(base, j->instance);
    const struct symbol *job = labels_find(base, j->job);
    j->n_candidates = 0;
    if (!instance && !job)
        return;
    for (size_t i = 0; i < j->info.len; i++) {
        const struct vector_series *s = &j->info.at[i];
        const struct symbol *metric = labels_find(s->labels, j->name);
        if (metric && labels_find(s->labels, j->instance) == instance &&
            labels_find(s->labels, j->job) == job)
            j->candidates[j->n_candidates++] = (struct candidate){s, metric};
    }
    if (j->n_candidates > 1)
        qsort(j->candidates, j->n_candidates, sizeof *j->candidates, compare_candidates);
}

static bool fail_duplicate(struct join *j, const struct vector_series *a, const struct vector_series *b,
                           int64_t at_ms)
{
    struct buf x;
    struct buf y;
    buf_init(&x, SERIES_TEXT_MAX);
    buf_init(&y, SERIES_TEXT_MAX);
    labels_print(a->labels, &x);
    labels_print(b->labels, &y);
    eval_fail(j->call->eval, "found duplicate series for info metric: existing %s @ %lld, new %s @ %lld",
              buf_cstring(&x), (long long)at_ms, buf_cstring(&y), (long long)at_ms);
    buf_finish(&x);
    buf_finish(&y);
    return false;
}

/* The newest of each name at this step. */
static bool pick(struct join *j, size_t step)
{
    const struct symbol *metric = NULL;
    j->n_picks = 0;
    for (size_t i = 0; i < j->n_candidates; i++) {
        const struct candidate *c = &j->candidates[i];
        if (c->series->histograms && c->series->histograms[step])
            return eval_fail(j->call->eval, "info sample should be float");
        if (value_absent(c->series->values[step]))
            continue;
        if (c->metric != metric) {
            metric = c->metric;
            j->picks[j->n_picks++] = c->series;
            continue;
        }
        const struct vector_series *best = j->picks[j->n_picks - 1];
        if (best->times_ms[step] == c->series->times_ms[step])
            return fail_duplicate(j, best, c->series, best->times_ms[step]);
        if (best->times_ms[step] < c->series->times_ms[step])
            j->picks[j->n_picks - 1] = c->series;
    }
    return true;
}

/* Two info series must agree on a label that both would add. */
static bool add_label(struct join *j, struct label *labels, size_t *n, struct label label)
{
    for (size_t i = 0; i < *n; i++) {
        if (labels[i].name != label.name)
            continue;
        return labels[i].value == label.value ||
               eval_fail(j->call->eval, "conflicting label: %s", label.name->at);
    }
    labels[(*n)++] = label;
    return true;
}

/* The base labels with what the picked series add; NULL after an error. */
static const struct labels *joined_labels(struct join *j, const struct labels *base)
{
    size_t room = 0;
    for (size_t i = 0; i < j->n_picks; i++)
        room += j->picks[i]->labels->len;
    struct label *labels = ARENA_ARRAY(eval_arena(j->call->eval), struct label, room);
    size_t n = 0;
    for (size_t i = 0; i < j->n_picks; i++) {
        const struct labels *from = j->picks[i]->labels;
        for (size_t k = 0; k < from->len; k++) {
            const struct label *label = &from->at[k];
            if (label->name == j->name || labels_find(base, label->name) ||
                !info_selector_adds(&j->selector, symbol_text(label->name)))
                continue;
            if (!add_label(j, labels, &n, *label))
                return NULL;
        }
    }
    return labels_merge(eval_labels(j->call->eval), base, labels, n);
}

static bool picked_as_before(const struct join *j)
{
    if (j->n_picks != j->n_last)
        return false;
    for (size_t i = 0; i < j->n_picks; i++) {
        if (j->picks[i] != j->last[i])
            return false;
    }
    return true;
}

/* The result series of these labels that came from the same base series: its place in the result, made if
 * need be. */
static size_t result_of(struct join *j, size_t first, const struct vector_series *base,
                        const struct labels *labels)
{
    struct eval *ev = j->call->eval;
    struct vector *v = &j->call->result.vector;
    for (size_t i = first; i < v->len; i++) {
        if (v->at[i].labels == labels)
            return i;
    }
    struct vector_series *made = vector_add(ev, v, labels, eval_column_absent(ev));
    made->drop_name = base->drop_name;
    if (base->histograms)
        made->histograms = ARENA_ARRAY_ZERO(eval_arena(ev), const struct histogram *, ev->n_steps);
    return v->len - 1;
}

static void copy_step(struct vector_series *to, const struct vector_series *from, size_t step)
{
    to->values[step] = from->values[step];
    if (from->histograms)
        to->histograms[step] = from->histograms[step];
}

static void join_series(struct join *j, const struct vector_series *base)
{
    struct vector *v = &j->call->result.vector;
    size_t first = v->len;
    size_t at = SIZE_MAX; /* the last step's result */
    bool optional = info_selector_optional(&j->selector);
    find_candidates(j, base->labels);
    for (size_t step = 0; step < j->call->eval->n_steps; step++) {
        if (value_absent(base->values[step]) && !(base->histograms && base->histograms[step]))
            continue;
        if (!pick(j, step))
            return;
        if (j->n_picks == 0 && !optional)
            continue;
        if (at == SIZE_MAX || !picked_as_before(j)) {
            const struct labels *labels = joined_labels(j, base->labels);
            if (!labels)
                return;
            at = result_of(j, first, base, labels);
            for (size_t i = 0; i < j->n_picks; i++)
                j->last[i] = j->picks[i];
            j->n_last = j->n_picks;
        }
        copy_step(&v->at[at], base, step);
    }
}

/* Series that are info series themselves pass through as they are. */
static void pass_through(struct join *j, struct vector_series *base)
{
    *vector_add(j->call->eval, &j->call->result.vector, base->labels, base->values) = *base;
    base->values = NULL;
}

void function_info(struct eval_call *call)
{
    struct eval *ev = call->eval;
    struct vector *bases = &call->args[0].vector;
    struct join j = {.call = call};
    if (bases->len == 0 || !info_selector_make(call, &j.selector) ||
        !eval_instant_selector(ev, j.selector.selector, true, &j.info))
        return;
    j.name = symbol_intern(eval_labels(ev), TEXT("__name__"));
    j.instance = symbol_intern(eval_labels(ev), TEXT("instance"));
    j.job = symbol_intern(eval_labels(ev), TEXT("job"));
    j.candidates = ARENA_ARRAY(eval_arena(ev), struct candidate, j.info.len);
    j.picks = ARENA_ARRAY(eval_arena(ev), const struct vector_series *, j.info.len);
    j.last = ARENA_ARRAY(eval_arena(ev), const struct vector_series *, j.info.len);
    for (size_t i = 0; i < bases->len && eval_alive(ev); i++) {
        if (info_selector_names(&j.selector, series_metric(bases->at[i].labels)))
            pass_through(&j, &bases->at[i]);
        else
            join_series(&j, &bases->at[i]);
    }
    for (size_t i = 0; i < j.info.len; i++)
        eval_column_release(ev, j.info.at[i].values);
}
