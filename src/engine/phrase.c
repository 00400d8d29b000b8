/* Numbers and sentences about SLOs. */
#include "engine/phrase.h"

#include "base/duration.h"
#include "base/number.h"
#include "base/timezone.h"
#include "engine/amount.h"

#include <math.h>

enum { MOST_DIGITS = 9 };

double phrase_number(const struct json *object, const char *key)
{
    return json_number(json_get(object, key), 0);
}

const char *phrase_text(const struct json *object, const char *key)
{
    return json_string(json_get(object, key), "");
}

static bool is_kind(const struct json *slo, const char *kind)
{
    return text_is(text_of(phrase_text(slo, "kind")), kind);
}

static struct amount_form form_of(const struct json *slo)
{
    return (struct amount_form){.kind = text_of(phrase_text(slo, "kind")),
                                .unit = text_of(phrase_text(slo, "unit")),
                                .currency = text_of(phrase_text(slo, "currency")),
                                .time = text_of(phrase_text(slo, "time_unit")),
                                .scale = phrase_number(slo, "scale")};
}

static bool is_mean(const struct json *slo)
{
    struct amount_form form = form_of(slo);
    return amount_is_mean(&form);
}

const struct json *phrase_window(const struct json *slo)
{
    const struct json *one = json_get(slo, "window");
    return one ? one : json_item(json_get(slo, "windows"), 0);
}

const struct json *phrase_figures(const struct json *slo)
{
    const struct json *window = phrase_window(slo);
    bool never = text_is(text_of(phrase_text(slo, "health")), "misconfigured");
    return never && phrase_number(window, "spent") <= 0 ? NULL : window;
}

bool phrase_is_rollup(const struct json *slo)
{
    return json_length(json_get(slo, "labels")) == 0;
}

void phrase_labels(const struct json *slo, struct buf *out)
{
    const struct json *labels = json_get(slo, "labels");
    for (const struct json *label = json_first(labels); label; label = json_next(label))
        buf_printf(out, "%s%s=%s", label == json_first(labels) ? "" : ",", json_key(label),
                   json_string(label, ""));
}

void phrase_name(const struct json *slo, struct buf *out)
{
    buf_printf(out, "%s/%s", phrase_text(slo, "service"), phrase_text(slo, "name"));
    if (phrase_is_rollup(slo))
        return;
    buf_putc(out, '{');
    phrase_labels(slo, out);
    buf_putc(out, '}');
}

void phrase_unit_name(const struct json *slo, enum phrase_figure figure, struct buf *out)
{
    struct amount_form form = form_of(slo);
    if (figure == PHRASE_COUNTED)
        amount_print_noun(&form, 2, out);
    else if (figure == PHRASE_SPENT || amount_is_mean(&form))
        amount_print_unit_of_spent(&form, out);
    else
        buf_puts(out, text_is(form.kind, "score") ? "score" : "ratio");
}

void phrase_count(int64_t n, struct buf *out)
{
    amount_print_grouped((double)n, 0, out);
}

void phrase_units(const struct json *slo, double units, struct buf *out)
{
    struct amount_form form = form_of(slo);
    amount_print_units(&form, units, out);
}

void phrase_spent_bare(const struct json *slo, double spent, struct buf *out)
{
    struct amount_form form = form_of(slo);
    amount_print_spent(&form, spent, false, out);
}

void phrase_spent(const struct json *slo, double spent, struct buf *out)
{
    struct amount_form form = form_of(slo);
    amount_print_spent(&form, spent, true, out);
}

void phrase_allowance(const struct json *slo, double allowance, struct buf *out)
{
    struct amount_form form = form_of(slo);
    double said = text_is(form.time, "ms") ? allowance / 1000 : allowance;
    int decimals = 2;
    if (!amount_is_mean(&form)) {
        number_print_fixed(allowance, out);
        return;
    }
    for (; decimals < MOST_DIGITS; decimals++) { /* as many as it has: a formula is checked by hand */
        double unit = pow(10, decimals);
        if (fabs(round(said * unit) / unit - said) <= 1e-12 * fabs(said))
            break;
    }
    amount_print(&form, allowance, decimals, out);
}

/* " until 2026-11-10 09:00 UTC"; " since" of the last of several. */
static void put_validity(const struct json *target, bool alone, struct buf *out)
{
    double to_ms = phrase_number(target, "to_ms");
    if (to_ms > 0) {
        buf_puts(out, " until ");
        phrase_time(to_ms, out);
    } else if (!alone) {
        buf_puts(out, " since");
    }
}

void phrase_objective(const struct json *slo, struct buf *out)
{
    const struct json *targets = json_get(slo, "targets");
    if (json_length(targets) == 0)
        buf_puts(out, phrase_text(slo, "objective"));
    for (const struct json *target = json_first(targets); target; target = json_next(target)) {
        buf_printf(out, "%s%s", target == json_first(targets) ? "" : ", ", phrase_text(target, "objective"));
        put_validity(target, json_length(targets) == 1, out);
    }
}

void phrase_allowed_parts(const struct json *slo, const struct json *window, double allowance,
                          struct buf *out)
{
    const struct json *targets = json_get(slo, "targets");
    if (json_length(targets) == 0) {
        phrase_allowance(slo, allowance, out);
        buf_puts(out, " × ");
        phrase_units(slo, phrase_number(window, "units"), out);
    }
    for (const struct json *target = json_first(targets); target; target = json_next(target)) {
        buf_puts(out, target == json_first(targets) ? "" : " + ");
        phrase_allowance(slo, phrase_number(target, "allowance"), out);
        buf_puts(out, " × ");
        phrase_units(slo, phrase_number(target, "units"), out);
        put_validity(target, json_length(targets) == 1, out);
    }
}

void phrase_left(const struct json *slo, const struct json *window, struct buf *out)
{
    struct amount_form form = form_of(slo);
    amount_print_left(&form, phrase_number(window, "left"), phrase_number(window, "allowed"), out);
}

const char *phrase_spent_heading(const struct json *slo)
{
    struct amount_form form = form_of(slo);
    return amount_is_mean(&form)        ? form.time.len ? "time" : "cost"
           : is_kind(slo, "score")      ? "points lost"
           : is_kind(slo, "percentile") ? "slow"
                                        : "bad";
}

/* What an attainment is compared with: 0.995 of "99.5%", 0.95 of "p95 <= 4s", 10 of "mean <= ₩10", or what
 * that is in the currency that is counted. False if there is none. */
static bool target_of(const struct json *slo, double *target)
{
    struct text objective = text_of(phrase_text(slo, "objective"));
    bool after_sign = is_mean(slo) || is_kind(slo, "score");
    if (json_is_number(json_get(slo, "target"))) {
        *target = phrase_number(slo, "target");
        return true;
    }
    size_t from = after_sign ? text_find(objective, '=') : 0;
    struct buf digits;
    buf_init(&digits, 64);
    for (; from < objective.len && (objective.at[from] < '0' || objective.at[from] > '9'); from++)
        ;
    for (; from < objective.len && (strchr("0123456789.,", objective.at[from])); from++)
        if (objective.at[from] != ',')
            buf_putc(&digits, objective.at[from]);
    bool found = number_parse(buf_text(&digits), target);
    buf_finish(&digits);
    if (found && !after_sign)
        *target /= 100;
    return found;
}

/* The fewest decimals, from `least` on, with which the rounded number stands on the same side of the target.
 */
static int decimals_that_tell(double value, double target, int least)
{
    for (int decimals = least; decimals < MOST_DIGITS; decimals++) {
        double unit = pow(10, decimals);
        double shown = round(value * unit) / unit;
        bool same =
            fabs(value - target) < 1e-12 * fmax(1, fabs(target)) || (shown >= target) == (value >= target);
        bool exact_looking = shown == target && fabs(value - target) > 1e-12 * fmax(1, fabs(target));
        if (same && !exact_looking)
            return decimals;
    }
    return MOST_DIGITS;
}

void phrase_attainment(const struct json *slo, double attainment, struct buf *out)
{
    double target = 0;
    bool known = target_of(slo, &target);
    if (is_mean(slo)) {
        struct amount_form form = form_of(slo);
        double seconds = text_is(form.time, "ms") ? 1000 : 1;
        int decimals = known ? decimals_that_tell(attainment / seconds, target / seconds, 2) : 2;
        amount_print(&form, attainment, decimals, out);
    } else if (is_kind(slo, "score")) {
        buf_printf(out, "%.*f", known ? decimals_that_tell(attainment, target, 3) : 3, attainment);
    } else {
        int decimals = known ? decimals_that_tell(attainment * 100, target * 100, 2) : 2;
        if (attainment < 1)
            decimals = decimals < decimals_that_tell(attainment * 100, 100, 2)
                           ? decimals_that_tell(attainment * 100, 100, 2)
                           : decimals;
        buf_printf(out, "%.*f %%", decimals, attainment * 100);
    }
}

void phrase_percent(double share, struct buf *out)
{
    double percent = 100 * share;
    if (percent < 0)
        buf_puts(out, "−");
    percent = fabs(percent);
    int decimals = percent == 0 || percent == 100 || percent >= 1000 ? 0 : percent < 1 ? 2 : 1;
    buf_printf(out, "%.*f %%", decimals, percent);
}

void phrase_rate(double rate, struct buf *out)
{
    number_print_g(rate, 3, out);
    buf_puts(out, " ×");
}

void phrase_bounds(const struct json *slo, const struct json *window, struct buf *out)
{
    double coverage = phrase_number(window, "coverage");
    double low = phrase_number(window, "attainment_low"), high = phrase_number(window, "attainment_high");
    phrase_attainment(slo, phrase_number(window, "attainment"), out);
    if (coverage >= 1 && low == high) {
        buf_puts(out, ", all of it seen");
        return;
    }
    buf_puts(out, " seen; ");
    phrase_attainment(slo, low, out);
    buf_puts(out, " to ");
    phrase_attainment(slo, high, out);
    buf_puts(out, is_mean(slo) ? " if the unseen minutes were all good or all bad; "
                               : " if the unseen minutes were all bad or all good; ");
    phrase_percent(coverage, out);
    buf_puts(out, " of target-minutes were seen");
}

bool phrase_history(const struct json *window, struct buf *out)
{
    double share = phrase_number(window, "history_share");
    double length = phrase_number(window, "to_ms") - phrase_number(window, "from_ms");
    if (share >= 0.999 || length <= 0)
        return false;
    bool days = length >= (double)(2 * DAY_MS);
    double unit = days ? (double)DAY_MS : (double)HOUR_MS;
    double seen = round(share * length / unit * 10) / 10;
    buf_printf(out, "%.*f of %.0f %s seen", seen == round(seen) ? 0 : 1, seen, length / unit,
               days ? "days" : "hours");
    return true;
}

const char *phrase_verdict(const struct json *window)
{
    const char *verdict = phrase_text(window, "verdict");
    return !window || text_is(text_of(verdict), "insufficient") ? "insufficient data" : verdict;
}

void phrase_exhausted(double exhausted_in_ms, struct buf *out)
{
    if (exhausted_in_ms < 0) {
        buf_puts(out, "not in sight");
    } else if (exhausted_in_ms == 0) {
        buf_puts(out, "already gone");
    } else {
        duration_print_human((int64_t)exhausted_in_ms, out);
        buf_puts(out, " at this rate");
    }
}

static struct civil_time civil_of(double ms)
{
    return civil_from_ms(NULL, (int64_t)ms);
}

void phrase_date(double ms, struct buf *out)
{
    struct civil_time t = civil_of(ms);
    buf_printf(out, "%04d-%02d-%02d", t.year, t.month, t.day);
}

void phrase_time(double ms, struct buf *out)
{
    if (!(ms > 0 && ms < 253402300800000.0)) {
        buf_puts(out, "never");
        return;
    }
    struct civil_time t = civil_of(ms);
    phrase_date(ms, out);
    buf_printf(out, " %02d:%02d UTC", t.hour, t.minute);
}

static void put_bound(const struct json *bounds, const char *name, struct buf *out)
{
    number_print_fixed(phrase_number(bounds, name), out);
}

static void put_uncertain(const struct json *slo, const struct json *bounds, struct buf *out)
{
    double units = phrase_number(bounds, "units"), uncertain = phrase_number(bounds, "uncertain_units");
    if (units <= 0)
        return;
    buf_puts(out, " (of ");
    phrase_units(slo, units, out);
    buf_puts(out, " since ");
    phrase_time(phrase_number(bounds, "since_ms"), out);
    buf_puts(out, ", ");
    phrase_count((int64_t)uncertain, out);
    buf_puts(out, " or ");
    phrase_percent(uncertain / units, out);
    buf_puts(out, " lie there)");
}

bool phrase_between(const struct json *slo, struct buf *out)
{
    const struct json *bounds = json_get(slo, "bounds");
    if (!bounds)
        return false;
    bool above = text_is(text_of(phrase_text(bounds, "judged_by")), "above");
    bool both = json_is_number(json_get(bounds, above ? "below" : "above"));
    double exact = phrase_number(bounds, "exact"), between = phrase_number(bounds, "between");
    double unjudged = phrase_number(bounds, "unjudged");
    put_bound(bounds, "threshold", out);
    buf_puts(out, " is no bucket bound");
    if (between > 0) {
        buf_puts(out, both ? ": it lies between " : above ? ": it lies below " : ": it lies above ");
        put_bound(bounds, above && !both ? "above" : "below", out);
        if (both) {
            buf_puts(out, " and ");
            put_bound(bounds, "above", out);
        }
        buf_puts(out, "; judged by ");
        put_bound(bounds, above ? "above" : "below", out);
        buf_printf(out, ", so that what lies between counts as %s", above ? "good" : "bad");
        put_uncertain(slo, bounds, out);
    }
    if (unjudged > 0)
        buf_printf(out, "%s there is no bucket %s it to judge by%s", between > 0 ? "; elsewhere" : ", and",
                   above ? "above" : "below", between > 0 ? ": those queries count as not known" : "");
    if (exact > 0)
        buf_printf(out, "; %.0f of %.0f histograms have it", exact, exact + between + unjudged);
    return true;
}

static void put_rate(const struct json *exchange, struct buf *out)
{
    buf_printf(out, "1 %s = ", phrase_text(exchange, "counted"));
    amount_print_money(text_of(phrase_text(exchange, "stated")), phrase_number(exchange, "rate"), -1, out);
    buf_puts(out, " of ");
    if (*phrase_text(exchange, "date"))
        buf_puts(out, phrase_text(exchange, "date"));
    else
        phrase_time(phrase_number(exchange, "at_ms"), out);
}

/* Of a series that gives none now. */
static void put_no_rate(const struct json *exchange, struct text state, struct buf *out)
{
    buf_printf(out, "no rate: %s ", phrase_text(exchange, "selector"));
    if (text_is(state, "several")) {
        buf_puts(out, "gives several series at once");
    } else if (text_is(state, "unknown")) {
        buf_puts(out, "has given none yet");
    } else {
        buf_puts(out, "has given none for more than ");
        duration_print_human((int64_t)phrase_number(exchange, "max_age_ms"), out);
        buf_puts(out, "; the last: ");
        put_rate(exchange, out);
    }
    buf_puts(out, "; what is spent without a rate is not seen");
}

bool phrase_lacks_rate(const struct json *slo)
{
    static const char *const none[] = {"too old", "unknown", "several"};
    struct text state = text_of(phrase_text(json_get(slo, "exchange"), "state"));
    for (size_t i = 0; i < 3; i++)
        if (text_is(state, none[i]))
            return true;
    return false;
}

bool phrase_uncounted(const struct json *slo, struct buf *out)
{
    const struct json *uncounted = json_get(slo, "uncounted");
    const char *series = phrase_text(uncounted, "series");
    if (!uncounted)
        return false;
    buf_printf(out, "%s, since ", phrase_text(uncounted, "why"));
    phrase_time(phrase_number(uncounted, "since_ms"), out);
    buf_printf(out, "%s%s; what they stand for is unseen, not free", *series ? ": " : "", series);
    return true;
}

bool phrase_exchange(const struct json *slo, struct buf *out)
{
    const struct json *exchange = json_get(slo, "exchange");
    struct text state = text_of(phrase_text(exchange, "state"));
    if (!exchange)
        return false;
    if (text_is(state, "fixed")) {
        put_rate(exchange, out);
        buf_printf(out, ", fixed in the SLO file; figures are in %s", phrase_text(exchange, "counted"));
    } else if (text_is(state, "in force") || text_is(state, "last known")) {
        put_rate(exchange, out);
        buf_printf(out, ", from %s", phrase_text(exchange, "series"));
        if (text_is(state, "last known")) {
            buf_puts(out, "; the last known one, it goes on until ");
            phrase_time(phrase_number(exchange, "at_ms") + phrase_number(exchange, "max_age_ms"), out);
        }
        buf_puts(out, "; each cost has the rate of its minute");
    } else {
        put_no_rate(exchange, state, out);
    }
    return true;
}
