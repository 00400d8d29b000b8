/* Webhooks of policies: facts as a body of the user's own making. */
#include "receivers/webhook.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/duration.h"
#include "base/json.h"
#include "receivers/classes.h"
#include "receivers/clip.h"
#include "receivers/wording.h"
#include "template/template.h"

enum { TIME_MAX = 64, FIELDS_MAX = 20, ANSWER_SHOWN = 200, KEY_MAX = 4096 };

/* --- what a body is made of --- */

static bool json_of(const struct template_call *call, const struct template_value *args, size_t n,
                    struct template_value *result, struct err *err)
{
    struct buf plain, quoted;
    (void)n;
    buf_init(&plain, RECEIVER_BODY_MAX);
    buf_init(&quoted, RECEIVER_BODY_MAX);
    template_value_print(&args[0], &plain);
    bool bare =
        args[0].kind == TEMPLATE_INT || args[0].kind == TEMPLATE_DOUBLE || args[0].kind == TEMPLATE_BOOL;
    if (bare) {
        buf_add_text(&quoted, buf_text(&plain));
    } else {
        struct json_writer w;
        json_begin(&w, &quoted);
        json_put_text(&w, buf_text(&plain));
    }
    *result = template_string(text_copy(call->arena, buf_text(&quoted)));
    bool good = !plain.overflowed && !quoted.overflowed;
    buf_finish(&plain);
    buf_finish(&quoted);
    return good || err_set(err, ERR_LIMIT, "json: the value is too large");
}

static const struct template_function functions[] = {{"json", 1, 1, json_of}};
static const struct template_dialect dialect = {.functions = functions, .n_functions = 1};

struct text webhook_annotation(const struct facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->n_annotations; i++)
        if (text_is(facts->annotations[i].name, name))
            return facts->annotations[i].value;
    return TEXT("");
}

static struct template_value labels_value_of(const struct facts *facts, struct arena *arena)
{
    struct template_entry *entries = ARENA_ARRAY(arena, struct template_entry, facts->n_labels);
    for (size_t i = 0; i < facts->n_labels; i++)
        entries[i] = (struct template_entry){facts->labels[i].name, template_string(facts->labels[i].value)};
    return template_map_value(arena, entries, facts->n_labels, true);
}

static struct template_value since_value(const struct facts *facts, struct arena *arena)
{
    struct buf time;
    buf_init(&time, TIME_MAX);
    wording_time(facts->since_ms, &time);
    struct template_value value = template_string(text_copy(arena, buf_text(&time)));
    buf_finish(&time);
    return value;
}

/* The fields in the order of the header's list, Labels last. */
static size_t body_fields(const struct facts *facts, struct arena *arena, struct template_entry *fields)
{
    const struct template_entry all[] = {
        {TEXT("Action"), template_string(webhook_annotation(facts, WEBHOOK_ACTION))},
        {TEXT("Event"), template_string(facts->kind == FACT_RESOLVE ? TEXT("end") : TEXT("start"))},
        {TEXT("SLO"), template_string(webhook_annotation(facts, WEBHOOK_SLO))},
        {TEXT("Service"), template_string(facts->service)},
        {TEXT("Environment"), template_string(facts->environment)},
        {TEXT("Group"), template_string(facts->group)},
        {TEXT("Owner"), template_string(facts->owner)},
        {TEXT("State"), template_string(webhook_annotation(facts, WEBHOOK_STATE))},
        {TEXT("BudgetLeft"), template_double(facts->budget_left)},
        {TEXT("BudgetWindow"), template_string(facts->budget_window)},
        {TEXT("BudgetAmount"), template_string(facts->budget_amount)},
        {TEXT("Burn"), template_double(facts->burn_rate)},
        {TEXT("BurnWindow"), template_string(facts->burn_window)},
        {TEXT("Reason"), template_string(facts->reason)},
        {TEXT("Since"), since_value(facts, arena)},
        {TEXT("Key"), template_string(facts->incident)},
        {TEXT("Runbook"), template_string(facts->runbook)},
        {TEXT("Page"), template_string(facts->page)},
        {TEXT("Labels"), labels_value_of(facts, arena)},
    };
    memcpy(fields, all, sizeof all);
    return sizeof all / sizeof *all;
}

static void render_json(const struct facts *facts, const struct template_entry *fields, size_t n,
                        struct buf *body)
{
    struct json_writer w;
    json_begin(&w, body);
    json_open(&w, '{');
    for (size_t i = 0; i < n - 1; i++) {
        json_name_text(&w, fields[i].key);
        if (fields[i].value.kind == TEMPLATE_DOUBLE)
            json_put_double(&w, fields[i].value.number);
        else
            json_put_text(&w, fields[i].value.text);
    }
    json_name(&w, "Labels");
    json_open(&w, '{');
    for (size_t i = 0; i < facts->n_labels; i++) {
        json_name_text(&w, facts->labels[i].name);
        json_put_text(&w, facts->labels[i].value);
    }
    json_close(&w, '}');
    json_close(&w, '}');
}

bool webhook_body_check(struct text body, struct err *err)
{
    struct arena arena;
    arena_init(&arena, 0);
    bool good = template_parse(body, &dialect, &arena, err) != NULL;
    arena_finish(&arena);
    return good;
}

static bool render_template(struct text text, const struct template_entry *fields, size_t n,
                            const struct facts *facts, struct arena *arena, struct buf *body, struct err *err)
{
    struct template_data data = {.dot = template_struct_value(arena, "action", fields, n),
                                 .now_ms = facts->slot_ms};
    const struct template *template = template_parse(text, &dialect, arena, err);
    return template && template_expand(template, &data, body, err);
}

static bool webhook_render(const struct receiver *receiver, const struct facts *facts, struct buf *body,
                           struct err *err)
{
    struct arena arena;
    struct template_entry fields[FIELDS_MAX];
    if (facts->kind != FACT_OPEN && facts->kind != FACT_RESOLVE)
        return true;
    if (receiver->url.len == 0)
        return err_set(err, ERR_INPUT, "the action is in the configuration no more");
    arena_init(&arena, 0);
    size_t n = body_fields(facts, &arena, fields);
    bool good = true;
    if (receiver->body.len == 0)
        render_json(facts, fields, n, body);
    else
        good = render_template(receiver->body, fields, n, facts, &arena, body, err);
    arena_finish(&arena);
    return good &&
           (!body->overflowed || err_set(err, ERR_LIMIT, "the body is larger than %zu bytes", body->max));
}

/* --- where it goes --- */

struct receiver webhook_for(const struct receiver *receiver, const struct facts *facts)
{
    struct receiver chosen = *receiver;
    if (facts->kind == FACT_RESOLVE && receiver->url.len == 0) {
        chosen.undo_url = webhook_annotation(facts, WEBHOOK_UNDO_URL);
        chosen.undo_body = webhook_annotation(facts, WEBHOOK_UNDO_BODY);
        chosen.key_file = webhook_annotation(facts, WEBHOOK_TOKEN_FILE);
    }
    if (facts->kind == FACT_RESOLVE) {
        chosen.url = chosen.undo_url;
        chosen.body = chosen.undo_body;
    }
    chosen.send_resolved = chosen.undo_url.len > 0;
    return chosen;
}

static bool fits_header(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if (t.at[i] <= ' ' || t.at[i] > '~')
            return false;
    return true;
}

void webhook_print_key(const struct facts *facts, struct buf *out)
{
    if (fits_header(facts->incident)) {
        buf_add_text(out, facts->incident);
    } else {
        struct digest digest = digest_of(facts->incident);
        char hex[2 * DIGEST_BYTES + 1];
        digest_hex(&digest, hex);
        buf_puts(out, hex);
    }
    buf_puts(out, facts->kind == FACT_RESOLVE ? "/end" : "/start");
}

static void webhook_understand(int http_status, struct text body, struct delivery *delivery)
{
    bool delivered = http_status >= 200 && http_status < 300;
    bool refused = http_status >= 400 && http_status < 500 && http_status != 408 && http_status != 429;
    delivery->outcome = delivered ? DELIVERED : refused ? DELIVERY_REFUSED : DELIVERY_RETRY;
    if (delivered)
        return;
    struct buf said;
    buf_init(&said, KEY_MAX);
    buf_printf(&said, "the webhook answers %d", http_status);
    if (!clip_is_blank(body)) {
        buf_puts(&said, ": ");
        clip(text_trim(body), ANSWER_SHOWN, CLIP_PLAIN, &said);
    }
    err_set(&delivery->err, refused ? ERR_INPUT : ERR_UNREACHABLE, "%s", buf_cstring(&said));
    buf_finish(&said);
}

const struct receiver_class webhook_class = {
    .type = "webhook",
    .idempotent = true,
    .own_service = true,
    .render = webhook_render,
    .understand = webhook_understand,
};

const struct receiver *webhook_of_past(struct text id)
{
    static const struct receiver past = {.class = &webhook_class, .timeout_ms = 10 * SECOND_MS};
    return text_starts(id, TEXT(WEBHOOK_POLICY_ID)) ? &past : NULL;
}
