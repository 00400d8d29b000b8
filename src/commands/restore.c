/* restore: a backup in the store's place. */
#include "commands/commands.h"
#include "commands/upkeep.h"
#include "store/store.h"

#include <stdio.h>

static bool restore(const char *store, const char *from, struct err *err)
{
    if (!store_restore(store, from, err))
        return false;
    printf("restored %s from %s; what was there is %s.before-restore\n", store, from, store);
    return true;
}

int command_restore(int argc, char **argv)
{
    static const struct upkeep_command command = {
        .line = {.command = "restore",
                 .synopsis = "restore [--config FILE | --store FILE] BACKUP",
                 .about =
                     "Puts a backup, once checked, in the place of the store, which no serve may hold. The "
                     "old store stays\n"
                     "beside it. The first state after it is told as a summary; nothing pages for the past.",
                 .epilogue = "Exit codes: 0, 2 bad usage, 6 the store or the backup."},
        .operand = "the backup",
        .run = restore,
    };
    return upkeep_run(&command, argc, argv);
}
