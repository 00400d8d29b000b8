/* audit_rows: who changed what, when. Append-only; each row carries the digest of the row before and its own
 * content, so that a row changed or taken out later shows (`sloburn verify`); which was the last is kept
 * beside. Whoever writes down the head that verify prints can tell later that all up to it is still there. */
#ifndef SLOBURN_STORE_AUDIT_ROWS_H
#define SLOBURN_STORE_AUDIT_ROWS_H

#include "base/digest.h"
#include "store/database.h"

/* `actor`: a token's name, a user, "sloburn". `detail`: JSON or "". */
void audit_add(struct database *db, int64_t at_ms, struct text actor, struct text action, struct text subject,
               struct text detail);
/* Walks the chain, to the row that was written last. False and err (ERR_STORE) names the first row that does
 * not fit; *rows counts those that do; *head is the chain of the last, untouched where there is none. */
NODISCARD bool audit_verify(struct database *db, int64_t *rows, struct digest *head, struct err *err);
void audit_each(struct database *db, int64_t from_ms, size_t most,
                void (*each)(void *context, int64_t at_ms, struct text actor, struct text action,
                             struct text subject, struct text detail),
                void *context);

#endif
