/* Corrections over the API: bodies of JSON to requests, and the write through the store's one connection. */
#include "engine/corrections.h"
#include "base/json.h"
#include "base/number.h"
#include "server/route.h"

struct member {
    const char *name;
    struct text *value;
};

static bool read_member(const struct json *json, const struct member *members, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(members[i].name, json_key(json)) != 0)
            continue;
        if (!json_is_string(json))
            return err_set(err, ERR_INPUT, "\"%s\" must be a string", members[i].name);
        *members[i].value = text_of(json_string(json, ""));
        return true;
    }
    return err_set(err, ERR_INPUT, "\"%.40s\" is not a member of a correction", json_key(json));
}

/* Texts are borrowed from the document. */
static bool read_request(const struct json *json, struct correction_request *request, struct err *err)
{
    const struct member members[] = {
        {"slo", &request->slo},       {"service", &request->service},
        {"from", &request->from},     {"to", &request->to},
        {"every", &request->every},   {"zone", &request->zone},
        {"kind", &request->kind},     {"reason", &request->reason},
        {"author", &request->author}, {"approver", &request->approver},
    };
    if (!json_is_object(json))
        return err_set(err, ERR_INPUT, "the body must be a JSON object");
    for (const struct json *member = json_first(json); member; member = json_next(member))
        if (!read_member(member, members, sizeof members / sizeof members[0], err))
            return false;
    return true;
}

static bool write_change(struct exchange *exchange, const struct json *json, int64_t *id, struct err *err)
{
    struct correction_request request = {.author = exchange->actor, .actor = exchange->actor};
    struct store *store = exchange->options->store;
    if (!read_request(json, &request, err))
        return false;
    if (*id)
        return correct_revoke(store, exchange->config, *id, &request, exchange->now_ms, err);
    return correct_add(store, exchange->config, &request, exchange->now_ms, id, err);
}

/* `id` 0: adds one. */
static void change(struct exchange *exchange, int64_t id)
{
    struct err err;
    struct json_writer w;
    int status = id ? 200 : 201;
    struct json *json = json_parse(exchange->request->body, &err);
    if (!json || !write_change(exchange, json, &id, &err)) {
        answer_error(exchange, &err);
    } else {
        exchange->response->status = status;
        exchange->response->content_type = "application/json";
        json_begin(&w, &exchange->response->body);
        json_open(&w, '{');
        json_name(&w, "id");
        json_put_int(&w, id);
        json_close(&w, '}');
    }
    json_free(json);
}

void answer_corrections(struct exchange *exchange)
{
    struct err err;
    struct text all = server_param(exchange->request, "all");
    if (text_is(exchange->request->method, "POST")) {
        change(exchange, 0);
    } else if (corrections_json(exchange->reader, exchange->now_ms, text_is(all, "true"),
                                &exchange->response->body, &err)) {
        exchange->response->content_type = "application/json";
    } else {
        answer_error(exchange, &err);
    }
}

void answer_correction(struct exchange *exchange, struct text number)
{
    int64_t id;
    if (text_is(exchange->request->method, "DELETE") && integer_parse(number, &id) && id > 0)
        change(exchange, id);
    else
        answer_not_found(exchange);
}
