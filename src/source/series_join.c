/* Growing columns on the heap, one pair a series, copied once at the end. */
#include "source/series_join.h"

#include "base/arena.h"
#include "base/memory.h"

struct joined_series {
    const struct labels *labels;
    int64_t *times;
    double *values;
    size_t len;
    size_t cap;
};

void series_join_finish(struct series_join *join)
{
    for (size_t i = 0; i < join->len; i++) {
        memory_free(join->series[i].times);
        memory_free(join->series[i].values);
    }
    memory_free(join->series);
    map_finish(&join->index);
    *join = (struct series_join){0};
}

static struct joined_series *find_or_add(struct series_join *join, const struct labels *labels)
{
    uint64_t *place = map_add(&join->index, map_key_of(labels), NULL);
    if (*place == 0) {
        if (join->len == join->cap) {
            join->cap = join->cap > 0 ? join->cap * 2 : 64;
            join->series = memory_resize(join->series, join->cap, sizeof *join->series);
        }
        join->series[join->len++] = (struct joined_series){.labels = labels};
        *place = join->len;
    }
    return &join->series[*place - 1];
}

static void reserve(struct joined_series *series, size_t wanted)
{
    if (series->cap >= wanted)
        return;
    size_t cap = series->cap + series->cap / 2;
    series->cap = cap > wanted ? cap : wanted;
    series->times = memory_resize(series->times, series->cap, sizeof *series->times);
    series->values = memory_resize(series->values, series->cap, sizeof *series->values);
}

void series_join_add(struct series_join *join, struct series_set page, int64_t after_ms)
{
    for (size_t i = 0; i < page.len; i++) {
        const struct series *from = &page.at[i];
        struct joined_series *to = find_or_add(join, from->labels);
        reserve(to, to->len + from->len);
        int64_t last = to->len > 0 && to->times[to->len - 1] > after_ms ? to->times[to->len - 1] : after_ms;
        for (size_t k = 0; k < from->len; k++) {
            if (from->times_ms[k] <= last || value_is_stale(from->values[k]))
                continue;
            to->times[to->len] = from->times_ms[k];
            to->values[to->len++] = from->values[k];
            join->n_samples++;
        }
    }
}

struct series_set series_join_copy(const struct series_join *join, struct arena *arena)
{
    struct series_set set = {ARENA_ARRAY(arena, struct series, join->len), 0};
    for (size_t i = 0; i < join->len; i++) {
        const struct joined_series *from = &join->series[i];
        if (from->len == 0)
            continue;
        int64_t *times = ARENA_ARRAY(arena, int64_t, from->len);
        double *values = ARENA_ARRAY(arena, double, from->len);
        memcpy(times, from->times, from->len * sizeof *times);
        memcpy(values, from->values, from->len * sizeof *values);
        set.at[set.len++] =
            (struct series){.labels = from->labels, .len = from->len, .times_ms = times, .values = values};
    }
    return set;
}
