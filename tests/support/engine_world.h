/* engine_world: an engine over a store and a configuration in a folder of their own, and over a simulated
 * service seen through a scripted_source, with a clock that tests turn. */
#ifndef SLOBURN_TESTS_SUPPORT_ENGINE_WORLD_H
#define SLOBURN_TESTS_SUPPORT_ENGINE_WORLD_H

#include "base/buf.h"
#include "base/json.h"
#include "engine/engine.h"
#include "engine/ledger_query.h"
#include "source/sim.h"
#include "support/scripted_source.h"

/* 2026-11-02 00:00:00 UTC: the moment at which the engine starts. */
#define WORLD_ORIGIN_MS 1793577600000LL

struct engine_world {
    char folder[64];
    struct source *source;
    struct sim *sim; /* behind the source; NULL: it is another */
    struct config *config;
    struct store *store;
    struct emergency *emergency;
    struct counters counters;
    struct engine *engine;
    int64_t now_ms;    /* true time, the service's */
    int64_t offset_ms; /* of the engine's clock */
};

/* The simulated service; `options` without origin. Fails the test on errors, as all of these do. */
void engine_world_init(struct engine_world *world, struct sim_options options);
/* Over another source, which it takes; sim is NULL. */
void engine_world_init_over(struct engine_world *world, struct source *source);
void engine_world_finish(struct engine_world *world);
/* Writes a file of the configuration's folder. */
void engine_world_write(struct engine_world *world, const char *name, const char *content);
/* sloburn.yml with slo_files: [*.slo.yml], an owner rag-team and a receiver. */
void engine_world_write_config(struct engine_world *world);
/* Path of a file in the folder, into `path`. */
const char *engine_world_path(const struct engine_world *world, const char *name, struct buf *path);
void engine_world_start(struct engine_world *world);
void engine_world_stop(struct engine_world *world);
bool engine_world_reload(struct engine_world *world);
/* Steps whenever the engine wants to, up to the true time until_ms. */
void engine_world_run(struct engine_world *world, int64_t until_ms);

/* A reader of the store, to be closed by the caller. */
struct database *engine_world_reader(const struct engine_world *world);

/* slo_statuses_json, ledger_query_json. */
typedef bool (*document_writer)(struct database *reader, const struct config_view *config,
                                const struct ledger_query *query, struct buf *out, struct err *err);
/* What it answers now, to be freed by the caller; the times of the query are set to the world's. */
struct json *engine_world_ask(const struct engine_world *world, document_writer write,
                              struct ledger_query query);

#endif
