/* What is said about an SLO's incidents: sentences from numbers. */
#include "engine/slo_facts.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "engine/amount.h"

#include <math.h>

enum { SENTENCE_MAX = 2000 };

struct slo_view slo_view_of(const struct evaluation_context *context, const struct slo_unit *unit,
                            uint32_t group, int64_t slot_ms)
{
    struct slo_view view = {.config = context->config,
                            .context = context,
                            .unit = unit,
                            .group = group,
                            .slo = unit_slo(unit, group),
                            .result = &unit->results[group],
                            .slot_ms = slot_ms,
                            .now_ms = context->now_ms};
    view.health = ledger_health_at(unit->ledger, slot_ms, &view.health_since_ms);
    return view;
}

static struct text take_text(struct buf *buf, struct arena *arena)
{
    struct text text = text_copy(arena, buf_text(buf));
    buf_finish(buf);
    return text;
}

struct text slo_group_text(const struct labels *labels, struct arena *arena)
{
    struct buf out;
    buf_init(&out, SENTENCE_MAX);
    for (uint32_t i = 0; labels && i < labels->len; i++)
        buf_printf(&out, "%s%s=%s", i ? "," : "", labels->at[i].name->at, labels->at[i].value->at);
    return take_text(&out, arena);
}

/* "4s" of "p95 <= 4s" */
static struct text stated_bound(const struct slo *slo)
{
    size_t end = text_find(slo->objective, '<');
    if (end + 1 < slo->objective.len)
        return text_trim(text_part(slo->objective, end + 2, slo->objective.len));
    struct text rest = slo->objective; /* with "≤" */
    while (rest.len && !text_starts(rest, TEXT("≤")))
        rest = text_part(rest, 1, rest.len);
    return rest.len ? text_trim(text_part(rest, strlen("≤"), rest.len)) : rest;
}

/* A mean's amount per unit: money in its currency, times in seconds. */
static void print_mean(const struct slo *slo, double mean, struct buf *out)
{
    struct amount_form form = amount_form_of(slo);
    if (slo->currency.len || slo->time_unit.len)
        buf_printf(out, "a %.*s %s ", TEXT_ARG(slo->unit), slo->currency.len ? "cost" : "took");
    else
        buf_puts(out, "the mean was ");
    amount_print(&form, mean, -1, out);
    if (slo->currency.len || slo->time_unit.len)
        buf_puts(out, " on average");
}

void slo_measure_print(const struct slo *slo, const struct burn_sum *sum, struct buf *out)
{
    double units = (double)sum->units;
    double spent = (double)sum->spent / (double)slo->scale;
    double share = units > 0 ? 100 * spent / units : 0;
    struct amount_form form = amount_form_of(slo);
    switch (slo->kind) {
    case SLO_EVENTS:
        buf_printf(out, "%.3g %% of ", share);
        amount_print_noun(&form, 2, out);
        buf_puts(out, " failed");
        break;
    case SLO_PERCENTILE:
        buf_printf(out, "%.3g %% of ", share);
        amount_print_noun(&form, 2, out);
        buf_printf(out, " were %s %.*s", slo->time_unit.len ? "not within" : "above",
                   TEXT_ARG(stated_bound(slo)));
        break;
    case SLO_MEAN:
        print_mean(slo, units > 0 ? spent / units : 0, out);
        break;
    case SLO_SCORE:
        buf_printf(out, "the mean score was %.3f", units > 0 ? (double)slo->range_max - spent / units : 0.0);
        break;
    case SLO_MINUTES:
        buf_printf(out, "it did not hold in %.3g %% of minutes", share);
        break;
    case SLO_TOTAL:
        amount_print(&form, spent, -1, out);
        buf_puts(out, slo->currency.len ? " were spent" : " were counted");
        break;
    }
}

static bool lacks_rate(const struct slo_view *view)
{
    return view->slo->exchange.series &&
           ledger_rate_at(view->unit->ledger, view->slot_ms).state >= RATE_TOO_OLD;
}

/* Money is counted, and nobody knows what it is worth. */
static void describe_rate(const struct slo_view *view, struct buf *out)
{
    static const char *const whats[] = {[RATE_TOO_OLD] = "is too old",
                                        [RATE_UNKNOWN] = "has never been seen",
                                        [RATE_SEVERAL] = "comes from several series at once"};
    buf_printf(out, "the exchange rate %.*s %s; what is spent meanwhile is not seen",
               TEXT_ARG(view->slo->exchange.selector),
               whats[ledger_rate_at(view->unit->ledger, view->slot_ms).state]);
}

/* What is counted cannot be: whose it is, and why. */
static void describe_uncounted(const struct slo_view *view, struct buf *out)
{
    const struct ledger_uncounted *uncounted = ledger_uncounted(view->unit->ledger);
    buf_printf(out, "%s; what they stand for is unseen, not free", ledger_uncounted_text(uncounted));
    if (!uncounted->series)
        return;
    buf_puts(out, ": ");
    labels_print(uncounted->series, out);
}

static struct text describe(const struct slo_view *view, const struct burn_transition *transition,
                            struct arena *arena)
{
    const struct slo *slo = view->slo;
    struct buf out;
    buf_init(&out, SENTENCE_MAX);
    if (transition->event == BURN_RESOLVE) {
        buf_printf(&out, "over: %s", burn_reason_text(transition->reason));
    } else if (transition->reason == BURN_REASON_MISCONFIGURED && view->unit->refusal) {
        buf_printf(&out, "the source refuses what it counts by, and nothing of it is seen: %s",
                   view->unit->refusal);
    } else if (transition->reason == BURN_REASON_MISCONFIGURED && lacks_rate(view)) {
        describe_rate(view, &out);
    } else if (transition->reason == BURN_REASON_MISCONFIGURED &&
               ledger_uncounted(view->unit->ledger)->since_ms) {
        describe_uncounted(view, &out);
    } else if (transition->tier < 0 || transition->reason == BURN_REASON_DOWN) {
        buf_puts(&out, burn_reason_text(transition->reason));
    } else {
        const struct burn_sum *sum = &view->result->tiers[transition->tier].long_window;
        slo_measure_print(slo, sum, &out);
        buf_puts(&out, " in the last ");
        duration_print(slo->tiers[transition->tier].long_ms, &out);
    }
    buf_printf(&out, "; the objective is %.*s", TEXT_ARG(slo->objective));
    return take_text(&out, arena);
}

static struct text print_duration(int64_t ms, struct arena *arena)
{
    struct buf out;
    buf_init(&out, 64);
    duration_print(ms, &out);
    return take_text(&out, arena);
}

static struct text page_url(const struct slo_view *view, struct arena *arena)
{
    if (view->config->external_url.len == 0)
        return TEXT("");
    struct buf out;
    buf_init(&out, SENTENCE_MAX);
    buf_printf(&out, "%.*s/slo/%.*s", TEXT_ARG(view->config->external_url), TEXT_ARG(view->slo->id));
    return take_text(&out, arena);
}

static struct text amount_left(const struct slo *slo, const struct budget *budget, struct arena *arena)
{
    struct amount_form form = amount_form_of(slo);
    struct buf out;
    buf_init(&out, SENTENCE_MAX);
    amount_print_left(&form, (double)budget->left, (double)budget->allowed, &out);
    return take_text(&out, arena);
}

static void add_budget(const struct slo_view *view, const struct burn_transition *transition,
                       struct arena *arena, struct facts *facts)
{
    const struct slo *slo = view->slo;
    const struct group_budgets *budgets = &view->unit->budgets.at[view->group];
    if (slo->n_windows == 0 || budgets->as_of_ms == 0)
        return;
    const struct period *period = &budgets->periods[0];
    facts->has_budget = true;
    facts->budget_left = budgets->at[0].left_share;
    facts->budget_window = slo->windows[0].name;
    facts->budget_amount = amount_left(slo, &budgets->at[0], arena);
    if (transition->tier >= 0) {
        facts->burn_rate = view->result->tiers[transition->tier].long_rate;
        facts->burn_window = print_duration(slo->tiers[transition->tier].long_ms, arena);
    } else {
        facts->burn_rate = view->result->rate;
        facts->burn_window = print_duration(view->result->rate_window_ms, arena);
    }
    if (!isfinite(facts->burn_rate))
        facts->burn_rate = 0;
    int64_t gone = budget_exhausted_in_ms(&budgets->at[0], period->to_ms - period->from_ms, facts->burn_rate);
    facts->exhausted_in_ms = gone == INT64_MAX ? -1 : gone;
}

static void add_labels(const struct slo_view *view, const struct labels *group, struct arena *arena,
                       struct facts *facts)
{
    const struct labels *own = view->slo->labels;
    size_t n = (own ? own->len : 0) + (group ? group->len : 0);
    facts->labels = ARENA_ARRAY(arena, struct fact_pair, n + 2);
    facts->labels[facts->n_labels++] = (struct fact_pair){TEXT("service"), view->slo->service};
    facts->labels[facts->n_labels++] = (struct fact_pair){TEXT("slo"), view->slo->name};
    for (uint32_t i = 0; own && i < own->len; i++)
        facts->labels[facts->n_labels++] =
            (struct fact_pair){symbol_text(own->at[i].name), symbol_text(own->at[i].value)};
    for (uint32_t i = 0; group && i < group->len; i++)
        facts->labels[facts->n_labels++] =
            (struct fact_pair){text_copy(arena, symbol_text(group->at[i].name)),
                               text_copy(arena, symbol_text(group->at[i].value))};
}

static void add_links(const struct slo *slo, struct arena *arena, struct facts *facts)
{
    facts->links = ARENA_ARRAY(arena, struct fact_pair, slo->n_links);
    for (size_t i = 0; i < slo->n_links; i++)
        facts->links[facts->n_links++] = (struct fact_pair){slo->links[i].name, slo->links[i].url};
}

static struct text first_step(const struct slo *slo, struct arena *arena)
{
    struct buf out;
    buf_init(&out, SENTENCE_MAX);
    if (slo->runbook.len)
        buf_printf(&out, "open the runbook; then: sloburn explain %.*s", TEXT_ARG(slo->id));
    else
        buf_printf(&out, "sloburn explain %.*s", TEXT_ARG(slo->id));
    return take_text(&out, arena);
}

static enum fact_kind kind_of(enum burn_event event)
{
    return event == BURN_OPEN ? FACT_OPEN : event == BURN_RESOLVE ? FACT_RESOLVE : FACT_UPDATE;
}

void slo_facts(const struct slo_view *view, const struct burn_transition *transition,
               enum incident_class class, struct arena *arena, struct facts *facts)
{
    const struct slo *slo = view->slo;
    const struct labels *group = ledger_group_labels(view->unit->ledger, view->group);
    struct buf key;
    buf_init(&key, 512);
    incident_key_print(slo->id, group, class, transition->episode_ms, &key);
    *facts = (struct facts){.kind = kind_of(transition->event),
                            .incident = take_text(&key, arena),
                            .environment = slo->environment,
                            .service = slo->service,
                            .subject = slo->name,
                            .group = slo_group_text(group, arena),
                            .owner = slo->owner,
                            .class = class,
                            .severity = (enum severity)transition->severity,
                            .slot_ms = view->slot_ms,
                            .since_ms = transition->episode_ms,
                            .late = view->now_ms - view->slot_ms > 2 * view->config->evaluation_interval_ms,
                            .impact = slo->impact,
                            .runbook = config_link(view->config, slo->runbook, arena),
                            .exhausted_in_ms = -1};
    if (class == CLASS_TICKET && facts->severity < SEVERITY_P3)
        facts->severity = SEVERITY_P3;
    facts->what = describe(view, transition, arena);
    bool is_tier = transition->tier >= 0 && transition->reason != BURN_REASON_DOWN;
    facts->reason =
        is_tier ? slo->tiers[transition->tier].name : text_of(burn_reason_text(transition->reason));
    facts->resolved_ms = facts->kind == FACT_RESOLVE ? view->slot_ms : 0;
    facts->page = page_url(view, arena);
    facts->first_step = first_step(slo, arena);
    add_budget(view, transition, arena, facts);
    add_labels(view, group, arena, facts);
    add_links(slo, arena, facts);
}

struct text slo_facts_line(const struct facts *facts, struct arena *arena)
{
    struct buf out;
    buf_init(&out, SENTENCE_MAX);
    buf_printf(&out, "%.*s/%.*s", TEXT_ARG(facts->service), TEXT_ARG(facts->subject));
    if (facts->group.len)
        buf_printf(&out, " (%.*s)", TEXT_ARG(facts->group));
    buf_printf(&out, ": %.*s", TEXT_ARG(facts->what));
    return take_text(&out, arena);
}
