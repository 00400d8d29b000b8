/* source_open: the source that a configuration names. */
#ifndef SLOBURN_ENGINE_SOURCE_OPEN_H
#define SLOBURN_ENGINE_SOURCE_OPEN_H

#include "source/options.h"
#include "store/database.h"

/* For the simulated service its origin and incident come from the store (`db`; NULL: the origin is now_ms and
 * there is no incident). `aborted` may be NULL. */
NODISCARD struct source *source_open(const struct source_options *options, struct database *db,
                                     int64_t now_ms, bool (*aborted)(void *context), void *aborted_context,
                                     struct err *err);

/* The simulated service's timeline, in the store's meta table. 0: not yet. */
int64_t simulation_origin_ms(struct database *db);
void simulation_set_origin(struct database *db, int64_t origin_ms);
int64_t simulation_incident_ms(struct database *db);
void simulation_set_incident(struct database *db, int64_t at_ms);

#endif
