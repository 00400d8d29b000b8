/* Opening, locking, transactions, backup and restore of the store. */
#include "store/store.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/memory.h"
#include "store/schema.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BUF_MAX = 8192, HOLDER_MAX = 200 };

/* No write may hold the lock over 50 ms: a transaction that can be parted ends after this long, which leaves
 * room for its commit. */
#define HELD_LONG_US 20000

/* Pages in the write-ahead log after which they go into the file. */
#define CHECKPOINT_PAGES 1000

struct store {
    struct database *db;
    struct buf path;
    int lock_fd;
    pthread_mutex_t mutex;
    bool in_transaction;
    int64_t begun_us; /* monotonic */
    int64_t longest_us;
    void (*committed)(void *context); /* or NULL */
    void *committed_context;
    atomic_llong corrected;
};

static bool lock_path(const char *path, const char *holder, int *fd, struct err *err)
{
    struct buf name;
    buf_init(&name, PATH_BUF_MAX);
    buf_printf(&name, "%s.lock", path);
    *fd = open(buf_cstring(&name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool locked = *fd >= 0 && flock(*fd, LOCK_EX | LOCK_NB) == 0;
    if (*fd < 0) {
        err_set(err, ERR_STORE, "cannot make the lock file %s: %s", buf_cstring(&name), strerror(errno));
    } else if (!locked) {
        char who[HOLDER_MAX + 1] = "";
        ssize_t n = pread(*fd, who, HOLDER_MAX, 0);
        who[n > 0 ? n : 0] = '\0';
        err_set(err, ERR_STORE, "store %s is in use by %s", path, n > 0 ? who : "another sloburn");
        close(*fd);
        *fd = -1;
    } else {
        struct buf text;
        buf_init(&text, HOLDER_MAX);
        buf_printf(&text, "%s (pid %ld)", holder, (long)getpid());
        if (ftruncate(*fd, 0) == 0 && pwrite(*fd, text.at, text.len, 0) < 0)
            locked = err_set(err, ERR_STORE, "cannot write %s: %s", buf_cstring(&name), strerror(errno));
        buf_finish(&text);
    }
    buf_finish(&name);
    return locked;
}

static bool check_integrity(struct database *db, const char *path, struct err *err)
{
    struct statement *s = db_query(db, "PRAGMA quick_check(1)");
    bool sound = db_step(s) && text_is(db_text(s, 0), "ok");
    struct text said = sound ? TEXT("") : db_text(s, 0);
    if (!sound && !db_failed(db))
        err_set(err, ERR_STORE, "store %s is damaged: %.*s; restore a backup (sloburn restore)", path,
                TEXT_ARG(said));
    db_done(s);
    if (db_take_error(db, err))
        return err_context(err, "%s", path);
    return sound;
}

static bool back_up_before_migration(struct database *db, const char *path, int version, struct err *err)
{
    struct buf to;
    buf_init(&to, PATH_BUF_MAX);
    buf_printf(&to, "%s.v%d.backup", path, version);
    bool done = access(buf_cstring(&to), F_OK) == 0 || database_copy(db, buf_cstring(&to), err);
    buf_finish(&to);
    return done;
}

static bool prepare(struct database *db, const char *path, struct err *err)
{
    int version = 0;
    if (!check_integrity(db, path, err) || !schema_version(db, &version, err))
        return false;
    if (version == STORE_SCHEMA_VERSION)
        return true;
    if (version > 0 && !back_up_before_migration(db, path, version, err))
        return false;
    return schema_migrate(db, version, err);
}

struct store *store_open(const char *path, const char *holder, struct err *err)
{
    int fd = -1;
    if (!lock_path(path, holder, &fd, err)) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    int made = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600); /* SQLite would make it readable for all */
    if (made >= 0)
        close(made);
    struct database *db = database_open(path, DATABASE_WRITE, err);
    if (!db || !prepare(db, path, err)) {
        database_close(db);
        close(fd);
        return NULL;
    }
    struct store *store = memory_alloc_zero(1, sizeof *store);
    store->db = db;
    store->lock_fd = fd;
    buf_init(&store->path, PATH_BUF_MAX);
    buf_puts(&store->path, path);
    pthread_mutex_init(&store->mutex, NULL);
    return store;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    assert(!store->in_transaction);
    database_close(store->db);
    close(store->lock_fd);
    pthread_mutex_destroy(&store->mutex);
    buf_finish(&store->path);
    memory_free(store);
}

const char *store_path(const struct store *store)
{
    return store->path.at;
}

static int64_t monotonic_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void lock(struct store *store)
{
    pthread_mutex_lock(&store->mutex);
    store->begun_us = monotonic_us();
}

static void unlock(struct store *store)
{
    int64_t held_us = monotonic_us() - store->begun_us;
    store->longest_us = held_us > store->longest_us ? held_us : store->longest_us;
    pthread_mutex_unlock(&store->mutex);
}

struct database *store_begin(struct store *store)
{
    lock(store);
    store->in_transaction = true;
    db_execute(store->db, "BEGIN IMMEDIATE");
    return store->db;
}

/* Ends the transaction; a checkpoint that is due holds the lock by itself, so that whoever waits is let in
 * before. What it cannot write stays in the log: that is no error of the commit's. */
static void finish(struct store *store)
{
    struct err ignored;
    bool due = db_log_pages(store->db) >= CHECKPOINT_PAGES;
    store->in_transaction = false;
    unlock(store);
    if (!due)
        return;
    lock(store);
    db_execute(store->db, "PRAGMA wal_checkpoint(PASSIVE)");
    db_take_error(store->db, &ignored);
    unlock(store);
}

bool store_commit(struct store *store, struct err *err)
{
    assert(store->in_transaction);
    db_execute(store->db, "COMMIT");
    bool failed = db_take_error(store->db, err);
    if (failed) {
        struct err ignored;
        db_execute(store->db, "ROLLBACK"); /* fails where SQLite has rolled back already */
        db_take_error(store->db, &ignored);
    }
    finish(store);
    if (!failed && store->committed)
        store->committed(store->committed_context);
    return !failed;
}

void store_watch(struct store *store, void (*committed)(void *context), void *context)
{
    store->committed = committed;
    store->committed_context = context;
}

void store_corrected(struct store *store)
{
    atomic_fetch_add(&store->corrected, 1);
}

int64_t store_corrected_times(const struct store *store)
{
    return atomic_load(&store->corrected);
}

void store_rollback(struct store *store)
{
    struct err ignored;
    db_take_error(store->db, &ignored);
    db_execute(store->db, "ROLLBACK");
    db_take_error(store->db, &ignored);
    finish(store);
}

bool store_can_write(struct store *store, struct err *err)
{
    struct database *db = store_begin(store);
    meta_set(db, "times_tried", meta_get(db, "times_tried", 0) + 1);
    return store_commit(store, err);
}

bool store_held_long(const struct store *store)
{
    assert(store->in_transaction);
    return monotonic_us() - store->begun_us > HELD_LONG_US;
}

bool store_compact(struct store *store, struct err *err)
{
    lock(store);
    db_execute(store->db, "PRAGMA incremental_vacuum(200)");
    db_execute(store->db, "PRAGMA wal_checkpoint(PASSIVE)");
    bool failed = db_take_error(store->db, err);
    unlock(store);
    return !failed;
}

int64_t store_take_longest_us(struct store *store)
{
    pthread_mutex_lock(&store->mutex);
    int64_t longest_us = store->longest_us;
    store->longest_us = 0;
    pthread_mutex_unlock(&store->mutex);
    return longest_us;
}

struct database *store_open_reader(const char *path, struct err *err)
{
    if (access(path, F_OK) != 0) {
        err_set(err, ERR_STORE, "no store at %s: has `sloburn serve` run with this configuration?", path);
        return NULL;
    }
    struct database *db = database_open(path, DATABASE_READ, err);
    int version = 0;
    bool usable = db && (schema_version(db, &version, err) || err_context(err, "%s", path));
    if (usable && version != STORE_SCHEMA_VERSION)
        usable = err_set(err, ERR_STORE,
                         "store %s has schema %d, this sloburn wants %d: start serve once to migrate it",
                         path, version, STORE_SCHEMA_VERSION);
    if (!usable) {
        database_close(db);
        return NULL;
    }
    return db;
}

bool store_backup(const char *path, const char *to_path, struct err *err)
{
    if (access(to_path, F_OK) == 0)
        return err_set(err, ERR_USAGE, "%s exists already; a backup overwrites nothing", to_path);
    struct database *db = store_open_reader(path, err);
    bool done = db && check_integrity(db, path, err) && database_copy(db, to_path, err);
    database_close(db);
    return done;
}

/* What stands in the write-ahead log goes into the file, so that it can be renamed without its log. A damaged
 * file stays as it is. */
static void fold_log(const char *path)
{
    struct err ignored;
    struct database *db = database_open(path, DATABASE_WRITE, &ignored);
    if (db)
        db_execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    database_close(db);
}

static bool mark_restored(const char *path, struct err *err)
{
    struct database *db = database_open(path, DATABASE_WRITE, err);
    if (!db || !prepare(db, path, err)) {
        database_close(db);
        return false;
    }
    meta_set(db, "restored", 1);
    bool failed = db_take_error(db, err);
    database_close(db);
    return !failed;
}

bool store_restore(const char *path, const char *from_path, struct err *err)
{
    int fd = -1;
    if (!lock_path(path, "restore", &fd, err)) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    struct buf fresh, old;
    buf_init(&fresh, PATH_BUF_MAX);
    buf_init(&old, PATH_BUF_MAX);
    buf_printf(&fresh, "%s.restoring", path);
    buf_printf(&old, "%s.before-restore", path);
    unlink(buf_cstring(&fresh));
    bool done = store_backup(from_path, buf_cstring(&fresh), err) && mark_restored(buf_cstring(&fresh), err);
    if (done && access(path, F_OK) == 0) {
        fold_log(path);
        if (rename(path, buf_cstring(&old)) != 0)
            done = err_set(err, ERR_STORE, "cannot move %s aside: %s", path, strerror(errno));
        static const char *const tails[] = {"-wal", "-shm"};
        for (int i = 0; i < 2; i++) {
            buf_clear(&old);
            buf_printf(&old, "%s%s", path, tails[i]);
            unlink(buf_cstring(&old));
        }
    }
    if (done && rename(buf_cstring(&fresh), path) != 0)
        done = err_set(err, ERR_STORE, "cannot move the backup to %s: %s", path, strerror(errno));
    buf_finish(&fresh);
    buf_finish(&old);
    close(fd);
    return done;
}

int64_t meta_get(struct database *db, const char *name, int64_t fallback)
{
    struct statement *s = db_query(db, "SELECT value FROM meta WHERE name = ?1");
    db_bind_text(s, 0, text_of(name));
    int64_t value = fallback;
    while (db_step(s))
        value = db_int(s, 0);
    return value;
}

void meta_set(struct database *db, const char *name, int64_t value)
{
    struct statement *s = db_query(db, "INSERT INTO meta(name, value) VALUES(?1, ?2)"
                                       " ON CONFLICT(name) DO UPDATE SET value = excluded.value");
    db_bind_text(s, 0, text_of(name));
    db_bind_int(s, 1, value);
    db_run(s);
}

int64_t dictionary_id(struct database *db, struct text t)
{
    struct statement *find = db_query(db, "SELECT id FROM dictionary WHERE text = ?1");
    db_bind_text(find, 0, t);
    int64_t id = 0;
    while (db_step(find))
        id = db_int(find, 0);
    if (id)
        return id;
    struct statement *add = db_query(db, "INSERT INTO dictionary(text) VALUES(?1)");
    db_bind_text(add, 0, t);
    db_run(add);
    return db_last_id(db);
}

struct text dictionary_text(struct database *db, int64_t id, struct arena *arena)
{
    struct statement *s = db_query(db, "SELECT text FROM dictionary WHERE id = ?1");
    db_bind_int(s, 0, id);
    struct text found = TEXT("");
    while (db_step(s))
        found = text_copy(arena, db_text(s, 0));
    return found;
}
