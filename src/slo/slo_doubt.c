/* What the selectors of an SLO show by themselves: ones that nothing can match, a bad part that is the whole
 * or more than the whole, groups that are all good or all bad. No sample is looked at (`check --source` does
 * that). */
#include "base/buf.h"
#include "promql/matcher.h"
#include "slo/slo_reader.h"

const char *slo_match_op_text(enum match_op op)
{
    static const char *const texts[] = {
        [MATCH_EQ] = "=", [MATCH_NE] = "!=", [MATCH_RE] = "=~", [MATCH_NRE] = "!~"};
    return texts[op];
}

static void warn(const struct slo *slo, const struct slo_term *term, struct findings *findings,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

static void warn(const struct slo *slo, const struct slo_term *term, struct findings *findings,
                 const char *format, ...)
{
    struct err err = {0};
    va_list args;
    va_start(args, format);
    err_write_list(&err, ERR_INPUT, term->pos, format, args);
    va_end(args);
    finding_add(findings, FINDING_WARNING, "slo/selector", slo->file.at, err.pos, "%.*s: %s",
                TEXT_ARG(slo->name), err.message);
}

/* code="200" beside code=~"5..": where: often adds the one to the other. */
static void warn_of_contradiction(const struct slo *slo, const struct slo_term *term,
                                  struct findings *findings)
{
    const struct expr_selector *s = &term->expr->u.selector;
    for (size_t i = 0; i < s->n_matchers; i++)
        for (size_t k = 0; k < s->n_matchers; k++) {
            const struct matcher *fixed = &s->matchers[i], *other = &s->matchers[k];
            if (fixed->op != MATCH_EQ || (other->op == MATCH_EQ && k < i) ||
                !text_eq(fixed->name, other->name) || matcher_matches_value(other, fixed->value))
                continue;
            warn(slo, term, findings, "nothing has both %.*s=\"%.*s\" and %.*s%s\"%.*s\"",
                 TEXT_ARG(fixed->name), TEXT_ARG(fixed->value), TEXT_ARG(other->name),
                 slo_match_op_text(other->op), TEXT_ARG(other->value));
            return;
        }
}

static bool has_label(const struct slo_term *term, struct text name)
{
    const struct expr_selector *s = &term->expr->u.selector;
    for (size_t i = 0; i < s->n_matchers; i++)
        if (text_eq(s->matchers[i].name, name))
            return true;
    return false;
}

/* The part counts what the total leaves out: then it can be more than the whole. */
static void warn_of_strangers(const struct slo *slo, const struct slo_term *total,
                              const struct slo_term *part, struct findings *findings)
{
    const struct expr_selector *s = &total->expr->u.selector;
    if (!text_eq(slo_selector_name(total->expr), slo_selector_name(part->expr)))
        return;
    for (size_t i = 0; i < s->n_matchers; i++) {
        const struct matcher *m = &s->matchers[i];
        if (has_label(part, m->name))
            continue;
        warn(slo, part, findings, "%.*s is not a part of %.*s, which is narrower by %.*s",
             TEXT_ARG(part->selector), TEXT_ARG(total->selector), TEXT_ARG(m->name));
        return;
    }
}

static void warn_of_telling_group(const struct slo *slo, const struct slo_term *total,
                                  const struct slo_term *part, struct findings *findings)
{
    for (size_t i = 0; i < slo->n_by; i++)
        if (has_label(part, slo->by[i]) && !has_label(total, slo->by[i]))
            warn(slo, part, findings,
                 "by: %.*s tells bad from good, so each of its values is all bad or all good",
                 TEXT_ARG(slo->by[i]));
}

/* Gauges of 0 and 1 that everybody has: their increments say nothing. */
static void warn_of_gauge(const struct slo *slo, const struct slo_term *term, struct findings *findings)
{
    struct text name = slo_selector_name(term->expr);
    if (!text_is(name, "up") && !text_is(name, "probe_success"))
        return;
    warn(slo, term, findings, "%.*s is a gauge, and counters are counted", TEXT_ARG(name));
    finding_hint(findings, "objective: 99.9%% of minutes, with when: min(%.*s{…})", TEXT_ARG(name));
}

/* units = total, spent = bad, or total - good: as slo_source.c lays them out. */
static void look_at_events(const struct slo *slo, struct findings *findings)
{
    if (slo->n_terms < 2 || slo->n_terms > 3) /* a query that is estimated has none */
        return;
    bool good = slo->n_terms == 3;
    const struct slo_term *total = &slo->terms[0], *part = &slo->terms[slo->n_terms - 1];
    if (total->role != SLO_UNITS || part->role != SLO_SPENT || slo->terms[1].role != SLO_SPENT ||
        part->coefficient != (good ? -1 : 1))
        return;
    if (text_eq(total->selector, part->selector)) {
        warn(slo, part, findings, "%s selects all that total selects: everything is %s",
             good ? "good" : "bad", good ? "good" : "bad");
        return;
    }
    warn_of_strangers(slo, total, part, findings);
    warn_of_telling_group(slo, total, part, findings);
}

void slo_advise_selectors(const struct slo *slo, struct findings *findings)
{
    size_t before = findings->warnings;
    for (size_t i = 0; i < slo->n_terms && findings->warnings == before; i++)
        warn_of_contradiction(slo, &slo->terms[i], findings);
    for (size_t i = 0; i < slo->n_terms && findings->warnings == before; i++)
        warn_of_gauge(slo, &slo->terms[i], findings);
    if (slo->kind == SLO_EVENTS && findings->warnings == before)
        look_at_events(slo, findings);
}
