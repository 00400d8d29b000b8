/* The table of subcommands. */
#include "commands/commands.h"

#include "commands/demo.h"
#include "commands/serve.h"
#include "commands/simulate.h"
#include "commands/sink.h"

#include <stddef.h>

const struct command commands[] = {
    {"backup", command_backup, "copy the store while serve runs"},
    {"check", command_check, "find what is wrong in SLO files, rule files and configurations"},
    {"correct", command_correct, "take minutes out of the books: maintenance windows and exclusions"},
    {"demo", command_demo, "sloburn on a simulated service, with an incident to watch"},
    {"explain", command_explain, "why was I, or was I not, paged?"},
    {"gate", command_gate, "may this release go out on the budget that is left?"},
    {"query", command_query, "PromQL at the prompt"},
    {"report", command_report, "the compliance report of a period, as HTML, Markdown, JSON or CSV"},
    {"restore", command_restore, "put a backup in the store's place"},
    {"serve", command_serve, "evaluate SLOs and rules, deliver alerts, serve the page and the API"},
    {"simulate", command_simulate, "a simulated service for a Prometheus to scrape"},
    {"sink", command_sink, "a stand-in for PagerDuty and Slack to try routes on"},
    {"status", command_status, "how the SLOs stand, worst first"},
    {"verify", command_verify, "check the store, its audit and its ledger"},
    {NULL, NULL, NULL},
};
