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
/* What stands behind a printed part. An arithmetic operator could go on with an offset's duration; ^ binds
 * tighter than a sign, so that an infinite number before it must not be printed with one. */
enum followed { FOLLOWED_BY_NOTHING, FOLLOWED_BY_ARITHMETIC, FOLLOWED_BY_POWER };
enum followed print_followed_by(enum binary_op op);
void print_expr(const struct expr *e, enum followed followed, struct buf *out);
void print_aggregate_head(const struct expr *e, struct buf *out); /* sum by (a) */
void print_operator(const struct expr *e, struct buf *out);       /* == bool on (a) */
void print_subquery_suffix(const struct expr *e, enum followed followed,
                           struct buf *out); /* [5m:] @ 1.000 offset 1m */

#endif
