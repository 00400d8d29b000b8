/* outbox_rows: from a transition to messages that were sent. Evaluate commits an *obligation* (facts) for an
 * *incident* together with the state that caused it; deliver makes one *outbox* row per receiver of it and
 * sends these in order per incident and receiver. All functions run inside a transaction of the caller (or on
 * a reader). */
#ifndef SLOBURN_STORE_OUTBOX_ROWS_H
#define SLOBURN_STORE_OUTBOX_ROWS_H

#include "notify/facts.h"
#include "store/database.h"

enum outbox_state {
    OUTBOX_PENDING = 0,
    OUTBOX_INFLIGHT = 1, /* found at start: unknown whether it arrived; sent again */
    OUTBOX_DELIVERED = 2,
    OUTBOX_DEAD = 3, /* refused for good */
};

struct outbox_item {
    int64_t id;
    int64_t incident_id;
    struct text receiver;
    struct facts facts;
    int attempts; /* before this one */
};

struct incident_row {
    int64_t id;
    struct text key;
    int64_t opened_ms;
    int64_t closed_ms;  /* 0: open */
    struct facts facts; /* of the last obligation */
};

/* One transition. FACT_OPEN makes the incident and binds it to the receivers; the same key again (a slot
 * evaluated twice) is the same incident, and an obligation for the same incident, slot and kind is added only
 * once. FACT_UPDATE and FACT_RESOLVE for an incident that does not exist are dropped. FACT_SUMMARY makes an
 * incident that is closed at once. The facts fit (facts_fit). True if it was added. */
bool obligation_add(struct database *db, const struct facts *facts, const struct text *receivers, size_t n);
/* In the transaction that added it: this receiver has been told already; the others are still to be. */
void obligation_met(struct database *db, const struct facts *facts, struct text receiver);
/* Was an incident of this key ever opened? */
bool incident_known(struct database *db, struct text key);
/* Was one opened that is closed again? */
bool incident_over(struct database *db, struct text key);
/* Is an incident of this subject ("prod/rag-api/availability") open? */
bool incident_open_for(struct database *db, struct text subject);
/* Turns at most `most` unsettled obligations into outbox rows; returns how many. */
size_t obligations_expand(struct database *db, int64_t now_ms, size_t most);
/* Rows that were in flight when the last process ended are pending again. Returns how many. */
int64_t outbox_recover(struct database *db);
/* The next row that is due and has nothing before it for its incident and receiver; marks it in flight.
 * Receivers in `held` (n) are passed over. Texts in the arena. */
struct arena;
bool outbox_take(struct database *db, int64_t now_ms, const struct text *held, size_t n, struct arena *arena,
                 struct outbox_item *item);
void outbox_delivered(struct database *db, int64_t id, int64_t now_ms, int http_status);
void outbox_retry(struct database *db, int64_t id, int64_t not_before_ms, int http_status, struct text error);
void outbox_dead(struct database *db, int64_t id, int64_t now_ms, int http_status, struct text error);
/* When the next pending row that has nothing before it is due (ms), or INT64_MAX. */
int64_t outbox_next_due(struct database *db);
/* Pending rows after the row `after_id`, at most `most`, as they will be sent; calls back for each. */
void outbox_each_after(struct database *db, int64_t after_id, size_t most, struct arena *arena,
                       void (*each)(void *context, const struct outbox_item *item), void *context);

/* Open incidents, and those closed since `since_ms`, newest first; calls back for each. */
void incidents_each(struct database *db, int64_t since_ms, size_t most, struct arena *arena,
                    void (*each)(void *context, const struct incident_row *row), void *context);
/* Incidents of one subject and group ("tenant=acme", "" for the roll-up) that were open in [from, to), oldest
 * first. Their facts are those of the
 * opening: what broke, not that it is over. */
void incidents_of(struct database *db, struct text subject, struct text group, int64_t from_ms, int64_t to_ms,
                  struct arena *arena, void (*each)(void *context, const struct incident_row *row),
                  void *context);
struct outbox_counts {
    int64_t pending;
    int64_t delivered;
    int64_t dead;
};
struct outbox_counts outbox_count(struct database *db);

#endif
