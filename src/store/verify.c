/* Checking a store from end to end. */
#include "store/verify.h"

#include "base/buf.h"
#include "slo/day_blob.h"
#include "store/audit_rows.h"
#include "store/correction_rows.h"
#include "store/ledger_rows.h"

enum { PROBLEMS_SHOWN = 100 };

struct verify_run {
    struct database *db;
    struct store_verdict *verdict;
    struct buf *problems;
};

static void verify_pages(struct verify_run *run)
{
    struct statement *s = db_query(run->db, "PRAGMA integrity_check(100)");
    while (db_step(s)) {
        if (text_is(db_text(s, 0), "ok"))
            continue;
        run->verdict->problems++;
        buf_printf(run->problems, "file: %.*s\n", TEXT_ARG(db_text(s, 0)));
    }
    s = db_query(run->db, "PRAGMA foreign_key_check");
    for (int shown = 0; db_step(s); shown++) {
        run->verdict->problems++;
        if (shown < PROBLEMS_SHOWN)
            buf_printf(run->problems, "file: row %lld of %.*s points to a row that is not there\n",
                       (long long)db_int(s, 1), TEXT_ARG(db_text(s, 0)));
    }
}

static void verify_audit(struct verify_run *run)
{
    struct err err;
    if (audit_verify(run->db, &run->verdict->audit_rows, &run->verdict->audit_head, &err))
        return;
    run->verdict->problems++;
    buf_printf(run->problems, "audit: %s\n", err.message);
}

static void verify_corrections(struct verify_run *run)
{
    int64_t problems = corrections_verify(run->db, &run->verdict->corrections, PROBLEMS_SHOWN, run->problems);
    run->verdict->problems += problems;
}

static bool same_totals(const struct window_sum *a, const struct window_sum *b)
{
    return a->units == b->units && a->spent == b->spent && a->hidden == b->hidden &&
           a->expected == b->expected && a->seen == b->seen && a->minutes == b->minutes &&
           a->unseen_minutes == b->unseen_minutes && a->estimated_minutes == b->estimated_minutes &&
           a->down_minutes == b->down_minutes && a->estimated_units == b->estimated_units;
}

/* One day of one group: its blob against its totals. */
static bool verify_day(struct statement *s, struct err *err)
{
    struct minute minutes[DAY_MINUTES];
    size_t n = 0;
    struct window_sum sum = {0}, stored = ledger_totals_row(s, 3);
    if (!day_blob_decode(db_blob(s, 2), db_int(s, 1), minutes, &n, err))
        return false;
    for (size_t i = 0; i < n; i++)
        window_sum_minute(&sum, &minutes[i]);
    return same_totals(&sum, &stored) ||
           err_set(
               err, ERR_STORE,
               "day %lld: its minutes add up to %lld units and %lld spent, beside them stand %lld and %lld",
               (long long)db_int(s, 1), (long long)sum.units, (long long)sum.spent, (long long)stored.units,
               (long long)stored.spent);
}

static void verify_days(struct verify_run *run)
{
    int shown = 0;
    struct statement *s = db_query(
        run->db,
        "SELECT d.group_id, d.day, d.blob, d.units, d.spent, d.hidden, d.expected, d.seen, d.minutes,"
        " d.unseen_minutes, d.estimated_minutes, d.down_minutes, d.estimated_units, s.identity"
        " FROM day d LEFT JOIN ledger_group g ON g.id = d.group_id"
        " LEFT JOIN generation n ON n.id = g.generation_id LEFT JOIN slo s ON s.id = n.slo_id"
        " ORDER BY d.group_id, d.day");
    while (db_step(s)) {
        struct err err;
        if (verify_day(s, &err)) {
            run->verdict->days++;
            continue;
        }
        run->verdict->problems++;
        if (shown++ < PROBLEMS_SHOWN)
            buf_printf(run->problems, "ledger: %.*s, group %lld: %s\n", TEXT_ARG(db_text(s, 13)),
                       (long long)db_int(s, 0), err.message);
    }
}

bool store_verify(struct database *reader, struct store_verdict *verdict, struct buf *problems,
                  struct err *err)
{
    struct verify_run run = {reader, verdict, problems};
    *verdict = (struct store_verdict){0};
    verify_pages(&run);
    if (!db_failed(reader))
        verify_audit(&run);
    if (!db_failed(reader))
        verify_corrections(&run);
    if (!db_failed(reader))
        verify_days(&run);
    return !db_take_error(reader, err);
}
