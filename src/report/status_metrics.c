/* Statuses as OpenMetrics, for a textfile collector or a push gateway. */
#include "report/status.h"

#include "base/buf.h"
#include "base/duration.h"
#include "base/number.h"
#include "report/phrase.h"

static void put_label(const char *name, struct text value, bool *first, struct buf *out)
{
    buf_printf(out, "%s%s=\"", *first ? "" : ",", name);
    *first = false;
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '\n')
            buf_puts(out, "\\n");
        else if (value.at[i] == '"' || value.at[i] == '\\')
            buf_printf(out, "\\%c", value.at[i]);
        else
            buf_putc(out, value.at[i]);
    }
    buf_putc(out, '"');
}

/* One sample; `extra` is a further label, or NULL. */
static void put_sample(const char *metric, const struct json *slo, const char *extra, const char *extra_value,
                       double value, struct buf *out)
{
    static const char *const own[] = {"environment", "service", "owner"};
    bool first = true;
    buf_printf(out, "%s{", metric);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        put_label(own[i], text_of(phrase_text(slo, own[i])), &first, out);
    put_label("slo", text_of(phrase_text(slo, "name")), &first, out);
    const struct json *labels = json_get(slo, "labels");
    for (const struct json *label = json_first(labels); label; label = json_next(label))
        put_label(json_key(label), text_of(json_string(label, "")), &first, out);
    if (extra)
        put_label(extra, text_of(extra_value), &first, out);
    buf_puts(out, "} ");
    number_print_sample(value, out);
    buf_putc(out, '\n');
}

struct window_metric {
    const char *name;
    const char *help;
    const char *member;
};

static const struct window_metric window_metrics[] = {
    {"sloburn_slo_error_budget_remaining_ratio",
     "Share of the error budget that is left; negative when overdrawn.", "left_share"},
    {"sloburn_slo_attainment", "Attainment in the objective's own terms.", "attainment"},
    {"sloburn_slo_coverage_ratio", "Share of expected target-minutes that were seen.", "coverage"},
    {"sloburn_slo_units", "Units counted in the window.", "units"},
};

static void put_head(const char *name, const char *help, struct buf *out)
{
    buf_printf(out, "# TYPE %s gauge\n# HELP %s %s\n", name, name, help);
}

static void put_window_metric(const struct json *slos, const struct window_metric *metric, struct buf *out)
{
    put_head(metric->name, metric->help, out);
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo)) {
        const struct json *windows = json_get(slo, "windows");
        for (const struct json *window = json_first(windows); window; window = json_next(window))
            put_sample(metric->name, slo, "window", phrase_text(window, "name"),
                       phrase_number(window, metric->member), out);
    }
}

static void put_burn_rates(const struct json *slos, struct buf *out)
{
    put_head("sloburn_slo_burn_rate", "Burn rate over the long window of each tier.", out);
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo)) {
        const struct json *tiers = json_get(slo, "tiers");
        for (const struct json *tier = json_first(tiers); tier; tier = json_next(tier))
            put_sample("sloburn_slo_burn_rate", slo, "window", phrase_text(tier, "long"),
                       phrase_number(tier, "long_rate"), out);
    }
}

static void put_open(const struct json *slos, struct buf *out)
{
    static const char *const classes[] = {"page", "ticket"};
    put_head("sloburn_slo_firing", "1 while an incident of this class is open.", out);
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
        for (int i = 0; i < 2; i++)
            put_sample("sloburn_slo_firing", slo, "class", classes[i],
                       json_is_object(json_get(slo, classes[i])), out);
}

static void put_age(const struct json *slos, struct buf *out)
{
    put_head("sloburn_slo_evaluated_timestamp_seconds", "When it was last evaluated; 0: never.", out);
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
        put_sample("sloburn_slo_evaluated_timestamp_seconds", slo, NULL, NULL,
                   phrase_number(slo, "slot_ms") / 1000, out);
}

void status_openmetrics(const struct json *document, struct buf *out)
{
    const struct json *slos = json_get(document, "slos");
    for (size_t i = 0; i < sizeof window_metrics / sizeof window_metrics[0]; i++)
        put_window_metric(slos, &window_metrics[i], out);
    put_burn_rates(slos, out);
    put_open(slos, out);
    put_age(slos, out);
    buf_puts(out, "# EOF\n");
}
