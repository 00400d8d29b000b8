/* matcher: does a label set, or a value, satisfy one matcher of a selector? An absent label is an empty
 * value, as in Prometheus. Regular expressions must be compiled (the parser does that). */
#ifndef SLOBURN_PROMQL_MATCHER_H
#define SLOBURN_PROMQL_MATCHER_H

#include "promql/ast.h"

struct labels;

bool matcher_matches(const struct matcher *matcher, const struct labels *labels);
bool matcher_matches_value(const struct matcher *matcher, struct text value);

#endif
