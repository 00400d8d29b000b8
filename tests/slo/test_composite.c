/* Budgets of composites, and when actions of a policy begin and end. */
#include "slo/composite.h"
#include "slo/policy.h"
#include "support/cmocka_headers.h"

static const struct slo_part parts[] = {{.weight = 3}, {.weight = 1}};

static void weighted_is_the_weighted_mean_of_what_was_used(void **state)
{
    (void)state;
    struct slo_composite composite = {.parts = parts, .n_parts = 2};
    struct budget a = {.used_share = 0.4}, b = {.used_share = 2};
    double shares[2];
    struct composite_budget out = composite_compute(&composite, (const struct budget *[]){&a, &b}, shares);
    assert_float_equal(shares[0], 0.3, 1e-12);
    assert_float_equal(shares[1], 0.5, 1e-12);
    assert_float_equal(out.used_share, 0.8, 1e-12);
    assert_float_equal(out.left_share, 0.2, 1e-12);
    assert_int_equal(out.worst, 1);
    assert_int_equal(out.state, BUDGET_WARNING);
}

static void worst_of_is_the_part_that_used_most(void **state)
{
    (void)state;
    struct slo_composite composite = {.parts = parts, .n_parts = 2, .worst = true};
    struct budget a = {.used_share = 1.4}, b = {.used_share = 0.2};
    double shares[2];
    struct composite_budget out = composite_compute(&composite, (const struct budget *[]){&a, &b}, shares);
    assert_float_equal(out.used_share, 1.4, 1e-12);
    assert_float_equal(shares[1], 0, 0);
    assert_int_equal(out.worst, 0);
    assert_int_equal(out.state, BUDGET_EXHAUSTED);
}

static void parts_without_data_are_left_out(void **state)
{
    (void)state;
    struct slo_composite composite = {.parts = parts, .n_parts = 2};
    struct budget a = {.verdict = BUDGET_INSUFFICIENT, .used_share = 9}, b = {.used_share = 0.5};
    double shares[2];
    struct composite_budget out = composite_compute(&composite, (const struct budget *[]){&a, &b}, shares);
    assert_float_equal(out.used_share, 0.5, 1e-12);
    assert_int_equal(out.known, 1);
    assert_int_equal(out.worst, 1);
    out = composite_compute(&composite, (const struct budget *[]){&a, NULL}, shares);
    assert_int_equal(out.known, 0);
    assert_float_equal(out.left_share, 1, 0);
}

static enum budget_verdict verdict_of(bool worst, const struct budget *a, const struct budget *b)
{
    struct slo_composite composite = {.parts = parts, .n_parts = 2, .worst = worst};
    double shares[2];
    return composite_compute(&composite, (const struct budget *[]){a, b}, shares).verdict;
}

static void weighted_is_missed_when_more_is_used_than_there_is(void **state)
{
    (void)state;
    struct budget met = {.verdict = BUDGET_MET, .used_share = 0.5};
    struct budget seen = {.verdict = BUDGET_MET_SEEN, .used_share = 0.5};
    struct budget a_bit = {.verdict = BUDGET_MISSED, .used_share = 1.2};
    struct budget by_far = {.verdict = BUDGET_MISSED, .used_share = 9};
    struct budget full = {.verdict = BUDGET_MET, .used_share = 1};
    assert_int_equal(verdict_of(false, &met, &met), BUDGET_MET);
    assert_int_equal(verdict_of(false, &full, &full), BUDGET_MET);
    assert_int_equal(verdict_of(false, &met, &seen), BUDGET_MET_SEEN);
    assert_int_equal(verdict_of(false, &met, NULL), BUDGET_MET_SEEN);
    assert_int_equal(verdict_of(false, &met, &a_bit), BUDGET_MET_SEEN);
    assert_int_equal(verdict_of(false, &met, &by_far), BUDGET_MISSED);
    assert_int_equal(verdict_of(false, NULL, NULL), BUDGET_INSUFFICIENT);
}

static void worst_of_is_missed_with_any_part(void **state)
{
    (void)state;
    struct budget met = {.verdict = BUDGET_MET, .used_share = 0.5};
    struct budget open_month = {.verdict = BUDGET_MISSED, .used_share = 0.7};
    assert_int_equal(verdict_of(true, &met, &met), BUDGET_MET);
    assert_int_equal(verdict_of(true, &met, &open_month), BUDGET_MISSED);
    assert_int_equal(verdict_of(true, &met, NULL), BUDGET_MET_SEEN);
}

static void actions_begin_in_a_state_or_a_worse_one(void **state)
{
    (void)state;
    struct policy_trigger critical = {.state = BUDGET_CRITICAL}, warning = {.state = BUDGET_WARNING};
    assert_false(policy_begins(&critical, BUDGET_WARNING, true));
    assert_true(policy_begins(&critical, BUDGET_CRITICAL, false));
    assert_true(policy_begins(&critical, BUDGET_EXHAUSTED, false));
    assert_false(policy_ends(&warning, BUDGET_CRITICAL, false));
    assert_true(policy_ends(&warning, BUDGET_HEALTHY, false));
}

static void actions_of_a_tier_follow_the_tier(void **state)
{
    (void)state;
    struct policy_trigger fast = {.is_tier = true, .tier = TEXT("fast")};
    assert_true(policy_begins(&fast, BUDGET_HEALTHY, true));
    assert_false(policy_begins(&fast, BUDGET_EXHAUSTED, false));
    assert_true(policy_ends(&fast, BUDGET_EXHAUSTED, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weighted_is_the_weighted_mean_of_what_was_used),
        cmocka_unit_test(worst_of_is_the_part_that_used_most),
        cmocka_unit_test(parts_without_data_are_left_out),
        cmocka_unit_test(weighted_is_missed_when_more_is_used_than_there_is),
        cmocka_unit_test(worst_of_is_missed_with_any_part),
        cmocka_unit_test(actions_begin_in_a_state_or_a_worse_one),
        cmocka_unit_test(actions_of_a_tier_follow_the_tier),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
