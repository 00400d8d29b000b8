/* The gate's decision as text, JSON, JUnit, annotations of GitHub Actions, and Markdown. */
#include "report/gate.h"

#include "base/buf.h"
#include "base/html.h"
#include "engine/phrase.h"
#include "report/markup.h"

enum { NAME_MAX_BYTES = 4096 };

const char *const gate_formats[] = {"text", "json", "junit", "github", "markdown", NULL};

static void put_summary(const struct gate_result *result, struct buf *out)
{
    buf_printf(out, "%s", gate_verdict_text(result->verdict));
    if (result->error.len)
        buf_printf(out, ": %.*s", TEXT_ARG(result->error));
    else
        buf_printf(out, ": of %zu SLOs %zu refuse, %zu cannot be judged, %zu warn, %zu pass", result->n,
                   result->count[GATE_REFUSED], result->count[GATE_NO_DATA], result->count[GATE_WARN],
                   result->count[GATE_PASS]);
    if (result->warn_only && result->verdict > GATE_WARN)
        buf_puts(out, " (only warned: --warn-only)");
}

static void render_text(const struct gate_result *result, struct buf *out)
{
    for (size_t i = 0; i < result->n; i++) {
        const struct gate_item *item = &result->items[i];
        buf_printf(out, "%-8s ", gate_verdict_text(item->verdict));
        phrase_name(item->slo, out);
        buf_printf(out, ": %.*s\n", TEXT_ARG(item->reason));
    }
    buf_puts(out, "gate: ");
    put_summary(result, out);
    buf_putc(out, '\n');
}

static void put_member(struct json_writer *w, const char *name, const struct json *from)
{
    const struct json *value = json_get(from, name);
    if (!value)
        return;
    json_name(w, name);
    markup_json(w, value);
}

static void put_item(struct json_writer *w, const struct gate_item *item)
{
    static const char *const of_slo[] = {"id",          "service", "name",     "owner",     "objective",
                                         "kind",        "unit",    "currency", "time_unit", "scale",
                                         "exchange",    "labels",  "health",   "slot_ms",   "burn_rate",
                                         "burn_window", "tiers"};
    static const char *const of_window[] = {"units",      "spent",      "allowed",        "left",
                                            "left_share", "attainment", "attainment_low", "attainment_high",
                                            "coverage",   "state"};
    static const char *const of_composite[] = {"used_share",  "left_share", "state",
                                               "known_parts", "parts",      "uncorrected"};
    const struct json *window = phrase_window(item->slo);
    json_open(w, '{');
    json_name(w, "verdict");
    json_put_string(w, gate_verdict_text(item->verdict));
    json_name(w, "reason");
    json_put_text(w, item->reason);
    for (size_t i = 0; i < sizeof of_slo / sizeof of_slo[0]; i++)
        put_member(w, of_slo[i], item->slo);
    if (window) {
        json_name(w, "window");
        json_put_string(w, phrase_text(window, "name"));
    }
    for (size_t i = 0; i < sizeof of_window / sizeof of_window[0]; i++)
        put_member(w, of_window[i], window);
    for (size_t i = 0; json_get(item->slo, "parts") && i < sizeof of_composite / sizeof of_composite[0]; i++)
        put_member(w, of_composite[i], item->slo);
    json_close(w, '}');
}

static void render_json(const struct gate_result *result, struct buf *out)
{
    struct json_writer w;
    json_begin_pretty(&w, out);
    json_open(&w, '{');
    json_name(&w, "schema");
    json_put_string(&w, "sloburn.gate/1");
    json_name(&w, "verdict");
    json_put_string(&w, gate_verdict_text(result->verdict));
    json_name(&w, "exit_code");
    json_put_int(&w, gate_exit_code(result));
    json_name(&w, "warn_only");
    json_put_bool(&w, result->warn_only);
    json_name(&w, "error");
    json_put_text(&w, result->error);
    json_name(&w, "evaluated_at_ms");
    json_put_int(&w, result->now_ms);
    json_name(&w, "slos");
    json_open(&w, '[');
    for (size_t i = 0; i < result->n; i++)
        put_item(&w, &result->items[i]);
    json_close(&w, ']');
    json_close(&w, '}');
    buf_putc(out, '\n');
}

static void put_name_escaped(const struct json *slo, struct buf *out)
{
    struct buf name;
    buf_init(&name, NAME_MAX_BYTES);
    phrase_name(slo, &name);
    html_escape(buf_text(&name), out);
    buf_finish(&name);
}

static void put_case(const struct gate_item *item, struct buf *out)
{
    static const char *const elements[] = {NULL, "system-out", "error", "failure"};
    static const char *const types[] = {NULL, NULL, "no data", "budget"};
    const char *element = elements[item->verdict];
    buf_puts(out, "  <testcase classname=\"");
    html_escape(text_of(phrase_text(item->slo, "service")), out);
    buf_puts(out, "\" name=\"");
    put_name_escaped(item->slo, out);
    if (!element) {
        buf_puts(out, "\"/>\n");
        return;
    }
    buf_printf(out, "\">\n    <%s", element);
    if (types[item->verdict]) {
        buf_printf(out, " type=\"%s\" message=\"", types[item->verdict]);
        html_escape(item->reason, out);
        buf_putc(out, '"');
    }
    buf_putc(out, '>');
    html_escape(item->reason, out);
    buf_printf(out, "</%s>\n  </testcase>\n", element);
}

static void render_junit(const struct gate_result *result, struct buf *out)
{
    size_t nothing = result->n == 0 && result->verdict == GATE_NO_DATA;
    buf_printf(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuite name=\"sloburn gate\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\">\n",
        result->n + nothing, result->count[GATE_REFUSED], result->count[GATE_NO_DATA] + nothing);
    for (size_t i = 0; i < result->n; i++)
        put_case(&result->items[i], out);
    if (nothing) {
        buf_puts(out,
                 "  <testcase classname=\"sloburn\" name=\"gate\">\n    <error type=\"no data\" message=\"");
        html_escape(result->error, out);
        buf_puts(out, "\"/>\n  </testcase>\n");
    }
    buf_puts(out, "</testsuite>\n");
}

/* Workflow commands end at a line's end; properties also at a comma or colon. */
static void put_command_text(struct text t, bool property, struct buf *out)
{
    for (size_t i = 0; i < t.len; i++) {
        char c = t.at[i];
        if (c == '%' || c == '\r' || c == '\n' || (property && (c == ',' || c == ':')))
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)c);
        else
            buf_putc(out, c);
    }
}

static void put_annotation(enum gate_verdict verdict, struct text title, struct text message, struct buf *out)
{
    static const char *const commands[] = {"notice", "warning", "error", "error"};
    buf_printf(out, "::%s title=", commands[verdict]);
    put_command_text(title, true, out);
    buf_puts(out, "::");
    put_command_text(message, false, out);
    buf_putc(out, '\n');
}

static void render_github(const struct gate_result *result, struct buf *out)
{
    struct buf title, message;
    buf_init(&title, NAME_MAX_BYTES);
    buf_init(&message, 2 * NAME_MAX_BYTES);
    for (size_t i = 0; i < result->n; i++) {
        const struct gate_item *item = &result->items[i];
        enum gate_verdict shown = result->warn_only && item->verdict > GATE_WARN ? GATE_WARN : item->verdict;
        buf_clear(&title);
        buf_clear(&message);
        buf_puts(&title, "SLO ");
        phrase_name(item->slo, &title);
        buf_printf(&message, "%s: %.*s", gate_verdict_text(item->verdict), TEXT_ARG(item->reason));
        put_annotation(shown, buf_text(&title), buf_text(&message), out);
    }
    buf_clear(&message);
    put_summary(result, &message);
    put_annotation(result->warn_only && result->verdict > GATE_WARN ? GATE_WARN : result->verdict,
                   TEXT("sloburn gate"), buf_text(&message), out);
    buf_finish(&title);
    buf_finish(&message);
}

static void render_markdown(const struct gate_result *result, struct buf *out)
{
    struct buf cell;
    buf_init(&cell, NAME_MAX_BYTES);
    buf_puts(out, "### Release gate: ");
    put_summary(result, out);
    buf_puts(out, "\n\n");
    if (result->n)
        buf_puts(out, "| SLO | objective | verdict | why |\n|---|---|---|---|\n");
    for (size_t i = 0; i < result->n; i++) {
        const struct gate_item *item = &result->items[i];
        buf_clear(&cell);
        phrase_name(item->slo, &cell);
        buf_puts(out, "| ");
        markup_cell(buf_text(&cell), out);
        buf_puts(out, " | ");
        buf_clear(&cell);
        phrase_objective(item->slo, &cell);
        markup_cell(buf_text(&cell), out);
        buf_printf(out, " | %s%s%s | ", item->verdict > GATE_WARN ? "**" : "",
                   gate_verdict_text(item->verdict), item->verdict > GATE_WARN ? "**" : "");
        markup_cell(item->reason, out);
        buf_puts(out, " |\n");
    }
    buf_finish(&cell);
}

void gate_render(const struct gate_result *result, int format, struct buf *out)
{
    static void (*const render[])(const struct gate_result *, struct buf *) = {
        render_text, render_json, render_junit, render_github, render_markdown};
    render[format](result, out);
}
