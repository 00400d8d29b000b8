/* wording: the phrases that all receivers share, from the numbers of facts. Plain text, not yet cut or
 * escaped. */
#ifndef SLOBURN_RECEIVERS_WORDING_H
#define SLOBURN_RECEIVERS_WORDING_H

#include "notify/facts.h"

struct buf;

/* "rag-api availability (tenant=acme)" */
void wording_subject(const struct facts *facts, struct buf *out);
/* What happened to the incident: "P1 rag-api availability", "P1 (update) …", "resolved: …", "for information:
 * …". */
void wording_title(const struct facts *facts, struct buf *out);
/* The title and what is broken, in one sentence. */
void wording_headline(const struct facts *facts, struct buf *out);
/* "41.2 % of 30d" */
void wording_budget_left(const struct facts *facts, struct buf *out);
/* "14.6 × over 1h" */
void wording_burn(const struct facts *facts, struct buf *out);
/* "4 d 3 h at this rate", "already gone", "not in sight at this rate" */
void wording_exhausted(const struct facts *facts, struct buf *out);
/* How long it lasted, or has lasted until `slot_ms`: "1 h 20 min". */
void wording_lasted(const struct facts *facts, struct buf *out);
/* 2026-11-21T00:31:00Z; false (nothing appended) if it is no time of ours: before 1970 or after 9999. */
bool wording_time(int64_t ms, struct buf *out);

#endif
