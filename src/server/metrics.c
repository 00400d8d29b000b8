/* /metrics: sloburn about itself, and every SLO, in Prometheus' text format. */
#include "base/arena.h"
#include "base/json.h"
#include "base/labels.h"
#include "base/number.h"
#include "engine/ledger_query.h"
#include "server/route.h"
#include "store/outbox_rows.h"

struct own_metric {
    const char *name;
    const char *type;
    const char *help;
    size_t offset; /* of an atomic_llong in struct counters */
    double factor;
};

#define COUNTER(name, field, help)                                                                           \
    {                                                                                                        \
        name, "counter", help, offsetof(struct counters, field), 1                                           \
    }

static const struct own_metric own_metrics[] = {
    COUNTER("sloburn_evaluations_total", evaluations, "Groups of SLOs or rules evaluated."),
    COUNTER("sloburn_evaluations_failed_total", evaluations_failed, "Evaluations that were blind."),
    COUNTER("sloburn_evaluations_late_total", evaluations_late, "Slots evaluated after their interval."),
    COUNTER("sloburn_slots_skipped_total", slots_skipped, "Slots that were too old to make up for."),
    {"sloburn_evaluation_cpu_seconds_total", "counter", "CPU time of evaluations.",
     offsetof(struct counters, evaluation_cpu_us), 1e-6},
    COUNTER("sloburn_samples_fetched_total", samples_fetched, "Raw samples that sources gave."),
    COUNTER("sloburn_commits_failed_total", commits_failed, "Evaluations that could not be stored."),
    COUNTER("sloburn_obligations_total", obligations, "Transitions that somebody is to be told."),
    COUNTER("sloburn_deliveries_total", deliveries, "Messages that a receiver took."),
    COUNTER("sloburn_delivery_failures_total", deliveries_failed, "Attempts that failed."),
    COUNTER("sloburn_deliveries_dead_total", deliveries_dead, "Messages refused for good."),
    COUNTER("sloburn_emergency_deliveries_total", emergency_deliveries,
            "Messages sent while the store failed."),
    COUNTER("sloburn_reloads_total", reloads, "Configurations taken."),
    COUNTER("sloburn_reloads_refused_total", reloads_refused, "Configurations refused."),
    COUNTER("sloburn_http_requests_total", http_requests, "Requests answered."),
    {"sloburn_last_slot_timestamp_seconds", "gauge", "The last slot that was committed.",
     offsetof(struct counters, last_slot_ms), 1e-3},
};

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_own(struct exchange *exchange, struct buf *out)
{
    const char *counters = (const char *)exchange->options->counters;
    for (size_t i = 0; i < sizeof own_metrics / sizeof own_metrics[0]; i++) {
        const struct own_metric *metric = &own_metrics[i];
        const atomic_llong *value = (const atomic_llong *)(const void *)(counters + metric->offset);
        head(out, metric->name, metric->type, metric->help);
        buf_printf(out, "%s ", metric->name);
        number_print_sample((double)atomic_load(value) * metric->factor, out);
        buf_putc(out, '\n');
    }
    struct outbox_counts outbox = outbox_count(exchange->reader);
    head(out, "sloburn_outbox_messages", "gauge", "Messages in the store, by state.");
    buf_printf(out, "sloburn_outbox_messages{state=\"pending\"} %lld\n", (long long)outbox.pending);
    buf_printf(out, "sloburn_outbox_messages{state=\"delivered\"} %lld\n", (long long)outbox.delivered);
    buf_printf(out, "sloburn_outbox_messages{state=\"dead\"} %lld\n", (long long)outbox.dead);
    head(out, "sloburn_history_filled_ratio", "gauge", "Share of history that the ledger has read.");
    buf_printf(out, "sloburn_history_filled_ratio %.2f\n",
               atomic_load(&exchange->options->counters->fill_percent) / 100.0);
    head(out, "sloburn_build_info", "gauge", "The version that runs.");
    buf_puts(out, "sloburn_build_info{version=\"" SLOBURN_VERSION "\"} 1\n");
}

/* {environment="…",service="…",slo="…",tenant="…"} and, behind it, `more`. */
static void put_labels(const struct json *slo, const char *more, struct buf *out)
{
    static const char *const names[][2] = {
        {"environment", "environment"}, {"service", "service"}, {"name", "slo"}};
    for (size_t i = 0; i < 3; i++) {
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

struct window_metric {
    const char *name;
    const char *member;
    const char *help;
};

static const struct window_metric window_metrics[] = {
    {"sloburn_slo_error_budget_remaining_ratio", "left_share",
     "Budget left, as a share; negative when overdrawn."},
    {"sloburn_slo_attainment", "attainment", "Share of good units; for means what a unit spent."},
    {"sloburn_slo_coverage_ratio", "coverage", "Share of expected target-minutes that were seen."},
    {"sloburn_slo_units", "units", "Units counted in the window."},
    {"sloburn_slo_spent", "spent", "Budget spent in the window, in the SLO's scale."},
};

static void put_windows(const struct json *slos, struct buf *out)
{
    struct buf more;
    buf_init(&more, 4096);
    for (size_t i = 0; i < sizeof window_metrics / sizeof window_metrics[0]; i++) {
        head(out, window_metrics[i].name, "gauge", window_metrics[i].help);
        for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
            for (const struct json *w = json_first(json_get(slo, "windows")); w; w = json_next(w)) {
                buf_clear(&more);
                buf_puts(&more, ",window=");
                text_print_quoted(text_of(json_string(json_get(w, "name"), "")), &more);
                put_sample(window_metrics[i].name, slo, buf_cstring(&more),
                           json_number(json_get(w, window_metrics[i].member), 0), out);
            }
    }
    buf_finish(&more);
}

static void put_burn_rates(const struct json *slos, struct buf *out)
{
    static const char *const members[][2] = {{"long", "long_rate"}, {"short", "short_rate"}};
    struct buf more;
    buf_init(&more, 4096);
    head(out, "sloburn_slo_burn_rate", "gauge", "Burn rate of each tier's windows.");
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
    head(out, "sloburn_slo_firing", "gauge", "1 while an incident of the class is open.");
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo)) {
        put_sample("sloburn_slo_firing", slo, ",class=\"page\"", json_is_object(json_get(slo, "page")), out);
        put_sample("sloburn_slo_firing", slo, ",class=\"ticket\"", json_is_object(json_get(slo, "ticket")),
                   out);
    }
    head(out, "sloburn_slo_health", "gauge",
         "1 for the state of what is measured: seen, blind, down, idle, misconfigured.");
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo)) {
        struct buf more;
        buf_init(&more, 256);
        buf_printf(&more, ",health=\"%s\"", json_string(json_get(slo, "health"), ""));
        put_sample("sloburn_slo_health", slo, buf_cstring(&more), 1, out);
        buf_finish(&more);
    }
    head(out, "sloburn_slo_info", "gauge", "The objective as written.");
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo)) {
        struct buf more;
        buf_init(&more, 4096);
        buf_puts(&more, ",objective=");
        text_print_quoted(text_of(json_string(json_get(slo, "objective"), "")), &more);
        put_sample("sloburn_slo_info", slo, buf_cstring(&more), 1, out);
        buf_finish(&more);
    }
}

void answer_metrics(struct exchange *exchange)
{
    struct ledger_query query = {.now_ms = exchange->now_ms};
    struct buf json;
    struct err err;
    buf_init(&json, 64 << 20);
    bool good = slo_statuses_json(exchange->reader, exchange->config, &query, &json, &err);
    struct json *statuses = good ? json_parse(buf_text(&json), &err) : NULL;
    if (statuses) {
        struct buf *out = &exchange->response->body;
        const struct json *slos = json_get(statuses, "slos");
        exchange->response->content_type = "text/plain; version=0.0.4; charset=utf-8";
        put_own(exchange, out);
        put_windows(slos, out);
        put_burn_rates(slos, out);
        put_states(slos, out);
    } else {
        answer_error(exchange, &err);
    }
    json_free(statuses);
    buf_finish(&json);
}
