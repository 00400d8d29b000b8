/* correction_rows: corrections in the store. Nothing is ever deleted: a revoked one keeps its row. Each
 * addition and revocation leaves an audit row and counts up meta "corrections_change", by which readers see
 * that their set is old. Inside a transaction of the caller, or on a reader where they only read. */
#ifndef SLOBURN_STORE_CORRECTION_ROWS_H
#define SLOBURN_STORE_CORRECTION_ROWS_H

#include "base/timezone_set.h"
#include "slo/correction.h"
#include "store/database.h"

struct arena;
struct buf;

enum { CORRECTIONS_MAX = 10000 }; /* that are not revoked */

int64_t corrections_change(struct database *db);
/* All of them, oldest first; texts in the arena, zones from the set. What cannot be understood (a zone that
 * is gone) is left out of the set, and err tells of the last such; false only for errors of the store. */
NODISCARD bool corrections_read(struct database *db, struct timezone_set *zones, struct arena *arena,
                                struct correction_set *set, struct err *err);
/* Its new id. `actor`: whose request it was, for the audit. */
int64_t correction_add(struct database *db, const struct correction *correction, struct text actor);

/* Compares each correction with its lines in the audit: added and revoked as it stands there, none without a
 * line, no line without one. Returns the problems and appends a line for each, at most `most`; *sound counts
 * the others. */
int64_t corrections_verify(struct database *db, int64_t *sound, int most, struct buf *problems);

struct correction_revocation {
    struct text by;
    struct text approver; /* "" if none */
    struct text why;
    struct text actor;
    int64_t at_ms;
};

void correction_revoke(struct database *db, const struct correction *correction,
                       const struct correction_revocation *revocation);

#endif
