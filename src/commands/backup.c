/* backup: a consistent copy of the store, while serve may be running. */
#include "commands/commands.h"
#include "commands/upkeep.h"
#include "store/store.h"

#include <stdio.h>

static bool back_up(const char *store, const char *to, struct err *err)
{
    if (!store_backup(store, to, err))
        return false;
    printf("backed up %s to %s\n", store, to);
    return true;
}

int command_backup(int argc, char **argv)
{
    static const struct upkeep_command command = {
        .line = {.command = "backup",
                 .synopsis = "backup [--config FILE | --store FILE] FILE",
                 .about = "Copies the store, whole and consistent, while serve may be running. Nothing is "
                          "overwritten.",
                 .epilogue = "Exit codes: 0, 2 bad usage (the file exists), 6 the store."},
        .operand = "the file to write",
        .run = back_up,
    };
    return upkeep_run(&command, argc, argv);
}
