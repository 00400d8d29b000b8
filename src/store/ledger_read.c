/* Reading a ledger back: for a restart, and for windows of any length. */
#include "store/ledger_rows.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "slo/ledger_restore.h"
#include "store/store.h"

const struct labels *labels_of_id(struct database *db, int64_t id, struct label_table *table)
{
    struct arena arena;
    struct err err;
    arena_init(&arena, 0);
    struct json *json = json_parse(dictionary_text(db, id, &arena), &err);
    VEC(struct label) labels = {0};
    for (const struct json *child = json_first(json); child; child = json_next(child))
        VEC_PUSH(&labels, (struct label){symbol_intern(table, text_of(json_key(child))),
                                         symbol_intern(table, text_of(json_string(child, "")))});
    const struct labels *set = labels.len ? labels_intern(table, labels.at, labels.len) : labels_empty(table);
    VEC_FREE(&labels);
    json_free(json);
    arena_finish(&arena);
    return set;
}

const struct labels *ledger_group_row_labels(struct database *db, int64_t group_id, struct label_table *table)
{
    struct statement *s = db_query(db, "SELECT labels_id FROM ledger_group WHERE id = ?1");
    db_bind_int(s, 0, group_id);
    int64_t id = 0;
    while (db_step(s))
        id = db_int(s, 0);
    return labels_of_id(db, id, table);
}

bool ledger_head_row(struct database *db, int64_t generation_id, struct ledger_head *head)
{
    struct statement *s =
        db_query(db, "SELECT horizon_ms, first_minute, answered_ms, newest_ms, blind_since_ms,"
                     " blind_from_ms, blind_to_ms, matched FROM ledger_head WHERE generation_id = ?1");
    db_bind_int(s, 0, generation_id);
    bool found = false;
    while (db_step(s)) {
        *head = (struct ledger_head){.horizon_ms = db_int(s, 0),
                                     .first_minute = db_int(s, 1),
                                     .answered_ms = db_int(s, 2),
                                     .newest_ms = db_int(s, 3),
                                     .blind_since_ms = db_int(s, 4),
                                     .blind_from_ms = db_int(s, 5),
                                     .blind_to_ms = db_int(s, 6),
                                     .matched = db_int(s, 7) != 0};
        found = true;
    }
    return found;
}

/* Of targets and series only what a process that had gone on would remember. */
static void read_targets(struct database *db, int64_t generation, int64_t from_ms, struct label_table *table,
                         struct ledger *ledger)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct statement *s =
        db_query(db, "SELECT labels_id, any_ms, good_ms, chain_ms, interval_ms, process_start_ms, odd,"
                     " up, replica FROM target WHERE generation_id = ?1 AND any_ms >= ?2");
    db_bind_int(s, 0, generation);
    db_bind_int(s, 1, from_ms);
    while (db_step(s)) {
        struct ledger_target target = {.any_ms = db_int(s, 1),
                                       .good_ms = db_int(s, 2),
                                       .chain_ms = db_int(s, 3),
                                       .interval_ms = db_int(s, 4),
                                       .process_start_ms = db_int(s, 5),
                                       .odd = (int32_t)db_int(s, 6),
                                       .up = (int32_t)db_int(s, 7),
                                       .replica = text_copy(&arena, db_text(s, 8))};
        target.labels = labels_of_id(db, db_int(s, 0), table);
        ledger_restore_target(ledger, &target);
    }
    arena_finish(&arena);
}

void ledger_newest_of_term(struct database *db, int64_t generation_id, uint32_t term,
                           struct label_table *table, struct ledger_series *series)
{
    struct statement *s =
        db_query(db, "SELECT labels_id, last_ms, value FROM counted_series WHERE generation_id = ?1"
                     " AND term = ?2 ORDER BY last_ms DESC LIMIT 1");
    int64_t labels = 0;
    db_bind_int(s, 0, generation_id);
    db_bind_int(s, 1, term);
    while (db_step(s)) {
        labels = db_int(s, 0);
        *series = (struct ledger_series){.term = term, .last_ms = db_int(s, 1), .value = db_int(s, 2)};
    }
    if (labels)
        series->labels = labels_of_id(db, labels, table);
}

static void read_series(struct database *db, int64_t generation, int64_t from_ms, struct label_table *table,
                        struct ledger *ledger)
{
    struct statement *s =
        db_query(db, "SELECT term, labels_id, last_ms, value, start_ms, peak FROM counted_series"
                     " WHERE generation_id = ?1 AND (last_ms >= ?2 OR term >= ?3)");
    db_bind_int(s, 0, generation);
    db_bind_int(s, 1, from_ms);
    db_bind_int(s, 2, (int64_t)ledger_terms(ledger));
    while (db_step(s)) {
        struct ledger_series series = {.term = (uint32_t)db_int(s, 0),
                                       .last_ms = db_int(s, 2),
                                       .value = db_int(s, 3),
                                       .start_ms = db_int(s, 4),
                                       .peak = db_int(s, 5)};
        series.labels = labels_of_id(db, db_int(s, 1), table);
        ledger_restore_series(ledger, &series);
    }
}

static struct minute minute_row(struct statement *s)
{
    return (struct minute){.minute = db_int(s, 0),
                           .units = db_int(s, 1),
                           .spent = db_int(s, 2),
                           .hidden = db_int(s, 3),
                           .expected = (int32_t)db_int(s, 4),
                           .seen = (int32_t)db_int(s, 5),
                           .flags = (uint32_t)db_int(s, 6)};
}

static bool read_closed_days(struct database *db, int64_t group_id, int64_t from_day, uint32_t group,
                             struct ledger *ledger, struct err *err)
{
    struct minute minutes[DAY_MINUTES];
    struct statement *s =
        db_query(db, "SELECT day, blob FROM day WHERE group_id = ?1 AND day >= ?2 ORDER BY day");
    db_bind_int(s, 0, group_id);
    db_bind_int(s, 1, from_day);
    bool sound = true;
    while (sound && db_step(s)) {
        size_t n = 0;
        sound = day_blob_decode(db_blob(s, 1), db_int(s, 0), minutes, &n, err);
        for (size_t i = 0; sound && i < n; i++)
            ledger_restore_minute(ledger, group, &minutes[i]);
    }
    db_done(s);
    return sound;
}

static void read_open_minutes(struct database *db, int64_t group_id, int64_t from_minute, int64_t to_minute,
                              uint32_t group, struct ledger *ledger)
{
    struct statement *s =
        db_query(db, "SELECT minute, units, spent, hidden, expected, seen, flags FROM open_minute"
                     " WHERE group_id = ?1 AND minute >= ?2 AND minute < ?3 ORDER BY minute");
    db_bind_int(s, 0, group_id);
    db_bind_int(s, 1, from_minute);
    db_bind_int(s, 2, to_minute);
    while (db_step(s)) {
        struct minute m = minute_row(s);
        ledger_restore_minute(ledger, group, &m);
    }
}

int64_t ledger_first_minute(struct database *db, int64_t group_id)
{
    struct minute minutes[DAY_MINUTES];
    size_t n = 0;
    struct err err;
    struct statement *s = db_query(db, "SELECT day, blob FROM day WHERE group_id = ?1 ORDER BY day LIMIT 1");
    db_bind_int(s, 0, group_id);
    int64_t first = INT64_MAX;
    while (db_step(s))
        if (day_blob_decode(db_blob(s, 1), db_int(s, 0), minutes, &n, &err) && n)
            first = minutes[0].minute;
    if (first < INT64_MAX)
        return first;
    s = db_query(db, "SELECT min(minute) FROM open_minute WHERE group_id = ?1 HAVING count(*) > 0");
    db_bind_int(s, 0, group_id);
    while (db_step(s))
        first = db_int(s, 0);
    return first;
}

bool ledger_read(struct database *db, const struct ledger_ids *ids, struct label_table *table,
                 struct ledger *ledger, struct err *err)
{
    struct ledger_head head;
    bool counted = ledger_head_row(db, ids->generation_id, &head);
    if (counted)
        ledger_restore_head(ledger, &head);
    for (size_t i = 1; i < ids->groups.len; i++) /* group 0, the roll-up, is there from the start */
        ledger_restore_group(ledger, ledger_group_row_labels(db, ids->groups.at[i], table),
                             ledger_first_minute(db, ids->groups.at[i]));
    if (!counted)
        return true;
    int64_t remembered_ms = ledger_remembered_ms(head.horizon_ms);
    read_targets(db, ids->generation_id, remembered_ms, table, ledger);
    read_series(db, ids->generation_id, remembered_ms, table, ledger);
    int64_t horizon = head.horizon_ms / MINUTE_MS;
    int64_t from = (head.horizon_ms - ledger_recall_ms(ledger)) / MINUTE_MS;
    for (size_t i = 0; i < ids->groups.len; i++) {
        if (!read_closed_days(db, ids->groups.at[i], day_of_minute(from), (uint32_t)i, ledger, err))
            return err_context(err, "the ledger in the store");
        read_open_minutes(db, ids->groups.at[i], from, horizon, (uint32_t)i, ledger);
    }
    return true;
}

struct window_sum ledger_totals_row(struct statement *s, int first)
{
    return (struct window_sum){.units = db_int(s, first),
                               .spent = db_int(s, first + 1),
                               .hidden = db_int(s, first + 2),
                               .expected = db_int(s, first + 3),
                               .seen = db_int(s, first + 4),
                               .minutes = db_int(s, first + 5),
                               .unseen_minutes = db_int(s, first + 6),
                               .estimated_minutes = db_int(s, first + 7),
                               .down_minutes = db_int(s, first + 8),
                               .estimated_units = db_int(s, first + 9)};
}

static struct window_day day_row(struct statement *s, struct arena *arena, bool with_blob)
{
    struct window_day day = {.day = db_int(s, 0), .totals = ledger_totals_row(s, 1)};
    day.totals.saturated = db_int(s, 11) != 0;
    if (with_blob)
        day.blob = text_copy(arena, db_blob(s, 12));
    return day;
}

static bool any_needs_blob(int64_t day, const struct minute_span *windows, size_t n,
                           const struct minute_span *excluded, size_t n_excluded)
{
    for (size_t i = 0; i < n; i++)
        if (window_needs_blob(day, windows[i].from_minute, windows[i].to_minute, excluded, n_excluded))
            return true;
    return false;
}

void ledger_windows_source(struct database *db, int64_t group_id, const struct minute_span *windows, size_t n,
                           const struct minute_span *excluded, size_t n_excluded, struct arena *arena,
                           struct window_source *source)
{
    VEC(struct window_day) days = {0};
    VEC(struct minute) open = {0};
    struct minute_span whole = n ? windows[0] : (struct minute_span){0, 0};
    for (size_t i = 1; i < n; i++) {
        whole.from_minute =
            windows[i].from_minute < whole.from_minute ? windows[i].from_minute : whole.from_minute;
        whole.to_minute = windows[i].to_minute > whole.to_minute ? windows[i].to_minute : whole.to_minute;
    }
    struct statement *s = db_query(
        db, "SELECT day, units, spent, hidden, expected, seen, minutes, unseen_minutes, estimated_minutes,"
            " down_minutes, estimated_units, saturated, blob FROM day"
            " WHERE group_id = ?1 AND day >= ?2 AND day <= ?3 ORDER BY day");
    db_bind_int(s, 0, group_id);
    db_bind_int(s, 1, day_of_minute(whole.from_minute));
    db_bind_int(s, 2, day_of_minute(whole.to_minute));
    while (db_step(s)) {
        bool blob = any_needs_blob(db_int(s, 0), windows, n, excluded, n_excluded);
        VEC_PUSH(&days, day_row(s, arena, blob));
    }
    /* rows of a day that has its blob are leftovers */
    int64_t closed = days.len ? (days.at[days.len - 1].day + 1) * DAY_MINUTES : whole.from_minute;
    s = db_query(db, "SELECT minute, units, spent, hidden, expected, seen, flags FROM open_minute"
                     " WHERE group_id = ?1 AND minute >= ?2 AND minute < ?3 ORDER BY minute");
    db_bind_int(s, 0, group_id);
    db_bind_int(s, 1, closed > whole.from_minute ? closed : whole.from_minute);
    db_bind_int(s, 2, whole.to_minute);
    while (db_step(s))
        VEC_PUSH(&open, minute_row(s));
    struct window_day *kept_days = ARENA_ARRAY(arena, struct window_day, days.len);
    struct minute *kept_open = ARENA_ARRAY(arena, struct minute, open.len);
    if (days.len)
        memcpy(kept_days, days.at, days.len * sizeof *kept_days);
    if (open.len)
        memcpy(kept_open, open.at, open.len * sizeof *kept_open);
    *source = (struct window_source){kept_days, days.len, kept_open, open.len};
    VEC_FREE(&days);
    VEC_FREE(&open);
}

static bool append_closed_days(struct database *db, int64_t group_id, const struct minute_span *span,
                               struct ledger_minutes *minutes, int64_t *closed, struct err *err)
{
    struct minute day[DAY_MINUTES];
    struct statement *s =
        db_query(db, "SELECT day, blob FROM day WHERE group_id = ?1 AND day >= ?2 AND day <= ?3"
                     " ORDER BY day");
    db_bind_int(s, 0, group_id);
    db_bind_int(s, 1, day_of_minute(span->from_minute));
    db_bind_int(s, 2, day_of_minute(span->to_minute - 1));
    bool sound = true;
    while (sound && db_step(s)) {
        size_t n = 0;
        *closed = (db_int(s, 0) + 1) * DAY_MINUTES;
        sound = day_blob_decode(db_blob(s, 1), db_int(s, 0), day, &n, err);
        for (size_t i = 0; sound && i < n; i++)
            if (day[i].minute >= span->from_minute && day[i].minute < span->to_minute)
                minutes->at[minutes->n++] = day[i];
    }
    db_done(s);
    return sound;
}

bool ledger_minutes_read(struct database *db, int64_t group_id, int64_t from_minute, int64_t to_minute,
                         struct arena *arena, struct ledger_minutes *minutes, struct err *err)
{
    *minutes = (struct ledger_minutes){0};
    if (to_minute <= from_minute)
        return true;
    size_t most = (size_t)(to_minute - from_minute);
    minutes->at = ARENA_ARRAY(arena, struct minute, most);
    struct minute_span span = {from_minute, to_minute};
    int64_t closed = from_minute;
    if (!append_closed_days(db, group_id, &span, minutes, &closed, err))
        return false;
    struct statement *s =
        db_query(db, "SELECT minute, units, spent, hidden, expected, seen, flags FROM open_minute"
                     " WHERE group_id = ?1 AND minute >= ?2 AND minute < ?3 ORDER BY minute");
    db_bind_int(s, 0, group_id);
    db_bind_int(s, 1, closed > from_minute ? closed : from_minute);
    db_bind_int(s, 2, to_minute);
    while (minutes->n < most && db_step(s))
        minutes->at[minutes->n++] = minute_row(s);
    db_done(s);
    return !db_take_error(db, err);
}

bool ledger_has_unseen(struct database *db, int64_t group_id, int64_t from_minute, int64_t to_minute)
{
    struct statement *s =
        db_query(db, "SELECT 1 FROM open_minute WHERE group_id = ?1 AND minute >= ?2 AND minute < ?3"
                     " AND seen < expected UNION ALL SELECT 1 FROM day WHERE group_id = ?1 AND day >= ?4"
                     " AND day <= ?5 AND unseen_minutes > 0 LIMIT 1");
    db_bind_int(s, 0, group_id);
    db_bind_int(s, 1, from_minute);
    db_bind_int(s, 2, to_minute);
    db_bind_int(s, 3, day_of_minute(from_minute));
    db_bind_int(s, 4, day_of_minute(to_minute));
    bool unseen = false;
    while (db_step(s))
        unseen = true;
    return unseen;
}
