/* ledger_reference: what the ledger should hold, worked out slowly and differently: whole scrapes of a target
 * side by side, all samples known at once, no horizon, no state, no columns. */
#ifndef SLOBURN_TESTS_LEDGER_REFERENCE_H
#define SLOBURN_TESTS_LEDGER_REFERENCE_H

#include "slo/ledger_world.h"
#include "slo/minutes.h"

#include <stdlib.h>

enum { REF_KEYS = WORLD_CHILDREN * 16, REF_SCRAPES = 2000, REF_MINUTES = 400, REF_GROUPS = 3 };

struct ref_scrape {
    int64_t at_ms;
    int replica;
    int64_t limit_ms; /* the longest silence before it that is none */
    int64_t process_start_ms;
    bool has[REF_KEYS];
    double value[REF_KEYS];
    int64_t start_ms[REF_KEYS];
};

struct ref_minute {
    int64_t units;
    int64_t spent;
    bool spread;
    int expected;
    int gone;
    int seen;
    bool scraped; /* a scrape that counts falls into it */
};

struct reference {
    int64_t first;                                      /* minute */
    struct ref_minute minutes[REF_GROUPS][REF_MINUTES]; /* whole, tenant a, tenant b; cover in the whole */
};

static inline int64_t ref_minute_of(int64_t ms)
{
    return (ms + 59999) / 60000 - 1;
}

/* All scrapes of a replica that worked, rising. */
static inline size_t ref_scrapes_of(const struct world *w, int target, int replica, struct ref_scrape *out)
{
    size_t n = 0;
    for (size_t i = 0; i < w->samples.len; i++) {
        const struct world_sample *s = &w->samples.at[i];
        if (s->target != target || s->replica != replica)
            continue;
        if (s->metric == WORLD_UP && s->value == 1 && (!n || out[n - 1].at_ms != s->at_ms)) {
            memset(&out[n], 0, sizeof out[n]);
            out[n].at_ms = s->at_ms;
            out[n++].replica = replica;
        } else if (s->metric == WORLD_START) {
            out[n - 1].process_start_ms = (int64_t)(s->value * 1000);
        } else if (s->metric == WORLD_COUNTER) {
            int key = s->child + WORLD_CHILDREN * (s->version % 16);
            out[n - 1].has[key] = true;
            out[n - 1].value[key] = s->value;
            out[n - 1].start_ms[key] = s->start_ms;
        }
    }
    return n;
}

/* The rule by which the interval is learned, as docs/ledger.md states it. */
struct ref_interval {
    int64_t ms;
    int odd;
};

static inline void ref_learn(struct ref_interval *interval, int64_t spacing)
{
    if (spacing > 300000)
        return;
    bool fits = 2 * spacing <= 3 * interval->ms && 3 * spacing >= 2 * interval->ms;
    if (interval->ms && fits) {
        interval->ms += (spacing - interval->ms) / 8;
        interval->odd = 0;
    } else if (!interval->ms || ++interval->odd == 4) {
        *interval = (struct ref_interval){spacing, 0};
    }
}

/* The scrapes that count: one replica at a time, another after 2.5 silent intervals. */
static inline size_t ref_choose(const struct world *w, int target, struct ref_scrape *out)
{
    static struct ref_scrape all[WORLD_REPLICAS][REF_SCRAPES];
    size_t len[WORLD_REPLICAS];
    struct ref_interval interval = {0};
    size_t n = 0;
    for (int r = 0; r < w->n_replicas; r++)
        len[r] = ref_scrapes_of(w, target, r, all[r]);
    for (;;) {
        const struct ref_scrape *next[WORLD_REPLICAS] = {0};
        const struct ref_scrape *best = NULL;
        int64_t last_ms = n ? out[n - 1].at_ms : 0;
        for (int r = 0; r < w->n_replicas; r++) {
            for (size_t i = 0; i < len[r] && !next[r]; i++)
                if (all[r][i].at_ms > last_ms)
                    next[r] = &all[r][i];
            if (next[r] && (!best || next[r]->at_ms < best->at_ms))
                best = next[r];
        }
        if (!best)
            return n;
        int64_t limit = interval.ms ? interval.ms * 5 / 2 : 150000;
        limit = limit > 300000 ? 300000 : limit;
        const struct ref_scrape *same = n ? next[out[n - 1].replica] : NULL;
        if (same && same->at_ms - last_ms <= limit)
            best = same;
        if (n)
            ref_learn(&interval, best->at_ms - last_ms);
        out[n] = *best;
        out[n++].limit_ms = limit;
    }
}

static inline void ref_book(struct reference *ref, int key, int64_t since_ms, int64_t at_ms, int64_t amount)
{
    int child = key % WORLD_CHILDREN;
    int groups[] = {0, 1 + child / 2};
    int64_t first = at_ms - since_ms > 300000 ? ref_minute_of(since_ms) + 1 : ref_minute_of(at_ms);
    int64_t n = ref_minute_of(at_ms) - first + 1;
    for (int64_t i = 0; i < n; i++) {
        int64_t share = amount * (i + 1) / n - amount * i / n;
        int64_t m = first + i - ref->first;
        if (m < 0 || m >= REF_MINUTES)
            abort();
        for (int g = 0; g < 2; g++) {
            ref->minutes[groups[g]][m].spread |= amount && at_ms - since_ms > 300000;
            ref->minutes[groups[g]][m].units += share;
            ref->minutes[groups[g]][m].spent += child % 2 ? share : 0;
        }
    }
}

static inline bool ref_restarted(const struct ref_scrape *a, const struct ref_scrape *b)
{
    for (int k = 0; k < REF_KEYS; k++)
        if (a->has[k] && b->has[k] && b->value[k] < a->value[k])
            return true;
    return b->process_start_ms > a->at_ms;
}

static inline bool ref_vanished(const struct ref_scrape *a, const struct ref_scrape *b)
{
    for (int k = 0; k < REF_KEYS; k++)
        if (a->has[k] && !b->has[k])
            return true;
    return false;
}

static inline bool ref_first_counts(const struct world *w, const struct ref_scrape *before,
                                    const struct ref_scrape *now, int key)
{
    if (!before) {
        int64_t born_ms = w->starts ? now->start_ms[key] : now->process_start_ms;
        return born_ms >= now->at_ms - 120000;
    }
    if (w->starts)
        return now->start_ms[key] > before->at_ms;
    if (ref_restarted(before, now))
        return true;
    return now->at_ms - before->at_ms <= now->limit_ms && !ref_vanished(before, now);
}

static inline void ref_count(const struct world *w, const struct ref_scrape *scrapes, size_t n, int key,
                             struct reference *ref)
{
    const struct ref_scrape *last = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct ref_scrape *now = &scrapes[i];
        const struct ref_scrape *before = i ? &scrapes[i - 1] : NULL;
        if (!now->has[key])
            continue;
        if (!last) {
            int64_t born_ms = w->starts ? now->start_ms[key] : now->process_start_ms;
            if (ref_first_counts(w, before, now, key))
                ref_book(ref, key, before ? before->at_ms : born_ms, now->at_ms, (int64_t)now->value[key]);
        } else {
            bool reset = now->value[key] < last->value[key];
            if (w->starts)
                reset |= now->start_ms[key] > last->at_ms;
            else
                reset |= now->process_start_ms > last->at_ms;
            double since = reset ? 0 : last->value[key];
            ref_book(ref, key, before->at_ms, now->at_ms, (int64_t)(now->value[key] - since));
        }
        last = now;
    }
}

/* How long a sample keeps its target expected: through every time in which the source was blind. */
static inline int64_t ref_reach(const struct world *w, int64_t at_ms, int64_t reach_ms)
{
    int64_t end_ms = at_ms + reach_ms;
    for (size_t i = 0; i < w->blinds.len; i++)
        if (at_ms <= w->blinds.at[i].to_ms && end_ms >= w->blinds.at[i].from_ms &&
            end_ms < w->blinds.at[i].to_ms)
            end_ms = w->blinds.at[i].to_ms;
    return end_ms;
}

static inline bool ref_blind(const struct world *w, int64_t minute)
{
    for (size_t i = 0; i < w->blinds.len; i++)
        if ((minute + 1) * 60000 > w->blinds.at[i].from_ms && minute * 60000 < w->blinds.at[i].to_ms)
            return true;
    return false;
}

static inline void ref_cover(const struct world *w, int target, const struct ref_scrape *scrapes, size_t n,
                             struct reference *ref)
{
    for (int64_t m = 0; m < REF_MINUTES; m++) {
        int64_t from = (ref->first + m) * 60000;
        struct ref_minute *minute = &ref->minutes[0][m];
        bool expected = false;
        bool gone = false;
        for (size_t i = 0; i < w->samples.len; i++) {
            const struct world_sample *s = &w->samples.at[i];
            if (s->target != target || s->at_ms > from)
                continue;
            expected |= ref_reach(w, s->at_ms, 300000) >= from;
            gone |= ref_reach(w, s->at_ms, 3600000) >= from;
        }
        minute->expected += expected;
        minute->gone += gone;
        size_t i = 0;
        while (i + 1 < n && scrapes[i + 1].at_ms <= from)
            i++;
        bool seen = n && scrapes[i].at_ms <= from;
        while (seen && scrapes[i].at_ms < from + 60000) {
            seen = i + 1 < n && scrapes[i + 1].at_ms - scrapes[i].at_ms <= scrapes[i + 1].limit_ms;
            i++;
        }
        minute->seen += seen;
    }
    for (size_t i = 0; i < n; i++)
        ref->minutes[0][ref_minute_of(scrapes[i].at_ms) - ref->first].scraped = true;
}

static inline void reference_run(const struct world *w, struct reference *ref)
{
    static struct ref_scrape scrapes[REF_SCRAPES];
    memset(ref, 0, sizeof *ref);
    ref->first = ref_minute_of(w->begin_ms) - 5;
    for (int t = 0; t < w->n_targets; t++) {
        size_t n = ref_choose(w, t, scrapes);
        for (int key = 0; key < REF_KEYS; key++)
            ref_count(w, scrapes, n, key, ref);
        ref_cover(w, t, scrapes, n, ref);
    }
    for (int64_t m = 0; m < REF_MINUTES; m++) {
        struct ref_minute *minute = &ref->minutes[0][m];
        if (!minute->expected)
            minute->expected = minute->gone;
        if (minute->expected < minute->seen)
            minute->expected = minute->seen;
    }
}

#endif
