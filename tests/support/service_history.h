/* service_history: what a Prometheus would have scraped from 50 services, for benchmarks: the same samples
 * for everybody who asks, in any part of the time. A service has http_requests_total by code (200, 500) and
 * the eleven buckets of http_request_duration_seconds_bucket: whole numbers, day and night, a restart every
 * ten days or so. */
#ifndef SLOBURN_TESTS_SUPPORT_SERVICE_HISTORY_H
#define SLOBURN_TESTS_SUPPORT_SERVICE_HISTORY_H

#include "base/text.h"

#include <stdint.h>

enum {
    HISTORY_SERVICES = 50,
    HISTORY_CODES = 2,
    HISTORY_BUCKETS = 11,
    HISTORY_COUNTERS = HISTORY_CODES + HISTORY_BUCKETS,
    HISTORY_SCRAPE_MS = 30000,
};

extern const char *const HISTORY_CODE[HISTORY_CODES];
extern const char *const HISTORY_BOUND[HISTORY_BUCKETS];

struct service_history {
    uint64_t random;
    double requests_per_scrape;
    double phase;
    double error_share;
    double within[HISTORY_BUCKETS];    /* share of requests not slower than the bound */
    double counters[HISTORY_COUNTERS]; /* codes, then buckets */
};

/* At its first scrape all counters are zero. */
void service_history_init(struct service_history *history, int service);
/* The next scrape, at this time. */
void service_history_scrape(struct service_history *history, int64_t time_ms);

#endif
