/* unit_advice: while nothing else is to do, the source is asked what is doubtful about each SLO that is
 * evaluated (engine/source_advice.h): after a start or a reload, and every hour from then on. What is found
 * stands in the SLO's status; what was not found the last time is logged as well. */
#ifndef SLOBURN_ENGINE_UNIT_ADVICE_H
#define SLOBURN_ENGINE_UNIT_ADVICE_H

#include "base/json.h"
#include "engine/slo_group.h"

/* Zeroed: nobody was asked yet. */
struct advice_round {
    size_t group; /* whom to ask about next, and in it the unit */
    size_t unit;
    int64_t next_ms; /* not before this */
};

/* Asks about one SLO. True: there is more to do. A source that does not answer is asked again a minute later.
 */
bool advice_step(struct advice_round *round, const struct evaluation_context *context,
                 struct slo_group *const *groups, size_t n_groups);
/* A member of the open object: "advice": [{check, message, hint}]. */
void advice_json(struct json_writer *w, const struct findings *advice);
void advice_free(struct findings *advice); /* NULL is fine */

#endif
