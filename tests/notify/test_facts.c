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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(facts_that_say_too_little_are_refused),
        cmocka_unit_test(members_that_are_missing_or_new_do_no_harm),
        cmocka_unit_test(severities_have_pagerdutys_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
