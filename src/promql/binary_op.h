/* binary_op: PromQL's arithmetic and comparison on floats, for one pair and for whole columns. */
#ifndef SLOBURN_PROMQL_BINARY_OP_H
#define SLOBURN_PROMQL_BINARY_OP_H

#include "promql/ast.h"

#include <stddef.h>

bool binary_is_comparison(enum binary_op op);
bool binary_is_set(enum binary_op op);
/* Arithmetic drops the metric's name, comparison keeps it. */
bool binary_drops_name(enum binary_op op);
const char *binary_op_name(enum binary_op op); /* "+", "and", … */

struct binary_columns {
    enum binary_op op;
    bool return_bool;
    const double *left;
    const double *right;
    const double *kept; /* what a comparison that holds gives: left, or the vector beside a scalar */
    double *out;        /* may be one of the inputs */
    size_t n;
};

/* out[i] = left[i] op right[i]; ABSENT where either is, or where a filtering comparison does not hold. */
void binary_run(const struct binary_columns *c);

#endif
