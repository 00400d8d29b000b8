/* route: what the answering files of the server share. Internal to src/server. */
#ifndef SLOBURN_SERVER_ROUTE_H
#define SLOBURN_SERVER_ROUTE_H

#include "net/http_server.h"
#include "server/server.h"
#include "store/database.h"

/* One request being answered. */
struct exchange {
    const struct server_options *options;
    const struct config_view *config;
    struct database *reader; /* NULL, for /metrics alone: the store cannot be opened */
    const struct server_request *request;
    struct server_response *response;
    int64_t now_ms;
    struct text actor; /* the name of the request's token; "" without tokens */
};

/* An error as JSON {"error": …} with the status its kind stands for. */
void answer_error(struct exchange *exchange, const struct err *err);
void answer_not_found(struct exchange *exchange);

void answer_slos(struct exchange *exchange);
void answer_ledger(struct exchange *exchange);
void answer_alerts(struct exchange *exchange);
/* GET: those in force; POST: adds one, DELETE of /api/v1/corrections/ID: revokes it. Whether the token may is
 * checked before. */
void answer_corrections(struct exchange *exchange);
void answer_correction(struct exchange *exchange, struct text number);
void answer_metrics(struct exchange *exchange);
void answer_page(struct exchange *exchange);
/* /runbooks/NAME: NAME.md of the configuration's folder. */
void answer_runbook(struct exchange *exchange, struct text name);
void answer_slo_page(struct exchange *exchange, struct text id);

#endif
