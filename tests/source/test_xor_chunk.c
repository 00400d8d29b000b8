/* Chunks of samples: bytes made by hand from the format's definition, what is written is read back, and
 * damage is refused. */
#include "source/xor_chunk.h"

#include "base/memory.h"
#include "base/series.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { SAMPLES_MAX = 400, BYTES_MAX = XOR_CHUNK_BYTES_MAX + SAMPLES_MAX * XOR_SAMPLE_BYTES_MAX };

/* Copied to a place of its very size, so that the sanitizer sees a read behind it. */
static bool decode_exactly(const uint8_t *chunk, size_t len, int64_t *times_ms, double *values)
{
    uint8_t *exact = memory_alloc(len ? len : 1);
    memcpy(exact, chunk, len);
    bool good = xor_chunk_count(exact, len) <= SAMPLES_MAX && xor_chunk_decode(exact, len, times_ms, values);
    memory_free(exact);
    return good;
}

static uint64_t bits_of(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* Bits as text ('0', '1', anything else is ignored) to bytes. */
static size_t pack(const char *bits, uint8_t *out)
{
    size_t n = 0;
    memset(out, 0, BYTES_MAX);
    for (; *bits; bits++) {
        if (*bits != '0' && *bits != '1')
            continue;
        out[n / 8] |= (uint8_t)((*bits - '0') << (7 - n % 8));
        n++;
    }
    return (n + 7) / 8;
}

static void check_bytes(const char *bits, const int64_t *times_ms, const double *values, size_t n)
{
    uint8_t wanted[BYTES_MAX], written[BYTES_MAX];
    int64_t times_read[SAMPLES_MAX];
    double values_read[SAMPLES_MAX];
    size_t len = pack(bits, wanted);
    assert_int_equal(xor_chunk_count(wanted, len), n);
    assert_true(decode_exactly(wanted, len, times_read, values_read));
    assert_memory_equal(times_read, times_ms, n * sizeof *times_ms);
    assert_memory_equal(values_read, values, n * sizeof *values);
    assert_int_equal(xor_chunk_encode(times_ms, values, n, written), len);
    assert_memory_equal(written, wanted, len);
}

/* 1.0 is 0x3ff0000000000000. */
#define ONE "00111111 11110000 00000000 00000000 00000000 00000000 00000000 00000000"

static void first_sample_is_a_varint_and_64_bits(void **unused)
{
    (void)unused;
    check_bytes("00000000 00000001"  /* one sample */
                "10101100 00000010 " /* zigzag 300 */
                ONE,
                (int64_t[]){150}, (double[]){1}, 1);
    check_bytes("00000000 00000001 00000001" ONE, (int64_t[]){-1}, (double[]){1}, 1);
}

static void second_sample_is_a_varint_and_a_value(void **unused)
{
    (void)unused;
    check_bytes("00000000 00000010 00000000" ONE "10010110 00000001" /* 150 later */
                "0",                                                 /* the same value */
                (int64_t[]){0, 150}, (double[]){1, 1}, 2);
}

static void changed_bits_are_stored_with_their_place(void **unused)
{
    (void)unused;
    /* 1 ^ 2 = 0x7ff0…: lead 1, 11 bits; 2 ^ 1 in the same place; 1 ^ 1.5 = 0x0008…: lead 12, outside of it */
    check_bytes("00000000 00000100 00000000" ONE "00001010"
                "11 00001 001011 11111111111"
                "0 10 11111111111"
                "0 11 01100 000001 1",
                (int64_t[]){0, 10, 20, 30}, (double[]){1, 2, 1, 1.5}, 4);
}

static void leading_zeros_are_capped_and_64_bits_are_written_as_0(void **unused)
{
    (void)unused;
    /* the lowest bit alone: 63 leading zeros count as 31, the changed part is 33 bits */
    check_bytes("00000000 00000010 00000000" ONE "00001010"
                "11 11111 100001 00000000 00000000 00000000 00000000 1",
                (int64_t[]){0, 10}, (double[]){1, from_bits(bits_of(1) ^ 1)}, 2);
    char bits[400] = "00000000 00000010 00000000" ONE "00001010 11 00000 000000 1";
    for (int i = 0; i < 62; i++)
        strncat(bits, "0", sizeof bits - strlen(bits) - 1);
    strncat(bits, "1", sizeof bits - strlen(bits) - 1);
    check_bytes(bits, (int64_t[]){0, 10}, (double[]){1, from_bits(bits_of(1) ^ 0x8000000000000001ULL)}, 2);
}

/* Three samples: 0, 100000 and then 100000 + d later; the difference's bits. */
static void check_difference(const char *bits, int64_t d)
{
    char all[400];
    snprintf(all, sizeof all, "00000000 00000011 00000000" ONE "10100000 10001101 00000110 0 %s 0", bits);
    check_bytes(all, (int64_t[]){0, 100000, 200000 + d}, (double[]){1, 1, 1}, 3);
}

static void differences_of_distances_take_14_17_20_or_64_bits(void **unused)
{
    (void)unused;
    check_difference("0", 0);
    check_difference("10 00000000000001", 1);
    check_difference("10 11111111111111", -1);
    check_difference("10 10000000000000", 8192);
    check_difference("10 10000000000001", -8191);
    check_difference("110 11110000000000000", -8192);
    check_difference("110 00010000000000001", 8193);
    check_difference("110 10000000000000000", 65536);
    check_difference("110 10000000000000001", -65535);
    check_difference("1110 11110000000000000000", -65536);
    check_difference("1110 00010000000000000001", 65537);
    check_difference("1110 10000000000000000000", 524288);
    check_difference("1111 00000000 00000000 00000000 00000000 00000000 00001000 00000000 00000001", 524289);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
    return *state;
}

/* Distances of all four widths; counters, ratios, stale markers and any bits at all. */
static void make_samples(uint64_t *random, size_t n, int64_t *times_ms, double *values)
{
    int64_t t = (int64_t)(next_random(random) >> 20) - (1LL << 43);
    double v = (double)(next_random(random) % 100000);
    unsigned jitter = (unsigned)(next_random(random) % 45), kind = (unsigned)(next_random(random) % 4);
    for (size_t i = 0; i < n; i++) {
        times_ms[i] = t;
        t += 30000 + (int64_t)(next_random(random) >> (64 - (jitter ? jitter : 1)));
        uint64_t r = next_random(random);
        v = kind == 0 ? v + (double)(r % 300) : (double)(r >> 11) / 9007199254740992.0;
        values[i] = kind == 3 ? from_bits(r) : kind == 2 && r % 5 == 0 ? stale_nan() : v;
    }
}

static void what_is_written_is_read_back_bit_for_bit(void **unused)
{
    (void)unused;
    uint64_t random = 88172645463325252ULL;
    static int64_t times[SAMPLES_MAX], times_read[SAMPLES_MAX];
    static double values[SAMPLES_MAX], values_read[SAMPLES_MAX];
    static uint8_t chunk[BYTES_MAX];
    for (int trial = 0; trial < 5000; trial++) {
        size_t n = 1 + next_random(&random) % SAMPLES_MAX;
        make_samples(&random, n, times, values);
        size_t len = xor_chunk_encode(times, values, n, chunk);
        assert_true(len <= XOR_CHUNK_BYTES_MAX + n * XOR_SAMPLE_BYTES_MAX);
        assert_true(decode_exactly(chunk, len, times_read, values_read));
        assert_memory_equal(times, times_read, n * sizeof *times);
        assert_memory_equal(values, values_read, n * sizeof *values);
    }
}

static void a_chunk_that_ends_early_is_refused(void **unused)
{
    (void)unused;
    uint64_t random = 7;
    int64_t times[50];
    double values[50];
    uint8_t chunk[BYTES_MAX];
    make_samples(&random, 50, times, values);
    size_t len = xor_chunk_encode(times, values, 50, chunk);
    for (size_t shorter = 0; shorter < len; shorter++)
        assert_false(decode_exactly(chunk, shorter, times, values));
}

static void times_that_do_not_rise_are_refused(void **unused)
{
    (void)unused;
    int64_t times[SAMPLES_MAX];
    double values[SAMPLES_MAX];
    uint8_t chunk[BYTES_MAX];
    size_t len = pack("00000000 00000010 00000000" ONE "00000000 0", chunk);
    assert_false(decode_exactly(chunk, len, times, values));
    len = pack("00000000 00000011 00000000" ONE "00001010 0 10 11111111110110 0", chunk);
    assert_false(decode_exactly(chunk, len, times, values));
}

static void a_repeated_place_before_any_place_is_refused(void **unused)
{
    (void)unused;
    int64_t times[SAMPLES_MAX];
    double values[SAMPLES_MAX];
    uint8_t chunk[BYTES_MAX];
    size_t len = pack("00000000 00000010 00000000" ONE "00001010 10 1111111111111111", chunk);
    assert_false(decode_exactly(chunk, len, times, values));
    /* lead 31 and 40 bits are more than a value has */
    len =
        pack("00000000 00000010 00000000" ONE "00001010 11 11111 101000 11111111 11111111 11111111 11111111 "
             "11111111 11111111",
             chunk);
    assert_false(decode_exactly(chunk, len, times, values));
}

static void an_empty_chunk_has_no_samples(void **unused)
{
    (void)unused;
    uint8_t chunk[2] = {0, 0};
    assert_int_equal(xor_chunk_count(chunk, 2), 0);
    assert_true(xor_chunk_decode(chunk, 2, NULL, NULL));
    assert_int_equal(xor_chunk_count(chunk, 1), 0);
    assert_false(xor_chunk_decode(chunk, 1, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_sample_is_a_varint_and_64_bits),
        cmocka_unit_test(second_sample_is_a_varint_and_a_value),
        cmocka_unit_test(changed_bits_are_stored_with_their_place),
        cmocka_unit_test(leading_zeros_are_capped_and_64_bits_are_written_as_0),
        cmocka_unit_test(differences_of_distances_take_14_17_20_or_64_bits),
        cmocka_unit_test(what_is_written_is_read_back_bit_for_bit),
        cmocka_unit_test(a_chunk_that_ends_early_is_refused),
        cmocka_unit_test(times_that_do_not_rise_are_refused),
        cmocka_unit_test(a_repeated_place_before_any_place_is_refused),
        cmocka_unit_test(an_empty_chunk_has_no_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
