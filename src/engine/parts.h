/* parts: a long write in several transactions, so that none holds the store for long. What belongs together
 * is written after one call of parts_room; between two calls the transaction may end and another begin. After
 * a failure nothing is open. */
#ifndef SLOBURN_ENGINE_PARTS_H
#define SLOBURN_ENGINE_PARTS_H

#include "engine/slo_group.h"

/* More changes than this go into several transactions. */
enum { PART_CHANGES = 2000 };

struct parts {
    struct store *store;
    struct database *db; /* of the part that is open */
    size_t changes;      /* in it */
    size_t committed;    /* parts that are in the store */
};

void parts_begin(struct parts *parts, struct store *store);
/* Before so many changes that belong together: ends the part if it is full, and begins the next. */
NODISCARD bool parts_room(struct parts *parts, size_t changes, struct err *err);
NODISCARD bool parts_end(struct parts *parts, struct err *err);

/* The present change of an SLO's ledger: its minutes in as many parts as they need, all else in the last,
 * which has room for `more` changes of the caller's that belong to it. */
NODISCARD bool parts_write_ledger(struct parts *parts, struct slo_unit *unit, size_t more, struct err *err);

#endif
