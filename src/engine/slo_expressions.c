/* Expressions of SLOs, a range query each with a step of a minute, put together by group and minute. */
#include "engine/slo_expressions.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "engine/expression_data.h"
#include "promql/eval.h"

#include <math.h>

/* One group's minutes, from the first that was asked for. */
struct row {
    const struct labels *labels; /* NULL: no fan-out */
    double *units;
    double *spent;
    bool *holds;
    size_t first; /* minutes before it are none: there was nothing to look at yet */
};

struct table {
    const struct slo *slo;
    struct label_table *labels; /* of the SLO group: what the ledger knows */
    struct arena *arena;
    int64_t first_ms; /* end of the first minute */
    size_t n;         /* minutes */
    struct map by_labels;
    VEC(struct row) rows;
};

static struct row *row_of(struct table *table, const struct labels *labels)
{
    bool added;
    uint64_t *place = map_add(&table->by_labels, map_key_of(labels), &added);
    if (added) {
        *place = table->rows.len;
        VEC_PUSH(&table->rows, (struct row){labels, ARENA_ARRAY_ZERO(table->arena, double, table->n),
                                            ARENA_ARRAY_ZERO(table->arena, double, table->n),
                                            ARENA_ARRAY_ZERO(table->arena, bool, table->n), table->n});
    }
    return &table->rows.at[*place];
}

/* The by: labels of a result's series, as a set of the ledger's table; NULL without a fan-out. */
static const struct labels *group_labels(const struct table *table, const struct labels *labels)
{
    struct label kept[SLO_BY_MAX];
    size_t n = 0;
    for (size_t i = 0; i < table->slo->n_by; i++) {
        struct text value = labels_value(labels, table->slo->by[i]);
        if (value.len)
            kept[n++] = (struct label){symbol_intern(table->labels, table->slo->by[i]),
                                       symbol_intern(table->labels, value)};
    }
    return n ? labels_intern(table->labels, kept, n) : NULL;
}

static void add_value(struct row *row, const struct slo_expression *expression, size_t minute, double value)
{
    row->first = minute < row->first ? minute : row->first;
    switch (expression->role) {
    case SLO_UNITS:
        row->units[minute] += value * expression->per_minute;
        break;
    case SLO_SPENT:
        row->spent[minute] += value * expression->per_minute;
        break;
    case SLO_HOLDS:
        row->holds[minute] = row->holds[minute] || value != 0;
        break;
    }
}

static void add_result(struct table *table, const struct slo_expression *expression,
                       const struct promql_result *result)
{
    for (size_t i = 0; i < result->series.len; i++) {
        const struct series *series = &result->series.at[i];
        struct row *row = row_of(table, group_labels(table, series->labels));
        for (size_t k = 0; k < series->len; k++) {
            int64_t minute = (series->times_ms[k] - table->first_ms) / MINUTE_MS;
            if (minute >= 0 && minute < (int64_t)table->n && isfinite(series->values[k]))
                add_value(row, expression, (size_t)minute, series->values[k]);
        }
    }
}

static bool run(struct table *table, const struct slo_expression *expression,
                const struct evaluation_context *context, struct err *err)
{
    struct promql_query query = {table->first_ms, table->first_ms + (int64_t)(table->n - 1) * MINUTE_MS,
                                 MINUTE_MS};
    struct promql_options options = {0};
    struct promql_source source = source_promql(context->source);
    struct label_table *labels = label_table_new(NULL);
    struct promql_result result;
    context->source->partial = false;
    bool good = promql_eval(expression->expr, expression->text, &query, &options, &source, labels,
                            table->arena, &result, err);
    if (good && context->source->partial)
        good = err_set(err, ERR_UNREACHABLE, "the source answered only in part");
    if (good)
        add_result(table, expression, &result);
    label_table_free(labels);
    return good;
}

static void give(const struct table *table, struct minute_values *values)
{
    bool holds = table->slo->kind == SLO_MINUTES;
    struct minute_value *at = ARENA_ARRAY(table->arena, struct minute_value, table->rows.len * table->n);
    for (size_t r = 0; r < table->rows.len; r++) {
        const struct row *row = &table->rows.at[r];
        for (size_t m = holds ? row->first : 0; m < table->n; m++) {
            struct minute_value *v = &at[values->len++];
            *v = (struct minute_value){.at_ms = table->first_ms + (int64_t)m * MINUTE_MS,
                                       .labels = row->labels};
            v->estimated = !holds;
            v->units = holds ? 1 : row->units[m];
            v->spent = holds ? (row->holds[m] ? 0 : 1) : row->spent[m];
        }
    }
    values->at = at;
}

/* What has minutes in the ledger has had something to look at: from then on a minute without a result does
 * not hold. Else it begins with the first sample of whatever the expression selects: before that there was no
 * service. Values of a fan-out begin with their first result. */
static bool find_beginning(struct table *table, const struct slo_unit *unit,
                           const struct evaluation_context *context, struct err *err)
{
    struct promql_query query = {table->first_ms, table->first_ms + (int64_t)(table->n - 1) * MINUTE_MS,
                                 MINUTE_MS};
    struct promql_source source = source_promql(context->source);
    size_t first_group = table->slo->n_by ? 1 : 0; /* whose row is the first */
    for (size_t r = 0; r < table->rows.len && first_group + r < ledger_groups(unit->ledger); r++)
        if (ledger_group_first(unit->ledger, (uint32_t)(first_group + r)) != INT64_MAX)
            table->rows.at[r].first = 0;
    if (table->slo->n_by || table->rows.at[0].first == 0)
        return true;
    bool *there = ARENA_ARRAY_ZERO(table->arena, bool, table->n);
    if (!expression_data_find(table->slo->expressions[0].expr, &query, &source, table->arena, there, err))
        return false;
    for (size_t m = table->rows.at[0].first; m-- > 0;)
        if (there[m])
            table->rows.at[0].first = m;
    return true;
}

bool slo_expressions_evaluate(struct slo_group *group, const struct slo_unit *unit,
                              const struct evaluation_context *context, const struct slo_batch *batch,
                              struct minute_values *values, struct err *err)
{
    const struct slo *slo = unit->slo;
    int64_t first = (batch->from_ms / MINUTE_MS + 1) * MINUTE_MS;
    *values = (struct minute_values){0};
    if (first > batch->to_ms)
        return true;
    struct table table = {.slo = slo, .labels = group->table, .arena = batch->arena, .first_ms = first};
    table.n = (size_t)((batch->to_ms - first) / MINUTE_MS) + 1;
    /* a group that is absent from a result of "when:" does not hold: the known ones are asked about too */
    if (slo->n_by == 0)
        row_of(&table, NULL);
    for (uint32_t i = 1; i < ledger_groups(unit->ledger); i++)
        row_of(&table, ledger_group_labels(unit->ledger, i));
    bool good = true;
    for (size_t i = 0; i < slo->n_expressions && good; i++)
        good = run(&table, &slo->expressions[i], context, err);
    good = good && (slo->kind != SLO_MINUTES || find_beginning(&table, unit, context, err));
    if (good)
        give(&table, values);
    map_finish(&table.by_labels);
    VEC_FREE(&table.rows);
    return good;
}
