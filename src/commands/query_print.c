/* Query results as an aligned table, as Prometheus' API answers, as CSV, and as a chart of block characters.
 */
#include "commands/query_print.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/number.h"
#include "base/timezone.h"
#include "base/vec.h"
#include "promql/function.h"
#include "promql/parse.h"
#include "report/markup.h"

#include <math.h>
#include <stdlib.h>

enum { CHART_ROWS = 8, CHART_SERIES_MOST = 12, CHART_COLUMNS_MOST = 160, LABELS_MAX = 1 << 20 };

/* --- what an expression says about its result --- */

static const struct expr *bare(const struct expr *e)
{
    while (e->kind == EXPR_PAREN)
        e = e->u.paren.inner;
    return e;
}

/* Sorted by the query itself: sort(), sort_desc(), sort_by_label(), topk, bottomk. */
static bool keeps_order(const struct expr *expr)
{
    const struct expr *e = bare(expr);
    if (e->kind == EXPR_CALL)
        return text_starts(text_of(e->u.call.function->name), TEXT("sort"));
    return e->kind == EXPR_AGGREGATE &&
           (e->u.aggregate.op == AGGREGATE_TOPK || e->u.aggregate.op == AGGREGATE_BOTTOMK);
}

/* The metric whose unit the result still has, or "": through aggregations and functions that keep the unit.
 */
static struct text unit_metric(const struct expr *expr)
{
    static const char *const keep[] = {"histogram_quantile",
                                       "avg_over_time",
                                       "min_over_time",
                                       "max_over_time",
                                       "sum_over_time",
                                       "last_over_time",
                                       "quantile_over_time",
                                       "abs",
                                       "sort",
                                       "sort_desc",
                                       "label_replace",
                                       "delta",
                                       "increase"};
    for (const struct expr *e = bare(expr);; e = bare(e)) {
        if (e->kind == EXPR_SELECTOR)
            return e->u.selector.name;
        if (e->kind == EXPR_MATRIX) {
            e = e->u.matrix.selector;
        } else if (e->kind == EXPR_AGGREGATE && e->u.aggregate.op <= AGGREGATE_MAX) {
            e = e->u.aggregate.inner;
        } else if (e->kind == EXPR_CALL && e->u.call.n_args) {
            struct text name = text_of(e->u.call.function->name);
            bool kept = false;
            for (size_t i = 0; i < sizeof keep / sizeof keep[0]; i++)
                kept = kept || text_is(name, keep[i]);
            bool quantile = text_is(name, "histogram_quantile");
            if (!kept)
                return TEXT("");
            e = e->u.call.args[quantile || text_is(name, "quantile_over_time") ? 1 : 0];
            if (quantile) /* of buckets, whatever was done with them */
                while (bare(e)->kind == EXPR_AGGREGATE || bare(e)->kind == EXPR_CALL)
                    e = bare(e)->kind == EXPR_CALL ? bare(e)->u.call.args[bare(e)->u.call.n_args - 1]
                                                   : bare(e)->u.aggregate.inner;
        } else {
            return TEXT("");
        }
    }
}

static const char *unit_of(const struct expr *expr)
{
    static const char *const suffixes[][2] = {
        {"_seconds", "s"}, {"_bytes", "B"}, {"_ratio", "ratio"}, {"_celsius", "°C"}};
    struct text metric = unit_metric(expr);
    if (text_ends(metric, TEXT("_bucket")))
        metric.len -= 7;
    if (text_ends(metric, TEXT("_total")))
        metric.len -= 6;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        if (text_ends(metric, text_of(suffixes[i][0])))
            return suffixes[i][1];
    return "";
}

static int by_labels(const void *a, const void *b)
{
    return labels_compare(((const struct series *)a)->labels, ((const struct series *)b)->labels);
}

/* --- table --- */

static void put_labels(const struct series *series, struct buf *out)
{
    size_t before = out->len;
    labels_print(series->labels, out);
    if (out->len == before)
        buf_puts(out, "{}");
}

static size_t columns_of(struct text t)
{
    size_t columns = 0;
    for (size_t i = 0; i < t.len; i++)
        columns += ((unsigned char)t.at[i] & 0xC0) != 0x80;
    return columns;
}

static void put_padded(struct text t, size_t width, struct buf *out)
{
    buf_add_text(out, t);
    for (size_t n = columns_of(t); n < width; n++)
        buf_putc(out, ' ');
}

static void put_value(const struct series *series, size_t i, struct buf *out)
{
    if (series->histograms && series->histograms[i])
        buf_puts(out, "histogram");
    else
        number_print_fixed(series->values[i], out);
}

static void put_instant(const struct query_view *view, struct buf *out)
{
    struct series_set set = view->result->series;
    struct buf cell;
    size_t width = 0;
    const char *unit = unit_of(view->expr);
    buf_init(&cell, LABELS_MAX);
    for (size_t i = 0; i < set.len; i++) {
        buf_clear(&cell);
        put_labels(&set.at[i], &cell);
        size_t columns = columns_of(buf_text(&cell));
        width = columns > width ? columns : width;
    }
    for (size_t i = 0; i < set.len; i++) {
        buf_clear(&cell);
        put_labels(&set.at[i], &cell);
        put_padded(buf_text(&cell), width, out);
        buf_puts(out, "  ");
        put_value(&set.at[i], set.at[i].len - 1, out);
        buf_printf(out, "%s%s\n", *unit ? " " : "", unit);
    }
    buf_finish(&cell);
}

static void put_ranges(const struct query_view *view, struct buf *out)
{
    struct series_set set = view->result->series;
    const char *unit = unit_of(view->expr);
    for (size_t i = 0; i < set.len; i++) {
        put_labels(&set.at[i], out);
        buf_putc(out, '\n');
        for (size_t k = 0; k < set.at[i].len; k++) {
            struct buf time;
            buf_init(&time, 64);
            civil_print(NULL, set.at[i].times_ms[k], &time);
            buf_puts(out, "  ");
            put_padded(buf_text(&time), 24, out);
            buf_puts(out, "  ");
            put_value(&set.at[i], k, out);
            buf_printf(out, "%s%s\n", *unit ? " " : "", unit);
            buf_finish(&time);
        }
    }
}

static void put_table(const struct query_view *view, struct buf *out)
{
    if (view->result->type == VALUE_STRING)
        buf_printf(out, "%.*s\n", TEXT_ARG(view->result->string));
    else if (view->result->series.len == 0)
        buf_puts(out, "nothing matches\n");
    else if (view->result->type == VALUE_MATRIX)
        put_ranges(view, out);
    else
        put_instant(view, out);
}

/* --- JSON, as /api/v1/query and /api/v1/query_range answer --- */

static void put_sample(struct json_writer *w, const struct series *series, size_t i)
{
    struct buf value;
    buf_init(&value, 512);
    number_print_sample(series->values[i], &value);
    json_open(w, '[');
    json_put_double(w, (double)series->times_ms[i] / 1000);
    json_put_text(w, buf_text(&value));
    json_close(w, ']');
    buf_finish(&value);
}

static void put_series(struct json_writer *w, const struct series *series, bool matrix)
{
    json_open(w, '{');
    json_name(w, "metric");
    json_open(w, '{');
    for (uint32_t i = 0; i < series->labels->len; i++) {
        json_name_text(w, symbol_text(series->labels->at[i].name));
        json_put_text(w, symbol_text(series->labels->at[i].value));
    }
    json_close(w, '}');
    json_name(w, matrix ? "values" : "value");
    if (matrix)
        json_open(w, '[');
    for (size_t i = 0; i < series->len; i++)
        put_sample(w, series, i);
    if (matrix)
        json_close(w, ']');
    json_close(w, '}');
}

static void put_result(struct json_writer *w, const struct query_view *view)
{
    static const char *const types[] = {"none", "scalar", "vector", "matrix", "string"};
    const struct promql_result *result = view->result;
    json_name(w, "resultType");
    json_put_string(w, types[result->type]);
    json_name(w, "result");
    if (result->type == VALUE_SCALAR) {
        put_sample(w, &result->series.at[0], 0);
    } else if (result->type == VALUE_STRING) {
        json_open(w, '[');
        json_put_double(w, (double)view->query->start_ms / 1000);
        json_put_text(w, result->string);
        json_close(w, ']');
    } else {
        json_open(w, '[');
        for (size_t i = 0; i < result->series.len; i++)
            put_series(w, &result->series.at[i], result->type == VALUE_MATRIX);
        json_close(w, ']');
    }
}

static void put_annotations(struct json_writer *w, const struct promql_result *result,
                            enum annotation_kind kind)
{
    bool any = false;
    for (size_t i = 0; i < result->n_annotations; i++) {
        if (result->annotations[i].kind != kind)
            continue;
        if (!any) {
            json_name(w, kind == ANNOTATION_WARNING ? "warnings" : "infos");
            json_open(w, '[');
        }
        any = true;
        json_put_text(w, result->annotations[i].message);
    }
    if (any)
        json_close(w, ']');
}

static void put_json(const struct query_view *view, struct buf *out)
{
    struct json_writer w;
    json_begin(&w, out);
    json_open(&w, '{');
    json_name(&w, "status");
    json_put_string(&w, "success");
    json_name(&w, "data");
    json_open(&w, '{');
    put_result(&w, view);
    json_close(&w, '}');
    put_annotations(&w, view->result, ANNOTATION_WARNING);
    put_annotations(&w, view->result, ANNOTATION_INFO);
    json_close(&w, '}');
    buf_putc(out, '\n');
}

/* --- CSV: a column per label name, the time, the value --- */

static int by_text(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

static void put_csv_row(const struct series *series, size_t i, const struct text *names, size_t n_names,
                        struct buf *out)
{
    for (size_t k = 0; k < n_names; k++) {
        markup_csv(labels_value(series->labels, names[k]), out);
        buf_putc(out, ',');
    }
    civil_print(NULL, series->times_ms[i], out);
    buf_putc(out, ',');
    put_value(series, i, out);
    buf_puts(out, "\r\n");
}

static void put_csv(const struct query_view *view, struct buf *out)
{
    struct series_set set = view->result->series;
    VEC(struct text) names = {0};
    for (size_t i = 0; i < set.len; i++)
        for (uint32_t k = 0; k < set.at[i].labels->len; k++)
            VEC_PUSH(&names, symbol_text(set.at[i].labels->at[k].name));
    if (names.len)
        qsort(names.at, names.len, sizeof *names.at, by_text);
    size_t n = 0;
    for (size_t i = 0; i < names.len; i++)
        if (n == 0 || !text_eq(names.at[n - 1], names.at[i]))
            names.at[n++] = names.at[i];
    for (size_t i = 0; i < n; i++) {
        markup_csv(names.at[i], out);
        buf_putc(out, ',');
    }
    buf_puts(out, "time,value\r\n");
    for (size_t i = 0; i < set.len; i++)
        for (size_t k = 0; k < set.at[i].len; k++)
            put_csv_row(&set.at[i], k, names.at, n, out);
    VEC_FREE(&names);
}

/* --- chart --- */

/* Averages a series into `columns` cells; empty ones are NaN. */
static void to_cells(const struct query_view *view, const struct series *series, double *cells,
                     size_t columns)
{
    int64_t start = view->query->start_ms, length = view->query->end_ms - start + 1;
    for (size_t c = 0; c < columns; c++)
        cells[c] = NAN;
    double sum = 0;
    size_t n = 0, at = 0;
    for (size_t i = 0; i < series->len; i++) {
        size_t column = (size_t)((double)(series->times_ms[i] - start) / (double)length * (double)columns);
        column = column < columns ? column : columns - 1;
        if (column != at)
            sum = 0, n = 0;
        at = column;
        if (!isfinite(series->values[i]))
            continue;
        sum += series->values[i];
        cells[column] = sum / (double)++n;
    }
}

static void put_cells(const double *cells, size_t columns, double low, double high, struct buf *out)
{
    static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    double span = high > low ? high - low : 1;
    for (int row = CHART_ROWS - 1; row >= 0; row--) {
        struct buf label;
        buf_init(&label, 128);
        if (row == CHART_ROWS - 1 || row == 0)
            number_print_g(row ? high : low, 4, &label);
        for (size_t n = columns_of(buf_text(&label)); n < 10; n++)
            buf_putc(out, ' ');
        buf_add_text(out, buf_text(&label));
        buf_puts(out, " ┤");
        for (size_t c = 0; c < columns; c++) {
            double height = (cells[c] - low) / span * (CHART_ROWS * 8 - 1) + 1 - row * 8;
            buf_puts(out,
                     isnan(cells[c]) || height < 0.5 ? " " : blocks[height >= 8 ? 8 : (int)(height + 0.5)]);
        }
        buf_putc(out, '\n');
        buf_finish(&label);
    }
}

static void put_one_chart(const struct query_view *view, const struct series *series, size_t columns,
                          struct buf *out)
{
    double cells[CHART_COLUMNS_MOST];
    double low = INFINITY, high = -INFINITY;
    to_cells(view, series, cells, columns);
    for (size_t c = 0; c < columns; c++) {
        low = cells[c] < low ? cells[c] : low;
        high = cells[c] > high ? cells[c] : high;
    }
    low = low > 0 && low < high && low < high / 2 ? 0 : low;
    put_labels(series, out);
    buf_putc(out, '\n');
    if (high < low)
        buf_puts(out, "           no number in it\n");
    else
        put_cells(cells, columns, low, high, out);
}

static void put_chart(const struct query_view *view, struct buf *out)
{
    struct series_set set = view->result->series;
    size_t columns = view->width > 32 ? view->width - 14 : 18;
    columns = columns > CHART_COLUMNS_MOST ? CHART_COLUMNS_MOST : columns;
    if (view->result->type != VALUE_MATRIX || set.len == 0) {
        put_table(view, out);
        return;
    }
    int64_t steps =
        (view->query->end_ms - view->query->start_ms) / (view->query->step_ms ? view->query->step_ms : 1) + 1;
    if ((int64_t)columns > steps) /* an empty column would look like a gap */
        columns = (size_t)steps;
    for (size_t i = 0; i < set.len && i < CHART_SERIES_MOST; i++)
        put_one_chart(view, &set.at[i], columns, out);
    buf_puts(out, "            ");
    civil_print(NULL, view->query->start_ms, out);
    buf_puts(out, " to ");
    civil_print(NULL, view->query->end_ms, out);
    buf_putc(out, '\n');
    if (set.len > CHART_SERIES_MOST)
        buf_printf(out, "… and %zu more series\n", set.len - CHART_SERIES_MOST);
}

void query_print(const struct query_view *view, enum query_format format, struct buf *out)
{
    static void (*const print[])(const struct query_view *, struct buf *) = {put_table, put_json, put_csv,
                                                                             put_chart};
    struct series_set set = view->result->series;
    if (view->result->type == VALUE_VECTOR && !keeps_order(view->expr) && set.len)
        qsort(set.at, set.len, sizeof *set.at, by_labels);
    print[format](view, out);
}

void query_print_functions(struct buf *out)
{
    size_t n = 0;
    const struct promql_function *functions = promql_functions(&n);
    for (size_t i = 0; i < n; i++) {
        const struct promql_function *f = &functions[i];
        buf_printf(out, "%s(", f->name);
        for (int k = 0; k < f->n_args; k++) {
            bool optional = f->variadic != 0 && k >= f->n_args - (f->variadic < 0 ? 1 : f->variadic);
            buf_printf(out, "%s%s%s%s", k ? ", " : "", optional ? "[" : "", value_type_name(f->args[k]),
                       optional ? "]" : "");
        }
        buf_printf(out, "%s): %s%s\n    %s\n    %s\n", f->variadic < 0 ? ", …" : "",
                   value_type_name(f->returns), f->experimental ? ", experimental" : "", f->summary,
                   f->example);
    }
}
