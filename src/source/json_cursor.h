/* json_cursor: a JSON text read from front to end without building a tree, for answers of hundreds of
 * megabytes. The first error is kept; from then on every function fails. Strict: what JSON does not allow is
 * an error, nesting is bounded. For everything small, base/json.h is the way. */
#ifndef SLOBURN_SOURCE_JSON_CURSOR_H
#define SLOBURN_SOURCE_JSON_CURSOR_H

#include "base/buf.h"
#include "base/err.h"

struct json_cursor {
    const char *at;
    const char *start;
    const char *end;
    struct buf scratch;  /* of decoded strings */
    const char *failure; /* what is wrong, or NULL */
    int depth;
};

void json_cursor_init(struct json_cursor *cursor, struct text json);
void json_cursor_finish(struct json_cursor *cursor);
/* Notes what is wrong at the current place (a literal), unless something was before. Always false. */
bool json_fail(struct json_cursor *cursor, const char *what);
bool json_is_failed(const struct json_cursor *cursor);
/* "breaks off after 123 bytes", "is not JSON: begins with \"<html>\"", … appended for a message. */
void json_cursor_explain(const struct json_cursor *cursor, struct buf *out);

/* The next byte that is no space, or '\0' at the end. Not consumed. */
char json_peek(struct json_cursor *cursor);
/* Consumes this byte (after space), or fails. */
NODISCARD bool json_expect(struct json_cursor *cursor, char c);
/* Walks an object or array: begin with the bracket consumed and *first = true.
 *   for (bool first = true; json_more(cursor, ']', &first);) …one element…
 * False at the closing bracket (consumed) and after an error. */
NODISCARD bool json_more(struct json_cursor *cursor, char close, bool *first);
/* A string, decoded; borrowed from the input or from the scratch until the next string. */
NODISCARD bool json_take_string(struct json_cursor *cursor, struct text *out);
/* A string and the colon behind it. */
NODISCARD bool json_take_key(struct json_cursor *cursor, struct text *key);
/* true or false. */
NODISCARD bool json_take_bool(struct json_cursor *cursor, bool *value);
/* Consumes a value of any kind. */
NODISCARD bool json_skip(struct json_cursor *cursor);

#endif
