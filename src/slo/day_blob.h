/* day_blob: the minutes of one group and one UTC day as bytes, as they lie in the store. Columns of varints,
 * each in the shortest of a few forms (all zero, constant, runs, plain, differences); a version byte in
 * front, the number of minutes bounded by a day, a checksum behind. A decoder that meets damage says so; it
 * reads nothing beyond the blob and books nothing of it. About 3 to 5 bytes a minute for events, 7 for money.
 */
#ifndef SLOBURN_SLO_DAY_BLOB_H
#define SLOBURN_SLO_DAY_BLOB_H

#include "slo/minutes.h"

struct buf;

enum { DAY_BLOB_VERSION = 1, DAY_BLOB_MAX_BYTES = 128 * 1024 };

/* Appends the blob of n minutes of one day, rising; absent minutes hold nothing. Sums them into *totals. */
void day_blob_encode(const struct minute *minutes, size_t n, struct buf *out, struct window_sum *totals);
/* At most DAY_MINUTES into `minutes`, rising; the day says which. */
NODISCARD bool day_blob_decode(struct text blob, int64_t day, struct minute minutes[DAY_MINUTES], size_t *n,
                               struct err *err);

/* A change to a minute that is sealed: shares of a difference that spans it, or a recount. */
struct minute_amend {
    int64_t minute;
    int64_t units;    /* to add */
    int64_t spent;    /* to add */
    int64_t hidden;   /* to add; the minute's own never falls below 0 */
    uint32_t flags;   /* to set */
    int32_t expected; /* to add */
    int32_t seen;     /* to add; a minute that is seen now was neither spread over nor down */
};

/* Minutes that are absent are made. */
void minute_amend_apply(struct minute *m, const struct minute_amend *amend);
/* The blob with n amendments of its day applied, and its new totals. An empty blob is a day that held
 * nothing. */
NODISCARD bool day_blob_amend(struct text blob, int64_t day, const struct minute_amend *amends, size_t n,
                              struct buf *out, struct window_sum *totals, struct err *err);

#endif
