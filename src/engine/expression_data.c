/* Each selector of an expression, counted at each step. */
#include "engine/expression_data.h"

#include "base/arena.h"
#include "base/duration.h"
#include "base/vec.h"

struct selectors_of {
    VEC(const struct expr *) at;
};

static void gather(const struct expr *e, struct selectors_of *found)
{
    switch (e->kind) {
    case EXPR_NUMBER:
    case EXPR_STRING:
        break;
    case EXPR_SELECTOR:
        VEC_PUSH(&found->at, e);
        break;
    case EXPR_MATRIX:
        gather(e->u.matrix.selector, found);
        break;
    case EXPR_SUBQUERY:
        gather(e->u.subquery.inner, found);
        break;
    case EXPR_CALL:
        for (size_t i = 0; i < e->u.call.n_args; i++)
            gather(e->u.call.args[i], found);
        break;
    case EXPR_AGGREGATE:
        gather(e->u.aggregate.inner, found);
        if (e->u.aggregate.param)
            gather(e->u.aggregate.param, found);
        break;
    case EXPR_BINARY:
        gather(e->u.binary.left, found);
        gather(e->u.binary.right, found);
        break;
    case EXPR_UNARY:
        gather(e->u.unary.inner, found);
        break;
    case EXPR_PAREN:
        gather(e->u.paren.inner, found);
        break;
    }
}

/* count(SELECTOR): one series at most, whatever it matches. */
static bool mark(const struct expr *selector, const struct promql_query *query, struct promql_source *source,
                 struct arena *arena, bool *there, struct err *err)
{
    struct expr count = {.kind = EXPR_AGGREGATE, .type = VALUE_VECTOR, .span = selector->span};
    struct promql_options options = {0};
    struct label_table *labels = label_table_new(NULL);
    struct promql_result result;
    count.u.aggregate.op = AGGREGATE_COUNT;
    count.u.aggregate.inner = (struct expr *)(uintptr_t)selector;
    bool good = promql_eval(&count, TEXT(""), query, &options, source, labels, arena, &result, err);
    for (size_t i = 0; good && i < result.series.len; i++)
        for (size_t k = 0; k < result.series.at[i].len; k++)
            there[(result.series.at[i].times_ms[k] - query->start_ms) / query->step_ms] = true;
    label_table_free(labels);
    return good;
}

bool expression_data_find(const struct expr *expr, const struct promql_query *query,
                          struct promql_source *source, struct arena *arena, bool *there, struct err *err)
{
    struct selectors_of found = {0};
    size_t n = (size_t)((query->end_ms - query->start_ms) / query->step_ms) + 1;
    gather(expr, &found);
    for (size_t k = 0; k < n; k++)
        there[k] = found.at.len == 0;
    bool good = true;
    for (size_t i = 0; i < found.at.len && good; i++)
        good = mark(found.at.at[i], query, source, arena, there, err);
    VEC_FREE(&found.at);
    return good;
}
