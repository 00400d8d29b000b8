/* Parse errors as people see them. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/regex.h"
#include "promql/caret.h"
#include "promql/parse.h"
#include "support/cmocka_headers.h"

/* What is printed for the error of `expression`, compared with `expected`. */
static void expect(const char *expression, const char *expected)
{
    static const struct promql_parse_options options = {0};
    struct arena arena;
    struct buf out;
    struct err err = {0};
    struct regex_set *regexes = regex_set_new();
    arena_init(&arena, 0);
    buf_init(&out, 1 << 16);
    assert_null(promql_parse(text_of(expression), &options, &arena, regexes, &err));
    promql_error_caret(text_of(expression), &err, &out);
    assert_string_equal(buf_cstring(&out), expected);
    buf_finish(&out);
    arena_finish(&arena);
    regex_set_free(regexes);
}

static void the_caret_stands_below_the_place(void **state)
{
    (void)state;
    expect("rate(foo)", "  rate(foo)\n"
                        "       ^\n"
                        "1:6: expected type range vector in call to function \"rate\", got instant vector\n"
                        "hint: give it a range, as in foo[5m]\n");
}

static void behind_the_end_is_a_place_too(void **state)
{
    (void)state;
    expect("1 +", "  1 +\n"
                  "     ^\n"
                  "1:4: unexpected end of input\n");
}

static void characters_are_counted_not_bytes(void **state)
{
    (void)state;
    expect("{a=\"é☺\"} $", "  {a=\"é☺\"} $\n"
                           "           ^\n"
                           "1:13: unexpected character: '$'\n");
}

static void only_the_line_at_fault_is_shown(void **state)
{
    (void)state;
    expect("a +\n\tb c\n+ d", "  \tb c\n"
                              "  \t  ^\n"
                              "2:4: unexpected identifier \"c\"\n");
}

static void long_lines_are_cut_around_the_place(void **state)
{
    (void)state;
    expect("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b "
           "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
           "  …aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b "
           "cccccccccccccccccccccccccccccccccccccc…\n"
           "                                                               ^\n"
           "1:82: unexpected identifier \"b\"\n");
}

static void without_a_place_there_is_no_caret(void **state)
{
    (void)state;
    expect("", "no expression found in input\n");
}

static void unknown_functions_come_with_the_nearest(void **state)
{
    (void)state;
    expect("rates(foo[5m])", "  rates(foo[5m])\n"
                             "  ^\n"
                             "1:1: unknown function with name \"rates\"\n"
                             "hint: did you mean rate?\n");
    expect("Rate(foo[5m])", "  Rate(foo[5m])\n"
                            "  ^\n"
                            "1:1: unknown function with name \"Rate\"\n"
                            "hint: did you mean rate?\n");
    expect("holt_winters(a)", "  holt_winters(a)\n"
                              "  ^\n"
                              "1:1: unknown function with name \"holt_winters\"\n"
                              "hint: it is called double_exponential_smoothing since 3.0\n");
    expect("nonesuch_at_all(a)", "  nonesuch_at_all(a)\n"
                                 "  ^\n"
                                 "1:1: unknown function with name \"nonesuch_at_all\"\n");
}

static void known_mistakes_come_with_a_hint(void **state)
{
    (void)state;
    expect("a && b", "  a && b\n    ^\n1:3: unexpected character: '&'\nhint: the operator is called and\n");
    expect("sum(foo)[5m]", "  sum(foo)[5m]\n"
                           "          ^\n"
                           "1:9: ranges only allowed for vector selectors\n"
                           "hint: of other expressions take a subquery, as in (…)[5m:]\n");
    expect("1 == 1", "  1 == 1\n"
                     "    ^\n"
                     "1:3: comparisons between scalars must use BOOL modifier\n"
                     "hint: write == bool, > bool and so on\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_caret_stands_below_the_place),
        cmocka_unit_test(behind_the_end_is_a_place_too),
        cmocka_unit_test(characters_are_counted_not_bytes),
        cmocka_unit_test(only_the_line_at_fault_is_shown),
        cmocka_unit_test(long_lines_are_cut_around_the_place),
        cmocka_unit_test(without_a_place_there_is_no_caret),
        cmocka_unit_test(unknown_functions_come_with_the_nearest),
        cmocka_unit_test(known_mistakes_come_with_a_hint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
