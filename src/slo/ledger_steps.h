/* ledger_steps: the steps of a take, in their order: feeds, targets, rates, counting (with children), cover,
 * values, sealing. For the files of the ledger; nobody else includes it. */
#ifndef SLOBURN_SLO_LEDGER_STEPS_H
#define SLOBURN_SLO_LEDGER_STEPS_H

#include "slo/ledger_state.h"

/* feeds.c: targets, children and groups by their labels; made if new. */
uint32_t ledger_target_of(struct ledger *ledger, const struct labels *labels); /* only the target's own */
const struct labels *ledger_target_labels(struct ledger *ledger, const struct labels *labels);
uint32_t ledger_group_of(struct ledger *ledger, const struct labels *labels, const struct series *series);
uint32_t ledger_counted_of(struct ledger *ledger, uint32_t term, const struct labels *labels);
void ledger_group_seen(struct ledger *ledger, uint32_t group, int64_t minute);
uint32_t ledger_add_group(struct ledger *ledger, const struct labels *labels);
void feeds_attach(struct ledger *ledger, const struct ledger_batch *batch);
/* After targets, counted series or groups moved, or got other label sets: they are found again. */
void ledger_index(struct ledger *ledger);

/* forgetting.c */
void ledger_forget(struct ledger *ledger); /* what was silent for LEDGER_FORGET_MS; at midnight */
/* The symbols by which label sets are read, of ledger->table. */
void ledger_name_symbols(struct ledger *ledger, struct text replica_label);

/* targets.c, cover.c */
int64_t pulse_limit(const struct pulse *pulse); /* a longer silence breaks the chain */
void pulse_beat(struct pulse *pulse, int64_t at_ms);
/* Chooses replicas and finds the scrapes of every target; the tally's range follows from them. */
void targets_scan(struct ledger *ledger, const struct ledger_batch *batch, struct tally *tally);
/* Moves every pulse on and marks the tally's cover. */
void targets_cover(struct ledger *ledger, struct tally *tally);
struct scrape_before {
    int64_t at_ms;    /* the last scrape before that worked; 0: none */
    int64_t limit_ms; /* a longer silence would have broken the chain */
};
struct scrape_before target_scrape_before(struct target *target, int64_t at_ms);
/* How much of (from, to) it was not expected in, for want of any sample of it. */
int64_t target_unexpected_ms(const struct target *target, int64_t from_ms, int64_t to_ms);
/* When the process behind it started, as known at at_ms; 0 unknown. */
int64_t target_process_start(const struct target *target, int64_t at_ms);

/* rates.c: exchange rates of the tally's minutes */
void rates_find(struct ledger *ledger, const struct ledger_batch *batch, struct tally *tally);
/* Is money counted in this minute, and no rate known to convert it by? */
bool rates_lack(const struct tally *tally, int64_t minute);
/* A reading of a counter at the rate of the minute, rounded down. */
int64_t rates_convert(const struct tally *tally, int64_t minute, int64_t reading);

/* reading.c: what a sample says, rounded to the SLO's scale */
enum sample_fault { SAMPLE_FINE, SAMPLE_STALE, SAMPLE_BAD };
/* *value if it is fine, *why if it is bad. Without a tally money is not looked at in its own currency. */
enum sample_fault reading_of(const struct ledger *ledger, const struct tally *tally,
                             const struct counted *child, const struct series *series, size_t i,
                             int64_t *value, enum ledger_note_code *why);

/* uncounted.c: minutes of which a target's samples cannot be counted */
void uncounted_find(struct ledger *ledger, struct tally *tally);
/* Does the minute lack what this child's increments belong to? */
bool uncounted_has(const struct tally *tally, const struct counted *child, int64_t minute);
/* Of a minute as it was booked: what cannot be counted is unseen. */
void uncounted_hide(const struct ledger *ledger, const struct ledger_group *group, const struct cell *cell,
                    struct minute *m);
/* Follows minutes of the whole, rising: are its scores above their range? */
void uncounted_follow(struct ledger *ledger, const struct cell *cell, const struct minute *m);
/* The same of a minute that is sealed, of any group: a note. */
void uncounted_note(struct ledger *ledger, uint32_t group, const struct cell *cell, const struct minute *m);

/* children.c: does the first sample of a child count from zero, and from when? */
struct birth {
    bool from_zero;
    int64_t since_ms;
};
struct birth child_birth(struct ledger *ledger, const struct counted *child, int64_t at_ms, int64_t start_ms);

/* families.c: buckets of histograms, and what of their counts they judge */
static inline bool counts_buckets(const struct ledger *ledger, const struct counted *child)
{
    return ledger->slo->terms[child->term].buckets != NULL;
}
/* The buckets with samples in the batch, in the order in which they are counted: those that decide first. */
size_t families_begin(struct ledger *ledger, struct counted ***buckets);
/* May the bucket's first sample have counted from zero: has its count risen so much at that scrape? */
bool family_allows_birth(struct ledger *ledger, const struct counted *bucket, int64_t before_ms,
                         const struct reading *first);
/* Is the bucket's last sample the last of its count, too? If not, others judged what came between. */
bool family_goes_on(struct ledger *ledger, const struct counted *bucket, int64_t at_ms);
/* The increment of a bucket that ends at at_ms. True: it decides, and is to be booked. */
bool family_tell(struct ledger *ledger, struct tally *tally, struct counted *bucket, int64_t at_ms,
                 int64_t increment);
/* Does some bucket decide what the count's increment at at_ms is worth? */
bool family_judges(struct ledger *ledger, const struct counted *count, int64_t at_ms, int64_t increment);
void families_end(struct ledger *ledger);

/* counting.c */
/* The child's reading at exactly at_ms, if it was sampled then. */
bool counted_value_at(struct ledger *ledger, const struct counted *child, int64_t at_ms, int64_t *value);
void counting_run(struct ledger *ledger, struct tally *tally);

/* sealing.c */
void sealing_run(struct ledger *ledger, const struct ledger_batch *batch, struct tally *tally);
void sealing_blind(struct ledger *ledger, const struct ledger_batch *batch);
/* Of target-minutes at a rate of recent_rate(). */
int64_t unseen_units(int64_t rate, int64_t target_minutes);
bool minute_excluded(const struct ledger *ledger, int64_t minute);
struct minute minute_in_burn(const struct ledger *ledger,
                             const struct minute *m); /* empty if it is excluded */

/* A change to a sealed minute: in memory, and told. */
void sealing_amend(struct ledger *ledger, uint32_t index, const struct minute_amend *amend);

/* values.c: SLOs of expressions */
void values_keep(struct ledger *ledger, const struct ledger_batch *batch);
void values_book(struct ledger *ledger, struct tally *tally);
void values_forget(struct ledger *ledger, int64_t before_minute);

/* health.c: judged once an answer, for all groups */
void health_judge(struct ledger *ledger);

/* ledger.c */
void ledger_begin_output(struct ledger *ledger);
void ledger_end_output(struct ledger *ledger, struct ledger_change *change);
void ledger_note_at(struct ledger *ledger, enum ledger_note_code code, int64_t at_ms,
                    const struct labels *series);

#endif
