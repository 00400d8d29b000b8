/* Routing, authentication and what holds for every answer. */
#include "server/server.h"

#include "base/digest.h"
#include "base/duration.h"
#include "base/json.h"
#include "base/memory.h"
#include "server/route.h"
#include "store/store.h"

struct server {
    struct server_options options;
    struct http_server *http;
    struct database *reader; /* opened with the first request that needs it */
};

enum { HOSTS_MAX = 1 };

/* NULL: no such token. */
static const struct api_token *find_token(const struct config_view *config, struct text given)
{
    struct digest digest = digest_of(given);
    const struct api_token *found = NULL;
    for (size_t i = 0; i < config->n_tokens; i++) {
        struct text wanted = {(const char *)config->tokens[i].digest.bytes, DIGEST_BYTES};
        struct text had = {(const char *)digest.bytes, DIGEST_BYTES};
        if (server_secret_is(had, wanted)) /* all are compared: the time tells nothing */
            found = &config->tokens[i];
    }
    return given.len > 0 ? found : NULL;
}

/* The host part of server.external_url, which a proxy may pass on. */
static struct text external_host(const struct config_view *config)
{
    struct text url = config->external_url;
    size_t at = 0;
    for (size_t i = 0; i + 2 < url.len && !at; i++)
        if (url.at[i] == ':' && url.at[i + 1] == '/' && url.at[i + 2] == '/')
            at = i + 3;
    struct text rest = text_part(url, at, url.len);
    rest.len = text_find(rest, '/');
    rest.len = text_find(rest, ':');
    return rest;
}

static void add_security_headers(struct server_response *response)
{
    server_response_header(response, TEXT("Content-Security-Policy"),
                           TEXT("default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:;"
                                " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"));
    server_response_header(response, TEXT("X-Content-Type-Options"), TEXT("nosniff"));
    server_response_header(response, TEXT("Referrer-Policy"), TEXT("no-referrer"));
    server_response_header(response, TEXT("Cache-Control"), TEXT("no-store"));
}

void answer_error(struct exchange *exchange, const struct err *err)
{
    struct json_writer w;
    exchange->response->status = err->kind == ERR_NO_DATA                                 ? 404
                                 : err->kind == ERR_INPUT || err->kind == ERR_USAGE       ? 400
                                 : err->kind == ERR_LIMIT                                 ? 409
                                 : err->kind == ERR_STORE || err->kind == ERR_UNREACHABLE ? 503
                                                                                          : 500;
    exchange->response->content_type = "application/json";
    buf_clear(&exchange->response->body);
    json_begin(&w, &exchange->response->body);
    json_open(&w, '{');
    json_name(&w, "error");
    json_put_string(&w, err->message);
    json_name(&w, "kind");
    json_put_string(&w, err_kind_name(err->kind));
    json_close(&w, '}');
}

void answer_not_found(struct exchange *exchange)
{
    exchange->response->status = 404;
    buf_puts(&exchange->response->body, "nothing here; see / for the page, /api/v1/slos for the API\n");
}

static void answer_filling(struct exchange *exchange)
{
    const struct counters *counters = exchange->options->counters;
    int64_t left_ms = atomic_load(&counters->fill_left_ms);
    struct buf *out = &exchange->response->body;
    buf_printf(out, "reading history: %d %%", atomic_load(&counters->fill_percent));
    if (left_ms > 0) {
        buf_puts(out, ", about ");
        duration_print_human(left_ms, out);
        buf_puts(out, " left");
    }
    buf_putc(out, '\n');
}

static void answer_health(struct exchange *exchange)
{
    bool ready = atomic_load(&exchange->options->counters->ready) != 0;
    if (text_is(exchange->request->path, "/-/healthy")) {
        buf_puts(&exchange->response->body, "sloburn is alive\n");
        return;
    }
    exchange->response->status = ready ? 200 : 503;
    if (ready)
        buf_puts(&exchange->response->body, "sloburn is ready\n");
    else
        answer_filling(exchange);
}

struct route {
    const char *path;
    void (*answer)(struct exchange *exchange);
};

static const struct route routes[] = {
    {"/", answer_page},
    {"/api/v1/slos", answer_slos},
    {"/api/v1/ledger", answer_ledger},
    {"/api/v1/alerts", answer_alerts},
    {"/api/v1/corrections", answer_corrections},
    {"/metrics", answer_metrics},
};

static void answer_route(struct exchange *exchange)
{
    struct text path = exchange->request->path;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
        if (text_is(path, routes[i].path)) {
            routes[i].answer(exchange);
            return;
        }
    if (text_starts(path, TEXT("/api/v1/corrections/")))
        answer_correction(exchange, text_part(path, 20, path.len));
    else if (text_starts(path, TEXT("/slo/")))
        answer_slo_page(exchange, text_part(path, 5, path.len));
    else if (text_starts(path, TEXT("/runbooks/")))
        answer_runbook(exchange, text_part(path, 10, path.len));
    else
        answer_not_found(exchange);
}

/* As answer_error, with 403. */
static void answer_refusal(struct exchange *exchange, const char *why)
{
    struct err err;
    (void)err_set(&err, ERR_USAGE, "%s", why);
    answer_error(exchange, &err);
    exchange->response->status = 403;
}

static void refuse(struct exchange *exchange, int status, const char *why)
{
    exchange->response->status = status;
    buf_puts(&exchange->response->body, why);
}

static bool is_read(const struct exchange *exchange)
{
    return text_is(exchange->request->method, "GET") || text_is(exchange->request->method, "HEAD");
}

static bool is_change(const struct exchange *exchange)
{
    struct text method = exchange->request->method, path = exchange->request->path;
    return (text_is(method, "POST") && text_is(path, "/api/v1/corrections")) ||
           (text_is(method, "DELETE") && text_starts(path, TEXT("/api/v1/corrections/")));
}

/* With tokens configured all but health wants one, and a change one of the right role. False: it was refused.
 */
static bool admit(struct exchange *exchange)
{
    const struct config_view *config = exchange->config;
    const struct api_token *token = find_token(config, server_bearer(exchange->request));
    struct text host = external_host(config);
    if (config->n_tokens == 0 && !server_host_is_known(exchange->request, &host, host.len ? HOSTS_MAX : 0)) {
        refuse(exchange, 403, "the Host header names neither this machine nor server.external_url\n");
        return false;
    }
    if (config->n_tokens && !token) {
        server_response_header(exchange->response, TEXT("WWW-Authenticate"),
                               TEXT("Bearer realm=\"sloburn\""));
        refuse(exchange, 401, "a token is needed: Authorization: Bearer …\n");
        return false;
    }
    if (token)
        exchange->actor = token->name;
    const char *why = NULL;
    if (is_read(exchange))
        why = token && !token->read ? "this token may not read: it lacks the role read" : NULL;
    else if (!token)
        why = "changes need a token: name one under server.tokens in sloburn.yml, with the role correct";
    else if (!token->correct)
        why = "this token may not correct: it lacks the role correct";
    else if (!server_origin_is_own(exchange->request))
        why = "the Origin header names another site";
    if (why)
        answer_refusal(exchange, why);
    return !why;
}

static void answer(struct server *server, struct exchange *exchange)
{
    struct text path = exchange->request->path;
    struct err err;
    add_security_headers(exchange->response);
    if (!is_read(exchange) && !is_change(exchange)) {
        server_response_header(exchange->response, TEXT("Allow"), TEXT("GET, HEAD"));
        refuse(exchange, 405, "only corrections can be changed here: GET or HEAD\n");
        return;
    }
    if (text_is(path, "/-/healthy") || text_is(path, "/-/ready")) {
        answer_health(exchange);
        return;
    }
    if (!admit(exchange))
        return;
    if (!server->reader)
        server->reader = store_open_reader(exchange->config->store_path.at, &err);
    exchange->reader = server->reader;
    if (server->reader || text_is(path, "/metrics"))
        answer_route(exchange);
    else
        answer_error(exchange, &err);
}

static void handle(void *context, const struct server_request *request, struct server_response *response)
{
    struct server *server = context;
    struct config *config = current_get(server->options.current);
    struct exchange exchange = {.options = &server->options,
                                .config = config_view(config),
                                .request = request,
                                .response = response,
                                .now_ms = server->options.now_ms(server->options.now_context)};
    count(&server->options.counters->http_requests, 1);
    answer(server, &exchange);
    config_unref(config);
}

struct server *server_start(const struct server_options *options, struct err *err)
{
    struct server *server = memory_alloc_zero(1, sizeof *server);
    struct config *config = current_get(options->current);
    server->options = *options;
    struct http_server_options http = {.listen =
                                           options->listen ? options->listen : config_view(config)->listen.at,
                                       .tokens_are_set = config_view(config)->n_tokens > 0,
                                       .handle = handle,
                                       .context = server};
    server->http = http_server_start(&http, err);
    config_unref(config);
    if (server->http)
        return server;
    memory_free(server);
    return NULL;
}

void server_stop(struct server *server)
{
    if (!server)
        return;
    http_server_stop(server->http);
    database_close(server->reader);
    memory_free(server);
}

int server_port(const struct server *server)
{
    return http_server_port(server->http);
}
