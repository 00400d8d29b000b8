/* Slack's incoming webhooks: a line of text (notifications and screen readers take it) and one attachment,
 * whose colour is the state, with blocks. A webhook can neither update nor delete, so each change is a
 * message of its own.
 *
 * What labels and annotations say is data: & < > are entities, so that nothing can become a mention or a
 * link, and all text is verbatim (Slack does not go looking for names in it). */
#include "receivers/classes.h"
#include "receivers/clip.h"
#include "receivers/contract.h"
#include "receivers/wording.h"

#include "base/buf.h"
#include "base/duration.h"
#include "base/json.h"

/* Together they stay below SLACK_BLOCKS_TEXT_MAX. */
enum {
    HEADLINE_MAX = 600,
    WHAT_MAX = 900,
    SENTENCE_MAX = 500,
    FIELD_MAX = 200,
    LINE_MAX_UNITS = 150,
    LINES_SHOWN = 10,
    REASON_MAX = 300,
    BUTTON_URL_MAX = 1000,
    LINK_BUTTONS = 2,
    ANSWER_SHOWN = 200,
    MARKUP_MAX = 64 << 10, /* bytes, of one text while it is put together */
};

static const char *colour(const struct facts *facts)
{
    if (facts->kind == FACT_RESOLVE)
        return "#2da44e";
    if (facts->kind == FACT_SUMMARY || facts->severity == SEVERITY_P4)
        return "#768390";
    if (facts->severity == SEVERITY_P3)
        return "#dbab09";
    return facts->severity == SEVERITY_P2 ? "#e36209" : "#d73a49";
}

/* A text object; clips nothing. */
static void put_mrkdwn(struct json_writer *w, struct text markup)
{
    json_open(w, '{');
    json_name(w, "type");
    json_put_string(w, "mrkdwn");
    json_name(w, "text");
    json_put_text(w, markup);
    json_name(w, "verbatim");
    json_put_bool(w, true);
    json_close(w, '}');
}

static void put_plain(struct json_writer *w, struct text t, size_t most)
{
    struct buf plain;
    buf_init(&plain, MARKUP_MAX);
    clip(t, most, CLIP_PLAIN, &plain);
    json_open(w, '{');
    json_name(w, "type");
    json_put_string(w, "plain_text");
    json_name(w, "text");
    json_put_text(w, buf_text(&plain));
    json_name(w, "emoji");
    json_put_bool(w, false);
    json_close(w, '}');
    buf_finish(&plain);
}

typedef void phrase(const struct facts *facts, struct buf *out);

static void clip_phrase(phrase *print, const struct facts *facts, size_t most, struct buf *markup)
{
    struct buf words;
    buf_init(&words, MARKUP_MAX);
    print(facts, &words);
    clip(buf_text(&words), most, CLIP_MRKDWN, markup);
    buf_finish(&words);
}

static void open_block(struct json_writer *w, const char *type)
{
    json_open(w, '{');
    json_name(w, "type");
    json_put_string(w, type);
}

static const char *const kind_ids[] = {"open", "update", "resolve", "summary"};

/* Ids that nobody sees tell programs what happened (here) to which incident (put_context). */
static void put_header(struct json_writer *w, const struct facts *facts)
{
    struct buf title;
    buf_init(&title, MARKUP_MAX);
    wording_title(facts, &title);
    open_block(w, "header");
    json_name(w, "block_id");
    json_put_string(w, kind_ids[facts->kind]);
    json_name(w, "text");
    put_plain(w, buf_text(&title), SLACK_HEADER_MAX);
    json_close(w, '}');
    buf_finish(&title);
}

/* "*Name* value" on a line of its own, where there is a value. */
static void add_line(const char *name, struct text value, size_t most, struct buf *markup)
{
    if (clip_is_blank(value))
        return;
    if (markup->len)
        buf_putc(markup, '\n');
    if (*name)
        buf_printf(markup, "*%s* ", name);
    clip(value, most, CLIP_MRKDWN, markup);
}

static void put_section(struct json_writer *w, struct text markup)
{
    if (markup.len == 0)
        return;
    open_block(w, "section");
    json_name(w, "text");
    put_mrkdwn(w, markup);
    json_close(w, '}');
}

static void put_what(struct json_writer *w, const struct facts *facts)
{
    struct buf markup;
    buf_init(&markup, MARKUP_MAX);
    add_line("", facts->what, WHAT_MAX, &markup);
    if (facts->kind == FACT_RESOLVE) {
        struct buf lasted;
        buf_init(&lasted, FIELD_MAX);
        wording_lasted(facts, &lasted);
        add_line("It lasted", buf_text(&lasted), FIELD_MAX, &markup);
        buf_finish(&lasted);
    }
    add_line("Impact", facts->impact, SENTENCE_MAX, &markup);
    if (facts->kind != FACT_RESOLVE)
        add_line("First step", facts->first_step, SENTENCE_MAX, &markup);
    add_line("Last change", facts->last_change, SENTENCE_MAX, &markup);
    put_section(w, buf_text(&markup));
    buf_finish(&markup);
}

static void put_lines(struct json_writer *w, const struct facts *facts)
{
    struct buf markup;
    buf_init(&markup, MARKUP_MAX);
    for (size_t i = 0; i < facts->n_lines && i < LINES_SHOWN; i++)
        add_line("•", facts->lines[i], LINE_MAX_UNITS, &markup);
    if (facts->n_lines > LINES_SHOWN)
        buf_printf(&markup, "\nand %zu more", facts->n_lines - LINES_SHOWN);
    put_section(w, buf_text(&markup));
    buf_finish(&markup);
}

static void put_field(struct json_writer *w, const char *name, struct text markup)
{
    struct buf field;
    buf_init(&field, MARKUP_MAX);
    buf_printf(&field, "*%s*\n", name);
    buf_add_text(&field, markup);
    put_mrkdwn(w, buf_text(&field));
    buf_finish(&field);
}

static void put_phrase_field(struct json_writer *w, const char *name, phrase *print,
                             const struct facts *facts)
{
    struct buf markup;
    buf_init(&markup, MARKUP_MAX);
    clip_phrase(print, facts, FIELD_MAX, &markup);
    put_field(w, name, buf_text(&markup));
    buf_finish(&markup);
}

static void put_text_field(struct json_writer *w, const char *name, struct text value)
{
    struct buf markup;
    buf_init(&markup, MARKUP_MAX);
    clip(value, FIELD_MAX, CLIP_MRKDWN, &markup);
    if (!clip_is_blank(value))
        put_field(w, name, buf_text(&markup));
    buf_finish(&markup);
}

/* In the reader's own time zone; the text behind the bar is for clients that cannot. */
static void put_since(struct json_writer *w, const struct facts *facts)
{
    struct buf utc, markup;
    buf_init(&utc, FIELD_MAX);
    buf_init(&markup, MARKUP_MAX);
    if (wording_time(facts->since_ms, &utc)) {
        buf_printf(&markup, "<!date^%lld^{date_short_pretty} {time_secs}|",
                   (long long)(facts->since_ms / SECOND_MS));
        buf_add_text(&markup, buf_text(&utc));
        buf_putc(&markup, '>');
        put_field(w, "Since", buf_text(&markup));
    }
    buf_finish(&utc);
    buf_finish(&markup);
}

static void put_fields(struct json_writer *w, const struct facts *facts)
{
    open_block(w, "section");
    json_name(w, "fields");
    json_open(w, '[');
    put_text_field(w, "Severity", text_of(severity_name(facts->severity)));
    if (facts->has_budget) {
        put_phrase_field(w, "Budget left", wording_budget_left, facts);
        if (facts->kind != FACT_RESOLVE) {
            put_phrase_field(w, "Burn rate", wording_burn, facts);
            put_phrase_field(w, "Budget gone in", wording_exhausted, facts);
        }
    }
    put_since(w, facts);
    put_text_field(w, "Owner", facts->owner);
    json_close(w, ']');
    json_close(w, '}');
}

static bool put_button(struct json_writer *w, struct text url, struct text label, size_t number)
{
    struct buf clipped, id;
    buf_init(&clipped, BUTTON_URL_MAX + 3);
    buf_init(&id, FIELD_MAX);
    bool good = clip_url(url, BUTTON_URL_MAX, &clipped);
    if (good) {
        buf_printf(&id, "open_%zu", number);
        open_block(w, "button");
        json_name(w, "text");
        put_plain(w, clip_is_blank(label) ? TEXT("Link") : label, SLACK_BUTTON_TEXT_MAX);
        json_name(w, "url");
        json_put_text(w, buf_text(&clipped));
        json_name(w, "action_id");
        json_put_text(w, buf_text(&id));
        json_close(w, '}');
    }
    buf_finish(&clipped);
    buf_finish(&id);
    return good;
}

/* Slack takes no empty list of buttons, so they are written aside first. */
static void put_buttons(struct json_writer *w, const struct facts *facts)
{
    struct buf buttons;
    struct json_writer list;
    buf_init(&buttons, MARKUP_MAX);
    json_begin(&list, &buttons);
    json_open(&list, '[');
    size_t n = put_button(&list, facts->runbook, TEXT("Runbook"), 0);
    n += put_button(&list, facts->page, TEXT("SLO"), n);
    for (size_t i = 0, extra = 0; i < facts->n_links && extra < LINK_BUTTONS; i++) {
        bool put = put_button(&list, facts->links[i].value, facts->links[i].name, n);
        extra += put;
        n += put;
    }
    json_close(&list, ']');
    if (n) {
        open_block(w, "actions");
        json_name(w, "elements");
        json_put_raw(w, buf_text(&buttons));
        json_close(w, '}');
    }
    buf_finish(&buttons);
}

static void put_incident_id(struct json_writer *w, struct text key)
{
    struct buf id;
    buf_init(&id, MARKUP_MAX);
    buf_puts(&id, SLACK_INCIDENT_ID);
    clip(key, SLACK_ID_MAX - strlen(SLACK_INCIDENT_ID), CLIP_PLAIN, &id);
    json_name(w, "block_id");
    json_put_text(w, buf_text(&id));
    buf_finish(&id);
}

/* What is for the record: environment, tier or expression, whether it comes late. */
static void put_context(struct json_writer *w, const struct facts *facts)
{
    struct buf markup;
    buf_init(&markup, MARKUP_MAX);
    buf_puts(&markup, "sloburn");
    if (facts->environment.len)
        buf_puts(&markup, " · ");
    clip(facts->environment, FIELD_MAX, CLIP_MRKDWN, &markup);
    if (facts->reason.len)
        buf_puts(&markup, " · ");
    clip(facts->reason, REASON_MAX, CLIP_MRKDWN, &markup);
    if (facts->late)
        buf_puts(&markup, " · evaluated late");
    open_block(w, "context");
    put_incident_id(w, facts->incident);
    json_name(w, "elements");
    json_open(w, '[');
    put_mrkdwn(w, buf_text(&markup));
    json_close(w, ']');
    json_close(w, '}');
    buf_finish(&markup);
}

static bool slack_render(const struct receiver *receiver, const struct facts *facts, struct buf *body,
                         struct err *err)
{
    (void)receiver;
    struct json_writer w;
    struct buf headline;
    buf_init(&headline, MARKUP_MAX);
    clip_phrase(wording_headline, facts, HEADLINE_MAX, &headline);
    json_begin(&w, body);
    json_open(&w, '{');
    json_name(&w, "text");
    json_put_text(&w, buf_text(&headline));
    json_name(&w, "link_names");
    json_put_bool(&w, false);
    json_name(&w, "unfurl_links");
    json_put_bool(&w, false);
    json_name(&w, "attachments");
    json_open(&w, '[');
    json_open(&w, '{');
    json_name(&w, "color");
    json_put_string(&w, colour(facts));
    json_name(&w, "blocks");
    json_open(&w, '[');
    put_header(&w, facts);
    put_what(&w, facts);
    put_fields(&w, facts);
    put_lines(&w, facts);
    put_buttons(&w, facts);
    put_context(&w, facts);
    json_close(&w, ']');
    json_close(&w, '}');
    json_close(&w, ']');
    json_close(&w, '}');
    buf_finish(&headline);
    return !body->overflowed || err_set(err, ERR_LIMIT, "the message is larger than %zu bytes", body->max);
}

static void explain(int http_status, struct text body, struct err *err)
{
    struct buf said;
    buf_init(&said, MARKUP_MAX);
    buf_printf(&said, "Slack answers %d", http_status);
    if (!clip_is_blank(body)) {
        buf_puts(&said, ": ");
        clip(text_trim(body), ANSWER_SHOWN, CLIP_PLAIN, &said);
    }
    err_set(err, http_status >= 400 && http_status < 500 ? ERR_INPUT : ERR_UNREACHABLE, "%s",
            buf_cstring(&said));
    buf_finish(&said);
}

/* 200 alone is not enough: a proxy's page says 200, too. */
static void slack_understand(int http_status, struct text body, struct delivery *delivery)
{
    bool delivered = http_status == 200 && text_is(text_trim(body), "ok");
    bool refused = http_status >= 400 && http_status < 500 && http_status != 408 && http_status != 429;
    delivery->outcome = delivered ? DELIVERED : refused ? DELIVERY_REFUSED : DELIVERY_RETRY;
    if (!delivered)
        explain(http_status, body, &delivery->err);
}

const struct receiver_class slack_class = {
    .type = "slack",
    .idempotent = false,
    .min_interval_ms = SECOND_MS,
    .render = slack_render,
    .understand = slack_understand,
};
