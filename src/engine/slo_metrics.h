/* slo_metrics: SLOs in Prometheus' text format, from the JSON of their statuses: for /metrics and `status
 * --format openmetrics`. */
#ifndef SLOBURN_ENGINE_SLO_METRICS_H
#define SLOBURN_ENGINE_SLO_METRICS_H

struct buf;
struct json;

/* `statuses`: what slo_statuses_json gives, parsed. */
void slo_metrics_write(const struct json *statuses, struct buf *out);
/* The two lines in front of a metric's samples. */
void metric_head(const char *name, const char *type, const char *help, struct buf *out);

#endif
