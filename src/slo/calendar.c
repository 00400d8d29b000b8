/* Periods: the civil start of the day, week, month, quarter or year in the zone, and the start of the next.
 * What the zone does in between (23 or 25 hours) is in those two instants. */
#include "slo/calendar.h"

#include "base/buf.h"
#include "base/timezone.h"
#include "slo/minutes.h"

static struct civil_time start_of(enum window_kind kind, struct civil_time civil)
{
    struct civil_time start = {.year = civil.year, .month = civil.month, .day = civil.day};
    switch (kind) {
    case WINDOW_WEEK:
        start.day -= (civil.weekday + 6) % 7;
        break;
    case WINDOW_MONTH:
        start.day = 1;
        break;
    case WINDOW_QUARTER:
        start.day = 1;
        start.month -= (start.month - 1) % 3;
        break;
    case WINDOW_YEAR:
        start.day = start.month = 1;
        break;
    default:
        break;
    }
    return start;
}

/* n periods on; days and months beyond their range are normalised by civil_to_ms. */
static struct civil_time moved(enum window_kind kind, struct civil_time start, int n)
{
    switch (kind) {
    case WINDOW_DAY:
        start.day += n;
        break;
    case WINDOW_WEEK:
        start.day += 7 * n;
        break;
    case WINDOW_MONTH:
        start.month += n;
        break;
    case WINDOW_QUARTER:
        start.month += 3 * n;
        break;
    default:
        start.year += n;
        break;
    }
    return start;
}

struct period period_at(const struct slo_window *window, int64_t at_ms)
{
    if (window->kind == WINDOW_ROLLING) {
        int64_t to_ms = (minute_of(at_ms) + 1) * MINUTE_MS;
        return (struct period){to_ms - window->length_ms, to_ms, true};
    }
    struct civil_time start = start_of(window->kind, civil_from_ms(window->zone, at_ms));
    struct civil_time next = moved(window->kind, start, 1);
    return (struct period){civil_to_ms(window->zone, &start), civil_to_ms(window->zone, &next), false};
}

struct period period_before(const struct slo_window *window, const struct period *period, int n)
{
    if (period->rolling) {
        int64_t by_ms = n * window->length_ms;
        return (struct period){period->from_ms - by_ms, period->to_ms - by_ms, true};
    }
    /* From the middle, so that no clock change at the border can tell a neighbour. */
    int64_t middle_ms = period->from_ms + (period->to_ms - period->from_ms) / 2;
    struct civil_time start = start_of(window->kind, civil_from_ms(window->zone, middle_ms));
    struct civil_time from = moved(window->kind, start, -n);
    struct civil_time to = moved(window->kind, start, 1 - n);
    return (struct period){civil_to_ms(window->zone, &from), civil_to_ms(window->zone, &to), false};
}

/* ISO 8601: the week's year and number are those of its Thursday. */
static void print_week(const struct slo_window *window, struct civil_time monday, struct buf *out)
{
    struct civil_time thursday = {
        .year = monday.year, .month = monday.month, .day = monday.day + 3, .hour = 12};
    struct civil_time civil = civil_from_ms(window->zone, civil_to_ms(window->zone, &thursday));
    struct civil_time new_year = {.year = civil.year, .month = 1, .day = 1, .hour = 12};
    int64_t days =
        (civil_to_ms(window->zone, &thursday) - civil_to_ms(window->zone, &new_year) + 43200000) / 86400000;
    buf_printf(out, "%04d-W%02d", civil.year, (int)(days / 7) + 1);
}

void period_print(const struct slo_window *window, const struct period *period, struct buf *out)
{
    struct civil_time civil = civil_from_ms(window->zone, period->from_ms);
    switch (window->kind) {
    case WINDOW_DAY:
        buf_printf(out, "%04d-%02d-%02d", civil.year, civil.month, civil.day);
        break;
    case WINDOW_WEEK:
        print_week(window, civil, out);
        break;
    case WINDOW_MONTH:
        buf_printf(out, "%04d-%02d", civil.year, civil.month);
        break;
    case WINDOW_QUARTER:
        buf_printf(out, "%04d-Q%d", civil.year, (civil.month - 1) / 3 + 1);
        break;
    case WINDOW_YEAR:
        buf_printf(out, "%04d", civil.year);
        break;
    case WINDOW_ROLLING:
        buf_add_text(out, window->name);
        buf_puts(out, " to ");
        civil_print(window->zone, period->to_ms, out);
        break;
    }
}
