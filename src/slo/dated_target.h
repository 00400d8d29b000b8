/* dated_target: which target was in force when. A minute is judged by the target of its time: an objective
 * that is tightened judges new minutes alone.
 *
 * What a window allows is the sum over its minutes of allowance x units, exactly. The allowance of a group's
 * definition is the one in force now; what is kept apart is how much more (or less) the minutes of earlier
 * targets are allowed than it would allow them, `struct earlier_allowed`: nothing where no target changed.
 * Pure. */
#ifndef SLOBURN_SLO_DATED_TARGET_H
#define SLOBURN_SLO_DATED_TARGET_H

#include "slo/calendar.h"
#include "slo/minutes.h"

/* Of a group. At one more the two oldest become one. */
enum { DATED_TARGETS_MAX = 64 };

struct dated_target {
    int64_t from_minute; /* of the first: when it was noted; it holds for all minutes before the second's */
    int64_t target_billionths;
    int64_t allowance_billionths;
    int64_t period_minutes; /* SLO_TOTAL: of the nominal period that the target is for */
    struct text objective;  /* as written; the list's own */
};

/* Rising; the last is in force now and is the definition's own. Empty: the target never changed. */
struct dated_targets {
    struct dated_target *at;
    size_t len;
    size_t cap;
};

/* The definition's own, as valid from a minute on; borrows its objective. */
struct dated_target dated_target_of(const struct slo *slo, int64_t from_minute);
/* May the two stand for one another? Whatever the objective's wording. */
bool dated_target_same(const struct dated_target *a, const struct dated_target *b);

/* Copies the objective. One that is the same as the last only gives it its wording. */
void dated_targets_add(struct dated_targets *targets, const struct dated_target *target);
/* Empty, where there is but one. */
void dated_targets_trim(struct dated_targets *targets);
void dated_targets_finish(struct dated_targets *targets);

/* Those of [from, to) that the i-th judges; empty (to <= from) for none. */
struct minute_span dated_target_minutes(const struct dated_targets *targets, size_t i, int64_t from_minute,
                                        int64_t to_minute);
/* The target of a minute; NULL: the definition's own. */
const struct dated_target *dated_target_at(const struct dated_targets *targets, int64_t minute);

/* Sums of (allowance of the minute - allowance now) x its units, in billionths. */
struct earlier_allowed {
    __int128 units;
    __int128 hidden;
};

/* Adds what a part of a window that `target` judges has. */
void earlier_allowed_add(struct earlier_allowed *earlier, const struct slo *slo,
                         const struct dated_target *target, const struct window_sum *part);
/* Of [from, to) less the excluded spans, as window_sum_over. The source must have the blobs of days in which
 * a target changed: ask for dated_target_minutes' spans. */
NODISCARD bool earlier_allowed_over(const struct dated_targets *targets, const struct slo *slo,
                                    const struct window_source *source, const struct minute_span *window,
                                    const struct minute_span *excluded, size_t n_excluded,
                                    struct earlier_allowed *earlier, struct err *err);

/* SLO_TOTAL: the ceiling of a whole calendar period in 1/scale, rounded down: of each target the share that
 * its minutes have in the period. The rest of the period is the present target's. */
int64_t dated_ceiling(const struct dated_targets *targets, const struct slo *slo,
                      const struct period *period);

#endif
