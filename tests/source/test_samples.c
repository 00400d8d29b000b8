/* Answers of the query API, right and broken. */
#include "source/samples.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/memory.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct scanned {
    struct label_table *table;
    struct arena arena;
    struct samples_answer answer;
    struct err err;
    bool good;
};

/* The body is copied to a place of its very size, so that the sanitizer sees a read behind it. */
static void scan_text(struct scanned *scanned, struct text body, size_t max_samples)
{
    *scanned = (struct scanned){.table = label_table_new(NULL)};
    arena_init(&scanned->arena, 0);
    char *exact = memory_alloc(body.len);
    memcpy(exact, body.at, body.len);
    scanned->good = samples_scan((struct text){exact, body.len}, max_samples, scanned->table, &scanned->arena,
                                 &scanned->answer, &scanned->err);
    memory_free(exact);
}

static void scan(struct scanned *scanned, const char *body)
{
    scan_text(scanned, text_of(body), 0);
    if (!scanned->good)
        fail_msg("%s: %s", body, scanned->err.message);
}

static void finish(struct scanned *scanned)
{
    label_table_free(scanned->table);
    arena_finish(&scanned->arena);
}

static void refuses(const char *body, enum err_kind kind, const char *part)
{
    struct scanned scanned;
    scan_text(&scanned, text_of(body), 3);
    if (scanned.good)
        fail_msg("was taken: %s", body);
    if (scanned.err.kind != kind || !strstr(scanned.err.message, part))
        fail_msg("%s\ngot %s: '%s', expected '%s'", body, err_kind_name(scanned.err.kind),
                 scanned.err.message, part);
    assert_null(strchr(scanned.err.message, '\n'));
    finish(&scanned);
}

#define ANSWER(type, result)                                                                                 \
    "{\"status\":\"success\",\"data\":{\"resultType\":\"" type "\",\"result\":" result "}}"
#define MATRIX(samples) ANSWER("matrix", "[{\"metric\":{\"a\":\"b\"},\"values\":" samples "}]")

static void a_matrix_is_read(void **state)
{
    (void)state;
    struct scanned s;
    scan(&s,
         ANSWER("matrix", "[{\"metric\":{\"__name__\":\"up\",\"job\":\"a\"},\"values\":"
                          "[[1435781430.781,\"1\"],[1435781445,\"0.5\"],[1435781460.01,\"NaN\"]]},"
                          "{\"metric\":{},\"values\":[[-1.5,\"+Inf\"],[0,\"-Inf\"],[1.6e9,\"1e+21\"]]}]"));
    assert_int_equal(s.answer.type, SAMPLES_MATRIX);
    assert_int_equal(s.answer.series.len, 2);
    assert_int_equal(s.answer.n_samples, 6);
    const struct series *up = &s.answer.series.at[0];
    assert_ptr_equal(up->labels, labels_of(s.table, "__name__", "up", "job", "a", NULL));
    assert_int_equal(up->len, 3);
    assert_true(up->times_ms[0] == 1435781430781 && up->times_ms[1] == 1435781445000 &&
                up->times_ms[2] == 1435781460010);
    assert_true(up->values[0] == 1 && up->values[1] == 0.5 && isnan(up->values[2]) &&
                !value_is_stale(up->values[2]));
    const struct series *bare = &s.answer.series.at[1];
    assert_ptr_equal(bare->labels, labels_empty(s.table));
    assert_true(bare->times_ms[0] == -1500 && bare->times_ms[1] == 0 && bare->times_ms[2] == 1600000000000);
    assert_true(bare->values[0] == INFINITY && bare->values[1] == -INFINITY && bare->values[2] == 1e21);
    assert_false(s.answer.partial);
    finish(&s);
}

static void a_vector_a_scalar_and_a_string_are_read(void **state)
{
    (void)state;
    struct scanned s;
    scan(&s, ANSWER("vector", "[{\"metric\":{\"a\":\"b\"},\"value\":[1.5,\"2\"]}]"));
    assert_int_equal(s.answer.series.len, 1);
    assert_true(s.answer.series.at[0].times_ms[0] == 1500 && s.answer.series.at[0].values[0] == 2);
    finish(&s);
    scan(&s, ANSWER("scalar", "[1,\"3\"]"));
    assert_int_equal(s.answer.series.len, 1);
    assert_true(s.answer.series.at[0].values[0] == 3);
    finish(&s);
    scan(&s, ANSWER("string", "[1,\"x\\ny\"]"));
    assert_true(text_is(s.answer.string, "x\ny"));
    finish(&s);
    scan(&s, ANSWER("vector", "[]"));
    assert_int_equal(s.answer.series.len, 0);
    finish(&s);
}

static void members_may_come_in_any_order(void **state)
{
    (void)state;
    struct scanned s;
    scan(&s, " { \"extra\" : [ 1, {\"x\" : null}, true ] , \"data\" : { \"result\" : [ { \"values\" : "
             "[ [ 1 , \"2\" ] ] , \"metric\" : { \"a\" : \"b\" } } ] , \"stats\" : {} , \"resultType\" : "
             "\"matrix\" } ,"
             " \"status\" : \"success\" } \n");
    assert_int_equal(s.answer.n_samples, 1);
    assert_int_equal(s.answer.series.at[0].times_ms[0], 1000);
    finish(&s);
}

static void escapes_in_labels_are_decoded(void **state)
{
    (void)state;
    struct scanned s;
    scan(&s,
         ANSWER(
             "vector",
             "[{\"metric\":{\"p\":\"a\\\"\\\\\\/\\u00e9\\ud83d\\ude00\\ud83d!\\n\"},\"value\":[1,\"2\"]}]"));
    assert_true(text_is(labels_value(s.answer.series.at[0].labels, TEXT("p")), "a\"\\/é😀\xef\xbf\xbd!\n"));
    finish(&s);
}

static void warnings_make_an_answer_partial(void **state)
{
    (void)state;
    struct scanned s;
    scan(&s, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]},\"warnings\":["
             "\"store a is down\",\"b\"]}");
    assert_true(s.answer.partial);
    assert_true(text_is(s.answer.warning, "store a is down"));
    finish(&s);
    scan(&s,
         "{\"status\":\"success\",\"isPartial\":true,\"data\":{\"resultType\":\"vector\",\"result\":[]}}");
    assert_true(s.answer.partial);
    finish(&s);
    scan(&s, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]},\"warnings\":[],"
             "\"infos\":[\"x\"]}");
    assert_false(s.answer.partial);
    finish(&s);
}

static void histograms_are_skipped_and_counted(void **state)
{
    (void)state;
    struct scanned s;
    scan(&s,
         ANSWER(
             "matrix",
             "[{\"metric\":{},\"values\":[[1,\"2\"]],\"histograms\":[[2,{\"count\":\"1\",\"sum\":\"2\","
             "\"buckets\":[[0,\"1\",\"2\",\"1\"]]}]]},{\"metric\":{\"a\":\"b\"},\"histograms\":[[2,{}]]}]"));
    assert_int_equal(s.answer.n_histograms, 2);
    assert_int_equal(s.answer.series.len, 1);
    finish(&s);
}

static void null_is_a_stale_marker(void **state)
{
    (void)state;
    struct scanned s;
    scan(&s, MATRIX("[[1,\"2\"],[2,null]]"));
    assert_int_equal(s.answer.n_stale, 1);
    assert_true(value_is_stale(s.answer.series.at[0].values[1]));
    finish(&s);
}

static void of_two_samples_at_one_time_the_later_wins(void **state)
{
    (void)state;
    struct scanned s;
    scan(&s, MATRIX("[[1,\"2\"],[1,\"3\"],[2,\"4\"]]"));
    assert_int_equal(s.answer.series.at[0].len, 2);
    assert_true(s.answer.series.at[0].values[0] == 3);
    finish(&s);
}

static void what_is_not_json_is_refused(void **state)
{
    (void)state;
    refuses("", ERR_INPUT, "the answer is empty");
    refuses(" \n ", ERR_INPUT, "the answer is empty");
    refuses("<!DOCTYPE html>\n<html><head><title>Login</title></head></html>", ERR_INPUT,
            "is not JSON: it begins with <!DOCTYPE html> <html><head><title>Login…");
    refuses("Prometheus is starting", ERR_INPUT, "is not JSON: it begins with Prometheus is starting");
    refuses("\x1f\x8b\x08", ERR_INPUT, "is not JSON");
    refuses("[]", ERR_INPUT, "is not JSON: it begins with []");
    refuses("{\"status\":\"success\"} x", ERR_INPUT, "something follows");
    refuses("{\"status\":\"success\",}", ERR_INPUT, "a comma too many");
    refuses("{\"status\" \"success\"}", ERR_INPUT, "unexpected character");
    refuses("{'status':'success'}", ERR_INPUT, "unexpected character");
    refuses("{\"a\":tru}", ERR_INPUT, "is wrong at byte");
    refuses("{\"a\":+1}", ERR_INPUT, "is wrong at byte");
    refuses("{\"a\":\"\\x\"}", ERR_INPUT, "an unknown escape");
    refuses("{\"a\":\"\\u12g4\"}", ERR_INPUT, "a bad \\u escape");
    refuses("{\"a\":\"x\ny\"}", ERR_INPUT, "a control character in a string");
}

static void what_is_not_the_api_is_refused(void **state)
{
    (void)state;
    refuses("{}", ERR_INPUT, "not of Prometheus' API");
    refuses("{\"hits\":{\"total\":3}}", ERR_INPUT, "not of Prometheus' API");
    refuses("{\"status\":\"ok\"}", ERR_INPUT, "an unknown \"status\"");
    refuses("{\"status\":\"success\"}", ERR_INPUT, "no \"data\" of a query");
    refuses("{\"status\":\"success\",\"data\":null}", ERR_INPUT, "no \"data\" of a query");
    refuses("{\"status\":\"success\",\"data\":[]}", ERR_INPUT, "no \"data\" of a query");
    refuses("{\"status\":\"success\",\"data\":{\"result\":[]}}", ERR_INPUT,
            "\"result\" without \"resultType\"");
    refuses("{\"status\":\"success\",\"data\":{\"result\":[],\"result\":[]}}", ERR_INPUT, "twice");
    refuses(ANSWER("table", "[]"), ERR_INPUT, "an unknown \"resultType\"");
    refuses(ANSWER("vector", "{}"), ERR_INPUT, "unexpected character");
    refuses(ANSWER("vector", "[{\"value\":[1,\"2\"]}]"), ERR_INPUT, "a series without \"metric\"");
    refuses(ANSWER("vector", "[{\"metric\":{\"a\":1},\"value\":[1,\"2\"]}]"), ERR_INPUT,
            "unexpected character");
    refuses(ANSWER("vector", "[{\"metric\":{\"a\":\"\xff\"},\"value\":[1,\"2\"]}]"), ERR_INPUT, "not UTF-8");
    refuses(MATRIX("[[1,\"2\"],]"), ERR_INPUT, "a comma too many");
    refuses(MATRIX("[[1,\"2\"][2,\"2\"]]"), ERR_INPUT, "unexpected character");
    refuses(MATRIX("[,[1,\"2\"]]"), ERR_INPUT, "unexpected character");
    refuses(MATRIX("[[1,2]]"), ERR_INPUT, "unexpected character");
    refuses(MATRIX("[[1,\"\"]]"), ERR_INPUT, "a sample's value that is no number");
    refuses(MATRIX("[[1,\"2x\"]]"), ERR_INPUT, "a sample's value that is no number");
    refuses(MATRIX("[[\"1\",\"2\"]]"), ERR_INPUT, "a sample's time that is no number");
    refuses(MATRIX("[[1e300,\"2\"]]"), ERR_INPUT, "a sample's time that is no number");
    refuses(MATRIX("[[99999999999999999999,\"2\"]]"), ERR_INPUT, "a sample's time that is no number");
    refuses(MATRIX("[[2,\"1\"],[1,\"1\"]]"), ERR_INPUT, "not in the order of time");
}

static void errors_of_the_server_are_told_in_its_words(void **state)
{
    (void)state;
    refuses(
        "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"1:3: parse error:\\nunexpected end\"}",
        ERR_INPUT, "bad_data: 1:3: parse error: unexpected end");
    refuses("{\"status\":\"error\",\"data\":null,\"errorType\":\"timeout\",\"error\":\"query timed out\"}",
            ERR_UNREACHABLE, "timeout: query timed out");
    refuses("{\"error\":\"storage\",\"errorType\":\"internal\",\"status\":\"error\"}", ERR_UNREACHABLE,
            "internal");
    refuses("{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"query processing would load too "
            "many samples "
            "into memory in query execution\"}",
            ERR_LIMIT, "too many samples");
}

static void limits_hold(void **state)
{
    (void)state;
    refuses(MATRIX("[[1,\"1\"],[2,\"1\"],[3,\"1\"],[4,\"1\"]]"), ERR_LIMIT, "more than 3 samples");
    struct buf deep;
    buf_init(&deep, 1 << 20);
    buf_puts(&deep, "{\"x\":");
    for (int i = 0; i < 100000; i++)
        buf_putc(&deep, '[');
    refuses(buf_cstring(&deep), ERR_INPUT, "nested too deep");
    buf_clear(&deep);
    buf_puts(&deep, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{");
    for (int i = 0; i < 2000; i++)
        buf_printf(&deep, "%s\"l%d\":\"v\"", i > 0 ? "," : "", i);
    refuses(buf_cstring(&deep), ERR_INPUT, "too many labels");
    buf_finish(&deep);
}

static void every_beginning_of_an_answer_breaks_off(void **state)
{
    (void)state;
    static const char whole[] = "{\"status\":\"success\",\"isPartial\":false,\"data\":{\"resultType\":"
                                "\"matrix\",\"result\":[{\"metric\":"
                                "{\"a\":\"\\u00e9\\n\"},\"values\":[[1.5,\"1e3\"],[2,null]],\"histograms\":[["
                                "1,{\"count\":\"1\"}]]}]},"
                                "\"warnings\":[\"w\"]}";
    for (size_t len = 1; len < sizeof whole - 1; len++) {
        struct scanned s;
        scan_text(&s, (struct text){whole, len}, 0);
        if (s.good || s.err.kind != ERR_INPUT)
            fail_msg("%.*s was taken", (int)len, whole);
        finish(&s);
    }
    struct scanned s;
    scan(&s, whole);
    finish(&s);
    refuses("{\"status\":\"success\",\"data\":{\"resultType\":\"mat", ERR_INPUT, "breaks off after 45 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_matrix_is_read),
        cmocka_unit_test(a_vector_a_scalar_and_a_string_are_read),
        cmocka_unit_test(members_may_come_in_any_order),
        cmocka_unit_test(escapes_in_labels_are_decoded),
        cmocka_unit_test(warnings_make_an_answer_partial),
        cmocka_unit_test(histograms_are_skipped_and_counted),
        cmocka_unit_test(null_is_a_stale_marker),
        cmocka_unit_test(of_two_samples_at_one_time_the_later_wins),
        cmocka_unit_test(what_is_not_json_is_refused),
        cmocka_unit_test(what_is_not_the_api_is_refused),
        cmocka_unit_test(errors_of_the_server_are_told_in_its_words),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(every_beginning_of_an_answer_breaks_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
