/* function_text: annotations that several functions share, in Prometheus' words. */
#ifndef SLOBURN_PROMQL_FUNCTION_TEXT_H
#define SLOBURN_PROMQL_FUNCTION_TEXT_H

#include "promql/range_kernel.h"

/* "TEXT for metric name \"x\"", at the first argument; without a name just TEXT. `link` is the part between.
 */
void warn_of_metric(const struct range_window *w, const char *text, const char *link);
void info_of_metric(const struct range_window *w, const char *text, const char *link);
/* Warns if q is no quantile; at argument `arg`. */
void warn_of_quantile(struct eval_call *call, size_t arg, double q);
/* Says that samples were left out because they are native histograms. */
void warn_histograms_unsupported(struct eval_call *call);

#endif
