/* The open day, packed: per minute a control byte, differences of units and spent, and what the control byte
 * says has changed. Written and read by this file alone and never stored, hence no checks. */
#include "slo/day_stream.h"

#include "base/memory.h"
#include "slo/varint.h"

#include <assert.h>

enum { GAP = 1, HIDDEN = 2, COVERAGE = 4, ENTRY_MAX = 1 + 7 * 10 };

void day_stream_finish(struct day_stream *stream)
{
    memory_free(stream->bytes);
    *stream = (struct day_stream){0};
}

void day_stream_clear(struct day_stream *stream, int64_t day)
{
    stream->day = day;
    stream->len = 0;
    stream->n = 0;
    stream->last = (struct minute){.minute = day * DAY_MINUTES - 1};
}

static void put(struct day_stream *stream, uint64_t v)
{
    stream->len += varint_put(stream->bytes + stream->len, v);
}

void day_stream_append(struct day_stream *stream, const struct minute *m)
{
    const struct minute *last = &stream->last;
    assert(m->minute > last->minute);
    if (stream->cap - stream->len < ENTRY_MAX) {
        stream->cap = stream->cap + stream->cap / 4 + 256;
        stream->bytes = memory_resize(stream->bytes, stream->cap, 1);
    }
    unsigned char control = 0;
    if (m->minute != last->minute + 1)
        control |= GAP;
    if (m->hidden)
        control |= HIDDEN;
    if (m->expected != last->expected || m->seen != last->seen || m->flags != last->flags)
        control |= COVERAGE;
    stream->bytes[stream->len++] = control;
    put(stream, zigzag(wrap_subtract(m->units, last->units)));
    put(stream, zigzag(wrap_subtract(m->spent, last->spent)));
    if (control & GAP)
        put(stream, (uint64_t)(m->minute - last->minute));
    if (control & HIDDEN)
        put(stream, zigzag(m->hidden));
    if (control & COVERAGE) {
        put(stream, (uint32_t)m->expected);
        put(stream, (uint32_t)m->seen);
        put(stream, m->flags);
    }
    stream->last = *m;
    stream->n++;
}

bool day_stream_next(const struct day_stream *stream, struct day_cursor *cursor)
{
    struct varint_reader r = {stream->bytes + cursor->offset, stream->bytes + stream->len, false};
    struct minute *m = &cursor->minute;
    if (cursor->n == stream->n)
        return false;
    if (cursor->n++ == 0)
        *m = (struct minute){.minute = stream->day * DAY_MINUTES - 1};
    unsigned char control = *r.at++;
    m->units = wrap_add(m->units, unzigzag(varint_read(&r)));
    m->spent = wrap_add(m->spent, unzigzag(varint_read(&r)));
    m->minute += control & GAP ? (int64_t)varint_read(&r) : 1;
    m->hidden = control & HIDDEN ? unzigzag(varint_read(&r)) : 0;
    if (control & COVERAGE) {
        m->expected = (int32_t)varint_read(&r);
        m->seen = (int32_t)varint_read(&r);
        m->flags = (uint32_t)varint_read(&r);
    }
    assert(!r.bad);
    cursor->offset = (size_t)(r.at - stream->bytes);
    return true;
}

size_t day_stream_load(const struct day_stream *stream, struct minute minutes[DAY_MINUTES])
{
    struct day_cursor cursor = {0};
    assert(stream->n == 0 || day_of_minute(stream->last.minute) == stream->day);
    for (size_t i = 0; day_stream_next(stream, &cursor); i++)
        minutes[i] = cursor.minute;
    return stream->n;
}

void day_stream_amend(struct day_stream *stream, const struct minute_amend *amend, struct minute *before,
                      struct minute *after)
{
    struct minute minutes[DAY_MINUTES];
    size_t n = day_stream_load(stream, minutes);
    size_t i = 0;
    day_stream_clear(stream, stream->day);
    for (; i < n && minutes[i].minute < amend->minute; i++)
        day_stream_append(stream, &minutes[i]);
    bool known = i < n && minutes[i].minute == amend->minute;
    *before = known ? minutes[i] : (struct minute){.minute = amend->minute};
    *after = *before;
    minute_amend_apply(after, amend);
    day_stream_append(stream, after);
    for (i += known; i < n; i++)
        day_stream_append(stream, &minutes[i]);
}
