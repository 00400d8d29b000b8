/* The simulated service as a source: what selectors find, when series live, and what is refused. */
#include "support/cmocka_headers.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/regex.h"
#include "source/sim_source.h"

#define ORIGIN_MS 1763683212345LL

struct fixture {
    struct source *source;
    struct label_table *table;
    struct regex_set *regexes;
    struct arena arena;
};

static void fixture_open(struct fixture *fixture, const struct sim_condition *conditions, size_t n)
{
    struct err err;
    struct sim *sim =
        sim_new(&(struct sim_options){.seed = 5,
                                      .origin_ms = ORIGIN_MS,
                                      .history_ms = 48LL * HOUR_MS, /* long enough for every code */
                                      .plain_history = true,
                                      .conditions = conditions,
                                      .n_conditions = n},
                &err);
    assert_non_null(sim);
    fixture->source = sim_source_new(sim, TEXT("demo"));
    fixture->table = label_table_new(NULL);
    fixture->regexes = regex_set_new();
    arena_init(&fixture->arena, 0);
}

static void fixture_close(struct fixture *fixture)
{
    source_free(fixture->source);
    label_table_free(fixture->table);
    regex_set_free(fixture->regexes);
    arena_finish(&fixture->arena);
}

static struct matcher matcher_of(struct fixture *fixture, const char *name, enum match_op op,
                                 const char *value)
{
    struct err err;
    struct matcher matcher = {.op = op, .name = text_of(name), .value = text_of(value)};
    if (op == MATCH_RE || op == MATCH_NRE) {
        matcher.regex = regex_compile(fixture->regexes, matcher.value, &err);
        assert_non_null(matcher.regex);
    }
    return matcher;
}

/* metric{label op value}; without a label where it is NULL */
static struct expr *selector_of(struct fixture *fixture, const char *metric, const char *label,
                                enum match_op op, const char *value)
{
    struct expr *expr = ARENA_NEW(&fixture->arena, struct expr);
    struct matcher *matchers = ARENA_ARRAY_ZERO(&fixture->arena, struct matcher, 2);
    matchers[0] = matcher_of(fixture, "__name__", MATCH_EQ, metric);
    if (label)
        matchers[1] = matcher_of(fixture, label, op, value);
    expr->kind = EXPR_SELECTOR;
    expr->type = VALUE_VECTOR;
    expr->u.selector.name = text_of(metric);
    expr->u.selector.matchers = matchers;
    expr->u.selector.n_matchers = label ? 2 : 1;
    return expr;
}

static struct series_set raw_of(struct fixture *fixture, const struct expr *selector, int64_t from_ms,
                                int64_t to_ms)
{
    struct err err;
    struct raw_result result;
    struct raw_request request = {&selector, 1, from_ms, to_ms, 0};
    assert_true(source_raw(fixture->source, &request, fixture->table, &fixture->arena, &result, &err));
    assert_int_equal(result.n_sets, 1);
    return result.sets[0];
}

static struct series_set live_of(struct fixture *fixture, const struct expr *selector, int64_t at_ms)
{
    struct err err;
    struct raw_result result;
    assert_true(
        source_live(fixture->source, &selector, 1, at_ms, fixture->table, &fixture->arena, &result, &err));
    return result.sets[0];
}

static void matchers_choose_the_series(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, NULL, 0);
    const struct {
        const char *metric, *label;
        enum match_op op;
        const char *value;
        size_t series;
    } cases[] = {
        {"rag_queries_total", NULL, MATCH_EQ, NULL, 18},
        {"rag_queries_total", "code", MATCH_RE, "5..", 12},
        {"rag_queries_total", "code", MATCH_NRE, "5..", 6},
        {"rag_queries_total", "tenant", MATCH_NE, "acme", 12},
        {"rag_queries_total", "tenant", MATCH_EQ, "nobody", 0},
        {"rag_queries_total", "absent", MATCH_EQ, "", 18},
        {"rag_query_duration_seconds_bucket", "le", MATCH_EQ, "4", 18},
        {"rag_query_duration_seconds_bucket", "le", MATCH_EQ, "+Inf", 18},
        {"rag_faithfulness_score_sum", "instance", MATCH_EQ, "rag-2:8080", 3},
        {"rag_cost_krw_total", "job", MATCH_EQ, "rag-api", 6},
        {"up", NULL, MATCH_EQ, NULL, 2},
        {"rag", NULL, MATCH_EQ, NULL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct expr *selector =
            selector_of(&fixture, cases[i].metric, cases[i].label, cases[i].op, cases[i].value);
        assert_int_equal(raw_of(&fixture, selector, 0, ORIGIN_MS).len, cases[i].series);
    }
    fixture_close(&fixture);
}

static void a_label_set_is_the_callers(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, NULL, 0);
    struct series_set set = raw_of(
        &fixture, selector_of(&fixture, "rag_cost_krw_total", "tenant", MATCH_EQ, "acme"), 0, ORIGIN_MS);
    const struct labels *wanted = labels_of(fixture.table, "__name__", "rag_cost_krw_total", "job", "rag-api",
                                            "instance", "rag-1:8080", "tenant", "acme", NULL);
    assert_int_equal(set.len, 2);
    assert_true(set.at[0].labels == wanted || set.at[1].labels == wanted);
    fixture_close(&fixture);
}

static void several_selectors_are_answered_in_order(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, NULL, 0);
    const struct expr *selectors[] = {selector_of(&fixture, "rag_queries_total", "code", MATCH_RE, "5.."),
                                      selector_of(&fixture, "nothing", NULL, MATCH_EQ, NULL),
                                      selector_of(&fixture, "rag_queries_total", NULL, MATCH_EQ, NULL)};
    struct raw_request request = {selectors, 3, ORIGIN_MS - MINUTE_MS, ORIGIN_MS, 0};
    struct raw_result result;
    struct err err;
    assert_true(source_raw(fixture.source, &request, fixture.table, &fixture.arena, &result, &err));
    assert_int_equal(result.n_sets, 3);
    assert_int_equal(result.sets[0].len, 12);
    assert_int_equal(result.sets[1].len, 0);
    assert_int_equal(result.sets[2].len, 18);
    assert_int_equal(result.n_samples, 18 * 4);
    fixture_close(&fixture);
}

static void the_window_is_open_on_the_left(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, NULL, 0);
    struct expr *up = selector_of(&fixture, "up", "instance", MATCH_EQ, "rag-1:8080");
    struct series_set all = raw_of(&fixture, up, 0, ORIGIN_MS);
    assert_int_equal(all.at[0].len, 11520);
    int64_t a = all.at[0].times_ms[100], b = all.at[0].times_ms[110];
    struct series_set part = raw_of(&fixture, up, a, b);
    assert_int_equal(part.at[0].len, 10);
    assert_true(part.at[0].times_ms[9] == b);
    fixture_close(&fixture);
}

static void a_down_instance_is_not_live_but_its_up_is(void **state)
{
    (void)state;
    const struct sim_condition down = {
        SIM_DOWN, ORIGIN_MS - 10 * MINUTE_MS, ORIGIN_MS - 5 * MINUTE_MS, SIM_ALL, 0, 0};
    struct fixture fixture;
    fixture_open(&fixture, &down, 1);
    struct expr *cost = selector_of(&fixture, "rag_cost_krw_total", NULL, MATCH_EQ, NULL);
    struct expr *up = selector_of(&fixture, "up", "instance", MATCH_EQ, "rag-1:8080");
    assert_int_equal(live_of(&fixture, cost, down.from_ms - MINUTE_MS).len, 6);
    assert_int_equal(live_of(&fixture, cost, down.from_ms + MINUTE_MS).len, 3);
    assert_int_equal(live_of(&fixture, cost, down.to_ms + MINUTE_MS).len, 6);
    struct series_set is_up = live_of(&fixture, up, down.from_ms + MINUTE_MS);
    assert_int_equal(is_up.len, 1);
    assert_true(is_up.at[0].len == 1 && is_up.at[0].values[0] == 0);
    assert_true(is_up.at[0].times_ms[0] == down.from_ms + MINUTE_MS);
    fixture_close(&fixture);
}

static void without_scrapes_series_live_for_five_minutes(void **state)
{
    (void)state;
    const struct sim_condition gap = {SIM_GAP, ORIGIN_MS - 10 * MINUTE_MS, ORIGIN_MS, SIM_ALL, SIM_ALL, 0};
    struct fixture fixture;
    fixture_open(&fixture, &gap, 1);
    struct expr *cost = selector_of(&fixture, "rag_cost_krw_total", NULL, MATCH_EQ, NULL);
    assert_int_equal(live_of(&fixture, cost, gap.from_ms + 4 * MINUTE_MS).len, 6);
    assert_int_equal(live_of(&fixture, cost, gap.from_ms + 5 * MINUTE_MS).len, 0);
    fixture_close(&fixture);
}

static size_t stale_markers(const struct series_set *set)
{
    size_t n = 0;
    for (size_t i = 0; i < set->len; i++)
        for (size_t k = 0; k < set->at[i].len; k++)
            n += value_is_stale(set->at[i].values[k]);
    return n;
}

static void select_has_stale_markers_and_raw_has_none(void **state)
{
    (void)state;
    const struct sim_condition down = {
        SIM_DOWN, ORIGIN_MS - 10 * MINUTE_MS, ORIGIN_MS - 5 * MINUTE_MS, SIM_ALL, 0, 0};
    struct fixture fixture;
    fixture_open(&fixture, &down, 1);
    struct expr *cost = selector_of(&fixture, "rag_cost_krw_total", NULL, MATCH_EQ, NULL);
    struct promql_source source = source_promql(fixture.source);
    struct select_request request = {
        .selector = cost, .kind = SELECT_RANGE, .from_ms = ORIGIN_MS - HOUR_MS, .to_ms = ORIGIN_MS};
    struct series_set selected, raw = raw_of(&fixture, cost, ORIGIN_MS - HOUR_MS, ORIGIN_MS);
    struct err err;
    assert_true(source.select(source.self, &request, fixture.table, &fixture.arena, &selected, &err));
    assert_int_equal(stale_markers(&selected), 3);
    assert_int_equal(stale_markers(&raw), 0);
    fixture_close(&fixture);
}

static void more_samples_than_allowed_are_refused(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, NULL, 0);
    const struct expr *selector = selector_of(&fixture, "up", NULL, MATCH_EQ, NULL);
    struct raw_request request = {&selector, 1, 0, ORIGIN_MS, 100};
    struct raw_result result;
    struct err err;
    assert_false(source_raw(fixture.source, &request, fixture.table, &fixture.arena, &result, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    fixture_close(&fixture);
}

static void the_future_is_not_answered(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, NULL, 0);
    struct expr *up = selector_of(&fixture, "up", NULL, MATCH_EQ, NULL);
    sim_set_horizon(sim_source_sim(fixture.source), ORIGIN_MS + MINUTE_MS);
    struct series_set set = raw_of(&fixture, up, ORIGIN_MS, INT64_MAX);
    assert_int_equal(set.len, 2);
    assert_int_equal(set.at[0].len, 4);
    assert_int_equal(live_of(&fixture, up, ORIGIN_MS + HOUR_MS).len, 0);
    assert_int_equal(raw_of(&fixture, up, INT64_MIN, 0).len, 0);
    fixture_close(&fixture);
}

static void it_says_what_it_is(void **state)
{
    (void)state;
    struct fixture fixture;
    struct buf line;
    struct err err;
    fixture_open(&fixture, NULL, 0);
    buf_init(&line, 1000);
    assert_true(source_check(fixture.source, &line, &err));
    assert_string_equal(buf_cstring(&line), "simulated service, seed 5, 322 series, a scrape every 15 s");
    buf_finish(&line);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matchers_choose_the_series),
        cmocka_unit_test(a_label_set_is_the_callers),
        cmocka_unit_test(several_selectors_are_answered_in_order),
        cmocka_unit_test(the_window_is_open_on_the_left),
        cmocka_unit_test(a_down_instance_is_not_live_but_its_up_is),
        cmocka_unit_test(without_scrapes_series_live_for_five_minutes),
        cmocka_unit_test(select_has_stale_markers_and_raw_has_none),
        cmocka_unit_test(more_samples_than_allowed_are_refused),
        cmocka_unit_test(the_future_is_not_answered),
        cmocka_unit_test(it_says_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
