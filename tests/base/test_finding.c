/* Findings: order, wording, limits. */
#include "base/finding.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void findings_are_printed_sorted_with_place_and_hint(void **state)
{
    (void)state;
    struct findings findings;
    struct buf out;
    findings_init(&findings);
    buf_init(&out, 10000);
    finding_add(&findings, FINDING_WARNING, "slo/window", "b.yml", (struct source_pos){9, 1}, "later");
    finding_add(&findings, FINDING_ERROR, "slo/objective", "b.yml", (struct source_pos){2, 14},
                "objective %d is above 100", 101);
    finding_hint(&findings, "write %s", "99.5%");
    finding_add(&findings, FINDING_INFO, "yaml/file", "a.yml", (struct source_pos){0, 0}, "two\nlines");
    struct err err;
    err_set(&err, ERR_INPUT, "no file");
    finding_add_err(&findings, "check/any", &err);
    findings_print(&findings, false, &out);
    assert_string_equal(buf_cstring(&out),
                        "error: no file [check/any]\n"
                        "a.yml: info: two lines [yaml/file]\n"
                        "b.yml:2:14: error: objective 101 is above 100 (write 99.5%) [slo/objective]\n"
                        "b.yml:9:1: warning: later [slo/window]\n");
    assert_int_equal(findings.errors, 2);
    assert_int_equal(findings.warnings, 1);
    buf_clear(&out);
    findings_print(&findings, true, &out);
    assert_non_null(strstr(buf_cstring(&out), "\033[31merror\033[0m: no file"));
    buf_finish(&out);
    findings_finish(&findings);
}

static void findings_at_one_place_keep_their_order(void **state)
{
    (void)state;
    struct findings findings;
    struct buf out;
    findings_init(&findings);
    buf_init(&out, 10000);
    for (int i = 0; i < 9; i++)
        finding_add(&findings, FINDING_ERROR, "c", "f", (struct source_pos){1, 1}, "%d", i);
    findings_print(&findings, false, &out);
    for (int i = 0; i < 9; i++)
        assert_int_equal(findings.at[i].message.at[0], '0' + i);
    buf_finish(&out);
    findings_finish(&findings);
}

static void json_has_every_field(void **state)
{
    (void)state;
    struct findings findings;
    struct buf out;
    findings_init(&findings);
    buf_init(&out, 10000);
    finding_add(&findings, FINDING_ERROR, "c", "f", (struct source_pos){3, 4}, "say \"x\"");
    finding_hint(&findings, "h");
    findings_print_json(&findings, &out);
    assert_string_equal(buf_cstring(&out),
                        "[{\"level\":\"error\",\"check\":\"c\",\"file\":\"f\",\"line\":3,\"column\":4,"
                        "\"message\":\"say \\\"x\\\"\",\"hint\":\"h\"}]");
    buf_finish(&out);
    findings_finish(&findings);
}

static void a_flood_of_findings_is_counted_not_kept(void **state)
{
    (void)state;
    struct findings findings;
    struct buf out;
    findings_init(&findings);
    buf_init(&out, 1 << 20);
    for (int i = 0; i < 5000; i++) {
        finding_add(&findings, FINDING_ERROR, "c", "f", (struct source_pos){i + 1, 1}, "m");
        finding_hint(&findings, "hint %d", i);
    }
    assert_int_equal(findings.len, FINDINGS_MAX);
    assert_int_equal(findings.errors, 5000);
    findings_print(&findings, false, &out);
    assert_non_null(strstr(buf_cstring(&out), "… and 4000 more\n"));
    assert_non_null(strstr(buf_cstring(&out), "f:1000:1: error: m (hint 999) [c]"));
    buf_finish(&out);
    findings_finish(&findings);
}

static void a_huge_message_is_cut(void **state)
{
    (void)state;
    static char huge[100000];
    struct findings findings;
    findings_init(&findings);
    memset(huge, 'x', sizeof huge - 1);
    finding_add(&findings, FINDING_ERROR, "c", NULL, (struct source_pos){0, 0}, "%s", huge);
    assert_int_equal(findings.at[0].message.len, 4096);
    findings_finish(&findings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_are_printed_sorted_with_place_and_hint),
        cmocka_unit_test(findings_at_one_place_keep_their_order),
        cmocka_unit_test(json_has_every_field),
        cmocka_unit_test(a_flood_of_findings_is_counted_not_kept),
        cmocka_unit_test(a_huge_message_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
