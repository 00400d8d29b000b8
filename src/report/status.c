/* The table of SLOs. */
#include "report/status.h"

#include "base/buf.h"
#include "base/duration.h"
#include "base/vec.h"
#include "engine/phrase.h"
#include "report/composite.h"
#include "report/markup.h"

#include <stdlib.h>

enum { BAR_CELLS = 10, CELL_MAX = 4096 };

struct ranked {
    const struct json *slo;
    size_t place; /* in the document */
    bool rollup;
    bool page;
    double left;
    size_t parent; /* index of its roll-up among the ranked */
};

static double left_of(const struct json *slo)
{
    const struct json *window = phrase_figures(slo);
    return window ? phrase_number(window, "left_share") : -1e9; /* what was never evaluated is worst */
}

static int compare_badness(const struct ranked *a, const struct ranked *b)
{
    if (a->page != b->page)
        return a->page ? -1 : 1;
    if (a->left != b->left)
        return a->left < b->left ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

struct ranking {
    struct ranked self;
    struct ranked parent;
};

static int compare(const void *left, const void *right)
{
    const struct ranking *a = left, *b = right;
    int order = compare_badness(&a->parent, &b->parent);
    if (order != 0)
        return order;
    if (a->self.rollup != b->self.rollup)
        return a->self.rollup ? -1 : 1;
    return compare_badness(&a->self, &b->self);
}

static bool same_id(const struct json *a, const struct json *b)
{
    return text_is(text_of(phrase_text(a, "id")), phrase_text(b, "id"));
}

const struct json **status_sorted(const struct json *document, struct arena *arena, size_t *n)
{
    const struct json *slos = json_get(document, "slos");
    size_t len = json_length(slos), at = 0, rollup = 0;
    struct ranking *rows = ARENA_ARRAY_ZERO(arena, struct ranking, len + 1);
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo), at++) {
        rows[at].self = (struct ranked){.slo = slo,
                                        .place = at,
                                        .rollup = phrase_is_rollup(slo),
                                        .page = json_is_object(json_get(slo, "page")),
                                        .left = left_of(slo)};
        /* values stand behind their roll-up */
        bool of_last = !rows[at].self.rollup && at > 0 && same_id(rows[rollup].self.slo, slo);
        rollup = of_last ? rollup : at;
        rows[at].parent = rows[rollup].self;
    }
    qsort(rows, len, sizeof *rows, compare);
    const struct json **sorted = ARENA_ARRAY_ZERO(arena, const struct json *, len + 1);
    for (size_t i = 0; i < len; i++)
        sorted[i] = rows[i].self.slo;
    *n = len;
    return sorted;
}

/* Columns as wide as their widest cell; widths count characters, not bytes. */
enum column {
    COLUMN_SLO,
    COLUMN_OBJECTIVE,
    COLUMN_ATTAINED,
    COLUMN_SEEN,
    COLUMN_LEFT,
    COLUMN_BURN,
    COLUMN_GONE,
    COLUMN_STATE,
    COLUMNS
};

static const char *const headings[COLUMNS] = {"SLO",         "OBJECTIVE", "ATTAINED", "SEEN",
                                              "BUDGET LEFT", "BURN",      "GONE IN",  "STATE"};

struct row {
    struct text cells[COLUMNS];
    const char *colour;
};

static size_t width_of(struct text t)
{
    size_t width = 0;
    for (size_t i = 0; i < t.len; i++)
        width += ((unsigned char)t.at[i] & 0xC0) != 0x80;
    return width;
}

static void put_bar(double left, struct buf *out)
{
    int full = left >= 1 ? BAR_CELLS : left <= 0 ? 0 : (int)(left * BAR_CELLS + 0.5);
    if (left > 0 && full == 0)
        full = 1;
    for (int i = 0; i < BAR_CELLS; i++)
        buf_puts(out, i < full ? "█" : "░");
    buf_putc(out, ' ');
}

static void put_state(const struct json *slo, const struct json *window, const struct status_style *style,
                      struct buf *out)
{
    const struct json *page = json_get(slo, "page"), *ticket = json_get(slo, "ticket");
    const struct json *open = json_is_object(page) ? page : json_is_object(ticket) ? ticket : NULL;
    struct text health = text_of(phrase_text(slo, "health"));
    buf_puts(out, window ? phrase_text(window, "state") : "");
    if (health.len && !text_is(health, "seen"))
        buf_printf(out, "%s%.*s", window ? ", " : "", TEXT_ARG(health));
    if (json_get(slo, "bounds"))
        buf_puts(out, ", threshold between buckets");
    if (open) {
        int64_t for_ms = style->now_ms - (int64_t)phrase_number(open, "since_ms");
        buf_printf(out, ", %s %s for ", phrase_text(open, "severity"), open == page ? "page" : "ticket");
        duration_print_human(for_ms > 0 ? for_ms : 0, out);
    }
    if (json_length(json_get(slo, "notes")))
        buf_puts(out, ", odd samples (explain)");
    if (window && phrase_number(window, "history_share") < 0.999) {
        buf_puts(out, ", ");
        phrase_history(window, out);
    }
}

static void put_cell(const struct json *slo, enum column column, const struct status_style *style,
                     struct buf *out)
{
    const struct json *window = phrase_figures(slo);
    if (column == COLUMN_SLO) {
        buf_puts(out, phrase_is_rollup(slo) ? "" : "  ");
        (phrase_is_rollup(slo) ? phrase_name : phrase_labels)(slo, out);
    } else if (column == COLUMN_OBJECTIVE) {
        if (phrase_is_rollup(slo))
            buf_printf(out, "%s%s%s", phrase_text(slo, "objective"), window ? " over " : "",
                       phrase_text(window, "name"));
    } else if (column == COLUMN_STATE) {
        put_state(slo, window, style, out);
    } else if (!window) {
        buf_puts(out, "–");
    } else if (column == COLUMN_ATTAINED) {
        phrase_attainment(slo, phrase_number(window, "attainment"), out);
    } else if (column == COLUMN_SEEN) {
        phrase_percent(phrase_number(window, "coverage"), out);
    } else if (column == COLUMN_LEFT) {
        if (style->bars)
            put_bar(phrase_number(window, "left_share"), out);
        phrase_percent(phrase_number(window, "left_share"), out);
    } else if (column == COLUMN_BURN) {
        phrase_rate(phrase_number(slo, "burn_rate"), out);
        buf_printf(out, " %s", phrase_text(slo, "burn_window"));
    } else {
        double gone = json_number(json_get(slo, "exhausted_in_ms"), -1);
        if (gone > 0)
            duration_print_human((int64_t)gone, out);
        else
            buf_puts(out, gone == 0 ? "gone" : "–");
    }
}

static const char *colour_of(const struct json *slo)
{
    const struct json *window = phrase_figures(slo);
    struct text state = text_of(phrase_text(window, "state"));
    if (!window || text_is(state, "exhausted") || json_is_object(json_get(slo, "page")))
        return "\033[31m";
    return text_is(state, "critical") || text_is(state, "warning") ? "\033[33m" : "\033[32m";
}

static void put_row(const struct row *row, const size_t widths[COLUMNS], bool colours, struct buf *out)
{
    for (int column = 0; column < COLUMNS; column++) {
        bool coloured = colours && row->colour && column == COLUMN_LEFT;
        size_t width = width_of(row->cells[column]);
        buf_puts(out, coloured ? row->colour : "");
        buf_add_text(out, row->cells[column]);
        buf_puts(out, coloured ? "\033[0m" : "");
        for (; column + 1 < COLUMNS && width < widths[column] + 2; width++)
            buf_putc(out, ' ');
    }
    while (out->len && out->at[out->len - 1] == ' ')
        buf_truncate(out, out->len - 1);
    buf_putc(out, '\n');
}

/* Below the table: the rate by which an SLO's money is counted. */
static void put_exchange(const struct json *slo, struct buf *out)
{
    if (!phrase_is_rollup(slo) || !json_get(slo, "exchange"))
        return;
    phrase_name(slo, out);
    buf_puts(out, ": ");
    phrase_exchange(slo, out);
    buf_putc(out, '\n');
}

void status_table(const struct json *document, const struct status_style *style, struct buf *out)
{
    struct arena arena;
    struct buf cell;
    size_t n = 0, widths[COLUMNS] = {0};
    arena_init(&arena, 0);
    buf_init(&cell, CELL_MAX);
    const struct json **slos = status_sorted(document, &arena, &n);
    struct row *rows = ARENA_ARRAY_ZERO(&arena, struct row, n + 1);
    for (size_t i = 0; i <= n; i++)
        for (int column = 0; column < COLUMNS; column++) {
            buf_clear(&cell);
            if (i == 0)
                buf_puts(&cell, headings[column]);
            else
                put_cell(slos[i - 1], (enum column)column, style, &cell);
            rows[i].cells[column] = text_copy(&arena, buf_text(&cell));
            rows[i].colour = i == 0 ? NULL : colour_of(slos[i - 1]);
            size_t width = width_of(rows[i].cells[column]);
            widths[column] = width > widths[column] ? width : widths[column];
        }
    for (size_t i = 0; i <= n; i++)
        put_row(&rows[i], widths, style->bars, out);
    for (size_t i = 0; i < n; i++)
        put_exchange(slos[i], out);
    const struct json *composites = json_get(document, "composites");
    for (const struct json *c = json_first(composites); c; c = json_next(c))
        composite_line(c, out);
    buf_finish(&cell);
    arena_finish(&arena);
}

void status_json(const struct json *document, struct buf *out)
{
    struct arena arena;
    struct json_writer w;
    size_t n = 0;
    arena_init(&arena, 0);
    const struct json **slos = status_sorted(document, &arena, &n);
    json_begin_pretty(&w, out);
    json_open(&w, '{');
    json_name(&w, "schema");
    json_put_string(&w, "sloburn.status/1");
    for (const struct json *child = json_first(document); child; child = json_next(child)) {
        json_name(&w, json_key(child));
        if (child != json_get(document, "slos")) {
            markup_json(&w, child);
            continue;
        }
        json_open(&w, '[');
        for (size_t i = 0; i < n; i++)
            markup_json(&w, slos[i]);
        json_close(&w, ']');
    }
    json_close(&w, '}');
    buf_putc(out, '\n');
    arena_finish(&arena);
}
