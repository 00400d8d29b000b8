/* PagerDuty's Events API v2, as documented: POST /v2/enqueue. */
#include "receivers/contract.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/timezone.h"

enum { FREE_TEXT_MAX = 1 << 20 }; /* no documented limit of its own */

static bool is_one_of(struct text t, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text_is(t, names[i]))
            return true;
    return false;
}

static void check_payload(const struct json *payload, struct buf *violations)
{
    static const char *const known[] = {"summary",   "source", "severity", "timestamp",
                                        "component", "group",  "class",    "custom_details"};
    static const char *const severities[] = {"critical", "error", "warning", "info"};
    struct err err;
    int64_t ms;
    contract_keys(payload, "payload", known, sizeof known / sizeof known[0], violations);
    contract_string(payload, "payload.", "summary", PAGERDUTY_SUMMARY_MAX, true, violations);
    contract_string(payload, "payload.", "source", FREE_TEXT_MAX, true, violations);
    contract_string(payload, "payload.", "component", FREE_TEXT_MAX, false, violations);
    contract_string(payload, "payload.", "group", FREE_TEXT_MAX, false, violations);
    contract_string(payload, "payload.", "class", FREE_TEXT_MAX, false, violations);
    struct text severity = contract_string(payload, "payload.", "severity", FREE_TEXT_MAX, true, violations);
    if (severity.len && !is_one_of(severity, severities, 4))
        contract_violation(violations, "payload.severity is \"%.*s\", not critical, error, warning or info",
                           TEXT_ARG(severity));
    struct text timestamp =
        contract_string(payload, "payload.", "timestamp", FREE_TEXT_MAX, false, violations);
    if (timestamp.len && (timestamp.len < 20 || !civil_parse(NULL, timestamp, &ms, &err)))
        contract_violation(violations, "payload.timestamp \"%.*s\" is not ISO 8601 with a time zone",
                           TEXT_ARG(timestamp));
    const struct json *details = json_get(payload, "custom_details");
    if (details && !json_is_object(details))
        contract_violation(violations, "payload.custom_details is not an object");
}

static void check_links(const struct json *links, struct buf *violations)
{
    static const char *const known[] = {"href", "text"};
    if (!links)
        return;
    if (!json_is_array(links))
        contract_violation(violations, "links is not an array");
    for (const struct json *link = json_first(links); link; link = json_next(link)) {
        contract_keys(link, "links[]", known, sizeof known / sizeof known[0], violations);
        contract_url(link, "links[].", "href", FREE_TEXT_MAX, true, violations);
        contract_string(link, "links[].", "text", FREE_TEXT_MAX, false, violations);
    }
}

static void check_images(const struct json *images, struct buf *violations)
{
    static const char *const known[] = {"src", "href", "alt"};
    if (!images)
        return;
    if (!json_is_array(images))
        contract_violation(violations, "images is not an array");
    for (const struct json *image = json_first(images); image; image = json_next(image)) {
        contract_keys(image, "images[]", known, sizeof known / sizeof known[0], violations);
        struct text src = contract_string(image, "images[].", "src", FREE_TEXT_MAX, true, violations);
        if (!text_starts(src, TEXT("https://")))
            contract_violation(violations, "images[].src is not https");
        contract_url(image, "images[].", "href", FREE_TEXT_MAX, false, violations);
    }
}

static void check_event(const struct json *event, struct buf *violations)
{
    static const char *const known[] = {"routing_key", "event_action", "dedup_key", "payload",
                                        "images",      "links",        "client",    "client_url"};
    static const char *const actions[] = {"trigger", "acknowledge", "resolve"};
    contract_keys(event, "the event", known, sizeof known / sizeof known[0], violations);
    struct text key = contract_string(event, "", "routing_key", FREE_TEXT_MAX, true, violations);
    if (key.len && key.len != PAGERDUTY_ROUTING_KEY_LEN)
        contract_violation(violations, "Length of 'routing_key' is incorrect (should be %d characters)",
                           PAGERDUTY_ROUTING_KEY_LEN);
    struct text action = contract_string(event, "", "event_action", FREE_TEXT_MAX, true, violations);
    if (action.len && !is_one_of(action, actions, 3))
        contract_violation(violations, "event_action is \"%.*s\", not trigger, acknowledge or resolve",
                           TEXT_ARG(action));
    bool triggers = text_is(action, "trigger");
    contract_string(event, "", "dedup_key", PAGERDUTY_DEDUP_KEY_MAX, action.len && !triggers, violations);
    const struct json *payload = json_get(event, "payload");
    if (payload && !json_is_object(payload))
        contract_violation(violations, "payload is not an object");
    else if (payload)
        check_payload(payload, violations);
    else if (triggers)
        contract_violation(violations, "payload is missing");
    check_links(json_get(event, "links"), violations);
    check_images(json_get(event, "images"), violations);
    contract_string(event, "", "client", FREE_TEXT_MAX, false, violations);
    contract_url(event, "", "client_url", FREE_TEXT_MAX, false, violations);
}

bool contract_pagerduty(const struct contract_request *request, struct buf *violations)
{
    size_t before = violations->len;
    if (!text_is(request->path, "/v2/enqueue"))
        contract_violation(violations, "path is %.*s, not /v2/enqueue", TEXT_ARG(request->path));
    if (request->body.len > PAGERDUTY_EVENT_MAX)
        contract_violation(violations, "the event has %zu bytes, over %d", request->body.len,
                           PAGERDUTY_EVENT_MAX);
    struct json *event = contract_json_object(request, violations);
    if (event)
        check_event(event, violations);
    json_free(event);
    return violations->len == before;
}
