/* sim_expose: the simulated service in Prometheus' text format and in OpenMetrics. Numbers are printed from
 * exact integers: 12.6 million lines a history at 60 s is what makes this worth its own digits. */
#include "source/sim_expose.h"

#include "base/buf.h"
#include "source/sim_series.h"

#include <math.h>

enum { NUMBER_MAX = 24 };

/* 123456 with 3 digits: 123.456; without a point where the fraction is zero. */
static void fixed_print(int64_t value, int digits, struct buf *out)
{
    char text[NUMBER_MAX];
    char *p = text + sizeof text;
    uint64_t rest = (uint64_t)value;
    bool fraction = false;
    for (int i = 0; i < digits; i++, rest /= 10) {
        if (rest % 10 || fraction) {
            *--p = (char)('0' + rest % 10);
            fraction = true;
        }
    }
    if (fraction)
        *--p = '.';
    do
        *--p = (char)('0' + rest % 10);
    while (rest /= 10);
    buf_add(out, p, (size_t)(text + sizeof text - p));
}

static const char *type_of(enum sim_family family)
{
    switch (family) {
    case SIM_QUERIES:
    case SIM_COST_TOTAL:
        return "counter";
    case SIM_DURATION:
    case SIM_SCORES:
        return "histogram";
    default:
        return "gauge";
    }
}

/* OpenMetrics names a counter's family without _total. */
static void family_print(enum sim_family family, bool openmetrics, struct buf *out)
{
    struct text name = text_of(sim_family_names[family]);
    if (openmetrics && text_ends(name, TEXT("_total")))
        name.len -= strlen("_total");
    buf_printf(out, "# HELP %.*s %s\n", TEXT_ARG(name), sim_family_helps[family]);
    buf_printf(out, "# TYPE %.*s %s\n", TEXT_ARG(name), type_of(family));
}

/* The counts of all processes at one moment. */
struct moment {
    int64_t at_ms;
    bool alive[SIM_INSTANCES];
    int64_t started_ms[SIM_INSTANCES];
    struct sim_counts counts[SIM_CELLS];
    struct sim_counts base[SIM_CELLS];
};

static void moment_take(struct sim *sim, int64_t at_ms, struct moment *moment)
{
    moment->at_ms = at_ms;
    for (int instance = 0; instance < SIM_INSTANCES; instance++) {
        const struct sim_lives *lives = &sim->lives[instance];
        moment->alive[instance] = at_ms >= sim->begin_ms && sim_alive(sim, instance, at_ms);
        moment->started_ms[instance] = lives->at[sim_life_find(lives, at_ms)].start_ms;
        for (int tenant = 0; tenant < SIM_TENANTS; tenant++) {
            int cell = sim_cell(instance, tenant);
            sim_counts_at(sim, instance, tenant, at_ms, &moment->counts[cell]);
            sim_base_at(sim, instance, tenant, at_ms, &moment->base[cell]);
        }
    }
}

static void series_expose(const struct sim_series *series, const struct moment *moment, struct buf *out)
{
    bool alive = moment->alive[series->instance];
    int64_t value = alive;
    int digits = 0;
    if (series->family != SIM_UP && !alive)
        return;
    if (series->family == SIM_PROCESS_START) {
        value = moment->started_ms[series->instance];
        digits = sim_family_digits[series->family];
    } else if (series->family != SIM_UP) {
        int cell = sim_cell(series->instance, series->tenant);
        if (!sim_series_exists(series, &moment->counts[cell], &moment->base[cell]))
            return;
        value = sim_series_value(series, &moment->counts[cell], &moment->base[cell], &digits);
    }
    buf_add_text(out, series->printed);
    buf_putc(out, ' ');
    fixed_print(value, digits, out);
    buf_putc(out, '\n');
}

void sim_expose(struct sim *sim, int64_t at_ms, struct buf *out)
{
    struct moment moment;
    if (at_ms > sim->horizon_ms)
        at_ms = sim->horizon_ms;
    moment_take(sim, at_ms, &moment);
    for (size_t i = 0; i < sim->n_series; i++) {
        if (i == 0 || sim->series[i].family != sim->series[i - 1].family)
            family_print(sim->series[i].family, false, out);
        series_expose(&sim->series[i], &moment, out);
    }
}

struct sim_history {
    struct arena arena;
    struct sim_column *columns;
    size_t n;
    size_t next;
};

int64_t sim_block_start(int64_t at_ms)
{
    return sim_floor_div(at_ms, SIM_BLOCK_MS) * SIM_BLOCK_MS;
}

struct sim_history *sim_history_open(struct sim *sim, int64_t from_ms, int64_t to_ms)
{
    struct sim_history *history = memory_alloc_zero(1, sizeof *history);
    arena_init(&history->arena, 0);
    history->n = sim->n_series;
    history->columns = ARENA_ARRAY_ZERO(&history->arena, struct sim_column, history->n);
    for (size_t i = 0; i < history->n; i++)
        history->columns[i].series = &sim->series[i];
    sim_columns_fill(sim, history->columns, history->n, from_ms - 1, to_ms - 1, false, &history->arena);
    return history;
}

void sim_history_close(struct sim_history *history)
{
    if (!history)
        return;
    arena_finish(&history->arena);
    memory_free(history);
}

static void column_print(const struct sim_column *column, struct buf *out)
{
    const struct sim_series *series = column->series;
    bool whole = series->part == SIM_BUCKET || series->part == SIM_COUNT;
    int digits = whole ? 0 : sim_family_digits[series->family];
    double scale = 1;
    for (int i = 0; i < digits; i++)
        scale *= 10;
    for (size_t i = 0; i < column->len; i++) {
        buf_add_text(out, series->printed);
        buf_putc(out, ' ');
        fixed_print(llround(column->values[i] * scale), digits, out);
        buf_putc(out, ' ');
        fixed_print(column->times_ms[i], 3, out);
        buf_putc(out, '\n');
    }
}

bool sim_history_next(struct sim_history *history, struct buf *out)
{
    if (history->next == history->n) {
        buf_puts(out, "# EOF\n");
        return false;
    }
    const struct sim_column *column = &history->columns[history->next];
    if (history->next == 0 || column->series->family != column[-1].series->family)
        family_print(column->series->family, true, out);
    column_print(column, out);
    history->next++;
    return true;
}
