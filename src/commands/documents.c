/* Documents from the store, or from a server. */
#include "commands/documents.h"

#include "base/timezone.h"
#include "commands/clock.h"
#include "commands/remote.h"
#include "store/store.h"

#include <stdio.h>

enum { DOCUMENT_MAX = 32 << 20 };

/* One problem is the message; several are listed before it. */
static void tell_findings(struct findings *findings, const char *path, struct err *err)
{
    const struct finding *first = NULL;
    for (size_t i = findings->len; i > 0; i--)
        if (findings->at[i - 1].level == FINDING_ERROR)
            first = &findings->at[i - 1];
    if (findings->errors == 1 && first) {
        err_set_at(err, ERR_INPUT, first->pos, "%.*s%s%.*s%s", TEXT_ARG(first->message),
                   first->hint.len ? " (" : "", TEXT_ARG(first->hint), first->hint.len ? ")" : "");
        if (first->pos.line) /* else the message names it */
            err_set_file(err, first->file.at);
        return;
    }
    struct buf out;
    buf_init(&out, 1 << 20);
    findings_print(findings, false, &out);
    fputs(buf_cstring(&out), stderr);
    buf_finish(&out);
    err_set(err, ERR_INPUT, "configuration %s cannot be used", path);
}

struct config *document_config(const char *path, struct err *err)
{
    struct findings findings;
    findings_init(&findings);
    struct config *config = config_load(path, NULL, &findings);
    if (!config)
        tell_findings(&findings, path, err);
    findings_finish(&findings);
    return config;
}

struct ledger_query document_query(const struct document_filter *filter, int64_t now_ms)
{
    return (struct ledger_query){.id = text_of(filter->slo),
                                 .service = text_of(filter->service),
                                 .owner = text_of(filter->owner),
                                 .window = TEXT(""),
                                 .now_ms = now_ms,
                                 .at_ms = now_ms};
}

enum document_kind { DOCUMENT_LEDGER, DOCUMENT_STATUSES, DOCUMENT_ALERTS };

static bool write_document(enum document_kind kind, struct database *db, const struct config_view *config,
                           const struct ledger_query *query, struct buf *out, struct err *err)
{
    if (kind == DOCUMENT_LEDGER)
        return ledger_query_json(db, config, query, out, err);
    if (kind == DOCUMENT_STATUSES)
        return slo_statuses_json(db, config, query, out, err);
    return alerts_json(db, query->now_ms, query->days, out, err);
}

static struct json *parse(const struct buf *content, struct err *err)
{
    if (content->overflowed) {
        err_set(err, ERR_LIMIT, "the answer is larger than %d MiB: ask for less (--slo, --service, --owner)",
                DOCUMENT_MAX >> 20);
        return NULL;
    }
    struct json *json = json_parse(buf_text(content), err);
    if (json && json_is_object(json))
        return json;
    if (json)
        err_set(err, ERR_INPUT, "no JSON object");
    json_free(json);
    return NULL;
}

static struct json *from_store(enum document_kind kind, const char *path, const struct ledger_query *query,
                               struct err *err)
{
    struct config *config = document_config(path, err);
    if (!config)
        return NULL;
    struct database *db = store_open_reader(config_view(config)->store_path.at, err);
    struct json *json = NULL;
    if (db) {
        struct buf content;
        buf_init(&content, DOCUMENT_MAX);
        if (write_document(kind, db, config_view(config), query, &content, err))
            json = parse(&content, err);
        buf_finish(&content);
    }
    database_close(db);
    config_unref(config);
    return json;
}

static void add_parameters(enum document_kind kind, const struct ledger_query *query, struct buf *path)
{
    remote_parameter(path, "id", query->id);
    remote_parameter(path, "service", query->service);
    remote_parameter(path, "owner", query->owner);
    remote_parameter(path, "window", query->window);
    struct buf number;
    buf_init(&number, 64);
    if (kind == DOCUMENT_LEDGER && query->at_ms != query->now_ms) {
        civil_print(NULL, query->at_ms, &number);
        remote_parameter(path, "at", buf_text(&number));
    }
    if (query->before) {
        buf_clear(&number);
        buf_printf(&number, "%d", query->before);
        remote_parameter(path, "before", buf_text(&number));
    }
    buf_finish(&number);
    const char *days = kind == DOCUMENT_ALERTS ? "all" : "days";
    remote_parameter(path, days, query->days ? TEXT("true") : TEXT(""));
    remote_parameter(path, "rollup", query->rollup_only ? TEXT("true") : TEXT(""));
}

static struct json *from_server(enum document_kind kind, const struct document_place *place,
                                const struct ledger_query *query, struct err *err)
{
    static const char *const paths[] = {"/api/v1/ledger", "/api/v1/slos", "/api/v1/alerts"};
    struct buf path, content;
    struct json *json = NULL;
    buf_init(&path, 64 << 10);
    buf_init(&content, DOCUMENT_MAX);
    buf_puts(&path, paths[kind]);
    add_parameters(kind, query, &path);
    if (remote_get(place->server, place->token_file, buf_cstring(&path), &content, err)) {
        json = parse(&content, err);
        if (!json)
            (void)err_context(err, "%s%s", place->server, paths[kind]);
    }
    buf_finish(&path);
    buf_finish(&content);
    return json;
}

static struct json *document(enum document_kind kind, const struct document_place *place,
                             const struct ledger_query *query, struct err *err)
{
    return place->server ? from_server(kind, place, query, err) : from_store(kind, place->config, query, err);
}

struct json *document_ledger(const struct document_place *place, const struct ledger_query *query,
                             struct err *err)
{
    return document(DOCUMENT_LEDGER, place, query, err);
}

struct json *document_statuses(const struct document_place *place, const struct ledger_query *query,
                               struct err *err)
{
    return document(DOCUMENT_STATUSES, place, query, err);
}

struct json *document_alerts(const struct document_place *place, bool all, struct err *err)
{
    static const struct document_filter everything = DOCUMENT_FILTER_ALL;
    struct ledger_query query = document_query(&everything, clock_now_ms());
    query.days = all;
    return document(DOCUMENT_ALERTS, place, &query, err);
}
