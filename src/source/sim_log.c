/* sim_log: reads the truth off the counts that never reset, one process life at a time. */
#include "source/sim_log.h"

#include "source/sim_model.h"

/* sign * (what happened from a to b) */
static void totals_add(struct sim_totals *totals, const struct sim_counts *a, const struct sim_counts *b)
{
    for (int code = 0; code < SIM_CODES; code++) {
        int64_t queries = b->queries[code] - a->queries[code];
        totals->units += queries;
        totals->failed += code == SIM_CODE_200 ? 0 : queries;
        totals->slow += queries;
        for (int i = 0; i <= SIM_SLOW_BOUND; i++)
            totals->slow -= b->latency[code][i] - a->latency[code][i];
    }
    totals->cost_micro += (b->cost_e2 - a->cost_e2) * 10000;
    totals->scored += b->scored - a->scored;
    totals->score_micro += (b->score_e4 - a->score_e4) * 100;
}

/* Adds the events of a cell with from_ms < t <= to_ms. */
static void span_add(struct sim *sim, int cell, int64_t from_ms, int64_t to_ms, struct sim_totals *totals)
{
    struct sim_counts a, b;
    if (from_ms >= to_ms)
        return;
    sim_counts_at(sim, cell / SIM_TENANTS, cell % SIM_TENANTS, from_ms, &a);
    sim_counts_at(sim, cell / SIM_TENANTS, cell % SIM_TENANTS, to_ms, &b);
    totals_add(totals, &a, &b);
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The newest scrape at or before at_ms that found a process. */
static int64_t up_scrape_before(const struct sim *sim, int instance, int64_t at_ms)
{
    int64_t t = sim_scrape_before(sim, instance, at_ms);
    while (t != INT64_MIN && !sim_alive(sim, instance, t))
        t = sim_scrape_before(sim, instance, t - 1);
    return t;
}

/* What a cell's process exposes at t: since[] of its life. */
static void exposed(struct sim *sim, int cell, int64_t start_ms, int64_t t, struct sim_counts *counts)
{
    struct sim_counts base;
    int instance = cell / SIM_TENANTS, tenant = cell % SIM_TENANTS;
    sim_counts_at(sim, instance, tenant, t, counts);
    sim_counts_at(sim, instance, tenant, start_ms - 1, &base);
    int64_t *value = (int64_t *)counts;
    const int64_t *less = (const int64_t *)&base;
    for (size_t i = 0; i < sizeof base / sizeof *less; i++)
        value[i] -= less[i];
}

static int64_t bucket_of(const struct sim_counts *counts, int code)
{
    int64_t sum = 0;
    for (int i = 0; i <= SIM_SLOW_BOUND; i++)
        sum += counts->latency[code][i];
    return sum;
}

/* `before` was exposed at the last scrape of a life, `after` at the next one's first. What did not fall was
 * not seen to restart: the old value is missing from the difference. */
static void mask_add(const struct sim_counts *before, const struct sim_counts *after,
                     struct sim_totals *masked)
{
    for (int code = 0; code < SIM_CODES; code++) {
        int64_t old = before->queries[code];
        if (!old || !after->queries[code])
            continue; /* the child is born after the restart */
        int64_t hidden = after->queries[code] >= old ? old : 0;
        int64_t hidden_fast = bucket_of(after, code) >= bucket_of(before, code) ? bucket_of(before, code) : 0;
        masked->units += hidden;
        masked->failed += code == SIM_CODE_200 ? 0 : hidden;
        masked->slow += hidden - hidden_fast;
    }
    if (after->cost_e2 >= before->cost_e2)
        masked->cost_micro += before->cost_e2 * 10000;
    if (after->scored >= before->scored)
        masked->scored += before->scored;
    if (after->score_e4 >= before->score_e4)
        masked->score_micro += before->score_e4 * 100;
}

/* A cell's window, and the newest scrapes at or before its ends. */
struct log_window {
    int cell;
    int64_t from_ms;
    int64_t to_ms;
    int64_t first_scrape_ms;
    int64_t last_scrape_ms;
};

/* One life's part of the log. Returns its newest scrape up to the window's end, INT64_MIN if there is none.
 */
static int64_t life_read(struct sim *sim, const struct log_window *window, const struct sim_life *life,
                         struct sim_log *log)
{
    int instance = window->cell / SIM_TENANTS;
    bool ended = life->end_ms <= window->to_ms;
    int64_t end_ms = ended ? life->end_ms - 1 : window->to_ms;
    int64_t scrape_ms = up_scrape_before(sim, instance, end_ms);
    bool scraped = scrape_ms >= life->start_ms;
    int64_t seen_ms = scraped ? scrape_ms : life->start_ms - 1;
    span_add(sim, window->cell, larger(seen_ms, window->from_ms), end_ms, ended ? &log->lost : &log->late);
    if (scraped)
        span_add(sim, window->cell, larger(life->start_ms - 1, window->first_scrape_ms),
                 smaller(seen_ms, window->last_scrape_ms), &log->shown);
    return scraped ? scrape_ms : INT64_MIN;
}

/* What the restart before this life hid; *last_ms is the last scrape of the life before, whose start is
 * given. */
static void restart_read(struct sim *sim, const struct log_window *window, const struct sim_life *before,
                         int64_t last_ms, const struct sim_life *life, struct sim_totals *masked)
{
    int instance = window->cell / SIM_TENANTS;
    int64_t first_ms = sim_scrape_after(sim, instance, larger(life->start_ms - 1, last_ms));
    if (first_ms <= window->from_ms || first_ms > window->to_ms || first_ms >= life->end_ms)
        return;
    struct sim_counts old, new;
    exposed(sim, window->cell, before->start_ms, last_ms, &old);
    exposed(sim, window->cell, life->start_ms, first_ms, &new);
    mask_add(&old, &new, masked);
}

static void cell_read(struct sim *sim, int cell, int64_t from_ms, int64_t to_ms, struct sim_log *log)
{
    int instance = cell / SIM_TENANTS;
    const struct sim_lives *lives = &sim->lives[instance];
    struct log_window window = {cell, from_ms, to_ms, up_scrape_before(sim, instance, from_ms),
                                up_scrape_before(sim, instance, to_ms)};
    span_add(sim, cell, from_ms, to_ms, &log->events);
    if (window.first_scrape_ms == INT64_MIN)
        window.first_scrape_ms = sim->begin_ms - 1;
    const struct sim_life *before = NULL;
    int64_t before_ms = INT64_MIN;
    for (size_t i = sim_life_find(lives, window.first_scrape_ms);
         i < lives->len && lives->at[i].start_ms <= to_ms; i++) {
        int64_t scrape_ms = life_read(sim, &window, &lives->at[i], log);
        if (scrape_ms == INT64_MIN)
            continue;
        if (before)
            restart_read(sim, &window, before, before_ms, &lives->at[i], &log->masked);
        before = &lives->at[i];
        before_ms = scrape_ms;
    }
}

void sim_log_read(struct sim *sim, int tenant, int64_t from_ms, int64_t to_ms, struct sim_log *log)
{
    *log = (struct sim_log){.events = {0}};
    if (from_ms < sim->begin_ms)
        from_ms = sim->begin_ms - 1;
    if (to_ms > sim->horizon_ms)
        to_ms = sim->horizon_ms;
    if (from_ms >= to_ms)
        return;
    for (int cell = 0; cell < SIM_CELLS; cell++)
        if (tenant == SIM_ALL || cell % SIM_TENANTS == tenant)
            cell_read(sim, cell, from_ms, to_ms, log);
}
