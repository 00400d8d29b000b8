/* json: the one door to cJSON for reading, and the one writer. Our own strict check (RFC 8259) runs before
 * cJSON, so that errors have line and column: size (32 MiB), depth (64), values (1,000,000), UTF-8, no NUL
 * inside strings, and that nothing follows the value. Of a doubled key the first is found. */
#ifndef SLOBURN_BASE_JSON_H
#define SLOBURN_BASE_JSON_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

struct json; /* a cJSON node */

NODISCARD struct json *json_parse(struct text content, struct err *err);
void json_free(struct json *json);                                       /* the root only */
const struct json *json_get(const struct json *object, const char *key); /* NULL if absent or not an object */
const struct json *json_item(const struct json *array, size_t i);
size_t json_length(const struct json *array); /* of an array or object, else 0 */
const struct json *
json_first(const struct json *container); /* iterate: for (c = json_first(a); c; c = json_next(c)) */
const struct json *json_next(const struct json *child);
const char *json_key(const struct json *child);
/* The string, number or bool, or a fallback if it is something else. Borrowed. */
const char *json_string(const struct json *json, const char *fallback);
double json_number(const struct json *json, double fallback);
bool json_bool(const struct json *json, bool fallback);
bool json_is_string(const struct json *json);
bool json_is_array(const struct json *json);
bool json_is_object(const struct json *json);
bool json_is_number(const struct json *json);
void json_print(const struct json *json, struct buf *out);

/* Writer: begin, append, end; commas are put where they belong.
 *   struct json_writer w; json_begin(&w, &out);
 *   json_open(&w, '{'); json_name(&w, "a"); json_put_int(&w, 1); json_close(&w, '}'); */
struct json_writer {
    struct buf *out;
    bool comma;      /* a value stands before: the next one needs a comma */
    bool after_name; /* the next value belongs to the name just written */
    int indent;      /* -1: all on one line */
    int depth;
};

void json_begin(struct json_writer *w, struct buf *out);
void json_begin_pretty(struct json_writer *w, struct buf *out);
void json_open(struct json_writer *w, char bracket);  /* '{' or '[' */
void json_close(struct json_writer *w, char bracket); /* '}' or ']' */
void json_name(struct json_writer *w, const char *name);
void json_name_text(struct json_writer *w, struct text name);
void json_put_text(struct json_writer *w, struct text value);
void json_put_string(struct json_writer *w, const char *value);
void json_put_int(struct json_writer *w, int64_t value);
void json_put_double(struct json_writer *w, double value); /* shortest; NaN and Inf as null */
void json_put_bool(struct json_writer *w, bool value);
void json_put_null(struct json_writer *w);
void json_put_raw(struct json_writer *w, struct text json); /* already JSON */
/* A string with its escapes, quotes included; bytes that are not UTF-8 become U+FFFD. */
void json_escape(struct text t, struct buf *out);

#endif
