/* The table of subcommands. */
#include "commands/commands.h"

#include "commands/serve.h"
#include "commands/simulate.h"

#include <stddef.h>

const struct command commands[] = {
    {"serve", command_serve, "evaluate SLOs and rules, deliver alerts, serve the page and the API"},
    {"simulate", command_simulate, "a simulated service for a Prometheus to scrape"},
    {NULL, NULL, NULL},
};
