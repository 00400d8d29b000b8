/* phrase: the words and numbers in which SLOs and budgets are told to people: one wording for `report`,
 * `status`, `gate` and `explain`. `slo` is an element of "slos" of a status or ledger document
 * (engine/ledger_query.h), `window` one of its windows. All append; nothing is escaped. */
#ifndef SLOBURN_ENGINE_PHRASE_H
#define SLOBURN_ENGINE_PHRASE_H

#include "base/json.h"

/* "rag-api/availability", for a value of a fan-out "rag-api/availability{tenant=acme}". */
void phrase_name(const struct json *slo, struct buf *out);
/* "tenant=acme"; nothing for a roll-up. */
void phrase_labels(const struct json *slo, struct buf *out);
bool phrase_is_rollup(const struct json *slo);

/* The unit of a figure by its name, for programs: "queries"; "bad queries", "KRW", "s", "points"; "ratio" or
 * "score" of an attainment. "" for plain numbers. Times in a document are in the metric's own unit. */
enum phrase_figure { PHRASE_COUNTED, PHRASE_SPENT, PHRASE_ATTAINED };
void phrase_unit_name(const struct json *slo, enum phrase_figure figure, struct buf *out);

/* 1,234,567 */
void phrase_count(int64_t n, struct buf *out);
/* "1,234,567 queries", "1 query" */
void phrase_units(const struct json *slo, double units, struct buf *out);
/* What was spent, allowed or left, which comes in 1/scale: "1,234 bad queries", "₩1,234,567.00", "812.5
 * points". */
void phrase_spent(const struct json *slo, double spent, struct buf *out);
/* The same without the noun, for columns under a heading. */
void phrase_spent_bare(const struct json *slo, double spent, struct buf *out);
/* What `spent` means: "bad", "cost", "time", "points lost". */
const char *phrase_spent_heading(const struct json *slo);
/* Of spent per unit: "₩10.00", "0.250 s"; of shares and scores a plain number, 0.005. */
void phrase_allowance(const struct json *slo, double allowance, struct buf *out);
/* "99.9%"; where the target changed "99.5% until 2026-11-10 09:00 UTC, 99.9% since". */
void phrase_objective(const struct json *slo, struct buf *out);
/* What a period allowed, target by target: "0.005 × 1,200 queries until 2026-11-10 09:00 UTC + 0.001 × 800
 * queries since"; `allowance`: of now. */
void phrase_allowed_parts(const struct json *slo, const struct json *window, double allowance,
                          struct buf *out);
/* What is left of what was allowed: "₩4,100.00 of ₩10,000.00", "29,429 of 41,491 bad queries". */
void phrase_left(const struct json *slo, const struct json *window, struct buf *out);

/* An attainment in the objective's own terms: "99.949 %", "₩9.12", "0.871". As many digits as it takes that a
 * miss never reads like a pass: 99.949 % is not 99.95 %. */
void phrase_attainment(const struct json *slo, double attainment, struct buf *out);
/* "41.2 %": a share of 1. */
void phrase_percent(double share, struct buf *out);
/* "14.4 ×" */
void phrase_rate(double rate, struct buf *out);
/* "99.93 % seen; 99.31 to 99.94 % if the unseen minutes were all bad or all good; 98.7 % of target-minutes
 * were seen". */
void phrase_bounds(const struct json *slo, const struct json *window, struct buf *out);
/* "3.7 lies between the bounds 3.5 and 4 of the histogram; judged by 3.5: what lies between counts as bad (of
 * 12,340 queries since 2026-11-21, 312 or 2.5 % lie there)"; false (nothing appended) where a bucket has the
 * threshold.
 */
bool phrase_between(const struct json *slo, struct buf *out);
/* "15 of 30 days seen", where the history is shorter than the period so far; false (nothing appended) where
 * not. */
bool phrase_history(const struct json *window, struct buf *out);
/* "met", "met on what was seen", "missed", "insufficient data" */
const char *phrase_verdict(const struct json *window);
/* "4 d 3 h at this rate", "already gone", "not in sight". `exhausted_in_ms` as in a status: -1 never, 0 gone.
 */
void phrase_exhausted(double exhausted_in_ms, struct buf *out);

/* "1 USD = ₩1,385.20 of 2026-11-21 00:31 UTC, from fx_rate{…}", and what holds if there is none; false
 * (nothing appended) where nothing is exchanged. */
bool phrase_exchange(const struct json *slo, struct buf *out);
/* Is there a rate by a series, and none holds now? */
bool phrase_lacks_rate(const struct json *slo);
/* "samples are too large to count, since …: usd_total{…}; …". False: all of it can be counted. */
bool phrase_uncounted(const struct json *slo, struct buf *out);

/* 2026-11-21 00:31 UTC; "never" for 0. */
void phrase_time(double ms, struct buf *out);
/* 2026-11-21 */
void phrase_date(double ms, struct buf *out);

/* The value of a member, with fallbacks 0 and "". */
double phrase_number(const struct json *object, const char *key);
const char *phrase_text(const struct json *object, const char *key);
/* The first window of a status, or the one window of a ledger document; NULL where nothing was ever
 * evaluated. */
const struct json *phrase_window(const struct json *slo);
/* Its window, but NULL where nothing it counts by was ever seen: no figure then says anything. */
const struct json *phrase_figures(const struct json *slo);

#endif
