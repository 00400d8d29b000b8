/* What is rendered keeps the contract of its receiver, whatever the facts say; and the contracts see what
 * breaks them. */
#include "receivers/classes.h"
#include "receivers/contract.h"

#include "base/buf.h"
#include "base/json.h"
#include "receivers/clip.h"
#include "receivers/random_facts.h"
#include "support/cmocka_headers.h"

enum { TRIALS = 3000, BYTES_A_TRIAL = 4000, SEED = 20261121 };

#define KEY "0123456789abcdef0123456789abcdef"

static struct fact_pair labels[] = {{TEXT("service"), TEXT("rag-api")}, {TEXT("tenant"), TEXT("a<b>&\"c\"")}};
static struct fact_pair links[] = {{TEXT("Dashboard"), TEXT("https://grafana.example/d/1")}};
static struct text lines[] = {TEXT("rag-api/latency: slow, too")};

static struct facts example(void)
{
    return (struct facts){.kind = FACT_OPEN,
                          .incident = TEXT("prod/rag-api/availability/page/2026-11-21T00:31:00Z"),
                          .environment = TEXT("prod"),
                          .service = TEXT("rag-api"),
                          .subject = TEXT("availability"),
                          .group = TEXT("tenant=acme"),
                          .owner = TEXT("rag-team"),
                          .class = CLASS_PAGE,
                          .severity = SEVERITY_P1,
                          .slot_ms = 1795221120000,
                          .since_ms = 1795221060000,
                          .what = TEXT("52.1 % of requests failed in the last 5m; the objective is 99.5%"),
                          .impact = TEXT("users see errors & <retry>"),
                          .reason = TEXT("outage"),
                          .has_budget = true,
                          .burn_rate = 104.2,
                          .burn_window = TEXT("5m"),
                          .budget_left = 0.412,
                          .budget_amount = TEXT("₩4,120.00 of ₩10,000.00"),
                          .budget_window = TEXT("30d"),
                          .exhausted_in_ms = 11100000,
                          .first_step = TEXT("open the runbook"),
                          .runbook = TEXT("https://runbooks.example/availability"),
                          .page = TEXT("https://slo.example/slo/prod/rag-api/availability"),
                          .labels = labels,
                          .n_labels = 2,
                          .links = links,
                          .n_links = 1,
                          .lines = lines,
                          .n_lines = 1};
}

/* Rendered and parsed again; NULL if nothing was. */
static struct json *rendered(const struct receiver_class *class, const struct facts *facts)
{
    struct err err = {0};
    struct buf body;
    struct receiver receiver = {.class = class, .key = TEXT(KEY)};
    buf_init(&body, RECEIVER_BODY_MAX);
    if (!class->render(&receiver, facts, &body, &err))
        fail_msg("%s", err.message);
    struct json *json = body.len ? json_parse(buf_text(&body), &err) : NULL;
    assert_int_equal(json != NULL, body.len > 0);
    buf_finish(&body);
    return json;
}

static const char *at(const struct json *json, const char *a, const char *b)
{
    return json_string(b ? json_get(json_get(json, a), b) : json_get(json, a), "(none)");
}

static void an_opened_incident_triggers_with_all_that_is_known(void **state)
{
    (void)state;
    struct facts facts = example();
    struct json *event = rendered(&pagerduty_class, &facts);
    const struct json *payload = json_get(event, "payload");
    assert_string_equal(at(event, "routing_key", NULL), KEY);
    assert_string_equal(at(event, "event_action", NULL), "trigger");
    assert_string_equal(at(event, "dedup_key", NULL), "prod/rag-api/availability/page/2026-11-21T00:31:00Z");
    assert_string_equal(at(event, "client", NULL), "sloburn");
    assert_string_equal(at(event, "client_url", NULL), "https://slo.example/slo/prod/rag-api/availability");
    assert_string_equal(
        at(payload, "summary", NULL),
        "P1 rag-api availability (tenant=acme): 52.1 % of requests failed in the last 5m; the "
        "objective is 99.5%");
    assert_string_equal(at(payload, "source", NULL), "prod/rag-api");
    assert_string_equal(at(payload, "severity", NULL), "critical");
    assert_string_equal(at(payload, "timestamp", NULL), "2026-11-21T00:31:00Z");
    assert_string_equal(at(payload, "custom_details", "budget_left"),
                        "41.2 % of 30d: ₩4,120.00 of ₩10,000.00");
    assert_string_equal(at(payload, "custom_details", "budget_exhausted_in"), "3 h 5 min at this rate");
    assert_string_equal(at(payload, "custom_details", "runbook"), "https://runbooks.example/availability");
    assert_string_equal(at(json_get(payload, "custom_details"), "labels", "tenant"), "a<b>&\"c\"");
    assert_true(json_number(json_get(json_get(payload, "custom_details"), "burn_rate"), 0) == 104.2);
    assert_string_equal(at(json_item(json_get(event, "links"), 0), "href", NULL),
                        "https://runbooks.example/availability");
    assert_string_equal(at(json_item(json_get(event, "links"), 2), "text", NULL), "Dashboard");
    json_free(event);
}

static void a_worse_severity_is_a_trigger_with_the_same_key(void **state)
{
    (void)state;
    struct facts facts = example();
    facts.kind = FACT_UPDATE;
    facts.severity = SEVERITY_P2;
    struct json *event = rendered(&pagerduty_class, &facts);
    assert_string_equal(at(event, "event_action", NULL), "trigger");
    assert_string_equal(at(event, "payload", "severity"), "error");
    assert_string_equal(at(event, "dedup_key", NULL), "prod/rag-api/availability/page/2026-11-21T00:31:00Z");
    json_free(event);
}

static void a_resolve_has_the_key_of_its_trigger(void **state)
{
    (void)state;
    struct facts facts = example();
    facts.kind = FACT_RESOLVE;
    struct json *event = rendered(&pagerduty_class, &facts);
    assert_string_equal(at(event, "event_action", NULL), "resolve");
    assert_string_equal(at(event, "dedup_key", NULL), "prod/rag-api/availability/page/2026-11-21T00:31:00Z");
    json_free(event);
}

static void summaries_open_nothing_at_pagerduty(void **state)
{
    (void)state;
    struct facts facts = example();
    facts.kind = FACT_SUMMARY;
    assert_null(rendered(&pagerduty_class, &facts));
    struct json *message = rendered(&slack_class, &facts);
    assert_non_null(strstr(at(message, "text", NULL), "for information: rag-api availability"));
    json_free(message);
}

static const struct json *find_block(const struct json *message, const char *type, const char *key)
{
    const struct json *blocks = json_get(json_item(json_get(message, "attachments"), 0), "blocks");
    for (const struct json *block = json_first(blocks); block; block = json_next(block))
        if (strcmp(json_string(json_get(block, "type"), ""), type) == 0 && json_get(block, key))
            return block;
    fail_msg("there is no %s with %s", type, key);
    return NULL;
}

static void a_slack_message_says_what_impact_and_where_to_look(void **state)
{
    (void)state;
    struct facts facts = example();
    struct json *message = rendered(&slack_class, &facts);
    assert_string_equal(at(json_item(json_get(message, "attachments"), 0), "color", NULL), "#d73a49");
    assert_string_equal(at(find_block(message, "header", "text"), "text", "text"),
                        "P1 rag-api availability (tenant=acme)");
    assert_string_equal(at(find_block(message, "section", "text"), "text", "text"),
                        "52.1 % of requests failed in the last 5m; the objective is 99.5%\n"
                        "*Impact* users see errors &amp; &lt;retry&gt;\n*First step* open the runbook");
    const struct json *fields = json_get(find_block(message, "section", "fields"), "fields");
    assert_string_equal(at(json_item(fields, 1), "text", NULL),
                        "*Budget left*\n41.2 % of 30d: ₩4,120.00 of ₩10,000.00");
    assert_string_equal(at(json_item(fields, 4), "text", NULL),
                        "*Since*\n<!date^1795221060^{date_short_pretty} {time_secs}|2026-11-21T00:31:00Z>");
    const struct json *buttons = json_get(find_block(message, "actions", "elements"), "elements");
    assert_string_equal(at(json_item(buttons, 0), "text", "text"), "Runbook");
    assert_string_equal(at(json_item(buttons, 0), "url", NULL), "https://runbooks.example/availability");
    assert_int_equal(json_length(buttons), 3);
    json_free(message);
}

static void a_resolved_slack_message_is_green_and_says_how_long_it_lasted(void **state)
{
    (void)state;
    struct facts facts = example();
    facts.kind = FACT_RESOLVE;
    facts.resolved_ms = facts.since_ms + 4800000;
    struct json *message = rendered(&slack_class, &facts);
    assert_string_equal(at(json_item(json_get(message, "attachments"), 0), "color", NULL), "#2da44e");
    assert_non_null(
        strstr(at(find_block(message, "section", "text"), "text", "text"), "*It lasted* 1 h 20 min"));
    json_free(message);
}

static void fill_random(uint64_t *state, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(*state >> 56);
    }
}

static void check_rendered(const struct receiver_class *class, const struct facts *facts,
                           struct buf *violations)
{
    struct err err;
    struct buf body;
    struct receiver receiver = {.class = class, .key = TEXT(KEY)};
    bool pagerduty = class == &pagerduty_class;
    buf_init(&body, RECEIVER_BODY_MAX);
    if (class->render(&receiver, facts, &body, &err) && body.len) {
        struct contract_request request = {TEXT("POST"),
                                           pagerduty ? TEXT("/v2/enqueue") : TEXT("/services/T1/B1/x"),
                                           TEXT("application/json"), buf_text(&body)};
        if (pagerduty)
            contract_pagerduty(&request, violations);
        else
            contract_slack(&request, violations);
    }
    assert_false(body.overflowed);
    buf_finish(&body);
}

static void whatever_facts_say_the_contracts_are_kept(void **state)
{
    (void)state;
    uint64_t seed = SEED;
    struct buf violations;
    buf_init(&violations, 1 << 20);
    for (int trial = 0; trial < TRIALS; trial++) {
        static uint8_t data[BYTES_A_TRIAL];
        struct arena arena;
        struct facts facts;
        fill_random(&seed, data, sizeof data);
        struct random_bytes bytes = {data, sizeof data};
        arena_init(&arena, 0);
        random_facts(&bytes, &arena, &facts);
        check_rendered(&pagerduty_class, &facts, &violations);
        check_rendered(&slack_class, &facts, &violations);
        arena_finish(&arena);
        if (violations.len)
            fail_msg("seed %d, trial %d: %s", SEED, trial, buf_cstring(&violations));
    }
    buf_finish(&violations);
}

static void the_longest_facts_fit(void **state)
{
    (void)state;
    static char huge[100000];
    struct buf violations;
    buf_init(&violations, 1 << 20);
    for (size_t i = 0; i + 3 <= sizeof huge; i += 3)
        memcpy(huge + i, "한", 3);
    struct text all = {huge, sizeof huge - 1};
    struct fact_pair pairs[200];
    struct text many[200];
    for (size_t i = 0; i < 200; i++) {
        pairs[i] = (struct fact_pair){all, all};
        many[i] = all;
    }
    struct facts facts = example();
    facts.what = facts.impact = facts.first_step = facts.last_change = facts.reason = facts.owner = all;
    facts.environment = facts.service = facts.subject = facts.group = facts.incident = all;
    facts.labels = facts.annotations = facts.links = pairs;
    facts.n_labels = facts.n_annotations = facts.n_links = facts.n_lines = 200;
    facts.lines = many;
    check_rendered(&pagerduty_class, &facts, &violations);
    check_rendered(&slack_class, &facts, &violations);
    assert_string_equal(buf_cstring(&violations), "");
    buf_finish(&violations);
}

static void expect_violation(bool (*contract)(const struct contract_request *, struct buf *),
                             const char *path, const char *body, const char *part)
{
    struct buf violations;
    buf_init(&violations, 1 << 16);
    struct contract_request request = {TEXT("POST"), text_of(path), TEXT("application/json; charset=utf-8"),
                                       text_of(body)};
    bool kept = contract(&request, &violations);
    assert_int_equal(kept, *part == '\0');
    if (!strstr(buf_cstring(&violations), part))
        fail_msg("no \"%s\" in: %s", part, buf_cstring(&violations));
    buf_finish(&violations);
}

#define EVENT(rest)   "{\"routing_key\":\"" KEY "\",\"event_action\":\"trigger\"" rest "}"
#define PAYLOAD(rest) ",\"payload\":{\"summary\":\"s\",\"source\":\"x\",\"severity\":\"info\"" rest "}"

static void the_contract_of_pagerduty_sees_what_breaks_it(void **state)
{
    (void)state;
    static const char path[] = "/v2/enqueue";
    expect_violation(contract_pagerduty, path, EVENT(PAYLOAD("")), "");
    expect_violation(contract_pagerduty, "/v1", EVENT(PAYLOAD("")), "path is /v1");
    expect_violation(contract_pagerduty, path, "{", "body is not JSON");
    expect_violation(contract_pagerduty, path, "[]", "not a JSON object");
    expect_violation(contract_pagerduty, path, EVENT(""), "payload is missing");
    expect_violation(contract_pagerduty, path, EVENT(",\"payload\":{}"), "payload.severity is missing");
    expect_violation(contract_pagerduty, path, EVENT(PAYLOAD(",\"timestamp\":\"today\"")),
                     "payload.timestamp");
    expect_violation(contract_pagerduty, path, EVENT(PAYLOAD("") ",\"links\":[{\"href\":\"javascript:x\"}]"),
                     "links[].href is not an http or https URL");
    expect_violation(contract_pagerduty, path, EVENT(PAYLOAD("") ",\"extra\":1"), "unknown key \"extra\"");
    expect_violation(contract_pagerduty, path, "{\"routing_key\":\"short\",\"event_action\":\"resolve\"}",
                     "Length of 'routing_key' is incorrect (should be 32 characters)");
    expect_violation(contract_pagerduty, path, "{\"routing_key\":\"" KEY "\",\"event_action\":\"resolve\"}",
                     "dedup_key is missing");
    expect_violation(contract_pagerduty, path, "{\"routing_key\":\"" KEY "\",\"event_action\":\"open\"}",
                     "event_action is \"open\"");
}

#define SECTION(text)                                                                                        \
    "{\"text\":\"t\",\"blocks\":[{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"" text       \
    "\"}}]}"

static void the_contract_of_slack_sees_what_breaks_it(void **state)
{
    (void)state;
    static const char path[] = "/services/T1/B2/secret";
    expect_violation(contract_slack, path, SECTION("a &amp; b <https://x|y> <!date^1^{time}|now>"), "");
    expect_violation(contract_slack, "/services/T1", SECTION("x"), "the path is not");
    expect_violation(contract_slack, path, "{}", "text is missing");
    expect_violation(contract_slack, path, SECTION("<!channel>"), "mentions with <!channel>");
    expect_violation(contract_slack, path, SECTION("<@U1>"), "mentions with <@U1>");
    expect_violation(contract_slack, path, SECTION("a & b"), "an & that is not escaped");
    expect_violation(contract_slack, path, SECTION("a > b"), "a > that is not escaped");
    expect_violation(contract_slack, path, SECTION("a < b"), "a < that is not escaped");
    expect_violation(contract_slack, path, SECTION(""), "section.text");
    expect_violation(contract_slack, path, "{\"text\":\"t\",\"link_names\":true}", "into mentions");
    expect_violation(contract_slack, path,
                     "{\"text\":\"t\",\"blocks\":[{\"type\":\"actions\",\"elements\":[]}]}",
                     "actions has 0 elements");
    expect_violation(contract_slack, path, "{\"text\":\"t\",\"blocks\":[{\"type\":\"video\"}]}",
                     "type \"video\"");
    expect_violation(contract_slack, path, "{\"text\":\"t\",\"attachments\":[{\"color\":\"red\"}]}",
                     "color is \"red\"");
}

static struct delivery understood(const struct receiver_class *class, int status, const char *body)
{
    struct delivery delivery = {0};
    class->understand(status, text_of(body), &delivery);
    return delivery;
}

static void answers_are_told_apart(void **state)
{
    (void)state;
    struct delivery refused =
        understood(&pagerduty_class, 400, "{\"message\":\"m\",\"errors\":[\"no such key\"]}");
    assert_int_equal(refused.outcome, DELIVERY_REFUSED);
    assert_string_equal(refused.err.message, "PagerDuty answers 400: no such key");
    assert_int_equal(understood(&pagerduty_class, 202, "{}").outcome, DELIVERED);
    assert_int_equal(understood(&pagerduty_class, 200, "<html>").outcome, DELIVERY_RETRY);
    assert_int_equal(understood(&pagerduty_class, 429, "").outcome, DELIVERY_RETRY);
    assert_int_equal(understood(&pagerduty_class, 503, "").outcome, DELIVERY_RETRY);
    assert_int_equal(understood(&pagerduty_class, 404, "").outcome, DELIVERY_REFUSED);
    assert_int_equal(understood(&slack_class, 200, "ok").outcome, DELIVERED);
    assert_int_equal(understood(&slack_class, 200, "<html>").outcome, DELIVERY_RETRY);
    assert_int_equal(understood(&slack_class, 429, "rate_limited").outcome, DELIVERY_RETRY);
    assert_int_equal(understood(&slack_class, 500, "rollup_error").outcome, DELIVERY_RETRY);
    refused = understood(&slack_class, 404, "no_service\n");
    assert_int_equal(refused.outcome, DELIVERY_REFUSED);
    assert_string_equal(refused.err.message, "Slack answers 404: no_service");
}

static void expect_clipped(const char *from, size_t most, enum clip_form form, const char *to)
{
    struct buf out;
    buf_init(&out, 1000);
    size_t units = clip(text_of(from), most, form, &out);
    assert_string_equal(buf_cstring(&out), to);
    assert_int_equal(units, clip_length(buf_text(&out)));
    assert_true(units <= most);
    buf_finish(&out);
}

static void texts_are_cut_between_characters_and_never_inside_an_entity(void **state)
{
    (void)state;
    expect_clipped("abcdef", 6, CLIP_PLAIN, "abcdef");
    expect_clipped("abcdef", 5, CLIP_PLAIN, "abcd…");
    expect_clipped("한국어", 2, CLIP_PLAIN, "한…");
    expect_clipped("a🔥b🔥", 5, CLIP_PLAIN, "a🔥b…");
    expect_clipped("a🔥", 2, CLIP_PLAIN, "a…");
    expect_clipped("a<b", 5, CLIP_MRKDWN, "a…");
    expect_clipped("a<b", 6, CLIP_MRKDWN, "a&lt;b");
    expect_clipped("a&b", 4, CLIP_MRKDWN, "a…");
    expect_clipped("&", 5, CLIP_MRKDWN, "&amp;");
    expect_clipped("a\nb\xff", 9, CLIP_PLAIN, "a b\xef\xbf\xbd");
    expect_clipped("abc", 1, CLIP_PLAIN, "…");
}

static void retries_wait_a_random_time_that_may_double_up_to_five_minutes(void **state)
{
    (void)state;
    assert_int_equal(delivery_backoff_ms(0, 1000), 1000);
    assert_int_equal(delivery_backoff_ms(0, 1001), 0);
    assert_int_equal(delivery_backoff_ms(3, 8000), 8000);
    assert_int_equal(delivery_backoff_ms(60, 300000), 300000);
    assert_true(delivery_backoff_ms(1000000, UINT64_MAX) <= 300000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_opened_incident_triggers_with_all_that_is_known),
        cmocka_unit_test(a_worse_severity_is_a_trigger_with_the_same_key),
        cmocka_unit_test(a_resolve_has_the_key_of_its_trigger),
        cmocka_unit_test(summaries_open_nothing_at_pagerduty),
        cmocka_unit_test(a_slack_message_says_what_impact_and_where_to_look),
        cmocka_unit_test(a_resolved_slack_message_is_green_and_says_how_long_it_lasted),
        cmocka_unit_test(whatever_facts_say_the_contracts_are_kept),
        cmocka_unit_test(the_longest_facts_fit),
        cmocka_unit_test(the_contract_of_pagerduty_sees_what_breaks_it),
        cmocka_unit_test(the_contract_of_slack_sees_what_breaks_it),
        cmocka_unit_test(answers_are_told_apart),
        cmocka_unit_test(texts_are_cut_between_characters_and_never_inside_an_entity),
        cmocka_unit_test(retries_wait_a_random_time_that_may_double_up_to_five_minutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
