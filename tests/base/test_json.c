/* Reading and writing JSON. */
#include "base/json.h"

#include "base/memory.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void refuses(const char *content, int line, int column, const char *part)
{
    struct err err = {0};
    struct json *json = json_parse(text_of(content), &err);
    assert_null(json);
    if (!strstr(err.message, part))
        fail_msg("%s: got '%s', expected '%s'", content, err.message, part);
    assert_int_equal(err.pos.line, line);
    assert_int_equal(err.pos.column, column);
}

static struct json *parse(const char *content)
{
    struct err err = {0};
    struct json *json = json_parse(text_of(content), &err);
    if (!json)
        fail_msg("%s: %s", content, err.message);
    return json;
}

static void a_tree_is_read(void **state)
{
    (void)state;
    struct json *json = parse(" {\"a\": [1, -2.5e3, \"x\\u00e9\\ud83d\\ude00\"], \"b\": true, \"c\": null} ");
    const struct json *a = json_get(json, "a");
    assert_int_equal(json_length(json), 3);
    assert_int_equal(json_length(a), 3);
    assert_true(json_number(json_item(a, 1), 0) == -2500);
    assert_string_equal(json_string(json_item(a, 2), ""), "x\u00e9\U0001f600");
    assert_true(json_bool(json_get(json, "b"), false));
    assert_string_equal(json_key(json_first(json)), "a");
    assert_null(json_item(a, 3));
    json_free(json);
}

static void wrong_types_and_absent_keys_give_the_fallback(void **state)
{
    (void)state;
    struct json *json = parse("{\"a\": \"1\", \"A\": 2}");
    assert_true(json_number(json_get(json, "a"), 7) == 7);
    assert_true(json_number(json_get(json, "A"), 7) == 2);
    assert_string_equal(json_string(json_get(json, "absent"), "none"), "none");
    assert_string_equal(json_string(json_get(json_get(json, "a"), "b"), "none"), "none");
    assert_int_equal(json_length(json_get(json, "absent")), 0);
    assert_true(json_bool(json_get(json, "a"), true));
    json_free(json);
}

static void what_is_not_json_is_refused_with_its_place(void **state)
{
    (void)state;
    refuses("", 0, 0, "empty");
    refuses(" \n", 0, 0, "empty");
    refuses("{} {}", 1, 4, "something follows");
    refuses("{\n \"a\": 01}", 2, 8, "leading zero");
    refuses("[1,]", 1, 4, "unexpected character");
    refuses("{\"a\" 1}", 1, 6, "without a colon");
    refuses("{a: 1}", 1, 2, "key in double quotes");
    refuses("[1 2]", 1, 4, "expected , or ]");
    refuses("[1", 1, 3, "ends in the middle");
    refuses("\"abc", 1, 5, "closing quote");
    refuses("\"a\nb\"", 1, 3, "control character");
    refuses("\"\\x\"", 1, 3, "unknown escape");
    struct err err = {0};
    assert_null(json_parse(TEXT("\"\\\0\""), &err)); /* a NUL is no escape either */
    assert_non_null(strstr(err.message, "unknown escape"));
    refuses("\"\\u12g4\"", 1, 3, "four hexadecimal");
    refuses("\"\\ud800x\"", 1, 8, "high surrogate");
    refuses("\"\\udc00\"", 1, 8, "low surrogate");
    refuses("\"\\u0000\"", 1, 8, "NUL");
    refuses("nul", 1, 1, "unknown word");
    refuses("<html>", 1, 1, "unexpected character");
    refuses("NaN", 1, 1, "unexpected character");
    refuses("-", 1, 2, "digits");
    refuses("1.", 1, 3, "digits");
    refuses("1e+", 1, 4, "digits");
    refuses("\"\xff\"", 0, 0, "not UTF-8");
}

static void depth_values_and_size_are_limited(void **state)
{
    (void)state;
    struct err err = {0};
    size_t n = (size_t)33 << 20;
    char *big = memory_alloc(n);
    memset(big, '[', n);
    assert_null(json_parse((struct text){big, n}, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_non_null(strstr(err.message, "larger than"));
    assert_null(json_parse((struct text){big, 1000}, &err));
    assert_non_null(strstr(err.message, "64 levels"));
    for (size_t i = 1; i < n; i++)
        big[i] = i % 2 ? '0' : ',';
    assert_null(json_parse((struct text){big, 3000001}, &err));
    assert_non_null(strstr(err.message, "1000000 values"));
    memory_free(big);
    char deep[128];
    memset(deep, '[', 64);
    memset(deep + 64, ']', 64);
    struct json *json = json_parse((struct text){deep, 128}, &err);
    assert_non_null(json);
    json_free(json);
}

static void every_prefix_of_a_document_is_refused(void **state)
{
    (void)state;
    struct text whole = TEXT("{\"a\":[1.5e3,\"\\u00e9\\n\",{\"b\":null}],\"c\":true}");
    for (size_t n = 0; n < whole.len; n++) {
        struct err err = {0};
        assert_null(json_parse(text_part(whole, 0, n), &err));
    }
}

static void printing_gives_the_same_json_back(void **state)
{
    (void)state;
    const char *cases[] = {
        "{}",  "[]",     "[[],{}]",   "{\"a\":1,\"b\":[true,false,null],\"c\":\"q\\\"\\\\\\n\\u0001\"}",
        "0.1", "1e+300", "-12345.678"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out;
        struct json *json = parse(cases[i]);
        buf_init(&out, 1000);
        json_print(json, &out);
        assert_string_equal(buf_cstring(&out), cases[i]);
        buf_finish(&out);
        json_free(json);
    }
}

static void the_writer_puts_commas_and_escapes(void **state)
{
    (void)state;
    struct json_writer w;
    struct buf out;
    buf_init(&out, 1000);
    json_begin(&w, &out);
    json_open(&w, '{');
    json_name(&w, "a\"b");
    json_open(&w, '[');
    json_put_int(&w, INT64_MIN);
    json_put_double(&w, 0.1);
    json_put_double(&w, NAN);
    json_put_text(&w, TEXT("bad \xc3 \xed\xa0\x80 \x7f\x00 end"));
    json_close(&w, ']');
    json_name(&w, "empty");
    json_open(&w, '{');
    json_close(&w, '}');
    json_name(&w, "raw");
    json_put_raw(&w, TEXT("[1]"));
    json_close(&w, '}');
    assert_string_equal(buf_cstring(&out),
                        "{\"a\\\"b\":[-9223372036854775808,0.1,null,\"bad \ufffd \ufffd\ufffd\ufffd "
                        "\\u007f\\u0000 end\"],\"empty\":{},\"raw\":[1]}");
    buf_finish(&out);
}

static void pretty_output_is_indented_by_two(void **state)
{
    (void)state;
    struct json_writer w;
    struct buf out;
    buf_init(&out, 1000);
    json_begin_pretty(&w, &out);
    json_open(&w, '{');
    json_name(&w, "a");
    json_open(&w, '[');
    json_put_bool(&w, true);
    json_put_string(&w, "x");
    json_close(&w, ']');
    json_name(&w, "b");
    json_open(&w, '[');
    json_close(&w, ']');
    json_close(&w, '}');
    assert_string_equal(buf_cstring(&out), "{\n  \"a\": [\n    true,\n    \"x\"\n  ],\n  \"b\": []\n}");
    buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_is_read),
        cmocka_unit_test(wrong_types_and_absent_keys_give_the_fallback),
        cmocka_unit_test(what_is_not_json_is_refused_with_its_place),
        cmocka_unit_test(depth_values_and_size_are_limited),
        cmocka_unit_test(every_prefix_of_a_document_is_refused),
        cmocka_unit_test(printing_gives_the_same_json_back),
        cmocka_unit_test(the_writer_puts_commas_and_escapes),
        cmocka_unit_test(pretty_output_is_indented_by_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
