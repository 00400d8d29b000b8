/* report: the compliance report of a period. */
#include "report/report.h"

#include "commands/arguments.h"
#include "commands/clock.h"
#include "commands/commands.h"
#include "commands/documents.h"
#include "commands/output.h"
#include "engine/phrase.h"
#include "report/period.h"

struct report_options {
    struct document_place place;
    const char *period;
    struct document_filter filter;
    const char *format;
    const char *output;
};

/* Was anything counted at all? A report of nothing but absent figures would be signed by mistake. */
static bool has_figures(const struct json *document, const char *period, struct err *err)
{
    const struct json *slos = json_get(document, "slos");
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
        if (!text_is(text_of(phrase_verdict(phrase_window(slo))), "insufficient data"))
            return true;
    const struct json *composites = json_get(document, "composites");
    for (const struct json *c = json_first(composites); c; c = json_next(c))
        if (phrase_number(c, "known_parts") > 0)
            return true;
    if (json_length(slos) == 0 && json_length(composites) == 0)
        return err_set(err, ERR_NO_DATA, "there is nothing to report on: no SLO was evaluated yet");
    return err_set(err, ERR_NO_DATA, "there is nothing to report on: nothing was counted in %s",
                   *period            ? period
                   : json_first(slos) ? phrase_text(json_first(slos), "period")
                                      : "its period");
}

static int report(const struct report_options *options, enum report_format format)
{
    struct err err;
    struct report_period period;
    struct buf out;
    int64_t now_ms = clock_now_ms();
    if (!report_period_parse(text_of(options->period), now_ms, &period, &err))
        return complain("report", &err);
    struct ledger_query query = document_query(&options->filter, now_ms);
    query.window = period.window;
    query.at_ms = period.at_ms;
    query.before = period.before;
    query.days = true;
    struct json *document = document_ledger(&options->place, &query, &err);
    if (!document)
        return complain("report", &err);
    buf_init(&out, OUTPUT_MAX);
    bool good = has_figures(document, options->period, &err);
    if (good) {
        report_render(document, format, &out);
        good = output_write(options->output, &out, &err);
    }
    buf_finish(&out);
    json_free(document);
    return good ? 0 : complain("report", &err);
}

int command_report(int argc, char **argv)
{
    struct report_options o = {
        .place = {.config = "sloburn.yml"}, .period = "", .filter = DOCUMENT_FILTER_ALL, .format = "html"};
    const struct argument arguments[] = {
        DOCUMENT_ARGUMENTS(&o.place),
        {"period", "PERIOD", "30d, month, \"last month\", 2026-10, 2026-Q3, … (each SLO's first window)",
         &o.period, NULL},
        DOCUMENT_FILTER_ARGUMENTS(&o.filter),
        {"format", "FORMAT", "html, markdown, json or csv (html)", &o.format, NULL},
        {"output", "FILE", "write it here, whole or not at all (the standard output)", &o.output, NULL},
    };
    const struct command_line line = {
        .command = "report",
        .synopsis = "report [--config FILE | --server URL --token-file FILE] [OPTION...]",
        .about = "Writes the compliance report of a period: attainment with both bounds, what was spent of "
                 "each budget,\n"
                 "verdicts, incidents and their cost, charts, and how all of it is computed.",
        .epilogue = "Exit codes: 0, 2 bad usage or configuration, 3 nothing to report on, 4 the server does "
                    "not answer,\n"
                    "6 the store.",
        .arguments = arguments,
        .n_arguments = sizeof arguments / sizeof arguments[0],
    };
    struct err err;
    int code;
    if (!arguments_parse(&line, argc, argv, NULL, &code))
        return code;
    int format = output_choice("format", o.format, report_formats, &err);
    return format < 0 ? complain("report", &err) : report(&o, (enum report_format)format);
}
