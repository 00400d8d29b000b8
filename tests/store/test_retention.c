/* A store with years of rows: what is too old leaves it piece by piece, what is not stays. */
#include "support/cmocka_headers.h"

#include "base/buf.h"
#include "base/duration.h"
#include "store/retention.h"

#include <stdlib.h>
#include <unistd.h>

/* 2026-11-01 */
#define NOW_MS     (20758 * DAY_MS)
#define NOW_DAY    "20758"
#define NOW_MS_SQL "(20758 * 86400000)"

struct place {
    char folder[64];
    struct buf path;
    struct store *store;
};

/* Three years of days, history and incidents, one a day; series last seen up to 200 days ago; open minutes of
 * a generation that nobody counts any more. */
static const char old_rows[] =
    "INSERT INTO slo VALUES(1, 'prod/api/availability', 0);"
    "INSERT INTO generation VALUES(1, 1, x'00', 0, 0), (2, 1, x'01', 0, 0);"
    "INSERT INTO ledger_group VALUES(1, 1, 0, 1), (2, 2, 0, 1);"
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1094)"
    " INSERT INTO day SELECT g.id, " NOW_DAY
    " - i, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, x'00' FROM n, ledger_group g;"
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2999)"
    " INSERT INTO open_minute(group_id, minute, units, spent, hidden, expected, seen, flags, sealed)"
    " SELECT 2, (" NOW_DAY " - 1000) * 1440 + i, 1, 0, 0, 1, 1, 0, 1 FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1449)" /* a day, and ten minutes
                                                                                      */
    " INSERT INTO open_minute(group_id, minute, units, spent, hidden, expected, seen, flags, sealed)"
    " SELECT 1, " NOW_DAY " * 1440 + i, 1, 0, 0, 1, 1, 0, 1 FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199)"
    " INSERT INTO counted_series SELECT 1, 0, i + 1, " NOW_MS_SQL " - i * 86400000, 1, 0, 0 FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199)"
    " INSERT INTO target SELECT 1, i + 1, '', " NOW_MS_SQL " - i * 86400000, 0, 0, 0, 0, 0, 1 FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1094)"
    " INSERT INTO history SELECT NULL, " NOW_MS_SQL " - i * 86400000, 's', 'c', '' FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1094)"
    " INSERT INTO incident SELECT i + 1, 'k' || i, 's', '', 0, 1, " NOW_MS_SQL
    " - i * 86400000 - 1000, " NOW_MS_SQL " - i * 86400000, '{}' FROM n;"
    "UPDATE incident SET closed_ms = 0 WHERE id IN (1, 1000);" /* open: one for years */
    "INSERT INTO incident_receiver SELECT id, 'chat' FROM incident;"
    "INSERT INTO obligation SELECT id, id, opened_ms, 0, '{}', 1, 'due' FROM incident;"
    "INSERT INTO outbox SELECT id, incident_id, incident_id, 'chat', 2, 1, slot_ms, slot_ms, slot_ms, 200, ''"
    " FROM obligation;"
    "INSERT INTO dictionary VALUES(1, '{}');"
    "INSERT INTO audit VALUES(NULL, 0, 'a', 'b', 'c', '', x'00');";

static int start(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    struct err err;
    strcpy(place->folder, "/tmp/sloburn-test-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    buf_init(&place->path, 4096);
    buf_printf(&place->path, "%s/s.db", place->folder);
    place->store = store_open(buf_cstring(&place->path), "test", &err);
    if (!place->store)
        fail_msg("%s", err.message);
    db_execute(store_begin(place->store), old_rows);
    if (!store_commit(place->store, &err))
        fail_msg("%s", err.message);
    *state = place;
    return 0;
}

static int stop(void **state)
{
    static const char *const tails[] = {"", "-wal", "-shm", ".lock"};
    struct place *place = *state;
    store_close(place->store);
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        struct buf name;
        buf_init(&name, 4096);
        buf_printf(&name, "%s%s", buf_cstring(&place->path), tails[i]);
        unlink(buf_cstring(&name));
        buf_finish(&name);
    }
    rmdir(place->folder);
    buf_finish(&place->path);
    free(place);
    return 0;
}

/* Until all is done. The number of pieces. */
static int prune(struct place *place, int64_t most_rows)
{
    struct retention retention = {0};
    struct err err;
    bool more = true;
    int pieces = 0;
    for (; more; pieces++) {
        assert_true(pieces < 1000);
        struct database *db = store_begin(place->store);
        more = retention_piece(db, &retention, NOW_MS);
        assert_true(db_changes(db) <= most_rows);
        if (!store_commit(place->store, &err))
            fail_msg("%s", err.message);
    }
    return pieces;
}

static int64_t number(struct place *place, const char *sql)
{
    struct err err;
    int64_t n = -1;
    struct database *db = store_open_reader(buf_cstring(&place->path), &err);
    assert_non_null(db);
    struct statement *s = db_query(db, sql);
    while (db_step(s))
        n = db_int(s, 0);
    database_close(db);
    return n;
}

static void what_is_too_old_leaves_in_small_pieces(void **state)
{
    struct place *place = *state;
    assert_true(prune(place, 1000) > 20);
    assert_int_equal(number(place, "SELECT min(day) FROM day"), 20758 - 25 * 31);
    assert_int_equal(number(place, "SELECT count(*) FROM day"), 2 * (25 * 31 + 1));
    /* rows go when they are too old, and when their day is a blob */
    assert_int_equal(number(place, "SELECT count(*) FROM open_minute"), 10);
    assert_int_equal(number(place, "SELECT min(minute) FROM open_minute"), 20759 * 1440);
    assert_int_equal(number(place, "SELECT count(*) FROM counted_series"), 61);
    assert_int_equal(number(place, "SELECT count(*) FROM target"), 61);
    assert_int_equal(number(place, "SELECT count(*) FROM history"), 13 * 31 + 1);
}

static void an_incident_goes_with_all_that_was_told_of_it_and_only_when_it_is_over(void **state)
{
    struct place *place = *state;
    prune(place, 1000);
    static const char *const counts[] = {"SELECT count(*) FROM incident",
                                         "SELECT count(*) FROM incident_receiver",
                                         "SELECT count(*) FROM obligation", "SELECT count(*) FROM outbox"};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        assert_int_equal(number(place, counts[i]), 13 * 31 + 1 + 1);
    assert_int_equal(number(place, "SELECT count(*) FROM incident WHERE id = 1000"), 1);
}

static void a_message_that_is_still_owed_keeps_its_incident(void **state)
{
    struct place *place = *state;
    struct err err;
    db_execute(store_begin(place->store), "UPDATE outbox SET state = 0 WHERE id = 900");
    assert_true(store_commit(place->store, &err));
    prune(place, 1000);
    assert_int_equal(number(place, "SELECT count(*) FROM outbox WHERE id = 900"), 1);
    assert_int_equal(number(place, "SELECT count(*) FROM incident WHERE id = 900"), 1);
    assert_int_equal(number(place, "SELECT count(*) FROM incident"), 13 * 31 + 1 + 2);
}

static void dictionary_and_audit_stay(void **state)
{
    struct place *place = *state;
    prune(place, 1000);
    assert_int_equal(number(place, "SELECT count(*) FROM dictionary"), 1);
    assert_int_equal(number(place, "SELECT count(*) FROM audit"), 1);
}

static void a_second_time_there_is_nothing_to_do(void **state)
{
    struct place *place = *state;
    prune(place, 1000);
    int64_t before = number(place, "SELECT total(1) FROM day");
    assert_true(prune(place, 1000) < 40);
    assert_int_equal(number(place, "SELECT total(1) FROM day"), before);
}

static void free_pages_go_back_to_the_file_system(void **state)
{
    struct place *place = *state;
    struct err err;
    prune(place, 1000);
    int64_t before = number(place, "SELECT freelist_count FROM pragma_freelist_count");
    assert_true(before > 0);
    for (int i = 0; i < 20; i++)
        assert_true(store_compact(place->store, &err));
    assert_int_equal(number(place, "SELECT freelist_count FROM pragma_freelist_count"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_too_old_leaves_in_small_pieces, start, stop),
        cmocka_unit_test_setup_teardown(
            an_incident_goes_with_all_that_was_told_of_it_and_only_when_it_is_over, start, stop),
        cmocka_unit_test_setup_teardown(a_message_that_is_still_owed_keeps_its_incident, start, stop),
        cmocka_unit_test_setup_teardown(dictionary_and_audit_stay, start, stop),
        cmocka_unit_test_setup_teardown(a_second_time_there_is_nothing_to_do, start, stop),
        cmocka_unit_test_setup_teardown(free_pages_go_back_to_the_file_system, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
