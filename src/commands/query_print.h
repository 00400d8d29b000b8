/* query_print: the result of a PromQL query for people and programs. */
#ifndef SLOBURN_COMMANDS_QUERY_PRINT_H
#define SLOBURN_COMMANDS_QUERY_PRINT_H

#include "promql/eval.h"

struct buf;

enum query_format { QUERY_TABLE, QUERY_JSON, QUERY_CSV, QUERY_CHART };

struct query_view {
    const struct expr *expr; /* tells the unit, and whether an order was asked for */
    const struct promql_query *query;
    struct promql_result *result; /* its series may be sorted in place */
    size_t width;                 /* of the terminal, for charts */
};

void query_print(const struct query_view *view, enum query_format format, struct buf *out);
/* The function table: name, arguments, result, what it does, an example. */
void query_print_functions(struct buf *out);

#endif
