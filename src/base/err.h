/* err: what the world did wrong (our own bugs are asserts, out of memory aborts). Functions that can
 * fail return bool or a pointer, marked NODISCARD, and take `struct err *` last; it is untouched on
 * success. The message is one line, lower case, names the thing and the value. The position, if any,
 * is kept apart so that it can be printed as file:line:column or drawn as a caret.
 * The text is inside: an error owns nothing and needs no release. */
#ifndef SLOBURN_BASE_ERR_H
#define SLOBURN_BASE_ERR_H

#include "base/text.h"

#include <stdarg.h>
#include <stdbool.h>

#define NODISCARD __attribute__((warn_unused_result))

struct buf;

enum err_kind {
    ERR_NONE,
    ERR_USAGE,       /* the command line */
    ERR_INPUT,       /* a file, a query, an answer that is not what it should be */
    ERR_NO_DATA,     /* nothing, or not enough, to judge by */
    ERR_UNREACHABLE, /* a server that does not answer, or with 5xx */
    ERR_LIMIT,       /* a limit of ours was reached */
    ERR_STORE,       /* SQLite, the disk, the lock file */
};

/* Where in a file or expression. Line and column count from 1, column in bytes; 0 is unknown. */
struct source_pos {
    int line;
    int column;
};

enum { ERR_FILE_MAX = 256, ERR_MESSAGE_MAX = 3072 };

struct err {
    enum err_kind kind;
    struct source_pos pos;
    char file[ERR_FILE_MAX]; /* "" if there is none */
    char message[ERR_MESSAGE_MAX];
};

/* err_set(err, kind, format, …) sets kind and message, clears file and position; err_set_at(err, kind, pos,
 * format, …) sets the position too; err_context(err, format, …) puts "context: " before the message, used
 * once, at a boundary. All give false, for `return err_set(…)`; they are macros so that compilers and
 * analysers see the false. */
#define err_set(err, ...)     (err_write((err), __VA_ARGS__), err_false())
#define err_set_at(err, ...)  (err_write_at((err), __VA_ARGS__), err_false())
#define err_context(err, ...) (err_write_context((err), __VA_ARGS__), err_false())
void err_write(struct err *err, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void err_write_at(struct err *err, enum err_kind kind, struct source_pos pos, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void err_write_context(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same with arguments that were passed on: what is too long is cut, never lost. */
void err_write_list(struct err *err, enum err_kind kind, struct source_pos pos, const char *format,
                    va_list args) __attribute__((format(printf, 4, 0)));
static inline bool err_false(void)
{
    return false;
}
void err_set_file(struct err *err, const char *file);
/* "file:line:column: message", without the parts that are unknown. */
void err_print(const struct err *err, struct buf *out);
/* Exit codes by kind: usage and input 2, no data 3, unreachable 4, limit 5, store 6. */
int err_exit_code(enum err_kind kind);
const char *err_kind_name(enum err_kind kind); /* "input", "no_data", … for JSON */
/* Line and column of a byte offset in a text. */
struct source_pos source_pos_of(struct text whole, size_t offset);

#endif
