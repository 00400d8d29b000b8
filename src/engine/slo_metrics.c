/* Budgets, burn rates and states of SLOs as metrics. */
#include "engine/slo_metrics.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/labels.h"
#include "base/number.h"
#include "engine/phrase.h"

void metric_head(const char *name, const char *type, const char *help, struct buf *out)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* {environment="…",service="…",slo="…",tenant="…"} and, behind it, `more`. */
static void put_labels(const struct json *slo, const char *more, struct buf *out)
{
    static const char *const names[][2] = {
        {"environment", "environment"}, {"service", "service"}, {"owner", "owner"}, {"name", "slo"}};
    for (size_t i = 0; i < 4; i++) {
        buf_printf(out, "%s%s=", i ? "," : "{", names[i][1]);
        text_print_quoted(text_of(json_string(json_get(slo, names[i][0]), "")), out);
    }
    const struct json *labels = json_get(slo, "labels");
    for (const struct json *label = json_first(labels); label; label = json_next(label)) {
        buf_printf(out, ",%s=", json_key(label));
        text_print_quoted(text_of(json_string(label, "")), out);
    }
    buf_printf(out, "%s}", more);
}

static void put_sample(const char *name, const struct json *slo, const char *more, double value,
                       struct buf *out)
{
    buf_puts(out, name);
    put_labels(slo, more, out);
    buf_putc(out, ' ');
    number_print_sample(value, out);
    buf_putc(out, '\n');
}

/* What a figure is in, as its label `unit` says. */
enum metric_unit { IN_RATIO, IN_UNITS, IN_SPENT, IN_ATTAINED };

struct window_metric {
    const char *name;
    const char *member;
    enum metric_unit unit;
    const char *help;
};

/* ,unit="KRW" */
static void put_unit(const struct json *slo, enum metric_unit unit, struct buf *out)
{
    struct buf name;
    if (unit == IN_RATIO)
        return;
    buf_init(&name, 256);
    phrase_unit_name(slo,
                     unit == IN_UNITS   ? PHRASE_COUNTED
                     : unit == IN_SPENT ? PHRASE_SPENT
                                        : PHRASE_ATTAINED,
                     &name);
    buf_puts(out, ",unit=");
    text_print_quoted(buf_text(&name), out);
    buf_finish(&name);
}

static const struct window_metric window_metrics[] = {
    {"sloburn_slo_error_budget_remaining_ratio", "left_share", IN_RATIO,
     "Budget left, as a share; negative when overdrawn."},
    {"sloburn_slo_attainment", "attainment", IN_ATTAINED,
     "Share of good units; the mean score; for means what a unit spent, for totals what was spent."},
    {"sloburn_slo_coverage_ratio", "coverage", IN_RATIO, "Share of expected target-minutes that were seen."},
    {"sloburn_slo_history_ratio", "history_share", IN_RATIO,
     "Share of the window so far that its history reaches back; of a value, since it was first seen."},
    {"sloburn_slo_units", "units", IN_UNITS, "Units counted in the window."},
    {"sloburn_slo_spent", "spent", IN_SPENT, "Budget spent in the window: bad units, money, time or points."},
    {"sloburn_slo_allowed", "allowed", IN_SPENT, "Budget of the window, in the same unit."},
};

/* None where nothing was ever seen: a perfect attainment would be no figure, but a lie. */
static const struct json *first_window(const struct json *slo)
{
    return phrase_figures(slo) ? json_first(json_get(slo, "windows")) : NULL;
}

static void put_windows(const struct json *slos, struct buf *out)
{
    struct buf more;
    buf_init(&more, 4096);
    for (size_t i = 0; i < sizeof window_metrics / sizeof window_metrics[0]; i++) {
        metric_head(window_metrics[i].name, "gauge", window_metrics[i].help, out);
        for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
            for (const struct json *w = first_window(slo); w; w = json_next(w)) {
                buf_clear(&more);
                buf_puts(&more, ",window=");
                text_print_quoted(text_of(json_string(json_get(w, "name"), "")), &more);
                put_unit(slo, window_metrics[i].unit, &more);
                double scale =
                    window_metrics[i].unit == IN_SPENT ? json_number(json_get(slo, "scale"), 1) : 1;
                put_sample(window_metrics[i].name, slo, buf_cstring(&more),
                           json_number(json_get(w, window_metrics[i].member), 0) / scale, out);
            }
    }
    metric_head("sloburn_slo_budget_state", "gauge",
                "1 for the budget's state: healthy, warning, critical, exhausted.", out);
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
        for (const struct json *w = first_window(slo); w; w = json_next(w)) {
            buf_clear(&more);
            buf_puts(&more, ",window=");
            text_print_quoted(text_of(json_string(json_get(w, "name"), "")), &more);
            buf_printf(&more, ",state=\"%s\"", json_string(json_get(w, "state"), ""));
            put_sample("sloburn_slo_budget_state", slo, buf_cstring(&more), 1, out);
        }
    buf_finish(&more);
}

static void put_burn_rates(const struct json *slos, struct buf *out)
{
    static const char *const members[][2] = {{"long", "long_rate"}, {"short", "short_rate"}};
    struct buf more;
    buf_init(&more, 4096);
    metric_head("sloburn_slo_burn_rate", "gauge", "Burn rate of each tier's windows.", out);
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
        for (const struct json *tier = json_first(json_get(slo, "tiers")); tier; tier = json_next(tier))
            for (size_t k = 0; k < 2; k++) {
                buf_clear(&more);
                buf_printf(&more, ",tier=\"%s\",window=\"%s\"", json_string(json_get(tier, "name"), ""),
                           json_string(json_get(tier, members[k][0]), ""));
                put_sample("sloburn_slo_burn_rate", slo, buf_cstring(&more),
                           json_number(json_get(tier, members[k][1]), 0), out);
            }
    buf_finish(&more);
}

static void put_states(const struct json *slos, struct buf *out)
{
    metric_head("sloburn_slo_firing", "gauge", "1 while an incident of the class is open.", out);
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo)) {
        put_sample("sloburn_slo_firing", slo, ",class=\"page\"", json_is_object(json_get(slo, "page")), out);
        put_sample("sloburn_slo_firing", slo, ",class=\"ticket\"", json_is_object(json_get(slo, "ticket")),
                   out);
    }
    metric_head("sloburn_slo_health", "gauge",
                "1 for the state of what is measured: seen, blind, down, idle, misconfigured.", out);
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo)) {
        struct buf more;
        buf_init(&more, 256);
        buf_printf(&more, ",health=\"%s\"", json_string(json_get(slo, "health"), ""));
        put_sample("sloburn_slo_health", slo, buf_cstring(&more), 1, out);
        buf_finish(&more);
    }
    metric_head("sloburn_slo_info", "gauge",
                "The objective as written, what a unit is, and the currency of money.", out);
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo)) {
        struct buf more;
        buf_init(&more, 4096);
        buf_puts(&more, ",objective=");
        text_print_quoted(text_of(json_string(json_get(slo, "objective"), "")), &more);
        buf_puts(&more, ",unit=");
        text_print_quoted(text_of(json_string(json_get(slo, "unit"), "")), &more);
        buf_puts(&more, ",currency=");
        text_print_quoted(text_of(json_string(json_get(slo, "currency"), "")), &more);
        put_sample("sloburn_slo_info", slo, buf_cstring(&more), 1, out);
        buf_finish(&more);
    }
}

static void put_simple(const struct json *slos, const char *name, const char *help, const char *member,
                       double factor, struct buf *out)
{
    metric_head(name, "gauge", help, out);
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
        put_sample(name, slo, "", json_number(json_get(slo, member), 0) * factor, out);
}

/* Of SLOs whose money is counted in another currency. */
static void put_exchange(const struct json *slos, struct buf *out)
{
    static const char *const metrics[][3] = {
        {"sloburn_slo_exchange_rate", "rate", "The newest exchange rate, of one unit of `from` in `to`."},
        {"sloburn_slo_exchange_rate_timestamp_seconds", "at_ms",
         "The time of that rate, where a series gives it."},
    };
    struct buf more;
    buf_init(&more, 4096);
    for (size_t i = 0; i < 2; i++) {
        metric_head(metrics[i][0], "gauge", metrics[i][2], out);
        for (const struct json *slo = json_first(slos); slo; slo = json_next(slo)) {
            const struct json *exchange = json_get(slo, "exchange");
            double value = json_number(json_get(exchange, metrics[i][1]), 0);
            if (!(value > 0))
                continue;
            buf_clear(&more);
            buf_printf(
                &more, ",from=\"%s\",to=\"%s\",state=\"%s\"", json_string(json_get(exchange, "counted"), ""),
                json_string(json_get(exchange, "stated"), ""), json_string(json_get(exchange, "state"), ""));
            put_sample(metrics[i][0], slo, buf_cstring(&more), i ? value / 1000 : value, out);
        }
    }
    buf_finish(&more);
}

struct composite_metric {
    const char *name;
    const char *member;
    const char *help;
    bool uncorrected; /* of what there would be without corrections, where these touch a part */
};

/* Of the whole. */
static const struct composite_metric composite_metrics[] = {
    {"sloburn_composite_error_budget_remaining_ratio", "left_share",
     "Budget left of an SLO made of others, as a share; negative when overdrawn.", false},
    {"sloburn_composite_error_budget_remaining_uncorrected_ratio", "left_share",
     "The same without corrections, where these touch a part.", true},
};

/* Of each part. */
static const struct composite_metric part_metrics[] = {
    {"sloburn_composite_part_weight", "weight", "A part's weight; of worst-of always 1.", false},
    {"sloburn_composite_part_used_ratio", "used_share", "What a part has used of its own budget.", false},
    {"sloburn_composite_part_contribution_ratio", "contribution",
     "What a part adds to what the composite has used of its budget.", false},
};

static bool is_known(const struct json *budget)
{
    return !text_is(text_of(phrase_verdict(budget)), "insufficient data");
}

static void put_composite(const struct json *composites, const struct composite_metric *metric,
                          struct buf *out)
{
    metric_head(metric->name, "gauge", metric->help, out);
    for (const struct json *c = json_first(composites); c; c = json_next(c)) {
        const struct json *of = metric->uncorrected ? json_get(c, "uncorrected") : c;
        if (of && is_known(of))
            put_sample(metric->name, c, "", json_number(json_get(of, metric->member), 0), out);
    }
}

static void put_parts(const struct json *composites, const struct composite_metric *metric, struct buf *out)
{
    struct buf more;
    buf_init(&more, 4096);
    metric_head(metric->name, "gauge", metric->help, out);
    for (const struct json *c = json_first(composites); c; c = json_next(c))
        for (const struct json *part = json_first(json_get(c, "parts")); part; part = json_next(part)) {
            struct text id = text_of(json_string(json_get(part, "id"), ""));
            if (!is_known(part))
                continue;
            (void)text_cut(&id, '/');
            buf_clear(&more);
            buf_puts(&more, ",part=");
            text_print_quoted(id, &more);
            put_sample(metric->name, c, buf_cstring(&more), json_number(json_get(part, metric->member), 0),
                       out);
        }
    buf_finish(&more);
}

/* None at all where there are no composites. */
static void put_composites(const struct json *composites, struct buf *out)
{
    static const char *const states[][3] = {
        {"sloburn_composite_budget_state", "state",
         "1 for the composite's state: healthy, warning, critical, exhausted."},
        {"sloburn_composite_verdict", "verdict",
         "1 for the composite's verdict: met, met on what was seen, missed, insufficient."},
    };
    struct buf more;
    if (json_length(composites) == 0)
        return;
    for (size_t i = 0; i < sizeof composite_metrics / sizeof composite_metrics[0]; i++)
        put_composite(composites, &composite_metrics[i], out);
    buf_init(&more, 256);
    for (size_t i = 0; i < 2; i++) {
        metric_head(states[i][0], "gauge", states[i][2], out);
        for (const struct json *c = json_first(composites); c; c = json_next(c)) {
            if (i == 0 && !is_known(c))
                continue;
            buf_clear(&more);
            buf_printf(&more, ",%s=\"%s\"", states[i][1], json_string(json_get(c, states[i][1]), ""));
            put_sample(states[i][0], c, buf_cstring(&more), 1, out);
        }
    }
    buf_finish(&more);
    for (size_t i = 0; i < sizeof part_metrics / sizeof part_metrics[0]; i++)
        put_parts(composites, &part_metrics[i], out);
}

void slo_metrics_write(const struct json *statuses, struct buf *out)
{
    const struct json *slos = json_get(statuses, "slos");
    put_simple(slos, "sloburn_slo_objective", "The objective's number: a share, a mean or a total.", "target",
               1, out);
    put_simple(slos, "sloburn_slo_evaluated_timestamp_seconds", "When it was last evaluated; 0: never.",
               "slot_ms", 1e-3, out);
    put_windows(slos, out);
    put_burn_rates(slos, out);
    put_states(slos, out);
    put_exchange(slos, out);
    put_composites(json_get(statuses, "composites"), out);
}
