/* Evaluations that are stored in several parts: the process is killed after each of its commits in turn and
 * started again, and what is in the store at the end is what it would have been. */
#include "support/cmocka_headers.h"

#include "base/duration.h"
#include "base/file.h"
#include "support/service_world.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SERVICES = 240, STORE_MAX = 64 << 20, DUMP_MAX = 64 << 20, KILLS = 8 };

#define BEGIN_MS (20500 * DAY_MS + 20 * HOUR_MS)
#define START_MS (BEGIN_MS + 90 * MINUTE_MS)
#define BREAK_MS (START_MS + 10 * MINUTE_MS)
/* Most pages open at the slot after it, which is stored in several parts. */
#define OPENING_MS (BREAK_MS + 2 * MINUTE_MS)
#define END_MS     (BREAK_MS + 4 * MINUTE_MS)

/* All that is told and counted, in an order of its own. When a status was last written, and how old the
 * budgets were that a message tells of, is no part of it. */
static const char *const tables[] = {
    "SELECT key || ' ' || class || ' ' || severity || ' ' || opened_ms || ' ' || closed_ms FROM incident"
    " ORDER BY key",
    "SELECT i.key || ' ' || o.slot_ms || ' ' || o.kind || ' ' ||"
    " coalesce(json_extract(o.facts, '$.lines'), '') FROM obligation o"
    " JOIN incident i ON i.id = o.incident_id ORDER BY i.key, o.slot_ms, o.kind, o.id",
    "SELECT at_ms || ' ' || subject || ' ' || change FROM history ORDER BY at_ms, subject, change",
    "SELECT slo.identity || ' ' || m.minute || ' ' || m.units || ' ' || m.spent || ' ' || m.expected || ' '"
    " || m.seen FROM open_minute m JOIN ledger_group g ON g.id = m.group_id"
    " JOIN generation n ON n.id = g.generation_id JOIN slo ON slo.id = n.slo_id"
    " ORDER BY slo.identity, m.minute",
    "SELECT slo.identity || ' ' || d.day || ' ' || d.units || ' ' || d.spent FROM day d"
    " JOIN ledger_group g ON g.id = d.group_id JOIN generation n ON n.id = g.generation_id"
    " JOIN slo ON slo.id = n.slo_id ORDER BY slo.identity, d.day",
    "SELECT name || ' ' || slot_ms FROM evaluation ORDER BY name",
};

static void dump(const struct service_world *world, struct buf *out)
{
    struct err err;
    struct database *db = store_open_reader(world->path.at, &err);
    assert_non_null(db);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        struct statement *s = db_query(db, tables[i]);
        while (db_step(s)) {
            buf_add_text(out, db_text(s, 0));
            buf_putc(out, '\n');
        }
    }
    assert_false(db_take_error(db, &err));
    assert_false(out->overflowed);
    database_close(db);
}

static void die_at_last(void *context)
{
    int *left = context;
    if (--*left == 0)
        (void)raise(SIGKILL);
}

/* From when on commits are looked at, and until when at most. */
struct stretch {
    int64_t from_ms, to_ms;
};

/* A process of its own that is killed right after its nth commit in the stretch. False: it came through. */
static bool run_and_kill(struct service_world *world, int nth, const struct stretch *stretch)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (!service_world_open(world))
            _exit(1);
        service_world_run(world, stretch->from_ms);
        store_watch(world->store, die_at_last, &nth);
        service_world_run(world, stretch->to_ms);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status))
        assert_int_equal(WEXITSTATUS(status), 0);
    return WIFSIGNALED(status);
}

static void keep_store(const struct service_world *world, struct buf *kept)
{
    struct err err;
    buf_clear(kept);
    assert_true(file_read(world->path.at, kept, &err));
}

static void put_back_store(const struct service_world *world, const struct buf *kept)
{
    static const char *const tails[] = {"-wal", "-shm"};
    struct err err;
    for (size_t i = 0; i < 2; i++) {
        struct buf name;
        buf_init(&name, 4096);
        buf_printf(&name, "%s%s", world->path.at, tails[i]);
        (void)unlink(buf_cstring(&name));
        buf_finish(&name);
    }
    assert_true(file_write(world->path.at, buf_text(kept), &err));
}

static void world_begin(struct service_world *world)
{
    assert_true(service_world_init(world, SERVICES, "day UTC", BEGIN_MS, START_MS));
    service_source_break(world->source, BREAK_MS);
}

/* Runs the store as it was kept at `begin_ms` to the end; killed after the nth commit, unless that is 0. */
static bool run_on(struct service_world *world, const struct buf *kept, int64_t begin_ms,
                   const struct stretch *stretch, int nth)
{
    put_back_store(world, kept);
    world->now_ms = begin_ms;
    if (nth && !run_and_kill(world, nth, stretch))
        return false;
    assert_true(service_world_open(world));
    service_world_run(world, stretch->to_ms);
    service_world_close(world);
    return true;
}

/* The line in which two dumps begin to differ, as the second has it. */
static const char *first_difference(const struct buf *expected, struct buf *found)
{
    size_t i = 0, line = 0;
    for (; i < expected->len && i < found->len && expected->at[i] == found->at[i]; i++)
        if (found->at[i] == '\n')
            line = i + 1;
    const char *at = buf_cstring(found) + line;
    char *end = strchr(found->at + line, '\n');
    if (end)
        *end = '\0';
    return at;
}

/* Is killed after each of the first commits of the stretch. The store without kills `holds` this. */
static void compare_with_kills(struct service_world *world, const struct buf *kept, int64_t begin_ms,
                               const struct stretch *stretch, const char *holds)
{
    struct buf expected, found;
    buf_init(&expected, DUMP_MAX);
    buf_init(&found, DUMP_MAX);
    run_on(world, kept, begin_ms, stretch, 0);
    dump(world, &expected);
    assert_true(text_contains(buf_text(&expected), text_of(holds)));
    int kills = 0;
    while (kills < KILLS && run_on(world, kept, begin_ms, stretch, kills + 1)) {
        kills++;
        buf_clear(&found);
        dump(world, &found);
        if (!text_eq(buf_text(&expected), buf_text(&found)))
            fail_msg("killed after commit %d: another store: %s", kills, first_difference(&expected, &found));
    }
    assert_true(kills > 3);
    buf_finish(&expected);
    buf_finish(&found);
}

static void a_process_killed_between_the_parts_of_an_outage_loses_and_doubles_nothing(void **state)
{
    (void)state;
    struct service_world world;
    struct buf kept;
    world_begin(&world);
    buf_init(&kept, STORE_MAX);
    service_world_run(&world, BREAK_MS);
    int64_t begin_ms = world.now_ms;
    service_world_close(&world);
    keep_store(&world, &kept);
    compare_with_kills(&world, &kept, begin_ms, &(struct stretch){OPENING_MS, END_MS}, "page opened");
    assert_true(service_world_open(&world));
    service_world_finish(&world);
    buf_finish(&kept);
}

static void a_process_killed_while_it_fills_and_starts_tells_one_summary_of_all(void **state)
{
    (void)state;
    struct service_world world;
    struct buf kept;
    world_begin(&world);
    service_source_break(world.source, START_MS - 10 * MINUTE_MS);
    buf_init(&kept, STORE_MAX);
    service_world_close(&world);
    compare_with_kills(&world, &kept, START_MS, &(struct stretch){0, START_MS + MINUTE_MS},
                       "first state told"); /* from an empty store */
    assert_true(service_world_open(&world));
    service_world_finish(&world);
    buf_finish(&kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_killed_between_the_parts_of_an_outage_loses_and_doubles_nothing),
        cmocka_unit_test(a_process_killed_while_it_fills_and_starts_tells_one_summary_of_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
