/* An SLO's status as JSON: what the page, /api/v1/slos and `status` show. Kept in the store with each evaluation. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/json.h"
#include "engine/slo_facts.h"

static void put_text(struct json_writer *w, const char *name, struct text value)
{
    json_name(w, name);
    json_put_text(w, value);
}

static void put_string(struct json_writer *w, const char *name, const char *value)
{
    json_name(w, name);
    json_put_string(w, value);
}

static void put_int(struct json_writer *w, const char *name, int64_t value)
{
    json_name(w, name);
    json_put_int(w, value);
}

static void put_double(struct json_writer *w, const char *name, double value)
{
    json_name(w, name);
    json_put_double(w, value);
}

static void put_duration(struct json_writer *w, const char *name, int64_t ms)
{
    struct buf text;
    buf_init(&text, 64);
    duration_print(ms, &text);
    put_text(w, name, buf_text(&text));
    buf_finish(&text);
}

static void put_identity(struct json_writer *w, const struct slo *slo, const struct labels *labels)
{
    static const char *const kinds[] = {"events", "percentile", "mean", "score", "minutes", "total"};
    put_text(w, "id", slo->id);
    put_text(w, "environment", slo->environment);
    put_text(w, "service", slo->service);
    put_text(w, "name", slo->name);
    put_text(w, "owner", slo->owner);
    put_text(w, "objective", slo->objective);
    put_string(w, "kind", kinds[slo->kind]);
    put_text(w, "unit", slo->unit);
    put_text(w, "currency", slo->currency);
    put_int(w, "scale", slo->scale);
    put_text(w, "runbook", slo->runbook);
    json_name(w, "labels");
    json_open(w, '{');
    for (uint32_t i = 0; labels && i < labels->len; i++) {
        json_name_text(w, symbol_text(labels->at[i].name));
        json_put_text(w, symbol_text(labels->at[i].value));
    }
    json_close(w, '}');
}

static void put_window(struct json_writer *w, const struct slo *slo, const struct group_budgets *budgets, size_t i)
{
    const struct budget *b = &budgets->at[i];
    json_open(w, '{');
    put_text(w, "name", slo->windows[i].name);
    put_int(w, "from_ms", budgets->periods[i].from_ms);
    put_int(w, "to_ms", budgets->periods[i].to_ms);
    put_int(w, "units", b->units);
    put_int(w, "spent", b->spent);
    put_int(w, "allowed", b->allowed);
    put_int(w, "left", b->left);
    put_double(w, "left_share", b->left_share);
    put_double(w, "attainment", b->attainment);
    put_double(w, "attainment_low", b->attainment_low);
    put_double(w, "attainment_high", b->attainment_high);
    put_double(w, "coverage", b->coverage);
    put_double(w, "estimated_share", b->estimated_share);
    put_double(w, "history_share", b->history_share);
    put_string(w, "verdict", budget_verdict_text(b->verdict));
    put_string(w, "state", budget_state_text(b->state));
    json_close(w, '}');
}

static void put_tier(struct json_writer *w, const struct slo_tier *tier, const struct burn_tier_result *result)
{
    json_open(w, '{');
    put_text(w, "name", tier->name);
    put_string(w, "severity", severity_name((enum severity)tier->severity));
    put_duration(w, "long", tier->long_ms);
    put_duration(w, "short", tier->short_ms);
    put_double(w, "factor", (double)tier->rate_billionths / 1e9);
    put_double(w, "long_rate", result->long_rate);
    put_double(w, "short_rate", result->short_rate);
    put_int(w, "long_units", result->long_window.units);
    put_int(w, "long_spent", result->long_window.spent);
    put_int(w, "short_units", result->short_window.units);
    put_int(w, "short_spent", result->short_window.spent);
    put_string(w, "verdict", burn_verdict_text(result->verdict));
    json_name(w, "open");
    json_put_bool(w, result->open);
    json_close(w, '}');
}

static void put_incident(struct json_writer *w, const char *name, const struct burn_incident *incident)
{
    json_name(w, name);
    if (!incident->episode_ms) {
        json_put_null(w);
        return;
    }
    json_open(w, '{');
    put_int(w, "since_ms", incident->episode_ms);
    put_string(w, "severity", severity_name((enum severity)incident->severity));
    put_string(w, "reason", burn_reason_text((enum burn_reason)incident->reason));
    json_name(w, "quiet");
    json_put_bool(w, incident->quiet);
    json_close(w, '}');
}

void slo_status_json(const struct slo_view *view, struct buf *out)
{
    const struct slo *slo = view->unit->slo;
    const struct group_budgets *budgets = &view->unit->budgets.at[view->group];
    const struct burn_state *state = &view->unit->states.at[view->group];
    struct json_writer w;
    json_begin(&w, out);
    json_open(&w, '{');
    put_identity(&w, slo, ledger_group_labels(view->unit->ledger, view->group));
    put_int(&w, "slot_ms", view->slot_ms);
    put_string(&w, "health", ledger_health_text(view->health));
    put_int(&w, "health_since_ms", view->health_since_ms);
    put_int(&w, "budgets_as_of_ms", budgets->as_of_minute * MINUTE_MS);
    json_name(&w, "windows");
    json_open(&w, '[');
    for (size_t i = 0; budgets->as_of_minute && i < slo->n_windows; i++)
        put_window(&w, slo, budgets, i);
    json_close(&w, ']');
    put_double(&w, "burn_rate", view->result->rate);
    put_duration(&w, "burn_window", view->result->rate_window_ms);
    const struct period *period = &budgets->periods[0];
    int64_t gone = budgets->as_of_minute && slo->n_windows
                       ? budget_exhausted_in_ms(&budgets->at[0], period->to_ms - period->from_ms, view->result->rate)
                       : INT64_MAX;
    put_int(&w, "exhausted_in_ms", gone == INT64_MAX ? -1 : gone);
    json_name(&w, "tiers");
    json_open(&w, '[');
    for (size_t i = 0; i < view->result->n_tiers; i++)
        put_tier(&w, &slo->tiers[i], &view->result->tiers[i]);
    json_close(&w, ']');
    put_incident(&w, "page", &state->incidents[BURN_PAGE]);
    put_incident(&w, "ticket", &state->incidents[BURN_TICKET]);
    json_close(&w, '}');
}
