/* sim_source: the simulated service behind the interface of all sources. As a source it has what a Prometheus
 * that scrapes it would have: raw samples at its scrapes, stale markers for select, and an end of life five
 * minutes after the last sample for live. Nothing after the horizon is answered. */
#ifndef SLOBURN_SOURCE_SIM_SOURCE_H
#define SLOBURN_SOURCE_SIM_SOURCE_H

#include "source/sim.h"
#include "source/source.h"

/* Takes the sim; source_free frees it. */
struct source *sim_source_new(struct sim *sim, struct text name);
/* The sim behind a source, to start an incident or move the horizon; NULL if it is another kind of source. */
struct sim *sim_source_sim(struct source *source);

#endif
