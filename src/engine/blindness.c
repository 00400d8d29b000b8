/* The incident of a blind source. */
#include "engine/blindness.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "engine/told.h"
#include "source/source.h"
#include "store/outbox_rows.h"
#include "store/store.h"

#define BLIND_AFTER_MS (5 * MINUTE_MS)

static int64_t blind_since(struct slo_group *const *groups, size_t n)
{
    int64_t since = 0;
    for (size_t i = 0; i < n; i++)
        if (groups[i]->blind_since_ms && (!since || groups[i]->blind_since_ms < since))
            since = groups[i]->blind_since_ms;
    return since;
}

static struct text source_name(const struct evaluation_context *context)
{
    return context->source->name.len ? context->source->name : TEXT("source");
}

static void fill_facts(const struct evaluation_context *context, int64_t since_ms, bool over,
                       struct arena *arena, struct facts *facts)
{
    struct buf text;
    *facts = (struct facts){
        .kind = over ? FACT_RESOLVE : FACT_OPEN,
        .environment = context->config->environment,
        .subject = TEXT("source blind"),
        .owner = TEXT("default"),
        .class = CLASS_PAGE,
        .severity = SEVERITY_P2,
        .slot_ms = context->now_ms,
        .since_ms = since_ms,
        .resolved_ms = over ? context->now_ms : 0,
        .exhausted_in_ms = -1,
        .impact = TEXT("no SLO and no rule of this source can be judged: a failure would go unseen"),
        .first_step = TEXT("ask the source yourself: curl URL/-/healthy"),
        .runbook = config_link(context->config, TEXT("/runbooks/source-blind"), arena),
        .page = context->config->external_url};
    buf_init(&text, 4096);
    buf_printf(&text, "%.*s//source-blind", TEXT_ARG(context->config->environment));
    struct text subject = text_copy(arena, buf_text(&text));
    buf_clear(&text);
    incident_key_print(subject, NULL, CLASS_PAGE, since_ms, &text);
    facts->incident = text_copy(arena, buf_text(&text));
    buf_clear(&text);
    buf_printf(&text, over ? "%.*s answers again" : "%.*s has not answered for 5 minutes",
               TEXT_ARG(source_name(context)));
    facts->what = text_copy(arena, buf_text(&text));
    buf_finish(&text);
}

/* Without a default owner everybody is told: a blind source is everybody's. */
static void tell(const struct evaluation_context *context, const struct facts *facts, struct told *told)
{
    const struct owners *owners = &context->config->owners;
    if (owners->fallback || owners->len == 0) {
        told_add(told, context->config, facts,
                 facts->kind == FACT_OPEN ? "source blind" : "source seen again", false);
        return;
    }
    for (size_t i = 0; i < owners->len; i++) {
        struct facts one = *facts;
        struct buf key;
        buf_init(&key, 512);
        buf_printf(&key, "%.*s/%.*s", TEXT_ARG(facts->incident), TEXT_ARG(owners->at[i].name));
        one.incident = text_copy(told->arena, buf_text(&key));
        one.owner = owners->at[i].name;
        buf_finish(&key);
        told_add(told, context->config, &one,
                 i                          ? ""
                 : facts->kind == FACT_OPEN ? "source blind"
                                            : "source seen again",
                 false);
    }
}

static bool commit(const struct evaluation_context *context, const struct told *told, int64_t since_ms)
{
    struct err err;
    struct database *db = store_begin(context->store);
    told_write(told, &(struct told_span){0, told->items.len}, db, context->counters, NULL);
    meta_set(db, "blind_incident_ms", since_ms);
    if (store_commit(context->store, &err))
        return true;
    log_line(LOG_ERROR, "blindness cannot be stored", "error", err.message, NULL);
    told_hand_over(told, 0, context);
    return false;
}

void blindness_step(struct blindness *blindness, const struct evaluation_context *context,
                    struct slo_group *const *groups, size_t n)
{
    if (!blindness->known) {
        blindness->since_ms = meta_get(context->reader, "blind_incident_ms", 0);
        blindness->known = true;
    }
    int64_t since = blind_since(groups, n);
    bool opens = !blindness->since_ms && since && context->now_ms - since >= BLIND_AFTER_MS;
    bool ends = blindness->since_ms && !since && n > 0;
    if (!opens && !ends)
        return;
    struct arena arena;
    struct facts facts;
    arena_init(&arena, 0);
    struct told told = {.arena = &arena};
    fill_facts(context, opens ? since : blindness->since_ms, ends, &arena, &facts);
    tell(context, &facts, &told);
    if (commit(context, &told, opens ? since : 0))
        blindness->since_ms = opens ? since : 0;
    told_finish(&told);
    arena_finish(&arena);
}
