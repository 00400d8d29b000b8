/* The gate: who is refused, who cannot be judged, and what pipelines are told. */
#include "report/gate.h"

#include "base/buf.h"
#include "base/duration.h"
#include "support/cmocka_headers.h"

#define NOW_MS 1795225000000LL

struct world {
    struct arena arena;
    struct json *document;
    struct gate_limits limits;
    struct gate_result result;
};

/* One SLO with this much budget left, and further members. */
static void judge(struct world *world, const char *slos)
{
    struct err err;
    struct buf content;
    buf_init(&content, 1 << 16);
    buf_printf(&content, "{\"slos\":[%s]}", slos);
    arena_init(&world->arena, 0);
    world->document = json_parse(buf_text(&content), &err);
    assert_non_null(world->document);
    world->limits.now_ms = NOW_MS;
    if (!world->limits.max_age_ms)
        world->limits.max_age_ms = 10 * MINUTE_MS;
    if (!world->limits.on_no_data)
        world->limits.on_no_data = GATE_ANSWER_FAIL;
    gate_judge(world->document, &world->limits, &world->arena, &world->result);
    buf_finish(&content);
}

static void world_finish(struct world *world)
{
    json_free(world->document);
    arena_finish(&world->arena);
}

#define SLO(name, slot, health, left, state, more)                                                           \
    "{\"service\":\"api\",\"name\":\"" name "\",\"objective\":\"99.5%\",\"slot_ms\":" slot                   \
    ",\"health\":\"" health "\",\"windows\":[{\"name\":\"30d\",\"left_share\":" left                         \
    ",\"verdict\":\"met\",\"state\":\"" state "\"}]" more "}"

static const char healthy[] = SLO("a", "1795224990000", "seen", "0.7", "healthy", "");
static const char warning[] = SLO("b", "1795224990000", "seen", "0.2", "warning", "");
static const char critical[] = SLO("c", "1795224990000", "seen", "0.05", "critical", "");
static const char exhausted[] = SLO("d", "1795224990000", "seen", "-0.3", "exhausted", "");
static const char stale[] = SLO("e", "1795220000000", "seen", "0.7", "healthy", "");
static const char blind[] = SLO("f", "1795224990000", "blind", "0.7", "healthy", "");
static const char never[] = "{\"service\":\"api\",\"name\":\"g\",\"slot_ms\":0,\"windows\":[],\"tiers\":[]}";
static const char burning[] =
    SLO("h", "1795224990000", "seen", "0.7", "healthy",
        ",\"tiers\":[{\"long\":\"1h\",\"short\":\"5m\",\"long_rate\":7.5,\"short_rate\":2}]");

static void expect_verdict(const char *slos, enum gate_verdict verdict, int exit_code)
{
    struct world world = {.limits = {.max_age_ms = 0}};
    judge(&world, slos);
    assert_int_equal(world.result.verdict, verdict);
    assert_int_equal(gate_exit_code(&world.result), exit_code);
    world_finish(&world);
}

static void the_policy_refuses_what_is_critical(void **state)
{
    (void)state;
    expect_verdict(healthy, GATE_PASS, 0);
    expect_verdict(warning, GATE_WARN, 0);
    expect_verdict(critical, GATE_REFUSED, 1);
    expect_verdict(exhausted, GATE_REFUSED, 1);
}

static void what_cannot_be_judged_is_refused_with_its_own_code(void **state)
{
    (void)state;
    expect_verdict(stale, GATE_NO_DATA, 3);
    expect_verdict(blind, GATE_NO_DATA, 3);
    expect_verdict(never, GATE_NO_DATA, 3);
    expect_verdict("", GATE_NO_DATA, 3);
}

static void the_worst_slo_decides_and_stands_first(void **state)
{
    (void)state;
    struct world world = {.limits = {.max_age_ms = 0}};
    struct buf all;
    buf_init(&all, 1 << 16);
    buf_printf(&all, "%s,%s,%s,%s", healthy, never, exhausted, warning);
    judge(&world, buf_cstring(&all));
    assert_int_equal(world.result.verdict, GATE_REFUSED);
    assert_string_equal(json_string(json_get(world.result.items[0].slo, "name"), ""), "d");
    assert_string_equal(json_string(json_get(world.result.items[1].slo, "name"), ""), "g");
    assert_string_equal(json_string(json_get(world.result.items[3].slo, "name"), ""), "a");
    world_finish(&world);
    buf_finish(&all);
}

static void a_least_budget_goes_before_the_policy(void **state)
{
    (void)state;
    struct world world = {.limits = {.has_min_budget = true, .min_budget = 0.8}};
    judge(&world, healthy);
    assert_int_equal(gate_exit_code(&world.result), 1);
    assert_string_equal(world.result.items[0].reason.at,
                        "70.0 % of the 30d budget is left, 80.0 % is the least for a release");
    world_finish(&world);
    world = (struct world){.limits = {.has_min_budget = true, .min_budget = 0.01}};
    judge(&world, critical);
    assert_int_equal(gate_exit_code(&world.result), 0);
    world_finish(&world);
}

static void a_burn_rate_that_is_too_high_refuses(void **state)
{
    (void)state;
    struct err err;
    struct world world = {.limits = {.n_burns = 1}};
    assert_true(gate_burn_parse(TEXT("1h=6"), &world.limits.burns[0], &err));
    judge(&world, burning);
    assert_int_equal(gate_exit_code(&world.result), 1);
    world_finish(&world);
    assert_true(gate_burn_parse(TEXT("5m=6"), &world.limits.burns[0], &err));
    judge(&world, burning);
    assert_int_equal(gate_exit_code(&world.result), 0);
    world_finish(&world);
}

static void a_window_that_no_tier_looks_at_is_no_data(void **state)
{
    (void)state;
    struct world world = {.limits = {.n_burns = 1, .burns = {{TEXT("7h"), 6}}}};
    judge(&world, burning);
    assert_int_equal(gate_exit_code(&world.result), 3);
    world_finish(&world);
}

static void no_data_can_be_allowed(void **state)
{
    (void)state;
    struct world world = {.limits = {.on_no_data = GATE_ANSWER_WARN}};
    judge(&world, never);
    assert_int_equal(world.result.verdict, GATE_WARN);
    world_finish(&world);
}

static void bad_limits_are_refused(void **state)
{
    (void)state;
    static const char *const burns[] = {"", "1h", "1h=", "=6", "1h=x", "1h=-1", "1h=NaN", "x=6"};
    static const char *const shares[] = {"", "%", "x", "101%", "-1%", "1.5", "NaN"};
    struct gate_burn burn;
    double share = 0;
    struct err err;
    for (size_t i = 0; i < sizeof burns / sizeof burns[0]; i++)
        assert_false(gate_burn_parse(text_of(burns[i]), &burn, &err));
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++)
        assert_false(gate_share_parse(text_of(shares[i]), &share, &err));
    assert_true(gate_share_parse(TEXT("10%"), &share, &err) && share > 0.099 && share < 0.101);
}

static void every_format_tells_why(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "refused  api/d: the 30d budget is used up (−30.0 % left), which is exhausted: the policy stops "
        "releases\n"
        "gate: refused: of 1 SLOs 1 refuse, 0 cannot be judged, 0 warn, 0 pass\n",
        "\"verdict\": \"refused\"",
        "<failure type=\"budget\" message=\"the 30d budget",
        "::error title=SLO api/d::refused: the 30d budget is used up (−30.0 %25 left)",
        "| api/d | 99.5% | **refused** | the 30d budget",
    };
    struct world world = {.limits = {.max_age_ms = 0}};
    judge(&world, exhausted);
    for (int format = 0; gate_formats[format]; format++) {
        struct buf out;
        buf_init(&out, 1 << 20);
        gate_render(&world.result, format, &out);
        assert_non_null(strstr(buf_cstring(&out), expected[format]));
        buf_finish(&out);
    }
    world_finish(&world);
}

static void warn_only_says_so_and_exits_with_0(void **state)
{
    (void)state;
    struct world world = {.limits = {.max_age_ms = 0}};
    struct buf out;
    judge(&world, exhausted);
    world.result.warn_only = true;
    assert_int_equal(gate_exit_code(&world.result), 0);
    buf_init(&out, 1 << 20);
    gate_render(&world.result, 3, &out);
    assert_null(strstr(buf_cstring(&out), "::error"));
    assert_non_null(strstr(buf_cstring(&out), "only warned"));
    buf_finish(&out);
    world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_policy_refuses_what_is_critical),
        cmocka_unit_test(what_cannot_be_judged_is_refused_with_its_own_code),
        cmocka_unit_test(the_worst_slo_decides_and_stands_first),
        cmocka_unit_test(a_least_budget_goes_before_the_policy),
        cmocka_unit_test(a_burn_rate_that_is_too_high_refuses),
        cmocka_unit_test(a_window_that_no_tier_looks_at_is_no_data),
        cmocka_unit_test(no_data_can_be_allowed),
        cmocka_unit_test(bad_limits_are_refused),
        cmocka_unit_test(every_format_tells_why),
        cmocka_unit_test(warn_only_says_so_and_exits_with_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
