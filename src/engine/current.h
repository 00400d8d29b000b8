/* current: the configuration in force, shared by the threads of serve. Whoever reads it takes a reference; a
 * reload puts the next one in its place. */
#ifndef SLOBURN_ENGINE_CURRENT_H
#define SLOBURN_ENGINE_CURRENT_H

#include "engine/config.h"

struct current;

struct current *current_new(struct config *config); /* takes its own reference */
void current_free(struct current *current);
struct config *current_get(struct current *current); /* config_unref() it */
void current_set(struct current *current, struct config *config);

#endif
