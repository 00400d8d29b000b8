/* Text to double. Three ways, each exact, the cheapest first: up to 2^53 and 10^22 one multiplication or
 * division of exact doubles (Clinger 1990); then a 64 by 128 bit product that knows when it is not sure
 * (Lemire 2021, "Number parsing at a gigabyte per second", with the cut-off table and checks of Eisel); then
 * strtod, for what is left: subnormals, true halves and long tails. The process stays in the C locale, so
 * strtod reads a point. */
#include "base/digits.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/number_powers.h"

#include <math.h>
#include <stdlib.h>

enum { MANTISSA_DIGITS = 19, EXPONENT_MAX = 100000 };

/* A number as written: digits * 10^exponent. */
struct decimal_parts {
    uint64_t digits; /* the first 19 significant ones */
    int exponent;
    bool negative;
    bool cut; /* there were more digits, not all of them zero */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool convert_exact(const struct decimal_parts *parts, double *value)
{
    if (parts->digits > (1ULL << 53) || parts->exponent < -22 || parts->exponent > 22)
        return false;
    double v = (double)parts->digits;
    *value = parts->exponent < 0 ? v / exact_powers[-parts->exponent] : v * exact_powers[parts->exponent];
    return true;
}

/* digits * 10^exponent by the 128 leading bits of the power; false where these do not decide the rounding. */
static bool convert_product(uint64_t digits, int exponent, double *value)
{
    if (digits == 0) {
        *value = 0;
        return true;
    }
    if (exponent < NUMBER_POWER_FIRST || exponent > 308)
        return false;
    const struct number_power *power = &number_powers[exponent - NUMBER_POWER_FIRST];
    int zeros = __builtin_clzll(digits);
    uint64_t man = digits << zeros;
    unsigned __int128 product = (unsigned __int128)man * power->high;
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    if ((high & 0x1ff) == 0x1ff && low + man < man) {
        unsigned __int128 rest = (unsigned __int128)man * power->low;
        uint64_t rest_high = (uint64_t)(rest >> 64), rest_low = (uint64_t)rest;
        low += rest_high;
        high += low < rest_high;
        if ((high & 0x1ff) == 0x1ff && low == UINT64_MAX && rest_low + man < man)
            return false;
    }
    unsigned top = (unsigned)(high >> 63);
    uint64_t fraction = high >> (top + 9); /* 54 bits: one more than kept */
    if (low == 0 && (high & 0x1ff) == 0 && (fraction & 3) == 1)
        return false; /* looks like an exact half, may be a little more */
    fraction = (fraction + (fraction & 1)) >> 1;
    /* 217706 / 2^16 is log2(10), near enough to floor exponent * log2(10) in the table's range */
    int binary = ((217706 * exponent) >> 16) + 1086 + (int)top - zeros;
    if (fraction >> 53) {
        fraction >>= 1;
        binary++;
    }
    if (binary < 1 || binary > 2046)
        return false;
    uint64_t bits = ((uint64_t)binary << 52) | (fraction & ((1ULL << 52) - 1));
    memcpy(value, &bits, sizeof bits);
    return true;
}

static double convert_library(const char *p, size_t n)
{
    char here[64];
    char *copy = n < sizeof here ? here : memory_alloc(n + 1);
    memcpy(copy, p, n);
    copy[n] = '\0';
    double v = fabs(strtod(copy, NULL));
    if (copy != here)
        memory_free(copy);
    return v;
}

/* The magnitude of the number written at p, n bytes long. */
static double convert(const struct decimal_parts *parts, const char *p, size_t n)
{
    double v, above;
    if (!parts->cut) {
        if (convert_exact(parts, &v) || convert_product(parts->digits, parts->exponent, &v))
            return v;
    } else if (convert_product(parts->digits, parts->exponent, &v) &&
               convert_product(parts->digits + 1, parts->exponent, &above) && v == above) {
        return v; /* whatever follows the 19th digit, it rounds to the same */
    }
    return convert_library(p, n);
}

/* As scan_digits, for more digits than fit: keeps the first 19 significant ones. */
static void scan_long(const char *p, const char *end, struct decimal_parts *parts)
{
    int significant = 0;
    int64_t exponent = 0;
    bool behind_point = false;
    parts->digits = 0;
    for (; p < end; p++) {
        if (*p == '.') {
            behind_point = true;
            continue;
        }
        if (significant < MANTISSA_DIGITS) {
            parts->digits = parts->digits * 10 + (unsigned)(*p - '0');
            significant += parts->digits != 0;
            exponent -= behind_point;
        } else {
            parts->cut |= *p != '0';
            exponent += !behind_point;
        }
    }
    const int most = 2 * EXPONENT_MAX;
    parts->exponent = (int)(exponent < -most ? -most : exponent > most ? most : exponent);
}

/* Digits, as far as they go, put behind those of *digits. */
static const char *scan_run(const char *p, const char *end, uint64_t *digits)
{
    uint64_t sum = *digits;
    uint64_t eight;
    for (; end - p >= 8 && digits_take_eight(p, &eight); p += 8)
        sum = sum * 100000000 + eight;
    for (; p < end && is_digit(*p); p++)
        sum = sum * 10 + (unsigned)(*p - '0');
    *digits = sum;
    return p;
}

/* digits [ "." digits ], as far as they go; NULL if there is not one digit. */
static const char *scan_digits(const char *p, const char *end, struct decimal_parts *parts)
{
    const char *start = p;
    uint64_t digits = 0; /* wraps beyond 19, which is noticed below */
    p = scan_run(p, end, &digits);
    ptrdiff_t n = p - start;
    ptrdiff_t fraction = 0;
    if (p < end && *p == '.') {
        const char *point = p++;
        p = scan_run(p, end, &digits);
        fraction = p - point - 1;
    }
    if (n + fraction == 0)
        return NULL;
    if (n + fraction > MANTISSA_DIGITS) {
        scan_long(start, p, parts);
        return p;
    }
    parts->digits = digits;
    parts->exponent = -(int)fraction;
    return p;
}

/* [ "e" [ "+" | "-" ] digits ]; p if there is none. */
static const char *scan_exponent(const char *p, const char *end, struct decimal_parts *parts)
{
    const char *q = p;
    if (q == end || (*q != 'e' && *q != 'E'))
        return p;
    q++;
    bool negative = q < end && *q == '-';
    if (q < end && (*q == '-' || *q == '+'))
        q++;
    if (q == end || !is_digit(*q))
        return p;
    int exponent = 0;
    for (; q < end && is_digit(*q); q++)
        if (exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (*q - '0');
    parts->exponent += negative ? -exponent : exponent;
    return q;
}

static size_t match_word(const char *p, const char *end, const char *word)
{
    size_t n = 0;
    for (; word[n]; n++)
        if (p + n == end || (p[n] | 0x20) != word[n])
            return 0;
    return n;
}

static const char *scan_word(const char *p, const char *end, bool is_signed, double *value)
{
    size_t n = match_word(p, end, "infinity");
    if (!n)
        n = match_word(p, end, "inf");
    if (n) {
        *value = (double)INFINITY;
        return p + n;
    }
    n = is_signed ? 0 : match_word(p, end, "nan");
    if (!n)
        return NULL;
    *value = (double)NAN;
    return p + n;
}

const char *number_scan(const char *p, const char *end, double *value)
{
    if (p == end)
        return NULL;
    struct decimal_parts parts = {.negative = *p == '-'};
    bool is_signed = *p == '-' || *p == '+';
    const char *digits = p + is_signed;
    double v;
    const char *behind = scan_digits(digits, end, &parts);
    if (behind) {
        behind = scan_exponent(behind, end, &parts);
        v = convert(&parts, digits, (size_t)(behind - digits));
        if (isinf(v))
            return NULL;
    } else {
        behind = scan_word(digits, end, is_signed, &v);
    }
    if (behind)
        *value = parts.negative ? -v : v;
    return behind;
}

bool number_parse(struct text t, double *value)
{
    double v;
    if (!t.len || number_scan(t.at, t.at + t.len, &v) != t.at + t.len)
        return false;
    *value = v;
    return true;
}

bool integer_parse(struct text t, int64_t *value)
{
    size_t i = 0;
    bool negative = t.len && t.at[0] == '-';
    if (t.len && (t.at[0] == '-' || t.at[0] == '+'))
        i++;
    if (i == t.len)
        return false;
    int64_t v = 0; /* counted downwards: the negative range is the larger one */
    for (; i < t.len; i++) {
        if (!is_digit(t.at[i]) || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_sub_overflow(v, t.at[i] - '0', &v))
            return false;
    }
    if (!negative && v == INT64_MIN)
        return false;
    *value = negative ? v : -v;
    return true;
}
