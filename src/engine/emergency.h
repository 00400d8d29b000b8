/* emergency: the bounded queue through which evaluate hands facts straight to deliver when a commit fails, so
 * that a full disk silences nobody. They are sent with the same keys, marked "not stored", and committed when
 * the store is back. One producer, one consumer; what does not fit is dropped and counted. */
#ifndef SLOBURN_ENGINE_EMERGENCY_H
#define SLOBURN_ENGINE_EMERGENCY_H

#include "notify/facts.h"

struct emergency;

enum { EMERGENCY_MAX = 256 };

struct emergency *emergency_new(void);
void emergency_free(struct emergency *emergency);
/* One message for one receiver. The same (incident, kind, slot, receiver) is taken only once until
 * emergency_over; an update or a resolve only if its opening was taken or is `known` to the receiver anyhow.
 * False if the queue is full. */
bool emergency_put(struct emergency *emergency, const struct facts *facts, struct text receiver, bool known);
/* A receiver has it; and: has it? What is evaluated once more, now to be stored, is not sent twice. */
void emergency_delivered(struct emergency *emergency, const struct facts *facts, struct text receiver);
bool emergency_has_delivered(struct emergency *emergency, const struct facts *facts, struct text receiver);
/* The store holds everything again: what was taken is forgotten. */
void emergency_over(struct emergency *emergency);
/* Appends to the buffers. False if there is none. */
bool emergency_take(struct emergency *emergency, struct buf *receiver, struct buf *facts_json);

#endif
