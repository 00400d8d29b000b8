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
    int variadic; /* 0: exactly n_args; N > 0: the last N (of n_args) may be left out... as in Prometheus'
                     FunctionCalls: up to N further ones; -1: any number of the last type, at least n_args - 1 */
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
