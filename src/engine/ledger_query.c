/* Compliance periods from the ledger in the store, as JSON: which SLOs are meant, and how the answer is
 * written. Windows are understood in window_asked.c, budgets read in period_reading.c. */
#include "engine/ledger_query.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/labels.h"
#include "base/vec.h"
#include "engine/bounds_json.h"
#include "engine/budget_json.h"
#include "engine/composite_json.h"
#include "engine/corrections.h"
#include "engine/period_incidents.h"
#include "engine/window_asked.h"
#include "slo/slo_override.h"
#include "store/target_rows.h"

struct query_run {
    const struct ledger_query *query;
    struct label_table *table;
    struct json_writer *w;
    struct err *err;
    size_t matched;
    struct corrections corrections;
    struct minute_spans excluded;    /* of the SLO at hand */
    struct period_question question; /* the same */
    struct ledger_rate rate;         /* of the SLO at hand */
    struct dated_targets targets;    /* of the group at hand */
};

bool slo_id_matches(const struct slo *slo, struct text id)
{
    if (text_eq(slo->id, id))
        return true;
    size_t skip = slo->environment.len + 1;
    return slo->id.len > skip && text_eq(text_part(slo->id, skip, slo->id.len), id);
}

static bool matches(const struct slo *slo, const struct ledger_query *query)
{
    return (query->id.len == 0 || slo_id_matches(slo, query->id)) &&
           (query->service.len == 0 || text_eq(query->service, slo->service)) &&
           (query->owner.len == 0 || text_eq(query->owner, slo->owner));
}

static bool run_init(struct query_run *run, struct database *reader, const struct ledger_query *query,
                     struct err *err)
{
    *run = (struct query_run){.query = query, .table = label_table_new(NULL), .err = err};
    run->question = (struct period_question){.reader = reader,
                                             .at_ms = query->at_ms,
                                             .before = query->before,
                                             .now_ms = query->now_ms,
                                             .previous = query->days,
                                             .excluded = &run->excluded};
    return corrections_follow(&run->corrections, reader, err);
}

static void run_finish(struct query_run *run)
{
    label_table_free(run->table);
    corrections_finish(&run->corrections);
    VEC_FREE(&run->excluded);
    dated_targets_finish(&run->targets);
}

/* The targets of a group, as its next evaluation would see them. */
static const struct dated_targets *read_targets(struct query_run *run, const struct slo *slo, int64_t slo_id,
                                                const struct labels *labels)
{
    dated_targets_finish(&run->targets);
    target_rows_read(run->question.reader, slo, slo_id, labels, minute_of(run->query->now_ms) + 1,
                     &run->targets);
    return &run->targets;
}

/* The question about this SLO: its window, and what corrections take out. */
static bool ask_about(struct query_run *run, const struct slo *slo)
{
    correction_spans_at(&run->corrections.set, slo, CORRECTION_FOR_BUDGETS, run->query->now_ms,
                        &run->excluded);
    return window_asked(run->query->window, slo, &run->question.window, run->err);
}

static void put_day(struct json_writer *w, int64_t day, const struct window_sum *sum)
{
    json_open(w, '{');
    json_field_int(w, "day_ms", day * DAY_MS);
    json_field_int(w, "units", sum->units);
    json_field_int(w, "spent", sum->spent);
    json_field_int(w, "expected", sum->expected);
    json_field_int(w, "seen", sum->seen);
    json_field_int(w, "minutes", sum->minutes);
    json_field_int(w, "unseen_minutes", sum->unseen_minutes);
    json_field_int(w, "estimated_minutes", sum->estimated_minutes);
    json_close(w, '}');
}

/* The period cut at UTC midnights. */
static bool put_days(const struct query_run *run, const struct period_reading *reading)
{
    const struct minute_span *minutes = &reading->minutes;
    json_name(run->w, "days");
    json_open(run->w, '[');
    for (int64_t day = day_of_minute(minutes->from_minute); day * DAY_MINUTES < minutes->to_minute; day++) {
        struct minute_span span = {day * DAY_MINUTES, (day + 1) * DAY_MINUTES};
        struct window_sum sum;
        if (span.from_minute < minutes->from_minute)
            span.from_minute = minutes->from_minute;
        if (span.to_minute > minutes->to_minute)
            span.to_minute = minutes->to_minute;
        if (!period_sum(&run->question, reading, &span, &sum, run->err))
            return false;
        put_day(run->w, day, &sum);
    }
    json_close(run->w, ']');
    return true;
}

static bool touches(const struct correction *correction, const struct slo *slo,
                    const struct minute_span *minutes)
{
    struct minute_spans spans = {0};
    if (correction->revoked_ms || !correction_applies(correction, slo))
        return false;
    correction_minutes(correction, CORRECTION_FOR_BUDGETS, minutes->from_minute, minutes->to_minute, &spans);
    bool any = spans.len > 0;
    VEC_FREE(&spans);
    return any;
}

/* The corrections that take something out of the period. */
static void put_corrections(const struct query_run *run, const struct slo *slo,
                            const struct period_reading *reading)
{
    const struct correction_set *set = &run->corrections.set;
    json_name(run->w, "corrections");
    json_open(run->w, '[');
    for (size_t i = 0; i < set->len; i++)
        if (touches(&set->at[i], slo, &reading->minutes))
            correction_json(run->w, &set->at[i]);
    json_close(run->w, ']');
}

/* The targets by which the period is judged, with what each has of it. */
static bool put_targets(const struct query_run *run, const struct period_group *group,
                        const struct period_reading *reading)
{
    const struct dated_targets *targets = group->targets;
    bool sound = true;
    json_name(run->w, "targets");
    json_open(run->w, '[');
    for (size_t i = 0; targets && i < targets->len && sound; i++) {
        struct target_part part;
        bool any;
        sound = period_target_part(&run->question, group, reading, i, &part, &any, run->err);
        if (!sound || !any)
            continue;
        json_open(run->w, '{');
        target_json(run->w, targets, i);
        json_field_int(run->w, "units", part.sum.units);
        json_field_int(run->w, "spent", part.sum.spent);
        json_field_int(run->w, "allowed", part.allowed);
        json_close(run->w, '}');
    }
    json_close(run->w, ']');
    return sound;
}

static void put_window(const struct query_run *run, const char *member, const struct period *period,
                       const struct budget *budget)
{
    json_name(run->w, member);
    window_json(run->w, run->question.window.name, period, budget);
}

/* "period", "window", and up to when things are counted. */
static void put_period(const struct query_run *run, const struct period_group *group,
                       const struct period_reading *reading)
{
    struct buf printed;
    buf_init(&printed, 256);
    period_print(&run->question.window, &reading->period, &printed);
    json_field_text(run->w, "period", buf_text(&printed));
    put_window(run, "window", &reading->period, &reading->budget);
    json_field_int(run->w, "counted_to_ms", group->head.newest_ms);
    json_field_int(run->w, "first_ms",
                   reading->first_minute == INT64_MAX ? 0 : reading->first_minute * MINUTE_MS);
    buf_finish(&printed);
}

static bool put_group(const struct query_run *run, const struct period_group *group,
                      const struct labels *labels, const struct period_reading *reading)
{
    struct json_writer *w = run->w;
    bool sound = true;
    json_open(w, '{');
    slo_identity_json(w, group->slo, labels);
    exchange_json(w, group->slo, &run->rate);
    if (!group->is_value && group->id)
        slo_definition_json(w, group->slo);
    put_period(run, group, reading);
    if (group->id) {
        if (group->slo->kind == SLO_PERCENTILE)
            bounds_json_stored(w, run->question.reader, group->id);
        if (reading->corrected)
            put_window(run, "uncorrected", &reading->period, &reading->uncorrected);
        if (!group->is_value)
            put_corrections(run, group->slo, reading);
        sound = put_targets(run, group, reading) && (!run->query->days || put_days(run, reading));
        if (reading->has_previous)
            put_window(run, "previous", &reading->before, &reading->previous);
        period_incidents_json(w, &run->question, group, labels, reading);
    }
    json_close(w, '}');
    return sound;
}

static bool read_and_put(const struct query_run *run, const struct period_group *group,
                         const struct labels *labels)
{
    struct period_reading reading;
    struct arena arena;
    arena_init(&arena, 0);
    bool sound = period_read(&run->question, group, &arena, &reading, run->err) &&
                 put_group(run, group, labels, &reading);
    arena_finish(&arena);
    return sound && !db_take_error(run->question.reader, run->err);
}

/* The newest exchange rate that was counted by. */
static void read_rate(struct query_run *run, const struct slo *slo, int64_t generation_id)
{
    struct ledger_series newest = {0};
    if (slo->exchange.series)
        ledger_newest_of_term(run->question.reader, generation_id, (uint32_t)slo->n_terms, run->table,
                              &newest);
    run->rate =
        (struct ledger_rate){.billionths = newest.value, .at_ms = newest.last_ms, .labels = newest.labels};
    run->rate.state = slo_rate_state(slo, newest.last_ms, run->query->now_ms);
}

static bool put_slo(struct query_run *run, const struct slo *slo)
{
    struct ledger_ids ids = {0};
    struct ledger_head head = {.first_minute = INT64_MAX};
    bool sound = ask_about(run, slo);
    if (sound && ledger_find(run->question.reader, slo, &ids))
        ledger_head_row(run->question.reader, ids.generation_id, &head);
    read_rate(run, slo, ids.generation_id);
    size_t n = run->query->rollup_only && ids.groups.len ? 1 : ids.groups.len;
    for (size_t i = 0; i < n && sound; i++) {
        const struct labels *labels =
            ledger_group_row_labels(run->question.reader, ids.groups.at[i], run->table);
        struct period_group group = {slo_for_group(slo, labels), ids.groups.at[i], i > 0, head,
                                     read_targets(run, slo, ids.slo_id, labels)};
        sound = read_and_put(run, &group, labels);
    }
    if (sound && n == 0) {
        struct period_group nothing = {.slo = slo, .head.first_minute = INT64_MAX};
        sound = read_and_put(run, &nothing, NULL);
    }
    ledger_ids_finish(&ids);
    return sound;
}

static bool read_rollup(struct query_run *run, const struct slo *slo, struct period_reading *reading,
                        int64_t *group_id)
{
    struct arena arena;
    struct ledger_ids ids = {0};
    struct period_group group = {.slo = slo, .head.first_minute = INT64_MAX};
    if (!ask_about(run, slo))
        return false;
    if (ledger_find(run->question.reader, slo, &ids) && ids.groups.len) {
        group.id = ids.groups.at[0];
        group.targets = read_targets(run, slo, ids.slo_id, NULL);
        ledger_head_row(run->question.reader, ids.generation_id, &group.head);
    }
    *group_id = group.id;
    arena_init(&arena, 0);
    bool sound = period_read(&run->question, &group, &arena, reading, run->err);
    reading->source = (struct window_source){0};
    arena_finish(&arena);
    ledger_ids_finish(&ids);
    return sound && !db_take_error(run->question.reader, run->err);
}

bool ledger_rollup_budgets(struct database *reader, const struct ledger_query *query, const struct slo *slo,
                           struct rollup_budgets *budgets, struct err *err)
{
    struct query_run run;
    struct period_reading reading = {0};
    struct ledger_query alone = *query;
    int64_t group_id = 0;
    alone.days = false;
    bool sound = run_init(&run, reader, &alone, err) && read_rollup(&run, slo, &reading, &group_id);
    *budgets =
        (struct rollup_budgets){.budget = reading.budget,
                                .corrected = reading.corrected,
                                .uncorrected = reading.corrected ? reading.uncorrected : reading.budget,
                                .window = run.question.window,
                                .period = reading.period,
                                .group_id = group_id};
    run_finish(&run);
    return sound;
}

bool ledger_query_json(struct database *reader, const struct config_view *config,
                       const struct ledger_query *query, struct buf *out, struct err *err)
{
    struct json_writer w;
    struct query_run run;
    bool sound = run_init(&run, reader, query, err);
    run.w = &w;
    json_begin(&w, out);
    json_open(&w, '{');
    json_field_string(&w, "version", SLOBURN_VERSION);
    json_field_text(&w, "environment", config->environment);
    json_field_int(&w, "at_ms", query->at_ms);
    json_field_int(&w, "now_ms", query->now_ms);
    json_name(&w, "slos");
    json_open(&w, '[');
    for (size_t i = 0; i < config->slos.len && sound; i++) {
        if (!matches(&config->slos.at[i], query))
            continue;
        run.matched++;
        sound = put_slo(&run, &config->slos.at[i]);
    }
    json_close(&w, ']');
    sound = sound && composites_json(&w, reader, config, query, &run.matched, err);
    json_close(&w, '}');
    run_finish(&run);
    if (sound && run.matched == 0)
        return err_set(err, ERR_NO_DATA, "no SLO matches%s%.*s", query->id.len ? " " : "",
                       TEXT_ARG(query->id));
    return sound;
}
