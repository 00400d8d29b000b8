/* print: from a tree back to text; parse(print(x)) gives the same tree. */
#ifndef SLOBURN_PROMQL_PRINT_H
#define SLOBURN_PROMQL_PRINT_H

#include "promql/ast.h"

struct buf;

void promql_print(const struct expr *expr, struct buf *out);
/* Broken over lines of at most 100 columns, two spaces a level. */
void promql_pretty_print(const struct expr *expr, struct buf *out);

#endif
