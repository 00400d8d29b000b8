/* Composites as JSON: the roll-up budgets of their parts, put together. */
#include "engine/composite_json.h"

#include "engine/budget_json.h"
#include "slo/composite.h"

struct composite_answer {
    struct budget budgets[COMPOSITE_PARTS_MAX];
    const struct budget *known[COMPOSITE_PARTS_MAX]; /* NULL: there is no such SLO */
    double contributions[COMPOSITE_PARTS_MAX];
    struct composite_budget budget;
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

static bool compute(const struct slo_composite *composite, struct database *reader,
                    const struct config_view *config, const struct ledger_query *query,
                    struct composite_answer *answer, struct err *err)
{
    for (size_t i = 0; i < composite->n_parts; i++) {
        const struct slo *slo = find_slo(&config->slos, composite->parts[i].id);
        answer->known[i] = slo ? &answer->budgets[i] : NULL;
        if (slo && !ledger_rollup_budget(reader, config, query, slo, &answer->budgets[i], err))
            return false;
    }
    answer->budget = composite_compute(composite, answer->known, answer->contributions);
    return true;
}

static void put_part(struct json_writer *w, const struct slo_composite *composite,
                     const struct composite_answer *answer, size_t i)
{
    const struct budget *budget = answer->known[i];
    json_open(w, '{');
    json_field_text(w, "id", composite->parts[i].id);
    json_field_int(w, "weight", composite->worst ? 1 : composite->parts[i].weight);
    json_field_string(w, "verdict", budget_verdict_text(budget ? budget->verdict : BUDGET_INSUFFICIENT));
    json_field_double(w, "used_share", budget ? budget->used_share : 0);
    json_field_double(w, "contribution", answer->contributions[i]);
    json_close(w, '}');
}

static void put_composite(struct json_writer *w, const struct slo_composite *composite,
                          const struct composite_answer *answer)
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
    json_field_double(w, "used_share", answer->budget.used_share);
    json_field_double(w, "left_share", answer->budget.left_share);
    json_field_string(w, "state", budget_state_text(answer->budget.state));
    json_name(w, "parts");
    json_open(w, '[');
    for (size_t i = 0; i < composite->n_parts; i++)
        put_part(w, composite, answer, i);
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
        struct composite_answer answer;
        if (!is_meant(composite, query))
            continue;
        ++*matched;
        sound = compute(composite, reader, config, query, &answer, err);
        if (sound)
            put_composite(w, composite, &answer);
    }
    json_close(w, ']');
    return sound;
}
