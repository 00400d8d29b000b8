/* Reading the `source:` section of sloburn.yml. */
#include "source/options.h"

#include "base/arena.h"
#include "base/duration.h"

static const char check[] = "config/source";

static void read_headers(const struct fields *fields, struct arena *arena, struct source_options *options)
{
    const struct yaml_node *node = fields_node(fields, "headers");
    if (!node)
        return;
    if (node->kind != YAML_MAP) {
        fields_error(fields, "headers", "headers must be a mapping of names to values");
        return;
    }
    options->headers = ARENA_ARRAY(arena, struct source_header, node->len);
    for (size_t i = 0; i < node->len; i++) {
        const struct yaml_pair *pair = &node->pairs[i];
        if (pair->value->kind == YAML_SCALAR)
            options->headers[options->n_headers++] =
                (struct source_header){text_copy(arena, pair->key), text_copy(arena, pair->value->text)};
        else
            fields_error(fields, "headers", "header %.*s must have a single value", TEXT_ARG(pair->key));
    }
}

static struct text copied(const struct fields *fields, const char *key, struct arena *arena)
{
    struct text value = fields_text(fields, key, (struct text){NULL, 0});
    return value.at ? text_copy(arena, value) : value;
}

static void read_basic_auth(const struct fields *parent, struct arena *arena, struct source_options *options)
{
    static const char *const known[] = {"username", "password", "password_file"};
    struct fields fields = *parent;
    fields.what = "basic_auth";
    if (!fields_open(&fields, fields_node(parent, "basic_auth"), FIELDS_KEYS(known)))
        return;
    options->username = text_copy(arena, fields_required(&fields, "username"));
    options->password = copied(&fields, "password", arena);
    options->password_file = fields_path(&fields, "password_file", (struct text){NULL, 0}, arena);
    if (options->password.at && options->password_file.at)
        fields_error(&fields, "password_file", "password and password_file exclude each other");
}

static void read_tls(const struct fields *parent, struct arena *arena, struct source_options *options)
{
    static const char *const known[] = {"ca_file", "cert_file", "key_file", "server_name",
                                        "insecure_skip_verify"};
    struct fields fields = *parent;
    fields.what = "tls";
    if (!fields_open(&fields, fields_node(parent, "tls"), FIELDS_KEYS(known)))
        return;
    options->ca_file = fields_path(&fields, "ca_file", (struct text){NULL, 0}, arena);
    options->cert_file = fields_path(&fields, "cert_file", (struct text){NULL, 0}, arena);
    options->key_file = fields_path(&fields, "key_file", (struct text){NULL, 0}, arena);
    options->server_name = copied(&fields, "server_name", arena);
    options->insecure_skip_verify = fields_bool(&fields, "insecure_skip_verify", false);
    if (!options->cert_file.at != !options->key_file.at)
        fields_error(&fields, "cert_file", "cert_file and key_file go together");
}

static void read_method(const struct fields *fields, struct source_options *options)
{
    struct text method = fields_text(fields, "method", TEXT("POST"));
    options->get = text_is(method, "GET");
    if (!options->get && !text_is(method, "POST"))
        fields_error(fields, "method", "method must be GET or POST, not \"%.*s\"", TEXT_ARG(method));
}

static void read_prometheus(const struct fields *parent, struct arena *arena, struct source_options *options)
{
    static const char *const known[] = {
        "url",       "basic_auth", "bearer_token", "bearer_token_file",  "headers",    "tls",
        "proxy_url", "timeout",    "method",       "max_response_bytes", "max_samples"};
    struct fields fields = *parent;
    fields.what = "prometheus";
    options->kind = SOURCE_PROMETHEUS;
    if (!fields_open(&fields, fields_node(parent, "prometheus"), FIELDS_KEYS(known)))
        return;
    options->url = text_copy(arena, fields_required(&fields, "url"));
    if (options->url.len && !text_starts(options->url, TEXT("http://")) &&
        !text_starts(options->url, TEXT("https://")))
        fields_error(&fields, "url", "url must begin with http:// or https://, not \"%.*s\"",
                     TEXT_ARG(options->url));
    read_basic_auth(&fields, arena, options);
    options->bearer_token = copied(&fields, "bearer_token", arena);
    options->bearer_token_file = fields_path(&fields, "bearer_token_file", (struct text){NULL, 0}, arena);
    if (options->bearer_token.at && options->bearer_token_file.at)
        fields_error(&fields, "bearer_token_file", "bearer_token and bearer_token_file exclude each other");
    if (options->username.at && (options->bearer_token.at || options->bearer_token_file.at))
        fields_error(&fields, "basic_auth", "basic_auth and a bearer token exclude each other");
    read_headers(&fields, arena, options);
    read_tls(&fields, arena, options);
    options->proxy_url = copied(&fields, "proxy_url", arena);
    options->timeout_ms = fields_duration(&fields, "timeout", 30 * SECOND_MS, 100, 10 * MINUTE_MS);
    read_method(&fields, options);
    options->max_response_bytes =
        (size_t)fields_int(&fields, "max_response_bytes", 256 << 20, 1 << 10, 4LL << 30);
    options->max_samples = (size_t)fields_int(&fields, "max_samples", 50000000, 1000, 1000000000);
}

static void read_simulated(const struct fields *parent, struct source_options *options)
{
    static const char *const known[] = {"seed", "scrape_interval"};
    struct fields fields = *parent;
    fields.what = "simulate";
    options->kind = SOURCE_SIMULATED;
    options->seed = 1;
    options->scrape_interval_ms = 15 * SECOND_MS;
    if (!fields_open(&fields, fields_node(parent, "simulate"), FIELDS_KEYS(known)))
        return;
    options->seed = (uint64_t)fields_int(&fields, "seed", 1, 0, INT64_MAX);
    options->scrape_interval_ms =
        fields_duration(&fields, "scrape_interval", 15 * SECOND_MS, SECOND_MS, 5 * MINUTE_MS);
}

bool source_options_read(const struct yaml_node *node, const char *file, struct arena *arena,
                         struct source_options *options, struct findings *findings)
{
    static const char *const known[] = {"prometheus", "simulate"};
    struct fields fields = {.file = file, .what = "source", .check = check, .findings = findings};
    size_t errors = findings->errors;
    *options = (struct source_options){0};
    if (!fields_open(&fields, node, FIELDS_KEYS(known))) {
        if (findings->errors == errors)
            finding_add(findings, FINDING_ERROR, check, file, (struct source_pos){1, 1},
                        "there is no source: say source: {prometheus: {url: \"http://…\"}}");
        return false;
    }
    bool prometheus = yaml_get(fields.map, "prometheus") != NULL;
    bool simulate = yaml_get(fields.map, "simulate") != NULL;
    if (prometheus == simulate)
        finding_add(findings, FINDING_ERROR, check, file, node->pos,
                    "source must name either prometheus or simulate");
    else if (prometheus)
        read_prometheus(&fields, arena, options);
    else
        read_simulated(&fields, options);
    if (prometheus && !simulate && !fields_node(&fields, "prometheus"))
        finding_add(findings, FINDING_ERROR, check, file, node->pos, "source.prometheus has no url");
    return findings->errors == errors;
}
