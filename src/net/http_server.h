/* http_server: the one door to libmicrohttpd. One thread of its own takes requests one after another and
 * calls the handler in it; a handler that waits makes everybody wait.
 *
 * What holds for every request: a body has a maximum (413), a compressed one is refused (415), an idle
 * connection is closed after the timeout, there are at most so many connections, and beyond loopback it only
 * listens if the caller says that tokens guard it. */
#ifndef SLOBURN_NET_HTTP_SERVER_H
#define SLOBURN_NET_HTTP_SERVER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

struct http_server;

struct server_param {
    struct text name;
    struct text value;
};

/* Everything lives until the handler returns. */
struct server_request {
    struct text method;                /* "GET", "POST", … */
    struct text path;                  /* decoded, begins with / */
    const struct server_param *params; /* of the query string, then of a form in the body; decoded */
    size_t n_params;
    const struct server_param *headers;
    size_t n_headers;
    struct text body;
    struct text peer; /* 127.0.0.1:54321 */
    bool peer_is_loopback;
    struct arena *arena; /* for the handler's own use; goes away with the request */
};

/* For servers that play a broken one: instead of the answer, nothing. */
enum server_fate {
    SERVER_ANSWERS,
    SERVER_DROPS, /* the connection is closed without an answer */
    SERVER_HANGS, /* the connection stays open without one, until the server stops or too many hang */
};

/* The handler fills it; it starts as 200 without a body. */
struct server_response {
    enum server_fate fate;
    int status;
    const char
        *content_type; /* NULL: text/plain; charset=utf-8; must outlive the request or live in its arena */
    struct server_param headers[16];
    size_t n_headers;
    struct buf body; /* its maximum: max_response_bytes; beyond it a 500 is sent instead */
};

typedef void http_handler(void *context, const struct server_request *request,
                          struct server_response *response);

/* What is 0 has the default named. */
struct http_server_options {
    const char *listen;  /* "127.0.0.1:9095", "[::1]:0", ":9095" (all addresses), port 0: any free one */
    bool tokens_are_set; /* else only loopback addresses are listened on */
    http_handler *handle;
    void *context;
    size_t max_body_bytes;     /* 1 MiB */
    size_t max_header_bytes;   /* 32 KiB */
    size_t max_response_bytes; /* 64 MiB */
    unsigned max_connections;  /* 200 */
    int64_t timeout_ms;        /* 30 s */
};

/* Listens and serves from here on. ERR_USAGE: listen is not valid or not allowed; ERR_UNREACHABLE: the port
 * is taken. */
NODISCARD struct http_server *http_server_start(const struct http_server_options *options, struct err *err);
/* Finishes the running request, closes all connections. NULL is fine. */
void http_server_stop(struct http_server *server);
int http_server_port(const struct http_server *server);

/* The value, or an empty text with a NULL pointer where it is absent. */
struct text server_param(const struct server_request *request, const char *name);
struct text server_header(const struct server_request *request, const char *name); /* any case */
/* The token of "Authorization: Bearer …"; empty if there is none. */
struct text server_bearer(const struct server_request *request);
/* Compares in a time that does not depend on where they differ. */
bool server_secret_is(struct text given, struct text wanted);
/* Is the Host header (without port) one of these, localhost, 127.0.0.1 or ::1? Guards against DNS rebinding.
 */
bool server_host_is_known(const struct server_request *request, const struct text *hosts, size_t n_hosts);
/* No Origin header, or one with the Host's very authority: a page of another site did not send this. */
bool server_origin_is_own(const struct server_request *request);

void server_response_header(struct server_response *response, struct text name, struct text value);

#endif
