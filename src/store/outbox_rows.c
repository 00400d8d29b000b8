/* Incidents, obligations and the outbox: see the header for how they hang together. */
#include "store/outbox_rows.h"

#include "base/arena.h"
#include "base/buf.h"
#include "store/store.h"

#include <assert.h>

static int64_t incident_find(struct database *db, struct text key)
{
    struct statement *s = db_query(db, "SELECT id FROM incident WHERE key = ?1");
    db_bind_text(s, 0, key);
    int64_t id = 0;
    while (db_step(s))
        id = db_int(s, 0);
    return id;
}

bool incident_known(struct database *db, struct text key)
{
    return incident_find(db, key) != 0;
}

bool incident_over(struct database *db, struct text key)
{
    struct statement *s = db_query(db, "SELECT 1 FROM incident WHERE key = ?1 AND closed_ms <> 0");
    db_bind_text(s, 0, key);
    bool over = false;
    while (db_step(s))
        over = true;
    return over;
}

bool incident_open_for(struct database *db, struct text subject)
{
    struct statement *s = db_query(db, "SELECT 1 FROM incident WHERE subject = ?1 AND closed_ms = 0 LIMIT 1");
    db_bind_text(s, 0, subject);
    bool open = false;
    while (db_step(s))
        open = true;
    return open;
}

static void bind_receivers(struct database *db, int64_t incident, const struct text *receivers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct statement *s =
            db_query(db, "INSERT OR IGNORE INTO incident_receiver(incident_id, receiver) VALUES(?1, ?2)");
        db_bind_int(s, 0, incident);
        db_bind_text(s, 1, receivers[i]);
        db_run(s);
    }
}

static int64_t incident_make(struct database *db, const struct facts *facts, struct text json)
{
    struct statement *s = db_query(
        db, "INSERT INTO incident(key, subject, grouping, class, severity, opened_ms, closed_ms, facts)"
            " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    struct buf subject;
    buf_init(&subject, 4096);
    buf_printf(&subject, "%.*s/%.*s/%.*s", TEXT_ARG(facts->environment), TEXT_ARG(facts->service),
               TEXT_ARG(facts->subject));
    db_bind_text(s, 0, facts->incident);
    db_bind_text(s, 1, buf_text(&subject));
    db_bind_text(s, 2, facts->group);
    db_bind_int(s, 3, facts->class);
    db_bind_int(s, 4, facts->severity);
    db_bind_int(s, 5, facts->slot_ms);
    db_bind_int(s, 6, facts->kind == FACT_SUMMARY ? facts->slot_ms : 0);
    db_bind_text(s, 7, json);
    db_run(s);
    buf_finish(&subject);
    return db_last_id(db);
}

static void incident_change(struct database *db, int64_t incident, const struct facts *facts,
                            struct text json)
{
    struct statement *s = db_query(db, "UPDATE incident SET facts = ?2, severity = min(severity, ?3),"
                                       " closed_ms = CASE WHEN ?4 THEN ?5 ELSE closed_ms END WHERE id = ?1");
    db_bind_int(s, 0, incident);
    db_bind_text(s, 1, json);
    db_bind_int(s, 2, facts->severity);
    db_bind_int(s, 3, facts->kind == FACT_RESOLVE);
    db_bind_int(s, 4, facts->slot_ms);
    db_run(s);
}

static bool known_already(struct database *db, int64_t incident, const struct facts *facts)
{
    struct statement *s = db_query(
        db, "SELECT 1 FROM obligation WHERE incident_id = ?1 AND slot_ms = ?2 AND kind = ?3 LIMIT 1");
    db_bind_int(s, 0, incident);
    db_bind_int(s, 1, facts->slot_ms);
    db_bind_int(s, 2, facts->kind);
    bool known = false;
    while (db_step(s))
        known = true;
    return known;
}

bool obligation_add(struct database *db, const struct facts *facts, const struct text *receivers, size_t n)
{
    struct buf json;
    buf_init(&json, FACTS_JSON_MAX);
    facts_write_json(facts, &json);
    assert(!json.overflowed);
    int64_t incident = incident_find(db, facts->incident);
    bool opens = facts->kind == FACT_OPEN || facts->kind == FACT_SUMMARY;
    bool wanted = incident ? !known_already(db, incident, facts) : opens;
    if (wanted && !incident) {
        incident = incident_make(db, facts, buf_text(&json));
        bind_receivers(db, incident, receivers, n);
    } else if (wanted) {
        incident_change(db, incident, facts, buf_text(&json));
    }
    if (wanted) {
        struct statement *s =
            db_query(db, "INSERT INTO obligation(incident_id, slot_ms, kind, facts, settled, reason)"
                         " VALUES(?1, ?2, ?3, ?4, 0, '')");
        db_bind_int(s, 0, incident);
        db_bind_int(s, 1, facts->slot_ms);
        db_bind_int(s, 2, facts->kind);
        db_bind_text(s, 3, buf_text(&json));
        db_run(s);
    }
    buf_finish(&json);
    return wanted;
}

void obligation_met(struct database *db, const struct facts *facts, struct text receiver)
{
    struct statement *s =
        db_query(db, "INSERT OR IGNORE INTO outbox(obligation_id, incident_id, receiver, state, attempts,"
                     " not_before_ms, made_ms, settled_ms, last_status, last_error)"
                     " SELECT o.id, o.incident_id, ?1, ?2, 1, 0, o.slot_ms, o.slot_ms, 0,"
                     "  'told while the store could not be written'"
                     " FROM obligation o JOIN incident i ON i.id = o.incident_id"
                     " WHERE i.key = ?3 AND o.slot_ms = ?4 AND o.kind = ?5");
    db_bind_text(s, 0, receiver);
    db_bind_int(s, 1, OUTBOX_DELIVERED);
    db_bind_text(s, 2, facts->incident);
    db_bind_int(s, 3, facts->slot_ms);
    db_bind_int(s, 4, facts->kind);
    db_run(s);
}

size_t obligations_expand(struct database *db, int64_t now_ms, size_t most)
{
    size_t expanded = 0;
    for (; expanded < most; expanded++) {
        struct statement *s =
            db_query(db, "SELECT id, incident_id FROM obligation WHERE settled = 0 ORDER BY id LIMIT 1");
        int64_t id = 0, incident = 0;
        while (db_step(s)) {
            id = db_int(s, 0);
            incident = db_int(s, 1);
        }
        if (!id)
            break;
        s = db_query(db, "INSERT OR IGNORE INTO outbox(obligation_id, incident_id, receiver, state, attempts,"
                         " not_before_ms, made_ms, settled_ms, last_status, last_error)"
                         " SELECT ?1, incident_id, receiver, 0, 0, ?3, ?3, 0, 0, '' FROM incident_receiver"
                         " WHERE incident_id = ?2");
        db_bind_int(s, 0, id);
        db_bind_int(s, 1, incident);
        db_bind_int(s, 2, now_ms);
        db_run(s);
        s = db_query(db, "UPDATE obligation SET settled = 1, reason = CASE WHEN ?2 > 0 THEN 'due'"
                         " WHEN EXISTS(SELECT 1 FROM outbox WHERE obligation_id = ?1) THEN 'told already'"
                         " ELSE 'no receivers' END"
                         " WHERE id = ?1");
        int64_t made = db_changes(db);
        db_bind_int(s, 0, id);
        db_bind_int(s, 1, made);
        db_run(s);
    }
    return expanded;
}

int64_t outbox_recover(struct database *db)
{
    db_run(db_query(db, "UPDATE outbox SET state = 0, not_before_ms = 0 WHERE state = 1"));
    return db_changes(db);
}

static bool is_held(struct text receiver, const struct text *held, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text_eq(receiver, held[i]))
            return true;
    return false;
}

bool outbox_take(struct database *db, int64_t now_ms, const struct text *held, size_t n, struct arena *arena,
                 struct outbox_item *item)
{
    struct statement *s = db_query(
        db,
        "SELECT o.id, o.incident_id, o.receiver, o.attempts, b.facts FROM outbox o"
        " JOIN obligation b ON b.id = o.obligation_id"
        " WHERE o.state = 0 AND o.not_before_ms <= ?1 AND NOT EXISTS (SELECT 1 FROM outbox e"
        "  WHERE e.incident_id = o.incident_id AND e.receiver = o.receiver AND e.state < 2 AND e.id < o.id)"
        " ORDER BY o.not_before_ms, o.id");
    db_bind_int(s, 0, now_ms);
    bool found = false;
    while (!found && db_step(s)) {
        if (is_held(db_text(s, 2), held, n))
            continue;
        struct err err;
        *item = (struct outbox_item){
            .id = db_int(s, 0), .incident_id = db_int(s, 1), .attempts = (int)db_int(s, 3)};
        item->receiver = text_copy(arena, db_text(s, 2));
        found = facts_read_json(db_text(s, 4), arena, &item->facts, &err);
        if (!found)
            outbox_dead(db, item->id, now_ms, 0, text_of(err.message));
    }
    db_done(s);
    if (!found)
        return false;
    s = db_query(db, "UPDATE outbox SET state = 1, attempts = attempts + 1 WHERE id = ?1");
    db_bind_int(s, 0, item->id);
    db_run(s);
    return true;
}

static void settle(struct database *db, int64_t id, enum outbox_state state, int64_t now_ms, int http_status)
{
    struct statement *s =
        db_query(db, "UPDATE outbox SET state = ?2, settled_ms = ?3, last_status = ?4 WHERE id = ?1");
    db_bind_int(s, 0, id);
    db_bind_int(s, 1, state);
    db_bind_int(s, 2, now_ms);
    db_bind_int(s, 3, http_status);
    db_run(s);
}

static void note_error(struct database *db, int64_t id, struct text error)
{
    struct statement *s = db_query(db, "UPDATE outbox SET last_error = ?2 WHERE id = ?1");
    db_bind_int(s, 0, id);
    db_bind_text(s, 1, error);
    db_run(s);
}

void outbox_delivered(struct database *db, int64_t id, int64_t now_ms, int http_status)
{
    settle(db, id, OUTBOX_DELIVERED, now_ms, http_status);
}

void outbox_dead(struct database *db, int64_t id, int64_t now_ms, int http_status, struct text error)
{
    settle(db, id, OUTBOX_DEAD, now_ms, http_status);
    note_error(db, id, error);
}

void outbox_retry(struct database *db, int64_t id, int64_t not_before_ms, int http_status, struct text error)
{
    struct statement *s =
        db_query(db, "UPDATE outbox SET state = 0, not_before_ms = ?2, last_status = ?3 WHERE id = ?1");
    db_bind_int(s, 0, id);
    db_bind_int(s, 1, not_before_ms);
    db_bind_int(s, 2, http_status);
    db_run(s);
    note_error(db, id, error);
}

int64_t outbox_next_due(struct database *db)
{
    struct statement *s = db_query(
        db,
        "SELECT min(o.not_before_ms) FROM outbox o WHERE o.state = 0 AND NOT EXISTS (SELECT 1 FROM outbox e"
        " WHERE e.incident_id = o.incident_id AND e.receiver = o.receiver AND e.state < 2 AND e.id < o.id)");
    int64_t due = INT64_MAX;
    while (db_step(s))
        if (!db_is_null(s, 0))
            due = db_int(s, 0);
    return due;
}

static void each_incident(struct statement *s, struct arena *arena,
                          void (*each)(void *context, const struct incident_row *row), void *context)
{
    while (db_step(s)) {
        struct err err;
        struct incident_row row = {.id = db_int(s, 0), .opened_ms = db_int(s, 2), .closed_ms = db_int(s, 3)};
        row.key = text_copy(arena, db_text(s, 1));
        if (facts_read_json(db_text(s, 4), arena, &row.facts, &err))
            each(context, &row);
    }
}

void outbox_each_after(struct database *db, int64_t after_id, size_t most, struct arena *arena,
                       void (*each)(void *context, const struct outbox_item *item), void *context)
{
    struct statement *s =
        db_query(db, "SELECT o.id, o.incident_id, o.receiver, o.attempts, b.facts FROM outbox o"
                     " JOIN obligation b ON b.id = o.obligation_id WHERE o.state = 0 AND o.id > ?1 ORDER BY "
                     "o.id LIMIT ?2");
    db_bind_int(s, 0, after_id);
    db_bind_int(s, 1, (int64_t)most);
    while (db_step(s)) {
        struct err err;
        struct outbox_item item = {
            .id = db_int(s, 0), .incident_id = db_int(s, 1), .attempts = (int)db_int(s, 3)};
        item.receiver = text_copy(arena, db_text(s, 2));
        if (facts_read_json(db_text(s, 4), arena, &item.facts, &err))
            each(context, &item);
    }
}

void incidents_each(struct database *db, int64_t since_ms, size_t most, struct arena *arena,
                    void (*each)(void *context, const struct incident_row *row), void *context)
{
    struct statement *s = db_query(db, "SELECT id, key, opened_ms, closed_ms, facts FROM incident"
                                       " WHERE closed_ms = 0 OR closed_ms >= ?1"
                                       " ORDER BY (closed_ms = 0) DESC, opened_ms DESC, id DESC LIMIT ?2");
    db_bind_int(s, 0, since_ms);
    db_bind_int(s, 1, (int64_t)most);
    each_incident(s, arena, each, context);
}

void incidents_of(struct database *db, struct text subject, struct text group, int64_t from_ms, int64_t to_ms,
                  struct arena *arena, void (*each)(void *context, const struct incident_row *row),
                  void *context)
{
    struct statement *s = db_query(
        db, "SELECT id, key, opened_ms, closed_ms, coalesce((SELECT o.facts FROM obligation o"
            " WHERE o.incident_id = incident.id AND o.kind = 0 ORDER BY o.id LIMIT 1), facts) FROM incident"
            " WHERE subject = ?1 AND grouping = ?2 AND opened_ms < ?4"
            " AND (closed_ms = 0 OR closed_ms > ?3) ORDER BY opened_ms, id LIMIT 1000");
    db_bind_text(s, 0, subject);
    db_bind_text(s, 1, group);
    db_bind_int(s, 2, from_ms);
    db_bind_int(s, 3, to_ms);
    each_incident(s, arena, each, context);
}

struct outbox_counts outbox_count(struct database *db)
{
    struct outbox_counts counts = {0};
    struct statement *s = db_query(db, "SELECT sum(state < 2), sum(state = 2), sum(state = 3) FROM outbox");
    while (db_step(s))
        counts = (struct outbox_counts){db_int(s, 0), db_int(s, 1), db_int(s, 2)};
    return counts;
}
