/* Burn rates, exactly: spent >= rate x allowance x units in 128 bits. Products that do not fit saturate,
 * which keeps the order right: only numbers far beyond any budget get there. */
#include "slo/burn.h"

#include <math.h>

typedef __int128 wide;

#define WIDE_MAX ((wide)(~(unsigned __int128)0 >> 1))

static wide times(wide a, int64_t b) /* both at least 0 */
{
    wide product;
    return __builtin_mul_overflow(a, (wide)b, &product) ? WIDE_MAX : product;
}

bool burn_at_least(const struct slo *slo, int64_t units, int64_t spent, int64_t rate_billionths, int percent)
{
    if (units <= 0 || spent < 0)
        return false;
    /* spent x 10^9 x 10^9 >= rate x allowance x units x scale. The left always fits; a right that does not is
     * more. */
    wide rate = (wide)rate_billionths * percent / 100;
    wide left = (wide)spent * 1000000000 * 1000000000;
    wide right = times(times(times(rate, units), slo->scale), slo->allowance_billionths);
    return left >= right;
}

double burn_rate(const struct slo *slo, int64_t units, int64_t spent)
{
    if (spent <= 0)
        return 0;
    if (units <= 0 || slo->allowance_billionths <= 0)
        return INFINITY;
    double allowed = (double)slo->allowance_billionths / 1e9 * (double)units * (double)slo->scale;
    return (double)spent / allowed;
}
