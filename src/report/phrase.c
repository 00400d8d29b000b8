/* Numbers and sentences about SLOs. */
#include "report/phrase.h"

#include "base/duration.h"
#include "base/number.h"
#include "base/timezone.h"

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

static double scale_of(const struct json *slo)
{
    double scale = phrase_number(slo, "scale");
    return scale > 0 ? scale : 1;
}

static bool is_money(const struct json *slo)
{
    return is_kind(slo, "mean") || is_kind(slo, "total");
}

const struct json *phrase_window(const struct json *slo)
{
    const struct json *one = json_get(slo, "window");
    return one ? one : json_item(json_get(slo, "windows"), 0);
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

/* Digits with commas between thousands, and that many decimals. */
static void put_grouped(double value, int decimals, struct buf *out)
{
    struct buf digits;
    buf_init(&digits, 512);
    buf_printf(&digits, "%.*f", decimals, fabs(value));
    struct text whole = text_part(buf_text(&digits), 0, text_find(buf_text(&digits), '.'));
    if (value < 0)
        buf_puts(out, "−");
    for (size_t i = 0; i < whole.len; i++) {
        if (i && (whole.len - i) % 3 == 0)
            buf_putc(out, ',');
        buf_putc(out, whole.at[i]);
    }
    buf_add_text(out, text_part(buf_text(&digits), whole.len, digits.len));
    buf_finish(&digits);
}

void phrase_count(int64_t n, struct buf *out)
{
    put_grouped((double)n, 0, out);
}

static void put_plural(struct text noun, struct buf *out)
{
    bool consonant_y =
        noun.len > 1 && noun.at[noun.len - 1] == 'y' && !strchr("aeiou", noun.at[noun.len - 2]);
    buf_add_text(out, text_part(noun, 0, noun.len - consonant_y));
    buf_puts(out, consonant_y ? "ies" : "s");
}

static struct text unit_of(const struct json *slo)
{
    struct text unit = text_of(phrase_text(slo, "unit"));
    return unit.len ? unit : TEXT("event");
}

static void put_units_noun(const struct json *slo, double n, struct buf *out)
{
    if (n == 1)
        buf_add_text(out, unit_of(slo));
    else
        put_plural(unit_of(slo), out);
}

void phrase_units(const struct json *slo, double units, struct buf *out)
{
    put_grouped(units, 0, out);
    buf_putc(out, ' ');
    put_units_noun(slo, units, out);
}

struct currency_form {
    const char *code;
    const char *sign;
    int decimals;
};

static const struct currency_form currencies[] = {
    {"KRW", "₩", 2}, {"USD", "$", 4}, {"EUR", "€", 4}, {"GBP", "£", 4}, {"JPY", "¥", 2},
};

static const struct currency_form *currency_find(struct text code)
{
    for (size_t i = 0; i < sizeof currencies / sizeof currencies[0]; i++)
        if (text_is(code, currencies[i].code))
            return &currencies[i];
    return NULL;
}

/* With this many decimals; -1: as many as the currency usually has, cents where the amount is large. */
static void put_money(struct text code, double amount, int decimals, struct buf *out)
{
    const struct currency_form *currency = currency_find(code);
    int usual = !currency ? 2 : currency->decimals > 2 && fabs(amount) >= 10 ? 2 : currency->decimals;
    if (amount < 0)
        buf_puts(out, "−");
    if (currency)
        buf_puts(out, currency->sign);
    put_grouped(fabs(amount), decimals < 0 ? usual : decimals, out);
    if (!currency && code.len)
        buf_printf(out, " %.*s", TEXT_ARG(code));
}

void phrase_money(struct text currency, double amount, struct buf *out)
{
    put_money(currency, amount, -1, out);
}

void phrase_spent_bare(const struct json *slo, double spent, struct buf *out)
{
    double natural = spent / scale_of(slo);
    if (is_money(slo))
        phrase_money(text_of(phrase_text(slo, "currency")), natural, out);
    else
        put_grouped(natural, is_kind(slo, "score") ? 1 : 0, out);
}

void phrase_spent(const struct json *slo, double spent, struct buf *out)
{
    phrase_spent_bare(slo, spent, out);
    if (is_kind(slo, "score")) {
        buf_puts(out, " points");
    } else if (!is_money(slo)) {
        buf_puts(out, is_kind(slo, "percentile") ? " slow " : " bad ");
        put_units_noun(slo, spent, out);
    }
}

const char *phrase_spent_heading(const struct json *slo)
{
    return is_money(slo)                ? "cost"
           : is_kind(slo, "score")      ? "points lost"
           : is_kind(slo, "percentile") ? "slow"
                                        : "bad";
}

/* The number of the objective as it is compared with an attainment: 0.995 of "99.5%", 0.95 of "p95 <= 4s", 10
 * of "mean <= ₩10". False if there is none. */
static bool target_of(const struct json *slo, double *target)
{
    struct text objective = text_of(phrase_text(slo, "objective"));
    bool after_sign = is_money(slo) || is_kind(slo, "score");
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
    if (is_money(slo)) {
        int decimals = known ? decimals_that_tell(attainment, target, 2) : 2;
        put_money(text_of(phrase_text(slo, "currency")), attainment, decimals, out);
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
    buf_puts(out, is_money(slo) ? " if the unseen minutes were all good or all bad; "
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
    buf_putc(out, ')');
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
