/* The read-only API: parameters to queries of the ledger. */
#include "base/number.h"
#include "base/timezone.h"
#include "engine/ledger_query.h"
#include "server/route.h"

static bool flag(const struct exchange *exchange, const char *name)
{
    struct text value = server_param(exchange->request, name);
    return value.at && !text_is(value, "false") && !text_is(value, "0");
}

static bool read_query(const struct exchange *exchange, struct ledger_query *query, struct err *err)
{
    const struct server_request *request = exchange->request;
    struct text at = server_param(request, "at"), before = server_param(request, "before");
    int64_t periods = 0;
    *query = (struct ledger_query){.id = server_param(request, "id"),
                                   .service = server_param(request, "service"),
                                   .owner = server_param(request, "owner"),
                                   .window = server_param(request, "window"),
                                   .at_ms = exchange->now_ms,
                                   .now_ms = exchange->now_ms,
                                   .days = flag(exchange, "days"),
                                   .rollup_only = flag(exchange, "rollup")};
    if (at.len && !civil_parse(NULL, at, &query->at_ms, err))
        return err_context(err, "at");
    if (before.len && (!integer_parse(before, &periods) || periods < 0 || periods > 1000))
        return err_set(err, ERR_INPUT, "before: a number of periods from 0 to 1000 is needed, not \"%.*s\"",
                       TEXT_ARG(before));
    query->before = (int)periods;
    return true;
}

static void finish(struct exchange *exchange, bool good, const struct err *err)
{
    if (good)
        exchange->response->content_type = "application/json";
    else
        answer_error(exchange, err);
}

void answer_slos(struct exchange *exchange)
{
    struct ledger_query query;
    struct err err;
    bool good =
        read_query(exchange, &query, &err) &&
        slo_statuses_json(exchange->reader, exchange->config, &query, &exchange->response->body, &err);
    finish(exchange, good, &err);
}

void answer_ledger(struct exchange *exchange)
{
    struct ledger_query query;
    struct err err;
    bool good =
        read_query(exchange, &query, &err) &&
        ledger_query_json(exchange->reader, exchange->config, &query, &exchange->response->body, &err);
    finish(exchange, good, &err);
}

void answer_alerts(struct exchange *exchange)
{
    struct err err;
    bool good = alerts_json(exchange->reader, exchange->now_ms, flag(exchange, "all"),
                            &exchange->response->body, &err);
    finish(exchange, good, &err);
}
