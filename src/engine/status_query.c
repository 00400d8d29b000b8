/* The statuses that evaluations left in the store, open incidents and alerts of rules, as JSON. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/labels.h"
#include "base/vec.h"
#include "engine/budget_json.h"
#include "engine/composite_json.h"
#include "engine/ledger_query.h"
#include "receivers/webhook.h"
#include "store/outbox_rows.h"
#include "store/state_rows.h"

#define CLOSED_SHOWN_MS (24 * HOUR_MS)
enum { INCIDENTS_MOST = 10000 };

struct status_run {
    const struct config_view *config;
    const struct ledger_query *filter;
    struct json_writer w;
    VEC(bool) seen; /* by SLO of the configuration */
    size_t matched;
};

static bool wanted(const struct slo *slo, const struct ledger_query *filter)
{
    return (filter->id.len == 0 || slo_id_matches(slo, filter->id)) &&
           (filter->service.len == 0 || text_eq(filter->service, slo->service)) &&
           (filter->owner.len == 0 || text_eq(filter->owner, slo->owner));
}

static void put_status(void *context, struct text identity, struct text labels, struct text status,
                       int64_t slot_ms, int64_t group_id)
{
    struct status_run *run = context;
    (void)slot_ms;
    (void)group_id;
    for (size_t i = 0; i < run->config->slos.len; i++) {
        const struct slo *slo = &run->config->slos.at[i];
        if (!text_eq(slo->id, identity))
            continue;
        run->seen.at[i] = true;
        if (wanted(slo, run->filter) && !(run->filter->rollup_only && !text_is(labels, "{}"))) {
            run->matched++;
            json_put_raw(&run->w, status);
        }
        return;
    }
}

static void put_unevaluated(struct status_run *run)
{
    for (size_t i = 0; i < run->config->slos.len; i++) {
        const struct slo *slo = &run->config->slos.at[i];
        if (run->seen.at[i] || !wanted(slo, run->filter))
            continue;
        run->matched++;
        json_open(&run->w, '{');
        slo_identity_json(&run->w, slo, NULL);
        json_field_int(&run->w, "slot_ms", 0);
        json_field_string(&run->w, "health", "not evaluated yet");
        json_name(&run->w, "windows");
        json_open(&run->w, '[');
        json_close(&run->w, ']');
        json_name(&run->w, "tiers");
        json_open(&run->w, '[');
        json_close(&run->w, ']');
        json_close(&run->w, '}');
    }
}

bool slo_statuses_json(struct database *reader, const struct config_view *config,
                       const struct ledger_query *filter, struct buf *out, struct err *err)
{
    struct status_run run = {.config = config, .filter = filter};
    for (size_t i = 0; i < config->slos.len; i++)
        VEC_PUSH(&run.seen, false);
    json_begin(&run.w, out);
    json_open(&run.w, '{');
    json_field_string(&run.w, "version", SLOBURN_VERSION);
    json_field_text(&run.w, "environment", config->environment);
    json_field_int(&run.w, "now_ms", filter->now_ms);
    json_name(&run.w, "slos");
    json_open(&run.w, '[');
    slo_statuses_each(reader, put_status, &run);
    put_unevaluated(&run);
    json_close(&run.w, ']');
    struct ledger_query now = *filter;
    now.at_ms = filter->now_ms;
    bool sound = composites_json(&run.w, reader, config, &now, &run.matched, err);
    json_close(&run.w, '}');
    VEC_FREE(&run.seen);
    if (!sound || db_take_error(reader, err))
        return false;
    bool restricted = filter->id.len || filter->service.len || filter->owner.len;
    if (run.matched == 0 && restricted)
        return err_set(err, ERR_NO_DATA, "no SLO matches%s%.*s", filter->id.len ? " " : "",
                       TEXT_ARG(filter->id));
    return true;
}

static void put_incident(void *context, const struct incident_row *row)
{
    struct json_writer *w = context;
    struct buf facts;
    if (webhook_annotation(&row->facts, WEBHOOK_ACTION).len)
        return; /* an action of a policy: it stands with its SLO */
    buf_init(&facts, 1 << 20);
    facts_write_json(&row->facts, &facts);
    json_open(w, '{');
    json_field_text(w, "key", row->key);
    json_field_int(w, "opened_ms", row->opened_ms);
    json_field_int(w, "closed_ms", row->closed_ms);
    json_name(w, "facts");
    json_put_raw(w, buf_text(&facts));
    json_close(w, '}');
    buf_finish(&facts);
}

static void put_alert(void *context, struct text rule, const struct alert *alert)
{
    static const char *const phases[] = {"inactive", "pending", "firing"};
    struct json_writer *w = context;
    json_open(w, '{');
    json_field_text(w, "rule", rule);
    json_field_string(w, "state", phases[alert->phase]);
    json_field_int(w, "active_ms", alert->active_ms);
    json_field_int(w, "fired_ms", alert->fired_ms);
    json_field_double(w, "value", alert->value);
    json_name(w, "labels");
    json_open(w, '{');
    for (uint32_t i = 0; i < alert->labels->len; i++) {
        json_name_text(w, symbol_text(alert->labels->at[i].name));
        json_put_text(w, symbol_text(alert->labels->at[i].value));
    }
    json_close(w, '}');
    json_name(w, "annotations");
    json_put_raw(w, text_of(alert->annotations_json));
    json_close(w, '}');
}

bool alerts_json(struct database *reader, int64_t now_ms, bool all, struct buf *out, struct err *err)
{
    struct arena arena;
    struct json_writer w;
    struct label_table *table = label_table_new(NULL);
    arena_init(&arena, 0);
    json_begin(&w, out);
    json_open(&w, '{');
    json_field_int(&w, "now_ms", now_ms);
    json_name(&w, "incidents");
    json_open(&w, '[');
    incidents_each(reader, all ? now_ms - CLOSED_SHOWN_MS : INT64_MAX, INCIDENTS_MOST, &arena, put_incident,
                   &w);
    json_close(&w, ']');
    json_name(&w, "alerts");
    json_open(&w, '[');
    alerts_each(reader, table, put_alert, &w);
    json_close(&w, ']');
    json_close(&w, '}');
    label_table_free(table);
    arena_finish(&arena);
    return !db_take_error(reader, err);
}
