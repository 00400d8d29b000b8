/* duration: Prometheus' durations: 1h30m, 5m, 250ms, 30d, 1y; y w d h m s ms in this order, each at most
 * once. In int64 milliseconds. */
#ifndef SLOBURN_BASE_DURATION_H
#define SLOBURN_BASE_DURATION_H

#include "base/err.h"
#include <stdint.h>

struct buf;

#define SECOND_MS 1000LL
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

/* "0" is a duration too, a sign is not. Errors, in Prometheus' words: empty, unknown unit, wrong order, out
 * of range (292 years, what int64 nanoseconds hold). */
NODISCARD bool duration_parse(struct text t, int64_t *ms, struct err *err);
/* As Prometheus' model.Duration prints: 1h30m, 0s, 1m30s; years and weeks only where nothing is left over. */
void duration_print(int64_t ms, struct buf *out);
/* For people, rounded to the smaller of at most two units: "3 h 20 min", "4 d", "12 s", "250 ms", "0 s". */
void duration_print_human(int64_t ms, struct buf *out);

#endif
