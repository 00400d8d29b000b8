/* unit_notes: what counting found odd about an SLO's samples (slo/ledger_change.h, notes), for people: a
 * warning in the log, the first time and then once an hour, and a list in the status. What belongs to the
 * life of a counter (a reset, a relabelling, a spread difference) is only in the debug log. In memory: a
 * restart begins anew. */
#ifndef SLOBURN_ENGINE_UNIT_NOTES_H
#define SLOBURN_ENGINE_UNIT_NOTES_H

#include "slo/ledger_change.h"

struct json_writer;
struct database;
struct slo_unit;
struct unit_notes;

void unit_notes_free(struct unit_notes *notes);
/* Takes the notes of the unit's present change: the log. */
void unit_log_notes(struct slo_unit *unit, int64_t slot_ms);
/* The same, inside a transaction: minutes that were sealed before go to
 * the audit, which has `why` ("recount") as the action. */
void unit_write_notes(struct database *db, struct slo_unit *unit, struct text why, int64_t slot_ms);
/* "notes": [{"what", "count", "at_ms", "series"}] of the last day; NULL: none. */
void unit_notes_json(const struct unit_notes *notes, int64_t now_ms, struct json_writer *w);

#endif
