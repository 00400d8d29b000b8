/* The folder, the configuration and the steps of an engine over many small services. */
#include "support/service_world.h"

#include "base/arena.h"
#include "base/duration.h"
#include "base/file.h"
#include "base/memory.h"
#include "store/ledger_rows.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MAX = 8 << 20, PATH_MAX_BYTES = 4096, INTERVAL_MS = 30000 };

static bool write_file(const struct service_world *world, const char *name, const struct buf *content)
{
    struct buf path;
    struct err err;
    buf_init(&path, PATH_MAX_BYTES);
    buf_printf(&path, "%s/%s", world->folder, name);
    bool written = file_write(buf_cstring(&path), buf_text(content), &err);
    if (!written)
        (void)fprintf(stderr, "%s\n", err.message);
    buf_finish(&path);
    return written;
}

static bool write_config(const struct service_world *world)
{
    struct buf yaml;
    buf_init(&yaml, FILE_MAX);
    buf_puts(&yaml, "environment: test\n"
                    "source: {prometheus: {url: 'http://127.0.0.1:9'}}\n"
                    "store: {path: s.db}\n"
                    "slo_files: ['*.slo.yml']\n"
                    "owners: {team: {page: [chat], ticket: [chat]}}\n"
                    "alerting: {receivers: [{name: chat, slack_configs: "
                    "[{api_url: 'http://127.0.0.1:9/services/x'}]}]}\n");
    bool written = write_file(world, "sloburn.yml", &yaml);
    buf_finish(&yaml);
    return written;
}

static bool write_slos(const struct service_world *world, const char *window)
{
    bool written = true;
    for (size_t i = 0; i < world->services && written; i++) {
        struct buf yaml, name;
        buf_init(&yaml, FILE_MAX);
        buf_init(&name, PATH_MAX_BYTES);
        buf_printf(&name, "s%04zu.slo.yml", i);
        buf_printf(&yaml,
                   "service: s%04zu\nowner: team\nwindow: %s\nslos:\n  availability:\n    objective: 99.5%%\n"
                   "    total: requests_total{service=\"s%04zu\"}\n"
                   "    bad: requests_total{service=\"s%04zu\",code=\"500\"}\n",
                   i, window, i, i);
        written = write_file(world, buf_cstring(&name), &yaml);
        buf_finish(&yaml);
        buf_finish(&name);
    }
    return written;
}

static struct config *load(const struct service_world *world)
{
    struct findings findings;
    struct buf path, printed;
    findings_init(&findings);
    buf_init(&path, PATH_MAX_BYTES);
    buf_init(&printed, 1 << 16);
    buf_printf(&path, "%s/sloburn.yml", world->folder);
    struct config *config = config_load(buf_cstring(&path), NULL, &findings);
    findings_print(&findings, false, &printed);
    if (!config || findings.errors)
        (void)fprintf(stderr, "%s\n", buf_cstring(&printed));
    buf_finish(&printed);
    buf_finish(&path);
    findings_finish(&findings);
    return config;
}

bool service_world_init(struct service_world *world, size_t services, const char *window, int64_t begin_ms,
                        int64_t now_ms)
{
    const char *root = getenv("SLOBURN_WORLD_FOLDER");
    *world = (struct service_world){
        .services = services, .now_ms = now_ms, .source = service_source_new(services, begin_ms)};
    buf_init(&world->path, PATH_MAX_BYTES);
    root = root ? root : access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(world->folder, sizeof world->folder, "%s/sloburn-services-XXXXXX", root);
    if (!mkdtemp(world->folder) || !write_config(world) || !write_slos(world, window))
        return false;
    world->config = load(world);
    if (!world->config)
        return false;
    buf_add_text(&world->path, config_view(world->config)->store_path);
    return service_world_open(world);
}

bool service_world_open(struct service_world *world)
{
    struct err err;
    world->store = store_open(buf_cstring(&world->path), "a test", &err);
    struct engine_options options = {.config = world->config,
                                     .store = world->store,
                                     .counters = &world->counters,
                                     .source = world->source,
                                     .now_ms = world->now_ms};
    if (world->store)
        world->engine = engine_new(&options, &err);
    if (!world->engine)
        (void)fprintf(stderr, "%s\n", err.message);
    return world->engine != NULL;
}

void service_world_close(struct service_world *world)
{
    engine_free(world->engine);
    store_close(world->store);
    world->engine = NULL;
    world->store = NULL;
}

static void remove_one(void *context, const char *path)
{
    (void)context;
    if (unlink(path) != 0)
        perror(path);
}

void service_world_finish(struct service_world *world)
{
    struct err err;
    service_world_close(world);
    config_unref(world->config);
    source_free(world->source);
    if (!file_glob(world->folder, "*", remove_one, NULL, &err) || rmdir(world->folder) != 0)
        (void)fprintf(stderr, "%s stays\n", world->folder);
    buf_finish(&world->path);
}

void service_world_run(struct service_world *world, int64_t until_ms)
{
    for (; world->now_ms <= until_ms; world->now_ms += INTERVAL_MS)
        while (engine_step(world->engine, world->now_ms) <= world->now_ms)
            ;
}

struct window_sum service_world_booked(const struct service_world *world, size_t slo, int64_t from_ms,
                                       int64_t to_ms)
{
    struct err err;
    struct arena arena;
    struct window_source source;
    struct window_sum sum;
    struct ledger_ids ids = {0};
    struct minute_span span = {from_ms / MINUTE_MS, to_ms / MINUTE_MS};
    arena_init(&arena, 0);
    struct database *db = store_open_reader(store_path(world->store), &err);
    assert(db);
    bool found = ledger_find(db, &config_view(world->config)->slos.at[slo], &ids);
    assert(found);
    ledger_windows_source(db, ids.groups.at[0], &span, 1, NULL, 0, &arena, &source);
    bool summed = window_sum_over(&source, span.from_minute, span.to_minute, NULL, 0, &sum, &err);
    assert(summed);
    ledger_ids_finish(&ids);
    database_close(db);
    arena_finish(&arena);
    return sum;
}
