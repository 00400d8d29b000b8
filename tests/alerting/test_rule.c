/* Reading rule files. */
#include "alerting/rule.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/regex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { FILE_MAX = 1 << 20, PATH_BYTES = 4096 };

struct reading {
    struct arena arena;
    struct regex_set *regexes;
    struct findings findings;
    struct rule_groups groups;
    bool good;
};

static void read_text(struct reading *reading, struct text content, const char *file)
{
    *reading = (struct reading){.regexes = regex_set_new()};
    arena_init(&reading->arena, 0);
    findings_init(&reading->findings);
    reading->good = rules_read(text_copy(&reading->arena, content), file, &reading->arena, reading->regexes,
                               &reading->groups, &reading->findings);
}

static void finish(struct reading *reading)
{
    findings_finish(&reading->findings);
    regex_set_free(reading->regexes);
    arena_finish(&reading->arena);
}

static size_t rules_of_file(const char *name)
{
    struct reading reading;
    struct buf path, content;
    struct err err;
    const char *root = getenv("SLOBURN_ROOT");
    buf_init(&path, PATH_BYTES);
    buf_init(&content, FILE_MAX);
    buf_printf(&path, "%s/rules/%s", root ? root : ".", name);
    assert_true(file_read(buf_cstring(&path), &content, &err));
    read_text(&reading, buf_text(&content), name);
    assert_true(reading.good);
    assert_int_equal(reading.findings.len, 0);
    size_t rules = 0;
    for (size_t i = 0; i < reading.groups.len; i++)
        rules += reading.groups.at[i].n_rules;
    finish(&reading);
    buf_finish(&path);
    buf_finish(&content);
    return rules;
}

static void the_rules_that_ship_are_read_without_a_finding(void **state)
{
    (void)state;
    assert_int_equal(rules_of_file("rag-api.rules.yml"), 7);
    assert_int_equal(rules_of_file("http-and-host.rules.yml"), 19);
}

static void all_problems_of_a_file_come_at_once(void **state)
{
    (void)state;
    struct reading reading;
    read_text(
        &reading,
        TEXT("groups:\n- name: g\n  rules:\n  - alert: A\n    expr: sum(\n  - alert: B\n    expr: up == 0\n"
             "    for: soon\n  - expr: up\n"),
        "r.yml");
    assert_false(reading.good);
    assert_int_equal(reading.findings.errors, 3);
    assert_int_equal(reading.findings.at[0].pos.line, 5);
    assert_int_equal(reading.findings.at[1].pos.line, 8);
    assert_int_equal(reading.findings.at[2].pos.line, 9);
    finish(&reading);
}

static void a_rule_wins_over_the_labels_of_its_group(void **state)
{
    (void)state;
    struct reading reading;
    read_text(&reading,
              TEXT("groups:\n- name: g\n  labels: {team: web, severity: P4}\n  rules:\n  - alert: A\n    "
                   "expr: up == 0\n"
                   "    labels: {severity: P3}\n"),
              "r.yml");
    assert_true(reading.good);
    const struct rule *rule = &reading.groups.at[0].rules[0];
    assert_int_equal(rule->n_labels, 2);
    for (size_t i = 0; i < rule->n_labels; i++)
        assert_true(text_is(rule->labels[i].value, text_is(rule->labels[i].name, "team") ? "web" : "P3"));
    finish(&reading);
}

static void groups_of_one_name_in_a_file_are_an_error(void **state)
{
    (void)state;
    struct reading reading;
    read_text(&reading, TEXT("groups:\n- name: g\n  rules: []\n- name: g\n  rules: []\n"), "r.yml");
    assert_false(reading.good);
    finish(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rules_that_ship_are_read_without_a_finding),
        cmocka_unit_test(all_problems_of_a_file_come_at_once),
        cmocka_unit_test(a_rule_wins_over_the_labels_of_its_group),
        cmocka_unit_test(groups_of_one_name_in_a_file_are_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
