/* audit_rows: who changed what, when. Append-only; each row carries the digest of the row before and its own
 * content, so that a row changed or taken out later shows (`sloburn verify`). */
#ifndef SLOBURN_STORE_AUDIT_ROWS_H
#define SLOBURN_STORE_AUDIT_ROWS_H

#include "store/database.h"

/* `actor`: a token's name, a user, "sloburn". `detail`: JSON or "". */
void audit_add(struct database *db, int64_t at_ms, struct text actor, struct text action, struct text subject,
               struct text detail);
/* Walks the chain. False and err (ERR_STORE) names the first row that does not fit; *rows counts those that
 * do. */
NODISCARD bool audit_verify(struct database *db, int64_t *rows, struct err *err);
void audit_each(struct database *db, int64_t from_ms, size_t most,
                void (*each)(void *context, int64_t at_ms, struct text actor, struct text action,
                             struct text subject, struct text detail),
                void *context);

#endif
