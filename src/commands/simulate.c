/* simulate: exposes the simulated service on /metrics for a real Prometheus to scrape, and writes its history
 * as OpenMetrics files for promtool. The model is source/sim; here are the clock, the files and the HTTP
 * server. */
#include "commands/simulate.h"

#include "base/duration.h"
#include "base/err.h"
#include "base/timezone.h"
#include "commands/arguments.h"
#include "commands/clock.h"
#include "net/http_server.h"
#include "source/sim_expose.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

enum { MAX_INCIDENTS = 100, CHUNK_MAX_BYTES = 1 << 26 };

struct simulate_options {
    struct sim_options sim;
    const char *listen;
    const char *folder;
    double speed;
    int64_t incidents_ms[MAX_INCIDENTS];
    size_t n_incidents;
};

/* The options as they are typed. */
struct simulate_words {
    const char *seed;
    const char *origin;
    const char *days;
    const char *interval;
    const char *incident; /* the last; all of them: */
    const char *incidents[MAX_INCIDENTS];
    size_t n_incidents;
    const char *speed;
};

static bool read_time(const char *name, const char *word, int64_t *ms, struct err *err)
{
    if (civil_parse(NULL, text_of(word), ms, err))
        return true;
    err->kind = ERR_USAGE;
    return err_context(err, "--%s", name);
}

static bool read_incidents(const struct simulate_words *words, struct simulate_options *options,
                           struct err *err)
{
    if (words->n_incidents > MAX_INCIDENTS)
        return err_set(err, ERR_USAGE, "more than %d incidents", (int)MAX_INCIDENTS);
    for (; options->n_incidents < words->n_incidents; options->n_incidents++)
        if (!read_time("incident", words->incidents[options->n_incidents],
                       &options->incidents_ms[options->n_incidents], err))
            return false;
    return true;
}

static bool read_words(const struct simulate_words *words, struct simulate_options *options, struct err *err)
{
    int64_t seed, days;
    if (!argument_integer("seed", words->seed, (struct argument_range){0, INT64_MAX}, &seed, err) ||
        !argument_integer("days", words->days, (struct argument_range){1, 400}, &days, err) ||
        !argument_speed("speed", words->speed, &options->speed, err))
        return false;
    options->sim.seed = (uint64_t)seed;
    options->sim.history_ms = days * DAY_MS;
    if (words->origin && !read_time("origin", words->origin, &options->sim.origin_ms, err))
        return false;
    if (!duration_parse(text_of(words->interval), &options->sim.interval_ms, err)) {
        err->kind = ERR_USAGE;
        return err_context(err, "--interval");
    }
    if (!options->listen && !options->folder)
        return err_set(err, ERR_USAGE, "say --listen ADDR, --openmetrics DIR, or both (--help)");
    return read_incidents(words, options, err);
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
    return origin_ms + (int64_t)((double)(clock_now_ms() - origin_ms) * exposition->speed);
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

static bool simulate(const struct simulate_options *options, struct err *err)
{
    struct sim *sim = sim_make(options, err);
    bool good = sim && (!options->folder || history_write(sim, options->folder, err));
    fflush(stdout);
    good = good && (!options->listen || listen_until_signal(sim, options, err));
    sim_free(sim);
    return good;
}

int command_simulate(int argc, char **argv)
{
    struct simulate_options options = {.sim = {.origin_ms = clock_now_ms()}};
    struct simulate_words words = {.seed = "1", .days = "30", .interval = "1m", .speed = "1"};
    const struct argument arguments[] = {
        {"listen", "ADDR",
         "expose it on http://ADDR/metrics (127.0.0.1:9464; port 0: any free one);\n"
         "POST /incident starts 90 s in which traffic is 8 times the usual and 80 % fail",
         &options.listen, NULL},
        {"openmetrics", "DIR", "write its history, one file per block of 54 hours, for promtool",
         &options.folder, NULL},
        {"seed", "N", "another seed gives another service (1)", &words.seed, NULL},
        {"origin", "TIME", "where history ends and live starts: RFC 3339 or unix seconds (now)",
         &words.origin, NULL},
        {"days", "N", "of history (30)", &words.days, NULL},
        {"interval", "DURATION", "between the samples of the history (1m)", &words.interval, NULL},
        {"incident", "TIME", "an incident at that time, as if it had been posted then; several times",
         &words.incident, NULL},
        {"speed", "N", "the service's time runs N times as fast as the clock after the origin (1)",
         &words.speed, NULL},
    };
    const struct command_line line = {
        .command = "simulate",
        .synopsis = "simulate [--listen ADDR] [--openmetrics DIR] [OPTION...]",
        .about = "A RAG service to try sloburn on: job rag-api, three tenants, two instances, day and "
                 "night,\n"
                 "30 days of history before its origin and live after it. The same seed and origin always "
                 "give the\n"
                 "same numbers.",
        .epilogue = "Exit codes: 0 ended by a signal or all written, 2 bad usage, 4 cannot listen or write.",
        .arguments = arguments,
        .n_arguments = sizeof arguments / sizeof arguments[0],
    };
    struct err err;
    int code;
    if (!arguments_parse(&line, argc, argv, NULL, &code))
        return code;
    words.n_incidents = arguments_all(argc, argv, "incident", words.incidents, MAX_INCIDENTS);
    return read_words(&words, &options, &err) && simulate(&options, &err) ? 0 : complain("simulate", &err);
}
