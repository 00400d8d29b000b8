/* Aggregations that pick whole samples of their input and keep labels and names: topk and bottomk by value,
 * limitk by order, limit_ratio by the hash of the labels. At each step what is not picked is taken out of the
 * input's columns. */
#include "base/buf.h"
#include "base/digest.h"
#include "promql/aggregate.h"

#include <math.h>
#include <stdlib.h>

struct members {
    uint32_t *at;
    size_t len;
};

static struct members *members_by_group(struct eval *ev, const struct aggregate_call *call)
{
    struct arena *arena = ev->state->arena;
    struct members *groups = ARENA_ARRAY_ZERO(arena, struct members, call->groups.len);
    uint32_t *all = ARENA_ARRAY(arena, uint32_t, call->in->len);
    for (size_t i = 0; i < call->in->len; i++)
        groups[call->groups.of_series[i]].len++;
    for (size_t g = 0; g < call->groups.len; g++) {
        groups[g].at = all;
        all += groups[g].len;
        groups[g].len = 0;
    }
    for (size_t i = 0; i < call->in->len; i++) {
        struct members *group = &groups[call->groups.of_series[i]];
        group->at[group->len++] = (uint32_t)i;
    }
    return groups;
}

/* k must be a number that fits in an int64 at every step. */
static bool check_k(struct eval *ev, const double *k)
{
    double lowest = INFINITY;
    double highest = -INFINITY;
    bool nan = false;
    for (size_t step = 0; step < ev->n_steps; step++) {
        nan = nan || isnan(k[step]);
        lowest = k[step] < lowest ? k[step] : lowest;
        highest = k[step] > highest ? k[step] : highest;
    }
    if (highest > 0x1p63 - 1024)
        return eval_fail(ev, "Scalar value %s overflows int64", eval_number(ev, highest));
    if (lowest < -0x1p63)
        return eval_fail(ev, "Scalar value %s underflows int64", eval_number(ev, lowest));
    return nan ? eval_fail(ev, "Parameter value is NaN") : true;
}

static void move_series(struct eval *ev, struct vector *in, size_t i, struct vector *out)
{
    struct vector_series s = in->at[i];
    in->at[i].values = NULL;
    if (s.values)
        *vector_add(ev, out, s.labels, s.values) = s;
}

/* A heap as Go's container/heap keeps it, worst element first, so that equal values are picked as there. */
struct pick {
    double value;
    uint32_t series;
};

struct heap {
    struct pick *at;
    size_t len;
    size_t k;
    bool bottom;
};

static bool worse(const struct heap *h, const struct pick *a, const struct pick *b)
{
    if (isnan(a->value))
        return true;
    return h->bottom ? a->value > b->value : a->value < b->value;
}

static void swap(struct heap *h, size_t i, size_t j)
{
    struct pick t = h->at[i];
    h->at[i] = h->at[j];
    h->at[j] = t;
}

static void sift_up(struct heap *h, size_t j)
{
    while (j > 0) {
        size_t parent = (j - 1) / 2;
        if (!worse(h, &h->at[j], &h->at[parent]))
            break;
        swap(h, parent, j);
        j = parent;
    }
}

static void sift_down(struct heap *h)
{
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= h->len)
            break;
        if (child + 1 < h->len && worse(h, &h->at[child + 1], &h->at[child]))
            child++;
        if (!worse(h, &h->at[child], &h->at[i]))
            break;
        swap(h, i, child);
        i = child;
    }
}

static void heap_offer(struct heap *h, struct pick p)
{
    if (h->len < h->k) {
        h->at[h->len++] = p;
        sift_up(h, h->len - 1);
        return;
    }
    double worst = h->at[0].value;
    bool better = h->bottom ? worst > p.value : worst < p.value;
    if (better || (isnan(worst) && !isnan(p.value))) {
        h->at[0] = p;
        sift_down(h);
    }
}

static int by_value(const void *a, const void *b)
{
    const struct pick *x = a;
    const struct pick *y = b;
    if (isnan(x->value) || isnan(y->value))
        return (isnan(x->value) != 0) - (isnan(y->value) != 0);
    return x->value < y->value ? -1 : x->value > y->value;
}

/* Best first, NaN last. */
static void heap_sort(struct heap *h)
{
    for (size_t i = 1; h->len <= 12 && i < h->len; i++)
        for (size_t j = i; j > 0 && worse(h, &h->at[j - 1], &h->at[j]); j--)
            swap(h, j, j - 1);
    if (h->len <= 12)
        return;
    qsort(h->at, h->len, sizeof *h->at, by_value);
    size_t numbers = h->len;
    while (numbers > 0 && isnan(h->at[numbers - 1].value))
        numbers--;
    for (size_t i = 0; !h->bottom && i < numbers / 2; i++)
        swap(h, i, numbers - 1 - i);
}

/* Keeps the k best samples of a group at a step; their order stays in the heap. */
static void pick_step(const struct aggregate_call *call, const struct members *group, struct heap *h,
                      size_t step)
{
    h->len = 0;
    for (size_t i = 0; i < group->len; i++) {
        double *v = &call->in->at[group->at[i]].values[step];
        if (!value_absent(*v) && h->k > 0)
            heap_offer(h, (struct pick){*v, group->at[i]});
        *v = value_none();
    }
    for (size_t i = 0; i < h->len; i++)
        call->in->at[h->at[i].series].values[step] = h->at[i].value;
}

static size_t limited(double k, size_t n)
{
    if (k < 1)
        return 0;
    return k >= (double)n ? n : (size_t)k;
}

bool aggregate_topk(struct eval *ev, const struct aggregate_call *call, struct vector *out)
{
    bool bottom = call->expr->u.aggregate.op == AGGREGATE_BOTTOMK;
    if (!check_k(ev, call->param))
        return false;
    aggregate_ignore_histograms(ev, call, bottom ? "bottomk" : "topk");
    struct members *groups = members_by_group(ev, call);
    struct heap heap = {.at = ARENA_ARRAY(ev->state->arena, struct pick, call->in->len), .bottom = bottom};
    for (size_t g = 0; g < call->groups.len && eval_alive(ev); g++) {
        size_t work = 0;
        for (size_t step = 0; step < ev->n_steps; step++) {
            heap.k = limited(call->param[step], groups[g].len);
            pick_step(call, &groups[g], &heap, step);
            work += groups[g].len;
            if (work > 100000 && (work = 0, !eval_alive(ev)))
                return false;
        }
        if (ev->n_steps == 1) {
            heap_sort(&heap);
            for (size_t i = 0; i < heap.len; i++)
                move_series(ev, call->in, heap.at[i].series, out);
        }
        for (size_t i = 0; ev->n_steps > 1 && i < groups[g].len; i++)
            move_series(ev, call->in, groups[g].at[i], out);
    }
    return !eval_failed(ev);
}

static void remove_sample(struct vector_series *s, size_t step)
{
    s->values[step] = value_none();
    if (s->histograms)
        s->histograms[step] = NULL;
}

bool aggregate_limitk(struct eval *ev, const struct aggregate_call *call, struct vector *out)
{
    if (!check_k(ev, call->param))
        return false;
    struct members *groups = members_by_group(ev, call);
    size_t *left = ARENA_ARRAY(ev->state->arena, size_t, ev->n_steps);
    for (size_t g = 0; g < call->groups.len && eval_alive(ev); g++) {
        for (size_t step = 0; step < ev->n_steps; step++)
            left[step] = limited(call->param[step], groups[g].len);
        for (size_t i = 0; i < groups[g].len; i++) {
            struct vector_series *s = &call->in->at[groups[g].at[i]];
            for (size_t step = 0; step < ev->n_steps; step++) {
                if (!series_has(s, step))
                    continue;
                if (left[step])
                    left[step]--;
                else
                    remove_sample(s, step);
            }
            move_series(ev, call->in, groups[g].at[i], out);
        }
    }
    return !eval_failed(ev);
}

static void add_sized(struct buf *out, struct text t)
{
    if (t.len < 255) {
        buf_putc(out, (char)t.len);
    } else {
        buf_putc(out, (char)0xff);
        for (int shift = 0; shift < 24; shift += 8)
            buf_putc(out, (char)(t.len >> shift));
    }
    buf_add_text(out, t);
}

/* Where in [0, 1] the labels fall: XXH64 of the encoding that Prometheus keeps labels in, so that both pick
 * the same series. */
static double hash_share(const struct labels *labels, struct buf *text)
{
    buf_clear(text);
    for (uint32_t i = 0; i < labels->len; i++) {
        add_sized(text, symbol_text(labels->at[i].name));
        add_sized(text, symbol_text(labels->at[i].value));
    }
    struct text encoded = buf_text(text);
    return (double)xxhash64(encoded.at, encoded.len) / (double)UINT64_MAX;
}

static bool check_ratio(struct eval *ev, const struct aggregate_call *call)
{
    const struct expr *at = call->expr->u.aggregate.param;
    double lowest = 0;
    double highest = 0;
    for (size_t step = 0; step < ev->n_steps; step++) {
        double r = call->param[step];
        if (isnan(r))
            return eval_fail(ev, "Ratio value is NaN");
        lowest = r < lowest ? r : lowest;
        highest = r > highest ? r : highest;
    }
    static const char TEXT_OF[] = "ratio value should be between -1 and 1, got %s, capping to %d";
    if (highest > 1)
        eval_warn(ev, at, TEXT_OF, eval_number(ev, highest), 1);
    if (lowest < -1)
        eval_warn(ev, at, TEXT_OF, eval_number(ev, lowest), -1);
    return true;
}

bool aggregate_limit_ratio(struct eval *ev, const struct aggregate_call *call, struct vector *out)
{
    struct buf text;
    if (!check_ratio(ev, call))
        return false;
    struct members *groups = members_by_group(ev, call);
    buf_init(&text, 1 << 24);
    for (size_t g = 0; g < call->groups.len && eval_alive(ev); g++) {
        for (size_t i = 0; i < groups[g].len; i++) {
            struct vector_series *s = &call->in->at[groups[g].at[i]];
            double share = hash_share(s->labels, &text);
            for (size_t step = 0; step < ev->n_steps; step++) {
                double r = fmin(1, fmax(-1, call->param[step]));
                if (!(r >= 0 ? share < r : share >= 1 + r))
                    remove_sample(s, step);
            }
            move_series(ev, call->in, groups[g].at[i], out);
        }
    }
    buf_finish(&text);
    return !eval_failed(ev);
}
