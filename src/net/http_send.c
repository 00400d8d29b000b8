/* One request over libcurl's easy interface. Each resets the handle and sets everything anew, which keeps the
 * connections: no option of one request can leak into the next. */
#include "net/http_handle.h"

#include "base/file.h"
#include "base/memory.h"
#include "net/address.h"
#include "net/url.h"

#include <ctype.h>
#include <string.h>
#include <sys/socket.h>

enum { SECRET_BYTES_MAX = 16 << 10 };

/* --- what libcurl calls during a request --- */

static size_t take_body(char *at, size_t size, size_t n, void *context)
{
    struct http_response *response = context;
    buf_add(&response->body, at, size * n);
    return response->body.overflowed ? 0 : size * n;
}

/* A status line starts the headers anew: before it came those of a proxy, or of "100 Continue". */
static size_t take_header(char *at, size_t size, size_t n, void *context)
{
    struct http_response *response = context;
    struct text line = {at, size * n};
    if (text_starts(line, TEXT("HTTP/")))
        buf_clear(&response->headers);
    buf_add_text(&response->headers, line);
    return response->headers.overflowed ? 0 : size * n;
}

static int ask_aborted(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    const struct http_client *client = context;
    (void)down_total, (void)down, (void)up_total, (void)up;
    return http_client_aborted(client);
}

static curl_socket_t open_public_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_client *client = context;
    (void)purpose;
    if (!address_is_public(&address->addr)) {
        buf_clear(&client->refused);
        address_print(&address->addr, &client->refused);
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* --- a request --- */

/* A secret that is named directly or by a file. False if the file cannot be read. */
static bool secret_value(const char *direct, const char *path, struct buf *out, struct err *err)
{
    if (path)
        return file_read_secret(path, out, err);
    if (direct)
        buf_puts(out, direct);
    return true;
}

static bool set_credentials(struct http_client *client, struct err *err)
{
    const struct http_client_options *options = &client->options;
    bool bearer = options->bearer_token || options->bearer_token_file;
    bool basic = options->username || options->password || options->password_file;
    if (!bearer && !basic)
        return true;
    struct buf secret;
    buf_init(&secret, SECRET_BYTES_MAX);
    bool good = bearer ? secret_value(options->bearer_token, options->bearer_token_file, &secret, err)
                       : secret_value(options->password, options->password_file, &secret, err);
    if (good && !http_header_is_valid("Authorization", buf_cstring(&secret)))
        good = err_set(err, ERR_INPUT, "%s: the %s holds control characters", client->safe_url,
                       bearer ? "bearer token" : "password");
    if (good && bearer) {
        curl_easy_setopt(client->curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
        curl_easy_setopt(client->curl, CURLOPT_XOAUTH2_BEARER, buf_cstring(&secret));
    } else if (good) {
        curl_easy_setopt(client->curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        curl_easy_setopt(client->curl, CURLOPT_USERNAME, options->username ? options->username : "");
        curl_easy_setopt(client->curl, CURLOPT_PASSWORD, buf_cstring(&secret));
    }
    if (secret.at)
        explicit_bzero(secret.at, secret.cap);
    buf_finish(&secret);
    return good;
}

static void set_tls(struct http_client *client)
{
    const struct http_client_options *options = &client->options;
    CURL *curl = client->curl;
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    if (options->ca_file) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, options->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    if (options->cert_file) {
        curl_easy_setopt(curl, CURLOPT_SSLCERT, options->cert_file);
        curl_easy_setopt(curl, CURLOPT_SSLKEY, options->key_file ? options->key_file : options->cert_file);
    }
    if (options->insecure_skip_verify) {
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (client->connect_to)
        curl_easy_setopt(curl, CURLOPT_CONNECT_TO, client->connect_to);
}

static void set_limits(struct http_client *client, const struct http_request *request)
{
    const struct http_client_options *options = &client->options;
    CURL *curl = client->curl;
    int64_t timeout_ms = http_client_timeout_ms(client, request);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout_ms);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)options->max_response_bytes);
    curl_easy_setopt(curl, CURLOPT_PROXY, options->proxy_url ? options->proxy_url : "");
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, options->fresh_connection ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, options->fresh_connection ? 1L : 0L);
    if (options->public_only && !options->proxy_url) {
        curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_public_socket);
        curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, client);
    }
    if (options->aborted) {
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, ask_aborted);
        curl_easy_setopt(curl, CURLOPT_XFERINFODATA, client);
    }
}

static void add_header(struct curl_slist **list, const char *name, const char *value)
{
    struct buf line;
    buf_init(&line, HEADER_BYTES_MAX);
    /* "Name;" is how libcurl is told of a header without a value. */
    buf_printf(&line, *value ? "%s: %s" : "%s;", name, value);
    struct curl_slist *longer = curl_slist_append(*list, buf_cstring(&line));
    buf_finish(&line);
    if (!longer)
        memory_exhausted();
    *list = longer;
}

/* NULL and err if one of the request's headers is not valid. */
static struct curl_slist *make_headers(const struct http_client *client, const struct http_request *request,
                                       struct err *err)
{
    for (size_t i = 0; i < request->n_headers; i++) {
        if (!http_header_is_valid(request->headers[i].name, request->headers[i].value)) {
            err_set(err, ERR_INPUT, "header %s is not valid", request->headers[i].name);
            return NULL;
        }
    }
    struct curl_slist *list = curl_slist_append(NULL, "Expect:"); /* no "100 Continue" */
    if (client->host_header)
        add_header(&list, "Host", client->host_header);
    if (!client->options.ask_gzip)
        add_header(&list, "Accept-Encoding", "identity");
    if (request->body.len > 0 || request->content_type)
        add_header(&list, "Content-Type",
                   request->content_type ? request->content_type : "application/octet-stream");
    else
        list = curl_slist_append(list, "Content-Type:"); /* libcurl would call an empty body a form */
    for (size_t i = 0; i < client->options.n_headers; i++)
        add_header(&list, client->options.headers[i].name, client->options.headers[i].value);
    for (size_t i = 0; i < request->n_headers; i++)
        add_header(&list, request->headers[i].name, request->headers[i].value);
    return list;
}

static void set_method(CURL *curl, const struct http_request *request)
{
    const char *method = request->method ? request->method : "GET";
    bool get = strcmp(method, "GET") == 0;
    if (strcmp(method, "HEAD") == 0) {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    } else if (!get || request->body.len > 0) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.len > 0 ? request->body.at : "");
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    }
}

/* One line for people: libcurl's own text, with a lower-case beginning and without line ends. */
static void put_curl_message(const struct http_client *client, CURLcode code, struct buf *out)
{
    struct text said = text_trim(text_of(client->curl_message));
    if (said.len == 0)
        said = text_of(curl_easy_strerror(code));
    for (size_t i = 0; i < said.len; i++) {
        char c = said.at[i];
        bool word = i == 0 && said.len > 1 && islower((unsigned char)said.at[1]);
        buf_putc(out, word ? (char)tolower((unsigned char)c) : (unsigned char)c < ' ' ? ' ' : c);
    }
}

static bool explain_failure(struct http_client *client, CURLcode code, const struct http_request *request,
                            const struct http_response *response, struct err *err)
{
    const char *url = client->safe_url;
    const struct http_client_options *options = &client->options;
    int64_t timeout_ms = http_client_timeout_ms(client, request);
    if (code == CURLE_FILESIZE_EXCEEDED || response->body.overflowed)
        return err_set(err, ERR_LIMIT, "%s: the answer is larger than %zu bytes", url,
                       options->max_response_bytes);
    if (response->headers.overflowed)
        return err_set(err, ERR_LIMIT, "%s: the answer's headers are larger than %d bytes", url,
                       HEADER_BYTES_MAX);
    if (code == CURLE_COULDNT_CONNECT && client->refused.len > 0)
        return err_set(err, ERR_INPUT, "%s: leads to %s, which is not a public address", url,
                       buf_cstring(&client->refused));
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return err_set(err, ERR_UNREACHABLE, "%s: the request was stopped", url);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return response->may_have_arrived ? err_set(err, ERR_UNREACHABLE, "%s: no whole answer within %.3g s",
                                                    url, (double)timeout_ms / 1e3)
                                          : err_set(err, ERR_UNREACHABLE, "%s: no connection within %.3g s",
                                                    url, (double)options->connect_timeout_ms / 1e3);
    bool ours = code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ||
                code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CACERT_BADFILE;
    struct buf said;
    buf_init(&said, CURL_ERROR_SIZE);
    put_curl_message(client, code, &said);
    err_set(err, ours ? ERR_INPUT : ERR_UNREACHABLE, "%s: %s", url, buf_cstring(&said));
    buf_finish(&said);
    return false;
}

static bool refuse_redirect(const struct http_client *client, const struct http_response *response,
                            struct err *err)
{
    struct buf target;
    buf_init(&target, URL_BYTES_MAX);
    url_print_safe(http_response_header(response, "Location"), client->options.secret_path, &target);
    err_set(err, ERR_INPUT,
            "%s: answers with a redirect (%d) to %s, which is not followed: name the final url",
            client->safe_url, response->status, target.len > 0 ? buf_cstring(&target) : "nowhere");
    buf_finish(&target);
    return false;
}

static bool perform(struct http_client *client, const struct http_request *request,
                    struct http_response *response, struct err *err)
{
    CURL *curl = client->curl;
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, client->curl_message);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, response);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, response);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING,
                     ""); /* decodes what comes; the header says what we ask for */
    client->curl_message[0] = '\0';
    buf_clear(&client->refused);
    CURLcode code = curl_easy_perform(curl);

    long status = 0;
    long sent = 0;
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent);
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after_s);
    response->status = (int)status;
    response->may_have_arrived = sent > 0;
    bool named = retry_after_s > 0 || http_response_header(response, "Retry-After").len > 0;
    response->retry_after_ms = named ? (int64_t)retry_after_s * 1000 : -1;
    if (code != CURLE_OK)
        return explain_failure(client, code, request, response, err);
    if (status >= 300 && status < 400)
        return refuse_redirect(client, response, err);
    return true;
}

bool http_send(struct http_client *client, const struct http_request *request, struct http_response *response,
               struct err *err)
{
    buf_clear(&response->body);
    buf_clear(&response->headers);
    response->body.max = client->options.max_response_bytes;
    response->status = 0;
    response->retry_after_ms = -1;
    response->may_have_arrived = false;

    struct buf url;
    buf_init(&url, URL_BYTES_MAX);
    buf_puts(&url, client->base);
    buf_puts(&url, request->path ? request->path : "");
    struct curl_slist *headers = NULL;
    bool good = !url.overflowed || err_set(err, ERR_INPUT, "%s: the url is too long", client->safe_url);
    if (good)
        good = (headers = make_headers(client, request, err)) != NULL;
    if (good) {
        curl_easy_reset(client->curl);
        curl_easy_setopt(client->curl, CURLOPT_URL, buf_cstring(&url));
        curl_easy_setopt(client->curl, CURLOPT_USERAGENT, client->options.user_agent);
        curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
        set_method(client->curl, request);
        set_limits(client, request);
        set_tls(client);
        good = set_credentials(client, err) && perform(client, request, response, err);
    }
    curl_slist_free_all(headers);
    buf_finish(&url);
    return good;
}
