/* sim: birth and death of a simulated service. */
#include "source/sim.h"

#include "source/sim_series.h"

struct sim *sim_new(const struct sim_options *options, struct err *err)
{
    struct sim *sim = memory_alloc_zero(1, sizeof *sim);
    if (!sim_scenario_init(sim, options, err)) {
        sim_free(sim);
        return NULL;
    }
    sim_traffic_init(sim);
    sim_catalogue_init(sim);
    return sim;
}

void sim_free(struct sim *sim)
{
    if (!sim)
        return;
    VEC_FREE(&sim->conditions);
    for (int instance = 0; instance < SIM_INSTANCES; instance++)
        VEC_FREE(&sim->lives[instance]);
    for (int cell = 0; cell < SIM_CELLS; cell++)
        VEC_FREE(&sim->hours[cell]);
    label_table_free(sim->table);
    arena_finish(&sim->arena);
    memory_free(sim);
}

int64_t sim_begin_ms(const struct sim *sim)
{
    return sim->begin_ms;
}

int64_t sim_origin_ms(const struct sim *sim)
{
    return sim->origin_ms;
}

int64_t sim_interval_ms(const struct sim *sim)
{
    return sim->interval_ms;
}
