/* Templates: the text cases, and the limits that text cannot show. */
#include "template/alert.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/labels.h"
#include "base/number.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static bool query(void *self, struct text expression, struct arena *arena, struct template_value *samples,
                  struct err *err)
{
    struct label_table *table = self;
    if (text_is(expression, "empty")) {
        *samples = template_list_value(template_list_new(arena, 0));
        return true;
    }
    if (!text_is(expression, "metric"))
        return err_set(err, ERR_INPUT, "cannot evaluate \"%.*s\"", TEXT_ARG(expression));
    struct template_list *list = template_list_new(arena, 3);
    list->at[0] = template_sample_value(arena, labels_of(table, "instance", "b", NULL), 2);
    list->at[1] = template_sample_value(arena, labels_of(table, "instance", "a", NULL), 1.5);
    list->at[2] =
        template_sample_value(arena, labels_of(table, "instance", "c", "__value__", "text", NULL), 3);
    *samples = template_list_value(list);
    return true;
}

/* Parses and expands; the output, or "error: line:column: message". */
static void expand(struct text text, double value, size_t max, struct buf *out)
{
    struct err err = {0};
    struct arena arena;
    struct label_table *table = label_table_new(NULL);
    arena_init(&arena, 0);
    buf_init(out, max);
    struct template *template = template_parse_alert(text, &arena, &err);
    struct template_alert alert = {
        .labels = labels_of(table, "job", "api", "instance", "host.example.com:9090", "code", "500", NULL),
        .external_labels = labels_of(table, "region", "eu", NULL),
        .external_url = TEXT("http://prom.example/base"),
        .value = value,
        .now_ms = 1795221060500,
        .query = query,
        .query_self = table};
    if (!template || !template_expand_alert(template, &alert, out, &err)) {
        out->max = 1 << 20;
        buf_clear(out);
        buf_printf(out, "error: %d:%d: %s", err.pos.line, err.pos.column, err.message);
    }
    arena_finish(&arena);
    label_table_free(table);
}

static double value_of(struct text title)
{
    static const char marker[] = "| value=";
    double value = 1234.5;
    for (size_t i = 0; i + sizeof marker <= title.len; i++)
        if (memcmp(title.at + i, marker, sizeof marker - 1) == 0)
            assert_true(number_parse(text_part(title, i + sizeof marker - 1, title.len), &value));
    return value;
}

/* Lines up to one that starts with `mark`, without the last line end; *rest moves to that line. */
static struct text lines_until(struct text *rest, const char *mark)
{
    struct text all = *rest;
    size_t end = 0;
    while (end < all.len && !text_starts(text_part(all, end, all.len), text_of(mark)))
        end += text_find(text_part(all, end, all.len), '\n') + 1;
    *rest = text_part(all, end, all.len);
    return text_part(all, 0, end > all.len ? all.len - 1 : end ? end - 1 : 0);
}

static bool check_case(struct text title, struct text template, struct text expected)
{
    static const char starts[] = "error-starts: ";
    struct buf out;
    expand(template, value_of(title), 1 << 20, &out);
    struct text got = buf_text(&out);
    bool same = text_eq(got, expected);
    if (text_starts(expected, text_of(starts)))
        same = text_starts(got, TEXT("error: ")) &&
               text_starts(text_part(got, 7, got.len), text_part(expected, sizeof starts - 1, expected.len));
    if (!same)
        print_error("%.*s\n  expected: %.*s\n  got:      %.*s\n", TEXT_ARG(title), TEXT_ARG(expected),
                    TEXT_ARG(got));
    buf_finish(&out);
    return same;
}

static void every_case_gives_its_output(void **state)
{
    (void)state;
    struct err err = {0};
    struct buf path, content;
    size_t cases = 0, failed = 0;
    const char *root = getenv("SLOBURN_ROOT");
    buf_init(&path, 4096);
    buf_init(&content, 1 << 20);
    buf_printf(&path, "%s/tests/template/cases.txt", root ? root : ".");
    if (!file_read(buf_cstring(&path), &content, &err))
        fail_msg("%s", err.message);
    struct text rest = buf_text(&content);
    lines_until(&rest, "==");
    while (rest.len) {
        struct text title = text_cut(&rest, '\n');
        struct text template = lines_until(&rest, "--");
        text_cut(&rest, '\n');
        struct text expected = lines_until(&rest, "==");
        cases++;
        failed += !check_case(title, template, expected);
    }
    assert_true(cases > 100);
    assert_int_equal(failed, 0);
    buf_finish(&path);
    buf_finish(&content);
}

static void says(const char *template, size_t max, const char *expected)
{
    struct buf out;
    expand(text_of(template), 1, max, &out);
    assert_string_equal(buf_cstring(&out), expected);
    buf_finish(&out);
}

static void output_is_limited_by_the_buffer(void **state)
{
    (void)state;
    says("{{ range 100 }}0123456789{{ end }}", 100, "error: 1:16: output longer than 100 bytes");
    says("0123456789", 5, "error: 1:11: output longer than 5 bytes");
    says("01234", 5, "01234");
}

static void nesting_is_limited(void **state)
{
    (void)state;
    struct buf deep, out;
    buf_init(&deep, 1 << 20);
    for (int i = 0; i < 100; i++)
        buf_puts(&deep, "{{if 1}}");
    expand(buf_text(&deep), 1, 1000, &out);
    assert_string_equal(buf_cstring(&out), "error: 1:515: nested deeper than 64 levels");
    buf_finish(&out);
    buf_clear(&deep);
    buf_puts(&deep, "{{");
    for (int i = 0; i < 100000; i++)
        buf_putc(&deep, '(');
    expand(buf_text(&deep), 1, 1000, &out);
    assert_string_equal(buf_cstring(&out), "error: 1:67: nested deeper than 64 levels");
    buf_finish(&out);
    buf_finish(&deep);
}

static void a_long_text_is_refused(void **state)
{
    (void)state;
    static char text[TEMPLATE_BYTES_MAX + 1];
    struct buf out;
    memset(text, 'x', sizeof text);
    expand((struct text){text, sizeof text}, 1, 1 << 20, &out);
    assert_string_equal(buf_cstring(&out), "error: 0:0: template of 262145 bytes is longer than 262144");
    buf_finish(&out);
}

static void a_template_without_a_query_sees_an_empty_list(void **state)
{
    (void)state;
    struct err err = {0};
    struct arena arena;
    struct buf out;
    arena_init(&arena, 0);
    buf_init(&out, 100);
    struct template *template =
        template_parse_alert(TEXT("{{ len (query \"up\") }}{{ $labels.a }}{{ $labels }}"), &arena, &err);
    assert_non_null(template);
    assert_true(template_expand_alert(template, &(struct template_alert){.value = NAN}, &out, &err));
    assert_string_equal(buf_cstring(&out), "0map[]");
    buf_finish(&out);
    arena_finish(&arena);
}

static bool shout(const struct template_call *call, const struct template_value *args, size_t n,
                  struct template_value *result, struct err *err)
{
    (void)n, (void)err;
    struct buf made;
    buf_init(&made, 100);
    buf_printf(&made, "%.*s!%s", TEXT_ARG(args[0].text), (const char *)call->data->context);
    *result = template_string(text_copy(call->arena, buf_text(&made)));
    buf_finish(&made);
    return true;
}

static void a_dialect_adds_functions_and_variables(void **state)
{
    (void)state;
    const struct template_function functions[] = {{"title", 1, 1, shout}};
    const char *const variables[] = {"x"};
    const struct template_dialect dialect = {functions, 1, variables, 1};
    const struct template_value x = template_string(TEXT("hey"));
    char context[] = "?";
    struct template_data data = {.dot = template_int(7), .variables = &x, .context = context};
    struct err err = {0};
    struct arena arena;
    struct buf out;
    arena_init(&arena, 0);
    buf_init(&out, 100);
    struct template *template =
        template_parse(TEXT("{{ title $x }} {{ . }} {{ $ }}"), &dialect, &arena, &err);
    assert_non_null(template);
    assert_true(template_expand(template, &data, &out, &err));
    assert_string_equal(buf_cstring(&out), "hey!? 7 7");
    buf_finish(&out);
    arena_finish(&arena);
}

static void a_failure_reads_as_in_prometheus(void **state)
{
    (void)state;
    struct err err = {0};
    struct buf out;
    buf_init(&out, 1000);
    err_set(&err, ERR_INPUT, "broken");
    template_print_failure(&err, &out);
    assert_string_equal(buf_cstring(&out), "<error expanding template: broken>");
    buf_finish(&out);
}

static void of_doubled_map_keys_the_last_wins(void **state)
{
    (void)state;
    struct arena arena;
    struct buf out;
    arena_init(&arena, 0);
    buf_init(&out, 100);
    struct template_entry entries[] = {
        {TEXT("b"), template_int(1)}, {TEXT("a"), template_nil()}, {TEXT("b"), template_int(2)}};
    struct template_value map = template_map_value(&arena, entries, 3, false);
    template_value_print(&map, &out);
    assert_string_equal(buf_cstring(&out), "map[a:<nil> b:2]");
    buf_finish(&out);
    arena_finish(&arena);
}

/* Any heap of tokens is refused or expanded, without harm. */
static void random_pieces_do_no_harm(void **state)
{
    (void)state;
    static const char *const pieces[] = {"{{",     "}}",       " ",       "- ",       " -",
                                         "if",     "else",     "end",     "range",    "with",
                                         "$x",     ":=",       "=",       ".",        ".Foo",
                                         "(",      ")",        "|",       "\"a\"",    "1",
                                         "1.5",    "$value",   "$labels", "printf",   "\"%d\"",
                                         "define", "template", "block",   "break",    "query \"metric\"",
                                         ",",      "/*",       "*/",      "'x'",      "nil",
                                         "index",  "len",      "print",   "humanize", "text"};
    uint64_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        struct buf text, out;
        buf_init(&text, 10000);
        for (int i = 0; i < 24; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            buf_puts(&text, pieces[(seed >> 33) % (sizeof pieces / sizeof *pieces)]);
            if (seed >> 62)
                buf_putc(&text, ' ');
        }
        expand(buf_text(&text), 1, 10000, &out);
        buf_finish(&text);
        buf_finish(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_gives_its_output),
        cmocka_unit_test(output_is_limited_by_the_buffer),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(a_long_text_is_refused),
        cmocka_unit_test(a_template_without_a_query_sees_an_empty_list),
        cmocka_unit_test(a_dialect_adds_functions_and_variables),
        cmocka_unit_test(a_failure_reads_as_in_prometheus),
        cmocka_unit_test(of_doubled_map_keys_the_last_wins),
        cmocka_unit_test(random_pieces_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
