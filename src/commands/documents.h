/* documents: the JSON documents from which report, gate, status and explain work (engine/ledger_query.h),
 * read from the store of a configuration or asked of a server. */
#ifndef SLOBURN_COMMANDS_DOCUMENTS_H
#define SLOBURN_COMMANDS_DOCUMENTS_H

#include "base/json.h"
#include "engine/ledger_query.h"

/* As the command line names it: a server goes before a configuration. */
struct document_place {
    const char *config;     /* "sloburn.yml" */
    const char *server;     /* URL, or NULL */
    const char *token_file; /* or NULL */
};

/* Options of every command that reads documents, for its table of arguments. */
#define DOCUMENT_ARGUMENTS(place)                                                                            \
    {"config", "FILE", "the configuration whose store is read (sloburn.yml)", &(place)->config, NULL},       \
        {"server", "URL", "ask a running sloburn instead", &(place)->server, NULL},                          \
    {                                                                                                        \
        "token-file", "FILE", "file with the token for --server", &(place)->token_file, NULL                 \
    }

/* Which SLOs; "" means all. */
struct document_filter {
    const char *slo;
    const char *service;
    const char *owner;
};

#define DOCUMENT_FILTER_ALL                                                                                  \
    {                                                                                                        \
        "", "", ""                                                                                           \
    }
#define DOCUMENT_FILTER_ARGUMENTS(filter)                                                                    \
    {"slo", "ID", "only this SLO: rag-api/availability", &(filter)->slo, NULL},                              \
        {"service", "NAME", "only this service's", &(filter)->service, NULL},                                \
    {                                                                                                        \
        "owner", "NAME", "only this owner's", &(filter)->owner, NULL                                         \
    }

/* The query for what the filter lets through, as of now, over each SLO's first window. */
struct ledger_query document_query(const struct document_filter *filter, int64_t now_ms);

/* Budgets of a period; statuses of the last evaluation; open incidents and alerts. The root, to be freed by
 * json_free; NULL and err: ERR_INPUT (configuration, answer), ERR_NO_DATA, ERR_STORE, ERR_UNREACHABLE,
 * ERR_USAGE. */
NODISCARD struct json *document_ledger(const struct document_place *place, const struct ledger_query *query,
                                       struct err *err);
NODISCARD struct json *document_statuses(const struct document_place *place, const struct ledger_query *query,
                                         struct err *err);
NODISCARD struct json *document_alerts(const struct document_place *place, bool all, struct err *err);

/* The configuration; NULL and err (ERR_INPUT) if sloburn.yml has errors (several are listed on stderr).
 * Errors in the files it names are serve's to tell, and check's. */
NODISCARD struct config *document_config(const char *path, struct err *err);

#endif
