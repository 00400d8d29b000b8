/* SLOs and budgets as JSON. */
#include "engine/budget_json.h"

#include "base/buf.h"
#include "base/decimal.h"
#include "base/labels.h"
#include "engine/amount.h"

void json_field_text(struct json_writer *w, const char *name, struct text value)
{
    json_name(w, name);
    json_put_text(w, value);
}

void json_field_string(struct json_writer *w, const char *name, const char *value)
{
    json_name(w, name);
    json_put_string(w, value);
}

void json_field_int(struct json_writer *w, const char *name, int64_t value)
{
    json_name(w, name);
    json_put_int(w, value);
}

void json_field_double(struct json_writer *w, const char *name, double value)
{
    json_name(w, name);
    json_put_double(w, value);
}

void json_field_bool(struct json_writer *w, const char *name, bool value)
{
    json_name(w, name);
    json_put_bool(w, value);
}

void slo_identity_json(struct json_writer *w, const struct slo *slo, const struct labels *labels)
{
    json_field_text(w, "id", slo->id);
    json_field_text(w, "environment", slo->environment);
    json_field_text(w, "service", slo->service);
    json_field_text(w, "name", slo->name);
    json_field_text(w, "owner", slo->owner);
    json_field_text(w, "objective", slo->objective);
    json_field_double(w, "target", (double)slo->target_billionths / 1e9);
    json_field_string(w, "kind", slo_kind_text(slo));
    json_field_text(w, "unit", slo->unit);
    json_field_text(w, "currency", slo->currency);
    json_field_text(w, "time_unit", slo->time_unit);
    json_field_int(w, "scale", slo->scale);
    json_field_text(w, "runbook", slo->runbook);
    json_name(w, "labels");
    json_open(w, '{');
    for (uint32_t i = 0; labels && i < labels->len; i++) {
        json_name_text(w, symbol_text(labels->at[i].name));
        json_put_text(w, symbol_text(labels->at[i].value));
    }
    json_close(w, '}');
}

static void put_query(struct json_writer *w, enum slo_role role, int64_t coefficient, struct text query)
{
    json_open(w, '{');
    json_field_string(w, "role", role == SLO_UNITS ? "units" : "spent");
    json_field_int(w, "coefficient", coefficient);
    json_field_text(w, "query", query);
    json_close(w, '}');
}

void slo_definition_json(struct json_writer *w, const struct slo *slo)
{
    json_field_text(w, "summary", slo->summary);
    json_field_text(w, "impact", slo->impact);
    json_field_double(w, "allowance", (double)slo->allowance_billionths / (double)DECIMAL_ONE);
    json_name(w, "links");
    json_open(w, '[');
    for (size_t i = 0; i < slo->n_links; i++) {
        json_open(w, '{');
        json_field_text(w, "name", slo->links[i].name);
        json_field_text(w, "url", slo->links[i].url);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_name(w, "sla");
    json_open(w, '[');
    for (size_t i = 0; i < slo->n_sla; i++) {
        json_open(w, '{');
        json_field_double(w, "below", (double)slo->sla[i].below / (double)DECIMAL_ONE);
        json_field_double(w, "credit", (double)slo->sla[i].credit / (double)DECIMAL_ONE);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_name(w, "target_labels");
    json_open(w, '[');
    for (size_t i = 0; i < slo->n_target; i++)
        json_put_text(w, slo->target[i]);
    json_close(w, ']');
    json_field_bool(w, "expressions", slo->n_expressions > 0);
    json_name(w, "queries");
    json_open(w, '[');
    for (size_t i = 0; i < slo->n_terms; i++)
        put_query(w, slo->terms[i].role, slo->terms[i].coefficient, slo->terms[i].selector);
    for (size_t i = 0; i < slo->n_expressions; i++)
        put_query(w, slo->expressions[i].role, 1, slo->expressions[i].text);
    json_close(w, ']');
}

static void put_rate(struct json_writer *w, const struct slo *slo, const struct ledger_rate *rate)
{
    struct buf series;
    buf_init(&series, 64 << 10);
    if (rate->labels)
        labels_print(rate->labels, &series);
    json_field_double(w, "rate", (double)rate->billionths / (double)DECIMAL_ONE);
    json_field_int(w, "at_ms", rate->at_ms);
    json_field_string(w, "state", rate_state_text(rate->state));
    json_field_text(w, "series", buf_text(&series));
    json_field_text(w, "selector", slo->exchange.selector);
    json_field_int(w, "max_age_ms", slo->exchange.max_age_ms);
    buf_finish(&series);
}

void exchange_json(struct json_writer *w, const struct slo *slo, const struct ledger_rate *rate)
{
    const struct slo_exchange *exchange = &slo->exchange;
    if (!exchange->counted.len)
        return;
    json_name(w, "exchange");
    json_open(w, '{');
    json_field_text(w, "counted", exchange->counted);
    json_field_text(w, "stated", exchange->stated);
    if (exchange->series) {
        put_rate(w, slo, rate);
    } else {
        json_field_double(w, "rate", (double)exchange->rate_billionths / (double)DECIMAL_ONE);
        json_field_string(w, "state", "fixed");
        json_field_text(w, "date", exchange->date);
    }
    json_close(w, '}');
}

void target_json(struct json_writer *w, const struct dated_targets *targets, size_t i)
{
    const struct dated_target *target = &targets->at[i];
    bool last = i + 1 == targets->len;
    json_field_text(w, "objective", target->objective);
    json_field_double(w, "target", (double)target->target_billionths / (double)DECIMAL_ONE);
    json_field_double(w, "allowance", (double)target->allowance_billionths / (double)DECIMAL_ONE);
    json_field_int(w, "from_ms", i ? target->from_minute * MINUTE_MS : 0);
    json_field_int(w, "to_ms", last ? 0 : target[1].from_minute * MINUTE_MS);
}

void targets_json(struct json_writer *w, const struct dated_targets *targets)
{
    json_name(w, "targets");
    json_open(w, '[');
    for (size_t i = 0; targets && i < targets->len; i++) {
        json_open(w, '{');
        target_json(w, targets, i);
        json_close(w, '}');
    }
    json_close(w, ']');
}

void window_json(struct json_writer *w, struct text name, const struct period *period,
                 const struct budget *budget)
{
    json_open(w, '{');
    json_field_text(w, "name", name);
    json_field_int(w, "from_ms", period->from_ms);
    json_field_int(w, "to_ms", period->to_ms);
    json_field_int(w, "units", budget->units);
    json_field_int(w, "spent", budget->spent);
    json_field_int(w, "allowed", budget->allowed);
    json_field_int(w, "left", budget->left);
    json_field_double(w, "left_share", budget->left_share);
    json_field_double(w, "attainment", budget->attainment);
    json_field_double(w, "attainment_low", budget->attainment_low);
    json_field_double(w, "attainment_high", budget->attainment_high);
    json_field_double(w, "coverage", budget->coverage);
    json_field_double(w, "estimated_share", budget->estimated_share);
    json_field_double(w, "history_share", budget->history_share);
    json_field_string(w, "verdict", budget_verdict_text(budget->verdict));
    json_field_string(w, "state", budget_state_text(budget->state));
    json_close(w, '}');
}
