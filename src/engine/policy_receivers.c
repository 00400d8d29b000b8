/* The receivers that the actions of policies stand for: one an action, made when the configuration loads, so
 * that delivery needs to know nothing of policies. */
#include "engine/policies.h"
#include "engine/policy_target.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "receivers/classes.h"
#include "receivers/webhook.h"
#include "slo/slo_override.h"

enum { ID_MAX = 8192 };

#define WEBHOOK_TIMEOUT_MS (10 * SECOND_MS)

bool policy_is_inherited(const struct slo *slo, const struct slo *override)
{
    const struct slo_policy *a = slo->policy, *b = override->policy;
    return a && b && a->n_actions && b->n_actions && a->actions[0].pos.line == b->actions[0].pos.line &&
           a->actions[0].pos.column == b->actions[0].pos.column;
}

struct text policy_receiver_id(const struct slo *slo, const struct policy_action *action, bool is_override,
                               struct arena *arena)
{
    struct buf id;
    buf_init(&id, ID_MAX);
    buf_printf(&id, WEBHOOK_POLICY_ID "%.*s:%.*s", TEXT_ARG(slo->id), TEXT_ARG(action->name));
    if (is_override) /* several overrides may have an action of this name */
        buf_printf(&id, "#%016llx", (unsigned long long)xxhash64(action->url.at, action->url.len));
    struct text copy = text_copy(arena, buf_text(&id));
    buf_finish(&id);
    return copy;
}

static struct text path_from(struct text folder, struct text path, struct arena *arena)
{
    struct buf out;
    if (path.len == 0 || path.at[0] == '/' || folder.len == 0)
        return path;
    buf_init(&out, ID_MAX);
    buf_printf(&out, "%.*s/%.*s", TEXT_ARG(folder), TEXT_ARG(path));
    struct text copy = text_copy(arena, buf_text(&out));
    buf_finish(&out);
    return copy;
}

static void check_body(const struct slo *slo, const struct policy_action *action, struct text body,
                       struct findings *findings)
{
    struct err err;
    if (body.len > WEBHOOK_BODY_MAX)
        finding_add(findings, FINDING_ERROR, "slo/policy", slo->file.at, action->pos,
                    "a body of action %.*s is longer than %d bytes", TEXT_ARG(action->name),
                    WEBHOOK_BODY_MAX);
    else if (body.len && !webhook_body_check(body, &err))
        finding_add(findings, FINDING_ERROR, "slo/policy", slo->file.at, action->pos,
                    "a body of action %.*s is no template: %s", TEXT_ARG(action->name), err.message);
}

static void check_bodies(const struct slo *slo, struct findings *findings)
{
    for (size_t i = 0; slo->policy && i < slo->policy->n_actions; i++) {
        check_body(slo, &slo->policy->actions[i], slo->policy->actions[i].body, findings);
        check_body(slo, &slo->policy->actions[i], slo->policy->actions[i].undo_body, findings);
    }
}

void policies_check(const struct slo *slo, struct findings *findings)
{
    check_bodies(slo, findings);
    for (size_t i = 0; i < slo->n_overrides; i++)
        if (!policy_is_inherited(slo, slo->overrides[i].slo))
            check_bodies(slo->overrides[i].slo, findings);
}

struct gathering {
    struct text folder;
    struct arena *arena;
    VEC(struct receiver) receivers;
};

static void gather(struct gathering *gathering, const struct slo *slo, bool is_override)
{
    for (size_t i = 0; slo->policy && i < slo->policy->n_actions; i++) {
        const struct policy_action *action = &slo->policy->actions[i];
        struct text id = policy_receiver_id(slo, action, is_override, gathering->arena);
        VEC_PUSH(&gathering->receivers,
                 (struct receiver){
                     .id = id,
                     .name = id,
                     .class = &webhook_class,
                     .url = action->url,
                     .body = action->body,
                     .undo_url = action->undo_url,
                     .undo_body = action->undo_body,
                     .key_file = path_from(gathering->folder, action->bearer_token_file, gathering->arena),
                     .timeout_ms = WEBHOOK_TIMEOUT_MS,
                     .pos = action->pos});
    }
}

void policies_add_receivers(struct config_view *config, struct text folder, struct arena *arena)
{
    struct gathering gathering = {folder, arena, {0}};
    for (size_t i = 0; i < config->receivers.len; i++)
        VEC_PUSH(&gathering.receivers, config->receivers.at[i]);
    for (size_t i = 0; i < config->slos.len; i++) {
        const struct slo *slo = &config->slos.at[i];
        gather(&gathering, slo, false);
        for (size_t k = 0; k < slo->n_overrides; k++)
            if (!policy_is_inherited(slo, slo->overrides[k].slo))
                gather(&gathering, slo->overrides[k].slo, true);
    }
    struct receiver *all = ARENA_ARRAY(arena, struct receiver, gathering.receivers.len);
    for (size_t i = 0; i < gathering.receivers.len; i++)
        all[i] = gathering.receivers.at[i];
    config->receivers = (struct receivers){all, gathering.receivers.len};
    VEC_FREE(&gathering.receivers);
}
