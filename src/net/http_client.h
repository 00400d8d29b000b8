/* http_client: outgoing HTTP requests; the one door to libcurl. A client is a server (or receiver) with its
 * credentials, its TLS settings and its kept connections. One request at a time, blocking, within a timeout;
 * a client is for one thread at a time, each thread makes its own.
 *
 * What holds for every request: no redirects (an answer of 3xx is an error that says so: credentials must not
 * wander), only http and https, TLS 1.2 or newer, no .netrc, no proxy from the environment, an answer has a
 * maximum size, decompressed. Credentials in files are read again for every request, so that they can be
 * rotated. Errors name the URL without userinfo, query and fragment; secrets never appear in them.
 *
 * ERR_UNREACHABLE: no connection, TLS refused, timeout, cut off, aborted. ERR_LIMIT: the answer is too large.
 * ERR_INPUT: the URL, a header or a credentials file is bad; a redirect; the address is not allowed. */
#ifndef SLOBURN_NET_HTTP_CLIENT_H
#define SLOBURN_NET_HTTP_CLIENT_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

struct http_client;

struct http_header {
    const char *name;
    const char *value;
};

/* Everything may be left 0 or NULL but the URL. Copied by http_client_new. */
struct http_client_options {
    const char *url;      /* http(s)://[user:password@]host[:port][/path]; requests' paths are appended */
    const char *username; /* basic authentication */
    const char *password;
    const char *password_file;
    const char *bearer_token;
    const char *bearer_token_file;
    const struct http_header *headers; /* X-Scope-OrgID and the like, sent with every request */
    size_t n_headers;
    const char *ca_file;   /* PEM; else the system's */
    const char *cert_file; /* client certificate and key, PEM */
    const char *key_file;
    const char *server_name; /* expected in the certificate, and SNI, instead of the URL's host */
    bool insecure_skip_verify;
    const char *proxy_url;
    const char *user_agent;     /* NULL: sloburn/VERSION */
    int64_t connect_timeout_ms; /* 0: 5 s */
    int64_t timeout_ms;         /* of a whole request; 0: 30 s */
    size_t max_response_bytes;  /* 0: 1 MiB */
    bool ask_gzip;              /* ask for compression: slow for the server, so only over slow lines */
    bool public_only;      /* refuse addresses that are not public (address.h), checked after resolving */
    bool secret_path;      /* the URL's path is a secret (webhooks): hidden in errors */
    bool fresh_connection; /* never reuse one: no request is sent twice by itself after a lost connection */
    bool (*aborted)(void *context); /* asked about once a second and between retries: true ends the request */
    void *aborted_context;
};

struct http_request {
    const char *method; /* NULL: GET */
    const char *path;   /* appended to the client's URL, "?query" included; NULL: nothing */
    const struct http_header *headers;
    size_t n_headers;
    const char *content_type; /* of the body */
    struct text body;         /* sent if the method is not GET, or if there is one */
    int64_t timeout_ms;       /* 0: the client's */
};

/* Init before the first use; may be reused for further requests, which clears it. */
struct http_response {
    int status;
    int64_t retry_after_ms; /* -1: the server named none */
    bool may_have_arrived; /* after an error: part of the request was sent, the server may have acted on it */
    struct buf headers;    /* as received; http_response_header finds one */
    struct buf body;
};

NODISCARD struct http_client *http_client_new(const struct http_client_options *options, struct err *err);
void http_client_free(struct http_client *client);
/* The client's URL as it may be shown. Borrowed. */
const char *http_client_url(const struct http_client *client);

void http_response_init(struct http_response *response);
void http_response_finish(struct http_response *response);
/* The last header of that name (any case), without surrounding space; empty if there is none. */
struct text http_response_header(const struct http_response *response, const char *name);

/* True for an answer of any status but 3xx. */
NODISCARD bool http_send(struct http_client *client, const struct http_request *request,
                         struct http_response *response, struct err *err);

struct http_retry {
    int64_t deadline_ms;    /* for all attempts and pauses together, from now */
    int attempts;           /* 0: 4 */
    int64_t first_pause_ms; /* 0: 250; doubles each time, ±50 % jitter; Retry-After goes first */
};

/* Tries again on 429, 5xx and unreachable, nothing else. True for an answer of any status (after the last
 * attempt 429 and 5xx, too), but 3xx. */
NODISCARD bool http_send_retrying(struct http_client *client, const struct http_request *request,
                                  const struct http_retry *retry, struct http_response *response,
                                  struct err *err);

/* "http 503 Service Unavailable": for messages. */
void http_status_print(int status, struct buf *out);

#endif
