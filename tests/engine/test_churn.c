/* Series that come and go, as pods do: memory stays bounded, and what is counted is the same whether the
 * process went on, moved its label sets, or was started again in between. */
#include "support/cmocka_headers.h"

#include "base/arena.h"
#include "base/duration.h"
#include "store/ledger_rows.h"
#include "support/service_world.h"

enum { SERVICES = 1, DAYS = 5 };

#define BEGIN_MS (20500 * DAY_MS)
#define START_MS (BEGIN_MS + HOUR_MS)
#define CHURN_MS (6 * MINUTE_MS)

static struct window_sum counted(const struct service_world *world, size_t slo, int64_t day)
{
    int64_t from_ms = BEGIN_MS / DAY_MS * DAY_MS + day * DAY_MS;
    return service_world_booked(world, slo, from_ms, from_ms + DAY_MS);
}

static void begin(struct service_world *world)
{
    assert_true(service_world_init(world, SERVICES, "30d", BEGIN_MS, START_MS));
    service_source_churn(world->source, CHURN_MS);
}

/* 240 new pods a day for each service. */
static void memory_stays_bounded_while_series_come_and_go(void **state)
{
    (void)state;
    struct service_world world;
    size_t most[DAYS] = {0};
    begin(&world);
    for (int day = 0; day < DAYS; day++)
        for (int hour = 0; hour < 24; hour++) {
            service_world_run(&world, START_MS + day * DAY_MS + hour * HOUR_MS);
            size_t bytes = engine_ledger_bytes(world.engine);
            most[day] = bytes > most[day] ? bytes : most[day];
        }
    /* two days are remembered; from the third day on nothing grows */
    assert_true(most[2] < (size_t)1 << 20);
    assert_true(most[DAYS - 1] < most[2] + most[2] / 4);
    service_world_close(&world);
    assert_true(service_world_open(&world)); /* no more than a process that went on is restored */
    assert_true(engine_ledger_bytes(world.engine) < most[DAYS - 1]);
    service_world_finish(&world);
}

static void what_is_counted_is_the_same_after_restarts(void **state)
{
    (void)state;
    struct service_world on, again;
    begin(&on);
    begin(&again);
    service_world_run(&on, START_MS + 60 * HOUR_MS);
    for (int hours = 7; hours <= 60; hours += 7) {
        service_world_run(&again, START_MS + hours * HOUR_MS);
        service_world_close(&again);
        assert_true(service_world_open(&again));
    }
    service_world_run(&again, START_MS + 60 * HOUR_MS);
    for (size_t i = 0; i < SERVICES; i++)
        for (int day = 0; day < 2; day++) {
            struct window_sum a = counted(&on, i, day), b = counted(&again, i, day);
            assert_true(a.units > 0);
            assert_int_equal(a.units, b.units);
            assert_int_equal(a.spent, b.spent);
            assert_int_equal(a.seen, b.seen);
            assert_int_equal(a.expected, b.expected);
        }
    service_world_finish(&on);
    service_world_finish(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_stays_bounded_while_series_come_and_go),
                                       cmocka_unit_test(what_is_counted_is_the_same_after_restarts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
