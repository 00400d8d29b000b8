/* service_world: an engine over a store in a folder of its own and over a service_source, with one
 * availability SLO a service: 99.5 % over 30 days. The clock is the caller's. The folder is in memory where
 * there is such a place (days have thousands of commits), or where SLOBURN_WORLD_FOLDER says. */
#ifndef SLOBURN_TESTS_SUPPORT_SERVICE_WORLD_H
#define SLOBURN_TESTS_SUPPORT_SERVICE_WORLD_H

#include "base/buf.h"
#include "engine/engine.h"
#include "slo/minutes.h"
#include "support/service_source.h"

struct service_world {
    char folder[64];
    struct buf path; /* of the store */
    size_t services;
    int64_t now_ms;
    struct source *source;
    struct config *config;
    struct store *store;
    struct counters counters;
    struct engine *engine;
};

/* `window`: "30d", "day UTC". False: it cannot be made; stderr tells why. */
bool service_world_init(struct service_world *world, size_t services, const char *window, int64_t begin_ms,
                        int64_t now_ms);
void service_world_finish(struct service_world *world);
/* Opens store and engine, or closes them: a restart. */
bool service_world_open(struct service_world *world);
void service_world_close(struct service_world *world);
/* Steps at now_ms until nothing more is due, then moves the clock on by 30 s; until it is at until_ms. */
void service_world_run(struct service_world *world, int64_t until_ms);
/* The sum of [from, to) of one of its SLOs over everything, as the store has it. */
struct window_sum service_world_booked(const struct service_world *world, size_t slo, int64_t from_ms,
                                       int64_t to_ms);

#endif
