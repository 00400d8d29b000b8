/* sim_series: the catalogue of the simulated service's series, and their columns: one walk through the events
 * of a cell fills all columns of that cell. A sample costs about 4 ns beside the walk. */
#include "source/sim_series.h"

#include "base/buf.h"

#include <assert.h>

const int sim_family_digits[SIM_FAMILIES] = {
    [SIM_DURATION] = 3, [SIM_COST_TOTAL] = 2, [SIM_SCORES] = 4, [SIM_PROCESS_START] = 3};

const char *const sim_family_names[SIM_FAMILIES] = {
    [SIM_QUERIES] = "rag_queries_total",
    [SIM_DURATION] = "rag_query_duration_seconds",
    [SIM_COST_TOTAL] = "rag_cost_krw_total",
    [SIM_SCORES] = "rag_faithfulness_score",
    [SIM_UP] = "up",
    [SIM_PROCESS_START] = "process_start_time_seconds",
};

const char *const sim_family_helps[SIM_FAMILIES] = {
    [SIM_QUERIES] = "Queries by HTTP status.",
    [SIM_DURATION] = "Time from query to the last token of its answer.",
    [SIM_COST_TOTAL] = "What the answers cost, in won.",
    [SIM_SCORES] = "How far an answer is supported by its sources, judged per answer.",
    [SIM_UP] = "Whether the instance runs.",
    [SIM_PROCESS_START] = "When the process started, seconds since 1970.",
};

static const char *const code_names[SIM_CODES] = {"200", "500", "503"};
static const char *const part_suffixes[] = {
    [SIM_VALUE] = "", [SIM_BUCKET] = "_bucket", [SIM_SUM] = "_sum", [SIM_COUNT] = "_count"};

/* 3500 with 3 digits: 3.5 */
static void bound_print(int64_t value, int digits, struct buf *out)
{
    int64_t scale = 1;
    for (int i = 0; i < digits; i++)
        scale *= 10;
    buf_printf(out, "%lld", (long long)(value / scale));
    for (int64_t rest = value % scale * 10; rest; rest = rest % scale * 10) {
        if (rest == value % scale * 10)
            buf_putc(out, '.');
        buf_printf(out, "%lld", (long long)(rest / scale));
    }
}

static void le_print(const struct sim_series *series, struct buf *out)
{
    bool latency = series->family == SIM_DURATION;
    if (series->bound == (latency ? SIM_LATENCY_BOUNDS : SIM_SCORE_BOUNDS))
        buf_puts(out, "+Inf");
    else
        bound_print(latency ? sim_latency_bounds_ms[series->bound] : sim_score_bounds_e4[series->bound],
                    sim_family_digits[series->family], out);
}

struct label_list {
    struct label at[8];
    size_t len;
    struct buf printed;
};

static void label_push(struct label_list *list, struct label_table *table, const char *name,
                       const char *value)
{
    list->at[list->len++] =
        (struct label){symbol_intern(table, text_of(name)), symbol_intern(table, text_of(value))};
    if (list->len > 1) /* the first is the metric's name */
        buf_printf(&list->printed, "%c%s=\"%s\"", list->len == 2 ? '{' : ',', name, value);
    else
        buf_puts(&list->printed, value);
}

static void catalogue_add(struct sim *sim, struct sim_series series)
{
    struct label_list list = {.len = 0};
    struct buf word;
    buf_init(&word, 128);
    buf_init(&list.printed, 1024);
    buf_printf(&word, "%s%s", sim_family_names[series.family], part_suffixes[series.part]);
    label_push(&list, sim->table, "__name__", buf_cstring(&word));
    label_push(&list, sim->table, "job", "rag-api");
    label_push(&list, sim->table, "instance", sim_instance_names[series.instance]);
    if (series.tenant != SIM_ALL)
        label_push(&list, sim->table, "tenant", sim_tenant_names[series.tenant]);
    if (series.code >= 0)
        label_push(&list, sim->table, "code", code_names[series.code]);
    if (series.part == SIM_BUCKET) {
        buf_clear(&word);
        le_print(&series, &word);
        label_push(&list, sim->table, "le", buf_cstring(&word));
    }
    buf_putc(&list.printed, '}');
    series.labels = labels_intern(sim->table, list.at, list.len);
    series.printed = text_copy(&sim->arena, buf_text(&list.printed));
    sim->series[sim->n_series++] = series;
    buf_finish(&word);
    buf_finish(&list.printed);
}

static void histogram_add(struct sim *sim, struct sim_series series, int bounds)
{
    series.part = SIM_BUCKET;
    for (series.bound = 0; series.bound <= bounds; series.bound++)
        catalogue_add(sim, series);
    series.part = SIM_SUM;
    catalogue_add(sim, series);
    series.part = SIM_COUNT;
    catalogue_add(sim, series);
}

static void cell_add(struct sim *sim, enum sim_family family, int instance, int tenant)
{
    struct sim_series series = {.family = family, .instance = instance, .tenant = tenant, .code = -1};
    if (family == SIM_COST_TOTAL)
        catalogue_add(sim, series);
    if (family == SIM_SCORES)
        histogram_add(sim, series, SIM_SCORE_BOUNDS);
    if (family != SIM_QUERIES && family != SIM_DURATION)
        return;
    for (series.code = 0; series.code < SIM_CODES; series.code++) {
        if (family == SIM_QUERIES)
            catalogue_add(sim, series);
        else
            histogram_add(sim, series, SIM_LATENCY_BOUNDS);
    }
}

void sim_catalogue_init(struct sim *sim)
{
    enum { CELL_SERIES = SIM_CODES * (SIM_LATENCY_BOUNDS + 4) + SIM_SCORE_BOUNDS + 4 };
    arena_init(&sim->arena, 0);
    sim->table = label_table_new(NULL);
    sim->series =
        ARENA_ARRAY_ZERO(&sim->arena, struct sim_series, SIM_CELLS * CELL_SERIES + 2 * SIM_INSTANCES);
    for (int family = 0; family < SIM_FAMILIES; family++) {
        for (int instance = 0; instance < SIM_INSTANCES; instance++) {
            if (family == SIM_UP || family == SIM_PROCESS_START)
                catalogue_add(sim, (struct sim_series){.family = (enum sim_family)family,
                                                       .instance = instance,
                                                       .tenant = SIM_ALL,
                                                       .code = -1});
            for (int tenant = 0; tenant < SIM_TENANTS; tenant++)
                cell_add(sim, (enum sim_family)family, instance, tenant);
        }
    }
    assert(sim->n_series == SIM_CELLS * CELL_SERIES + 2 * SIM_INSTANCES);
}

static int64_t bucket_value(const int64_t *counts, const int64_t *base, int bound)
{
    int64_t sum = 0;
    for (int i = 0; i <= bound; i++)
        sum += counts[i] - base[i];
    return sum;
}

static int64_t duration_value(const struct sim_series *series, const struct sim_counts *counts,
                              const struct sim_counts *base)
{
    int code = series->code;
    if (series->part == SIM_SUM)
        return counts->latency_ms[code] - base->latency_ms[code];
    if (series->part == SIM_COUNT || series->bound == SIM_LATENCY_BOUNDS)
        return counts->queries[code] - base->queries[code];
    return bucket_value(counts->latency[code], base->latency[code], series->bound);
}

static int64_t score_value(const struct sim_series *series, const struct sim_counts *counts,
                           const struct sim_counts *base)
{
    if (series->part == SIM_SUM)
        return counts->score_e4 - base->score_e4;
    if (series->part == SIM_COUNT || series->bound == SIM_SCORE_BOUNDS)
        return counts->scored - base->scored;
    return bucket_value(counts->score, base->score, series->bound);
}

int64_t sim_series_value(const struct sim_series *series, const struct sim_counts *counts,
                         const struct sim_counts *base, int *digits)
{
    bool whole = series->part == SIM_BUCKET || series->part == SIM_COUNT;
    *digits = whole ? 0 : sim_family_digits[series->family];
    switch (series->family) {
    case SIM_QUERIES:
        return counts->queries[series->code] - base->queries[series->code];
    case SIM_DURATION:
        return duration_value(series, counts, base);
    case SIM_COST_TOTAL:
        return counts->cost_e2 - base->cost_e2;
    case SIM_SCORES:
        return score_value(series, counts, base);
    default:
        break;
    }
    assert(!"series of an instance have no counts");
    return 0;
}

bool sim_series_exists(const struct sim_series *series, const struct sim_counts *counts,
                       const struct sim_counts *base)
{
    return series->code < 0 || counts->queries[series->code] > base->queries[series->code];
}

void sim_base_at(struct sim *sim, int instance, int tenant, int64_t at_ms, struct sim_counts *base)
{
    const struct sim_lives *lives = &sim->lives[instance];
    size_t life = sim_life_find(lives, at_ms);
    assert(life < lives->len);
    sim_counts_at(sim, instance, tenant, lives->at[life].start_ms - 1, base);
}
