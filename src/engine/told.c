/* Who is told what, between decision and commit. */
#include "engine/told.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "store/outbox_rows.h"

enum { RECEIVERS_MAX = 64 };

void told_finish(struct told *told)
{
    VEC_FREE(&told->items);
}

void told_add(struct told *told, const struct config_view *config, const struct facts *facts,
              const char *change, bool history_only)
{
    struct told_item item = {.facts = *facts, .change = text_of(change), .history_only = history_only};
    facts_fit(&item.facts, told->arena);
    struct route_decision route = route_decide(&config->owners, facts->owner, facts->class, told->arena);
    item.receivers = ARENA_ARRAY(told->arena, struct text, RECEIVERS_MAX);
    for (size_t i = 0; i < route.n_receivers; i++)
        item.n_receivers += receiver_ids(&config->receivers, route.receivers[i],
                                         item.receivers + item.n_receivers, RECEIVERS_MAX - item.n_receivers);
    VEC_PUSH(&told->items, item);
}

void told_add_to(struct told *told, const struct facts *facts, struct text receiver, struct text change,
                 bool history_only)
{
    struct told_item item = {
        .facts = *facts, .n_receivers = 1, .change = change, .history_only = history_only};
    facts_fit(&item.facts, told->arena);
    item.receivers = ARENA_NEW(told->arena, struct text);
    item.receivers[0] = receiver;
    VEC_PUSH(&told->items, item);
}

static void print_subject(const struct facts *facts, struct buf *out)
{
    buf_printf(out, "%.*s/%.*s/%.*s", TEXT_ARG(facts->environment), TEXT_ARG(facts->service),
               TEXT_ARG(facts->subject));
    if (facts->group.len)
        buf_printf(out, "{%.*s}", TEXT_ARG(facts->group));
}

/* What a receiver got while the store could not be written is not sent again. */
static void write_obligation(const struct told_item *item, struct database *db, struct counters *counters,
                             struct emergency *emergency)
{
    if (!obligation_add(db, &item->facts, item->receivers, item->n_receivers))
        return;
    count(&counters->obligations, 1);
    for (size_t k = 0; emergency && k < item->n_receivers; k++)
        if (emergency_has_delivered(emergency, &item->facts, item->receivers[k]))
            obligation_met(db, &item->facts, item->receivers[k]);
}

void told_write(const struct told *told, const struct told_span *span, struct database *db,
                struct counters *counters, struct emergency *emergency)
{
    struct buf subject, json;
    buf_init(&subject, 4096);
    buf_init(&json, FACTS_JSON_MAX);
    for (size_t i = span->from; i < span->to; i++) {
        const struct told_item *item = &told->items.at[i];
        if (!item->history_only)
            write_obligation(item, db, counters, emergency);
        if (item->change.len == 0)
            continue;
        buf_clear(&subject);
        buf_clear(&json);
        print_subject(&item->facts, &subject);
        facts_write_json(&item->facts, &json);
        history_add(db, item->facts.slot_ms, buf_text(&subject), item->change, buf_text(&json));
    }
    buf_finish(&subject);
    buf_finish(&json);
}

void told_hand_over(const struct told *told, size_t from, const struct evaluation_context *context)
{
    for (size_t i = from; context->emergency && i < told->items.len; i++) {
        const struct told_item *item = &told->items.at[i];
        if (item->history_only)
            continue;
        bool known = incident_known(context->reader, item->facts.incident);
        for (size_t k = 0; k < item->n_receivers; k++)
            if (!emergency_put(context->emergency, &item->facts, item->receivers[k], known))
                log_line(LOG_ERROR, "the emergency queue is full; a message waits for the store", "receiver",
                         item->receivers[k].at, "incident", item->facts.incident.at, NULL);
    }
}
