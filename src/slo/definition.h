/* definition: what an SLO is, after its file has been read, checked and resolved. Immutable; lives in the
 * arena of its configuration.
 *
 * Whatever it measures, an SLO is one inequality: spent <= allowance x units (docs/ledger.md). Its inputs are
 * *terms*: counters whose increments, each times a coefficient, add up to units and to spent. So an event
 * SLO, a percentile of a histogram, a mean cost and a mean score are counted by the same code:
 *
 *   99.5%                 units = total         spent = bad            (or total - good)
 *   p95 <= 4s             units = _count        spent = _count - _bucket{le="4"}
 *   mean <= 10 KRW        units = count         spent = sum
 *   mean >= 0.85 of 1     units = _count        spent = 1 x _count - _sum
 *   99% of minutes        an expression each minute: one unit, spent 0 or 1
 *   total <= X per month  units = minutes of the month; spent = sum
 *
 * Units are whole events; spent is whole events too, or 1/scale of the money or score. */
#ifndef SLOBURN_SLO_DEFINITION_H
#define SLOBURN_SLO_DEFINITION_H

#include "base/digest.h"
#include "base/err.h"
#include "slo/exchange.h"
#include "slo/input.h"
#include "slo/window.h"

#include <stdbool.h>
#include <stdint.h>

struct slo_policy;   /* slo/policy.h */
struct slo_override; /* slo/slo_override.h */
struct slo_composite;

enum slo_kind {
    SLO_EVENTS,     /* 99.5% */
    SLO_PERCENTILE, /* p95 <= 4s */
    SLO_MEAN,       /* mean <= 10 KRW */
    SLO_SCORE,      /* mean >= 0.85 of 1 */
    SLO_MINUTES,    /* 99% of minutes, when: EXPR */
    SLO_TOTAL,      /* total <= 3,000,000 KRW per month */
};

/* One tier of burn-rate alerting, its rate already adapted to the SLO (DESIGN.md, "Burn-rate alerts"). */
struct slo_tier {
    struct text name; /* outage, fast, slow, drift, trend */
    int64_t long_ms;
    int64_t short_ms;
    int64_t rate_billionths; /* burn rate x 10^9; for outage: the burn rate that its share of bad units is */
    int severity;            /* 1..4: P1, P2 page; P3 ticket; P4 info */
    bool page;
    bool outage; /* the outage tier: the same for every period */
    /* Bad units needed in the long window, else "insufficient data"; 0: none needed. Of the outage tier of
     * SLO_TOTAL: bad minutes, of those in the long window. */
    int64_t min_spent;
    int64_t min_units; /* units needed instead, for means and scores; 0: none needed */
};

enum { SLO_TIERS_MAX = 12, SLO_WINDOWS_MAX = 6, SLO_BY_MAX = 4, SLO_TARGET_MAX = 4 };

struct slo_link {
    struct text name;
    struct text url;
};

/* A credit band of a contract: attainment below `below` (a share, or a score) gives `credit` (a share of the
 * bill). Billionths. */
struct sla_band {
    int64_t below;
    int64_t credit;
};

struct slo {
    struct text environment;
    struct text service;
    struct text name; /* among several objectives of one SLO: name-p50, name-p95 */
    struct text id;   /* "prod/rag-api/availability" */
    struct text was;  /* earlier id, "" if none */
    struct text owner;

    enum slo_kind kind;
    struct text objective;     /* the sentence as written: "p95 <= 4s" */
    int64_t target_billionths; /* 0.995; 0.95; 10; 0.85; 0.99; the ceiling */
    /* Of spent (in its natural unit) per unit: 0.005; 0.05; 10; 0.15; 0.01. SLO_TOTAL: the ceiling over the
     * minutes of a nominal period (a month of 30 days), for burn rates; the allowance of a whole period is
     * the ceiling itself. */
    int64_t allowance_billionths;
    int64_t scale;     /* spent is counted in 1/scale: 1 for events and minutes, 10^6 for money, scores */
    int64_t range_min; /* SLO_SCORE: the worst score: 0, or 1 of "of 1..5"; else 0 */
    int64_t range_max; /* SLO_SCORE: "of 1" is 1; else 0 */
    double bound;      /* SLO_PERCENTILE: the threshold in the histogram's unit; else 0 */
    enum slo_between between;
    struct text unit;      /* what a unit is called: request, query, event, minute */
    struct text currency;  /* of spent: "KRW", …; "" if it is no money */
    struct text time_unit; /* of a mean, a total or a bound that is a time: what the metric counts it in, "s"
                            * or "ms"; else "" */
    struct slo_exchange exchange;

    const struct slo_term *terms;
    size_t n_terms;
    const struct slo_expression *expressions; /* then n_terms is 0 */
    size_t n_expressions;
    /* Selector of `up` for its targets, built from those matchers that all terms share and that `up` can
     * carry (job, instance and equality on labels named in targets:); tells down from idle. A bare `up`,
     * where they share none, also selects strangers: of these only targets that have given a term's series
     * are the SLO's. NULL where there are no terms. */
    const struct expr *up_expr;
    struct text up_selector;

    struct text by[SLO_BY_MAX]; /* fan-out labels, e.g. tenant: a child per value, all of them the parent */
    size_t n_by;
    size_t max_groups; /* cap of the fan-out */
    /* Labels that tell one target from another: job and instance unless said otherwise. Not part of the
     * generation: another choice changes which minutes are seen from then on, not what is counted. */
    struct text target[SLO_TARGET_MAX];
    size_t n_target;

    struct slo_window windows[SLO_WINDOWS_MAX]; /* the first drives alerts and policy */
    size_t n_windows;
    struct slo_tier tiers[SLO_TIERS_MAX]; /* in the order of the table: outage first */
    size_t n_tiers;

    bool when_down_bad; /* when_down: bad */
    struct text impact;
    struct text summary;
    struct text runbook; /* URL */
    struct slo_link *links;
    size_t n_links;
    const struct labels *labels; /* extra labels of its alerts; NULL if none */
    const struct sla_band *sla;  /* falling */
    size_t n_sla;
    const struct slo_policy *policy;      /* NULL: the default */
    const struct slo_override *overrides; /* use slo_for_group (slo/slo_override.h) */
    size_t n_overrides;

    struct text file;
    struct source_pos pos;
    /* Digest of canonical queries, kind, bound, grouping and scale: a change starts a new generation of the
     * ledger, refilled from history. Target and windows are not part of it. */
    struct digest generation;
};

struct slo_list {
    const struct slo *at;
    size_t len;
    const struct slo_composite *composites; /* slo/composite.h */
    size_t n_composites;
};

#endif
