/* The parser beyond text cases: positions, bounds, what stands in the tree, selectors alone, round trips. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/regex.h"
#include "promql/function.h"
#include "promql/parse.h"
#include "promql/print.h"
#include "support/cmocka_headers.h"
#include "support/expr_equal.h"

struct fixture {
    struct arena arena;
    struct regex_set *regexes;
    struct err err;
};

static int open_fixture(void **state)
{
    static struct fixture f;
    f = (struct fixture){.regexes = regex_set_new()};
    arena_init(&f.arena, 0);
    *state = &f;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;
    arena_finish(&f->arena);
    regex_set_free(f->regexes);
    return 0;
}

static const struct expr *parse_with(struct fixture *f, struct text t, struct promql_parse_options options)
{
    return promql_parse(t, &options, &f->arena, f->regexes, &f->err);
}

static const struct expr *parse(struct fixture *f, const char *t)
{
    struct promql_parse_options all = {
        .experimental_functions = true, .extended_ranges = true, .fill_modifiers = true};
    return parse_with(f, text_of(t), all);
}

/* `n` times `part`, then `rest`. */
static const struct expr *parse_repeated(struct fixture *f, const char *part, size_t n, const char *rest)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    for (size_t i = 0; i < n; i++)
        buf_puts(&text, part);
    buf_puts(&text, rest);
    const struct expr *e =
        parse_with(f, text_copy(&f->arena, buf_text(&text)), (struct promql_parse_options){0});
    buf_finish(&text);
    return e;
}

static void nesting_is_bounded(void **state)
{
    struct fixture *f = *state;
    assert_non_null(
        parse_repeated(f, "-(", 60, "a))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))"));
    assert_null(parse_repeated(f, "(", 20000, "a"));
    assert_int_equal(f->err.kind, ERR_LIMIT);
    assert_string_equal(f->err.message, "expression is nested deeper than the limit of 250 levels");
    assert_null(parse_repeated(f, "-", 20000, "a"));
    assert_int_equal(f->err.kind, ERR_LIMIT);
    assert_null(parse_repeated(f, "abs(", 10000, "a"));
    assert_int_equal(f->err.kind, ERR_LIMIT);
    assert_null(parse_repeated(f, "2 ^ ", 10000, "2"));
    assert_int_equal(f->err.kind, ERR_LIMIT);
    assert_null(parse_repeated(f, "sum by (a) (", 5000, "a"));
    assert_int_equal(f->err.kind, ERR_LIMIT);
}

static void a_long_chain_parses_or_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_non_null(parse_repeated(f, "metric_with_a_name_of_fifty_five_characters_in_all_1 + ", 990, "a"));
    assert_null(parse_repeated(f, "a+", 27500, "a"));
    assert_int_equal(f->err.kind, ERR_LIMIT);
    assert_string_equal(f->err.message, "expression chains more than 1000 operations");
    assert_null(parse_repeated(f, "a[1s:][1s:]", 5000, ""));
    assert_null(parse_repeated(f, "a offset (", 1, "1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1"));
}

static void a_duration_chain_is_bounded(void **state)
{
    struct fixture *f = *state;
    assert_null(parse_repeated(f, "a[1m", 1, ""));
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_puts(&text, "a[1m");
    for (int i = 0; i < 10000; i++)
        buf_puts(&text, "+1m");
    buf_puts(&text, "]");
    assert_null(parse(f, buf_cstring(&text)));
    assert_int_equal(f->err.kind, ERR_LIMIT);
    buf_finish(&text);
}

static void length_is_bounded(void **state)
{
    struct fixture *f = *state;
    assert_non_null(parse_repeated(f, " ", 65535, "a"));
    assert_null(parse_repeated(f, " ", 65536, "a"));
    assert_int_equal(f->err.kind, ERR_LIMIT);
    assert_string_equal(f->err.message, "expression of 65537 bytes is longer than the limit of 65536");
    assert_null(parse_with(f, TEXT("a + b"), (struct promql_parse_options){.max_length = 4}));
    assert_null(parse_with(f, TEXT("((a))"), (struct promql_parse_options){.max_depth = 2}));
}

static void a_wide_expression_is_no_deep_one(void **state)
{
    struct fixture *f = *state;
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_puts(&text, "sort_by_label(a");
    for (int i = 0; i < 4000; i++)
        buf_puts(&text, ", \"b\"");
    buf_puts(&text, ")");
    struct promql_parse_options options = {.experimental_functions = true};
    const struct expr *e = parse_with(f, buf_text(&text), options);
    assert_non_null(e);
    assert_int_equal(e->u.call.n_args, 4001);
    buf_finish(&text);
}

static void spans_cover_what_was_written(void **state)
{
    struct fixture *f = *state;
    const struct expr *e = parse(f, " sum by (a) ( b{c='d'} offset 5m )  +  -rate(e[5m] @ 1) ");
    assert_int_equal(e->span.from, 1);
    assert_int_equal(e->span.to, 55);
    assert_int_equal(e->u.binary.left->span.to, 34);
    const struct expr *selector = e->u.binary.left->u.aggregate.inner;
    assert_int_equal(selector->span.from, 14);
    assert_int_equal(selector->span.to, 32);
    const struct expr *unary = e->u.binary.right;
    assert_int_equal(unary->span.from, 39);
    assert_int_equal(unary->u.unary.inner->span.from, 40);
    assert_int_equal(unary->u.unary.inner->u.call.args[0]->span.to, 54);
}

static void precedence_is_prometheus(void **state)
{
    struct fixture *f = *state;
    const struct expr *e = parse(f, "a or b and c == d + e * f ^ g ^ h");
    assert_int_equal(e->u.binary.op, BINARY_OR);
    assert_int_equal(e->u.binary.right->u.binary.op, BINARY_AND);
    e = e->u.binary.right->u.binary.right;
    assert_int_equal(e->u.binary.op, BINARY_EQ);
    e = e->u.binary.right->u.binary.right;
    assert_int_equal(e->u.binary.op, BINARY_MUL);
    assert_int_equal(e->u.binary.right->u.binary.right->u.binary.op, BINARY_POW);
    e = parse(f, "a - b - c");
    assert_int_equal(e->u.binary.left->kind, EXPR_BINARY);
    e = parse(f, "-a ^ b * c");
    assert_int_equal(e->u.binary.op, BINARY_MUL);
    assert_int_equal(e->u.binary.left->kind, EXPR_UNARY);
}

static void durations_are_resolved_where_constant(void **state)
{
    struct fixture *f = *state;
    const struct expr *e = parse(f, "a[1.5:5y3ms] offset -1m30s @ -2.5");
    assert_int_equal(e->u.subquery.range_ms, 1500);
    assert_null(e->u.subquery.range_expr);
    assert_int_equal(e->u.subquery.step_ms, 157680000003LL);
    assert_int_equal(e->u.subquery.shift.offset_ms, -90000);
    assert_int_equal(e->u.subquery.shift.at, AT_TIME);
    assert_int_equal(e->u.subquery.shift.at_ms, -2500);
    e = parse(f, "a[1m + step()]");
    assert_int_equal(e->u.matrix.range_expr->op, DURATION_ADD);
    assert_true(e->u.matrix.range_expr->left->seconds == 60);
    assert_int_equal(e->u.matrix.range_expr->right->op, DURATION_STEP);
}

static void an_offset_ends_with_its_literal(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(parse(f, "a offset 5m + 1m")->kind, EXPR_BINARY);
    assert_int_equal(parse(f, "a offset -2 ^ 2")->kind, EXPR_BINARY);
    assert_int_equal(parse(f, "a offset step() + 1")->kind, EXPR_BINARY);
    assert_int_equal(parse(f, "a offset (5m) + 1m")->kind, EXPR_SELECTOR);
    assert_int_equal(parse(f, "a offset -(5m) + 1m")->kind, EXPR_BINARY);
}

static void matching_is_kept_between_vectors_only(void **state)
{
    struct fixture *f = *state;
    assert_null(parse(f, "a + 1")->u.binary.matching);
    assert_non_null(parse(f, "a + b")->u.binary.matching);
    assert_int_equal(parse(f, "a and b")->u.binary.matching->card, CARD_MANY_TO_MANY);
    const struct vector_matching *m = parse(f, "a * on (x, y) group_right (z) b")->u.binary.matching;
    assert_int_equal(m->card, CARD_ONE_TO_MANY);
    assert_int_equal(m->n_labels, 2);
    assert_true(text_is(m->include[0], "z"));
    assert_true(m->on && m->written);
}

static void matchers_come_with_the_name_first(void **state)
{
    struct fixture *f = *state;
    const struct expr_selector *s = &parse(f, "foo{b=~\"c|d\", a!=\"e\"}")->u.selector;
    assert_int_equal(s->n_matchers, 3);
    assert_true(text_is(s->matchers[0].name, "__name__"));
    assert_true(text_is(s->matchers[0].value, "foo"));
    assert_non_null(s->matchers[1].regex);
    assert_true(regex_matches(s->matchers[1].regex, TEXT("d"), NULL));
    assert_int_equal(s->matchers[2].op, MATCH_NE);
    s = &parse(f, "{\"my.metric\"}")->u.selector;
    assert_int_equal(s->name.len, 0);
    assert_true(text_is(s->matchers[0].value, "my.metric"));
}

static void options_switch_features_on(void **state)
{
    struct fixture *f = *state;
    struct promql_parse_options off = {0};
    assert_null(parse_with(f, TEXT("info(a)"), off));
    assert_string_equal(f->err.message, "function \"info\" is not enabled");
    assert_null(parse_with(f, TEXT("limitk(1, a)"), off));
    assert_string_equal(f->err.message, "limitk() is experimental and must be enabled with "
                                        "--enable-feature=promql-experimental-functions");
    assert_null(parse_with(f, TEXT("a anchored"), off));
    assert_string_equal(f->err.message, "anchored modifier is experimental and not enabled");
    assert_null(parse_with(f, TEXT("a smoothed"), off));
    assert_null(parse_with(f, TEXT("a + fill (0) b"), off));
    assert_non_null(parse(f, "a + fill (0) b"));
    assert_null(parse(f, "a and fill (0) b"));
    assert_string_equal(f->err.message, "filling in missing series not allowed for set operators");
    assert_null(parse(f, "a + fill (0) 1"));
    assert_string_equal(f->err.message, "filling in missing series only allowed between instant vectors");
}

static void a_selector_alone_parses(void **state)
{
    struct fixture *f = *state;
    assert_non_null(promql_parse_selector(TEXT("a{b=\"c\"}"), &f->arena, f->regexes, &f->err));
    assert_non_null(promql_parse_selector(TEXT(" {b=\"c\"} "), &f->arena, f->regexes, &f->err));
    assert_null(promql_parse_selector(TEXT("a[5m]"), &f->arena, f->regexes, &f->err));
    assert_string_equal(f->err.message, "unexpected \"[\"");
    assert_null(promql_parse_selector(TEXT("{}"), &f->arena, f->regexes, &f->err));
    assert_null(promql_parse_selector(TEXT(""), &f->arena, f->regexes, &f->err));
    assert_string_equal(f->err.message, "unexpected end of input");
    assert_null(promql_parse_selector(TEXT("1"), &f->arena, f->regexes, &f->err));
    assert_null(promql_parse_selector(TEXT("sum(a)"), &f->arena, f->regexes, &f->err));
}

static void examples_of_functions_round_trip(void **state)
{
    struct fixture *f = *state;
    size_t n;
    const struct promql_function *rows = promql_functions(&n);
    for (size_t i = 0; i < n; i++) {
        struct buf once, twice;
        buf_init(&once, 1 << 16);
        buf_init(&twice, 1 << 16);
        const struct expr *first = parse(f, rows[i].example);
        assert_non_null(first);
        promql_print(first, &once);
        const struct expr *second = parse(f, buf_cstring(&once));
        assert_non_null(second);
        promql_print(second, &twice);
        assert_string_equal(buf_cstring(&once), buf_cstring(&twice));
        assert_true(expr_equal(first, second));
        buf_finish(&once);
        buf_finish(&twice);
    }
}

static void a_nul_byte_is_a_character(void **state)
{
    struct fixture *f = *state;
    assert_null(parse_with(f, (struct text){"a\0b", 3}, (struct promql_parse_options){0}));
    assert_string_equal(f->err.message, "unexpected character: '\\x00'");
    assert_int_equal(f->err.pos.column, 2);
}

/* An error that quotes more than a message holds is cut, not empty. */
static void a_long_word_is_an_error_with_words(void **state)
{
    struct fixture *f = *state;
    struct buf input;
    buf_init(&input, 20000);
    buf_puts(&input, "sum(1) ");
    for (int i = 0; i < 2 * ERR_MESSAGE_MAX; i++)
        buf_putc(&input, 'x');
    assert_null(parse(f, buf_cstring(&input)));
    assert_true(text_starts(text_of(f->err.message), TEXT("unexpected identifier \"xxx")));
    assert_int_equal(f->err.pos.column, 8);
    buf_finish(&input);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nesting_is_bounded, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_long_chain_parses_or_is_refused, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_duration_chain_is_bounded, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(length_is_bounded, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_wide_expression_is_no_deep_one, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(spans_cover_what_was_written, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(precedence_is_prometheus, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(durations_are_resolved_where_constant, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(an_offset_ends_with_its_literal, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(matching_is_kept_between_vectors_only, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(matchers_come_with_the_name_first, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(options_switch_features_on, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_selector_alone_parses, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(examples_of_functions_round_trip, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_nul_byte_is_a_character, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_long_word_is_an_error_with_words, open_fixture, close_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
