/* selectors: the selectors of a group of SLOs, each once, in the order in which one raw request asks for
 * them. */
#ifndef SLOBURN_ENGINE_SELECTORS_H
#define SLOBURN_ENGINE_SELECTORS_H

#include "base/vec.h"
#include "promql/ast.h"

struct arena;

struct selectors {
    VEC(const struct expr *) at;
    VEC(struct text) texts;
};

void selectors_finish(struct selectors *selectors);
/* Its index, added if it is new. `text` is its canonical form. */
size_t selectors_add(struct selectors *selectors, const struct expr *expr, struct text text);
/* The same matchers for another metric; in the arena. */
const struct expr *selector_renamed(const struct expr *expr, struct text metric, struct arena *arena);
/* The same selector with label="value" besides; in the arena. */
const struct expr *selector_with_value(const struct expr *expr, struct text label, struct text value,
                                       struct arena *arena);

#endif
