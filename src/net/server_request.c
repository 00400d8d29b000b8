/* What handlers ask of a request: parameters, headers, who sent it and from which page. */
#include "net/http_server.h"

#include <assert.h>
#include <strings.h>

static const struct text absent = {NULL, 0};

struct text server_param(const struct server_request *request, const char *name)
{
    for (size_t i = 0; i < request->n_params; i++) {
        if (text_is(request->params[i].name, name))
            return request->params[i].value;
    }
    return absent;
}

static bool equal_ignoring_case(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || strncasecmp(a.at, b.at, a.len) == 0);
}

struct text server_header(const struct server_request *request, const char *name)
{
    for (size_t i = 0; i < request->n_headers; i++) {
        if (equal_ignoring_case(request->headers[i].name, text_of(name)))
            return request->headers[i].value;
    }
    return absent;
}

struct text server_bearer(const struct server_request *request)
{
    struct text value = server_header(request, "Authorization");
    struct text scheme = text_cut(&value, ' ');
    return equal_ignoring_case(scheme, TEXT("Bearer")) ? text_trim(value) : TEXT("");
}

bool server_secret_is(struct text given, struct text wanted)
{
    /* Walks the given one, so that the time tells its length only, which its sender knows. */
    static const char nothing[1] = {0};
    const char *with = wanted.len > 0 ? wanted.at : nothing;
    size_t with_len = wanted.len > 0 ? wanted.len : 1;
    unsigned difference = given.len != wanted.len || wanted.len == 0;
    for (size_t i = 0; i < given.len; i++)
        difference |= (unsigned char)(given.at[i] ^ with[i % with_len]);
    return difference == 0;
}

/* "example.org:80", "[::1]:80" without the port and brackets. */
static struct text without_port(struct text authority)
{
    if (authority.len > 0 && authority.at[0] == '[')
        return text_part(authority, 1, text_find(authority, ']'));
    return text_part(authority, 0, text_find(authority, ':'));
}

static bool names_loopback(struct text host)
{
    return equal_ignoring_case(host, TEXT("localhost")) || text_is(host, "::1") || text_is(host, "127.0.0.1");
}

bool server_host_is_known(const struct server_request *request, const struct text *hosts, size_t n_hosts)
{
    struct text host = without_port(server_header(request, "Host"));
    for (size_t i = 0; i < n_hosts; i++) {
        if (equal_ignoring_case(host, hosts[i]))
            return true;
    }
    return names_loopback(host);
}

bool server_origin_is_own(const struct server_request *request)
{
    struct text origin = server_header(request, "Origin");
    if (!origin.at)
        return true;
    static const struct text schemes[] = {{"http://", 7}, {"https://", 8}};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (text_starts(origin, schemes[i]))
            return equal_ignoring_case(text_part(origin, schemes[i].len, origin.len),
                                       server_header(request, "Host"));
    }
    return false; /* "null" and whatever else has no authority */
}

void server_response_header(struct server_response *response, struct text name, struct text value)
{
    assert(response->n_headers < sizeof response->headers / sizeof *response->headers);
    response->headers[response->n_headers++] = (struct server_param){name, value};
}
