/* server: what sloburn answers over HTTP: the page, the API, its own metrics and its health. Runs
 * in the thread of net/http_server; reads the store through a connection of its own and shares with the other
 * threads only the configuration in force and the counters.
 *
 *   GET /                  the page: SLOs with budget left, burn rates, firing alerts
 *   GET /slo/ID            one SLO
 *   GET /api/v1/slos       every SLO's status (?id=, ?service=, ?owner=)
 *   GET /api/v1/ledger     sums of any window (?id=&window=&at=&before=&days=true)
 *   GET /api/v1/alerts     open incidents and alerts of rules (?all=true: closed ones of the last 24 h too)
 *   GET /api/v1/corrections             corrections in force (?all=true: all)
 *   POST /api/v1/corrections            adds one (JSON)
 *   DELETE /api/v1/corrections/ID       revokes one (JSON)
 *   GET /runbooks/NAME     a runbook of the folder that `runbooks:` names
 *   GET /metrics           about itself and every SLO, in Prometheus' text format
 *   GET /-/healthy         200 while the process lives
 *   GET /-/ready           200 once the first evaluation is committed, 503 before
 *
 * With tokens configured everything but /-/healthy and /-/ready wants "Authorization: Bearer …". Changes
 * always want one, whose token has the role `correct`; without tokens they are refused. */
#ifndef SLOBURN_SERVER_SERVER_H
#define SLOBURN_SERVER_SERVER_H

#include "engine/counters.h"
#include "engine/current.h"

struct server;
struct store;

struct server_options {
    struct current *current;
    struct counters *counters;
    struct store *store;              /* for changes */
    const char *listen;               /* NULL: the configuration's */
    int64_t (*now_ms)(void *context); /* the engine's time */
    void *now_context;
    bool observe; /* shown on the page: nothing is delivered */
};

NODISCARD struct server *server_start(const struct server_options *options, struct err *err);
void server_stop(struct server *server); /* NULL is fine */
int server_port(const struct server *server);

#endif
