/* sink: a local server that stands for PagerDuty and Slack, prints what arrives and records it. What it takes
 * and how it misbehaves is receivers/sink; here are the terminal, the file and the clock. */
#include "commands/sink.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/timezone.h"
#include "commands/arguments.h"
#include "commands/clock.h"
#include "receivers/clip.h"
#include "receivers/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 64 << 10, SHOWN_MAX = 400 };

struct printing {
    bool colour;
    int record; /* file descriptor, -1: none */
};

static void put_member(struct json_writer *w, const char *name, struct text value)
{
    json_name(w, name);
    json_put_text(w, value);
}

/* One write a line, before the answer: what was answered is in the file, whatever is killed then. */
static void record(int fd, const struct sink_event *event, int64_t now_ms)
{
    struct buf line;
    struct json_writer w;
    buf_init(&line, LINE_MAX_BYTES);
    json_begin(&w, &line);
    json_open(&w, '{');
    json_name(&w, "time_ms");
    json_put_int(&w, now_ms);
    put_member(&w, "receiver", text_of(event->receiver));
    put_member(&w, "account", event->account);
    put_member(&w, "action", text_of(event->action));
    put_member(&w, "key", event->key);
    put_member(&w, "verdict", text_of(event->verdict));
    json_name(&w, "taken");
    json_put_bool(&w, event->taken);
    json_name(&w, "status");
    json_put_int(&w, event->status);
    put_member(&w, "headline", text_part(event->headline, 0, SHOWN_MAX));
    put_member(&w, "runbook", text_part(event->runbook, 0, SHOWN_MAX));
    put_member(&w, "violations", text_part(event->violations, 0, LINE_MAX_BYTES / 8));
    json_close(&w, '}');
    buf_putc(&line, '\n');
    if (write(fd, line.at, line.len) != (ssize_t)line.len)
        fprintf(stderr, "sloburn sink: cannot write the record: %s\n", strerror(errno));
    buf_finish(&line);
}

/* TRIGGER red, RESOLVE green, what is wrong yellow. */
static const char *colour_of(const struct sink_event *event)
{
    struct text action = text_of(event->action);
    if (!event->taken)
        return "\033[33m";
    if (text_is(action, "resolve"))
        return "\033[32m";
    return text_is(action, "trigger") || text_is(action, "open") ? "\033[31m" : "\033[36m";
}

static void put_upper(const char *word, struct buf *out)
{
    for (; *word; word++)
        buf_putc(out, *word >= 'a' && *word <= 'z' ? (char)(*word - 'a' + 'A') : *word);
}

/* Our Slack headlines are markup; entities are read back for the terminal. */
static void put_unescaped(struct text t, struct buf *out)
{
    static const struct {
        struct text entity;
        char c;
    } entities[] = {{{"&amp;", 5}, '&'}, {{"&lt;", 4}, '<'}, {{"&gt;", 4}, '>'}};
    for (size_t i = 0; i < t.len;) {
        size_t skip = 0;
        for (size_t k = 0; k < 3 && !skip; k++)
            if (text_starts(text_part(t, i, t.len), entities[k].entity)) {
                buf_putc(out, entities[k].c);
                skip = entities[k].entity.len;
            }
        if (!skip)
            buf_putc(out, t.at[i]);
        i += skip ? skip : 1;
    }
}

static void put_headline(const struct sink_event *event, struct buf *line)
{
    struct buf plain;
    buf_init(&plain, LINE_MAX_BYTES);
    if (event->receiver[0] == 'S')
        put_unescaped(event->headline, &plain);
    else
        buf_add_text(&plain, event->headline);
    buf_putc(line, ' ');
    clip(buf_text(&plain), SHOWN_MAX, CLIP_PLAIN, line);
    if (event->runbook.len) {
        buf_puts(line, " runbook ");
        clip(event->runbook, SHOWN_MAX, CLIP_PLAIN, line);
    }
    buf_finish(&plain);
}

static void put_violations(struct text rest, struct buf *line)
{
    while (rest.len > 0) {
        buf_puts(line, "         ");
        clip(text_cut(&rest, '\n'), SHOWN_MAX, CLIP_PLAIN, line);
        buf_putc(line, '\n');
    }
}

void sink_print_event(const struct sink_event *event, int64_t now_ms, bool colour)
{
    struct civil_time now = civil_from_ms(NULL, now_ms);
    struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    buf_printf(&line, "%02d:%02d:%02d %s ", now.hour, now.minute, now.second, event->receiver);
    if (colour)
        buf_puts(&line, colour_of(event));
    put_upper(event->action, &line);
    if (colour)
        buf_puts(&line, "\033[0m");
    put_headline(event, &line);
    if (!event->taken || event->status == 0)
        buf_printf(&line, " (%s)", event->status ? event->verdict : "no answer");
    else if (!text_is(text_of(event->verdict), "accepted"))
        buf_printf(&line, " (%s)", event->verdict);
    buf_putc(&line, '\n');
    put_violations(event->violations, &line);
    fwrite(line.at, 1, line.len, stdout);
    fflush(stdout);
    buf_finish(&line);
}

static void told(void *context, const struct sink_event *event)
{
    const struct printing *printing = context;
    int64_t now_ms = clock_now_ms();
    if (printing->record >= 0)
        record(printing->record, event, now_ms);
    sink_print_event(event, now_ms, printing->colour);
}

/* Serves until SIGINT or SIGTERM. */
static bool serve(struct sink *sink, const char *listen, struct err *err)
{
    struct http_server_options options = {.listen = listen, .handle = sink_handle, .context = sink};
    sigset_t ends;
    int signal_number;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL); /* before the server's thread starts, which inherits it */
    struct http_server *server = http_server_start(&options, err);
    if (!server)
        return false;
    const char *colon = strrchr(listen, ':');
    struct text host = colon ? (struct text){listen, (size_t)(colon - listen)} : TEXT("");
    if (host.len == 0)
        host = TEXT("127.0.0.1");
    int port = http_server_port(server);
    printf("sink on http://%.*s:%d, times in UTC. In sloburn.yml:\n\n"
           "  alerting:\n"
           "    receivers:\n"
           "    - name: pager\n"
           "      pagerduty_configs:\n"
           "      - {routing_key: 0123456789abcdef0123456789abcdef, url: \"http://%.*s:%d/v2/enqueue\"}\n"
           "    - name: chat\n"
           "      slack_configs:\n"
           "      - {api_url: \"http://%.*s:%d/services/T0/B0/local\"}\n\n"
           "POST /control?answer=429|500|hang|drop|mixed|ok&count=N changes how it answers, GET /summary "
           "counts.\n",
           TEXT_ARG(host), port, TEXT_ARG(host), port, TEXT_ARG(host), port);
    fflush(stdout);
    sigwait(&ends, &signal_number);
    http_server_stop(server);
    return true;
}

static bool open_record(const char *path, int *fd, struct err *err)
{
    if (!path)
        return true;
    *fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return *fd >= 0 || err_set(err, ERR_INPUT, "cannot open %s: %s", path, strerror(errno));
}

int command_sink(int argc, char **argv)
{
    const char *listen = "127.0.0.1:0", *record_path = NULL, *answer = "ok", *seed = NULL;
    const struct argument arguments[] = {
        {"listen", "ADDR", "where (127.0.0.1:0; port 0: any free one)", &listen, NULL},
        {"record", "FILE", "append a line of JSON for each request, before it is answered", &record_path,
         NULL},
        {"answer", "HOW", "ok, 429, 500, hang, drop (taken, not answered) or mixed", &answer, NULL},
        {"seed", "N", "of mixed answers (default: the clock; it is printed)", &seed, NULL},
    };
    const struct command_line line = {
        .command = "sink",
        .synopsis = "sink [--listen ADDR] [OPTION...]",
        .about = "A local server that stands for PagerDuty and Slack: it takes what they take, checks it "
                 "against their\n"
                 "documented formats, prints it, and misbehaves when told to.",
        .epilogue = "Exit codes: 0 ended by a signal, 2 bad usage, 4 cannot listen.",
        .arguments = arguments,
        .n_arguments = sizeof arguments / sizeof arguments[0],
    };
    struct err err;
    int code;
    struct printing printing = {.colour = isatty(STDOUT_FILENO), .record = -1};
    struct sink_options options = {.told = told, .context = &printing};
    int64_t number = clock_now_ms();
    if (!arguments_parse(&line, argc, argv, NULL, &code))
        return code;
    bool good = true;
    if (!sink_answer_parse(text_of(answer), &options.answer))
        good = err_set(&err, ERR_USAGE, "--answer %s: there are ok, 429, 500, hang, drop and mixed", answer);
    else if (seed)
        good = argument_integer("seed", seed, (struct argument_range){0, INT64_MAX}, &number, &err);
    good = good && open_record(record_path, &printing.record, &err);
    if (!good)
        return complain("sink", &err);
    if (options.answer == SINK_MIXED)
        fprintf(stderr, "sloburn sink: mixed answers with --seed %lld\n", (long long)number);
    options.seed = (uint64_t)number;
    struct sink *sink = sink_new(&options);
    good = serve(sink, listen, &err);
    sink_free(sink);
    if (printing.record >= 0)
        close(printing.record);
    return good ? 0 : complain("sink", &err);
}
