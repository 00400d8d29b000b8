/* The demo: writes a configuration into a folder, opens a sink, and serves. */
#include "commands/demo.h"

#include "base/file.h"
#include "base/log.h"
#include "commands/arguments.h"
#include "commands/children.h"
#include "commands/clock.h"
#include "commands/serve.h"
#include "commands/sink.h"
#include "net/http_server.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, INCIDENT_AFTER_S = 20 };

struct demo {
    const char *folder;
    const char *shipped; /* the folder that holds rules/ and runbooks/ */
    const char *seed;
    bool keep;
    bool with_prometheus;
    bool colour;
    int port;
    double speed;
    struct demo_prometheus prometheus;
    struct sink *sink;
    struct http_server *sink_server;
    struct buf config_path;
    atomic_int ended;
    pthread_t incident_thread;
    bool incident_waits;
};

static void told(void *context, const struct sink_event *event)
{
    const struct demo *demo = context;
    sink_print_event(event, clock_now_ms(), demo->colour);
}

/* rules/ beside the program's folder (a checkout), else where packages put it. */
static const char *find_shipped(struct buf *path)
{
    char program[PATH_BYTES];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    buf_init(path, PATH_BYTES);
    if (n > 0) {
        struct text folder = {program, (size_t)n};
        for (int up = 0; up < 2; up++)
            while (folder.len && folder.at[--folder.len] != '/')
                ;
        buf_add_text(path, folder);
        size_t length = path->len;
        buf_puts(path, "/rules");
        bool there = access(buf_cstring(path), R_OK) == 0;
        buf_truncate(path, length);
        if (there)
            return buf_cstring(path);
    }
    buf_clear(path);
    buf_puts(path, "/usr/share/sloburn");
    return buf_cstring(path);
}

static void write_config(const struct demo *demo, struct buf *out)
{
    int sink = http_server_port(demo->sink_server);
    buf_printf(out, "# Written by sloburn demo.\nenvironment: demo\n");
    if (demo->with_prometheus)
        buf_printf(out, "source: {prometheus: {url: \"http://127.0.0.1:%d\"}}\n", demo->prometheus.port);
    else
        buf_printf(out, "source: {simulate: {seed: %s}}\n", demo->seed);
    buf_printf(
        out,
        "store: {path: sloburn.db}\n"
        "slo_files: [\"%s/rules/*.slo.yml\"]\n"
        "rule_files: [\"%s/rules/*.rules.yml\"]\n"
        "runbooks: %s/runbooks\n"
        "owners:\n"
        "  rag-team: {page: [pagerduty, slack], ticket: slack}\n"
        "  default: {page: [pagerduty, slack], ticket: slack}\n"
        "alerting:\n"
        "  receivers:\n"
        "  - name: pagerduty\n"
        "    pagerduty_configs:\n"
        "    - {routing_key: 0123456789abcdef0123456789abcdef, url: \"http://127.0.0.1:%d/v2/enqueue\"}\n"
        "  - name: slack\n"
        "    slack_configs:\n"
        "    - {api_url: \"http://127.0.0.1:%d/services/T00000000/B00000000/demo\"}\n"
        "server: {listen: \"127.0.0.1:%d\", external_url: \"http://127.0.0.1:%d\"}\n"
        "evaluation_interval: 10s\n",
        demo->shipped, demo->shipped, demo->shipped, sink, sink, demo->port, demo->port);
}

static bool prepare_folder(struct demo *demo, struct err *err)
{
    static const char *const old[] = {"sloburn.db", "sloburn.db-wal", "sloburn.db-shm"};
    if (mkdir(demo->folder, 0700) != 0 && errno != EEXIST)
        return err_set(err, ERR_USAGE, "cannot make the folder %s: %s", demo->folder, strerror(errno));
    for (size_t i = 0; i < 3 && !demo->keep; i++) {
        struct buf path;
        buf_init(&path, PATH_BYTES);
        buf_printf(&path, "%s/%s", demo->folder, old[i]);
        if (unlink(buf_cstring(&path)) != 0 && errno != ENOENT)
            return err_set(err, ERR_USAGE, "cannot remove %s: %s", buf_cstring(&path), strerror(errno));
        buf_finish(&path);
    }
    return true;
}

static bool start(struct demo *demo, struct err *err)
{
    struct http_server_options sink_http = {.listen = "127.0.0.1:0", .handle = sink_handle};
    struct sink_options sink = {.told = told, .context = demo};
    struct buf config;
    if (!prepare_folder(demo, err))
        return false;
    demo->sink = sink_new(&sink);
    sink_http.context = demo->sink;
    demo->sink_server = http_server_start(&sink_http, err);
    if (!demo->sink_server)
        return false;
    if (demo->with_prometheus && !demo_prometheus_start(demo->folder, demo->seed, &demo->prometheus, err))
        return false;
    demo->port = free_port(demo->port);
    buf_init(&config, 64 << 10);
    write_config(demo, &config);
    buf_printf(&demo->config_path, "%s/sloburn.yml", demo->folder);
    bool written = file_write(buf_cstring(&demo->config_path), buf_text(&config), err);
    buf_finish(&config);
    return written;
}

static void on_listening(void *context, int port)
{
    struct demo *demo = context;
    printf("\n  the page   http://127.0.0.1:%d/\n\n"
           "Reading 30 days of history. An incident follows %d s after that: 8 times the traffic, 80 %% of "
           "it fails,\n"
           "for 90 s. What PagerDuty and Slack would get is printed here:\n\n",
           port, INCIDENT_AFTER_S);
    fflush(stdout);
    demo->port = port;
}

/* Through a real Prometheus the incident is asked for by us. */
static void *incident_loop(void *context)
{
    struct demo *demo = context;
    struct err err;
    for (int i = 0; i < INCIDENT_AFTER_S * 10 && !atomic_load(&demo->ended); i++) {
        struct timespec tenth = {0, 100000000};
        nanosleep(&tenth, NULL);
    }
    if (!atomic_load(&demo->ended) && !demo_prometheus_incident(&demo->prometheus, &err))
        complain("demo", &err);
    return NULL;
}

static void on_ready(void *context)
{
    struct demo *demo = context;
    const char *config = buf_cstring(&demo->config_path);
    printf("History is read. While you wait, in another terminal:\n\n"
           "  build/sloburn status --config %s\n"
           "  build/sloburn explain rag-api/availability --config %s\n"
           "  build/sloburn report --config %s --format html --output report.html\n"
           "  build/sloburn gate --config %s --service rag-api\n"
           "  curl -s http://127.0.0.1:%d/api/v1/alerts\n\n"
           "Ctrl-C ends the demo.\n\n",
           config, config, config, config, demo->port);
    fflush(stdout);
    if (demo->with_prometheus)
        demo->incident_waits = pthread_create(&demo->incident_thread, NULL, incident_loop, demo) == 0;
}

static void finish(struct demo *demo)
{
    atomic_store(&demo->ended, 1);
    if (demo->incident_waits)
        pthread_join(demo->incident_thread, NULL);
    http_server_stop(demo->sink_server);
    sink_free(demo->sink);
    demo_prometheus_stop(&demo->prometheus);
    buf_finish(&demo->config_path);
}

static int run(struct demo *demo)
{
    struct err err;
    serve_block_signals();
    log_setup(LOG_WARN, LOG_LOGFMT);
    buf_init(&demo->config_path, PATH_BYTES);
    int code;
    if (start(demo, &err)) {
        struct serve_options serve = {.config_path = buf_cstring(&demo->config_path),
                                      .speed = demo->speed,
                                      .on_listening = on_listening,
                                      .on_ready = on_ready,
                                      .context = demo};
        code = serve_run(&serve);
    } else {
        code = complain("demo", &err);
    }
    finish(demo);
    return code;
}

int command_demo(int argc, char **argv)
{
    struct demo demo = {.folder = "sloburn-demo", .seed = "1", .speed = 1, .colour = isatty(1)};
    const char *port = "9095", *speed = "1";
    const struct argument arguments[] = {
        {"folder", "DIR", "where configuration and store go (sloburn-demo)", &demo.folder, NULL},
        {"keep", NULL, "go on with the store of the last demo", NULL, &demo.keep},
        {"port", "N", "of the page (9095, or a free one)", &port, NULL},
        {"prometheus", NULL, "through a real Prometheus that scrapes the simulated service", NULL,
         &demo.with_prometheus},
        {"rules", "DIR", "the folder that holds rules/ and runbooks/", &demo.shipped, NULL},
        {"seed", "N", "another seed gives another service (1)", &demo.seed, NULL},
        {"speed", "N", "run the service's time N times as fast (not with --prometheus)", &speed, NULL},
    };
    const struct command_line line = {
        .command = "demo",
        .synopsis = "demo [OPTION...]",
        .about = "Runs sloburn on a simulated RAG service with three tenants and 30 days of history, shows "
                 "an incident, and\n"
                 "prints what PagerDuty and Slack would get.",
        .epilogue =
            "Exit codes: 0 ended by a signal, 2 bad usage, 4 cannot listen or start Prometheus, 6 the "
            "store.",
        .arguments = arguments,
        .n_arguments = sizeof arguments / sizeof arguments[0],
    };
    struct err err;
    struct buf shipped;
    int code;
    if (!arguments_parse(&line, argc, argv, NULL, &code))
        return code;
    int64_t number, seed;
    if (!argument_integer("port", port, (struct argument_range){0, 65535}, &number, &err) ||
        !argument_integer("seed", demo.seed, (struct argument_range){0, INT64_MAX}, &seed, &err) ||
        !argument_speed("speed", speed, &demo.speed, &err))
        return complain("demo", &err);
    if (demo.speed != 1 && demo.with_prometheus) {
        err_set(&err, ERR_USAGE, "--speed does not go with --prometheus, whose clock is the real one");
        return complain("demo", &err);
    }
    demo.port = (int)number;
    const char *found = find_shipped(&shipped);
    if (!demo.shipped)
        demo.shipped = found;
    code = run(&demo);
    buf_finish(&shipped);
    return code;
}
