/* Reading `receivers:` in Alertmanager's form. What the form has and we do not do is said key by key: an
 * error where a message would not arrive, a warning where it would only look different. */
#include "receivers/classes.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/fields.h"
#include "base/vec.h"
#include "receivers/contract.h"

enum { RECEIVERS_MAX = 1000 };

static const char check[] = "config/receiver";

struct reading {
    struct arena *arena;
    const char *file;
    struct findings *findings;
    VEC(struct receiver) receivers;
};

static struct text copied(const struct fields *fields, const char *key, struct arena *arena)
{
    return text_copy(arena, fields_text(fields, key, TEXT("")));
}

static void refuse_keys(const struct fields *fields, const char *const *keys, size_t n, const char *why)
{
    for (size_t i = 0; i < n; i++)
        if (fields_node(fields, keys[i]))
            fields_error(fields, keys[i], "%s: %s", keys[i], why);
}

static void pass_over_keys(const struct fields *fields, const char *const *keys, size_t n, const char *why)
{
    for (size_t i = 0; i < n; i++)
        if (fields_node(fields, keys[i]))
            fields_warning(fields, keys[i], "%s is not used: %s", keys[i], why);
}

/* One of a key and its _file twin, and not both. False (with a finding) else. */
static bool one_of_two(const struct fields *fields, const char *key, const char *file_key)
{
    bool direct = fields_node(fields, key) != NULL, file = fields_node(fields, file_key) != NULL;
    if (direct && file)
        fields_error(fields, file_key, "%s and %s exclude each other", key, file_key);
    else if (!direct && !file)
        fields_error(fields, key, "%s has neither %s nor %s", fields->what, key, file_key);
    return direct != file;
}

static void check_url(const struct fields *fields, const char *key, struct text url)
{
    struct err err;
    if (url.len && !receiver_url_check(url, &err))
        fields_error(fields, key, "%s %s", key, err.message);
}

static void read_tls(const struct fields *parent, struct arena *arena, struct receiver *receiver)
{
    static const char *const known[] = {
        "ca_file",    "insecure_skip_verify", "ca",       "cert",   "cert_file", "key",
        "key_file",   "server_name",          "cert_ref", "ca_ref", "key_ref",   "min_version",
        "max_version"};
    struct fields fields = *parent;
    fields.what = "tls_config";
    if (!fields_open(&fields, fields_node(parent, "tls_config"), FIELDS_KEYS(known)))
        return;
    receiver->ca_file = fields_path(&fields, "ca_file", TEXT(""), arena);
    receiver->insecure_skip_verify = fields_bool(&fields, "insecure_skip_verify", false);
    refuse_keys(&fields, known + 2, sizeof known / sizeof known[0] - 2, "is not supported yet");
}

static void read_http_config(const struct fields *parent, struct arena *arena, struct receiver *receiver)
{
    static const char *const known[] = {
        "proxy_url",   "tls_config",    "follow_redirects", "enable_http2",           "basic_auth",
        "oauth2",      "authorization", "no_proxy",         "proxy_from_environment", "proxy_connect_header",
        "http_headers"};
    struct fields fields = *parent;
    fields.what = "http_config";
    if (!fields_open(&fields, fields_node(parent, "http_config"), FIELDS_KEYS(known)))
        return;
    receiver->proxy_url = copied(&fields, "proxy_url", arena);
    if (receiver->proxy_url.len && !text_starts(receiver->proxy_url, TEXT("http://")) &&
        !text_starts(receiver->proxy_url, TEXT("https://")))
        fields_error(&fields, "proxy_url", "proxy_url must begin with http:// or https://");
    read_tls(&fields, arena, receiver);
    if (fields_bool(&fields, "follow_redirects", false))
        fields_warning(&fields, "follow_redirects",
                       "follow_redirects is not used: redirects are never followed");
    refuse_keys(&fields, known + 4, sizeof known / sizeof known[0] - 4, "is not supported yet");
}

static void read_shared(const struct fields *fields, bool send_resolved, struct arena *arena,
                        struct receiver *receiver)
{
    receiver->send_resolved = fields_bool(fields, "send_resolved", send_resolved);
    receiver->timeout_ms = fields_duration(fields, "timeout", 10 * SECOND_MS, SECOND_MS, MINUTE_MS);
    read_http_config(fields, arena, receiver);
}

static void read_pagerduty(const struct fields *fields, struct arena *arena, struct receiver *receiver)
{
    static const char *const looks[] = {"client",  "client_url", "description", "severity",
                                        "details", "images",     "links",       "source",
                                        "class",   "component",  "group"};
    static const char *const old[] = {"service_key", "service_key_file"};
    read_shared(fields, true, arena, receiver);
    refuse_keys(fields, FIELDS_KEYS(old),
                "version 1 of PagerDuty's events is not supported; use routing_key");
    pass_over_keys(fields, FIELDS_KEYS(looks), "an event says all that is known of its incident");
    receiver->url = text_copy(arena, fields_text(fields, "url", TEXT(PAGERDUTY_URL)));
    check_url(fields, "url", receiver->url);
    if (!one_of_two(fields, "routing_key", "routing_key_file"))
        return;
    receiver->key = copied(fields, "routing_key", arena);
    receiver->key_file = fields_path(fields, "routing_key_file", TEXT(""), arena);
    if (receiver->key.len && receiver->key.len != PAGERDUTY_ROUTING_KEY_LEN)
        fields_error(fields, "routing_key", "routing_key has %zu characters, not %d", receiver->key.len,
                     PAGERDUTY_ROUTING_KEY_LEN);
}

static void read_slack(const struct fields *fields, struct arena *arena, struct receiver *receiver)
{
    static const char *const looks[] = {"title",      "title_link",  "text",      "fallback",
                                        "pretext",    "color",       "fields",    "footer",
                                        "actions",    "image_url",   "thumb_url", "short_fields",
                                        "link_names", "callback_id", "mrkdwn_in", "message_text"};
    static const char *const bound[] = {"channel", "username", "icon_emoji", "icon_url"};
    static const char *const bots[] = {"app_token", "app_token_file", "app_url", "update_message"};
    read_shared(fields, true, arena, receiver);
    refuse_keys(fields, FIELDS_KEYS(bots), "Slack's bots are not supported yet; use a webhook's api_url");
    pass_over_keys(fields, FIELDS_KEYS(looks), "a message says all that is known of its incident");
    pass_over_keys(fields, FIELDS_KEYS(bound), "a webhook posts as itself to the channel it was made for");
    if (!one_of_two(fields, "api_url", "api_url_file"))
        return;
    receiver->url = copied(fields, "api_url", arena);
    receiver->url_file = fields_path(fields, "api_url_file", TEXT(""), arena);
    check_url(fields, "api_url", receiver->url);
}

static const char *const pagerduty_keys[] = {
    "send_resolved", "routing_key", "routing_key_file", "url",    "http_config",
    "timeout",       "service_key", "service_key_file", "client", "client_url",
    "description",   "severity",    "details",          "images", "links",
    "source",        "class",       "component",        "group"};
static const char *const slack_keys[] = {
    "send_resolved", "api_url",        "api_url_file", "http_config",    "timeout",     "channel",
    "username",      "icon_emoji",     "icon_url",     "title",          "title_link",  "text",
    "fallback",      "pretext",        "color",        "fields",         "footer",      "actions",
    "image_url",     "thumb_url",      "short_fields", "link_names",     "callback_id", "mrkdwn_in",
    "app_token",     "app_token_file", "app_url",      "update_message", "message_text"};

/* What a receiver may hold; `class` is NULL for what we cannot do yet. */
struct integration_type {
    const char *key;
    const char *what;
    const struct receiver_class *class;
    void (*read)(const struct fields *fields, struct arena *arena, struct receiver *receiver);
    const char *const *keys;
    size_t n_keys;
};

static const struct integration_type types[] = {
    {"pagerduty_configs", "pagerduty_configs entry", &pagerduty_class, read_pagerduty,
     FIELDS_KEYS(pagerduty_keys)},
    {"slack_configs", "slack_configs entry", &slack_class, read_slack, FIELDS_KEYS(slack_keys)},
    {.key = "discord_configs"},
    {.key = "email_configs"},
    {.key = "incidentio_configs"},
    {.key = "jira_configs"},
    {.key = "mattermost_configs"},
    {.key = "msteams_configs"},
    {.key = "msteamsv2_configs"},
    {.key = "opsgenie_configs"},
    {.key = "pushover_configs"},
    {.key = "rocketchat_configs"},
    {.key = "sns_configs"},
    {.key = "telegram_configs"},
    {.key = "victorops_configs"},
    {.key = "webex_configs"},
    {.key = "webhook_configs"},
    {.key = "wechat_configs"},
};

enum { N_TYPES = sizeof types / sizeof types[0] };

static void read_integrations(struct reading *reading, const struct fields *parent,
                              const struct integration_type *type, struct text name)
{
    const struct yaml_node *list = fields_node(parent, type->key);
    if (!list)
        return;
    if (!type->class) {
        fields_error(parent, type->key, "%s is not supported yet", type->key);
        return;
    }
    if (list->kind != YAML_LIST) {
        fields_error(parent, type->key, "%s must be a list", type->key);
        return;
    }
    for (size_t i = 0; i < list->len; i++) {
        struct fields fields = *parent;
        struct receiver receiver = {.name = name, .class = type->class, .pos = list->items[i]->pos};
        fields.what = type->what;
        if (yaml_is_null(list->items[i]))
            finding_add(reading->findings, FINDING_ERROR, check, reading->file, list->items[i]->pos,
                        "%s is empty", type->what);
        else if (fields_open(&fields, list->items[i], type->keys, type->n_keys))
            type->read(&fields, reading->arena, &receiver);
        VEC_PUSH(&reading->receivers, receiver);
    }
}

/* The name alone where the receiver has one integration; else with the type, and from the second of a type on
 * its number. */
static void name_integrations(struct reading *reading, size_t first)
{
    size_t n = reading->receivers.len - first;
    for (size_t i = first; i < reading->receivers.len; i++) {
        struct receiver *receiver = &reading->receivers.at[i];
        size_t number = 1;
        for (size_t k = first; k < i; k++)
            number += reading->receivers.at[k].class == receiver->class;
        struct buf id;
        buf_init(&id, 4096);
        buf_add_text(&id, receiver->name);
        if (n > 1)
            buf_printf(&id, "/%s", receiver->class->type);
        if (n > 1 && number > 1)
            buf_printf(&id, "%zu", number);
        receiver->id = text_copy(reading->arena, buf_text(&id));
        buf_finish(&id);
    }
}

static void read_receiver(struct reading *reading, const struct yaml_node *node)
{
    const char *known[N_TYPES + 1] = {"name"};
    for (size_t i = 0; i < N_TYPES; i++)
        known[i + 1] = types[i].key;
    struct fields fields = {
        .file = reading->file, .what = "receiver", .check = check, .findings = reading->findings};
    if (yaml_is_null(node))
        finding_add(reading->findings, FINDING_ERROR, check, reading->file, node->pos, "receiver is empty");
    if (!fields_open(&fields, node, FIELDS_KEYS(known)))
        return;
    struct text name = text_copy(reading->arena, fields_required(&fields, "name"));
    if (fields_node(&fields, "name") && name.len == 0)
        fields_error(&fields, "name", "receiver has an empty name");
    size_t first = reading->receivers.len;
    for (size_t i = 0; i < N_TYPES; i++)
        read_integrations(reading, &fields, &types[i], name);
    name_integrations(reading, first);
}

/* Names stand once; and no name may look like the id of another receiver's integration. */
static void check_doubled(struct reading *reading, const struct yaml_node *list)
{
    for (size_t i = 1; i < list->len; i++) {
        const struct yaml_node *name = yaml_get(list->items[i], "name");
        for (size_t k = 0; name && name->kind == YAML_SCALAR && k < i; k++) {
            const struct yaml_node *other = yaml_get(list->items[k], "name");
            if (!other || other->kind != YAML_SCALAR || !text_eq(other->text, name->text))
                continue;
            finding_add(reading->findings, FINDING_ERROR, check, reading->file, name->pos,
                        "there is a receiver \"%.*s\" already, in line %d", TEXT_ARG(name->text),
                        other->pos.line);
            return;
        }
    }
    for (size_t i = 1; i < reading->receivers.len; i++) {
        const struct receiver *receiver = &reading->receivers.at[i];
        for (size_t k = 0; k < i; k++)
            if (text_eq(reading->receivers.at[k].id, receiver->id) &&
                !text_eq(reading->receivers.at[k].name, receiver->name))
                finding_add(reading->findings, FINDING_ERROR, check, reading->file, receiver->pos,
                            "\"%.*s\" would be the name of two integrations: rename one receiver",
                            TEXT_ARG(receiver->id));
    }
}

bool receivers_read(const struct yaml_node *list, const char *file, struct arena *arena,
                    struct receivers *receivers, struct findings *findings)
{
    struct reading reading = {.arena = arena, .file = file, .findings = findings};
    size_t errors = findings->errors;
    *receivers = (struct receivers){NULL, 0};
    if (yaml_is_null(list))
        return true;
    if (list->kind != YAML_LIST || list->len > RECEIVERS_MAX) {
        finding_add(findings, FINDING_ERROR, check, file, list->pos, "receivers must be a list%s",
                    list->kind == YAML_LIST ? " of at most 1000" : "");
        return false;
    }
    for (size_t i = 0; i < list->len; i++)
        read_receiver(&reading, list->items[i]);
    check_doubled(&reading, list);
    struct receiver *kept = ARENA_ARRAY(arena, struct receiver, reading.receivers.len);
    if (reading.receivers.len)
        memcpy(kept, reading.receivers.at, reading.receivers.len * sizeof *kept);
    *receivers = (struct receivers){kept, reading.receivers.len};
    VEC_FREE(&reading.receivers);
    return findings->errors == errors;
}
