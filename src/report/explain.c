/* The explanation of one SLO. */
#include "report/explain.h"

#include "base/buf.h"
#include "base/duration.h"
#include "engine/phrase.h"
#include "report/report_parts.h"

enum { TEXT_MAX = 8192, HISTORY_MOST = 10, CHANGES_SHOWN = 3 };

static bool has_labels(const struct json *slo, struct text labels)
{
    struct buf own;
    buf_init(&own, TEXT_MAX);
    phrase_labels(slo, &own);
    bool same = text_eq(buf_text(&own), labels);
    buf_finish(&own);
    return same;
}

const struct json *explain_find(const struct json *document, struct text labels)
{
    const struct json *slos = json_get(document, "slos");
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
        if (has_labels(slo, labels))
            return slo;
    return NULL;
}

static bool same_text(const struct json *a, const char *key_a, const struct json *b, const char *key_b)
{
    return text_is(text_of(phrase_text(a, key_a)), phrase_text(b, key_b));
}

const struct json *explain_find_incident(const struct json *alerts, const struct json *status)
{
    const struct json *found = NULL, *incidents = json_get(alerts, "incidents");
    for (const struct json *incident = json_first(incidents); incident; incident = json_next(incident)) {
        const struct json *facts = json_get(incident, "facts");
        bool page = text_is(text_of(phrase_text(facts, "class")), "page");
        if (phrase_number(incident, "closed_ms") > 0 ||
            !same_text(facts, "environment", status, "environment") ||
            !same_text(facts, "service", status, "service") || !same_text(facts, "subject", status, "name") ||
            !has_labels(status, text_of(phrase_text(facts, "group"))))
            continue;
        if (!found || page)
            found = incident;
    }
    return found;
}

static void put_term(const char *term, struct buf *out)
{
    buf_printf(out, "%-12s ", term);
}

static void put_line(const char *term, const char *text, const char *otherwise, struct buf *out)
{
    put_term(term, out);
    buf_printf(out, "%s\n", *text ? text : otherwise);
}

/* What is open as the evaluation sees it, told as an incident of its own or not; NULL: nothing. */
static const struct json *open_state(const struct explain_view *view)
{
    const struct json *page = json_get(view->status, "page"), *ticket = json_get(view->status, "ticket");
    return json_is_object(page) ? page : json_is_object(ticket) ? ticket : NULL;
}

/* When what is open began; 0: nothing is. */
static double since_of(const struct explain_view *view)
{
    if (view->incident)
        return phrase_number(json_get(view->incident, "facts"), "since_ms");
    return open_state(view) ? phrase_number(open_state(view), "since_ms") : 0;
}

static void put_what(const struct explain_view *view, struct buf *out)
{
    const struct json *facts = json_get(view->incident, "facts"), *open = open_state(view);
    put_term("What", out);
    if (facts)
        buf_printf(out, "%s %s: %s (%s)\n", phrase_text(facts, "severity"), phrase_text(facts, "class"),
                   phrase_text(facts, "what"), phrase_text(facts, "reason"));
    else if (open)
        buf_printf(out, "%s %s: %s; %s\n", phrase_text(open, "severity"),
                   open == json_get(view->status, "page") ? "page" : "ticket", phrase_text(open, "reason"),
                   json_bool(json_get(open, "quiet"), false)
                       ? "it burned when sloburn first looked, so nobody was called: a summary told it"
                       : "told as a line of another incident of the service");
    else
        buf_puts(out, "nothing is open: nobody was paged, no ticket is out\n");
}

static void put_ago(double at_ms, double until_ms, const char *word, struct buf *out)
{
    phrase_time(at_ms, out);
    buf_puts(out, ", ");
    duration_print_human(until_ms > at_ms ? (int64_t)(until_ms - at_ms) : 0, out);
    buf_printf(out, " %s\n", word);
}

static void put_since(const struct explain_view *view, struct buf *out)
{
    double since = since_of(view);
    put_term("Since", out);
    if (since > 0)
        put_ago(since, view->now_ms, "ago", out);
    else
        buf_puts(out, "nothing is open\n");
}

/* The newest first; of an incident, what changed before it began. */
static void put_changes(const struct explain_view *view, struct buf *out)
{
    const struct json *changes = json_get(view->status, "changes");
    double since = since_of(view), until = since > 0 ? since : view->now_ms;
    int shown = 0;
    for (const struct json *change = json_first(changes); change; change = json_next(change)) {
        double at_ms = phrase_number(change, "at_ms");
        if (at_ms >= until || shown == CHANGES_SHOWN)
            continue;
        put_term(shown++ ? "" : "Last change", out);
        buf_printf(out, "%s ", phrase_text(change, "what"));
        put_ago(at_ms, until, since > 0 ? "before it began" : "ago", out);
    }
    if (shown == 0)
        put_line("Last change", phrase_text(json_get(view->incident, "facts"), "last_change"),
                 "none known in the last day (starts of processes, corrections, policies, configuration)",
                 out);
}

static void put_budget(const struct explain_view *view, struct buf *out)
{
    const struct json *window = phrase_figures(view->status);
    put_term("Budget", out);
    if (!window) {
        buf_puts(out, phrase_window(view->status) ? "not known: what it counts by was never seen\n"
                                                  : "not known yet\n");
        return;
    }
    phrase_percent(phrase_number(window, "left_share"), out);
    buf_printf(out, " of the %s budget is left: ", phrase_text(window, "name"));
    phrase_spent_bare(view->status, phrase_number(window, "left"), out);
    buf_puts(out, " of ");
    phrase_spent(view->status, phrase_number(window, "allowed"), out);
    buf_printf(out, " (%s)\n", phrase_text(window, "state"));
    put_term("Time left", out);
    phrase_exhausted(json_number(json_get(view->status, "exhausted_in_ms"), -1), out);
    buf_puts(out, "; it burns ");
    phrase_rate(phrase_number(view->status, "burn_rate"), out);
    buf_printf(out, " over %s\n", phrase_text(view->status, "burn_window"));
}

static void put_incident(const struct explain_view *view, struct buf *out)
{
    const char *runbook = phrase_text(view->status, "runbook");
    put_what(view, out);
    put_line("Impact", phrase_text(view->rollup, "impact"), "not written down (impact: in the SLO file)",
             out);
    put_since(view, out);
    put_budget(view, out);
    put_changes(view, out);
    put_term("First step", out);
    if (*runbook)
        buf_printf(out, "%sopen the runbook: %s\n",
                   open_state(view) || view->incident ? "" : "none is needed now; when it burns, ", runbook);
    else
        buf_puts(out, "look at the service; there is no runbook (runbook: in the SLO file)\n");
}

/* "14,228 <= 0.005 x 8,298,323 = 41,491: it holds". Both sides in the natural unit. */
static void put_formula(const struct explain_view *view, struct buf *out)
{
    const struct json *window = phrase_figures(view->status) ? phrase_window(view->ledger) : NULL;
    double allowance = phrase_number(view->rollup, "allowance");
    put_term("Objective", out);
    phrase_objective(view->ledger ? view->ledger : view->status, out);
    buf_putc(out, '\n');
    if (!window)
        return;
    bool missed = text_is(text_of(phrase_text(window, "verdict")), "missed");
    put_term("Formula", out);
    buf_puts(out, "spent ≤ allowance × units: ");
    phrase_spent(view->ledger, phrase_number(window, "spent"), out);
    buf_printf(out, " %s ", missed ? ">" : "≤");
    phrase_allowed_parts(view->ledger, window, allowance, out);
    buf_puts(out, "; allowed: ");
    phrase_spent_bare(view->ledger, phrase_number(window, "allowed"), out);
    buf_printf(out, "; %s\n", phrase_verdict(window));
    put_term("Attained", out);
    phrase_bounds(view->ledger, window, out);
    buf_putc(out, '\n');
}

static void put_exchange(const struct explain_view *view, struct buf *out)
{
    if (!json_get(view->status, "exchange"))
        return;
    put_term("Rate", out);
    phrase_exchange(view->status, out);
    buf_putc(out, '\n');
}

/* By what targets are told apart, where that is not job and instance. */
static void put_target_labels(const struct json *rollup, struct buf *out)
{
    const struct json *labels = json_get(rollup, "target_labels");
    bool usual = json_length(labels) == 2 && text_is(text_of(json_string(json_item(labels, 0), "")), "job") &&
                 text_is(text_of(json_string(json_item(labels, 1), "")), "instance");
    if (usual || json_length(labels) == 0)
        return;
    buf_puts(out, " (targets by ");
    for (const struct json *label = json_first(labels); label; label = json_next(label))
        buf_printf(out, "%s%s", label == json_first(labels) ? "" : " and ", json_string(label, ""));
    buf_putc(out, ')');
}

static void put_coverage(const struct explain_view *view, struct buf *out)
{
    const struct json *window = phrase_window(view->ledger);
    put_term("Seen", out);
    buf_puts(out, phrase_text(view->status, "health"));
    if (window) {
        buf_puts(out, "; ");
        phrase_percent(phrase_number(window, "coverage"), out);
        buf_puts(out, " of target-minutes seen");
        put_target_labels(view->rollup, out);
        buf_puts(out, ", ");
        phrase_percent(phrase_number(window, "estimated_share"), out);
        buf_puts(out, " of units estimated");
        if (phrase_number(window, "history_share") < 0.999) {
            buf_puts(out, "; ");
            phrase_history(window, out);
        }
    }
    buf_puts(out, "; last evaluated ");
    phrase_time(phrase_number(view->status, "slot_ms"), out);
    buf_putc(out, '\n');
}

static void put_threshold(const struct explain_view *view, struct buf *out)
{
    if (!json_get(view->status, "bounds"))
        return;
    put_term("Threshold", out);
    phrase_between(view->status, out);
    buf_putc(out, '\n');
}

static void put_uncounted(const struct explain_view *view, struct buf *out)
{
    if (!json_get(view->status, "uncounted"))
        return;
    put_term("Not counted", out);
    (void)phrase_uncounted(view->status, out);
    buf_putc(out, '\n');
}

static void put_queries(const struct explain_view *view, struct buf *out)
{
    const struct json *queries = json_get(view->rollup, "queries");
    if (json_length(queries) == 0)
        return;
    buf_printf(out, "\nWhat is counted%s\n",
               json_bool(json_get(view->rollup, "expressions"), false) ? ", once a minute (estimated)"
                                                                       : ", sample by sample");
    for (const struct json *query = json_first(queries); query; query = json_next(query)) {
        double coefficient = phrase_number(query, "coefficient");
        buf_printf(out, "  %-6s %s", phrase_text(query, "role"), coefficient < 0 ? "− " : "+ ");
        if (coefficient != 1 && coefficient != -1)
            buf_printf(out, "%g × ", coefficient < 0 ? -coefficient : coefficient);
        buf_printf(out, "%s\n", phrase_text(query, "query"));
    }
}

static void put_advice(const struct explain_view *view, struct buf *out)
{
    const struct json *advice = json_get(view->status_rollup, "advice");
    if (json_length(advice) == 0)
        return;
    buf_puts(out, "\nAdvice, from what the source has\n");
    for (const struct json *one = json_first(advice); one; one = json_next(one)) {
        buf_printf(out, "  %s\n", phrase_text(one, "message"));
        if (*phrase_text(one, "hint"))
            buf_printf(out, "    → %s\n", phrase_text(one, "hint"));
    }
}

static void put_samples(const struct explain_view *view, struct buf *out)
{
    const struct json *samples = json_get(view->status, "samples");
    double newest = phrase_number(samples, "newest_ms"), slot = phrase_number(view->status, "slot_ms");
    double interval = phrase_number(samples, "interval_ms");
    if (phrase_number(samples, "series") <= 0)
        return;
    buf_printf(out, "  from %.0f series of %.0f target%s", phrase_number(samples, "series"),
               phrase_number(samples, "targets"), phrase_number(samples, "targets") == 1 ? "" : "s");
    if (interval > 0) {
        buf_puts(out, ", scraped every ");
        duration_print_human(((int64_t)interval + 500) / 1000 * 1000, out);
    }
    if (newest > 0 && newest <= slot) {
        buf_puts(out, "; the newest sample is of ");
        duration_print_human((int64_t)(slot - newest), out);
        buf_puts(out, " before the evaluation");
    }
    buf_putc(out, '\n');
}

static void put_notes(const struct explain_view *view, struct buf *out)
{
    const struct json *notes = json_get(view->status, "notes");
    if (json_length(notes) == 0)
        return;
    buf_puts(out, "\nOdd samples in the last day\n");
    for (const struct json *note = json_first(notes); note; note = json_next(note)) {
        buf_printf(out, "  %s, %.0f times, the last ", phrase_text(note, "what"),
                   phrase_number(note, "count"));
        phrase_time(phrase_number(note, "at_ms"), out);
        buf_printf(out, "%s%s\n", *phrase_text(note, "series") ? ": " : "", phrase_text(note, "series"));
    }
}

static void put_windows(const struct explain_view *view, struct buf *out)
{
    const struct json *windows = json_get(view->status, "windows");
    if (json_length(windows) == 0)
        return;
    buf_puts(out, "\nWindows\n");
    for (const struct json *window = json_first(windows); window; window = json_next(window)) {
        buf_printf(out, "  %s, ", phrase_text(window, "name"));
        phrase_time(phrase_number(window, "from_ms"), out);
        buf_puts(out, " to ");
        phrase_time(phrase_number(window, "to_ms"), out);
        buf_puts(out, ": ");
        phrase_attainment(view->status, phrase_number(window, "attainment"), out);
        buf_puts(out, ", ");
        phrase_percent(phrase_number(window, "left_share"), out);
        buf_printf(out, " left, %s, %s\n", phrase_text(window, "state"), phrase_verdict(window));
    }
}

static void put_burn(const struct json *slo, const struct json *tier, bool is_long, struct buf *out)
{
    double units = phrase_number(tier, is_long ? "long_units" : "short_units");
    double spent = phrase_number(tier, is_long ? "long_spent" : "short_spent");
    buf_printf(out, "%s burns ", phrase_text(tier, is_long ? "long" : "short"));
    phrase_rate(phrase_number(tier, is_long ? "long_rate" : "short_rate"), out);
    buf_puts(out, " (");
    phrase_spent(slo, spent, out);
    buf_puts(out, " of ");
    phrase_units(slo, units, out);
    buf_putc(out, ')');
}

/* Why it does not hold: which of its windows lies under its rate. */
static void put_under(const struct json *tier, struct buf *out)
{
    double factor = phrase_number(tier, "factor");
    bool long_under = phrase_number(tier, "long_rate") < factor;
    bool short_under = phrase_number(tier, "short_rate") < factor;
    if (!long_under && !short_under)
        return;
    const char *which = long_under ? phrase_text(tier, "long") : phrase_text(tier, "short");
    if (long_under && short_under)
        buf_puts(out, ": both windows are under ");
    else
        buf_printf(out, ": %s is under ", which);
    phrase_rate(factor, out);
}

static void put_tier(const struct json *slo, const struct json *tier, struct buf *out)
{
    bool open = json_bool(json_get(tier, "open"), false);
    buf_printf(out, "  %-7s %s, from ", phrase_text(tier, "name"), phrase_text(tier, "severity"));
    phrase_rate(phrase_number(tier, "factor"), out);
    buf_puts(out, " on: ");
    put_burn(slo, tier, true, out);
    buf_puts(out, ", ");
    put_burn(slo, tier, false, out);
    buf_printf(out, "\n          → %s: %s", open ? "it fires" : "it does not fire",
               phrase_text(tier, "verdict"));
    if (text_starts(text_of(phrase_text(tier, "verdict")), TEXT("under its rate")))
        put_under(tier, out);
    buf_putc(out, '\n');
}

static void put_tiers(const struct explain_view *view, struct buf *out)
{
    const struct json *tiers = json_get(view->status, "tiers");
    if (json_length(tiers) == 0)
        return;
    buf_puts(out, "\nTiers: one fires while both its windows burn at its rate\n");
    for (const struct json *tier = json_first(tiers); tier; tier = json_next(tier))
        put_tier(view->status, tier, out);
}

static void put_history(const struct explain_view *view, struct buf *out)
{
    const struct json *incidents = json_get(view->ledger, "incidents");
    size_t n = json_length(incidents), first = n > HISTORY_MOST ? n - HISTORY_MOST : 0;
    buf_printf(out, "\nIncidents in %s\n",
               *phrase_text(view->ledger, "period") ? phrase_text(view->ledger, "period") : "this period");
    if (n == 0)
        buf_puts(out, "  none\n");
    for (size_t i = n; i > first; i--) {
        const struct json *incident = json_item(incidents, i - 1);
        double closed = phrase_number(incident, "closed_ms");
        double lasted = (closed > 0 ? closed : view->now_ms) - phrase_number(incident, "opened_ms");
        buf_puts(out, "  ");
        phrase_time(phrase_number(incident, "opened_ms"), out);
        buf_printf(out, "  %s %s, %s", phrase_text(incident, "severity"), phrase_text(incident, "class"),
                   closed > 0 ? "" : "open for ");
        duration_print_human(lasted > 0 ? (int64_t)lasted : 0, out);
        buf_puts(out, ", cost ");
        report_incident_cost(view->ledger, incident, out);
        buf_printf(out, ": %s\n", phrase_text(incident, "what"));
    }
}

void explain_render(const struct explain_view *view, struct buf *out)
{
    phrase_name(view->status, out);
    buf_printf(out, " in %s, owner %s\n", phrase_text(view->status, "environment"),
               phrase_text(view->status, "owner"));
    if (*phrase_text(view->rollup, "summary"))
        buf_printf(out, "%s\n", phrase_text(view->rollup, "summary"));
    buf_putc(out, '\n');
    put_incident(view, out);
    buf_putc(out, '\n');
    put_formula(view, out);
    put_exchange(view, out);
    put_threshold(view, out);
    put_coverage(view, out);
    put_uncounted(view, out);
    put_queries(view, out);
    put_samples(view, out);
    put_notes(view, out);
    put_advice(view, out);
    put_windows(view, out);
    put_tiers(view, out);
    put_history(view, out);
}
