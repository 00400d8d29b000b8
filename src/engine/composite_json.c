/* Composites as JSON: the roll-up budgets of their parts, put together, with corrections and without. */
#include "engine/composite_json.h"

#include "base/buf.h"
#include "engine/budget_json.h"
#include "slo/composite.h"
#include "store/state_rows.h"

enum { STATUS_MAX = 64 << 10, PERIOD_MAX = 256 };

struct composite_answer {
    struct rollup_budgets budgets[COMPOSITE_PARTS_MAX];
    bool known[COMPOSITE_PARTS_MAX]; /* false: there is no such SLO */
    double contributions[COMPOSITE_PARTS_MAX];
    struct composite_budget budget;
    bool corrected; /* corrections touch a part; then without them: */
    struct composite_budget uncorrected;
    double uncorrected_contributions[COMPOSITE_PARTS_MAX];
};

static bool is_meant(const struct slo_composite *composite, const struct ledger_query *query)
{
    struct slo named = {.id = composite->id, .environment = composite->environment};
    return (query->id.len == 0 || slo_id_matches(&named, query->id)) &&
           (query->service.len == 0 || text_eq(query->service, composite->service)) &&
           (query->owner.len == 0 || text_eq(query->owner, composite->owner));
}

static const struct slo *find_slo(const struct slo_list *slos, struct text id)
{
    for (size_t i = 0; i < slos->len; i++)
        if (text_eq(slos->at[i].id, id))
            return &slos->at[i];
    return NULL;
}

static bool read_parts(const struct slo_composite *composite, struct database *reader,
                       const struct config_view *config, const struct ledger_query *query,
                       struct composite_answer *answer, struct err *err)
{
    for (size_t i = 0; i < composite->n_parts; i++) {
        const struct slo *slo = find_slo(&config->slos, composite->parts[i].id);
        answer->known[i] = slo != NULL;
        if (slo && !ledger_rollup_budgets(reader, query, slo, &answer->budgets[i], err))
            return false;
    }
    return true;
}

static void compute(const struct slo_composite *composite, struct composite_answer *answer)
{
    const struct budget *corrected[COMPOSITE_PARTS_MAX] = {0}, *uncorrected[COMPOSITE_PARTS_MAX] = {0};
    for (size_t i = 0; i < composite->n_parts; i++) {
        if (!answer->known[i])
            continue;
        corrected[i] = &answer->budgets[i].budget;
        uncorrected[i] = &answer->budgets[i].uncorrected;
        answer->corrected |= answer->budgets[i].corrected;
    }
    answer->budget = composite_compute(composite, corrected, answer->contributions);
    answer->uncorrected = composite_compute(composite, uncorrected, answer->uncorrected_contributions);
}

/* When the part was last evaluated, and how it was then. */
static void put_evaluated(struct json_writer *w, struct database *reader, int64_t group_id)
{
    struct buf text;
    struct err ignored;
    buf_init(&text, STATUS_MAX);
    struct json *status =
        group_id && slo_status_read(reader, group_id, &text) ? json_parse(buf_text(&text), &ignored) : NULL;
    json_field_int(w, "slot_ms", (int64_t)json_number(json_get(status, "slot_ms"), 0));
    json_field_string(w, "health", json_string(json_get(status, "health"), "not evaluated yet"));
    json_free(status);
    buf_finish(&text);
}

static void put_period(struct json_writer *w, const struct rollup_budgets *part)
{
    struct buf text;
    buf_init(&text, PERIOD_MAX);
    if (part)
        period_print(&part->window, &part->period, &text);
    json_field_text(w, "period", buf_text(&text));
    buf_finish(&text);
}

static void put_part(struct json_writer *w, struct database *reader, const struct slo_composite *composite,
                     const struct composite_answer *answer, size_t i)
{
    const struct rollup_budgets *part = answer->known[i] ? &answer->budgets[i] : NULL;
    json_open(w, '{');
    json_field_text(w, "id", composite->parts[i].id);
    json_field_int(w, "weight", composite->worst ? 1 : composite->parts[i].weight);
    put_evaluated(w, reader, part ? part->group_id : 0);
    put_period(w, part);
    json_field_string(w, "verdict", budget_verdict_text(part ? part->budget.verdict : BUDGET_INSUFFICIENT));
    json_field_double(w, "used_share", part ? part->budget.used_share : 0);
    if (part && part->corrected)
        json_field_double(w, "uncorrected_used_share", part->uncorrected.used_share);
    json_field_double(w, "contribution", answer->contributions[i]);
    if (answer->corrected)
        json_field_double(w, "uncorrected_contribution", answer->uncorrected_contributions[i]);
    json_close(w, '}');
}

static void put_budget(struct json_writer *w, const struct composite_budget *budget)
{
    json_field_double(w, "used_share", budget->used_share);
    json_field_double(w, "left_share", budget->left_share);
    json_field_string(w, "state", budget_state_text(budget->state));
    json_field_string(w, "verdict", budget_verdict_text(budget->verdict));
}

static void put_composite(struct json_writer *w, struct database *reader,
                          const struct slo_composite *composite, const struct composite_answer *answer)
{
    json_open(w, '{');
    json_field_text(w, "id", composite->id);
    json_field_text(w, "environment", composite->environment);
    json_field_text(w, "service", composite->service);
    json_field_text(w, "name", composite->name);
    json_field_text(w, "owner", composite->owner);
    json_field_text(w, "summary", composite->summary);
    json_field_text(w, "impact", composite->impact);
    json_field_text(w, "runbook", composite->runbook);
    json_field_string(w, "kind", composite->worst ? "worst" : "weighted");
    json_field_int(w, "known_parts", (int64_t)answer->budget.known);
    put_budget(w, &answer->budget);
    if (answer->corrected) {
        json_name(w, "uncorrected");
        json_open(w, '{');
        put_budget(w, &answer->uncorrected);
        json_close(w, '}');
    }
    json_name(w, "parts");
    json_open(w, '[');
    for (size_t i = 0; i < composite->n_parts; i++)
        put_part(w, reader, composite, answer, i);
    json_close(w, ']');
    json_close(w, '}');
}

bool composites_json(struct json_writer *w, struct database *reader, const struct config_view *config,
                     const struct ledger_query *query, size_t *matched, struct err *err)
{
    bool sound = true;
    json_name(w, "composites");
    json_open(w, '[');
    for (size_t i = 0; i < config->slos.n_composites && sound; i++) {
        const struct slo_composite *composite = &config->slos.composites[i];
        struct composite_answer answer = {0};
        if (!is_meant(composite, query))
            continue;
        ++*matched;
        sound = read_parts(composite, reader, config, query, &answer, err);
        compute(composite, &answer);
        if (sound)
            put_composite(w, reader, composite, &answer);
    }
    json_close(w, ']');
    return sound;
}
