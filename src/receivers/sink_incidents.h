/* sink_incidents: which incidents a stand-in for a receiver has seen opened and resolved, by account and key.
 * Internal to the sink. */
#ifndef SLOBURN_RECEIVERS_SINK_INCIDENTS_H
#define SLOBURN_RECEIVERS_SINK_INCIDENTS_H

#include "base/map.h"
#include "base/vec.h"
#include "receivers/sink.h"

struct sink_incident {
    char *name; /* account, a line end, key: as the map's keys are hashes of it */
    bool open;
};

struct sink_incidents {
    struct map by_hash;
    VEC(struct sink_incident) at;
    struct sink_counts counts;
};

void sink_incidents_finish(struct sink_incidents *incidents);
/* Both return the verdict for sink_event. */
const char *sink_incidents_open(struct sink_incidents *incidents, struct text account, struct text key);
const char *sink_incidents_resolve(struct sink_incidents *incidents, struct text account, struct text key);

#endif
