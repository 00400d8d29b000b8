/* sink: `sloburn sink`, a stand-in for PagerDuty and Slack to try routes on. */
#ifndef SLOBURN_COMMANDS_SINK_H
#define SLOBURN_COMMANDS_SINK_H

/* argv[0] is the command's own name. Returns the exit code. */
int command_sink(int argc, char **argv);

#endif
