/* verify: is the store sound? */
#include "store/verify.h"
#include "base/buf.h"
#include "commands/commands.h"
#include "commands/upkeep.h"
#include "store/store.h"

#include <stdio.h>

static bool verify(const char *path, const char *none, struct err *err)
{
    struct store_verdict verdict;
    struct buf problems;
    (void)none;
    struct database *db = store_open_reader(path, err);
    if (!db)
        return false;
    buf_init(&problems, 1 << 20);
    bool good = store_verify(db, &verdict, &problems, err);
    database_close(db);
    if (good) {
        char head[2 * DIGEST_BYTES + 1];
        digest_hex(&verdict.audit_head, head);
        fputs(buf_cstring(&problems), stdout);
        printf("%s: %lld days of the ledger, %lld corrections and %lld rows of the audit are sound, %lld "
               "problem%s\n",
               path, (long long)verdict.days, (long long)verdict.corrections, (long long)verdict.audit_rows,
               (long long)verdict.problems, verdict.problems == 1 ? "" : "s");
        if (verdict.audit_rows && !verdict.problems)
            printf("audit: row %lld is the last, its chain %.16s\n", (long long)verdict.audit_rows, head);
    }
    buf_finish(&problems);
    if (good && verdict.problems)
        return err_set(err, ERR_STORE, "the store is damaged: restore a backup (sloburn restore)");
    return good;
}

int command_verify(int argc, char **argv)
{
    static const struct upkeep_command command = {
        .line = {.command = "verify",
                 .synopsis = "verify [--config FILE | --store FILE]",
                 .about = "Checks a store from end to end: the file, the chain of the audit, corrections "
                          "against what the audit says,\n"
                          "and every day of the ledger, whose minutes must add up to the totals beside them.",
                 .epilogue = "Exit codes: 0 sound, 2 bad usage or configuration, 6 damaged or unreadable."},
        .run = verify,
    };
    return upkeep_run(&command, argc, argv);
}
