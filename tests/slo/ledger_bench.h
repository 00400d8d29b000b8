/* ledger_bench: a handful of series, written sample by sample, and a ledger that takes them; for tests of the
 * ledger's rules. */
#ifndef SLOBURN_TESTS_LEDGER_BENCH_H
#define SLOBURN_TESTS_LEDGER_BENCH_H

#include "support/cmocka_headers.h"

#include "base/duration.h"
#include "slo/ledger_keep.h"

#define BEGIN_MS (20000 * DAY_MS + 10 * HOUR_MS)

enum { SAMPLES = 4000, SERIES = 8, UP = 3, STARTS = 4, SETS = 5, BENCH_MINUTES = 10000 };

/* A bench: series of one target (unless said otherwise), fed to a ledger in one take. */
struct bench {
    struct slo slo;
    struct slo_term terms[3];
    struct label_table *table;
    struct ledger *ledger;
    struct keep keep;
    struct ledger_change change;
    struct minute minutes[BENCH_MINUTES]; /* what is kept, after a take */
    size_t n_minutes;
    struct series_set sets[SETS]; /* terms 0 to 2, up, starts */
    struct series series[SETS][SERIES];
    int64_t times[SETS][SERIES][SAMPLES / SERIES];
    double values[SETS][SERIES][SAMPLES / SERIES];
    int64_t starts[SETS][SERIES][SAMPLES / SERIES];
};

static inline struct bench *bench_new(enum slo_kind kind)
{
    struct bench *b = calloc(1, sizeof *b);
    b->table = label_table_new(NULL);
    b->keep.head.first_minute = INT64_MAX;
    b->slo = (struct slo){
        .kind = kind, .target_billionths = 990000000, .allowance_billionths = 10000000, .scale = 1};
    b->slo.terms = b->terms;
    b->terms[b->slo.n_terms++] = (struct slo_term){.role = SLO_UNITS, .coefficient = 1};
    b->terms[b->slo.n_terms++] = (struct slo_term){.role = SLO_SPENT, .coefficient = 1};
    for (int i = 0; i < SETS; i++)
        b->sets[i].at = b->series[i];
    return b;
}

static inline void bench_free(struct bench *b)
{
    ledger_free(b->ledger);
    keep_finish(&b->keep);
    label_table_free(b->table);
    free(b);
}

/* A series of a set and a target; `tag` tells children apart. */
static inline struct series *add_at(struct bench *b, int set, const char *name, const char *tag,
                                    const char *instance)
{
    size_t i = b->sets[set].len++;
    b->series[set][i] = (struct series){
        .labels = labels_of(b->table, "__name__", name, "job", "api", "instance", instance, "tag", tag, NULL),
        .times_ms = b->times[set][i],
        .values = b->values[set][i]};
    return &b->series[set][i];
}

static inline struct series *add(struct bench *b, int set, const char *name, const char *tag)
{
    return add_at(b, set, name, tag, "a");
}

static inline void put(struct bench *b, struct series *s, int64_t seconds, double value)
{
    for (int set = 0; set < SETS; set++)
        for (int i = 0; i < SERIES; i++)
            if (s == &b->series[set][i]) {
                b->times[set][i][s->len] = BEGIN_MS + seconds * 1000;
                b->values[set][i][s->len++] = value;
            }
}

/* A sample every 15 s in [from, to), rising by `step`. */
static inline void ramp(struct bench *b, struct series *s, int from, int to, double first, double step)
{
    for (int t = from; t < to; t += 15, first += step)
        put(b, s, t, first);
}

static inline struct window_sum take_since(struct bench *b, int64_t from_s, int64_t to_s)
{
    struct ledger_batch batch = {.from_ms = BEGIN_MS + from_s * 1000,
                                 .to_ms = BEGIN_MS + to_s * 1000,
                                 .now_ms = BEGIN_MS + to_s * 1000,
                                 .terms = b->sets,
                                 .up = &b->sets[UP],
                                 .starts = &b->sets[STARTS]};
    struct window_sum sum = {0};
    if (!b->ledger)
        b->ledger = ledger_new(&b->slo, b->table, TEXT(""));
    ledger_take(b->ledger, &batch, &b->change);
    keep_change(&b->keep, b->ledger, &b->change);
    b->n_minutes = keep_minutes(&b->keep, 0, b->minutes, BENCH_MINUTES);
    for (size_t i = 0; i < b->n_minutes; i++)
        window_sum_minute(&sum, &b->minutes[i]);
    return sum;
}

static inline struct window_sum take(struct bench *b, int64_t to_s)
{
    return take_since(b, -3600, to_s);
}

/* The minute that begins at so many seconds; empty if there is none. */
static inline struct minute minute_at(struct bench *b, int64_t seconds)
{
    b->n_minutes = keep_minutes(&b->keep, 0, b->minutes, BENCH_MINUTES);
    int64_t wanted = BEGIN_MS / MINUTE_MS + seconds / 60;
    for (size_t i = 0; i < b->n_minutes; i++)
        if (b->minutes[i].minute == wanted)
            return b->minutes[i];
    return (struct minute){.minute = wanted};
}

#endif
