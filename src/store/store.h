/* store: the SQLite file in which all survives: ledger, alert states, history, obligations, outbox, audit.
 *
 * One process writes: `serve` (or a command while no serve runs) holds the lock file PATH.lock for life. In
 * it, all writes and checkpoints go through one connection and one mutex: store_begin locks, store_commit
 * unlocks. Reading threads and commands open readers of their own (WAL: they see the last commit). What rows
 * mean stands in the headers beside this one: ledger_rows.h, alert_rows.h, outbox_rows.h, audit_rows.h,
 * state_rows.h. */
#ifndef SLOBURN_STORE_STORE_H
#define SLOBURN_STORE_STORE_H

#include "store/database.h"

struct store;

enum { STORE_SCHEMA_VERSION = 1 };

/* Opens the file for writing, makes or migrates it (with a backup PATH.vN.backup before). ERR_STORE if
 * another process holds it, it is not ours, newer than this program, damaged, or not writable. `holder` goes
 * into the lock file for the message that others get ("serve at 127.0.0.1:9095"). */
NODISCARD struct store *store_open(const char *path, const char *holder, struct err *err);
void store_close(struct store *store);
const char *store_path(const struct store *store);

/* Starts the one write transaction there can be; waits for another thread's. Always pair with store_commit or
 * store_rollback. */
struct database *store_begin(struct store *store);
/* False and err if anything since store_begin failed: then nothing of it is stored. */
NODISCARD bool store_commit(struct store *store, struct err *err);
void store_rollback(struct store *store);
/* Tries: after a commit has failed, is it worth another? */
NODISCARD bool store_can_write(struct store *store, struct err *err);
/* Outside a transaction: gives some free pages back to the file system, and writes what the log holds into
 * the file, as far as readers allow. */
NODISCARD bool store_compact(struct store *store, struct err *err);
/* Corrections are changed by people, seldom: whoever follows them in this process reads the file only when
 * the number has changed. store_corrected: after the commit. */
void store_corrected(struct store *store);
int64_t store_corrected_times(const struct store *store);
/* Called after each commit, outside the lock: tests end the process there. */
void store_watch(struct store *store, void (*committed)(void *context), void *context);
/* Inside a transaction: it has held the lock long enough; what can wait goes into another. */
bool store_held_long(const struct store *store);
/* How long the longest write, a transaction or a checkpoint, has held the lock since the last call. */
int64_t store_take_longest_us(struct store *store);

/* A read-only connection to a store, whether or not a serve runs on it. Same checks as store_open; no
 * migration: an older schema is an error that says to start serve once. */
NODISCARD struct database *store_open_reader(const char *path, struct err *err);

/* Consistent copy while serving; the target must not exist. */
NODISCARD bool store_backup(const char *path, const char *to_path, struct err *err);
/* Puts a backup (checked first) in the place of a store that nobody holds; the old file stays as
 * PATH.before-restore. The store remembers that it was restored, so that the first state is told as a summary
 * and nothing pages for the past. */
NODISCARD bool store_restore(const char *path, const char *from_path, struct err *err);

/* Small facts: "sim_origin_ms", "first_start_ms", "restored". Missing: the fallback. */
int64_t meta_get(struct database *db, const char *name, int64_t fallback);
void meta_set(struct database *db, const char *name, int64_t value);

/* The dictionary of label sets (and other recurring texts): a text's number, made if it is new. */
int64_t dictionary_id(struct database *db, struct text t);
/* Copied to the arena; empty if there is no such number. */
struct arena;
struct text dictionary_text(struct database *db, int64_t id, struct arena *arena);

#endif
