/* Rows of corrections, and their lines in the audit. */
#include "store/correction_rows.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"
#include "base/number.h"
#include "base/vec.h"
#include "store/audit_rows.h"
#include "store/store.h"

enum { DETAIL_MAX = 64 << 10 };

static const char change_name[] = "corrections_change";

int64_t corrections_change(struct database *db)
{
    return meta_get(db, change_name, 0);
}

/* As correction_row reads them. */
#define COLUMNS                                                                                              \
    "id, selector, from_ms, to_ms, recurrence, zone, kind, reason, author, approver, made_ms, revoked_ms,"   \
    " revoked_by, revoked_why"

static struct correction correction_row(struct statement *s, struct arena *arena)
{
    struct correction c = {.id = db_int(s, 0), .from_ms = db_int(s, 2), .to_ms = db_int(s, 3)};
    c.selector = text_copy(arena, db_text(s, 1));
    c.every = text_copy(arena, db_text(s, 4));
    c.zone_name = text_copy(arena, db_text(s, 5));
    if (!correction_kind_read(db_text(s, 6), &c.kind))
        c.kind = CORRECTION_EXCLUSION;
    c.reason = text_copy(arena, db_text(s, 7));
    c.author = text_copy(arena, db_text(s, 8));
    c.approver = text_copy(arena, db_text(s, 9));
    c.made_ms = db_int(s, 10);
    c.revoked_ms = db_int(s, 11);
    c.revoked_by = text_copy(arena, db_text(s, 12));
    c.revoked_why = text_copy(arena, db_text(s, 13));
    return c;
}

static bool understand(struct correction *c, struct timezone_set *zones, struct err *err)
{
    if (c->every.len == 0)
        return true;
    if (c->zone_name.len && !(c->zone = timezone_set_get(zones, c->zone_name, err)))
        return false;
    return recurrence_parse(c->every, &c->recurrence, err);
}

bool corrections_read(struct database *db, struct timezone_set *zones, struct arena *arena,
                      struct correction_set *set, struct err *err)
{
    VEC(struct correction) rows = {0};
    int64_t change = corrections_change(db);
    struct statement *s = db_query(db, "SELECT " COLUMNS " FROM correction ORDER BY id");
    while (db_step(s)) {
        struct correction c = correction_row(s, arena);
        struct err unclear;
        if (understand(&c, zones, &unclear))
            VEC_PUSH(&rows, c);
        else
            log_line(LOG_ERROR, "a correction cannot be applied", "every", c.every.at, "error",
                     unclear.message, NULL);
    }
    struct correction *kept = ARENA_ARRAY(arena, struct correction, rows.len);
    if (rows.len)
        memcpy(kept, rows.at, rows.len * sizeof *kept);
    *set = (struct correction_set){kept, rows.len, change};
    VEC_FREE(&rows);
    return !db_take_error(db, err);
}

static void put(struct json_writer *w, const char *name, struct text value)
{
    json_name(w, name);
    json_put_text(w, value);
}

static void audit(struct database *db, int64_t at_ms, struct text actor, const char *action, int64_t id,
                  struct text detail)
{
    struct buf subject;
    buf_init(&subject, 64);
    buf_printf(&subject, "correction %lld", (long long)id);
    audit_add(db, at_ms, actor, text_of(action), buf_text(&subject), detail);
    buf_finish(&subject);
    meta_set(db, change_name, corrections_change(db) + 1);
}

static void print_addition(const struct correction *c, struct buf *detail)
{
    struct json_writer w;
    json_begin(&w, detail);
    json_open(&w, '{');
    put(&w, "selector", c->selector);
    put(&w, "kind", text_of(correction_kind_text(c->kind)));
    json_name(&w, "from_ms");
    json_put_int(&w, c->from_ms);
    json_name(&w, "to_ms");
    json_put_int(&w, c->to_ms);
    put(&w, "every", c->every);
    put(&w, "zone", c->zone_name);
    put(&w, "reason", c->reason);
    put(&w, "author", c->author);
    put(&w, "approver", c->approver);
    json_close(&w, '}');
}

static void audit_addition(struct database *db, const struct correction *c, int64_t id, struct text actor)
{
    struct buf detail;
    buf_init(&detail, DETAIL_MAX);
    print_addition(c, &detail);
    audit(db, c->made_ms, actor, "correct add", id, buf_text(&detail));
    buf_finish(&detail);
}

int64_t correction_add(struct database *db, const struct correction *c, struct text actor)
{
    struct statement *s = db_query(
        db,
        "INSERT INTO correction(selector, from_ms, to_ms, recurrence, zone, kind, reason, author, approver,"
        " made_ms, revoked_ms, revoked_by, revoked_why)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, '', '')");
    db_bind_text(s, 0, c->selector);
    db_bind_int(s, 1, c->from_ms);
    db_bind_int(s, 2, c->to_ms);
    db_bind_text(s, 3, c->every);
    db_bind_text(s, 4, c->zone_name);
    db_bind_text(s, 5, text_of(correction_kind_text(c->kind)));
    db_bind_text(s, 6, c->reason);
    db_bind_text(s, 7, c->author);
    db_bind_text(s, 8, c->approver);
    db_bind_int(s, 9, c->made_ms);
    db_run(s);
    int64_t id = db_last_id(db);
    audit_addition(db, c, id, actor);
    return id;
}

void correction_revoke(struct database *db, const struct correction *correction,
                       const struct correction_revocation *revocation)
{
    struct buf detail;
    struct json_writer w;
    struct statement *s =
        db_query(db, "UPDATE correction SET revoked_ms = ?2, revoked_by = ?3, revoked_why = ?4"
                     " WHERE id = ?1 AND revoked_ms = 0");
    db_bind_int(s, 0, correction->id);
    db_bind_int(s, 1, revocation->at_ms);
    db_bind_text(s, 2, revocation->by);
    db_bind_text(s, 3, revocation->why);
    db_run(s);
    buf_init(&detail, DETAIL_MAX);
    json_begin(&w, &detail);
    json_open(&w, '{');
    put(&w, "by", revocation->by);
    put(&w, "approver", revocation->approver);
    put(&w, "reason", revocation->why);
    json_close(&w, '}');
    audit(db, revocation->at_ms, revocation->actor, "correct revoke", correction->id, buf_text(&detail));
    buf_finish(&detail);
}

/* --- against the audit --- */

enum { ADDED = 14, ADDED_MS, REVOKED, REVOKED_MS };

static bool same_revocation(const struct correction *c, struct text detail)
{
    struct err err;
    struct json *json = json_parse(detail, &err);
    bool same = text_is(c->revoked_by, json_string(json_get(json, "by"), "")) &&
                text_is(c->revoked_why, json_string(json_get(json, "reason"), ""));
    json_free(json);
    return same;
}

/* NULL: it is what the audit says. */
static const char *differs(struct statement *s, const struct correction *c, struct buf *detail)
{
    buf_clear(detail);
    print_addition(c, detail);
    if (db_is_null(s, ADDED))
        return "is not in the audit";
    if (!text_eq(db_text(s, ADDED), buf_text(detail)) || db_int(s, ADDED_MS) != c->made_ms)
        return "is not what the audit says was added: it was changed";
    if (c->revoked_ms && db_is_null(s, REVOKED))
        return "was revoked, but not in the audit";
    if (!c->revoked_ms && !db_is_null(s, REVOKED))
        return "was revoked, says the audit, and is in force";
    if (c->revoked_ms && (db_int(s, REVOKED_MS) != c->revoked_ms || !same_revocation(c, db_text(s, REVOKED))))
        return "was not revoked as the audit says";
    return NULL;
}

static void put_problem(int64_t *problems, int most, int64_t id, const char *what, struct buf *out)
{
    if ((*problems)++ < most)
        buf_printf(out, "corrections: correction %lld %s\n", (long long)id, what);
}

int64_t corrections_verify(struct database *db, int64_t *sound, int most, struct buf *problems)
{
    int64_t found = 0;
    struct arena arena;
    struct buf detail;
    arena_init(&arena, 0);
    buf_init(&detail, DETAIL_MAX);
    *sound = 0;
    struct statement *s = db_query(
        db, "SELECT c.*, a.detail, a.at_ms, r.detail, r.at_ms FROM (SELECT " COLUMNS " FROM correction) c"
            " LEFT JOIN audit a ON a.action = 'correct add' AND a.subject = 'correction ' || c.id"
            " LEFT JOIN audit r ON r.action = 'correct revoke'"
            " AND r.subject = 'correction ' || c.id ORDER BY c.id");
    while (db_step(s)) {
        struct correction c = correction_row(s, &arena);
        const char *what = differs(s, &c, &detail);
        if (what)
            put_problem(&found, most, c.id, what, problems);
        else
            ++*sound;
        arena_clear(&arena);
    }
    s = db_query(db, "SELECT substr(subject, 12) FROM audit WHERE action = 'correct add'"
                     " AND subject NOT IN (SELECT 'correction ' || id FROM correction) ORDER BY id");
    while (db_step(s)) {
        int64_t id = 0;
        if (!integer_parse(db_text(s, 0), &id))
            id = -1;
        put_problem(&found, most, id, "is in the audit and not in the store: it was removed", problems);
    }
    buf_finish(&detail);
    arena_finish(&arena);
    return found;
}
