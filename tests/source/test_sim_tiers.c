/* What the simulated incident must do to an availability objective of 99.5 % over 30 days with the default
 * tiers, by the service's own log: open a page soon, open nothing slower, be over within 20 minutes. And
 * without it: nothing. */
#include "support/cmocka_headers.h"

#include "base/duration.h"
#include "source/sim_log.h"

#define ORIGIN_MS 1763683212345LL
#define ALLOWANCE 0.005

static const struct {
    int64_t long_ms, short_ms;
    double burn; /* times the allowance */
    int64_t least_bad;
} tiers[] = {
    {5LL * MINUTE_MS, 2LL * MINUTE_MS, 0.33 / ALLOWANCE, 20}, /* outage: 33 % of all units */
    {HOUR_MS, 5LL * MINUTE_MS, 14.4, 10},
    {6LL * HOUR_MS, 30LL * MINUTE_MS, 6, 10},
    {DAY_MS, 2LL * HOUR_MS, 3, 10},
    {3LL * DAY_MS, 6LL * HOUR_MS, 1, 10},
};

enum { OUTAGE, FAST, SLOW, DRIFT, TREND, TIERS };

static struct sim *sim_make(uint64_t seed)
{
    struct err err;
    struct sim *sim = sim_new(
        &(struct sim_options){.seed = seed, .origin_ms = ORIGIN_MS, .history_ms = 6LL * DAY_MS}, &err);
    assert_non_null(sim);
    return sim;
}

static double burn_rate(struct sim *sim, int tenant, int64_t at_ms, int64_t window_ms, int64_t *bad)
{
    struct sim_log log;
    sim_log_read(sim, tenant, at_ms - window_ms, at_ms, &log);
    *bad = log.events.failed;
    return log.events.units ? (double)log.events.failed / (double)log.events.units / ALLOWANCE : 0;
}

static bool tier_holds(struct sim *sim, int tenant, int64_t at_ms, int tier)
{
    int64_t long_bad, short_bad;
    return burn_rate(sim, tenant, at_ms, tiers[tier].short_ms, &short_bad) >= tiers[tier].burn &&
           burn_rate(sim, tenant, at_ms, tiers[tier].long_ms, &long_bad) >= tiers[tier].burn &&
           long_bad >= tiers[tier].least_bad;
}

static void a_healthy_service_opens_no_tier(void **state)
{
    (void)state;
    struct sim *sim = sim_make(1);
    for (int64_t at_ms = ORIGIN_MS - DAY_MS; at_ms < ORIGIN_MS + DAY_MS; at_ms += HOUR_MS)
        for (int tenant = SIM_ALL; tenant < SIM_TENANTS; tenant++)
            for (int tier = 0; tier < TIERS; tier++)
                assert_false(tier_holds(sim, tenant, at_ms, tier));
    sim_free(sim);
}

static void an_incident_opens_the_page_tiers_soon_and_nothing_slower(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct err err;
        struct sim *sim = sim_make(seed);
        int64_t start_ms = ORIGIN_MS + 20LL * SECOND_MS;
        int64_t opened_ms[TIERS] = {0};
        assert_true(sim_start_incident(sim, start_ms, &err));
        for (int64_t at_ms = start_ms; at_ms <= start_ms + 15LL * MINUTE_MS; at_ms += 15LL * SECOND_MS)
            for (int tier = 0; tier < TIERS; tier++)
                if (!opened_ms[tier] && tier_holds(sim, SIM_ALL, at_ms, tier))
                    opened_ms[tier] = at_ms - start_ms;
        assert_true(opened_ms[OUTAGE] > 0 && opened_ms[OUTAGE] <= 60LL * SECOND_MS);
        assert_true(opened_ms[FAST] > 0 && opened_ms[FAST] <= 2LL * MINUTE_MS);
        assert_int_equal(opened_ms[SLOW], 0);
        assert_int_equal(opened_ms[DRIFT], 0);
        assert_int_equal(opened_ms[TREND], 0);
        sim_free(sim);
    }
}

static void an_incident_is_over_within_twenty_minutes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct err err;
        struct sim *sim = sim_make(seed);
        int64_t start_ms = ORIGIN_MS + 20LL * SECOND_MS, bad;
        assert_true(sim_start_incident(sim, start_ms, &err));
        /* two short windows of the fast tier under three quarters of its rate */
        for (int64_t at_ms = start_ms + 7LL * MINUTE_MS; at_ms <= start_ms + 18LL * MINUTE_MS;
             at_ms += 15LL * SECOND_MS)
            assert_true(burn_rate(sim, SIM_ALL, at_ms, 5LL * MINUTE_MS, &bad) < 0.75 * 14.4);
        sim_free(sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_service_opens_no_tier),
        cmocka_unit_test(an_incident_opens_the_page_tiers_soon_and_nothing_slower),
        cmocka_unit_test(an_incident_is_over_within_twenty_minutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
