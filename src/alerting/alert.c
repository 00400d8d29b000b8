/* The states of a rule's alerts, evaluation by evaluation. */
#include "alerting/alert.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/labels.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/vec.h"

enum { TEXT_MAX = 64 << 10, ANNOTATIONS_MAX = 256 << 10 };

struct alert_rule_state {
    VEC(struct alert) alerts;
};

struct alert_rule_state *alert_rule_state_new(void)
{
    return memory_alloc_zero(1, sizeof(struct alert_rule_state));
}

static void alert_release(struct alert *alert)
{
    memory_free(alert->annotations_json);
    alert->annotations_json = NULL;
}

void alert_rule_state_free(struct alert_rule_state *state)
{
    if (!state)
        return;
    for (size_t i = 0; i < state->alerts.len; i++)
        alert_release(&state->alerts.at[i]);
    VEC_FREE(&state->alerts);
    memory_free(state);
}

void alert_rule_state_restore(struct alert_rule_state *state, const struct alert *alert)
{
    struct alert copy = *alert;
    const char *annotations = alert->annotations_json ? alert->annotations_json : "{}";
    copy.annotations_json = memory_copy_text(annotations, strlen(annotations));
    VEC_PUSH(&state->alerts, copy);
}

void alert_rule_state_move(struct alert_rule_state *state, struct label_table *table)
{
    for (size_t i = 0; i < state->alerts.len; i++)
        state->alerts.at[i].labels = labels_import(table, state->alerts.at[i].labels);
}

size_t alert_rule_state_len(const struct alert_rule_state *state)
{
    return state->alerts.len;
}

const struct alert *alert_rule_state_at(const struct alert_rule_state *state, size_t i)
{
    return &state->alerts.at[i];
}

/* A sample of the result with its final labels and annotations. */
struct candidate {
    const struct labels *labels;
    double value;
    char *annotations;
};

struct evaluation {
    const struct rule *rule;
    const struct alert_context *context;
    struct alert_rule_state *state;
    struct arena *arena;
    struct candidate *candidates;
    size_t n;
    struct map by_labels; /* to the candidate's place */
};

static void expand(const struct evaluation *evaluation, const struct rule_label *label,
                   const struct labels *sample, double value, struct buf *out)
{
    struct template_alert alert = {.labels = sample,
                                   .external_labels = evaluation->context->external_labels,
                                   .external_url = evaluation->context->external_url,
                                   .value = value,
                                   .now_ms = evaluation->context->slot_ms,
                                   .query = evaluation->context->query,
                                   .query_self = evaluation->context->query_self};
    struct err err;
    buf_init(out, TEXT_MAX);
    if (template_expand_alert(label->template, &alert, out, &err))
        return;
    buf_clear(out);
    template_print_failure(&err, out);
}

/* The sample's labels without its name, the rule's over them, alertname over all. */
static const struct labels *final_labels(const struct evaluation *evaluation, const struct labels *sample,
                                         double value)
{
    struct label_table *table = evaluation->context->table;
    const struct rule *rule = evaluation->rule;
    struct label *extra = ARENA_ARRAY(evaluation->arena, struct label, rule->n_labels + 2);
    size_t n = 0;
    extra[n++] = (struct label){symbol_intern(table, TEXT("__name__")), symbol_intern(table, TEXT(""))};
    for (size_t i = 0; i < rule->n_labels; i++) {
        struct buf text;
        expand(evaluation, &rule->labels[i], sample, value, &text);
        extra[n++] =
            (struct label){symbol_intern(table, rule->labels[i].name), symbol_intern(table, buf_text(&text))};
        buf_finish(&text);
    }
    extra[n++] = (struct label){symbol_intern(table, TEXT("alertname")), symbol_intern(table, rule->name)};
    return labels_merge(table, labels_import(table, sample), extra, n);
}

static char *expand_annotations(const struct evaluation *evaluation, const struct labels *sample,
                                double value)
{
    struct buf json;
    struct json_writer w;
    buf_init(&json, ANNOTATIONS_MAX);
    json_begin(&w, &json);
    json_open(&w, '{');
    for (size_t i = 0; i < evaluation->rule->n_annotations; i++) {
        struct buf text;
        expand(evaluation, &evaluation->rule->annotations[i], sample, value, &text);
        json_name_text(&w, evaluation->rule->annotations[i].name);
        json_put_text(&w, buf_text(&text));
        buf_finish(&text);
    }
    json_close(&w, '}');
    /* too long for its maximum: better none than half a JSON */
    char *copy = json.overflowed ? memory_copy_text("{}", 2) : memory_copy_text(json.at, json.len);
    buf_finish(&json);
    return copy;
}

static void release_candidates(struct evaluation *evaluation)
{
    for (size_t i = 0; i < evaluation->n; i++)
        memory_free(evaluation->candidates[i].annotations);
    evaluation->n = 0;
    map_finish(&evaluation->by_labels);
}

static bool make_candidates(struct evaluation *evaluation, const struct promql_result *result,
                            struct err *err)
{
    evaluation->candidates = ARENA_ARRAY(evaluation->arena, struct candidate, result->series.len);
    for (size_t i = 0; i < result->series.len; i++) {
        const struct series *series = &result->series.at[i];
        double value = series->len ? series->values[series->len - 1] : 0;
        struct candidate made = {.labels = final_labels(evaluation, series->labels, value), .value = value};
        bool added;
        uint64_t *place = map_add(&evaluation->by_labels, map_key_of(made.labels), &added);
        if (!added)
            return err_set(err, ERR_INPUT,
                           "vector contains metrics with the same labelset after applying alert labels");
        *place = evaluation->n;
        made.annotations = expand_annotations(evaluation, series->labels, value);
        evaluation->candidates[evaluation->n++] = made;
    }
    return true;
}

static struct candidate *candidate_of(const struct evaluation *evaluation, const struct alert *alert)
{
    const uint64_t *place = map_find(&evaluation->by_labels, map_key_of(alert->labels));
    return place ? &evaluation->candidates[*place] : NULL;
}

static bool fires(const struct rule *rule, const struct alert *alert, int64_t slot_ms)
{
    return slot_ms - alert->active_ms - alert->blind_ms >= rule->for_ms;
}

/* What becomes of an alert that the result has. */
static enum alert_change present(const struct evaluation *evaluation, struct alert *alert,
                                 struct candidate *candidate)
{
    int64_t slot_ms = evaluation->context->slot_ms;
    alert->value = candidate->value;
    memory_free(alert->annotations_json);
    alert->annotations_json = candidate->annotations;
    candidate->annotations = NULL;
    alert->keep_since_ms = 0;
    if (alert->phase == ALERT_PENDING && fires(evaluation->rule, alert, slot_ms)) {
        alert->phase = ALERT_FIRING;
        alert->fired_ms = slot_ms;
        return ALERT_BECAME_FIRING;
    }
    return ALERT_REFRESHED;
}

/* What becomes of one that it no longer has. */
static enum alert_change absent(const struct evaluation *evaluation, struct alert *alert)
{
    int64_t slot_ms = evaluation->context->slot_ms, keep_ms = evaluation->rule->keep_firing_for_ms;
    if (alert->phase == ALERT_PENDING)
        return ALERT_DROPPED;
    if (keep_ms > 0) {
        if (!alert->keep_since_ms)
            alert->keep_since_ms = slot_ms;
        if (slot_ms - alert->keep_since_ms < keep_ms)
            return ALERT_REFRESHED;
    }
    return ALERT_RESOLVED;
}

static void start_pending(struct evaluation *evaluation, struct alert_transitions *transitions)
{
    for (size_t i = 0; i < evaluation->n; i++) {
        struct candidate *candidate = &evaluation->candidates[i];
        if (!candidate->annotations)
            continue; /* taken by an alert that was there */
        struct alert alert = {
            .labels = candidate->labels, .phase = ALERT_PENDING, .active_ms = evaluation->context->slot_ms};
        enum alert_change change = present(evaluation, &alert, candidate);
        VEC_PUSH(&evaluation->state->alerts, alert);
        if (change != ALERT_BECAME_FIRING)
            change = ALERT_BECAME_PENDING;
        /* the alert's place is only known when no further one is added */
        transitions->at[transitions->len++] = (struct alert_transition){change, NULL};
    }
}

/* Alerts that are over leave the states; their transitions keep a copy in the arena. */
static void sweep(struct evaluation *evaluation, struct alert_transitions *transitions)
{
    struct alert_rule_state *state = evaluation->state;
    size_t kept = 0;
    for (size_t i = 0; i < transitions->len; i++) {
        struct alert *alert = &state->alerts.at[i];
        enum alert_change change = transitions->at[i].change;
        if (change == ALERT_RESOLVED || change == ALERT_DROPPED) {
            struct alert *copy = ARENA_NEW(evaluation->arena, struct alert);
            *copy = *alert;
            copy->phase = ALERT_INACTIVE;
            copy->annotations_json =
                (char *)(uintptr_t)text_copy(
                    evaluation->arena, text_of(alert->annotations_json ? alert->annotations_json : "{}"))
                    .at;
            alert_release(alert);
            transitions->at[i].alert = copy;
            continue;
        }
        state->alerts.at[kept] = *alert;
        transitions->at[i].alert = &state->alerts.at[kept++];
    }
    state->alerts.len = kept;
}

bool alert_evaluate(const struct rule *rule, size_t limit, const struct promql_result *result,
                    const struct alert_context *context, struct alert_rule_state *state, struct arena *arena,
                    struct alert_transitions *transitions, struct err *err)
{
    struct evaluation evaluation = {.rule = rule, .context = context, .state = state, .arena = arena};
    bool sound = true;
    if (limit && result->series.len > limit)
        sound = err_set(err, ERR_LIMIT, "exceeded limit of %zu with %zu alerts", limit, result->series.len);
    sound = sound && make_candidates(&evaluation, result, err);
    if (!sound) {
        release_candidates(&evaluation);
        return false;
    }
    size_t before = state->alerts.len;
    struct alert_transitions made = {.at =
                                         ARENA_ARRAY(arena, struct alert_transition, before + evaluation.n)};
    for (size_t i = 0; i < before; i++) {
        struct alert *alert = &state->alerts.at[i];
        struct candidate *candidate = candidate_of(&evaluation, alert);
        enum alert_change change =
            candidate ? present(&evaluation, alert, candidate) : absent(&evaluation, alert);
        made.at[made.len++] = (struct alert_transition){change, NULL};
    }
    start_pending(&evaluation, &made);
    sweep(&evaluation, &made);
    release_candidates(&evaluation);
    *transitions = made;
    return true;
}

void alert_evaluate_blind(const struct rule *rule, const struct alert_context *context,
                          struct alert_rule_state *state)
{
    (void)rule;
    for (size_t i = 0; i < state->alerts.len; i++) {
        struct alert *alert = &state->alerts.at[i];
        if (alert->phase == ALERT_PENDING)
            alert->blind_ms += context->interval_ms;
        else if (alert->keep_since_ms)
            alert->keep_since_ms += context->interval_ms; /* keep_firing_for stands still as well */
    }
}
