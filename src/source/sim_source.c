/* sim_source: the simulated service as a source. */
#include "source/sim_source.h"

#include "base/buf.h"
#include "source/selector.h"
#include "source/sim_series.h"

#define MAX_SAMPLES 50000000

struct sim_source {
    struct source base;
    struct sim *sim;
};

static struct sim *sim_of(struct source *source)
{
    return ((struct sim_source *)source)->sim;
}

/* Columns for all series that any of the selectors matches; [i] is NULL where series i is not wanted. */
struct wanted {
    struct sim_column *columns;
    size_t n;
    struct sim_column **by_series;
    const struct labels **labels; /* in the caller's table, by column */
};

static void wanted_find(struct sim *sim, const struct expr *const *selectors, size_t n_selectors,
                        struct arena *arena, struct wanted *wanted)
{
    wanted->n = 0;
    wanted->columns = ARENA_ARRAY_ZERO(arena, struct sim_column, sim->n_series);
    wanted->by_series = ARENA_ARRAY_ZERO(arena, struct sim_column *, sim->n_series);
    for (size_t i = 0; i < sim->n_series; i++) {
        bool matches = false;
        for (size_t s = 0; s < n_selectors && !matches; s++)
            matches = selector_matches(&selectors[s]->u.selector, sim->series[i].labels);
        if (!matches)
            continue;
        wanted->by_series[i] = &wanted->columns[wanted->n];
        wanted->columns[wanted->n++].series = &sim->series[i];
    }
}

static bool wanted_fill(struct sim *sim, struct wanted *wanted, const struct raw_request *request,
                        bool markers, struct arena *arena, struct err *err)
{
    size_t most = request->max_samples ? request->max_samples : MAX_SAMPLES;
    size_t scrapes = sim_scrapes_bound(sim, request->from_ms, request->to_ms);
    if (wanted->n && scrapes > most / wanted->n)
        return err_set(err, ERR_LIMIT,
                       "simulated source: %zu series of %zu samples are more than %zu samples", wanted->n,
                       scrapes, most);
    sim_columns_fill(sim, wanted->columns, wanted->n, request->from_ms, request->to_ms, markers, arena);
    return true;
}

static void wanted_import(struct wanted *wanted, struct label_table *table, struct arena *arena)
{
    wanted->labels = ARENA_ARRAY(arena, const struct labels *, wanted->n);
    for (size_t i = 0; i < wanted->n; i++)
        wanted->labels[i] = labels_import(table, wanted->columns[i].series->labels);
}

/* The filled columns that a selector matches, as a set of series. */
static struct series_set wanted_share(const struct sim *sim, const struct wanted *wanted,
                                      const struct expr *selector, struct arena *arena)
{
    struct series_set set = {ARENA_ARRAY(arena, struct series, wanted->n), 0};
    for (size_t i = 0; i < sim->n_series; i++) {
        const struct sim_column *column = wanted->by_series[i];
        if (!column || !column->len || !selector_matches(&selector->u.selector, sim->series[i].labels))
            continue;
        set.at[set.len++] = (struct series){.labels = wanted->labels[column - wanted->columns],
                                            .len = column->len,
                                            .times_ms = column->times_ms,
                                            .values = column->values};
    }
    return set;
}

static void result_make(const struct sim *sim, const struct wanted *wanted,
                        const struct expr *const *selectors, size_t n_selectors, struct arena *arena,
                        struct raw_result *result)
{
    *result = (struct raw_result){ARENA_ARRAY(arena, struct series_set, n_selectors), n_selectors, 0};
    for (size_t i = 0; i < wanted->n; i++)
        result->n_samples += wanted->columns[i].len;
    for (size_t i = 0; i < n_selectors; i++)
        result->sets[i] = wanted_share(sim, wanted, selectors[i], arena);
}

static bool sim_source_raw(struct source *source, const struct raw_request *request,
                           struct label_table *table, struct arena *arena, struct raw_result *result,
                           struct err *err)
{
    struct sim *sim = sim_of(source);
    struct wanted wanted;
    wanted_find(sim, request->selectors, request->n_selectors, arena, &wanted);
    if (!wanted_fill(sim, &wanted, request, false, arena, err))
        return false;
    wanted_import(&wanted, table, arena);
    result_make(sim, &wanted, request->selectors, request->n_selectors, arena, result);
    return true;
}

/* Keeps each column's newest sample, dated at_ms, unless it is a stale marker. */
static void columns_to_live(struct wanted *wanted, int64_t at_ms)
{
    for (size_t i = 0; i < wanted->n; i++) {
        struct sim_column *column = &wanted->columns[i];
        bool live = column->len && !value_is_stale(column->values[column->len - 1]);
        if (live) {
            column->values[0] = column->values[column->len - 1];
            column->times_ms[0] = at_ms;
        }
        column->len = live;
    }
}

static bool sim_source_live(struct source *source, const struct expr *const *selectors, size_t n_selectors,
                            int64_t at_ms, struct label_table *table, struct arena *arena,
                            struct raw_result *result, struct err *err)
{
    const int64_t lookback_ms = 300000; /* Prometheus' default */
    struct sim *sim = sim_of(source);
    int64_t from_ms = at_ms < sim->begin_ms ? at_ms : at_ms - lookback_ms;
    struct raw_request request = {.from_ms = from_ms, .to_ms = at_ms};
    struct wanted wanted;
    wanted_find(sim, selectors, n_selectors, arena, &wanted);
    if (!wanted_fill(sim, &wanted, &request, true, arena, err))
        return false;
    columns_to_live(&wanted, at_ms);
    wanted_import(&wanted, table, arena);
    result_make(sim, &wanted, selectors, n_selectors, arena, result);
    return true;
}

static bool sim_source_select(struct source *source, const struct select_request *request,
                              struct label_table *table, struct arena *arena, struct series_set *result,
                              struct err *err)
{
    struct sim *sim = sim_of(source);
    struct raw_request raw = {
        .from_ms = request->from_ms, .to_ms = request->to_ms, .max_samples = request->max_samples};
    struct wanted wanted;
    wanted_find(sim, &request->selector, 1, arena, &wanted);
    if (!wanted_fill(sim, &wanted, &raw, true, arena, err))
        return false;
    wanted_import(&wanted, table, arena);
    *result = wanted_share(sim, &wanted, request->selector, arena);
    return true;
}

static bool sim_source_check(struct source *source, struct buf *description, struct err *err)
{
    const struct sim *sim = sim_of(source);
    (void)err;
    buf_printf(description, "simulated service, seed %llu, %zu series, a scrape every %g s",
               (unsigned long long)sim->seed, sim->n_series, (double)sim->interval_ms / 1000);
    return true;
}

static void sim_source_free(struct source *source)
{
    sim_free(sim_of(source));
    memory_free((char *)source->name.at);
    memory_free(source);
}

static const struct source_class sim_source_class = {
    .kind = "simulated",
    .raw = sim_source_raw,
    .live = sim_source_live,
    .select = sim_source_select,
    .check = sim_source_check,
    .release = sim_source_free,
};

struct source *sim_source_new(struct sim *sim, struct text name)
{
    struct sim_source *source = memory_alloc_zero(1, sizeof *source);
    source->base.class = &sim_source_class;
    source->base.name = (struct text){memory_copy_text(name.at, name.len), name.len};
    source->sim = sim;
    return &source->base;
}

struct sim *sim_source_sim(struct source *source)
{
    return source->class == &sim_source_class ? sim_of(source) : NULL;
}
