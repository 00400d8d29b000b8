/* Reading and writing XOR chunks. Reading is the path that every stored sample takes: bits come from a window
 * of 64 that is refilled about once a sample, and the two ways of storing a changed value, which alternate
 * like noise in real counters, are told apart without a branch. */
#include "source/xor_chunk.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

enum {
    TIME_SHORT = 14,
    TIME_MEDIUM = 17,
    TIME_LONG = 20,
    LEAD_MAX = 31, /* five bits */
    LEAD_UNSET = 255,
    HALF = 32,
};

size_t xor_chunk_count(const uint8_t *chunk, size_t len)
{
    return len < 2 ? 0 : (size_t)chunk[0] << 8 | chunk[1];
}

/* --- reading --- */

struct bits {
    const uint8_t *next;
    const uint8_t *end;
    uint64_t window; /* what comes next, its first bit highest; zeros behind the end */
    unsigned have; /* bits of the window that are taken from the chunk; after a fill at least 56, or all there
                      are */
    bool ended;    /* more was wanted than there was */
};

static inline void bits_fill(struct bits *b)
{
    if (b->end - b->next >= 8) {
        uint64_t word;
        memcpy(&word, b->next, sizeof word);
        b->window |= be64toh(word) >> b->have;
        b->next += (63 - b->have) >> 3;
        b->have |= 56;
        return;
    }
    for (; b->have <= 56 && b->next < b->end; b->have += 8)
        b->window |= (uint64_t)*b->next++ << (56 - b->have);
}

/* Takes away n bits that were looked at: at most 63. */
static inline void bits_skip(struct bits *b, unsigned n)
{
    b->ended |= n > b->have;
    b->window <<= n;
    b->have = n > b->have ? 0 : b->have - n;
}

/* n from 1 to 56. */
static inline uint64_t bits_take(struct bits *b, unsigned n)
{
    if (n > b->have)
        bits_fill(b);
    uint64_t value = b->window >> (64 - n);
    bits_skip(b, n);
    return value;
}

/* n from 1 to 64. */
static inline uint64_t bits_take_long(struct bits *b, unsigned n)
{
    if (n <= 56)
        return bits_take(b, n);
    uint64_t high = bits_take(b, n - HALF);
    return high << HALF | bits_take(b, HALF);
}

static uint64_t take_varint(struct bits *b)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint64_t byte = bits_take(b, 8);
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    b->ended = true;
    return 0;
}

/* A difference of distances that is not zero; the prefix is the window's first bits. */
static uint64_t take_difference(struct bits *b)
{
    unsigned ones = (unsigned)__builtin_clzll(~b->window | 1ULL << 59);
    bits_skip(b, ones == 4 ? 4 : ones + 1);
    if (ones == 4)
        return bits_take_long(b, 64);
    unsigned size = ones == 1 ? TIME_SHORT : ones == 2 ? TIME_MEDIUM : TIME_LONG;
    uint64_t field = bits_take(b, size);
    return field > 1ULL << (size - 1) ? field - (1ULL << size) : field;
}

struct value_state {
    uint64_t bits;
    unsigned lead;
    unsigned size; /* of the changed part; 0: none was stored yet */
};

/* The value changed: bits 10 or 11 are the window's first. */
static inline void take_change(struct bits *b, struct value_state *v)
{
    uint64_t window = b->window;
    bool fresh = window >> 62 & 1;
    unsigned lead = (unsigned)(window >> 57) & 31;
    unsigned size = (unsigned)(window >> 51) & 63;
    size = size ? size : 64;
    v->lead = fresh ? lead : v->lead;
    v->size = fresh ? size : v->size;
    bits_skip(b, fresh ? 13 : 2);
    unsigned trail = 64 - v->lead - v->size;
    if (v->size == 0 || trail > 63) {
        b->ended = true;
        return;
    }
    v->bits ^= bits_take_long(b, v->size) << trail;
}

static inline void take_value(struct bits *b, struct value_state *v, double *out)
{
    if (b->have < 13)
        bits_fill(b);
    if (b->window >> 63)
        take_change(b, v);
    else
        bits_skip(b, 1);
    memcpy(out, &v->bits, sizeof *out);
}

bool xor_chunk_decode(const uint8_t *chunk, size_t len, int64_t *times_ms, double *values)
{
    size_t n = xor_chunk_count(chunk, len);
    if (n == 0)
        return len >= 2;
    struct bits b = {.next = chunk + 2, .end = chunk + len};
    struct value_state v = {0};
    uint64_t zigzag = take_varint(&b);
    uint64_t time = zigzag >> 1 ^ (0 - (zigzag & 1));
    uint64_t distance = 0;
    v.bits = bits_take_long(&b, 64);
    times_ms[0] = (int64_t)time;
    memcpy(&values[0], &v.bits, sizeof values[0]);
    if (n > 1) {
        distance = take_varint(&b);
        times_ms[1] = (int64_t)(time += distance);
        take_value(&b, &v, &values[1]);
    }
    bool rises = n < 2 || times_ms[1] > times_ms[0];
    for (size_t i = 2; i < n && !b.ended; i++) {
        bits_fill(&b);
        if (b.window >> 63)
            distance += take_difference(&b);
        else
            bits_skip(&b, 1);
        time += distance;
        times_ms[i] = (int64_t)time;
        rises &= times_ms[i] > times_ms[i - 1];
        take_value(&b, &v, &values[i]);
    }
    return rises && !b.ended;
}

/* --- writing --- */

struct bit_writer {
    uint8_t *next; /* the byte being filled; what lies behind is not yet written */
    unsigned used; /* of its bits */
};

/* The lowest n bits. */
static void put_bits(struct bit_writer *w, uint64_t value, unsigned n)
{
    while (n > 0) {
        unsigned room = 8 - w->used;
        unsigned now = n < room ? n : room;
        uint64_t part = value >> (n - now) & ((1U << now) - 1);
        if (w->used == 0)
            *w->next = 0;
        *w->next |= (uint8_t)(part << (room - now));
        n -= now;
        w->used += now;
        if (w->used == 8) {
            w->used = 0;
            w->next++;
        }
    }
}

static void put_varint(struct bit_writer *w, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put_bits(w, (value & 0x7f) | 0x80, 8);
    put_bits(w, value, 8);
}

static bool fits(int64_t difference, unsigned bits)
{
    int64_t half = (int64_t)1 << (bits - 1);
    return difference > -half && difference <= half;
}

static void put_difference(struct bit_writer *w, int64_t difference)
{
    if (difference == 0) {
        put_bits(w, 0, 1);
    } else if (fits(difference, TIME_SHORT)) {
        put_bits(w, 2, 2);
        put_bits(w, (uint64_t)difference, TIME_SHORT);
    } else if (fits(difference, TIME_MEDIUM)) {
        put_bits(w, 6, 3);
        put_bits(w, (uint64_t)difference, TIME_MEDIUM);
    } else if (fits(difference, TIME_LONG)) {
        put_bits(w, 14, 4);
        put_bits(w, (uint64_t)difference, TIME_LONG);
    } else {
        put_bits(w, 15, 4);
        put_bits(w, (uint64_t)difference, 64);
    }
}

struct change_state {
    uint64_t bits;
    unsigned lead; /* LEAD_UNSET: nothing has changed yet */
    unsigned trail;
};

static void put_value(struct bit_writer *w, struct change_state *v, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t changed = bits ^ v->bits;
    v->bits = bits;
    if (changed == 0) {
        put_bits(w, 0, 1);
        return;
    }
    unsigned lead = (unsigned)__builtin_clzll(changed);
    unsigned trail = (unsigned)__builtin_ctzll(changed);
    lead = lead > LEAD_MAX ? LEAD_MAX : lead;
    bool again = v->lead != LEAD_UNSET && lead >= v->lead && trail >= v->trail;
    if (again) {
        put_bits(w, 2, 2);
    } else {
        v->lead = lead;
        v->trail = trail;
        put_bits(w, 3, 2);
        put_bits(w, lead, 5);
        put_bits(w, (64 - lead - trail) & 63, 6);
    }
    put_bits(w, changed >> v->trail, 64 - v->lead - v->trail);
}

size_t xor_chunk_encode(const int64_t *times_ms, const double *values, size_t n, uint8_t *out)
{
    assert(n > 0 && n <= XOR_CHUNK_SAMPLES_MAX);
    out[0] = (uint8_t)(n >> 8);
    out[1] = (uint8_t)n;
    struct bit_writer w = {.next = out + 2};
    struct change_state v = {.lead = LEAD_UNSET};
    uint64_t first = (uint64_t)times_ms[0];
    put_varint(&w, first << 1 ^ (0 - (first >> 63)));
    memcpy(&v.bits, &values[0], sizeof v.bits);
    put_bits(&w, v.bits, 64);
    uint64_t before = 0;
    for (size_t i = 1; i < n; i++) {
        assert(times_ms[i] > times_ms[i - 1]);
        uint64_t distance = (uint64_t)times_ms[i] - (uint64_t)times_ms[i - 1];
        if (i == 1)
            put_varint(&w, distance);
        else
            put_difference(&w, (int64_t)(distance - before));
        before = distance;
        put_value(&w, &v, values[i]);
    }
    return (size_t)(w.next - out) + (w.used > 0);
}
