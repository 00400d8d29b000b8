/* evaluator: the contract inside promql between the evaluator's core and what implements a function, an
 * aggregation or an operator. Outside of promql use eval.h.
 *
 * Everything is evaluated node by node over a *grid* of evaluation times (an instant query: one). A vector is
 * a list of series, each with one column of n_steps doubles; a step at which a series has no sample holds the
 * marker ABSENT, told from any number by its bits (value_absent). The optional column of histograms: where
 * histograms is not NULL and histograms[step] is not NULL, that step is a histogram and values[step] is
 * ABSENT, so that code on floats skips it by itself. No two series of a vector have the same labels; their
 * order matters only where there is one step.
 *
 * Memory: columns come from a pool of the grid and belong to the vector that holds them. The arguments of a
 * call belong to the call: an implementation may change their columns in place and move them into its result
 * (call_take); what it leaves is given back after it. Everything else lives in the evaluation's arena.
 * Errors are sticky: the first is kept, eval_failed() says so, loops over steps or series end early by it. */
#ifndef SLOBURN_PROMQL_EVALUATOR_H
#define SLOBURN_PROMQL_EVALUATOR_H

#include "base/arena.h"
#include "promql/eval.h"
#include "promql/function.h"
#include "promql/value.h"

struct eval_state; /* eval_state.h: what all grids of one query share */

struct eval {
    struct eval_state *state;
    int64_t start_ms; /* step i is evaluated at start_ms + i * step_ms */
    int64_t step_ms;  /* 0 if n_steps is 1 */
    size_t n_steps;
    void *free_columns; /* the pool */
    double *scratch;    /* what eval_column gives after a failure */
};

static inline int64_t eval_time(const struct eval *ev, size_t step)
{
    return ev->start_ms + (int64_t)step * ev->step_ms;
}

struct arena *eval_arena(const struct eval *ev);
struct label_table *eval_labels(const struct eval *ev);
const struct promql_options *eval_options(const struct eval *ev);
/* Times of the whole query, for start(), end(), range(), step(): the same in every subquery. */
const struct promql_query *eval_query(const struct eval *ev);
/* The regular expressions that an evaluation compiles (label_replace) belong to this set. */
struct regex_set *eval_regexes(const struct eval *ev);

/* --- errors, limits, annotations --- */
bool eval_failed(const struct eval *ev);
/* Ends the evaluation with Prometheus' text (kind ERR_INPUT). Always returns false. */
bool eval_fail(struct eval *ev, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Asks whether time is up; call it about once per 10,000 samples of work. False: failed, stop. */
bool eval_alive(struct eval *ev);
/* A warning or info at expression `at`. Text without the prefix "PromQL info: " and without position; equal
 * texts are kept once. Cheap when repeated with the same `format` and `at` and no varying arguments; else
 * call it once per series. */
void eval_warn(struct eval *ev, const struct expr *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void eval_info(struct eval *ev, const struct expr *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A number as Go's %g and %v print it, for annotations and errors; lives in the arena. */
const char *eval_number(struct eval *ev, double v);
/* histogram_quantile's info on repaired buckets; equal metrics are merged (widest bounds, largest difference,
 * times, count). */
void eval_info_monotonicity(struct eval *ev, const struct expr *at, struct text metric, int64_t time_ms,
                            double min_bucket, double max_bucket, double max_difference);

/* --- columns, vectors, labels --- */
double *eval_column(struct eval *ev);                      /* n_steps, uninitialised */
double *eval_column_absent(struct eval *ev);               /* n_steps, all ABSENT */
void eval_column_release(struct eval *ev, double *column); /* NULL is fine */
/* Appends a series (zeroed) with these labels and this column, which then belongs to the vector. */
struct vector_series *vector_add(struct eval *ev, struct vector *v, const struct labels *labels,
                                 double *values);
/* Marks the series' name for removal (delayed), or removes __name__, __type__, __unit__ at once (else).
 * Vectors whose labels became equal by this are merged or refused by the core after the call. */
void series_drop_name(struct eval *ev, struct vector_series *s);
const struct labels *labels_without_name(struct eval *ev, const struct labels *labels);
struct text series_metric(const struct labels *labels); /* value of __name__, or "" */

/* --- a function's call --- */
struct eval_call {
    struct eval *eval;
    const struct expr *expr; /* EXPR_CALL; position of argument i: call->expr->u.call.args[i] */
    const struct promql_function *function;
    struct value *args; /* as many as were written; types as the table says */
    size_t n_args;
    struct value
        result; /* type is set; the implementation fills it. A scalar's column is allocated already */
    bool whole_range_unique; /* set by call_over_range: equal labels are an error even where steps do not
                                coincide */
};

/* Moves a vector argument out of the call. */
struct vector call_take(struct eval_call *call, size_t arg);
static inline const double *call_scalar(const struct eval_call *call, size_t arg)
{
    return call->args[arg].scalar;
}
static inline struct text call_string(const struct eval_call *call, size_t arg)
{
    return call->args[arg].string;
}
static inline const struct expr *call_position(const struct eval_call *call, size_t arg)
{
    return arg < call->n_args ? call->expr->u.call.args[arg] : call->expr;
}
/* The argument without parentheses: to look at what was written (absent, timestamp, info). */
const struct expr *expr_unparenthesised(const struct expr *expr);
/* result = f(v) for each float sample of vector argument `arg`; histograms are dropped, names too. */
void call_map(struct eval_call *call, size_t arg, double (*f)(double));
/* Evaluates an instant selector on this grid, as info() needs for series that are not its argument. The
 * request may be built in the arena. `with_times` fills times_ms. */
bool eval_instant_selector(struct eval *ev, const struct expr *selector, bool with_times, struct vector *out);

#endif
