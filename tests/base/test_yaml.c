/* Reading YAML: the tree and its places, the traps, the limits. */
#include "base/yaml.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct reading {
    struct arena arena;
    struct findings findings;
    struct buf out;
    struct yaml_node **docs;
    size_t n;
    bool ok;
};

static struct reading *read_text(struct text content)
{
    struct reading *r = memory_alloc_zero(1, sizeof *r);
    arena_init(&r->arena, 0);
    findings_init(&r->findings);
    buf_init(&r->out, 1 << 20);
    r->ok = yaml_parse(content, "f.yml", &r->arena, &r->docs, &r->n, &r->findings);
    findings_print(&r->findings, false, &r->out);
    assert_true(r->ok || r->findings.errors > 0);
    return r;
}

static void release(struct reading *r)
{
    arena_finish(&r->arena);
    findings_finish(&r->findings);
    buf_finish(&r->out);
    memory_free(r);
}

static void says(const char *content, const char *expected)
{
    struct reading *r = read_text(text_of(content));
    if (strcmp(buf_cstring(&r->out), expected) != 0)
        fail_msg("%s\ngot:      %s\nexpected: %s", content, buf_cstring(&r->out), expected);
    release(r);
}

/* A mistake, and a part of the hint it gets. */
static void hints(const char *content, const char *place, const char *hint)
{
    struct reading *r = read_text(text_of(content));
    const char *said = buf_cstring(&r->out);
    if (!strstr(said, place) || !strstr(said, hint))
        fail_msg("%s\ngot: %s", content, said);
    release(r);
}

static void a_tree_knows_its_places(void **state)
{
    (void)state;
    struct reading *r = read_text(TEXT("a: 1\nb:\n  - x\n  - \"1\"\n  - {k: v}\n"));
    assert_true(r->ok);
    assert_int_equal(r->n, 1);
    struct yaml_node *root = r->docs[0], *b = yaml_get(root, "b");
    assert_int_equal(root->kind, YAML_MAP);
    assert_int_equal(root->len, 2);
    assert_true(text_is(yaml_get(root, "a")->text, "1"));
    assert_false(yaml_get(root, "a")->quoted);
    assert_int_equal(b->kind, YAML_LIST);
    assert_int_equal(b->len, 3);
    assert_true(b->items[1]->quoted);
    assert_int_equal(b->items[1]->pos.line, 4);
    assert_int_equal(b->items[1]->pos.column, 5);
    assert_int_equal(b->items[2]->pairs[0].key_pos.column, 6);
    assert_true(text_is(yaml_get(b->items[2], "k")->text, "v"));
    assert_null(yaml_get(root, "absent"));
    assert_null(yaml_get(b, "a"));
    release(r);
}

static void columns_count_bytes_behind_other_letters(void **state)
{
    (void)state;
    struct reading *r = read_text(TEXT("{\"₩é\": x}\r\n"));
    assert_int_equal(r->docs[0]->pairs[0].value->pos.column, 11);
    release(r);
    r = read_text(TEXT("\xef\xbb\xbf"
                       "a: b\n"));
    assert_true(r->ok);
    assert_true(text_is(yaml_get(r->docs[0], "a")->text, "b"));
    release(r);
}

static void several_documents_are_read_and_empty_ones_are_null(void **state)
{
    (void)state;
    struct reading *r = read_text(TEXT("a: 1\n---\n---\n# only a comment\n---\n- x\n...\n"));
    assert_true(r->ok);
    assert_int_equal(r->n, 4);
    assert_non_null(r->docs[0]);
    assert_null(r->docs[1]);
    assert_null(r->docs[2]);
    assert_int_equal(r->docs[3]->kind, YAML_LIST);
    release(r);
}

static void an_empty_file_has_no_documents(void **state)
{
    (void)state;
    const char *empty[] = {"", "\n\n", "# nothing\n"};
    for (size_t i = 0; i < 3; i++) {
        struct reading *r = read_text(text_of(empty[i]));
        assert_true(r->ok);
        assert_int_equal(r->n, 0);
        release(r);
    }
}

static void null_is_null_only_without_quotes(void **state)
{
    (void)state;
    struct reading *r = read_text(TEXT("[~, null, , \"\", 'null', no, []]"));
    release(r);
    r = read_text(TEXT("[~, null, \"\", 'null', no, []]"));
    assert_true(r->ok);
    const bool expected[] = {true, true, false, false, false, false};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(yaml_is_null(r->docs[0]->items[i]), expected[i]);
    assert_true(yaml_is_null(NULL));
    release(r);
}

static void doubled_keys_are_all_found(void **state)
{
    (void)state;
    says("x: 1\ny:\n  a: 1\n  a: 2\nx: 2\n",
         "f.yml:4:3: error: doubled key \"a\" (first at 3:3) [yaml/doubled-key]\n"
         "f.yml:5:1: error: doubled key \"x\" (first at 1:1) [yaml/doubled-key]\n");
    says("- m: {\"x\": 1, 'x': 2}\n",
         "f.yml:1:15: error: doubled key \"x\" (first at 1:7) [yaml/doubled-key]\n");
    says("a: {x: 1}\nb: {x: 1}\n", "");
}

static void the_first_of_doubled_keys_stands_and_the_rest_can_be_read(void **state)
{
    (void)state;
    struct reading *r = read_text(TEXT("a: 1\na: 2\nb: 3\n"));
    assert_true(r->ok);
    assert_int_equal(r->findings.errors, 1);
    assert_int_equal(r->docs[0]->len, 2);
    assert_true(text_is(yaml_get(r->docs[0], "a")->text, "1"));
    assert_true(text_is(yaml_get(r->docs[0], "b")->text, "3"));
    release(r);
}

static void tags_are_refused(void **state)
{
    (void)state;
    hints("a: !!binary aGk=\nb: !x {}\n",
          "f.yml:1:4: error: tag tag:yaml.org,2002:binary: tags are not supported",
          "f.yml:2:4: error: tag !x: tags are not supported (leave the tag out;");
}

static void aliases_share_and_merge_keys_fill_in(void **state)
{
    (void)state;
    struct reading *r = read_text(TEXT("base: &b {x: 1, y: 2}\nuse: *b\nmore: {<<: *b, y: 3}\n"
                                       "list: {<<: [*b, {z: 4, x: 9}]}\n"));
    assert_true(r->ok);
    struct yaml_node *root = r->docs[0];
    assert_ptr_equal(yaml_get(root, "use"), yaml_get(root, "base"));
    assert_true(text_is(yaml_get(yaml_get(root, "more"), "x")->text, "1"));
    assert_true(text_is(yaml_get(yaml_get(root, "more"), "y")->text, "3"));
    assert_int_equal(yaml_get(root, "more")->len, 2);
    assert_true(text_is(yaml_get(yaml_get(root, "list"), "x")->text, "1"));
    assert_true(text_is(yaml_get(yaml_get(root, "list"), "z")->text, "4"));
    release(r);
    says("a: {<<: 1}\n", "f.yml:1:5: error: << needs a map or a list of maps [yaml/merge]\n");
}

static void an_alias_must_name_an_anchor_before_it(void **state)
{
    (void)state;
    hints("match: *foo\n", "f.yml:1:8: error: alias *foo names no anchor before it", "must be in quotes");
    hints("a: &a [*a]\n", "alias *a names no anchor", "quotes");
    hints("a: &a 1\n---\nb: *a\n", "f.yml:3:4: error: alias *a names no anchor", "quotes");
}

static void an_alias_bomb_is_stopped(void **state)
{
    (void)state;
    struct buf bomb;
    buf_init(&bomb, 1 << 20);
    buf_puts(&bomb, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 9; i++) {
        buf_printf(&bomb, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++)
            buf_printf(&bomb, "%s*a%d", j ? ", " : "", i - 1);
        buf_puts(&bomb, "]\n");
    }
    struct reading *r = read_text(buf_text(&bomb));
    assert_false(r->ok);
    assert_non_null(
        strstr(buf_cstring(&r->out), "more than 100000 values in one file, counting what aliases repeat"));
    release(r);
    buf_clear(&bomb);
    buf_puts(&bomb, "a: &a x\nb:\n");
    for (int i = 0; i < 101; i++)
        buf_puts(&bomb, "  - *a\n");
    r = read_text(buf_text(&bomb));
    assert_string_equal(buf_cstring(&r->out), "f.yml:103:5: error: more than 100 aliases [yaml/limit]\n");
    release(r);
    buf_finish(&bomb);
}

static void depth_is_limited_also_through_aliases(void **state)
{
    (void)state;
    static char deep[100000];
    memset(deep, '[', sizeof deep - 1);
    says(deep, "f.yml:1:33: error: more than 32 levels [yaml/limit]\n");
    struct buf chain;
    buf_init(&chain, 1 << 20);
    buf_puts(&chain, "a0: &a0 [[[[[[x]]]]]]\n");
    for (int i = 1; i < 9; i++)
        buf_printf(&chain, "a%d: &a%d [[[[*a%d]]]]\n", i, i, i - 1);
    struct reading *r = read_text(buf_text(&chain));
    assert_non_null(strstr(buf_cstring(&r->out), "error: more than 32 levels"));
    release(r);
    buf_finish(&chain);
}

static void size_and_number_of_values_are_limited(void **state)
{
    (void)state;
    size_t n = (size_t)5 << 20;
    char *big = memory_alloc(n);
    memset(big, 'x', n);
    struct reading *r = read_text((struct text){big, n});
    assert_string_equal(buf_cstring(&r->out),
                        "f.yml: error: larger than 4 MiB (5242880 bytes) [yaml/limit]\n");
    release(r);
    for (size_t i = 0; i < n; i++)
        big[i] = "- x\n"[i % 4];
    r = read_text((struct text){big, 3 << 20});
    assert_non_null(strstr(buf_cstring(&r->out), "more than 100000 values"));
    release(r);
    memory_free(big);
}

/* Ends at once only if positions are not counted from the line's start each time. */
static void one_very_long_line_is_read_as_fast_as_many_short_ones(void **state)
{
    (void)state;
    struct buf line;
    buf_init(&line, 4 << 20);
    buf_putc(&line, '[');
    for (int i = 0; i < 90000; i++)
        buf_puts(&line, "\u00e9abcdefghijklmnopqrstuvwxyz, ");
    buf_puts(&line, "end]");
    struct reading *r = read_text(buf_text(&line));
    assert_true(r->ok);
    assert_int_equal(r->docs[0]->len, 90001);
    assert_int_equal(r->docs[0]->items[90000]->pos.column, 90000 * 30 + 2);
    release(r);
    buf_finish(&line);
}

static void what_is_not_utf8_is_refused(void **state)
{
    (void)state;
    says("a: 1\nb: \xff\xfe\n",
         "f.yml:2:4: error: not UTF-8 (is this a text file? save it as UTF-8) [yaml/syntax]\n");
    struct reading *r = read_text(TEXT("\xff\xfe"
                                       "a\0:\0"));
    assert_string_equal(buf_cstring(&r->out),
                        "f.yml: error: not UTF-8 but UTF-16 (save the file as UTF-8) [yaml/syntax]\n");
    release(r);
    r = read_text(TEXT("a: \0b\n"));
    assert_non_null(strstr(buf_cstring(&r->out), "control characters are not allowed"));
    release(r);
    says("a: \"x\\0y\"\n", "f.yml:1:4: error: a value contains the character NUL [yaml/nul]\n");
}

static void binary_garbage_is_refused_without_harm(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int round = 0; round < 3000; round++) {
        char bytes[64];
        static const char pieces[] = "{}[]:,-?&*!|>'\"%@`# \n\t  ab<<~0\\\x80\xc3\xa9";
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            bytes[i] = round % 3 ? pieces[(seed >> 33) % (sizeof pieces - 1)] : (char)(seed >> 33);
        }
        release(read_text((struct text){bytes, sizeof bytes}));
    }
}

static void the_known_traps_get_a_hint(void **state)
{
    (void)state;
    hints("summary: {{ $labels.job }} is down\n", "f.yml:1:", "put the whole value in single quotes");
    hints("expr: {job=\"a\"} > 0\n", "f.yml:1:", "starts with { is a map");
    hints("a: {{ $value }}\n", "f.yml:1:5: error: a key must be text",
          "put the whole value in single quotes");
    hints("re: [a-z]+\n", "f.yml:", "starts with [ is a list");
    hints("user: @me\n", "f.yml:1:7: error: not YAML", "YAML reserves this character");
    hints("a: `x`\n", "f.yml:1:4", "YAML reserves this character");
    hints("a: %d\n", "f.yml:1:4", "YAML reserves this character");
    hints("a: >= 99%\n", "f.yml:1:5", "starts with > or | is a block of lines");
    hints("a: {b:}\n", "f.yml:1:6", "write a space behind the colon");
    hints("a:\n  b:\n    c: 1\n   d: 2\n", "f.yml:4:4", "indented like those it belongs with");
    hints("text: a: b\n", "f.yml:1:8", "a value with \": \" in it must be in quotes");
    hints("expr: \"a\" > 1\n", "f.yml:1:13", "ends at its closing quote");
    hints("a:\n\tb: 1\n", "f.yml:2:1", "indent with spaces");
    hints("a:\n  - !re x\n", "f.yml:2:5", "starts with ! must be in quotes");
}

static void a_comment_that_cuts_a_value_is_a_warning(void **state)
{
    (void)state;
    says("expr: up{job=\"a #1\"}\n", "f.yml:1:16: warning: \" #\" starts a comment, which cuts this value "
                                     "(put the whole value in single quotes) [yaml/comment]\n");
    says("impact: users see issue #5\n",
         "f.yml:1:24: warning: \" #\" starts a comment, which cuts this value "
         "(put the whole value in single quotes) [yaml/comment]\n");
    says("expr: sum(x) # the sum\n", "");
    says("window: 30d #rolling\n", "");
    says("owner: it's # fine\n", "");
    says("expr: 'up{job=\"a #1\"}'\n", "");
}

static void unknown_keys_get_a_suggestion(void **state)
{
    (void)state;
    const char *const known[] = {"objective", "window", "total"};
    struct reading *r = read_text(TEXT("objectve: 1\nwindow: 2\nzzz: 3\n"));
    yaml_check_keys(r->docs[0], known, 3, "an SLO", "f.yml", &r->findings);
    findings_print(&r->findings, false, &r->out);
    assert_string_equal(buf_cstring(&r->out),
                        "f.yml:1:1: error: unknown key \"objectve\" in an SLO (did you mean \"objective\"?) "
                        "[yaml/unknown-key]\n"
                        "f.yml:3:1: error: unknown key \"zzz\" in an SLO [yaml/unknown-key]\n");
    yaml_check_keys(NULL, known, 3, "an SLO", "f.yml", &r->findings);
    release(r);
}

static void block_text_is_kept_as_written(void **state)
{
    (void)state;
    struct reading *r = read_text(TEXT("expr: |\n  sum(x) # no comment\n  > 1\nfold: >-\n  a\n  b\n"));
    assert_true(text_is(yaml_get(r->docs[0], "expr")->text, "sum(x) # no comment\n> 1\n"));
    assert_true(yaml_get(r->docs[0], "expr")->quoted);
    assert_true(text_is(yaml_get(r->docs[0], "fold")->text, "a b"));
    assert_string_equal(buf_cstring(&r->out), "");
    release(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_knows_its_places),
        cmocka_unit_test(columns_count_bytes_behind_other_letters),
        cmocka_unit_test(several_documents_are_read_and_empty_ones_are_null),
        cmocka_unit_test(an_empty_file_has_no_documents),
        cmocka_unit_test(null_is_null_only_without_quotes),
        cmocka_unit_test(doubled_keys_are_all_found),
        cmocka_unit_test(the_first_of_doubled_keys_stands_and_the_rest_can_be_read),
        cmocka_unit_test(tags_are_refused),
        cmocka_unit_test(aliases_share_and_merge_keys_fill_in),
        cmocka_unit_test(an_alias_must_name_an_anchor_before_it),
        cmocka_unit_test(an_alias_bomb_is_stopped),
        cmocka_unit_test(depth_is_limited_also_through_aliases),
        cmocka_unit_test(size_and_number_of_values_are_limited),
        cmocka_unit_test(one_very_long_line_is_read_as_fast_as_many_short_ones),
        cmocka_unit_test(what_is_not_utf8_is_refused),
        cmocka_unit_test(binary_garbage_is_refused_without_harm),
        cmocka_unit_test(the_known_traps_get_a_hint),
        cmocka_unit_test(a_comment_that_cuts_a_value_is_a_warning),
        cmocka_unit_test(unknown_keys_get_a_suggestion),
        cmocka_unit_test(block_text_is_kept_as_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
