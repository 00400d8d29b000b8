/* Samples are made as they are asked for; a request's columns are shared by all selectors that want them. */
#include "support/service_source.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/memory.h"
#include "source/selector.h"

#include <stdlib.h>

enum { CHILDREN = 3, GOOD = 0, BAD = 1, UP = 2, TEXT_MAX = 100 };

struct service_source {
    struct source base;
    size_t services;
    int64_t begin_ms;
    int64_t hidden_from_ms;
    int64_t hidden_to_ms;
    int64_t churn_ms;
    int64_t break_ms;
    size_t asked;
};

/* What one request asks for, and what of it was made. */
struct answer {
    struct service_source *source;
    const struct raw_request *request;
    struct label_table *table;
    struct arena *arena;
    struct series *made; /* [service * CHILDREN + child], labels NULL: not yet */
    size_t n_samples;
};

static int64_t counted(size_t service, int child, int64_t for_ms)
{
    int64_t requests = for_ms > 0 ? for_ms / 1000 * (int64_t)(1 + service % 7) : 0;
    int64_t failed = requests / 100;
    return child == BAD ? failed : requests - failed;
}

/* The same where all requests fail from some moment on. */
static int64_t counted_broken(const struct service_source *source, size_t service, int child, int64_t at_ms,
                              int64_t begin_ms)
{
    int64_t sound_ms = source->break_ms - begin_ms;
    if (!source->break_ms || at_ms <= source->break_ms)
        return counted(service, child, at_ms - begin_ms);
    if (child == GOOD)
        return counted(service, GOOD, sound_ms);
    return counted(service, GOOD, at_ms - begin_ms) + counted(service, BAD, at_ms - begin_ms) -
           counted(service, GOOD, sound_ms);
}

int64_t service_source_requests(size_t service, int64_t begin_ms, int64_t from_ms, int64_t to_ms, bool failed)
{
    int64_t bad = counted(service, BAD, to_ms - begin_ms) - counted(service, BAD, from_ms - begin_ms);
    int64_t good = counted(service, GOOD, to_ms - begin_ms) - counted(service, GOOD, from_ms - begin_ms);
    return failed ? bad : good + bad;
}

static const struct labels *make_labels(const struct answer *answer, size_t service, int child,
                                        int64_t generation)
{
    struct buf name, pod;
    buf_init(&name, TEXT_MAX);
    buf_init(&pod, TEXT_MAX);
    buf_printf(&name, "s%04zu", service);
    if (generation)
        buf_printf(&pod, "pod-%zu-%lld-with-a-name-that-takes-some-room", service, (long long)generation);
    const struct labels *labels =
        labels_of(answer->table, "__name__", child == UP ? "up" : "requests_total", "job", buf_cstring(&name),
                  "service", buf_cstring(&name), "instance", "a", "code",
                  child == UP    ? ""
                  : child == BAD ? "500"
                                 : "200",
                  "pod", buf_cstring(&pod), NULL);
    buf_finish(&name);
    buf_finish(&pod);
    return labels;
}

/* One life of a child: the samples of (from, to]. */
static struct series make_series(struct answer *answer, size_t service, int child, int64_t begin_ms)
{
    struct service_source *source = answer->source;
    const struct raw_request *request = answer->request;
    int64_t end_ms = source->churn_ms ? begin_ms + source->churn_ms : INT64_MAX;
    int64_t to_ms = request->to_ms < end_ms ? request->to_ms : end_ms;
    int64_t from_ms = request->from_ms > begin_ms ? request->from_ms : begin_ms;
    size_t most = to_ms > from_ms ? (size_t)((to_ms - from_ms) / SERVICE_SCRAPE_MS + 2) : 0;
    int64_t *times = ARENA_ARRAY(answer->arena, int64_t, most);
    double *values = ARENA_ARRAY(answer->arena, double, most);
    int64_t offset = (int64_t)(service * 37 % SERVICE_SCRAPE_MS);
    int64_t t = from_ms - from_ms % SERVICE_SCRAPE_MS + offset;
    size_t n = 0;
    for (t = t > from_ms ? t : t + SERVICE_SCRAPE_MS; t <= to_ms; t += SERVICE_SCRAPE_MS) {
        if (t > source->hidden_from_ms && t <= source->hidden_to_ms)
            continue;
        times[n] = t;
        values[n++] = child == UP ? 1 : (double)counted_broken(source, service, child, t, begin_ms);
    }
    answer->n_samples += n;
    int64_t generation = source->churn_ms ? begin_ms / source->churn_ms : 0;
    return (struct series){.labels = make_labels(answer, service, child, generation),
                           .len = n,
                           .times_ms = times,
                           .values = values};
}

static bool wants(const struct expr *selector, const struct series *series)
{
    return series->len && selector_matches(&selector->u.selector, series->labels);
}

/* The service that a selector names, or all. */
static void named_service(const struct answer *answer, const struct expr *selector, size_t *first,
                          size_t *end)
{
    *first = 0;
    *end = answer->source->services;
    for (size_t i = 0; i < selector->u.selector.n_matchers; i++) {
        const struct matcher *m = &selector->u.selector.matchers[i];
        if (m->op == MATCH_EQ && text_is(m->name, "service") && m->value.len > 1) {
            *first = (size_t)strtoul(m->value.at + 1, NULL, 10);
            *end = *first < answer->source->services ? *first + 1 : *first;
        }
    }
}

static struct series_set make_set(struct answer *answer, const struct expr *selector)
{
    const struct service_source *source = answer->source;
    size_t first, end;
    named_service(answer, selector, &first, &end);
    int64_t life = source->churn_ms ? source->churn_ms : INT64_MAX;
    int64_t begin = source->begin_ms, to = answer->request->to_ms;
    if (source->churn_ms && answer->request->from_ms > begin)
        begin += (answer->request->from_ms - begin) / life * life;
    size_t lives = source->churn_ms && to > begin ? (size_t)((to - begin) / life + 1) : 1;
    struct series_set set = {ARENA_ARRAY(answer->arena, struct series, (end - first) * CHILDREN * lives), 0};
    for (size_t i = first; i < end; i++)
        for (int child = 0; child < CHILDREN; child++)
            for (size_t k = 0; k < lives; k++) {
                struct series *made = &answer->made[(i * CHILDREN + (size_t)child) * lives + k];
                if (!made->labels)
                    *made = make_series(answer, i, child, begin + (int64_t)k * (source->churn_ms ? life : 0));
                if (wants(selector, made))
                    set.at[set.len++] = *made;
            }
    return set;
}

static bool raw(struct source *base, const struct raw_request *request, struct label_table *table,
                struct arena *arena, struct raw_result *result, struct err *err)
{
    (void)err;
    struct service_source *source = (struct service_source *)base;
    struct answer answer = {.source = source, .request = request, .table = table, .arena = arena};
    int64_t age_ms = request->to_ms > source->begin_ms ? request->to_ms - source->begin_ms : 0;
    size_t lives = source->churn_ms ? (size_t)(age_ms / source->churn_ms + 2) : 1;
    answer.made = ARENA_ARRAY_ZERO(arena, struct series, source->services * CHILDREN * lives);
    *result = (struct raw_result){.sets = ARENA_ARRAY(arena, struct series_set, request->n_selectors),
                                  .n_sets = request->n_selectors};
    for (size_t i = 0; i < request->n_selectors; i++)
        result->sets[i] = make_set(&answer, request->selectors[i]);
    result->n_samples = answer.n_samples;
    source->asked++;
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
    buf_puts(description, "services in memory");
    return true;
}

static const struct source_class class = {.kind = "services", .raw = raw, .check = check, .release = release};

struct source *service_source_new(size_t services, int64_t begin_ms)
{
    struct service_source *source = memory_alloc_zero(1, sizeof *source);
    source->base = (struct source){.class = &class, .name = TEXT("services")};
    source->services = services;
    source->begin_ms = begin_ms;
    return &source->base;
}

void service_source_hide(struct source *source, int64_t from_ms, int64_t to_ms)
{
    ((struct service_source *)source)->hidden_from_ms = from_ms;
    ((struct service_source *)source)->hidden_to_ms = to_ms;
}

void service_source_churn(struct source *source, int64_t churn_ms)
{
    ((struct service_source *)source)->churn_ms = churn_ms;
}

void service_source_break(struct source *source, int64_t break_ms)
{
    ((struct service_source *)source)->break_ms = break_ms;
}

size_t service_source_asked(const struct source *source)
{
    return ((const struct service_source *)source)->asked;
}
