/* Double to text. The shortest digits are found as in Schubfach (R. Giulietti, "The Schubfach way to render
 * doubles", 2020): the double's rounding interval is scaled by a power of ten so that at most a handful of
 * integers lie in it, and the products carry a sticky last bit ("round to odd") so that every comparison is
 * exact. */
#include "base/buf.h"
#include "base/number.h"
#include "base/number_powers.h"

#include <math.h>
#include <stdio.h>

enum { DIGITS_MAX = 17 };

/* The value is 0.DIGITS * 10^point; len is 0 for zero. */
struct shortest {
    char digits[DIGITS_MAX + 1];
    int len;
    int point;
};

static int floor_shift(int64_t value, int bits)
{
    return (int)(value >> bits); /* arithmetic shift: rounds down */
}

/* 10^e to 128 bits, rounded up. 5^55 is the last power that fits exactly. */
static struct number_power power_above(int e)
{
    struct number_power power = number_powers[e - NUMBER_POWER_FIRST];
    if (e < 0 || e > 55) {
        power.low++;
        power.high += power.low == 0;
    }
    return power;
}

/* The product's part above 2^128, its last bit set if anything was cut off. */
static uint64_t multiply_to_odd(struct number_power power, uint64_t factor)
{
    unsigned __int128 low = (unsigned __int128)power.low * factor;
    unsigned __int128 high = (unsigned __int128)power.high * factor + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* significand * 2^exponent as the shortest *digits * 10^result. `narrow`: the interval below is half as wide,
 * as it is under a power of two. */
static int shortest_decimal(uint64_t significand, int exponent, bool narrow, uint64_t *digits)
{
    uint64_t odd = significand & 1; /* an even significand wins ties: the interval's ends belong to it */
    /* 1262611 / 2^22 is log10(2), 524031 / 2^22 is log10(4/3), 1741647 / 2^19 is log2(10) */
    int k = floor_shift((int64_t)exponent * 1262611 - (narrow ? 524031 : 0), 22);
    int shift = exponent + floor_shift((int64_t)-k * 1741647, 19) + 1;
    struct number_power power = power_above(-k);
    uint64_t value = multiply_to_odd(power, (4 * significand) << shift);
    uint64_t lower = multiply_to_odd(power, (4 * significand - 2 + narrow) << shift) + odd;
    uint64_t upper = multiply_to_odd(power, (4 * significand + 2) << shift) - odd;
    uint64_t whole = value / 4;
    if (whole >= 10) {
        uint64_t tens = whole / 10;
        bool below_fits = lower <= 40 * tens;
        bool above_fits = 40 * tens + 40 <= upper;
        if (below_fits != above_fits) {
            *digits = tens + above_fits;
            return k + 1;
        }
    }
    bool below_fits = lower <= 4 * whole;
    bool above_fits = 4 * whole + 4 <= upper;
    if (below_fits != above_fits) {
        *digits = whole + above_fits;
        return k;
    }
    uint64_t half = 4 * whole + 2;
    *digits = whole + (value > half || (value == half && (whole & 1)));
    return k;
}

static struct shortest shortest_of(double v)
{
    struct shortest s = {.len = 0};
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    uint64_t fraction = bits & ((1ULL << 52) - 1);
    int exponent = (int)(bits >> 52 & 0x7ff);
    if (!fraction && !exponent)
        return s;
    uint64_t significand = exponent ? fraction | 1ULL << 52 : fraction;
    uint64_t digits;
    int scale =
        shortest_decimal(significand, (exponent ? exponent : 1) - 1075, !fraction && exponent > 1, &digits);
    while (digits % 10 == 0) {
        digits /= 10;
        scale++;
    }
    char reversed[20];
    for (; digits; digits /= 10)
        reversed[s.len++] = (char)('0' + digits % 10);
    for (int i = 0; i < s.len; i++)
        s.digits[i] = reversed[s.len - 1 - i];
    s.point = scale + s.len;
    return s;
}

static void add_zeros(int n, struct buf *out)
{
    for (; n > 0; n--)
        buf_putc(out, '0');
}

static void print_plain(const struct shortest *s, struct buf *out)
{
    if (s->point <= 0) {
        buf_puts(out, s->len ? "0." : "0");
        add_zeros(-s->point, out);
        buf_add(out, s->digits, (size_t)s->len);
        return;
    }
    int whole = s->len < s->point ? s->len : s->point;
    buf_add(out, s->digits, (size_t)whole);
    add_zeros(s->point - whole, out);
    if (s->len > whole) {
        buf_putc(out, '.');
        buf_add(out, s->digits + whole, (size_t)(s->len - whole));
    }
}

static void print_exponent(const struct shortest *s, struct buf *out)
{
    buf_putc(out, s->digits[0]);
    if (s->len > 1) {
        buf_putc(out, '.');
        buf_add(out, s->digits + 1, (size_t)(s->len - 1));
    }
    int exponent = s->point - 1;
    buf_printf(out, "e%c%02d", exponent < 0 ? '-' : '+', exponent < 0 ? -exponent : exponent);
}

/* NaN and the infinities; true if it was one. Else prints the sign. */
static bool print_special_or_sign(double v, struct buf *out)
{
    if (isnan(v) || isinf(v)) {
        buf_puts(out, isnan(v) ? "NaN" : v < 0 ? "-Inf" : "+Inf");
        return true;
    }
    if (signbit(v))
        buf_putc(out, '-');
    return false;
}

void number_print_fixed(double v, struct buf *out)
{
    if (print_special_or_sign(v, out))
        return;
    struct shortest s = shortest_of(fabs(v));
    print_plain(&s, out);
}

void number_print_go(double v, struct buf *out)
{
    if (print_special_or_sign(v, out))
        return;
    struct shortest s = shortest_of(fabs(v));
    int exponent = s.point - 1;
    if (s.len && (exponent < -4 || exponent >= 6))
        print_exponent(&s, out);
    else
        print_plain(&s, out);
}

void number_print_sample(double v, struct buf *out)
{
    if (print_special_or_sign(v, out))
        return;
    double magnitude = fabs(v);
    struct shortest s = shortest_of(magnitude);
    if (s.len && (magnitude < 1e-6 || magnitude >= 1e21))
        print_exponent(&s, out);
    else
        print_plain(&s, out);
}

void number_print_g(double v, int digits, struct buf *out)
{
    if (isnan(v) || isinf(v))
        print_special_or_sign(v, out);
    else
        buf_printf(out, "%.*g", digits, v);
}
