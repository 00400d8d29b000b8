/* gate: the pipeline's command: may this release go out on the budget that is left? */
#include "report/gate.h"

#include "base/buf.h"
#include "base/duration.h"
#include "commands/arguments.h"
#include "commands/clock.h"
#include "commands/commands.h"
#include "commands/documents.h"
#include "commands/output.h"

static const char *const answers[] = {"pass", "warn", "fail", NULL};

struct gate_options {
    struct document_place place;
    struct document_filter filter;
    const char *min_budget;
    const char *max_burn; /* the last; all of them: */
    const char *burns[GATE_BURNS_MAX];
    size_t n_burns;
    const char *max_age;
    const char *on_no_data;
    const char *on_error;
    const char *format;
    bool values;
    bool warn_only;
};

struct gate_run {
    struct gate_limits limits;
    enum gate_answer on_error;
    int format;
};

static bool read_burns(const struct gate_options *options, struct gate_limits *limits, struct err *err)
{
    if (options->n_burns > GATE_BURNS_MAX)
        return err_set(err, ERR_USAGE, "--max-burn may be given at most %d times", GATE_BURNS_MAX);
    for (; limits->n_burns < options->n_burns; limits->n_burns++)
        if (!gate_burn_parse(text_of(options->burns[limits->n_burns]), &limits->burns[limits->n_burns], err))
            return false;
    return true;
}

static bool read_limits(const struct gate_options *options, struct gate_run *run, struct err *err)
{
    struct gate_limits *limits = &run->limits;
    int on_no_data = output_choice("on-no-data", options->on_no_data, answers, err);
    int on_error = on_no_data < 0 ? -1 : output_choice("on-error", options->on_error, answers, err);
    run->format = on_error < 0 ? -1 : output_choice("format", options->format, gate_formats, err);
    if (run->format < 0)
        return false;
    limits->on_no_data = (enum gate_answer)on_no_data;
    run->on_error = (enum gate_answer)on_error;
    limits->now_ms = clock_now_ms();
    limits->has_min_budget = options->min_budget != NULL;
    if (options->min_budget && !gate_share_parse(text_of(options->min_budget), &limits->min_budget, err))
        return false;
    if (!duration_parse(text_of(options->max_age), &limits->max_age_ms, err))
        return err_set(err, ERR_USAGE, "--max-age %s: a duration is needed, as in 10m", options->max_age);
    return read_burns(options, limits, err);
}

/* Nothing could be asked: what --on-error says. Bad usage and bad configuration stay what they are. */
static int answer_error(const struct gate_run *run, const struct err *err)
{
    static const char *const said[] = {"pass", "a warning", ""};
    int code = complain("gate", err);
    if (err->kind != ERR_UNREACHABLE && err->kind != ERR_STORE && err->kind != ERR_LIMIT)
        return code;
    if (run->on_error == GATE_ANSWER_FAIL)
        return 4;
    struct err told;
    err_set(&told, ERR_NONE, "nothing could be judged, which counts as %s (--on-error)", said[run->on_error]);
    complain("gate", &told);
    return 0;
}

static int no_slo(const struct gate_run *run, const struct err *err)
{
    complain("gate", err);
    return run->limits.on_no_data == GATE_ANSWER_FAIL ? 3 : 0;
}

static int gate(const struct gate_options *options, const struct gate_run *run)
{
    struct err err;
    struct ledger_query query = document_query(&options->filter, run->limits.now_ms);
    query.rollup_only = !options->values;
    struct json *document = document_statuses(&options->place, &query, &err);
    if (!document)
        return err.kind == ERR_NO_DATA ? no_slo(run, &err) : answer_error(run, &err);
    struct arena arena;
    struct gate_result result;
    struct buf out;
    arena_init(&arena, 0);
    buf_init(&out, OUTPUT_MAX);
    gate_judge(document, &run->limits, &arena, &result);
    result.warn_only = options->warn_only;
    gate_render(&result, run->format, &out);
    int code = gate_exit_code(&result);
    if (!output_write(NULL, &out, &err))
        code = complain("gate", &err);
    buf_finish(&out);
    arena_finish(&arena);
    json_free(document);
    return code;
}

int command_gate(int argc, char **argv)
{
    struct gate_options o = {.place = {.config = "sloburn.yml"},
                             .filter = DOCUMENT_FILTER_ALL,
                             .max_age = "10m",
                             .on_no_data = "fail",
                             .on_error = "fail",
                             .format = "text"};
    const struct argument arguments[] = {
        DOCUMENT_ARGUMENTS(&o.place),
        DOCUMENT_FILTER_ARGUMENTS(&o.filter),
        {"values", NULL, "judge each value of a fan-out too, not only roll-ups", NULL, &o.values},
        {"min-budget", "SHARE", "least budget left, as in 10% (the policy's: refused once critical)",
         &o.min_budget, NULL},
        {"max-burn", "WINDOW=RATE", "highest burn rate over a window, as in 1h=6; several times", &o.max_burn,
         NULL},
        {"max-age", "DURATION", "an older evaluation is no data (10m)", &o.max_age, NULL},
        {"on-no-data", "ANSWER", "pass, warn or fail where there is too little to judge by (fail)",
         &o.on_no_data, NULL},
        {"on-error", "ANSWER", "pass, warn or fail where store or server cannot be read (fail)", &o.on_error,
         NULL},
        {"format", "FORMAT", "text, json, junit, github or markdown (text)", &o.format, NULL},
        {"warn-only", NULL, "exit with 0 even when refused or without data", NULL, &o.warn_only},
    };
    const struct command_line line = {
        .command = "gate",
        .synopsis = "gate [--config FILE | --server URL --token-file FILE] [OPTION...]",
        .about = "Says whether a release may go out on the error budget that is left, with a reason for each "
                 "SLO and composite.",
        .epilogue = "Exit codes: 0 pass, 1 refused, 2 bad usage or configuration, 3 no or insufficient data, "
                    "4 store or\n"
                    "server cannot be read.",
        .arguments = arguments,
        .n_arguments = sizeof arguments / sizeof arguments[0],
    };
    struct gate_run run = {.format = 0};
    struct err err;
    int code;
    if (!arguments_parse(&line, argc, argv, NULL, &code))
        return code;
    o.n_burns = arguments_all(argc, argv, "max-burn", o.burns, GATE_BURNS_MAX);
    return read_limits(&o, &run, &err) ? gate(&o, &run) : complain("gate", &err);
}
