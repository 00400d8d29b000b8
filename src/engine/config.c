/* Reading sloburn.yml and the files it names: see the header for what is refused as a whole and what alone.
 */
#include "engine/config.h"
#include "engine/policies.h"

#include "base/arena.h"
#include "base/duration.h"
#include "base/fields.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/regex.h"
#include "base/timezone_set.h"
#include "base/vec.h"
#include "slo/composite.h"
#include "slo/slo_file.h"
#include "slo/slo_override.h"

#include <assert.h>
#include <stdatomic.h>

enum { FILE_MAX_BYTES = 4 << 20, PATH_MAX_BYTES = 4096 };

struct config {
    atomic_int references;
    struct arena arena;
    struct regex_set *regexes;
    struct timezone_set *zones;
    struct label_table *labels;
    struct config_view view;
    VEC(struct config_file) files;
    VEC(struct config *) borrowed; /* configurations that files' last good versions come from */
    struct text folder;            /* of sloburn.yml: paths are relative to it */
};

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
static struct text resolve(struct config *config, struct text path)
{
    struct buf out;
    buf_init(&out, PATH_MAX_BYTES);
    if (!text_starts(path, TEXT("/")) && config->folder.len)
        buf_printf(&out, "%.*s/", TEXT_ARG(config->folder));
    buf_add_text(&out, path);
    struct text resolved = text_copy(&config->arena, buf_text(&out));
    buf_finish(&out);
    return resolved;
}

static bool read_whole(const char *path, struct buf *content, const char *check, struct findings *findings)
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
        struct text path = resolve(config, node->text);
        file = path.at;
        bool there = read_whole(file, &content, "config/alerting", findings);
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
    token->file = resolve(config, fields_required(&fields, "token_file"));
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

struct file_reading {
    struct config *config;
    struct config *previous;
    struct findings *findings;
    bool rules; /* rule files; else SLO files */
    size_t met;
};

/* A file that is broken now: its version in the previous configuration goes on, if it had one. */
static void keep_previous(struct file_reading *reading, struct config_file *file)
{
    file->refused = true;
    const struct config *previous = reading->previous;
    for (size_t i = 0; previous && i < previous->files.len; i++) {
        const struct config_file *old = &previous->files.at[i];
        if (!text_eq(old->path, file->path))
            continue;
        file->slos = old->slos;
        file->groups = old->groups;
        file->home = old->home ? old->home : reading->previous; /* not a chain of all reloads since */
        VEC_PUSH(&reading->config->borrowed, config_ref(file->home));
    }
}

/* "11:21: write <=, not <", of the findings from `from` on. */
static struct text first_error(const struct file_reading *reading, size_t from)
{
    const struct findings *findings = reading->findings;
    struct text text = TEXT("");
    for (size_t i = from; i < findings->len && !text.len; i++) {
        const struct finding *finding = &findings->at[i];
        if (finding->level != FINDING_ERROR)
            continue;
        struct buf out;
        buf_init(&out, PATH_MAX_BYTES);
        buf_printf(&out, "%d:%d: %.*s", finding->pos.line, finding->pos.column, TEXT_ARG(finding->message));
        text = text_copy(&reading->config->arena, buf_text(&out));
        buf_finish(&out);
    }
    return text;
}

static void read_one_file(void *context, const char *path)
{
    struct file_reading *reading = context;
    struct config *config = reading->config;
    struct config_file file = {.path = text_copy(&config->arena, text_of(path))};
    struct slo_context slo = {config->view.environment, &config->arena, config->regexes, config->labels,
                              config->zones};
    struct buf content;
    size_t from = reading->findings->len;
    reading->met++;
    bool good =
        read_whole(file.path.at, &content, reading->rules ? "rule/file" : "slo/file", reading->findings);
    struct text kept = text_copy(&config->arena, buf_text(&content));
    buf_finish(&content);
    if (good && reading->rules)
        good =
            rules_read(kept, file.path.at, &config->arena, config->regexes, &file.groups, reading->findings);
    else if (good)
        good = slo_file_read(kept, file.path.at, &slo, &file.slos, reading->findings);
    if (!good) {
        keep_previous(reading, &file);
        file.error = first_error(reading, from);
    }
    VEC_PUSH(&config->files, file);
}

static void read_files(const struct fields *root, const char *key, struct file_reading *reading)
{
    struct config *config = reading->config;
    size_t n = 0;
    struct text *patterns = fields_texts(root, key, &config->arena, &n);
    for (size_t i = 0; i < n; i++) {
        struct err err;
        reading->met = 0;
        struct text pattern = resolve(config, patterns[i]);
        if (!file_glob("", pattern.at, read_one_file, reading, &err))
            fields_error(root, key, "%s", err.message);
        else if (reading->met == 0)
            fields_warning(root, key, "no file matches %.*s", TEXT_ARG(pattern));
    }
}

static void gather(struct config *config)
{
    size_t slos = 0, composites = 0, groups = 0;
    for (size_t i = 0; i < config->files.len; i++) {
        slos += config->files.at[i].slos.len;
        composites += config->files.at[i].slos.n_composites;
        groups += config->files.at[i].groups.len;
    }
    struct slo *all_slos = ARENA_ARRAY(&config->arena, struct slo, slos);
    struct slo_composite *all_composites = ARENA_ARRAY(&config->arena, struct slo_composite, composites);
    struct rule_group *all_groups = ARENA_ARRAY(&config->arena, struct rule_group, groups);
    slos = composites = groups = 0;
    for (size_t i = 0; i < config->files.len; i++) {
        const struct config_file *file = &config->files.at[i];
        for (size_t k = 0; k < file->slos.len; k++)
            all_slos[slos++] = file->slos.at[k];
        for (size_t k = 0; k < file->slos.n_composites; k++)
            all_composites[composites++] = file->slos.composites[k];
        for (size_t k = 0; k < file->groups.len; k++)
            all_groups[groups++] = file->groups.at[k];
    }
    config->view.slos = (struct slo_list){all_slos, slos, all_composites, composites};
    config->view.groups = (struct rule_groups){all_groups, groups};
    config->view.files = config->files.at;
    config->view.n_files = config->files.len;
}

static bool names_slo(const struct config_file *file, struct text id)
{
    for (size_t i = 0; i < file->slos.len; i++)
        if (text_eq(file->slos.at[i].id, id))
            return true;
    for (size_t i = 0; i < file->slos.n_composites; i++)
        if (text_eq(file->slos.composites[i].id, id))
            return true;
    return false;
}

static bool clashes(const struct config_file *file, const struct config_file *earlier)
{
    for (size_t i = 0; i < file->slos.len; i++)
        if (names_slo(earlier, file->slos.at[i].id))
            return true;
    for (size_t i = 0; i < file->slos.n_composites; i++)
        if (names_slo(earlier, file->slos.composites[i].id))
            return true;
    return false;
}

static bool clashes_with_any(const struct config *config, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (clashes(&config->files.at[i], &config->files.at[k]))
            return true;
    return false;
}

/* Two ledgers of one identity cannot be: of two files that name the same SLO the later one is refused alone.
 * That there are two was found by slo_check_all. */
static void refuse_doubles(struct config *config, struct file_reading *reading)
{
    for (size_t i = 0; i < config->files.len; i++) {
        struct config_file *file = &config->files.at[i];
        if (!clashes_with_any(config, i))
            continue;
        if (!file->refused) {
            keep_previous(reading, file);
            file->error = TEXT("another file names one of its SLOs, too");
        }
        if (clashes_with_any(config, i))
            file->slos = (struct slo_list){0};
    }
    gather(config);
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
    view->store_path = resolve(config, fields_text(&store, "path", TEXT("sloburn.db")));
    struct text runbooks = fields_text(root, "runbooks", TEXT(""));
    view->runbooks = runbooks.len ? resolve(config, runbooks) : TEXT("");
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
    bool there = read_whole(path, &content, "config/file", findings);
    struct text kept = text_copy(&config->arena, buf_text(&content));
    buf_finish(&content);
    size_t errors = findings->errors;
    struct yaml_node *node = there ? parse_yaml(config, kept, path, findings) : NULL;
    bool sound = findings->errors == errors; /* no doubled keys */
    bool good = node && read_root(config, node, config->view.path.at, findings, &root) && sound;
    if (node) {
        struct file_reading reading = {.config = config, .previous = previous, .findings = findings};
        read_files(&root, "slo_files", &reading);
        reading.rules = true;
        read_files(&root, "rule_files", &reading);
        gather(config);
        policies_add_receivers(&config->view, config->folder, &config->arena);
        for (size_t i = 0; i < config->view.slos.len; i++)
            policies_check(&config->view.slos.at[i], findings);
        slo_check_all(&config->view.slos, findings);
        refuse_doubles(config, &reading);
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
    buf_init(&out, PATH_MAX_BYTES);
    buf_add_text(&out, view->external_url);
    buf_add_text(&out, link);
    struct text whole = text_copy(arena, buf_text(&out));
    buf_finish(&out);
    return whole;
}
