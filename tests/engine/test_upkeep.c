/* What becomes of a store while the engine runs: it is pruned once a day, and one that was restored is like
 * any other once all has been evaluated. */
#include "support/cmocka_headers.h"

#include "base/duration.h"
#include "store/state_rows.h"
#include "support/service_world.h"

#define BEGIN_MS (20500 * DAY_MS)

static void count_lines(void *context, int64_t at_ms, struct text subject, struct text change,
                        struct text detail)
{
    (void)at_ms;
    (void)change;
    (void)detail;
    *(int *)context += text_is(subject, "old");
}

static int old_lines(const struct service_world *world)
{
    struct err err;
    int n = 0;
    struct database *db = store_open_reader(store_path(world->store), &err);
    assert_non_null(db);
    history_each(db, 0, INT64_MAX, TEXT("old"), 100, count_lines, &n);
    database_close(db);
    return n;
}

static void add_line(const struct service_world *world, int64_t at_ms)
{
    struct err err;
    history_add(store_begin(world->store), at_ms, TEXT("old"), TEXT("page opened"), TEXT(""));
    assert_true(store_commit(world->store, &err));
}

static void old_rows_are_pruned_once_a_day(void **state)
{
    (void)state;
    struct service_world world;
    int64_t now_ms = BEGIN_MS + 20 * HOUR_MS;
    assert_true(service_world_init(&world, 1, "30d", now_ms - HOUR_MS, now_ms));
    add_line(&world, now_ms - 500 * DAY_MS);
    add_line(&world, now_ms - 300 * DAY_MS);
    service_world_run(&world, now_ms + MINUTE_MS);
    assert_int_equal(old_lines(&world), 1);
    add_line(&world, now_ms - 500 * DAY_MS);
    service_world_run(&world, BEGIN_MS + DAY_MS - 5 * MINUTE_MS);
    assert_int_equal(old_lines(&world), 2);
    service_world_run(&world, BEGIN_MS + DAY_MS + 11 * MINUTE_MS);
    assert_int_equal(old_lines(&world), 1);
    service_world_finish(&world);
}

static void a_restored_store_is_a_first_start_only_once(void **state)
{
    (void)state;
    struct service_world world;
    struct err err;
    struct buf backup;
    assert_true(service_world_init(&world, 1, "30d", BEGIN_MS, BEGIN_MS + HOUR_MS));
    service_world_run(&world, BEGIN_MS + HOUR_MS + MINUTE_MS);
    service_world_close(&world);
    buf_init(&backup, 4096);
    buf_printf(&backup, "%s.copy", buf_cstring(&world.path));
    assert_true(store_backup(buf_cstring(&world.path), buf_cstring(&backup), &err));
    assert_true(store_restore(buf_cstring(&world.path), buf_cstring(&backup), &err));
    assert_true(service_world_open(&world));
    struct database *reader = store_open_reader(buf_cstring(&world.path), &err);
    assert_non_null(reader);
    assert_int_equal(meta_get(reader, "restored", 0), 1);
    service_world_run(&world, BEGIN_MS + HOUR_MS + 2 * MINUTE_MS);
    assert_int_equal(meta_get(reader, "restored", 0), 0);
    database_close(reader);
    buf_finish(&backup);
    service_world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(old_rows_are_pruned_once_a_day),
                                       cmocka_unit_test(a_restored_store_is_a_first_start_only_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
