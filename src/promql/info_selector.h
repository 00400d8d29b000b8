/* info_selector: what info() selects: the info series, as of the times at which its argument reads samples.
 */
#ifndef SLOBURN_PROMQL_INFO_SELECTOR_H
#define SLOBURN_PROMQL_INFO_SELECTOR_H

#include "promql/evaluator.h"

struct info_selector {
    const struct expr *selector; /* to select the info series with */
    const struct matcher *names; /* those on __name__, at least one that is not negated */
    size_t n_names;
    const struct matcher *data; /* those on other labels: only these labels are added, if there are any */
    size_t n_data;
};

/* From the call's second argument, or for target_info. False if the evaluation failed. Lives in its arena. */
bool info_selector_make(struct eval_call *call, struct info_selector *out);
/* True for a series that is an info series itself. */
bool info_selector_names(const struct info_selector *s, struct text metric);
/* True if a series without any info may stay: no data matcher asks for a label. */
bool info_selector_optional(const struct info_selector *s);
/* True if labels of this name are added. */
bool info_selector_adds(const struct info_selector *s, struct text label);

#endif
