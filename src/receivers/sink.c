/* The stand-in for PagerDuty and Slack: checks, remembers, tells, answers (or does not). */
#include "receivers/sink.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/number.h"
#include "receivers/classes.h"
#include "receivers/contract.h"
#include "receivers/sink_incidents.h"

#include <pthread.h>

enum {
    ACCOUNT_SHOWN = 4,
    VIOLATIONS_MAX = 64 << 10,
    COUNT_MAX = 1000000,
    RETRY_AFTER_MAX_S = 86400,
    MIXED_STEPS = 8,
};

struct sink {
    struct sink_options options;
    pthread_mutex_t mutex; /* of what follows */
    struct sink_incidents incidents[SINK_RECEIVERS];
    enum sink_answer answer[SINK_RECEIVERS];
    int64_t left[SINK_RECEIVERS]; /* requests it still holds for; -1: until told otherwise */
    int64_t retry_after_s;
    uint64_t random;
};

/* One request on its way to its answer. */
struct arrival {
    enum sink_receiver receiver;
    struct sink_event event;
    enum sink_answer answer;
    struct buf violations;
    struct json *body;
};

static const char *const answer_names[] = {"ok", "429", "500", "hang", "drop", "mixed"};

bool sink_answer_parse(struct text name, enum sink_answer *answer)
{
    for (size_t i = 0; i < sizeof answer_names / sizeof answer_names[0]; i++)
        if (text_is(name, answer_names[i])) {
            *answer = (enum sink_answer)i;
            return true;
        }
    return false;
}

static void set_answer(struct sink *sink, enum sink_receiver receiver, enum sink_answer answer, int64_t count)
{
    sink->answer[receiver] = answer;
    sink->left[receiver] = count > 0 ? count : -1;
}

struct sink *sink_new(const struct sink_options *options)
{
    struct sink *sink = memory_alloc_zero(1, sizeof *sink);
    sink->options = *options;
    sink->random = options->seed * 2 + 1;
    sink->retry_after_s = 1;
    pthread_mutex_init(&sink->mutex, NULL);
    for (int i = 0; i < SINK_RECEIVERS; i++)
        set_answer(sink, (enum sink_receiver)i, options->answer, 0);
    return sink;
}

void sink_free(struct sink *sink)
{
    if (!sink)
        return;
    for (int i = 0; i < SINK_RECEIVERS; i++)
        sink_incidents_finish(&sink->incidents[i]);
    pthread_mutex_destroy(&sink->mutex);
    memory_free(sink);
}

struct sink_counts sink_counts(struct sink *sink, enum sink_receiver receiver)
{
    pthread_mutex_lock(&sink->mutex);
    struct sink_counts counts = sink->incidents[receiver].counts;
    pthread_mutex_unlock(&sink->mutex);
    return counts;
}

void sink_set_answer(struct sink *sink, enum sink_answer answer, int64_t count, int64_t retry_after_s)
{
    pthread_mutex_lock(&sink->mutex);
    for (int i = 0; i < SINK_RECEIVERS; i++)
        set_answer(sink, (enum sink_receiver)i, answer, count);
    sink->retry_after_s = retry_after_s;
    pthread_mutex_unlock(&sink->mutex);
}

/* How to behave at this request; half of the mixed ones are well. */
static enum sink_answer next_answer(struct sink *sink, enum sink_receiver receiver)
{
    static const enum sink_answer mixed[MIXED_STEPS] = {SINK_OK,  SINK_OK,  SINK_OK,   SINK_OK,
                                                        SINK_429, SINK_500, SINK_HANG, SINK_DROP};
    enum sink_answer answer = sink->answer[receiver];
    if (sink->left[receiver] > 0 && --sink->left[receiver] == 0)
        set_answer(sink, receiver, SINK_OK, 0);
    if (answer != SINK_MIXED)
        return answer;
    sink->random = sink->random * 6364136223846793005u + 1442695040888963407u;
    return mixed[sink->random >> 61];
}

/* --- what a message says --- */

static struct text string_at(const struct json *object, const char *key)
{
    return text_of(json_string(json_get(object, key), ""));
}

static struct text shortened(struct arena *arena, struct text secret)
{
    struct buf out;
    buf_init(&out, ACCOUNT_SHOWN + 8);
    buf_add_text(&out, text_part(secret, 0, ACCOUNT_SHOWN));
    buf_puts(&out, "…");
    struct text copy = text_copy(arena, buf_text(&out));
    buf_finish(&out);
    return copy;
}

static void read_pagerduty(struct arrival *arrival, struct arena *arena)
{
    static const char *const actions[] = {"trigger", "resolve", "acknowledge"};
    struct sink_event *event = &arrival->event;
    const struct json *payload = json_get(arrival->body, "payload");
    struct text action = string_at(arrival->body, "event_action");
    event->action = "event";
    for (size_t i = 0; i < 3; i++)
        if (text_is(action, actions[i]))
            event->action = actions[i];
    event->account = shortened(arena, string_at(arrival->body, "routing_key"));
    event->key = string_at(arrival->body, "dedup_key");
    event->headline = string_at(payload, "summary");
    event->runbook = string_at(json_get(payload, "custom_details"), "runbook");
    if (event->runbook.len == 0)
        event->runbook = string_at(json_item(json_get(arrival->body, "links"), 0), "href");
}

static struct text find_button(const struct json *block, const char *label)
{
    const struct json *elements = json_get(block, "elements");
    for (const struct json *button = json_first(elements); button; button = json_next(button))
        if (text_is(string_at(json_get(button, "text"), "text"), label))
            return string_at(button, "url");
    return TEXT("");
}

/* Our own messages say by their blocks' ids what happened to which incident; others are just messages. */
static void read_slack_block(struct sink_event *event, const struct json *block)
{
    static const char *const kinds[] = {"open", "update", "resolve", "summary"};
    struct text id = string_at(block, "block_id");
    for (size_t i = 0; i < 4; i++)
        if (text_is(id, kinds[i]))
            event->action = kinds[i];
    if (text_starts(id, TEXT(SLACK_INCIDENT_ID)))
        event->key = text_part(id, strlen(SLACK_INCIDENT_ID), id.len);
    if (event->runbook.len == 0)
        event->runbook = find_button(block, "Runbook");
}

/* "T1/B1/…": the rest is the secret. */
static struct text webhook_account(struct arena *arena, struct text path)
{
    struct text rest = text_part(path, strlen("/services/"), path.len);
    struct text team = text_cut(&rest, '/'), webhook = text_cut(&rest, '/');
    struct buf out;
    buf_init(&out, 4096);
    buf_printf(&out, "%.*s/%.*s/…", TEXT_ARG(team), TEXT_ARG(webhook));
    struct text copy = text_copy(arena, buf_text(&out));
    buf_finish(&out);
    return copy;
}

static void read_slack(struct arrival *arrival, const struct server_request *request)
{
    struct sink_event *event = &arrival->event;
    event->action = "message";
    event->account = webhook_account(request->arena, request->path);
    event->headline = string_at(arrival->body, "text");
    const struct json *attachments = json_get(arrival->body, "attachments");
    for (const struct json *attachment = json_first(attachments); attachment;
         attachment = json_next(attachment)) {
        const struct json *blocks = json_get(attachment, "blocks");
        for (const struct json *block = json_first(blocks); block; block = json_next(block))
            read_slack_block(event, block);
    }
}

static void check_contract(struct arrival *arrival, const struct server_request *request)
{
    struct contract_request checked = {request->method, request->path, server_header(request, "Content-Type"),
                                       request->body};
    struct err err;
    if (arrival->receiver == SINK_PAGERDUTY)
        contract_pagerduty(&checked, &arrival->violations);
    else
        contract_slack(&checked, &arrival->violations);
    arrival->event.violations = buf_text(&arrival->violations);
    arrival->body = json_parse(request->body, &err);
}

/* --- taking it --- */

/* The whole routing key or webhook's path, which tells accounts apart. */
static struct text account_of(const struct arrival *arrival, const struct server_request *request)
{
    return arrival->receiver == SINK_PAGERDUTY ? string_at(arrival->body, "routing_key") : request->path;
}

static void take(struct sink *sink, struct arrival *arrival, struct text account)
{
    struct sink_incidents *incidents = &sink->incidents[arrival->receiver];
    struct sink_event *event = &arrival->event;
    struct text action = text_of(event->action);
    event->taken = true;
    event->verdict = "accepted";
    if (text_is(action, "trigger") || text_is(action, "open"))
        event->verdict = sink_incidents_open(incidents, account, event->key);
    else if (text_is(action, "resolve"))
        event->verdict = sink_incidents_resolve(incidents, account, event->key);
}

static void judge(struct sink *sink, struct arrival *arrival, struct text account)
{
    struct sink_counts *counts = &sink->incidents[arrival->receiver].counts;
    struct sink_event *event = &arrival->event;
    bool broken = event->violations.len > 0;
    counts->requests++;
    arrival->answer = next_answer(sink, arrival->receiver);
    event->status = arrival->receiver == SINK_PAGERDUTY ? 202 : 200;
    if (arrival->answer != SINK_OK) {
        counts->faults++;
        event->status = arrival->answer == SINK_429 ? 429 : arrival->answer == SINK_500 ? 500 : 0;
    }
    if (broken) {
        counts->violations++;
        event->verdict = "violation";
        if (arrival->answer == SINK_OK)
            event->status = 400;
    } else if (arrival->answer == SINK_OK || arrival->answer == SINK_DROP) {
        take(sink, arrival, account);
    } else {
        event->verdict = answer_names[arrival->answer];
    }
}

/* --- answers, as the real ones give them --- */

static void answer_pagerduty(const struct arrival *arrival, struct server_response *response)
{
    struct json_writer w;
    bool good = arrival->event.violations.len == 0;
    response->content_type = "application/json";
    json_begin(&w, &response->body);
    json_open(&w, '{');
    json_name(&w, "status");
    json_put_string(&w, good ? "success" : "invalid event");
    json_name(&w, "message");
    json_put_string(&w, good ? "Event processed" : "Event object is invalid");
    if (good) {
        json_name(&w, "dedup_key");
        json_put_text(&w, arrival->event.key);
    } else {
        struct text rest = arrival->event.violations;
        json_name(&w, "errors");
        json_open(&w, '[');
        while (rest.len > 0)
            json_put_text(&w, text_cut(&rest, '\n'));
        json_close(&w, ']');
    }
    json_close(&w, '}');
}

static void answer(const struct sink *sink, const struct arrival *arrival, struct arena *arena,
                   struct server_response *response)
{
    response->status = arrival->event.status;
    if (arrival->answer == SINK_HANG || arrival->answer == SINK_DROP) {
        response->fate = arrival->answer == SINK_HANG ? SERVER_HANGS : SERVER_DROPS;
        response->status = 200;
    } else if (arrival->answer == SINK_429) {
        struct buf seconds;
        buf_init(&seconds, 32);
        buf_printf(&seconds, "%lld", (long long)sink->retry_after_s);
        server_response_header(response, TEXT("Retry-After"), text_copy(arena, buf_text(&seconds)));
        buf_puts(&response->body, "rate_limited");
        buf_finish(&seconds);
    } else if (arrival->answer == SINK_500) {
        buf_puts(&response->body, "rollup_error");
    } else if (arrival->receiver == SINK_PAGERDUTY) {
        answer_pagerduty(arrival, response);
    } else if (arrival->event.violations.len) {
        buf_puts(&response->body, "invalid_payload\n");
        buf_add_text(&response->body, arrival->event.violations);
    } else {
        buf_puts(&response->body, "ok");
    }
}

static void handle_message(struct sink *sink, enum sink_receiver receiver,
                           const struct server_request *request, struct server_response *response)
{
    struct arrival arrival = {.receiver = receiver};
    arrival.event.receiver = receiver == SINK_PAGERDUTY ? "PagerDuty" : "Slack";
    buf_init(&arrival.violations, VIOLATIONS_MAX);
    check_contract(&arrival, request);
    if (receiver == SINK_PAGERDUTY)
        read_pagerduty(&arrival, request->arena);
    else
        read_slack(&arrival, request);
    pthread_mutex_lock(&sink->mutex);
    judge(sink, &arrival, account_of(&arrival, request));
    answer(sink, &arrival, request->arena, response);
    pthread_mutex_unlock(&sink->mutex);
    if (sink->options.told)
        sink->options.told(sink->options.context, &arrival.event);
    json_free(arrival.body);
    buf_finish(&arrival.violations);
}

/* --- control and summary --- */

static void complain(struct server_response *response, int status, const char *what)
{
    response->status = status;
    buf_printf(&response->body, "%s\n", what);
}

static bool whole_number(const struct server_request *request, const char *name, int64_t most, int64_t *value)
{
    struct text given = server_param(request, name);
    return given.len == 0 || (integer_parse(given, value) && *value >= 0 && *value <= most);
}

static void handle_control(struct sink *sink, const struct server_request *request,
                           struct server_response *response)
{
    enum sink_answer answer;
    int64_t count = 0, retry_after_s = 1;
    struct text receiver = server_param(request, "receiver");
    bool pagerduty = text_is(receiver, "pagerduty"), slack = text_is(receiver, "slack");
    if (!server_host_is_known(request, NULL, 0) || !server_origin_is_own(request)) {
        complain(response, 403, "a page of another site may not do this");
    } else if (!sink_answer_parse(server_param(request, "answer"), &answer)) {
        complain(response, 400, "answer must be ok, 429, 500, hang, drop or mixed");
    } else if (!whole_number(request, "count", COUNT_MAX, &count) ||
               !whole_number(request, "retry_after", RETRY_AFTER_MAX_S, &retry_after_s)) {
        complain(response, 400, "count and retry_after must be whole numbers");
    } else if (receiver.len && !pagerduty && !slack) {
        complain(response, 400, "receiver must be pagerduty or slack");
    } else {
        pthread_mutex_lock(&sink->mutex);
        if (!slack)
            set_answer(sink, SINK_PAGERDUTY, answer, count);
        if (!pagerduty)
            set_answer(sink, SINK_SLACK, answer, count);
        sink->retry_after_s = retry_after_s;
        pthread_mutex_unlock(&sink->mutex);
        buf_puts(&response->body, "ok\n");
    }
}

static void put_counts(struct json_writer *w, const char *name, const struct sink_counts *counts)
{
    const struct {
        const char *name;
        int64_t value;
    } members[] = {{"requests", counts->requests},
                   {"opened", counts->opened},
                   {"opened_again", counts->opened_again},
                   {"opened_twice", counts->opened_twice},
                   {"resolved", counts->resolved},
                   {"resolve_without_trigger", counts->resolve_alone},
                   {"open_now", counts->open_now},
                   {"violations", counts->violations},
                   {"faults", counts->faults}};
    json_name(w, name);
    json_open(w, '{');
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        json_name(w, members[i].name);
        json_put_int(w, members[i].value);
    }
    json_close(w, '}');
}

static void handle_summary(struct sink *sink, struct server_response *response)
{
    struct json_writer w;
    struct sink_counts pagerduty = sink_counts(sink, SINK_PAGERDUTY), slack = sink_counts(sink, SINK_SLACK);
    response->content_type = "application/json";
    json_begin_pretty(&w, &response->body);
    json_open(&w, '{');
    put_counts(&w, "pagerduty", &pagerduty);
    put_counts(&w, "slack", &slack);
    json_close(&w, '}');
    buf_putc(&response->body, '\n');
}

void sink_handle(void *context, const struct server_request *request, struct server_response *response)
{
    struct sink *sink = context;
    bool post = text_is(request->method, "POST");
    if (text_starts(request->path, TEXT("/v2/")))
        handle_message(sink, SINK_PAGERDUTY, request, response);
    else if (text_starts(request->path, TEXT("/services/")))
        handle_message(sink, SINK_SLACK, request, response);
    else if (text_is(request->path, "/control") && post)
        handle_control(sink, request, response);
    else if (text_is(request->path, "/summary") && !post)
        handle_summary(sink, response);
    else
        complain(response, 404, "POST /v2/enqueue, POST /services/T…/B…/…, POST /control, GET /summary");
}
