/* verify: is a store sound? SQLite's own check, the chain of the audit, corrections against
 * what the audit says of them, and the ledger: every day's blob
 * decodes and adds up to the totals beside it. Reads only; a serve may be running on it. */
#ifndef SLOBURN_STORE_VERIFY_H
#define SLOBURN_STORE_VERIFY_H

#include "base/digest.h"
#include "store/database.h"

struct buf;

struct store_verdict {
    int64_t audit_rows;       /* that fit the chain */
    struct digest audit_head; /* chain of the last; all zero: there is none */
    int64_t corrections;      /* that stand in the audit as they are */
    int64_t days;             /* that decode and add up */
    int64_t problems;
};

/* Appends a line per problem (at most 100 of each kind) to `problems`. False and err only if the store cannot
 * be read at all. */
NODISCARD bool store_verify(struct database *reader, struct store_verdict *verdict, struct buf *problems,
                            struct err *err);

#endif
