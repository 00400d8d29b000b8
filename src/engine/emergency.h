/* emergency: the bounded queue through which evaluate hands facts straight to deliver when a commit fails, so
 * that a full disk silences nobody. They are sent with the same keys, marked "not stored", and committed when
 * the store is back. One producer, one consumer; what does not fit is dropped and counted. */
#ifndef SLOBURN_ENGINE_EMERGENCY_H
#define SLOBURN_ENGINE_EMERGENCY_H

#include "base/text.h"

#include <stdbool.h>

struct emergency;
struct buf;

enum { EMERGENCY_MAX = 256 };

struct emergency *emergency_new(void);
void emergency_free(struct emergency *emergency);
/* One message for one receiver: facts as JSON; `identity` names it (key, kind, receiver): the same is taken
 * only once until emergency_over. False if the queue is full. */
bool emergency_put(struct emergency *emergency, struct text identity, struct text receiver,
                   struct text facts_json);
/* The store is back: identities are forgotten. */
void emergency_over(struct emergency *emergency);
/* Appends to the buffers. False if there is none. */
bool emergency_take(struct emergency *emergency, struct buf *receiver, struct buf *facts_json);

#endif
