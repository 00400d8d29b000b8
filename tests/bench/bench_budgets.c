// rooms: slo
/* What budgets cost: CPU to evaluate all tiers of 10,000 SLOs, to count a tick of them, memory of each, bytes
 * a day on disk, and the time to read windows of 13 months from blobs. Prints what was measured beside what
 * is asked for. */
#include "base/buf.h"
#include "base/duration.h"
#include "base/labels.h"
#include "slo/budget.h"
#include "slo/burn.h"
#include "slo/day_blob.h"
#include "slo/running.h"
#include "slo/tiers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SLOS = 10000, ROUNDS = 20, HISTORY_DAYS = 395, WINDOWS = 8 };

#define BEGIN_MS (20000 * DAY_MS)

static uint64_t seed = 11;

static double random_share(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) / 9007199254740992.0;
}

static double cpu_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* A minute of a service with day and night: 20 to 200 units, one in a thousand bad; a unit costs about 8,
 * scores about 0.9. */
static struct minute make_minute(int64_t minute, enum slo_kind kind)
{
    double day = 1 + 0.8 * sin((double)(minute % DAY_MINUTES) / DAY_MINUTES * 6.283);
    int64_t units = (int64_t)(110 * day * (0.9 + 0.2 * random_share()));
    struct minute m = {.minute = minute, .units = units, .expected = 2, .seen = 2};
    if (kind == SLO_EVENTS)
        m.spent = random_share() < 0.001 * (double)units ? 1 : 0;
    else if (kind == SLO_MEAN)
        m.spent = (int64_t)((double)units * 1e6 * (7.5 + random_share()));
    else
        m.spent = (int64_t)((double)units * 1e6 * (0.08 + 0.04 * random_share()));
    return m;
}

static struct slo make_slo(enum slo_kind kind)
{
    struct slo slo = {.kind = kind,
                      .target_billionths = 995000000,
                      .allowance_billionths = 5000000,
                      .scale = 1,
                      .windows = {{.kind = WINDOW_ROLLING, .length_ms = 30 * DAY_MS}},
                      .n_windows = 1};
    slo.n_tiers = slo_default_tiers(&slo, slo.tiers);
    return slo;
}

static void bench_tiers(void)
{
    static struct recent *recents[SLOS];
    static struct burn_state states[SLOS];
    struct slo slo = make_slo(SLO_EVENTS);
    size_t bytes = 0;
    int64_t last = BEGIN_MS / MINUTE_MS + 3LL * DAY_MINUTES;
    for (int i = 0; i < SLOS; i++) {
        recents[i] = recent_new(&slo);
        for (int64_t m = last - 3LL * DAY_MINUTES; m < last; m++) {
            struct minute minute = {
                .minute = m, .units = 100 + i % 7, .spent = (m + i) % 50 == 0, .expected = 1, .seen = 1};
            recent_seal(recents[i], &minute);
        }
        struct minute open[6];
        for (int k = 0; k < 6; k++)
            open[k] = (struct minute){.minute = last + k, .units = 100, .expected = 1, .seen = 1};
        recent_set_open(recents[i], open, 6, (last + 6) * MINUTE_MS - 7000);
        bytes += recent_bytes(recents[i]);
    }
    struct burn_result result;
    size_t transitions = 0;
    double begin = cpu_us();
    for (int r = 0; r < ROUNDS; r++)
        for (int i = 0; i < SLOS; i++) {
            struct burn_input input = {.recent = recents[i],
                                       .health = HEALTH_SEEN,
                                       .health_since_ms = BEGIN_MS,
                                       .now_ms = (last + 6) * MINUTE_MS + r * 30000LL};
            burn_evaluate(&slo, &input, &states[i], &result);
            transitions += result.n_transitions;
        }
    double us = (cpu_us() - begin) / ROUNDS / SLOS;
    printf("evaluate %zu tiers              %8.2f us a SLO      (at most 10)\n", slo.n_tiers, us);
    printf("memory of the recent sums      %8.1f KB a SLO      (at most 15)\n", (double)bytes / SLOS / 1024);
    printf("incidents that opened          %8zu of %d\n", transitions, SLOS);
    for (int i = 0; i < SLOS; i++)
        recent_free(recents[i]);
}

static struct minute steady_minute(int64_t minute)
{
    return (struct minute){.minute = minute, .units = 90 + minute % 20, .expected = 2, .seen = 2};
}

/* What is read ahead from the store: minutes that leave the window. */
static void read_ahead(struct running *running)
{
    static const struct minute_spans none = {0};
    struct minute_span span;
    while (running_wants(running, &span)) {
        struct minute minutes[DAY_MINUTES];
        size_t n = 0;
        for (int64_t m = span.from_minute; m < span.to_minute; m++)
            minutes[n++] = steady_minute(m);
        running_put(running, &span, minutes, n, &none);
    }
}

static void tick_budget(struct running *running, const struct slo *slo, const struct running_turn *turn,
                        struct budget *budget)
{
    static const struct minute_spans none = {0};
    int64_t horizon = minute_of(turn->slot_ms) - 5;
    struct ledger_row row = {.sealed = true, .minute = steady_minute(horizon - 1)};
    struct ledger_change change = {.head = {.horizon_ms = horizon * MINUTE_MS}, .rows = &row, .n_rows = 1};
    if (!running_turn(running, turn))
        abort();
    running_take(&running, 1, &change, &none);
    struct budget_input input = {.period = period_at(&slo->windows[0], turn->slot_ms),
                                 .now_ms = turn->slot_ms,
                                 .expected_units = -1,
                                 .first_minute = INT64_MIN,
                                 .sum = running_window(running, 0)};
    budget_compute(slo, &input, budget);
}

/* A budget of 30 days at each of 20 minutes, from sums in memory. */
static void bench_running(void)
{
    static struct running *all[SLOS];
    struct slo slo = make_slo(SLO_EVENTS);
    struct running_turn turn = {.slot_ms = BEGIN_MS};
    const struct window_source nothing = {0};
    const struct minute_spans none = {0};
    struct budget budget = {0};
    struct err err;
    size_t bytes = 0;
    for (int i = 0; i < SLOS; i++) {
        all[i] = running_new(&slo, NULL);
        if (!running_load(all[i], &turn, BEGIN_MS / MINUTE_MS - 6, &nothing, &none, &err))
            abort();
        read_ahead(all[i]);
    }
    double us = 0;
    for (int r = 1; r <= ROUNDS; r++) {
        turn.slot_ms = BEGIN_MS + r * MINUTE_MS;
        double begin = cpu_us();
        for (int i = 0; i < SLOS; i++)
            tick_budget(all[i], &slo, &turn, &budget);
        us += cpu_us() - begin;
        for (int i = 0; i < SLOS; i++)
            read_ahead(all[i]);
    }
    for (int i = 0; i < SLOS; i++) {
        bytes += running_bytes(all[i]);
        running_free(all[i]);
    }
    printf("a budget of 30 days, in memory %8.2f us a SLO\n", us / ROUNDS / SLOS);
    printf("memory of its sums             %8.1f KB a SLO\n", (double)bytes / SLOS / 1024);
}

/* Two instances, a good and a bad child each, `up` and process starts, a scrape every 15 s. */
struct feed {
    struct series series[4][4];
    struct series_set sets[4];
    int64_t times[2][64];
    double values[8][64];
};

static void make_feed(struct label_table *table, struct feed *f, int64_t from_ms, int64_t to_ms)
{
    static const char *const names[] = {"x_total", "x_total", "up", "process_start_time_seconds"};
    *f = (struct feed){0};
    size_t len = 0;
    for (int64_t t = from_ms - from_ms % 15000 + 15000; t <= to_ms && len < 64; t += 15000, len++) {
        for (int i = 0; i < 2; i++)
            f->times[i][len] = t + i * 3000LL;
        f->values[0][len] = f->values[4][len] = floor((double)(t - BEGIN_MS) / 1000 * 3);
        f->values[1][len] = f->values[5][len] = floor((double)(t - BEGIN_MS) / 200000);
        f->values[2][len] = f->values[6][len] = 1;
        f->values[3][len] = f->values[7][len] = (double)BEGIN_MS / 1000 - 1e6;
    }
    for (int i = 0; i < 2; i++) {
        const char *instance = i ? "b" : "a";
        for (int k = 0; k < 4; k++) {
            const struct labels *labels =
                labels_of(table, "__name__", names[k], "job", "api", "instance", instance, "code",
                          k == 0   ? "200"
                          : k == 1 ? "500"
                                   : "",
                          NULL);
            struct series s = {
                .labels = labels, .len = len, .times_ms = f->times[i], .values = f->values[i * 4 + k]};
            if (k < 2)
                f->series[0][f->sets[0].len++] = s;
            if (k > 0)
                f->series[k][f->sets[k].len++] = s;
        }
    }
    for (int k = 0; k < 4; k++)
        f->sets[k].at = f->series[k];
}

static void bench_ticks(void)
{
    enum { LEDGERS = 500, TICKS = 200 };
    static const struct slo_term terms[] = {{.role = SLO_UNITS, .coefficient = 1},
                                            {.role = SLO_SPENT, .coefficient = 1}};
    static struct feed feed;
    struct slo slo = make_slo(SLO_EVENTS);
    slo.terms = terms;
    slo.n_terms = 2;
    struct label_table *table = label_table_new(NULL);
    struct ledger *ledgers[LEDGERS];
    size_t rows = 0;
    double us = 0;
    for (int i = 0; i < LEDGERS; i++)
        ledgers[i] = ledger_new(&slo, table, TEXT(""));
    for (int tick = 0; tick < TICKS; tick++) {
        int64_t now_ms = BEGIN_MS + 3600000 + tick * 30000LL;
        struct ledger_batch batch = {.from_ms = now_ms - 390000, .to_ms = now_ms, .now_ms = now_ms};
        make_feed(table, &feed, batch.from_ms, now_ms);
        batch.terms = feed.sets;
        batch.up = &feed.sets[2];
        batch.starts = &feed.sets[3];
        double begin = cpu_us();
        for (int i = 0; i < LEDGERS; i++) {
            struct ledger_change change;
            ledger_take(ledgers[i], &batch, &change);
            rows += change.n_rows;
        }
        us += cpu_us() - begin;
    }
    size_t bytes = 0;
    for (int i = 0; i < LEDGERS; i++) {
        bytes += ledger_bytes(ledgers[i]);
        ledger_free(ledgers[i]);
    }
    label_table_free(table);
    printf("count a tick (10 series)       %8.2f us a SLO      (of 60 for all)\n", us / LEDGERS / TICKS);
    printf("rows written a tick            %8.2f a SLO\n", (double)rows / LEDGERS / TICKS);
    printf("memory of the whole ledger     %8.1f KB a SLO\n", (double)bytes / LEDGERS / 1024);
}

/* Filling from history: a day a take, 20 series of two instances, a sample every 15 s. */
static void bench_fill(void)
{
    enum { DAYS = 30, SAMPLES = 5760 };
    static const struct slo_term terms[] = {{.role = SLO_UNITS, .coefficient = 1}};
    static int64_t times[2][SAMPLES];
    static double values[20][SAMPLES];
    struct series series[20];
    struct slo slo = make_slo(SLO_EVENTS);
    slo.terms = terms;
    slo.n_terms = 1;
    struct label_table *table = label_table_new(NULL);
    struct ledger *ledger = ledger_new(&slo, table, TEXT(""));
    size_t days = 0;
    double us = 0;
    for (int day = 0; day < DAYS; day++) {
        for (int k = 0; k < 20; k++) {
            char code[2] = {(char)('a' + k / 2), 0};
            for (int i = 0; i < SAMPLES; i++) {
                times[k % 2][i] = BEGIN_MS + day * DAY_MS + (i + 1) * 15000LL - k % 2;
                values[k][i] = 1000.0 * day * SAMPLES + i * (k + 1.0);
            }
            series[k] = (struct series){
                .labels = labels_of(table, "job", "api", "instance", k % 2 ? "b" : "a", "code", code, NULL),
                .len = SAMPLES,
                .times_ms = times[k % 2],
                .values = values[k]};
        }
        struct series_set set = {series, 20};
        int64_t to_ms = BEGIN_MS + (day + 1) * DAY_MS;
        struct ledger_batch batch = {
            .from_ms = to_ms - DAY_MS - 300000, .to_ms = to_ms, .now_ms = to_ms + DAY_MS, .terms = &set};
        struct ledger_change change;
        double begin = cpu_us();
        ledger_take(ledger, &batch, &change);
        us += cpu_us() - begin;
        days += change.n_days;
    }
    printf("fill from history              %8.2f ns a sample   (%zu days)\n", us * 1000 / DAYS / 20 / SAMPLES,
           days);
    ledger_free(ledger);
    label_table_free(table);
}

static void bench_blobs(enum slo_kind kind, const char *name, double most_kb)
{
    static struct minute minutes[DAY_MINUTES];
    struct buf out;
    struct window_sum totals;
    size_t bytes = 0;
    for (int64_t day = 0; day < 10; day++) {
        for (int64_t m = 0; m < DAY_MINUTES; m++)
            minutes[m] = make_minute(day * DAY_MINUTES + m, kind);
        buf_init(&out, DAY_BLOB_MAX_BYTES);
        day_blob_encode(minutes, DAY_MINUTES, &out, &totals);
        bytes += out.len;
        buf_finish(&out);
    }
    printf("on disk, %-7s               %8.2f KB a day     (at most %g)\n", name, (double)bytes / 10 / 1024,
           most_kb);
}

static void bench_windows(void)
{
    static struct minute minutes[DAY_MINUTES];
    static struct buf blobs[HISTORY_DAYS];
    static struct window_day days[HISTORY_DAYS];
    for (int64_t d = 0; d < HISTORY_DAYS; d++) {
        for (int64_t m = 0; m < DAY_MINUTES; m++)
            minutes[m] = make_minute(d * DAY_MINUTES + m, SLO_EVENTS);
        buf_init(&blobs[d], DAY_BLOB_MAX_BYTES);
        days[d].day = d;
        day_blob_encode(minutes, DAY_MINUTES, &blobs[d], &days[d].totals);
        days[d].blob = (struct text){blobs[d].at, blobs[d].len};
    }
    struct window_source source = {.days = days, .n_days = HISTORY_DAYS};
    static const int64_t lengths[WINDOWS] = {1, 7, 28, 30, 90, 180, 365, 394};
    double begin = cpu_us();
    int64_t units = 0;
    for (int r = 0; r < ROUNDS; r++)
        for (int w = 0; w < WINDOWS; w++) {
            struct window_sum sum;
            struct err err;
            int64_t to = HISTORY_DAYS * (int64_t)DAY_MINUTES - 100 - r;
            if (!window_sum_over(&source, to - lengths[w] * DAY_MINUTES, to, NULL, 0, &sum, &err))
                abort();
            units += sum.units;
        }
    printf("read %d windows of 13 months    %8.2f ms             (at most 1)\n", WINDOWS,
           (cpu_us() - begin) / ROUNDS / 1000);
    if (!units)
        abort();
    for (int d = 0; d < HISTORY_DAYS; d++)
        buf_finish(&blobs[d]);
}

int main(void)
{
    bench_tiers();
    bench_running();
    bench_ticks();
    bench_fill();
    bench_blobs(SLO_EVENTS, "events", 5);
    bench_blobs(SLO_MEAN, "money", 12);
    bench_blobs(SLO_SCORE, "scores", 12);
    bench_windows();
    return 0;
}
