/* Series in memory: sorted columns on the heap, found by their interned labels. */
#include "support/test_source.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/regex.h"
#include "base/vec.h"

struct test_series {
    const struct labels *labels;
    VEC(int64_t) times;
    VEC(double) values;
    VEC(int64_t) starts;
    VEC(const struct histogram *) histograms;
    bool has_starts;
    bool has_histograms;
};

struct test_source {
    struct label_table *table;
    struct map by_labels;
    VEC(struct test_series) series;
    bool gave_histograms;
};

/* Stands for any histogram: nothing looks into it. */
static const char some_histogram;

struct test_source *test_source_new(void)
{
    struct test_source *source = memory_alloc_zero(1, sizeof *source);
    source->table = label_table_new(NULL);
    return source;
}

void test_source_clear(struct test_source *source)
{
    for (size_t i = 0; i < source->series.len; i++) {
        struct test_series *s = &source->series.at[i];
        VEC_FREE(&s->times);
        VEC_FREE(&s->values);
        VEC_FREE(&s->starts);
        VEC_FREE(&s->histograms);
    }
    VEC_FREE(&source->series);
    map_clear(&source->by_labels);
}

void test_source_free(struct test_source *source)
{
    if (!source)
        return;
    test_source_clear(source);
    map_finish(&source->by_labels);
    label_table_free(source->table);
    memory_free(source);
}

struct label_table *test_source_labels(struct test_source *source)
{
    return source->table;
}

static struct test_series *series_of(struct test_source *source, const struct labels *labels)
{
    bool added;
    uint64_t *place = map_add(&source->by_labels, map_key_of(labels), &added);
    if (added) {
        *place = source->series.len;
        VEC_PUSH(&source->series, (struct test_series){.labels = labels});
    }
    return &source->series.at[*place];
}

void test_source_add(struct test_source *source, const struct labels *labels, struct test_sample sample)
{
    struct test_series *s = series_of(source, labels);
    size_t at = s->times.len;
    while (at > 0 && s->times.at[at - 1] > sample.time_ms)
        at--;
    bool replaces = at > 0 && s->times.at[at - 1] == sample.time_ms;
    if (replaces) {
        at--;
    } else {
        VEC_PUSH(&s->times, 0);
        VEC_PUSH(&s->values, 0);
        VEC_PUSH(&s->starts, 0);
        VEC_PUSH(&s->histograms, NULL);
        for (size_t i = s->times.len - 1; i > at; i--) {
            s->times.at[i] = s->times.at[i - 1];
            s->values.at[i] = s->values.at[i - 1];
            s->starts.at[i] = s->starts.at[i - 1];
            s->histograms.at[i] = s->histograms.at[i - 1];
        }
    }
    s->times.at[at] = sample.time_ms;
    s->values.at[at] = sample.value;
    s->starts.at[at] = sample.start_ms;
    s->histograms.at[at] = sample.histogram ? (const struct histogram *)&some_histogram : NULL;
    s->has_starts = s->has_starts || sample.start_ms != 0;
    s->has_histograms = s->has_histograms || sample.histogram;
}

bool test_source_gave_histograms(struct test_source *source)
{
    bool gave = source->gave_histograms;
    source->gave_histograms = false;
    return gave;
}

static bool matches(const struct expr_selector *selector, const struct labels *labels)
{
    for (size_t i = 0; i < selector->n_matchers; i++) {
        const struct matcher *m = &selector->matchers[i];
        struct text value = labels_value(labels, m->name);
        bool regex = m->op == MATCH_RE || m->op == MATCH_NRE;
        bool same = regex ? regex_matches(m->regex, value, NULL) : text_eq(value, m->value);
        if (same != (m->op == MATCH_EQ || m->op == MATCH_RE))
            return false;
    }
    return true;
}

static size_t after(const struct test_series *s, int64_t time_ms)
{
    size_t lo = 0;
    size_t hi = s->times.len;
    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;
        if (s->times.at[middle] <= time_ms)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

static bool select_series(void *self, const struct select_request *request, struct label_table *table,
                          struct arena *arena, struct series_set *result, struct err *err)
{
    struct test_source *source = self;
    size_t samples = 0;
    result->at = ARENA_ARRAY(arena, struct series, source->series.len);
    result->len = 0;
    for (size_t i = 0; i < source->series.len; i++) {
        const struct test_series *s = &source->series.at[i];
        size_t from = after(s, request->from_ms);
        size_t to = after(s, request->to_ms);
        if (from >= to || !matches(&request->selector->u.selector, s->labels))
            continue;
        samples += to - from;
        if (request->max_samples && samples > request->max_samples)
            return err_set(err, ERR_LIMIT,
                           "query processing would load too many samples into memory in query execution");
        for (size_t k = from; k < to; k++)
            source->gave_histograms = source->gave_histograms || s->histograms.at[k];
        result->at[result->len++] = (struct series){
            .labels = labels_import(table, s->labels),
            .len = to - from,
            .times_ms = s->times.at + from,
            .values = s->values.at + from,
            .starts_ms = s->has_starts ? s->starts.at + from : NULL,
            .histograms = s->has_histograms ? s->histograms.at + from : NULL,
        };
    }
    return true;
}

struct promql_source test_source_promql(struct test_source *source)
{
    return (struct promql_source){.self = source, .select = select_series};
}
