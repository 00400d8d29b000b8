/* Which open incidents are nobody's: of SLOs those whose key no unit's state has, of rules those whose alert
 * no file names. */
#include "engine/orphans.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/labels.h"
#include "base/log.h"
#include "engine/refused.h"
#include "receivers/webhook.h"
#include "store/outbox_rows.h"
#include "store/state_rows.h"
#include "store/store.h"

enum { INCIDENTS_MAX = 100000, WORDS_MAX = 8192, KEY_BYTES_MAX = 512 };

struct search {
    const struct evaluation_context *context;
    VEC(struct text) live; /* keys that units' states have */
    VEC(struct facts) orphans;
    VEC(struct text) rules; /* identities of alerts' rows whose rule is no more */
    struct label_table *table;
    struct arena *arena;
};

/* True if that incident was opened and is over, or has the SLO's earlier name and will be: what still burns
 * is then told anew. */
static bool add_key(struct search *search, const struct slo *slo, const struct labels *group,
                    enum incident_class class, int64_t episode_ms)
{
    struct database *reader = search->context->reader;
    struct buf key;
    buf_init(&key, KEY_BYTES_MAX);
    if (slo->was.len)
        incident_key_print(slo->was, group, class, episode_ms, &key);
    bool over = key.len && incident_known(reader, buf_text(&key));
    buf_clear(&key);
    incident_key_print(slo->id, group, class, episode_ms, &key);
    over = incident_known(reader, buf_text(&key)) ? incident_over(reader, buf_text(&key)) : over;
    VEC_PUSH(&search->live, text_copy(search->arena, buf_text(&key)));
    buf_finish(&key);
    return over;
}

/* Both classes of each: a value's page is told as a ticket. A state that still has an incident which was
 * ended here begins anew: its SLO was away and is back. */
static void add_group(struct search *search, const struct slo_unit *unit, uint32_t group)
{
    struct burn_state *state = &unit->states.at[group];
    const struct labels *labels = ledger_group_labels(unit->ledger, group);
    bool over = false;
    for (size_t c = 0; c < BURN_CLASSES; c++) {
        int64_t episode_ms = state->incidents[c].episode_ms;
        if (!episode_ms)
            continue;
        over |= add_key(search, unit->slo, labels, CLASS_PAGE, episode_ms);
        over |= add_key(search, unit->slo, labels, CLASS_TICKET, episode_ms);
    }
    if (over)
        *state = (struct burn_state){.born_ms = state->born_ms, .slot_ms = state->slot_ms};
}

static bool is_policy(const struct facts *facts)
{
    for (size_t i = 0; i < facts->n_annotations; i++)
        if (text_is(facts->annotations[i].name, WEBHOOK_ACTION))
            return true;
    return false;
}

/* "prod//…": a rule's, or one of sloburn's own. */
static bool is_of_rule(const struct incident_row *row)
{
    struct text rest = row->key;
    (void)text_cut(&rest, '/');
    return text_starts(rest, TEXT("/"));
}

static bool has_rule(const struct config_view *config, const struct facts *facts)
{
    if (!text_eq(facts->environment, config->environment))
        return false;
    for (size_t i = 0; i < config->groups.len; i++)
        for (size_t k = 0; k < config->groups.at[i].n_rules; k++)
            if (text_eq(config->groups.at[i].rules[k].name, facts->subject))
                return true;
    return false;
}

static bool is_live(const struct search *search, struct text key)
{
    for (size_t i = 0; i < search->live.len; i++)
        if (text_eq(search->live.at[i], key))
            return true;
    return false;
}

static bool is_sloburns_own(const struct incident_row *row)
{
    return text_is(row->facts.subject, "source blind") || refused_is(&row->facts);
}

static void look_at(void *context, const struct incident_row *row)
{
    struct search *search = context;
    const struct config_view *config = search->context->config;
    if (row->closed_ms || is_policy(&row->facts))
        return;
    bool alive =
        is_of_rule(row) ? is_sloburns_own(row) || has_rule(config, &row->facts) : is_live(search, row->key);
    if (!alive)
        VEC_PUSH(&search->orphans, row->facts);
}

/* "prod//HighLatency", and "prod//HighLatency#2" of a second rule of that name. */
static bool is_identity_of(const struct config_view *config, const struct rule *rule, struct text identity)
{
    struct text environment = text_cut(&identity, '/');
    if (!text_eq(environment, config->environment) || !text_starts(identity, TEXT("/")))
        return false;
    identity = text_part(identity, 1, identity.len);
    return text_starts(identity, rule->name) &&
           (identity.len == rule->name.len || identity.at[rule->name.len] == '#');
}

static void look_at_alert(void *context, struct text identity, const struct alert *alert)
{
    struct search *search = context;
    const struct rule_groups *groups = &search->context->config->groups;
    (void)alert;
    for (size_t i = 0; i < groups->len; i++)
        for (size_t k = 0; k < groups->at[i].n_rules; k++)
            if (is_identity_of(search->context->config, &groups->at[i].rules[k], identity))
                return;
    for (size_t i = 0; i < search->rules.len; i++)
        if (text_eq(search->rules.at[i], identity))
            return;
    VEC_PUSH(&search->rules, text_copy(search->arena, identity));
}

static void end(const struct search *search, struct database *db, struct facts *facts)
{
    struct buf subject;
    facts->kind = FACT_RESOLVE;
    facts->slot_ms = facts->resolved_ms = search->context->now_ms;
    facts->what = TEXT("nobody looks at this any more: what it watches has left the configuration, or is "
                       "counted in another way");
    facts->has_budget = false;
    facts_fit(facts, search->arena);
    if (!obligation_add(db, facts, NULL, 0))
        return;
    buf_init(&subject, WORDS_MAX);
    buf_printf(&subject, "%.*s/%.*s/%.*s", TEXT_ARG(facts->environment), TEXT_ARG(facts->service),
               TEXT_ARG(facts->subject));
    if (facts->group.len)
        buf_printf(&subject, "{%.*s}", TEXT_ARG(facts->group));
    history_add(db, facts->slot_ms, buf_text(&subject), TEXT("ended: nobody looks any more"), TEXT(""));
    log_line(LOG_INFO, "an incident is ended: its SLO or rule has left the configuration", "incident",
             facts->incident.at, NULL);
    count(&search->context->counters->obligations, 1);
    buf_finish(&subject);
}

bool orphans_end(const struct evaluation_context *context, struct slo_group *const *groups, size_t n,
                 struct err *err)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct search search = {.context = context, .table = label_table_new(NULL), .arena = &arena};
    bool good = true;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < groups[i]->units.len; k++)
            for (uint32_t g = 0; g < groups[i]->units.at[k].states.len; g++)
                add_group(&search, &groups[i]->units.at[k], g);
    if (!refused_any(context->config)) {
        incidents_each(context->reader, INT64_MAX, INCIDENTS_MAX, &arena, look_at, &search);
        alerts_each(context->reader, search.table, look_at_alert, &search);
    }
    if (search.orphans.len || search.rules.len) {
        struct database *db = store_begin(context->store);
        for (size_t i = 0; i < search.orphans.len; i++)
            end(&search, db, &search.orphans.at[i]);
        for (size_t i = 0; i < search.rules.len; i++)
            alerts_forget(db, search.rules.at[i]);
        good = store_commit(context->store, err);
    }
    label_table_free(search.table);
    VEC_FREE(&search.rules);
    VEC_FREE(&search.live);
    VEC_FREE(&search.orphans);
    arena_finish(&arena);
    return good && !db_take_error(context->reader, err);
}
