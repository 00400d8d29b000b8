/* source: where samples come from. One interface over Prometheus' API, the simulated service and files; the
 * engine knows no other. A source belongs to one thread at a time: each thread that reads opens its own.
 *
 * Three questions can be asked:
 *   raw    every sample as it was scraped, for the ledger: nothing filled in, no stale markers needed
 *   live   which series are alive at a moment, and their values (raw samples carry no stale markers
 * everywhere) select what a PromQL selector needs over a query; through source_promql() it is the evaluator's
 * source
 *
 * Selectors are parsed (EXPR_SELECTOR, by promql_parse_selector); their offset, @ and modifier are ignored,
 * and the matcher for the metric name is one of their matchers. Results live in the arena given, label sets
 * in the table.
 *
 * Errors: ERR_UNREACHABLE (no answer, 5xx, 429, a timeout), ERR_INPUT (an answer that is not what it should
 * be, or a refusal), ERR_LIMIT (more samples or bytes than allowed). One line each, which names the source.
 */
#ifndef SLOBURN_SOURCE_SOURCE_H
#define SLOBURN_SOURCE_SOURCE_H

#include "promql/source.h"

struct buf;
struct source;

/* Every sample t of each selector with from_ms < t <= to_ms. */
struct raw_request {
    const struct expr *const *selectors;
    size_t n_selectors;
    int64_t from_ms;
    int64_t to_ms;
    size_t max_samples; /* of all selectors together; 0: the source's own limit */
};

/* Series of several selectors may share their columns. */
struct raw_result {
    struct series_set *sets; /* one per selector, in the order of the request; series in any order */
    size_t n_sets;
    size_t n_samples; /* fetched, before they were shared out to selectors */
};

struct source_class {
    const char *kind; /* "prometheus", "simulated", "openmetrics": as sloburn.yml names it */
    bool (*raw)(struct source *source, const struct raw_request *request, struct label_table *table,
                struct arena *arena, struct raw_result *result, struct err *err);
    /* May be NULL: then nothing that asks for it gets an answer. */
    bool (*live)(struct source *source, const struct expr *const *selectors, size_t n_selectors,
                 int64_t at_ms, struct label_table *table, struct arena *arena, struct raw_result *result,
                 struct err *err);
    bool (*select)(struct source *source, const struct select_request *request, struct label_table *table,
                   struct arena *arena, struct series_set *result, struct err *err);
    /* Is it there, and what is it: appends one line for people, "Prometheus 3.5.0 at http://127.0.0.1:9090".
     */
    bool (*check)(struct source *source, struct buf *description, struct err *err);
    void (*release)(struct source *source);
};

/* The first member of each implementation's own struct. */
struct source {
    const struct source_class *class;
    struct text name; /* of sources: in sloburn.yml; owned by the implementation */
    /* Set by answers, cleared by whoever evaluates, before it does: */
    bool partial;            /* an answer came with warnings */
    bool skipped_histograms; /* there were native histograms, which this source cannot carry */
};

NODISCARD bool source_raw(struct source *source, const struct raw_request *request, struct label_table *table,
                          struct arena *arena, struct raw_result *result, struct err *err);
/* The same where the source refuses a part of it (ERR_INPUT, ERR_LIMIT): halves of it are asked for, and
 * halves of these, until what is refused stands alone. refused[i] tells of each selector, whose set is empty
 * then, and *err has the last refusal. False: it does not answer, or refuses all it was asked for. */
NODISCARD bool source_raw_each(struct source *source, const struct raw_request *request,
                               struct label_table *table, struct arena *arena, struct raw_result *result,
                               bool *refused, struct err *err);
/* One sample per live series: its value, at at_ms. */
NODISCARD bool source_live(struct source *source, const struct expr *const *selectors, size_t n_selectors,
                           int64_t at_ms, struct label_table *table, struct arena *arena,
                           struct raw_result *result, struct err *err);
NODISCARD bool source_check(struct source *source, struct buf *description, struct err *err);
void source_free(struct source *source); /* NULL is fine */

/* The source as the evaluator wants it; borrows it. */
struct promql_source source_promql(struct source *source);

/* The distance between scrapes: the median over the series of each one's median distance. 0 if no series has
 * two samples. */
int64_t source_guess_interval_ms(struct series_set set);

#endif
