/* Opening the source of a configuration. */
#include "engine/source_open.h"

#include "source/prometheus.h"
#include "source/sim_source.h"
#include "store/store.h"

int64_t simulation_origin_ms(struct database *db)
{
    return meta_get(db, "simulation_origin_ms", 0);
}

void simulation_set_origin(struct database *db, int64_t origin_ms)
{
    meta_set(db, "simulation_origin_ms", origin_ms);
}

int64_t simulation_incident_ms(struct database *db)
{
    return meta_get(db, "simulation_incident_ms", 0);
}

void simulation_set_incident(struct database *db, int64_t at_ms)
{
    meta_set(db, "simulation_incident_ms", at_ms);
}

static struct source *open_simulated(const struct source_options *options, struct database *db,
                                     int64_t now_ms, struct err *err)
{
    int64_t origin = db ? simulation_origin_ms(db) : 0;
    int64_t incident = db ? simulation_incident_ms(db) : 0;
    struct sim_options sim_options = {.seed = options->seed,
                                      .origin_ms = origin ? origin : now_ms,
                                      .interval_ms = options->scrape_interval_ms};
    struct sim *sim = sim_new(&sim_options, err);
    if (!sim)
        return NULL;
    if (incident && !sim_start_incident(sim, incident, err)) {
        sim_free(sim);
        return NULL;
    }
    sim_set_horizon(sim, now_ms);
    return sim_source_new(sim, TEXT("simulated"));
}

struct source *source_open(const struct source_options *options, struct database *db, int64_t now_ms,
                           bool (*aborted)(void *context), void *aborted_context, struct err *err)
{
    if (options->kind == SOURCE_SIMULATED)
        return open_simulated(options, db, now_ms, err);
    return prometheus_source_open(options, NULL, aborted, aborted_context, err);
}
