/* composite_json: composites with each part's contribution, for the status, the ledger's answers and the
 * page. A composite counts nothing and alerts nobody: its budget is made of its parts' budgets at the moment
 * of asking. */
#ifndef SLOBURN_ENGINE_COMPOSITE_JSON_H
#define SLOBURN_ENGINE_COMPOSITE_JSON_H

#include "base/json.h"
#include "engine/ledger_query.h"

/* Writes the field "composites": those that the query means, over its window (without one: each part's
 * first). Adds how many there were to *matched. ERR_STORE, ERR_INPUT. */
NODISCARD bool composites_json(struct json_writer *w, struct database *reader,
                               const struct config_view *config, const struct ledger_query *query,
                               size_t *matched, struct err *err);

#endif
