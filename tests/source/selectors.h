/* selectors: selectors for tests, made by hand. */
#ifndef SLOBURN_TESTS_SOURCE_SELECTORS_H
#define SLOBURN_TESTS_SOURCE_SELECTORS_H

#include "base/arena.h"
#include "base/memory.h"
#include "base/regex.h"
#include "promql/ast.h"

enum { TEST_MATCHERS_MAX = 8 };

struct test_selectors {
    struct arena arena;
    struct regex_set *regexes;
};

static inline void test_selectors_init(struct test_selectors *own)
{
    arena_init(&own->arena, 0);
    own->regexes = regex_set_new();
}

static inline void test_selectors_finish(struct test_selectors *own)
{
    regex_set_free(own->regexes);
    arena_finish(&own->arena);
}

static inline struct matcher test_matcher(struct test_selectors *own, struct text written)
{
    static const struct text ops[] = {
        [MATCH_EQ] = {"=", 1}, [MATCH_NE] = {"!=", 2}, [MATCH_RE] = {"=~", 2}, [MATCH_NRE] = {"!~", 2}};
    size_t name = 0;
    while (!strchr("=!", written.at[name]))
        name++;
    struct text rest = text_part(written, name, written.len);
    enum match_op op = text_starts(rest, ops[MATCH_RE])    ? MATCH_RE
                       : text_starts(rest, ops[MATCH_NRE]) ? MATCH_NRE
                       : text_starts(rest, ops[MATCH_NE])  ? MATCH_NE
                                                           : MATCH_EQ;
    struct matcher matcher = {
        .op = op, .name = text_part(written, 0, name), .value = text_part(rest, ops[op].len, rest.len)};
    struct err err = {0};
    if (op == MATCH_RE || op == MATCH_NRE)
        matcher.regex = regex_compile(own->regexes, matcher.value, &err);
    return matcher;
}

/* "metric" or "metric,job=api,code=~5..": the metric first, values without quotes and commas. */
static inline const struct expr *test_selector(struct test_selectors *own, const char *written)
{
    struct expr *expr = ARENA_NEW(&own->arena, struct expr);
    struct matcher *matchers = ARENA_ARRAY_ZERO(&own->arena, struct matcher, TEST_MATCHERS_MAX);
    struct text rest = text_of(written);
    struct text metric = text_cut(&rest, ',');
    size_t n = 0;
    if (metric.len > 0)
        matchers[n++] = (struct matcher){.op = MATCH_EQ, .name = TEXT("__name__"), .value = metric};
    while (rest.len > 0 && n < TEST_MATCHERS_MAX)
        matchers[n++] = test_matcher(own, text_cut(&rest, ','));
    expr->kind = EXPR_SELECTOR;
    expr->type = VALUE_VECTOR;
    expr->u.selector = (struct expr_selector){.name = metric, .matchers = matchers, .n_matchers = n};
    return expr;
}

#endif
