/* SLOs, generations, groups and the writing of a ledger's changes; reading is in ledger_read.c. */
#include "store/ledger_rows.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/memory.h"
#include "store/store.h"
#include "store/target_rows.h"

enum { LABELS_JSON_MAX = 64 << 10 };

/* A blob of a few kilobytes costs as much as so many rows. */
enum { DAY_CHANGES = 8 };

void labels_text(const struct labels *labels, struct buf *out)
{
    struct json_writer w;
    json_begin(&w, out);
    json_open(&w, '{');
    for (uint32_t i = 0; labels && i < labels->len; i++) {
        json_name_text(&w, symbol_text(labels->at[i].name));
        json_put_text(&w, symbol_text(labels->at[i].value));
    }
    json_close(&w, '}');
}

int64_t labels_id(struct database *db, const struct labels *labels)
{
    struct buf json;
    buf_init(&json, LABELS_JSON_MAX);
    labels_text(labels, &json);
    int64_t id = dictionary_id(db, buf_text(&json));
    buf_finish(&json);
    return id;
}

void ledger_ids_finish(struct ledger_ids *ids)
{
    VEC_FREE(&ids->groups);
    map_finish(&ids->labels);
}

void ledger_ids_forget(struct ledger_ids *ids)
{
    VEC_CLEAR(&ids->groups);
    ledger_ids_forget_labels(ids);
}

void ledger_ids_forget_labels(struct ledger_ids *ids)
{
    map_finish(&ids->labels);
}

/* Sets are interned, so the pointer stands for the set. */
static int64_t known_labels_id(struct database *db, const struct labels *labels, struct ledger_ids *ids)
{
    bool added;
    uint64_t *place = map_add(&ids->labels, map_key_of(labels), &added);
    if (added)
        *place = (uint64_t)labels_id(db, labels);
    return (int64_t)*place;
}

static int64_t find_slo(struct database *db, struct text identity)
{
    struct statement *s = db_query(db, "SELECT id FROM slo WHERE identity = ?1");
    db_bind_text(s, 0, identity);
    int64_t id = 0;
    while (db_step(s))
        id = db_int(s, 0);
    return id;
}

static int64_t find_generation(struct database *db, int64_t slo_id, const struct digest *digest)
{
    struct statement *s = db_query(db, "SELECT id FROM generation WHERE slo_id = ?1 AND digest = ?2");
    db_bind_int(s, 0, slo_id);
    db_bind_blob(s, 1, digest->bytes, DIGEST_BYTES);
    int64_t id = 0;
    while (db_step(s))
        id = db_int(s, 0);
    return id;
}

static void load_groups(struct database *db, struct ledger_ids *ids)
{
    struct statement *s =
        db_query(db, "SELECT id FROM ledger_group WHERE generation_id = ?1 ORDER BY number");
    db_bind_int(s, 0, ids->generation_id);
    VEC_CLEAR(&ids->groups);
    while (db_step(s))
        VEC_PUSH(&ids->groups, db_int(s, 0));
}

static void rename_slo(struct database *db, int64_t id, struct text identity)
{
    struct statement *s = db_query(db, "UPDATE slo SET identity = ?2 WHERE id = ?1");
    db_bind_int(s, 0, id);
    db_bind_text(s, 1, identity);
    db_run(s);
}

void ledger_identify(struct database *db, const struct slo *slo, int64_t now_ms, struct ledger_ids *ids)
{
    ids->slo_id = find_slo(db, slo->id);
    if (!ids->slo_id && slo->was.len) {
        ids->slo_id = find_slo(db, slo->was);
        if (ids->slo_id)
            rename_slo(db, ids->slo_id, slo->id);
    }
    if (!ids->slo_id) {
        struct statement *s = db_query(db, "INSERT INTO slo(identity, first_ms) VALUES(?1, ?2)");
        db_bind_text(s, 0, slo->id);
        db_bind_int(s, 1, now_ms);
        db_run(s);
        ids->slo_id = db_last_id(db);
    }
    ids->generation_id = find_generation(db, ids->slo_id, &slo->generation);
    if (!ids->generation_id) {
        struct statement *s =
            db_query(db, "INSERT INTO generation(slo_id, digest, made_ms, used_ms) VALUES(?1, ?2, ?3, ?3)");
        db_bind_int(s, 0, ids->slo_id);
        db_bind_blob(s, 1, slo->generation.bytes, DIGEST_BYTES);
        db_bind_int(s, 2, now_ms);
        db_run(s);
        ids->generation_id = db_last_id(db);
    } else {
        struct statement *s = db_query(db, "UPDATE generation SET used_ms = ?2 WHERE id = ?1");
        db_bind_int(s, 0, ids->generation_id);
        db_bind_int(s, 1, now_ms);
        db_run(s);
    }
    load_groups(db, ids);
}

bool ledger_find(struct database *db, const struct slo *slo, struct ledger_ids *ids)
{
    ids->slo_id = find_slo(db, slo->id);
    ids->generation_id = ids->slo_id ? find_generation(db, ids->slo_id, &slo->generation) : 0;
    if (!ids->generation_id)
        return false;
    load_groups(db, ids);
    return true;
}

static void write_head(struct database *db, int64_t generation, const struct ledger_head *head)
{
    struct statement *s =
        db_query(db, "INSERT OR REPLACE INTO ledger_head(generation_id, horizon_ms, first_minute,"
                     " answered_ms, newest_ms, blind_since_ms, blind_from_ms, blind_to_ms, matched)"
                     " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    const int64_t values[] = {generation,          head->horizon_ms,  head->first_minute,
                              head->answered_ms,   head->newest_ms,   head->blind_since_ms,
                              head->blind_from_ms, head->blind_to_ms, head->matched};
    for (int i = 0; i < 9; i++)
        db_bind_int(s, i, values[i]);
    db_run(s);
}

static void write_groups(struct database *db, struct ledger *ledger, struct ledger_ids *ids,
                         int64_t from_minute)
{
    for (size_t number = ids->groups.len; number < ledger_groups(ledger); number++) {
        const struct labels *set = ledger_group_labels(ledger, (uint32_t)number);
        int64_t labels = labels_id(db, set);
        struct statement *s =
            db_query(db, "INSERT INTO ledger_group(generation_id, number, labels_id) VALUES(?1, ?2, ?3)");
        db_bind_int(s, 0, ids->generation_id);
        db_bind_int(s, 1, (int64_t)number);
        db_bind_int(s, 2, labels);
        db_run(s);
        VEC_PUSH(&ids->groups, db_last_id(db));
        target_rows_begin(db, ledger_slo(ledger), ids->slo_id, set, from_minute);
    }
}

static void write_minute(struct database *db, int64_t group, const struct minute *m, bool sealed)
{
    struct statement *s =
        db_query(db, "INSERT OR REPLACE INTO open_minute(group_id, minute, units, spent, hidden,"
                     " expected, seen, flags, sealed) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    const int64_t values[] = {group,       m->minute, m->units,          m->spent, m->hidden,
                              m->expected, m->seen,   (int64_t)m->flags, sealed};
    for (int i = 0; i < 9; i++)
        db_bind_int(s, i, values[i]);
    db_run(s);
}

static void write_day(struct database *db, int64_t group, int64_t day, struct text blob,
                      const struct window_sum *totals)
{
    struct statement *s = db_query(
        db, "INSERT OR REPLACE INTO day(group_id, day, units, spent, hidden, expected, seen, minutes,"
            " unseen_minutes, estimated_minutes, down_minutes, estimated_units, saturated, blob)"
            " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)");
    const int64_t values[] = {group,
                              day,
                              totals->units,
                              totals->spent,
                              totals->hidden,
                              totals->expected,
                              totals->seen,
                              totals->minutes,
                              totals->unseen_minutes,
                              totals->estimated_minutes,
                              totals->down_minutes,
                              totals->estimated_units,
                              totals->saturated};
    for (int i = 0; i < 13; i++)
        db_bind_int(s, i, values[i]);
    db_bind_blob(s, 13, blob.at, blob.len);
    db_run(s);
}

/* The first of amends [i, n) that is of another group or day. */
static size_t end_of_day(const struct ledger_change *change, size_t i)
{
    const struct ledger_amend *first = &change->amends[i];
    size_t end = i + 1;
    while (end < change->n_amends && change->amends[end].group == first->group &&
           day_of_minute(change->amends[end].amend.minute) == day_of_minute(first->amend.minute))
        end++;
    return end;
}

/* Amendments of one group and day, whose blob is read and written once. */
static void amend_day(struct database *db, int64_t group, const struct ledger_amend *at, size_t n)
{
    int64_t day = day_of_minute(at[0].amend.minute);
    struct buf old, blob;
    struct window_sum totals = {0};
    struct err err;
    struct minute_amend *amends = memory_alloc_zero(n, sizeof *amends);
    for (size_t i = 0; i < n; i++)
        amends[i] = at[i].amend;
    buf_init(&old, DAY_BLOB_MAX_BYTES);
    buf_init(&blob, DAY_BLOB_MAX_BYTES);
    struct statement *s = db_query(db, "SELECT blob FROM day WHERE group_id = ?1 AND day = ?2");
    db_bind_int(s, 0, group);
    db_bind_int(s, 1, day);
    while (db_step(s))
        buf_add_text(&old, db_blob(s, 0));
    /* A damaged day stays as it is: `verify` tells of it. */
    if (day_blob_amend(buf_text(&old), day, amends, n, &blob, &totals, &err))
        write_day(db, group, day, buf_text(&blob), &totals);
    buf_finish(&old);
    buf_finish(&blob);
    memory_free(amends);
}

static void write_series(struct database *db, const struct ledger_series *series, struct ledger_ids *ids)
{
    struct statement *s =
        db_query(db, "INSERT OR REPLACE INTO counted_series(generation_id, term, labels_id, last_ms,"
                     " value, start_ms, peak) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    const int64_t values[] = {ids->generation_id, series->term,  known_labels_id(db, series->labels, ids),
                              series->last_ms,    series->value, series->start_ms,
                              series->peak};
    for (int i = 0; i < 7; i++)
        db_bind_int(s, i, values[i]);
    db_run(s);
}

static void write_target(struct database *db, const struct ledger_target *target, struct ledger_ids *ids)
{
    int64_t labels = known_labels_id(db, target->labels, ids);
    struct statement *s =
        db_query(db, "INSERT OR REPLACE INTO target(generation_id, labels_id, any_ms, good_ms,"
                     " chain_ms, interval_ms, process_start_ms, odd, up, replica)"
                     " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    const int64_t values[] = {ids->generation_id,       labels,           target->any_ms,
                              target->good_ms,          target->chain_ms, target->interval_ms,
                              target->process_start_ms, target->odd,      target->up};
    for (int i = 0; i < 9; i++)
        db_bind_int(s, i, values[i]);
    db_bind_text(s, 9, target->replica);
    db_run(s);
}

static bool amends_sealed(const struct ledger_change *change, size_t row)
{
    return change->rows[row].minute.minute < change->counted_from;
}

size_t ledger_state_changes(const struct ledger_change *change)
{
    size_t rows = 0;
    for (size_t i = 0; i < change->n_rows; i++)
        rows += amends_sealed(change, i);
    return 1 + rows + (change->n_days + change->n_amends) * DAY_CHANGES + change->n_series +
           change->n_targets;
}

/* The rows of a span that amend sealed minutes, or those that do not. */
static void write_minutes(struct database *db, const struct ledger_change *change,
                          const struct ledger_ids *ids, const struct ledger_rows_span *span, bool amend)
{
    for (size_t i = span->from; i < span->to; i++)
        if (amends_sealed(change, i) == amend)
            write_minute(db, ids->groups.at[change->rows[i].group], &change->rows[i].minute,
                         change->rows[i].sealed);
}

void ledger_write_minutes(struct database *db, struct ledger *ledger, const struct ledger_change *change,
                          struct ledger_ids *ids, const struct ledger_rows_span *span)
{
    write_groups(db, ledger, ids, change->head.horizon_ms / MINUTE_MS);
    write_minutes(db, change, ids, span, false);
}

void ledger_write_state(struct database *db, struct ledger *ledger, const struct ledger_change *change,
                        struct ledger_ids *ids)
{
    write_head(db, ids->generation_id, &change->head);
    write_groups(db, ledger, ids, change->head.horizon_ms / MINUTE_MS);
    write_minutes(db, change, ids, &(struct ledger_rows_span){0, change->n_rows}, true);
    for (size_t i = 0; i < change->n_days; i++)
        write_day(db, ids->groups.at[change->days[i].group], change->days[i].day, change->days[i].blob,
                  &change->days[i].totals);
    for (size_t i = 0, end; i < change->n_amends; i = end) {
        end = end_of_day(change, i);
        amend_day(db, ids->groups.at[change->amends[i].group], &change->amends[i], end - i);
    }
    for (size_t i = 0; i < change->n_series; i++)
        write_series(db, &change->series[i], ids);
    for (size_t i = 0; i < change->n_targets; i++)
        write_target(db, &change->targets[i], ids);
}

void ledger_write(struct database *db, struct ledger *ledger, const struct ledger_change *change,
                  struct ledger_ids *ids)
{
    ledger_write_minutes(db, ledger, change, ids, &(struct ledger_rows_span){0, change->n_rows});
    ledger_write_state(db, ledger, change, ids);
}
