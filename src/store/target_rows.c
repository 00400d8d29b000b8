/* Targets by date in the store. */
#include "store/target_rows.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/vec.h"
#include "slo/slo_override.h"
#include "store/ledger_rows.h"
#include "store/store.h"

enum { MEASURE_MAX = 1024, LABELS_MAX = 64 << 10 };

static void print_measure(const struct slo *slo, struct buf *out)
{
    buf_printf(out, "%d/%lld/%lld..%lld/%.*s", (int)slo->kind, (long long)slo->scale,
               (long long)slo->range_min, (long long)slo->range_max, TEXT_ARG(slo->currency));
}

struct newest {
    bool found;
    bool of_measure;
    struct dated_target target; /* without its objective */
    bool worded;                /* the objective is as it was */
};

static struct newest find_newest(struct database *db, const struct slo *slo, int64_t slo_id,
                                 int64_t labels_id, struct text measure)
{
    struct newest newest = {0};
    struct statement *s =
        db_query(db, "SELECT from_minute, target, allowance, period_minutes, objective, measure"
                     " FROM slo_target WHERE slo_id = ?1 AND labels_id = ?2"
                     " ORDER BY from_minute DESC LIMIT 1");
    db_bind_int(s, 0, slo_id);
    db_bind_int(s, 1, labels_id);
    while (db_step(s))
        newest = (struct newest){.found = true,
                                 .of_measure = text_eq(db_text(s, 5), measure),
                                 .worded = text_eq(db_text(s, 4), slo->objective),
                                 .target = {.from_minute = db_int(s, 0),
                                            .target_billionths = db_int(s, 1),
                                            .allowance_billionths = db_int(s, 2),
                                            .period_minutes = db_int(s, 3)}};
    return newest;
}

static void write_target(struct database *db, const struct dated_target *target, int64_t slo_id,
                         int64_t labels_id, struct text measure)
{
    struct statement *s =
        db_query(db, "INSERT OR REPLACE INTO slo_target(slo_id, labels_id, from_minute, measure, objective,"
                     " target, allowance, period_minutes) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    db_bind_int(s, 0, slo_id);
    db_bind_int(s, 1, labels_id);
    db_bind_int(s, 2, target->from_minute);
    db_bind_text(s, 3, measure);
    db_bind_text(s, 4, target->objective);
    db_bind_int(s, 5, target->target_billionths);
    db_bind_int(s, 6, target->allowance_billionths);
    db_bind_int(s, 7, target->period_minutes);
    db_run(s);
}

static void remove_target(struct database *db, int64_t slo_id, int64_t labels_id, int64_t from_minute)
{
    struct statement *s =
        db_query(db, "DELETE FROM slo_target WHERE slo_id = ?1 AND labels_id = ?2 AND from_minute = ?3");
    db_bind_int(s, 0, slo_id);
    db_bind_int(s, 1, labels_id);
    db_bind_int(s, 2, from_minute);
    db_run(s);
}

/* The oldest beyond the limit go: their minutes are then judged by the next one. */
static void keep_few(struct database *db, const struct slo *slo, int64_t slo_id, int64_t labels_id)
{
    struct statement *s =
        db_query(db, "DELETE FROM slo_target WHERE slo_id = ?1 AND labels_id = ?2 AND from_minute <="
                     " (SELECT from_minute FROM slo_target WHERE slo_id = ?1 AND labels_id = ?2"
                     " ORDER BY from_minute DESC LIMIT 1 OFFSET ?3)");
    db_bind_int(s, 0, slo_id);
    db_bind_int(s, 1, labels_id);
    db_bind_int(s, 2, DATED_TARGETS_MAX);
    db_run(s);
    if (db_changes(db) > 0)
        log_line(LOG_WARN, "the objective changed so often that its oldest change is forgotten", "slo",
                 slo->id.at, NULL);
}

/* `slo`: the group's. */
static void note(struct database *db, const struct slo *slo, int64_t slo_id, int64_t labels_id,
                 int64_t from_minute)
{
    struct buf measure;
    buf_init(&measure, MEASURE_MAX);
    print_measure(slo, &measure);
    struct dated_target target = dated_target_of(slo, from_minute);
    struct newest newest = find_newest(db, slo, slo_id, labels_id, buf_text(&measure));
    bool same = newest.of_measure && dated_target_same(&newest.target, &target);
    if (newest.found && !same && newest.target.from_minute >= from_minute) {
        /* it has not judged a minute yet; and should the clock have gone back, the order stays */
        target.from_minute = newest.target.from_minute;
        remove_target(db, slo_id, labels_id, target.from_minute);
        newest = find_newest(db, slo, slo_id, labels_id, buf_text(&measure));
        same = newest.of_measure && dated_target_same(&newest.target, &target);
    }
    if (same)
        target.from_minute = newest.target.from_minute;
    if (!same || !newest.worded)
        write_target(db, &target, slo_id, labels_id, buf_text(&measure));
    if (!same)
        keep_few(db, slo, slo_id, labels_id);
    buf_finish(&measure);
}

void target_rows_note(struct database *db, const struct slo *slo, int64_t slo_id, int64_t from_minute,
                      struct label_table *table)
{
    VEC(int64_t) groups = {0};
    struct statement *s = db_query(db, "SELECT DISTINCT labels_id FROM slo_target WHERE slo_id = ?1");
    db_bind_int(s, 0, slo_id);
    while (db_step(s))
        VEC_PUSH(&groups, db_int(s, 0));
    for (size_t i = 0; i < groups.len; i++)
        note(db, slo_for_group(slo, labels_of_id(db, groups.at[i], table)), slo_id, groups.at[i],
             from_minute);
    VEC_FREE(&groups);
}

static bool has_any(struct database *db, int64_t slo_id, int64_t labels_id)
{
    struct statement *s =
        db_query(db, "SELECT 1 FROM slo_target WHERE slo_id = ?1 AND labels_id = ?2 LIMIT 1");
    db_bind_int(s, 0, slo_id);
    db_bind_int(s, 1, labels_id);
    bool any = false;
    while (db_step(s))
        any = true;
    return any;
}

static void copy_rollup(struct database *db, int64_t slo_id, int64_t labels_id, int64_t rollup_id)
{
    struct statement *s =
        db_query(db, "INSERT INTO slo_target(slo_id, labels_id, from_minute, measure, objective, target,"
                     " allowance, period_minutes) SELECT slo_id, ?2, from_minute, measure, objective, target,"
                     " allowance, period_minutes FROM slo_target WHERE slo_id = ?1 AND labels_id = ?3");
    db_bind_int(s, 0, slo_id);
    db_bind_int(s, 1, labels_id);
    db_bind_int(s, 2, rollup_id);
    db_run(s);
}

void target_rows_begin(struct database *db, const struct slo *slo, int64_t slo_id,
                       const struct labels *labels, int64_t from_minute)
{
    const struct slo *own = slo_for_group(slo, labels);
    int64_t labels_row = labels_id(db, labels), rollup = labels_id(db, NULL);
    if (has_any(db, slo_id, labels_row))
        return;
    if (own == slo && labels_row != rollup)
        copy_rollup(db, slo_id, labels_row, rollup);
    else
        note(db, own, slo_id, labels_row, from_minute);
}

static void read_rows(struct database *db, const struct slo *slo, int64_t slo_id, struct text labels,
                      struct dated_targets *targets)
{
    struct buf measure;
    buf_init(&measure, MEASURE_MAX);
    print_measure(slo, &measure);
    struct statement *s =
        db_query(db, "SELECT t.from_minute, t.target, t.allowance, t.period_minutes, t.objective"
                     " FROM slo_target t JOIN dictionary d ON d.id = t.labels_id"
                     " WHERE t.slo_id = ?1 AND d.text = ?2 AND t.measure = ?3 ORDER BY t.from_minute");
    db_bind_int(s, 0, slo_id);
    db_bind_text(s, 1, labels);
    db_bind_text(s, 2, buf_text(&measure));
    while (db_step(s)) {
        struct dated_target target = {.from_minute = db_int(s, 0),
                                      .target_billionths = db_int(s, 1),
                                      .allowance_billionths = db_int(s, 2),
                                      .period_minutes = db_int(s, 3),
                                      .objective = db_text(s, 4)};
        dated_targets_add(targets, &target);
    }
    buf_finish(&measure);
}

void target_rows_read(struct database *db, const struct slo *slo, int64_t slo_id, const struct labels *labels,
                      int64_t from_minute, struct dated_targets *targets)
{
    const struct slo *own = slo_for_group(slo, labels);
    struct buf text;
    buf_init(&text, LABELS_MAX);
    labels_text(labels, &text);
    read_rows(db, own, slo_id, buf_text(&text), targets);
    if (!targets->len && own == slo)
        read_rows(db, own, slo_id, TEXT("{}"), targets);
    buf_finish(&text);
    if (targets->len) {
        struct dated_target now = dated_target_of(own, from_minute);
        dated_targets_add(targets, &now);
    }
    dated_targets_trim(targets);
}
