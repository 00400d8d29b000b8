/* upkeep: what backup, restore and verify share: each works on one store, by --store or of a configuration.
 */
#ifndef SLOBURN_COMMANDS_UPKEEP_H
#define SLOBURN_COMMANDS_UPKEEP_H

#include "commands/arguments.h"

struct upkeep_command {
    struct command_line line; /* without arguments */
    const char *operand;      /* what it must name: "the backup"; NULL: none */
    /* Does it and tells on stdout. `operand` is NULL where there is none. */
    bool (*run)(const char *store, const char *operand, struct err *err);
};

/* The exit code. */
int upkeep_run(const struct upkeep_command *command, int argc, char **argv);

#endif
