/* functions_time: times of the query and of samples, and parts of dates. All in seconds since 1970, UTC. */
#include "promql/calendar.h"
#include "promql/functions.h"

static void fill_scalar(struct eval_call *call, double value)
{
    for (size_t step = 0; step < call->eval->n_steps; step++)
        call->result.scalar[step] = value;
}

static void fill_times(const struct eval *ev, double *column)
{
    for (size_t step = 0; step < ev->n_steps; step++)
        column[step] = (double)eval_time(ev, step) / 1000;
}

void function_time(struct eval_call *call)
{
    fill_times(call->eval, call->result.scalar);
}

void function_start(struct eval_call *call)
{
    fill_scalar(call, (double)eval_query(call->eval)->start_ms / 1000);
}

void function_end(struct eval_call *call)
{
    fill_scalar(call, (double)eval_query(call->eval)->end_ms / 1000);
}

void function_range(struct eval_call *call)
{
    const struct promql_query *query = eval_query(call->eval);
    fill_scalar(call, (double)(query->end_ms - query->start_ms) / 1000);
}

void function_step(struct eval_call *call)
{
    fill_scalar(call, (double)eval_query(call->eval)->step_ms / 1000);
}

static bool has_sample(const struct vector_series *s, size_t step)
{
    return !value_absent(s->values[step]) || (s->histograms && s->histograms[step]);
}

/* A bare selector's samples have times of their own, all else is as old as the evaluation. */
void function_timestamp(struct eval_call *call)
{
    struct vector v = call_take(call, 0);
    for (size_t i = 0; i < v.len; i++) {
        struct vector_series *s = &v.at[i];
        for (size_t step = 0; step < call->eval->n_steps; step++) {
            if (has_sample(s, step))
                s->values[step] =
                    (double)(s->times_ms ? s->times_ms[step] : eval_time(call->eval, step)) / 1000;
        }
        s->histograms = NULL;
        series_drop_name(call->eval, s);
    }
    call->result.vector = v;
}

/* 0 where a sample's start is unknown. Nothing unless start timestamps are in use and the argument is a bare
 * selector. */
void function_start_timestamp(struct eval_call *call)
{
    if (!eval_options(call->eval)->use_start_timestamps ||
        expr_unparenthesised(call_position(call, 0))->kind != EXPR_SELECTOR)
        return;
    struct vector v = call_take(call, 0);
    for (size_t i = 0; i < v.len; i++) {
        struct vector_series *s = &v.at[i];
        for (size_t step = 0; step < call->eval->n_steps; step++) {
            if (has_sample(s, step))
                s->values[step] = s->starts_ms ? (double)s->starts_ms[step] / 1000 : 0;
        }
        s->histograms = NULL;
        series_drop_name(call->eval, s);
    }
    call->result.vector = v;
}

/* A part of each sample's date, or of the evaluation time. */
static void date_part(struct eval_call *call, double (*part)(double))
{
    if (call->n_args > 0) {
        call_map(call, 0, part);
        return;
    }
    double *column = eval_column(call->eval);
    fill_times(call->eval, column);
    for (size_t step = 0; step < call->eval->n_steps; step++)
        column[step] = part(column[step]);
    vector_add(call->eval, &call->result.vector, labels_empty(eval_labels(call->eval)), column);
}

void function_minute(struct eval_call *call)
{
    date_part(call, calendar_minute);
}

void function_hour(struct eval_call *call)
{
    date_part(call, calendar_hour);
}

void function_day_of_week(struct eval_call *call)
{
    date_part(call, calendar_day_of_week);
}

void function_day_of_month(struct eval_call *call)
{
    date_part(call, calendar_day_of_month);
}

void function_day_of_year(struct eval_call *call)
{
    date_part(call, calendar_day_of_year);
}

void function_days_in_month(struct eval_call *call)
{
    date_part(call, calendar_days_in_month);
}

void function_month(struct eval_call *call)
{
    date_part(call, calendar_month);
}

void function_year(struct eval_call *call)
{
    date_part(call, calendar_year);
}
