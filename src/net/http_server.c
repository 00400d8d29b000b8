/* Requests through libmicrohttpd. It calls access() several times for a request: once with the headers, for
 * each piece of the body, and once at its end, which is when the handler runs. */
#include "net/http_server.h"

#include "base/memory.h"
#include "base/vec.h"
#include "net/address.h"
#include "net/http_listen.h"
#include "net/url.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

enum {
    BODY_BYTES_MAX = 1 << 20,
    HEADER_BYTES_MAX = 32 << 10,
    RESPONSE_BYTES_MAX = 64 << 20,
    CONNECTIONS_MAX = 200,
    TIMEOUT_MS = 30000,
    FORM_PARAMS_MAX = 10000,
    SWALLOWED_BODIES_MAX = 8, /* a body this many times too large is cut off instead of answered */
    REQUEST_ARENA_MAX = 256 << 20,
    HANGING_MAX = 32, /* beyond it the longest hanging connection is closed */
};

struct exchange;

struct hanging {
    struct MHD_Connection *connection;
    struct exchange *exchange;
};

struct http_server {
    struct http_server_options options;
    struct MHD_Daemon *daemon;
    int port;
    pthread_mutex_t mutex; /* of what follows */
    struct hanging hanging[HANGING_MAX];
    size_t n_hanging;
    bool stopping;
};

/* One request, from its headers to the end of its answer. */
struct exchange {
    struct arena arena;
    struct buf body;
    size_t body_seen;
    bool refused;
};

static struct exchange *exchange_new(const struct http_server *server)
{
    struct exchange *exchange = memory_alloc_zero(1, sizeof *exchange);
    arena_init(&exchange->arena, REQUEST_ARENA_MAX);
    buf_init(&exchange->body, server->options.max_body_bytes);
    return exchange;
}

static void exchange_end(void *context, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode code)
{
    (void)context, (void)connection, (void)code;
    struct exchange *exchange = *slot;
    if (!exchange)
        return;
    buf_finish(&exchange->body);
    arena_finish(&exchange->arena);
    memory_free(exchange);
    *slot = NULL;
}

/* --- answers --- */

static enum MHD_Result queue(struct MHD_Connection *connection, int status, struct MHD_Response *answer)
{
    if (!answer)
        return MHD_NO;
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)status, answer);
    MHD_destroy_response(answer);
    return result;
}

static enum MHD_Result queue_error(struct MHD_Connection *connection, int status, const char *message)
{
    struct MHD_Response *answer =
        MHD_create_response_from_buffer(strlen(message), (void *)(uintptr_t)message, MHD_RESPMEM_MUST_COPY);
    if (answer)
        MHD_add_response_header(answer, "Content-Type", "text/plain; charset=utf-8");
    return queue(connection, status, answer);
}

static enum MHD_Result queue_response(struct exchange *exchange, struct MHD_Connection *connection,
                                      struct server_response *response)
{
    if (response->body.overflowed)
        return queue_error(connection, 500, "the answer is too large\n");
    struct MHD_Response *answer = MHD_create_response_from_buffer_with_free_callback(
        response->body.len, response->body.at, memory_free);
    if (!answer)
        return MHD_NO;
    response->body = (struct buf){0}; /* the answer owns the bytes now */
    const char *type = response->content_type ? response->content_type : "text/plain; charset=utf-8";
    MHD_add_response_header(answer, "Content-Type", type);
    for (size_t i = 0; i < response->n_headers; i++) {
        /* libmicrohttpd refuses names and values with line ends, which then are missing. */
        MHD_add_response_header(answer, text_copy(&exchange->arena, response->headers[i].name).at,
                                text_copy(&exchange->arena, response->headers[i].value).at);
    }
    return queue(connection, response->status, answer);
}

/* --- the request as handlers see it --- */

struct param_list {
    VEC(struct server_param) params;
};

static enum MHD_Result collect(void *context, enum MHD_ValueKind kind, const char *name, size_t name_len,
                               const char *value, size_t value_len)
{
    (void)kind;
    struct param_list *list = context;
    VEC_PUSH(&list->params, (struct server_param){{name, name_len}, {value ? value : "", value_len}});
    return MHD_YES;
}

static struct text decode_into(struct arena *arena, struct text t, bool *good)
{
    struct buf decoded;
    buf_init(&decoded, t.len);
    *good = url_decode(t, &decoded) && *good;
    struct text copy = text_copy(arena, buf_text(&decoded));
    buf_finish(&decoded);
    return copy;
}

/* a=b&c=d of a body. False if it is no form, or too long a one. */
static bool collect_form(struct exchange *exchange, struct param_list *list)
{
    struct text rest = buf_text(&exchange->body);
    bool good = true;
    for (size_t n = 0; rest.len > 0 && good; n++) {
        struct text value = text_cut(&rest, '&');
        struct text name = text_cut(&value, '=');
        struct server_param param = {decode_into(&exchange->arena, name, &good),
                                     decode_into(&exchange->arena, value, &good)};
        good = good && n < FORM_PARAMS_MAX;
        VEC_PUSH(&list->params, param);
    }
    return good;
}

static const struct server_param *keep_params(struct arena *arena, struct param_list *list, size_t *n)
{
    struct server_param *kept = ARENA_ARRAY(arena, struct server_param, list->params.len);
    if (list->params.len > 0)
        memcpy(kept, list->params.at, list->params.len * sizeof *kept);
    *n = list->params.len;
    VEC_FREE(&list->params);
    return kept;
}

static void set_peer(struct exchange *exchange, struct MHD_Connection *connection,
                     struct server_request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (!info || !info->client_addr)
        return;
    struct buf peer;
    buf_init(&peer, 128);
    address_print(info->client_addr, &peer);
    request->peer = text_copy(&exchange->arena, buf_text(&peer));
    request->peer_is_loopback = address_is_loopback(info->client_addr);
    buf_finish(&peer);
}

static bool make_request(struct exchange *exchange, struct MHD_Connection *connection,
                         struct server_request *request)
{
    struct param_list headers = {0};
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, collect, &headers);
    request->headers = keep_params(&exchange->arena, &headers, &request->n_headers);

    struct param_list params = {0};
    MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, collect, &params);
    bool form =
        text_starts(server_header(request, "Content-Type"), TEXT("application/x-www-form-urlencoded"));
    bool good = !form || collect_form(exchange, &params);
    request->params = keep_params(&exchange->arena, &params, &request->n_params);

    request->body = buf_text(&exchange->body);
    request->arena = &exchange->arena;
    set_peer(exchange, connection, request);
    return good;
}

/* It wakes into access_handler, which then closes the connection. */
static void wake_first(struct http_server *server)
{
    server->hanging[0].exchange->refused = true;
    MHD_resume_connection(server->hanging[0].connection);
    memmove(server->hanging, server->hanging + 1, --server->n_hanging * sizeof server->hanging[0]);
}

static enum MHD_Result hang(struct http_server *server, struct exchange *exchange,
                            struct MHD_Connection *connection)
{
    pthread_mutex_lock(&server->mutex);
    bool hangs = !server->stopping;
    if (hangs && server->n_hanging == HANGING_MAX)
        wake_first(server);
    if (hangs) {
        server->hanging[server->n_hanging++] = (struct hanging){connection, exchange};
        MHD_suspend_connection(connection);
    }
    pthread_mutex_unlock(&server->mutex);
    return hangs ? MHD_YES : MHD_NO;
}

static enum MHD_Result serve(struct http_server *server, struct exchange *exchange,
                             struct MHD_Connection *connection, struct server_request *request)
{
    if (exchange->body.overflowed)
        return queue_error(connection, 413, "the request's body is too large\n");
    if (!make_request(exchange, connection, request))
        return queue_error(connection, 400, "the form in the request's body is not valid\n");
    struct server_response response = {.status = 200};
    buf_init(&response.body, server->options.max_response_bytes);
    server->options.handle(server->options.context, request, &response);
    enum MHD_Result result = MHD_NO;
    if (response.fate == SERVER_HANGS)
        result = hang(server, exchange, connection);
    else if (response.fate == SERVER_ANSWERS)
        result = queue_response(exchange, connection, &response);
    buf_finish(&response.body);
    return result;
}

/* --- what libmicrohttpd calls --- */

/* By the headers alone: bodies that we would not take are refused before they are sent. */
static enum MHD_Result begin(const struct http_server *server, struct exchange *exchange,
                             struct MHD_Connection *connection)
{
    const char *encoding = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Encoding");
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    if (encoding && strcasecmp(encoding, "identity") != 0) {
        exchange->refused = true;
        return queue_error(connection, 415, "compressed bodies are not taken\n");
    }
    /* libmicrohttpd checked that it is a number; one of 19 digits and more is over any limit. */
    if (length && (strlen(length) > 18 || strtoull(length, NULL, 10) > server->options.max_body_bytes)) {
        exchange->refused = true;
        return queue_error(connection, 413, "the request's body is too large\n");
    }
    return MHD_YES;
}

static enum MHD_Result access_handler(void *context, struct MHD_Connection *connection, const char *path,
                                      const char *method, const char *version, const char *upload,
                                      size_t *upload_len, void **slot)
{
    (void)version;
    struct http_server *server = context;
    struct exchange *exchange = *slot;
    if (!exchange) {
        *slot = exchange = exchange_new(server);
        return begin(server, exchange, connection);
    }
    if (exchange->refused)
        return MHD_NO;
    if (*upload_len > 0) {
        buf_add(&exchange->body, upload, *upload_len);
        exchange->body_seen += *upload_len;
        *upload_len = 0;
        return exchange->body_seen / SWALLOWED_BODIES_MAX <= server->options.max_body_bytes ? MHD_YES
                                                                                            : MHD_NO;
    }
    bool head = strcmp(method, "HEAD") == 0; /* a GET whose body is not sent */
    struct server_request request = {.method = head ? TEXT("GET") : text_of(method), .path = text_of(path)};
    return serve(server, exchange, connection, &request);
}

/* --- start and stop --- */

static void fill_defaults(struct http_server_options *options)
{
    if (options->max_body_bytes == 0)
        options->max_body_bytes = BODY_BYTES_MAX;
    if (options->max_header_bytes == 0)
        options->max_header_bytes = HEADER_BYTES_MAX;
    if (options->max_response_bytes == 0)
        options->max_response_bytes = RESPONSE_BYTES_MAX;
    if (options->max_connections == 0)
        options->max_connections = CONNECTIONS_MAX;
    if (options->timeout_ms <= 0)
        options->timeout_ms = TIMEOUT_MS;
}

struct http_server *http_server_start(const struct http_server_options *options, struct err *err)
{
    int port = 0;
    int fd = http_listen(options->listen, options->tokens_are_set, &port, err);
    if (fd < 0)
        return NULL;
    struct http_server *server = memory_alloc_zero(1, sizeof *server);
    server->options = *options;
    server->options.listen = NULL; /* the caller's */
    server->port = port;
    pthread_mutex_init(&server->mutex, NULL);
    fill_defaults(&server->options);
    unsigned timeout_s = (unsigned)((server->options.timeout_ms + 999) / 1000);
    server->daemon = MHD_start_daemon(
        MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        access_handler, server, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, exchange_end, NULL,
        MHD_OPTION_CONNECTION_LIMIT, server->options.max_connections, MHD_OPTION_CONNECTION_TIMEOUT,
        timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, server->options.max_header_bytes, MHD_OPTION_END);
    if (server->daemon)
        return server;
    err_set(err, ERR_UNREACHABLE, "cannot serve on %s", options->listen);
    close(fd);
    pthread_mutex_destroy(&server->mutex);
    memory_free(server);
    return NULL;
}

void http_server_stop(struct http_server *server)
{
    if (!server)
        return;
    pthread_mutex_lock(&server->mutex);
    server->stopping = true;
    while (server->n_hanging > 0)
        wake_first(server);
    pthread_mutex_unlock(&server->mutex);
    MHD_stop_daemon(server->daemon); /* closes the listening socket, too */
    pthread_mutex_destroy(&server->mutex);
    memory_free(server);
}

int http_server_port(const struct http_server *server)
{
    return server->port;
}
