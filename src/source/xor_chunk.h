/* xor_chunk: samples of one series as Prometheus compresses them, in its blocks, in remote read's streamed
 * answers and in our own stores: 1 to 7 bytes a sample, read at about 5 ns a sample.
 *
 * The format ("XOR", Prometheus' chunk encoding 1; bits run from a byte's highest to its lowest):
 *   two bytes       number of samples, high byte first
 *   first sample    time as a zigzag varint, value as 64 bits
 *   second sample   its distance in time as a varint, then a value
 *   further ones    difference d of this distance and the one before, then a value:
 *                   0 | 10 d:14 | 110 d:17 | 1110 d:20 | 1111 d:64; a field of n bits holds -(2^(n-1)-1) to
 * 2^(n-1) a value         XOR of its bits and those before: 0               nothing changed 10 bits the
 * changed bits lie where the last ones lay 11 lead:5 n:6   then n bits (0 stands for 64) behind `lead` zeros
 * It follows "Gorilla: A Fast, Scalable, In-Memory Time Series Database" (VLDB 2015), section 4.1. NaNs keep
 * their bits, so stale markers do. */
#ifndef SLOBURN_SOURCE_XOR_CHUNK_H
#define SLOBURN_SOURCE_XOR_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    XOR_CHUNK_SAMPLES = 120, /* as many as Prometheus puts into one */
    XOR_CHUNK_SAMPLES_MAX = 65535,
    /* The most bytes that n samples take: XOR_CHUNK_BYTES_MAX + n * XOR_SAMPLE_BYTES_MAX */
    XOR_CHUNK_BYTES_MAX = 2 + 10 + 8 + 10,
    XOR_SAMPLE_BYTES_MAX = 19,
};

/* How many samples the chunk says it holds; 0 for less than its two bytes. */
size_t xor_chunk_count(const uint8_t *chunk, size_t len);
/* Reads all of xor_chunk_count() samples into the caller's columns. False if the chunk is damaged: it ends
 * early, or its times do not rise. Never reads behind `len`. */
bool xor_chunk_decode(const uint8_t *chunk, size_t len, int64_t *times_ms, double *values)
    __attribute__((warn_unused_result));
/* Writes n samples, 1 to XOR_CHUNK_SAMPLES_MAX with rising times, and returns the number
 * of bytes. `out` has room for the most they can take. */
size_t xor_chunk_encode(const int64_t *times_ms, const double *values, size_t n, uint8_t *out);

#endif
