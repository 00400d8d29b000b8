/* formula_source: a source of a few series, each a function of time over a span; for tests of the engine that
 * need to know every sample. */
#ifndef SLOBURN_TESTS_SUPPORT_FORMULA_SOURCE_H
#define SLOBURN_TESTS_SUPPORT_FORMULA_SOURCE_H

#include "source/source.h"

enum { FORMULA_LABELS_MAX = 8 };

struct formula {
    const char *labels[FORMULA_LABELS_MAX][2]; /* names and values, __name__ among them; ends with NULL */
    int64_t begin_ms;                          /* samples in [begin, end), every step; 0 of end: for ever */
    int64_t end_ms;
    int64_t step_ms;
    double (*value)(int64_t at_ms); /* NULL: a request for it is refused */
};

/* Borrows the series, which may be changed at any time; n counts them. */
struct source *formula_source_new(const struct formula *formulas, size_t n);

#endif
