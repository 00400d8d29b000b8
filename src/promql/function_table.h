/* function_table: the rows behind promql/function.h, for function.c alone. */
#ifndef SLOBURN_PROMQL_FUNCTION_TABLE_H
#define SLOBURN_PROMQL_FUNCTION_TABLE_H

#include "promql/function.h"

extern const struct promql_function PROMQL_FUNCTIONS[]; /* sorted by name */
extern const size_t N_PROMQL_FUNCTIONS;

#endif
