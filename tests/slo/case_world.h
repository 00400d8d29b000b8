/* case_world: the service of a text case: instances that serve traffic, second by second, and are scraped.
 * What happens is a list of spans. Values of counters follow from it exactly: no randomness. */
#ifndef SLOBURN_TESTS_CASE_WORLD_H
#define SLOBURN_TESTS_CASE_WORLD_H

#include "base/duration.h"
#include "base/labels.h"
#include "base/series.h"
#include "base/text.h"
#include "base/vec.h"
#include "slo/definition.h"

#include <stdlib.h>

enum { CASE_INSTANCES = 4, CASE_SPANS = 64, CASE_EXPECTED = 64, CASE_TERMS = 3 };

enum span_what {
    SPAN_BAD,
    SPAN_TRAFFIC,
    SPAN_VALUE,
    SPAN_DOWN,
    SPAN_GONE,
    SPAN_ABSENT,
    SPAN_BLIND,
    SPAN_CRASH,
    SPAN_RELABEL
};

struct span {
    enum span_what what;
    int64_t from_ms;
    int64_t to_ms;
    int instance; /* -1: all */
    double number;
    int64_t every_ms;
};

/* A counter of one instance: its samples, for the whole run. */
struct case_counter {
    bool exists;
    double value;
    int version;
    const struct labels *labels;
    VEC(int64_t) times;
    VEC(double) values;
    struct case_counter *renamed; /* the series that it was before a relabelling */
};

enum case_metric { CASE_UNITS, CASE_BAD, CASE_GOOD, CASE_SUM, CASE_UP, CASE_START, CASE_METRICS };

struct case_instance {
    struct text name;
    struct case_counter counters[CASE_METRICS];
    double units_due;
    double bad_due;
    int64_t process_start_ms;
    int version;
};

struct case_world {
    struct label_table *table;
    int64_t origin_ms; /* of the case's 0 */
    int64_t scrape_ms;
    double traffic; /* units a minute and instance */
    double value;   /* spent of each unit, for means; score */
    struct case_instance instances[CASE_INSTANCES];
    size_t n_instances;
    struct span spans[CASE_SPANS];
    size_t n_spans;
    bool bad_minute; /* of the minute that passes */
};

static inline const struct span *case_span(const struct case_world *w, enum span_what what, size_t instance,
                                           int64_t at_ms)
{
    const struct span *found = NULL;
    for (size_t i = 0; i < w->n_spans; i++) {
        const struct span *s = &w->spans[i];
        if (s->what == what && at_ms >= s->from_ms && at_ms < s->to_ms &&
            (s->instance < 0 || (size_t)s->instance == instance))
            found = s;
    }
    return found;
}

static inline void case_count(struct case_counter *counter, double n)
{
    counter->exists = true;
    counter->value += n;
}

static inline void case_restart(struct case_instance *instance, int64_t now_ms)
{
    for (int m = 0; m < CASE_UP; m++) {
        instance->counters[m].exists = false;
        instance->counters[m].value = 0;
    }
    instance->process_start_ms = now_ms;
}

/* The old series stays as it is; a new one goes on with its value. */
static inline void case_relabel(struct case_instance *instance)
{
    instance->version++;
    for (int m = 0; m < CASE_UP; m++) {
        struct case_counter *old = malloc(sizeof *old);
        *old = instance->counters[m];
        instance->counters[m] = (struct case_counter){
            .exists = old->exists, .value = old->value, .version = instance->version, .renamed = old};
    }
}

static inline void case_serve(struct case_world *w, size_t i, int64_t now_ms)
{
    struct case_instance *instance = &w->instances[i];
    const struct span *span = case_span(w, SPAN_TRAFFIC, i, now_ms);
    instance->units_due += (span ? span->number : w->traffic) / 60;
    long units = (long)instance->units_due;
    instance->units_due -= (double)units;
    span = case_span(w, SPAN_BAD, i, now_ms);
    double share = span ? span->number / 100 : 0;
    instance->bad_due += share * (double)units;
    long bad = (long)(instance->bad_due + 1e-9);
    instance->bad_due -= (double)bad;
    span = case_span(w, SPAN_VALUE, i, now_ms);
    case_count(&instance->counters[CASE_UNITS], (double)units);
    case_count(&instance->counters[CASE_GOOD], (double)(units - bad));
    case_count(&instance->counters[CASE_SUM], (double)units * (span ? span->number : w->value));
    if (bad)
        case_count(&instance->counters[CASE_BAD], (double)bad);
    w->bad_minute |= share >= 0.5;
}

static inline void case_sample(struct case_world *w, struct case_instance *instance, int metric,
                               int64_t now_ms, double value)
{
    static const char *const names[] = {"x_total", "x_bad_total", "x_good_total",
                                        "x_sum",   "up",          "process_start_time_seconds"};
    static const char *const versions[] = {"", "1", "2", "3"};
    struct case_counter *counter = &instance->counters[metric];
    char name[32] = {0};
    memcpy(name, instance->name.at, instance->name.len < 31 ? instance->name.len : 31);
    if (!counter->labels)
        counter->labels = labels_of(w->table, "__name__", names[metric], "job", "api", "instance", name,
                                    "version", metric < CASE_UP ? versions[counter->version % 4] : "", NULL);
    VEC_PUSH(&counter->times, w->origin_ms + now_ms);
    VEC_PUSH(&counter->values, value);
}

static inline void case_scrape(struct case_world *w, size_t i, int64_t now_ms)
{
    struct case_instance *instance = &w->instances[i];
    bool up = !case_span(w, SPAN_DOWN, i, now_ms);
    if (case_span(w, SPAN_GONE, i, now_ms))
        return;
    case_sample(w, instance, CASE_UP, now_ms, up);
    if (!up)
        return;
    case_sample(w, instance, CASE_START, now_ms, (double)(w->origin_ms + instance->process_start_ms) / 1000);
    for (int m = 0; m < CASE_UP && !case_span(w, SPAN_ABSENT, i, now_ms); m++)
        if (instance->counters[m].exists)
            case_sample(w, instance, m, now_ms, instance->counters[m].value);
}

/* Everything of one second of all instances; scrapes are a few seconds apart from one another. */
static inline void case_second(struct case_world *w, int64_t now_ms)
{
    for (size_t i = 0; i < w->n_instances; i++) {
        const struct span *crash = case_span(w, SPAN_CRASH, i, now_ms);
        const struct span *relabel = case_span(w, SPAN_RELABEL, i, now_ms);
        if (crash && (now_ms - crash->from_ms) % crash->every_ms == 0)
            case_restart(&w->instances[i], now_ms);
        if (relabel && now_ms == relabel->from_ms)
            case_relabel(&w->instances[i]);
        if (!case_span(w, SPAN_DOWN, i, now_ms))
            case_serve(w, i, now_ms);
        if ((now_ms - (int64_t)i * 4 * SECOND_MS) % w->scrape_ms == 0)
            case_scrape(w, i, now_ms);
    }
}

/* How many of its samples lie at or before at_ms. */
static inline size_t case_count_until(const struct case_counter *counter, int64_t at_ms)
{
    size_t low = 0;
    size_t high = counter->times.len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (counter->times.at[middle] <= at_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The samples of one metric in (from, to], into `out`. */
static inline size_t case_series(const struct case_world *w, enum case_metric metric, int64_t from_ms,
                                 int64_t to_ms, struct series *out)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_instances; i++) {
        for (const struct case_counter *c = &w->instances[i].counters[metric]; c; c = c->renamed) {
            size_t low = case_count_until(c, from_ms);
            size_t high = case_count_until(c, to_ms);
            if (high > low)
                out[n++] = (struct series){.labels = c->labels,
                                           .len = high - low,
                                           .times_ms = c->times.at + low,
                                           .values = c->values.at + low};
        }
    }
    return n;
}

static inline void case_world_finish(struct case_world *w)
{
    for (size_t i = 0; i < w->n_instances; i++) {
        for (int m = 0; m < CASE_METRICS; m++) {
            struct case_counter *c = &w->instances[i].counters[m];
            VEC_FREE(&c->times);
            VEC_FREE(&c->values);
            for (struct case_counter *next = c->renamed; next; next = c) {
                c = next->renamed;
                VEC_FREE(&next->times);
                VEC_FREE(&next->values);
                free(next);
            }
        }
    }
}

#endif
