/* natural_order: cuts both texts into runs of digits and of other bytes, and compares run by run. */
#include "promql/natural_order.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Cuts the first run off. */
static struct text take_run(struct text *rest)
{
    size_t n = 0;
    while (n < rest->len && is_digit(rest->at[n]) == is_digit(rest->at[0]))
        n++;
    struct text run = text_part(*rest, 0, n);
    *rest = text_part(*rest, n, rest->len);
    return run;
}

static struct text without_zeros(struct text digits)
{
    while (digits.len > 1 && digits.at[0] == '0')
        digits = text_part(digits, 1, digits.len);
    return digits;
}

static int compare_numbers(struct text a, struct text b)
{
    a = without_zeros(a);
    b = without_zeros(b);
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return text_compare(a, b);
}

int natural_compare(struct text a, struct text b)
{
    while (a.len > 0 && b.len > 0) {
        struct text x = take_run(&a);
        struct text y = take_run(&b);
        bool numbers = is_digit(x.at[0]) && is_digit(y.at[0]);
        int order = numbers ? compare_numbers(x, y) : text_compare(x, y);
        if (order != 0)
            return order;
    }
    return (a.len > 0) - (b.len > 0);
}
