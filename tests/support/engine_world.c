/* The folder, the clock and the steps of an engine under test. */
#include "support/engine_world.h"

#include "base/duration.h"
#include "base/file.h"
#include "source/sim_source.h"
#include "support/cmocka_headers.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, STEPS_A_SLOT = 5000 };

static void ignore_result(int result)
{
    (void)result;
}

void engine_world_init_over(struct engine_world *world, struct source *source)
{
    *world = (struct engine_world){.now_ms = WORLD_ORIGIN_MS};
    /* thousands of commits: in memory where there is such a folder */
    (void)snprintf(world->folder, sizeof world->folder, "/dev/shm/sloburn-world-XXXXXX");
    if (!mkdtemp(world->folder)) {
        (void)snprintf(world->folder, sizeof world->folder, "/tmp/sloburn-world-XXXXXX");
        assert_non_null(mkdtemp(world->folder));
    }
    world->source = scripted_source_new(source);
    world->emergency = emergency_new();
}

void engine_world_init(struct engine_world *world, struct sim_options options)
{
    struct err err;
    options.origin_ms = WORLD_ORIGIN_MS;
    struct sim *sim = sim_new(&options, &err);
    if (!sim)
        fail_msg("%s", err.message);
    engine_world_init_over(world, sim_source_new(sim, TEXT("sim")));
    world->sim = sim;
}

const char *engine_world_path(const struct engine_world *world, const char *name, struct buf *path)
{
    buf_clear(path);
    buf_printf(path, "%s/%s", world->folder, name);
    return buf_cstring(path);
}

static void remove_one(void *context, const char *path)
{
    (void)context;
    ignore_result(unlink(path));
}

void engine_world_finish(struct engine_world *world)
{
    struct err err;
    engine_world_stop(world);
    config_unref(world->config);
    source_free(world->source);
    emergency_free(world->emergency);
    assert_true(file_glob(world->folder, "*", remove_one, NULL, &err));
    ignore_result(rmdir(world->folder));
}

void engine_world_write(struct engine_world *world, const char *name, const char *content)
{
    struct buf path;
    struct err err;
    buf_init(&path, PATH_BYTES);
    if (!file_write(engine_world_path(world, name, &path), text_of(content), &err))
        fail_msg("%s", err.message);
    buf_finish(&path);
}

void engine_world_write_config(struct engine_world *world)
{
    engine_world_write(world, "sloburn.yml",
                       "environment: prod\n"
                       "source: {prometheus: {url: 'http://127.0.0.1:9'}}\n"
                       "store: {path: s.db}\n"
                       "slo_files: ['*.slo.yml']\n"
                       "owners: {rag-team: {page: [chat], ticket: [chat]}}\n"
                       "alerting: {receivers: [{name: chat, slack_configs: "
                       "[{api_url: 'http://127.0.0.1:9/services/x'}]}]}\n");
}

static struct config *load(struct engine_world *world)
{
    struct findings findings;
    struct buf path;
    struct buf printed;
    findings_init(&findings);
    buf_init(&path, PATH_BYTES);
    buf_init(&printed, 1 << 16);
    struct config *config =
        config_load(engine_world_path(world, "sloburn.yml", &path), world->config, &findings);
    findings_print(&findings, false, &printed);
    if (!config)
        fail_msg("%s", buf_cstring(&printed));
    buf_finish(&printed);
    buf_finish(&path);
    findings_finish(&findings);
    return config;
}

void engine_world_start(struct engine_world *world)
{
    struct err err;
    struct config *config = load(world);
    config_unref(world->config);
    world->config = config;
    world->store = store_open(config_view(config)->store_path.at, "a test", &err);
    if (!world->store)
        fail_msg("%s", err.message);
    struct engine_options options = {.config = config,
                                     .store = world->store,
                                     .counters = &world->counters,
                                     .emergency = world->emergency,
                                     .source = world->source,
                                     .now_ms = world->now_ms + world->offset_ms};
    scripted_source_set_now(world->source, world->now_ms);
    world->engine = engine_new(&options, &err);
    if (!world->engine)
        fail_msg("%s", err.message);
}

void engine_world_stop(struct engine_world *world)
{
    engine_free(world->engine);
    store_close(world->store);
    world->engine = NULL;
    world->store = NULL;
}

bool engine_world_reload(struct engine_world *world)
{
    struct err err;
    struct config *config = load(world);
    bool taken = engine_reload(world->engine, config, &err);
    if (taken) {
        config_unref(world->config);
        world->config = config;
    } else {
        print_message("reload: %s\n", err.message);
        config_unref(config);
    }
    return taken;
}

void engine_world_run(struct engine_world *world, int64_t until_ms)
{
    int steps = 0;
    while (world->now_ms <= until_ms) {
        int64_t now_ms = world->now_ms + world->offset_ms;
        scripted_source_set_now(world->source, world->now_ms);
        int64_t due_ms = engine_step(world->engine, now_ms);
        assert_true(due_ms >= now_ms);
        if (due_ms == now_ms) {
            assert_true(++steps < STEPS_A_SLOT);
            continue;
        }
        steps = 0;
        if (due_ms - world->offset_ms > until_ms)
            break;
        world->now_ms = due_ms - world->offset_ms;
    }
    world->now_ms = until_ms;
}

struct database *engine_world_reader(const struct engine_world *world)
{
    struct err err;
    struct database *reader = store_open_reader(store_path(world->store), &err);
    if (!reader)
        fail_msg("%s", err.message);
    return reader;
}

struct json *engine_world_ask(const struct engine_world *world, document_writer write,
                              struct ledger_query query)
{
    struct buf text;
    struct err err;
    struct database *reader = engine_world_reader(world);
    query.now_ms = query.at_ms = world->now_ms;
    buf_init(&text, 16 << 20);
    if (!write(reader, config_view(world->config), &query, &text, &err))
        fail_msg("%s", err.message);
    database_close(reader);
    struct json *json = json_parse(buf_text(&text), &err);
    if (!json)
        fail_msg("%s", err.message);
    buf_finish(&text);
    return json;
}
