/* A client's settings: copied, checked and, as far as libcurl allows, judged before the first request. */
#include "net/http_handle.h"

#include "base/file.h"
#include "base/memory.h"
#include "net/url.h"

#include <pthread.h>
#include <strings.h>
#include <unistd.h>

enum {
    CONNECT_TIMEOUT_MS = 5000,
    TIMEOUT_MS = 30000,
    RESPONSE_BYTES_MAX = 1 << 20,
};

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static const char *keep_cstring(struct arena *arena, const char *s)
{
    return s ? text_copy(arena, text_of(s)).at : NULL;
}

static void copy_options(struct http_client *client, const struct http_client_options *from)
{
    struct arena *arena = &client->arena;
    struct http_client_options *to = &client->options;
    *to = *from;
    const char **strings[] = {
        &to->url,          &to->username,          &to->password,  &to->password_file,
        &to->bearer_token, &to->bearer_token_file, &to->ca_file,   &to->cert_file,
        &to->key_file,     &to->server_name,       &to->proxy_url, &to->user_agent,
    };
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        *strings[i] = keep_cstring(arena, *strings[i]);
    struct http_header *headers = ARENA_ARRAY(arena, struct http_header, from->n_headers);
    for (size_t i = 0; i < from->n_headers; i++) {
        headers[i].name = keep_cstring(arena, from->headers[i].name);
        headers[i].value = keep_cstring(arena, from->headers[i].value);
    }
    to->headers = headers;
    if (!to->user_agent)
        to->user_agent = "sloburn/" SLOBURN_VERSION;
    if (to->connect_timeout_ms <= 0)
        to->connect_timeout_ms = CONNECT_TIMEOUT_MS;
    if (to->timeout_ms <= 0)
        to->timeout_ms = TIMEOUT_MS;
    if (to->max_response_bytes == 0)
        to->max_response_bytes = RESPONSE_BYTES_MAX;
}

/* A part of a parsed URL as a copy in the arena; NULL if it has none. */
static const char *url_part(struct arena *arena, CURLU *url, CURLUPart part, unsigned flags)
{
    char *found = NULL;
    if (curl_url_get(url, part, &found, flags) != CURLUE_OK)
        return NULL;
    const char *copy = keep_cstring(arena, found);
    curl_free(found);
    return copy;
}

/* With server_name the URL carries that name, for SNI and the certificate; the connection goes to the host of
 * the URL, and the Host header names it. */
static bool rename_host(struct http_client *client, CURLU *url)
{
    const char *host = url_part(&client->arena, url, CURLUPART_HOST, 0);
    const char *port = url_part(&client->arena, url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    struct buf line;
    buf_init(&line, URL_BYTES_MAX);
    buf_printf(&line, "::%s:%s", host, port);
    client->connect_to = curl_slist_append(NULL, buf_cstring(&line));
    buf_clear(&line);
    buf_printf(&line, "%s:%s", host, port);
    client->host_header = keep_cstring(&client->arena, buf_cstring(&line));
    buf_finish(&line);
    return curl_url_set(url, CURLUPART_HOST, client->options.server_name, 0) == CURLUE_OK;
}

static bool set_base(struct http_client *client, CURLU *url, struct err *err)
{
    struct arena *arena = &client->arena;
    if (curl_url_set(url, CURLUPART_URL, client->options.url, 0) != CURLUE_OK)
        return err_set(err, ERR_INPUT, "url %s is not valid", client->safe_url);
    const char *scheme = url_part(arena, url, CURLUPART_SCHEME, 0);
    if (!scheme || (strcasecmp(scheme, "http") != 0 && strcasecmp(scheme, "https") != 0))
        return err_set(err, ERR_INPUT, "url %s: only http and https are spoken", client->safe_url);
    if (url_part(arena, url, CURLUPART_FRAGMENT, 0))
        return err_set(err, ERR_INPUT, "url %s has a fragment (#…), which no server gets to see",
                       client->safe_url);
    if (client->options.server_name && strcasecmp(scheme, "https") == 0 && !rename_host(client, url))
        return err_set(err, ERR_INPUT, "server_name %s is no host name", client->options.server_name);
    const char *base = url_part(arena, url, CURLUPART_URL, 0);
    if (!base)
        return err_set(err, ERR_INPUT, "url %s is not valid", client->safe_url);
    struct text trimmed = text_of(base);
    while (trimmed.len > 0 && trimmed.at[trimmed.len - 1] == '/')
        trimmed.len--;
    client->base = text_copy(arena, trimmed).at;
    return true;
}

bool http_header_is_valid(const char *name, const char *value)
{
    if (!*name || strpbrk(name, " \t\r\n:"))
        return false;
    for (const char *c = value; *c; c++) {
        if ((unsigned char)*c < ' ' && *c != '\t')
            return false;
    }
    return true;
}

static bool check_options(const struct http_client *client, struct err *err)
{
    const struct http_client_options *options = &client->options;
    bool bearer = options->bearer_token || options->bearer_token_file;
    if (bearer && (options->username || options->password || options->password_file))
        return err_set(err, ERR_INPUT, "%s: either basic authentication or a bearer token, not both",
                       client->safe_url);
    if (options->key_file && !options->cert_file)
        return err_set(err, ERR_INPUT, "%s: key_file without cert_file", client->safe_url);
    for (size_t i = 0; i < options->n_headers; i++) {
        if (!http_header_is_valid(options->headers[i].name, options->headers[i].value))
            return err_set(err, ERR_INPUT, "header %s is not valid", options->headers[i].name);
    }
    const char *const files[] = {options->ca_file, options->cert_file, options->key_file};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (files[i] && access(files[i], R_OK) != 0)
            return err_set(err, ERR_INPUT, "%s: cannot be read", files[i]);
    }
    return true;
}

struct http_client *http_client_new(const struct http_client_options *options, struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_curl);
    struct http_client *client = memory_alloc_zero(1, sizeof *client);
    arena_init(&client->arena, 0);
    buf_init(&client->refused, HEADER_BYTES_MAX);
    copy_options(client, options);

    struct buf safe;
    buf_init(&safe, URL_BYTES_MAX);
    url_print_safe(text_of(client->options.url), client->options.secret_path, &safe);
    client->safe_url = keep_cstring(&client->arena, buf_cstring(&safe));
    buf_finish(&safe);

    client->curl = curl_easy_init();
    CURLU *url = curl_url();
    if (!client->curl || !url)
        memory_exhausted();
    bool good = set_base(client, url, err) && check_options(client, err);
    curl_url_cleanup(url);
    if (good)
        return client;
    http_client_free(client);
    return NULL;
}

void http_client_free(struct http_client *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->curl);
    curl_slist_free_all(client->connect_to);
    buf_finish(&client->refused);
    arena_finish(&client->arena);
    memory_free(client);
}

const char *http_client_url(const struct http_client *client)
{
    return client->safe_url;
}

bool http_client_aborted(const struct http_client *client)
{
    return client->options.aborted && client->options.aborted(client->options.aborted_context);
}

int64_t http_client_timeout_ms(const struct http_client *client, const struct http_request *request)
{
    return request->timeout_ms > 0 ? request->timeout_ms : client->options.timeout_ms;
}
