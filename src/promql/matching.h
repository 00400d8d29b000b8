/* matching: which series of two vectors belong together. The match group of a series is the part of its
 * labels that on() keeps or ignoring() leaves; equal groups have equal interned labels, so it costs one
 * look-up a series. */
#ifndef SLOBURN_PROMQL_MATCHING_H
#define SLOBURN_PROMQL_MATCHING_H

#include "base/map.h"
#include "promql/eval_state.h"

struct match_groups {
    struct map ids; /* labels pointer -> number of the group */
    const struct labels **labels;
    size_t len;
    size_t cap;
};

/* The group's number of each series of `v`, in the order of v; in the arena. */
uint32_t *match_groups_assign(struct eval *ev, struct match_groups *groups,
                              const struct vector_matching *matching, const struct vector *v);
void match_groups_finish(struct match_groups *groups);

/* Vector with vector: arithmetic, comparison (eval_match.c) and set operators (eval_set.c). The operands
 * belong to the caller; set operators take over columns of both. */
bool match_vectors(struct eval *ev, const struct expr *expr, struct vector *left, struct vector *right,
                   struct vector *out);
bool set_vectors(struct eval *ev, const struct expr *expr, struct vector *left, struct vector *right,
                 struct vector *out);

#endif
