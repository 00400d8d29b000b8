/* PagerDuty's Events API v2: one event an incident and change, all with the incident's key as dedup_key, so
 * that an event that is sent twice changes nothing. A worse severity is a further trigger with the same key,
 * which PagerDuty adds to the open alert. What opens nothing (summaries) is not sent here at all. */
#include "receivers/classes.h"
#include "receivers/clip.h"
#include "receivers/contract.h"
#include "receivers/wording.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/json.h"

#include <math.h>

/* Chosen so that all details at their longest, three bytes a unit, stay within the 512,000 bytes of an event.
 */
enum {
    SENTENCE_MAX = 2000,
    NAME_MAX_UNITS = 100,
    LABEL_MAX = 400,
    ANNOTATION_MAX = 800,
    LINE_MAX_UNITS = 400,
    LABELS_SHOWN = 64,
    ANNOTATIONS_SHOWN = 32,
    LINES_SHOWN = 50,
    LINKS_SHOWN = 20,
    LINK_TEXT_MAX = 200,
    KEY_KEPT = 200,
    PHRASE_MAX = 64 << 10,
};

static void put_clipped(struct json_writer *w, struct text t, size_t most)
{
    struct buf clipped;
    buf_init(&clipped, 4 * most);
    clip(t, most, CLIP_PLAIN, &clipped);
    json_put_text(w, buf_text(&clipped));
    buf_finish(&clipped);
}

static void put_member(struct json_writer *w, const char *name, struct text value, size_t most)
{
    if (clip_is_blank(value))
        return;
    json_name(w, name);
    put_clipped(w, value, most);
}

typedef void phrase(const struct facts *facts, struct buf *out);

static void put_phrase(struct json_writer *w, const char *name, phrase *print, const struct facts *facts,
                       size_t most)
{
    struct buf words;
    buf_init(&words, PHRASE_MAX);
    print(facts, &words);
    put_member(w, name, buf_text(&words), most);
    buf_finish(&words);
}

static void put_time(struct json_writer *w, const char *name, int64_t ms)
{
    struct buf time;
    buf_init(&time, 64);
    if (wording_time(ms, &time)) {
        json_name(w, name);
        json_put_text(w, buf_text(&time));
    }
    buf_finish(&time);
}

static void put_url(struct json_writer *w, const char *name, struct text url)
{
    struct buf clipped;
    buf_init(&clipped, PAGERDUTY_URL_MAX + 3);
    if (clip_url(url, PAGERDUTY_URL_MAX, &clipped)) {
        json_name(w, name);
        json_put_text(w, buf_text(&clipped));
    }
    buf_finish(&clipped);
}

/* Names may meet after clipping; of doubled names in one object most readers take one, which is all we
 * promise. */
static void put_pairs(struct json_writer *w, const char *name, const struct fact_pair *pairs, size_t n,
                      size_t most)
{
    if (n == 0)
        return;
    json_name(w, name);
    json_open(w, '{');
    for (size_t i = 0; i < n; i++) {
        struct buf key;
        buf_init(&key, (size_t)4 * NAME_MAX_UNITS);
        clip(pairs[i].name, NAME_MAX_UNITS, CLIP_PLAIN, &key);
        json_name_text(w, buf_text(&key));
        put_clipped(w, pairs[i].value, most);
        buf_finish(&key);
    }
    json_close(w, '}');
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void put_lines(struct json_writer *w, const struct facts *facts)
{
    if (facts->n_lines == 0)
        return;
    json_name(w, "also_affected");
    json_open(w, '[');
    for (size_t i = 0; i < least(facts->n_lines, LINES_SHOWN); i++)
        put_clipped(w, facts->lines[i], LINE_MAX_UNITS);
    json_close(w, ']');
}

static void put_number(struct json_writer *w, const char *name, double value)
{
    if (!isfinite(value))
        return;
    json_name(w, name);
    json_put_double(w, value);
}

static void put_details(struct json_writer *w, const struct facts *facts)
{
    json_name(w, "custom_details");
    json_open(w, '{');
    put_member(w, "what", facts->what, SENTENCE_MAX);
    put_member(w, "impact", facts->impact, SENTENCE_MAX);
    put_member(w, "first_step", facts->first_step, SENTENCE_MAX);
    put_member(w, "runbook", facts->runbook, SENTENCE_MAX);
    put_member(w, "last_change", facts->last_change, SENTENCE_MAX);
    put_member(w, "reason", facts->reason, SENTENCE_MAX);
    put_member(w, "owner", facts->owner, SENTENCE_MAX);
    put_member(w, "environment", facts->environment, SENTENCE_MAX);
    put_time(w, "since", facts->since_ms);
    if (facts->has_budget) {
        put_number(w, "burn_rate", facts->burn_rate);
        put_member(w, "burn_rate_window", facts->burn_window, NAME_MAX_UNITS);
        put_phrase(w, "budget_left", wording_budget_left, facts, SENTENCE_MAX);
        put_phrase(w, "budget_exhausted_in", wording_exhausted, facts, SENTENCE_MAX);
    }
    if (facts->has_value)
        put_number(w, "value", facts->value);
    if (facts->late) {
        json_name(w, "evaluated_late");
        json_put_bool(w, true);
    }
    put_lines(w, facts);
    put_pairs(w, "labels", facts->labels, least(facts->n_labels, LABELS_SHOWN), LABEL_MAX);
    put_pairs(w, "annotations", facts->annotations, least(facts->n_annotations, ANNOTATIONS_SHOWN),
              ANNOTATION_MAX);
    json_close(w, '}');
}

static void print_source(const struct facts *facts, struct buf *out)
{
    buf_add_text(out, facts->environment);
    if (facts->environment.len && facts->service.len)
        buf_putc(out, '/');
    buf_add_text(out, facts->service);
    if (clip_is_blank(buf_text(out)))
        buf_puts(out, "sloburn");
}

static void put_payload(struct json_writer *w, const struct facts *facts)
{
    json_name(w, "payload");
    json_open(w, '{');
    put_phrase(w, "summary", wording_headline, facts, PAGERDUTY_SUMMARY_MAX);
    put_phrase(w, "source", print_source, facts, NAME_MAX_UNITS);
    json_name(w, "severity");
    json_put_string(w, severity_pagerduty(facts->severity));
    put_time(w, "timestamp", facts->since_ms);
    put_member(w, "component", facts->service.len ? facts->service : facts->subject, NAME_MAX_UNITS);
    put_member(w, "group", facts->group.len ? facts->group : facts->environment, NAME_MAX_UNITS);
    json_name(w, "class");
    json_put_string(w, facts->has_budget ? "slo-burn" : "rule");
    put_details(w, facts);
    json_close(w, '}');
}

static void put_link(struct json_writer *w, struct text url, struct text text)
{
    struct buf clipped;
    buf_init(&clipped, PAGERDUTY_URL_MAX + 3);
    if (clip_url(url, PAGERDUTY_URL_MAX, &clipped)) {
        json_open(w, '{');
        json_name(w, "href");
        json_put_text(w, buf_text(&clipped));
        put_member(w, "text", text, LINK_TEXT_MAX);
        json_close(w, '}');
    }
    buf_finish(&clipped);
}

static void put_links(struct json_writer *w, const struct facts *facts)
{
    json_name(w, "links");
    json_open(w, '[');
    put_link(w, facts->runbook, TEXT("Runbook"));
    put_link(w, facts->page, TEXT("SLO"));
    for (size_t i = 0; i < least(facts->n_links, LINKS_SHOWN); i++)
        put_link(w, facts->links[i].value, facts->links[i].name);
    json_close(w, ']');
}

/* The incident's key, which fits as incident_key_print makes it; a longer one is cut with its digest behind
 * it. */
static void put_dedup_key(struct json_writer *w, struct text key)
{
    json_name(w, "dedup_key");
    if (key.len <= PAGERDUTY_DEDUP_KEY_MAX) {
        put_clipped(w, key, PAGERDUTY_DEDUP_KEY_MAX);
        return;
    }
    struct digest digest = digest_of(key);
    char hex[2 * DIGEST_BYTES + 1];
    struct buf cut;
    buf_init(&cut, PHRASE_MAX);
    digest_hex(&digest, hex);
    clip(key, KEY_KEPT - sizeof hex, CLIP_PLAIN, &cut);
    buf_printf(&cut, "#%s", hex);
    json_put_text(w, buf_text(&cut));
    buf_finish(&cut);
}

static bool pagerduty_render(const struct receiver *receiver, const struct facts *facts, struct buf *body,
                             struct err *err)
{
    struct json_writer w;
    if (facts->kind == FACT_SUMMARY)
        return true;
    if (clip_is_blank(facts->incident))
        return err_set(err, ERR_INPUT, "the incident has no key");
    json_begin(&w, body);
    json_open(&w, '{');
    json_name(&w, "routing_key");
    json_put_text(&w, receiver->key);
    json_name(&w, "event_action");
    json_put_string(&w, facts->kind == FACT_RESOLVE ? "resolve" : "trigger");
    put_dedup_key(&w, facts->incident);
    put_payload(&w, facts);
    put_links(&w, facts);
    json_name(&w, "client");
    json_put_string(&w, "sloburn");
    put_url(&w, "client_url", facts->page);
    json_close(&w, '}');
    return !body->overflowed ||
           err_set(err, ERR_LIMIT, "the event is larger than the %d bytes that PagerDuty takes",
                   PAGERDUTY_EVENT_MAX);
}

/* PagerDuty's words for what is wrong: errors[0], else message, else the status. */
static void explain(int http_status, struct text body, struct err *err)
{
    struct err unread;
    struct buf said;
    buf_init(&said, PHRASE_MAX);
    buf_printf(&said, "PagerDuty answers %d", http_status);
    struct json *answer = json_parse(body, &unread);
    const char *message = json_string(json_get(answer, "message"), "");
    message = json_string(json_item(json_get(answer, "errors"), 0), message);
    if (*message) {
        buf_puts(&said, ": ");
        clip(text_of(message), SENTENCE_MAX, CLIP_PLAIN, &said);
    }
    json_free(answer);
    err_set(err, http_status >= 500 ? ERR_UNREACHABLE : ERR_INPUT, "%s", buf_cstring(&said));
    buf_finish(&said);
}

static void pagerduty_understand(int http_status, struct text body, struct delivery *delivery)
{
    bool refused = http_status >= 400 && http_status < 500 && http_status != 408 && http_status != 429;
    delivery->outcome = http_status == 202 ? DELIVERED : refused ? DELIVERY_REFUSED : DELIVERY_RETRY;
    if (delivery->outcome != DELIVERED)
        explain(http_status, body, &delivery->err);
}

const struct receiver_class pagerduty_class = {
    .type = "pagerduty",
    .idempotent = true,
    .render = pagerduty_render,
    .understand = pagerduty_understand,
};
