/* running: the sums of one group's compliance windows in memory, so that budgets read nothing from the store.
 *
 * One sum runs over all minutes that are sealed; each place where a window begins (an *edge*) remembers what
 * the sum was there, and a window is the difference, and the few open minutes behind it. The edge of a
 * calendar window stands. That of a rolling one moves on with the clock; the minutes that leave next are read
 * ahead, a few hours at a time and packed. An open calendar period has further edges, of the weeks that its
 * forecast looks at. A minute in which the target changed is an edge too, as long as a window holds it.
 *
 * The sums follow the ledger's changes just as the store does (running_take), and are those that the store
 * would give. What a change cannot tell them (an amendment of a minute sealed before) makes them forget: they
 * are loaded from the store again. Sums are 128 bits inside and saturate where they come out. About 2 KB with
 * one rolling window, 6 KB more with calendar windows. Pure. */
#ifndef SLOBURN_SLO_RUNNING_H
#define SLOBURN_SLO_RUNNING_H

#include "slo/dated_target.h"
#include "slo/ledger_change.h"
#include "slo/recurrence.h"

struct running;

/* Borrows the definition by which the group is judged and its targets by date (NULL: the target never
 * changed), which stay as they are. Nothing is loaded yet. */
struct running *running_new(const struct slo *slo, const struct dated_targets *targets);
void running_free(struct running *running);
size_t running_bytes(const struct running *running);
void running_forget(struct running *running);
bool running_known(const struct running *running);

/* A slot, and where the group's history begins (INT64_MAX: nowhere yet). */
struct running_turn {
    int64_t slot_ms;
    int64_t first_minute;
};

/* Moves the edges to where windows begin at the slot. False: they must be loaded. Before the slot's change is
 * taken, so that what loads them finds memory and store at the same horizon. */
bool running_turn(struct running *running, const struct running_turn *turn);

/* Loading: the spans whose minutes the store must give, those up to the horizon and those open behind it, and
 * the taking of what it gave, less the excluded minutes. False: a day is damaged. */
enum { RUNNING_SPANS_MAX = SLO_WINDOWS_MAX * 5 + 7 + DATED_TARGETS_MAX };
size_t running_spans(const struct running *running, const struct running_turn *turn, int64_t horizon_minute,
                     struct minute_span spans[RUNNING_SPANS_MAX]);
NODISCARD bool running_load(struct running *running, const struct running_turn *turn, int64_t horizon_minute,
                            const struct window_source *source, const struct minute_spans *excluded,
                            struct err *err);
/* A group that is new with the change taken next: there was nothing before. */
void running_begin(struct running *running, const struct running_turn *turn, int64_t horizon_minute);

/* The sealed minutes that some edge wants to have read ahead. False: none does. */
bool running_wants(const struct running *running, struct minute_span *span);
/* What the store has of such a span, rising. */
void running_put(struct running *running, const struct minute_span *span, const struct minute *minutes,
                 size_t n, const struct minute_spans *excluded);

/* A change of the ledger, for all groups of an SLO by number. */
void running_take(struct running *const *groups, size_t n, const struct ledger_change *change,
                  const struct minute_spans *excluded);

/* Sum of the i-th window at the slot of the last turn. Known only. */
struct window_sum running_window(const struct running *running, size_t i);
/* What earlier targets allowed of it. */
struct earlier_allowed running_earlier(const struct running *running, size_t i);
/* Units that the i-th window's period, an open calendar one, will have in all (slo/forecast.h); -1: not
 * known. */
int64_t running_expected_units(const struct running *running, const struct running_turn *turn, size_t i);

#endif
