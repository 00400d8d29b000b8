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

#define INLINED static inline __attribute__((always_inline))

/* All that reads it is inlined, so that it lives in registers. Behind the chunk's end come zeros without end;
 * whether any were taken is looked at once, when all is read. */
struct bits {
    const uint8_t *chunk;
    size_t len;
    size_t at;       /* of the next byte that the window has not got; goes on behind len */
    uint64_t window; /* what comes next, its first bit highest */
    unsigned have;   /* valid bits of the window; 56 to 63 after a fill */
};

/* Eight bytes of which the chunk has not all. */
static __attribute__((noinline)) uint64_t word_at_end(const uint8_t *chunk, size_t len, size_t at)
{
    uint64_t word = 0;
    for (unsigned shift = 56; at < len; at++, shift -= 8)
        word |= (uint64_t)chunk[at] << shift;
    return word;
}

INLINED void bits_fill(struct bits *b)
{
    uint64_t word;
    if (__builtin_expect(b->at + sizeof word <= b->len, 1)) {
        memcpy(&word, b->chunk + b->at, sizeof word);
        word = be64toh(word);
    } else {
        word = word_at_end(b->chunk, b->len, b->at);
    }
    b->window |= word >> b->have;
    b->at += (63 - b->have) >> 3;
    b->have |= 56;
}

/* n from 0 to 63, of bits that are there. */
INLINED void bits_skip(struct bits *b, unsigned n)
{
    b->window <<= n;
    b->have -= n;
}

/* n from 1 to 56. */
INLINED uint64_t bits_take(struct bits *b, unsigned n)
{
    if (n > b->have)
        bits_fill(b);
    uint64_t value = b->window >> (64 - n);
    bits_skip(b, n);
    return value;
}

/* n from 1 to 64. */
INLINED uint64_t bits_take_long(struct bits *b, unsigned n)
{
    if (__builtin_expect(n <= 56, 1))
        return bits_take(b, n);
    uint64_t high = bits_take(b, n - HALF);
    return high << HALF | bits_take(b, HALF);
}

INLINED uint64_t take_varint(struct bits *b)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint64_t byte = bits_take(b, 8);
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80)
            break;
    }
    return value;
}

/* A difference of distances that is not zero; its prefix is the window's first bits. */
INLINED uint64_t take_difference(struct bits *b)
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
    bool damaged;  /* a changed part that a value cannot have */
};

/* Whether a value changed, and where, alternates like noise in real counters: a branch would be guessed wrong
 * every few samples, which costs more than reading no bits. */
INLINED double take_value(struct bits *b, struct value_state *v)
{
    if (b->have < 13)
        bits_fill(b);
    uint64_t window = b->window;
    bool changed = window >> 63;
    bool fresh = window >> 62 == 3;
    unsigned size = (unsigned)(window >> 51) & 63;
    v->lead = fresh ? (unsigned)(window >> 57) & 31 : v->lead;
    v->size = fresh ? (size ? size : 64) : v->size;
    unsigned trail = 64 - v->lead - v->size;
    v->damaged |= changed & (trail > 63);
    bits_skip(b, fresh ? 13 : 1 + changed);
    unsigned wanted = changed ? v->size : 0;
    if (wanted > b->have)
        bits_fill(b);
    if (__builtin_expect(wanted > b->have, 0)) { /* more than 56: in two parts */
        v->bits ^= bits_take(b, HALF) << ((wanted - HALF + trail) & 63);
        wanted -= HALF;
        bits_fill(b);
    }
    v->bits ^= b->window >> 1 >> (63 - wanted) << (trail & 63);
    bits_skip(b, wanted);
    double value;
    memcpy(&value, &v->bits, sizeof value);
    return value;
}

bool xor_chunk_decode(const uint8_t *chunk, size_t len, int64_t *times_ms, double *values)
{
    size_t n = xor_chunk_count(chunk, len);
    if (n == 0 || n / 4 > len) /* a sample takes two bits or more */
        return n == 0 && len >= 2;
    struct bits b = {.chunk = chunk, .len = len, .at = 2};
    struct value_state v = {0};
    uint64_t distance = 0, zigzag = take_varint(&b);
    int64_t time = (int64_t)(zigzag >> 1 ^ (0 - (zigzag & 1)));
    v.bits = bits_take_long(&b, 64);
    times_ms[0] = time;
    memcpy(&values[0], &v.bits, sizeof values[0]);
    bool rises = true;
    for (size_t i = 1; i < n; i++) {
        bits_fill(&b);
        if (i == 1)
            distance = take_varint(&b);
        else if (b.window >> 63)
            distance += take_difference(&b);
        else
            bits_skip(&b, 1);
        int64_t before = time;
        time = (int64_t)((uint64_t)time + distance);
        rises &= time > before;
        times_ms[i] = time;
        values[i] = take_value(&b, &v);
    }
    return rises && !v.damaged && b.at * 8 - b.have <= len * 8;
}

/* --- writing --- */

struct bit_writer {
    uint8_t *next;
    uint64_t pending;   /* its lowest bits are not yet written */
    unsigned n_pending; /* fewer than eight */
};

/* The lowest n bits, n at most 32. */
static void put_half(struct bit_writer *w, uint64_t value, unsigned n)
{
    w->pending = w->pending << n | (value & ((1ULL << n) - 1));
    for (w->n_pending += n; w->n_pending >= 8; w->n_pending -= 8)
        *w->next++ = (uint8_t)(w->pending >> (w->n_pending - 8));
}

/* The lowest n bits, n from 1 to 64. */
static void put_bits(struct bit_writer *w, uint64_t value, unsigned n)
{
    if (n > HALF) {
        put_half(w, value >> HALF, n - HALF);
        n = HALF;
    }
    put_half(w, value, n);
}

/* The last byte is filled up with zeros. */
static void put_rest(struct bit_writer *w)
{
    if (w->n_pending > 0)
        put_half(w, 0, 8 - w->n_pending);
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
    put_rest(&w);
    return (size_t)(w.next - out);
}
