/* receiver: where messages go. `receivers:` has Alertmanager's form: a named receiver holds integrations
 * (pagerduty_configs, slack_configs, …); each integration is delivered to on its own. One file a type; what
 * the type's documented format allows stands in its contract file (contract.h), shared with the sink and the
 * tests.
 *
 * A receiver renders facts when it sends: nothing rendered and no secret is ever stored. */
#ifndef SLOBURN_RECEIVERS_RECEIVER_H
#define SLOBURN_RECEIVERS_RECEIVER_H

#include "base/err.h"
#include "base/finding.h"
#include "notify/facts.h"

struct arena;
struct buf;
struct yaml_node;
struct receiver_class;

/* One integration. Texts live in the configuration's arena. */
struct receiver {
    struct text
        id; /* in the outbox: "slack-rag", or "rag/slack", "rag/slack2" where a receiver has several */
    struct text name; /* the receiver's name: what owners and routes say */
    const struct receiver_class *class;
    bool send_resolved;
    struct text url;      /* endpoint; for Slack webhooks a secret */
    struct text url_file; /* or the file that holds it, read again for each message */
    struct text key;      /* PagerDuty's routing key, a webhook's bearer token: a secret */
    struct text key_file;
    struct text body; /* webhooks: templates and the address for the end (webhook.h) */
    struct text undo_url;
    struct text undo_body;
    struct text ca_file; /* TLS, for receivers of one's own */
    bool insecure_skip_verify;
    struct text proxy_url;
    int64_t timeout_ms;
    struct source_pos pos;
};

struct receivers {
    const struct receiver *at;
    size_t len;
};

enum delivery_outcome {
    DELIVERED,
    DELIVERY_RETRY,   /* 429, 5xx, network, timeout: again, not before retry_after_ms */
    DELIVERY_REFUSED, /* for good: the dead-letter list */
};

struct delivery {
    enum delivery_outcome outcome;
    int http_status;        /* 0: no answer */
    int64_t retry_after_ms; /* 0: the sender's own schedule */
    struct err err;         /* what went wrong, without secrets; unset if delivered */
};

/* How a type renders and understands answers. */
struct receiver_class {
    const char *type;        /* "pagerduty", "slack" */
    bool idempotent;         /* the same message twice makes one incident */
    int64_t min_interval_ms; /* between messages to one receiver: Slack wants one a second */
    bool own_service;        /* of the user's own: http and addresses that are not public are fine */
    /* Body, content type application/json; texts are cut to the format's limits. `receiver` has its secrets
     * resolved. True with an empty body: this type says nothing of such facts (PagerDuty: summaries), which
     * counts as delivered. */
    bool (*render)(const struct receiver *receiver, const struct facts *facts, struct buf *body,
                   struct err *err);
    void (*understand)(int http_status, struct text body, struct delivery *delivery);
};

/* Reads `receivers:`; findings with position for each mistake. False if there was an error. */
NODISCARD bool receivers_read(const struct yaml_node *list, const char *file, struct arena *arena,
                              struct receivers *receivers, struct findings *findings);
const struct receiver *receiver_find(const struct receivers *receivers, struct text id);
/* Ids of a named receiver's integrations, appended to `ids` (at most `most`); how many. */
size_t receiver_ids(const struct receivers *receivers, struct text name, struct text *ids, size_t most);

/* Sends one message and waits for the answer (blocking, within the receiver's timeout). `aborted` as in
 * http_client. */
void receiver_send(const struct receiver *receiver, const struct facts *facts, bool (*aborted)(void *context),
                   void *context, struct delivery *delivery);

/* How long to wait before the next attempt: full jitter between 0 and min(first << attempts, 5 min). `random`
 * is any 64 bits. */
int64_t delivery_backoff_ms(int attempts, uint64_t random);

#endif
