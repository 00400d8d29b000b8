/* sim_log: the simulated service's own log: what truly happened to a tenant, beside what its samples can
 * show. For tests that check the ledger to the last event:
 *
 *     what the samples of (from, to] add up to  =  shown - masked
 *     and from the first moment on              =  events - lost - late - masked
 *
 * "Adds up" is the sum of the differences of consecutive samples of each series, a fall counting from zero, a
 * child that appears counting from zero, and each process' first sample ever counting from zero. */
#ifndef SLOBURN_SOURCE_SIM_LOG_H
#define SLOBURN_SOURCE_SIM_LOG_H

#include "source/sim.h"

struct sim_totals {
    int64_t units;       /* queries */
    int64_t failed;      /* of them with 5xx */
    int64_t slow;        /* of them over 4 s */
    int64_t cost_micro;  /* 10^-6 won */
    int64_t scored;      /* answers with a score */
    int64_t score_micro; /* sum of scores, 10^-6 */
};

struct sim_log {
    struct sim_totals events; /* all with from_ms < t <= to_ms */
    struct sim_totals lost;   /* of them: after the last scrape of a process that has ended */
    struct sim_totals late;   /* of them: not yet scraped at to_ms, by a process that still runs */
    struct sim_totals
        shown; /* events between the newest scrape up to from_ms and the newest up to to_ms, less lost */
    /* Of those shown: hidden from who only looks at values, because a counter had overtaken its old value
     * when it was seen again after a restart. A reader that looks at process_start_time_seconds sees them. */
    struct sim_totals masked;
};

/* `tenant` may be SIM_ALL. */
void sim_log_read(struct sim *sim, int tenant, int64_t from_ms, int64_t to_ms, struct sim_log *log);

#endif
