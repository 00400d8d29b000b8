// rooms: store
/* What reading budgets from the store costs: 20 SLOs with 13 months of history in a real SQLite file, in the
 * folder that is given; windows of one SLO after the other, each read by a connection of its own kind. CPU
 * time; the file is in the system's cache, as it is on a server that looks at it every day. */
#include "base/arena.h"
#include "base/buf.h"
#include "slo/day_blob.h"
#include "store/ledger_rows.h"
#include "store/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum { SLOS = 20, HISTORY_DAYS = 395, OPEN_MINUTES = 700, WINDOWS = 8, ROUNDS = 10, PATH_LENGTH_MAX = 4096 };
static const int64_t FIRST_DAY = 20000;
static const int64_t WINDOW_DAYS[WINDOWS] = {1, 7, 28, 30, 90, 180, 365, 394};

static double cpu_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* 20 to 200 units by the time of day, about one in a thousand bad. */
static struct minute make_minute(int64_t minute, uint64_t *random)
{
    *random ^= *random << 13, *random ^= *random >> 7, *random ^= *random << 17;
    double day = 1 + 0.8 * sin((double)(minute % DAY_MINUTES) / DAY_MINUTES * 6.283);
    double units = 110 * day * (0.9 + 0.2 * (double)(*random % 1000) / 1000);
    return (struct minute){.minute = minute,
                           .units = (int64_t)units,
                           .spent = (double)(*random >> 40 & 1023) < units,
                           .expected = 2,
                           .seen = 2};
}

static struct slo make_slo(int i, struct arena *arena)
{
    struct buf id;
    buf_init(&id, 100);
    buf_printf(&id, "bench/api/slo-%d", i);
    struct slo slo = {.id = text_copy(arena, buf_text(&id)),
                      .objective = TEXT("99.5%"),
                      .kind = SLO_EVENTS,
                      .target_billionths = 995000000,
                      .allowance_billionths = 5000000,
                      .scale = 1};
    slo.generation.bytes[0] = (unsigned char)i;
    buf_finish(&id);
    return slo;
}

/* Closed days, then minutes of the day that is open; returns the group's row. */
static int64_t write_history(struct database *db, const struct slo *slo, uint64_t *random)
{
    static struct minute minutes[DAY_MINUTES];
    static struct ledger_day days[HISTORY_DAYS];
    static struct ledger_row rows[OPEN_MINUTES];
    static struct buf blobs[HISTORY_DAYS];
    int64_t open_from = (FIRST_DAY + HISTORY_DAYS) * DAY_MINUTES;
    for (int64_t d = 0; d < HISTORY_DAYS; d++) {
        for (int64_t m = 0; m < DAY_MINUTES; m++)
            minutes[m] = make_minute((FIRST_DAY + d) * DAY_MINUTES + m, random);
        buf_init(&blobs[d], DAY_BLOB_MAX_BYTES);
        days[d] = (struct ledger_day){.day = FIRST_DAY + d};
        day_blob_encode(minutes, DAY_MINUTES, &blobs[d], &days[d].totals);
        days[d].blob = buf_text(&blobs[d]);
    }
    for (int64_t m = 0; m < OPEN_MINUTES; m++)
        rows[m] = (struct ledger_row){.sealed = true, .minute = make_minute(open_from + m, random)};
    struct ledger_change change = {.head = {.horizon_ms = (open_from + OPEN_MINUTES) * MINUTE_MS,
                                            .first_minute = FIRST_DAY * DAY_MINUTES,
                                            .matched = true},
                                   .rows = rows,
                                   .n_rows = OPEN_MINUTES,
                                   .days = days,
                                   .n_days = HISTORY_DAYS};
    struct label_table *table = label_table_new(NULL);
    struct ledger *ledger = ledger_new(slo, table, TEXT(""));
    struct ledger_ids ids = {0};
    ledger_identify(db, slo, change.head.horizon_ms, &ids);
    ledger_write(db, ledger, &change, &ids);
    int64_t group = ids.groups.len ? ids.groups.at[0] : 0;
    ledger_ids_finish(&ids);
    ledger_free(ledger);
    label_table_free(table);
    for (int d = 0; d < HISTORY_DAYS; d++)
        buf_finish(&blobs[d]);
    return group;
}

static bool make_store(const char *path, int64_t groups[SLOS], struct err *err)
{
    uint64_t random = 88172645463325252ULL;
    struct arena arena;
    struct store *store = store_open(path, "bench", err);
    if (!store)
        return false;
    arena_init(&arena, 0);
    bool good = true;
    for (int i = 0; i < SLOS && good; i++) {
        struct slo slo = make_slo(i, &arena);
        struct database *db = store_begin(store);
        groups[i] = write_history(db, &slo, &random);
        good = store_commit(store, err);
    }
    store_close(store);
    arena_finish(&arena);
    return good;
}

enum { WINDOWS_MOST = 16 };

/* Sums of windows of so many days, read from the store at once. False: one could not be read whole. */
static bool read_windows(struct database *db, int64_t group, const int64_t *window_days, size_t n)
{
    struct arena arena;
    struct window_source source;
    struct minute_span windows[WINDOWS_MOST];
    struct err err;
    bool whole = n <= WINDOWS_MOST;
    int64_t to = (FIRST_DAY + HISTORY_DAYS) * DAY_MINUTES + OPEN_MINUTES;
    for (size_t i = 0; i < n && whole; i++)
        windows[i] = (struct minute_span){to - window_days[i] * DAY_MINUTES, to};
    arena_init(&arena, 0);
    if (whole)
        ledger_windows_source(db, group, windows, n, NULL, 0, &arena, &source);
    for (size_t i = 0; i < n && whole; i++) {
        struct window_sum sum = {0};
        whole = window_sum_over(&source, windows[i].from_minute, to, NULL, 0, &sum, &err) &&
                sum.minutes == window_days[i] * DAY_MINUTES;
    }
    arena_finish(&arena);
    return whole;
}

/* ms an SLO for these windows; less than 0: a window was not read whole. */
static double measure(struct database *db, const int64_t groups[SLOS], const int64_t *window_days, size_t n)
{
    double from = cpu_us();
    bool whole = true;
    for (int r = 0; r < ROUNDS; r++)
        for (int i = 0; i < SLOS; i++)
            whole &= read_windows(db, groups[i], window_days, n);
    return whole ? (cpu_us() - from) / 1000 / ROUNDS / SLOS : -1;
}

static bool report(const char *path, const int64_t groups[SLOS], struct err *err)
{
    struct stat stat_of_file;
    struct database *db = store_open_reader(path, err);
    if (!db)
        return false;
    if (stat(path, &stat_of_file) == 0)
        printf("store of %d SLOs, %d days      %8.2f KB a SLO and day\n", SLOS, HISTORY_DAYS,
               (double)stat_of_file.st_size / SLOS / HISTORY_DAYS / 1024);
    printf("a window of 30 days, SQLite    %8.2f ms\n", measure(db, groups, (int64_t[]){30}, 1));
    printf("a window of 13 months, SQLite  %8.2f ms             (at most 1)\n",
           measure(db, groups, &WINDOW_DAYS[WINDOWS - 1], 1));
    printf("%d windows of them, SQLite      %8.2f ms             (at most 1)\n", WINDOWS,
           measure(db, groups, WINDOW_DAYS, WINDOWS));
    bool good = !db_take_error(db, err);
    database_close(db);
    return good;
}

int main(int argc, char **argv)
{
    int64_t groups[SLOS];
    struct err err;
    struct buf path;
    if (argc != 2) {
        fprintf(stderr, "bench_store FOLDER\n");
        return 2;
    }
    buf_init(&path, PATH_LENGTH_MAX);
    buf_printf(&path, "%s/bench.db", argv[1]);
    bool good = make_store(buf_cstring(&path), groups, &err) && report(buf_cstring(&path), groups, &err);
    if (!good)
        fprintf(stderr, "%s\n", err.message);
    buf_finish(&path);
    return good ? 0 : 1;
}
