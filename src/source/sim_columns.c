/* sim_columns: the samples of the simulated service: its series at the scrapes that took place. */
#include "source/sim_series.h"

static const double powers_of_ten[] = {1, 10, 100, 1000, 10000};

/* The columns of one cell, or of an instance's own series (tenant SIM_ALL), and where they stand. */
struct cell_walk {
    struct sim *sim;
    int instance;
    int tenant;
    struct sim_column **columns;
    bool *present; /* had a sample at the scrape before */
    size_t n;
    bool markers;
};

static void column_push(struct sim_column *column, int64_t time_ms, double value)
{
    column->times_ms[column->len] = time_ms;
    column->values[column->len++] = value;
}

static void column_set(const struct cell_walk *walk, size_t i, int64_t time_ms, bool exists, double value)
{
    if (exists)
        column_push(walk->columns[i], time_ms, value);
    else if (walk->present[i] && walk->markers)
        column_push(walk->columns[i], time_ms, stale_nan());
    walk->present[i] = exists;
}

static void cell_fill(const struct cell_walk *walk, int64_t from_ms, int64_t to_ms)
{
    struct sim *sim = walk->sim;
    const struct sim_lives *lives = &sim->lives[walk->instance];
    struct sim_cursor cursor;
    struct sim_counts base = {.scored = 0};
    size_t base_life = SIZE_MAX;
    int64_t t = sim_scrape_after(sim, walk->instance, from_ms);
    if (t > to_ms)
        return;
    sim_cursor_open(&cursor, sim, walk->instance, walk->tenant, t);
    for (; t <= to_ms; t = sim_scrape_after(sim, walk->instance, t)) {
        size_t life = sim_life_find(lives, t);
        bool alive = lives->at[life].start_ms <= t;
        if (alive && life != base_life)
            sim_base_at(sim, walk->instance, walk->tenant, t, &base);
        if (alive)
            base_life = life;
        sim_cursor_advance(&cursor, t);
        for (size_t i = 0; i < walk->n; i++) {
            const struct sim_series *series = walk->columns[i]->series;
            bool exists = alive && sim_series_exists(series, &cursor.counts, &base);
            int digits;
            int64_t value = exists ? sim_series_value(series, &cursor.counts, &base, &digits) : (digits = 0);
            column_set(walk, i, t, exists, (double)value / powers_of_ten[digits]);
        }
    }
}

/* up and process_start_time_seconds: no events to walk through. */
static void instance_fill(const struct cell_walk *walk, int64_t from_ms, int64_t to_ms)
{
    const struct sim *sim = walk->sim;
    const struct sim_lives *lives = &sim->lives[walk->instance];
    for (int64_t t = sim_scrape_after(sim, walk->instance, from_ms); t <= to_ms;
         t = sim_scrape_after(sim, walk->instance, t)) {
        const struct sim_life *life = &lives->at[sim_life_find(lives, t)];
        bool alive = life->start_ms <= t;
        for (size_t i = 0; i < walk->n; i++) {
            if (walk->columns[i]->series->family == SIM_UP)
                column_set(walk, i, t, true, alive);
            else
                column_set(walk, i, t, alive, (double)life->start_ms / 1000);
        }
    }
}

size_t sim_scrapes_bound(const struct sim *sim, int64_t from_ms, int64_t to_ms)
{
    if (from_ms < sim->begin_ms - 1)
        from_ms = sim->begin_ms - 1;
    if (to_ms > sim->horizon_ms)
        to_ms = sim->horizon_ms;
    return to_ms > from_ms ? (size_t)((to_ms - from_ms) / sim->interval_ms) + 1 : 0;
}

void sim_columns_fill(struct sim *sim, struct sim_column *columns, size_t n, int64_t from_ms, int64_t to_ms,
                      bool markers, struct arena *arena)
{
    size_t bound = sim_scrapes_bound(sim, from_ms, to_ms);
    if (to_ms > sim->horizon_ms)
        to_ms = sim->horizon_ms;
    struct cell_walk walk = {.sim = sim, .markers = markers};
    walk.columns = ARENA_ARRAY(arena, struct sim_column *, n);
    walk.present = ARENA_ARRAY(arena, bool, n);
    for (size_t i = 0; i < n; i++) {
        columns[i].len = 0;
        columns[i].times_ms = ARENA_ARRAY(arena, int64_t, bound);
        columns[i].values = ARENA_ARRAY(arena, double, bound);
    }
    for (walk.instance = 0; walk.instance < SIM_INSTANCES; walk.instance++) {
        for (walk.tenant = SIM_ALL; walk.tenant < SIM_TENANTS; walk.tenant++) {
            walk.n = 0;
            for (size_t i = 0; i < n; i++) {
                if (columns[i].series->instance != walk.instance || columns[i].series->tenant != walk.tenant)
                    continue;
                walk.present[walk.n] = false;
                walk.columns[walk.n++] = &columns[i];
            }
            if (walk.n && walk.tenant == SIM_ALL)
                instance_fill(&walk, from_ms, to_ms);
            else if (walk.n)
                cell_fill(&walk, from_ms, to_ms);
        }
    }
}
