/* Regular expressions: RE2's syntax and nothing else, anchored, within limits. */
#include "base/buf.h"
#include "base/regex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct regex_set *set;

static int make_set(void **unused)
{
    (void)unused;
    set = regex_set_new();
    return 0;
}

static int free_set(void **unused)
{
    (void)unused;
    regex_set_free(set);
    return 0;
}

static const struct regex *compiled(const char *pattern)
{
    struct err err;
    const struct regex *regex = regex_compile(set, text_of(pattern), &err);
    if (!regex)
        fail_msg("%s: %s", pattern, err.message);
    return regex;
}

static const struct regex *compiled_search(const char *pattern)
{
    struct err err;
    const struct regex *regex = regex_compile_search(set, text_of(pattern), &err);
    if (!regex)
        fail_msg("%s: %s", pattern, err.message);
    return regex;
}

static bool matches(const char *pattern, const char *subject)
{
    return regex_matches(compiled(pattern), text_of(subject), NULL);
}

static void check_refused(const char *pattern, const char *message)
{
    struct err err;
    if (regex_compile(set, text_of(pattern), &err))
        fail_msg("%s is accepted", pattern);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_string_equal(err.message, message);
}

static void matches_the_whole_subject(void **unused)
{
    (void)unused;
    assert_true(matches("5..", "503"));
    assert_false(matches("5..", "5031"));
    assert_false(matches("5..", "1503"));
    assert_true(matches("a|b", "b"));
    assert_false(matches("a|b", "ab"));
    assert_true(matches("(ab)+c?", "ababc"));
    assert_false(matches("a$", "a\n"));
}

static void a_dot_matches_newlines(void **unused)
{
    (void)unused;
    assert_true(matches("a.b", "a\nb"));
    assert_true(matches("a.*b", "a\n\nb"));
    assert_false(matches("(?-s:a.b)", "a\nb"));
}

static void speaks_the_dialect_of_re2(void **unused)
{
    (void)unused;
    assert_true(matches("(?i)HeLLo", "hEllO"));
    assert_true(matches("\\pL+", "héllo"));
    assert_true(matches("\\p{Greek}", "α"));
    assert_false(matches("\\p{Greek}", "a"));
    assert_true(matches("[[:word:]]+", "a_1"));
    assert_true(matches("[[:^alpha:]]", "1"));
    assert_true(matches("\\Qa.b\\E+", "a.bb"));
    assert_true(matches("\\x{10FFFF}", "\xf4\x8f\xbf\xbf"));
    assert_true(matches("\\x41\\101", "AA"));
    assert_true(matches("(?P<year>\\d{4})-(?<month>\\d\\d)", "2026-11"));
    assert_true(matches("[]a]-[^]a]", "]-b"));
    assert_true(matches("a{,3}", "a{,3}"));
    assert_true(matches("(?U)a+", "aaa"));
    assert_true(matches("\\z", ""));
    assert_true(matches("^*\\b?x", "x"));
    assert_false(matches("\\s", "\v"));
    assert_true(matches("\\S", "\v"));
    assert_true(matches("[\\S]", "\v"));
    assert_false(matches("[\\s]", "\v"));
    assert_true(matches("a||b", ""));
}

static void refuses_in_the_words_of_re2(void **unused)
{
    (void)unused;
    check_refused("a(?=b)", "error parsing regexp: invalid or unsupported Perl syntax: `(?=`");
    check_refused("(?!b)", "error parsing regexp: invalid or unsupported Perl syntax: `(?!`");
    check_refused("(?<=b)", "error parsing regexp: invalid or unsupported Perl syntax: `(?<=`");
    check_refused("(?>a)", "error parsing regexp: invalid or unsupported Perl syntax: `(?>`");
    check_refused("(?R)", "error parsing regexp: invalid or unsupported Perl syntax: `(?R`");
    check_refused("(?x)a", "error parsing regexp: invalid or unsupported Perl syntax: `(?x`");
    check_refused("(?C1)", "error parsing regexp: invalid or unsupported Perl syntax: `(?C`");
    check_refused("(?(1)a)", "error parsing regexp: invalid or unsupported Perl syntax: `(?(`");
    check_refused("(a", "error parsing regexp: missing closing ): `(a`");
    check_refused("a)", "error parsing regexp: unexpected ): `a)`");
    check_refused("x[a", "error parsing regexp: missing closing ]: `[a`");
    check_refused("*", "error parsing regexp: missing argument to repetition operator: `*`");
    check_refused("(*ACCEPT)", "error parsing regexp: missing argument to repetition operator: `*`");
    check_refused("a|+", "error parsing regexp: missing argument to repetition operator: `+`");
    check_refused("a**", "error parsing regexp: invalid nested repetition operator: `**`");
    check_refused("a*+", "error parsing regexp: invalid nested repetition operator: `*+`");
    check_refused("a{2}{3}", "error parsing regexp: invalid nested repetition operator: `{2}{3}`");
    check_refused("a{1001}", "error parsing regexp: invalid repeat count: `{1001}`");
    check_refused("a{3,2}", "error parsing regexp: invalid repeat count: `{3,2}`");
    check_refused("(a{100}){100}", "error parsing regexp: invalid repeat count: `{100}`");
    check_refused("[z-a]", "error parsing regexp: invalid character class range: `z-a`");
    check_refused("[[:foo:]]", "error parsing regexp: invalid character class range: `[:foo:]`");
    check_refused("\\p{^", "error parsing regexp: invalid character class range: `\\p{^`");
    check_refused("a\\", "error parsing regexp: trailing backslash at end of expression: ``");
    check_refused("(?P<n>a)(?P<n>b)", "error parsing regexp: invalid named capture: `n`");
    check_refused("(?P<n", "error parsing regexp: invalid named capture: `(?P<n`");
    check_refused("(?P<a-b>x)", "error parsing regexp: invalid named capture: `(?P<a-b>`");
    check_refused("\xff", "error parsing regexp: invalid UTF-8: `\xff`");
    check_refused("\\p{Foo}", "error parsing regexp: invalid character class range: `\\p{Foo}`");
}

static void refuses_the_escapes_of_perl(void **unused)
{
    (void)unused;
    static const char escapes[] = "1CGKRXhHNEZgkcu";
    for (const char *p = escapes; *p; p++) {
        struct buf pattern, message;
        buf_init(&pattern, 20);
        buf_init(&message, 100);
        buf_printf(&pattern, "(a)\\%c", *p);
        buf_printf(&message, "error parsing regexp: invalid escape sequence: `\\%c`", *p);
        check_refused(pattern.at, message.at);
        buf_finish(&pattern);
        buf_finish(&message);
    }
}

static void tells_the_column(void **unused)
{
    (void)unused;
    struct err err;
    assert_null(regex_compile(set, TEXT("abc\\y"), &err));
    assert_int_equal(err.pos.line, 1);
    assert_int_equal(err.pos.column, 4);
}

static void deep_nesting_is_refused(void **unused)
{
    (void)unused;
    struct buf pattern;
    struct err err;
    buf_init(&pattern, 10000);
    for (int i = 0; i < 150; i++)
        buf_puts(&pattern, "(");
    buf_puts(&pattern, "^a");
    for (int i = 0; i < 150; i++)
        buf_puts(&pattern, ")");
    assert_true(matches(pattern.at, "a"));
    buf_clear(&pattern);
    for (int i = 0; i < 5000; i++)
        buf_puts(&pattern, "(");
    assert_null(regex_compile(set, text_of(pattern.at), &err));
    assert_true(text_starts(text_of(err.message), TEXT("error parsing regexp: expression nests too deeply")));
    buf_finish(&pattern);
}

static void a_long_list_of_literals_is_no_problem(void **unused)
{
    (void)unused;
    struct buf pattern;
    struct err err;
    buf_init(&pattern, 1 << 20);
    for (int i = 0; i < 5000; i++)
        buf_printf(&pattern, "%spod-%d", i ? "|" : "", i);
    assert_true(pattern.len > 10000);
    assert_true(matches(pattern.at, "pod-4321"));
    assert_false(matches(pattern.at, "pod-5000"));
    buf_puts(&pattern, "|x[yz]");
    assert_null(regex_compile(set, text_of(pattern.at), &err));
    assert_true(text_ends(text_of(err.message), TEXT("is longer than 10000")));
    buf_finish(&pattern);
}

static void a_runaway_match_ends_at_the_limit(void **unused)
{
    (void)unused;
    bool over_limit = false;
    const struct regex *regex = compiled("(a+a+)+[cd]");
    struct text subject = TEXT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
    assert_false(regex_matches(regex, subject, &over_limit));
    assert_true(over_limit);
    over_limit = false;
    assert_true(regex_matches(regex, TEXT("aaac"), &over_limit));
    assert_false(over_limit);
}

static void a_long_value_stays_below_the_limits(void **unused)
{
    (void)unused;
    struct buf subject;
    buf_init(&subject, 1 << 20);
    for (int i = 0; i < 10000; i++)
        buf_puts(&subject, "ab");
    bool over_limit = false;
    assert_true(regex_matches(compiled("[a-z]*b.*a.+"), text_of(subject.at), &over_limit));
    assert_false(over_limit);
    buf_finish(&subject);
}

static void finds_equal_patterns_again(void **unused)
{
    (void)unused;
    assert_ptr_equal(compiled("a+"), compiled("a+"));
    assert_ptr_not_equal(compiled("a+"), compiled_search("a+"));
    assert_true(text_is(regex_pattern(compiled("a+")), "a+"));
}

static void knows_whether_the_empty_text_matches(void **unused)
{
    (void)unused;
    assert_true(regex_matches_empty(compiled("")));
    assert_true(regex_matches_empty(compiled("a|")));
    assert_true(regex_matches_empty(compiled(".*")));
    assert_true(regex_matches_empty(compiled("(x)?")));
    assert_false(regex_matches_empty(compiled(".+")));
    assert_false(regex_matches_empty(compiled("a")));
}

static void check_expanded(const char *pattern, const char *subject, const char *replacement,
                           const char *want)
{
    struct buf out;
    buf_init(&out, 1000);
    assert_true(regex_expand(compiled(pattern), text_of(subject), text_of(replacement), &out, NULL));
    assert_string_equal(buf_cstring(&out), want);
    buf_finish(&out);
}

static void expands_by_the_rules_of_go(void **unused)
{
    (void)unused;
    check_expanded("(.*)-(\\d+)", "web-17", "$2/$1", "17/web");
    check_expanded("(.*)-(\\d+)", "web-17", "${1}x$$y$", "webx$y$");
    check_expanded("(.*)-(\\d+)", "web-17", "a$1x.", "a.");
    check_expanded("(?P<host>.*):(?P<port>\\d+)", "a:80", "${port}@$host", "80@a");
    check_expanded("(a)|(b)", "b", "<$1$2$3>", "<b>");
    check_expanded("abc", "abc", "$0!", "abc!");
    check_expanded("a.*", "abc", "$0$1", "abc");
    check_expanded("(a)", "a", "${1", "${1");
    check_expanded("(a)", "a", "$-$ ${}$01", "$-$ ${}");
}

static void no_match_appends_nothing(void **unused)
{
    (void)unused;
    struct buf out;
    buf_init(&out, 100);
    assert_false(regex_expand(compiled("(a)"), TEXT("b"), TEXT("x$1"), &out, NULL));
    assert_int_equal(out.len, 0);
    buf_finish(&out);
}

static void check_replaced(const char *pattern, const char *subject, const char *replacement,
                           const char *want)
{
    struct buf out;
    buf_init(&out, 1000);
    assert_true(regex_replace_all(compiled_search(pattern), text_of(subject), text_of(replacement), &out));
    assert_string_equal(buf_cstring(&out), want);
    buf_finish(&out);
}

static void replaces_all_as_go_does(void **unused)
{
    (void)unused;
    check_replaced("b+", "abbcb", "<$0>", "a<bb>c<b>");
    check_replaced("x*", "abc", "-", "-a-b-c-");
    check_replaced("b*", "abc", "-", "-a-c-");
    check_replaced("", "é!", "|", "|é|!|");
    check_replaced("(.*?):", "a:b:", "$1;", "a;b;");
    check_replaced("a.b", "a\nb", "x", "a\nb");
    check_replaced("z", "", "x", "");
}

static void a_search_looks_anywhere(void **unused)
{
    (void)unused;
    assert_true(regex_matches(compiled_search("b"), TEXT("abc"), NULL));
    assert_false(regex_matches(compiled_search("^b"), TEXT("abc"), NULL));
}

/* Every pattern that has a fast path, beside itself in a form that has none. */
static void fast_paths_agree_with_pcre2(void **unused)
{
    (void)unused;
    static const char *const patterns[] = {
        "",         "a",
        "abc",      "ab|a|b|ba|bb|c",
        "a.*",      ".*a",
        ".*ab.*",   ".+a",
        "a.+",      ".+a.+",
        ".*",       ".+",
        "^a$",      "^.*b$",
        "a\\.b",    "a\\.b.*",
        "a|b.*",    "|a",
        "a|",       "a.*?",
        ".+?b",     "(a|b)",
        "(?:ab|b)", "é.*",
        ".+é",      "a|.+b|.*c.*|ab.+",
        "ab?",      "ab+|c",
        "a{2}",     "(a|b.*)",
        "(a)|(b)",  "^a|b$",
        "$",
    };
    static const char *const letters[] = {"a", "b", "c", ".", "é", "\n"};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        struct buf slow;
        buf_init(&slow, 200);
        buf_printf(&slow, "(?:%s)[z]{0}", patterns[i]);
        const struct regex *fast_one = compiled(patterns[i]);
        const struct regex *slow_one = compiled(slow.at);
        for (int n = 0; n < 6 * 6 * 6 * 6; n++) {
            struct buf subject;
            buf_init(&subject, 100);
            for (int k = n; k; k /= 6)
                buf_puts(&subject, letters[k % 6]);
            struct text t = {subject.at, subject.len};
            if (regex_matches(fast_one, t, NULL) != regex_matches(slow_one, t, NULL))
                fail_msg("%s on \"%s\"", patterns[i], buf_cstring(&subject));
            buf_finish(&subject);
        }
        buf_finish(&slow);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_the_whole_subject),
        cmocka_unit_test(a_dot_matches_newlines),
        cmocka_unit_test(speaks_the_dialect_of_re2),
        cmocka_unit_test(refuses_in_the_words_of_re2),
        cmocka_unit_test(refuses_the_escapes_of_perl),
        cmocka_unit_test(tells_the_column),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(a_long_list_of_literals_is_no_problem),
        cmocka_unit_test(a_runaway_match_ends_at_the_limit),
        cmocka_unit_test(a_long_value_stays_below_the_limits),
        cmocka_unit_test(finds_equal_patterns_again),
        cmocka_unit_test(knows_whether_the_empty_text_matches),
        cmocka_unit_test(expands_by_the_rules_of_go),
        cmocka_unit_test(no_match_appends_nothing),
        cmocka_unit_test(replaces_all_as_go_does),
        cmocka_unit_test(a_search_looks_anywhere),
        cmocka_unit_test(fast_paths_agree_with_pcre2),
    };
    return cmocka_run_group_tests(tests, make_set, free_set);
}
