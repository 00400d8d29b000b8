/* The engine as it is made, takes a new configuration and is freed: which groups there are, and what happens
 * at the first live evaluation. Its steps are in engine_step.c. */
#include "engine/engine.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/memory.h"
#include "engine/engine_state.h"
#include "engine/orphans.h"
#include "engine/policies.h"
#include "engine/refused.h"
#include "engine/rule_group.h"
#include "engine/slo_group.h"
#include "engine/source_open.h"
#include "source/sim_source.h"
#include "store/state_rows.h"

enum { GROUP_SLOS_MAX = 250 };

/* The simulated service's incident, after the first live evaluation was committed. */
#define INCIDENT_AFTER_MS (20 * SECOND_MS)

static void on_first_live(void *context, struct database *db, int64_t now_ms)
{
    struct engine *engine = context;
    meta_set(db, "first_live_ms", now_ms);
    if (engine->context.config->source.kind == SOURCE_SIMULATED && !simulation_incident_ms(db))
        simulation_set_incident(db, now_ms + INCIDENT_AFTER_MS);
}

static bool make_slo_group(struct engine *engine, const struct slo *const *slos, size_t n, size_t number,
                           struct err *err)
{
    struct buf name;
    buf_init(&name, 64);
    buf_printf(&name, "slo/%zu", number);
    struct slo_group *group = slo_group_new(&engine->context, buf_text(&name), slos, n, err);
    buf_finish(&name);
    if (!group)
        return false;
    VEC_PUSH(&engine->slo_groups, group);
    VEC_PUSH(&engine->filled, false);
    return true;
}

/* SLOs are split by the hash of their service, so that an SLO stays where it is when others come and go, and
 * the SLOs of a service, which look at each other, stay together. */
static bool make_slo_groups(struct engine *engine, struct err *err)
{
    const struct slo_list *slos = &engine->context.config->slos;
    size_t n_groups = (slos->len + GROUP_SLOS_MAX - 1) / GROUP_SLOS_MAX;
    const struct slo **part = memory_alloc_zero(slos->len, sizeof *part);
    bool sound = true;
    for (size_t g = 0; g < n_groups && sound; g++) {
        size_t n = 0;
        for (size_t i = 0; i < slos->len; i++) {
            struct text service = slos->at[i].service;
            if (xxhash64(service.at, service.len) % n_groups == g)
                part[n++] = &slos->at[i];
        }
        sound = n == 0 || make_slo_group(engine, part, n, g, err);
    }
    memory_free(part);
    return sound;
}

static bool make_rule_groups(struct engine *engine, struct err *err)
{
    const struct rule_groups *groups = &engine->context.config->groups;
    for (size_t i = 0; i < groups->len; i++) {
        struct rule_group_state *state = rule_group_new(&engine->context, &groups->at[i], err);
        if (!state)
            return false;
        VEC_PUSH(&engine->rule_groups, state);
    }
    return true;
}

static void drop_groups(struct engine *engine)
{
    for (size_t i = 0; i < engine->slo_groups.len; i++)
        slo_group_free(engine->slo_groups.at[i]);
    for (size_t i = 0; i < engine->rule_groups.len; i++)
        rule_group_free(engine->rule_groups.at[i]);
    VEC_CLEAR(&engine->slo_groups);
    VEC_CLEAR(&engine->rule_groups);
    VEC_CLEAR(&engine->filled);
    engine->fill = (struct history_fill){.turn = 0};
    recount_finish(&engine->recount);
    engine->advice = (struct advice_round){0};
}

/* The first start of a simulation fixes its origin. */
static bool fix_origin(struct engine *engine, int64_t now_ms, struct err *err)
{
    if (engine->context.config->source.kind != SOURCE_SIMULATED ||
        simulation_origin_ms(engine->context.reader))
        return true;
    simulation_set_origin(store_begin(engine->options.store), now_ms);
    return store_commit(engine->options.store, err);
}

static struct source *open_configured(const struct engine *engine, const struct config_view *config,
                                      struct err *err)
{
    const struct engine_options *options = &engine->options;
    if (options->source)
        return options->source;
    return source_open(&config->source, engine->context.reader, engine->context.now_ms, options->aborted,
                       options->aborted_context, err);
}

static void close_source(struct engine *engine)
{
    if (engine->source != engine->options.source)
        source_free(engine->source);
    engine->source = NULL;
}

void engine_follow_corrections(struct engine *engine)
{
    struct err err;
    int64_t corrected = store_corrected_times(engine->options.store);
    engine->context.corrections = &engine->corrections.set;
    if (engine->corrected == corrected)
        return;
    if (corrections_follow(&engine->corrections, engine->context.reader, &err))
        engine->corrected = corrected;
    else
        log_line(LOG_ERROR, "corrections cannot be read", "error", err.message, NULL);
}

/* The groups of a configuration, and what its being in force alone changes. */
static bool take_up(struct engine *engine, struct err *err)
{
    return make_slo_groups(engine, err) && make_rule_groups(engine, err) &&
           policies_end_removed(&engine->context, err) &&
           orphans_end(&engine->context, engine->slo_groups.at, engine->slo_groups.len, err) &&
           refused_tell(&engine->context, err);
}

struct engine *engine_new(const struct engine_options *options, struct err *err)
{
    struct engine *engine = memory_alloc_zero(1, sizeof *engine);
    engine->options = *options;
    engine->corrected = -1;
    engine->options.config = config_ref(options->config);
    engine->context = (struct evaluation_context){.config = config_view(options->config),
                                                  .store = options->store,
                                                  .counters = options->counters,
                                                  .emergency = options->emergency,
                                                  .now_ms = options->now_ms,
                                                  .on_first_live = on_first_live,
                                                  .on_first_live_context = engine};
    engine->context.reader = store_open_reader(store_path(options->store), err);
    bool sound = engine->context.reader && fix_origin(engine, options->now_ms, err);
    if (sound) {
        engine->source = open_configured(engine, engine->context.config, err);
        engine->context.source = engine->source;
        engine->context.reloaded_ms = meta_get(engine->context.reader, "reloaded_ms", 0);
        engine->context.first_live = meta_get(engine->context.reader, "first_live_ms", 0) == 0;
        engine_follow_corrections(engine);
    }
    sound = sound && engine->source && take_up(engine, err);
    if (sound)
        return engine;
    engine_free(engine);
    return NULL;
}

void engine_free(struct engine *engine)
{
    if (!engine)
        return;
    drop_groups(engine);
    VEC_FREE(&engine->slo_groups);
    VEC_FREE(&engine->rule_groups);
    VEC_FREE(&engine->filled);
    close_source(engine);
    corrections_finish(&engine->corrections);
    database_close(engine->context.reader);
    config_unref(engine->options.config);
    memory_free(engine);
}

/* Alerts that open soon after say so. */
static void note_reload(struct engine *engine)
{
    struct err err;
    engine->context.reloaded_ms = engine->context.now_ms;
    meta_set(store_begin(engine->options.store), "reloaded_ms", engine->context.now_ms);
    if (!store_commit(engine->options.store, &err))
        log_line(LOG_WARN, "the reload cannot be noted", "error", err.message, NULL);
}

bool engine_reload(struct engine *engine, struct config *config, struct err *err)
{
    const struct config_view *next = config_view(config), *now = engine->context.config;
    if (!text_eq(next->store_path, now->store_path))
        return err_set(err, ERR_USAGE, "the store's path cannot change while serving: restart");
    if (next->source.kind != now->source.kind)
        return err_set(err, ERR_USAGE, "the source cannot change its kind while serving: restart");
    struct source *source = open_configured(engine, next, err);
    if (!source)
        return false;
    drop_groups(engine);
    close_source(engine);
    engine->source = engine->context.source = source;
    struct config *old = engine->options.config;
    engine->options.config = config_ref(config);
    engine->context.config = next;
    bool sound = take_up(engine, err);
    config_unref(old);
    if (sound)
        note_reload(engine);
    return sound;
}

size_t engine_ledger_bytes(const struct engine *engine)
{
    size_t bytes = 0;
    for (size_t i = 0; i < engine->slo_groups.len; i++)
        bytes += slo_group_bytes(engine->slo_groups.at[i]);
    return bytes;
}

bool engine_start_incident(struct engine *engine, int64_t now_ms, struct err *err)
{
    if (!sim_source_sim(engine->source))
        return err_set(err, ERR_USAGE, "the source is no simulated service: it has no incident to start");
    simulation_set_incident(store_begin(engine->options.store), now_ms);
    return store_commit(engine->options.store, err);
}
