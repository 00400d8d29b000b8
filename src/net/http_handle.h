/* http_handle: the inside of a client, for the files of net that make up http_client and for no others. */
#ifndef SLOBURN_NET_HTTP_HANDLE_H
#define SLOBURN_NET_HTTP_HANDLE_H

#include "base/arena.h"
#include "net/http_client.h"

#include <curl/curl.h>

enum { HEADER_BYTES_MAX = 64 << 10, URL_BYTES_MAX = 64 << 10 };

struct http_client {
    struct http_client_options options; /* strings are in the arena */
    struct arena arena;
    CURL *curl;
    struct curl_slist *connect_to; /* server_name: the URL names it, the connection goes to the real host */
    const char *base;              /* the URL without a slash at its end */
    const char *host_header;       /* with server_name: the real authority, else NULL */
    const char *safe_url;
    struct buf refused; /* the address that public_only refused during this request */
    char curl_message[CURL_ERROR_SIZE];
};

/* A token as name, no control characters in the value: nothing that could start a header of its own. */
bool http_header_is_valid(const char *name, const char *value);
bool http_client_aborted(const struct http_client *client);
/* The request's timeout, or the client's. */
int64_t http_client_timeout_ms(const struct http_client *client, const struct http_request *request);

#endif
