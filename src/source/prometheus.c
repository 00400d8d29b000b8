/* The Prometheus source itself: made, asked one question, freed. What an answer means is decided here: HTTP
 * status, the API's own error, or samples. */
#include "source/prometheus.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/memory.h"
#include "net/url.h"
#include "source/prometheus_query.h"

enum {
    RESPONSE_BYTES_MAX = 256 << 20,
    TIMEOUT_MS = 30000,
    SAMPLES_MAX = 50000000,
    PAGE_SAMPLES = 1000000,
    FORM_BYTES_MAX = 1 << 20,
    KEPT_BYTES_MAX = 4 << 20, /* of a large answer the memory is not kept for the next */
    EXCERPT_BYTES_MAX = 120,
};

static void append_seconds(struct buf *out, const char *name, int64_t ms)
{
    struct buf number;
    buf_init(&number, 64);
    int64_t whole = ms / 1000;
    int64_t rest = ms % 1000;
    buf_printf(&number, "%s%lld.%03lld", ms < 0 ? "-" : "", (long long)(whole < 0 ? -whole : whole),
               (long long)(rest < 0 ? -rest : rest));
    url_query_add(out, name, buf_text(&number));
    buf_finish(&number);
}

/* The server is told our timeout, so that it does not go on for nobody. */
static void put_form(const struct prometheus *prometheus, const struct prometheus_query *query,
                     struct buf *form)
{
    url_query_add(form, "query", query->expression);
    if (query->step_ms > 0) {
        append_seconds(form, "start", query->start_ms);
        append_seconds(form, "end", query->end_ms);
        append_seconds(form, "step", query->step_ms);
    } else {
        append_seconds(form, "time", query->start_ms);
    }
    if (query->lookback_ms > 0)
        append_seconds(form, "lookback_delta", query->lookback_ms);
    append_seconds(form, "timeout", prometheus->timeout_ms);
}

/* The beginning of a body that is not the API's, on one line. */
static void put_excerpt(struct text body, struct buf *out)
{
    body = text_trim(body);
    size_t n = body.len < EXCERPT_BYTES_MAX ? body.len : EXCERPT_BYTES_MAX;
    for (size_t i = 0; i < n; i++)
        buf_putc(out, (unsigned char)body.at[i] < ' ' ? ' ' : body.at[i]);
    if (n < body.len)
        buf_puts(out, "…");
}

/* An answer that is no success: the API's own words where it has them. */
static bool explain_status(const struct prometheus *prometheus, struct err *err)
{
    const struct http_response *response = &prometheus->response;
    bool servers_fault = response->status >= 500 || response->status == 429;
    struct err refusal = {0};
    struct label_table *table = label_table_new(NULL);
    struct arena arena;
    arena_init(&arena, 0);
    struct samples_answer ignored;
    struct text body = buf_text(&response->body);
    bool own_words = text_starts(text_trim(body), TEXT("{\"status\":\"error\"")) &&
                     !samples_scan(body, 0, table, &arena, &ignored, &refusal);
    arena_finish(&arena);
    label_table_free(table);

    struct buf line;
    buf_init(&line, ERR_MESSAGE_MAX);
    http_status_print(response->status, &line);
    if (own_words) {
        buf_printf(&line, ": %s", refusal.message);
    } else if (text_trim(body).len > 0) {
        buf_puts(&line, ": ");
        put_excerpt(body, &line);
    }
    enum err_kind kind = own_words && refusal.kind == ERR_LIMIT ? ERR_LIMIT
                         : servers_fault                        ? ERR_UNREACHABLE
                                                                : ERR_INPUT;
    err_set(err, kind, "%s: %s", http_client_url(prometheus->client), buf_cstring(&line));
    buf_finish(&line);
    return false;
}

/* Sends path?form or a POST of the form. A server that does not take POST is asked by GET from then on. */
static bool send_form(struct prometheus *prometheus, const char *path, struct text form, struct err *err)
{
    struct http_retry retry = {.deadline_ms = prometheus->timeout_ms};
    struct buf target;
    buf_init(&target, FORM_BYTES_MAX);
    buf_puts(&target, path);
    struct http_request request = {
        .method = "POST", .path = path, .content_type = "application/x-www-form-urlencoded", .body = form};
    bool good = true;
    if (!prometheus->use_get) {
        good = http_send_retrying(prometheus->client, &request, &retry, &prometheus->response, err);
        if (good && prometheus->response.status == 405)
            prometheus->use_get = true;
    }
    if (good && prometheus->use_get) {
        buf_puts(&target, form.len > 0 ? "?" : "");
        buf_add_text(&target, form);
        request = (struct http_request){.path = buf_cstring(&target)};
        good = http_send_retrying(prometheus->client, &request, &retry, &prometheus->response, err);
    }
    buf_finish(&target);
    if (!good)
        return false;
    return prometheus->response.status / 100 == 2 || explain_status(prometheus, err);
}

bool prometheus_ask(struct prometheus *prometheus, const struct prometheus_query *query,
                    struct label_table *table, struct arena *arena, struct samples_answer *answer,
                    struct err *err)
{
    struct buf form;
    buf_init(&form, FORM_BYTES_MAX);
    put_form(prometheus, query, &form);
    bool good = !form.overflowed || err_set(err, ERR_LIMIT, "%s: the query is longer than %d bytes",
                                            http_client_url(prometheus->client), FORM_BYTES_MAX);
    good = good && send_form(prometheus, query->step_ms > 0 ? "/api/v1/query_range" : "/api/v1/query",
                             buf_text(&form), err);
    buf_finish(&form);
    if (!good)
        return false;
    good = samples_scan(buf_text(&prometheus->response.body), query->max_samples, table, arena, answer, err);
    if (prometheus->response.body.cap > KEPT_BYTES_MAX)
        buf_finish(&prometheus->response.body);
    if (!good)
        return err_context(err, "%s", http_client_url(prometheus->client));
    prometheus->source.partial |= answer->partial;
    prometheus->source.skipped_histograms |= answer->n_histograms > 0;
    return true;
}

/* "Prometheus 3.5.0 at URL". A server without buildinfo, but which evaluates 1, is one that speaks the API.
 */
static bool prometheus_check(struct source *source, struct buf *description, struct err *err)
{
    struct prometheus *prometheus = (struct prometheus *)source;
    const char *url = http_client_url(prometheus->client);
    struct label_table *table = label_table_new(NULL);
    struct arena arena;
    arena_init(&arena, 0);
    struct samples_answer answer;
    struct prometheus_query one = {.expression = TEXT("1")};
    bool good = prometheus_ask(prometheus, &one, table, &arena, &answer, err);
    arena_finish(&arena);
    label_table_free(table);
    if (!good)
        return false;

    struct err unknown = {0};
    struct http_request request = {.path = "/api/v1/status/buildinfo"};
    struct json *json = NULL;
    if (http_send(prometheus->client, &request, &prometheus->response, &unknown) &&
        prometheus->response.status == 200)
        json = json_parse(buf_text(&prometheus->response.body), &unknown);
    const struct json *data = json_get(json, "data");
    const char *application = json_string(json_get(data, "application"), "Prometheus");
    const char *version = json_string(json_get(data, "version"), "of unknown version");
    buf_printf(description, "%s %s at %s", application, version, url);
    json_free(json);
    return true;
}

static void prometheus_free(struct source *source)
{
    struct prometheus *prometheus = (struct prometheus *)source;
    http_client_free(prometheus->client);
    http_response_finish(&prometheus->response);
    memory_free(prometheus->name);
    memory_free(prometheus);
}

static const struct source_class prometheus_class = {
    .kind = "prometheus",
    .raw = prometheus_raw,
    .live = prometheus_live,
    .select = prometheus_select,
    .check = prometheus_check,
    .release = prometheus_free,
};

struct source *prometheus_source_new(const struct prometheus_options *options, struct err *err)
{
    struct http_client_options http = options->http;
    if (http.max_response_bytes == 0)
        http.max_response_bytes = RESPONSE_BYTES_MAX;
    struct http_client *client = http_client_new(&http, err);
    if (!client)
        return NULL;
    if (strchr(http.url, '?')) {
        err_set(err, ERR_INPUT, "url %s: a query string has no place here", http_client_url(client));
        http_client_free(client);
        return NULL;
    }
    struct prometheus *prometheus = memory_alloc_zero(1, sizeof *prometheus);
    struct text name = text_of(options->name ? options->name : http_client_url(client));
    prometheus->client = client;
    prometheus->name = memory_copy_text(name.at, name.len);
    prometheus->source = (struct source){.class = &prometheus_class, .name = {prometheus->name, name.len}};
    prometheus->use_get = options->use_get;
    prometheus->timeout_ms = http.timeout_ms > 0 ? http.timeout_ms : TIMEOUT_MS;
    prometheus->max_samples = options->max_samples > 0 ? options->max_samples : SAMPLES_MAX;
    prometheus->page_samples = options->page_samples > 0 ? options->page_samples : PAGE_SAMPLES;
    http_response_init(&prometheus->response);
    return &prometheus->source;
}

struct source *prometheus_source_open(const struct source_options *options, const char *name,
                                      bool (*aborted)(void *context), void *aborted_context, struct err *err)
{
    struct http_header *headers = memory_alloc_zero(options->n_headers + 1, sizeof *headers);
    for (size_t i = 0; i < options->n_headers; i++)
        headers[i] = (struct http_header){options->headers[i].name.at, options->headers[i].value.at};
    struct prometheus_options prometheus = {
        .name = name,
        .use_get = options->get,
        .max_samples = options->max_samples,
        .http = {.url = options->url.at,
                 .username = options->username.at,
                 .password = options->password.at,
                 .password_file = options->password_file.at,
                 .bearer_token = options->bearer_token.at,
                 .bearer_token_file = options->bearer_token_file.at,
                 .headers = headers,
                 .n_headers = options->n_headers,
                 .ca_file = options->ca_file.at,
                 .cert_file = options->cert_file.at,
                 .key_file = options->key_file.at,
                 .server_name = options->server_name.at,
                 .insecure_skip_verify = options->insecure_skip_verify,
                 .proxy_url = options->proxy_url.at,
                 .timeout_ms = options->timeout_ms,
                 .max_response_bytes = options->max_response_bytes,
                 .aborted = aborted,
                 .aborted_context = aborted_context},
    };
    struct source *source = prometheus_source_new(&prometheus, err);
    memory_free(headers);
    return source;
}
