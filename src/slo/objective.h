/* objective: the sentence of a contract, read exactly.
 *
 *   99.5%                           share of good events
 *   p95 <= 4s                       percentile of a histogram: a time (300ms, 4s, 1m30s) or a plain number
 *   mean <= ₩10, 10 KRW, 300ms, 12  mean of an amount per event
 *   mean >= 0.85 of 1               mean of a score from 0 to 1; "of 1..5": from 1 to 5
 *   99% of minutes                  share of minutes in which `when:` holds
 *   total <= ₩3,000,000 per month   an amount per day, week, month, quarter or year
 *
 * "≤" and "≥" may stand for "<=" and ">=". */
#ifndef SLOBURN_SLO_OBJECTIVE_H
#define SLOBURN_SLO_OBJECTIVE_H

#include "slo/definition.h"

struct objective {
    enum slo_kind kind;
    struct text sentence;      /* as written, trimmed */
    int64_t target_billionths; /* 0.995; 0.95; the mean; the score; the share of minutes; the ceiling */
    int64_t bound_billionths;  /* SLO_PERCENTILE; of times in seconds */
    bool is_time;              /* the bound or the mean was written as a time: seconds */
    struct text duration;      /* where it was written in Prometheus' grammar (1m30s, 1d), in `sentence` */
    int64_t duration_ms;
    int64_t range_min;       /* SLO_SCORE: the worst score */
    int64_t range_max;       /* SLO_SCORE: the best */
    char currency[4];        /* "KRW"; "" if it is no money */
    enum window_kind period; /* SLO_TOTAL */
    char suffix[16];         /* "p95", "mean": tells several objectives of one SLO apart */
};

/* ERR_INPUT with the column in the sentence; *hint is what to write instead, or NULL. */
NODISCARD bool objective_parse(struct text sentence, struct objective *objective, const char **hint,
                               struct err *err);

#endif
