/* A store that is sound, and each kind of damage that is found. */
#include "store/verify.h"

#include "base/buf.h"
#include "slo/day_blob.h"
#include "store/audit_rows.h"
#include "store/correction_rows.h"
#include "store/store.h"
#include "support/cmocka_headers.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { DAY = 20700 };

/* A store of one SLO with one closed day and three audit rows, in a file of its own. */
static void make_store(char path[64])
{
    struct err err;
    struct minute minutes[2] = {
        {.minute = DAY * 1440LL, .units = 100, .spent = 3, .expected = 2, .seen = 2},
        {.minute = DAY * 1440LL + 1, .units = 50, .spent = 1, .expected = 2, .seen = 1}};
    struct window_sum sum;
    struct buf blob;
    strncpy(path, "/tmp/sloburn-verify-XXXXXX", 64);
    assert_non_null(mkdtemp(path));
    strncat(path, "/s.db", 8);
    struct store *store = store_open(path, "a test", &err);
    assert_non_null(store);
    struct database *db = store_begin(store);
    buf_init(&blob, DAY_BLOB_MAX_BYTES);
    day_blob_encode(minutes, 2, &blob, &sum);
    db_execute(db,
               "INSERT INTO slo VALUES(1, 'prod/a/b', 1); INSERT INTO generation VALUES(1, 1, x'00', 1, 1);"
               "INSERT INTO ledger_group VALUES(1, 1, 0, 1)");
    struct statement *s =
        db_query(db, "INSERT INTO day VALUES(1, ?1, 150, 4, 0, 4, 3, 2, 1, 0, 0, 0, 0, ?2)");
    db_bind_int(s, 0, DAY);
    db_bind_blob(s, 1, blob.at, blob.len);
    db_run(s);
    for (int i = 0; i < 3; i++)
        audit_add(db, i, TEXT("a person"), TEXT("an act"), TEXT("a thing"), TEXT(""));
    assert_true(store_commit(store, &err));
    store_close(store);
    buf_finish(&blob);
}

static void remove_store(char path[64])
{
    static const char *const tails[] = {"", "-wal", "-shm", ".lock"};
    struct buf name;
    buf_init(&name, 256);
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        buf_clear(&name);
        buf_printf(&name, "%s%s", path, tails[i]);
        unlink(buf_cstring(&name));
    }
    *strrchr(path, '/') = '\0';
    rmdir(path);
    buf_finish(&name);
}

/* One in force, one revoked. */
static void add_corrections(struct database *db)
{
    struct correction correction = {.selector = TEXT("slo:prod/a/b"),
                                    .from_ms = 1000,
                                    .to_ms = 2000,
                                    .every = TEXT(""),
                                    .zone_name = TEXT(""),
                                    .kind = CORRECTION_EXCLUSION,
                                    .reason = TEXT("a \"test\""),
                                    .author = TEXT("mina"),
                                    .approver = TEXT(""),
                                    .made_ms = 3000};
    correction_add(db, &correction, TEXT("mina"));
    correction.id = correction_add(db, &correction, TEXT("mina"));
    struct correction_revocation revocation = {TEXT("mina"), TEXT("jo"), TEXT("an error"), TEXT("mina"),
                                               4000};
    correction_revoke(db, &correction, &revocation);
}

/* Makes a store, changes it by `damage` (SQL or ""), verifies it. */
static void expect_of(void (*fill)(struct database *db), const char *damage, int64_t problems,
                      const char *line)
{
    char path[64];
    struct err err;
    struct store_verdict verdict;
    struct buf found;
    make_store(path);
    struct database *db = database_open(path, DATABASE_WRITE, &err);
    assert_non_null(db);
    if (fill)
        fill(db);
    db_execute(db, damage);
    assert_false(db_take_error(db, &err));
    database_close(db);
    db = store_open_reader(path, &err);
    assert_non_null(db);
    buf_init(&found, 1 << 16);
    assert_true(store_verify(db, &verdict, &found, &err));
    assert_int_equal(verdict.problems, problems);
    assert_non_null(strstr(buf_cstring(&found), line));
    if (!problems) {
        assert_int_equal(verdict.audit_rows, fill ? 6 : 3);
        assert_int_equal(verdict.corrections, fill ? 2 : 0);
        assert_int_equal(verdict.days, 1);
    }
    buf_finish(&found);
    database_close(db);
    remove_store(path);
}

static void expect(const char *damage, int64_t problems, const char *line)
{
    expect_of(NULL, damage, problems, line);
}

static void a_sound_store_has_no_problems(void **state)
{
    (void)state;
    expect("", 0, "");
}

static void totals_that_differ_from_their_minutes_are_found(void **state)
{
    (void)state;
    expect("UPDATE day SET spent = 0", 1,
           "ledger: prod/a/b, group 1: day 20700: its minutes add up to 150 units and 4 spent");
    expect("UPDATE day SET seen = 4", 1, "its minutes add up");
}

static void a_blob_that_does_not_decode_is_found(void **state)
{
    (void)state;
    expect("UPDATE day SET blob = zeroblob(30)", 1, "ledger: prod/a/b, group 1:");
    expect("UPDATE day SET day = day + 1", 1, "ledger: prod/a/b, group 1:");
}

static void an_audit_row_that_was_changed_or_taken_out_is_found(void **state)
{
    (void)state;
    expect("UPDATE audit SET actor = 'nobody' WHERE id = 2", 1, "audit: audit row 2");
    expect("DELETE FROM audit WHERE id = 2", 1, "audit: audit row 3");
}

static void rows_cut_off_at_the_end_of_the_audit_are_missed(void **state)
{
    (void)state;
    expect("DELETE FROM audit WHERE id = 3", 1, "audit: the audit ends at row 2, but 3 were written");
    expect("DELETE FROM audit", 1, "audit: the audit ends at row 0, but 3 were written");
    expect("UPDATE meta SET value = value + 1 WHERE name = 'audit_head'", 1,
           "audit: the audit ends at row 3, which is not the one that was written last");
}

static void a_correction_that_is_not_as_the_audit_says_is_found(void **state)
{
    (void)state;
    expect_of(add_corrections, "UPDATE correction SET to_ms = to_ms + 1 WHERE id = 1", 1,
              "corrections: correction 1 is not what the audit says was added");
    expect_of(add_corrections, "UPDATE correction SET revoked_ms = 0 WHERE id = 2", 1,
              "corrections: correction 2 was revoked, says the audit, and is in force");
    expect_of(add_corrections, "UPDATE correction SET revoked_ms = 9 WHERE id = 1", 1,
              "corrections: correction 1 was revoked, but not in the audit");
    expect_of(add_corrections, "UPDATE correction SET revoked_by = 'eve' WHERE id = 2", 1,
              "corrections: correction 2 was not revoked as the audit says");
    expect_of(add_corrections, "DELETE FROM correction WHERE id = 2", 1,
              "corrections: correction 2 is in the audit and not in the store");
    expect_of(add_corrections,
              "INSERT INTO correction SELECT 9, selector, from_ms, to_ms, recurrence, zone, kind, reason,"
              " author, approver, made_ms, 0, '', '' FROM correction WHERE id = 1",
              1, "corrections: correction 9 is not in the audit");
    expect_of(add_corrections, "", 0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_store_has_no_problems),
        cmocka_unit_test(totals_that_differ_from_their_minutes_are_found),
        cmocka_unit_test(a_blob_that_does_not_decode_is_found),
        cmocka_unit_test(an_audit_row_that_was_changed_or_taken_out_is_found),
        cmocka_unit_test(rows_cut_off_at_the_end_of_the_audit_are_missed),
        cmocka_unit_test(a_correction_that_is_not_as_the_audit_says_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
