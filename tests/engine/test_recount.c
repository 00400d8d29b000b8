/* Minutes that nobody saw are read again, and booked when the source has them at last. */
#include "support/cmocka_headers.h"

#include "base/arena.h"
#include "base/duration.h"
#include "store/audit_rows.h"
#include "store/ledger_rows.h"
#include "support/service_world.h"

#define BEGIN_MS (20500 * DAY_MS)

static void count_recounts(void *context, int64_t at_ms, struct text actor, struct text action,
                           struct text subject, struct text detail)
{
    (void)at_ms;
    (void)actor;
    (void)subject;
    (void)detail;
    *(int *)context += text_is(action, "recount");
}

static int recounts(const struct service_world *world)
{
    struct err err;
    int n = 0;
    struct database *db = store_open_reader(store_path(world->store), &err);
    assert_non_null(db);
    audit_each(db, 0, 1000, count_recounts, &n);
    database_close(db);
    return n;
}

static struct window_sum stored(const struct service_world *world, int64_t from_ms, int64_t to_ms)
{
    return service_world_booked(world, 0, from_ms, to_ms);
}

static void start(struct service_world *world, const char *window, int64_t now_ms)
{
    assert_true(service_world_init(world, 1, window, BEGIN_MS, now_ms));
}

/* A service scraped every 15 s; from 08:00 to 08:20 the source has nothing, and has it at 08:40. */
static void samples_that_come_late_are_booked_within_two_hours(void **state)
{
    (void)state;
    struct service_world world;
    int64_t gap = BEGIN_MS + 8 * HOUR_MS;
    start(&world, "30d", gap - HOUR_MS);
    service_source_hide(world.source, gap, gap + 20 * MINUTE_MS);
    service_world_run(&world, gap + 40 * MINUTE_MS);
    struct window_sum before = stored(&world, gap, gap + 30 * MINUTE_MS);
    assert_true(before.unseen_minutes >= 20);
    service_source_hide(world.source, 0, 0);
    service_world_run(&world, gap + 2 * HOUR_MS - MINUTE_MS);
    assert_int_equal(recounts(&world), 0);
    service_world_run(&world, gap + 2 * HOUR_MS);
    assert_int_equal(recounts(&world), 1);
    struct window_sum after = stored(&world, gap, gap + 30 * MINUTE_MS);
    assert_int_equal(after.unseen_minutes, 0);
    assert_int_equal(after.units, service_source_requests(0, BEGIN_MS, gap, gap + 30 * MINUTE_MS, false));
    assert_int_equal(after.spent, service_source_requests(0, BEGIN_MS, gap, gap + 30 * MINUTE_MS, true));
    service_world_finish(&world);
}

static void what_stays_unseen_is_left_and_asked_for_twice(void **state)
{
    (void)state;
    struct service_world world;
    int64_t gap = BEGIN_MS + 8 * HOUR_MS;
    start(&world, "30d", gap - HOUR_MS);
    service_source_hide(world.source, gap, gap + 20 * MINUTE_MS);
    service_world_run(&world, gap + 3 * HOUR_MS);
    struct window_sum before = stored(&world, gap, gap + 30 * MINUTE_MS);
    assert_true(before.unseen_minutes >= 20);
    assert_int_equal(recounts(&world), 0);
    service_source_hide(world.source, 0, 0);
    service_world_run(&world, gap + 24 * HOUR_MS - MINUTE_MS);
    assert_int_equal(recounts(&world), 0);
    service_world_run(&world, gap + 26 * HOUR_MS);
    assert_int_equal(recounts(&world), 1);
    assert_int_equal(stored(&world, gap, gap + 30 * MINUTE_MS).unseen_minutes, 0);
    service_world_finish(&world);
}

/* Between the two ages nothing is asked for, but the day's last hour looks at all of it. */
static void a_period_is_read_again_before_it_closes(void **state)
{
    (void)state;
    struct service_world world;
    int64_t gap = BEGIN_MS + 8 * HOUR_MS;
    start(&world, "day UTC", gap - HOUR_MS);
    service_source_hide(world.source, gap, gap + 20 * MINUTE_MS);
    service_world_run(&world, gap + 3 * HOUR_MS);
    service_source_hide(world.source, 0, 0);
    service_world_run(&world, BEGIN_MS + 23 * HOUR_MS - MINUTE_MS);
    assert_int_equal(recounts(&world), 0);
    service_world_run(&world, BEGIN_MS + 23 * HOUR_MS + MINUTE_MS);
    assert_int_equal(recounts(&world), 1);
    service_world_finish(&world);
}

static void a_restart_does_not_miss_an_hour(void **state)
{
    (void)state;
    struct service_world world;
    int64_t gap = BEGIN_MS + 8 * HOUR_MS;
    start(&world, "30d", gap - HOUR_MS);
    service_source_hide(world.source, gap, gap + 20 * MINUTE_MS);
    service_world_run(&world, gap + 50 * MINUTE_MS);
    service_source_hide(world.source, 0, 0);
    service_world_close(&world);
    world.now_ms = gap + 3 * HOUR_MS + 30 * MINUTE_MS;
    assert_true(service_world_open(&world));
    service_world_run(&world, world.now_ms + MINUTE_MS);
    assert_int_equal(recounts(&world), 1);
    assert_int_equal(stored(&world, gap, gap + 30 * MINUTE_MS).unseen_minutes, 0);
    service_world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_that_come_late_are_booked_within_two_hours),
        cmocka_unit_test(what_stays_unseen_is_left_and_asked_for_twice),
        cmocka_unit_test(a_period_is_read_again_before_it_closes),
        cmocka_unit_test(a_restart_does_not_miss_an_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
