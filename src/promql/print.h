/* print: from a tree back to text, as Prometheus' Expr.String() and Prettify() do; parse(print(x)) gives the
 * same tree. */
#ifndef SLOBURN_PROMQL_PRINT_H
#define SLOBURN_PROMQL_PRINT_H

#include "promql/ast.h"

struct buf;

enum { PRETTY_WIDTH = 100 };

void promql_print(const struct expr *expr, struct buf *out);
/* What is longer than PRETTY_WIDTH bytes is broken over lines, two spaces a level. */
void promql_pretty_print(const struct expr *expr, struct buf *out);
void promql_pretty_print_width(const struct expr *expr, size_t width, struct buf *out);

const char *aggregate_op_name(enum aggregate_op op); /* "sum", … */

/* --- parts, for the pretty printer --- */
/* A duration expression knows this operator too: what stands before it is `followed`, which matters to an
 * offset in parentheses. */
bool print_continues_duration(enum binary_op op);
void print_expr(const struct expr *e, bool followed, struct buf *out);
void print_aggregate_head(const struct expr *e, struct buf *out); /* sum by (a) */
void print_operator(const struct expr *e, struct buf *out);       /* == bool on (a) */
void print_subquery_suffix(const struct expr *e, bool followed,
                           struct buf *out); /* [5m:] @ 1.000 offset 1m */

#endif
