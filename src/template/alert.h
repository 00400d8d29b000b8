/* alert: templates as rule files have them in labels and annotations: . has Labels, ExternalLabels,
 * ExternalURL and Value, and $labels, $externalLabels, $externalURL and $value are set; `query` asks the
 * caller. */
#ifndef SLOBURN_TEMPLATE_ALERT_H
#define SLOBURN_TEMPLATE_ALERT_H

#include "template/template.h"

struct labels;

/* What `query` gives: a list of template_sample_value() made in the arena. */
typedef bool template_query(void *self, struct text expression, struct arena *arena,
                            struct template_value *samples, struct err *err);

struct template_alert {
    const struct labels *labels;          /* or NULL */
    const struct labels *external_labels; /* or NULL */
    struct text external_url;
    double value;
    int64_t now_ms;
    template_query *query; /* or NULL: an empty list */
    void *query_self;
};

/* As template_parse. */
NODISCARD struct template *template_parse_alert(struct text text, struct arena *arena, struct err *err);
/* Only for templates from template_parse_alert. As template_expand. */
NODISCARD bool template_expand_alert(const struct template *template, const struct template_alert *alert,
                                     struct buf *out, struct err *err);
/* What Prometheus shows in place of a text that cannot be expanded: <error expanding template: …>. */
void template_print_failure(const struct err *err, struct buf *out);

#endif
