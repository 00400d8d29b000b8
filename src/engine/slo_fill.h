/* slo_fill: counts the history of a group of SLOs into its ledgers before its slots are evaluated: at the
 * first start, for a new SLO, after a long stop.
 *
 * One chunk a call: from the earliest moment that some SLO still wants, 6 h at the most, half of that and
 * half again (5 min at the least) after each answer that was too large. Only SLOs that want that very moment
 * take part, so that one that was filled already is not counted twice. Each chunk is committed, in parts: a
 * restart goes on where it stopped, and an SLO whose part was lost is filled again from its own horizon. No
 * more is read than the windows of an SLO can use: its longest one, at least 30 and at most 400 days.
 *
 * Filling ends within half an hour of `until_ms`: from there the live evaluation fetches what is missing.
 * Nothing is judged here, and nobody is told. When the next chunk may be read: engine/history_fill.h. */
#ifndef SLOBURN_ENGINE_SLO_FILL_H
#define SLOBURN_ENGINE_SLO_FILL_H

#include "engine/slo_group.h"

enum fill_state {
    FILL_MORE,     /* a chunk was stored; there is more */
    FILL_DONE,     /* nothing is left to fill */
    FILL_BLOCKED,  /* the source did not answer or the store cannot be written: the same chunk later */
    FILL_UNSTORED, /* what was missed cannot be stored: the live evaluation counts it in memory, so that
                      pages go out */
};

/* Counts the next chunk up to near `until_ms`. Errors are logged; while the source does not answer, the group
 * is blind. */
enum fill_state slo_group_fill(struct slo_group *group, const struct evaluation_context *context,
                               int64_t until_ms);
/* Share of a group's history that is counted, 0 to 1. */
double slo_group_filled_share(const struct slo_group *group, int64_t until_ms);
/* From when a unit wants samples, history bounded by what its windows can use. */
int64_t unit_wanted_from(const struct slo_unit *unit, int64_t until_ms);

#endif
