/* Samples are made as they are asked for. */
#include "support/formula_source.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/labels.h"
#include "base/memory.h"
#include "source/selector.h"

struct formula_source {
    struct source base;
    const struct formula *formulas;
    size_t n;
};

static const struct labels *labels_of_formula(const struct formula *f, struct label_table *table)
{
    struct label labels[FORMULA_LABELS_MAX];
    size_t n = 0;
    for (; n < FORMULA_LABELS_MAX && f->labels[n][0]; n++)
        labels[n] = (struct label){symbol_intern(table, text_of(f->labels[n][0])),
                                   symbol_intern(table, text_of(f->labels[n][1]))};
    return labels_intern(table, labels, n);
}

/* The samples of (from, to]. */
static struct series make_series(const struct formula *f, const struct raw_request *request,
                                 const struct labels *labels, struct arena *arena)
{
    int64_t to = f->end_ms && f->end_ms - 1 < request->to_ms ? f->end_ms - 1 : request->to_ms;
    int64_t steps = request->from_ms < f->begin_ms ? 0 : (request->from_ms - f->begin_ms) / f->step_ms + 1;
    int64_t first = f->begin_ms + steps * f->step_ms;
    size_t most = to >= first ? (size_t)((to - first) / f->step_ms + 1) : 0;
    struct series series = {.labels = labels,
                            .times_ms = ARENA_ARRAY(arena, int64_t, most),
                            .values = ARENA_ARRAY(arena, double, most)};
    for (int64_t t = first; t <= to; t += f->step_ms) {
        ((int64_t *)series.times_ms)[series.len] = t;
        ((double *)series.values)[series.len++] = f->value(t);
    }
    return series;
}

static bool raw(struct source *base, const struct raw_request *request, struct label_table *table,
                struct arena *arena, struct raw_result *result, struct err *err)
{
    const struct formula_source *source = (const struct formula_source *)base;
    *result = (struct raw_result){.sets = ARENA_ARRAY_ZERO(arena, struct series_set, request->n_selectors),
                                  .n_sets = request->n_selectors};
    for (size_t i = 0; i < request->n_selectors; i++) {
        struct series_set *set = &result->sets[i];
        set->at = ARENA_ARRAY(arena, struct series, source->n);
        for (size_t k = 0; k < source->n; k++) {
            const struct labels *labels = labels_of_formula(&source->formulas[k], table);
            if (!selector_matches(&request->selectors[i]->u.selector, labels))
                continue;
            if (!source->formulas[k].value)
                return err_set(err, ERR_INPUT, "formulas: 422 too many series for %s",
                               source->formulas[k].labels[0][1]);
            struct series series = make_series(&source->formulas[k], request, labels, arena);
            result->n_samples += series.len;
            if (series.len)
                set->at[set->len++] = series;
        }
    }
    return true;
}

static void release(struct source *base)
{
    memory_free(base);
}

static bool check(struct source *source, struct buf *description, struct err *err)
{
    (void)source;
    (void)err;
    buf_puts(description, "formulas");
    return true;
}

static const struct source_class class = {.kind = "formulas", .raw = raw, .check = check, .release = release};

struct source *formula_source_new(const struct formula *formulas, size_t n)
{
    struct formula_source *source = memory_alloc_zero(1, sizeof *source);
    source->base = (struct source){.class = &class, .name = TEXT("formulas")};
    source->formulas = formulas;
    source->n = n;
    return &source->base;
}
