// rooms: promql
/* CPU time of the evaluator alone, over samples in memory: nanoseconds a sample that is read and microseconds
 * a series and step. 50 services of two instances, a scrape every 30 s for 30 days; classic histograms of
 * eleven buckets for a day. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/regex.h"
#include "promql/eval.h"
#include "promql/parse.h"
#include "support/test_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SCRAPE_MS = 30000, SERVICES = 50, INSTANCES = 2, BUCKETS = 11 };
static const int64_t END_MS = 30 * (int64_t)DAY_MS;

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void add_series(struct test_source *source, const struct labels *labels, int64_t from_ms,
                       double per_scrape)
{
    double value = 0;
    for (int64_t t = from_ms; t <= END_MS; t += SCRAPE_MS) {
        value += per_scrape;
        test_source_add(source, labels, (struct test_sample){.time_ms = t, .value = value});
    }
}

static void fill(struct test_source *source)
{
    struct label_table *table = test_source_labels(source);
    static const char *const BOUNDS[BUCKETS] = {"0.05", "0.1", "0.25", "0.5", "1",   "2",
                                                "4",    "8",   "16",   "32",  "+Inf"};
    for (int s = 0; s < SERVICES; s++) {
        struct buf service;
        buf_init(&service, 32);
        buf_printf(&service, "svc-%03d", s);
        for (int i = 0; i < INSTANCES; i++)
            add_series(source,
                       labels_of(table, "__name__", "http_requests_total", "service", buf_cstring(&service),
                                 "instance", i ? "b" : "a", NULL),
                       0, 3 + s);
        for (int b = 0; b < BUCKETS; b++)
            add_series(source,
                       labels_of(table, "__name__", "http_request_duration_seconds_bucket", "service",
                                 buf_cstring(&service), "le", BOUNDS[b], NULL),
                       END_MS - 2 * (int64_t)DAY_MS, 1 + b);
        buf_finish(&service);
    }
}

struct measured {
    const char *expression;
    int64_t range_ms; /* of the query; 0: instant */
    int repeats;
};

static void measure(struct test_source *source, const struct measured *m)
{
    struct promql_source from = test_source_promql(source);
    struct regex_set *regexes = regex_set_new();
    struct arena tree;
    struct err err;
    arena_init(&tree, 0);
    struct promql_parse_options parse = {.experimental_functions = true};
    struct expr *expr = promql_parse(text_of(m->expression), &parse, &tree, regexes, &err);
    struct promql_query query = {END_MS - m->range_ms, END_MS, m->range_ms ? MINUTE_MS : 0};
    struct promql_result result = {0};
    double best = 1e300;
    for (int i = 0; expr && i < m->repeats; i++) {
        struct arena arena;
        struct label_table *table = label_table_new(test_source_labels(source));
        arena_init(&arena, 0);
        double start = cpu_ms();
        if (!promql_eval(expr, text_of(m->expression), &query, NULL, &from, table, &arena, &result, &err))
            expr = NULL;
        double took = cpu_ms() - start;
        best = took < best ? took : best;
        label_table_free(table);
        arena_finish(&arena);
    }
    if (!expr)
        printf("%s: %s\n", m->expression, err.message);
    else
        printf("%9.3f ms %9.2f ns/sample  %s %s\n", best, best * 1e6 / (double)result.samples_read,
               m->expression, m->range_ms ? "(1 d, 60 s)" : "");
    arena_finish(&tree);
    regex_set_free(regexes);
}

int main(void)
{
    static const struct measured QUERIES[] = {
        {"sum by (service)(rate(http_requests_total[1h]))", 0, 50},
        {"sum by (service)(rate(http_requests_total[1h]))", DAY_MS, 10},
        {"histogram_quantile(0.95, sum by (le,service)(rate(http_request_duration_seconds_bucket[5m])))", 0,
         50},
        {"histogram_quantile(0.95, sum by (le,service)(rate(http_request_duration_seconds_bucket[5m])))",
         DAY_MS, 5},
        {"histogram_quantile(0.95, sum by (le,service)(rate(http_request_duration_seconds_bucket[1h])))",
         DAY_MS, 5},
        {"sum(increase(http_requests_total[30d]))", 0, 5},
        {"sum(rate(http_requests_total[1d]))", 0, 10},
        {"sum_over_time(http_requests_total[30d])", 0, 5},
        {"sum_over_time(http_requests_total[1h])", DAY_MS, 5},
        {"max_over_time(http_requests_total[1h])", DAY_MS, 5},
        {"quantile_over_time(0.9, http_requests_total[1h])", DAY_MS, 5},
        {"http_requests_total", 0, 50},
        {"http_requests_total", DAY_MS, 10},
        {"sum by (service)(http_requests_total) / on(service) sum by (service)(http_requests_total)", DAY_MS,
         10},
        {"topk(5, http_requests_total)", DAY_MS, 5},
        {"vector(1)", 0, 50},
    };
    struct test_source *source = test_source_new();
    fill(source);
    for (size_t i = 0; i < sizeof QUERIES / sizeof *QUERIES; i++)
        measure(source, &QUERIES[i]);
    test_source_free(source);
    return 0;
}
