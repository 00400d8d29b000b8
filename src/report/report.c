/* The parts that all forms of the report share. */
#include "report/report.h"

#include "base/buf.h"
#include "base/duration.h"
#include "engine/phrase.h"
#include "report/report_parts.h"

const char *const report_formats[] = {"html", "markdown", "json", "csv", NULL};

const char *const report_verdict_names[VERDICTS] = {"met", "met on what was seen", "missed",
                                                    "insufficient data"};

void report_render(const struct json *document, enum report_format format, struct buf *out)
{
    static void (*const forms[])(const struct json *, struct buf *) = {report_html, report_markdown,
                                                                       report_json, report_csv};
    forms[format](document, out);
}

static bool put_objective(const struct json *slo, const struct json *window, struct buf *out)
{
    (void)window;
    phrase_objective(slo, out);
    return true;
}

static bool put_period(const struct json *slo, const struct json *window, struct buf *out)
{
    (void)slo;
    size_t begin = out->len;
    phrase_time(phrase_number(window, "from_ms"), out);
    if (text_ends(text_part(buf_text(out), begin, out->len), TEXT(" UTC"))) /* said once is enough */
        buf_truncate(out, out->len - 4);
    buf_puts(out, " to ");
    phrase_time(phrase_number(window, "to_ms"), out);
    return true;
}

static bool put_attained(const struct json *slo, const struct json *window, struct buf *out)
{
    if (phrase_number(window, "units") <= 0)
        return false;
    phrase_bounds(slo, window, out);
    return true;
}

static bool put_units(const struct json *slo, const struct json *window, struct buf *out)
{
    phrase_units(slo, phrase_number(window, "units"), out);
    return true;
}

static bool put_budget(const struct json *slo, const struct json *window, struct buf *out)
{
    phrase_spent(slo, phrase_number(window, "allowed"), out);
    return true;
}

static bool put_spent(const struct json *slo, const struct json *window, struct buf *out)
{
    phrase_spent(slo, phrase_number(window, "spent"), out);
    return true;
}

static bool put_left(const struct json *slo, const struct json *window, struct buf *out)
{
    if (report_verdict(slo) == VERDICT_INSUFFICIENT)
        return false;
    phrase_percent(phrase_number(window, "left_share"), out);
    buf_puts(out, " (");
    phrase_spent(slo, phrase_number(window, "left"), out);
    buf_putc(out, ')');
    return true;
}

void report_coverage_put(const struct json *window, struct buf *out)
{
    phrase_percent(phrase_number(window, "coverage"), out);
    if (phrase_number(window, "history_share") < 0.999) {
        buf_puts(out, "; ");
        phrase_history(window, out);
    }
}

static bool put_coverage(const struct json *slo, const struct json *window, struct buf *out)
{
    (void)slo;
    phrase_percent(phrase_number(window, "coverage"), out);
    buf_puts(out, " of expected target-minutes");
    if (phrase_number(window, "history_share") < 0.999) {
        buf_puts(out, "; ");
        phrase_history(window, out);
    }
    return true;
}

static bool put_estimated(const struct json *slo, const struct json *window, struct buf *out)
{
    double share = phrase_number(window, "estimated_share");
    (void)slo;
    phrase_percent(share, out);
    buf_puts(out, share > 0 ? " of the units" : ": all of it was counted from raw samples");
    return true;
}

static bool put_between(const struct json *slo, const struct json *window, struct buf *out)
{
    (void)window;
    return phrase_between(slo, out);
}

static bool put_before(const struct json *slo, const struct json *window, struct buf *out)
{
    const struct json *previous = json_get(slo, "previous");
    (void)window;
    if (phrase_number(previous, "units") <= 0 || phrase_number(previous, "history_share") < 0.5)
        return false; /* too little of it was seen to compare with */
    phrase_attainment(slo, phrase_number(previous, "attainment"), out);
    buf_puts(out, ", ");
    phrase_percent(phrase_number(previous, "left_share"), out);
    buf_printf(out, " left, %s", phrase_verdict(previous));
    if (phrase_number(previous, "history_share") < 0.999) {
        buf_puts(out, " (");
        phrase_history(previous, out);
        buf_putc(out, ')');
    }
    return true;
}

/* Of the contract: bands fall, credits rise. */
static bool put_credit(const struct json *slo, const struct json *window, struct buf *out)
{
    const struct json *bands = json_get(slo, "sla"), *due = NULL;
    if (json_length(bands) == 0 || report_verdict(slo) == VERDICT_INSUFFICIENT)
        return false;
    for (const struct json *band = json_first(bands); band; band = json_next(band))
        if (phrase_number(window, "attainment") < phrase_number(band, "below"))
            due = band;
    if (!due) {
        buf_puts(out, "none at this attainment");
        return true;
    }
    phrase_percent(phrase_number(due, "credit"), out);
    buf_puts(out, " at this attainment, which is below ");
    phrase_percent(phrase_number(due, "below"), out);
    return true;
}

static bool put_exchange(const struct json *slo, const struct json *window, struct buf *out)
{
    (void)window;
    return phrase_exchange(slo, out);
}

/* The other figure, where somebody took minutes out of the period. */
static bool put_uncorrected(const struct json *slo, const struct json *window, struct buf *out)
{
    const struct json *uncorrected = json_get(slo, "uncorrected");
    (void)window;
    if (!uncorrected)
        return false;
    phrase_attainment(slo, phrase_number(uncorrected, "attainment"), out);
    buf_puts(out, ", ");
    phrase_spent(slo, phrase_number(uncorrected, "spent"), out);
    buf_puts(out, " of ");
    phrase_units(slo, phrase_number(uncorrected, "units"), out);
    buf_printf(out, ": %s", phrase_verdict(uncorrected));
    return true;
}

void report_correction_when(const struct json *correction, struct buf *out)
{
    const char *every = phrase_text(correction, "every"), *zone = phrase_text(correction, "zone");
    if (*every)
        buf_printf(out, "%s %s, ", every, *zone ? zone : "UTC");
    phrase_time(phrase_number(correction, "from_ms"), out);
    if (phrase_number(correction, "to_ms") < 0) {
        buf_puts(out, " until it is revoked");
    } else {
        buf_puts(out, " to ");
        phrase_time(phrase_number(correction, "to_ms"), out);
    }
}

void report_correction_who(const struct json *correction, struct buf *out)
{
    buf_puts(out, phrase_text(correction, "author"));
    if (*phrase_text(correction, "approver"))
        buf_printf(out, ", approved by %s", phrase_text(correction, "approver"));
}

const struct report_figure report_figures[] = {
    {"Objective", put_objective},
    {"Period", put_period},
    {"Exchange rate", put_exchange},
    {"Attained", put_attained},
    {"Counted", put_units},
    {"Allowed", put_budget},
    {"Spent", put_spent},
    {"Budget left", put_left},
    {"Coverage", put_coverage},
    {"Estimated", put_estimated},
    {"Threshold", put_between},
    {"Before", put_before},
    {"SLA credit", put_credit},
    {"Without corrections", put_uncorrected},
    {NULL, NULL},
};

enum report_verdict report_verdict(const struct json *slo)
{
    struct text verdict = text_of(phrase_verdict(phrase_window(slo)));
    for (int i = 0; i < VERDICTS; i++)
        if (text_is(verdict, report_verdict_names[i]))
            return (enum report_verdict)i;
    return VERDICT_INSUFFICIENT;
}

struct report_summary report_summarise(const struct json *document)
{
    struct report_summary summary = {0};
    const struct json *slos = json_get(document, "slos");
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo)) {
        if (!phrase_is_rollup(slo))
            continue;
        summary.slos++;
        summary.count[report_verdict(slo)]++;
    }
    for (const struct json *c = json_first(json_get(document, "composites")); c; c = json_next(c)) {
        summary.composites++;
        summary.composite_count[report_composite_verdict(c)]++;
    }
    return summary;
}

static void put_counts(size_t all, const char *noun, const size_t count[VERDICTS], struct buf *out)
{
    const char *between = ": ";
    buf_printf(out, "%zu %s%s", all, noun, all == 1 ? "" : "s");
    for (int i = 0; i < VERDICTS; i++) {
        if (!count[i])
            continue;
        buf_printf(out, "%s%zu %s", between, count[i], report_verdict_names[i]);
        between = ", ";
    }
}

void report_summary_put(const struct report_summary *summary, struct buf *out)
{
    put_counts(summary->slos, "SLO", summary->count, out);
    if (!summary->composites)
        return;
    buf_puts(out, "; ");
    put_counts(summary->composites, "composite", summary->composite_count, out);
}

/* Sets *period to the elements', or to NULL where they differ. */
static void join_periods(const struct json *list, const char **period)
{
    for (const struct json *element = json_first(list); element && *period; element = json_next(element)) {
        const char *own = phrase_text(element, "period");
        if (!**period)
            *period = own;
        else if (!text_is(text_of(*period), own))
            *period = NULL;
    }
}

void report_period_put(const struct json *document, struct buf *out)
{
    const char *period = "";
    join_periods(json_get(document, "slos"), &period);
    for (const struct json *c = json_first(json_get(document, "composites")); c && period; c = json_next(c))
        join_periods(json_get(c, "parts"), &period);
    buf_puts(out, period ? period : "each SLO's own");
}

const struct json *report_next_value(const struct json *slo)
{
    const struct json *next = json_next(slo);
    return next && !phrase_is_rollup(next) ? next : NULL;
}

void report_incident_lasted(const struct json *incident, const struct json *document, struct buf *out)
{
    double closed = phrase_number(incident, "closed_ms");
    double end = closed > 0 ? closed : phrase_number(document, "now_ms");
    double lasted = end - phrase_number(incident, "opened_ms");
    buf_puts(out, closed > 0 ? "" : "open for ");
    duration_print_human(lasted > 0 ? (int64_t)lasted : 0, out);
}

void report_incident_cost(const struct json *slo, const struct json *incident, struct buf *out)
{
    double allowed = phrase_number(phrase_window(slo), "allowed");
    if (!json_get(incident, "spent")) {
        buf_puts(out, "not known");
        return;
    }
    phrase_spent(slo, phrase_number(incident, "spent"), out);
    if (allowed > 0) {
        buf_puts(out, ", ");
        phrase_percent(phrase_number(incident, "spent") / allowed, out);
        buf_puts(out, " of the budget");
    }
}

const char *const report_methodology[][2] = {
    {"One inequality",
     "An objective is met when spent ≤ allowance × units. A unit is a request (or a minute); spent is the "
     "bad requests, the"
     " slow ones, the money, or the points that answers fell short of the full score. Units and spent are "
     "whole numbers"
     " (money and scores in millionths) and are compared as such; percentages are for reading. Each minute "
     "is judged by the objective that was in force then: a changed one says until when it held, and a period "
     "allows what its minutes were allowed."},
    {"Counting", "Units and failures are differences of consecutive raw samples of the service's own "
                 "counters. Counter resets are seen;"
                 " nothing is extrapolated or averaged. What happened between a process's last scrape and "
                 "its crash is in no sample."},
    {"Seen and unseen", "A minute of a target is seen if two samples no more than 2.5 scrapes apart enclose "
                        "it; it is expected if anything of"
                        " the target was sampled in the 5 minutes before. Coverage is seen over expected. "
                        "Both bounds are printed: the"
                        " attainment if every unseen unit had been bad, and if every one had been good; how "
                        "many there were is estimated"
                        " from the last minute that was seen."},
    {"Verdicts",
     "Met: the objective holds even if everything unseen was bad, and the history covers the whole period. "
     "Met on what was"
     " seen: it holds for what was counted. Missed: it does not. Insufficient data: nothing was counted."},
    {"Composites",
     "A composite counts nothing itself. Each part's budget is a share of 1, so that parts of "
     "any kind go together: weighted, it has"
     " used the mean, by weight, of what its parts have used; worst, what the one has used that "
     "used most. Parts without enough"
     " data are left out, and it is then met on what was seen at most."},
    {"Estimated", "An objective whose queries cannot be taken apart into counters is evaluated once a minute "
                  "instead; the share of units"
                  " counted so is given."},
    {"Incidents", "An incident's cost is what was spent from the first of the minutes right before its "
                  "opening that burned "
                  "faster than the objective allows (at most an hour back) to its end; incidents that "
                  "overlap share cost."},
    {NULL, NULL},
};
