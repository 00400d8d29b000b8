/* Actions of policies: rows in and out. */
#include "store/policy_rows.h"

#define COLUMNS                                                                                              \
    "p.grouping, p.action, p.slot_ms, p.active_ms, p.day, p.started, p.held, p.quiet, p.incident,"           \
    " p.receiver, p.undo_url, p.undo_body, p.token_file"

static struct policy_row row_of(struct statement *s)
{
    return (struct policy_row){.grouping = db_text(s, 0),
                               .action = db_text(s, 1),
                               .state = {.slot_ms = db_int(s, 2),
                                         .active_ms = db_int(s, 3),
                                         .day = db_int(s, 4),
                                         .started = (int32_t)db_int(s, 5),
                                         .held = db_int(s, 6) != 0,
                                         .quiet = db_int(s, 7) != 0},
                               .incident = db_text(s, 8),
                               .receiver = db_text(s, 9),
                               .undo_url = db_text(s, 10),
                               .undo_body = db_text(s, 11),
                               .token_file = db_text(s, 12)};
}

void policy_rows_each(struct database *db, int64_t slo_id,
                      void (*each)(void *context, const struct policy_row *row), void *context)
{
    struct statement *s =
        db_query(db, "SELECT " COLUMNS " FROM policy_state p WHERE slo_id = ?1 ORDER BY grouping, action");
    db_bind_int(s, 0, slo_id);
    while (db_step(s)) {
        struct policy_row row = row_of(s);
        each(context, &row);
    }
}

void policy_active_each(struct database *db,
                        void (*each)(void *context, struct text identity, int64_t slo_id,
                                     const struct policy_row *row),
                        void *context)
{
    struct statement *s =
        db_query(db, "SELECT " COLUMNS ", slo.identity, slo.id FROM policy_state p"
                     " JOIN slo ON slo.id = p.slo_id WHERE p.active_ms != 0 ORDER BY slo.identity");
    while (db_step(s)) {
        struct policy_row row = row_of(s);
        each(context, db_text(s, 13), db_int(s, 14), &row);
    }
}

void policy_row_write(struct database *db, int64_t slo_id, const struct policy_row *row)
{
    const struct policy_action_state *state = &row->state;
    const int64_t numbers[] = {state->slot_ms, state->active_ms, state->day,
                               state->started, state->held,      state->quiet};
    const struct text texts[] = {row->incident, row->receiver, row->undo_url, row->undo_body,
                                 row->token_file};
    struct statement *s =
        db_query(db, "INSERT OR REPLACE INTO policy_state(slo_id, grouping, action, slot_ms, active_ms, day,"
                     " started, held, quiet, incident, receiver, undo_url, undo_body, token_file)"
                     " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)");
    db_bind_int(s, 0, slo_id);
    db_bind_text(s, 1, row->grouping);
    db_bind_text(s, 2, row->action);
    for (int i = 0; i < 6; i++)
        db_bind_int(s, 3 + i, numbers[i]);
    for (int i = 0; i < 5; i++)
        db_bind_text(s, 9 + i, texts[i]);
    db_run(s);
}

void policy_row_remove(struct database *db, int64_t slo_id, const struct policy_row *row)
{
    struct statement *s =
        db_query(db, "DELETE FROM policy_state WHERE slo_id = ?1 AND grouping = ?2 AND action = ?3");
    db_bind_int(s, 0, slo_id);
    db_bind_text(s, 1, row->grouping);
    db_bind_text(s, 2, row->action);
    db_run(s);
}
