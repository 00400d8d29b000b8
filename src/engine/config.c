/* Reading sloburn.yml: see the header for what is refused as a whole and what alone. The files it names are
 * read in config_files.c. */
#include "engine/config.h"

#include "base/duration.h"
#include "base/fields.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/regex.h"
#include "base/timezone_set.h"
#include "engine/config_state.h"
#include "engine/policies.h"
#include "slo/slo_file.h"
#include "slo/slo_override.h"

#include <assert.h>

enum { FILE_MAX_BYTES = 4 << 20 };

struct config *config_ref(struct config *config)
{
    atomic_fetch_add(&config->references, 1);
    return config;
}

void config_unref(struct config *config)
{
    if (!config || atomic_fetch_sub(&config->references, 1) != 1)
        return;
    for (size_t i = 0; i < config->borrowed.len; i++)
        config_unref(config->borrowed.at[i]);
    VEC_FREE(&config->borrowed);
    VEC_FREE(&config->files);
    regex_set_free(config->regexes);
    timezone_set_free(config->zones);
    label_table_free(config->labels);
    arena_finish(&config->arena);
    memory_free(config);
}

const struct config_view *config_view(const struct config *config)
{
    return &config->view;
}

/* Relative paths are meant from the folder of sloburn.yml. */
struct text config_resolve(struct config *config, struct text path)
{
    struct buf out;
    buf_init(&out, CONFIG_PATH_MAX_BYTES);
    if (!text_starts(path, TEXT("/")) && config->folder.len)
        buf_printf(&out, "%.*s/", TEXT_ARG(config->folder));
    buf_add_text(&out, path);
    struct text resolved = text_copy(&config->arena, buf_text(&out));
    buf_finish(&out);
    return resolved;
}

bool config_read_whole(const char *path, struct buf *content, const char *check, struct findings *findings)
{
    struct err err;
    buf_init(content, FILE_MAX_BYTES);
    if (file_read(path, content, &err))
        return true;
    finding_add(findings, FINDING_ERROR, check, path, (struct source_pos){0, 0}, "%s", err.message);
    return false;
}

/* The first document of a YAML file; NULL if it cannot be read, is empty or has several. */
static struct yaml_node *parse_yaml(struct config *config, struct text content, const char *path,
                                    struct findings *findings)
{
    struct yaml_node **docs = NULL;
    size_t n = 0;
    if (!yaml_parse(content, path, &config->arena, &docs, &n, findings))
        return NULL;
    if (n != 1 || !docs[0]) {
        finding_add(findings, FINDING_ERROR, "config/document", path, (struct source_pos){1, 1},
                    n > 1 ? "the file holds several documents, one is wanted" : "the file is empty");
        return NULL;
    }
    return docs[0];
}

static void read_owner_list(const struct fields *fields, const char *key, struct config *config,
                            struct text **out, size_t *n)
{
    *out = fields_texts(fields, key, &config->arena, n);
    const struct receivers *receivers = &config->view.receivers;
    for (size_t i = 0; i < *n; i++) {
        struct text one;
        (*out)[i] = text_copy(&config->arena, (*out)[i]);
        if (receiver_ids(receivers, (*out)[i], &one, 1) == 0)
            fields_error(fields, key, "there is no receiver \"%.*s\"", TEXT_ARG((*out)[i]));
    }
}

static void read_owners(struct config *config, const struct fields *root)
{
    static const char *const known[] = {"page", "ticket"};
    const struct yaml_node *node = fields_node(root, "owners");
    if (!node)
        return;
    if (node->kind != YAML_MAP) {
        fields_error(root, "owners", "owners must be a mapping of names to {page: …, ticket: …}");
        return;
    }
    struct owner *owners = ARENA_ARRAY_ZERO(&config->arena, struct owner, node->len);
    struct owners *list = &config->view.owners;
    for (size_t i = 0; i < node->len; i++) {
        struct fields fields = *root;
        fields.what = "owner";
        fields.check = "config/owners";
        owners[i].name = text_copy(&config->arena, node->pairs[i].key);
        if (fields_open(&fields, node->pairs[i].value, FIELDS_KEYS(known))) {
            read_owner_list(&fields, "page", config, &owners[i].page, &owners[i].n_page);
            read_owner_list(&fields, "ticket", config, &owners[i].ticket, &owners[i].n_ticket);
        }
        if (text_is(owners[i].name, "default"))
            list->fallback = &owners[i];
    }
    list->at = owners;
    list->len = node->len;
}

/* `alerting:` names an Alertmanager configuration, or holds the same keys. */
static void read_alerting(struct config *config, const struct fields *root, struct findings *findings)
{
    static const char *const known[] = {"receivers",     "global",         "route",
                                        "inhibit_rules", "time_intervals", "templates"};
    const struct yaml_node *node = fields_node(root, "alerting");
    const char *file = root->file;
    struct buf content;
    bool apart = node && node->kind == YAML_SCALAR;
    if (apart) {
        struct text path = config_resolve(config, node->text);
        file = path.at;
        bool there = config_read_whole(file, &content, "config/alerting", findings);
        struct text kept = text_copy(&config->arena, buf_text(&content));
        buf_finish(&content);
        node = there ? parse_yaml(config, kept, file, findings) : NULL;
    }
    struct fields fields = {
        .file = file, .what = "alerting", .check = "config/alerting", .findings = findings};
    if (!fields_open(&fields, node, FIELDS_KEYS(known)))
        return;
    static const char *const unused[] = {"global", "route", "inhibit_rules", "time_intervals", "templates"};
    for (size_t i = 0; i < sizeof unused / sizeof unused[0]; i++)
        if (fields_node(&fields, unused[i]))
            fields_warning(&fields, unused[i], "%s is not used: owners say who is told", unused[i]);
    struct yaml_node *list = fields_node(&fields, "receivers");
    if (list && !receivers_read(list, file, &config->arena, &config->view.receivers, findings))
        config->view.receivers.len = 0;
}

/* What a token may do; without `roles` it may read. */
static void read_roles(struct config *config, const struct fields *fields, struct api_token *token)
{
    size_t n = 0;
    const struct text *roles = fields_texts(fields, "roles", &config->arena, &n);
    token->read = n == 0;
    for (size_t i = 0; i < n; i++) {
        if (text_is(roles[i], "read"))
            token->read = true;
        else if (text_is(roles[i], "correct"))
            token->correct = true;
        else
            fields_error(fields, "roles", "there are the roles read and correct, not %.*s",
                         TEXT_ARG(roles[i]));
    }
}

static void read_token(struct config *config, const struct fields *parent, const struct yaml_node *node,
                       struct api_token *token)
{
    static const char *const known[] = {"name", "token_file", "roles"};
    struct fields fields = *parent;
    struct buf secret;
    struct err err;
    fields.what = "token";
    if (!fields_open(&fields, node, FIELDS_KEYS(known)))
        return;
    token->name = text_copy(&config->arena, fields_required(&fields, "name"));
    token->file = config_resolve(config, fields_required(&fields, "token_file"));
    read_roles(config, &fields, token);
    buf_init(&secret, 4096);
    if (!file_read_secret(token->file.at, &secret, &err))
        fields_error(&fields, "token_file", "%s", err.message);
    else if (secret.len < 16)
        fields_error(&fields, "token_file", "the token in %s is shorter than 16 characters", token->file.at);
    token->digest = digest_of(buf_text(&secret));
    buf_finish(&secret);
}

static void read_server(struct config *config, const struct fields *root)
{
    static const char *const known[] = {"listen", "external_url", "tokens"};
    struct fields fields = *root;
    struct config_view *view = &config->view;
    fields.what = "server";
    fields.check = "config/server";
    view->listen = TEXT("127.0.0.1:9095");
    view->external_url = TEXT("");
    if (!fields_open(&fields, fields_node(root, "server"), FIELDS_KEYS(known)))
        return;
    view->listen = text_copy(&config->arena, fields_text(&fields, "listen", view->listen));
    struct text url = fields_text(&fields, "external_url", TEXT(""));
    if (url.len && !text_starts(url, TEXT("http://")) && !text_starts(url, TEXT("https://")))
        fields_error(&fields, "external_url", "external_url must begin with http:// or https://");
    while (text_ends(url, TEXT("/")))
        url.len--;
    view->external_url = text_copy(&config->arena, url);
    const struct yaml_node *tokens = fields_node(&fields, "tokens");
    if (!tokens)
        return;
    if (tokens->kind != YAML_LIST) {
        fields_error(&fields, "tokens", "tokens must be a list of {name, token_file}");
        return;
    }
    struct api_token *list = ARENA_ARRAY_ZERO(&config->arena, struct api_token, tokens->len);
    for (size_t i = 0; i < tokens->len; i++)
        read_token(config, &fields, tokens->items[i], &list[i]);
    view->tokens = list;
    view->n_tokens = tokens->len;
}

/* Whether anybody hears of what this owner has. */
static bool is_heard(const struct owners *owners, struct text owner)
{
    bool known = owners->fallback != NULL;
    for (size_t i = 0; i < owners->len && !known; i++)
        known = text_eq(owners->at[i].name, owner);
    return known;
}

static void check_owners_known(const struct config *config, struct findings *findings)
{
    const struct config_view *view = &config->view;
    for (size_t i = 0; i < view->slos.len; i++) {
        const struct slo *slo = &view->slos.at[i];
        if (!is_heard(&view->owners, slo->owner))
            finding_add(findings, FINDING_WARNING, "slo/owner", slo->file.at, slo->pos,
                        "owner \"%.*s\" of %.*s is not among owners: nobody will be told",
                        TEXT_ARG(slo->owner), TEXT_ARG(slo->id));
        for (size_t k = 0; k < slo->n_overrides; k++) {
            const struct slo_override *override = &slo->overrides[k];
            if (!text_eq(override->slo->owner, slo->owner) && !is_heard(&view->owners, override->slo->owner))
                finding_add(findings, FINDING_WARNING, "slo/owner", slo->file.at, override->pos,
                            "owner \"%.*s\" of an override of %.*s is not among owners: nobody will be told",
                            TEXT_ARG(override->slo->owner), TEXT_ARG(slo->id));
        }
    }
}

static bool read_root(struct config *config, const struct yaml_node *node, const char *path,
                      struct findings *findings, struct fields *root)
{
    static const char *const known[] = {
        "environment", "source",   "store",  "slo_files", "rule_files",
        "owners",      "alerting", "server", "runbooks",  "evaluation_interval"};
    static const char *const store_known[] = {"path"};
    struct config_view *view = &config->view;
    size_t errors = findings->errors;
    *root = (struct fields){
        .file = path, .what = "the configuration", .check = "config/key", .findings = findings};
    if (!fields_open(root, node, FIELDS_KEYS(known)))
        return false;
    view->environment = text_copy(&config->arena, fields_text(root, "environment", TEXT("default")));
    source_options_read(yaml_get(root->map, "source"), path, &config->arena, &view->source, findings);
    struct fields store = *root;
    store.what = "store";
    fields_open(&store, fields_node(root, "store"), FIELDS_KEYS(store_known));
    view->store_path = config_resolve(config, fields_text(&store, "path", TEXT("sloburn.db")));
    struct text runbooks = fields_text(root, "runbooks", TEXT(""));
    view->runbooks = runbooks.len ? config_resolve(config, runbooks) : TEXT("");
    view->evaluation_interval_ms =
        fields_duration(root, "evaluation_interval", 30 * SECOND_MS, SECOND_MS, 10 * MINUTE_MS);
    read_alerting(config, root, findings);
    read_owners(config, root);
    read_server(config, root);
    return findings->errors == errors;
}

static struct config *config_new(const char *path)
{
    struct config *config = memory_alloc_zero(1, sizeof *config);
    atomic_init(&config->references, 1);
    arena_init(&config->arena, 0);
    config->regexes = regex_set_new();
    config->zones = timezone_set_new();
    config->labels = label_table_new(NULL);
    config->view.path = text_copy(&config->arena, text_of(path));
    const char *slash = strrchr(path, '/');
    config->folder =
        slash ? text_copy(&config->arena, (struct text){path, (size_t)(slash - path)}) : TEXT("");
    return config;
}

struct config *config_load(const char *path, struct config *previous, struct findings *findings)
{
    struct config *config = config_new(path);
    struct buf content;
    struct fields root;
    bool there = config_read_whole(path, &content, "config/file", findings);
    struct text kept = text_copy(&config->arena, buf_text(&content));
    buf_finish(&content);
    size_t errors = findings->errors;
    struct yaml_node *node = there ? parse_yaml(config, kept, path, findings) : NULL;
    bool sound = findings->errors == errors; /* no doubled keys */
    bool good = node && read_root(config, node, config->view.path.at, findings, &root) && sound;
    if (node) {
        config_read_files(config, previous, &root);
        policies_add_receivers(&config->view, config->folder, &config->arena);
        for (size_t i = 0; i < config->view.slos.len; i++)
            policies_check(&config->view.slos.at[i], findings);
        slo_check_all(&config->view.slos, findings);
        config_refuse_doubles(config, previous);
        check_owners_known(config, findings);
    }
    if (good)
        return config;
    config_unref(config);
    return NULL;
}

struct text config_link(const struct config_view *view, struct text link, struct arena *arena)
{
    if (!text_starts(link, TEXT("/")) || view->external_url.len == 0)
        return link;
    struct buf out;
    buf_init(&out, CONFIG_PATH_MAX_BYTES);
    buf_add_text(&out, view->external_url);
    buf_add_text(&out, link);
    struct text whole = text_copy(arena, buf_text(&out));
    buf_finish(&out);
    return whole;
}
