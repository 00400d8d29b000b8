/* webhook: what a policy's action posts, and what is posted when it is over (docs/policies.md). The body is a
 * template over these fields, or without one they as JSON:
 *
 *   .Action .Event ("start", "end") .SLO .Service .Environment .Group ("tenant=acme") .Owner .Labels
 *   .State (of the budget) .BudgetLeft (a share) .BudgetWindow .BudgetAmount .Burn .BurnWindow
 *   .Reason .Since .Key .Runbook .Page
 *
 * and one function, `json`, which prints a value as JSON needs it. Every request carries an Idempotency-Key
 * header: the same for each attempt, another for the start and the end. */
#ifndef SLOBURN_RECEIVERS_WEBHOOK_H
#define SLOBURN_RECEIVERS_WEBHOOK_H

#include "receivers/receiver.h"

/* Ids of policies' receivers begin so. One that the configuration has no more still ends what it started:
 * facts of an end carry address and body as annotations of these names. */
#define WEBHOOK_POLICY_ID "policy:"

#define WEBHOOK_ACTION     "policy action" /* no name that a rule could give */
#define WEBHOOK_SLO        "slo"
#define WEBHOOK_STATE      "budget_state"
#define WEBHOOK_UNDO_URL   "undo_webhook"
#define WEBHOOK_UNDO_BODY  "undo_body"
#define WEBHOOK_TOKEN_FILE "bearer_token_file"

/* Longer bodies would not fit in facts. */
enum { WEBHOOK_BODY_MAX = 4000 };

/* Is it a template? ERR_INPUT, ERR_LIMIT with its position in the text. */
NODISCARD bool webhook_body_check(struct text body, struct err *err);
/* The receiver with the address, body and token that these facts are to be sent with. */
struct receiver webhook_for(const struct receiver *receiver, const struct facts *facts);
/* Appends the Idempotency-Key: the incident's key, or its digest where a header cannot hold that. */
void webhook_print_key(const struct facts *facts, struct buf *out);
/* The value of an annotation, "" if there is none. */
struct text webhook_annotation(const struct facts *facts, const char *name);
/* For ids of policies that the configuration has no more, else NULL. */
const struct receiver *webhook_of_past(struct text id);

#endif
