/* input: what an SLO counts: terms, which are counters, or expressions. slo/definition.h tells how they add
 * up to units and spent. Immutable; lives in the arena of its configuration. */
#ifndef SLOBURN_SLO_INPUT_H
#define SLOBURN_SLO_INPUT_H

#include "base/err.h"
#include "promql/ast.h"

#include <stdbool.h>
#include <stdint.h>

/* SLO_HOLDS: the one expression of SLO_MINUTES. A minute holds when its result has a sample that is neither 0
 * nor NaN (per group: of the group's by: labels); a minute is one unit, and one that does not hold spends 1.
 */
enum slo_role { SLO_UNITS, SLO_SPENT, SLO_HOLDS };

/* A percentile's threshold between two bounds of its histogram: what lies between them is uncertain. It is
 * judged by the bound below, which makes all of it bad, or by the one above (slo/buckets.h). */
enum slo_between { BETWEEN_BAD, BETWEEN_GOOD };

/* A counter that is counted raw. */
struct slo_term {
    enum slo_role role;
    int64_t coefficient;     /* +1 or -1; a score's maximum for its _count */
    struct text selector;    /* canonical printed selector, where: added */
    const struct expr *expr; /* the same, parsed: EXPR_SELECTOR */
    bool scaled;             /* values are money or score: rounded to the SLO's scale before differencing */
    /* Of the term that counts what was within a percentile's threshold: the selector of all buckets, whatever
     * their bound. `selector` has those whose bound is the threshold. NULL: it counts no buckets. */
    const struct expr *buckets;
    struct source_pos pos;
};

/* An input that terms cannot express: any PromQL with $window, evaluated once a minute with $window = 5m and
 * marked estimated. */
struct slo_expression {
    enum slo_role role;
    struct text text;        /* canonical, where: added, $window still in it */
    const struct expr *expr; /* with $window = 5m */
    /* Its value times this is what the minute adds: 60 of a rate per second, 1/5 of what 5 minutes sum up; 1
     * of SLO_HOLDS. A result that is absent adds 0 to spent. */
    double per_minute;
    struct source_pos pos;
};

#endif
