/* expression_data: when there was anything that an expression could look at. `probe == 1` is empty while the
 * probe fails, and also before there was a probe: the one is a bad minute, the other none. */
#ifndef SLOBURN_ENGINE_EXPRESSION_DATA_H
#define SLOBURN_ENGINE_EXPRESSION_DATA_H

#include "promql/ast.h"
#include "promql/eval.h"

struct arena;

/* Marks there[k] for each step of the query at which one of the expression's selectors had a sample; an
 * expression without selectors has always something to look at. False: the source does not answer. */
NODISCARD bool expression_data_find(const struct expr *expr, const struct promql_query *query,
                                    struct promql_source *source, struct arena *arena, bool *there,
                                    struct err *err);

#endif
