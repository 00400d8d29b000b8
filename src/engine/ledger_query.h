/* ledger_query: what the ledger says about compliance periods, as JSON: the one form from which the API,
 * `report`, `gate`, `status` and `explain` work, whether they read the store themselves or ask a server.
 * docs/api.md describes it. */
#ifndef SLOBURN_ENGINE_LEDGER_QUERY_H
#define SLOBURN_ENGINE_LEDGER_QUERY_H

#include "engine/config.h"
#include "slo/budget.h"
#include "store/database.h"

struct buf;

/* Texts may be empty: no restriction. */
struct ledger_query {
    struct text id; /* "prod/rag-api/availability" or "rag-api/availability" */
    struct text service;
    struct text owner;
    struct text window; /* one of the SLO's windows by name, or any other: "7d", "month Asia/Seoul"; "": the
                           SLO's first */
    int64_t at_ms;      /* the period that holds this moment */
    int before;         /* 1: the period before that one, … */
    int64_t now_ms;
    bool days;        /* with the days of the period, for charts */
    bool rollup_only; /* without the values of the fan-out */
};

/* Appends {"environment":…,"at_ms":…,"slos":[…]}. ERR_INPUT: a window that cannot be understood; ERR_NO_DATA:
 * no SLO matches; ERR_STORE. */
NODISCARD bool ledger_query_json(struct database *reader, const struct config_view *config,
                                 const struct ledger_query *query, struct buf *out, struct err *err);
/* {"slos":[…]}: the statuses that the last evaluations left, those of SLOs that were never evaluated
 * included. */
NODISCARD bool slo_statuses_json(struct database *reader, const struct config_view *config,
                                 const struct ledger_query *filter, struct buf *out, struct err *err);
/* {"incidents":[…],"alerts":[…]}: open incidents (all: those closed in the last 24 h too), alerts of rules.
 */
NODISCARD bool alerts_json(struct database *reader, int64_t now_ms, bool all, struct buf *out,
                           struct err *err);

/* The budget of an SLO's roll-up over the query's period, with corrections and without; of insufficient data
 * where nothing was ever counted. */
struct rollup_budgets {
    struct budget budget;
    bool corrected; /* minutes of it are excluded; else both are the same */
    struct budget uncorrected;
    struct slo_window window; /* as asked: its texts are the query's or the SLO's */
    struct period period;
    int64_t group_id; /* of the roll-up in the store; 0: none */
};
NODISCARD bool ledger_rollup_budgets(struct database *reader, const struct ledger_query *query,
                                     const struct slo *slo, struct rollup_budgets *budgets, struct err *err);

/* Does a query's id mean this SLO? With or without the environment. */
bool slo_id_matches(const struct slo *slo, struct text id);

#endif
