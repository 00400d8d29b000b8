/* The report as one HTML file: inline style and SVG, no script, nothing fetched; light and dark; tables
 * behind the charts. */
#include "base/buf.h"

#include "base/html.h"
#include "engine/phrase.h"
#include "report/markup.h"
#include "report/report_parts.h"

enum { SCRATCH_MAX = 64 << 10 };

static const char style[] =
    ":root{color-scheme:light "
    "dark;--ink:#1c2430;--soft:#5b6675;--rule:#d9dee5;--paper:#fff;--panel:#f5f7fa;--line:#1f5fbf;"
    "--good:#1a7f37;--warn:#8a5a00;--bad:#c0262d;--fill:rgba(31,95,191,.12);--gap:rgba(120,130,145,.22)}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b6;--rule:#333c49;--paper:#12161c;--"
    "panel:#1a2029;"
    "--line:#6ea8ff;--good:#4ac26b;--warn:#e0a93a;--bad:#ff6b6b;--fill:rgba(110,168,255,.16);--gap:rgba(150,"
    "160,175,.2)}}"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:60rem;padding:2rem 1.25rem "
    "4rem;background:var(--paper);"
    "color:var(--ink);font:15px/1.5 system-ui,-apple-system,\"Segoe UI\",\"Noto Sans\",sans-serif}"
    "h1{font-size:1.7rem;line-height:1.2;margin:0 0 "
    ".3rem}h2{font-size:1.2rem;margin:0}h3{font-size:1rem;margin:1.4rem 0 .4rem}"
    "p{margin:.4rem 0}.soft{color:var(--soft)}a{color:var(--line)}"
    "header dl{display:flex;flex-wrap:wrap;gap:.2rem 1.6rem;margin:.6rem 0 0}header dl "
    "div{display:flex;gap:.4rem}"
    "header dt{color:var(--soft)}header dd{margin:0}"
    ".tiles{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.4rem 0}.tile{flex:1 1 "
    "8rem;background:var(--panel);"
    "border-radius:.5rem;padding:.7rem .9rem}.tile b{display:block;font-size:1.6rem;line-height:1.2}"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
    "th,td{text-align:left;padding:.35rem .6rem .35rem 0;border-bottom:1px solid "
    "var(--rule);vertical-align:top}"
    "th{color:var(--soft);font-weight:600}td.n,th.n{text-align:right;padding-right:1.1rem}td.value{padding-"
    "left:1.2rem}td.n,td.budget{white-space:nowrap}"
    ".scroll{overflow-x:auto}"
    "section{border-top:2px solid var(--rule);margin-top:2.2rem;padding-top:1.1rem}"
    ".head{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:baseline;justify-content:space-between}"
    ".badge{border-radius:1rem;padding:.1rem .7rem;font-weight:600;font-size:.85rem;border:1.5px solid "
    "currentColor;"
    "white-space:nowrap}.v0{color:var(--good)}.v1{color:var(--warn)}.v2{color:var(--bad)}.v3{color:var(--"
    "soft)}"
    ".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(24rem,1fr));gap:.1rem "
    "1.5rem;margin:.8rem 0}"
    ".figures div{display:flex;gap:.6rem;border-bottom:1px solid var(--rule);padding:.25rem 0}"
    ".figures dt{color:var(--soft);flex:0 0 6.2rem}.figures dd{margin:0}.figures .wide{grid-column:1/-1}"
    ".chart{width:100%;height:auto;display:block;margin:.8rem 0 .2rem}.chart "
    "text{font-size:11px;fill:var(--soft)}"
    ".grid line{stroke:var(--rule)}.grid .zero{stroke:var(--soft)}.axis{stroke:var(--rule)}"
    ".left{fill:none;stroke:var(--line);stroke-width:2.2;stroke-linejoin:round}.area{fill:var(--fill)}"
    ".even{stroke:var(--soft);stroke-dasharray:4 4}.days rect{fill:var(--line);opacity:.75}"
    ".unseen{fill:var(--gap)}rect.page{fill:var(--bad);opacity:.45}rect.ticket{fill:var(--warn);opacity:.35}"
    ".legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;color:var(--soft);font-size:.85rem;margin:0 0 "
    ".6rem}"
    ".legend i{display:inline-block;width:1.2rem;height:.7rem;margin-right:.35rem;vertical-align:-.05rem}"
    ".legend .k-left{background:var(--line);height:.2rem;vertical-align:.22rem}"
    ".legend .k-even{border-top:2px dashed var(--soft);height:0;vertical-align:.25rem}"
    ".legend .k-page{background:var(--bad);opacity:.55}.legend .k-unseen{background:var(--gap)}"
    ".bar{display:inline-block;width:5rem;height:.6rem;border-radius:.3rem;background:var(--rule);overflow:"
    "hidden;"
    "vertical-align:.05rem;margin-right:.5rem}.bar i{display:block;height:100%;background:currentColor}"
    "details{margin:.6rem 0}summary{cursor:pointer;color:var(--soft)}code{font:.85em/1.4 "
    "ui-monospace,\"DejaVu Sans Mono\","
    "monospace;overflow-wrap:anywhere}footer{margin-top:2.5rem;color:var(--soft);font-size:.85rem}"
    "@media "
    "print{:root{color-scheme:light;--ink:#000;--soft:#444;--rule:#bbb;--paper:#fff;--panel:#fff;--line:#"
    "1f5fbf;"
    "--good:#1a7f37;--warn:#8a5a00;--bad:#c0262d;--fill:rgba(31,95,191,.1);--gap:rgba(120,130,145,.22)}"
    "body{max-width:none;padding:0;font-size:10.5pt}.tile{border:1px solid var(--rule)}"
    "section,tr,.chart{break-inside:avoid}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}@page{"
    "margin:16mm}}";

struct page {
    const struct json *document;
    struct buf *out;
    struct buf scratch; /* plain text that is about to be escaped */
};

/* Escapes what stands in scratch into the page. */
static void flush(struct page *page)
{
    html_escape(buf_text(&page->scratch), page->out);
    buf_clear(&page->scratch);
}

static void put(struct page *page, const char *text)
{
    html_escape(text_of(text), page->out);
}

static void raw(struct page *page, const char *html)
{
    buf_puts(page->out, html);
}

static void put_entry(struct page *page, const char *term)
{
    buf_printf(page->out, "<div><dt>%s</dt><dd>", term);
    flush(page);
    raw(page, "</dd></div>");
}

static void put_header(struct page *page, const struct report_summary *summary)
{
    raw(page, "<header><h1>Service level report</h1><p class=\"soft\">");
    report_summary_put(summary, &page->scratch);
    flush(page);
    raw(page, "</p><dl>");
    report_period_put(page->document, &page->scratch);
    put_entry(page, "Period");
    buf_puts(&page->scratch, phrase_text(page->document, "environment"));
    put_entry(page, "Environment");
    phrase_time(phrase_number(page->document, "now_ms"), &page->scratch);
    put_entry(page, "Generated");
    buf_printf(&page->scratch, "sloburn %s", phrase_text(page->document, "version"));
    put_entry(page, "By");
    buf_puts(&page->scratch, "times are UTC; calendar periods follow the zone of their SLO");
    put_entry(page, "Zone");
    raw(page, "</dl></header>\n<div class=\"tiles\">");
    for (int i = 0; i < VERDICTS; i++)
        if (summary->count[i] || i == VERDICT_MET || i == VERDICT_MISSED)
            buf_printf(page->out, "<div class=\"tile v%d\"><b>%zu</b>%s</div>", i, summary->count[i],
                       report_verdict_names[i]);
    raw(page, "</div>\n");
}

static void put_badge(struct page *page, const struct json *slo)
{
    int verdict = report_verdict(slo);
    buf_printf(page->out, "<span class=\"badge v%d\">%s</span>", verdict, report_verdict_names[verdict]);
}

static void put_bar(struct page *page, const struct json *slo)
{
    const struct json *window = phrase_window(slo);
    double left = phrase_number(window, "left_share");
    struct text state = text_of(phrase_text(window, "state"));
    int colour = text_is(state, "healthy") ? 0 : text_is(state, "warning") ? 1 : 2;
    if (report_verdict(slo) == VERDICT_INSUFFICIENT)
        return;
    buf_printf(page->out, "<span class=\"bar v%d\"><i style=\"width:%.1f%%\"></i></span>", colour,
               left < 0   ? 0
               : left > 1 ? 100
                          : left * 100);
    phrase_percent(left, &page->scratch);
    flush(page);
}

/* A row of a table of SLOs or values: name, an SLO's objective, attained, coverage, units, spent, left,
 * verdict. */
static void put_row(struct page *page, const struct json *slo, bool value)
{
    const struct json *window = phrase_window(slo);
    raw(page, value ? "<tr><td class=\"value\">" : "<tr><td>");
    if (value)
        phrase_labels(slo, &page->scratch);
    else
        phrase_name(slo, &page->scratch);
    flush(page);
    if (!value) {
        raw(page, "</td><td>");
        phrase_objective(slo, &page->scratch);
        flush(page);
    }
    raw(page, "</td><td class=\"n\">");
    if (phrase_number(window, "units") > 0)
        phrase_attainment(slo, phrase_number(window, "attainment"), &page->scratch);
    flush(page);
    raw(page, "</td><td>");
    report_coverage_put(window, &page->scratch);
    flush(page);
    raw(page, "</td><td class=\"n\">");
    phrase_count((int64_t)phrase_number(window, "units"), &page->scratch);
    flush(page);
    raw(page, "</td><td class=\"n\">");
    phrase_spent_bare(slo, phrase_number(window, "spent"), &page->scratch);
    flush(page);
    raw(page, "</td><td class=\"budget\">");
    put_bar(page, slo);
    buf_printf(page->out, "</td><td class=\"v%d\">%s</td></tr>\n", (int)report_verdict(slo),
               report_verdict_names[report_verdict(slo)]);
}

static void begin_table(struct page *page, const char *first, bool objective)
{
    buf_printf(page->out,
               "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">%s</th>%s"
               "<th scope=\"col\" class=\"n\">Attained</th><th scope=\"col\">Coverage</th>"
               "<th scope=\"col\" class=\"n\">Counted</th>"
               "<th scope=\"col\" class=\"n\">Spent</th><th scope=\"col\">Budget left</th><th "
               "scope=\"col\">Verdict</th>"
               "</tr></thead><tbody>\n",
               first, objective ? "<th scope=\"col\">Objective</th>" : "");
}

static void put_overview(struct page *page)
{
    const struct json *slos = json_get(page->document, "slos");
    begin_table(page, "SLO", true);
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
        if (phrase_is_rollup(slo))
            put_row(page, slo, false);
    raw(page, "</tbody></table></div>\n");
}

static void put_figures(struct page *page, const struct json *slo)
{
    const struct json *window = phrase_window(slo);
    raw(page, "<dl class=\"figures\">");
    for (const struct report_figure *figure = report_figures; figure->label; figure++) {
        if (!figure->put(slo, window, &page->scratch))
            continue;
        bool wide = page->scratch.len > 46;
        buf_printf(page->out, "<div%s><dt>%s</dt><dd>", wide ? " class=\"wide\"" : "", figure->label);
        flush(page);
        raw(page, "</dd></div>");
    }
    raw(page, "</dl>\n");
}

static void put_chart(struct page *page, const struct json *slo)
{
    if (!report_chart(slo, phrase_number(page->document, "now_ms"), page->out))
        return;
    raw(page, "<p class=\"legend\"><span><i class=\"k-left\"></i>budget left</span>"
              "<span><i class=\"k-even\"></i>spent evenly</span><span><i class=\"k-page\"></i>incident</span>"
              "<span><i class=\"k-unseen\"></i>a part was not seen</span></p>\n");
}

static void put_incidents(struct page *page, const struct json *slo)
{
    const struct json *incidents = json_get(slo, "incidents");
    raw(page, "<h3>Incidents</h3>");
    if (json_length(incidents) == 0) {
        raw(page, "<p class=\"soft\">None in this period.</p>\n");
        return;
    }
    raw(page,
        "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Opened</th><th scope=\"col\">Severity</th>"
        "<th scope=\"col\">What</th><th scope=\"col\">Lasted</th><th "
        "scope=\"col\">Cost</th></tr></thead><tbody>\n");
    for (const struct json *incident = json_first(incidents); incident; incident = json_next(incident)) {
        raw(page, "<tr><td>");
        phrase_time(phrase_number(incident, "opened_ms"), &page->scratch);
        flush(page);
        raw(page, "</td><td>");
        buf_printf(&page->scratch, "%s %s", phrase_text(incident, "severity"),
                   phrase_text(incident, "class"));
        flush(page);
        raw(page, "</td><td>");
        put(page, phrase_text(incident, "what"));
        raw(page, "</td><td>");
        report_incident_lasted(incident, page->document, &page->scratch);
        flush(page);
        raw(page, "</td><td>");
        report_incident_cost(slo, incident, &page->scratch);
        flush(page);
        raw(page, "</td></tr>\n");
    }
    raw(page, "</tbody></table></div>\n");
}

static void put_corrections(struct page *page, const struct json *slo)
{
    const struct json *corrections = json_get(slo, "corrections");
    if (json_length(corrections) == 0)
        return;
    raw(page, "<h3>Corrections</h3><div class=\"scroll\"><table><thead><tr><th scope=\"col\">Kind</th>"
              "<th scope=\"col\">When</th><th scope=\"col\">Why</th><th scope=\"col\">Who</th></tr></thead>"
              "<tbody>\n");
    for (const struct json *c = json_first(corrections); c; c = json_next(c)) {
        raw(page, "<tr><td>");
        put(page, phrase_text(c, "kind"));
        raw(page, "</td><td>");
        report_correction_when(c, &page->scratch);
        flush(page);
        raw(page, "</td><td>");
        put(page, phrase_text(c, "reason"));
        raw(page, "</td><td>");
        report_correction_who(c, &page->scratch);
        flush(page);
        raw(page, "</td></tr>\n");
    }
    raw(page, "</tbody></table></div>\n");
}

static void put_values(struct page *page, const struct json *slo)
{
    const struct json *value = report_next_value(slo);
    if (!value)
        return;
    raw(page, "<h3>By value</h3>");
    begin_table(page, "Value", false);
    for (; value; value = report_next_value(value))
        put_row(page, value, true);
    raw(page, "</tbody></table></div>\n");
}

static void put_day(struct page *page, const struct json *slo, const struct json *day)
{
    double units = phrase_number(day, "units"), allowed = phrase_number(phrase_window(slo), "allowed");
    raw(page, "<tr><td>");
    phrase_date(phrase_number(day, "day_ms"), &page->scratch);
    flush(page);
    raw(page, "</td><td class=\"n\">");
    phrase_count((int64_t)units, &page->scratch);
    flush(page);
    raw(page, "</td><td class=\"n\">");
    phrase_spent_bare(slo, phrase_number(day, "spent"), &page->scratch);
    flush(page);
    raw(page, "</td><td class=\"n\">");
    if (allowed > 0)
        phrase_percent(phrase_number(day, "spent") / allowed, &page->scratch);
    flush(page);
    raw(page, "</td><td class=\"n\">");
    phrase_count((int64_t)phrase_number(day, "unseen_minutes"), &page->scratch);
    flush(page);
    raw(page, "</td></tr>\n");
}

static void put_days(struct page *page, const struct json *slo)
{
    const struct json *days = json_get(slo, "days");
    if (json_length(days) == 0)
        return;
    buf_printf(page->out,
               "<details><summary>Day by day</summary><div class=\"scroll\"><table><thead><tr><th "
               "scope=\"col\">Day (UTC)</th>"
               "<th scope=\"col\" class=\"n\">Counted</th><th scope=\"col\" class=\"n\">Spent (%s)</th>"
               "<th scope=\"col\" class=\"n\">Of the budget</th><th scope=\"col\" class=\"n\">Minutes "
               "unseen</th></tr></thead>"
               "<tbody>\n",
               phrase_spent_heading(slo));
    for (const struct json *day = json_first(days); day; day = json_next(day))
        put_day(page, slo, day);
    raw(page, "</tbody></table></div></details>\n");
}

static void put_queries(struct page *page, const struct json *slo)
{
    const struct json *queries = json_get(slo, "queries");
    if (json_length(queries) == 0)
        return;
    raw(page, "<details><summary>What is counted</summary><table><tbody>\n");
    for (const struct json *query = json_first(queries); query; query = json_next(query)) {
        raw(page, "<tr><td>");
        put(page, phrase_text(query, "role"));
        raw(page, "</td><td>");
        buf_printf(&page->scratch, "%s%g ×", phrase_number(query, "coefficient") < 0 ? "" : "+",
                   phrase_number(query, "coefficient"));
        flush(page);
        raw(page, "</td><td><code>");
        put(page, phrase_text(query, "query"));
        raw(page, "</code></td></tr>\n");
    }
    raw(page, "</tbody></table></details>\n");
}

static void put_slo(struct page *page, const struct json *slo)
{
    raw(page, "<section><div class=\"head\"><h2>");
    phrase_name(slo, &page->scratch);
    flush(page);
    raw(page, "</h2>");
    put_badge(page, slo);
    raw(page, "</div><p class=\"soft\">");
    buf_printf(&page->scratch, "%s%sowner: %s", phrase_text(slo, "summary"),
               *phrase_text(slo, "summary") ? " · " : "", phrase_text(slo, "owner"));
    flush(page);
    raw(page, "</p>\n");
    put_figures(page, slo);
    put_chart(page, slo);
    put_values(page, slo);
    put_corrections(page, slo);
    put_incidents(page, slo);
    put_days(page, slo);
    put_queries(page, slo);
    raw(page, "</section>\n");
}

static void put_methodology(struct page *page)
{
    raw(page, "<section><h2>How this is computed</h2>\n");
    for (size_t i = 0; report_methodology[i][0]; i++) {
        buf_printf(page->out, "<h3>%s</h3><p>", report_methodology[i][0]);
        put(page, report_methodology[i][1]);
        raw(page, "</p>\n");
    }
    raw(page, "</section>\n");
}

void report_html(const struct json *document, struct buf *out)
{
    struct page page = {.document = document, .out = out};
    struct report_summary summary = report_summarise(document);
    const struct json *slos = json_get(document, "slos");
    buf_init(&page.scratch, SCRATCH_MAX);
    raw(&page, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
               "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
               "<link rel=\"icon\" href=\"data:,\"><title>Service level report: ");
    report_period_put(document, &page.scratch);
    flush(&page);
    buf_printf(out, "</title><style>%s</style></head><body>\n", style);
    put_header(&page, &summary);
    raw(&page, "<main>\n");
    put_overview(&page);
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
        if (phrase_is_rollup(slo))
            put_slo(&page, slo);
    report_composites_html(document, out);
    put_methodology(&page);
    raw(&page, "</main>\n</body></html>\n");
    buf_finish(&page.scratch);
}
