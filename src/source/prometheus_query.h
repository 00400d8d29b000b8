/* prometheus_query: one question to the API, for the files of source that make up the Prometheus source. */
#ifndef SLOBURN_SOURCE_PROMETHEUS_QUERY_H
#define SLOBURN_SOURCE_PROMETHEUS_QUERY_H

#include "net/http_client.h"
#include "source/samples.h"
#include "source/source.h"

struct prometheus {
    struct source source; /* first */
    struct http_client *client;
    struct http_response response; /* reused, so that its memory is */
    char *name;
    bool use_get;
    int64_t timeout_ms; /* of a question, all attempts together */
    size_t max_samples; /* more is an error; 0: as many as the answer's maximum of bytes holds */
    size_t page_samples;
};

/* An instant query at start_ms, or a range query if step_ms is not 0. */
struct prometheus_query {
    struct text expression;
    int64_t start_ms;
    int64_t end_ms;
    int64_t step_ms;
    int64_t lookback_ms; /* 0: the server's */
    size_t max_samples;  /* more is an error; 0: as many as the answer's maximum of bytes holds */
};

NODISCARD bool prometheus_ask(struct prometheus *prometheus, const struct prometheus_query *query,
                              struct label_table *table, struct arena *arena, struct samples_answer *answer,
                              struct err *err);

/* The three questions of a source. */
bool prometheus_raw(struct source *source, const struct raw_request *request, struct label_table *table,
                    struct arena *arena, struct raw_result *result, struct err *err);
bool prometheus_live(struct source *source, const struct expr *const *selectors, size_t n_selectors,
                     int64_t at_ms, struct label_table *table, struct arena *arena, struct raw_result *result,
                     struct err *err);
bool prometheus_select(struct source *source, const struct select_request *request, struct label_table *table,
                       struct arena *arena, struct series_set *result, struct err *err);

/* The samples of one selector, as text, with from_ms < t <= to_ms, added to `join`. */
struct series_join;
struct raw_range {
    struct text selector;
    int64_t from_ms;
    int64_t to_ms;
    size_t max_samples; /* in the join, all together */
};
NODISCARD bool prometheus_fetch_range(struct prometheus *prometheus, const struct raw_range *range,
                                      struct label_table *table, struct series_join *join, struct err *err);

#endif
