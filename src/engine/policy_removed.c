/* Actions of SLOs that have left the configuration: nobody evaluates these any more, so what they started is
 * ended when the configuration is taken up. */
#include "base/arena.h"
#include "base/buf.h"
#include "engine/policies.h"
#include "engine/refused.h"
#include "receivers/webhook.h"
#include "store/audit_rows.h"
#include "store/outbox_rows.h"
#include "store/policy_rows.h"

enum { WORDS_MAX = 8192, ANNOTATIONS = 5 };

struct removed {
    struct text identity;
    int64_t slo_id;
    struct policy_row row;
};

struct search {
    const struct config_view *config;
    struct arena *arena;
    VEC(struct removed) found;
};

static bool is_configured(const struct config_view *config, struct text identity)
{
    for (size_t i = 0; i < config->slos.len; i++)
        if (text_eq(config->slos.at[i].id, identity))
            return true;
    return false;
}

static void look_at(void *context, struct text identity, int64_t slo_id, const struct policy_row *row)
{
    struct search *search = context;
    if (is_configured(search->config, identity))
        return;
    struct removed removed = {text_copy(search->arena, identity), slo_id, *row};
    struct text *texts[] = {&removed.row.grouping,  &removed.row.action,   &removed.row.incident,
                            &removed.row.receiver,  &removed.row.undo_url, &removed.row.undo_body,
                            &removed.row.token_file};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = text_copy(search->arena, *texts[i]);
    VEC_PUSH(&search->found, removed);
}

static void make_facts(const struct removed *removed, int64_t now_ms, struct arena *arena,
                       struct facts *facts)
{
    const struct policy_row *row = &removed->row;
    struct text rest = removed->identity;
    struct text environment = text_cut(&rest, '/'), service = text_cut(&rest, '/');
    struct buf subject;
    buf_init(&subject, WORDS_MAX);
    buf_printf(&subject, "%.*s/policy/%.*s", TEXT_ARG(rest), TEXT_ARG(row->action));
    *facts = (struct facts){.kind = FACT_RESOLVE,
                            .incident = row->incident,
                            .environment = environment,
                            .service = service,
                            .subject = text_copy(arena, buf_text(&subject)),
                            .group = row->grouping,
                            .class = CLASS_TICKET,
                            .severity = SEVERITY_P4,
                            .slot_ms = now_ms,
                            .since_ms = row->state.active_ms,
                            .resolved_ms = now_ms,
                            .what = TEXT("policy action ended: its SLO is in the configuration no more"),
                            .reason = TEXT("its SLO is in the configuration no more"),
                            .exhausted_in_ms = -1};
    facts->annotations = ARENA_ARRAY(arena, struct fact_pair, ANNOTATIONS);
    facts->annotations[0] = (struct fact_pair){TEXT(WEBHOOK_ACTION), row->action};
    facts->annotations[1] = (struct fact_pair){TEXT(WEBHOOK_SLO), rest};
    facts->annotations[2] = (struct fact_pair){TEXT(WEBHOOK_UNDO_URL), row->undo_url};
    facts->annotations[3] = (struct fact_pair){TEXT(WEBHOOK_UNDO_BODY), row->undo_body};
    facts->annotations[4] = (struct fact_pair){TEXT(WEBHOOK_TOKEN_FILE), row->token_file};
    facts->n_annotations = ANNOTATIONS;
    facts_fit(facts, arena);
    buf_finish(&subject);
}

static void end(struct database *db, const struct removed *removed, int64_t now_ms, struct arena *arena)
{
    struct buf subject;
    struct facts facts;
    make_facts(removed, now_ms, arena, &facts);
    if (!removed->row.state.quiet)
        obligation_add(db, &facts, &removed->row.receiver, 1);
    buf_init(&subject, WORDS_MAX);
    buf_printf(&subject, "%.*s/policy/%.*s", TEXT_ARG(removed->identity), TEXT_ARG(removed->row.action));
    if (facts.group.len)
        buf_printf(&subject, "{%.*s}", TEXT_ARG(facts.group));
    history_add(db, now_ms, buf_text(&subject), TEXT("policy action ended"), TEXT(""));
    audit_add(db, now_ms, TEXT("sloburn"), TEXT("policy action ended"), buf_text(&subject),
              TEXT("{\"reason\":\"its SLO is in the configuration no more\"}"));
    policy_row_remove(db, removed->slo_id, &removed->row);
    buf_finish(&subject);
}

bool policies_end_removed(const struct evaluation_context *context, struct err *err)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct search search = {.config = context->config, .arena = &arena};
    bool good = true;
    if (!refused_any(context->config))
        policy_active_each(context->reader, look_at, &search);
    if (search.found.len) {
        struct database *db = store_begin(context->store);
        for (size_t i = 0; i < search.found.len; i++)
            end(db, &search.found.at[i], context->now_ms, &arena);
        good = store_commit(context->store, err);
    }
    VEC_FREE(&search.found);
    arena_finish(&arena);
    return good && !db_take_error(context->reader, err);
}
