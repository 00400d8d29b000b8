/* query: PromQL at the prompt, against a configuration's source or any server that speaks Prometheus' API. */
#include "base/arena.h"
#include "base/duration.h"
#include "base/regex.h"
#include "base/timezone.h"
#include "commands/arguments.h"
#include "commands/clock.h"
#include "commands/commands.h"
#include "commands/documents.h"
#include "commands/output.h"
#include "commands/query_print.h"
#include "engine/source_open.h"
#include "promql/caret.h"
#include "promql/parse.h"
#include "source/prometheus.h"
#include "store/store.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { STEPS_MOST = 11000, DEFAULT_STEPS = 240, DEFAULT_WIDTH = 80 };

static const char *const formats[] = {"table", "json", "csv", "chart", NULL};

struct query_options {
    const char *config;
    const char *url;
    const char *token_file;
    const char *time;
    const char *start;
    const char *end;
    const char *step;
    const char *timeout;
    const char *format;
    bool functions;
    struct promql_query times;
    int64_t deadline_ms;
};

/* What a query holds while it runs. */
struct query_run {
    struct arena arena;
    struct regex_set *regexes;
    struct label_table *labels;
    struct config *config;
    struct database *store;
    struct source *source;
};

static bool is_late(void *context)
{
    return clock_now_ms() > *(const int64_t *)context;
}

/* RFC 3339, a date, unix seconds, or a duration before now: -1h. */
static bool read_time(const char *option, const char *word, int64_t now_ms, int64_t *ms, struct err *err)
{
    struct text t = text_of(word);
    int64_t ago = 0;
    *ms = now_ms;
    if (t.len == 0 || text_is(t, "now"))
        return true;
    if (text_starts(t, TEXT("-")) && duration_parse(text_part(t, 1, t.len), &ago, err)) {
        *ms = now_ms - ago;
        return true;
    }
    if (civil_parse(NULL, t, ms, err))
        return true;
    err->kind = ERR_USAGE;
    return err_context(err, "--%s %s", option, word);
}

static bool read_step(const struct query_options *options, struct promql_query *times, struct err *err)
{
    int64_t length = times->end_ms - times->start_ms;
    if (length < 0)
        return err_set(err, ERR_USAGE, "--start lies behind --end");
    times->step_ms = length / DEFAULT_STEPS / SECOND_MS * SECOND_MS;
    times->step_ms = times->step_ms > 0 ? times->step_ms : SECOND_MS;
    if (*options->step && !duration_parse(text_of(options->step), &times->step_ms, err)) {
        err->kind = ERR_USAGE;
        return err_context(err, "--step %s", options->step);
    }
    if (times->step_ms <= 0)
        return err_set(err, ERR_USAGE, "--step must be above 0");
    if (length / times->step_ms >= STEPS_MOST)
        return err_set(err, ERR_USAGE, "more than %d steps: make --step larger", STEPS_MOST);
    return true;
}

static bool read_times(struct query_options *options, struct err *err)
{
    struct promql_query *times = &options->times;
    int64_t now_ms = clock_now_ms(), timeout_ms = 0;
    bool range = *options->start || *options->end || *options->step;
    if (!duration_parse(text_of(options->timeout), &timeout_ms, err)) {
        err->kind = ERR_USAGE;
        return err_context(err, "--timeout %s", options->timeout);
    }
    options->deadline_ms = now_ms + timeout_ms;
    if (!range) {
        bool good = read_time("time", options->time, now_ms, &times->start_ms, err);
        times->end_ms = times->start_ms;
        return good;
    }
    if (*options->time)
        return err_set(err, ERR_USAGE, "--time is for a moment, --start, --end and --step are for a range");
    const char *start = *options->start ? options->start : "-1h";
    return read_time("start", start, now_ms, &times->start_ms, err) &&
           read_time("end", options->end, now_ms, &times->end_ms, err) && read_step(options, times, err);
}

static bool open_url(const struct query_options *options, struct query_run *run, struct err *err)
{
    struct prometheus_options prometheus = {.http = {.url = options->url,
                                                     .bearer_token_file = options->token_file,
                                                     .max_response_bytes = 256 << 20,
                                                     .aborted = is_late,
                                                     .aborted_context = (void *)&options->deadline_ms}};
    run->source = prometheus_source_new(&prometheus, err);
    return run->source != NULL;
}

static bool open_configured(const struct query_options *options, struct query_run *run, struct err *err)
{
    struct err ignored;
    run->config = document_config(options->config, err);
    if (!run->config)
        return false;
    const struct config_view *view = config_view(run->config);
    if (view->source.kind == SOURCE_SIMULATED) /* the store knows its timeline; without one it begins now */
        run->store = store_open_reader(view->store_path.at, &ignored);
    run->source =
        source_open(&view->source, run->store, clock_now_ms(), is_late, (void *)&options->deadline_ms, err);
    return run->source != NULL;
}

static int terminal_width(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : DEFAULT_WIDTH;
}

static void tell_annotations(const struct promql_result *result)
{
    for (size_t i = 0; i < result->n_annotations; i++)
        fprintf(stderr, "%.*s\n", TEXT_ARG(result->annotations[i].message));
}

/* The expression with a caret below the place, where the error has one. */
static int refuse(struct text expression, const struct err *err)
{
    if (!err->pos.line || err->file[0])
        return complain("query", err);
    struct buf out;
    buf_init(&out, 1 << 20);
    promql_error_caret(expression, err, &out);
    fputs(buf_cstring(&out), stderr);
    buf_finish(&out);
    return err_exit_code(err->kind);
}

static int evaluate(const struct query_options *options, struct text expression, struct query_run *run,
                    enum query_format format)
{
    static const struct promql_parse_options parse_options = {true, true, true, 0, 0};
    struct err err;
    struct promql_result result;
    const struct expr *expr = promql_parse(expression, &parse_options, &run->arena, run->regexes, &err);
    if (!expr)
        return refuse(expression, &err);
    if (!(options->url ? open_url : open_configured)(options, run, &err))
        return complain("query", &err);
    struct promql_source source = source_promql(run->source);
    struct promql_options limits = {.expired = is_late, .expired_context = (void *)&options->deadline_ms};
    if (!promql_eval(expr, expression, &options->times, &limits, &source, run->labels, &run->arena, &result,
                     &err))
        return refuse(expression, &err);
    struct query_view view = {expr, &options->times, &result, (size_t)terminal_width()};
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    query_print(&view, format, &out);
    if (format != QUERY_JSON)
        tell_annotations(&result);
    int code = output_write(NULL, &out, &err) ? 0 : complain("query", &err);
    buf_finish(&out);
    return code;
}

static int query(const struct query_options *options, const char *expression, enum query_format format)
{
    struct query_run run = {.regexes = regex_set_new(), .labels = label_table_new(NULL)};
    arena_init(&run.arena, 0);
    int code = evaluate(options, text_of(expression), &run, format);
    source_free(run.source);
    database_close(run.store);
    config_unref(run.config);
    label_table_free(run.labels);
    regex_set_free(run.regexes);
    arena_finish(&run.arena);
    return code;
}

static int print_functions(void)
{
    struct buf out;
    struct err err;
    buf_init(&out, 1 << 20);
    query_print_functions(&out);
    int code = output_write(NULL, &out, &err) ? 0 : complain("query", &err);
    buf_finish(&out);
    return code;
}

static int run_query(struct query_options *options, const char *expression)
{
    struct err err;
    if (options->functions)
        return print_functions();
    if (!expression) {
        err_set(&err, ERR_USAGE, "an expression is needed (sloburn query --help)");
        return complain("query", &err);
    }
    int format = output_choice("format", options->format, formats, &err);
    if (format < 0 || !read_times(options, &err))
        return complain("query", &err);
    return query(options, expression, (enum query_format)format);
}

int command_query(int argc, char **argv)
{
    struct query_options o = {.config = "sloburn.yml",
                              .time = "",
                              .start = "",
                              .end = "",
                              .step = "",
                              .timeout = "2m",
                              .format = "table"};
    const struct argument arguments[] = {
        {"config", "FILE", "the configuration whose source is asked (sloburn.yml)", &o.config, NULL},
        {"url", "URL", "a server that speaks Prometheus' API instead", &o.url, NULL},
        {"token-file", "FILE", "file with a bearer token for --url", &o.token_file, NULL},
        {"time", "TIME", "the moment: 2026-11-21T00:31:00Z, a date, unix seconds, -1h (now)", &o.time, NULL},
        {"start", "TIME", "of a range (-1h)", &o.start, NULL},
        {"end", "TIME", "of a range (now)", &o.end, NULL},
        {"step", "DURATION", "of a range (so that about 240 steps come)", &o.step, NULL},
        {"timeout", "DURATION", "give up after (2m)", &o.timeout, NULL},
        {"format", "FORMAT", "table, json (as Prometheus' API), csv, chart (table)", &o.format, NULL},
        {"functions", NULL, "list all functions", NULL, &o.functions},
    };
    const struct command_line line = {
        .command = "query",
        .synopsis = "query [--config FILE | --url URL] [OPTION...] EXPRESSION",
        .about =
            "Evaluates a PromQL expression here, over samples of the source, at one moment or over a range.",
        .epilogue = "Exit codes: 0, 2 bad usage, expression or configuration, 4 the source does not answer, "
                    "5 a limit.",
        .arguments = arguments,
        .n_arguments = sizeof arguments / sizeof arguments[0],
        .max_operands = 1,
    };
    const char *operands[2];
    int code;
    if (!arguments_parse(&line, argc, argv, operands, &code))
        return code;
    return run_query(&o, operands[0]);
}
