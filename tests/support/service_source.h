/* service_source: a source of many small services in memory, scraped every 15 s, for tests and benchmarks of
 * the engine. Service i is s0000, s0001, …: its requests are requests_total{service, job, instance,
 * code="200"} and code="500", beside `up`. Samples are a function of time: request rates differ from service
 * to service, one request in a hundred fails, counters never reset.
 *
 * It can hold samples back, as a source does that answers late, and let series churn, as deployments do. */
#ifndef SLOBURN_TESTS_SUPPORT_SERVICE_SOURCE_H
#define SLOBURN_TESTS_SUPPORT_SERVICE_SOURCE_H

#include "source/source.h"

#define SERVICE_SCRAPE_MS 15000

/* Nothing is older than begin_ms. */
struct source *service_source_new(size_t services, int64_t begin_ms);
/* Samples t with from_ms < t <= to_ms are not given; equal times: all are given again. */
void service_source_hide(struct source *source, int64_t from_ms, int64_t to_ms);
/* Every churn_ms all series get a new `pod` and begin at 0; 0: never. */
void service_source_churn(struct source *source, int64_t churn_ms);
/* From break_ms on every request fails; 0: never. */
void service_source_break(struct source *source, int64_t break_ms);
/* How often it was asked for samples. */
size_t service_source_asked(const struct source *source);
/* Requests of a service in (from_ms, to_ms] by its counters, and of these failures. */
int64_t service_source_requests(size_t service, int64_t begin_ms, int64_t from_ms, int64_t to_ms,
                                bool failed);

#endif
