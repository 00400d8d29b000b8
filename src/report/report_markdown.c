/* The report as Markdown, for wikis and pull requests. */
#include "base/buf.h"
#include "engine/phrase.h"
#include "report/markup.h"
#include "report/report_parts.h"

enum { SCRATCH_MAX = 64 << 10 };

struct page {
    const struct json *document;
    struct buf *out;
    struct buf scratch;
};

static void flush(struct page *page)
{
    markup_cell(buf_text(&page->scratch), page->out);
    buf_clear(&page->scratch);
}

static void put(struct page *page, const char *text)
{
    markup_cell(text_of(text), page->out);
}

static void raw(struct page *page, const char *markdown)
{
    buf_puts(page->out, markdown);
}

static void put_header(struct page *page)
{
    struct report_summary summary = report_summarise(page->document);
    raw(page, "# Service level report\n\n");
    report_summary_put(&summary, &page->scratch);
    flush(page);
    raw(page, "\n\n| | |\n|---|---|\n| Period | ");
    report_period_put(page->document, &page->scratch);
    flush(page);
    raw(page, " |\n| Environment | ");
    put(page, phrase_text(page->document, "environment"));
    raw(page, " |\n| Generated | ");
    phrase_time(phrase_number(page->document, "now_ms"), &page->scratch);
    flush(page);
    raw(page, " by sloburn ");
    put(page, phrase_text(page->document, "version"));
    raw(page, " |\n| Zone | times are UTC; calendar periods follow the zone of their SLO |\n\n");
}

static void put_row(struct page *page, const struct json *slo)
{
    const struct json *window = phrase_window(slo);
    bool rollup = phrase_is_rollup(slo);
    raw(page, rollup ? "| " : "| – ");
    (rollup ? phrase_name : phrase_labels)(slo, &page->scratch);
    flush(page);
    raw(page, " | ");
    if (rollup)
        phrase_objective(slo, &page->scratch);
    flush(page);
    raw(page, " | ");
    if (phrase_number(window, "units") > 0)
        phrase_attainment(slo, phrase_number(window, "attainment"), &page->scratch);
    flush(page);
    raw(page, " | ");
    report_coverage_put(window, &page->scratch);
    flush(page);
    raw(page, " | ");
    phrase_count((int64_t)phrase_number(window, "units"), &page->scratch);
    flush(page);
    raw(page, " | ");
    phrase_spent(slo, phrase_number(window, "spent"), &page->scratch);
    flush(page);
    raw(page, " | ");
    if (report_verdict(slo) != VERDICT_INSUFFICIENT)
        phrase_percent(phrase_number(window, "left_share"), &page->scratch);
    flush(page);
    raw(page, report_verdict(slo) == VERDICT_MISSED ? " | **" : " | ");
    put(page, phrase_verdict(window));
    raw(page, report_verdict(slo) == VERDICT_MISSED ? "** |\n" : " |\n");
}

static void put_overview(struct page *page)
{
    const struct json *slos = json_get(page->document, "slos");
    raw(page, "| SLO | Objective | Attained | Coverage | Counted | Spent | Budget left | Verdict |\n"
              "|---|---|---:|---|---:|---:|---:|---|\n");
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
        put_row(page, slo);
}

static void put_incidents(struct page *page, const struct json *slo)
{
    const struct json *incidents = json_get(slo, "incidents");
    if (json_length(incidents) == 0) {
        raw(page, "\nNo incidents in this period.\n");
        return;
    }
    raw(page, "\n| Opened | Severity | What | Lasted | Cost |\n|---|---|---|---|---|\n");
    for (const struct json *incident = json_first(incidents); incident; incident = json_next(incident)) {
        raw(page, "| ");
        phrase_time(phrase_number(incident, "opened_ms"), &page->scratch);
        flush(page);
        raw(page, " | ");
        buf_printf(&page->scratch, "%s %s", phrase_text(incident, "severity"),
                   phrase_text(incident, "class"));
        flush(page);
        raw(page, " | ");
        put(page, phrase_text(incident, "what"));
        raw(page, " | ");
        report_incident_lasted(incident, page->document, &page->scratch);
        flush(page);
        raw(page, " | ");
        report_incident_cost(slo, incident, &page->scratch);
        flush(page);
        raw(page, " |\n");
    }
}

static void put_corrections(struct page *page, const struct json *slo)
{
    const struct json *corrections = json_get(slo, "corrections");
    if (json_length(corrections) == 0)
        return;
    raw(page, "\n| Correction | When | Why | Who |\n|---|---|---|---|\n");
    for (const struct json *c = json_first(corrections); c; c = json_next(c)) {
        raw(page, "| ");
        put(page, phrase_text(c, "kind"));
        raw(page, " | ");
        report_correction_when(c, &page->scratch);
        flush(page);
        raw(page, " | ");
        put(page, phrase_text(c, "reason"));
        raw(page, " | ");
        report_correction_who(c, &page->scratch);
        flush(page);
        raw(page, " |\n");
    }
}

static void put_slo(struct page *page, const struct json *slo)
{
    const struct json *window = phrase_window(slo);
    raw(page, "\n## ");
    phrase_name(slo, &page->scratch);
    flush(page);
    raw(page, ": ");
    put(page, phrase_verdict(window));
    raw(page, "\n\n");
    for (const struct report_figure *figure = report_figures; figure->label; figure++) {
        if (!figure->put(slo, window, &page->scratch))
            continue;
        buf_printf(page->out, "- %s: ", figure->label);
        flush(page);
        raw(page, "\n");
    }
    put_corrections(page, slo);
    put_incidents(page, slo);
}

void report_markdown(const struct json *document, struct buf *out)
{
    struct page page = {.document = document, .out = out};
    const struct json *slos = json_get(document, "slos");
    buf_init(&page.scratch, SCRATCH_MAX);
    put_header(&page);
    put_overview(&page);
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
        if (phrase_is_rollup(slo))
            put_slo(&page, slo);
    report_composites_markdown(document, out);
    raw(&page, "\n## How this is computed\n");
    for (size_t i = 0; report_methodology[i][0]; i++) {
        buf_printf(out, "\n**%s.** ", report_methodology[i][0]);
        put(&page, report_methodology[i][1]);
        raw(&page, "\n");
    }
    buf_finish(&page.scratch);
}
