/* timezone: civil time in IANA zones, by our own reader of TZif files (RFC 8536): libc's TZ is process-wide.
 * Zones come from /usr/share/zoneinfo (or $TZDIR). "UTC" needs no file. */
#ifndef SLOBURN_BASE_TIMEZONE_H
#define SLOBURN_BASE_TIMEZONE_H

#include "base/err.h"
#include <stdint.h>

struct buf;
struct timezone_zone;

struct civil_time {
    int year;  /* proleptic Gregorian */
    int month; /* 1..12 */
    int day;   /* 1..31 */
    int hour;
    int minute;
    int second;
    int millisecond;
    int weekday; /* 0 = Sunday */
};

/* Names like "Asia/Seoul"; anything that could leave the folder is refused. On the heap. */
NODISCARD struct timezone_zone *timezone_open(struct text name, struct err *err);
void timezone_close(struct timezone_zone *zone);
const char *timezone_name(const struct timezone_zone *zone);
/* Seconds east of UTC at a time in seconds since 1970. In these functions a NULL zone is UTC. */
int timezone_offset(const struct timezone_zone *zone, int64_t at);
struct civil_time civil_from_ms(const struct timezone_zone *zone, int64_t ms);
/* Out-of-range fields are normalised (month 13, day 0). A time that does not exist (spring) is moved forward;
 * of two (autumn) the first is meant. */
int64_t civil_to_ms(const struct timezone_zone *zone, const struct civil_time *civil);
/* RFC 3339: 2026-11-21T00:31:00Z, with the zone's offset if one is given; milliseconds only where not 0. */
void civil_print(const struct timezone_zone *zone, int64_t ms, struct buf *out);
/* RFC 3339 (without an offset: in the zone), a date alone (its midnight in the zone), unix seconds (with
 * fraction). What is finer than a millisecond is cut off. */
NODISCARD bool civil_parse(const struct timezone_zone *zone, struct text t, int64_t *ms, struct err *err);

#endif
