/* recent: a group's last hours and days in memory, for burn rates: sums at minute borders, coarser the
 * further back (a window of length L starts on a multiple of at most L/72), and the open minutes. Any window
 * is one subtraction and the few open minutes, so tiers cost O(tiers) and read nothing from the store. About
 * 7 KB with the default tiers. */
#ifndef SLOBURN_SLO_RECENT_H
#define SLOBURN_SLO_RECENT_H

#include "slo/minutes.h"

struct recent;

/* Levels as the SLO's tiers need them. */
struct recent *recent_new(const struct slo *slo);
void recent_free(struct recent *recent);
size_t recent_bytes(const struct recent *recent);

/* Books a sealed minute; minutes must rise, those left out hold nothing. */
void recent_seal(struct recent *recent, const struct minute *m);
/* Adds to a minute that is sealed; one beyond memory is ignored. */
void recent_amend(struct recent *recent, int64_t minute, int64_t units, int64_t spent, int64_t hidden);
/* The open minutes, rising; replaces those before. Copies. newest_ms: the newest sample. */
void recent_set_open(struct recent *recent, const struct minute *at, size_t n, int64_t newest_ms);
/* Units of one target in one seen minute, of late, in 1/1024; -1 unknown. */
int64_t recent_rate(const struct recent *recent);

/* A burn window: its length back from the newest sample, the open minute included. */
struct burn_sum {
    int64_t from_ms; /* where it starts, a minute's border */
    int64_t to_ms;   /* the newest sample */
    int64_t units;
    int64_t spent;
    int64_t hidden;
};

struct burn_sum recent_window(const struct recent *recent, int64_t length_ms);
int64_t recent_newest_ms(const struct recent *recent); /* 0: none yet */
/* Minutes of the last length_ms that spend at least `spent` (the outage tier of totals). */
int recent_bad_minutes(const struct recent *recent, int64_t length_ms, int64_t spent);

#endif
