/* Buckets by the samples they have. Histograms are told apart by a hash of their labels' interned names and
 * values, so that nothing is interned at a tick. */
#include "slo/buckets.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/number.h"
#include "promql/matcher.h"

#include <math.h>
#include <stdlib.h>

double bucket_bound(struct text le)
{
    double bound;
    return number_parse(le, &bound) ? bound : NAN;
}

enum bucket_side bucket_side(const struct slo *slo, double bound)
{
    bool good = slo->between == BETWEEN_GOOD;
    if (isnan(bound) || (isinf(bound) && (bound < 0 || good)))
        return BUCKET_USELESS;
    return (good ? bound >= slo->bound : bound <= slo->bound) ? BUCKET_DECIDES : BUCKET_OTHER;
}

int bucket_compare(const struct slo *slo, double a, double b)
{
    enum bucket_side side = bucket_side(slo, a), other = bucket_side(slo, b);
    if (side != other)
        return side < other ? -1 : 1;
    if (side == BUCKET_USELESS)
        return 0;
    double far = fabs(a - slo->bound), near = fabs(b - slo->bound);
    return (far > near) - (far < near);
}

size_t buckets_term(const struct slo *slo)
{
    size_t i = 0;
    while (i < slo->n_terms && !slo->terms[i].buckets)
        i++;
    return i;
}

bool buckets_judge(const struct slo *slo, const struct labels *labels)
{
    size_t term = buckets_term(slo);
    if (term == slo->n_terms)
        return false;
    const struct expr_selector *s = &slo->terms[term].buckets->u.selector;
    for (size_t i = 0; i < s->n_matchers; i++)
        if (!text_is(s->matchers[i].name, "__name__") && !matcher_matches(&s->matchers[i], labels))
            return false;
    return true;
}

/* ---- histograms of a batch ---- */

static uint64_t histogram_of(const struct labels *labels)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < labels->len; i++) {
        struct text name = symbol_text(labels->at[i].name);
        if (!text_is(name, "le") && !text_is(name, "__name__"))
            hash = hash_bytes(&labels->at[i], sizeof labels->at[i], hash);
    }
    return hash;
}

struct bucket {
    const struct series *series;
    uint64_t histogram;
    double bound;
    struct text le;
    struct bucket *next; /* of the same histogram */
};

static struct bucket bucket_of(const struct series *series)
{
    struct bucket bucket = {.series = series, .histogram = histogram_of(series->labels)};
    bucket.le = labels_value(series->labels, TEXT("le"));
    bucket.bound = bucket_bound(bucket.le);
    return bucket;
}

static bool sampled_at(const struct series *series, int64_t at_ms)
{
    size_t i = times_before(series->times_ms, series->len, at_ms);
    return i < series->len && series->times_ms[i] == at_ms && !value_is_stale(series->values[i]);
}

/* ---- what is missing ---- */

/* The buckets that decide, in lists by their histogram. */
static struct map deciding(const struct slo *slo, const struct series_set *set, struct arena *arena)
{
    struct map lists = {0};
    struct bucket *buckets = ARENA_ARRAY(arena, struct bucket, set->len);
    for (size_t i = 0; i < set->len; i++) {
        buckets[i] = bucket_of(&set->at[i]);
        if (bucket_side(slo, buckets[i].bound) != BUCKET_DECIDES)
            continue;
        uint64_t *list = map_add(&lists, buckets[i].histogram, NULL);
        buckets[i].next = (struct bucket *)(uintptr_t)*list;
        *list = (uint64_t)(uintptr_t)&buckets[i];
    }
    return lists;
}

static bool judged_throughout(const struct series *count, const struct bucket *buckets)
{
    for (size_t i = 0; i < count->len; i++) {
        if (value_is_stale(count->values[i]))
            continue;
        const struct bucket *b = buckets;
        while (b && !(i < b->series->len && b->series->times_ms[i] == count->times_ms[i]) &&
               !sampled_at(b->series, count->times_ms[i]))
            b = b->next;
        if (!b)
            return false;
    }
    return true;
}

bool buckets_lack(const struct slo *slo, const struct series_set *terms, struct arena *arena)
{
    size_t term = buckets_term(slo);
    if (term == slo->n_terms)
        return false;
    struct map lists = deciding(slo, &terms[term], arena);
    bool lack = false;
    for (size_t t = 0; t < slo->n_terms; t++) {
        if (slo->terms[t].role != SLO_UNITS || slo->terms[t].coefficient < 0)
            continue;
        for (size_t i = 0; i < terms[t].len && !lack; i++) {
            const struct series *count = &terms[t].at[i];
            const uint64_t *list = map_find(&lists, histogram_of(count->labels));
            lack = !judged_throughout(count, list ? (const struct bucket *)(uintptr_t)*list : NULL) &&
                   buckets_judge(slo, count->labels);
        }
    }
    map_finish(&lists);
    return lack;
}

/* ---- what is needed ---- */

struct choice {
    const struct slo *slo;
    struct bucket *buckets;
    size_t n;
    struct text *les;
    size_t n_les;
};

static int compare_buckets(const void *left, const void *right, void *slo)
{
    const struct bucket *a = left, *b = right;
    if (a->histogram != b->histogram)
        return a->histogram < b->histogram ? -1 : 1;
    return bucket_compare(slo, a->bound, b->bound);
}

static void add_le(struct choice *choice, struct text le)
{
    for (size_t i = 0; i < choice->n_les; i++)
        if (text_eq(choice->les[i], le))
            return;
    choice->les[choice->n_les++] = le;
}

/* Has the bucket a sample at a moment at which none of the better ones [first, end) of its side has one? On
 * the other side moments count only where an inexact one decides. */
static bool adds(const struct choice *choice, size_t first, size_t end)
{
    const struct bucket *bucket = &choice->buckets[end];
    enum bucket_side side = bucket_side(choice->slo, bucket->bound);
    for (size_t i = 0; i < bucket->series->len; i++) {
        int64_t at_ms = bucket->series->times_ms[i];
        bool covered = value_is_stale(bucket->series->values[i]);
        bool decided = false;
        bool exact = false;
        for (size_t k = first; k < end && !covered; k++) {
            const struct bucket *better = &choice->buckets[k];
            if (!sampled_at(better->series, at_ms))
                continue;
            covered = bucket_side(choice->slo, better->bound) == side;
            decided = true;
            exact |= better->bound == choice->slo->bound;
        }
        if (!covered && (side == BUCKET_DECIDES || (decided && !exact)))
            return true;
    }
    return false;
}

size_t buckets_needed(const struct slo *slo, const struct series_set *all, struct arena *arena,
                      struct text **les)
{
    struct choice choice = {.slo = slo, .buckets = ARENA_ARRAY(arena, struct bucket, all->len)};
    choice.les = ARENA_ARRAY(arena, struct text, all->len);
    for (size_t i = 0; i < all->len; i++) {
        struct bucket bucket = bucket_of(&all->at[i]);
        if (bucket_side(slo, bucket.bound) != BUCKET_USELESS)
            choice.buckets[choice.n++] = bucket;
    }
    qsort_r(choice.buckets, choice.n, sizeof *choice.buckets, compare_buckets, (void *)(uintptr_t)slo);
    for (size_t i = 0, first = 0; i < choice.n; i++) {
        if (choice.buckets[i].histogram != choice.buckets[first].histogram)
            first = i;
        if (adds(&choice, first, i))
            add_le(&choice, choice.buckets[i].le);
    }
    *les = choice.les;
    return choice.n_les;
}
