/* An SLO's status as JSON: what the page, /api/v1/slos and `status` show. Kept in the store with each
 * evaluation. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/json.h"
#include "engine/bounds_json.h"
#include "engine/budget_json.h"
#include "engine/last_change.h"
#include "engine/policies.h"
#include "engine/slo_facts.h"
#include "engine/unit_advice.h"
#include "engine/unit_notes.h"

enum { SERIES_MAX = 1000 };

static void put_duration(struct json_writer *w, const char *name, int64_t ms)
{
    struct buf text;
    buf_init(&text, 64);
    duration_print(ms, &text);
    json_field_text(w, name, buf_text(&text));
    buf_finish(&text);
}

static void put_tier(struct json_writer *w, const struct slo_tier *tier,
                     const struct burn_tier_result *result)
{
    json_open(w, '{');
    json_field_text(w, "name", tier->name);
    json_field_string(w, "severity", severity_name((enum severity)tier->severity));
    put_duration(w, "long", tier->long_ms);
    put_duration(w, "short", tier->short_ms);
    json_field_double(w, "factor", (double)tier->rate_billionths / 1e9);
    json_field_double(w, "long_rate", result->long_rate);
    json_field_double(w, "short_rate", result->short_rate);
    json_field_int(w, "long_units", result->long_window.units);
    json_field_int(w, "long_spent", result->long_window.spent);
    json_field_int(w, "short_units", result->short_window.units);
    json_field_int(w, "short_spent", result->short_window.spent);
    json_field_string(w, "verdict", burn_verdict_text(result->verdict));
    json_field_bool(w, "open", result->open);
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
    json_field_int(w, "since_ms", incident->episode_ms);
    json_field_string(w, "severity", severity_name((enum severity)incident->severity));
    json_field_string(w, "reason", burn_reason_text((enum burn_reason)incident->reason));
    json_field_bool(w, "quiet", incident->quiet);
    json_close(w, '}');
}

static void put_samples(struct json_writer *w, const struct ledger *ledger)
{
    struct ledger_inputs inputs;
    ledger_inputs(ledger, &inputs);
    json_name(w, "samples");
    json_open(w, '{');
    json_field_int(w, "series", (int64_t)inputs.series);
    json_field_int(w, "targets", (int64_t)inputs.targets);
    json_field_int(w, "interval_ms", inputs.interval_ms);
    json_field_int(w, "newest_ms", inputs.newest_ms);
    json_close(w, '}');
}

/* What cannot be counted; nothing where all is. */
static void put_uncounted(struct json_writer *w, const struct ledger_uncounted *uncounted)
{
    struct buf series;
    if (!uncounted->since_ms)
        return;
    buf_init(&series, SERIES_MAX);
    if (uncounted->series)
        labels_print(uncounted->series, &series);
    json_name(w, "uncounted");
    json_open(w, '{');
    json_field_string(w, "why", ledger_uncounted_text(uncounted));
    json_field_int(w, "since_ms", uncounted->since_ms);
    json_field_text(w, "series", buf_text(&series));
    json_close(w, '}');
    buf_finish(&series);
}

void slo_status_json(const struct slo_view *view, struct buf *out)
{
    const struct slo *slo = view->slo;
    const struct group_budgets *budgets = &view->unit->budgets.at[view->group];
    const struct burn_state *state = &view->unit->states.at[view->group];
    struct json_writer w;
    json_begin(&w, out);
    json_open(&w, '{');
    slo_identity_json(&w, slo, ledger_group_labels(view->unit->ledger, view->group));
    struct ledger_rate rate = ledger_rate_at(view->unit->ledger, view->slot_ms);
    exchange_json(&w, slo, &rate);
    json_field_int(&w, "slot_ms", view->slot_ms);
    json_field_string(&w, "health", ledger_health_text(view->health));
    json_field_int(&w, "health_since_ms", view->health_since_ms);
    json_field_int(&w, "budgets_as_of_ms", budgets->as_of_ms);
    put_uncounted(&w, ledger_uncounted(view->unit->ledger));
    bounds_json(&w, view->slo, view->unit->ledger, view->group);
    targets_json(&w, view->group < view->unit->targets.len ? view->unit->targets.at[view->group] : NULL);
    json_name(&w, "windows");
    json_open(&w, '[');
    for (size_t i = 0; budgets->as_of_ms && i < slo->n_windows; i++)
        window_json(&w, slo->windows[i].name, &budgets->periods[i], &budgets->at[i]);
    json_close(&w, ']');
    json_field_double(&w, "burn_rate", view->result->rate);
    put_duration(&w, "burn_window", view->result->rate_window_ms);
    const struct period *period = &budgets->periods[0];
    int64_t gone =
        budgets->as_of_ms && slo->n_windows
            ? budget_exhausted_in_ms(&budgets->at[0], period->to_ms - period->from_ms, view->result->rate)
            : INT64_MAX;
    json_field_int(&w, "exhausted_in_ms", gone == INT64_MAX ? -1 : gone);
    json_name(&w, "tiers");
    json_open(&w, '[');
    for (size_t i = 0; i < view->result->n_tiers; i++)
        put_tier(&w, &slo->tiers[i], &view->result->tiers[i]);
    json_close(&w, ']');
    /* a value of the fan-out pages nobody: what would be its page is told as a ticket */
    struct burn_incident page = state->incidents[BURN_PAGE], ticket = state->incidents[BURN_TICKET];
    if (view->group > 0 && page.episode_ms) {
        ticket = page;
        ticket.severity = ticket.severity < SEVERITY_P3 ? SEVERITY_P3 : ticket.severity;
        page = (struct burn_incident){0};
    }
    put_incident(&w, "page", &page);
    put_incident(&w, "ticket", &ticket);
    policies_json(view->unit->policies, view, &w);
    if (view->group == 0)
        advice_json(&w, view->unit->advice);
    put_samples(&w, view->unit->ledger);
    last_change_json(view, &w);
    unit_notes_json(view->group == 0 ? view->unit->notes : NULL, view->slot_ms, &w);
    json_close(&w, '}');
}
