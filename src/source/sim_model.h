/* sim_model: the inside of the simulated service, for the sim_*.c files only: its events as counts that
 * grow for ever (restarts do not touch them), and the lives of its processes. What a process exposes at t is
 * the count at t less the count when it started. */
#ifndef SLOBURN_SOURCE_SIM_MODEL_H
#define SLOBURN_SOURCE_SIM_MODEL_H

#include "base/arena.h"
#include "base/duration.h"
#include "base/vec.h"
#include "source/sim.h"

enum { SIM_CODE_200, SIM_CODE_500, SIM_CODE_503, SIM_CODES };
enum { SIM_LATENCY_BOUNDS = 9, SIM_SCORE_BOUNDS = 10, SIM_QUANTILES = 1024 };
enum { SIM_MINUTES_A_DAY = 1440 };
enum { SIM_CELLS = SIM_INSTANCES * SIM_TENANTS };
enum { SIM_SLOW_BOUND = 6, SIM_SLOW_MS = 4000 }; /* sim_latency_bounds_ms[6] is 4 s */

extern const int sim_latency_bounds_ms[SIM_LATENCY_BOUNDS];
extern const int sim_score_bounds_e4[SIM_SCORE_BOUNDS];

/* All events of one tenant on one instance, from the first moment of history up to some time. Buckets hold
 * what fell into them alone; what is beyond the last bound is the rest. */
struct sim_counts {
    int64_t queries[SIM_CODES];
    int64_t latency[SIM_CODES][SIM_LATENCY_BOUNDS];
    int64_t latency_ms[SIM_CODES];
    int64_t cost_e2; /* 0.01 won */
    int64_t scored;
    int64_t score[SIM_SCORE_BOUNDS];
    int64_t score_e4;
};

/* A process runs from start_ms to end_ms (exclusive; INT64_MAX: for ever). */
struct sim_life {
    int64_t start_ms;
    int64_t end_ms;
};

struct sim_lives {
    struct sim_life *at;
    size_t len;
    size_t cap;
};

struct sim_conditions {
    struct sim_condition *at;
    size_t len;
    size_t cap;
};

struct sim_hours {
    struct sim_counts *at; /* [h]: counts up to begin + h hours, exclusive */
    size_t len;
    size_t cap;
};

/* Smoothly distributed values as a table of quantiles, so that a draw is a look-up. */
struct sim_quantiles {
    int32_t at[SIM_QUANTILES + 1];
};

struct sim_series;

struct sim {
    uint64_t seed;
    int64_t origin_ms;
    int64_t begin_ms;
    int64_t interval_ms;
    int64_t horizon_ms;
    struct sim_conditions conditions; /* incidents are appended as conditions */
    int64_t incident_end_ms;          /* of the last incident; INT64_MIN: none yet */
    struct sim_lives lives[SIM_INSTANCES];
    struct sim_hours hours[SIM_CELLS];
    double day[SIM_MINUTES_A_DAY]; /* traffic as a multiple of the mean, by minute counted from the origin */
    struct sim_quantiles latency_ms;
    struct sim_quantiles cost_e2;
    struct sim_quantiles score_e4;
    struct arena arena; /* the catalogue */
    struct label_table *table;
    struct sim_series *series;
    size_t n_series;
};

/* What holds for a tenant on an instance in some second. */
struct sim_regime {
    double rate; /* queries per second */
    double fail; /* share */
    double slow; /* share */
    double cost; /* won, or negative: as usual */
    double cost_factor;
    double score; /* or negative: as usual */
    double score_drop;
    int64_t until_ms; /* no condition begins or ends before */
};

/* sim_scenario.c */
NODISCARD bool sim_scenario_init(struct sim *sim, const struct sim_options *options, struct err *err);
void sim_regime_at(const struct sim *sim, int instance, int tenant, int64_t second_ms,
                   struct sim_regime *regime);
/* The life at or after t: its index, or lives.len. */
size_t sim_life_find(const struct sim_lives *lives, int64_t at_ms);
bool sim_alive(const struct sim *sim, int instance, int64_t at_ms);
/* The scrape at or before / after t that took place, up or not. INT64_MIN / INT64_MAX if there is none. */
int64_t sim_scrape_before(const struct sim *sim, int instance, int64_t at_ms);
int64_t sim_scrape_after(const struct sim *sim, int instance, int64_t at_ms);

/* sim_traffic.c */
void sim_traffic_init(struct sim *sim);

/* Walks through the events of one cell; counts hold all events up to at_ms, inclusive. */
struct sim_cursor {
    const struct sim *sim;
    int instance;
    int tenant;
    int64_t at_ms;
    struct sim_counts counts;
    struct sim_regime regime;
    int64_t regime_until_s; /* seconds counted from the origin; regime and none_share hold before */
    double none_share;      /* of seconds without a query: e to the minus rate */
};

void sim_cursor_open(struct sim_cursor *cursor, struct sim *sim, int instance, int tenant, int64_t at_ms);
void sim_cursor_advance(struct sim_cursor *cursor, int64_t to_ms);
/* Counts up to at_ms, inclusive; before the beginning all zero. */
void sim_counts_at(struct sim *sim, int instance, int tenant, int64_t at_ms, struct sim_counts *counts);

static inline int sim_cell(int instance, int tenant)
{
    return instance * SIM_TENANTS + tenant;
}

static inline int64_t sim_floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return q * b > a ? q - 1 : q;
}

#endif
