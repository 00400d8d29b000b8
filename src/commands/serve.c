/* The three threads of serve. This one evaluates and takes signals; a second delivers; the HTTP server has
 * the third. */
#include "commands/serve.h"

#include "base/buf.h"
#include "base/duration.h"
#include "base/log.h"
#include "commands/arguments.h"
#include "commands/clock.h"
#include "commands/output.h"
#include "engine/current.h"
#include "engine/deliver.h"
#include "engine/engine.h"
#include "engine/source_open.h"
#include "server/server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { LONGEST_WAIT_MS = 1000 };

struct serve {
    const struct serve_options *options;
    struct current *current;
    struct store *store;
    struct counters counters;
    struct emergency *emergency;
    struct engine *engine;
    struct deliver *deliver;
    struct server *server;
    pthread_t deliver_thread;
    bool delivering;
    int signals; /* signalfd */
    int wake;    /* eventfd: deliver has work */
    atomic_int stopping;
    bool reload;
    int64_t origin_ms; /* of the engine's time, where speed is not 1 */
};

/* The engine's time: the clock, or, sped up, counted from the origin that the store remembers. */
static int64_t engine_ms(void *context)
{
    const struct serve *serve = context;
    int64_t now = clock_now_ms();
    if (serve->options->speed == 1 || !serve->origin_ms)
        return now;
    return serve->origin_ms + (int64_t)((double)(now - serve->origin_ms) * serve->options->speed);
}

static void take_signals(struct serve *serve)
{
    struct signalfd_siginfo info;
    while (read(serve->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP)
            serve->reload = true;
        else
            atomic_store(&serve->stopping, 1);
    }
}

/* Asked by requests that wait: a signal ends them. */
static bool aborted(void *context)
{
    struct serve *serve = context;
    take_signals(serve);
    return atomic_load(&serve->stopping) != 0;
}

static bool deliver_aborted(void *context)
{
    struct serve *serve = context;
    return atomic_load(&serve->stopping) != 0;
}

static void wake_deliver(struct serve *serve)
{
    uint64_t one = 1;
    if (write(serve->wake, &one, sizeof one) < 0 && errno != EAGAIN)
        log_line(LOG_WARN, "cannot wake delivery", NULL);
}

static void *deliver_loop(void *context)
{
    struct serve *serve = context;
    while (!atomic_load(&serve->stopping)) {
        int64_t due = deliver_step(serve->deliver, clock_now_ms());
        int64_t wait = due - clock_now_ms();
        struct pollfd woken = {.fd = serve->wake, .events = POLLIN};
        uint64_t count_of_wakes;
        if (wait > 0 && poll(&woken, 1, wait < LONGEST_WAIT_MS ? (int)wait : LONGEST_WAIT_MS) > 0 &&
            read(serve->wake, &count_of_wakes, sizeof count_of_wakes) < 0 && errno != EAGAIN)
            log_line(LOG_WARN, "the wake-up of delivery is broken", NULL);
    }
    return NULL;
}

void serve_block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error to outlive, like a disk that is full */
}

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void log_findings(const struct findings *findings)
{
    for (size_t i = 0; i < findings->len; i++) {
        const struct finding *finding = &findings->at[i];
        struct buf where;
        if (finding->level == FINDING_INFO)
            continue;
        buf_init(&where, 4096);
        buf_printf(&where, "%.*s:%d:%d", TEXT_ARG(finding->file), finding->pos.line, finding->pos.column);
        log_line(finding->level == FINDING_ERROR ? LOG_ERROR : LOG_WARN, finding->message.at, "at",
                 buf_cstring(&where), "check", finding->check, NULL);
        buf_finish(&where);
    }
}

static void reload(struct serve *serve)
{
    struct findings findings;
    struct err err;
    struct config *old = current_get(serve->current);
    findings_init(&findings);
    struct config *config = config_load(serve->options->config_path, old, &findings);
    log_findings(&findings);
    findings_finish(&findings);
    if (!config) {
        log_line(LOG_ERROR, "the new configuration is refused; the old one goes on", NULL);
        count(&serve->counters.reloads_refused, 1);
    } else if (!engine_reload(serve->engine, config, &err)) {
        log_line(LOG_ERROR, "the new configuration cannot be used", "error", err.message, NULL);
        count(&serve->counters.reloads_refused, 1);
    } else {
        current_set(serve->current, config);
        log_line(LOG_INFO, "configuration reloaded", "file", serve->options->config_path, NULL);
        count(&serve->counters.reloads, 1);
    }
    config_unref(config);
    config_unref(old);
    serve->reload = false;
}

static void log_filling(const struct serve *serve, int percent)
{
    struct buf done, left;
    int64_t left_ms = atomic_load(&serve->counters.fill_left_ms);
    buf_init(&done, 32);
    buf_init(&left, 64);
    buf_printf(&done, "%d %%", percent);
    if (left_ms > 0)
        duration_print_human(left_ms, &left);
    log_line(LOG_INFO, "reading history", "done", buf_cstring(&done), left_ms > 0 ? "left" : NULL,
             buf_cstring(&left), NULL);
    buf_finish(&done);
    buf_finish(&left);
}

static void evaluate_loop(struct serve *serve)
{
    bool told_ready = false;
    int shown_percent = -1;
    while (!atomic_load(&serve->stopping)) {
        int64_t due = engine_step(serve->engine, engine_ms(serve));
        wake_deliver(serve);
        int percent = atomic_load(&serve->counters.fill_percent);
        if (percent / 10 != shown_percent / 10 && !told_ready) {
            log_filling(serve, percent);
            shown_percent = percent;
        }
        if (!told_ready && atomic_load(&serve->counters.ready)) {
            told_ready = true;
            log_line(LOG_INFO, "ready", NULL);
            if (serve->options->on_ready)
                serve->options->on_ready(serve->options->context);
        }
        int64_t wait = (int64_t)((double)(due - engine_ms(serve)) / serve->options->speed);
        struct pollfd signalled = {.fd = serve->signals, .events = POLLIN};
        if (wait > 0 && poll(&signalled, 1, wait < LONGEST_WAIT_MS ? (int)wait : LONGEST_WAIT_MS) < 0 &&
            errno != EINTR)
            log_line(LOG_WARN, "cannot wait for signals", NULL);
        take_signals(serve);
        if (serve->reload)
            reload(serve);
    }
}

static bool open_store(struct serve *serve, const struct config_view *view, struct err *err)
{
    struct buf holder;
    buf_init(&holder, 256);
    buf_printf(&holder, "serve at %.*s", TEXT_ARG(view->listen));
    serve->store = store_open(view->store_path.at, buf_cstring(&holder), err);
    buf_finish(&holder);
    if (!serve->store)
        return false;
    if (view->source.kind == SOURCE_SIMULATED) {
        struct database *db = store_begin(serve->store);
        serve->origin_ms = simulation_origin_ms(db);
        if (!serve->origin_ms)
            simulation_set_origin(db, serve->origin_ms = clock_now_ms());
        return store_commit(serve->store, err);
    }
    if (serve->options->speed != 1)
        return err_set(err, ERR_USAGE,
                       "--speed needs a simulated source: the samples of a real one come in real time");
    return true;
}

static bool start(struct serve *serve, struct config *config, struct err *err)
{
    const struct config_view *view = config_view(config);
    serve->signals = open_signals();
    serve->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    serve->emergency = emergency_new();
    serve->current = current_new(config);
    if (serve->signals < 0 || serve->wake < 0)
        return err_set(err, ERR_LIMIT, "cannot make file descriptors for signals");
    if (!open_store(serve, view, err))
        return false;
    struct server_options server = {.current = serve->current,
                                    .counters = &serve->counters,
                                    .store = serve->store,
                                    .listen = serve->options->listen,
                                    .now_ms = engine_ms,
                                    .now_context = serve,
                                    .observe = serve->options->observe};
    serve->server = server_start(&server, err);
    if (!serve->server)
        return false;
    struct engine_options engine = {.config = config,
                                    .store = serve->store,
                                    .counters = &serve->counters,
                                    .emergency = serve->emergency,
                                    .now_ms = engine_ms(serve),
                                    .aborted = aborted,
                                    .aborted_context = serve};
    serve->engine = engine_new(&engine, err);
    if (!serve->engine)
        return false;
    struct deliver_options deliver = {.store = serve->store,
                                      .current = serve->current,
                                      .counters = &serve->counters,
                                      .emergency = serve->emergency,
                                      .observe = serve->options->observe,
                                      .aborted = deliver_aborted,
                                      .aborted_context = serve};
    serve->deliver = deliver_new(&deliver, err);
    if (!serve->deliver)
        return false;
    serve->delivering = pthread_create(&serve->deliver_thread, NULL, deliver_loop, serve) == 0;
    return serve->delivering || err_set(err, ERR_LIMIT, "cannot start the thread that delivers");
}

static void stop(struct serve *serve)
{
    atomic_store(&serve->stopping, 1);
    if (serve->delivering) {
        wake_deliver(serve);
        pthread_join(serve->deliver_thread, NULL);
    }
    server_stop(serve->server);
    deliver_free(serve->deliver);
    engine_free(serve->engine);
    store_close(serve->store);
    current_free(serve->current);
    emergency_free(serve->emergency);
    if (serve->signals >= 0)
        close(serve->signals);
    if (serve->wake >= 0)
        close(serve->wake);
}

int serve_run(const struct serve_options *options)
{
    struct serve serve = {.options = options, .signals = -1, .wake = -1};
    struct findings findings;
    struct err err;
    serve_block_signals();
    findings_init(&findings);
    struct config *config = config_load(options->config_path, NULL, &findings);
    if (!config) {
        struct buf out;
        buf_init(&out, 1 << 20);
        findings_print(&findings, isatty(2), &out);
        fputs(buf_cstring(&out), stderr);
        buf_finish(&out);
        findings_finish(&findings);
        return 2;
    }
    log_findings(&findings);
    findings_finish(&findings);
    bool started = start(&serve, config, &err);
    config_unref(config);
    if (started) {
        struct buf port;
        buf_init(&port, 16);
        buf_printf(&port, "%d", server_port(serve.server));
        log_line(LOG_INFO, "serving", "version", SLOBURN_VERSION, "port", buf_cstring(&port), "store",
                 store_path(serve.store), NULL);
        buf_finish(&port);
        if (options->on_listening)
            options->on_listening(options->context, server_port(serve.server));
        evaluate_loop(&serve);
        log_line(LOG_INFO, "stopping", NULL);
    }
    stop(&serve);
    return started ? 0 : complain("serve", &err);
}

static bool setup_log(const char *format, const char *level, struct err *err)
{
    static const char *const levels[] = {"debug", "info", "warn", "error", NULL};
    static const char *const log_formats[] = {"logfmt", "json", NULL};
    int chosen_format = output_choice("log-format", format, log_formats, err);
    int chosen_level = chosen_format < 0 ? -1 : output_choice("log-level", level, levels, err);
    if (chosen_level < 0)
        return false;
    log_setup((enum log_level)chosen_level, chosen_format == 1 ? LOG_JSON : LOG_LOGFMT);
    return true;
}

int command_serve(int argc, char **argv)
{
    struct serve_options options = {.config_path = "sloburn.yml", .speed = 1};
    const char *speed = "1", *format = "logfmt", *level = "info";
    const struct argument arguments[] = {
        {"config", "FILE", "the configuration (sloburn.yml)", &options.config_path, NULL},
        {"listen", "ADDR", "instead of the configuration's server.listen", &options.listen, NULL},
        {"observe", NULL, "deliver nothing, list what would have been sent", NULL, &options.observe},
        {"speed", "N", "run the engine's time N times as fast (simulated source only)", &speed, NULL},
        {"log-format", "FORMAT", "logfmt or json", &format, NULL},
        {"log-level", "LEVEL", "debug, info, warn or error", &level, NULL},
    };
    const struct command_line line = {
        .command = "serve",
        .synopsis = "serve [--config FILE] [OPTION...]",
        .about = "Evaluates SLOs and rules without pause, keeps error budgets, delivers alerts, and serves "
                 "the page, the\n"
                 "API and its own metrics. SIGHUP reloads the configuration, SIGTERM ends it cleanly.",
        .epilogue =
            "Exit codes: 0 ended by a signal, 2 bad usage or configuration, 4 cannot listen, 6 the store.",
        .arguments = arguments,
        .n_arguments = sizeof arguments / sizeof arguments[0],
    };
    struct err err;
    int code;
    if (!arguments_parse(&line, argc, argv, NULL, &code))
        return code;
    if (!argument_speed("speed", speed, &options.speed, &err) || !setup_log(format, level, &err))
        return complain("serve", &err);
    return serve_run(&options);
}
