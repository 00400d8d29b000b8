/* Troubled answers are made by cutting the series of a whole one. */
#include "support/scripted_source.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/memory.h"
#include "source/sim_source.h"

struct scripted_source {
    struct source base;
    struct source *inner;
    struct trouble troubles[TROUBLES_MAX];
    size_t n_troubles;
    int64_t now_ms;
    size_t tenants;
};

static struct scripted_source *scripted(struct source *source)
{
    return (struct scripted_source *)source;
}

static bool holds(const struct scripted_source *s, enum trouble_kind kind, int64_t at_ms)
{
    for (size_t i = 0; i < s->n_troubles; i++)
        if (s->troubles[i].kind == kind && at_ms >= s->troubles[i].from_ms && at_ms < s->troubles[i].to_ms)
            return true;
    return false;
}

static bool is_missing(const struct scripted_source *s, const struct labels *labels, int64_t at_ms)
{
    struct text metric = labels_value(labels, TEXT("__name__")), le = labels_value(labels, TEXT("le"));
    struct text instance = labels_value(labels, TEXT("instance"));
    for (size_t i = 0; i < s->n_troubles; i++) {
        const struct trouble *t = &s->troubles[i];
        bool meant = (t->kind == TROUBLE_METRIC && text_is(metric, t->metric)) ||
                     (t->kind == TROUBLE_BUCKET && text_is(le, t->le));
        if (meant && at_ms >= t->from_ms && at_ms < t->to_ms &&
            (!t->instance || text_is(instance, t->instance)))
            return true;
    }
    return false;
}

static bool about_targets(const struct labels *labels)
{
    struct text name = labels_value(labels, TEXT("__name__"));
    return text_is(name, "up") || text_is(name, "process_start_time_seconds");
}

/* The samples that are seen, of those with the extra label or of those without. */
static struct series cut(const struct scripted_source *s, const struct series *from, bool relabelled,
                         struct arena *arena)
{
    bool target = about_targets(from->labels);
    struct series to = *from;
    int64_t *times_ms = ARENA_ARRAY(arena, int64_t, from->len);
    double *values = ARENA_ARRAY(arena, double, from->len);
    to.len = 0;
    for (size_t i = 0; i < from->len; i++) {
        int64_t t = from->times_ms[i];
        bool other = !target && holds(s, TROUBLE_RELABEL, t);
        if (other != relabelled || holds(s, TROUBLE_GONE, t) || (!target && holds(s, TROUBLE_ABSENT, t)) ||
            is_missing(s, from->labels, t))
            continue;
        times_ms[to.len] = t;
        values[to.len++] = from->values[i];
    }
    to.times_ms = times_ms;
    to.values = values;
    return to;
}

static const struct labels *with_label(struct label_table *table, const struct labels *labels,
                                       const char *name, struct text value)
{
    struct label extra = {symbol_intern(table, text_of(name)), symbol_intern(table, value)};
    return labels_merge(table, labels, &extra, 1);
}

/* One series for each of the tenants that it stands for. */
static void share_out(const struct scripted_source *s, const struct series *series, struct label_table *table,
                      struct series_set *out)
{
    struct text tenant = labels_value(series->labels, TEXT("tenant"));
    if (series->len == 0)
        return;
    if (!s->tenants || tenant.len == 0) {
        out->at[out->len++] = *series;
        return;
    }
    if (!text_is(tenant, sim_tenant_names[0]))
        return;
    for (size_t i = 0; i < s->tenants; i++) {
        struct buf name;
        buf_init(&name, 32);
        buf_printf(&name, "t%03zu", i);
        out->at[out->len] = *series;
        out->at[out->len++].labels = with_label(table, series->labels, "tenant", buf_text(&name));
        buf_finish(&name);
    }
}

static struct series_set troubled(const struct scripted_source *s, const struct series_set *whole,
                                  struct label_table *table, struct arena *arena)
{
    size_t most = whole->len * 2 * (s->tenants ? s->tenants : 1);
    struct series_set out = {ARENA_ARRAY(arena, struct series, most), 0};
    for (size_t i = 0; i < whole->len; i++) {
        struct series plain = cut(s, &whole->at[i], false, arena);
        struct series relabelled = cut(s, &whole->at[i], true, arena);
        share_out(s, &plain, table, &out);
        if (!relabelled.len)
            continue;
        relabelled.labels = with_label(table, relabelled.labels, "version", TEXT("2"));
        share_out(s, &relabelled, table, &out);
    }
    return out;
}

static bool answers(struct scripted_source *s, struct err *err)
{
    s->base.partial = s->base.partial || holds(s, TROUBLE_PARTIAL, s->now_ms);
    return !holds(s, TROUBLE_BLIND, s->now_ms) || err_set(err, ERR_UNREACHABLE, "scripted: no answer");
}

static bool scripted_raw(struct source *source, const struct raw_request *request, struct label_table *table,
                         struct arena *arena, struct raw_result *result, struct err *err)
{
    struct scripted_source *s = scripted(source);
    if (!answers(s, err) || !source_raw(s->inner, request, table, arena, result, err))
        return false;
    for (size_t i = 0; i < result->n_sets; i++)
        result->sets[i] = troubled(s, &result->sets[i], table, arena);
    return true;
}

static bool scripted_live(struct source *source, const struct expr *const *selectors, size_t n_selectors,
                          int64_t at_ms, struct label_table *table, struct arena *arena,
                          struct raw_result *result, struct err *err)
{
    struct scripted_source *s = scripted(source);
    if (!answers(s, err) || !source_live(s->inner, selectors, n_selectors, at_ms, table, arena, result, err))
        return false;
    for (size_t i = 0; i < result->n_sets; i++)
        result->sets[i] = troubled(s, &result->sets[i], table, arena);
    return true;
}

static bool scripted_select(struct source *source, const struct select_request *request,
                            struct label_table *table, struct arena *arena, struct series_set *result,
                            struct err *err)
{
    struct scripted_source *s = scripted(source);
    struct promql_source inner = source_promql(s->inner);
    if (!answers(s, err) || !inner.select(inner.self, request, table, arena, result, err))
        return false;
    *result = troubled(s, result, table, arena);
    return true;
}

static bool scripted_check(struct source *source, struct buf *description, struct err *err)
{
    struct scripted_source *s = scripted(source);
    return answers(s, err) && source_check(s->inner, description, err);
}

static void scripted_release(struct source *source)
{
    source_free(scripted(source)->inner);
    memory_free(source);
}

static const struct source_class scripted_class = {
    .kind = "scripted",
    .raw = scripted_raw,
    .live = scripted_live,
    .select = scripted_select,
    .check = scripted_check,
    .release = scripted_release,
};

struct source *scripted_source_new(struct source *inner)
{
    struct scripted_source *s = memory_alloc_zero(1, sizeof *s);
    s->base.class = &scripted_class;
    s->base.name = TEXT("scripted");
    s->inner = inner;
    return &s->base;
}

void scripted_source_add(struct source *source, struct trouble trouble)
{
    struct scripted_source *s = scripted(source);
    if (s->n_troubles < TROUBLES_MAX)
        s->troubles[s->n_troubles++] = trouble;
}

void scripted_source_clear(struct source *source)
{
    scripted(source)->n_troubles = 0;
}

void scripted_source_set_now(struct source *source, int64_t now_ms)
{
    struct scripted_source *s = scripted(source);
    struct sim *sim = sim_source_sim(s->inner);
    s->now_ms = now_ms;
    if (sim)
        sim_set_horizon(sim, now_ms);
}

void scripted_source_set_tenants(struct source *source, size_t n)
{
    scripted(source)->tenants = n;
}
