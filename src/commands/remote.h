/* remote: asking a running sloburn over its API (--server URL --token-file F). */
#ifndef SLOBURN_COMMANDS_REMOTE_H
#define SLOBURN_COMMANDS_REMOTE_H

#include "base/buf.h"
#include "base/err.h"

/* Appends "?name=value" or "&name=value", percent-encoded; nothing for an empty value. */
void remote_parameter(struct buf *path, const char *name, struct text value);
/* The body of an answer of 200, appended to `body`. The server's own error text otherwise: ERR_UNREACHABLE
 * (no answer, 5xx), ERR_NO_DATA (404), ERR_USAGE (401, 403: the token), ERR_INPUT (another 4xx, a redirect,
 * an answer that is no JSON). */
NODISCARD bool remote_get(const char *server, const char *token_file, const char *path, struct buf *body,
                          struct err *err);
/* A change, with a body of JSON; sent once, never again by itself. The answer and errors as above. */
struct remote_change {
    const char *method; /* "POST", "DELETE" */
    const char *path;
    struct text body;
};
NODISCARD bool remote_send(const char *server, const char *token_file, const struct remote_change *change,
                           struct buf *body, struct err *err);

#endif
