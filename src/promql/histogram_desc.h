/* histogram_desc: {{…}} of a series description; see series_desc.h. */
#ifndef SLOBURN_PROMQL_HISTOGRAM_DESC_H
#define SLOBURN_PROMQL_HISTOGRAM_DESC_H

#include "promql/series_desc.h"

struct parser;

/* From "{{" to "}}". Never NULL; on an error the parser has failed. */
struct histogram_desc *histogram_desc_read(struct parser *p);

#endif
