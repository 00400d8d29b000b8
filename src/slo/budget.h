/* budget: what an SLO may spend over a compliance period, what it has spent, and the verdict. Exact: int64
 * sums and objectives in parts per billion, compared in 128 bits; doubles are for show.
 *
 * Two denominators. Attainment uses the units that were. The budget of an open calendar period uses the units
 * that the period is expected to have (forecast.h), so that the first failure of a month freezes nobody; a
 * rolling or closed period uses the units that were.
 *
 * Each minute is judged by the target of its time (dated_target.h): allowed is the sum of allowance x units
 * over the minutes, rounded once; what an open period still expects is the present target's. */
#ifndef SLOBURN_SLO_BUDGET_H
#define SLOBURN_SLO_BUDGET_H

#include "slo/dated_target.h"

enum budget_verdict {
    BUDGET_MET,          /* whatever the hidden units were */
    BUDGET_MET_SEEN,     /* on what was seen */
    BUDGET_MISSED,       /* on what was seen */
    BUDGET_INSUFFICIENT, /* nothing was counted */
};

const char *budget_verdict_text(enum budget_verdict verdict); /* "met", "met on what was seen", … */

enum budget_state { BUDGET_HEALTHY, BUDGET_WARNING, BUDGET_CRITICAL, BUDGET_EXHAUSTED };

const char *budget_state_text(enum budget_state state);

struct budget_input {
    struct window_sum sum; /* of the period so far */
    struct period period;  /* slo/calendar.h */
    int64_t now_ms;
    int64_t expected_units; /* of the whole period; used while a calendar period is open; -1: not known */
    int64_t first_minute;   /* of the SLO's history; INT64_MAX: none */
    /* Of a value of the fan-out: when it was first seen; 0: it is none. Before that it is known to have been
     * absent, so a verdict does not wait for it, but its history is told from here on. */
    int64_t value_minute;
    const struct dated_targets *targets; /* NULL or empty: the target never changed; else also: */
    struct earlier_allowed earlier;      /* of the period so far */
};

struct budget {
    int64_t units;
    int64_t spent;        /* clamped; in 1/scale */
    int64_t budget_units; /* what `allowed` was computed from */
    int64_t allowed;      /* in 1/scale, rounded down */
    int64_t allowed_now;  /* the same, were the target in force now that of all minutes */
    int64_t left;         /* allowed - spent; negative when overdrawn */
    double left_share;    /* left / allowed; 0 allowed: 1 with nothing spent, else -1 */
    double used_share;
    double attainment; /* share of good units; for means spent per unit in natural units; for totals spent */
    double attainment_low;  /* all hidden units bad */
    double attainment_high; /* all good */
    double coverage;        /* seen over expected target-minutes; 1 where nothing was expected */
    double estimated_share; /* of units */
    double history_share;   /* of the period so far that the history (of a value: its own) reaches back */
    int64_t history_minutes;
    enum budget_verdict verdict;
    enum budget_state state;
    bool clamped;   /* spent lay outside what units allow: see the ledger's notes */
    bool saturated; /* a sum went beyond int64 */
};

void budget_compute(const struct slo *slo, const struct budget_input *input, struct budget *budget);

/* spent <= allowance x units, exactly: the one inequality. */
bool budget_holds(const struct slo *slo, int64_t units, int64_t spent);
/* allowance x units in 1/scale, rounded down; saturates. */
int64_t budget_allowed(const struct slo *slo, int64_t units);

/* Milliseconds until the budget is gone if it burns on at `rate`, which is by the target in force now: what
 * is left x period / burn; INT64_MAX for never, 0 when it is gone. */
int64_t budget_exhausted_in_ms(const struct budget *budget, int64_t period_ms, double rate);

#endif
