/* number_powers: powers of ten to 128 bits, for number_scan.c and number_print.c only. */
#ifndef SLOBURN_BASE_NUMBER_POWERS_H
#define SLOBURN_BASE_NUMBER_POWERS_H

#include <stdint.h>

enum { NUMBER_POWER_FIRST = -342, NUMBER_POWER_LAST = 324 };

struct number_power {
    uint64_t high;
    uint64_t low;
};

/* number_powers[e - NUMBER_POWER_FIRST]: 10^e, normalised to a set highest bit and cut off. */
extern const struct number_power number_powers[NUMBER_POWER_LAST - NUMBER_POWER_FIRST + 1];

#endif
