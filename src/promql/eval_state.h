/* eval_state: what all grids of one evaluation share, and the calls between the files of the core. Functions
 * and operators need evaluator.h only. */
#ifndef SLOBURN_PROMQL_EVAL_STATE_H
#define SLOBURN_PROMQL_EVAL_STATE_H

#include "promql/annotations.h"
#include "promql/evaluator.h"

struct regex_set;

enum {
    EVAL_DEPTH_MAX = 2000,            /* of the tree: what the stack of a thread allows */
    EVAL_CELLS_MIN = 4 * 1024 * 1024, /* cells of columns that are always allowed */
    EVAL_CELLS_PER_SAMPLE = 4,        /* sparse columns may have this many cells a sample of max_samples */
};
#define EVAL_TIME_MAX                                                                                        \
    (INT64_C(1) << 55) /* a million years: sums of some times and durations stay in int64                    \
                        */

struct eval_state {
    const struct promql_query *query;
    struct promql_options options; /* with defaults filled in */
    const struct promql_source *source;
    struct text expression;
    struct label_table *table;
    struct arena *arena;
    struct err *err;
    bool failed;
    struct regex_set *regexes; /* made at first use */
    struct annotations annotations;
    struct map invariant;             /* expressions that are the same at every step */
    const struct symbol *metadata[3]; /* __name__, __type__, __unit__ */
    struct label *scratch;
    size_t scratch_cap;
    size_t held; /* samples in live values and selected series */
    size_t peak;
    size_t read;
    size_t cells; /* of columns handed out, not counting reuse */
    int depth;
};

/* --- eval.c --- */
bool eval_value(struct eval *ev, const struct expr *expr, struct value *out);
void value_release(struct eval *ev, struct value *v);
/* A grid of its own; fails if it has too many steps. */
bool eval_grid_init(struct eval *grid, struct eval_state *state, int64_t start_ms, int64_t end_ms,
                    int64_t step_ms);

/* --- eval_limits.c --- */
/* Counts samples as held; fails beyond max_samples. */
bool eval_hold(struct eval *ev, size_t samples);
void eval_unhold(struct eval *ev, size_t samples);
bool eval_fail_limit(struct eval *ev, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Forgets the histograms of a vector that an operator cannot evaluate yet, with a warning that names it. */
void leave_out_histograms(struct eval *ev, const struct expr *at, struct vector *v, const char *what);

/* --- invariant.c: marks the largest sub-expressions that need one evaluation only --- */
void invariant_mark(struct eval_state *state, const struct expr *expr);
bool invariant_marked(const struct eval_state *state, const struct expr *expr);

/* --- query_duration.c --- */
bool resolve_duration(struct eval *ev, const struct duration_expr *expr, bool may_be_negative, int64_t *ms);
struct resolved_shift {
    bool pinned; /* by @: pinned_ms is the reference at every step, offset applied */
    int64_t pinned_ms;
    int64_t offset_ms;
};
bool resolve_shift(struct eval *ev, const struct time_shift *shift, struct resolved_shift *out);
static inline int64_t shift_apply(const struct resolved_shift *shift, int64_t eval_ms)
{
    return shift->pinned ? shift->pinned_ms : eval_ms - shift->offset_ms;
}

/* --- eval_selector.c --- */
enum { WITH_TIMES = 1, WITH_STARTS = 2 };
bool eval_selector(struct eval *ev, const struct expr *expr, int with, struct vector *out);
/* Asks the source; series come sorted by labels. */
bool eval_select(struct eval *ev, struct select_request *request, struct series_set *set);

/* --- eval_range.c, eval_subquery.c --- */
bool eval_matrix(struct eval *ev, const struct expr *expr, struct text function, struct range_vector *out);
bool eval_subquery(struct eval *ev, const struct expr *expr, struct range_vector *out);
/* First index at or after `from` whose time is later than `limit_ms`. */
size_t times_after(const int64_t *times_ms, size_t from, size_t len, int64_t limit_ms);

/* --- eval_call.c, eval_aggregate.c, eval_binary.c --- */
bool eval_call(struct eval *ev, const struct expr *expr, struct value *out);
bool eval_aggregate(struct eval *ev, const struct expr *expr, struct vector *out);
bool eval_binary(struct eval *ev, const struct expr *expr, struct value *out);

/* --- columns.c --- */
void vector_release(struct eval *ev, struct vector *v);
size_t vector_count(const struct eval *ev, const struct vector *v); /* samples */
void vector_drop_empty(struct eval *ev, struct vector *v);          /* series without any sample */
const struct histogram **eval_histogram_column(struct eval *ev);
/* Series whose labels are the same become one where their steps do not coincide; else (or if `whole`) the
 * error "vector cannot contain metrics with the same labelset". */
bool vector_unify(struct eval *ev, struct vector *v, bool whole);

static inline bool series_has(const struct vector_series *s, size_t step)
{
    return !value_absent(s->values[step]) || (s->histograms && s->histograms[step]);
}

/* --- label_subset.c --- */
struct name_list {
    const struct symbol **at;
    size_t len;
};
struct name_list names_intern(struct eval *ev, const struct text *names, size_t n);
enum subset_rule {
    SUBSET_KEEP,        /* only the names listed: by, on */
    SUBSET_DROP,        /* all but those listed and __name__: ignoring */
    SUBSET_DROP_LISTED, /* all but those listed */
    SUBSET_WITHOUT,     /* all but those listed, __name__, __type__ and __unit__: without */
};
const struct labels *labels_subset(struct eval *ev, const struct labels *labels,
                                   const struct name_list *names, enum subset_rule rule);

/* --- eval_result.c --- */
bool eval_finish_result(struct eval *ev, struct value *v, struct promql_result *result);

#endif
