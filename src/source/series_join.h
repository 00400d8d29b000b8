/* series_join: the pages of a long fetch, put together to whole series. Pages come oldest first and tile: a
 * page adds the samples behind those that its series has already. */
#ifndef SLOBURN_SOURCE_SERIES_JOIN_H
#define SLOBURN_SOURCE_SERIES_JOIN_H

#include "base/map.h"
#include "base/series.h"

struct arena;
struct joined_series;

struct series_join {
    struct map index; /* labels -> place in `series`, plus 1 */
    struct joined_series *series;
    size_t len;
    size_t cap;
    size_t n_samples;
};

/* Zero-initialise to begin. Label sets must all come from one table. */
void series_join_finish(struct series_join *join);
/* Adds the samples with t > after_ms that are no stale markers. */
void series_join_add(struct series_join *join, struct series_set page, int64_t after_ms);
/* Copies into the arena, in the order in which series were first seen. Series without samples are left out.
 */
struct series_set series_join_copy(const struct series_join *join, struct arena *arena);

#endif
