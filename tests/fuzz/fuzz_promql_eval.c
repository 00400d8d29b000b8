// rooms: promql
/* Evaluation: any expression that parses is evaluated over random series (NaN, infinities, stale markers,
 * gaps, resets, histograms) and ends within small limits; what comes out is well formed.
 *
 * Input: one byte of options, one of the query's shape, one that seeds the series, then the expression. Every
 * selector finds series, whatever its matchers say, so that little of an expression is lost on empty vectors.
 */
#include "base/arena.h"
#include "base/map.h"
#include "base/regex.h"
#include "promql/eval.h"
#include "promql/parse.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    SAMPLES_MAX = 20000,
    SERIES_MAX = 300,
    QUESTIONS_MAX = 5000,
    SERIES_OF_SELECTOR = 6,
    SAMPLES_OF_SERIES = 60
};

struct fuzz {
    uint64_t seed;
    long questions;
    size_t series_given;
};

static const char some_histogram;

static uint64_t next(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

static bool expired(void *context)
{
    struct fuzz *fuzz = context;
    return ++fuzz->questions > QUESTIONS_MAX;
}

static double random_value(uint64_t *random, double before)
{
    uint64_t bits = next(random);
    double raw;
    switch (next(random) % 24) {
    case 0:
        return (double)NAN;
    case 1:
        return (double)INFINITY;
    case 2:
        return -(double)INFINITY;
    case 3:
        return stale_nan();
    case 4:
        return -0.0;
    case 5:
        memcpy(&raw, &bits, sizeof raw);
        return raw;
    case 6:
        return 0; /* a reset */
    case 7:
        return 1e308;
    default:
        return before + (double)(bits % 100);
    }
}

static const struct labels *random_labels(uint64_t *random, struct text name, struct label_table *table)
{
    static const char *const NAMES[] = {"a", "job", "instance", "le", "__type__"};
    static const char *const VALUES[] = {"", "x", "y", "1", "+Inf", "0.5"};
    struct label labels[6] = {{symbol_intern(table, TEXT("__name__")), symbol_intern(table, name)}};
    for (size_t i = 0; i < 5; i++)
        labels[i + 1] = (struct label){symbol_intern(table, text_of(NAMES[i])),
                                       symbol_intern(table, text_of(VALUES[next(random) % 6]))};
    return labels_intern(table, labels, 6);
}

static struct series random_series(uint64_t *random, const struct select_request *request,
                                   const struct labels *labels, struct arena *arena)
{
    size_t room = next(random) % SAMPLES_OF_SERIES;
    int64_t *times = ARENA_ARRAY(arena, int64_t, room);
    int64_t *starts = ARENA_ARRAY(arena, int64_t, room);
    double *values = ARENA_ARRAY(arena, double, room);
    const struct histogram **histograms = ARENA_ARRAY_ZERO(arena, const struct histogram *, room);
    int64_t span_ms = request->to_ms - request->from_ms;
    int64_t gap_ms = span_ms / (int64_t)(room + 1) + 1;
    int64_t t = request->from_ms;
    bool any_histogram = next(random) % 8 == 0;
    size_t n = 0;
    while (n < room) {
        t += 1 + (int64_t)(next(random) % (uint64_t)gap_ms);
        if (next(random) % 16 == 0)
            t += 60000;
        if (t > request->to_ms)
            break;
        times[n] = t;
        starts[n] = next(random) % 2 ? t - (int64_t)(next(random) % 100000) : 0;
        values[n] = random_value(random, n ? values[n - 1] : 0);
        if (any_histogram && next(random) % 2)
            histograms[n] = (const struct histogram *)&some_histogram;
        n++;
    }
    return (struct series){.labels = labels,
                           .len = n,
                           .times_ms = times,
                           .values = values,
                           .starts_ms = next(random) % 2 ? starts : NULL,
                           .histograms = any_histogram ? histograms : NULL};
}

static bool select_series(void *self, const struct select_request *request, struct label_table *table,
                          struct arena *arena, struct series_set *result, struct err *err)
{
    struct fuzz *fuzz = self;
    struct text name = request->selector->u.selector.name;
    if (name.len == 0)
        name = TEXT("up");
    uint64_t random = fuzz->seed ^ hash_bytes(name.at, name.len, 1);
    size_t n = next(&random) % SERIES_OF_SELECTOR;
    assert(request->from_ms <= request->to_ms);
    if (next(&random) % 64 == 0)
        return err_set(err, ERR_UNREACHABLE, "the source is away");
    struct map seen = {0};
    result->at = ARENA_ARRAY(arena, struct series, n);
    result->len = 0;
    for (size_t i = 0; i < n; i++) {
        bool added;
        const struct labels *labels = random_labels(&random, name, table);
        map_add(&seen, map_key_of(labels), &added);
        if (added)
            result->at[result->len++] = random_series(&random, request, labels, arena);
    }
    map_finish(&seen);
    fuzz->series_given += result->len;
    return true;
}

static void check_result(const struct promql_query *query, const struct promql_result *result)
{
    struct map seen = {0};
    for (size_t i = 0; i < result->series.len; i++) {
        const struct series *s = &result->series.at[i];
        bool added;
        assert(s->len > 0);
        map_add(&seen, map_key_of(s->labels), &added);
        assert(added || result->type == VALUE_MATRIX);
        for (size_t k = 1; k < s->len; k++)
            assert(s->times_ms[k - 1] < s->times_ms[k]);
        if (query->step_ms > 0) {
            assert(s->times_ms[0] >= query->start_ms && s->times_ms[s->len - 1] <= query->end_ms);
            assert(i == 0 || labels_compare(s[-1].labels, s->labels) < 0);
        }
    }
    for (size_t i = 0; i < result->n_annotations; i++)
        assert(result->annotations[i].message.len > 0);
    map_finish(&seen);
}

static struct promql_query query_of(uint8_t shape)
{
    static const int64_t STEPS[] = {0, 1000, 15000, 60000, 3600000, 86400000, 1, 59999};
    struct promql_query query = {.start_ms = (int64_t)(shape >> 5) * 1000000 - 2000000,
                                 .step_ms = STEPS[shape & 7]};
    query.end_ms = query.start_ms + query.step_ms * (int64_t)((shape >> 3) & 3) * 7;
    return query;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    struct fuzz fuzz = {.seed = data[2]};
    struct promql_parse_options parse = {
        .experimental_functions = true, .extended_ranges = true, .fill_modifiers = true};
    struct promql_options options = {.max_samples = SAMPLES_MAX,
                                     .max_series = SERIES_MAX,
                                     .delayed_name_removal = data[0] & 1,
                                     .use_start_timestamps = data[0] & 2,
                                     .expired = expired,
                                     .expired_context = &fuzz};
    struct promql_query query = query_of(data[1]);
    struct promql_source source = {.self = &fuzz, .select = select_series};
    struct text expression = {(const char *)data + 3, size - 3};
    struct promql_result result;
    struct regex_set *regexes = regex_set_new();
    struct label_table *table = label_table_new(NULL);
    struct arena arena;
    struct err err = {0};
    arena_init(&arena, 1 << 28);
    struct expr *expr = promql_parse(expression, &parse, &arena, regexes, &err);
    if (expr && promql_eval(expr, expression, &query, &options, &source, table, &arena, &result, &err))
        check_result(&query, &result);
    else
        assert(err.kind != ERR_NONE && err.message[0]);
    arena_finish(&arena);
    label_table_free(table);
    regex_set_free(regexes);
    return 0;
}
