/* sim: a simulated service, in process: a RAG service "rag-api" with three tenants on two instances, scraped
 * every 15 s, with 30 days of history before its origin and live after it. For the demo, for people who try
 * sloburn without a Prometheus, and for tests that need to know the truth behind the samples.
 *
 * It is a log of events (queries), and everything else follows from it: each second of each tenant on each
 * instance has its own random numbers, made from (seed, instance, tenant, second counted from the origin). So
 * samples are a function of the options, the incidents and the time alone: however the timeline is cut, and
 * after a restart, they are the same. No clock is read and nothing is stored; who wants to continue a
 * timeline stores seed, origin and incident starts.
 *
 * Traffic follows a sine of one day counted from the origin; its phase is the one at which the traffic at the
 * origin equals the mean of the six hours before. Only answered queries (code 200) cost anything and are
 * scored; failed ones are in the duration histogram under their code. 0.1 % of queries fail. Every objective
 * is met with budget left: over 30 days about 29 % of it is used for failures, 27 % for slow queries, 59 %
 * for cost, 54 % for scores, some of it by five small incidents of the past, the latest six days before the
 * origin.
 *
 * Series, all with job, instance, tenant:
 *   rag_queries_total{code}                 a child appears with its first query, as in a real client library
 *   rag_query_duration_seconds{code}        classic histogram, bounds 0.5 to 10 s, one at 4
 *   rag_cost_krw_total                      two decimals
 *   rag_faithfulness_score                  classic histogram, bounds 0.25 to 1
 * and per instance up and process_start_time_seconds.
 *
 * For one thread at a time: results are cached by hour (about 2 MB for 30 days, 0.4 s to make). */
#ifndef SLOBURN_SOURCE_SIM_H
#define SLOBURN_SOURCE_SIM_H

#include "base/err.h"
#include "base/series.h"

#include <stdint.h>

enum { SIM_TENANTS = 3, SIM_INSTANCES = 2, SIM_ALL = -1 };
enum { SIM_INCIDENT_MS = 90000 };

struct buf;
struct sim;

extern const char *const sim_tenant_names[SIM_TENANTS];
extern const char *const sim_instance_names[SIM_INSTANCES];

/* What can be wrong between from_ms and to_ms (exclusive). Events follow it on whole seconds of the timeline,
 * restarts and gaps to the millisecond. Of two conditions of one kind the later in the list holds; traffic
 * factors multiply. */
enum sim_condition_kind {
    SIM_TRAFFIC,     /* `value` times the queries, at most 50 */
    SIM_FAIL,        /* share of queries that fail with 5xx: 0 to 1 */
    SIM_SLOW,        /* share of queries that take more than 4 s: 0 to 1 */
    SIM_COST,        /* every answered query costs `value` won */
    SIM_COST_FACTOR, /* `value` times the usual cost */
    SIM_SCORE,       /* every score is `value`: 0 to 1 */
    SIM_SCORE_DROP,  /* `value` less than usual, at least 0 */
    SIM_DOWN, /* the process ends and starts anew at to_ms, counters at zero (from = to: a quick restart) */
    SIM_CRASH_LOOP, /* 20 s down, 40 s up, and so on */
    SIM_GAP,        /* nobody scrapes: no samples at all, `up` neither; queries go on */
    SIM_CONDITION_KINDS
};

struct sim_condition {
    enum sim_condition_kind kind;
    int64_t from_ms;
    int64_t to_ms;
    int tenant;   /* SIM_ALL; ignored by the last three kinds */
    int instance; /* SIM_ALL */
    double value;
};

struct sim_options {
    uint64_t seed;
    int64_t origin_ms;                      /* where history ends and live starts */
    int64_t history_ms;                     /* whole hours, at most 400 days; 0: 30 days */
    int64_t interval_ms;                    /* between scrapes, 1 s to 5 min; 0: 15 s */
    bool plain_history;                     /* without the incidents of the past */
    const struct sim_condition *conditions; /* copied */
    size_t n_conditions;
};

/* NULL and err (ERR_INPUT) if an option is out of its range. */
NODISCARD struct sim *sim_new(const struct sim_options *options, struct err *err);
void sim_free(struct sim *sim);
int64_t sim_begin_ms(const struct sim *sim); /* the first moment of history */
int64_t sim_origin_ms(const struct sim *sim);
int64_t sim_interval_ms(const struct sim *sim);
/* Nothing after it is answered to a source's caller (a query with a negative offset would see the future).
 * At first 400 days after the origin, which it can never exceed. */
void sim_set_horizon(struct sim *sim, int64_t now_ms);

/* 90 s of incident from at_ms: retries raise traffic to 8 times, 80 % fail. ERR_INPUT while one runs, or
 * before the end of a later one. What was sampled before at_ms does not change. */
NODISCARD bool sim_start_incident(struct sim *sim, int64_t at_ms, struct err *err);
bool sim_incident_running(const struct sim *sim, int64_t at_ms);

/* The mean queries per second of a tenant, both instances together, conditions included. */
double sim_rate(const struct sim *sim, int tenant, int64_t at_ms);

/* Text exposition at a moment: every series of every instance that is up, with job and instance, so a real
 * Prometheus needs honor_labels: true. Gaps do not matter here: who scrapes, scrapes. */
void sim_expose(struct sim *sim, int64_t at_ms, struct buf *out);

#endif
