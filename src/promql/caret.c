/* caret: cuts the line of an error to what fits on a terminal and points at the place. Columns are counted in
 * characters, not bytes, and tabs are kept, so that the caret stands right. */
#include "promql/caret.h"

#include "base/buf.h"
#include "promql/ast.h"
#include "promql/function.h"
#include "promql/literal.h"
#include "promql/print.h"

enum { BEFORE = 60, BEHIND = 40 }; /* characters shown around the place */

/* ---- hints ---- */

static const struct {
    const char *message; /* what the error's text starts with */
    const char *part;    /* and what it contains, or NULL */
    const char *hint;
} hints[] = {
    {"unknown function with name \"holt_winters\"", NULL,
     "it is called double_exponential_smoothing since 3.0"},
    {"expected type range vector in call", "got instant vector", "give it a range, as in foo[5m]"},
    {"expected type instant vector", "got range vector",
     "leave the range out, or fold it, as in avg_over_time(foo[5m])"},
    {"expected type instant vector", "got scalar", "vector(…) makes a vector of a scalar"},
    {"expected type scalar", "got instant vector", "scalar(…) makes a scalar of a vector with one element"},
    {"ranges only allowed for vector selectors", NULL,
     "of other expressions take a subquery, as in (…)[5m:]"},
    {"no offset modifiers allowed before range", NULL, "offset goes behind the range: foo[5m] offset 1h"},
    {"no @ modifiers allowed before range", NULL, "@ goes behind the range: foo[5m] @ 1700000000"},
    {"comparisons between scalars must use BOOL modifier", NULL, "write == bool, > bool and so on"},
    {"vector selector must contain at least one non-empty matcher", NULL,
     "name the metric, or use a matcher that does not match \"\", as in {job=~\".+\"}"},
    {"unexpected <group_left>", NULL, "on (…) or ignoring (…) goes before it"},
    {"unexpected <group_right>", NULL, "on (…) or ignoring (…) goes before it"},
    {"unexpected \"=\"", NULL, "values are compared with =="},
    {"unexpected character: '&'", NULL, "the operator is called and"},
    {"unexpected character: '|'", NULL, "the operator is called or"},
    {"not a valid duration string", NULL, "units go in this order, each at most once: y w d h m s ms"},
    {"unknown unit", NULL, "units are y w d h m s ms"},
    {"bad number or duration syntax", NULL, "numbers are like 1.5e3 or 0x1f, durations like 1h30m"},
    {"trailing commas not allowed", NULL, "take the last comma out"},
    {"no grouping allowed for", NULL, "and, or, unless match many to many by themselves"},
};

static bool contains(const char *whole, const char *part)
{
    return !part || strstr(whole, part);
}

static void consider(struct text wanted, const char *name, const char **nearest, size_t *distance)
{
    size_t d = text_distance(wanted, text_of(name), *distance);
    if (d < *distance) {
        *nearest = name;
        *distance = d;
    }
}

/* The function or aggregation with the nearest name, at most a third of the letters away. */
static const char *nearest_function(struct text wanted)
{
    size_t n, distance = wanted.len / 3 + 1;
    const char *nearest = NULL;
    const struct promql_function *rows = promql_functions(&n);
    for (size_t i = 0; i < n; i++)
        consider(wanted, rows[i].name, &nearest, &distance);
    for (int op = 0; op <= AGGREGATE_LIMIT_RATIO; op++)
        consider(wanted, aggregate_op_name((enum aggregate_op)op), &nearest, &distance);
    return nearest;
}

/* Functions are lower case, and people write Rate. */
static struct text lower(struct text t, struct buf *out)
{
    for (size_t i = 0; i < t.len; i++)
        buf_putc(out, t.at[i] >= 'A' && t.at[i] <= 'Z' ? (char)(t.at[i] | 0x20) : t.at[i]);
    return buf_text(out);
}

static bool hint_function(const char *message, struct buf *out)
{
    struct text rest = text_of(message);
    if (!text_starts(rest, TEXT("unknown function with name \"")))
        return false;
    text_cut(&rest, '"');
    struct buf folded;
    buf_init(&folded, 256);
    const char *nearest = nearest_function(lower(text_cut(&rest, '"'), &folded));
    buf_finish(&folded);
    if (nearest)
        buf_printf(out, "did you mean %s?", nearest);
    return nearest != NULL;
}

bool promql_error_hint(const struct err *err, struct buf *out)
{
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
        if (text_starts(text_of(err->message), text_of(hints[i].message)) &&
            contains(err->message, hints[i].part)) {
            buf_puts(out, hints[i].hint);
            return true;
        }
    return hint_function(err->message, out);
}

/* ---- the line and its caret ---- */

static struct text line_of(struct text expression, int line)
{
    struct text rest = expression, row = text_cut(&rest, '\n');
    for (int i = 1; i < line; i++)
        row = text_cut(&rest, '\n');
    return row;
}

/* `n` characters before (or behind) a byte offset. */
static size_t step_back(struct text t, size_t at, int n)
{
    while (at > 0 && n-- > 0) {
        at--;
        while (at > 0 && ((unsigned char)t.at[at] & 0xc0) == 0x80)
            at--;
    }
    return at;
}

static size_t step_forward(struct text t, size_t at, int n)
{
    while (at < t.len && n-- > 0) {
        size_t len;
        rune_at(t, at, &len);
        at += len;
    }
    return at;
}

/* Control characters and broken UTF-8 would move the caret. */
static void print_plain(struct text t, struct buf *out)
{
    for (size_t i = 0; i < t.len;) {
        size_t len;
        int32_t c = rune_at(t, i, &len);
        if ((c < 0x20 && c != '\t') || c == 0x7f || (c == RUNE_INVALID && len == 1))
            buf_putc(out, '?');
        else
            buf_add(out, t.at + i, len);
        i += len;
    }
}

static void print_blank(struct text t, struct buf *out)
{
    for (size_t i = 0; i < t.len;) {
        size_t len;
        buf_putc(out, rune_at(t, i, &len) == '\t' ? '\t' : ' ');
        i += len;
    }
}

static void print_place(struct text line, size_t at, struct buf *out)
{
    size_t from = step_back(line, at, BEFORE), to = step_forward(line, at, BEHIND);
    const char *cut = from > 0 ? "…" : "";
    buf_printf(out, "  %s", cut);
    print_plain(text_part(line, from, to), out);
    buf_puts(out, to < line.len ? "…\n  " : "\n  ");
    buf_puts(out, from > 0 ? " " : "");
    print_blank(text_part(line, from, at), out);
    buf_puts(out, "^\n");
}

void promql_error_caret(struct text expression, const struct err *err, struct buf *out)
{
    if (err->pos.line > 0 && err->pos.column > 0) {
        struct text line = line_of(expression, err->pos.line);
        size_t at = (size_t)err->pos.column - 1;
        print_place(line, at < line.len ? at : line.len, out);
    }
    err_print(err, out);
    buf_putc(out, '\n');
    size_t before = out->len;
    buf_puts(out, "hint: ");
    if (promql_error_hint(err, out))
        buf_putc(out, '\n');
    else
        buf_truncate(out, before);
}
