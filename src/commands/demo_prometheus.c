/* The real Prometheus of the demo: `sloburn simulate` for it to scrape, its history as blocks, and a folder
 * of its own. */
#include "commands/demo.h"

#include "base/duration.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "commands/children.h"
#include "net/http_client.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum { PATH_BYTES = 4096, WAIT_S = 180 };

struct names {
    struct buf folder; /* FOLDER/prometheus */
    struct buf config;
    struct buf data; /* --storage.tsdb.path=… */
    struct buf data_path;
    struct buf history;
    struct buf log;
};

static void name_init(struct buf *name, const char *prefix, const char *folder, const char *tail)
{
    buf_init(name, PATH_BYTES);
    buf_printf(name, "%s%s/%s", prefix, folder, tail);
}

static void names_init(struct names *names, const char *folder)
{
    name_init(&names->folder, "", folder, "prometheus");
    name_init(&names->config, "", folder, "prometheus/prometheus.yml");
    name_init(&names->data, "--storage.tsdb.path=", folder, "prometheus/data");
    name_init(&names->data_path, "", folder, "prometheus/data");
    name_init(&names->history, "", folder, "prometheus/history");
    name_init(&names->log, "", folder, "prometheus/log");
}

static void names_finish(struct names *names)
{
    buf_finish(&names->folder);
    buf_finish(&names->config);
    buf_finish(&names->data);
    buf_finish(&names->data_path);
    buf_finish(&names->history);
    buf_finish(&names->log);
}

static void pause_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

/* The value of an instant query, or -1. */
static double ask(int port, const char *path)
{
    struct buf url;
    struct err err;
    struct http_response response;
    double value = -1;
    buf_init(&url, 256);
    buf_printf(&url, "http://127.0.0.1:%d", port);
    struct http_client_options options = {.url = buf_cstring(&url), .timeout_ms = 5000};
    struct http_client *client = http_client_new(&options, &err);
    http_response_init(&response);
    struct http_request request = {.path = path};
    if (client && http_send(client, &request, &response, &err) && response.status == 200) {
        struct json *json = json_parse(buf_text(&response.body), &err);
        const struct json *first = json_item(json_get(json_get(json, "data"), "result"), 0);
        if (first)
            value = strtod(json_string(json_item(json_get(first, "value"), 1), "-1"), NULL);
        json_free(json);
    }
    http_response_finish(&response);
    http_client_free(client);
    buf_finish(&url);
    return value;
}

static bool write_config(const struct names *names, int simulate_port, struct err *err)
{
    struct buf text;
    buf_init(&text, PATH_BYTES);
    buf_printf(&text,
               "global: {scrape_interval: 5s, evaluation_interval: 30s}\n"
               "scrape_configs:\n"
               "- job_name: simulate\n"
               "  honor_labels: true\n"
               "  static_configs: [{targets: [\"127.0.0.1:%d\"]}]\n",
               simulate_port);
    bool written = file_write(names->config.at, buf_text(&text), err);
    buf_finish(&text);
    return written;
}

static bool start_servers(const struct names *names, const char *seed, const char *origin,
                          struct demo_prometheus *demo, struct err *err)
{
    struct buf address, web;
    buf_init(&address, 64);
    buf_init(&web, 64);
    demo->simulate_port = free_port(0);
    demo->port = free_port(0);
    buf_printf(&address, "127.0.0.1:%d", demo->simulate_port);
    buf_printf(&web, "--web.listen-address=127.0.0.1:%d", demo->port);
    struct buf config;
    buf_init(&config, PATH_BYTES);
    buf_printf(&config, "--config.file=%s", names->config.at);
    const char *const simulate[] = {
        "/proc/self/exe", "simulate", "--listen", buf_cstring(&address), "--seed", seed,
        "--origin",       origin,     NULL};
    const char *const prometheus[] = {"prometheus",
                                      buf_cstring(&config),
                                      names->data.at,
                                      buf_cstring(&web),
                                      "--storage.tsdb.retention.time=400d",
                                      "--log.level=warn",
                                      NULL};
    bool started = write_config(names, demo->simulate_port, err) &&
                   (demo->simulate = child_start(simulate, names->log.at, err)) > 0 &&
                   (demo->prometheus = child_start(prometheus, names->log.at, err)) > 0;
    for (int i = 0; started && i < WAIT_S * 5; i++) {
        if (ask(demo->port, "/api/v1/query?query=vector(1)") == 1)
            break;
        if (i == WAIT_S * 5 - 1)
            started = err_set(err, ERR_UNREACHABLE, "prometheus does not answer; see %s", names->log.at);
        pause_ms(200);
    }
    buf_finish(&address);
    buf_finish(&web);
    buf_finish(&config);
    return started;
}

static bool load_block(const struct names *names, const char *file, struct err *err)
{
    struct buf path;
    buf_init(&path, PATH_BYTES);
    buf_printf(&path, "%s/%s", names->history.at, file);
    const char *const promtool[] = {"promtool",
                                    "tsdb",
                                    "create-blocks-from",
                                    "openmetrics",
                                    "--max-block-duration=54h",
                                    buf_cstring(&path),
                                    names->data_path.at,
                                    NULL};
    bool loaded = child_run(promtool, names->log.at, err);
    if (loaded)
        remove(buf_cstring(&path));
    buf_finish(&path);
    return loaded;
}

/* The service's history, a block of 54 hours at a time, into the data folder of the running Prometheus, which
 * finds new blocks within a minute. */
static bool load_history(const struct names *names, const char *seed, const char *origin, struct err *err)
{
    const char *const write[] = {"/proc/self/exe",  "simulate", "--openmetrics",
                                 names->history.at, "--seed",   seed,
                                 "--origin",        origin,     NULL};
    struct dirent **files = NULL;
    mkdir(names->history.at, 0700);
    if (!child_run(write, names->log.at, err))
        return false;
    int n = scandir(names->history.at, &files, NULL, alphasort);
    bool loaded = n >= 0;
    int done = 0;
    for (int i = 0; i < n; i++) {
        if (loaded && files[i]->d_name[0] != '.') {
            loaded = load_block(names, files[i]->d_name, err);
            printf("\r  history: %d blocks loaded", ++done);
            fflush(stdout);
        }
        memory_free(files[i]);
    }
    memory_free(files);
    printf("\n");
    return loaded;
}

static bool wait_for_history(const struct demo_prometheus *demo, int64_t origin_s, struct err *err)
{
    struct buf path;
    bool there = false;
    buf_init(&path, 512);
    buf_printf(&path, "/api/v1/query?query=count(rag_queries_total)&time=%lld",
               (long long)(origin_s - 86400));
    printf("  waiting until Prometheus has found the blocks (up to a minute) ...\n");
    fflush(stdout);
    for (int i = 0; !there && i < WAIT_S; i++) {
        there = ask(demo->port, buf_cstring(&path)) > 0;
        if (!there)
            pause_ms(1000);
    }
    buf_finish(&path);
    return there || err_set(err, ERR_UNREACHABLE, "prometheus does not find the history that was loaded");
}

bool demo_prometheus_start(const char *folder, const char *seed, struct demo_prometheus *demo,
                           struct err *err)
{
    struct names names;
    struct buf origin;
    int64_t origin_s = (int64_t)time(NULL);
    names_init(&names, folder);
    buf_init(&origin, 32);
    buf_printf(&origin, "%lld", (long long)origin_s);
    const char *const clear[] = {"rm", "-rf", "--", names.folder.at, NULL};
    printf("Starting Prometheus, and writing 30 days of history for it (a minute or two) ...\n");
    fflush(stdout);
    bool started = child_run(clear, "/dev/null", err);
    mkdir(names.folder.at, 0700);
    started = started && start_servers(&names, seed, buf_cstring(&origin), demo, err) &&
              load_history(&names, seed, buf_cstring(&origin), err) && wait_for_history(demo, origin_s, err);
    if (started)
        printf("  Prometheus http://127.0.0.1:%d/\n", demo->port);
    names_finish(&names);
    buf_finish(&origin);
    return started;
}

void demo_prometheus_stop(struct demo_prometheus *demo)
{
    child_stop(demo->prometheus);
    child_stop(demo->simulate);
}

bool demo_prometheus_incident(const struct demo_prometheus *demo, struct err *err)
{
    struct buf url;
    struct http_response response;
    buf_init(&url, 64);
    buf_printf(&url, "http://127.0.0.1:%d", demo->simulate_port);
    struct http_client_options options = {.url = buf_cstring(&url)};
    struct http_client *client = http_client_new(&options, err);
    struct http_request request = {.method = "POST", .path = "/incident"};
    http_response_init(&response);
    bool sent = client && http_send(client, &request, &response, err);
    if (sent && response.status >= 300)
        sent =
            err_set(err, ERR_INPUT, "the simulated service refused the incident: http %d", response.status);
    http_response_finish(&response);
    http_client_free(client);
    buf_finish(&url);
    return sent;
}
