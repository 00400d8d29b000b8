/* Pruning as a table of steps. A step is a statement that removes at most a few hundred rows, of the oldest;
 * it is repeated until it removes none. Steps with an owner are run for each group or generation in turn,
 * which their keys begin with. */
#include "store/retention.h"

#include "slo/minutes.h"

#define MONTH_MS (31 * DAY_MS)

enum { MINUTES_MONTHS = 25, TOLD_MONTHS = 13, SERIES_DAYS = 60 };

enum age { AGE_MINUTES, AGE_MINUTES_DAYS, AGE_TOLD, AGE_SERIES };

struct step {
    enum age age;       /* ?1 of the statement: the moment, minute or day before which all goes */
    const char *owners; /* the next owner after ?1; NULL: the step has none. ?2 of the statement */
    const char *sql;
};

#define NEXT_GROUP      "SELECT min(id) FROM ledger_group WHERE id > ?1"
#define NEXT_GENERATION "SELECT min(id) FROM generation WHERE id > ?1"

static const struct step steps[] = {
    /* rows of days that have become blobs */
    {AGE_MINUTES, NEXT_GROUP,
     "DELETE FROM open_minute WHERE group_id = ?2 AND minute IN"
     " (SELECT minute FROM open_minute WHERE group_id = ?2 AND minute <"
     " (SELECT (max(day) + 1) * 1440 FROM day WHERE group_id = ?2) ORDER BY minute LIMIT 1000)"},
    {AGE_MINUTES_DAYS, NEXT_GROUP,
     "DELETE FROM day WHERE group_id = ?2 AND day IN"
     " (SELECT day FROM day WHERE group_id = ?2 AND day < ?1 ORDER BY day LIMIT 100)"},
    {AGE_MINUTES, NEXT_GROUP,
     "DELETE FROM open_minute WHERE group_id = ?2 AND minute IN"
     " (SELECT minute FROM open_minute WHERE group_id = ?2 AND minute < ?1 ORDER BY minute LIMIT 1000)"},
    /* targets that judge no minute any more */
    {AGE_MINUTES, NULL,
     "DELETE FROM slo_target WHERE (slo_id, labels_id, from_minute) IN"
     " (SELECT t.slo_id, t.labels_id, t.from_minute FROM slo_target t WHERE EXISTS"
     " (SELECT 1 FROM slo_target n WHERE n.slo_id = t.slo_id AND n.labels_id = t.labels_id"
     " AND n.from_minute > t.from_minute AND n.from_minute <= ?1) LIMIT 200)"},
    {AGE_SERIES, NEXT_GENERATION,
     "DELETE FROM counted_series WHERE generation_id = ?2 AND (term, labels_id) IN"
     " (SELECT term, labels_id FROM counted_series WHERE generation_id = ?2 AND last_ms < ?1 LIMIT 1000)"},
    {AGE_SERIES, NEXT_GENERATION,
     "DELETE FROM target WHERE generation_id = ?2 AND labels_id IN"
     " (SELECT labels_id FROM target WHERE generation_id = ?2 AND any_ms < ?1 LIMIT 1000)"},
    {AGE_TOLD, NULL,
     "DELETE FROM history WHERE id IN (SELECT id FROM history WHERE at_ms < ?1 ORDER BY at_ms LIMIT 500)"},
    {AGE_TOLD, NULL,
     "DELETE FROM outbox WHERE id IN (SELECT o.id FROM incident i JOIN outbox o ON o.incident_id = i.id"
     " WHERE i.closed_ms > 0 AND i.closed_ms < ?1 AND o.state >= 2 AND o.settled_ms < ?1 LIMIT 200)"},
    {AGE_TOLD, NULL,
     "DELETE FROM obligation WHERE id IN (SELECT b.id FROM incident i JOIN obligation b"
     " ON b.incident_id = i.id WHERE i.closed_ms > 0 AND i.closed_ms < ?1 AND b.settled = 1"
     " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.obligation_id = b.id) LIMIT 200)"},
    {AGE_TOLD, NULL,
     "DELETE FROM incident_receiver WHERE incident_id IN (SELECT i.id FROM incident i WHERE i.closed_ms > 0"
     " AND i.closed_ms < ?1 AND NOT EXISTS (SELECT 1 FROM obligation b WHERE b.incident_id = i.id)"
     " AND EXISTS (SELECT 1 FROM incident_receiver r WHERE r.incident_id = i.id) LIMIT 200)"},
    {AGE_TOLD, NULL,
     "DELETE FROM incident WHERE id IN (SELECT i.id FROM incident i WHERE i.closed_ms > 0"
     " AND i.closed_ms < ?1 AND NOT EXISTS (SELECT 1 FROM obligation b WHERE b.incident_id = i.id)"
     " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.incident_id = i.id) LIMIT 200)"},
};

enum { N_STEPS = sizeof steps / sizeof steps[0] };

static int64_t limit_of(enum age age, int64_t now_ms)
{
    switch (age) {
    case AGE_MINUTES:
        return (now_ms - MINUTES_MONTHS * MONTH_MS) / MINUTE_MS;
    case AGE_MINUTES_DAYS:
        return (now_ms - MINUTES_MONTHS * MONTH_MS) / DAY_MS;
    case AGE_TOLD:
        return now_ms - TOLD_MONTHS * MONTH_MS;
    case AGE_SERIES:
        return now_ms - SERIES_DAYS * DAY_MS;
    }
    return 0;
}

static void next_step(struct retention *retention)
{
    retention->step++;
    retention->cursor = 0;
}

/* The owner after the cursor; 0: there is none. */
static int64_t next_owner(struct database *db, const struct step *step, int64_t cursor)
{
    struct statement *s = db_query(db, step->owners);
    db_bind_int(s, 0, cursor);
    int64_t owner = 0;
    while (db_step(s))
        owner = db_is_null(s, 0) ? 0 : db_int(s, 0);
    return owner;
}

bool retention_piece(struct database *db, struct retention *retention, int64_t now_ms)
{
    if (retention->step >= N_STEPS) {
        *retention = (struct retention){0};
        return false;
    }
    const struct step *step = &steps[retention->step];
    int64_t owner = step->owners ? next_owner(db, step, retention->cursor) : 0;
    if (step->owners && !owner) {
        next_step(retention);
        return true;
    }
    struct statement *s = db_query(db, step->sql);
    db_bind_int(s, 0, limit_of(step->age, now_ms));
    if (step->owners)
        db_bind_int(s, 1, owner);
    db_run(s);
    if (db_changes(db) > 0)
        return true; /* the same once more */
    if (step->owners)
        retention->cursor = owner;
    else
        next_step(retention);
    return true;
}
