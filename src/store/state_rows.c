/* Slots, burn states, alerts and history: rows in and out. */
#include "store/state_rows.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"
#include "store/ledger_rows.h"
#include "store/store.h"

int64_t evaluation_slot(struct database *db, struct text name, int64_t *blind_since_ms)
{
    struct statement *s = db_query(db, "SELECT slot_ms, blind_since_ms FROM evaluation WHERE name = ?1");
    db_bind_text(s, 0, name);
    int64_t slot = 0;
    *blind_since_ms = 0;
    while (db_step(s)) {
        slot = db_int(s, 0);
        *blind_since_ms = db_int(s, 1);
    }
    return slot;
}

void evaluation_done(struct database *db, struct text name, int64_t slot_ms, int64_t blind_since_ms)
{
    struct statement *s = db_query(
        db, "INSERT INTO evaluation(name, slot_ms, blind_since_ms) VALUES(?1, ?2, ?3) ON CONFLICT(name)"
            " DO UPDATE SET slot_ms = excluded.slot_ms, blind_since_ms = excluded.blind_since_ms");
    db_bind_text(s, 0, name);
    db_bind_int(s, 1, slot_ms);
    db_bind_int(s, 2, blind_since_ms);
    db_run(s);
}

/* A burn state as a row of int64: version, then the struct's members in order. Behind them stand the names of
 * the tiers, in the order of their states, each with a line feed; version 1 had none, its tiers are the
 * SLO's. */
enum { BURN_VERSION = 2, BURN_NAMELESS = 1, BURN_WORDS = 3 + 2 * SLO_TIERS_MAX + 5 * BURN_CLASSES + 2 };
enum { BURN_BYTES_MAX = 4096 };

static void burn_to_words(const struct burn_state *state, int64_t words[BURN_WORDS])
{
    size_t n = 0;
    words[n++] = BURN_VERSION;
    words[n++] = state->born_ms;
    words[n++] = state->slot_ms;
    for (int i = 0; i < SLO_TIERS_MAX; i++) {
        words[n++] = state->tiers[i].open_ms;
        words[n++] = state->tiers[i].calm_ms;
    }
    for (int i = 0; i < BURN_CLASSES; i++) {
        const struct burn_incident *incident = &state->incidents[i];
        words[n++] = incident->episode_ms;
        words[n++] = incident->severity;
        words[n++] = incident->tier;
        words[n++] = incident->reason;
        words[n++] = incident->quiet;
    }
    words[n++] = state->down;
    words[n++] = state->up_ms;
}

static void burn_from_words(const int64_t words[BURN_WORDS], struct burn_state *state)
{
    size_t n = 1;
    state->born_ms = words[n++];
    state->slot_ms = words[n++];
    for (int i = 0; i < SLO_TIERS_MAX; i++) {
        state->tiers[i].open_ms = words[n++];
        state->tiers[i].calm_ms = words[n++];
    }
    for (int i = 0; i < BURN_CLASSES; i++) {
        struct burn_incident *incident = &state->incidents[i];
        incident->episode_ms = words[n++];
        incident->severity = (int32_t)words[n++];
        incident->tier = (int32_t)words[n++];
        incident->reason = (int32_t)words[n++];
        incident->quiet = words[n++] != 0;
    }
    state->down = words[n++] != 0;
    state->up_ms = words[n++];
}

static size_t read_names(struct text rest, struct text names[SLO_TIERS_MAX])
{
    size_t n = 0;
    for (; rest.len && n < SLO_TIERS_MAX; n++)
        names[n] = text_cut(&rest, '\n');
    return n;
}

static void read_state(struct text blob, const struct slo *slo, struct burn_state *state)
{
    int64_t words[BURN_WORDS];
    struct text names[SLO_TIERS_MAX];
    if (blob.len < sizeof words)
        return;
    memcpy(words, blob.at, sizeof words);
    if (words[0] != BURN_VERSION && words[0] != BURN_NAMELESS)
        return;
    burn_from_words(words, state);
    size_t n =
        words[0] == BURN_NAMELESS ? slo->n_tiers : read_names(text_part(blob, sizeof words, blob.len), names);
    for (size_t i = 0; words[0] == BURN_NAMELESS && i < n; i++)
        names[i] = slo->tiers[i].name;
    burn_state_move(state, names, n, slo);
}

void burn_state_read(struct database *db, int64_t group_id, const struct slo *slo, struct burn_state *state)
{
    *state = (struct burn_state){0};
    struct statement *s = db_query(db, "SELECT state FROM slo_state WHERE group_id = ?1");
    db_bind_int(s, 0, group_id);
    while (db_step(s)) {
        read_state(db_blob(s, 0), slo, state);
    }
}

void burn_state_write(struct database *db, int64_t group_id, const struct slo *slo,
                      const struct burn_state *state, struct text status)
{
    int64_t words[BURN_WORDS];
    struct buf blob;
    burn_to_words(state, words);
    buf_init(&blob, BURN_BYTES_MAX);
    buf_add(&blob, words, sizeof words);
    for (size_t i = 0; i < slo->n_tiers; i++) {
        buf_add_text(&blob, slo->tiers[i].name);
        buf_putc(&blob, '\n');
    }
    struct statement *s = db_query(
        db, "INSERT OR REPLACE INTO slo_state(group_id, slot_ms, state, status) VALUES(?1, ?2, ?3, ?4)");
    db_bind_int(s, 0, group_id);
    db_bind_int(s, 1, state->slot_ms);
    db_bind_blob(s, 2, blob.at, blob.len);
    db_bind_text(s, 3, status);
    db_run(s);
    buf_finish(&blob);
}

bool slo_status_read(struct database *db, int64_t group_id, struct buf *out)
{
    struct statement *s = db_query(db, "SELECT status FROM slo_state WHERE group_id = ?1");
    db_bind_int(s, 0, group_id);
    if (!db_step(s))
        return false;
    buf_add_text(out, db_text(s, 0));
    while (db_step(s))
        ;
    return true;
}

void slo_statuses_each(struct database *db,
                       void (*each)(void *context, struct text identity, struct text labels,
                                    struct text status, int64_t slot_ms, int64_t group_id),
                       void *context)
{
    struct statement *s =
        db_query(db, "SELECT slo.identity, d.text, st.status, st.slot_ms, st.group_id FROM slo_state st"
                     " JOIN ledger_group g ON g.id = st.group_id JOIN generation n ON n.id = g.generation_id"
                     " JOIN slo ON slo.id = n.slo_id JOIN dictionary d ON d.id = g.labels_id"
                     " WHERE n.id = (SELECT id FROM generation WHERE slo_id = slo.id ORDER BY used_ms DESC, "
                     "id DESC LIMIT 1)"
                     " ORDER BY slo.identity, g.number");
    while (db_step(s))
        each(context, db_text(s, 0), db_text(s, 1), db_text(s, 2), db_int(s, 3), db_int(s, 4));
}

static struct alert alert_row(struct statement *s, struct arena *arena)
{
    struct alert alert = {.phase = (enum alert_phase)db_int(s, 1),
                          .active_ms = db_int(s, 2),
                          .fired_ms = db_int(s, 3),
                          .keep_since_ms = db_int(s, 4),
                          .blind_ms = db_int(s, 5),
                          .value = db_double(s, 6)};
    alert.annotations_json = (char *)(uintptr_t)text_copy(arena, db_text(s, 7)).at;
    return alert;
}

void alerts_read(struct database *db, struct text rule, struct label_table *table,
                 struct alert_rule_state *state)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct statement *s =
        db_query(db, "SELECT labels_id, phase, active_ms, fired_ms, keep_since_ms, blind_ms, value,"
                     " annotations FROM alert WHERE rule = ?1");
    db_bind_text(s, 0, rule);
    while (db_step(s)) {
        struct alert alert = alert_row(s, &arena);
        alert.labels = labels_of_id(db, db_int(s, 0), table);
        alert_rule_state_restore(state, &alert);
    }
    arena_finish(&arena);
}

void alerts_write(struct database *db, struct text rule, const struct alert_rule_state *state)
{
    struct statement *s = db_query(db, "DELETE FROM alert WHERE rule = ?1");
    db_bind_text(s, 0, rule);
    db_run(s);
    for (size_t i = 0; i < alert_rule_state_len(state); i++) {
        const struct alert *alert = alert_rule_state_at(state, i);
        int64_t labels = labels_id(db, alert->labels);
        s = db_query(
            db, "INSERT OR REPLACE INTO alert(rule, labels_id, phase, active_ms, fired_ms, keep_since_ms,"
                " blind_ms, value, annotations) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
        const int64_t values[] = {labels,          alert->phase,         alert->active_ms,
                                  alert->fired_ms, alert->keep_since_ms, alert->blind_ms};
        db_bind_text(s, 0, rule);
        for (int k = 0; k < 6; k++)
            db_bind_int(s, k + 1, values[k]);
        db_bind_double(s, 7, alert->value);
        db_bind_text(s, 8, text_of(alert->annotations_json ? alert->annotations_json : "{}"));
        db_run(s);
    }
}

void alerts_forget(struct database *db, struct text rule)
{
    struct statement *s = db_query(db, "DELETE FROM alert WHERE rule = ?1");
    db_bind_text(s, 0, rule);
    db_run(s);
}

void alerts_each(struct database *db, struct label_table *table,
                 void (*each)(void *context, struct text rule, const struct alert *alert), void *context)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct statement *s =
        db_query(db, "SELECT labels_id, phase, active_ms, fired_ms, keep_since_ms, blind_ms, value,"
                     " annotations, rule FROM alert ORDER BY rule, labels_id");
    while (db_step(s)) {
        struct alert alert = alert_row(s, &arena);
        alert.labels = labels_of_id(db, db_int(s, 0), table);
        each(context, db_text(s, 8), &alert);
    }
    arena_finish(&arena);
}

void history_add(struct database *db, int64_t at_ms, struct text subject, struct text change,
                 struct text detail)
{
    struct statement *s =
        db_query(db, "INSERT INTO history(at_ms, subject, change, detail) VALUES(?1, ?2, ?3, ?4)");
    db_bind_int(s, 0, at_ms);
    db_bind_text(s, 1, subject);
    db_bind_text(s, 2, change);
    db_bind_text(s, 3, detail);
    db_run(s);
}

void history_each(struct database *db, int64_t from_ms, int64_t to_ms, struct text subject, size_t most,
                  void (*each)(void *context, int64_t at_ms, struct text subject, struct text change,
                               struct text detail),
                  void *context)
{
    struct statement *s =
        db_query(db, "SELECT at_ms, subject, change, detail FROM history WHERE at_ms >= ?1 AND at_ms < ?2"
                     " AND (?3 = '' OR subject = ?3) ORDER BY at_ms DESC, id DESC LIMIT ?4");
    db_bind_int(s, 0, from_ms);
    db_bind_int(s, 1, to_ms);
    db_bind_text(s, 2, subject);
    db_bind_int(s, 3, (int64_t)most);
    while (db_step(s))
        each(context, db_int(s, 0), db_text(s, 1), db_text(s, 2), db_text(s, 3));
}
