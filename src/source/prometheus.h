/* prometheus: a source over the HTTP API of Prometheus and whatever speaks it (Thanos, Mimir, Cortex,
 * VictoriaMetrics, …).
 *
 * Raw samples are asked for as metric[range] at a time, page by page, so that a request stays near a million
 * samples; the first page is at most an hour, later ones as long as what came allows. A page whose answer is
 * too large is asked for again in smaller pieces. Answers of 429 and 5xx, and no answer, are tried again
 * until the timeout, which holds for all attempts together. Such ranges carry no stale markers: source_live
 * tells which series are alive. */
#ifndef SLOBURN_SOURCE_PROMETHEUS_H
#define SLOBURN_SOURCE_PROMETHEUS_H

#include "net/http_client.h"
#include "source/options.h"
#include "source/source.h"

/* What is 0 has the default named. */
struct prometheus_options {
    const char *name;                /* NULL: the URL */
    struct http_client_options http; /* url: up to where /api/v1 begins; max_response_bytes: 256 MiB */
    bool use_get;                    /* GET instead of POST */
    size_t max_samples;              /* of one answer to the caller; 50,000,000 */
    size_t page_samples;             /* aimed at with one request; 1,000,000 */
};

NODISCARD struct source *prometheus_source_new(const struct prometheus_options *options, struct err *err);

/* What a `source:` section names (SOURCE_PROMETHEUS). `aborted` (may be NULL) is asked during requests
 * whether to stop. */
NODISCARD struct source *prometheus_source_open(const struct source_options *options, const char *name,
                                                bool (*aborted)(void *context), void *aborted_context,
                                                struct err *err);

#endif
