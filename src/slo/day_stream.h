/* day_stream: minutes in memory, about 4 bytes each: the sealed ones of a group's open day until it closes
 * and they become its blob, and those that leave a window next. Append is cheap; a change to a minute inside
 * unpacks and packs the day again (rare). */
#ifndef SLOBURN_SLO_DAY_STREAM_H
#define SLOBURN_SLO_DAY_STREAM_H

#include "slo/day_blob.h"

struct day_stream {
    int64_t day;
    unsigned char *bytes;
    size_t len;
    size_t cap;
    size_t n;
    struct minute last;
};

void day_stream_finish(struct day_stream *stream);
void day_stream_clear(struct day_stream *stream, int64_t day);
/* Of the stream's day or behind it, later than those before. Only what is of one day can be loaded. */
void day_stream_append(struct day_stream *stream, const struct minute *m);
size_t day_stream_load(const struct day_stream *stream, struct minute minutes[DAY_MINUTES]);
/* Changes one minute (made if absent) from *before to *after. */
void day_stream_amend(struct day_stream *stream, const struct minute_amend *amend, struct minute *before,
                      struct minute *after);

/* Reads one minute after the other. Zeroed, it begins at the first; it stands while nothing is appended. */
struct day_cursor {
    size_t offset;
    size_t n; /* minutes read */
    struct minute minute;
};
/* The next minute, in cursor->minute. False: there is none. */
bool day_stream_next(const struct day_stream *stream, struct day_cursor *cursor);

#endif
