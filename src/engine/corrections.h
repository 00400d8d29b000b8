/* corrections: who may take minutes out of the books, checked against configuration and store; and the set in
 * force, for evaluations and queries. docs/corrections.md. */
#ifndef SLOBURN_ENGINE_CORRECTIONS_H
#define SLOBURN_ENGINE_CORRECTIONS_H

#include "base/arena.h"
#include "engine/config.h"
#include "slo/correction.h"
#include "store/store.h"

struct buf;

/* The corrections of a store, read again when they change. Zero-initialise. */
struct corrections {
    struct correction_set set;
    struct arena arena;
    struct timezone_set *zones;
};

/* One read of the store; more only when something changed. ERR_STORE: the set is the old one. */
NODISCARD bool corrections_follow(struct corrections *corrections, struct database *reader, struct err *err);
void corrections_finish(struct corrections *corrections);

/* As people write it; empty texts are absent. */
struct correction_request {
    struct text slo; /* or */
    struct text service;
    struct text from; /* "": now */
    struct text to;
    struct text every; /* slo/recurrence.h */
    struct text zone;  /* of from, to and every; "": UTC */
    struct text kind;  /* "maintenance", "exclusion" */
    struct text reason;
    struct text author;
    struct text approver;
    struct text actor; /* for the audit: the name of a token, or the author */
};

/* ERR_USAGE, ERR_INPUT, ERR_NO_DATA (no such SLO), ERR_STORE. */
NODISCARD bool correct_add(struct store *store, const struct config_view *config,
                           const struct correction_request *request, int64_t now_ms, int64_t *id,
                           struct err *err);
/* Of the request: reason, author (who revokes) and approver. */
NODISCARD bool correct_revoke(struct store *store, const struct config_view *config, int64_t id,
                              const struct correction_request *request, int64_t now_ms, struct err *err);
/* {"corrections":[…]}, oldest first; `all`: revoked ones and those that are over, too. */
NODISCARD bool corrections_json(struct database *reader, int64_t now_ms, bool all, struct buf *out,
                                struct err *err);
/* One object: id, selector, kind, from_ms, … (docs/api.md). */
struct json_writer;
void correction_json(struct json_writer *w, const struct correction *correction);

#endif
