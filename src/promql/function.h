/* function: the table of PromQL's functions. A function is a row: name, argument types, whether it is
 * experimental, its implementation and its documentation. docs/promql.md and `sloburn query --functions` are
 * made from it. */
#ifndef SLOBURN_PROMQL_FUNCTION_H
#define SLOBURN_PROMQL_FUNCTION_H

#include "promql/ast.h"

struct eval_call; /* promql/evaluator.h: what an implementation gets */

enum { FUNCTION_ARGS_MAX = 5 };

struct promql_function {
    const char *name;
    enum value_type args[FUNCTION_ARGS_MAX];
    int n_args;
    /* As in Prometheus: 0 is exactly n_args; N > 0 is n_args - 1 to n_args - 1 + N; -1 is n_args - 1 and
     * more. The last type stands for all further arguments. */
    int variadic;
    enum value_type returns;
    bool experimental;
    bool at_unsafe; /* depends on the evaluation time: not step-invariant (time(), minute() …) */
    void (*apply)(struct eval_call *call);
    const char *family;  /* "rate", "over time", "math", "labels", … */
    const char *summary; /* one line */
    const char *example; /* an expression, run as a test */
};

/* NULL if there is none of this name. */
const struct promql_function *promql_function_find(struct text name);
/* All rows, sorted by name. */
const struct promql_function *promql_functions(size_t *n);

#endif
