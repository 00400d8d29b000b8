/* decimal: an exact decimal number, as contracts write them: 99.5, 0.85, 10, 3,000,000. Scaled by 10^-9
 * (parts per billion) in an int64. Objectives are decimals; doubles never touch them. */
#ifndef SLOBURN_BASE_DECIMAL_H
#define SLOBURN_BASE_DECIMAL_H

#include "base/err.h"
#include <stdint.h>

struct buf;

enum { DECIMAL_DIGITS = 9 };
#define DECIMAL_ONE 1000000000LL

/* Digits with optional sign, commas between thousands (all or none) and a fraction of at most nine digits.
 * The magnitude is at most 9,223,372,036. ERR_INPUT for anything else. */
NODISCARD bool decimal_parse(struct text t, int64_t *billionths, struct err *err);
/* Shortest exact form: 99.5, 0.85, 10. */
void decimal_print(int64_t billionths, struct buf *out);

#endif
