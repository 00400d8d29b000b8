/* The tables of the store, version by version. Times are int64 ms UTC; label sets and other recurring texts
 * are numbers in the dictionary. A step, once released, is never edited: the next version is a further entry.
 */
#include "store/schema.h"

#include "store/store.h"

static const char version_1[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE dictionary(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;"

    /* An SLO is environment/service/name; a generation is one canonical form of what it counts; a group is
     * the roll-up
     * ({}) or one value of the fan-out. */
    "CREATE TABLE slo(id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, first_ms INTEGER NOT NULL) "
    "STRICT;"
    /* Each minute is judged by the target in force: a row a change, of each group. */
    "CREATE TABLE slo_target(slo_id INTEGER NOT NULL REFERENCES slo(id), labels_id INTEGER NOT NULL,"
    " from_minute INTEGER NOT NULL, measure TEXT NOT NULL, objective TEXT NOT NULL, target INTEGER NOT NULL,"
    " allowance INTEGER NOT NULL, period_minutes INTEGER NOT NULL,"
    " PRIMARY KEY(slo_id, labels_id, from_minute)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE generation(id INTEGER PRIMARY KEY, slo_id INTEGER NOT NULL REFERENCES slo(id), digest BLOB "
    "NOT NULL,"
    " made_ms INTEGER NOT NULL, used_ms INTEGER NOT NULL,"
    " UNIQUE(slo_id, digest)) STRICT;"
    "CREATE TABLE ledger_group(id INTEGER PRIMARY KEY, generation_id INTEGER NOT NULL REFERENCES "
    "generation(id),"
    " number INTEGER NOT NULL, labels_id INTEGER NOT NULL, UNIQUE(generation_id, number)) STRICT;"
    "CREATE TABLE ledger_head(generation_id INTEGER PRIMARY KEY, horizon_ms INTEGER NOT NULL,"
    " first_minute INTEGER NOT NULL, answered_ms INTEGER NOT NULL, newest_ms INTEGER NOT NULL,"
    " blind_since_ms INTEGER NOT NULL, blind_from_ms INTEGER NOT NULL, blind_to_ms INTEGER NOT NULL,"
    " matched INTEGER NOT NULL) STRICT;"
    /* Open minutes are rows; settled ones move into one blob a group and day. */
    "CREATE TABLE open_minute(minute INTEGER NOT NULL, group_id INTEGER NOT NULL, units INTEGER NOT NULL,"
    " spent INTEGER NOT NULL, hidden INTEGER NOT NULL, expected INTEGER NOT NULL, seen INTEGER NOT NULL,"
    " flags INTEGER NOT NULL, sealed INTEGER NOT NULL, PRIMARY KEY(group_id, minute)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE day(group_id INTEGER NOT NULL, day INTEGER NOT NULL, units INTEGER NOT NULL, spent INTEGER "
    "NOT NULL,"
    " hidden INTEGER NOT NULL, expected INTEGER NOT NULL, seen INTEGER NOT NULL, minutes INTEGER NOT NULL,"
    " unseen_minutes INTEGER NOT NULL, estimated_minutes INTEGER NOT NULL, down_minutes INTEGER NOT NULL,"
    " estimated_units INTEGER NOT NULL, saturated INTEGER NOT NULL, blob BLOB NOT NULL,"
    " PRIMARY KEY(group_id, day)) STRICT, WITHOUT ROWID;"
    /* What counting must remember to go on exactly where it stopped. */
    "CREATE TABLE counted_series(generation_id INTEGER NOT NULL, term INTEGER NOT NULL, labels_id INTEGER "
    "NOT NULL,"
    " last_ms INTEGER NOT NULL, value INTEGER NOT NULL, start_ms INTEGER NOT NULL, peak INTEGER NOT NULL,"
    " PRIMARY KEY(generation_id, term, labels_id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE target(generation_id INTEGER NOT NULL, labels_id INTEGER NOT NULL, replica TEXT NOT NULL,"
    " any_ms INTEGER NOT NULL, good_ms INTEGER NOT NULL, chain_ms INTEGER NOT NULL, interval_ms INTEGER NOT "
    "NULL,"
    " process_start_ms INTEGER NOT NULL, odd INTEGER NOT NULL, up INTEGER NOT NULL,"
    " PRIMARY KEY(generation_id, labels_id)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE evaluation(name TEXT PRIMARY KEY, slot_ms INTEGER NOT NULL, blind_since_ms INTEGER NOT "
    "NULL)"
    " STRICT, WITHOUT ROWID;"
    /* Burn states, for restarts; and the last evaluation in numbers, for the page, the API and status. */
    "CREATE TABLE slo_state(group_id INTEGER PRIMARY KEY, slot_ms INTEGER NOT NULL, state BLOB NOT NULL,"
    " status TEXT NOT NULL) STRICT;"
    /* Actions of policies. What is called at the end stands here too, since the action may leave the file. */
    "CREATE TABLE policy_state(slo_id INTEGER NOT NULL REFERENCES slo(id), grouping TEXT NOT NULL,"
    " action TEXT NOT NULL, slot_ms INTEGER NOT NULL, active_ms INTEGER NOT NULL, day INTEGER NOT NULL,"
    " started INTEGER NOT NULL, held INTEGER NOT NULL, quiet INTEGER NOT NULL, incident TEXT NOT NULL,"
    " receiver TEXT NOT NULL, undo_url TEXT NOT NULL, undo_body TEXT NOT NULL, token_file TEXT NOT NULL,"
    " PRIMARY KEY(slo_id, grouping, action)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE alert(rule TEXT NOT NULL, labels_id INTEGER NOT NULL, phase INTEGER NOT NULL,"
    " active_ms INTEGER NOT NULL, fired_ms INTEGER NOT NULL, keep_since_ms INTEGER NOT NULL,"
    " blind_ms INTEGER NOT NULL, value REAL, annotations TEXT NOT NULL,"
    " PRIMARY KEY(rule, labels_id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE history(id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, subject TEXT NOT NULL,"
    " change TEXT NOT NULL, detail TEXT NOT NULL) STRICT;"
    "CREATE INDEX history_subject ON history(subject, at_ms);"
    "CREATE INDEX history_at ON history(at_ms);"

    "CREATE TABLE incident(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, subject TEXT NOT NULL,"
    " grouping TEXT NOT NULL, class INTEGER NOT NULL, severity INTEGER NOT NULL, opened_ms INTEGER NOT NULL,"
    " closed_ms INTEGER NOT NULL, facts TEXT NOT NULL) STRICT;"
    "CREATE INDEX incident_open ON incident(closed_ms, opened_ms);"
    "CREATE INDEX incident_subject ON incident(subject, grouping, opened_ms);"
    "CREATE TABLE incident_receiver(incident_id INTEGER NOT NULL REFERENCES incident(id), receiver TEXT NOT "
    "NULL,"
    " PRIMARY KEY(incident_id, receiver)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE obligation(id INTEGER PRIMARY KEY, incident_id INTEGER NOT NULL REFERENCES incident(id),"
    " slot_ms INTEGER NOT NULL, kind INTEGER NOT NULL, facts TEXT NOT NULL, settled INTEGER NOT NULL,"
    " reason TEXT NOT NULL) STRICT;"
    "CREATE INDEX obligation_incident ON obligation(incident_id, slot_ms, kind);"
    "CREATE INDEX obligation_unsettled ON obligation(id) WHERE settled = 0;"
    "CREATE TABLE outbox(id INTEGER PRIMARY KEY, obligation_id INTEGER NOT NULL REFERENCES obligation(id),"
    " incident_id INTEGER NOT NULL REFERENCES incident(id), receiver TEXT NOT NULL, state INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL, not_before_ms INTEGER NOT NULL, made_ms INTEGER NOT NULL,"
    " settled_ms INTEGER NOT NULL, last_status INTEGER NOT NULL, last_error TEXT NOT NULL,"
    " UNIQUE(obligation_id, receiver)) STRICT;"
    "CREATE INDEX outbox_incident ON outbox(incident_id);"
    "CREATE INDEX outbox_waiting ON outbox(incident_id, receiver, id) WHERE state < 2;"
    "CREATE INDEX outbox_due ON outbox(not_before_ms, id) WHERE state < 2;"

    "CREATE TABLE silence(id INTEGER PRIMARY KEY, matchers TEXT NOT NULL, starts_ms INTEGER NOT NULL,"
    " ends_ms INTEGER NOT NULL, made_by TEXT NOT NULL, comment TEXT NOT NULL, made_ms INTEGER NOT NULL) "
    "STRICT;"
    "CREATE TABLE correction(id INTEGER PRIMARY KEY, selector TEXT NOT NULL, from_ms INTEGER NOT NULL,"
    " to_ms INTEGER NOT NULL, recurrence TEXT NOT NULL, zone TEXT NOT NULL, kind TEXT NOT NULL, reason TEXT "
    "NOT NULL,"
    " author TEXT NOT NULL, approver TEXT NOT NULL, made_ms INTEGER NOT NULL, revoked_ms INTEGER NOT NULL,"
    " revoked_by TEXT NOT NULL, revoked_why TEXT NOT NULL) STRICT;"
    /* Each row's chain is the digest of the one before and its own content. */
    "CREATE TABLE audit(id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT "
    "NULL,"
    " subject TEXT NOT NULL, detail TEXT NOT NULL, chain BLOB NOT NULL) STRICT;";

/* versions[i] leads from version i to i + 1 */
static const char *const versions[STORE_SCHEMA_VERSION] = {version_1};

bool schema_version(struct database *db, int *version, struct err *err)
{
    int64_t application = 0, found = 0, tables = 0;
    struct statement *s =
        db_query(db, "SELECT a.application_id, v.user_version, (SELECT count(*) FROM sqlite_schema)"
                     " FROM pragma_application_id a, pragma_user_version v");
    while (db_step(s)) {
        application = db_int(s, 0);
        found = db_int(s, 1);
        tables = db_int(s, 2);
    }
    if (db_take_error(db, err))
        return false;
    if (application != STORE_APPLICATION_ID && tables > 0)
        return err_set(err, ERR_STORE, "the file is an SQLite database, but not a store of sloburn's");
    if (found > STORE_SCHEMA_VERSION)
        return err_set(err, ERR_STORE,
                       "the store has schema %d, newer than this sloburn " SLOBURN_VERSION
                       " knows (%d): run the newer version, or restore the backup made before its migration",
                       (int)found, STORE_SCHEMA_VERSION);
    *version = (int)found;
    return true;
}

bool schema_migrate(struct database *db, int version, struct err *err)
{
    db_execute(db, "BEGIN IMMEDIATE");
    for (int i = version; i < STORE_SCHEMA_VERSION; i++)
        db_execute(db, versions[i]);
    db_execute(db, "PRAGMA application_id = 1936482926"); /* STORE_APPLICATION_ID */
    _Static_assert(STORE_SCHEMA_VERSION == 1, "write the version below as well");
    db_execute(db, "PRAGMA user_version = 1");
    db_execute(db, "COMMIT");
    if (!db_take_error(db, err))
        return true;
    struct err ignored;
    db_execute(db, "ROLLBACK");
    db_take_error(db, &ignored);
    return err_context(err, "cannot bring the store to schema %d", STORE_SCHEMA_VERSION);
}
