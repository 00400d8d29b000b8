/* Advice on an SLO from the series that are alive. */
#include "engine/source_advice.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/labels.h"
#include "base/regex.h"
#include "slo/buckets.h"
#include "slo/slo_override.h"
#include "source/selector.h"
#include "source/source.h"

#include <math.h>

enum { VALUES_SHOWN = 5 };

static const char *const status_labels[] = {"code",        "status",           "status_code",
                                            "http_status", "http_status_code", "response_code",
                                            "grpc_code",   "outcome",          "result"};

struct advice {
    struct source *source;
    const struct slo *slo;
    int64_t at_ms;
    struct findings *findings;
    struct arena arena;
    struct label_table *table;
};

static bool live(struct advice *advice, const struct expr *selector, struct series_set *set, struct err *err)
{
    struct raw_result result;
    if (!source_live(advice->source, &selector, 1, advice->at_ms, advice->table, &advice->arena, &result,
                     err))
        return false;
    *set = result.sets[0];
    return true;
}

static bool tells_of(const struct slo *slo, const char *label)
{
    for (size_t i = 0; i < slo->n_terms; i++)
        for (size_t k = 0; k < slo->terms[i].expr->u.selector.n_matchers; k++)
            if (text_is(slo->terms[i].expr->u.selector.matchers[k].name, label))
                return true;
    return false;
}

/* What is bad may not have happened yet; whatever else is counted must be there. */
static bool must_match(const struct slo *slo, const struct slo_term *term)
{
    return slo->kind != SLO_EVENTS || (term->role == SLO_UNITS && term->coefficient > 0);
}

static void tell_nothing(struct advice *advice, const struct slo_term *term)
{
    const struct slo *slo = advice->slo;
    finding_add(advice->findings, FINDING_WARNING, "source/nothing", slo->file.at,
                term->pos.line ? term->pos : slo->pos, "%.*s matches nothing now", TEXT_ARG(term->selector));
    if (slo->kind == SLO_PERCENTILE && text_ends(selector_metric(&term->expr->u.selector), TEXT("_count")))
        finding_hint(advice->findings,
                     "queries are counted by the histogram's _count: without it nothing can be judged");
}

struct bounds {
    double below; /* the greatest bound under the threshold; -Inf: none */
    double above; /* the least above it, +Inf counted; NaN: none */
    bool exact;
    bool infinite;
};

static struct bounds bounds_of(const struct series_set *buckets, double threshold)
{
    struct bounds bounds = {.below = -INFINITY, .above = NAN};
    for (size_t i = 0; i < buckets->len; i++) {
        double bound = bucket_bound(labels_value(buckets->at[i].labels, TEXT("le")));
        bounds.infinite = bounds.infinite || isinf(bound);
        bounds.exact = bounds.exact || bound == threshold;
        if (bound < threshold && bound > bounds.below)
            bounds.below = bound;
        if (bound > threshold && !(bound >= bounds.above))
            bounds.above = bound;
    }
    return bounds;
}

/* Which neighbour judges instead. */
static void put_judge(const struct slo *slo, const struct bounds *bounds, struct buf *out)
{
    bool good = slo->between == BETWEEN_GOOD;
    double judge = good ? bounds->above : bounds->below;
    if (isfinite(judge))
        buf_printf(out, "; it is judged by %.10g, so that what lies between counts as %s", judge,
                   good ? "good" : "bad");
    else
        buf_printf(out, "; without one %s it nothing can be judged", good ? "above" : "below");
}

static void tell_missing_bound(struct advice *advice, const struct bounds *bounds)
{
    const struct slo *slo = advice->slo;
    struct buf near;
    buf_init(&near, 512);
    if (isfinite(bounds->below))
        buf_printf(&near, "%.10g", bounds->below);
    if (isfinite(bounds->above))
        buf_printf(&near, "%s%.10g", near.len ? " and " : "", bounds->above);
    bool several = isfinite(bounds->below) && isfinite(bounds->above);
    if (near.len) {
        struct text bound = text_copy(&advice->arena, buf_text(&near));
        buf_clear(&near);
        buf_printf(&near, ", the nearest bound%s %.*s", several ? "s are" : " is", TEXT_ARG(bound));
    }
    put_judge(slo, bounds, &near);
    finding_add(advice->findings, FINDING_WARNING, "source/bucket", slo->file.at, slo->pos,
                "%.*s: the histogram has no bucket le=\"%.10g\"%s", TEXT_ARG(slo->name), slo->bound,
                buf_cstring(&near));
    finding_hint(advice->findings, "add the bound to the histogram, or set the objective at one it has");
    buf_finish(&near);
}

static bool advise_buckets(struct advice *advice, const struct slo_term *term, struct err *err)
{
    struct series_set buckets;
    const struct slo *slo = advice->slo;
    if (!live(advice, term->buckets, &buckets, err))
        return false;
    if (!buckets.len) {
        tell_nothing(advice, term);
        return true;
    }
    struct bounds bounds = bounds_of(&buckets, slo->bound);
    if (!bounds.exact)
        tell_missing_bound(advice, &bounds);
    if (!bounds.infinite) {
        finding_add(advice->findings, FINDING_WARNING, "source/infinity", slo->file.at, slo->pos,
                    "%.*s: the histogram has no bucket le=\"+Inf\": something drops it", TEXT_ARG(slo->name));
        finding_hint(advice->findings, "no figure here needs it, since queries are counted by _count; but "
                                       "histogram_quantile gives NaN without it");
    }
    return true;
}

/* Appends the label's distinct values, a few of them; returns how many there are. */
static size_t print_values(const struct series_set *set, const char *label, struct buf *out)
{
    size_t n = 0;
    for (size_t i = 0; i < set->len; i++) {
        struct text value = labels_value(set->at[i].labels, text_of(label));
        bool met = value.len == 0;
        for (size_t k = 0; k < i && !met; k++)
            met = text_eq(labels_value(set->at[k].labels, text_of(label)), value);
        if (!met && n++ < VALUES_SHOWN)
            buf_printf(out, "%s%.*s", n > 1 ? ", " : "", TEXT_ARG(value));
    }
    return n;
}

static void advise_status(struct advice *advice, const struct series_set *counts)
{
    const struct slo *slo = advice->slo;
    for (size_t i = 0; i < sizeof status_labels / sizeof status_labels[0]; i++) {
        struct buf values;
        if (tells_of(slo, status_labels[i]))
            continue;
        buf_init(&values, 4096);
        if (print_values(counts, status_labels[i], &values)) {
            finding_add(
                advice->findings, FINDING_WARNING, "source/status", slo->file.at, slo->pos,
                "%.*s: the histogram has the label %s (%s), and nothing says how failed queries count",
                TEXT_ARG(slo->name), status_labels[i], buf_cstring(&values));
            finding_hint(advice->findings, "except: leaves them out, failed: bad counts them as bad");
        }
        buf_finish(&values);
    }
}

static bool any_has(const struct series_set *set, struct text label, const struct text *value)
{
    for (size_t i = 0; i < set->len; i++) {
        struct text there = labels_value(set->at[i].labels, label);
        if (value ? text_eq(there, *value) : there.len > 0)
            return true;
    }
    return false;
}

/* A matcher that a series without its label cannot pass. */
static bool wants_label(const struct matcher *m)
{
    return (m->op == MATCH_EQ && m->value.len) ||
           (m->op == MATCH_RE && !regex_matches(m->regex, TEXT(""), NULL));
}

/* A bad part that can never match, since the counter's series lack a label that it asks for. */
static void advise_part(struct advice *advice, const struct slo_term *part, struct text metric,
                        const struct series_set *units)
{
    const struct expr_selector *s = &part->expr->u.selector;
    const struct slo *slo = advice->slo;
    if (!text_eq(selector_metric(s), metric))
        return;
    for (size_t i = 0; i < s->n_matchers; i++) {
        const struct matcher *m = &s->matchers[i];
        if (text_is(m->name, "__name__") || !wants_label(m) || any_has(units, m->name, NULL))
            continue;
        finding_add(advice->findings, FINDING_WARNING, "source/label", slo->file.at,
                    part->pos.line ? part->pos : slo->pos,
                    "%.*s matches nothing: no series of %.*s has the label %.*s now",
                    TEXT_ARG(part->selector), TEXT_ARG(metric), TEXT_ARG(m->name));
    }
}

static void advise_overrides(struct advice *advice, const struct series_set *units)
{
    const struct slo *slo = advice->slo;
    for (size_t i = 0; i < slo->n_overrides; i++)
        for (size_t k = 0; k < slo->overrides[i].n_matchers; k++) {
            const struct matcher *m = &slo->overrides[i].matchers[k];
            if (m->op == MATCH_EQ && !any_has(units, m->name, &m->value))
                finding_add(advice->findings, FINDING_WARNING, "source/label", slo->file.at,
                            slo->overrides[i].pos,
                            "%.*s: an override is for %.*s=\"%.*s\", which no series has now",
                            TEXT_ARG(slo->name), TEXT_ARG(m->name), TEXT_ARG(m->value));
        }
}

/* Labels that the file asks for and the counted series do not have. */
static void advise_labels(struct advice *advice, const struct slo_term *term, const struct series_set *units)
{
    const struct slo *slo = advice->slo;
    struct text metric = selector_metric(&term->expr->u.selector);
    bool grouped = true;
    for (size_t i = 0; i < slo->n_by; i++) {
        if (any_has(units, slo->by[i], NULL))
            continue;
        grouped = false;
        finding_add(advice->findings, FINDING_WARNING, "source/label", slo->file.at, slo->pos,
                    "%.*s: no series of %.*s has the label %.*s, by which it is grouped, now",
                    TEXT_ARG(slo->name), TEXT_ARG(metric), TEXT_ARG(slo->by[i]));
    }
    if (grouped)
        advise_overrides(advice, units);
    for (size_t i = 0; i < slo->n_terms; i++)
        if (slo->terms[i].role == SLO_SPENT && slo->kind == SLO_EVENTS)
            advise_part(advice, &slo->terms[i], metric, units);
}

static bool advise_term(struct advice *advice, const struct slo_term *term, struct err *err)
{
    struct series_set set;
    struct text metric = selector_metric(&term->expr->u.selector);
    if (term->buckets)
        return advise_buckets(advice, term, err);
    if (!live(advice, term->expr, &set, err))
        return false;
    if (!set.len && must_match(advice->slo, term))
        tell_nothing(advice, term);
    if (term->role == SLO_UNITS && set.len)
        advise_labels(advice, term, &set);
    if (term->role == SLO_UNITS && text_ends(metric, TEXT("_count")) && advice->slo->kind == SLO_PERCENTILE)
        advise_status(advice, &set);
    return true;
}

/* Whether one series gives a rate now. */
static bool advise_rate(struct advice *advice, struct err *err)
{
    const struct slo *slo = advice->slo;
    struct series_set set;
    if (!live(advice, slo->exchange.series, &set, err))
        return false;
    if (!set.len)
        finding_add(advice->findings, FINDING_WARNING, "source/rate", slo->file.at, slo->pos,
                    "%.*s: the exchange rate %.*s matches nothing now; without a rate nothing is counted",
                    TEXT_ARG(slo->name), TEXT_ARG(slo->exchange.selector));
    for (size_t i = 0; i < set.len; i++) {
        double rate = set.at[i].len ? set.at[i].values[set.at[i].len - 1] : 0;
        if (isfinite(rate) && rate > 0)
            continue;
        finding_add(advice->findings, FINDING_WARNING, "source/rate", slo->file.at, slo->pos,
                    "%.*s: the exchange rate %.*s is %g now; it must be above 0", TEXT_ARG(slo->name),
                    TEXT_ARG(slo->exchange.selector), rate);
    }
    if (set.len > 1) {
        finding_add(advice->findings, FINDING_WARNING, "source/rate", slo->file.at, slo->pos,
                    "%.*s: the exchange rate %.*s gives %zu series", TEXT_ARG(slo->name),
                    TEXT_ARG(slo->exchange.selector), set.len);
        finding_hint(advice->findings, "it is taken only if they are replicas or targets of one; add "
                                       "matchers until one is left");
    }
    return true;
}

static bool asked_before(const struct slo *slo, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (text_eq(slo->terms[k].selector, slo->terms[i].selector))
            return true;
    return false;
}

bool source_advise(struct source *source, const struct slo *slo, int64_t at_ms, struct findings *findings,
                   struct err *err)
{
    struct advice advice = {
        .source = source, .slo = slo, .at_ms = at_ms, .findings = findings, .table = label_table_new(NULL)};
    bool answered = true;
    arena_init(&advice.arena, 0);
    if (slo->exchange.series)
        answered = advise_rate(&advice, err);
    for (size_t i = 0; i < slo->n_terms && answered; i++)
        answered = asked_before(slo, i) || advise_term(&advice, &slo->terms[i], err);
    label_table_free(advice.table);
    arena_finish(&advice.arena);
    return answered;
}
