// rooms: engine
/* What evaluations read from SQLite: services with an SLO each of a rolling and a calendar window, evaluated
 * every 30 s over hours. Prints SELECTs within evaluations, and between them what is read ahead. */
#include "base/duration.h"
#include "support/service_world.h"

#include <stdio.h>

enum { SERVICES = 200, HOURS = 2 };

#define NOW_MS     (20500 * DAY_MS + 9 * HOUR_MS + 10 * MINUTE_MS)
#define HISTORY_MS (40 * DAY_MS)

int main(void)
{
    struct service_world world;
    if (!service_world_init(&world, SERVICES, "[30d, month UTC]", NOW_MS - HISTORY_MS, NOW_MS))
        return 1;
    service_world_run(&world, NOW_MS + 5 * MINUTE_MS);
    long long within = atomic_load(&world.counters.evaluation_reads);
    long long all = atomic_load(&world.counters.engine_reads);
    long long evaluations = atomic_load(&world.counters.evaluations);
    service_world_run(&world, NOW_MS + HOURS * HOUR_MS + 5 * MINUTE_MS);
    within = atomic_load(&world.counters.evaluation_reads) - within;
    all = atomic_load(&world.counters.engine_reads) - all;
    printf("reads in %4lld evaluations      %8.2f an SLO        (none)\n",
           atomic_load(&world.counters.evaluations) - evaluations, (double)within / SERVICES);
    printf("reads between them             %8.1f an SLO and day, ahead of time\n",
           (double)(all - within) / SERVICES * 24 / HOURS);
    service_world_finish(&world);
    return 0;
}
