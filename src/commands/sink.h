/* sink: `sloburn sink`, a stand-in for PagerDuty and Slack to try routes on. */
#ifndef SLOBURN_COMMANDS_SINK_H
#define SLOBURN_COMMANDS_SINK_H

#include "receivers/sink.h"

/* One line on stdout, as the command prints it; and one for each violation. */
void sink_print_event(const struct sink_event *event, int64_t now_ms, bool colour);

/* argv[0] is the command's own name. Returns the exit code. */
int command_sink(int argc, char **argv);

#endif
