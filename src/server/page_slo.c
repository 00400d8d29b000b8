/* The page of one SLO: its groups, the budgets of its windows, its tiers. */
#include "base/html.h"
#include "engine/ledger_query.h"
#include "engine/phrase.h"
#include "server/html.h"
#include "server/page_parts.h"

static void put_tiers(const struct json *slo, struct buf *out)
{
    buf_puts(out, "<div class=\"scroll\"><table><tr><th>tier</th><th>severity</th><th>windows</th>"
                  "<th class=\"n\">fires at</th><th class=\"n\">long</th><th "
                  "class=\"n\">short</th><th>verdict</th></tr>\n");
    for (const struct json *tier = json_first(json_get(slo, "tiers")); tier; tier = json_next(tier)) {
        bool open = json_bool(json_get(tier, "open"), false);
        buf_puts(out, "<tr><td>");
        html_string(page_text(tier, "name"), out);
        buf_printf(out,
                   "</td><td>%s</td><td>%s and %s</td><td class=\"n\">%.4g</td><td class=\"n\">%.4g</td>"
                   "<td class=\"n\">%.4g</td><td class=\"%s\">%s</td></tr>\n",
                   page_text(tier, "severity"), page_text(tier, "long"), page_text(tier, "short"),
                   page_number(tier, "factor"), page_number(tier, "long_rate"),
                   page_number(tier, "short_rate"), open ? "bad" : "soft", page_text(tier, "verdict"));
    }
    buf_puts(out, "</table></div>\n");
}

/* A cell with what stands in scratch. */
static void put_cell(struct buf *scratch, struct buf *out)
{
    buf_puts(out, "</td><td class=\"n\">");
    html_escape(buf_text(scratch), out);
    buf_clear(scratch);
}

static void put_windows(const struct json *slo, struct buf *out)
{
    struct buf scratch; /* names of units come from files: nothing of them is written unescaped */
    buf_init(&scratch, 64 << 10);
    buf_puts(out, "<div class=\"scroll\"><table><tr><th>window</th><th class=\"n\">budget left</th>"
                  "<th class=\"n\">amount</th><th class=\"n\">attained</th><th class=\"n\">counted</th>"
                  "<th class=\"n\">seen</th><th>verdict</th></tr>\n");
    for (const struct json *w = json_first(json_get(slo, "windows")); w; w = json_next(w)) {
        buf_puts(out, "<tr><td>");
        html_string(page_text(w, "name"), out);
        buf_puts(out, "</td><td class=\"n\">");
        html_budget_bar(page_number(w, "left_share"), out);
        buf_printf(out, " <span class=\"share\">%.1f %%</span>", 100 * page_number(w, "left_share"));
        phrase_left(slo, w, &scratch);
        put_cell(&scratch, out);
        phrase_attainment(slo, page_number(w, "attainment"), &scratch);
        put_cell(&scratch, out);
        phrase_units(slo, page_number(w, "units"), &scratch);
        put_cell(&scratch, out);
        phrase_percent(page_number(w, "coverage"), &scratch);
        buf_puts(&scratch, page_number(w, "history_share") < 0.999 ? "; " : "");
        phrase_history(w, &scratch);
        put_cell(&scratch, out);
        buf_printf(out, "</td><td>%s</td></tr>\n", page_text(w, "verdict"));
    }
    buf_puts(out, "</table></div>\n");
    if (phrase_exchange(slo, &scratch)) {
        buf_puts(out, "<p class=\"soft\">Exchange rate: ");
        html_escape(buf_text(&scratch), out);
        buf_puts(out, "</p>\n");
    }
    buf_finish(&scratch);
}

void answer_slo_page(struct exchange *exchange, struct text id)
{
    struct ledger_query query = {.now_ms = exchange->now_ms, .id = id};
    struct buf *out = &exchange->response->body;
    struct json *slos, *alerts;
    if (!page_fetch(exchange, &query, &slos, &alerts))
        return;
    exchange->response->content_type = "text/html; charset=utf-8";
    html_begin("sloburn", PAGE_REFRESH_S, out);
    page_put_header(exchange, out);
    const struct json *first = json_first(json_get(slos, "slos"));
    buf_puts(out, "<h2>");
    html_string(page_text(first, "service"), out);
    buf_puts(out, " ");
    html_string(page_text(first, "name"), out);
    buf_puts(out, ": ");
    html_string(page_text(first, "objective"), out);
    buf_puts(out, "</h2>\n");
    page_begin_slo_table(out);
    for (const struct json *slo = first; slo; slo = json_next(slo))
        page_put_row(slo, false, out);
    buf_puts(out, "</table></div>\n<h2>Budgets</h2>\n");
    put_windows(first, out);
    buf_puts(out, "<h2>Tiers</h2>\n");
    put_tiers(first, out);
    buf_puts(out, "<p class=\"soft\">sloburn explain ");
    html_string(page_text(first, "id"), out);
    buf_puts(out, " tells the rest.</p>\n");
    html_end(out);
    json_free(slos);
    json_free(alerts);
}
