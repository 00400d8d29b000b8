/* database: the one door to SQLite: a connection, its prepared statements, and values in and out. Only
 * src/store includes it.
 *
 * A statement is prepared once a connection and text and kept. Use: db_query(db, sql), db_bind_*, db_step
 * until false, db_reset is implied by the next db_query of the same text. Errors are sticky per connection:
 * after one, steps return false until db_take_error reports it. So code between begin and commit needs no
 * check of its own. */
#ifndef SLOBURN_STORE_DATABASE_H
#define SLOBURN_STORE_DATABASE_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct database;
struct statement;

enum database_mode { DATABASE_WRITE, DATABASE_READ };

/* Opens (DATABASE_WRITE: makes) the file; WAL, synchronous=FULL, defensive. The statements of a connection
 * belong to one thread at a time. */
NODISCARD struct database *database_open(const char *path, enum database_mode mode, struct err *err);
void database_close(struct database *db);

/* `sql` must be a string that lives as long as the program. Never NULL; after an error its steps give
 * nothing. */
struct statement *db_query(struct database *db, const char *sql);
/* Parameters and columns count from 0. */
void db_bind_int(struct statement *s, int at, int64_t value);
void db_bind_double(struct statement *s, int at, double value);
void db_bind_text(struct statement *s, int at, struct text value);           /* copied */
void db_bind_blob(struct statement *s, int at, const void *bytes, size_t n); /* copied */
/* True: a row is there. False: done, or an error. */
bool db_step(struct statement *s);
/* Ends a statement before its last row; implied by the step that returns false. */
void db_done(struct statement *s);
/* For statements without rows: binds done, run once. */
void db_run(struct statement *s);
int64_t db_int(struct statement *s, int column);
double db_double(struct statement *s, int column);
struct text db_text(struct statement *s, int column); /* borrowed until the next step */
struct text db_blob(struct statement *s, int column); /* the same */
bool db_is_null(struct statement *s, int column);
int64_t db_last_id(struct database *db);
int64_t db_reads(const struct database *db); /* SELECTs so far */
int64_t db_changes(struct database *db);

/* Pages that the last commit left in the write-ahead log. Nothing is checkpointed by itself. */
int db_log_pages(const struct database *db);

/* Statements without parameters, several separated by semicolons. */
void db_execute(struct database *db, const char *sql);
bool db_failed(const struct database *db);
/* True and err (ERR_STORE) if an error happened since the last call; clears it. */
bool db_take_error(struct database *db, struct err *err);
/* A consistent copy into another file, which must not exist. */
NODISCARD bool database_copy(struct database *db, const char *to_path, struct err *err);

#endif
