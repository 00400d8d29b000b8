/* Interned label sets: identity, order, and printing. */
#include "base/buf.h"
#include "base/labels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct label_table *table;

static int make_table(void **unused)
{
    (void)unused;
    table = label_table_new(NULL);
    return 0;
}

static int free_table(void **unused)
{
    (void)unused;
    label_table_free(table);
    return 0;
}

static struct label pair(struct label_table *in, const char *name, const char *value)
{
    return (struct label){symbol_intern(in, text_of(name)), symbol_intern(in, text_of(value))};
}

static void check_printed(const struct labels *set, const char *want)
{
    struct buf out;
    buf_init(&out, 10000);
    labels_print(set, &out);
    assert_string_equal(buf_cstring(&out), want);
    buf_finish(&out);
}

static void equal_sets_are_one_pointer(void **unused)
{
    (void)unused;
    const struct labels *a = labels_of(table, "job", "api", "instance", "a", NULL);
    assert_ptr_equal(a, labels_of(table, "instance", "a", "job", "api", NULL));
    assert_ptr_not_equal(a, labels_of(table, "instance", "b", "job", "api", NULL));
    assert_ptr_equal(labels_empty(table), labels_of(table, NULL));
    assert_ptr_equal(symbol_intern(table, TEXT("x")), symbol_intern(table, TEXT("x")));
}

static void many_sets_stay_apart(void **unused)
{
    (void)unused;
    const struct labels *sets[2000];
    for (int i = 0; i < 2000; i++) {
        char value[] = {(char)('a' + i % 26), (char)('a' + i / 26 % 26), (char)('a' + i / 676), '\0'};
        sets[i] = labels_of(table, "v", value, NULL);
    }
    for (int i = 1; i < 2000; i++)
        assert_ptr_not_equal(sets[i], sets[i - 1]);
    assert_ptr_equal(sets[27], labels_of(table, "v", "bba", NULL));
}

static void empty_values_are_absent(void **unused)
{
    (void)unused;
    assert_ptr_equal(labels_of(table, "a", "", "b", "1", NULL), labels_of(table, "b", "1", NULL));
    assert_ptr_equal(labels_of(table, "a", "", NULL), labels_empty(table));
}

static void the_last_of_a_doubled_name_wins(void **unused)
{
    (void)unused;
    assert_ptr_equal(labels_of(table, "a", "1", "b", "x", "a", "2", NULL),
                     labels_of(table, "a", "2", "b", "x", NULL));
    assert_ptr_equal(labels_of(table, "a", "1", "a", "", NULL), labels_empty(table));
}

static void values_are_found_by_name(void **unused)
{
    (void)unused;
    const struct labels *set = labels_of(table, "job", "api", NULL);
    assert_true(text_is(labels_value(set, TEXT("job")), "api"));
    assert_true(text_is(labels_value(set, TEXT("nope")), ""));
    assert_true(text_is(symbol_text(labels_find(set, symbol_intern(table, TEXT("job")))), "api"));
    assert_null(labels_find(set, symbol_intern(table, TEXT("nope"))));
}

static void merging_adds_replaces_and_deletes(void **unused)
{
    (void)unused;
    const struct labels *set = labels_of(table, "a", "1", "b", "2", NULL);
    struct label extra[] = {pair(table, "b", ""), pair(table, "a", "9"), pair(table, "c", "3")};
    assert_ptr_equal(labels_merge(table, set, extra, 3), labels_of(table, "a", "9", "c", "3", NULL));
    assert_ptr_equal(labels_merge(table, set, NULL, 0), set);
}

static void a_child_shares_what_its_parent_has(void **unused)
{
    (void)unused;
    const struct labels *known = labels_of(table, "job", "api", NULL);
    size_t before = label_table_bytes(table);
    struct label_table *child = label_table_new(table);
    assert_ptr_equal(labels_of(child, "job", "api", NULL), known);
    const struct labels *own = labels_of(child, "job", "child-only", NULL);
    assert_ptr_not_equal(own, known);
    assert_int_equal(label_table_bytes(table), before);
    label_table_free(child);
}

static void an_imported_set_outlives_its_table(void **unused)
{
    (void)unused;
    struct label_table *other = label_table_new(NULL);
    const struct labels *copy = labels_import(table, labels_of(other, "b", "2", "a", "1", NULL));
    label_table_free(other);
    assert_ptr_equal(copy, labels_of(table, "a", "1", "b", "2", NULL));
}

static void order_is_name_by_name(void **unused)
{
    (void)unused;
    struct label_table *other = label_table_new(NULL);
    const struct labels *a1 = labels_of(table, "a", "1", NULL);
    const struct labels *a1b = labels_of(table, "a", "1", "b", "1", NULL);
    const struct labels *a2 = labels_of(table, "a", "2", NULL);
    const struct labels *b0 = labels_of(table, "b", "0", NULL);
    assert_true(labels_compare(a1, a1b) < 0);
    assert_true(labels_compare(a1b, a2) < 0);
    assert_true(labels_compare(b0, a2) > 0);
    assert_int_equal(labels_compare(a1, labels_of(other, "a", "1", NULL)), 0);
    label_table_free(other);
}

static void prints_as_prometheus_does(void **unused)
{
    (void)unused;
    check_printed(labels_empty(table), "{}");
    check_printed(labels_of(table, "__name__", "up", NULL), "up");
    check_printed(labels_of(table, "__name__", "up", "job", "a", "z", "1", NULL), "up{job=\"a\", z=\"1\"}");
    check_printed(labels_of(table, "job", "a", NULL), "{job=\"a\"}");
    check_printed(labels_of(table, "job", "a\"b\\c\nd", NULL), "{job=\"a\\\"b\\\\c\\nd\"}");
    check_printed(labels_of(table, "__name__", "my.metric", "a b", "é", NULL),
                  "{\"my.metric\", \"a b\"=\"é\"}");
}

static void quotes_as_go_does(void **unused)
{
    (void)unused;
    struct buf out;
    buf_init(&out, 1000);
    text_print_quoted(TEXT("\a\t\x01\x7fé\xff\0x"), &out);
    assert_string_equal(out.at, "\"\\a\\t\\x01\\x7fé\\xff\\x00x\"");
    buf_finish(&out);
}

static void legacy_names_are_told_from_utf8_ones(void **unused)
{
    (void)unused;
    assert_true(label_name_legacy_valid(TEXT("_a1")));
    assert_false(label_name_legacy_valid(TEXT("1a")));
    assert_false(label_name_legacy_valid(TEXT("a:b")));
    assert_false(label_name_legacy_valid(TEXT("")));
    assert_true(metric_name_legacy_valid(TEXT(":a:b")));
    assert_false(metric_name_legacy_valid(TEXT("a.b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_sets_are_one_pointer),
        cmocka_unit_test(many_sets_stay_apart),
        cmocka_unit_test(empty_values_are_absent),
        cmocka_unit_test(the_last_of_a_doubled_name_wins),
        cmocka_unit_test(values_are_found_by_name),
        cmocka_unit_test(merging_adds_replaces_and_deletes),
        cmocka_unit_test(a_child_shares_what_its_parent_has),
        cmocka_unit_test(an_imported_set_outlives_its_table),
        cmocka_unit_test(order_is_name_by_name),
        cmocka_unit_test(prints_as_prometheus_does),
        cmocka_unit_test(quotes_as_go_does),
        cmocka_unit_test(legacy_names_are_told_from_utf8_ones),
    };
    return cmocka_run_group_tests(tests, make_table, free_table);
}
