/* The store's file, lock, and the way from obligation to delivered message. */
#include "support/cmocka_headers.h"

#include "base/arena.h"
#include "base/buf.h"
#include "store/outbox_rows.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct place {
    char folder[64];
    struct buf path;
    struct arena arena;
};

static void place_init(struct place *place)
{
    strcpy(place->folder, "/tmp/sloburn-test-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    buf_init(&place->path, 4096);
    buf_printf(&place->path, "%s/s.db", place->folder);
    arena_init(&place->arena, 0);
}

static void place_finish(struct place *place)
{
    static const char *const tails[] = {"", "-wal", "-shm", ".lock", ".copy", ".before-restore"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        struct buf name;
        buf_init(&name, 4096);
        buf_printf(&name, "%s%s", buf_cstring(&place->path), tails[i]);
        unlink(buf_cstring(&name));
        buf_finish(&name);
    }
    rmdir(place->folder);
    buf_finish(&place->path);
    arena_finish(&place->arena);
}

static struct facts page(enum fact_kind kind, int64_t slot_ms)
{
    return (struct facts){.kind = kind,
                          .incident = TEXT("prod/api/availability/page/1"),
                          .environment = TEXT("prod"),
                          .service = TEXT("api"),
                          .subject = TEXT("availability"),
                          .class = CLASS_PAGE,
                          .severity = SEVERITY_P1,
                          .slot_ms = slot_ms,
                          .what = TEXT("half of all requests fail")};
}

static void add(struct store *store, struct facts facts)
{
    static const struct text receivers[] = {{"pagerduty", 9}, {"slack", 5}};
    struct err err;
    obligation_add(store_begin(store), &facts, receivers, 2);
    assert_true(store_commit(store, &err));
}

static struct store *open_store(struct place *place)
{
    struct err err;
    struct store *store = store_open(buf_cstring(&place->path), "test", &err);
    if (!store)
        fail_msg("%s", err.message);
    return store;
}

static void a_second_process_is_refused_and_told_who_holds_it(void **state)
{
    (void)state;
    struct place place;
    struct err err;
    place_init(&place);
    struct store *store = open_store(&place);
    assert_null(store_open(buf_cstring(&place.path), "other", &err));
    assert_int_equal(err.kind, ERR_STORE);
    assert_non_null(strstr(err.message, "in use by test (pid "));
    store_close(store);
    store_close(open_store(&place));
    place_finish(&place);
}

static void resolve_waits_for_its_trigger_at_each_receiver(void **state)
{
    (void)state;
    struct place place;
    struct err err;
    struct outbox_item item;
    place_init(&place);
    struct store *store = open_store(&place);
    add(store, page(FACT_OPEN, 1000));
    add(store, page(FACT_OPEN, 1000)); /* the slot was evaluated again after a crash */
    add(store, page(FACT_RESOLVE, 2000));
    struct database *db = store_begin(store);
    assert_int_equal(obligations_expand(db, 5000, 100), 2);
    assert_true(outbox_take(db, 5000, NULL, 0, &place.arena, &item));
    assert_string_equal(item.receiver.at, "pagerduty");
    assert_int_equal(item.facts.kind, FACT_OPEN);
    int64_t trigger = item.id;
    assert_true(outbox_take(db, 5000, NULL, 0, &place.arena, &item));
    assert_string_equal(item.receiver.at, "slack");
    assert_int_equal(item.facts.kind, FACT_OPEN);
    assert_false(outbox_take(db, 5000, NULL, 0, &place.arena, &item)); /* both resolves wait */
    outbox_retry(db, trigger, 9000, 503, TEXT("busy"));
    assert_false(outbox_take(db, 5000, NULL, 0, &place.arena, &item));
    assert_int_equal(outbox_next_due(db),
                     9000); /* slack's resolve does not count: it waits for what is in flight */
    assert_true(outbox_take(db, 9000, NULL, 0, &place.arena, &item));
    assert_int_equal(item.id, trigger);
    assert_int_equal(item.attempts, 1);
    outbox_delivered(db, trigger, 9001, 202);
    assert_true(outbox_take(db, 9001, NULL, 0, &place.arena, &item));
    assert_int_equal(item.facts.kind, FACT_RESOLVE);
    assert_true(store_commit(store, &err));
    store_close(store);
    place_finish(&place);
}

static void what_was_in_flight_at_a_crash_is_sent_again(void **state)
{
    (void)state;
    struct place place;
    struct err err;
    struct outbox_item item, again;
    place_init(&place);
    struct store *store = open_store(&place);
    add(store, page(FACT_OPEN, 1000));
    struct database *db = store_begin(store);
    obligations_expand(db, 5000, 100);
    assert_true(outbox_take(db, 5000, NULL, 0, &place.arena, &item));
    assert_true(store_commit(store, &err));
    store_close(store);
    store = open_store(&place);
    db = store_begin(store);
    assert_int_equal(outbox_recover(db), 1);
    assert_true(outbox_take(db, 5000, NULL, 0, &place.arena, &again));
    assert_int_equal(again.id, item.id);
    assert_true(store_commit(store, &err));
    store_close(store);
    place_finish(&place);
}

static void an_update_of_an_unknown_incident_opens_nothing(void **state)
{
    (void)state;
    struct place place;
    struct err err;
    place_init(&place);
    struct store *store = open_store(&place);
    struct facts facts = page(FACT_RESOLVE, 1000);
    struct database *db = store_begin(store);
    assert_false(obligation_add(db, &facts, NULL, 0));
    assert_int_equal(obligations_expand(db, 1, 10), 0);
    assert_true(store_commit(store, &err));
    store_close(store);
    place_finish(&place);
}

static void a_failed_statement_takes_the_whole_transaction_back(void **state)
{
    (void)state;
    struct place place;
    struct err err;
    place_init(&place);
    struct store *store = open_store(&place);
    struct database *db = store_begin(store);
    meta_set(db, "kept", 1);
    db_execute(db, "INSERT INTO no_such_table VALUES(1)");
    meta_set(db, "kept", 2);
    assert_false(store_commit(store, &err));
    assert_int_equal(err.kind, ERR_STORE);
    db = store_begin(store);
    assert_int_equal(meta_get(db, "kept", 0), 0);
    assert_true(store_commit(store, &err));
    store_close(store);
    place_finish(&place);
}

static void a_backup_is_restored_and_remembered_as_such(void **state)
{
    (void)state;
    struct place place;
    struct err err;
    place_init(&place);
    struct buf copy;
    buf_init(&copy, 4096);
    buf_printf(&copy, "%s.copy", buf_cstring(&place.path));
    struct store *store = open_store(&place);
    meta_set(store_begin(store), "fact", 7);
    assert_true(store_commit(store, &err));
    assert_true(store_backup(buf_cstring(&place.path), buf_cstring(&copy), &err));
    assert_false(store_backup(buf_cstring(&place.path), buf_cstring(&copy), &err));  /* overwrites nothing */
    assert_false(store_restore(buf_cstring(&place.path), buf_cstring(&copy), &err)); /* in use */
    meta_set(store_begin(store), "fact", 8);
    assert_true(store_commit(store, &err));
    store_close(store);
    assert_true(store_restore(buf_cstring(&place.path), buf_cstring(&copy), &err));
    store = open_store(&place);
    struct database *db = store_begin(store);
    assert_int_equal(meta_get(db, "fact", 0), 7);
    assert_int_equal(meta_get(db, "restored", 0), 1);
    store_rollback(store);
    store_close(store);
    buf_finish(&copy);
    place_finish(&place);
}

static void files_that_are_no_store_are_refused(void **state)
{
    (void)state;
    struct place place;
    struct err err;
    place_init(&place);
    FILE *f = fopen(buf_cstring(&place.path), "w");
    assert_non_null(f);
    for (int i = 0; i < 1000; i++)
        fputs("this is no database. ", f);
    fclose(f);
    assert_null(store_open(buf_cstring(&place.path), "test", &err));
    assert_int_equal(err.kind, ERR_STORE);
    struct database *other = NULL;
    unlink(buf_cstring(&place.path));
    other = database_open(buf_cstring(&place.path), DATABASE_WRITE, &err);
    assert_non_null(other);
    db_execute(other, "CREATE TABLE theirs(x)");
    database_close(other);
    assert_null(store_open(buf_cstring(&place.path), "test", &err));
    assert_non_null(strstr(err.message, "not a store of sloburn"));
    place_finish(&place);
}

static void a_newer_schema_is_refused(void **state)
{
    (void)state;
    struct place place;
    struct err err;
    place_init(&place);
    struct store *store = open_store(&place);
    db_execute(store_begin(store), "PRAGMA user_version = 99");
    assert_true(store_commit(store, &err));
    store_close(store);
    assert_null(store_open(buf_cstring(&place.path), "test", &err));
    assert_non_null(strstr(err.message, "newer than this sloburn"));
    place_finish(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_process_is_refused_and_told_who_holds_it),
        cmocka_unit_test(resolve_waits_for_its_trigger_at_each_receiver),
        cmocka_unit_test(what_was_in_flight_at_a_crash_is_sent_again),
        cmocka_unit_test(an_update_of_an_unknown_incident_opens_nothing),
        cmocka_unit_test(a_failed_statement_takes_the_whole_transaction_back),
        cmocka_unit_test(a_backup_is_restored_and_remembered_as_such),
        cmocka_unit_test(files_that_are_no_store_are_refused),
        cmocka_unit_test(a_newer_schema_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
