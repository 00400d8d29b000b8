/* blindness: one incident for a source that has not answered for 5 minutes, to the default owner (or to every
 * owner if there is none). It resolves when the source answers again. Its state is the incident in the store.
 */
#ifndef SLOBURN_ENGINE_BLINDNESS_H
#define SLOBURN_ENGINE_BLINDNESS_H

#include "engine/slo_group.h"

struct blindness {
    int64_t since_ms; /* of the open incident; 0: none */
    bool known;       /* the store was asked for an incident that was open at start */
};

void blindness_step(struct blindness *blindness, const struct evaluation_context *context,
                    struct slo_group *const *groups, size_t n);

#endif
