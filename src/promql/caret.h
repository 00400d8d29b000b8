/* caret: a parse error for people: the line of the expression with a caret below the place, and a hint where
 * we have one. The error's own text stays Prometheus': the hint is a line of its own.
 *
 *     rate(foo)
 *          ^
 *     1:6: expected type range vector in call to function "rate", got instant vector
 *     hint: give it a range, as in foo[5m] */
#ifndef SLOBURN_PROMQL_CARET_H
#define SLOBURN_PROMQL_CARET_H

#include "base/err.h"

struct buf;

/* Three or four lines, each ended. Long lines are cut around the place; without a position there is no caret.
 */
void promql_error_caret(struct text expression, const struct err *err, struct buf *out);
/* Appends the hint without "hint: " and line end; false if there is none. */
bool promql_error_hint(const struct err *err, struct buf *out);

#endif
