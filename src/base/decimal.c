/* Exact decimals. Read digit by digit into billionths with overflow checks; no double in between. */
#include "base/decimal.h"

#include "base/buf.h"
#include "base/labels.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool refuse(struct err *err, struct text t, const char *why)
{
    struct buf quoted;
    buf_init(&quoted, 512);
    text_print_quoted(text_part(t, 0, 60), &quoted);
    err_set(err, ERR_INPUT, "%s %s", buf_cstring(&quoted), why);
    buf_finish(&quoted);
    return false;
}

/* digits, or groups of three behind commas: 3000000 or 3,000,000. Only digits are counted; false if
 * malformed. */
static bool whole_is_well_formed(struct text whole)
{
    size_t first = text_find(whole, ',');
    bool grouped = first < whole.len;
    if (!whole.len || (grouped && (first == 0 || first > 3)))
        return false;
    for (size_t i = 0; i < whole.len; i++) {
        bool comma_due = grouped && i >= first && (i - first) % 4 == 0;
        if (comma_due ? whole.at[i] != ',' : !is_digit(whole.at[i]))
            return false;
    }
    return !grouped || (whole.len - first) % 4 == 0;
}

bool decimal_parse(struct text t, int64_t *billionths, struct err *err)
{
    static const char no_number[] = "is not a decimal number";
    struct text rest = t;
    bool is_signed = t.len && (t.at[0] == '-' || t.at[0] == '+');
    if (is_signed)
        rest = text_part(t, 1, t.len);
    size_t point = text_find(rest, '.');
    struct text whole = text_part(rest, 0, point);
    struct text fraction = text_part(rest, point + 1, rest.len);
    if (!whole_is_well_formed(whole) || (point < rest.len && !fraction.len))
        return refuse(err, t, no_number);
    for (size_t i = 0; i < fraction.len; i++)
        if (!is_digit(fraction.at[i]))
            return refuse(err, t, no_number);
    if (fraction.len > DECIMAL_DIGITS)
        return refuse(err, t, "has more than nine decimal places");

    int64_t v = 0;
    bool overflow = false;
    for (size_t i = 0; i < whole.len; i++)
        if (whole.at[i] != ',')
            overflow |= __builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, whole.at[i] - '0', &v);
    for (size_t i = 0; i < DECIMAL_DIGITS; i++) {
        int digit = i < fraction.len ? fraction.at[i] - '0' : 0;
        overflow |= __builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, digit, &v);
    }
    if (overflow)
        return refuse(err, t, "is too large: the limit is 9,223,372,036");
    *billionths = t.at[0] == '-' ? -v : v;
    return true;
}

void decimal_print(int64_t billionths, struct buf *out)
{
    uint64_t v = billionths < 0 ? -(uint64_t)billionths : (uint64_t)billionths;
    uint64_t fraction = v % DECIMAL_ONE;
    if (billionths < 0)
        buf_putc(out, '-');
    buf_printf(out, "%llu", (unsigned long long)(v / DECIMAL_ONE));
    if (!fraction)
        return;
    int digits = DECIMAL_DIGITS;
    for (; fraction % 10 == 0; digits--)
        fraction /= 10;
    buf_printf(out, ".%0*llu", digits, (unsigned long long)fraction);
}
