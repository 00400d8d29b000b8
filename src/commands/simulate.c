/* simulate: exposes the simulated service on /metrics for a real Prometheus to scrape, and writes its history
 * as OpenMetrics files for promtool. The model is source/sim; here are the clock, the files and the HTTP
 * server. */
#include "commands/simulate.h"

#include "base/duration.h"
#include "base/err.h"
#include "base/number.h"
#include "base/timezone.h"
#include "net/http_server.h"
#include "source/sim_expose.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

enum { MAX_INCIDENTS = 100, CHUNK_MAX_BYTES = 1 << 26, MAX_SPEED = 1000 };

struct simulate_options {
    struct sim_options sim;
    const char *listen;
    const char *folder;
    double speed;
    int64_t incidents_ms[MAX_INCIDENTS];
    size_t n_incidents;
};

static const char usage[] =
    "usage: sloburn simulate [--listen ADDR] [--openmetrics DIR] [OPTION...]\n"
    "\n"
    "A RAG service to try sloburn on: job rag-api, three tenants, two instances, day and night,\n"
    "30 days of history before its origin and live after it. The same seed and origin always give the\n"
    "same numbers.\n"
    "\n"
    "  --listen ADDR      expose it on http://ADDR/metrics (127.0.0.1:9464; port 0: any free one);\n"
    "                     POST /incident starts 90 s in which traffic is 8 times the usual and 80 % fail\n"
    "  --openmetrics DIR  write its history, one file per block of 54 hours, for promtool\n"
    "  --seed N           another seed gives another service (default 1)\n"
    "  --origin TIME      where history ends and live starts: RFC 3339 or unix seconds (default: now)\n"
    "  --days N           of history (default 30)\n"
    "  --interval D       between the samples of the history (default 1m)\n"
    "  --incident TIME    an incident at that time, as if it had been posted then; may be repeated\n"
    "  --speed N          the service's time runs N times as fast as the clock after the origin\n"
    "  --help             this text\n"
    "\n"
    "Exit codes: 0 ended by a signal or all written, 2 bad usage, 4 cannot listen or write.\n";

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}

static int complain(const struct err *err)
{
    fprintf(stderr, "sloburn simulate: %s\n", err->message);
    return err_exit_code(err->kind);
}

static bool whole_number(struct text value, const char *name, int64_t least, int64_t most, int64_t *number,
                         struct err *err)
{
    int64_t parsed;
    if (!integer_parse(value, &parsed) || parsed < least || parsed > most)
        return err_set(err, ERR_USAGE, "--%s %.*s: a whole number from %lld to %lld is needed", name,
                       TEXT_ARG(value), (long long)least, (long long)most);
    *number = parsed;
    return true;
}

static bool incident_add(struct simulate_options *options, struct text value, struct err *err)
{
    if (options->n_incidents == MAX_INCIDENTS)
        return err_set(err, ERR_USAGE, "more than %d incidents", (int)MAX_INCIDENTS);
    return civil_parse(NULL, value, &options->incidents_ms[options->n_incidents++], err);
}

static bool speed_parse(struct text value, double *speed, struct err *err)
{
    if (!number_parse(value, speed) || !(*speed > 0 && *speed <= MAX_SPEED))
        return err_set(err, ERR_USAGE, "--speed %.*s: a number above 0, at most %d, is needed",
                       TEXT_ARG(value), (int)MAX_SPEED);
    return true;
}

enum {
    OPT_LISTEN = 1,
    OPT_OPENMETRICS,
    OPT_SEED,
    OPT_ORIGIN,
    OPT_DAYS,
    OPT_INTERVAL,
    OPT_INCIDENT,
    OPT_SPEED,
    OPT_HELP
};

static bool option_take(struct simulate_options *options, int option, const char *argument, struct err *err)
{
    struct text value = text_of(argument);
    int64_t number = 0;
    switch (option) {
    case OPT_LISTEN:
        options->listen = argument;
        return true;
    case OPT_OPENMETRICS:
        options->folder = argument;
        return true;
    case OPT_SEED:
        if (!whole_number(value, "seed", 0, INT64_MAX, &number, err))
            return false;
        options->sim.seed = (uint64_t)number;
        return true;
    case OPT_ORIGIN:
        return civil_parse(NULL, value, &options->sim.origin_ms, err);
    case OPT_DAYS:
        if (!whole_number(value, "days", 1, 400, &number, err))
            return false;
        options->sim.history_ms = number * DAY_MS;
        return true;
    case OPT_INTERVAL:
        return duration_parse(value, &options->sim.interval_ms, err);
    case OPT_INCIDENT:
        return incident_add(options, value, err);
    case OPT_SPEED:
        return speed_parse(value, &options->speed, err);
    }
    return err_set(err, ERR_USAGE, "unknown option");
}

/* Returns -1 to go on, else the exit code. */
static int options_parse(int argc, char **argv, struct simulate_options *options)
{
    static const struct option known[] = {{"listen", required_argument, NULL, OPT_LISTEN},
                                          {"openmetrics", required_argument, NULL, OPT_OPENMETRICS},
                                          {"seed", required_argument, NULL, OPT_SEED},
                                          {"origin", required_argument, NULL, OPT_ORIGIN},
                                          {"days", required_argument, NULL, OPT_DAYS},
                                          {"interval", required_argument, NULL, OPT_INTERVAL},
                                          {"incident", required_argument, NULL, OPT_INCIDENT},
                                          {"speed", required_argument, NULL, OPT_SPEED},
                                          {"help", no_argument, NULL, OPT_HELP},
                                          {NULL, 0, NULL, 0}};
    struct err err;
    optind = 0;
    for (int option; (option = getopt_long(argc, argv, "+h", known, NULL)) != -1;) {
        if (option == OPT_HELP || option == 'h') {
            fputs(usage, stdout);
            return 0;
        }
        if (option == '?')
            return err_exit_code(ERR_USAGE); /* getopt has said why */
        if (!option_take(options, option, optarg, &err)) {
            err.kind = ERR_USAGE;
            return complain(&err);
        }
    }
    if (optind < argc)
        err_set(&err, ERR_USAGE, "unexpected argument %s", argv[optind]);
    else if (!options->listen && !options->folder)
        err_set(&err, ERR_USAGE, "say --listen ADDR, --openmetrics DIR, or both (--help)");
    else
        return -1;
    return complain(&err);
}

static bool chunk_write(FILE *file, struct buf *chunk)
{
    bool ok = !chunk->overflowed && fwrite(chunk->at, 1, chunk->len, file) == chunk->len;
    buf_clear(chunk);
    return ok;
}

static bool block_write(struct sim *sim, int64_t from_ms, int64_t to_ms, const char *path, struct err *err)
{
    struct buf chunk;
    FILE *file = fopen(path, "w");
    if (!file)
        return err_set(err, ERR_UNREACHABLE, "cannot write %s: %s", path, strerror(errno));
    buf_init(&chunk, CHUNK_MAX_BYTES);
    struct sim_history *history = sim_history_open(sim, from_ms, to_ms);
    bool ok = true;
    for (bool more = true; more && ok;) {
        more = sim_history_next(history, &chunk);
        ok = chunk_write(file, &chunk);
    }
    sim_history_close(history);
    buf_finish(&chunk);
    ok = fclose(file) == 0 && ok;
    return ok || err_set(err, ERR_UNREACHABLE, "cannot write %s: %s", path, strerror(errno));
}

static bool history_write(struct sim *sim, const char *folder, struct err *err)
{
    struct buf path;
    int files = 0;
    bool ok = true;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return err_set(err, ERR_UNREACHABLE, "cannot make %s: %s", folder, strerror(errno));
    buf_init(&path, 4096);
    int64_t end_ms = sim_origin_ms(sim) + 1;
    for (int64_t start_ms = sim_block_start(sim_begin_ms(sim)); start_ms < end_ms && ok;
         start_ms += SIM_BLOCK_MS) {
        int64_t to_ms = start_ms + SIM_BLOCK_MS < end_ms ? start_ms + SIM_BLOCK_MS : end_ms;
        buf_clear(&path);
        buf_printf(&path, "%s/rag-api-%lld.om", folder, (long long)(start_ms / SECOND_MS));
        ok = block_write(sim, start_ms, to_ms, buf_cstring(&path), err);
        files++;
    }
    buf_finish(&path);
    if (ok)
        printf("wrote %d files to %s. Load them with\n\n"
               "  for file in %s/*.om; do\n"
               "    promtool tsdb create-blocks-from openmetrics --max-block-duration=54h \"$file\" DATA\n"
               "  done\n\n"
               "and start Prometheus with --storage.tsdb.path=DATA --storage.tsdb.retention.time=60d\n",
               files, folder, folder);
    return ok;
}

/* What the handler, which runs in the server's thread, works on; the main thread only waits meanwhile. */
struct exposition {
    struct sim *sim;
    double speed;
};

static int64_t exposition_now(const struct exposition *exposition)
{
    int64_t origin_ms = sim_origin_ms(exposition->sim);
    return origin_ms + (int64_t)((double)(clock_ms() - origin_ms) * exposition->speed);
}

static void answer_json(struct server_response *response, int status, const char *name, const char *value)
{
    response->status = status;
    response->content_type = "application/json";
    buf_printf(&response->body, "{\"%s\": \"%s\"}\n", name, value);
}

static void answer_incident(const struct exposition *exposition, const struct server_request *request,
                            struct server_response *response)
{
    struct err err;
    int64_t at_ms = exposition_now(exposition);
    if (!server_host_is_known(request, NULL, 0) || !server_origin_is_own(request)) {
        answer_json(response, 403, "error", "a page of another site may not do this");
        return;
    }
    if (!sim_start_incident(exposition->sim, at_ms, &err)) {
        answer_json(response, 409, "error", err.message);
        return;
    }
    struct buf text;
    buf_init(&text, 64);
    civil_print(NULL, at_ms, &text);
    answer_json(response, 200, "startedAt", buf_cstring(&text));
    printf("incident at %s; after a restart, go on with --incident %s\n", buf_cstring(&text),
           buf_cstring(&text));
    fflush(stdout);
    buf_finish(&text);
}

static void answer(void *context, const struct server_request *request, struct server_response *response)
{
    const struct exposition *exposition = context;
    bool reads = text_is(request->method, "GET") || text_is(request->method, "HEAD");
    if (text_is(request->path, "/metrics") && reads) {
        response->content_type = "text/plain; version=0.0.4; charset=utf-8";
        sim_expose(exposition->sim, exposition_now(exposition), &response->body);
    } else if (text_is(request->path, "/incident") && text_is(request->method, "POST")) {
        answer_incident(exposition, request, response);
    } else if (text_is(request->path, "/") && reads) {
        buf_puts(&response->body, "A simulated service: GET /metrics, POST /incident\n");
    } else {
        bool known = text_is(request->path, "/metrics") || text_is(request->path, "/incident") ||
                     text_is(request->path, "/");
        answer_json(response, known ? 405 : 404, "error", known ? "not with this method" : "no such page");
    }
}

/* host:port as others reach it */
static void authority_print(const char *listen, int port, struct buf *out)
{
    const char *colon = strrchr(listen, ':');
    if (!colon || colon == listen)
        buf_puts(out, "127.0.0.1");
    else
        buf_add(out, listen, (size_t)(colon - listen));
    buf_printf(out, ":%d", port);
}

static void listening_tell(const struct sim *sim, const struct simulate_options *options, int port)
{
    struct buf authority;
    buf_init(&authority, 512);
    authority_print(options->listen, port, &authority);
    struct buf origin;
    buf_init(&origin, 64);
    civil_print(NULL, sim_origin_ms(sim), &origin);
    printf("simulated service on http://%s/metrics, seed %llu, origin %s\n"
           "POST /incident starts an incident. For prometheus.yml:\n\n"
           "  scrape_configs:\n"
           "    - job_name: simulate\n"
           "      honor_labels: true   # job and instance are the service's own\n"
           "      scrape_interval: 15s\n"
           "      static_configs: [{targets: [\"%s\"]}]\n\n"
           "after a restart, go on with --seed %llu --origin %s\n",
           buf_cstring(&authority), (unsigned long long)options->sim.seed, buf_cstring(&origin),
           buf_cstring(&authority), (unsigned long long)options->sim.seed, buf_cstring(&origin));
    fflush(stdout);
    buf_finish(&authority);
    buf_finish(&origin);
}

/* Serves until SIGINT or SIGTERM. */
static bool listen_until_signal(struct sim *sim, const struct simulate_options *options, struct err *err)
{
    struct exposition exposition = {sim, options->speed};
    struct http_server_options server_options = {
        .listen = options->listen, .handle = answer, .context = &exposition};
    sigset_t ends;
    int signal_number;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends, NULL); /* before the server's thread starts, which inherits it */
    struct http_server *server = http_server_start(&server_options, err);
    if (!server)
        return false;
    listening_tell(sim, options, http_server_port(server));
    sigwait(&ends, &signal_number);
    http_server_stop(server);
    return true;
}

static struct sim *sim_make(const struct simulate_options *options, struct err *err)
{
    struct sim *sim = sim_new(&options->sim, err);
    for (size_t i = 0; sim && i < options->n_incidents; i++) {
        if (!sim_start_incident(sim, options->incidents_ms[i], err)) {
            sim_free(sim);
            return NULL;
        }
    }
    return sim;
}

int command_simulate(int argc, char **argv)
{
    struct simulate_options options = {.sim = {.seed = 1, .origin_ms = clock_ms(), .interval_ms = MINUTE_MS},
                                       .speed = 1};
    int code = options_parse(argc, argv, &options);
    if (code >= 0)
        return code;
    struct err err;
    struct sim *sim = sim_make(&options, &err);
    if (!sim)
        return complain(&err);
    bool ok = !options.folder || history_write(sim, options.folder, &err);
    fflush(stdout);
    ok = ok && (!options.listen || listen_until_signal(sim, &options, &err));
    sim_free(sim);
    return ok ? 0 : complain(&err);
}
