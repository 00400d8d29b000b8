/* composite: an SLO made of others. It counts nothing itself: its budget is made of its parts' budgets, as
 * shares, so that parts of any kind (requests, money, scores) go together. Weighted: the weighted mean of
 * what the parts have used of their budgets. Worst: the part that has used most. It pages for nothing: its
 * parts do. */
#ifndef SLOBURN_SLO_COMPOSITE_H
#define SLOBURN_SLO_COMPOSITE_H

#include "slo/budget.h"

enum { COMPOSITE_PARTS_MAX = 50 };

struct slo_part {
    struct text id; /* of the SLO: environment/service/name */
    int64_t weight; /* 1 to 1,000,000 */
    struct source_pos pos;
};

struct slo_composite {
    struct text environment;
    struct text service;
    struct text name;
    struct text id; /* in one space with the SLOs' */
    struct text owner;
    struct text summary;
    struct text impact;
    struct text runbook;
    bool worst; /* else weighted */
    const struct slo_part *parts;
    size_t n_parts;
    struct text file;
    struct source_pos pos;
};

struct composite_budget {
    double used_share; /* of its budget; above 1: overdrawn */
    double left_share;
    enum budget_state state; /* healthy above 25 % left, critical under 10, exhausted at 0 */
    /* Weighted: missed when more is used than there is; worst: when a part is missed. Met only if each part
     * is, whatever was not seen. */
    enum budget_verdict verdict;
    size_t worst; /* the part that contributes most */
    size_t known; /* parts that have a verdict; without any, the rest is 0 */
};

/* budgets[i] is that of parts[i], for the same period; NULL, or one of insufficient data, leaves the part
 * out. contributions[i] is what the part adds to used_share; of worst-of only the worst adds anything. */
struct composite_budget composite_compute(const struct slo_composite *composite,
                                          const struct budget *const budgets[], double contributions[]);

#endif
