/* Answers: their headers and what their status is called. */
#include "net/http_handle.h"

#include <strings.h>

void http_response_init(struct http_response *response)
{
    *response = (struct http_response){.retry_after_ms = -1};
    buf_init(&response->headers, HEADER_BYTES_MAX);
    buf_init(&response->body, 0); /* http_send sets the client's maximum */
}

void http_response_finish(struct http_response *response)
{
    buf_finish(&response->headers);
    buf_finish(&response->body);
}

struct text http_response_header(const struct http_response *response, const char *name)
{
    struct text rest = buf_text(&response->headers);
    struct text found = TEXT("");
    size_t name_len = strlen(name);
    while (rest.len > 0) {
        struct text line = text_cut(&rest, '\n');
        if (line.len > name_len && line.at[name_len] == ':' && strncasecmp(line.at, name, name_len) == 0)
            found = text_trim(text_part(line, name_len + 1, line.len));
    }
    return found;
}

struct status_name {
    int status;
    const char *name;
};

static const struct status_name status_names[] = {
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Payload Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Entity"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

void http_status_print(int status, struct buf *out)
{
    buf_printf(out, "http %d", status);
    for (size_t i = 0; i < sizeof status_names / sizeof *status_names; i++) {
        if (status_names[i].status == status)
            buf_printf(out, " %s", status_names[i].name);
    }
}
