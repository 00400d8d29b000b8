/* simulate: `sloburn simulate`, a service to try sloburn on. */
#ifndef SLOBURN_COMMANDS_SIMULATE_H
#define SLOBURN_COMMANDS_SIMULATE_H

/* argv[0] is the command's own name. Returns the exit code. */
int command_simulate(int argc, char **argv);

#endif
