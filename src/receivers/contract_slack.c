/* Slack's incoming webhooks, as documented: POST /services/T…/B…/… with text, blocks and attachments. */
#include "receivers/contract.h"

#include "base/buf.h"
#include "base/fields.h"
#include "base/json.h"
#include "base/vec.h"
#include "receivers/clip.h"

#include <ctype.h>

enum { DEPTH_MAX = 8, COLOUR_LEN = 7 };

struct checking {
    struct buf *violations;
    VEC(struct text) ids; /* action_id and block_id, each once a message */
    size_t blocks;
};

/* --- text --- */

static bool is_entity(struct text t)
{
    return text_starts(t, TEXT("&amp;")) || text_starts(t, TEXT("&lt;")) || text_starts(t, TEXT("&gt;"));
}

/* !date^SECONDS^FORMAT|FALLBACK: the one command that tells nobody. */
static bool is_date(struct text command)
{
    struct text rest = text_part(command, sizeof "!date^" - 1, command.len);
    struct text seconds = text_cut(&rest, '^');
    struct text format = text_cut(&rest, '|');
    bool digits = seconds.len > 0;
    for (size_t i = 0; i < seconds.len; i++)
        digits = digits && isdigit((unsigned char)seconds.at[i]);
    return text_starts(command, TEXT("!date^")) && digits && format.len > 0 && rest.len > 0;
}

static bool is_link(struct text inside)
{
    return text_starts(inside, TEXT("https://")) || text_starts(inside, TEXT("http://")) ||
           text_starts(inside, TEXT("mailto:"));
}

/* In mrkdwn & < > stand only for themselves as entities; what is in <…> is a link or a date, never a mention.
 */
static void check_markup(struct text t, const char *where, struct buf *violations)
{
    for (size_t i = 0; i < t.len; i++) {
        struct text rest = text_part(t, i, t.len);
        if (t.at[i] == '&' && !is_entity(rest)) {
            contract_violation(violations, "%s has an & that is not escaped", where);
        } else if (t.at[i] == '>') {
            contract_violation(violations, "%s has a > that is not escaped", where);
        } else if (t.at[i] == '<') {
            size_t end = text_find(rest, '>');
            struct text inside = text_part(rest, 1, end);
            if (end == rest.len)
                contract_violation(violations, "%s has a < that is not escaped", where);
            else if (!is_link(inside) && !is_date(inside))
                contract_violation(violations, "%s mentions with <%.*s>", where, TEXT_ARG(inside));
            i += end;
        }
    }
}

static void check_text_object(const struct json *object, const char *where, const char *type, size_t most,
                              struct buf *violations)
{
    static const char *const known[] = {"type", "text", "emoji", "verbatim"};
    if (!json_is_object(object)) {
        contract_violation(violations, "%s is not a text object", where);
        return;
    }
    contract_keys(object, where, FIELDS_KEYS(known), violations);
    struct text is = text_of(json_string(json_get(object, "type"), ""));
    bool mrkdwn = text_is(is, "mrkdwn"), plain = text_is(is, "plain_text");
    if ((!mrkdwn && !plain) || (type && !text_is(is, type)))
        contract_violation(violations, "%s has the type \"%.*s\"", where, TEXT_ARG(is));
    if (json_get(object, "emoji") && !plain)
        contract_violation(violations, "%s: emoji is for plain_text only", where);
    if (json_get(object, "verbatim") && !mrkdwn)
        contract_violation(violations, "%s: verbatim is for mrkdwn only", where);
    struct text t = contract_string(object, where, "text", most, true, violations);
    if (mrkdwn)
        check_markup(t, where, violations);
}

/* --- blocks --- */

static void check_id(struct checking *checking, const struct json *object, const char *key)
{
    struct text id = contract_string(object, "", key, SLACK_ID_MAX, false, checking->violations);
    if (id.len == 0)
        return;
    for (size_t i = 0; i < checking->ids.len; i++)
        if (text_eq(checking->ids.at[i], id))
            contract_violation(checking->violations, "%s \"%.*s\" is there twice", key, TEXT_ARG(id));
    VEC_PUSH(&checking->ids, id);
}

static void check_section(struct checking *checking, const struct json *block)
{
    static const char *const known[] = {"type", "block_id", "text", "fields", "accessory", "expand"};
    const struct json *text = json_get(block, "text"), *fields = json_get(block, "fields");
    contract_keys(block, "section", FIELDS_KEYS(known), checking->violations);
    if (!text && !fields)
        contract_violation(checking->violations, "section has neither text nor fields");
    if (text)
        check_text_object(text, "section.text", NULL, SLACK_SECTION_MAX, checking->violations);
    if (fields &&
        (!json_is_array(fields) || json_length(fields) == 0 || json_length(fields) > SLACK_FIELDS_MAX))
        contract_violation(checking->violations, "section.fields has %zu items, not 1 to %d",
                           json_length(fields), SLACK_FIELDS_MAX);
    for (const struct json *field = json_first(fields); field; field = json_next(field))
        check_text_object(field, "section.fields[]", NULL, SLACK_FIELD_MAX, checking->violations);
}

static void check_header(struct checking *checking, const struct json *block)
{
    static const char *const known[] = {"type", "block_id", "text"};
    contract_keys(block, "header", FIELDS_KEYS(known), checking->violations);
    check_text_object(json_get(block, "text"), "header.text", "plain_text", SLACK_HEADER_MAX,
                      checking->violations);
}

static void check_image(struct checking *checking, const struct json *image)
{
    contract_url(image, "image.", "image_url", SLACK_URL_MAX, true, checking->violations);
    contract_string(image, "image.", "alt_text", SLACK_FIELD_MAX, true, checking->violations);
}

static void check_context(struct checking *checking, const struct json *block)
{
    static const char *const known[] = {"type", "block_id", "elements"};
    const struct json *elements = json_get(block, "elements");
    contract_keys(block, "context", FIELDS_KEYS(known), checking->violations);
    if (json_length(elements) == 0 || json_length(elements) > SLACK_CONTEXT_MAX)
        contract_violation(checking->violations, "context has %zu elements, not 1 to %d",
                           json_length(elements), SLACK_CONTEXT_MAX);
    for (const struct json *element = json_first(elements); element; element = json_next(element)) {
        if (text_is(text_of(json_string(json_get(element, "type"), "")), "image"))
            check_image(checking, element);
        else
            check_text_object(element, "context.elements[]", NULL, SLACK_SECTION_MAX, checking->violations);
    }
}

static void check_button(struct checking *checking, const struct json *button)
{
    static const char *const known[] = {"type",  "text",  "action_id", "url",
                                        "value", "style", "confirm",   "accessibility_label"};
    struct buf *violations = checking->violations;
    if (!text_is(text_of(json_string(json_get(button, "type"), "")), "button")) {
        contract_violation(violations, "actions.elements[] is not a button");
        return;
    }
    contract_keys(button, "button", FIELDS_KEYS(known), violations);
    check_text_object(json_get(button, "text"), "button.text", "plain_text", SLACK_BUTTON_TEXT_MAX,
                      violations);
    contract_url(button, "button.", "url", SLACK_URL_MAX, false, violations);
    contract_string(button, "button.", "value", SLACK_VALUE_MAX, false, violations);
    struct text style = text_of(json_string(json_get(button, "style"), "primary"));
    if (!text_is(style, "primary") && !text_is(style, "danger"))
        contract_violation(violations, "button.style is \"%.*s\"", TEXT_ARG(style));
    check_id(checking, button, "action_id");
}

static void check_actions(struct checking *checking, const struct json *block)
{
    static const char *const known[] = {"type", "block_id", "elements"};
    const struct json *elements = json_get(block, "elements");
    contract_keys(block, "actions", FIELDS_KEYS(known), checking->violations);
    if (json_length(elements) == 0 || json_length(elements) > SLACK_ACTIONS_MAX)
        contract_violation(checking->violations, "actions has %zu elements, not 1 to %d",
                           json_length(elements), SLACK_ACTIONS_MAX);
    for (const struct json *element = json_first(elements); element; element = json_next(element))
        check_button(checking, element);
}

static void check_divider(struct checking *checking, const struct json *block)
{
    static const char *const known[] = {"type", "block_id"};
    contract_keys(block, "divider", FIELDS_KEYS(known), checking->violations);
}

struct block_type {
    const char *name;
    void (*check)(struct checking *checking, const struct json *block);
};

static const struct block_type block_types[] = {
    {"section", check_section}, {"header", check_header},   {"context", check_context},
    {"actions", check_actions}, {"divider", check_divider}, {"image", check_image},
};

static void check_block(struct checking *checking, const struct json *block)
{
    const char *type = json_string(json_get(block, "type"), "");
    check_id(checking, block, "block_id");
    checking->blocks++;
    for (size_t i = 0; i < sizeof block_types / sizeof block_types[0]; i++)
        if (strcmp(type, block_types[i].name) == 0) {
            block_types[i].check(checking, block);
            return;
        }
    contract_violation(checking->violations, "there is no block of type \"%s\" here", type);
}

/* Characters of all texts inside. */
static size_t texts_length(const struct json *value, int depth)
{
    size_t length = json_is_string(value) ? clip_length(text_of(json_string(value, ""))) : 0;
    for (const struct json *child = json_first(value); child && depth < DEPTH_MAX; child = json_next(child))
        length += texts_length(child, depth + 1);
    return length;
}

static void check_blocks(struct checking *checking, const struct json *holder)
{
    const struct json *blocks = json_get(holder, "blocks");
    if (!blocks)
        return;
    if (!json_is_array(blocks))
        contract_violation(checking->violations, "blocks is not an array");
    for (const struct json *block = json_first(blocks); block; block = json_next(block))
        check_block(checking, block);
    size_t length = texts_length(blocks, 0);
    if (length > SLACK_BLOCKS_TEXT_MAX)
        contract_violation(checking->violations, "msg_blocks_too_long: %zu characters in blocks, over %d",
                           length, SLACK_BLOCKS_TEXT_MAX);
}

/* --- the message --- */

static bool is_colour(struct text t)
{
    bool hex = t.len == COLOUR_LEN && t.at[0] == '#';
    for (size_t i = 1; i < t.len && hex; i++)
        hex = isxdigit((unsigned char)t.at[i]);
    return hex || text_is(t, "good") || text_is(t, "warning") || text_is(t, "danger");
}

/* Attachments with blocks; of the old form with fields only what may go wrong for everybody: colour and
 * markup. */
static void check_attachment(struct checking *checking, const struct json *attachment)
{
    struct text colour =
        contract_string(attachment, "attachments[].", "color", SLACK_ID_MAX, false, checking->violations);
    if (colour.len && !is_colour(colour))
        contract_violation(checking->violations, "attachments[].color is \"%.*s\"", TEXT_ARG(colour));
    contract_string(attachment, "attachments[].", "fallback", SLACK_TEXT_MAX, false, checking->violations);
    struct text old =
        contract_string(attachment, "attachments[].", "text", SLACK_TEXT_MAX, false, checking->violations);
    check_markup(old, "attachments[].text", checking->violations);
    check_blocks(checking, attachment);
}

static void check_message(struct checking *checking, const struct json *message)
{
    static const char *const known[] = {"text",        "blocks",        "attachments",      "thread_ts",
                                        "mrkdwn",      "response_type", "replace_original", "link_names",
                                        "parse",       "channel",       "username",         "delete_original",
                                        "icon_emoji",  "icon_url",      "metadata",         "unfurl_links",
                                        "unfurl_media"};
    struct buf *violations = checking->violations;
    contract_keys(message, "the message", FIELDS_KEYS(known), violations);
    /* With blocks alone it would be taken, too, but notifications and screen readers would say nothing. */
    struct text text = contract_string(message, "", "text", SLACK_TEXT_MAX, true, violations);
    check_markup(text, "text", violations);
    if (json_bool(json_get(message, "link_names"), false) || json_get(message, "parse"))
        contract_violation(violations, "link_names or parse would turn names into mentions");
    check_blocks(checking, message);
    const struct json *attachments = json_get(message, "attachments");
    if (json_length(attachments) > SLACK_ATTACHMENTS_MAX)
        contract_violation(violations, "too_many_attachments: %zu, over %d", json_length(attachments),
                           SLACK_ATTACHMENTS_MAX);
    for (const struct json *attachment = json_first(attachments); attachment;
         attachment = json_next(attachment))
        check_attachment(checking, attachment);
    if (checking->blocks > SLACK_BLOCKS_MAX)
        contract_violation(violations, "%zu blocks, over %d", checking->blocks, SLACK_BLOCKS_MAX);
}

/* /services/T…/B…/… */
static bool is_webhook(struct text path)
{
    struct text parts[5];
    for (size_t i = 0; i < 5; i++)
        parts[i] = text_cut(&path, '/');
    return path.len == 0 && parts[0].len == 0 && text_is(parts[1], "services") &&
           text_starts(parts[2], TEXT("T")) && text_starts(parts[3], TEXT("B")) && parts[4].len > 0;
}

bool contract_slack(const struct contract_request *request, struct buf *violations)
{
    size_t before = violations->len;
    struct checking checking = {.violations = violations};
    if (!is_webhook(request->path))
        contract_violation(violations, "the path is not /services/T…/B…/…");
    struct json *message = contract_json_object(request, violations);
    if (message)
        check_message(&checking, message);
    json_free(message);
    VEC_FREE(&checking.ids);
    return violations->len == before;
}
