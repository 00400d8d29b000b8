/* The search for buckets around a threshold. */
#include "engine/unit_buckets.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "slo/buckets.h"
#include "source/source.h"

enum { BOUNDS_MOST = 64, SELECTOR_BYTES_MAX = 128 << 10 };

/* Sooner than a minute is settled; and not all SLOs at one slot. */
#define LOOK_AGAIN_MS       (3 * 60000LL)
#define LOOK_AGAIN_SPREAD_S 60

static const struct series_set *set_of(const struct slo_batch *batch, size_t selector)
{
    return &batch->raw.sets[batch->place[selector]];
}

struct series_set unit_term_set(const struct slo_group *group, const struct slo_unit *unit,
                                const struct slo_batch *batch, size_t term)
{
    const struct series_set *probed = batch->probed[unit - group->units.at];
    const struct series_set *own = set_of(batch, group->asked.at[unit->first_term + term]);
    size_t n = own->len;
    if (probed && unit->slo->terms[term].buckets)
        return probed[term];
    for (size_t i = 0; i < unit->buckets.len; i++)
        n += unit->buckets.at[i].term == term ? set_of(batch, unit->buckets.at[i].selector)->len : 0;
    if (n == own->len)
        return *own;
    struct series_set all = {ARENA_ARRAY(batch->arena, struct series, n), 0};
    for (; all.len < own->len; all.len++)
        all.at[all.len] = own->at[all.len];
    for (size_t i = 0; i < unit->buckets.len; i++) {
        const struct series_set *more = set_of(batch, unit->buckets.at[i].selector);
        for (size_t k = 0; unit->buckets.at[i].term == term && k < more->len; k++)
            all.at[all.len++] = more->at[k];
    }
    return all;
}

static bool lacks(const struct slo_group *group, const struct slo_unit *unit, const struct slo_batch *batch)
{
    struct series_set *terms = ARENA_ARRAY(batch->arena, struct series_set, unit->slo->n_terms);
    for (size_t i = 0; i < unit->slo->n_terms; i++)
        terms[i] = unit_term_set(group, unit, batch, i);
    return buckets_lack(unit->slo, terms, batch->arena);
}

static bool is_among(struct text le, const struct text *les, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text_eq(les[i], le))
            return true;
    return false;
}

static struct series_set only(const struct series_set *all, const struct text *les, size_t n,
                              struct arena *arena)
{
    struct series_set some = {ARENA_ARRAY(arena, struct series, all->len), 0};
    for (size_t i = 0; i < all->len; i++)
        if (is_among(labels_value(all->at[i].labels, TEXT("le")), les, n))
            some.at[some.len++] = all->at[i];
    return some;
}

/* Buckets whose bound is the threshold, as its own selector has them, need no selector more. */
static bool own_has(const struct slo_group *group, const struct slo_unit *unit, const struct slo_batch *batch,
                    size_t term, struct text le)
{
    const struct series_set *own = set_of(batch, group->asked.at[unit->first_term + term]);
    for (size_t i = 0; i < own->len; i++)
        if (text_eq(labels_value(own->at[i].labels, TEXT("le")), le))
            return true;
    return false;
}

static void ask_bucket(struct slo_group *group, struct slo_unit *unit, size_t term, struct text le)
{
    struct buf text;
    struct text value = text_copy(&group->arena, le);
    const struct slo_term *t = &unit->slo->terms[term];
    if (unit->buckets.len == BOUNDS_MOST)
        return;
    buf_init(&text, SELECTOR_BYTES_MAX);
    buf_printf(&text, "bucket %.*s of %.*s", TEXT_ARG(le), TEXT_ARG(t->selector));
    const struct expr *expr = selector_with_value(t->buckets, TEXT("le"), value, &group->arena);
    size_t selector = selectors_add(&group->selectors, expr, text_copy(&group->arena, buf_text(&text)));
    VEC_PUSH(&unit->buckets, (struct unit_bucket){.term = term, .selector = selector, .le = value});
    buf_finish(&text);
}

/* Replaces what is asked for beyond the term's own selector; true if that changes anything. */
static bool ask_buckets(struct slo_group *group, struct slo_unit *unit, const struct slo_batch *batch,
                        size_t term, const struct text *les, size_t n)
{
    size_t kept = 0;
    bool changed = false;
    for (size_t i = 0; i < unit->buckets.len; i++) {
        const struct unit_bucket *bucket = &unit->buckets.at[i];
        if (bucket->term != term || is_among(bucket->le, les, n))
            unit->buckets.at[kept++] = *bucket;
    }
    changed = kept != unit->buckets.len;
    unit->buckets.len = kept;
    for (size_t k = 0; k < n; k++) {
        bool there = own_has(group, unit, batch, term, les[k]);
        for (size_t i = 0; i < kept && !there; i++)
            there = unit->buckets.at[i].term == term && text_eq(unit->buckets.at[i].le, les[k]);
        if (!there)
            ask_bucket(group, unit, term, les[k]);
        changed |= !there;
    }
    return changed;
}

static void tell(const struct slo_unit *unit)
{
    struct buf bounds;
    buf_init(&bounds, 4096);
    for (size_t i = 0; i < unit->buckets.len; i++)
        buf_printf(&bounds, "%s%.*s", i ? ", " : "", TEXT_ARG(unit->buckets.at[i].le));
    log_line(LOG_INFO, "a threshold's buckets changed", "slo", unit->slo->id.at, "buckets",
             unit->buckets.len ? buf_cstring(&bounds) : "none", NULL);
    buf_finish(&bounds);
}

/* Fetches all buckets of the batch's time. */
static bool fetch_all(struct slo_group *group, const struct slo_unit *unit,
                      const struct evaluation_context *context, const struct slo_batch *batch,
                      struct raw_result *raw, struct err *err)
{
    const struct slo *slo = unit->slo;
    const struct expr **selectors = ARENA_ARRAY(batch->arena, const struct expr *, slo->n_terms);
    size_t n = 0;
    for (size_t i = 0; i < slo->n_terms; i++)
        if (slo->terms[i].buckets)
            selectors[n++] = slo->terms[i].buckets;
    struct raw_request request = {
        .selectors = selectors, .n_selectors = n, .from_ms = batch->from_ms, .to_ms = batch->to_ms};
    context->source->partial = false;
    if (!source_raw(context->source, &request, group->table, batch->arena, raw, err))
        return false;
    count(&context->counters->samples_fetched, (long long)raw->n_samples);
    return !context->source->partial || err_set(err, ERR_UNREACHABLE, "the source answered only in part");
}

static void look(struct slo_group *group, struct slo_unit *unit, const struct evaluation_context *context,
                 struct slo_batch *batch)
{
    const struct slo *slo = unit->slo;
    struct raw_result raw;
    struct err err;
    unit->look_ms = context->now_ms + LOOK_AGAIN_MS +
                    (int64_t)(xxhash64(slo->id.at, slo->id.len) % LOOK_AGAIN_SPREAD_S) * 1000;
    if (!fetch_all(group, unit, context, batch, &raw, &err)) {
        log_line(LOG_WARN, "buckets cannot be read", "slo", slo->id.at, "error", err.message, NULL);
        return;
    }
    struct series_set *probed = ARENA_ARRAY(batch->arena, struct series_set, slo->n_terms);
    bool changed = false;
    for (size_t i = 0, n = 0; i < slo->n_terms; i++) {
        struct text *les;
        if (!slo->terms[i].buckets)
            continue;
        size_t n_les = buckets_needed(slo, &raw.sets[n], batch->arena, &les);
        probed[i] = only(&raw.sets[n++], les, n_les, batch->arena);
        changed |= ask_buckets(group, unit, batch, i, les, n_les);
    }
    batch->probed[unit - group->units.at] = probed;
    if (changed)
        tell(unit);
}

void group_find_buckets(struct slo_group *group, const struct evaluation_context *context,
                        struct slo_batch *batch)
{
    for (size_t i = 0; i < group->units.len; i++) {
        struct slo_unit *unit = &group->units.at[i];
        if (!batch->takes[i] || buckets_term(unit->slo) == unit->slo->n_terms)
            continue;
        bool may = !batch->live || context->now_ms >= unit->look_ms;
        if (may && ((batch->live && unit->buckets.len) || lacks(group, unit, batch)))
            look(group, unit, context, batch);
    }
}
