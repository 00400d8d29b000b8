/* retention: what is too old leaves the store, piece by piece, so that no piece holds the lock for long:
 * minutes after 25 months, and as rows once their day is a blob; history, and incidents with their
 * obligations and messages, 13 months after they were over; series and targets that nobody has seen for 60
 * days. The dictionary, the audit and what people wrote stay. */
#ifndef SLOBURN_STORE_RETENTION_H
#define SLOBURN_STORE_RETENTION_H

#include "store/store.h"

/* Where the pruning is. Zeroed: at its beginning. */
struct retention {
    int step;
    int64_t cursor; /* id of the group or generation that was looked at last */
};

/* One piece, in a transaction of the caller's. False: all is done (and the next call begins anew). */
bool retention_piece(struct database *db, struct retention *retention, int64_t now_ms);

#endif
