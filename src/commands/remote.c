/* Requests to a sloburn's API. */
#include "commands/remote.h"

#include "base/duration.h"
#include "base/json.h"
#include "net/http_client.h"

enum { ANSWER_MAX = 32 << 20, SHOWN_MAX = 300 };

void remote_parameter(struct buf *path, const char *name, struct text value)
{
    static const char hex[] = "0123456789ABCDEF";
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    if (value.len == 0)
        return;
    bool first = text_find(buf_text(path), '?') == path->len;
    buf_printf(path, "%c%s=", first ? '?' : '&', name);
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];
        if (c && strchr(plain, c)) {
            buf_putc(path, (char)c);
        } else {
            buf_putc(path, '%');
            buf_putc(path, hex[c >> 4]);
            buf_putc(path, hex[c & 15]);
        }
    }
}

/* `kind` is what a sloburn says beside its "error"; a 404 without it comes from something else. */
static enum err_kind kind_of(int status, const char *kind)
{
    if (text_is(text_of(kind), "no_data"))
        return ERR_NO_DATA;
    if (status == 401 || status == 403)
        return ERR_USAGE;
    return status >= 500 || status == 429 ? ERR_UNREACHABLE : ERR_INPUT;
}

/* The server's "error" (sloburn's, as Prometheus') if the body is JSON of that form, else its status. */
static bool refuse(const struct http_response *response, const char *url, struct err *err)
{
    struct err ignored;
    struct json *json = json_parse(buf_text(&response->body), &ignored);
    struct text said = text_of(json_string(json_get(json, "error"), ""));
    struct buf status;
    buf_init(&status, 128);
    http_status_print(response->status, &status);
    err_set(err, kind_of(response->status, json_string(json_get(json, "kind"), "")), "%s: %s%s%.*s", url,
            buf_cstring(&status), said.len ? ": " : "", (int)(said.len < SHOWN_MAX ? said.len : SHOWN_MAX),
            said.at);
    buf_finish(&status);
    json_free(json);
    return false;
}

static bool ask(const char *server, const char *token_file, const struct http_request *request, int attempts,
                struct buf *body, struct err *err)
{
    struct http_client_options options = {.url = server,
                                          .bearer_token_file = token_file,
                                          .max_response_bytes = ANSWER_MAX,
                                          .timeout_ms = 30 * SECOND_MS};
    struct http_client *client = http_client_new(&options, err);
    if (!client)
        return false;
    struct http_retry retry = {.deadline_ms = 30 * SECOND_MS, .attempts = attempts};
    struct http_response response;
    http_response_init(&response);
    bool good = http_send_retrying(client, request, &retry, &response, err);
    if (good && response.status != 200 && response.status != 201)
        good = refuse(&response, http_client_url(client), err);
    else if (good)
        buf_add_text(body, buf_text(&response.body));
    http_response_finish(&response);
    http_client_free(client);
    return good;
}

bool remote_get(const char *server, const char *token_file, const char *path, struct buf *body,
                struct err *err)
{
    struct http_request request = {.path = path};
    return ask(server, token_file, &request, 3, body, err);
}

bool remote_send(const char *server, const char *token_file, const struct remote_change *change,
                 struct buf *body, struct err *err)
{
    struct http_request request = {.method = change->method,
                                   .path = change->path,
                                   .content_type = "application/json",
                                   .body = change->body};
    return ask(server, token_file, &request, 1, body, err);
}
