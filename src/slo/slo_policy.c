/* policy: in an SLO file: when a budget is called low, and the webhooks that are owed then. */
#include "base/arena.h"
#include "slo/policy.h"
#include "slo/slo_keys.h"
#include "slo/slo_reader.h"

enum { ACTIONS_MAX = 20, PER_DAY_DEFAULT = 10, PER_DAY_MAX = 1000 };

static bool find_state(struct text word, enum budget_state *state)
{
    for (int s = BUDGET_HEALTHY; s <= BUDGET_EXHAUSTED; s++)
        if (text_is(word, budget_state_text((enum budget_state)s))) {
            *state = (enum budget_state)s;
            return true;
        }
    return false;
}

static struct policy_trigger read_trigger(const struct slo_draft *draft, const struct fields *fields,
                                          const char *key, struct policy_trigger fallback)
{
    struct text word = fields_text(fields, key, TEXT(""));
    struct policy_trigger trigger = {.state = BUDGET_HEALTHY};
    if (!word.len)
        return fallback;
    if (find_state(word, &trigger.state))
        return trigger;
    for (size_t i = 0; i < draft->slo.n_tiers; i++)
        if (text_eq(word, draft->slo.tiers[i].name))
            return (struct policy_trigger){.is_tier = true, .tier = word};
    fields_error(
        fields, key,
        "%s must be a state (healthy, warning, critical, exhausted) or one of the SLO's tiers, not \"%.*s\"",
        key, TEXT_ARG(word));
    return fallback;
}

static struct text read_url(const struct fields *fields)
{
    struct text url = fields_required(fields, "webhook");
    if (url.len && !text_starts(url, TEXT("http://")) && !text_starts(url, TEXT("https://")))
        fields_error(fields, "webhook", "webhook must start with http:// or https://");
    return url;
}

static void read_undo(const struct fields *fields, struct policy_action *action)
{
    struct fields undo = *fields;
    undo.what = "undo";
    if (!fields_open(&undo, fields_node(fields, "undo"), slo_undo_keys.at, slo_undo_keys.n))
        return;
    action->undo_url = fields_node(&undo, "webhook") ? read_url(&undo) : action->url;
    action->undo_body = fields_text(&undo, "body", TEXT(""));
}

static struct policy_action read_action(const struct slo_draft *draft, const struct yaml_pair *pair)
{
    struct fields fields = {.file = draft->reader->file,
                            .what = "action",
                            .check = "slo/policy",
                            .findings = draft->reader->findings};
    struct policy_action action = {.name = pair->key, .pos = pair->key_pos};
    if (yaml_is_null(pair->value))
        finding_add(draft->reader->findings, FINDING_ERROR, "slo/policy", draft->reader->file, pair->key_pos,
                    "action %.*s is empty", TEXT_ARG(pair->key));
    if (!fields_open(&fields, pair->value, slo_action_keys.at, slo_action_keys.n))
        return action;
    struct policy_trigger critical = {.state = BUDGET_CRITICAL}, healthy = {.state = BUDGET_HEALTHY};
    fields_required(&fields, "when");
    action.when = read_trigger(draft, &fields, "when", critical);
    action.until = read_trigger(draft, &fields, "until", action.when.is_tier ? action.when : healthy);
    if (!action.when.is_tier && action.when.state == BUDGET_HEALTHY)
        fields_error(&fields, "when", "an action needs a state worse than healthy");
    else if (!action.when.is_tier && !action.until.is_tier && action.until.state >= action.when.state)
        fields_error(&fields, "until", "an action must end in a better state than the one it begins in");
    action.url = read_url(&fields);
    action.body = fields_text(&fields, "body", TEXT(""));
    action.per_day = (int)fields_int(&fields, "per_day", PER_DAY_DEFAULT, 1, PER_DAY_MAX);
    action.bearer_token_file = fields_text(&fields, "bearer_token_file", TEXT(""));
    read_undo(&fields, &action);
    return action;
}

/* "25%" or 25 */
static int read_percent(const struct fields *fields, const char *key, int fallback)
{
    struct text t = fields_text(fields, key, TEXT(""));
    int percent = 0;
    size_t digits = 0;
    while (digits < t.len && digits < 3 && t.at[digits] >= '0' && t.at[digits] <= '9')
        percent = percent * 10 + (t.at[digits++] - '0');
    if (!t.len)
        return fallback;
    if (digits && percent <= 100 && (digits == t.len || (digits + 1 == t.len && t.at[digits] == '%')))
        return percent;
    fields_error(fields, key, "%s must be a whole share of the budget left, such as 25%%, not \"%.*s\"", key,
                 TEXT_ARG(t));
    return fallback;
}

static void read_actions(const struct slo_draft *draft, const struct fields *fields,
                         struct slo_policy *policy)
{
    const struct yaml_node *node = fields_node(fields, "actions");
    if (!node)
        return;
    if (node->kind != YAML_MAP || node->len > ACTIONS_MAX) {
        fields_error(fields, "actions", "actions must be a mapping of at most %d names to actions",
                     ACTIONS_MAX);
        return;
    }
    struct policy_action *actions =
        ARENA_ARRAY(draft->reader->context->arena, struct policy_action, node->len);
    for (size_t i = 0; i < node->len; i++)
        actions[i] = read_action(draft, &node->pairs[i]);
    policy->actions = actions;
    policy->n_actions = node->len;
}

void slo_read_policy(struct slo_draft *draft)
{
    struct fields fields = {.file = draft->reader->file,
                            .what = "policy",
                            .check = "slo/policy",
                            .findings = draft->reader->findings};
    bool amount = draft->slo.kind == SLO_MEAN || draft->slo.kind == SLO_TOTAL;
    const struct yaml_node *node = fields_node(slo_draft_fields(draft, "policy"), "policy");
    draft->slo.policy = NULL;
    if (!fields_open(&fields, node, slo_policy_keys.at, slo_policy_keys.n))
        return;
    struct slo_policy *policy = ARENA_NEW(draft->reader->context->arena, struct slo_policy);
    policy->warning_percent = read_percent(&fields, "warning", amount ? 15 : 25);
    policy->critical_percent = read_percent(&fields, "critical", amount ? 5 : 10);
    if (policy->critical_percent > policy->warning_percent)
        fields_error(&fields, "critical", "critical (%d %% left) comes before warning (%d %% left)",
                     policy->critical_percent, policy->warning_percent);
    read_actions(draft, &fields, policy);
    draft->slo.policy = policy;
}
