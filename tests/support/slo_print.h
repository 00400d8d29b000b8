/* slo_print: a definition as text, for cases. */
#ifndef SLOBURN_TESTS_SLO_PRINT_H
#define SLOBURN_TESTS_SLO_PRINT_H

#include "base/buf.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "base/labels.h"
#include "base/timezone.h"
#include "slo/composite.h"
#include "slo/policy.h"
#include "slo/slo_override.h"

static void slo_print_text(const char *name, struct text t, struct buf *out)
{
    if (t.len)
        buf_printf(out, "  %s: %.*s\n", name, TEXT_ARG(t));
}

static void slo_print_decimal(const char *name, int64_t billionths, struct buf *out)
{
    buf_printf(out, " %s ", name);
    decimal_print(billionths, out);
}

static void slo_print_source(const struct slo *slo, struct buf *out)
{
    static const char *const roles[] = {"units", "spent", "holds"};
    for (size_t i = 0; i < slo->n_terms; i++) {
        const struct slo_term *t = &slo->terms[i];
        buf_printf(out, "  %s %+lld x %.*s%s\n", roles[t->role], (long long)t->coefficient,
                   TEXT_ARG(t->selector), t->scaled ? " (scaled)" : "");
    }
    for (size_t i = 0; i < slo->n_expressions; i++) {
        const struct slo_expression *e = &slo->expressions[i];
        buf_printf(out, "  %s %g x %.*s\n", roles[e->role], e->per_minute, TEXT_ARG(e->text));
    }
    slo_print_text("up", slo->up_selector, out);
}

static void slo_print_tiers(const struct slo *slo, struct buf *out)
{
    for (size_t i = 0; i < slo->n_tiers; i++) {
        const struct slo_tier *t = &slo->tiers[i];
        buf_printf(out, "  tier %.*s ", TEXT_ARG(t->name));
        duration_print(t->long_ms, out);
        buf_putc(out, '/');
        duration_print(t->short_ms, out);
        slo_print_decimal("rate", t->rate_billionths, out);
        buf_printf(out, " P%d %s", t->severity, t->page ? "page" : "ticket");
        if (t->min_spent)
            buf_printf(out, " bad %lld", (long long)t->min_spent);
        if (t->min_units)
            buf_printf(out, " units %lld", (long long)t->min_units);
        buf_putc(out, '\n');
    }
}

static void slo_print_trigger(const char *name, const struct policy_trigger *t, struct buf *out)
{
    struct text tier = t->is_tier ? t->tier : text_of(budget_state_text(t->state));
    buf_printf(out, " %s %s%.*s", name, t->is_tier ? "tier " : "", TEXT_ARG(tier));
}

static void slo_print_policy(const struct slo_policy *policy, struct buf *out)
{
    buf_printf(out, "  policy warning %d critical %d\n", policy->warning_percent, policy->critical_percent);
    for (size_t i = 0; i < policy->n_actions; i++) {
        const struct policy_action *a = &policy->actions[i];
        buf_printf(out, "  action %.*s", TEXT_ARG(a->name));
        slo_print_trigger("when", &a->when, out);
        slo_print_trigger("until", &a->until, out);
        buf_printf(out, " %d a day: %.*s \"%.*s\"", a->per_day, TEXT_ARG(a->url), TEXT_ARG(a->body));
        if (a->undo_url.len)
            buf_printf(out, " undo %.*s \"%.*s\"", TEXT_ARG(a->undo_url), TEXT_ARG(a->undo_body));
        buf_putc(out, '\n');
    }
}

static void slo_print_contract(const struct slo *slo, struct buf *out)
{
    slo_print_text("was", slo->was, out);
    for (size_t i = 0; i < slo->n_sla; i++) {
        buf_puts(out, "  sla");
        slo_print_decimal("below", slo->sla[i].below, out);
        slo_print_decimal("credit", slo->sla[i].credit, out);
        buf_putc(out, '\n');
    }
    if (slo->exchange.series)
        buf_printf(out, "  %.*s to %.*s by %.*s at most %lld min old\n", TEXT_ARG(slo->exchange.counted),
                   TEXT_ARG(slo->exchange.stated), TEXT_ARG(slo->exchange.selector),
                   (long long)(slo->exchange.max_age_ms / MINUTE_MS));
    if (slo->exchange.rate_billionths) {
        buf_printf(out, "  stated in %.*s on %.*s", TEXT_ARG(slo->exchange.stated),
                   TEXT_ARG(slo->exchange.date));
        slo_print_decimal("at", slo->exchange.rate_billionths, out);
        buf_putc(out, '\n');
    }
    if (slo->policy)
        slo_print_policy(slo->policy, out);
}

static void slo_print_composite(const struct slo_composite *c, struct buf *out)
{
    buf_printf(out, "%.*s: %s of", TEXT_ARG(c->id), c->worst ? "worst" : "weighted");
    for (size_t i = 0; i < c->n_parts; i++)
        buf_printf(out, " %lld x %.*s", (long long)c->parts[i].weight, TEXT_ARG(c->parts[i].id));
    buf_putc(out, '\n');
    slo_print_text("owner", c->owner, out);
}

static void slo_print_definition(const struct slo *slo, struct buf *out)
{
    static const char *const kinds[] = {"events", "percentile", "mean", "score", "minutes", "total"};
    buf_printf(out, "%.*s: %s, %.*s:", TEXT_ARG(slo->id), kinds[slo->kind], TEXT_ARG(slo->objective));
    slo_print_decimal("target", slo->target_billionths, out);
    slo_print_decimal("allowance", slo->allowance_billionths, out);
    if (slo->bound > 0)
        buf_printf(out, " bound %g", slo->bound);
    buf_printf(out, " unit %.*s", TEXT_ARG(slo->unit));
    if (slo->currency.len)
        buf_printf(out, " currency %.*s", TEXT_ARG(slo->currency));
    buf_putc(out, '\n');
    slo_print_source(slo, out);
    for (size_t i = 0; i < slo->n_by; i++)
        slo_print_text("by", slo->by[i], out);
    bool usual = slo->n_target == 2 && text_is(slo->target[0], "job") && text_is(slo->target[1], "instance");
    for (size_t i = 0; i < slo->n_target && !usual; i++)
        slo_print_text("target", slo->target[i], out);
    for (size_t i = 0; i < slo->n_windows; i++)
        slo_print_text("window", slo->windows[i].name, out);
    slo_print_tiers(slo, out);
    slo_print_text("owner", slo->owner, out);
    slo_print_text("summary", slo->summary, out);
    slo_print_text("impact", slo->impact, out);
    slo_print_text("runbook", slo->runbook, out);
    for (size_t i = 0; i < slo->n_links; i++)
        buf_printf(out, "  link %.*s: %.*s\n", TEXT_ARG(slo->links[i].name), TEXT_ARG(slo->links[i].url));
    if (slo->labels) {
        buf_puts(out, "  labels: ");
        labels_print(slo->labels, out);
        buf_putc(out, '\n');
    }
    slo_print_contract(slo, out);
    if (slo->when_down_bad)
        buf_puts(out, "  down minutes are bad\n");
    for (size_t i = 0; i < slo->n_overrides; i++) {
        buf_printf(out, "override %.*s for ", TEXT_ARG(slo->name));
        for (size_t k = 0; k < slo->overrides[i].n_matchers; k++)
            buf_printf(out, "%.*s \"%.*s\" ", TEXT_ARG(slo->overrides[i].matchers[k].name),
                       TEXT_ARG(slo->overrides[i].matchers[k].value));
        slo_print_definition(slo->overrides[i].slo, out);
    }
}

#endif
