/* Prometheus' durations. The range is the one of its own type, int64 nanoseconds, so that what is accepted
 * here is accepted there. */
#include "base/duration.h"

#include "base/buf.h"
#include "base/labels.h"
#include "base/number.h"

#include <assert.h>

#define LARGEST_MS (INT64_MAX / 1000000)

struct unit {
    const char *name;
    int64_t ms;
    bool exact; /* printed only where nothing is left: 90d is easier to read than 12w6d */
};

static const struct unit units[] = {
    {"y", 365LL * DAY_MS, true}, {"w", 7LL * DAY_MS, true}, {"d", DAY_MS, false}, {"h", HOUR_MS, false},
    {"m", MINUTE_MS, false},     {"s", SECOND_MS, false},   {"ms", 1, false},
};

enum { UNITS = sizeof units / sizeof units[0] };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool refuse(struct err *err, struct text t, struct text unknown_unit)
{
    struct buf quoted, unit;
    buf_init(&quoted, 512);
    buf_init(&unit, 512);
    text_print_quoted(text_part(t, 0, 100), &quoted);
    text_print_quoted(text_part(unknown_unit, 0, 100), &unit);
    if (unknown_unit.len)
        err_set(err, ERR_INPUT, "unknown unit %s in duration %s", buf_cstring(&unit), buf_cstring(&quoted));
    else
        err_set(err, ERR_INPUT, "not a valid duration string: %s", buf_cstring(&quoted));
    buf_finish(&quoted);
    buf_finish(&unit);
    return false;
}

static int find_unit(struct text name)
{
    for (int i = 0; i < UNITS; i++)
        if (text_is(name, units[i].name))
            return i;
    return UNITS;
}

bool duration_parse(struct text t, int64_t *ms, struct err *err)
{
    if (!t.len)
        return err_set(err, ERR_INPUT, "empty duration string");
    int64_t sum = 0;
    int last = -1;
    for (size_t i = 0; i < t.len && !text_is(t, "0");) {
        size_t number = i;
        while (i < t.len && is_digit(t.at[i]))
            i++;
        size_t name = i;
        while (i < t.len && !is_digit(t.at[i]))
            i++;
        int64_t count;
        int unit = find_unit(text_part(t, name, i));
        if (name == number || name == i)
            return refuse(err, t, TEXT(""));
        if (unit == UNITS)
            return refuse(err, t, text_part(t, name, i));
        if (unit <= last)
            return refuse(err, t, TEXT(""));
        last = unit;
        if (!integer_parse(text_part(t, number, name), &count) || count > LARGEST_MS / units[unit].ms ||
            (sum += count * units[unit].ms) > LARGEST_MS)
            return err_set(err, ERR_INPUT, "duration out of range");
    }
    *ms = sum;
    return true;
}

void duration_print(int64_t ms, struct buf *out)
{
    if (ms == 0) {
        buf_puts(out, "0s");
        return;
    }
    if (ms < 0)
        buf_putc(out, '-');
    uint64_t left = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;
    for (int i = 0; i < UNITS; i++) {
        uint64_t unit = (uint64_t)units[i].ms;
        assert(unit > 0);
        if (left < unit || (units[i].exact && left % unit))
            continue;
        buf_printf(out, "%llu%s", (unsigned long long)(left / unit), units[i].name);
        left %= unit;
    }
}

void duration_print_human(int64_t ms, struct buf *out)
{
    static const struct {
        uint64_t ms;
        const char *name;
    } steps[] = {{DAY_MS, "d"}, {HOUR_MS, "h"}, {MINUTE_MS, "min"}, {SECOND_MS, "s"}};
    const int last = 3;
    if (ms < 0)
        buf_putc(out, '-');
    uint64_t left = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;
    if (left < SECOND_MS) {
        buf_printf(out, left ? "%llu ms" : "%llu s", (unsigned long long)left);
        return;
    }
    int i = 0;
    while (i < last && left < steps[i].ms)
        i++;
    uint64_t smaller = steps[i < last ? i + 1 : last].ms;
    left = (left + smaller / 2) / smaller * smaller;
    if (i && left >= steps[i - 1].ms) { /* 59 min 59.9 s is 1 h */
        i--;
        smaller = steps[i + 1].ms;
    }
    buf_printf(out, "%llu %s", (unsigned long long)(left / steps[i].ms), steps[i].name);
    uint64_t rest = left % steps[i].ms / smaller;
    if (i < last && rest)
        buf_printf(out, " %llu %s", (unsigned long long)rest, steps[i + 1].name);
}
