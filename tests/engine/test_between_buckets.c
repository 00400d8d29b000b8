/* Percentiles whose threshold is no bucket bound, over the simulated service: its histogram has bounds at 3,
 * 3.5, 4 and 6 s, so that what must be counted at 3.7 s is known from SLOs at 3.5 and 4 s. */
#include "support/engine_world.h"

#include "base/duration.h"
#include "base/json.h"
#include "engine/ledger_query.h"
#include "support/cmocka_headers.h"

#include <math.h>
#include <string.h>

#define HEAD      "service: rag-api\nowner: rag-team\nby: tenant\nslos:\n"
#define HISTOGRAM "histogram: rag_query_duration_seconds, except: 'code=~\"5..\"'"
#define HISTOGRAM_TWO                                                                                        \
    "histogram: rag_query_duration_seconds, except: ['code=~\"5..\"', 'instance=\"rag-1:8080\"']"

enum { GROUPS = 4 };

struct sums {
    int64_t units;
    int64_t spent;
    double in_doubt; /* what the hidden units make of the attainment */
};

static int start(void **state)
{
    static struct engine_world world;
    engine_world_init(&world,
                      (struct sim_options){.seed = 5, .history_ms = 12 * HOUR_MS, .plain_history = true});
    engine_world_write_config(&world);
    *state = &world;
    return 0;
}

static int stop(void **state)
{
    engine_world_finish(*state);
    return 0;
}

static struct json *ask(struct engine_world *world, bool statuses, const char *id, int64_t from_ms)
{
    struct buf window;
    buf_init(&window, 64);
    duration_print(world->now_ms - from_ms, &window);
    struct json *answer = engine_world_ask(
        world, statuses ? slo_statuses_json : ledger_query_json,
        (struct ledger_query){.id = text_of(id), .window = statuses ? TEXT("") : buf_text(&window)});
    buf_finish(&window);
    return answer;
}

static const char *string_of(const struct json *object, const char *name)
{
    return json_string(json_get(object, name), "");
}

static double number_of(const struct json *object, const char *name)
{
    return json_number(json_get(object, name), NAN);
}

static int64_t int_of(const struct json *object, const char *name)
{
    return (int64_t)json_number(json_get(object, name), -1);
}

/* The roll-up and the tenants, of [from_ms, now), in the order of their names. */
static void sums_since(struct engine_world *world, const char *id, int64_t from_ms, struct sums sums[GROUPS])
{
    static const char *const tenants[GROUPS] = {"", "acme", "globex", "initech"};
    struct json *answer = ask(world, false, id, from_ms);
    size_t n = 0;
    for (const struct json *slo = json_first(json_get(answer, "slos")); slo; slo = json_next(slo)) {
        const char *tenant = string_of(json_get(slo, "labels"), "tenant");
        const struct json *window = json_get(slo, "window");
        for (int i = 0; i < GROUPS; i++)
            if (strcmp(tenant, tenants[i]) == 0)
                sums[i] =
                    (struct sums){int_of(window, "units"), int_of(window, "spent"),
                                  number_of(window, "attainment_high") - number_of(window, "attainment_low")};
        n++;
    }
    assert_int_equal(n, GROUPS);
    json_free(answer);
}

static void assert_same(const struct sums a[GROUPS], const struct sums b[GROUPS])
{
    for (int i = 0; i < GROUPS; i++) {
        assert_true(a[i].units > 100);
        assert_int_equal(a[i].units, b[i].units);
        assert_int_equal(a[i].spent, b[i].spent);
    }
}

static void it_counts_as_the_bound_below_and_if_told_so_as_the_one_above(void **state)
{
    struct engine_world *world = *state;
    struct sums low[GROUPS], high[GROUPS], bad[GROUPS], good[GROUPS];
    engine_world_write(world, "a.slo.yml",
                       HEAD "  low: {objective: [p50 <= 1s, p95 <= 3.5s], " HISTOGRAM "}\n"
                            "  high: {objective: p95 <= 4s, " HISTOGRAM "}\n"
                            "  mid: {objective: [p50 <= 1.1s, p95 <= 3.7s], " HISTOGRAM "}\n"
                            "  kind: {objective: p95 <= 3.7s, between_buckets: good, " HISTOGRAM "}\n");
    engine_world_start(world);
    engine_world_run(world, WORLD_ORIGIN_MS + 20 * MINUTE_MS);
    engine_world_stop(world);
    engine_world_start(world); /* what buckets there are is found anew */
    engine_world_run(world, WORLD_ORIGIN_MS + 40 * MINUTE_MS);
    int64_t from_ms = WORLD_ORIGIN_MS - 11 * HOUR_MS;
    sums_since(world, "rag-api/low-p95", from_ms, low);
    sums_since(world, "rag-api/high", from_ms, high);
    sums_since(world, "rag-api/mid-p95", from_ms, bad);
    sums_since(world, "rag-api/kind", from_ms, good);
    assert_same(low, bad);
    assert_same(high, good);
    assert_true(low[0].spent > high[0].spent);
    sums_since(world, "rag-api/low-p50", from_ms, low);
    sums_since(world, "rag-api/mid-p50", from_ms, bad);
    assert_same(low, bad);
}

/* except: with one matcher is turned round, with several what they match is taken off; failed: bad counts
 * failed queries, which no bucket judges. */
static void failed_queries_are_left_out_or_bad_as_ever(void **state)
{
    struct engine_world *world = *state;
    struct sums low[GROUPS], mid[GROUPS];
    static const char *const names[][2] = {{"rag-api/low-bad", "rag-api/mid-bad"},
                                           {"rag-api/low-two", "rag-api/mid-two"},
                                           {"rag-api/low-all", "rag-api/mid-all"}};
    engine_world_write(world, "a.slo.yml",
                       HEAD "  low-bad: {objective: p95 <= 3.5s, failed: bad, " HISTOGRAM "}\n"
                            "  mid-bad: {objective: p95 <= 3.7s, failed: bad, " HISTOGRAM "}\n"
                            "  low-two: {objective: p95 <= 3.5s, " HISTOGRAM_TWO "}\n"
                            "  mid-two: {objective: p95 <= 3.7s, " HISTOGRAM_TWO "}\n"
                            "  low-all: {objective: p95 <= 3.5s, histogram: rag_query_duration_seconds}\n"
                            "  mid-all: {objective: p95 <= 3.7s, histogram: rag_query_duration_seconds}\n");
    engine_world_start(world);
    engine_world_run(world, WORLD_ORIGIN_MS + 20 * MINUTE_MS);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        sums_since(world, names[i][0], WORLD_ORIGIN_MS - 11 * HOUR_MS, low);
        sums_since(world, names[i][1], WORLD_ORIGIN_MS - 11 * HOUR_MS, mid);
        assert_same(low, mid);
        assert_true(mid[0].in_doubt == 0);
    }
}

static void the_status_tells_both_bounds_and_how_much_lies_between(void **state)
{
    struct engine_world *world = *state;
    struct sums low[GROUPS], high[GROUPS];
    engine_world_write(world, "a.slo.yml",
                       HEAD "  low: {objective: p95 <= 3.5s, " HISTOGRAM "}\n"
                            "  mid: {objective: p95 <= 3.7s, " HISTOGRAM "}\n"
                            "  high: {objective: p95 <= 4s, " HISTOGRAM "}\n");
    engine_world_start(world);
    engine_world_run(world, WORLD_ORIGIN_MS + 10 * MINUTE_MS);
    struct json *answer = ask(world, true, "rag-api/mid", 0);
    const struct json *bounds = json_get(json_first(json_get(answer, "slos")), "bounds");
    assert_non_null(bounds);
    assert_true(json_number(json_get(bounds, "threshold"), 0) == 3.7);
    assert_true(json_number(json_get(bounds, "below"), 0) == 3.5);
    assert_true(json_number(json_get(bounds, "above"), 0) == 4);
    assert_string_equal(string_of(bounds, "judged_by"), "below");
    assert_int_equal(int_of(bounds, "exact"), 0);
    assert_true(int_of(bounds, "between") > 0);
    assert_int_equal(int_of(bounds, "unjudged"), 0);
    int64_t since_ms = int_of(bounds, "since_ms");
    assert_true(since_ms <= WORLD_ORIGIN_MS - 11 * HOUR_MS);
    /* what is sealed by now: all but five minutes */
    world->now_ms -= 5 * MINUTE_MS;
    sums_since(world, "rag-api/low", since_ms, low);
    sums_since(world, "rag-api/high", since_ms, high);
    assert_int_equal(int_of(bounds, "units"), low[0].units);
    assert_int_equal(int_of(bounds, "uncertain_units"), low[0].spent - high[0].spent);
    json_free(answer);
    answer = ask(world, true, "rag-api/high", 0);
    assert_null(json_get(json_first(json_get(answer, "slos")), "bounds"));
    json_free(answer);
}

/* From T to T + 30 m one of two instances has no bucket at 4 s. */
static void a_deployment_that_changes_the_bounds_loses_nothing(void **state)
{
    struct engine_world *world = *state;
    struct sums sums[GROUPS], low[GROUPS], high[GROUPS], other[GROUPS];
    int64_t from_ms = WORLD_ORIGIN_MS + 10 * MINUTE_MS;
    scripted_source_add(world->source, (struct trouble){.kind = TROUBLE_BUCKET,
                                                        .from_ms = from_ms,
                                                        .to_ms = from_ms + 30 * MINUTE_MS,
                                                        .le = "4",
                                                        .instance = "rag-1:8080"});
    engine_world_write(world, "a.slo.yml",
                       HEAD
                       "  low: {objective: p95 <= 3.5s, " HISTOGRAM "}\n"
                       "  high: {objective: p95 <= 4s, " HISTOGRAM "}\n"
                       "  low-1: {objective: p95 <= 3.5s, where: 'instance=\"rag-1:8080\"', " HISTOGRAM "}\n"
                       "  high-2: {objective: p95 <= 4s, where: 'instance=\"rag-2:8080\"', " HISTOGRAM "}\n");
    engine_world_start(world);
    engine_world_run(world, from_ms + 15 * MINUTE_MS);
    engine_world_stop(world);
    engine_world_start(world);
    engine_world_run(world, from_ms + 30 * MINUTE_MS);
    sums_since(world, "rag-api/high", from_ms, sums);
    sums_since(world, "rag-api/low-1", from_ms, low);
    sums_since(world, "rag-api/high-2", from_ms, high);
    for (int i = 0; i < GROUPS; i++) {
        assert_int_equal(sums[i].units, low[i].units + high[i].units);
        assert_int_equal(sums[i].spent, low[i].spent + high[i].spent);
        assert_true(sums[i].in_doubt == 0);
    }
    /* and back: by 4 s everywhere again, but for one scrape of which nothing tells the bucket at 4 s */
    int64_t back_ms = from_ms + 30 * MINUTE_MS;
    engine_world_run(world, back_ms + 30 * MINUTE_MS);
    sums_since(world, "rag-api/high", back_ms, sums);
    sums_since(world, "rag-api/low", back_ms, low);
    sums_since(world, "rag-api/high-2", back_ms, high);
    assert_int_equal(sums[0].units, low[0].units);
    assert_true(sums[0].spent > high[0].spent && sums[0].spent < low[0].spent);
    sums_since(world, "rag-api/high", back_ms + MINUTE_MS, sums);
    sums_since(world, "rag-api/high-2", back_ms + MINUTE_MS, high);
    sums_since(world, "rag-api/low", back_ms + MINUTE_MS, low);
    sums_since(world, "rag-api/low-1", back_ms + MINUTE_MS, other);
    /* rag-1 alone: fewer are slower than 4 s than than 3.5 s */
    assert_true(sums[0].spent - high[0].spent < other[0].spent);
}

/* A nearer bound is no lack: it is found by looking again, and what is open by then is counted by it. */
static void a_nearer_bound_judges_from_the_scrape_it_came_with(void **state)
{
    struct engine_world *world = *state;
    struct sums sums[GROUPS], low[GROUPS];
    int64_t from_ms = WORLD_ORIGIN_MS + 20 * MINUTE_MS;
    scripted_source_add(
        world->source,
        (struct trouble){.kind = TROUBLE_BUCKET, .from_ms = INT64_MIN, .to_ms = from_ms, .le = "3.5"});
    engine_world_write(world, "a.slo.yml",
                       HEAD "  low: {objective: p95 <= 3.5s, " HISTOGRAM "}\n"
                            "  mid: {objective: p95 <= 3.7s, " HISTOGRAM "}\n"
                            "  lower: {objective: p95 <= 3s, " HISTOGRAM "}\n");
    engine_world_start(world);
    engine_world_run(world, from_ms);
    sums_since(world, "rag-api/mid", WORLD_ORIGIN_MS - 10 * HOUR_MS, sums);
    sums_since(world, "rag-api/lower", WORLD_ORIGIN_MS - 10 * HOUR_MS, low);
    assert_same(sums, low);
    engine_world_run(world, from_ms + 30 * MINUTE_MS);
    sums_since(world, "rag-api/mid", from_ms + MINUTE_MS, sums);
    sums_since(world, "rag-api/low", from_ms + MINUTE_MS, low);
    assert_same(sums, low);
    struct json *answer = ask(world, true, "rag-api/mid", 0);
    const struct json *bounds = json_get(json_first(json_get(answer, "slos")), "bounds");
    assert_true(json_number(json_get(bounds, "below"), 0) == 3.5);
    json_free(answer);
}

static void without_a_bucket_to_judge_by_it_is_misconfigured(void **state)
{
    struct engine_world *world = *state;
    struct sums sums[GROUPS];
    engine_world_write(world, "a.slo.yml",
                       HEAD "  low: {objective: p95 <= 0.2s, " HISTOGRAM "}\n"
                            "  kind: {objective: p95 <= 0.2s, between_buckets: good, " HISTOGRAM "}\n");
    engine_world_start(world);
    engine_world_run(world, WORLD_ORIGIN_MS + 10 * MINUTE_MS);
    struct json *answer = ask(world, true, "rag-api/low", 0);
    const struct json *slo = json_first(json_get(answer, "slos"));
    assert_string_equal(string_of(slo, "health"), "misconfigured");
    assert_true(int_of(json_get(slo, "bounds"), "unjudged") > 0);
    assert_null(json_first(json_get(slo, "page")));
    json_free(answer);
    sums_since(world, "rag-api/low", WORLD_ORIGIN_MS - HOUR_MS, sums);
    assert_int_equal(sums[0].units, 0);
    assert_int_equal(sums[0].spent, 0);
    assert_true(sums[0].in_doubt == 1);
    answer = ask(world, true, "rag-api/kind", 0);
    assert_string_equal(string_of(json_first(json_get(answer, "slos")), "health"), "seen");
    json_free(answer);
}

static void a_history_with_other_bounds_is_counted_by_them(void **state)
{
    struct engine_world *world = *state;
    struct sums sums[GROUPS], low[GROUPS], high[GROUPS];
    /* within a chunk of the history, and across the border of two */
    int64_t from_ms = WORLD_ORIGIN_MS - 8 * HOUR_MS, to_ms = WORLD_ORIGIN_MS - 3 * HOUR_MS;
    scripted_source_add(
        world->source,
        (struct trouble){.kind = TROUBLE_BUCKET, .from_ms = INT64_MIN, .to_ms = to_ms, .le = "4"});
    engine_world_write(world, "a.slo.yml",
                       HEAD "  low: {objective: p95 <= 3.5s, " HISTOGRAM "}\n"
                            "  high: {objective: p95 <= 4s, " HISTOGRAM "}\n");
    engine_world_start(world);
    engine_world_run(world, WORLD_ORIGIN_MS + MINUTE_MS);
    int64_t now_ms = world->now_ms;
    world->now_ms = to_ms;
    sums_since(world, "rag-api/low", from_ms, low);
    sums_since(world, "rag-api/high", from_ms, sums);
    assert_same(low, sums);
    world->now_ms = now_ms;
    sums_since(world, "rag-api/low", to_ms + MINUTE_MS, low);
    sums_since(world, "rag-api/high", to_ms + MINUTE_MS, high);
    assert_int_equal(low[0].units, high[0].units);
    assert_true(low[0].spent > high[0].spent);
}

/* Twenty minutes come late: they are counted again by the same buckets. */
static void a_recount_goes_by_the_same_bounds(void **state)
{
    struct engine_world *world = *state;
    struct sums bad[GROUPS], low[GROUPS];
    int64_t gap_ms = WORLD_ORIGIN_MS + 30 * MINUTE_MS;
    scripted_source_add(
        world->source,
        (struct trouble){.kind = TROUBLE_GONE, .from_ms = gap_ms, .to_ms = gap_ms + 20 * MINUTE_MS});
    engine_world_write(world, "a.slo.yml",
                       HEAD "  low: {objective: p95 <= 3.5s, " HISTOGRAM "}\n"
                            "  mid: {objective: p95 <= 3.7s, " HISTOGRAM "}\n");
    engine_world_start(world);
    engine_world_run(world, gap_ms + 40 * MINUTE_MS);
    sums_since(world, "rag-api/mid", gap_ms - MINUTE_MS, bad);
    assert_true(bad[0].in_doubt > 0);
    scripted_source_clear(world->source);
    engine_world_run(world, gap_ms + 3 * HOUR_MS);
    sums_since(world, "rag-api/low", gap_ms - MINUTE_MS, low);
    sums_since(world, "rag-api/mid", gap_ms - MINUTE_MS, bad);
    assert_true(bad[0].in_doubt == 0);
    assert_same(low, bad);
}

/* Queries are counted by _count, so that +Inf is not needed; without _count nothing can be judged. */
static void without_infinity_it_counts_the_same_and_without_count_not_at_all(void **state)
{
    struct engine_world *world = *state;
    struct sums sums[GROUPS], other[GROUPS];
    scripted_source_add(world->source,
                        (struct trouble){.kind = TROUBLE_BUCKET, .to_ms = INT64_MAX, .le = "+Inf"});
    engine_world_write(world, "a.slo.yml",
                       HEAD "  latency: {objective: p95 <= 4s, " HISTOGRAM "}\n"
                            "  above: {objective: p95 <= 20s, " HISTOGRAM "}\n"
                            "  last: {objective: p95 <= 10s, " HISTOGRAM "}\n");
    engine_world_start(world);
    engine_world_run(world, WORLD_ORIGIN_MS + 10 * MINUTE_MS);
    struct json *answer = ask(world, true, "rag-api/latency", 0);
    assert_string_equal(string_of(json_first(json_get(answer, "slos")), "health"), "seen");
    json_free(answer);
    sums_since(world, "rag-api/above", WORLD_ORIGIN_MS - 10 * HOUR_MS, sums);
    sums_since(world, "rag-api/last", WORLD_ORIGIN_MS - 10 * HOUR_MS, other);
    assert_same(sums, other);
    engine_world_stop(world);
    scripted_source_clear(world->source);
    scripted_source_add(world->source, (struct trouble){.kind = TROUBLE_METRIC,
                                                        .to_ms = INT64_MAX,
                                                        .metric = "rag_query_duration_seconds_count"});
    engine_world_write(world, "a.slo.yml", HEAD "  fresh: {objective: p95 <= 4s, " HISTOGRAM "}\n");
    engine_world_start(world);
    engine_world_run(world, WORLD_ORIGIN_MS + 30 * MINUTE_MS);
    answer = ask(world, true, "rag-api/fresh", 0);
    const struct json *slo = json_first(json_get(answer, "slos"));
    assert_string_equal(string_of(slo, "health"), "misconfigured");
    assert_null(json_first(json_get(slo, "page")));
    assert_non_null(json_first(json_get(slo, "ticket")));
    json_free(answer);
}

/* All bounds at and below the threshold go while it runs: not known is neither good nor bad. */
static void bounds_that_go_away_page_nobody(void **state)
{
    struct engine_world *world = *state;
    struct sums sums[GROUPS];
    int64_t from_ms = WORLD_ORIGIN_MS + 10 * MINUTE_MS;
    static const char *const bounds[] = {"0.5", "1"};
    for (int i = 0; i < 2; i++)
        scripted_source_add(world->source, (struct trouble){.kind = TROUBLE_BUCKET,
                                                            .from_ms = from_ms,
                                                            .to_ms = INT64_MAX,
                                                            .le = bounds[i]});
    engine_world_write(world, "a.slo.yml", HEAD "  fast: {objective: p10 <= 1.2s, " HISTOGRAM "}\n");
    engine_world_start(world);
    engine_world_run(world, from_ms);
    engine_world_run(world, from_ms + 12 * MINUTE_MS);
    struct json *answer = ask(world, true, "rag-api/fast", 0);
    const struct json *slo = json_first(json_get(answer, "slos"));
    assert_null(json_first(json_get(slo, "page")));
    assert_string_equal(string_of(slo, "health"), "misconfigured");
    json_free(answer);
    sums_since(world, "rag-api/fast", from_ms + MINUTE_MS, sums);
    assert_int_equal(sums[0].units, 0);
    assert_int_equal(sums[0].spent, 0);
    assert_true(sums[0].in_doubt == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_counts_as_the_bound_below_and_if_told_so_as_the_one_above, start,
                                        stop),
        cmocka_unit_test_setup_teardown(failed_queries_are_left_out_or_bad_as_ever, start, stop),
        cmocka_unit_test_setup_teardown(the_status_tells_both_bounds_and_how_much_lies_between, start, stop),
        cmocka_unit_test_setup_teardown(a_deployment_that_changes_the_bounds_loses_nothing, start, stop),
        cmocka_unit_test_setup_teardown(a_nearer_bound_judges_from_the_scrape_it_came_with, start, stop),
        cmocka_unit_test_setup_teardown(without_a_bucket_to_judge_by_it_is_misconfigured, start, stop),
        cmocka_unit_test_setup_teardown(a_history_with_other_bounds_is_counted_by_them, start, stop),
        cmocka_unit_test_setup_teardown(a_recount_goes_by_the_same_bounds, start, stop),
        cmocka_unit_test_setup_teardown(without_infinity_it_counts_the_same_and_without_count_not_at_all,
                                        start, stop),
        cmocka_unit_test_setup_teardown(bounds_that_go_away_page_nobody, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
