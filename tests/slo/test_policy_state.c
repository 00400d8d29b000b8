/* When actions of a policy start, end and are held back. */
#include "base/duration.h"
#include "slo/policy_state.h"
#include "support/cmocka_headers.h"

enum { FAST = 1 };

static const struct slo slo = {.n_tiers = 2, .tiers = {{.name = TEXT("outage")}, {.name = TEXT("fast")}}};

static const struct policy_action freeze_action = {
    .name = TEXT("freeze"),
    .when = {.state = BUDGET_CRITICAL},
    .until = {.state = BUDGET_WARNING},
    .per_day = 2,
};

static const struct policy_action fast_action = {
    .name = TEXT("fewer-results"),
    .when = {.is_tier = true, .tier = TEXT("fast")},
    .until = {.is_tier = true, .tier = TEXT("fast")},
    .per_day = 10,
};

struct world {
    struct policy_action_state state;
    struct burn_state burn;
    struct policy_input input;
};

static struct world world_new(void)
{
    return (struct world){.input = {.has_budget = true, .slo = &slo, .now_ms = 20000 * DAY_MS}};
}

static struct policy_change step(struct world *world, const struct policy_action *action,
                                 enum budget_state state)
{
    world->input.now_ms += MINUTE_MS;
    world->input.state = state;
    world->input.burn = &world->burn;
    return policy_judge(action, &world->input, &world->state);
}

static void it_starts_once_and_ends_when_until_holds(void **unused)
{
    (void)unused;
    struct world world = world_new();
    assert_int_equal(step(&world, &freeze_action, BUDGET_WARNING).event, POLICY_NOTHING);
    struct policy_change started = step(&world, &freeze_action, BUDGET_CRITICAL);
    assert_int_equal(started.event, POLICY_START);
    assert_int_equal(started.reason, POLICY_REASON_STATE);
    assert_int_equal(started.active_ms, world.input.now_ms);
    assert_int_equal(step(&world, &freeze_action, BUDGET_EXHAUSTED).event, POLICY_NOTHING);
    assert_int_equal(step(&world, &freeze_action, BUDGET_CRITICAL).event, POLICY_NOTHING);
    struct policy_change ended = step(&world, &freeze_action, BUDGET_WARNING);
    assert_int_equal(ended.event, POLICY_END);
    assert_int_equal(ended.reason, POLICY_REASON_OVER);
    assert_int_equal(ended.active_ms, started.active_ms);
    assert_int_equal(step(&world, &freeze_action, BUDGET_HEALTHY).event, POLICY_NOTHING);
}

static void the_limit_holds_is_told_once_and_ends_with_the_day(void **unused)
{
    (void)unused;
    struct world world = world_new();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(step(&world, &freeze_action, BUDGET_CRITICAL).event, POLICY_START);
        assert_int_equal(step(&world, &freeze_action, BUDGET_WARNING).event, POLICY_END);
    }
    struct policy_change held = step(&world, &freeze_action, BUDGET_CRITICAL);
    assert_int_equal(held.event, POLICY_HELD);
    assert_int_equal(held.reason, POLICY_REASON_LIMIT);
    assert_int_equal(step(&world, &freeze_action, BUDGET_EXHAUSTED).event, POLICY_NOTHING);
    world.input.now_ms += DAY_MS;
    assert_int_equal(step(&world, &freeze_action, BUDGET_EXHAUSTED).event, POLICY_START);
}

static void it_follows_the_tier_it_is_bound_to(void **unused)
{
    (void)unused;
    struct world world = world_new();
    world.burn.tiers[0].open_ms = world.input.now_ms;
    assert_int_equal(step(&world, &fast_action, BUDGET_EXHAUSTED).event, POLICY_NOTHING);
    world.burn.tiers[FAST].open_ms = world.input.now_ms;
    struct policy_change started = step(&world, &fast_action, BUDGET_HEALTHY);
    assert_int_equal(started.event, POLICY_START);
    assert_int_equal(started.reason, POLICY_REASON_TIER);
    world.burn.tiers[FAST].open_ms = 0;
    assert_int_equal(step(&world, &fast_action, BUDGET_EXHAUSTED).event, POLICY_END);
}

static void a_tier_that_is_open_keeps_what_a_good_state_would_end(void **unused)
{
    (void)unused;
    struct world world = world_new();
    struct policy_action action = fast_action;
    action.until = (struct policy_trigger){.state = BUDGET_HEALTHY};
    world.burn.tiers[FAST].open_ms = world.input.now_ms;
    assert_int_equal(step(&world, &action, BUDGET_HEALTHY).event, POLICY_START);
    assert_int_equal(step(&world, &action, BUDGET_HEALTHY).event, POLICY_NOTHING);
    world.burn.tiers[FAST].open_ms = 0;
    assert_int_equal(step(&world, &action, BUDGET_WARNING).event, POLICY_NOTHING);
    assert_int_equal(step(&world, &action, BUDGET_HEALTHY).event, POLICY_END);
}

static void what_left_the_file_is_ended(void **unused)
{
    (void)unused;
    struct world world = world_new();
    assert_int_equal(step(&world, NULL, BUDGET_CRITICAL).event, POLICY_NOTHING);
    int64_t started_ms = step(&world, &freeze_action, BUDGET_CRITICAL).active_ms;
    struct policy_change ended = step(&world, NULL, BUDGET_CRITICAL);
    assert_int_equal(ended.event, POLICY_END);
    assert_int_equal(ended.reason, POLICY_REASON_REMOVED);
    assert_int_equal(ended.active_ms, started_ms);
    assert_int_equal(step(&world, NULL, BUDGET_CRITICAL).event, POLICY_NOTHING);
}

static void a_first_start_calls_nobody(void **unused)
{
    (void)unused;
    struct world world = world_new();
    world.input.first_start = true;
    struct policy_change started = step(&world, &freeze_action, BUDGET_EXHAUSTED);
    assert_int_equal(started.event, POLICY_START);
    assert_true(started.quiet);
    world.input.first_start = false;
    struct policy_change ended = step(&world, &freeze_action, BUDGET_HEALTHY);
    assert_int_equal(ended.event, POLICY_END);
    assert_true(ended.quiet);
    assert_false(step(&world, &freeze_action, BUDGET_CRITICAL).quiet);
}

static void a_slot_that_was_judged_changes_nothing(void **unused)
{
    (void)unused;
    struct world world = world_new();
    step(&world, &freeze_action, BUDGET_CRITICAL);
    struct policy_action_state before = world.state;
    world.input.now_ms -= MINUTE_MS;
    assert_int_equal(step(&world, &freeze_action, BUDGET_HEALTHY).event, POLICY_NOTHING);
    assert_memory_equal(&before, &world.state, sizeof before);
}

static void blindness_neither_starts_nor_ends(void **unused)
{
    (void)unused;
    struct world world = world_new();
    world.input.blind = true;
    assert_int_equal(step(&world, &freeze_action, BUDGET_CRITICAL).event, POLICY_NOTHING);
    world.input.blind = false;
    assert_int_equal(step(&world, &freeze_action, BUDGET_CRITICAL).event, POLICY_START);
    world.input.blind = true;
    assert_int_equal(step(&world, &freeze_action, BUDGET_HEALTHY).event, POLICY_NOTHING);
    world.input.blind = false;
    world.input.has_budget = false;
    assert_int_equal(step(&world, &freeze_action, BUDGET_HEALTHY).event, POLICY_NOTHING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_starts_once_and_ends_when_until_holds),
        cmocka_unit_test(the_limit_holds_is_told_once_and_ends_with_the_day),
        cmocka_unit_test(it_follows_the_tier_it_is_bound_to),
        cmocka_unit_test(a_tier_that_is_open_keeps_what_a_good_state_would_end),
        cmocka_unit_test(what_left_the_file_is_ended),
        cmocka_unit_test(a_first_start_calls_nobody),
        cmocka_unit_test(a_slot_that_was_judged_changes_nothing),
        cmocka_unit_test(blindness_neither_starts_nor_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
