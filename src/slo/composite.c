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
    return out;
}
