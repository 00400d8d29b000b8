/* Actions of one SLO, from judging to what is told and kept. */
#include "engine/policies.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "engine/budget_json.h"
#include "engine/last_change.h"
#include "engine/policy_target.h"
#include "receivers/webhook.h"
#include "slo/slo_override.h"
#include "store/audit_rows.h"
#include "store/policy_rows.h"

enum { WORDS_MAX = 8192, ANNOTATIONS = 6 };

/* Texts are the entry's own, on the heap. */
struct entry {
    struct policy_row row;
    bool changed;
    int64_t ended_ms; /* since this process started; 0: it has not */
    bool gone;        /* its action is in the file no more */
};

/* For the audit. */
struct note {
    struct text change;
    struct text subject;
    struct text detail;
};

struct policies {
    int64_t slo_id;
    int64_t slot_ms; /* of the notes */
    VEC(struct entry) entries;
    VEC(struct note) notes;
};

/* --- in memory --- */

static void keep(struct text *at, struct text value)
{
    char *old = (char *)(uintptr_t)at->at;
    *at = (struct text){memory_copy_text(value.at ? value.at : "", value.len), value.len};
    memory_free(old);
}

static void entry_release(struct entry *entry)
{
    struct text *texts[] = {&entry->row.grouping,  &entry->row.action,   &entry->row.incident,
                            &entry->row.receiver,  &entry->row.undo_url, &entry->row.undo_body,
                            &entry->row.token_file};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        memory_free((char *)(uintptr_t)texts[i]->at);
}

static void take_row(void *context, const struct policy_row *row)
{
    struct policies *policies = context;
    struct entry entry = {.row = {.state = row->state}};
    keep(&entry.row.grouping, row->grouping);
    keep(&entry.row.action, row->action);
    keep(&entry.row.incident, row->incident);
    keep(&entry.row.receiver, row->receiver);
    keep(&entry.row.undo_url, row->undo_url);
    keep(&entry.row.undo_body, row->undo_body);
    keep(&entry.row.token_file, row->token_file);
    VEC_PUSH(&policies->entries, entry);
}

static bool has_actions(const struct slo *slo)
{
    bool has = slo->policy && slo->policy->n_actions;
    for (size_t i = 0; i < slo->n_overrides; i++)
        has = has || (slo->overrides[i].slo->policy && slo->overrides[i].slo->policy->n_actions);
    return has;
}

struct policies *policies_new(struct database *reader, const struct slo *slo, int64_t slo_id)
{
    struct policies *policies = memory_alloc_zero(1, sizeof *policies);
    policies->slo_id = slo_id;
    policy_rows_each(reader, slo_id, take_row, policies);
    if (policies->entries.len || has_actions(slo))
        return policies;
    policies_free(policies);
    return NULL;
}

void policies_free(struct policies *policies)
{
    if (!policies)
        return;
    for (size_t i = 0; i < policies->entries.len; i++)
        entry_release(&policies->entries.at[i]);
    VEC_FREE(&policies->entries);
    VEC_FREE(&policies->notes);
    memory_free(policies);
}

static size_t entry_of(struct policies *policies, struct text grouping, struct text action)
{
    for (size_t i = 0; i < policies->entries.len; i++)
        if (text_eq(policies->entries.at[i].row.grouping, grouping) &&
            text_eq(policies->entries.at[i].row.action, action))
            return i;
    take_row(policies, &(struct policy_row){.grouping = grouping, .action = action});
    return policies->entries.len - 1;
}

/* The group's actions, NULL: none of its own. */
static const struct slo_policy *policy_of(const struct slo_view *view)
{
    const struct slo *slo = view->unit->slo;
    if (!view->slo->policy || (view->group > 0 && (view->slo == slo || policy_is_inherited(slo, view->slo))))
        return NULL;
    return view->slo->policy;
}

static const struct policy_action *action_named(const struct slo_policy *policy, struct text name)
{
    for (size_t i = 0; policy && i < policy->n_actions; i++)
        if (text_eq(policy->actions[i].name, name))
            return &policy->actions[i];
    return NULL;
}

/* --- what is said --- */

static struct text take_text(struct buf *buf, struct arena *arena)
{
    struct text text = text_copy(arena, buf_text(buf));
    buf_finish(buf);
    return text;
}

static struct text explain(const struct slo_view *view, const struct policy_change *change, struct text name,
                           struct arena *arena)
{
    const struct policy_action *action = action_named(policy_of(view), name);
    const struct budget *budget = &view->unit->budgets.at[view->group].at[0];
    struct buf out;
    buf_init(&out, WORDS_MAX);
    if (change->reason == POLICY_REASON_TIER && action)
        buf_printf(&out, "tier %.*s is open", TEXT_ARG(action->when.tier));
    else if (change->reason == POLICY_REASON_LIMIT && action)
        buf_printf(&out, "it has started %d times today, as often as it may", action->per_day);
    else if (change->reason == POLICY_REASON_STATE)
        buf_printf(&out, "the budget is %s", budget_state_text(budget->state));
    else
        buf_puts(&out, policy_reason_text(change->reason));
    if (view->unit->budgets.at[view->group].as_of_ms)
        buf_printf(&out, "; %.3g %% of the budget is left", 100 * budget->left_share);
    return take_text(&out, arena);
}

static struct text subject_of(const struct slo *slo, struct text action, struct arena *arena)
{
    struct buf out;
    buf_init(&out, WORDS_MAX);
    buf_printf(&out, "%.*s/policy/%.*s", TEXT_ARG(slo->name), TEXT_ARG(action));
    return take_text(&out, arena);
}

static struct text incident_of(const struct slo_view *view, struct text action, int64_t episode_ms,
                               struct arena *arena)
{
    struct buf subject, key;
    buf_init(&subject, WORDS_MAX);
    buf_init(&key, WORDS_MAX);
    buf_printf(&subject, "%.*s/policy/%.*s", TEXT_ARG(view->slo->id), TEXT_ARG(action));
    incident_key_print(buf_text(&subject), ledger_group_labels(view->unit->ledger, view->group), CLASS_TICKET,
                       episode_ms, &key);
    buf_finish(&subject);
    return take_text(&key, arena);
}

static void annotate(const struct slo_view *view, const struct policy_row *row, struct arena *arena,
                     struct facts *facts)
{
    const struct budget *budget = &view->unit->budgets.at[view->group].at[0];
    const struct fact_pair pairs[ANNOTATIONS] = {
        {TEXT(WEBHOOK_ACTION), row->action},
        {TEXT(WEBHOOK_SLO), view->slo->name},
        {TEXT(WEBHOOK_STATE), text_of(budget_state_text(budget->state))},
        {TEXT(WEBHOOK_UNDO_URL), row->undo_url},
        {TEXT(WEBHOOK_UNDO_BODY), row->undo_body},
        {TEXT(WEBHOOK_TOKEN_FILE), row->token_file},
    };
    facts->n_annotations = facts->kind == FACT_RESOLVE ? ANNOTATIONS : 3;
    facts->annotations = ARENA_ARRAY(arena, struct fact_pair, ANNOTATIONS);
    for (size_t i = 0; i < ANNOTATIONS; i++)
        facts->annotations[i] = (struct fact_pair){pairs[i].name, text_copy(arena, pairs[i].value)};
}

static void make_facts(const struct slo_view *view, const struct policy_row *row,
                       const struct policy_change *change, struct arena *arena, struct facts *facts)
{
    const struct burn_transition transition = {.class = BURN_TICKET,
                                               .event =
                                                   change->event == POLICY_END ? BURN_RESOLVE : BURN_OPEN,
                                               .tier = -1,
                                               .severity = SEVERITY_P4,
                                               .episode_ms = change->active_ms};
    struct buf what;
    buf_init(&what, WORDS_MAX);
    slo_facts(view, &transition, CLASS_TICKET, arena, facts);
    facts->severity = SEVERITY_P4;
    facts->incident = text_copy(arena, row->incident);
    facts->subject = subject_of(view->slo, row->action, arena);
    facts->reason = explain(view, change, row->action, arena);
    buf_printf(&what, "action %.*s %s: %.*s", TEXT_ARG(row->action), policy_event_text(change->event),
               TEXT_ARG(facts->reason));
    facts->what = take_text(&what, arena);
    annotate(view, row, arena, facts);
}

static void add_note(struct policies *policies, const struct facts *facts, enum policy_event event,
                     struct arena *arena)
{
    struct buf change, subject, detail;
    struct json_writer w;
    buf_init(&change, WORDS_MAX);
    buf_init(&subject, WORDS_MAX);
    buf_init(&detail, WORDS_MAX);
    buf_printf(&change, "policy action %s", policy_event_text(event));
    buf_printf(&subject, "%.*s/%.*s/%.*s", TEXT_ARG(facts->environment), TEXT_ARG(facts->service),
               TEXT_ARG(facts->subject));
    if (facts->group.len)
        buf_printf(&subject, "{%.*s}", TEXT_ARG(facts->group));
    json_begin(&w, &detail);
    json_open(&w, '{');
    json_name(&w, "reason");
    json_put_text(&w, facts->reason);
    json_name(&w, "incident");
    json_put_text(&w, facts->incident);
    json_close(&w, '}');
    struct note note = {take_text(&change, arena), take_text(&subject, arena), take_text(&detail, arena)};
    VEC_PUSH(&policies->notes, note);
}

/* --- judging --- */

static void remember_target(struct entry *entry, const struct slo_view *view,
                            const struct policy_action *action, int64_t episode_ms, struct arena *arena)
{
    struct policy_row *row = &entry->row;
    struct text receiver = policy_receiver_id(view->slo, action, view->group > 0, arena);
    const struct receiver *found = receiver_find(&view->config->receivers, receiver);
    keep(&row->incident, incident_of(view, action->name, episode_ms, arena));
    keep(&row->receiver, receiver);
    keep(&row->undo_url, action->undo_url);
    keep(&row->undo_body, action->undo_body);
    keep(&row->token_file, found ? found->key_file : TEXT(""));
}

static void judge_action(struct policies *policies, struct entry *entry, const struct policy_action *action,
                         const struct policy_input *input, const struct slo_view *view, struct arena *arena,
                         struct told *told)
{
    bool held = entry->row.state.held;
    struct policy_change change = policy_judge(action, input, &entry->row.state);
    struct facts facts;
    entry->gone = !action;
    if (change.event == POLICY_END)
        entry->ended_ms = input->now_ms;
    entry->changed = entry->changed || change.event || held != entry->row.state.held;
    if (change.event == POLICY_NOTHING)
        return;
    if (action && change.event != POLICY_END)
        remember_target(entry, view, action, view->slot_ms, arena);
    make_facts(view, &entry->row, &change, arena, &facts);
    add_note(policies, &facts, change.event, arena);
    struct buf words;
    buf_init(&words, WORDS_MAX);
    buf_printf(&words, "policy action %s%s", policy_event_text(change.event),
               change.quiet && change.event != POLICY_HELD ? " (first start: nobody is called)" : "");
    told_add_to(told, &facts, text_copy(arena, entry->row.receiver), take_text(&words, arena), change.quiet);
}

void policies_judge(struct policies *policies, const struct slo_view *view, bool first_start,
                    struct arena *arena, struct told *told)
{
    if (!policies)
        return;
    const struct slo_policy *policy = policy_of(view);
    const struct group_budgets *budgets = &view->unit->budgets.at[view->group];
    const struct policy_input input = {.has_budget = budgets->as_of_ms != 0,
                                       .state = budgets->at[0].state,
                                       .slo = view->slo,
                                       .burn = &view->unit->states.at[view->group],
                                       .now_ms = view->slot_ms,
                                       .first_start = first_start,
                                       .blind = view->health == HEALTH_BLIND};
    struct text grouping = slo_group_text(ledger_group_labels(view->unit->ledger, view->group), arena);
    if (policies->slot_ms != view->slot_ms)
        VEC_CLEAR(&policies->notes);
    policies->slot_ms = view->slot_ms;
    for (size_t i = 0; policy && i < policy->n_actions; i++) {
        size_t at = entry_of(policies, grouping, policy->actions[i].name);
        judge_action(policies, &policies->entries.at[at], &policy->actions[i], &input, view, arena, told);
    }
    for (size_t i = 0; i < policies->entries.len; i++) {
        struct entry *entry = &policies->entries.at[i];
        if (text_eq(entry->row.grouping, grouping) && !action_named(policy, entry->row.action))
            judge_action(policies, entry, NULL, &input, view, arena, told);
    }
}

void policies_changes(const struct policies *policies, const struct slo_view *view, struct arena *arena,
                      struct known_changes *changes)
{
    for (size_t i = 0; policies && i < policies->entries.len; i++) {
        const struct entry *entry = &policies->entries.at[i];
        int64_t at_ms = entry->row.state.active_ms ? entry->row.state.active_ms : entry->ended_ms;
        const struct labels *labels = ledger_group_labels(view->unit->ledger, view->group);
        if (!at_ms || entry->row.state.quiet || !text_eq(entry->row.grouping, slo_group_text(labels, arena)))
            continue;
        struct buf out;
        buf_init(&out, WORDS_MAX);
        buf_printf(&out, "policy action %.*s %s", TEXT_ARG(entry->row.action),
                   policy_event_text(entry->row.state.active_ms ? POLICY_START : POLICY_END));
        known_changes_add(changes, at_ms, take_text(&out, arena));
    }
}

bool policies_changed(const struct policies *policies, int64_t slot_ms)
{
    return policies && policies->slot_ms == slot_ms && policies->notes.len > 0;
}

void policies_write(struct policies *policies, struct database *db, int64_t slot_ms)
{
    if (!policies)
        return;
    for (size_t i = 0; policies->slot_ms == slot_ms && i < policies->notes.len; i++) {
        const struct note *note = &policies->notes.at[i];
        audit_add(db, slot_ms, TEXT("sloburn"), note->change, note->subject, note->detail);
    }
    size_t kept = 0;
    for (size_t i = 0; i < policies->entries.len; i++) {
        struct entry *entry = &policies->entries.at[i];
        if (entry->gone)
            policy_row_remove(db, policies->slo_id, &entry->row);
        else if (entry->changed)
            policy_row_write(db, policies->slo_id, &entry->row);
        entry->changed = false;
        if (entry->gone)
            entry_release(entry);
        else
            policies->entries.at[kept++] = *entry;
    }
    policies->entries.len = kept;
}

void policies_json(const struct policies *policies, const struct slo_view *view, struct json_writer *w)
{
    struct arena arena;
    arena_init(&arena, 0);
    json_name(w, "actions");
    json_open(w, '[');
    struct text grouping = slo_group_text(ledger_group_labels(view->unit->ledger, view->group), &arena);
    for (size_t i = 0; policies && i < policies->entries.len; i++) {
        const struct policy_row *row = &policies->entries.at[i].row;
        if (!text_eq(row->grouping, grouping))
            continue;
        json_open(w, '{');
        json_field_text(w, "name", row->action);
        json_field_bool(w, "active", row->state.active_ms != 0);
        json_field_int(w, "since_ms", row->state.active_ms);
        json_field_bool(w, "held_back", row->state.held);
        json_field_bool(w, "quiet", row->state.quiet);
        json_field_int(w, "started_today", row->state.day == view->slot_ms / DAY_MS ? row->state.started : 0);
        json_close(w, '}');
    }
    json_close(w, ']');
    arena_finish(&arena);
}
