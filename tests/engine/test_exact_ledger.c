/* The four objectives on the simulated service, over restarts, crash loops, a ten-minute scrape gap and
 * restarts that it hides: units and spent of the ledger, per tenant and overall, equal exactly a slow
 * reference over the scraped samples, and the service's own log less what no sample could show. Whatever the
 * steps are in which the ledger reads, and however often it is restored in between. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/file.h"
#include "base/regex.h"
#include "base/timezone_set.h"
#include "engine/selectors.h"
#include "slo/ledger_keep.h"
#include "slo/slo_file.h"
#include "source/sim_log.h"
#include "source/sim_source.h"
#include "support/cmocka_headers.h"

#include <math.h>
#include <stdlib.h>

#define ORIGIN_MS 1763683212345LL

enum {
    HISTORY_HOURS = 30,
    TERMS_MAX = 8,
    FILE_MAX = 1 << 20,
    GROUPS = SIM_TENANTS + 1,
    MINUTES_MAX = 100000
};

/* Beside the shipped ones, an objective whose slow queries the log counts as well: failed ones included. */
static const char all_queries[] = "service: rag-api\nowner: rag-team\nby: tenant\nslos:\n"
                                  "  speed: {objective: p95 <= 4s, histogram: rag_query_duration_seconds}\n";

struct fixture {
    struct arena arena;
    struct label_table *table;
    struct regex_set *regexes;
    struct timezone_set *zones;
    struct slo_list slos;
    struct source *source;
    struct sim *sim;
    uint64_t random;
};

struct sums {
    int64_t units;
    int64_t spent;
};

static uint64_t next_random(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

/* Times are minutes before the origin. */
static struct sim_condition between(enum sim_condition_kind kind, double from, double to, int instance)
{
    return (struct sim_condition){kind,
                                  ORIGIN_MS - (int64_t)(from * MINUTE_MS),
                                  ORIGIN_MS - (int64_t)(to * MINUTE_MS),
                                  SIM_ALL,
                                  instance,
                                  0};
}

static struct sim *sim_with_trouble(uint64_t seed)
{
    const struct sim_condition conditions[] = {
        between(SIM_DOWN, 1500.2, 1500.2, 1), /* a quick restart */
        between(SIM_DOWN, 300.21, 300.21, 0), /* the same, between two scrapes */
        between(SIM_DOWN, 250.5, 240.3, 1),   /* ten minutes down */
        between(SIM_GAP, 200, 190, SIM_ALL),  /* nobody scrapes for ten minutes */
        between(SIM_GAP, 180, 170, 0),        /* a restart that a gap hides */
        between(SIM_DOWN, 175.1, 175.05, 0),
        between(SIM_DOWN, 174.1, 174.05, 0), /* and a whole life that nobody saw */
        between(SIM_CRASH_LOOP, 150, 90, 1),
        between(SIM_GAP, 120.2, 110.7, 1),
        between(SIM_CRASH_LOOP, 60, 30, SIM_ALL),
        {SIM_FAIL, ORIGIN_MS - 130 * MINUTE_MS, ORIGIN_MS - 10 * MINUTE_MS, SIM_ALL, SIM_ALL, 0.05},
    };
    struct err err;
    struct sim *sim = sim_new(&(struct sim_options){.seed = seed,
                                                    .origin_ms = ORIGIN_MS,
                                                    .history_ms = HISTORY_HOURS * (int64_t)HOUR_MS,
                                                    .plain_history = true,
                                                    .conditions = conditions,
                                                    .n_conditions = sizeof conditions / sizeof conditions[0]},
                              &err);
    assert_non_null(sim);
    sim_set_horizon(sim, ORIGIN_MS);
    return sim;
}

static void read_slos(struct fixture *f)
{
    const char *root = getenv("SLOBURN_ROOT");
    struct slo_context context = {TEXT("prod"), &f->arena, f->regexes, f->table, f->zones};
    struct findings findings;
    struct buf path, content;
    struct err err;
    findings_init(&findings);
    buf_init(&path, FILE_MAX);
    buf_init(&content, FILE_MAX);
    buf_printf(&path, "%s/rules/rag-api.slo.yml", root ? root : ".");
    assert_true(file_read(buf_cstring(&path), &content, &err));
    struct text shipped = text_copy(&f->arena, buf_text(&content));
    assert_true(slo_file_read(shipped, "rag-api.slo.yml", &context, &f->slos, &findings));
    assert_true(slo_file_read(text_of(all_queries), "speed.slo.yml", &context, &f->slos, &findings));
    findings_finish(&findings);
    buf_finish(&content);
    buf_finish(&path);
}

static void open_fixture(struct fixture *f, uint64_t seed)
{
    *f = (struct fixture){.random = seed * 88172645463325252ULL + 1};
    arena_init(&f->arena, 0);
    f->table = label_table_new(NULL);
    f->regexes = regex_set_new();
    f->zones = timezone_set_new();
    f->sim = sim_with_trouble(seed);
    f->source = sim_source_new(f->sim, TEXT("simulated"));
    read_slos(f);
}

static void close_fixture(struct fixture *f)
{
    source_free(f->source);
    regex_set_free(f->regexes);
    timezone_set_free(f->zones);
    label_table_free(f->table);
    arena_finish(&f->arena);
}

static const struct slo *slo_named(const struct fixture *f, const char *name)
{
    for (size_t i = 0; i < f->slos.len; i++)
        if (text_is(f->slos.at[i].name, name))
            return &f->slos.at[i];
    fail_msg("no SLO %s", name);
    return NULL;
}

/* --- samples --- */

/* The sets of an SLO: its terms, then up, then process_start_time_seconds. */
static struct raw_result fetch(struct fixture *f, const struct slo *slo, struct arena *arena, int64_t from_ms,
                               int64_t to_ms)
{
    const struct expr *selectors[TERMS_MAX + 2];
    struct raw_result result;
    struct err err;
    for (size_t i = 0; i < slo->n_terms; i++)
        selectors[i] = slo->terms[i].expr;
    selectors[slo->n_terms] = slo->up_expr;
    selectors[slo->n_terms + 1] = selector_renamed(slo->up_expr, TEXT("process_start_time_seconds"), arena);
    struct raw_request request = {
        .selectors = selectors, .n_selectors = slo->n_terms + 2, .from_ms = from_ms, .to_ms = to_ms};
    assert_true(source_raw(f->source, &request, f->table, arena, &result, &err));
    return result;
}

/* --- the ledger --- */

static struct ledger *restored(struct fixture *f, struct keep *keep, const struct slo *slo,
                               struct ledger *ledger)
{
    ledger_free(ledger);
    return keep_restore(keep, slo, f->table);
}

/* Counts all of the history and the hour after it in steps of random length; at some of them the ledger is
 * made anew from what was kept. */
static void count(struct fixture *f, const struct slo *slo, struct keep *keep)
{
    struct ledger *ledger = ledger_new(slo, f->table, TEXT(""));
    int64_t begin_ms = sim_begin_ms(f->sim) - 1;
    for (int64_t to_ms = begin_ms; to_ms < ORIGIN_MS;) {
        uint64_t random = next_random(&f->random);
        int64_t longest = random & 1 ? 6LL * HOUR_MS : 2LL * MINUTE_MS;
        if (ORIGIN_MS - to_ms < 2LL * HOUR_MS)
            longest = MINUTE_MS;
        to_ms += 1 + (int64_t)(random >> 8) % longest;
        if (to_ms > ORIGIN_MS)
            to_ms = ORIGIN_MS;
        int64_t from_ms = ledger_wanted_from_ms(ledger);
        struct arena arena;
        struct ledger_change change;
        arena_init(&arena, 0);
        from_ms = from_ms < begin_ms ? begin_ms : from_ms;
        struct raw_result raw = fetch(f, slo, &arena, from_ms, to_ms);
        struct ledger_batch batch = {.from_ms = from_ms,
                                     .to_ms = to_ms,
                                     .now_ms = to_ms,
                                     .answer = LEDGER_ANSWERED,
                                     .terms = raw.sets,
                                     .up = &raw.sets[slo->n_terms],
                                     .starts = &raw.sets[slo->n_terms + 1]};
        ledger_take(ledger, &batch, &change);
        bool stored = (random >> 40) % 8 != 0; /* killed before the commit: counted, but not kept */
        if (stored)
            keep_change(keep, ledger, &change);
        if (!stored || (random >> 44) % 8 == 0)
            ledger = restored(f, keep, slo, ledger);
        if (!stored && to_ms == ORIGIN_MS)
            to_ms--;
        arena_finish(&arena);
    }
    ledger_free(ledger);
}

static uint32_t group_of(const struct keep *keep, int tenant)
{
    if (tenant == SIM_ALL)
        return 0;
    for (size_t i = 0; i < keep->groups.len; i++)
        if (text_is(labels_value(keep->groups.at[i], TEXT("tenant")), sim_tenant_names[tenant]))
            return (uint32_t)i + 1;
    fail_msg("no group %s", sim_tenant_names[tenant]);
    return 0;
}

static struct sums ledger_sums(struct keep *keep, int tenant)
{
    static struct minute minutes[MINUTES_MAX];
    struct sums sums = {0, 0};
    size_t n = keep_minutes(keep, group_of(keep, tenant), minutes, MINUTES_MAX);
    for (size_t i = 0; i < n; i++) {
        sums.units += minutes[i].units;
        sums.spent += minutes[i].spent;
    }
    return sums;
}

/* --- the slow reference --- */

static const struct series *of_target(const struct series_set *set, const struct labels *labels)
{
    struct text instance = labels_value(labels, TEXT("instance"));
    for (size_t i = 0; i < set->len; i++)
        if (text_eq(labels_value(set->at[i].labels, TEXT("instance")), instance))
            return &set->at[i];
    fail_msg("no target");
    return NULL;
}

static const double *value_at(const struct series *series, int64_t at_ms)
{
    size_t low = 0, high = series->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (series->times_ms[middle] == at_ms)
            return &series->values[middle];
        if (series->times_ms[middle] < at_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* What a series has grown by, in 1/scale: differences of consecutive samples; from zero where it fell, where
 * its process is another, and where it was absent at the scrape before. */
static int64_t grown(const struct series *series, const struct series *up, const struct series *starts,
                     int64_t scale)
{
    int64_t sum = 0, before = 0;
    double process = 0;
    bool was_there = false;
    for (size_t i = 0; i < up->len; i++) {
        if (up->values[i] == 0)
            continue;
        const double *sample = value_at(series, up->times_ms[i]);
        double now = *value_at(starts, up->times_ms[i]);
        int64_t value = sample ? llround(*sample * (double)scale) : 0;
        bool anew = !was_there || value < before || now != process;
        if (sample)
            sum += anew ? value : value - before;
        was_there = sample != NULL;
        before = value;
        process = now;
    }
    return sum;
}

static struct sums reference_sums(struct fixture *f, const struct slo *slo, int tenant)
{
    struct arena arena;
    struct sums sums = {0, 0};
    arena_init(&arena, 0);
    struct raw_result raw = fetch(f, slo, &arena, sim_begin_ms(f->sim) - 1, ORIGIN_MS);
    for (size_t t = 0; t < slo->n_terms; t++) {
        const struct slo_term *term = &slo->terms[t];
        int64_t *sum = term->role == SLO_UNITS ? &sums.units : &sums.spent;
        bool counts_whole = term->role == SLO_SPENT && !term->scaled;
        for (size_t i = 0; i < raw.sets[t].len; i++) {
            const struct series *series = &raw.sets[t].at[i];
            if (tenant != SIM_ALL &&
                !text_is(labels_value(series->labels, TEXT("tenant")), sim_tenant_names[tenant]))
                continue;
            *sum +=
                grown(series, of_target(&raw.sets[slo->n_terms], series->labels),
                      of_target(&raw.sets[slo->n_terms + 1], series->labels), term->scaled ? slo->scale : 1) *
                term->coefficient * (counts_whole ? slo->scale : 1);
        }
    }
    arena_finish(&arena);
    return sums;
}

/* --- the service's own log --- */

static struct sums log_sums(const struct slo *slo, const struct sim_totals *totals)
{
    if (text_is(slo->name, "availability"))
        return (struct sums){totals->units, totals->failed};
    if (text_is(slo->name, "speed"))
        return (struct sums){totals->units, totals->slow};
    if (text_is(slo->name, "cost"))
        return (struct sums){totals->units, totals->cost_micro};
    assert_true(text_is(slo->name, "faithfulness"));
    return (struct sums){totals->scored, totals->scored * slo->scale - totals->score_micro};
}

static void sums_equal(const char *what, const struct slo *slo, int tenant, struct sums a, struct sums b)
{
    if (a.units != b.units || a.spent != b.spent)
        fail_msg("%.*s, %s: the ledger has %lld units and %lld spent, %s has %lld and %lld",
                 TEXT_ARG(slo->name), tenant == SIM_ALL ? "overall" : sim_tenant_names[tenant],
                 (long long)a.units, (long long)a.spent, what, (long long)b.units, (long long)b.spent);
}

static void check_slo(struct fixture *f, const char *name)
{
    const struct slo *slo = slo_named(f, name);
    struct keep keep = {0};
    count(f, slo, &keep);
    for (int tenant = SIM_ALL; tenant < SIM_TENANTS; tenant++) {
        struct sums sums = ledger_sums(&keep, tenant);
        struct sim_log log;
        sums_equal("the reference", slo, tenant, sums, reference_sums(f, slo, tenant));
        if (!text_is(slo->name, "latency")) { /* the log does not tell slow ones from slow and failed ones */
            sim_log_read(f->sim, tenant, 0, ORIGIN_MS, &log);
            struct sums events = log_sums(slo, &log.events);
            struct sums lost = log_sums(slo, &log.lost), late = log_sums(slo, &log.late);
            struct sums shown = {events.units - lost.units - late.units,
                                 events.spent - lost.spent - late.spent};
            sums_equal("the log", slo, tenant, sums, shown);
        }
    }
    keep_finish(&keep);
}

static void check_seeds(const char *name)
{
    uint64_t seeds = getenv("SLOBURN_VALGRIND") ? 1 : 3;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct fixture f;
        open_fixture(&f, seed);
        check_slo(&f, name);
        close_fixture(&f);
    }
}

static void availability_equals_the_samples_and_the_log(void **state)
{
    (void)state;
    check_seeds("availability");
}

static void latency_equals_the_samples(void **state)
{
    (void)state;
    check_seeds("latency");
}

static void latency_of_all_queries_equals_the_samples_and_the_log(void **state)
{
    (void)state;
    check_seeds("speed");
}

static void cost_equals_the_samples_and_the_log(void **state)
{
    (void)state;
    check_seeds("cost");
}

static void faithfulness_equals_the_samples_and_the_log(void **state)
{
    (void)state;
    check_seeds("faithfulness");
}

static void there_is_something_that_no_sample_shows(void **state)
{
    (void)state;
    struct fixture f;
    struct sim_log log;
    open_fixture(&f, 1);
    sim_log_read(f.sim, SIM_ALL, 0, ORIGIN_MS, &log);
    print_message("%lld of %lld queries are in no sample, %lld more not yet; values alone would hide %lld\n",
                  (long long)log.lost.units, (long long)log.events.units, (long long)log.late.units,
                  (long long)log.masked.units);
    assert_true(log.lost.units > 500 && log.lost.failed > 10 && log.masked.failed > 0);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_something_that_no_sample_shows),
        cmocka_unit_test(availability_equals_the_samples_and_the_log),
        cmocka_unit_test(latency_equals_the_samples),
        cmocka_unit_test(latency_of_all_queries_equals_the_samples_and_the_log),
        cmocka_unit_test(cost_equals_the_samples_and_the_log),
        cmocka_unit_test(faithfulness_equals_the_samples_and_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
