/* lanes: when each receiver may be written to again. A receiver that answers 429 is left alone as long as it
 * asks, whatever message it was; one that does not answer at all is asked again at growing intervals, so that
 * its timeouts do not keep the messages of others waiting; and some want a pause between any two messages. */
#ifndef SLOBURN_ENGINE_LANES_H
#define SLOBURN_ENGINE_LANES_H

#include "base/vec.h"
#include "receivers/receiver.h"

struct lane {
    char *receiver;  /* id; its own copy */
    int64_t free_ms; /* not before */
    int failures;    /* without an answer, one after another */
};

struct lanes {
    VEC(struct lane) at;
};

void lanes_finish(struct lanes *lanes);
/* After an attempt that ended at `now_ms`. `random` is any 64 bits. */
void lanes_note(struct lanes *lanes, struct text receiver, const struct delivery *delivery,
                int64_t min_interval_ms, int64_t now_ms, uint64_t random);
/* Receivers that may not be written to at `now_ms`, in the arena. */
const struct text *lanes_held(const struct lanes *lanes, int64_t now_ms, struct arena *arena, size_t *n);
bool lanes_is_held(const struct lanes *lanes, struct text receiver, int64_t now_ms);
/* When the first of the held ones is free again; INT64_MAX if none is held. */
int64_t lanes_next_free(const struct lanes *lanes, int64_t now_ms);

#endif
