/* SLO files: tests/slo/files/NAME.yml and what is made of it, NAME.expect: its findings, or its definitions.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/labels.h"
#include "base/regex.h"
#include "base/timezone_set.h"
#include "slo/slo_file.h"
#include "slo/slo_override.h"
#include "support/cmocka_headers.h"
#include "support/slo_print.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = 1 << 20, CASES_MAX = 500 };

struct read {
    struct arena arena;
    struct slo_context context;
    struct slo_list slos;
    struct findings findings;
    bool ok;
};

static void read_init(struct read *read)
{
    *read = (struct read){0};
    arena_init(&read->arena, 0);
    findings_init(&read->findings);
    read->context = (struct slo_context){.environment = TEXT("prod"),
                                         .arena = &read->arena,
                                         .regexes = regex_set_new(),
                                         .labels = label_table_new(NULL),
                                         .zones = timezone_set_new()};
}

static void read_finish(struct read *read)
{
    regex_set_free(read->context.regexes);
    label_table_free(read->context.labels);
    timezone_set_free(read->context.zones);
    findings_finish(&read->findings);
    arena_finish(&read->arena);
}

static void read_text(struct read *read, struct text content, const char *file)
{
    read_init(read);
    read->ok = slo_file_read(content, file, &read->context, &read->slos, &read->findings);
}

static void path_of(struct buf *path, const char *folder, const char *name)
{
    const char *root = getenv("SLOBURN_ROOT");
    buf_clear(path);
    buf_printf(path, "%s/%s/%s", root ? root : ".", folder, name);
}

static void load(const char *path, struct buf *content)
{
    struct err err;
    buf_clear(content);
    if (!file_read(path, content, &err))
        fail_msg("%s", err.message);
}

/* What a case shows: findings, or else the definitions. */
static void describe(struct read *read, struct buf *out)
{
    findings_print(&read->findings, false, out);
    if (!read->ok)
        return;
    for (size_t i = 0; i < read->slos.len; i++)
        slo_print_definition(&read->slos.at[i], out);
    for (size_t i = 0; i < read->slos.n_composites; i++)
        slo_print_composite(&read->slos.composites[i], out);
}

static bool check_case(const char *name)
{
    struct buf path, content, expected, got;
    struct read read;
    buf_init(&path, TEXT_MAX);
    buf_init(&content, TEXT_MAX);
    buf_init(&expected, TEXT_MAX);
    buf_init(&got, TEXT_MAX);
    path_of(&path, "tests/slo/files", name);
    load(buf_cstring(&path), &content);
    read_text(&read, buf_text(&content), name);
    describe(&read, &got);
    buf_truncate(&path, path.len - strlen(".yml"));
    buf_puts(&path, ".expect");
    bool same = true;
    if (getenv("SLOBURN_ACCEPT")) {
        FILE *f = fopen(buf_cstring(&path), "w");
        assert_non_null(f);
        fwrite(buf_cstring(&got), 1, got.len, f);
        fclose(f);
    } else {
        load(buf_cstring(&path), &expected);
        same = text_eq(buf_text(&expected), buf_text(&got));
        if (!same)
            print_error("%s: expected\n%s\ngot\n%s\n", name, buf_cstring(&expected), buf_cstring(&got));
    }
    read_finish(&read);
    buf_finish(&path);
    buf_finish(&content);
    buf_finish(&expected);
    buf_finish(&got);
    return same;
}

static void every_file_gives_what_is_expected(void **state)
{
    (void)state;
    struct buf path;
    struct dirent **names;
    size_t failed = 0, cases = 0;
    buf_init(&path, TEXT_MAX);
    path_of(&path, "tests/slo/files", "");
    int n = scandir(buf_cstring(&path), &names, NULL, alphasort);
    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        if (text_ends(text_of(names[i]->d_name), TEXT(".yml"))) {
            cases++;
            failed += !check_case(names[i]->d_name);
        }
        free(names[i]);
    }
    free(names);
    buf_finish(&path);
    assert_true(cases > 0);
    assert_int_equal(failed, 0);
}

static void shipped_objectives_are_the_four_of_the_service(void **state)
{
    (void)state;
    struct buf path, content;
    struct read read;
    buf_init(&path, TEXT_MAX);
    buf_init(&content, TEXT_MAX);
    path_of(&path, "rules", "rag-api.slo.yml");
    load(buf_cstring(&path), &content);
    read_text(&read, buf_text(&content), "rag-api.slo.yml");
    assert_true(read.ok);
    assert_int_equal(read.findings.len, 0);
    assert_int_equal(read.slos.len, 4);
    const struct slo *slo = read.slos.at;
    assert_true(text_is(slo[0].id, "prod/rag-api/availability"));
    assert_int_equal(slo[0].allowance_billionths, 5000000);
    assert_true(text_is(slo[1].objective, "p95 <= 4s"));
    assert_true(slo[1].bound == 4);
    assert_int_equal(slo[2].target_billionths, 10000000000);
    assert_true(text_is(slo[2].currency, "KRW"));
    assert_int_equal(slo[3].allowance_billionths, 150000000);
    assert_int_equal(slo[3].range_max, 1);
    for (size_t i = 0; i < 4; i++)
        assert_true(slo[i].n_by == 1 && text_is(slo[i].by[0], "tenant"));
    read_finish(&read);
    buf_finish(&path);
    buf_finish(&content);
}

static struct digest generation_of(const char *slo_yaml)
{
    struct buf yaml;
    struct read read;
    buf_init(&yaml, TEXT_MAX);
    buf_printf(&yaml, "service: s\nslos:\n  a: {%s}\n", slo_yaml);
    read_text(&read, buf_text(&yaml), "s.yml");
    assert_true(read.ok);
    struct digest digest = read.slos.at[0].generation;
    read_finish(&read);
    buf_finish(&yaml);
    return digest;
}

static bool same_generation(const char *a, const char *b)
{
    struct digest x = generation_of(a), y = generation_of(b);
    return memcmp(&x, &y, sizeof x) == 0;
}

static void target_and_windows_keep_the_generation(void **state)
{
    (void)state;
    assert_true(same_generation("objective: 99.5%, total: t, bad: b",
                                "objective: 99%, total: t, bad: b, window: 7d"));
    assert_true(same_generation("objective: 99.5%, total: t, bad: 'b{x=\"1\",y=\"2\"}'",
                                "objective: 99.5%, total: t, bad: 'b{y=\"2\", x=\"1\"}'"));
    assert_true(same_generation("objective: 99.5%, total: t, bad: b",
                                "objective: 99.5%, total: t, bad: b, target: [cluster, pod]"));
}

static void what_is_counted_starts_a_new_generation(void **state)
{
    (void)state;
    const char *base = "objective: 99.5%, total: t, bad: b";
    const char *won =
        "objective: mean <= ₩10, sum: s, count: c, currency: {counted: USD, rate: {series: fx}}";
    assert_false(same_generation(won, "objective: mean <= ₩10, sum: s, count: c"));
    assert_false(same_generation(won, "objective: mean <= ₩10, sum: s, count: c,"
                                      " currency: {counted: USD, rate: {series: fx, max_age: 1d}}"));
    assert_true(same_generation("objective: mean <= ₩10, sum: s, count: c",
                                "objective: mean <= ₩10, sum: s, count: c,"
                                " currency: {counted: USD, rate: 1385, date: 2026-11-01}"));
    assert_false(same_generation(base, "objective: 99.5%, total: t, bad: b2"));
    assert_false(same_generation(base, "objective: 99.5%, total: t, good: b"));
    assert_false(same_generation(base, "objective: 99.5%, total: t, bad: b, by: tenant"));
    assert_false(same_generation("objective: p95 <= 4s, histogram: h", "objective: p95 <= 5s, histogram: h"));
    assert_true(same_generation("objective: p95 <= 4s, histogram: h", "objective: p99 <= 4s, histogram: h"));
    assert_true(
        same_generation("objective: p95 <= 90s, histogram: h", "objective: p95 <= 1m30s, histogram: h"));
    assert_true(
        same_generation("objective: p95 <= 1.5m, histogram: h", "objective: p95 <= 1m30s, histogram: h"));
}

static void a_broken_file_leaves_the_list_alone(void **state)
{
    (void)state;
    struct read read;
    read_text(&read,
              TEXT("service: s\nslos:\n  a: {objective: 99%, total: t, bad: b}\n  b: {objective: 0%}\n"),
              "s.yml");
    assert_false(read.ok);
    assert_int_equal(read.slos.len, 0);
    read_finish(&read);
}

static void two_files_may_not_have_one_slo(void **state)
{
    (void)state;
    struct read read;
    struct text yaml = TEXT("service: s\nslos:\n  a: {objective: 99%, total: t, bad: b}\n");
    read_text(&read, yaml, "one.yml");
    assert_true(slo_file_read(yaml, "two.yml", &read.context, &read.slos, &read.findings));
    assert_int_equal(read.slos.len, 2);
    slo_check_all(&read.slos, &read.findings);
    assert_int_equal(read.findings.errors, 1);
    assert_true(text_is(read.findings.at[0].file, "two.yml"));
    assert_true(text_is(read.findings.at[0].message, "a second SLO prod/s/a: the first is at one.yml:3"));
    read_finish(&read);
}

static const struct labels *tenant(struct read *read, const char *value)
{
    return labels_of(read->context.labels, "tenant", value, NULL);
}

static void a_group_is_judged_by_the_first_override_that_matches(void **state)
{
    (void)state;
    struct read read;
    read_text(&read,
              TEXT("service: s\nby: tenant\nslos:\n  a:\n    objective: 99%\n    total: t\n    bad: b\n    "
                   "overrides:\n"
                   "      - {match: 'tenant=\"acme\"', objective: 99.9%}\n"
                   "      - {match: 'tenant=~\"acme|gold-.*\"', objective: 99.5%, owner: gold}\n"),
              "s.yml");
    assert_true(read.ok);
    const struct slo *slo = &read.slos.at[0];
    assert_int_equal(slo_for_group(slo, NULL)->target_billionths, 990000000);
    assert_int_equal(slo_for_group(slo, labels_empty(read.context.labels))->target_billionths, 990000000);
    assert_int_equal(slo_for_group(slo, tenant(&read, "acme"))->target_billionths, 999000000);
    assert_int_equal(slo_for_group(slo, tenant(&read, "gold-1"))->target_billionths, 995000000);
    assert_true(text_is(slo_for_group(slo, tenant(&read, "gold-1"))->owner, "gold"));
    assert_ptr_equal(slo_for_group(slo, tenant(&read, "other")), slo);
    assert_true(text_eq(slo_for_group(slo, tenant(&read, "acme"))->id, slo->id));
    read_finish(&read);
}

static void advice_on(const char *slo_yaml, struct buf *out)
{
    struct buf yaml;
    struct read read;
    buf_init(&yaml, TEXT_MAX);
    buf_printf(&yaml, "service: s\nowner: o\nrunbook: r.md\nslos:\n  a: {%s}\n", slo_yaml);
    read_text(&read, buf_text(&yaml), "s.yml");
    assert_true(read.ok);
    slo_advise(&read.slos.at[0], &read.findings);
    buf_clear(out);
    findings_print(&read.findings, false, out);
    read_finish(&read);
    buf_finish(&yaml);
}

static void check_tells_the_time_to_page(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, TEXT_MAX);
    advice_on("objective: 99.5%, total: t, bad: b", &out);
    assert_string_equal(buf_cstring(&out),
                        "s.yml:5:3: info: a pages at 100 % bad after 2 min, at 50 % after 4 min, "
                        "at 20 % after 22 min, at 10 % after 44 min "
                        "[slo/time-to-page]\n");
    advice_on("objective: mean <= 10, sum: s, count: c", &out);
    assert_string_equal(buf_cstring(&out),
                        "s.yml:5:3: info: a pages at 5 x the target after 3 min, at 3 x the target after "
                        "5 min, at 2 x the target after 6 h, at 1.5 x the target a ticket after 1 d "
                        "[slo/time-to-page]\n");
    buf_finish(&out);
}

static void bad_minutes_come_one_by_one(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, TEXT_MAX);
    advice_on("objective: 99.9% of minutes, when: up", &out);
    assert_string_equal(buf_cstring(&out), /* three bad minutes: of all, of every second, fifth, tenth */
                        "s.yml:5:3: info: a pages at 100 % bad after 3 min, at 50 % after 5 min, "
                        "at 20 % after 11 min, at 10 % after 21 min [slo/time-to-page]\n");
    buf_finish(&out);
}

static void more_bad_minutes_than_there_can_be_never_page(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, TEXT_MAX);
    advice_on(
        "objective: 99.9% of minutes, when: up, tiers: {outage: {min_bad: 9223372036854775807}, without: "
        "[fast, slow, drift, trend]}",
        &out);
    assert_non_null(strstr(buf_cstring(&out), "a pages at 100 % bad never"));
    buf_finish(&out);
}

static void scores_are_told_as_means(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, TEXT_MAX);
    advice_on("objective: mean >= 4.2 of 1..5, sum: s, count: c", &out);
    assert_string_equal(buf_cstring(&out),
                        "s.yml:5:3: info: a pages at 100 % bad (a mean of 1) after 3 min, at 50 % (a mean of "
                        "3) after 3 h 36 min, at 20 % (a mean of 4.2) a ticket after 1 d, at 10 % (a mean of "
                        "4.6) never [slo/time-to-page]\n");
    buf_finish(&out);
}

/* The advice on the SLO has this in it. */
static void advises(const char *slo_yaml, const char *wanted)
{
    struct buf out;
    buf_init(&out, TEXT_MAX);
    advice_on(slo_yaml, &out);
    if (!strstr(buf_cstring(&out), wanted))
        fail_msg("%s: expected %s, got\n%s", slo_yaml, wanted, buf_cstring(&out));
    buf_finish(&out);
}

static void check_doubts_what_selectors_show(void **state)
{
    (void)state;
    advises("objective: 99%, total: t, bad: t",
            "warning: a: bad selects all that total selects: everything is bad");
    advises("objective: 99%, total: up, good: up", "warning: a: up is a gauge, and counters are counted "
                                                   "(objective: 99.9% of minutes, with when: min(up{…}))");
    advises("objective: 99%, total: t, good: t",
            "warning: a: good selects all that total selects: everything is good");
    advises("objective: 99%, total: t, bad: 't{code=~\"5..\"}', where: 'code=\"200\"'",
            "s.yml:5:38: warning: a: nothing has both code=\"200\" and code=~\"5..\"");
    advises("objective: 99%, total: 't{job=\"a\"}', bad: 't{code=\"500\"}'",
            "warning: a: t{code=\"500\"} is not a part of t{job=\"a\"}, which is narrower by job");
    advises("objective: 99%, total: t, bad: 't{code=\"500\"}', by: code",
            "warning: a: by: code tells bad from good, so each of its values is all bad or all good");
}

static void check_doubts_odd_tiers_and_bands(void **state)
{
    (void)state;
    advises("objective: 99%, total: t, bad: b, tiers: {fast: {rate: 0.5}}",
            "warning: a: tier fast opens at a burn rate of 0.5: under 1 the objective is met");
    advises("objective: 99%, total: t, bad: b, window: 7d, tiers: {trend: {long: 8d}}",
            "warning: a: tier trend looks back further than the window, 7d");
    advises("objective: 99%, total: t, bad: b, sla: [{below: 99.9%, credit: 10%}]",
            "warning: a: a credit is owed while the objective 99% is still met");
    advises(
        "objective: 99%, total: t, bad: b, by: t, overrides: [{match: 't=\"x\"', tiers: {without: [outage, "
        "fast, slow]}}]",
        "warning: a where t=\"x\" never pages, not even on a total failure");
}

static void check_warns_of_a_late_page(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, TEXT_MAX);
    advice_on("objective: 90%, total: t, bad: b, tiers: {without: [outage]}", &out);
    assert_non_null(strstr(buf_cstring(&out), "warning: a pages only 36 min after a total failure"));
    advice_on("objective: 90%, total: t, bad: b, tiers: {without: [outage, fast, slow]}", &out);
    assert_non_null(strstr(buf_cstring(&out), "warning: a never pages, not even on a total failure"));
    buf_finish(&out);
}

static void a_composite_needs_slos_that_exist(void **state)
{
    (void)state;
    struct read read;
    read_text(
        &read,
        TEXT("service: s\nslos:\n  a: {objective: 99%, total: t, bad: b}\n  c: {composite: {worst: [a, b]}}\n"
             "  d: {composite: {worst: [a, c]}}\n"),
        "s.yml");
    assert_true(read.ok);
    slo_check_all(&read.slos, &read.findings);
    assert_int_equal(read.findings.len, 2);
    assert_true(text_is(read.findings.at[0].message, "composite c: there is no SLO prod/s/b"));
    assert_true(text_is(read.findings.at[1].message, "composite d: prod/s/c is itself a composite"));
    read_finish(&read);
}

static void a_part_of_several_objectives_gets_a_hint(void **state)
{
    (void)state;
    struct read read;
    read_text(&read,
              TEXT("service: s\nslos:\n  l: {objective: [p50 <= 1, p95 <= 2], histogram: h}\n"
                   "  c: {composite: {worst: [l, l-p50]}}\n"),
              "s.yml");
    assert_true(read.ok);
    slo_check_all(&read.slos, &read.findings);
    assert_int_equal(read.findings.len, 1);
    assert_true(text_is(read.findings.at[0].hint, "did you mean l-p50, l-p95?"));
    read_finish(&read);
}

static void more_than_a_thousand_slos_are_refused(void **state)
{
    (void)state;
    struct buf yaml;
    struct read read;
    buf_init(&yaml, TEXT_MAX);
    buf_puts(&yaml, "service: s\nslos:\n");
    for (int i = 0; i < 1001; i++)
        buf_printf(&yaml, "  a%d: {objective: 99%%, total: t, bad: b}\n", i);
    read_text(&read, buf_text(&yaml), "s.yml");
    assert_false(read.ok);
    assert_int_equal(read.findings.errors, 1);
    assert_true(text_is(read.findings.at[0].message, "more than 1000 SLOs in one file"));
    read_finish(&read);
    buf_finish(&yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_gives_what_is_expected),
        cmocka_unit_test(shipped_objectives_are_the_four_of_the_service),
        cmocka_unit_test(target_and_windows_keep_the_generation),
        cmocka_unit_test(what_is_counted_starts_a_new_generation),
        cmocka_unit_test(a_broken_file_leaves_the_list_alone),
        cmocka_unit_test(two_files_may_not_have_one_slo),
        cmocka_unit_test(a_group_is_judged_by_the_first_override_that_matches),
        cmocka_unit_test(check_tells_the_time_to_page),
        cmocka_unit_test(bad_minutes_come_one_by_one),
        cmocka_unit_test(more_bad_minutes_than_there_can_be_never_page),
        cmocka_unit_test(scores_are_told_as_means),
        cmocka_unit_test(check_doubts_what_selectors_show),
        cmocka_unit_test(check_doubts_odd_tiers_and_bands),
        cmocka_unit_test(check_warns_of_a_late_page),
        cmocka_unit_test(a_part_of_several_objectives_gets_a_hint),
        cmocka_unit_test(a_composite_needs_slos_that_exist),
        cmocka_unit_test(more_than_a_thousand_slos_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
