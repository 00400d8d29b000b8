/* Budgets of composites. */
#include "slo/composite.h"

#include <assert.h>

static bool is_known(const struct budget *budget)
{
    return budget && budget->verdict != BUDGET_INSUFFICIENT;
}

static enum budget_state state_of(double left)
{
    if (left <= 0)
        return BUDGET_EXHAUSTED;
    return left < 0.10 ? BUDGET_CRITICAL : left <= 0.25 ? BUDGET_WARNING : BUDGET_HEALTHY;
}

static enum budget_verdict verdict_of(const struct slo_composite *composite,
                                      const struct budget *const budgets[],
                                      const struct composite_budget *out)
{
    bool sure = out->known == composite->n_parts, missed = false, overdrawn = false;
    if (!out->known)
        return BUDGET_INSUFFICIENT;
    for (size_t i = 0; i < composite->n_parts; i++) {
        if (!is_known(budgets[i]))
            continue;
        sure = sure && budgets[i]->verdict == BUDGET_MET;
        missed = missed || budgets[i]->verdict == BUDGET_MISSED;
        overdrawn = overdrawn || budgets[i]->used_share > 1; /* else a sum above 1 is rounding */
    }
    if (composite->worst ? missed : overdrawn && out->used_share > 1)
        return BUDGET_MISSED;
    return sure ? BUDGET_MET : BUDGET_MET_SEEN;
}

struct composite_budget composite_compute(const struct slo_composite *composite,
                                          const struct budget *const budgets[], double contributions[])
{
    struct composite_budget out = {.left_share = 1};
    double weights = 0;
    assert(composite->n_parts <= COMPOSITE_PARTS_MAX);
    for (size_t i = 0; i < composite->n_parts; i++)
        if (is_known(budgets[i]))
            weights += composite->worst ? 1 : (double)composite->parts[i].weight;
    for (size_t i = 0; i < composite->n_parts; i++) {
        contributions[i] = 0;
        if (!is_known(budgets[i]))
            continue;
        double weight = composite->worst ? 1 : (double)composite->parts[i].weight / weights;
        contributions[i] = weight * budgets[i]->used_share;
        if (!out.known++ || contributions[i] > contributions[out.worst])
            out.worst = i;
    }
    for (size_t i = 0; i < composite->n_parts; i++) {
        if (composite->worst && i != out.worst)
            contributions[i] = 0;
        out.used_share += contributions[i];
    }
    out.left_share = 1 - out.used_share;
    out.state = state_of(out.left_share);
    out.verdict = verdict_of(composite, budgets, &out);
    return out;
}
