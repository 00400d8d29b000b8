/* sink: a server that stands for PagerDuty and Slack: for people who try their routes, and for tests. It
 * takes what they take, checks it against the contracts, remembers which incidents are open, and can be told
 * to misbehave.
 *
 *   POST /v2/enqueue              PagerDuty's Events API v2: 202, or 400 with what is wrong
 *   POST /services/T…/B…/…        a Slack webhook: 200 "ok", or 400 with what is wrong
 *   POST /control?answer=429&count=3&retry_after=2&receiver=slack   the next 3 requests (0 or nothing: all
 * until the next control) of that receiver (nothing: of both); answer=ok ends it GET  /summary counts as JSON
 *
 * sink_handle is an http_handler; it runs in the server's thread, sink_counts in any. */
#ifndef SLOBURN_RECEIVERS_SINK_H
#define SLOBURN_RECEIVERS_SINK_H

#include "net/http_server.h"

struct sink;

enum sink_answer {
    SINK_OK,
    SINK_429,   /* with Retry-After; the message is not taken */
    SINK_500,   /* not taken */
    SINK_HANG,  /* not taken, and no answer ever */
    SINK_DROP,  /* taken, and the connection closed without an answer: the sender cannot know */
    SINK_MIXED, /* one of these at random, half of the time OK */
};

/* What came in, for whoever prints or records it. Texts live until `told` returns; they are not made safe to
 * print. */
struct sink_event {
    const char *receiver; /* "PagerDuty", "Slack" */
    struct text account; /* which of them: the routing key's or webhook's beginning, "0123…", "T1/B1/…" */
    const char
        *action; /* "trigger", "resolve", "acknowledge"; "open", "update", "resolve", "summary", "message" */
    struct text key; /* of the incident; empty if the message names none */
    struct text headline;
    struct text runbook;    /* URL, empty if there is none */
    struct text violations; /* lines; empty: the contract is kept */
    const char *verdict;    /* "accepted", "again" (open already), "opened twice", "without trigger",
                               "violation", "429", … */
    bool taken;
    int status; /* that was answered; 0: nothing was */
};

struct sink_options {
    void (*told)(void *context, const struct sink_event *event); /* before the answer is sent; may be NULL */
    void *context;
    enum sink_answer answer; /* from the start */
    uint64_t seed;           /* of SINK_MIXED */
};

/* Of one kind of receiver. */
struct sink_counts {
    int64_t requests;
    int64_t opened; /* incidents */
    int64_t
        opened_again; /* triggers of open ones: no new incident at PagerDuty, a doubled message in Slack */
    int64_t opened_twice; /* triggers after the resolve: a second incident */
    int64_t resolved;
    int64_t resolve_alone; /* without a trigger before */
    int64_t open_now;
    int64_t violations; /* requests that break the contract */
    int64_t faults;     /* requests that were misbehaved at */
};

enum sink_receiver { SINK_PAGERDUTY, SINK_SLACK, SINK_RECEIVERS };

struct sink *sink_new(const struct sink_options *options);
void sink_free(struct sink *sink);
void sink_handle(void *sink, const struct server_request *request, struct server_response *response);
struct sink_counts sink_counts(struct sink *sink, enum sink_receiver receiver);
void sink_set_answer(struct sink *sink, enum sink_answer answer, int64_t count, int64_t retry_after_s);
/* "ok", "429", "500", "hang", "drop", "mixed". False if it is none of these. */
NODISCARD bool sink_answer_parse(struct text name, enum sink_answer *answer);

#endif
