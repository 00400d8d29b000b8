/* Sentences of contracts. One function a form; numbers are decimals, no double touches them. */
#include "slo/objective.h"

#include "base/buf.h"
#include "base/decimal.h"
#include "base/duration.h"

#include <assert.h>

enum { SCORE_MAX = 1000000 };

struct cursor {
    struct text whole;
    struct text rest;
    const char **hint;
    struct err *err;
};

static const struct {
    const char *sign;
    const char *code;
} currencies[] = {
    {"₩", "KRW"}, {"$", "USD"}, {"€", "EUR"}, {"£", "GBP"},
    {"¥", "JPY"}, {"₹", "INR"}, {"₫", "VND"}, {"฿", "THB"},
};

static const struct {
    const char *unit;
    int64_t billionths; /* of a second */
} times[] = {
    {"us", 1000}, {"ms", 1000000}, {"s", DECIMAL_ONE}, {"m", 60 * DECIMAL_ONE}, {"h", 3600 * DECIMAL_ONE}};

static const struct {
    const char *word;
    enum window_kind kind;
} periods[] = {
    {"day", WINDOW_DAY},         {"week", WINDOW_WEEK}, {"month", WINDOW_MONTH},
    {"quarter", WINDOW_QUARTER}, {"year", WINDOW_YEAR},
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_number_char(char c)
{
    return (c >= '0' && c <= '9') || c == '.' || c == ',';
}

static void skip_spaces(struct cursor *c)
{
    while (c->rest.len && c->rest.at[0] == ' ')
        c->rest = text_part(c->rest, 1, c->rest.len);
}

static bool accept(struct cursor *c, const char *token)
{
    skip_spaces(c);
    if (!text_starts(c->rest, text_of(token)))
        return false;
    c->rest = text_part(c->rest, strlen(token), c->rest.len);
    return true;
}

static struct text take_while(struct cursor *c, bool (*belongs)(char))
{
    size_t n = 0;
    skip_spaces(c);
    while (n < c->rest.len && belongs(c->rest.at[n]))
        n++;
    struct text taken = text_part(c->rest, 0, n);
    c->rest = text_part(c->rest, n, c->rest.len);
    return taken;
}

static bool refuse(struct cursor *c, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool refuse(struct cursor *c, const char *hint, const char *format, ...)
{
    int column = (int)(c->rest.at - c->whole.at) + 1;
    va_list args;
    *c->hint = hint;
    va_start(args, format);
    err_write_list(c->err, ERR_INPUT, (struct source_pos){1, column}, format, args);
    va_end(args);
    return false;
}

static bool at_end(struct cursor *c)
{
    skip_spaces(c);
    return !c->rest.len || refuse(c, NULL, "objective \"%.*s\" has \"%.*s\" left over", TEXT_ARG(c->whole),
                                  TEXT_ARG(c->rest));
}

static bool take_decimal(struct cursor *c, int64_t *billionths)
{
    struct err err;
    struct cursor before = *c;
    struct text number = take_while(c, is_number_char);
    if (!number.len) {
        *c = before;
        skip_spaces(c);
        return refuse(c, NULL, "objective \"%.*s\" lacks a number here", TEXT_ARG(c->whole));
    }
    if (decimal_parse(number, billionths, &err))
        return true;
    *c = before;
    bool comma = text_find(number, ',') < number.len;
    return refuse(
        c, comma ? "commas stand between thousands (3,000,000), the decimal point is a dot: 99.5" : NULL,
        "objective: %s", err.message);
}

/* A share between 0 and 100 %, both excluded, as billionths of one. */
static bool share_of_percent(struct cursor *c, struct text number, int64_t percent, int64_t *share)
{
    if (percent > 100 * DECIMAL_ONE)
        return refuse(c, NULL, "objective %.*s is above 100", TEXT_ARG(number));
    if (percent == 100 * DECIMAL_ONE)
        return refuse(c, "an objective of 99.99% leaves a little room",
                      "objective 100 leaves no budget: nothing may ever fail");
    if (percent == 0)
        return refuse(c, NULL, "objective 0 asks for nothing");
    if (percent % 100)
        return refuse(c, NULL, "objective %.*s has more than seven decimal places", TEXT_ARG(number));
    *share = percent / 100;
    return true;
}

/* 99.5% | 99% of minutes */
static bool parse_share(struct cursor *c, struct objective *o)
{
    int64_t percent = 0;
    struct cursor start = *c;
    if (!take_decimal(c, &percent))
        return false;
    struct text number = text_part(start.rest, 0, (size_t)(c->rest.at - start.rest.at));
    bool sign = accept(c, "%");
    struct cursor here = *c;
    *c = start;
    if (!share_of_percent(c, number, percent, &o->target_billionths))
        return false;
    if (!sign)
        return refuse(c,
                      percent <= DECIMAL_ONE ? "shares are written in percent: 99.5%"
                                             : "write 99.5% with its percent sign",
                      "objective %.*s has no percent sign", TEXT_ARG(number));
    *c = here;
    o->kind = SLO_EVENTS;
    memcpy(o->suffix, "share", sizeof "share");
    if (accept(c, "of")) {
        if (!accept(c, "minutes"))
            return refuse(c, "99% of minutes", "a share is of events (\"99%%\") or \"of minutes\"");
        o->kind = SLO_MINUTES;
        memcpy(o->suffix, "minutes", sizeof "minutes");
        return at_end(c);
    }
    skip_spaces(c);
    if (!c->rest.len)
        return true;
    return refuse(c, "a share of events is 99.5%; of those within a time: p95 <= 4s",
                  "objective \"%.*s\" has \"%.*s\" left over", TEXT_ARG(c->whole), TEXT_ARG(c->rest));
}

static bool accept_at_most(struct cursor *c, const char *hint)
{
    if (accept(c, "<=") || accept(c, "≤"))
        return true;
    if (accept(c, "<"))
        return refuse(c, hint, "write <=, not <: what equals the bound is good");
    return refuse(c, hint, "objective \"%.*s\" lacks <= here", TEXT_ARG(c->whole));
}

static bool is_currency_code(struct text word)
{
    if (word.len != 3)
        return false;
    for (size_t i = 0; i < word.len; i++)
        if (word.at[i] < 'A' || word.at[i] > 'Z')
            return false;
    return true;
}

static void set_currency(struct objective *o, struct text code)
{
    assert(code.len == 3);
    memcpy(o->currency, code.at, 3);
    o->currency[3] = 0;
}

static bool accept_currency(struct cursor *c, struct objective *o)
{
    for (size_t i = 0; i < sizeof currencies / sizeof *currencies; i++)
        if (accept(c, currencies[i].sign)) {
            set_currency(o, text_of(currencies[i].code));
            return true;
        }
    struct cursor before = *c;
    struct text word = take_while(c, is_letter);
    if (is_currency_code(word)) {
        set_currency(o, word);
        return true;
    }
    *c = before;
    return false;
}

/* What follows a number: a time unit, a currency, or nothing. Scales *value to seconds. */
static bool parse_unit(struct cursor *c, struct objective *o, int64_t *value)
{
    struct cursor before = *c;
    struct text word = take_while(c, is_letter);
    if (!word.len || text_is(word, "per") || text_is(word, "of")) {
        *c = before;
        return true;
    }
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (text_is(word, times[i].unit)) {
            __int128 scaled = (__int128)*value * times[i].billionths;
            o->is_time = true;
            if (scaled % DECIMAL_ONE)
                return refuse(c, NULL, "%.*s is finer than a nanosecond", TEXT_ARG(text_trim(before.whole)));
            if (scaled / DECIMAL_ONE > INT64_MAX)
                return refuse(c, NULL, "the time is too long");
            *value = (int64_t)(scaled / DECIMAL_ONE);
            return true;
        }
    if (is_currency_code(word) && !o->currency[0]) {
        set_currency(o, word);
        return true;
    }
    *c = before;
    skip_spaces(c);
    if (o->currency[0])
        return refuse(c, NULL, "the currency is %s already: \"%.*s\" is one too many", o->currency,
                      TEXT_ARG(word));
    return refuse(c,
                  "times have us, ms, s, m, h or d, or several of them (1m30s); money has a sign or a code "
                  "of three capitals: KRW 10; other "
                  "numbers are in the metric's own unit",
                  "unknown unit \"%.*s\"", TEXT_ARG(word));
}

static bool is_duration_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

/* 1m30s and 1d: several units without a space, or one that decimals do not have. */
static bool is_duration(struct text t)
{
    size_t units = 0, last = 0;
    for (size_t i = 1; i < t.len; i++)
        if (is_letter(t.at[i]) && !is_letter(t.at[i - 1])) {
            units++;
            last = i;
        }
    struct text unit = text_part(t, last, t.len);
    return units > 1 || (units == 1 && (text_is(unit, "d") || text_is(unit, "w") || text_is(unit, "y")));
}

static bool parse_duration(struct cursor *c, struct text duration, struct objective *o, int64_t *value)
{
    struct err err;
    int64_t ms;
    if (!duration_parse(duration, &ms, &err))
        return refuse(c, "1m30s, 2h, 1d: y, w, d, h, m, s and ms, each at most once and in this order",
                      "objective: %s", err.message);
    c->rest = text_part(c->rest, duration.len, c->rest.len);
    *value = ms * (DECIMAL_ONE / 1000); /* it fits: a duration holds 292 years */
    o->is_time = true;
    o->duration = duration;
    o->duration_ms = ms;
    return true;
}

/* [currency] number [unit or currency], or a duration; above 0 */
static bool parse_amount(struct cursor *c, struct objective *o, int64_t *value)
{
    bool money = accept_currency(c, o);
    skip_spaces(c);
    struct cursor start = *c, ahead = *c;
    struct text word = take_while(&ahead, is_duration_char);
    if (!money && is_duration(word)) {
        if (!parse_duration(c, word, o, value))
            return false;
    } else if (!take_decimal(c, value) || !parse_unit(c, o, value)) {
        return false;
    }
    if (*value > 0)
        return true;
    *c = start;
    return refuse(c, NULL, "objective \"%.*s\": the bound must be above 0", TEXT_ARG(c->whole));
}

/* p95 <= 4s */
static bool parse_percentile(struct cursor *c, struct objective *o)
{
    static const char hint[] = "p95 <= 4s";
    int64_t percent = 0;
    struct cursor start = *c;
    if (!take_decimal(c, &percent))
        return false;
    struct text number = text_part(start.rest, 0, (size_t)(c->rest.at - start.rest.at));
    struct cursor here = *c;
    *c = start;
    if (!share_of_percent(c, number, percent, &o->target_billionths))
        return false;
    *c = here;
    o->kind = SLO_PERCENTILE;
    if (number.len + 2 > sizeof o->suffix)
        return refuse(c, hint, "percentile %.*s has too many digits", TEXT_ARG(number));
    o->suffix[0] = 'p';
    memcpy(o->suffix + 1, number.at, number.len);
    o->suffix[number.len + 1] = 0;
    return accept_at_most(c, hint) && parse_amount(c, o, &o->bound_billionths) && at_end(c);
}

/* A whole number from 0 to a million, in the sentence's own billionths. */
static bool whole_score(struct text t, int64_t *score)
{
    struct err err;
    int64_t billionths;
    if (!decimal_parse(t, &billionths, &err) || billionths < 0 || billionths % DECIMAL_ONE ||
        billionths > SCORE_MAX * DECIMAL_ONE)
        return false;
    *score = billionths / DECIMAL_ONE;
    return true;
}

/* 1 | 1..5 */
static bool parse_range(struct cursor *c, struct objective *o)
{
    static const char hint[] = "mean >= 0.85 of 1, or of 1..5 where the worst score is 1";
    skip_spaces(c);
    struct cursor start = *c;
    struct text range = take_while(c, is_number_char);
    size_t dots = 0;
    while (dots + 1 < range.len && (range.at[dots] != '.' || range.at[dots + 1] != '.'))
        dots++;
    bool both = dots + 1 < range.len;
    struct text best = both ? text_part(range, dots + 2, range.len) : range;
    o->range_min = 0;
    if (whole_score(best, &o->range_max) &&
        (!both || whole_score(text_part(range, 0, dots), &o->range_min)) && o->range_min < o->range_max)
        return true;
    *c = start;
    return refuse(c, hint, "a score's range is its best score, a whole number up to %d, or worst..best",
                  SCORE_MAX);
}

/* mean >= 0.85 of 1, behind the sign */
static bool parse_score(struct cursor *c, struct objective *o)
{
    static const char hint[] = "mean >= 0.85 of 1";
    struct cursor start = *c;
    if (!take_decimal(c, &o->target_billionths))
        return false;
    if (!accept(c, "of"))
        return refuse(c, hint, "a mean score needs its range: \"of\" and the best score");
    if (!parse_range(c, o))
        return false;
    struct cursor end = *c;
    *c = start;
    if (o->target_billionths >= o->range_max * DECIMAL_ONE)
        return refuse(c, NULL, "objective \"%.*s\" leaves no budget: the mean must be below the best score",
                      TEXT_ARG(c->whole));
    if (o->target_billionths <= o->range_min * DECIMAL_ONE)
        return refuse(c, NULL, "objective \"%.*s\" asks for nothing", TEXT_ARG(c->whole));
    *c = end;
    o->kind = SLO_SCORE;
    return at_end(c);
}

static bool parse_mean(struct cursor *c, struct objective *o)
{
    memcpy(o->suffix, "mean", sizeof "mean");
    if (accept(c, ">=") || accept(c, "≥"))
        return parse_score(c, o);
    if (accept(c, ">"))
        return refuse(c, "mean >= 0.85 of 1", "write >=, not >");
    if (!accept_at_most(c, "mean <= ₩10, or mean >= 0.85 of 1"))
        return false;
    o->kind = SLO_MEAN;
    return parse_amount(c, o, &o->target_billionths) && at_end(c);
}

static bool parse_total(struct cursor *c, struct objective *o)
{
    static const char hint[] = "total <= ₩3,000,000 per month";
    memcpy(o->suffix, "total", sizeof "total");
    o->kind = SLO_TOTAL;
    if (!accept_at_most(c, hint) || !parse_amount(c, o, &o->target_billionths))
        return false;
    if (!accept(c, "per"))
        return refuse(c, hint, "a total needs its period: per day, week, month, quarter or year");
    struct text word = take_while(c, is_letter);
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++)
        if (text_is(word, periods[i].word)) {
            o->period = periods[i].kind;
            return at_end(c);
        }
    return refuse(c, hint, "a total is per day, week, month, quarter or year, not \"%.*s\"", TEXT_ARG(word));
}

bool objective_parse(struct text sentence, struct objective *objective, const char **hint, struct err *err)
{
    struct text whole = text_trim(sentence);
    struct cursor c = {whole, whole, hint, err};
    struct objective o = {.sentence = whole};
    bool ok;
    *hint = NULL;
    if (whole.len > 1 && whole.at[0] == 'p' && is_number_char(whole.at[1]) && accept(&c, "p"))
        ok = parse_percentile(&c, &o);
    else if (accept(&c, "mean"))
        ok = parse_mean(&c, &o);
    else if (accept(&c, "total"))
        ok = parse_total(&c, &o);
    else if (whole.len && is_number_char(whole.at[0]))
        ok = parse_share(&c, &o);
    else
        ok = refuse(&c,
                    "99.5%, p95 <= 4s, mean <= ₩10, mean >= 0.85 of 1, 99% of minutes, or total <= "
                    "₩3,000,000 per month",
                    "objective \"%.*s\" is no sentence that is known", TEXT_ARG(whole));
    if (ok)
        *objective = o;
    return ok;
}
