/* Composites in the report: the figure, and what each part adds to it; as HTML and as Markdown. What is said
 * stands in tables here, so that both forms say the same. */
#include "base/buf.h"
#include "base/html.h"
#include "engine/phrase.h"
#include "report/composite.h"
#include "report/markup.h"
#include "report/report_parts.h"

enum { SCRATCH_MAX = 16 << 10 };

/* Without its environment, as SLOs are called everywhere. */
static void put_part_name(const struct json *composite, const struct json *part, struct buf *out)
{
    struct text id = text_of(phrase_text(part, "id"));
    (void)composite;
    (void)text_cut(&id, '/');
    buf_add_text(out, id);
}

static void put_weight(const struct json *composite, const struct json *part, struct buf *out)
{
    if (!composite_is_worst(composite))
        buf_printf(out, "%g", phrase_number(part, "weight"));
}

static bool is_known(const struct json *budget)
{
    return !text_is(text_of(phrase_verdict(budget)), "insufficient data");
}

static void put_share(const struct json *of, const char *name, struct buf *out)
{
    if (is_known(of))
        phrase_percent(phrase_number(of, name), out);
}

static void put_used(const struct json *composite, const struct json *part, struct buf *out)
{
    (void)composite;
    put_share(part, "used_share", out);
    if (!json_get(part, "uncorrected_used_share"))
        return;
    buf_puts(out, " (without corrections ");
    phrase_percent(phrase_number(part, "uncorrected_used_share"), out);
    buf_putc(out, ')');
}

static void put_contribution(const struct json *composite, const struct json *part, struct buf *out)
{
    (void)composite;
    put_share(part, "contribution", out);
    if (!json_get(part, "uncorrected_contribution"))
        return;
    buf_puts(out, " (without corrections ");
    phrase_percent(phrase_number(part, "uncorrected_contribution"), out);
    buf_putc(out, ')');
}

static void put_period(const struct json *composite, const struct json *part, struct buf *out)
{
    (void)composite;
    buf_puts(out, phrase_text(part, "period"));
}

static void put_verdict(const struct json *composite, const struct json *part, struct buf *out)
{
    (void)composite;
    buf_puts(out, phrase_verdict(part));
}

static const struct {
    const char *heading;
    void (*put)(const struct json *composite, const struct json *part, struct buf *out);
} columns[] = {
    {"Part", put_part_name}, {"Period", put_period},     {"Weight", put_weight},
    {"Used", put_used},      {"Adds", put_contribution}, {"Verdict", put_verdict},
};

enum { COLUMNS = sizeof columns / sizeof columns[0] };

static void put_left(const struct json *budget, struct buf *out)
{
    phrase_percent(phrase_number(budget, "left_share"), out);
    buf_printf(out, " (%s)", phrase_text(budget, "state"));
}

/* "70.0 % (healthy), without corrections 62.1 % (healthy): met" */
static void put_budget(const struct json *composite, struct buf *out)
{
    const struct json *uncorrected = json_get(composite, "uncorrected");
    if (!is_known(composite)) {
        buf_puts(out, "not known: none of its parts has enough data");
        return;
    }
    put_left(composite, out);
    if (!uncorrected)
        return;
    buf_puts(out, "; without corrections ");
    put_left(uncorrected, out);
    buf_printf(out, ": %s", phrase_verdict(uncorrected));
}

static const char *formula_of(const struct json *composite)
{
    return composite_is_worst(composite)
               ? "the most that one of its parts has used of its budget"
               : "the mean, by weight, of what its parts have used of their budgets";
}

enum report_verdict report_composite_verdict(const struct json *composite)
{
    struct text verdict = text_of(phrase_verdict(composite));
    for (int i = 0; i < VERDICTS; i++)
        if (text_is(verdict, report_verdict_names[i]))
            return (enum report_verdict)i;
    return VERDICT_INSUFFICIENT;
}

static void flush_html(struct buf *scratch, struct buf *out)
{
    html_escape(buf_text(scratch), out);
    buf_clear(scratch);
}

static void html_parts(const struct json *composite, struct buf *scratch, struct buf *out)
{
    buf_puts(out, "<div class=\"scroll\"><table><thead><tr>");
    for (int i = 0; i < COLUMNS; i++)
        buf_printf(out, "<th scope=\"col\">%s</th>", columns[i].heading);
    buf_puts(out, "</tr></thead><tbody>\n");
    for (const struct json *part = json_first(json_get(composite, "parts")); part; part = json_next(part)) {
        buf_puts(out, "<tr>");
        for (int i = 0; i < COLUMNS; i++) {
            buf_puts(out, "<td>");
            columns[i].put(composite, part, scratch);
            flush_html(scratch, out);
            buf_puts(out, "</td>");
        }
        buf_puts(out, "</tr>\n");
    }
    buf_puts(out, "</tbody></table></div>\n");
}

void report_composites_html(const struct json *document, struct buf *out)
{
    struct buf scratch;
    const struct json *composites = json_get(document, "composites");
    buf_init(&scratch, SCRATCH_MAX);
    for (const struct json *c = json_first(composites); c; c = json_next(c)) {
        enum report_verdict verdict = report_composite_verdict(c);
        buf_puts(out, "<section><div class=\"head\"><h2>");
        phrase_name(c, &scratch);
        flush_html(&scratch, out);
        buf_printf(out, "</h2><span class=\"badge v%d\">%s</span></div><p class=\"soft\">", (int)verdict,
                   report_verdict_names[verdict]);
        buf_printf(&scratch, "%s%sowner: %s · made of other SLOs", phrase_text(c, "summary"),
                   *phrase_text(c, "summary") ? " · " : "", phrase_text(c, "owner"));
        flush_html(&scratch, out);
        buf_puts(out, "</p>\n<dl class=\"figures\"><div class=\"wide\"><dt>Budget left</dt><dd>");
        put_budget(c, &scratch);
        flush_html(&scratch, out);
        buf_printf(out, "</dd></div><div class=\"wide\"><dt>Used is</dt><dd>%s</dd></div></dl>\n",
                   formula_of(c));
        html_parts(c, &scratch, out);
        buf_puts(out, "</section>\n");
    }
    buf_finish(&scratch);
}

static void flush_markdown(struct buf *scratch, struct buf *out)
{
    markup_cell(buf_text(scratch), out);
    buf_clear(scratch);
}

static void markdown_parts(const struct json *composite, struct buf *scratch, struct buf *out)
{
    buf_puts(out, "\n|");
    for (int i = 0; i < COLUMNS; i++)
        buf_printf(out, " %s |", columns[i].heading);
    buf_puts(out, "\n|");
    for (int i = 0; i < COLUMNS; i++)
        buf_puts(out, "---|");
    buf_putc(out, '\n');
    for (const struct json *part = json_first(json_get(composite, "parts")); part; part = json_next(part)) {
        buf_putc(out, '|');
        for (int i = 0; i < COLUMNS; i++) {
            buf_putc(out, ' ');
            columns[i].put(composite, part, scratch);
            flush_markdown(scratch, out);
            buf_puts(out, " |");
        }
        buf_putc(out, '\n');
    }
}

void report_composites_markdown(const struct json *document, struct buf *out)
{
    struct buf scratch;
    const struct json *composites = json_get(document, "composites");
    buf_init(&scratch, SCRATCH_MAX);
    for (const struct json *c = json_first(composites); c; c = json_next(c)) {
        buf_puts(out, "\n## ");
        phrase_name(c, &scratch);
        flush_markdown(&scratch, out);
        buf_printf(out, ": %s\n\n- Budget left: ", phrase_verdict(c));
        put_budget(c, &scratch);
        flush_markdown(&scratch, out);
        buf_printf(out, "\n- Used is: %s\n", formula_of(c));
        markdown_parts(c, &scratch, out);
    }
    buf_finish(&scratch);
}
