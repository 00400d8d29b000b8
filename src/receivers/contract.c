/* What the contracts of all receivers share: JSON over POST, strings with limits, URLs. */
#include "receivers/contract.h"

#include "base/buf.h"
#include "base/json.h"
#include "net/url.h"
#include "receivers/clip.h"

#include <strings.h>

void contract_violation(struct buf *violations, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_vprintf(violations, format, args);
    va_end(args);
    buf_putc(violations, '\n');
}

static bool is_json_type(struct text type)
{
    static const char json[] = "application/json";
    struct text name = text_trim(text_cut(&type, ';'));
    return name.len == sizeof json - 1 && strncasecmp(name.at, json, name.len) == 0;
}

struct json *contract_json_object(const struct contract_request *request, struct buf *violations)
{
    struct err err;
    if (!text_is(request->method, "POST"))
        contract_violation(violations, "method is %.*s, not POST", TEXT_ARG(request->method));
    if (!is_json_type(request->content_type))
        contract_violation(violations, "content type is \"%.*s\", not application/json",
                           TEXT_ARG(request->content_type));
    struct json *body = json_parse(request->body, &err);
    if (!body) {
        contract_violation(violations, "body is not JSON: %s", err.message);
        return NULL;
    }
    if (json_is_object(body))
        return body;
    contract_violation(violations, "body is not a JSON object");
    json_free(body);
    return NULL;
}

struct text contract_string(const struct json *object, const char *where, const char *key, size_t most,
                            bool needed, struct buf *violations)
{
    const struct json *value = json_get(object, key);
    if (!value) {
        if (needed)
            contract_violation(violations, "%s%s is missing", where, key);
        return TEXT("");
    }
    if (!json_is_string(value)) {
        contract_violation(violations, "%s%s is not a string", where, key);
        return TEXT("");
    }
    struct text t = text_of(json_string(value, ""));
    size_t length = clip_length(t);
    if (needed && clip_is_blank(t))
        contract_violation(violations, "%s%s is empty", where, key);
    if (length > most)
        contract_violation(violations, "%s%s has %zu characters, over %zu", where, key, length, most);
    return t;
}

void contract_url(const struct json *object, const char *where, const char *key, size_t most, bool needed,
                  struct buf *violations)
{
    struct text url = contract_string(object, where, key, most, needed, violations);
    if (url.len == 0)
        return;
    bool good =
        (text_starts(url, TEXT("http://")) || text_starts(url, TEXT("https://"))) && url_host(url).len > 0;
    for (size_t i = 0; i < url.len && good; i++)
        good =
            (unsigned char)url.at[i] > ' ' && (unsigned char)url.at[i] < 0x7f && !strchr("<>|\"", url.at[i]);
    if (!good)
        contract_violation(violations, "%s%s is not an http or https URL", where, key);
}

void contract_keys(const struct json *object, const char *where, const char *const *known, size_t n_known,
                   struct buf *violations)
{
    for (const struct json *child = json_first(object); child; child = json_next(child)) {
        bool found = false;
        for (size_t i = 0; i < n_known && !found; i++)
            found = strcmp(json_key(child), known[i]) == 0;
        if (!found)
            contract_violation(violations, "%s has an unknown key \"%s\"", where, json_key(child));
    }
}
