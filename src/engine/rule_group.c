/* One slot of a rule group: its rules in file order, their alerts' transitions, one transaction; several
 * where there are many alerts, a rule's states with what is told of them. */
#include "engine/rule_group.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/regex.h"
#include "engine/parts.h"
#include "engine/rule_facts.h"
#include "engine/told.h"
#include "promql/eval.h"
#include "promql/parse.h"
#include "source/source.h"
#include "store/outbox_rows.h"
#include "store/state_rows.h"

struct rule_unit {
    const struct rule *rule;
    struct text identity; /* in the store: environment/file;group/alertname/index among equals */
    struct alert_rule_state *state;
    size_t told_to; /* where what is told of its alerts ends, in the present evaluation */
};

enum { TABLE_SLACK = 128 << 10, TOLD_CHANGES = 6 };

struct evaluation {
    struct rule_group_state *group;
    const struct evaluation_context *context;
    struct arena *arena;
    struct label_table *table; /* of results; lives as long as the evaluation */
    int64_t slot_ms;
    struct told told;
    bool blind;
};

static struct text identity_of(struct rule_group_state *state, size_t index, const struct config_view *config)
{
    const struct rule *rule = &state->group->rules[index];
    size_t before = 0;
    for (size_t i = 0; i < index; i++)
        before += text_eq(state->group->rules[i].name, rule->name) && state->group->rules[i].alert;
    struct buf out;
    buf_init(&out, 8192);
    buf_printf(&out, "%.*s//%.*s", TEXT_ARG(config->environment), TEXT_ARG(rule->name));
    if (before)
        buf_printf(&out, "#%zu", before + 1);
    struct text copy = text_copy(&state->arena, buf_text(&out));
    buf_finish(&out);
    return copy;
}

struct rule_group_state *rule_group_new(const struct evaluation_context *context,
                                        const struct rule_group *group, struct err *err)
{
    struct rule_group_state *state = memory_alloc_zero(1, sizeof *state);
    struct buf name;
    arena_init(&state->arena, 0);
    buf_init(&name, 8192);
    buf_printf(&name, "rules/%.*s;%.*s", TEXT_ARG(group->file), TEXT_ARG(group->name));
    state->name = text_copy(&state->arena, buf_text(&name));
    buf_finish(&name);
    state->group = group;
    state->table = label_table_new(NULL);
    state->interval_ms = group->interval_ms ? group->interval_ms : context->config->evaluation_interval_ms;
    state->rules = ARENA_ARRAY_ZERO(&state->arena, struct rule_unit, group->n_rules);
    state->slot_ms = evaluation_slot(context->reader, state->name, &state->blind_since_ms);
    for (size_t i = 0; i < group->n_rules; i++) {
        struct rule_unit *unit = &state->rules[i];
        unit->rule = &group->rules[i];
        unit->identity = identity_of(state, i, context->config);
        unit->state = alert_rule_state_new();
        alerts_read(context->reader, unit->identity, state->table, unit->state);
    }
    if (!db_take_error(context->reader, err))
        return state;
    rule_group_free(state);
    return NULL;
}

void rule_group_free(struct rule_group_state *state)
{
    if (!state)
        return;
    for (size_t i = 0; i < state->group->n_rules; i++)
        alert_rule_state_free(state->rules[i].state);
    label_table_free(state->table);
    arena_finish(&state->arena);
    memory_free(state);
}

static bool run_query(const struct evaluation *evaluation, const struct expr *expr, struct text text,
                      struct promql_result *result, struct err *err)
{
    int64_t at = evaluation->slot_ms - evaluation->group->group->query_offset_ms;
    struct promql_query query = {at, at, 0};
    struct promql_options options = {0};
    struct promql_source source = source_promql(evaluation->context->source);
    evaluation->context->source->partial = false;
    if (!promql_eval(expr, text, &query, &options, &source, evaluation->table, evaluation->arena, result,
                     err))
        return false;
    return !evaluation->context->source->partial ||
           err_set(err, ERR_UNREACHABLE, "the source answered only in part");
}

/* `query` in a template. */
static bool template_asks(void *self, struct text expression, struct arena *arena,
                          struct template_value *samples, struct err *err)
{
    const struct evaluation *evaluation = self;
    struct promql_parse_options options = {
        .experimental_functions = true, .extended_ranges = true, .fill_modifiers = true};
    struct regex_set *regexes = regex_set_new();
    struct promql_result result;
    const struct expr *expr = promql_parse(expression, &options, arena, regexes, err);
    bool good = expr && run_query(evaluation, expr, expression, &result, err);
    if (good) {
        struct template_list *list = template_list_new(arena, result.series.len);
        for (size_t i = 0; i < result.series.len; i++)
            list->at[i] =
                template_sample_value(arena, result.series.at[i].labels, result.series.at[i].values[0]);
        *samples = template_list_value(list);
    }
    regex_set_free(regexes);
    return good;
}

/* An alert that names an SLO joins its incident while one is open: it says nothing of its own. */
static bool joins_open_slo(const struct evaluation *evaluation, const struct facts *facts)
{
    struct text slo = TEXT("");
    for (size_t i = 0; i < facts->n_labels; i++)
        if (text_is(facts->labels[i].name, "slo"))
            slo = facts->labels[i].value;
    if (slo.len == 0 || facts->service.len == 0)
        return false;
    struct buf subject;
    buf_init(&subject, 4096);
    buf_printf(&subject, "%.*s/%.*s/%.*s", TEXT_ARG(facts->environment), TEXT_ARG(facts->service),
               TEXT_ARG(slo));
    bool open = incident_open_for(evaluation->context->reader, buf_text(&subject));
    buf_finish(&subject);
    return open;
}

static void take_transition(struct evaluation *evaluation, const struct rule *rule,
                            const struct alert_transition *transition)
{
    static const char *const changes[] = {
        [ALERT_BECAME_PENDING] = "alert pending",
        [ALERT_BECAME_FIRING] = "alert firing",
        [ALERT_RESOLVED] = "alert resolved",
        [ALERT_DROPPED] = "alert no longer pending",
    };
    if (transition->change == ALERT_REFRESHED)
        return;
    bool resolved = transition->change == ALERT_RESOLVED;
    bool told = resolved || transition->change == ALERT_BECAME_FIRING;
    struct facts facts;
    rule_facts(rule, transition->alert, resolved ? FACT_RESOLVE : FACT_OPEN, evaluation->context->config,
               evaluation->slot_ms, evaluation->arena, &facts);
    facts.late = evaluation->context->now_ms - evaluation->slot_ms > 2 * evaluation->group->interval_ms;
    bool joins = !resolved && told && joins_open_slo(evaluation, &facts);
    told_add(&evaluation->told, evaluation->context->config, &facts,
             joins ? "alert joined an open incident" : changes[transition->change], !told || joins);
}

static void evaluate_rule(struct evaluation *evaluation, struct rule_unit *unit)
{
    const struct rule *rule = unit->rule;
    struct alert_context context = {.external_url = evaluation->context->config->external_url,
                                    .slot_ms = evaluation->slot_ms,
                                    .interval_ms = evaluation->group->interval_ms,
                                    .query = template_asks,
                                    .query_self = evaluation,
                                    .table = evaluation->group->table};
    struct promql_result result;
    struct alert_transitions transitions;
    struct err err;
    bool seen = run_query(evaluation, rule->expr, rule->expr_text, &result, &err) &&
                alert_evaluate(rule, evaluation->group->group->limit, &result, &context, unit->state,
                               evaluation->arena, &transitions, &err);
    if (!seen) {
        evaluation->blind = true;
        alert_evaluate_blind(rule, &context, unit->state);
        log_line(LOG_WARN, "a rule cannot be evaluated", "rule", rule->name.at, "error", err.message, NULL);
        return;
    }
    for (size_t i = 0; i < transitions.len; i++)
        take_transition(evaluation, rule, &transitions.at[i]);
}

/* *told_stored: so many items are in the store, also if a later part fails. */
static bool commit(struct evaluation *evaluation, size_t *told_stored, struct err *err)
{
    struct rule_group_state *group = evaluation->group;
    struct parts parts;
    struct told_span span = {0, 0};
    *told_stored = 0;
    parts_begin(&parts, evaluation->context->store);
    for (size_t i = 0; i < group->group->n_rules; i++) {
        struct rule_unit *unit = &group->rules[i];
        size_t committed = parts.committed;
        if (!unit->rule->alert)
            continue;
        span.from = span.to;
        span.to = unit->told_to;
        size_t changes = 1 + alert_rule_state_len(unit->state) + TOLD_CHANGES * (span.to - span.from);
        if (!parts_room(&parts, changes, err))
            return false;
        if (parts.committed > committed)
            *told_stored = span.from;
        alerts_write(parts.db, unit->identity, unit->state);
        told_write(&evaluation->told, &span, parts.db, evaluation->context->counters, NULL);
    }
    evaluation_done(parts.db, group->name, evaluation->slot_ms, group->blind_since_ms);
    return parts_end(&parts, err);
}

/* Label sets of alerts that are over go with the table. */
static void renew_table(struct rule_group_state *group)
{
    if (label_table_bytes(group->table) < 2 * group->table_kept + TABLE_SLACK)
        return;
    struct label_table *table = label_table_new(NULL);
    for (size_t i = 0; i < group->group->n_rules; i++)
        alert_rule_state_move(group->rules[i].state, table);
    label_table_free(group->table);
    group->table = table;
    group->table_kept = label_table_bytes(table);
}

/* The states as the store has them, after a commit failed. */
static void reread(struct rule_group_state *group, const struct evaluation_context *context)
{
    for (size_t i = 0; i < group->group->n_rules; i++) {
        alert_rule_state_free(group->rules[i].state);
        group->rules[i].state = alert_rule_state_new();
        alerts_read(context->reader, group->rules[i].identity, group->table, group->rules[i].state);
    }
}

bool rule_group_evaluate(struct rule_group_state *group, const struct evaluation_context *context,
                         int64_t slot_ms)
{
    struct arena arena;
    struct err err;
    size_t told_stored;
    renew_table(group);
    arena_init(&arena, 0);
    struct evaluation evaluation = {.group = group,
                                    .context = context,
                                    .arena = &arena,
                                    .table = label_table_new(NULL),
                                    .slot_ms = slot_ms,
                                    .told = {.arena = &arena}};
    for (size_t i = 0; i < group->group->n_rules; i++) {
        if (group->rules[i].rule->alert)
            evaluate_rule(&evaluation, &group->rules[i]);
        group->rules[i].told_to = evaluation.told.items.len;
    }
    int64_t since = group->blind_since_ms ? group->blind_since_ms : slot_ms;
    group->blind_since_ms = evaluation.blind ? since : 0;
    bool stored = commit(&evaluation, &told_stored, &err);
    if (stored) {
        group->slot_ms = slot_ms;
        trouble_end(&group->unwritable);
    } else {
        trouble_tell(&group->unwritable, "an evaluation cannot be stored", group->name, &err,
                     context->now_ms);
        count(&context->counters->commits_failed, 1);
        told_hand_over(&evaluation.told, told_stored, context);
        reread(group, context);
    }
    count(&context->counters->evaluations, 1);
    if (evaluation.blind)
        count(&context->counters->evaluations_failed, 1);
    told_finish(&evaluation.told);
    label_table_free(evaluation.table);
    arena_finish(&arena);
    return stored;
}
