/* Facts survive the store's JSON: what is written is what is read. */
#include "notify/facts.h"

#include "base/arena.h"
#include "base/buf.h"
#include "support/cmocka_headers.h"

static struct fact_pair labels[] = {{TEXT("service"), TEXT("api")}, {TEXT("tenant"), TEXT("a\"b\\c\n한")}};
static struct fact_pair links[] = {{TEXT("Dashboard"), TEXT("https://x/?a=b&c=d")}};
static struct text lines[] = {TEXT("first"), TEXT("")};

static struct facts full(void)
{
    return (struct facts){.kind = FACT_UPDATE,
                          .incident = TEXT("prod/api/availability/page/2026-11-21T00:31:00Z"),
                          .environment = TEXT("prod"),
                          .service = TEXT("api"),
                          .subject = TEXT("availability"),
                          .group = TEXT("tenant=acme"),
                          .owner = TEXT("team"),
                          .class = CLASS_TICKET,
                          .severity = SEVERITY_P3,
                          .slot_ms = 1795221060000,
                          .since_ms = 1795221000000,
                          .resolved_ms = -1,
                          .late = true,
                          .what = TEXT("52.1 % failed"),
                          .impact = TEXT("users wait"),
                          .reason = TEXT("outage"),
                          .has_budget = true,
                          .burn_rate = 14.4,
                          .burn_window = TEXT("1h"),
                          .budget_left = -0.123456789012345,
                          .budget_window = TEXT("30d"),
                          .budget_amount = TEXT("₩41.20 of ₩100.00"),
                          .exhausted_in_ms = 9007199254740991,
                          .value = 3.5e-7,
                          .has_value = true,
                          .last_change = TEXT("deploy"),
                          .first_step = TEXT("look"),
                          .runbook = TEXT("https://r/x"),
                          .page = TEXT("https://s/x"),
                          .links = links,
                          .n_links = 1,
                          .labels = labels,
                          .n_labels = 2,
                          .lines = lines,
                          .n_lines = 2};
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct arena arena;
    struct buf first, second;
    struct err err = {0};
    struct facts facts = full(), read;
    arena_init(&arena, 0);
    buf_init(&first, 1 << 16);
    buf_init(&second, 1 << 16);
    facts_write_json(&facts, &first);
    if (!facts_read_json(buf_text(&first), &arena, &read, &err))
        fail_msg("%s", err.message);
    assert_int_equal(read.kind, FACT_UPDATE);
    assert_int_equal(read.class, CLASS_TICKET);
    assert_int_equal(read.severity, SEVERITY_P3);
    assert_true(read.late && read.has_budget && read.has_value);
    assert_true(read.burn_rate == 14.4 && read.budget_left == -0.123456789012345 && read.value == 3.5e-7);
    assert_int_equal(read.exhausted_in_ms, 9007199254740991);
    assert_int_equal(read.resolved_ms, -1);
    assert_true(text_is(read.labels[1].value, "a\"b\\c\n한"));
    assert_true(text_is(read.lines[1], ""));
    facts_write_json(&read, &second);
    assert_string_equal(buf_cstring(&first), buf_cstring(&second));
    buf_finish(&first);
    buf_finish(&second);
    arena_finish(&arena);
}

/* As a later version, or one that was cut short, may leave them. */
static void facts_that_say_too_little_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "{",
                                        "[]",
                                        "{}",
                                        "{\"kind\":\"open\",\"class\":\"page\"}",
                                        "{\"kind\":\"open\",\"class\":\"page\",\"severity\":\"P0\"}",
                                        "{\"kind\":\"open\",\"class\":\"page\",\"severity\":\"P5\"}",
                                        "{\"kind\":7,\"class\":\"page\",\"severity\":\"P1\"}"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct arena arena;
        struct err err = {0};
        struct facts facts = {.incident = TEXT("untouched")};
        arena_init(&arena, 0);
        assert_false(facts_read_json(text_of(wrong[i]), &arena, &facts, &err));
        assert_true(text_is(facts.incident, "untouched"));
        assert_int_equal(err.kind, ERR_INPUT);
        arena_finish(&arena);
    }
}

static void members_that_are_missing_or_new_do_no_harm(void **state)
{
    (void)state;
    struct arena arena;
    struct err err;
    struct facts facts;
    arena_init(&arena, 0);
    assert_true(facts_read_json(TEXT("{\"kind\":\"resolve\",\"class\":\"page\",\"severity\":\"P1\",\"new\":["
                                     "1],\"what\":5,\"labels\":[]}"),
                                &arena, &facts, &err));
    assert_int_equal(facts.kind, FACT_RESOLVE);
    assert_int_equal(facts.what.len, 0);
    assert_int_equal(facts.n_labels, 0);
    arena_finish(&arena);
}

static void severities_have_pagerdutys_names(void **state)
{
    (void)state;
    assert_string_equal(severity_pagerduty(SEVERITY_P1), "critical");
    assert_string_equal(severity_pagerduty(SEVERITY_P2), "error");
    assert_string_equal(severity_pagerduty(SEVERITY_P3), "warning");
    assert_string_equal(severity_pagerduty(SEVERITY_P4), "info");
    assert_string_equal(severity_name(SEVERITY_P4), "P4");
}

static uint64_t random_number(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Of letters, quotes, control characters, whole characters, or bytes of any kind. */
static struct text random_text(uint64_t *seed, struct arena *arena)
{
    static const char *const pieces[] = {"a", "\"", "\x01", "한", "\xff"};
    size_t kind = random_number(seed) % 6;
    size_t n = random_number(seed) % (random_number(seed) % 4 ? 300 : 60000);
    struct buf out;
    buf_init(&out, 1 << 20);
    for (size_t i = 0; i < n; i++)
        if (kind < 5)
            buf_puts(&out, pieces[kind]);
        else
            buf_putc(&out, (char)(random_number(seed) | 1));
    struct text copy = text_copy(arena, buf_text(&out));
    buf_finish(&out);
    return copy;
}

static struct fact_pair *random_pairs(uint64_t *seed, size_t n, struct arena *arena)
{
    struct fact_pair *pairs = ARENA_ARRAY(arena, struct fact_pair, n);
    for (size_t i = 0; i < n; i++)
        pairs[i] = (struct fact_pair){random_text(seed, arena), random_text(seed, arena)};
    return pairs;
}

static struct facts random_facts(uint64_t *seed, struct arena *arena)
{
    struct facts facts = full();
    struct text *const texts[] = {
        &facts.environment, &facts.service,    &facts.subject, &facts.group,         &facts.owner,
        &facts.what,        &facts.impact,     &facts.reason,  &facts.budget_window, &facts.budget_amount,
        &facts.last_change, &facts.first_step, &facts.runbook, &facts.page,          &facts.burn_window};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = random_text(seed, arena);
    facts.n_links = random_number(seed) % 40;
    facts.links = random_pairs(seed, facts.n_links, arena);
    facts.n_labels = random_number(seed) % 40;
    facts.labels = random_pairs(seed, facts.n_labels, arena);
    facts.n_annotations = random_number(seed) % 40;
    facts.annotations = random_pairs(seed, facts.n_annotations, arena);
    facts.n_lines = random_number(seed) % 300;
    facts.lines = ARENA_ARRAY(arena, struct text, facts.n_lines);
    for (size_t i = 0; i < facts.n_lines; i++)
        facts.lines[i] = random_text(seed, arena);
    return facts;
}

static void facts_that_were_made_to_fit_are_whole_in_json(void **state)
{
    (void)state;
    uint64_t seed = 20261121;
    for (int trial = 0; trial < 60; trial++) {
        struct arena arena;
        struct err err;
        struct facts facts, read;
        struct buf json;
        arena_init(&arena, 0);
        buf_init(&json, FACTS_JSON_MAX);
        facts = random_facts(&seed, &arena);
        facts_fit(&facts, &arena);
        facts_write_json(&facts, &json);
        assert_false(json.overflowed);
        assert_true(facts_read_json(buf_text(&json), &arena, &read, &err));
        assert_true(text_eq(read.incident, facts.incident));
        assert_int_equal(read.n_lines, facts.n_lines);
        assert_int_equal(read.n_annotations, facts.n_annotations);
        buf_finish(&json);
        arena_finish(&arena);
    }
}

static void facts_that_fit_are_left_as_they_are(void **state)
{
    (void)state;
    struct arena arena;
    struct buf before, after;
    struct facts facts = full();
    arena_init(&arena, 0);
    buf_init(&before, FACTS_JSON_MAX);
    buf_init(&after, FACTS_JSON_MAX);
    facts_write_json(&facts, &before);
    facts_fit(&facts, &arena);
    facts_write_json(&facts, &after);
    assert_string_equal(buf_cstring(&after), buf_cstring(&before));
    buf_finish(&before);
    buf_finish(&after);
    arena_finish(&arena);
}

static void what_is_left_out_is_counted(void **state)
{
    (void)state;
    struct arena arena;
    struct facts facts = full();
    arena_init(&arena, 0);
    facts.n_lines = 2000;
    facts.lines = ARENA_ARRAY(&arena, struct text, facts.n_lines);
    for (size_t i = 0; i < facts.n_lines; i++)
        facts.lines[i] = TEXT("rag-api/availability (tenant=acme): 52.1 % of queries failed in the last 1h");
    facts_fit(&facts, &arena);
    size_t told = facts.n_lines - 1;
    struct buf expected;
    buf_init(&expected, 100);
    buf_printf(&expected, "and %zu more", 2000 - told);
    assert_in_range(told, 300, 1000);
    assert_true(text_is(facts.lines[told], buf_cstring(&expected)));
    buf_finish(&expected);
    arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(facts_that_say_too_little_are_refused),
        cmocka_unit_test(members_that_are_missing_or_new_do_no_harm),
        cmocka_unit_test(facts_that_were_made_to_fit_are_whole_in_json),
        cmocka_unit_test(facts_that_fit_are_left_as_they_are),
        cmocka_unit_test(what_is_left_out_is_counted),
        cmocka_unit_test(severities_have_pagerdutys_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
