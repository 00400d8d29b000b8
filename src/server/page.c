/* The page: what is burning on top, then every SLO with its budget and burn rates. Written from the same JSON
 * that the API gives. */
#include "base/duration.h"
#include "base/html.h"
#include "base/json.h"
#include "base/timezone.h"
#include "engine/ledger_query.h"
#include "engine/phrase.h"
#include "server/html.h"
#include "server/route.h"

enum { REFRESH_S = 10, DOCUMENT_MAX = 64 << 20 };

static const char *member(const struct json *json, const char *name)
{
    return json_string(json_get(json, name), "");
}

static double number(const struct json *json, const char *name)
{
    return json_number(json_get(json, name), 0);
}

static void put_link(const struct json *facts, const char *name, const char *label, struct buf *out)
{
    const char *url = member(facts, name);
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
    int64_t gone_ms = (int64_t)number(facts, "exhausted_in_ms");
    buf_printf(out, "<p>%.1f %% of the %s budget left", 100 * number(facts, "budget_left"),
               member(facts, "budget_window"));
    if (*member(facts, "budget_amount")) {
        buf_puts(out, " (");
        html_string(member(facts, "budget_amount"), out);
        buf_puts(out, ")");
    }
    buf_printf(out, ", burning %.3g times as fast as it lasts (%s)", number(facts, "burn_rate"),
               member(facts, "burn_window"));
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
    buf_printf(out, "<div class=\"card %s\"><p><span class=\"tag\">%s</span> <b>", member(facts, "class"),
               member(facts, "severity"));
    html_string(member(facts, "service"), out);
    buf_puts(out, " ");
    html_string(member(facts, "subject"), out);
    buf_puts(out, "</b> ");
    html_string(member(facts, "group"), out);
    buf_puts(out, " <span class=\"soft\">opened ");
    html_ago((int64_t)number(incident, "opened_ms"), now_ms, out);
    buf_puts(out, "</span></p><p>");
    html_string(member(facts, "what"), out);
    buf_puts(out, "</p>");
    put_budget_line(facts, out);
    buf_puts(out, "<p class=\"soft\">");
    html_string(member(facts, "owner"), out);
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
        bool firing = text_is(text_of(member(alert, "state")), "firing");
        buf_puts(out, "<tr><td>");
        html_string(member(labels, "alertname"), out);
        buf_printf(out, "</td><td class=\"%s\">%s</td><td class=\"n\">%.5g</td><td>", firing ? "bad" : "warn",
                   member(alert, "state"), number(alert, "value"));
        html_ago((int64_t)number(alert, "active_ms"), now_ms, out);
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
            html_string(member(slo, "id"), out);
            buf_puts(out, "\">");
        }
        html_string(member(slo, "service"), out);
        buf_puts(out, " ");
        html_string(member(slo, "name"), out);
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
    const char *health = member(slo, "health");
    if (json_is_object(json_get(slo, "page")))
        buf_puts(out, "<td class=\"bad\"><b>page</b></td>");
    else if (json_is_object(json_get(slo, "ticket")))
        buf_puts(out, "<td class=\"warn\">ticket</td>");
    else if (text_is(text_of(health), "seen"))
        buf_puts(out, "<td class=\"good\">quiet</td>");
    else
        buf_printf(out, "<td class=\"warn\">%s</td>", health);
}

static void put_row(const struct json *slo, bool link, struct buf *out)
{
    const struct json *window = json_first(json_get(slo, "windows"));
    bool child = json_length(json_get(slo, "labels")) > 0;
    buf_printf(out, "<tr%s><td>", child ? " class=\"child\"" : "");
    put_name(slo, link, out);
    buf_puts(out, "</td><td>");
    if (!child)
        html_string(member(slo, "objective"), out);
    buf_puts(out, "</td>");
    put_state(slo, out);
    if (window) {
        struct buf attained;
        buf_init(&attained, 4096);
        phrase_attainment(slo, number(window, "attainment"), &attained);
        buf_puts(out, "<td class=\"n\">");
        html_escape(buf_text(&attained), out);
        buf_finish(&attained);
        buf_puts(out, "</td><td class=\"n\">");
        html_budget_bar(number(window, "left_share"), out);
        buf_printf(out, " <span class=\"share\">%.1f %%</span></td>", 100 * number(window, "left_share"));
    } else {
        buf_puts(out, "<td></td><td class=\"soft n\">not counted yet</td>");
    }
    buf_printf(out, "<td class=\"n\">%.3g</td><td class=\"soft\">%s</td><td class=\"n\">%.1f %%",
               number(slo, "burn_rate"), member(slo, "burn_window"),
               window ? 100 * number(window, "coverage") : 0.0);
    if (window && number(window, "history_share") < 0.999) {
        buf_puts(out, "; ");
        phrase_history(window, out);
    }
    buf_puts(out, "</td></tr>\n");
}

static void begin_slo_table(struct buf *out)
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

static void put_header(const struct exchange *exchange, struct buf *out)
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

/* The two documents the page is made from. False: an error was answered. */
static bool fetch(struct exchange *exchange, const struct ledger_query *query, struct json **slos,
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
        html_string(member(c, "service"), out);
        buf_putc(out, ' ');
        html_string(member(c, "name"), out);
        buf_puts(out, "</td><td class=\"n\">");
        html_budget_bar(number(c, "left_share"), out);
        buf_printf(out, "</td><td class=\"n\">%.2f %%", 100 * number(c, "left_share"));
        if (json_get(c, "uncorrected"))
            buf_printf(out, "<br>without corrections %.2f %%",
                       100 * number(json_get(c, "uncorrected"), "left_share"));
        buf_puts(out, "</td><td>");
        for (const struct json *part = json_first(json_get(c, "parts")); part; part = json_next(part)) {
            html_string(member(part, "id"), out);
            buf_printf(out, " %.2f %%<br>", 100 * number(part, "contribution"));
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
            html_string(member(action, "name"), out);
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
    if (!fetch(exchange, &query, &slos, &alerts))
        return;
    exchange->response->content_type = "text/html; charset=utf-8";
    html_begin("sloburn", REFRESH_S, out);
    put_header(exchange, out);
    put_incidents(alerts, exchange->now_ms, out);
    buf_puts(out, "<h2>SLOs</h2>\n");
    begin_slo_table(out);
    for (const struct json *slo = json_first(json_get(slos, "slos")); slo; slo = json_next(slo))
        put_row(slo, true, out);
    buf_puts(out, "</table></div>\n");
    put_actions(slos, out);
    put_composites(slos, out);
    put_rule_alerts(alerts, exchange->now_ms, out);
    html_end(out);
    json_free(slos);
    json_free(alerts);
}

static void put_tiers(const struct json *slo, struct buf *out)
{
    buf_puts(out, "<div class=\"scroll\"><table><tr><th>tier</th><th>severity</th><th>windows</th>"
                  "<th class=\"n\">fires at</th><th class=\"n\">long</th><th "
                  "class=\"n\">short</th><th>verdict</th></tr>\n");
    for (const struct json *tier = json_first(json_get(slo, "tiers")); tier; tier = json_next(tier)) {
        bool open = json_bool(json_get(tier, "open"), false);
        buf_puts(out, "<tr><td>");
        html_string(member(tier, "name"), out);
        buf_printf(out,
                   "</td><td>%s</td><td>%s and %s</td><td class=\"n\">%.4g</td><td class=\"n\">%.4g</td>"
                   "<td class=\"n\">%.4g</td><td class=\"%s\">%s</td></tr>\n",
                   member(tier, "severity"), member(tier, "long"), member(tier, "short"),
                   number(tier, "factor"), number(tier, "long_rate"), number(tier, "short_rate"),
                   open ? "bad" : "soft", member(tier, "verdict"));
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
        html_string(member(w, "name"), out);
        buf_puts(out, "</td><td class=\"n\">");
        html_budget_bar(number(w, "left_share"), out);
        buf_printf(out, " <span class=\"share\">%.1f %%</span>", 100 * number(w, "left_share"));
        phrase_left(slo, w, &scratch);
        put_cell(&scratch, out);
        phrase_attainment(slo, number(w, "attainment"), &scratch);
        put_cell(&scratch, out);
        phrase_units(slo, number(w, "units"), &scratch);
        put_cell(&scratch, out);
        phrase_percent(number(w, "coverage"), &scratch);
        buf_puts(&scratch, number(w, "history_share") < 0.999 ? "; " : "");
        phrase_history(w, &scratch);
        put_cell(&scratch, out);
        buf_printf(out, "</td><td>%s</td></tr>\n", member(w, "verdict"));
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
    if (!fetch(exchange, &query, &slos, &alerts))
        return;
    exchange->response->content_type = "text/html; charset=utf-8";
    html_begin("sloburn", REFRESH_S, out);
    put_header(exchange, out);
    const struct json *first = json_first(json_get(slos, "slos"));
    buf_puts(out, "<h2>");
    html_string(member(first, "service"), out);
    buf_puts(out, " ");
    html_string(member(first, "name"), out);
    buf_puts(out, ": ");
    html_string(member(first, "objective"), out);
    buf_puts(out, "</h2>\n");
    begin_slo_table(out);
    for (const struct json *slo = first; slo; slo = json_next(slo))
        put_row(slo, false, out);
    buf_puts(out, "</table></div>\n<h2>Budgets</h2>\n");
    put_windows(first, out);
    buf_puts(out, "<h2>Tiers</h2>\n");
    put_tiers(first, out);
    buf_puts(out, "<p class=\"soft\">sloburn explain ");
    html_string(member(first, "id"), out);
    buf_puts(out, " tells the rest.</p>\n");
    html_end(out);
    json_free(slos);
    json_free(alerts);
}
