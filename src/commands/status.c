/* status: how the SLOs stand, worst first. */
#include "report/status.h"

#include "commands/arguments.h"
#include "commands/clock.h"
#include "commands/commands.h"
#include "commands/documents.h"
#include "commands/output.h"

enum { FORMAT_TABLE, FORMAT_JSON, FORMAT_OPENMETRICS };

static const char *const formats[] = {"table", "json", "openmetrics", NULL};

struct status_options {
    struct document_place place;
    struct document_filter filter;
    const char *format;
    bool rollups;
};

static int status(const struct status_options *options, int format)
{
    struct err err;
    struct buf out;
    int64_t now_ms = clock_now_ms();
    struct ledger_query query = document_query(&options->filter, now_ms);
    query.rollup_only = options->rollups;
    struct json *document = document_statuses(&options->place, &query, &err);
    if (!document)
        return complain("status", &err);
    struct status_style style = {output_colours(),
                                 (int64_t)json_number(json_get(document, "now_ms"), (double)now_ms)};
    buf_init(&out, OUTPUT_MAX);
    if (format == FORMAT_JSON)
        status_json(document, &out);
    else if (format == FORMAT_OPENMETRICS)
        status_openmetrics(document, &out);
    else if (json_length(json_get(document, "slos")) || json_length(json_get(document, "composites")))
        status_table(document, &style, &out);
    else
        buf_puts(&out, "there are no SLOs\n");
    int code = output_write(NULL, &out, &err) ? 0 : complain("status", &err);
    buf_finish(&out);
    json_free(document);
    return code;
}

int command_status(int argc, char **argv)
{
    struct status_options o = {
        .place = {.config = "sloburn.yml"}, .filter = DOCUMENT_FILTER_ALL, .format = "table"};
    const struct argument arguments[] = {
        DOCUMENT_ARGUMENTS(&o.place),
        DOCUMENT_FILTER_ARGUMENTS(&o.filter),
        {"rollups", NULL, "without the values of fan-outs", NULL, &o.rollups},
        {"format", "FORMAT", "table, json or openmetrics (table)", &o.format, NULL},
    };
    const struct command_line line = {
        .command = "status",
        .synopsis = "status [--config FILE | --server URL --token-file FILE] [OPTION...]",
        .about = "Shows how every SLO stands as of its last evaluation, worst first: attainment, budget "
                 "left, burn rate,\n"
                 "when the budget is gone, and what is open.",
        .epilogue = "Exit codes: 0, 2 bad usage or configuration, 3 no SLO matches, 4 the server does not "
                    "answer, 6 the store.",
        .arguments = arguments,
        .n_arguments = sizeof arguments / sizeof arguments[0],
    };
    struct err err;
    int code;
    if (!arguments_parse(&line, argc, argv, NULL, &code))
        return code;
    int format = output_choice("format", o.format, formats, &err);
    return format < 0 ? complain("status", &err) : status(&o, format);
}
