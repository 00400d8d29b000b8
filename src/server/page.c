/* The page: what is burning on top, then every SLO with its budget and burn rates. Written from the same JSON
 * that the API gives. */
#include "base/duration.h"
#include "base/html.h"
#include "base/json.h"
#include "base/timezone.h"
#include "engine/ledger_query.h"
#include "engine/phrase.h"
#include "server/html.h"
#include "server/page_parts.h"

enum { DOCUMENT_MAX = 64 << 20 };

static void put_link(const struct json *facts, const char *name, const char *label, struct buf *out)
{
    const char *url = page_text(facts, name);
    if (!text_starts(text_of(url), TEXT("http")) && url[0] != '/')
        return;
    buf_puts(out, " · <a href=\"");
    html_string(url, out);
    buf_printf(out, "\" rel=\"noreferrer\">%s</a>", label);
}

static void put_budget_line(const struct json *facts, struct buf *out)
{
    if (!json_bool(json_get(facts, "has_budget"), false))
        return;
    int64_t gone_ms = (int64_t)page_number(facts, "exhausted_in_ms");
    buf_printf(out, "<p>%.1f %% of the %s budget left", 100 * page_number(facts, "budget_left"),
               page_text(facts, "budget_window"));
    if (*page_text(facts, "budget_amount")) {
        buf_puts(out, " (");
        html_string(page_text(facts, "budget_amount"), out);
        buf_puts(out, ")");
    }
    buf_printf(out, ", burning %.3g times as fast as it lasts (%s)", page_number(facts, "burn_rate"),
               page_text(facts, "burn_window"));
    if (gone_ms > 0) {
        buf_puts(out, ": gone in ");
        duration_print_human(gone_ms, out);
    } else if (gone_ms == 0) {
        buf_puts(out, ": <b class=\"bad\">gone</b>");
    }
    buf_puts(out, "</p>");
}

static void put_incident(const struct json *incident, int64_t now_ms, struct buf *out)
{
    const struct json *facts = json_get(incident, "facts");
    buf_printf(out, "<div class=\"card %s\"><p><span class=\"tag\">%s</span> <b>", page_text(facts, "class"),
               page_text(facts, "severity"));
    html_string(page_text(facts, "service"), out);
    buf_puts(out, " ");
    html_string(page_text(facts, "subject"), out);
    buf_puts(out, "</b> ");
    html_string(page_text(facts, "group"), out);
    buf_puts(out, " <span class=\"soft\">opened ");
    html_ago((int64_t)page_number(incident, "opened_ms"), now_ms, out);
    buf_puts(out, "</span></p><p>");
    html_string(page_text(facts, "what"), out);
    buf_puts(out, "</p>");
    put_budget_line(facts, out);
    buf_puts(out, "<p class=\"soft\">");
    html_string(page_text(facts, "owner"), out);
    put_link(facts, "runbook", "runbook", out);
    buf_puts(out, "</p></div>\n");
}

static void put_incidents(const struct json *alerts, int64_t now_ms, struct buf *out)
{
    const struct json *incidents = json_get(alerts, "incidents");
    buf_printf(out, "<h2>Firing</h2>\n");
    if (json_length(incidents) == 0)
        buf_puts(out, "<p class=\"good\">Nothing is firing.</p>\n");
    for (const struct json *incident = json_first(incidents); incident; incident = json_next(incident))
        put_incident(incident, now_ms, out);
}

static void put_rule_alerts(const struct json *alerts, int64_t now_ms, struct buf *out)
{
    const struct json *list = json_get(alerts, "alerts");
    if (json_length(list) == 0)
        return;
    buf_puts(out, "<h2>Alerts of rules</h2><div class=\"scroll\"><table><tr><th>alert</th><th>state</th>"
                  "<th class=\"n\">value</th><th>active</th><th>labels</th></tr>\n");
    for (const struct json *alert = json_first(list); alert; alert = json_next(alert)) {
        const struct json *labels = json_get(alert, "labels");
        bool firing = text_is(text_of(page_text(alert, "state")), "firing");
        buf_puts(out, "<tr><td>");
        html_string(page_text(labels, "alertname"), out);
        buf_printf(out, "</td><td class=\"%s\">%s</td><td class=\"n\">%.5g</td><td>", firing ? "bad" : "warn",
                   page_text(alert, "state"), page_number(alert, "value"));
        html_ago((int64_t)page_number(alert, "active_ms"), now_ms, out);
        buf_puts(out, "</td><td class=\"soft\">");
        for (const struct json *label = json_first(labels); label; label = json_next(label)) {
            if (text_is(text_of(json_key(label)), "alertname"))
                continue;
            html_string(json_key(label), out);
            buf_puts(out, "=");
            html_string(json_string(label, ""), out);
            buf_putc(out, ' ');
        }
        buf_puts(out, "</td></tr>\n");
    }
    buf_puts(out, "</table></div>\n");
}

static void put_name(const struct json *slo, bool link, struct buf *out)
{
    const struct json *labels = json_get(slo, "labels");
    if (json_length(labels) == 0) {
        buf_puts(out, link ? "<a href=\"/slo/" : "<b>");
        if (link) {
            html_string(page_text(slo, "id"), out);
            buf_puts(out, "\">");
        }
        html_string(page_text(slo, "service"), out);
        buf_puts(out, " ");
        html_string(page_text(slo, "name"), out);
        buf_puts(out, link ? "</a>" : "</b>");
        return;
    }
    for (const struct json *label = json_first(labels); label; label = json_next(label)) {
        html_string(json_key(label), out);
        buf_puts(out, "=");
        html_string(json_string(label, ""), out);
        buf_putc(out, ' ');
    }
}

static void put_state(const struct json *slo, struct buf *out)
{
    const char *health = page_text(slo, "health");
    if (json_is_object(json_get(slo, "page")))
        buf_puts(out, "<td class=\"bad\"><b>page</b></td>");
    else if (json_is_object(json_get(slo, "ticket")))
        buf_puts(out, "<td class=\"warn\">ticket</td>");
    else if (text_is(text_of(health), "seen"))
        buf_puts(out, "<td class=\"good\">quiet</td>");
    else
        buf_printf(out, "<td class=\"warn\">%s</td>", health);
}

void page_put_row(const struct json *slo, bool link, struct buf *out)
{
    const struct json *window = json_first(json_get(slo, "windows"));
    bool child = json_length(json_get(slo, "labels")) > 0;
    buf_printf(out, "<tr%s><td>", child ? " class=\"child\"" : "");
    put_name(slo, link, out);
    buf_puts(out, "</td><td>");
    if (!child)
        html_string(page_text(slo, "objective"), out);
    buf_puts(out, "</td>");
    put_state(slo, out);
    if (window) {
        struct buf attained;
        buf_init(&attained, 4096);
        phrase_attainment(slo, page_number(window, "attainment"), &attained);
        buf_puts(out, "<td class=\"n\">");
        html_escape(buf_text(&attained), out);
        buf_finish(&attained);
        buf_puts(out, "</td><td class=\"n\">");
        html_budget_bar(page_number(window, "left_share"), out);
        buf_printf(out, " <span class=\"share\">%.1f %%</span></td>",
                   100 * page_number(window, "left_share"));
    } else {
        buf_puts(out, "<td></td><td class=\"soft n\">not counted yet</td>");
    }
    buf_printf(out, "<td class=\"n\">%.3g</td><td class=\"soft\">%s</td><td class=\"n\">%.1f %%",
               page_number(slo, "burn_rate"), page_text(slo, "burn_window"),
               window ? 100 * page_number(window, "coverage") : 0.0);
    if (window && page_number(window, "history_share") < 0.999) {
        buf_puts(out, "; ");
        phrase_history(window, out);
    }
    buf_puts(out, "</td></tr>\n");
}

void page_begin_slo_table(struct buf *out)
{
    buf_puts(out,
             "<div class=\"scroll\"><table><tr><th>SLO</th><th>objective</th><th>state</th>"
             "<th class=\"n\">attained</th><th class=\"n\">budget left</th><th class=\"n\">burn rate</th>"
             "<th>over</th>"
             "<th class=\"n\">seen</th></tr>\n");
}

static void put_filling(const struct counters *counters, struct buf *out)
{
    int64_t left_ms = atomic_load(&counters->fill_left_ms);
    if (atomic_load(&counters->ready))
        return;
    buf_printf(out, "<p class=\"warn\">Reading history: %d %%", atomic_load(&counters->fill_percent));
    if (left_ms > 0) {
        buf_puts(out, ", about ");
        duration_print_human(left_ms, out);
        buf_puts(out, " left");
    }
    buf_puts(out, ". Budgets are complete when it is done.</p>\n");
}

void page_put_header(const struct exchange *exchange, struct buf *out)
{
    buf_puts(out,
             "<header><h1><a href=\"/\" style=\"text-decoration:none\">sloburn</a> <span class=\"soft\">");
    html_escape(exchange->config->environment, out);
    buf_puts(out, "</span></h1><span class=\"soft\">");
    if (exchange->options->observe)
        buf_puts(out, "observing: nothing is delivered · ");
    civil_print(NULL, exchange->now_ms - exchange->now_ms % 1000, out);
    buf_puts(out, "</span></header>\n");
    put_filling(exchange->options->counters, out);
    for (size_t i = 0; i < exchange->config->n_files; i++) {
        if (!exchange->config->files[i].refused)
            continue;
        buf_puts(out, "<p class=\"bad\">");
        html_escape(exchange->config->files[i].path, out);
        buf_puts(out, " has errors and is refused; its last good version goes on (sloburn check).</p>\n");
    }
}

bool page_fetch(struct exchange *exchange, const struct ledger_query *query, struct json **slos,
                struct json **alerts)
{
    struct buf slos_text, alerts_text;
    struct err err;
    buf_init(&slos_text, DOCUMENT_MAX);
    buf_init(&alerts_text, DOCUMENT_MAX);
    *slos = *alerts = NULL;
    bool good = slo_statuses_json(exchange->reader, exchange->config, query, &slos_text, &err) &&
                alerts_json(exchange->reader, exchange->now_ms, false, &alerts_text, &err) &&
                (*slos = json_parse(buf_text(&slos_text), &err)) != NULL &&
                (*alerts = json_parse(buf_text(&alerts_text), &err)) != NULL;
    if (!good) {
        json_free(*slos);
        json_free(*alerts);
        answer_error(exchange, &err);
    }
    buf_finish(&slos_text);
    buf_finish(&alerts_text);
    return good;
}

/* What each part uses of the whole, by its weight; they page by themselves. */
static void put_composites(const struct json *slos, struct buf *out)
{
    const struct json *first = json_first(json_get(slos, "composites"));
    if (!first)
        return;
    buf_puts(
        out,
        "<h2>Composites</h2>\n<div class=\"scroll\"><table><tr><th>composite</th><th class=\"n\">budget left"
        "</th><th></th><th>of it used by</th></tr>\n");
    for (const struct json *c = first; c; c = json_next(c)) {
        buf_puts(out, "<tr><td>");
        html_string(page_text(c, "service"), out);
        buf_putc(out, ' ');
        html_string(page_text(c, "name"), out);
        buf_puts(out, "</td><td class=\"n\">");
        html_budget_bar(page_number(c, "left_share"), out);
        buf_printf(out, "</td><td class=\"n\">%.2f %%", 100 * page_number(c, "left_share"));
        if (json_get(c, "uncorrected"))
            buf_printf(out, "<br>without corrections %.2f %%",
                       100 * page_number(json_get(c, "uncorrected"), "left_share"));
        buf_puts(out, "</td><td>");
        for (const struct json *part = json_first(json_get(c, "parts")); part; part = json_next(part)) {
            html_string(page_text(part, "id"), out);
            buf_printf(out, " %.2f %%<br>", 100 * page_number(part, "contribution"));
        }
        buf_puts(out, "</td></tr>\n");
    }
    buf_puts(out, "</table></div>\n");
}

/* What policies are doing now; nothing where they do nothing. */
static void put_actions(const struct json *slos, struct buf *out)
{
    bool begun = false;
    for (const struct json *slo = json_first(json_get(slos, "slos")); slo; slo = json_next(slo)) {
        for (const struct json *action = json_first(json_get(slo, "actions")); action;
             action = json_next(action)) {
            bool active = json_bool(json_get(action, "active"), false);
            if (!active && !json_bool(json_get(action, "held_back"), false))
                continue;
            if (!begun)
                buf_puts(out, "<h2>Policies</h2>\n<div class=\"scroll\"><table><tr><th>SLO</th>"
                              "<th>action</th><th>state</th></tr>\n");
            begun = true;
            buf_puts(out, "<tr><td>");
            put_name(slo, true, out);
            buf_puts(out, "</td><td>");
            html_string(page_text(action, "name"), out);
            buf_printf(out, "</td><td class=\"warn\">%s</td></tr>\n",
                       active ? "active" : "held back: as often today as it may");
        }
    }
    if (begun)
        buf_puts(out, "</table></div>\n");
}

void answer_page(struct exchange *exchange)
{
    struct ledger_query query = {.now_ms = exchange->now_ms};
    struct buf *out = &exchange->response->body;
    struct json *slos, *alerts;
    if (!page_fetch(exchange, &query, &slos, &alerts))
        return;
    exchange->response->content_type = "text/html; charset=utf-8";
    html_begin("sloburn", PAGE_REFRESH_S, out);
    page_put_header(exchange, out);
    put_incidents(alerts, exchange->now_ms, out);
    buf_puts(out, "<h2>SLOs</h2>\n");
    page_begin_slo_table(out);
    for (const struct json *slo = json_first(json_get(slos, "slos")); slo; slo = json_next(slo))
        page_put_row(slo, true, out);
    buf_puts(out, "</table></div>\n");
    put_actions(slos, out);
    put_composites(slos, out);
    put_rule_alerts(alerts, exchange->now_ms, out);
    html_end(out);
    json_free(slos);
    json_free(alerts);
}
