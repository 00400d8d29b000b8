// rooms: source
/* PromQL over a month of stored samples, beside a Prometheus that has the same ones.
 *
 *   bench_promql plan              what promql_peer.py is to do: blocks, settings, queries
 *   bench_promql block N           block N of the samples as OpenMetrics text
 *   bench_promql measure FOLDER    evaluates the queries, from chunks and from columns, compares the results
 * with Prometheus' answers (FOLDER/N.json), and prints both sides' CPU (FOLDER/cpu)
 *
 * With --quick as the last argument: two days in place of a month. Evaluation times lie between scrapes, so
 * that no sample is on the border of a window: ranges were closed on the left before Prometheus 3. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/file.h"
#include "base/number.h"
#include "base/regex.h"
#include "promql/eval.h"
#include "promql/parse.h"
#include "source/chunk_store.h"
#include "source/samples.h"
#include "source/selector.h"
#include "support/service_history.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BUCKET_DAYS = 2, STEP_MS = MINUTE_MS, ROUNDS_MIN = 5, ROUNDS_MAX = 200, ANSWER_MAX = 256 << 20 };
static const int64_t END_MS = 1767225600000;              /* the last scrape */
static const int64_t BLOCK_MS = 54 * (int64_t)HOUR_MS;    /* one of Prometheus' block sizes */
static const int64_t EVALUATED_MS = 1767225600000 + 7000; /* between two scrapes */
static const double ROUNDS_CPU_MS = 800, TOLERANCE = 1e-9;

struct query {
    const char *expression; /* %d: days */
    bool range;
    int series; /* that it selects */
};

static const struct query QUERIES[] = {
    {"sum by (service)(rate(http_requests_total[1h]))", false, 100},
    {"sum by (service)(rate(http_requests_total[1h]))", true, 100},
    {"histogram_quantile(0.95, sum by (le,service)(rate(http_request_duration_seconds_bucket[5m])))", false,
     550},
    {"histogram_quantile(0.95, sum by (le,service)(rate(http_request_duration_seconds_bucket[5m])))", true,
     550},
    {"sum(increase(http_requests_total[%dd]))", false, 100},
    {"sum(increase(http_requests_total{service=\"svc-007\"}[%dd]))", true, 2},
};
enum { N_QUERIES = sizeof QUERIES / sizeof QUERIES[0] };

struct plan {
    int window_days; /* the longest window */
    int64_t begin_ms;
    int64_t buckets_begin_ms;
    struct text expressions[N_QUERIES];
    struct promql_query times[N_QUERIES];
};

static void plan_make(struct plan *plan, bool quick, struct arena *arena)
{
    plan->window_days = quick ? 1 : 30;
    plan->begin_ms = END_MS - (plan->window_days + 1) * (int64_t)DAY_MS;
    plan->buckets_begin_ms = END_MS - BUCKET_DAYS * (int64_t)DAY_MS;
    for (int i = 0; i < N_QUERIES; i++) {
        struct buf buf;
        buf_init(&buf, 1000);
        struct text written = text_of(QUERIES[i].expression), before = text_cut(&written, '%');
        buf_add_text(&buf, before);
        if (before.len < strlen(QUERIES[i].expression)) {
            buf_printf(&buf, "%d", plan->window_days);
            buf_add_text(&buf, text_part(written, 1, written.len));
        }
        plan->expressions[i] = text_copy(arena, buf_text(&buf));
        buf_finish(&buf);
        plan->times[i] = (struct promql_query){EVALUATED_MS, EVALUATED_MS, 0};
        if (QUERIES[i].range) {
            plan->times[i].start_ms -= DAY_MS;
            plan->times[i].step_ms = STEP_MS;
        }
    }
}

static void print_plan(const struct plan *plan)
{
    printf("blocks %lld\n", (long long)(END_MS / BLOCK_MS - plan->begin_ms / BLOCK_MS + 1));
    for (int i = 0; i < N_QUERIES; i++)
        printf("query %.3f %.3f %lld %.*s\n", (double)plan->times[i].start_ms / 1e3,
               (double)plan->times[i].end_ms / 1e3, (long long)plan->times[i].step_ms / 1000,
               (int)plan->expressions[i].len, plan->expressions[i].at);
}

/* --- samples --- */

static const struct labels *counter_labels(struct label_table *table, int service, int counter)
{
    struct buf name;
    buf_init(&name, 32);
    buf_printf(&name, "svc-%03d", service);
    bool code = counter < HISTORY_CODES;
    const struct labels *labels = labels_of(
        table, "__name__", code ? "http_requests_total" : "http_request_duration_seconds_bucket", "instance",
        "127.0.0.1:9101", "job", "bench", "service", buf_cstring(&name), code ? "code" : "le",
        code ? HISTORY_CODE[counter] : HISTORY_BOUND[counter - HISTORY_CODES], NULL);
    buf_finish(&name);
    return labels;
}

/* As OpenMetrics has it: no blanks between labels. */
static void print_openmetrics(const struct labels *labels, struct buf *out)
{
    const char *before = "{";
    buf_add_text(out, labels_value(labels, TEXT("__name__")));
    for (uint32_t i = 0; i < labels->len; i++) {
        struct text name = symbol_text(labels->at[i].name);
        if (text_is(name, "__name__"))
            continue;
        buf_puts(out, before);
        buf_add_text(out, name);
        buf_puts(out, "=");
        text_print_quoted(symbol_text(labels->at[i].value), out);
        before = ",";
    }
    buf_puts(out, "}");
}

static void write_block(const struct plan *plan, int64_t block)
{
    int64_t from_ms = (plan->begin_ms / BLOCK_MS + block) * BLOCK_MS;
    struct label_table *table = label_table_new(NULL);
    struct buf names[HISTORY_COUNTERS];
    for (int s = 0; s < HISTORY_SERVICES; s++) {
        struct service_history history;
        service_history_init(&history, s);
        for (int c = 0; c < HISTORY_COUNTERS; c++) {
            buf_init(&names[c], 1000);
            print_openmetrics(counter_labels(table, s, c), &names[c]);
        }
        for (int64_t t = plan->begin_ms; t <= END_MS && t < from_ms + BLOCK_MS; t += HISTORY_SCRAPE_MS) {
            service_history_scrape(&history, t);
            int n = t >= plan->buckets_begin_ms ? HISTORY_COUNTERS : HISTORY_CODES;
            for (int c = 0; c < n && t >= from_ms; c++)
                printf("%s %.0f %lld\n", buf_cstring(&names[c]), history.counters[c], (long long)t / 1000);
        }
        for (int c = 0; c < HISTORY_COUNTERS; c++)
            buf_finish(&names[c]);
    }
    printf("# EOF\n");
    label_table_free(table);
}

static void fill_store(const struct plan *plan, struct chunk_store *store)
{
    struct label_table *table = chunk_store_labels(store);
    for (int s = 0; s < HISTORY_SERVICES; s++) {
        struct service_history history;
        struct chunk_series *series[HISTORY_COUNTERS];
        service_history_init(&history, s);
        for (int c = 0; c < HISTORY_COUNTERS; c++)
            series[c] = chunk_store_series(store, counter_labels(table, s, c));
        for (int64_t t = plan->begin_ms; t <= END_MS; t += HISTORY_SCRAPE_MS) {
            service_history_scrape(&history, t);
            int n = t >= plan->buckets_begin_ms ? HISTORY_COUNTERS : HISTORY_CODES;
            for (int c = 0; c < n; c++)
                if (!chunk_series_add(series[c], t, history.counters[c]))
                    abort();
        }
    }
}

/* --- columns: the same samples as arrays, for the evaluator alone --- */

static size_t after(const struct series *s, int64_t time_ms)
{
    size_t low = 0, high = s->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->times_ms[middle] > time_ms)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static bool select_columns(void *self, const struct select_request *request, struct label_table *table,
                           struct arena *arena, struct series_set *result, struct err *err)
{
    const struct series_set *all = self;
    (void)err;
    *result = (struct series_set){ARENA_ARRAY(arena, struct series, all->len), 0};
    for (size_t i = 0; i < all->len; i++) {
        const struct series *s = &all->at[i];
        if (!selector_matches(&request->selector->u.selector, s->labels))
            continue;
        size_t from = after(s, request->from_ms), to = after(s, request->to_ms);
        if (from < to)
            result->at[result->len++] = (struct series){.labels = labels_import(table, s->labels),
                                                        .len = to - from,
                                                        .times_ms = s->times_ms + from,
                                                        .values = s->values + from};
    }
    return true;
}

/* --- measuring --- */

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* From the text of the query to its result, as a server would do it. */
static bool evaluate(struct text expression, const struct promql_query *times,
                     const struct promql_source *source, struct label_table *table, struct arena *arena,
                     struct promql_result *result)
{
    static const struct promql_parse_options parse = {.experimental_functions = true};
    struct regex_set *regexes = regex_set_new();
    struct err err;
    const struct expr *expr = promql_parse(expression, &parse, arena, regexes, &err);
    bool good = expr && promql_eval(expr, expression, times, NULL, source, table, arena, result, &err);
    regex_set_free(regexes);
    if (!good)
        fprintf(stderr, "%.*s: %s\n", (int)expression.len, expression.at, err.message);
    return good;
}

/* Median of the rounds' CPU time, less than 0 for a failure. */
static double measure(struct text expression, const struct promql_query *times,
                      const struct promql_source *source, struct label_table *parent, size_t *samples)
{
    double rounds[ROUNDS_MAX], spent = 0;
    int n = 0;
    while (n < ROUNDS_MAX && (n < ROUNDS_MIN || spent < ROUNDS_CPU_MS)) {
        struct arena arena;
        struct promql_result result;
        double from = cpu_ms();
        arena_init(&arena, 0);
        struct label_table *table = label_table_new(parent);
        bool good = evaluate(expression, times, source, table, &arena, &result);
        *samples = good ? result.samples_read : 0;
        label_table_free(table);
        arena_finish(&arena);
        rounds[n] = cpu_ms() - from;
        spent += rounds[n++];
        if (!good)
            return -1;
    }
    qsort(rounds, (size_t)n, sizeof *rounds, by_value);
    return rounds[n / 2];
}

/* --- comparing --- */

static double relative_difference(double a, double b)
{
    if (a == b || (isnan(a) && isnan(b)))
        return 0;
    double larger = fabs(a) > fabs(b) ? fabs(a) : fabs(b);
    double difference = fabs(a - b) / larger;
    return isnan(difference) ? (double)INFINITY : difference;
}

static const struct series *find_series(struct series_set set, const struct labels *labels)
{
    for (size_t i = 0; i < set.len; i++)
        if (set.at[i].labels == labels)
            return &set.at[i];
    return NULL;
}

/* The largest relative difference of values; infinite where a series or a sample is missing. */
static double compare_sets(struct series_set ours, struct series_set theirs, size_t *compared)
{
    double worst = ours.len == theirs.len ? 0 : (double)INFINITY;
    for (size_t i = 0; i < theirs.len; i++) {
        const struct series *b = &theirs.at[i], *a = find_series(ours, b->labels);
        if (!a || a->len != b->len)
            return (double)INFINITY;
        for (size_t k = 0; k < b->len; k++) {
            double difference = a->times_ms[k] == b->times_ms[k]
                                    ? relative_difference(a->values[k], b->values[k])
                                    : (double)INFINITY;
            worst = difference > worst ? difference : worst;
        }
        *compared += b->len;
    }
    return worst;
}

/* Compares one query's results with the answer in FOLDER/N.json. */
static bool compare(const struct plan *plan, int query, const char *folder, struct chunk_store *store)
{
    struct label_table *table = label_table_new(chunk_store_labels(store));
    struct promql_source source = chunk_store_promql(store);
    struct arena arena;
    struct promql_result result;
    struct samples_answer answer;
    struct err err;
    struct buf path, body;
    arena_init(&arena, 0);
    buf_init(&path, 4096);
    buf_init(&body, ANSWER_MAX);
    buf_printf(&path, "%s/%d.json", folder, query);
    size_t compared = 0;
    double worst = (double)INFINITY;
    if (!file_read(buf_cstring(&path), &body, &err) ||
        !samples_scan(buf_text(&body), 0, table, &arena, &answer, &err))
        fprintf(stderr, "%s: %s\n", buf_cstring(&path), err.message);
    else if (evaluate(plan->expressions[query], &plan->times[query], &source, table, &arena, &result))
        worst = compare_sets(result.series, answer.series, &compared);
    bool same = worst <= TOLERANCE && compared > 0;
    printf("%3d  %-9s %zu values in %zu series, largest relative difference %.1e\n", query + 1,
           same ? "same" : "DIFFERENT", compared, answer.series.len, worst);
    buf_finish(&body);
    buf_finish(&path);
    arena_finish(&arena);
    label_table_free(table);
    return same;
}

/* FOLDER/cpu: Prometheus' CPU in ms, one number a line: an empty query's, then each query's. */
static bool read_cpu(const char *folder, double *floor_ms, double *query_ms)
{
    struct buf path, content;
    struct err err;
    buf_init(&path, 4096);
    buf_init(&content, 4096);
    buf_printf(&path, "%s/cpu", folder);
    bool good = file_read(buf_cstring(&path), &content, &err);
    struct text rest = buf_text(&content);
    for (int i = -1; i < N_QUERIES && good; i++)
        good = number_parse(text_trim(text_cut(&rest, '\n')), i < 0 ? floor_ms : &query_ms[i]);
    if (!good)
        fprintf(stderr, "%s does not hold the CPU of %d queries\n", buf_cstring(&path), N_QUERIES);
    buf_finish(&content);
    buf_finish(&path);
    return good;
}

/* All samples as columns, and what reading them costs. */
static bool read_all(const struct plan *plan, struct chunk_store *store, struct arena *arena,
                     struct series_set *all)
{
    struct expr selector = {.kind = EXPR_SELECTOR, .type = VALUE_VECTOR};
    struct select_request request = {
        .selector = &selector, .kind = SELECT_RANGE, .from_ms = plan->begin_ms - 1, .to_ms = END_MS};
    struct promql_source source = chunk_store_promql(store);
    struct err err;
    double samples = (double)chunk_store_samples(store);
    bool good = true;
    for (int round = 0; round < 2 && good; round++) { /* the second one finds its memory mapped */
        arena_clear(arena);
        double from = cpu_ms();
        good = source.select(source.self, &request, chunk_store_labels(store), arena, all, &err);
        if (good)
            printf("reading all %.1f million samples from chunks: %.1f ns a sample (%.2f bytes each)\n",
                   samples / 1e6, (cpu_ms() - from) * 1e6 / samples,
                   (double)chunk_store_bytes(store) / samples);
    }
    return good;
}

static bool print_row(const struct plan *plan, int query, double peer_ms, struct chunk_store *store,
                      struct series_set *all)
{
    struct promql_source chunks = chunk_store_promql(store),
                         columns = {.self = all, .select = select_columns};
    struct text expression = plan->expressions[query];
    const struct promql_query *times = &plan->times[query];
    size_t samples;
    double from_chunks = measure(expression, times, &chunks, chunk_store_labels(store), &samples);
    double alone = measure(expression, times, &columns, chunk_store_labels(store), &samples);
    double steps = times->step_ms ? (double)((times->end_ms - times->start_ms) / times->step_ms + 1) : 1;
    printf("%3d %10.3f %10.3f %6.1f %10.3f %6.1f %9zu %7.1f %7.1f %8.3f\n", query + 1, peer_ms, from_chunks,
           peer_ms / from_chunks, alone, peer_ms / alone, samples, from_chunks * 1e6 / (double)samples,
           alone * 1e6 / (double)samples, from_chunks * 1e3 / (QUERIES[query].series * steps));
    return from_chunks >= 0 && alone >= 0;
}

static bool measure_all(const struct plan *plan, const char *folder)
{
    double floor_ms, query_ms[N_QUERIES];
    struct series_set all;
    struct arena arena;
    if (!read_cpu(folder, &floor_ms, query_ms))
        return false;
    struct chunk_store *store = chunk_store_new();
    fill_store(plan, store);
    arena_init(&arena, 0);
    bool good = read_all(plan, store, &arena, &all);
    printf("Prometheus' answer to the empty query vector(1): %.3f ms, taken off below\n\n", floor_ms);
    for (int i = 0; i < N_QUERIES; i++)
        printf("%3d  %-9s  %.*s\n", i + 1, QUERIES[i].range ? "1 d, 60 s" : "instant",
               (int)plan->expressions[i].len, plan->expressions[i].at);
    printf("\n    CPU in ms                                                     ns a sample     us a\n"
           "    Prometheus from chunks  times evaluator  times   samples  chunks   alone series and step\n");
    for (int i = 0; i < N_QUERIES && good; i++)
        good = print_row(plan, i, query_ms[i] - floor_ms, store, &all);
    printf("\n");
    for (int i = 0; i < N_QUERIES; i++)
        good &= compare(plan, i, folder, store);
    arena_finish(&arena);
    chunk_store_free(store);
    return good;
}

int main(int argc, char **argv)
{
    bool quick = argc > 1 && text_is(text_of(argv[argc - 1]), "--quick");
    struct text task = text_of(argc > 1 ? argv[1] : "");
    struct arena arena;
    struct plan plan;
    int64_t block;
    bool good = true;
    arena_init(&arena, 0);
    plan_make(&plan, quick, &arena);
    argc -= quick;
    if (argc == 2 && text_is(task, "plan"))
        print_plan(&plan);
    else if (argc == 3 && text_is(task, "block") && integer_parse(text_of(argv[2]), &block))
        write_block(&plan, block);
    else if (argc == 3 && text_is(task, "measure"))
        good = measure_all(&plan, argv[2]);
    else
        good = fprintf(stderr, "bench_promql plan|block N|measure FOLDER [--quick]\n") < 0;
    arena_finish(&arena);
    return good ? 0 : 1;
}
