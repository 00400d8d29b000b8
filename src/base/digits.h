/* digits: eight decimal digits at once. One by one each digit waits for the multiplication of the one before,
 * which is most of the time that reading a sample takes. */
#ifndef SLOBURN_BASE_DIGITS_H
#define SLOBURN_BASE_DIGITS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The value of the eight bytes at p if all are digits. Pairs, then fours, then eights are put together by one
 * multiplication each (the lowest byte is the first digit). */
static inline bool digits_take_eight(const char *p, uint64_t *value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t chunk;
    memcpy(&chunk, p, sizeof chunk);
    uint64_t digits = chunk - 0x3030303030303030ULL;
    if (((chunk + 0x4646464646464646ULL) | digits) & 0x8080808080808080ULL)
        return false;
    digits = digits * 10 + (digits >> 8);
    const uint64_t pairs = 0x000000ff000000ffULL;
    *value =
        ((digits & pairs) * 0x000f424000000064ULL + (digits >> 16 & pairs) * 0x0000271000000001ULL) >> 32;
    return true;
#else
    uint64_t sum = 0;
    for (int i = 0; i < 8; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        sum = sum * 10 + (uint64_t)(p[i] - '0');
    }
    *value = sum;
    return true;
#endif
}

#endif
