/* A store that takes nothing for minutes, tried every two seconds, does not fill the log. */
#include "support/cmocka_headers.h"

#include "base/duration.h"
#include "base/file.h"
#include "store/database.h"
#include "support/engine_world.h"

#include <stdlib.h>
#include <unistd.h>

static const char slo_file[] = "service: rag-api\n"
                               "owner: rag-team\n"
                               "slos:\n"
                               "  availability:\n"
                               "    objective: 99.5%\n"
                               "    total: rag_queries_total\n"
                               "    bad: rag_queries_total{code=~\"5..\"}\n";

static size_t occurrences(struct text t, const char *part)
{
    struct text wanted = text_of(part);
    size_t n = 0;
    for (size_t i = 0; i + wanted.len <= t.len; i++)
        n += memcmp(t.at + i, wanted.at, wanted.len) == 0;
    return n;
}

static void change_store(struct engine_world *world, const char *sql)
{
    struct err err;
    db_run(db_query(store_begin(world->store), sql));
    assert_true(store_commit(world->store, &err));
}

static void run_with_a_full_disk(void)
{
    struct engine_world world;
    engine_world_init(&world,
                      (struct sim_options){.seed = 1, .history_ms = 2 * HOUR_MS, .plain_history = true});
    engine_world_write_config(&world);
    engine_world_write(&world, "a.slo.yml", slo_file);
    engine_world_start(&world);
    engine_world_run(&world, WORLD_ORIGIN_MS + 5 * MINUTE_MS);
    change_store(&world, "CREATE TRIGGER full BEFORE INSERT ON open_minute BEGIN "
                         "SELECT RAISE(ABORT, 'disk full'); END");
    engine_world_run(&world, WORLD_ORIGIN_MS + 10 * MINUTE_MS);
    assert_true(atomic_load(&world.counters.commits_failed) > 6);
    change_store(&world, "DROP TRIGGER full");
    engine_world_run(&world, WORLD_ORIGIN_MS + 12 * MINUTE_MS);
    engine_world_finish(&world);
}

static void a_full_disk_is_told_once_a_minute_and_its_end_once(void **state)
{
    (void)state;
    struct buf log;
    struct err err;
    char path[] = "/tmp/sloburn-trouble-XXXXXX";
    int file = mkstemp(path), kept = dup(STDERR_FILENO);
    assert_true(file >= 0 && kept >= 0 && dup2(file, STDERR_FILENO) >= 0);
    run_with_a_full_disk();
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
    close(file);
    buf_init(&log, 1 << 20);
    assert_true(file_read(path, &log, &err));
    assert_int_equal(unlink(path), 0);
    size_t told = occurrences(buf_text(&log), "an evaluation cannot be stored");
    assert_in_range(told, 2, 6);
    assert_int_equal(occurrences(buf_text(&log), "times="), told - 1);
    assert_int_equal(occurrences(buf_text(&log), "the store can be written again"), 1);
    buf_finish(&log);
}

static bool page_handed_over(struct engine_world *world)
{
    struct buf receiver, facts;
    bool found = false;
    buf_init(&receiver, 4096);
    buf_init(&facts, 1 << 20);
    while (emergency_take(world->emergency, &receiver, &facts)) {
        found |= memmem(facts.at, facts.len, "page", 4) != NULL;
        buf_clear(&receiver);
        buf_clear(&facts);
    }
    buf_finish(&receiver);
    buf_finish(&facts);
    return found;
}

/* Down for two hours, and the disk is full when it starts again: it evaluates in memory, and pages. */
static void what_was_missed_and_cannot_be_stored_is_evaluated_in_memory(void **state)
{
    (void)state;
    struct engine_world world;
    struct sim_condition outage = {
        SIM_FAIL, WORLD_ORIGIN_MS + 120 * MINUTE_MS, WORLD_ORIGIN_MS + 180 * MINUTE_MS, SIM_ALL, SIM_ALL, 1};
    engine_world_init(&world, (struct sim_options){.seed = 1,
                                                   .history_ms = 2 * HOUR_MS,
                                                   .plain_history = true,
                                                   .conditions = &outage,
                                                   .n_conditions = 1});
    engine_world_write_config(&world);
    engine_world_write(&world, "a.slo.yml", slo_file);
    engine_world_start(&world);
    engine_world_run(&world, WORLD_ORIGIN_MS + 10 * MINUTE_MS);
    change_store(&world, "CREATE TRIGGER full BEFORE INSERT ON open_minute BEGIN "
                         "SELECT RAISE(ABORT, 'disk full'); END");
    engine_world_stop(&world);
    world.now_ms += 115 * MINUTE_MS;
    engine_world_start(&world);
    engine_world_run(&world, WORLD_ORIGIN_MS + 135 * MINUTE_MS);
    assert_true(page_handed_over(&world));
    change_store(&world, "DROP TRIGGER full");
    engine_world_run(&world, WORLD_ORIGIN_MS + 140 * MINUTE_MS);
    struct err err;
    struct database *reader = store_open_reader(store_path(world.store), &err);
    assert_non_null(reader);
    struct statement *s = db_query(reader, "SELECT count(*) FROM incident WHERE key LIKE '%page%'");
    assert_true(db_step(s));
    assert_int_equal(db_int(s, 0), 1);
    db_done(s);
    database_close(reader);
    engine_world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_missed_and_cannot_be_stored_is_evaluated_in_memory),
        cmocka_unit_test(a_full_disk_is_told_once_a_minute_and_its_end_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
