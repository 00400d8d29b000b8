/* The frame of the pages. No script, no resource from elsewhere. */
#include "server/html.h"

#include "base/duration.h"
#include "base/html.h"

void html_string(const char *s, struct buf *out)
{
    html_escape(text_of(s), out);
}

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1c2128;--soft:#57606a;--line:#d8dee4;--paper:#fff;--panel:#f6f8fa;"
    "--good:#1a7f37;--warn:#9a6700;--bad:#cf222e}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9198a1;--line:#30363d;--paper:#0d1117;"
    "--panel:#161b22;--good:#3fb950;--warn:#d29922;--bad:#f85149}}"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 "
    "auto;max-width:72rem;"
    "padding:1.5rem}"
    "a{color:inherit}h1{font-size:1.4rem;margin:0}h2{font-size:1.05rem;margin:2rem 0 .6rem}"
    "header{display:flex;justify-content:space-between;align-items:baseline;gap:1rem;flex-wrap:wrap}"
    ".soft{color:var(--soft)}.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.45rem .6rem;"
    "border-bottom:1px solid "
    "var(--line);vertical-align:top}th{font-weight:600;font-size:.85rem;color:var(--soft)}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}tr.child td:first-child{padding-left:2rem}"
    ".bar{display:inline-block;width:7rem;height:.7rem;border:1px solid var(--line);border-radius:.35rem;"
    "overflow:hidden;background:var(--panel);vertical-align:baseline}.bar i{display:block;height:100%}"
    ".fill-good{background:var(--good)}.fill-warn{background:var(--warn)}.fill-bad{background:var(--bad)}"
    ".card{border:1px solid var(--line);border-left:.35rem solid "
    "var(--bad);border-radius:.4rem;padding:.7rem 1rem;"
    "margin:.6rem 0;background:var(--panel)}.card.ticket{border-left-color:var(--warn)}.card p{margin:.2rem "
    "0}"
    ".share{display:inline-block;min-width:4.5rem}"
    ".tag{font-size:.8rem;font-weight:600;border:1px solid currentColor;border-radius:.3rem;padding:0 .35rem}"
    ".scroll{overflow-x:auto}";

void html_begin(const char *title, int refresh_s, struct buf *out)
{
    buf_puts(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
    if (refresh_s)
        buf_printf(out, "<meta http-equiv=\"refresh\" content=\"%d\">", refresh_s);
    buf_puts(out, "<link rel=\"icon\" href=\"data:,\"><title>");
    html_string(title, out);
    buf_printf(out, "</title><style>%s</style></head><body>\n", style);
}

void html_end(struct buf *out)
{
    buf_puts(out,
             "<p class=\"soft\">sloburn " SLOBURN_VERSION " · <a href=\"/api/v1/slos\">SLOs as JSON</a> ·"
             " <a href=\"/api/v1/alerts\">alerts as JSON</a> · <a href=\"/metrics\">metrics</a></p>"
             "</body></html>\n");
}

void html_budget_bar(double left_share, struct buf *out)
{
    double width = left_share < 0 ? 0 : left_share > 1 ? 1 : left_share;
    const char *fill = left_share > 0.25 ? "good" : left_share >= 0.10 ? "warn" : "bad";
    buf_printf(out,
               "<span class=\"bar\" role=\"img\" aria-label=\"%.0f %% of the budget left\">"
               "<i class=\"fill-%s\" style=\"width:%.1f%%\"></i></span>",
               100 * left_share, fill, 100 * width);
}

void html_ago(int64_t then_ms, int64_t now_ms, struct buf *out)
{
    duration_print_human(now_ms > then_ms ? now_ms - then_ms : 0, out);
    buf_puts(out, " ago");
}
