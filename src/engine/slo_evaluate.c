/* One slot of a group of SLOs: count what is new, judge every tier, decide who is told what. What it leaves
 * in the store is slo_commit.c's. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/log.h"
#include "engine/last_change.h"
#include "engine/policies.h"
#include "engine/slo_batch.h"
#include "engine/slo_budgets.h"
#include "engine/slo_commit.h"
#include "engine/slo_facts.h"
#include "engine/slo_fill.h"
#include "engine/told.h"
#include "store/outbox_rows.h"
#include "store/state_rows.h"

/* What an SLO misses while the source refuses it is read with the rest up to here; later it is filled from
 * history. */
#define REFUSED_REACH_MS HOUR_MS

enum { LINES_MAX = 1000, STORE_RETRY_MS = 2000, STORE_RETRY_MOST_MS = 10000 };

struct evaluation {
    struct slo_group *group;
    const struct evaluation_context *context;
    struct arena *arena;
    int64_t slot_ms;
    struct told told;
    VEC(struct facts) first_states; /* what held at a first start: one summary an owner */
};

static struct slo_view view_of(const struct evaluation *evaluation, const struct slo_unit *unit,
                               uint32_t group)
{
    return slo_view_of(evaluation->context, unit, group, evaluation->slot_ms);
}

static bool pages(const struct slo_unit *unit, uint32_t group)
{
    if (group >= unit->states.len)
        return false;
    const struct burn_incident *page = &unit->states.at[group].incidents[BURN_PAGE];
    return page->episode_ms && !page->quiet;
}

/* A child says nothing of its own while its parent pages, nor a latency while its service's availability
 * does. */
static bool folded(const struct slo_unit *unit, uint32_t group)
{
    return (group > 0 && pages(unit, 0)) || (unit->availability && pages(unit->availability, 0));
}

/* `known`: it was told as an incident of its own. */
static const char *change_name(const struct burn_transition *transition, bool is_folded, bool known)
{
    static const char *const names[][3] = {{"page opened", "page changed", "page resolved"},
                                           {"ticket opened", "ticket changed", "ticket resolved"}};
    static const char *const folded_names[] = {"joined an open page", "changed within an open page",
                                               "over within an open page"};
    static const char *const quiet_names[] = {"recorded at first start", "changed", "over"};
    if (transition->quiet)
        return quiet_names[transition->event];
    bool within = transition->event == BURN_RESOLVE ? !known : is_folded;
    return within ? folded_names[transition->event] : names[transition->class][transition->event];
}

static enum incident_class class_of(const struct burn_transition *transition, uint32_t group)
{
    return transition->class == BURN_PAGE && group == 0 ? CLASS_PAGE : CLASS_TICKET;
}

/* What is known to have changed in the day before it began. */
static void add_last_change(const struct evaluation *evaluation, const struct slo_view *view,
                            struct facts *facts)
{
    struct known_changes changes;
    known_changes_find(view, facts->since_ms, evaluation->arena, &changes);
    facts->last_change = last_change_text(&changes, facts->since_ms, evaluation->arena);
}

static void take_transition(struct evaluation *evaluation, const struct slo_unit *unit, uint32_t group,
                            const struct burn_transition *transition)
{
    struct slo_view view = view_of(evaluation, unit, group);
    bool is_folded = folded(unit, group);
    struct facts facts;
    if (transition->event == BURN_REFRESH && transition->reason != BURN_REASON_WORSE)
        return;
    slo_facts(&view, transition, class_of(transition, group), evaluation->arena, &facts);
    add_last_change(evaluation, &view, &facts);
    if (transition->quiet && transition->event == BURN_OPEN)
        VEC_PUSH(&evaluation->first_states, facts);
    bool silent = transition->quiet || (is_folded && transition->event != BURN_RESOLVE);
    bool known =
        transition->event == BURN_RESOLVE && incident_known(evaluation->context->reader, facts.incident);
    told_add(&evaluation->told, evaluation->context->config, &facts,
             change_name(transition, is_folded, known), silent);
}

static bool changed(const struct burn_result *result)
{
    return result->n_transitions > 0;
}

/* As it was told when it opened. */
static struct burn_transition opening_of(const struct burn_incident *incident, enum burn_class class)
{
    return (struct burn_transition){.class = class,
                                    .event = BURN_OPEN,
                                    .reason = (enum burn_reason)incident->reason,
                                    .tier = incident->tier,
                                    .severity = incident->severity,
                                    .episode_ms = incident->episode_ms,
                                    .quiet = incident->quiet};
}

/* What a part of a first evaluation has stored is told in the summary all the same if the process ended
 * before the last part, which has the summary. */
static void recall_first_states(struct evaluation *evaluation, const struct slo_unit *unit, uint32_t group)
{
    for (int class = 0; class < BURN_CLASSES && !evaluation->group->ahead_ms; class ++) {
        const struct burn_incident *incident = &unit->states.at[group].incidents[class];
        if (!incident->episode_ms || !incident->quiet || changed(&unit->results[group]) ||
            incident->episode_ms <= evaluation->group->slot_ms)
            continue;
        struct burn_transition transition = opening_of(incident, (enum burn_class) class);
        struct slo_view view = view_of(evaluation, unit, group);
        struct facts facts;
        slo_facts(&view, &transition, class_of(&transition, group), evaluation->arena, &facts);
        VEC_PUSH(&evaluation->first_states, facts);
    }
}

/* What was folded into a page and still burns when that is over is then told by itself. The incident of its
 * episode is opened once: the store knows whether it was. */
static void tell_unfolded(struct evaluation *evaluation, const struct slo_unit *unit, uint32_t group)
{
    const struct burn_state *state = &unit->states.at[group];
    if ((group == 0 && !unit->availability) || folded(unit, group))
        return;
    for (int class = 0; class < BURN_CLASSES; class ++) {
        const struct burn_incident *incident = &state->incidents[class];
        if (!incident->episode_ms || incident->quiet || incident->episode_ms == evaluation->slot_ms)
            continue;
        struct burn_transition transition = opening_of(incident, (enum burn_class) class);
        struct slo_view view = view_of(evaluation, unit, group);
        struct facts facts;
        slo_facts(&view, &transition, class_of(&transition, group), evaluation->arena, &facts);
        add_last_change(evaluation, &view, &facts);
        if (!incident_known(evaluation->context->reader, facts.incident))
            told_add(&evaluation->told, evaluation->context->config, &facts, "told after the page was over",
                     false);
    }
}

static void judge_group(struct evaluation *evaluation, struct slo_unit *unit, uint32_t group)
{
    struct burn_input input = {.recent = ledger_recent(unit->ledger, group),
                               .now_ms = evaluation->slot_ms,
                               .first_start = unit->first_start,
                               .down_pages = unit->slo->kind == SLO_EVENTS && group == 0,
                               .maintenance = minute_is_in(&unit->muted, evaluation->slot_ms / MINUTE_MS)};
    input.health = ledger_health_at(unit->ledger, evaluation->slot_ms, &input.health_since_ms);
    if (input.health == HEALTH_MISCONFIGURED)
        input.uncounted_since_ms = ledger_uncounted(unit->ledger)->since_ms;
    input.refused = group == 0 && unit->refusal != NULL;
    if (input.uncounted_since_ms && group)
        input.health = HEALTH_SEEN; /* the whole says it */
    burn_evaluate(unit_slo(unit, group), &input, &unit->states.at[group], &unit->results[group]);
}

static void judge_policies(struct evaluation *evaluation, const struct slo_unit *unit, uint32_t group)
{
    if (!unit->policies)
        return;
    struct slo_view view = view_of(evaluation, unit, group);
    policies_judge(unit->policies, &view, unit->first_start, evaluation->arena, &evaluation->told);
}

static void judge(struct evaluation *evaluation)
{
    struct slo_group *group = evaluation->group;
    for (size_t k = 0; k < group->units.len; k++) {
        struct slo_unit *unit = &group->units.at[k];
        unit->results = ARENA_ARRAY_ZERO(evaluation->arena, struct burn_result, unit->states.len);
        unit->told_to = ARENA_ARRAY_ZERO(evaluation->arena, size_t, unit->states.len);
        for (uint32_t i = 0; i < unit->states.len; i++)
            judge_group(evaluation, unit, i);
    }
    slo_budgets_compute(group, evaluation->slot_ms);
    for (size_t k = 0; k < group->units.len; k++) {
        struct slo_unit *unit = &group->units.at[k];
        for (uint32_t i = 0; i < unit->states.len; i++) {
            for (size_t t = 0; t < unit->results[i].n_transitions; t++)
                take_transition(evaluation, unit, i, &unit->results[i].transitions[t]);
            recall_first_states(evaluation, unit, i);
            tell_unfolded(evaluation, unit, i);
            judge_policies(evaluation, unit, i);
            unit->told_to[i] = evaluation->told.items.len;
        }
    }
}

/* One message an owner for all that held at a first start. */
static void summarise_first_states(struct evaluation *evaluation)
{
    for (size_t i = 0; i < evaluation->first_states.len; i++) {
        const struct facts *first = &evaluation->first_states.at[i];
        bool told = false;
        for (size_t k = 0; k < i; k++)
            told = told || text_eq(evaluation->first_states.at[k].owner, first->owner);
        if (told)
            continue;
        struct facts summary = *first;
        struct buf key;
        buf_init(&key, 512);
        buf_printf(&key, "%.*s/first-start/%.*s/%.*s/%lld", TEXT_ARG(first->environment),
                   TEXT_ARG(first->owner), TEXT_ARG(evaluation->group->name), (long long)evaluation->slot_ms);
        summary.kind = FACT_SUMMARY;
        summary.class = CLASS_TICKET;
        summary.severity = SEVERITY_P3;
        summary.incident = text_copy(evaluation->arena, buf_text(&key));
        buf_finish(&key);
        summary.group = TEXT("");
        summary.subject = TEXT("first start");
        summary.what = TEXT("what already burned when sloburn first looked; nobody was paged for it");
        summary.lines = ARENA_ARRAY(evaluation->arena, struct text, LINES_MAX);
        for (size_t k = i; k < evaluation->first_states.len && summary.n_lines < LINES_MAX; k++)
            if (text_eq(evaluation->first_states.at[k].owner, first->owner))
                summary.lines[summary.n_lines++] =
                    slo_facts_line(&evaluation->first_states.at[k], evaluation->arena);
        told_add(&evaluation->told, evaluation->context->config, &summary, "first state told", false);
    }
}

/* It was refused for long, is answered again, and what it missed is not in the batch. */
static bool unit_lacks_history(const struct slo_unit *unit, const struct slo_batch *batch)
{
    return !unit->refusal && unit_wanted_from(unit, batch->to_ms) < batch->from_ms;
}

static void take_all(struct evaluation *evaluation)
{
    struct slo_group *group = evaluation->group;
    struct err err;
    struct slo_batch batch = {.arena = evaluation->arena,
                              .live = true,
                              .apart = true,
                              .to_ms = evaluation->slot_ms,
                              .from_ms = evaluation->slot_ms};
    batch.takes = ARENA_ARRAY(evaluation->arena, bool, group->units.len);
    for (size_t i = 0; i < group->units.len; i++) {
        int64_t from = unit_wanted_from(&group->units.at[i], evaluation->slot_ms);
        bool waits = group->units.at[i].refusal && from < evaluation->slot_ms - REFUSED_REACH_MS;
        batch.from_ms = from < batch.from_ms && !waits ? from : batch.from_ms;
        batch.takes[i] = true;
    }
    if (!group_fetch(group, evaluation->context, &batch, &err))
        log_line(LOG_WARN, "the source does not answer", "group", group->name.at, "error", err.message, NULL);
    bool blind = batch.answer != LEDGER_ANSWERED;
    if (blind)
        count(&evaluation->context->counters->evaluations_failed, 1);
    group->blind_since_ms = !blind ? 0 : group->blind_since_ms ? group->blind_since_ms : evaluation->slot_ms;
    for (size_t i = 0; i < group->units.len; i++) {
        struct slo_batch taken = batch;
        if (!blind && unit_lacks_history(&group->units.at[i], &batch)) {
            group->lacks_history = true;
            taken.answer = LEDGER_FAILED; /* blind until it is filled */
        }
        unit_take(group, &group->units.at[i], evaluation->context, &taken, evaluation->slot_ms);
    }
    batch_finish(&batch);
}

static bool store_evaluation(struct evaluation *evaluation, size_t *told_stored)
{
    const struct evaluation_context *context = evaluation->context;
    struct slo_group *group = evaluation->group;
    struct err err;
    struct slo_commit commit = {.group = group,
                                .context = context,
                                .told = &evaluation->told,
                                .arena = evaluation->arena,
                                .slot_ms = evaluation->slot_ms};
    bool stored = slo_commit(&commit, &err);
    *told_stored = commit.told_stored;
    if (stored) {
        group->slot_ms = evaluation->slot_ms;
        group->evaluated = true;
        group->retry_wait_ms = 0;
        if (trouble_end(&group->unwritable))
            log_line(LOG_INFO,
                     "the store can be written again; what was evaluated meanwhile is evaluated once more",
                     "group", group->name.at, NULL);
        return true;
    }
    trouble_tell(&group->unwritable, "an evaluation cannot be stored; evaluation goes on in memory",
                 group->name, &err, context->now_ms);
    count(&context->counters->commits_failed, 1);
    /* what is tried again is evaluated again, which costs more the longer it lasts */
    group->retry_wait_ms = group->retry_wait_ms ? 2 * group->retry_wait_ms : STORE_RETRY_MS;
    if (group->retry_wait_ms > STORE_RETRY_MOST_MS)
        group->retry_wait_ms = STORE_RETRY_MOST_MS;
    group->retry_ms = context->now_ms + group->retry_wait_ms;
    return false;
}

bool slo_group_evaluate(struct slo_group *group, const struct evaluation_context *context, int64_t slot_ms)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct evaluation evaluation = {
        .group = group, .context = context, .arena = &arena, .slot_ms = slot_ms, .told = {.arena = &arena}};
    slo_group_renew_table(group);
    slo_group_correct(group, context, slot_ms);
    slo_budgets_prepare(group, context, slot_ms);
    take_all(&evaluation);
    judge(&evaluation);
    summarise_first_states(&evaluation);
    size_t told_stored = 0;
    bool stored = !group->ahead_ms && store_evaluation(&evaluation, &told_stored);
    if (!stored) {
        group->ahead_ms = slot_ms;
        told_hand_over(&evaluation.told, told_stored, context);
    }
    for (size_t i = 0; i < group->units.len; i++)
        group->units.at[i].first_start = false;
    count(&context->counters->evaluations, 1);
    told_finish(&evaluation.told);
    VEC_FREE(&evaluation.first_states);
    arena_finish(&arena);
    return stored;
}

bool slo_group_resume(struct slo_group *group, const struct evaluation_context *context)
{
    struct err err;
    if (context->now_ms < group->retry_ms)
        return false;
    group->retry_ms = context->now_ms + STORE_RETRY_MS;
    if (!store_can_write(context->store, &err))
        return false;
    if (!slo_group_reread(group, context, &err)) {
        trouble_tell(&group->unreadable, "the ledger cannot be read", group->name, &err, context->now_ms);
        return false;
    }
    trouble_end(&group->unreadable);
    group->replay_to_ms = group->ahead_ms;
    group->ahead_ms = 0;
    return true;
}
