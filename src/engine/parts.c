/* When a part is full: after so many changes, or when the machine is so slow that these take too long. */
#include "engine/parts.h"

enum { MINUTES_AT_ONCE = 250 };

void parts_begin(struct parts *parts, struct store *store)
{
    *parts = (struct parts){.store = store, .db = store_begin(store)};
}

bool parts_room(struct parts *parts, size_t changes, struct err *err)
{
    bool full = parts->changes + changes > PART_CHANGES || store_held_long(parts->store);
    if (parts->changes && full) {
        if (!parts_end(parts, err))
            return false;
        parts->db = store_begin(parts->store);
        parts->changes = 0;
    }
    parts->changes += changes;
    return true;
}

bool parts_end(struct parts *parts, struct err *err)
{
    if (!store_commit(parts->store, err))
        return false;
    parts->committed++;
    return true;
}

bool parts_write_ledger(struct parts *parts, struct slo_unit *unit, size_t more, struct err *err)
{
    const struct ledger_change *change = &unit->change;
    size_t alone = change->n_rows > MINUTES_AT_ONCE ? change->n_rows : 0;
    struct ledger_rows_span span = {0, 0};
    while (span.from < alone) {
        span.to = alone - span.from > MINUTES_AT_ONCE ? span.from + MINUTES_AT_ONCE : alone;
        if (!parts_room(parts, span.to - span.from, err))
            return false;
        ledger_write_minutes(parts->db, unit->ledger, change, &unit->ids, &span);
        span.from = span.to;
    }
    if (!parts_room(parts, change->n_rows - alone + ledger_state_changes(change) + more, err))
        return false;
    span.to = change->n_rows;
    ledger_write_minutes(parts->db, unit->ledger, change, &unit->ids, &span);
    ledger_write_state(parts->db, unit->ledger, change, &unit->ids);
    return true;
}
