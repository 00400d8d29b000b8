/* period_reading: the budget of one group of an SLO (the roll-up, or a value of the fan-out) over a period of
 * any window, from the store. What it needs beside the period's own minutes (past weeks for the forecast, the
 * period before) is read with these at once. */
#ifndef SLOBURN_ENGINE_PERIOD_READING_H
#define SLOBURN_ENGINE_PERIOD_READING_H

#include "slo/budget.h"
#include "slo/recurrence.h"
#include "store/ledger_rows.h"

struct arena;

struct period_question {
    struct database *reader;
    struct slo_window window;
    int64_t at_ms; /* the period that holds this moment */
    int before;    /* 1: the period before that one, … */
    int64_t now_ms;
    bool previous;                       /* with the period before it, for comparison */
    const struct minute_spans *excluded; /* minutes that do not count */
};

/* Whose period it is. */
struct period_group {
    const struct slo *slo; /* by which the group is judged */
    int64_t id;            /* the group's row; 0: of this SLO nothing was ever counted */
    bool is_value;         /* of a fan-out */
    struct ledger_head head;
    const struct dated_targets *targets; /* NULL or empty: the target never changed */
};

struct period_reading {
    struct period period;
    int64_t end_ms;             /* of what can be known of it by now */
    struct minute_span minutes; /* up to there */
    int64_t first_minute;       /* of the group; INT64_MAX: none */
    struct budget budget;
    bool corrected; /* excluded minutes lie in it: */
    struct budget uncorrected;
    bool has_previous; /* the history reaches into it: */
    struct period before;
    struct budget previous;
    struct window_source source; /* of its minutes; in the arena */
};

/* What one of several targets judges of a period. */
struct target_part {
    struct minute_span minutes; /* of the period, as far as they are known */
    struct window_sum sum;
    int64_t allowed; /* in 1/scale, rounded down by itself */
};

/* ERR_STORE: also for a damaged day. */
NODISCARD bool period_read(const struct period_question *question, const struct period_group *group,
                           struct arena *arena, struct period_reading *reading, struct err *err);
/* The part of the i-th target; false in *any: it judges none of the period. */
NODISCARD bool period_target_part(const struct period_question *question, const struct period_group *group,
                                  const struct period_reading *reading, size_t i, struct target_part *part,
                                  bool *any, struct err *err);
/* Units and spent of the reading's minutes from `from` to `to`, which must be midnights, its ends,
 * or where a target changed. */
NODISCARD bool period_sum(const struct period_question *question, const struct period_reading *reading,
                          const struct minute_span *span, struct window_sum *sum, struct err *err);

#endif
