/* /metrics: sloburn about itself, and every SLO, in Prometheus' text format. */
#include "base/json.h"
#include "base/number.h"
#include "engine/ledger_query.h"
#include "engine/slo_metrics.h"
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
    COUNTER("sloburn_evaluation_reads_total", evaluation_reads,
            "Reads of the store within evaluations of SLOs; an ordinary one has none."),
    COUNTER("sloburn_engine_reads_total", engine_reads, "These, and reads of the store between evaluations."),
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
    {"sloburn_clock_behind_seconds", "gauge",
     "How far the clock is behind what was evaluated already: nothing is evaluated until it has caught up.",
     offsetof(struct counters, clock_behind_ms), 1e-3},
    {"sloburn_last_slot_timestamp_seconds", "gauge", "The last slot that was committed.",
     offsetof(struct counters, last_slot_ms), 1e-3},
};

static void put_own(struct exchange *exchange, struct buf *out)
{
    const char *counters = (const char *)exchange->options->counters;
    for (size_t i = 0; i < sizeof own_metrics / sizeof own_metrics[0]; i++) {
        const struct own_metric *metric = &own_metrics[i];
        const atomic_llong *value = (const atomic_llong *)(const void *)(counters + metric->offset);
        metric_head(metric->name, metric->type, metric->help, out);
        buf_printf(out, "%s ", metric->name);
        number_print_sample((double)atomic_load(value) * metric->factor, out);
        buf_putc(out, '\n');
    }
    metric_head("sloburn_history_filled_ratio", "gauge", "Share of history that the ledger has read.", out);
    buf_printf(out, "sloburn_history_filled_ratio %.2f\n",
               atomic_load(&exchange->options->counters->fill_percent) / 100.0);
    metric_head("sloburn_history_left_seconds", "gauge",
                "How long the rest of history may take to read; -1: not known yet.", out);
    int64_t left_ms = atomic_load(&exchange->options->counters->fill_left_ms);
    buf_printf(out, "sloburn_history_left_seconds %lld\n", (long long)(left_ms < 0 ? -1 : left_ms / 1000));
    metric_head("sloburn_build_info", "gauge", "The version that runs.", out);
    buf_puts(out, "sloburn_build_info{version=\"" SLOBURN_VERSION "\"} 1\n");
}

/* What is in the store. False: it cannot be read. */
static bool put_stored(struct exchange *exchange, struct buf *out)
{
    struct ledger_query query = {.now_ms = exchange->now_ms};
    struct buf json;
    struct err err;
    if (!exchange->reader)
        return false;
    struct outbox_counts outbox = outbox_count(exchange->reader);
    buf_init(&json, 64 << 20);
    bool good = !db_take_error(exchange->reader, &err) &&
                slo_statuses_json(exchange->reader, exchange->config, &query, &json, &err);
    struct json *statuses = good ? json_parse(buf_text(&json), &err) : NULL;
    if (statuses) {
        metric_head("sloburn_outbox_messages", "gauge", "Messages in the store, by state.", out);
        buf_printf(out, "sloburn_outbox_messages{state=\"pending\"} %lld\n", (long long)outbox.pending);
        buf_printf(out, "sloburn_outbox_messages{state=\"delivered\"} %lld\n", (long long)outbox.delivered);
        buf_printf(out, "sloburn_outbox_messages{state=\"dead\"} %lld\n", (long long)outbox.dead);
        slo_metrics_write(statuses, out);
    }
    bool readable = statuses != NULL;
    json_free(statuses);
    buf_finish(&json);
    return readable;
}

void answer_metrics(struct exchange *exchange)
{
    struct buf *out = &exchange->response->body;
    exchange->response->content_type = "text/plain; version=0.0.4; charset=utf-8";
    put_own(exchange, out);
    bool readable = put_stored(exchange, out);
    metric_head("sloburn_store_readable", "gauge", "0: the store cannot be read, and no SLO is here.", out);
    buf_printf(out, "sloburn_store_readable %d\n", readable);
}
