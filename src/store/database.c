/* The door to SQLite. Statements are cached by the address of their text: each call site has its own literal.
 */
#include "store/database.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/vec.h"

#include <assert.h>
#include <sqlite3.h>

struct statement {
    struct database *db;
    sqlite3_stmt *handle; /* NULL if it could not be prepared */
    bool reads;           /* a SELECT */
};

struct database {
    sqlite3 *handle;
    struct map by_sql; /* address of the text -> struct statement * */
    VEC(struct statement *) statements;
    int log_pages; /* in the write-ahead log after the last commit */
    int64_t reads;
    bool failed;
    struct err error;
};

enum { BUSY_TIMEOUT_MS = 5000, VALUE_MAX_BYTES = 64 << 20 };

/* What a statement does, in the words of those who never see it. */
static const char *what_fails(const char *sql)
{
    static const struct {
        const char *verb, *words;
    } verbs[] = {{"SELECT", "cannot be read"},      {"INSERT", "cannot be written"},
                 {"UPDATE", "cannot be written"},   {"DELETE", "cannot be written"},
                 {"BEGIN", "cannot be written"},    {"COMMIT", "cannot be written"},
                 {"ROLLBACK", "cannot be written"}, {"CREATE", "cannot be laid out"}};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (text_starts(text_of(sql), text_of(verbs[i].verb)))
            return verbs[i].words;
    return "cannot be used";
}

static void fail(struct database *db, const char *sql)
{
    if (db->failed)
        return;
    db->failed = true;
    int code = sqlite3_extended_errcode(db->handle);
    err_set(&db->error, ERR_STORE, "the store %s: %s (SQLite %d)", what_fails(sql),
            sqlite3_errmsg(db->handle), code);
}

static int note_log(void *context, sqlite3 *handle, const char *name, int pages)
{
    struct database *db = context;
    (void)handle;
    (void)name;
    db->log_pages = pages;
    return SQLITE_OK;
}

static bool configure(struct database *db, enum database_mode mode)
{
    sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, VALUE_MAX_BYTES);
    if (mode == DATABASE_WRITE) {
        /* auto_vacuum must come before the first table, WAL after it is known that the file is ours */
        db_execute(db, "PRAGMA auto_vacuum=INCREMENTAL");
        db_execute(db, "PRAGMA journal_mode=WAL");
        db_execute(db, "PRAGMA synchronous=FULL");
        (void)sqlite3_wal_hook(db->handle, note_log, db); /* in the place of SQLite's own checkpoints */
    } else {
        db_execute(db, "PRAGMA query_only=1");
    }
    db_execute(db, "PRAGMA foreign_keys=ON");
    db_execute(db, "PRAGMA temp_store=MEMORY");
    return !db->failed;
}

struct database *database_open(const char *path, enum database_mode mode, struct err *err)
{
    struct database *db = memory_alloc_zero(1, sizeof *db);
    int flags = mode == DATABASE_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
    /* A reader of a WAL file must be able to write its shared-memory index; query_only keeps it from the
     * data. */
    int code = sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        err_set(err, ERR_STORE, "store %s: %s", path,
                db->handle ? sqlite3_errmsg(db->handle) : "out of memory");
        database_close(db);
        return NULL;
    }
    if (!configure(db, mode)) {
        db_take_error(db, err);
        err_context(err, "%s", path);
        database_close(db);
        return NULL;
    }
    return db;
}

void database_close(struct database *db)
{
    if (!db)
        return;
    for (size_t i = 0; i < db->statements.len; i++) {
        sqlite3_finalize(db->statements.at[i]->handle);
        memory_free(db->statements.at[i]);
    }
    VEC_FREE(&db->statements);
    map_finish(&db->by_sql);
    sqlite3_close(db->handle);
    memory_free(db);
}

struct statement *db_query(struct database *db, const char *sql)
{
    bool added;
    uint64_t *place = map_add(&db->by_sql, map_key_of(sql), &added);
    if (added) {
        struct statement *s = memory_alloc_zero(1, sizeof *s);
        s->db = db;
        s->reads = text_starts(text_of(sql), TEXT("SELECT"));
        VEC_PUSH(&db->statements, s);
        *place = map_key_of(s);
    }
    struct statement *s = (struct statement *)(uintptr_t)*place;
    db->reads += s->reads;
    if (!s->handle &&
        sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->handle, NULL) != SQLITE_OK)
        fail(db, sql);
    if (s->handle) {
        sqlite3_reset(s->handle);
        sqlite3_clear_bindings(s->handle);
    }
    return s;
}

void db_bind_int(struct statement *s, int at, int64_t value)
{
    if (s->handle && sqlite3_bind_int64(s->handle, at + 1, value) != SQLITE_OK)
        fail(s->db, sqlite3_sql(s->handle));
}

void db_bind_double(struct statement *s, int at, double value)
{
    if (s->handle && sqlite3_bind_double(s->handle, at + 1, value) != SQLITE_OK)
        fail(s->db, sqlite3_sql(s->handle));
}

void db_bind_text(struct statement *s, int at, struct text value)
{
    const char *bytes = value.at ? value.at : "";
    if (s->handle &&
        sqlite3_bind_text64(s->handle, at + 1, bytes, value.len, SQLITE_TRANSIENT, SQLITE_UTF8) != SQLITE_OK)
        fail(s->db, sqlite3_sql(s->handle));
}

void db_bind_blob(struct statement *s, int at, const void *bytes, size_t n)
{
    if (s->handle && sqlite3_bind_blob64(s->handle, at + 1, n ? bytes : "", n, SQLITE_TRANSIENT) != SQLITE_OK)
        fail(s->db, sqlite3_sql(s->handle));
}

bool db_step(struct statement *s)
{
    if (!s->handle || s->db->failed)
        return false;
    int code = sqlite3_step(s->handle);
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE)
        fail(s->db, sqlite3_sql(s->handle));
    sqlite3_reset(s->handle);
    return false;
}

void db_done(struct statement *s)
{
    if (s->handle)
        sqlite3_reset(s->handle);
}

void db_run(struct statement *s)
{
    while (db_step(s))
        ;
}

int64_t db_int(struct statement *s, int column)
{
    return sqlite3_column_int64(s->handle, column);
}

double db_double(struct statement *s, int column)
{
    return sqlite3_column_double(s->handle, column);
}

struct text db_text(struct statement *s, int column)
{
    const char *at = (const char *)sqlite3_column_text(s->handle, column);
    return (struct text){at ? at : "", (size_t)sqlite3_column_bytes(s->handle, column)};
}

struct text db_blob(struct statement *s, int column)
{
    const char *at = sqlite3_column_blob(s->handle, column);
    return (struct text){at ? at : "", (size_t)sqlite3_column_bytes(s->handle, column)};
}

bool db_is_null(struct statement *s, int column)
{
    return sqlite3_column_type(s->handle, column) == SQLITE_NULL;
}

int64_t db_last_id(struct database *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

int64_t db_reads(const struct database *db)
{
    return db->reads;
}

int64_t db_changes(struct database *db)
{
    return sqlite3_changes64(db->handle);
}

int db_log_pages(const struct database *db)
{
    return db->log_pages;
}

void db_execute(struct database *db, const char *sql)
{
    if (!db->failed && sqlite3_exec(db->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail(db, sql);
}

bool db_failed(const struct database *db)
{
    return db->failed;
}

bool db_take_error(struct database *db, struct err *err)
{
    if (!db->failed)
        return false;
    *err = db->error;
    db->failed = false;
    return true;
}

bool database_copy(struct database *db, const char *to_path, struct err *err)
{
    sqlite3 *to = NULL;
    int code = sqlite3_open_v2(to_path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    sqlite3_backup *backup = code == SQLITE_OK ? sqlite3_backup_init(to, "main", db->handle, "main") : NULL;
    if (backup) {
        code = sqlite3_backup_step(backup, -1);
        sqlite3_backup_finish(backup);
    }
    bool done = backup && code == SQLITE_DONE;
    if (!done)
        err_set(err, ERR_STORE, "cannot copy the store to %s: %s", to_path,
                to ? sqlite3_errmsg(to) : "out of memory");
    sqlite3_close(to);
    return done;
}
