/* selector: what every source does with the matchers of a PromQL selector: print them for a server, or match
 * label sets by itself. */
#ifndef SLOBURN_SOURCE_SELECTOR_H
#define SLOBURN_SOURCE_SELECTOR_H

#include "base/labels.h"
#include "promql/ast.h"

struct buf;

/* Does the set satisfy all matchers? An absent label is an empty value, as in Prometheus. */
bool selector_matches(const struct expr_selector *selector, const struct labels *labels);
/* {__name__="metric",a="b",c=~"d"} without offset, @ and modifier. */
void selector_print(const struct expr_selector *selector, struct buf *out);
/* The one metric name it can match, or an empty text. */
struct text selector_metric(const struct expr_selector *selector);

#endif
