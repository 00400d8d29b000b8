/* ledger_world: a small world to be scraped, for the ledger's property test: processes that count events and
 * crash, two replicas that scrape them and miss scrapes, samples that arrive late. Everything from one seed.
 */
#ifndef SLOBURN_TESTS_LEDGER_WORLD_H
#define SLOBURN_TESTS_LEDGER_WORLD_H

#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { WORLD_TARGETS = 3, WORLD_REPLICAS = 2, WORLD_CHILDREN = 4, WORLD_FIRST_MS = 300000 };

enum world_metric { WORLD_UP, WORLD_START, WORLD_COUNTER };

/* Children 0 and 1 are good and bad of tenant a, 2 and 3 of tenant b. */
struct world_sample {
    int64_t at_ms;
    int64_t arrives_ms;
    int target;
    int replica;
    enum world_metric metric;
    int child;
    int version; /* a label that a relabelling changes */
    double value;
    int64_t start_ms;
};

struct world_child {
    bool exists;
    double value;
    int64_t start_ms;
};

struct world_target {
    bool exists; /* is scraped at all */
    bool alive;  /* answers */
    int64_t appears_ms;
    int64_t rare_from_ms; /* the last child has no event before */
    int64_t dead_until_ms;
    int64_t process_start_ms;
    int version;
    struct world_child children[WORLD_CHILDREN];
    int64_t silent_until_ms[WORLD_REPLICAS];
    int64_t regular_until_ms[WORLD_REPLICAS];
    int64_t events;         /* the true log */
    int64_t events_scraped; /* as of the last scrape that worked */
};

struct world_span {
    int64_t from_ms;
    int64_t to_ms;
};

struct world {
    uint64_t seed;
    int n_targets;
    int n_replicas;
    int64_t interval_ms;
    int64_t changes_ms; /* when the interval becomes the next one */
    int64_t next_interval_ms;
    int64_t begin_ms;
    int64_t end_ms;
    bool starts;    /* series carry start timestamps */
    bool no_births; /* there is no process_start_time_seconds */
    bool punctual;  /* no sample is late: with long intervals one that is late is a silence, to us */
    bool at_once;   /* all targets are scraped in the same second */
    bool steady;    /* the same traffic always and everywhere */
    bool preset;    /* children exist from the start of the process */
    bool duplicates;
    bool no_silence; /* every scrape is made, and a crash is a restart at once */
    struct world_target targets[WORLD_TARGETS];
    VEC(struct world_sample) samples; /* rising in time */
    VEC(struct world_span) blinds;    /* in which the source did not answer; the ledger's taker writes them */
};

static inline uint64_t world_random(struct world *w, uint64_t below)
{
    w->seed ^= w->seed << 13;
    w->seed ^= w->seed >> 7;
    w->seed ^= w->seed << 17;
    return (w->seed >> 11) % below;
}

static inline void world_start_process(struct world *w, struct world_target *t, int64_t now_ms)
{
    t->alive = true;
    t->process_start_ms = now_ms;
    for (int c = 0; c < WORLD_CHILDREN; c++)
        t->children[c] = (struct world_child){w->preset, 0, w->preset ? now_ms : 0};
}

static inline void world_event(struct world_target *t, int child, int64_t now_ms)
{
    struct world_child *c = &t->children[child];
    if (!c->exists)
        *c = (struct world_child){true, 0, now_ms};
    c->value++;
    t->events++;
}

static inline void world_traffic(struct world *w, struct world_target *t, int64_t now_ms)
{
    int n = w->steady ? 2 : (int)world_random(w, 3);
    for (int i = 0; i < n; i++) {
        int child = w->steady ? (int)(now_ms / 1000 % 10 == 0) : (int)world_random(w, WORLD_CHILDREN);
        if (child == WORLD_CHILDREN - 1 && now_ms < t->rare_from_ms)
            child = 0;
        world_event(t, child, now_ms);
    }
}

/* Crashes, deaths, relabellings, lost children. */
static inline void world_fate(struct world *w, struct world_target *t, int64_t now_ms)
{
    switch (world_random(w, 4000)) {
    case 0:
    case 1:
        world_start_process(w, t, now_ms);
        break;
    case 2:
        if (w->no_silence)
            break;
        t->alive = false;
        t->dead_until_ms = now_ms + (int64_t)world_random(w, 900000);
        break;
    case 3:
        if (!w->steady)
            t->version++;
        break;
    case 4:
        if (!w->steady)
            t->children[world_random(w, WORLD_CHILDREN)].exists = false;
        break;
    default:
        break;
    }
}

static inline void world_put(struct world *w, struct world_sample sample, bool late)
{
    sample.arrives_ms = sample.at_ms + (late ? (int64_t)world_random(w, 240000) : 0);
    VEC_PUSH(&w->samples, sample);
    if (w->duplicates && world_random(w, 20) == 0)
        VEC_PUSH(&w->samples, sample);
}

static inline int64_t world_interval(const struct world *w, int64_t now_ms)
{
    return now_ms < w->changes_ms ? w->interval_ms : w->next_interval_ms;
}

static inline void world_scrape(struct world *w, int target, int replica, int64_t now_ms)
{
    struct world_target *t = &w->targets[target];
    if (now_ms < t->silent_until_ms[replica])
        return;
    if (now_ms >= t->regular_until_ms[replica]) {
        uint64_t dice = world_random(w, 60);
        /* One missed scrape, or a longer silence; then a few regular ones, so that the interval can be known.
         */
        if (dice < 3 && !w->no_silence) {
            int64_t silence = dice < 2 ? 1 : (int64_t)world_random(w, w->n_replicas == 2 ? 900000 : 1500000);
            t->silent_until_ms[replica] = now_ms + silence;
            t->regular_until_ms[replica] = t->silent_until_ms[replica] + 6 * world_interval(w, now_ms);
            return;
        }
    }
    struct world_sample s = {.at_ms = now_ms, .target = target, .replica = replica, .metric = WORLD_UP};
    bool late = world_random(w, 10) == 0 && !w->punctual;
    s.value = t->alive;
    world_put(w, s, late);
    if (!t->alive)
        return;
    t->events_scraped = t->events;
    s.metric = WORLD_START;
    s.value = (double)t->process_start_ms / 1000;
    if (!w->no_births)
        world_put(w, s, late);
    for (int c = 0; c < WORLD_CHILDREN; c++) {
        if (!t->children[c].exists)
            continue;
        s.metric = WORLD_COUNTER;
        s.child = c;
        s.version = t->version;
        s.value = t->children[c].value;
        s.start_ms = w->starts ? t->children[c].start_ms : 0;
        world_put(w, s, late);
    }
}

static inline void world_second(struct world *w, int target, int64_t now_ms)
{
    struct world_target *t = &w->targets[target];
    if (now_ms < t->appears_ms)
        return;
    if (!t->exists) {
        t->exists = true;
        world_start_process(w, t, now_ms);
        for (int r = 0; r < WORLD_REPLICAS; r++)
            t->regular_until_ms[r] = now_ms + WORLD_FIRST_MS;
    }
    if (!t->alive && now_ms >= t->dead_until_ms)
        world_start_process(w, t, now_ms);
    if (t->alive)
        world_traffic(w, t, now_ms);
    if (now_ms - t->appears_ms > WORLD_FIRST_MS)
        world_fate(w, t, now_ms);
    for (int r = 0; r < w->n_replicas; r++)
        if ((now_ms - 1000 * (7 * r + (w->at_once ? 0 : target))) % world_interval(w, now_ms) == 0)
            world_scrape(w, target, r, now_ms);
}

static inline void world_run(struct world *w, uint64_t seed, bool steady)
{
    *w = (struct world){.seed = seed * 0x9e3779b97f4a7c15ULL + 1, .steady = steady};
    for (int i = 0; i < 5; i++)
        (void)world_random(w, 2);
    static const int64_t intervals[] = {10000, 15000, 30000, 60000, 150000};
    w->n_targets = 1 + (int)world_random(w, WORLD_TARGETS);
    w->n_replicas = 1 + (int)world_random(w, WORLD_REPLICAS);
    w->interval_ms = intervals[world_random(w, steady ? 4 : 5)];
    w->punctual = w->interval_ms > 60000;
    w->no_silence = steady && seed % 2;
    w->starts = world_random(w, 3) == 0;
    w->preset = world_random(w, 2);
    w->duplicates = world_random(w, 2);
    /* Often across midnight, so that days close in between. */
    w->begin_ms = (20000 + (int64_t)world_random(w, 100)) * 86400000 + (int64_t)world_random(w, 86400) * 1000;
    if (world_random(w, 2))
        w->begin_ms += 86400000 - w->begin_ms % 86400000 - 1800000;
    w->end_ms = w->begin_ms + 2400000 + (int64_t)world_random(w, 4800) * 1000;
    bool changes = !steady && world_random(w, 4) == 0;
    w->changes_ms = changes ? w->begin_ms + (int64_t)world_random(w, 3600) * 1000 : INT64_MAX;
    w->next_interval_ms = intervals[world_random(w, 4)];
    w->no_births = !steady && world_random(w, 4) == 0;
    w->at_once = world_random(w, 3) == 0;
    for (int t = 0; t < w->n_targets; t++) {
        w->targets[t].appears_ms = w->begin_ms + (t && !steady ? (int64_t)world_random(w, 1800) * 1000 : 0);
        if (!steady && !w->preset)
            w->targets[t].rare_from_ms = w->begin_ms + (int64_t)world_random(w, 3600) * 1000;
    }
    for (int64_t now = w->begin_ms; now <= w->end_ms; now += 1000)
        for (int t = 0; t < w->n_targets; t++)
            world_second(w, t, now);
}

static inline void world_finish(struct world *w)
{
    VEC_FREE(&w->samples);
    VEC_FREE(&w->blinds);
}

#endif
