/* recount: sealed minutes that nobody saw are read again, for a source may have them later: an hour after
 * they were sealed, a day after, and once more in the last hour of a calendar period. What was seen by then
 * is booked, with a row in the audit. The store is searched once an hour, a few SLOs a step; then each run of
 * unseen minutes is asked for by itself, one a step.
 *
 * SLOs of expressions are left out: their minutes come from an evaluation, and an evaluation over a time of
 * which the source has nothing gives the same empty answer as one over minutes that did not hold. */
#ifndef SLOBURN_ENGINE_RECOUNT_H
#define SLOBURN_ENGINE_RECOUNT_H

#include "engine/slo_group.h"

/* A run of unseen minutes of an SLO, found and not yet read again. */
struct recount_run {
    size_t group; /* of evaluation, and in it the unit */
    size_t unit;
    struct minute_span span;
};

/* Zeroed: nothing was searched yet. */
struct recount {
    int64_t hour;     /* the search under way, or the last that is over; 0: not known yet */
    int64_t searched; /* the hour of the search before it */
    int64_t stored;   /* the hour that a restart goes on from */
    bool searching;
    size_t group; /* whom to search next */
    size_t unit;
    VEC(struct recount_run) runs;
};

void recount_finish(struct recount *recount);
/* A little of what is due. True: there is more to do. The groups are those of the last call, or the search
 * begins anew with recount_finish. */
bool recount_step(struct recount *recount, const struct evaluation_context *context,
                  struct slo_group *const *groups, size_t n_groups);

#endif
