/* Facts of alerts that Prometheus rules raise. */
#include "engine/rule_facts.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/labels.h"

enum { TEXT_MAX = 4096 };

struct severity_word {
    const char *word;
    enum severity severity;
};

static const struct severity_word words[] = {
    {"P1", SEVERITY_P1},     {"P2", SEVERITY_P2},       {"P3", SEVERITY_P3},    {"P4", SEVERITY_P4},
    {"page", SEVERITY_P1},   {"critical", SEVERITY_P1}, {"error", SEVERITY_P2}, {"warning", SEVERITY_P3},
    {"ticket", SEVERITY_P3}, {"info", SEVERITY_P4},     {"none", SEVERITY_P4},
};

static enum severity severity_of(const struct labels *labels)
{
    struct text severity = labels_value(labels, TEXT("severity"));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (text_is(severity, words[i].word))
            return words[i].severity;
    return SEVERITY_P3;
}

static struct text label_copy(const struct labels *labels, const char *name, struct arena *arena)
{
    return text_copy(arena, labels_value(labels, text_of(name)));
}

static struct text first_of(const struct facts *facts, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < facts->n_annotations; k++)
            if (text_is(facts->annotations[k].name, names[i]) && facts->annotations[k].value.len)
                return facts->annotations[k].value;
    return TEXT("");
}

static void add_pairs(const struct alert *alert, struct arena *arena, struct facts *facts)
{
    facts->labels = ARENA_ARRAY(arena, struct fact_pair, alert->labels->len);
    for (uint32_t i = 0; i < alert->labels->len; i++)
        facts->labels[facts->n_labels++] =
            (struct fact_pair){text_copy(arena, symbol_text(alert->labels->at[i].name)),
                               text_copy(arena, symbol_text(alert->labels->at[i].value))};
    struct err err;
    struct json *json = json_parse(text_of(alert->annotations_json ? alert->annotations_json : "{}"), &err);
    facts->annotations = ARENA_ARRAY(arena, struct fact_pair, json_length(json));
    for (const struct json *child = json_first(json); child; child = json_next(child))
        facts->annotations[facts->n_annotations++] = (struct fact_pair){
            text_copy(arena, text_of(json_key(child))), text_copy(arena, text_of(json_string(child, "")))};
    json_free(json);
}

static struct text key_of(const struct alert *alert, const struct rule *rule,
                          const struct config_view *config, enum incident_class class, struct arena *arena)
{
    struct buf subject, key;
    buf_init(&subject, TEXT_MAX);
    buf_init(&key, 512);
    buf_printf(&subject, "%.*s//%.*s", TEXT_ARG(config->environment), TEXT_ARG(rule->name));
    incident_key_print(buf_text(&subject), alert->labels, class, alert->fired_ms, &key);
    struct text copy = text_copy(arena, buf_text(&key));
    buf_finish(&subject);
    buf_finish(&key);
    return copy;
}

static struct text group_of(const struct alert *alert, struct arena *arena)
{
    static const char *const known[] = {"alertname", "severity", "owner", "team", "service", "slo"};
    struct buf out;
    buf_init(&out, TEXT_MAX);
    for (uint32_t i = 0; i < alert->labels->len; i++) {
        bool shown = true;
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            shown = shown && !text_is(symbol_text(alert->labels->at[i].name), known[k]);
        if (shown)
            buf_printf(&out, "%s%s=%s", out.len ? "," : "", alert->labels->at[i].name->at,
                       alert->labels->at[i].value->at);
    }
    struct text copy = text_copy(arena, buf_text(&out));
    buf_finish(&out);
    return copy;
}

static struct text describe(const struct facts *facts, const struct rule *rule, double value,
                            struct arena *arena)
{
    static const char *const names[] = {"summary", "description", "message"};
    struct text said = first_of(facts, names, 3);
    if (said.len)
        return said;
    struct buf out;
    buf_init(&out, TEXT_MAX);
    buf_printf(&out, "%.*s: the expression gives %.6g", TEXT_ARG(rule->name), value);
    struct text copy = text_copy(arena, buf_text(&out));
    buf_finish(&out);
    return copy;
}

void rule_facts(const struct rule *rule, const struct alert *alert, enum fact_kind kind,
                const struct config_view *config, int64_t slot_ms, struct arena *arena, struct facts *facts)
{
    static const char *const runbook[] = {"runbook_url", "runbook"}, *const impact[] = {"impact"},
                             *const step[] = {"first_step"};
    *facts = (struct facts){.kind = kind,
                            .environment = config->environment,
                            .subject = rule->name,
                            .severity = severity_of(alert->labels),
                            .slot_ms = slot_ms,
                            .since_ms = alert->fired_ms,
                            .resolved_ms = kind == FACT_RESOLVE ? slot_ms : 0,
                            .reason = rule->expr_text,
                            .value = alert->value,
                            .has_value = true,
                            .exhausted_in_ms = -1,
                            .page = config->external_url};
    facts->class = facts->severity <= SEVERITY_P2 ? CLASS_PAGE : CLASS_TICKET;
    facts->incident = key_of(alert, rule, config, facts->class, arena);
    facts->service = label_copy(alert->labels, "service", arena);
    facts->owner = label_copy(alert->labels, "owner", arena);
    if (facts->owner.len == 0)
        facts->owner = label_copy(alert->labels, "team", arena);
    facts->group = group_of(alert, arena);
    add_pairs(alert, arena, facts);
    facts->what = describe(facts, rule, alert->value, arena);
    facts->runbook = config_link(config, first_of(facts, runbook, 2), arena);
    facts->impact = first_of(facts, impact, 1);
    facts->first_step = first_of(facts, step, 1);
    if (facts->first_step.len == 0)
        facts->first_step =
            facts->runbook.len ? TEXT("open the runbook") : TEXT("look at the expression's graph");
}
