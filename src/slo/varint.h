/* varint: integers as 7 bits a byte, low ones first; signed ones zigzagged. Reading is bounded and sticky:
 * after damage every read gives 0 and `bad` stays true. */
#ifndef SLOBURN_SLO_VARINT_H
#define SLOBURN_SLO_VARINT_H

#include "base/buf.h"

#include <stdint.h>

struct varint_reader {
    const unsigned char *at;
    const unsigned char *end;
    bool bad;
};

static inline uint64_t zigzag(int64_t v)
{
    return ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0);
}

static inline int64_t unzigzag(uint64_t v)
{
    return (int64_t)((v >> 1) ^ (0 - (v & 1)));
}

/* Differences wrap, so that no pair of values overflows. */
static inline int64_t wrap_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static inline int64_t wrap_subtract(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

static inline size_t varint_size(uint64_t v)
{
    size_t n = 1;
    for (; v >= 0x80; v >>= 7)
        n++;
    return n;
}

static inline size_t varint_put(unsigned char out[10], uint64_t v)
{
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        out[n++] = (unsigned char)(v | 0x80);
    out[n++] = (unsigned char)v;
    return n;
}

static inline void varint_write(struct buf *out, uint64_t v)
{
    unsigned char bytes[10];
    size_t n = varint_put(bytes, v);
    buf_add(out, bytes, n);
}

static inline uint64_t varint_read(struct varint_reader *r)
{
    uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        if (r->bad || r->at == r->end)
            break;
        unsigned char byte = *r->at++;
        if (shift == 63 && byte > 1)
            break;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return v;
    }
    r->bad = true;
    return 0;
}

#endif
