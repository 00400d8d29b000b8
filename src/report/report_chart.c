/* The budget's burn-down as inline SVG: the share that is left at each day's end above, what each day spent
 * below. Colours come from the page's style sheet (classes), so that it follows light and dark. */
#include "base/buf.h"

#include "base/duration.h"
#include "base/html.h"
#include "engine/phrase.h"
#include "report/markup.h"
#include "report/report_parts.h"

#include <math.h>

/* In SVG units; the drawing scales with the page. */
enum {
    WIDTH = 760,
    LEFT = 56,
    RIGHT = 16,
    TOP = 14,
    LINE_HEIGHT = 180,
    GAP = 26,
    BAR_HEIGHT = 56,
    BOTTOM = 26,
    HEIGHT = TOP + LINE_HEIGHT + GAP + BAR_HEIGHT + BOTTOM,
    LABELS_MOST = 7,
};

struct chart {
    const struct json *slo;
    const struct json *window;
    const struct json *days;
    double from_ms;
    double to_ms;
    double now_ms;
    double allowed;
    double lowest;  /* share at the line's lower edge: 0, or below where overdrawn */
    double busiest; /* share that the most expensive day spent */
    struct buf *out;
};

static double x_of(const struct chart *chart, double ms)
{
    double at = (ms - chart->from_ms) / (chart->to_ms - chart->from_ms);
    at = at < 0 ? 0 : at > 1 ? 1 : at;
    return LEFT + at * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct chart *chart, double share)
{
    double at = (1 - share) / (1 - chart->lowest);
    return TOP + (at < 0 ? 0 : at > 1 ? 1 : at) * LINE_HEIGHT;
}

static double day_end(const struct chart *chart, const struct json *day)
{
    double end = phrase_number(day, "day_ms") + (double)DAY_MS;
    double last = chart->now_ms < chart->to_ms ? chart->now_ms : chart->to_ms;
    return end < last ? end : last;
}

static void find_extremes(struct chart *chart)
{
    double spent = 0;
    for (const struct json *day = json_first(chart->days); day; day = json_next(day)) {
        double share = phrase_number(day, "spent") / chart->allowed;
        spent += share;
        chart->lowest = fmin(chart->lowest, 1 - spent);
        chart->busiest = fmax(chart->busiest, share);
    }
    if (chart->lowest < 0)
        chart->lowest = fmax(-10, -ceil(-chart->lowest * 4) / 4);
}

static void put_text(const struct chart *chart, double x, double y, const char *anchor, const char *text)
{
    buf_printf(chart->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, y, anchor, text);
}

static void put_grid(const struct chart *chart)
{
    double step = chart->lowest < -1 ? ceil(-chart->lowest) / 2 : chart->lowest < 0 ? 0.5 : 0.25;
    struct buf label;
    buf_init(&label, 64);
    buf_puts(chart->out, "<g class=\"grid\">");
    for (double share = 1; share >= chart->lowest - 1e-9; share -= step) {
        double y = y_of(chart, share);
        bool zero = fabs(share) < 1e-9;
        buf_clear(&label);
        buf_printf(&label, "%s%.0f %%", share < -1e-9 ? "−" : "", fabs(share) * 100);
        buf_printf(chart->out, "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"%s/>", LEFT, WIDTH - RIGHT,
                   y, y, zero ? " class=\"zero\"" : "");
        put_text(chart, LEFT - 6, y + 4, "end", buf_cstring(&label));
    }
    buf_puts(chart->out, "</g>");
    buf_finish(&label);
}

/* Dates (or hours, where the period is short) below. */
static void put_dates(const struct chart *chart)
{
    double length = chart->to_ms - chart->from_ms;
    bool hours = length <= (double)(2 * DAY_MS);
    double unit = hours ? (double)HOUR_MS : (double)DAY_MS;
    double step = fmax(1, ceil(length / unit / LABELS_MOST)) * unit;
    struct buf label;
    buf_init(&label, 64);
    for (double ms = ceil(chart->from_ms / unit) * unit; ms <= chart->to_ms; ms += step) {
        buf_clear(&label);
        if (hours)
            phrase_time(ms, &label);
        else
            phrase_date(ms, &label);
        struct text shown = hours ? text_part(buf_text(&label), 11, 16) : text_part(buf_text(&label), 5, 10);
        double x = x_of(chart, ms);
        if (x > WIDTH - RIGHT - 14)
            break;
        buf_printf(chart->out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.*s</text>", x, HEIGHT - 8,
                   TEXT_ARG(shown));
    }
    buf_finish(&label);
}

/* Days of which a part was not seen, behind everything. */
static void put_unseen(const struct chart *chart)
{
    for (const struct json *day = json_first(chart->days); day; day = json_next(day)) {
        if (phrase_number(day, "unseen_minutes") <= 0)
            continue;
        double x = x_of(chart, phrase_number(day, "day_ms"));
        buf_printf(chart->out, "<rect class=\"unseen\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>", x,
                   TOP, x_of(chart, day_end(chart, day)) - x, LINE_HEIGHT);
    }
}

static void put_incidents(const struct chart *chart)
{
    const struct json *incidents = json_get(chart->slo, "incidents");
    for (const struct json *incident = json_first(incidents); incident; incident = json_next(incident)) {
        double closed = phrase_number(incident, "closed_ms");
        double x = x_of(chart, phrase_number(incident, "opened_ms"));
        double end = x_of(chart, closed > 0 ? closed : chart->now_ms);
        bool page = text_is(text_of(phrase_text(incident, "class")), "page");
        buf_printf(chart->out, "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"><title>",
                   page ? "page" : "ticket", x, TOP, fmax(2, end - x), LINE_HEIGHT);
        html_escape(text_of(phrase_text(incident, "what")), chart->out);
        buf_puts(chart->out, "</title></rect>");
    }
}

/* The points of what is left, as "x,y x,y"; returns the last x. */
static double put_points(const struct chart *chart)
{
    double left = 1, x = x_of(chart, chart->from_ms);
    buf_printf(chart->out, "%.1f,%.1f", x, y_of(chart, left));
    for (const struct json *day = json_first(chart->days); day; day = json_next(day)) {
        left -= phrase_number(day, "spent") / chart->allowed;
        x = x_of(chart, day_end(chart, day));
        buf_printf(chart->out, " %.1f,%.1f", x, y_of(chart, left));
    }
    return x;
}

static void put_line(const struct chart *chart)
{
    double floor_y = y_of(chart, chart->lowest < 0 ? 0 : chart->lowest);
    buf_puts(chart->out, "<polygon class=\"area\" points=\"");
    double x = put_points(chart);
    buf_printf(chart->out, " %.1f,%.1f %.1f,%.1f\"/>", x, floor_y, x_of(chart, chart->from_ms), floor_y);
    buf_printf(chart->out, "<line class=\"even\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>", LEFT,
               y_of(chart, 1), WIDTH - RIGHT, y_of(chart, 0));
    buf_puts(chart->out, "<polyline class=\"left\" points=\"");
    (void)put_points(chart);
    buf_puts(chart->out, "\"/>");
}

static void put_bars(const struct chart *chart)
{
    int base = TOP + LINE_HEIGHT + GAP + BAR_HEIGHT;
    double busiest = chart->busiest > 0 ? chart->busiest : 1;
    struct buf label;
    buf_init(&label, 256);
    buf_puts(&label, "a day’s spending, at most ");
    phrase_percent(chart->busiest, &label);
    buf_puts(&label, " of the budget");
    buf_puts(chart->out, "<g class=\"days\">");
    for (const struct json *day = json_first(chart->days); day; day = json_next(day)) {
        double share = phrase_number(day, "spent") / chart->allowed;
        double x = x_of(chart, phrase_number(day, "day_ms")), end = x_of(chart, day_end(chart, day));
        double height = fmax(0, share / busiest) * BAR_HEIGHT;
        buf_printf(chart->out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>", x + 1,
                   base - height, fmax(1, end - x - 2), height);
        phrase_date(phrase_number(day, "day_ms"), chart->out);
        buf_puts(chart->out, ": ");
        phrase_percent(share, chart->out);
        buf_puts(chart->out, " of the budget</title></rect>");
    }
    buf_printf(chart->out, "</g><line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>", LEFT,
               WIDTH - RIGHT, base, base);
    put_text(chart, LEFT, base - BAR_HEIGHT - 8, "start", buf_cstring(&label));
    buf_finish(&label);
}

static void put_title(const struct chart *chart)
{
    struct buf text;
    buf_init(&text, 8192);
    buf_puts(&text, "Burn-down of the error budget of ");
    phrase_name(chart->slo, &text);
    buf_puts(&text, ": ");
    phrase_percent(phrase_number(chart->window, "left_share"), &text);
    buf_puts(&text, " left of ");
    buf_puts(&text, phrase_text(chart->slo, "period"));
    buf_printf(chart->out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" class=\"chart\" aria-label=\"", WIDTH,
               HEIGHT);
    html_escape(buf_text(&text), chart->out);
    buf_puts(chart->out, "\">");
    buf_finish(&text);
}

bool report_chart(const struct json *slo, double now_ms, struct buf *out)
{
    const struct json *window = phrase_window(slo);
    struct chart chart = {.slo = slo,
                          .window = window,
                          .days = json_get(slo, "days"),
                          .from_ms = phrase_number(window, "from_ms"),
                          .to_ms = phrase_number(window, "to_ms"),
                          .now_ms = now_ms,
                          .allowed = phrase_number(window, "allowed"),
                          .out = out};
    if (json_length(chart.days) == 0 || chart.allowed <= 0 || chart.to_ms <= chart.from_ms)
        return false;
    find_extremes(&chart);
    put_title(&chart);
    put_unseen(&chart);
    put_grid(&chart);
    put_incidents(&chart);
    put_line(&chart);
    put_bars(&chart);
    put_dates(&chart);
    buf_puts(out, "</svg>\n");
    return true;
}
