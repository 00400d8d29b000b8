/* Go's forms of times and durations. */
#include "template/time.h"

#include "base/buf.h"
#include "base/timezone.h"

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};
static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};

/* Milliseconds behind a point, without trailing zeros; nothing for 0. */
static void print_fraction(int millisecond, struct buf *out)
{
    int digits = 3;
    if (millisecond == 0)
        return;
    for (; millisecond % 10 == 0; digits--)
        millisecond /= 10;
    buf_printf(out, ".%0*d", digits, millisecond);
}

void template_time_print(int64_t ms, struct buf *out)
{
    struct civil_time c = civil_from_ms(NULL, ms);
    buf_printf(out, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute, c.second);
    print_fraction(c.millisecond, out);
    buf_puts(out, " +0000 UTC");
}

/* value / 10^digits without trailing zeros. */
static void print_scaled(uint64_t value, int digits, struct buf *out)
{
    uint64_t scale = 1;
    for (int i = 0; i < digits; i++)
        scale *= 10;
    buf_printf(out, "%llu", (unsigned long long)(value / scale));
    uint64_t rest = value % scale;
    if (rest == 0)
        return;
    for (; rest % 10 == 0; digits--)
        rest /= 10;
    buf_printf(out, ".%0*llu", digits, (unsigned long long)rest);
}

void template_duration_print(int64_t ns, struct buf *out)
{
    uint64_t left = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    if (ns < 0)
        buf_putc(out, '-');
    if (left == 0) {
        buf_puts(out, "0s");
    } else if (left < 1000) {
        buf_printf(out, "%lluns", (unsigned long long)left);
    } else if (left < 1000000) {
        print_scaled(left, 3, out);
        buf_puts(out, "µs");
    } else if (left < 1000000000) {
        print_scaled(left, 6, out);
        buf_puts(out, "ms");
    } else {
        uint64_t minutes = left / 60000000000u;
        if (minutes >= 60)
            buf_printf(out, "%lluh", (unsigned long long)(minutes / 60));
        if (minutes > 0)
            buf_printf(out, "%llum", (unsigned long long)(minutes % 60));
        print_scaled(left % 60000000000u, 9, out);
        buf_putc(out, 's');
    }
}

/* The pieces of a layout, longest first where one begins another. */
enum piece {
    LONG_MONTH,
    SHORT_MONTH,
    LONG_WEEKDAY,
    SHORT_WEEKDAY,
    YEAR,
    MONTH_2,
    DAY_2,
    HOUR_24,
    HOUR_12_2,
    MINUTE_2,
    SECOND_2,
    YEAR_2,
    MILLISECONDS,
    MILLISECONDS_SHORT,
    AM_PM,
    AM_PM_SMALL,
    ZONE,
    OFFSET_COLON_Z,
    OFFSET_COLON,
    OFFSET,
    DAY_SPACE,
    MONTH_1,
    DAY_1,
    HOUR_12,
    MINUTE_1,
    SECOND_1,
    PIECES
};

static const char *const pieces[PIECES] = {
    "January", "Jan", "Monday", "Mon", "2006",   "01",     "02",    "15", "03", "04", "05", "06", ".000",
    ".999",    "PM",  "pm",     "MST", "Z07:00", "-07:00", "-0700", "_2", "1",  "2",  "3",  "4",  "5"};

static void print_piece(enum piece piece, const struct civil_time *c, struct buf *out)
{
    int hour_12 = (c->hour + 11) % 12 + 1;
    const int numbers[PIECES] = {
        [YEAR] = c->year,       [MONTH_2] = c->month,     [DAY_2] = c->day,
        [HOUR_24] = c->hour,    [HOUR_12_2] = hour_12,    [MINUTE_2] = c->minute,
        [SECOND_2] = c->second, [YEAR_2] = c->year % 100, [MILLISECONDS] = c->millisecond,
        [DAY_SPACE] = c->day,   [MONTH_1] = c->month,     [DAY_1] = c->day,
        [HOUR_12] = hour_12,    [MINUTE_1] = c->minute,   [SECOND_1] = c->second};
    switch (piece) {
    case LONG_MONTH:
    case SHORT_MONTH:
        buf_printf(out, "%.*s", piece == SHORT_MONTH ? 3 : 9, months[c->month - 1]);
        break;
    case LONG_WEEKDAY:
    case SHORT_WEEKDAY:
        buf_printf(out, "%.*s", piece == SHORT_WEEKDAY ? 3 : 9, weekdays[c->weekday]);
        break;
    case YEAR:
        buf_printf(out, "%04d", c->year);
        break;
    case MILLISECONDS:
        buf_printf(out, ".%03d", c->millisecond);
        break;
    case MILLISECONDS_SHORT:
        print_fraction(c->millisecond, out);
        break;
    case AM_PM:
        buf_puts(out, c->hour < 12 ? "AM" : "PM");
        break;
    case AM_PM_SMALL:
        buf_puts(out, c->hour < 12 ? "am" : "pm");
        break;
    case ZONE:
        buf_puts(out, "UTC");
        break;
    case OFFSET_COLON_Z:
        buf_putc(out, 'Z');
        break;
    case OFFSET_COLON:
        buf_puts(out, "+00:00");
        break;
    case OFFSET:
        buf_puts(out, "+0000");
        break;
    case DAY_SPACE:
        buf_printf(out, "%2d", c->day);
        break;
    default:
        buf_printf(out, "%0*d", (int)strlen(pieces[piece]), numbers[piece]);
    }
}

void template_time_format(int64_t ms, struct text layout, struct buf *out)
{
    struct civil_time c = civil_from_ms(NULL, ms);
    while (layout.len) {
        int piece = 0;
        while (piece < PIECES && !text_starts(layout, text_of(pieces[piece])))
            piece++;
        if (piece < PIECES)
            print_piece((enum piece)piece, &c, out);
        else
            buf_putc(out, layout.at[0]);
        layout = text_part(layout, piece < PIECES ? strlen(pieces[piece]) : 1, layout.len);
    }
}
