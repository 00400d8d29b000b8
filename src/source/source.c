/* What is the same for all sources: dispatch, the evaluator's view of a source, and the guess of the scrape
 * interval. */
#include "source/source.h"

#include "base/arena.h"
#include "base/vec.h"

#include <stdlib.h>

bool source_raw(struct source *source, const struct raw_request *request, struct label_table *table,
                struct arena *arena, struct raw_result *result, struct err *err)
{
    return source->class->raw(source, request, table, arena, result, err);
}

/* Of selectors that are refused, alone: after so many, nothing having been answered before, all are; and in
 * all. */
enum { REFUSED_FIRST = 3, REFUSED_MAX = 20 };

struct raw_parts {
    struct source *source;
    const struct raw_request *request;
    struct label_table *table;
    struct arena *arena;
    struct raw_result *result;
    bool *refused;
    size_t n_answered;
    size_t n_refused;
    struct err *err;
};

/* The selectors [from, to). False: nothing more is to be asked. */
static bool raw_part(struct raw_parts *parts, size_t from, size_t to)
{
    struct raw_request request = *parts->request;
    struct raw_result found;
    struct err err = {0};
    request.selectors += from;
    request.n_selectors = to - from;
    if (source_raw(parts->source, &request, parts->table, parts->arena, &found, &err)) {
        memcpy(parts->result->sets + from, found.sets, (to - from) * sizeof *found.sets);
        parts->result->n_samples += found.n_samples;
        parts->n_answered += to - from;
        return true;
    }
    *parts->err = err;
    if (err.kind != ERR_INPUT && err.kind != ERR_LIMIT)
        return false;
    if (to - from > 1) {
        size_t middle = from + (to - from) / 2;
        return raw_part(parts, from, middle) && raw_part(parts, middle, to);
    }
    parts->refused[from] = true;
    parts->n_refused++;
    return parts->n_refused < (parts->n_answered ? REFUSED_MAX : REFUSED_FIRST);
}

bool source_raw_each(struct source *source, const struct raw_request *request, struct label_table *table,
                     struct arena *arena, struct raw_result *result, bool *refused, struct err *err)
{
    struct raw_result found = {.sets = ARENA_ARRAY_ZERO(arena, struct series_set, request->n_selectors),
                               .n_sets = request->n_selectors};
    struct raw_parts parts = {source, request, table, arena, &found, refused, 0, 0, err};
    memset(refused, 0, request->n_selectors * sizeof *refused);
    if (!raw_part(&parts, 0, request->n_selectors) || !parts.n_answered)
        return false;
    *result = found;
    return true;
}

bool source_live(struct source *source, const struct expr *const *selectors, size_t n_selectors,
                 int64_t at_ms, struct label_table *table, struct arena *arena, struct raw_result *result,
                 struct err *err)
{
    if (!source->class->live)
        return err_set(err, ERR_UNREACHABLE, "%.*s cannot tell which series are alive",
                       TEXT_ARG(source->name));
    return source->class->live(source, selectors, n_selectors, at_ms, table, arena, result, err);
}

bool source_check(struct source *source, struct buf *description, struct err *err)
{
    return source->class->check(source, description, err);
}

void source_free(struct source *source)
{
    if (source)
        source->class->release(source);
}

static bool select_for_promql(void *self, const struct select_request *request, struct label_table *table,
                              struct arena *arena, struct series_set *result, struct err *err)
{
    struct source *source = self;
    return source->class->select(source, request, table, arena, result, err);
}

static bool partial_for_promql(void *self)
{
    const struct source *source = self;
    return source->partial;
}

struct promql_source source_promql(struct source *source)
{
    return (struct promql_source){.self = source, .select = select_for_promql, .partial = partial_for_promql};
}

static int compare_int64(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t median(int64_t *at, size_t n)
{
    qsort(at, n, sizeof *at, compare_int64);
    return at[n / 2];
}

/* A look at so many distances of a series is enough. */
enum { DISTANCES_MAX = 64 };

int64_t source_guess_interval_ms(struct series_set set)
{
    VEC(int64_t) medians = {0};
    for (size_t i = 0; i < set.len; i++) {
        const struct series *series = &set.at[i];
        int64_t distances[DISTANCES_MAX];
        size_t n = 0;
        for (size_t k = 1; k < series->len && n < DISTANCES_MAX; k++)
            distances[n++] = series->times_ms[k] - series->times_ms[k - 1];
        if (n > 0)
            VEC_PUSH(&medians, median(distances, n));
    }
    int64_t guess = medians.len > 0 ? median(medians.at, medians.len) : 0;
    VEC_FREE(&medians);
    return guess;
}
