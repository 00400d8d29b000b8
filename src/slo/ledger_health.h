/* ledger_health: what a ledger tells of what it counts from: its samples and targets, whether it sees them,
 * and how well a threshold fits the buckets there are. For those who judge (slo/burn.h) and those who tell.
 */
#ifndef SLOBURN_SLO_LEDGER_HEALTH_H
#define SLOBURN_SLO_LEDGER_HEALTH_H

#include "slo/ledger.h"

/* What it counts from, as of the newest batch: series and targets with a sample in the last 5 minutes. */
struct ledger_inputs {
    size_t series;
    size_t targets;
    int64_t interval_ms; /* between scrapes, of the slowest target; 0: not known */
    int64_t newest_ms;   /* the newest sample; 0: none */
};
void ledger_inputs(const struct ledger *ledger, struct ledger_inputs *inputs);
/* The target whose process started last, as of the newest batch, and when. NULL: none of them tells. */
const struct labels *ledger_newest_process(const struct ledger *ledger, int64_t *start_ms);

enum ledger_health { HEALTH_SEEN, HEALTH_BLIND, HEALTH_DOWN, HEALTH_IDLE, HEALTH_MISCONFIGURED };
const char *ledger_health_text(enum ledger_health health); /* "seen", "blind", … */
/* What the table "Blind is not healthy" of the ledger says, and since when. */
enum ledger_health ledger_health_at(const struct ledger *ledger, int64_t now_ms, int64_t *since_ms);

/* Where a percentile's threshold lies among the bounds of its histograms, as of the last answer; zeroes for
 * other kinds. */
struct ledger_bounds {
    size_t exact;    /* histograms with a bucket at the threshold */
    size_t between;  /* those without, judged by a neighbour */
    size_t unjudged; /* those that have no bucket to judge by: their queries count as hidden units */
    double below;    /* of `between`: the lowest bound below the threshold and the highest above it; NaN: no
                        bucket there has been asked for */
    double above;
};
const struct ledger_bounds *ledger_bounds(const struct ledger *ledger);
/* Of the units sealed since since_ms, those between two bounds around the threshold: by the other bound they
 * would count the other way. since_ms 0: nothing sealed yet; counted since the ledger was made. */
struct ledger_uncertain {
    int64_t since_ms;
    int64_t units;
    int64_t between;
};
const struct ledger_uncertain *ledger_uncertain(const struct ledger *ledger, uint32_t group);

#endif
