/* Series as chunks. A series has its chunks' bytes in one buffer and, beside it, an index of their times;
 * what overlaps a selection is a run of neighbours, found by halving. Series are listed by the metric's name,
 * because nearly every selector names one. */
#include "source/chunk_store.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "source/selector.h"
#include "source/xor_chunk.h"

#include <assert.h>

struct chunk {
    int64_t first_ms;
    int64_t last_ms;
    size_t at; /* in the series' bytes */
    uint32_t len;
    uint32_t samples;
};

struct chunk_series {
    const struct labels *labels;
    VEC(struct chunk) chunks;
    VEC(uint8_t) bytes;
    size_t n_newest; /* samples after the last chunk */
    int64_t newest_ms[XOR_CHUNK_SAMPLES];
    double newest[XOR_CHUNK_SAMPLES];
};

typedef VEC(struct chunk_series *) series_list;

struct chunk_store {
    struct label_table *table;
    struct map by_labels;
    struct map by_metric; /* hash of the name -> place in `metrics`; names of one hash share a list */
    series_list all;
    VEC(series_list) metrics;
};

struct chunk_store *chunk_store_new(void)
{
    struct chunk_store *store = memory_alloc_zero(1, sizeof *store);
    store->table = label_table_new(NULL);
    return store;
}

void chunk_store_free(struct chunk_store *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < store->all.len; i++) {
        VEC_FREE(&store->all.at[i]->chunks);
        VEC_FREE(&store->all.at[i]->bytes);
        memory_free(store->all.at[i]);
    }
    for (size_t i = 0; i < store->metrics.len; i++)
        VEC_FREE(&store->metrics.at[i]);
    VEC_FREE(&store->metrics);
    VEC_FREE(&store->all);
    map_finish(&store->by_metric);
    map_finish(&store->by_labels);
    label_table_free(store->table);
    memory_free(store);
}

struct label_table *chunk_store_labels(struct chunk_store *store)
{
    return store->table;
}

static series_list *series_of_metric(struct chunk_store *store, const struct labels *labels)
{
    bool added;
    struct text metric = labels_value(labels, TEXT("__name__"));
    uint64_t *place = map_add(&store->by_metric, hash_bytes(metric.at, metric.len, 0), &added);
    if (added) {
        *place = store->metrics.len;
        VEC_PUSH(&store->metrics, (series_list){0});
    }
    return &store->metrics.at[*place];
}

struct chunk_series *chunk_store_series(struct chunk_store *store, const struct labels *labels)
{
    bool added;
    uint64_t *place = map_add(&store->by_labels, map_key_of(labels), &added);
    if (added) {
        *place = store->all.len;
        struct chunk_series *series = memory_alloc_zero(1, sizeof *series);
        series->labels = labels;
        VEC_PUSH(&store->all, series);
        series_list *list = series_of_metric(store, labels);
        VEC_PUSH(list, series);
    }
    return store->all.at[*place];
}

static void seal_newest(struct chunk_series *s)
{
    VEC_RESERVE(&s->bytes, s->bytes.len + XOR_CHUNK_BYTES_MAX + s->n_newest * XOR_SAMPLE_BYTES_MAX);
    size_t len = xor_chunk_encode(s->newest_ms, s->newest, s->n_newest, s->bytes.at + s->bytes.len);
    VEC_PUSH(&s->chunks, (struct chunk){.first_ms = s->newest_ms[0],
                                        .last_ms = s->newest_ms[s->n_newest - 1],
                                        .at = s->bytes.len,
                                        .len = (uint32_t)len,
                                        .samples = (uint32_t)s->n_newest});
    s->bytes.len += len;
    s->n_newest = 0;
}

bool chunk_series_add(struct chunk_series *s, int64_t time_ms, double value)
{
    if (s->n_newest > 0 ? time_ms <= s->newest_ms[s->n_newest - 1]
                        : s->chunks.len > 0 && time_ms <= s->chunks.at[s->chunks.len - 1].last_ms)
        return false;
    if (s->n_newest == XOR_CHUNK_SAMPLES)
        seal_newest(s);
    s->newest_ms[s->n_newest] = time_ms;
    s->newest[s->n_newest++] = value;
    return true;
}

size_t chunk_store_samples(const struct chunk_store *store)
{
    size_t n = 0;
    for (size_t i = 0; i < store->all.len; i++) {
        const struct chunk_series *s = store->all.at[i];
        n += s->n_newest;
        for (size_t c = 0; c < s->chunks.len; c++)
            n += s->chunks.at[c].samples;
    }
    return n;
}

size_t chunk_store_bytes(const struct chunk_store *store)
{
    size_t bytes = 0;
    for (size_t i = 0; i < store->all.len; i++) {
        const struct chunk_series *s = store->all.at[i];
        bytes += sizeof *s + s->bytes.len + s->chunks.len * sizeof *s->chunks.at;
    }
    return bytes;
}

/* --- selections --- */

/* The first chunk whose last sample is later than this. */
static size_t first_chunk_after(const struct chunk_series *s, int64_t time_ms)
{
    size_t low = 0, high = s->chunks.len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->chunks.at[middle].last_ms > time_ms)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static size_t first_after(const int64_t *times_ms, size_t from, size_t to, int64_t time_ms)
{
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (times_ms[middle] > time_ms)
            to = middle;
        else
            from = middle + 1;
    }
    return from;
}

/* Reads the overlapping chunks whole and points `out` at what lies inside. */
static bool read_series(const struct chunk_series *s, int64_t from_ms, int64_t to_ms, struct arena *arena,
                        struct series *out)
{
    size_t first = first_chunk_after(s, from_ms), end = first, room = 0;
    for (; end < s->chunks.len && s->chunks.at[end].first_ms <= to_ms; end++)
        room += s->chunks.at[end].samples;
    bool newest = s->n_newest > 0 && s->newest_ms[0] <= to_ms && s->newest_ms[s->n_newest - 1] > from_ms;
    room += newest ? s->n_newest : 0;
    if (room == 0)
        return true;
    int64_t *times_ms = ARENA_ARRAY(arena, int64_t, room);
    double *values = ARENA_ARRAY(arena, double, room);
    size_t n = 0;
    for (size_t c = first; c < end; c++) {
        const struct chunk *chunk = &s->chunks.at[c];
        if (!xor_chunk_decode(s->bytes.at + chunk->at, chunk->len, times_ms + n, values + n))
            return false;
        n += chunk->samples;
    }
    if (newest) {
        memcpy(times_ms + n, s->newest_ms, s->n_newest * sizeof *times_ms);
        memcpy(values + n, s->newest, s->n_newest * sizeof *values);
        n += s->n_newest;
    }
    size_t from = first_after(times_ms, 0, n, from_ms);
    out->len = first_after(times_ms, from, n, to_ms) - from;
    out->times_ms = times_ms + from;
    out->values = values + from;
    return true;
}

/* All series that the selector can match. */
static const series_list *candidates(struct chunk_store *store, const struct expr_selector *selector)
{
    static const series_list none = {0};
    struct text metric = selector_metric(selector);
    if (metric.len == 0)
        return &store->all;
    const uint64_t *place = map_find(&store->by_metric, hash_bytes(metric.at, metric.len, 0));
    return place ? &store->metrics.at[*place] : &none;
}

static bool select_series(void *self, const struct select_request *request, struct label_table *table,
                          struct arena *arena, struct series_set *result, struct err *err)
{
    const struct expr_selector *selector = &request->selector->u.selector;
    const series_list *list = candidates(self, selector);
    struct series_set set = {ARENA_ARRAY(arena, struct series, list->len), 0};
    size_t samples = 0;
    for (size_t i = 0; i < list->len; i++) {
        const struct chunk_series *s = list->at[i];
        struct series *out = &set.at[set.len];
        *out = (struct series){0};
        if (!selector_matches(selector, s->labels))
            continue;
        if (!read_series(s, request->from_ms, request->to_ms, arena, out))
            return err_set(err, ERR_INPUT, "a chunk in memory is damaged");
        samples += out->len;
        if (request->max_samples && samples > request->max_samples)
            return err_set(err, ERR_LIMIT,
                           "query processing would load too many samples into memory in query execution");
        if (out->len == 0)
            continue;
        out->labels = labels_import(table, s->labels);
        set.len++;
    }
    *result = set;
    return true;
}

struct promql_source chunk_store_promql(struct chunk_store *store)
{
    return (struct promql_source){.self = store, .select = select_series};
}
