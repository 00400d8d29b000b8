/* Compliance periods from the ledger in the store, as JSON. */
#include "engine/ledger_query.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/json.h"
#include "base/labels.h"
#include "base/vec.h"
#include "engine/bounds_json.h"
#include "engine/budget_json.h"
#include "engine/composite_json.h"
#include "engine/corrections.h"
#include "slo/forecast.h"
#include "slo/slo_override.h"
#include "store/ledger_rows.h"
#include "store/outbox_rows.h"

struct query_run {
    struct database *reader;
    const struct config_view *config;
    const struct ledger_query *query;
    struct label_table *table;
    struct json_writer *w;
    struct err *err;
    size_t matched;
    struct budget *rollup; /* where the roll-up's budget goes, too; or NULL */
    struct corrections corrections;
    struct minute_spans excluded; /* of the SLO at hand */
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

struct calendar_word {
    const char *word;
    enum window_kind kind;
    int64_t nominal_days;
};

static const struct calendar_word calendar_words[] = {
    {"day", WINDOW_DAY, 1},          {"week", WINDOW_WEEK, 7},   {"month", WINDOW_MONTH, 30},
    {"quarter", WINDOW_QUARTER, 91}, {"year", WINDOW_YEAR, 365},
};

/* A window that is none of the SLO's: a duration in whole minutes, or a calendar word, in the zone of the
 * SLO's own calendar windows, else in UTC. */
static bool read_other_window(const struct query_run *run, const struct slo *slo, struct slo_window *window)
{
    struct text text = run->query->window;
    *window = (struct slo_window){.name = text};
    for (size_t i = 0; i < sizeof calendar_words / sizeof calendar_words[0]; i++) {
        if (!text_is(text, calendar_words[i].word))
            continue;
        window->kind = calendar_words[i].kind;
        window->length_ms = calendar_words[i].nominal_days * DAY_MS;
        for (size_t k = 0; k < slo->n_windows; k++)
            if (slo->windows[k].zone)
                window->zone = slo->windows[k].zone;
        return true;
    }
    window->kind = WINDOW_ROLLING;
    if (!duration_parse(text, &window->length_ms, run->err))
        return err_context(run->err, "window %.*s", TEXT_ARG(text));
    if (window->length_ms < MINUTE_MS || window->length_ms % MINUTE_MS)
        return err_set(run->err, ERR_INPUT, "window %.*s: whole minutes are needed", TEXT_ARG(text));
    return true;
}

/* The window asked for: one of the SLO's by name, or any that can be read. */
static bool window_of(const struct query_run *run, const struct slo *slo, struct slo_window *window)
{
    if (run->query->window.len == 0) {
        *window = slo->windows[0];
        return true;
    }
    for (size_t i = 0; i < slo->n_windows; i++)
        if (text_eq(slo->windows[i].name, run->query->window)) {
            *window = slo->windows[i];
            return true;
        }
    return read_other_window(run, slo, window);
}

struct span {
    int64_t group_id;
    int64_t from;
    int64_t to;
    int64_t first_minute; /* of the history, where it matters */
    int64_t value_minute; /* of a value: when it was first seen */
};

static bool sum_span(const struct query_run *run, const struct span *span, struct arena *arena,
                     struct window_source *source, struct window_sum *sum)
{
    ledger_window_source(run->reader, span->group_id, span->from, span->to, run->excluded.at,
                         run->excluded.len, arena, source);
    if (db_take_error(run->reader, run->err))
        return false;
    return window_sum_over(source, span->from, span->to, run->excluded.at, run->excluded.len, sum, run->err);
}

static bool sum_range(const struct query_run *run, int64_t group_id, int64_t from, int64_t to,
                      struct arena *arena, struct window_sum *sum)
{
    struct span span = {group_id, from, to, 0, 0};
    struct window_source source;
    *sum = (struct window_sum){0};
    return from >= to || sum_span(run, &span, arena, &source, sum);
}

/* Units that an open calendar period will have in all; -1: not known. */
static int64_t expected_units(const struct query_run *run, int64_t group_id, const struct period *period,
                              const struct window_sum *so_far, int64_t first_minute, struct arena *arena)
{
    int64_t now_ms = run->query->now_ms;
    struct forecast_ranges ranges = forecast_wanted(period, now_ms, first_minute);
    struct window_sum weeks[FORECAST_WEEKS] = {0}, parts[FORECAST_WEEKS] = {0}, history = {0};
    for (size_t i = 0; i < ranges.n; i++)
        if (!sum_range(run, group_id, ranges.week_from[i], ranges.week_to[i], arena, &weeks[i]) ||
            !sum_range(run, group_id, ranges.part_from[i], ranges.part_to[i], arena, &parts[i]))
            return -1;
    int64_t day_ago = now_ms / MINUTE_MS - DAY_MINUTES;
    int64_t from = first_minute > day_ago ? first_minute : day_ago;
    if (first_minute != INT64_MAX && !sum_range(run, group_id, from, now_ms / MINUTE_MS, arena, &history))
        return -1;
    return forecast_units(&ranges, weeks, parts, so_far, &history);
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
static bool put_days(const struct query_run *run, const struct window_source *source, const struct span *span)
{
    json_name(run->w, "days");
    json_open(run->w, '[');
    for (int64_t day = day_of_minute(span->from); day * DAY_MINUTES < span->to; day++) {
        int64_t from = day * DAY_MINUTES > span->from ? day * DAY_MINUTES : span->from;
        int64_t to = (day + 1) * DAY_MINUTES < span->to ? (day + 1) * DAY_MINUTES : span->to;
        struct window_sum sum = {0};
        if (!window_sum_over(source, from, to, run->excluded.at, run->excluded.len, &sum, run->err))
            return false;
        put_day(run->w, day, &sum);
    }
    json_close(run->w, ']');
    return true;
}

enum { COST_LEAD_MINUTES = 60 };

struct incident_writing {
    const struct query_run *run;
    const struct slo *slo;
    struct arena *arena;
    int64_t group_id;
    int64_t end_ms; /* of what is still open */
};

/* The first of the minutes right before the opening that burned faster than the objective allows, at most an
 * hour back: there the incident began to cost. */
static int64_t cost_begin(const struct incident_writing *writing, const struct window_source *source,
                          int64_t opened)
{
    int64_t begin = opened;
    struct window_sum sum;
    struct err ignored;
    while (begin > opened - COST_LEAD_MINUTES &&
           window_sum_over(source, begin - 1, begin, NULL, 0, &sum, &ignored) &&
           !budget_holds(writing->slo, sum.units, sum.spent))
        begin--;
    return begin;
}

/* What an incident cost. */
static void put_cost(const struct incident_writing *writing, const struct incident_row *row)
{
    int64_t opened = row->opened_ms / MINUTE_MS;
    int64_t end_ms = row->closed_ms && row->closed_ms < writing->end_ms ? row->closed_ms : writing->end_ms;
    struct span span = {writing->group_id, opened - COST_LEAD_MINUTES, (end_ms + MINUTE_MS - 1) / MINUTE_MS,
                        0, 0};
    struct window_source source;
    struct window_sum sum;
    if (span.from >= span.to || !sum_span(writing->run, &span, writing->arena, &source, &sum) ||
        !window_sum_over(&source, cost_begin(writing, &source, opened), span.to, NULL, 0, &sum,
                         writing->run->err))
        return;
    json_field_int(writing->run->w, "units", sum.units);
    json_field_int(writing->run->w, "spent", sum.spent);
}

static void put_incident(void *context, const struct incident_row *row)
{
    const struct incident_writing *writing = context;
    struct json_writer *w = writing->run->w;
    json_open(w, '{');
    json_field_text(w, "key", row->key);
    json_field_int(w, "opened_ms", row->opened_ms);
    json_field_int(w, "closed_ms", row->closed_ms);
    json_field_string(w, "severity", severity_name(row->facts.severity));
    json_field_string(w, "class", incident_class_name(row->facts.class));
    json_field_text(w, "what", row->facts.what);
    put_cost(writing, row);
    json_close(w, '}');
}

static struct text group_text(const struct labels *labels, struct arena *arena)
{
    struct buf out;
    buf_init(&out, 64 << 10);
    for (uint32_t i = 0; i < labels->len; i++)
        buf_printf(&out, "%s%s=%s", i ? "," : "", labels->at[i].name->at, labels->at[i].value->at);
    struct text copy = text_copy(arena, buf_text(&out));
    buf_finish(&out);
    return copy;
}

/* The period before, for comparison; nothing where the history does not reach into it. */
static bool put_previous(const struct query_run *run, const struct slo *slo, const struct slo_window *window,
                         const struct period *period, const struct span *span)
{
    struct arena arena;
    struct period before = period_before(window, period, 1);
    struct budget_input input = {.period = before,
                                 .now_ms = run->query->now_ms,
                                 .expected_units = -1,
                                 .first_minute = span->first_minute,
                                 .value_minute = span->value_minute};
    struct budget budget;
    arena_init(&arena, 0);
    bool sound = sum_range(run, span->group_id, before.from_ms / MINUTE_MS, before.to_ms / MINUTE_MS, &arena,
                           &input.sum);
    if (sound && input.sum.minutes > 0) {
        budget_compute(slo, &input, &budget);
        json_name(run->w, "previous");
        window_json(run->w, window->name, &before, &budget);
    }
    arena_finish(&arena);
    return sound;
}

static bool touches(const struct correction *correction, const struct slo *slo, const struct span *span)
{
    struct minute_spans spans = {0};
    if (correction->revoked_ms || !correction_applies(correction, slo))
        return false;
    correction_minutes(correction, CORRECTION_FOR_BUDGETS, span->from, span->to, &spans);
    bool any = spans.len > 0;
    VEC_FREE(&spans);
    return any;
}

/* The corrections that take something out of the period. */
static void put_corrections(const struct query_run *run, const struct slo *slo, const struct span *span)
{
    const struct correction_set *set = &run->corrections.set;
    json_name(run->w, "corrections");
    json_open(run->w, '[');
    for (size_t i = 0; i < set->len; i++)
        if (touches(&set->at[i], slo, span))
            correction_json(run->w, &set->at[i]);
    json_close(run->w, ']');
}

/* The same window with the minutes that corrections took out, where they took any. An open calendar period is
 * expected to bring as many units more as they held. */
static bool put_uncorrected(const struct query_run *run, const struct slo *slo,
                            const struct slo_window *window, const struct budget_input *corrected,
                            const struct span *span)
{
    struct arena arena;
    struct window_source source;
    struct budget_input input = *corrected;
    struct budget budget;
    bool touched = false;
    for (size_t i = 0; i < run->excluded.len; i++)
        touched = touched ||
                  (run->excluded.at[i].from_minute < span->to && run->excluded.at[i].to_minute > span->from);
    if (!touched)
        return true;
    arena_init(&arena, 0);
    ledger_window_source(run->reader, span->group_id, span->from, span->to, NULL, 0, &arena, &source);
    bool sound = !db_take_error(run->reader, run->err) &&
                 window_sum_over(&source, span->from, span->to, NULL, 0, &input.sum, run->err);
    if (sound) {
        if (input.expected_units >= 0)
            input.expected_units += input.sum.units - corrected->sum.units;
        budget_compute(slo, &input, &budget);
        json_name(run->w, "uncorrected");
        window_json(run->w, window->name, &input.period, &budget);
    }
    arena_finish(&arena);
    return sound;
}

/* The newest exchange rate that was counted by. */
static void put_exchange(const struct query_run *run, const struct slo *slo, const struct ledger_ids *ids)
{
    struct ledger_series newest = {0};
    if (slo->exchange.series)
        ledger_newest_of_term(run->reader, ids->generation_id, (uint32_t)slo->n_terms, run->table, &newest);
    struct ledger_rate rate = {.billionths = newest.value, .at_ms = newest.last_ms, .labels = newest.labels};
    rate.state = slo_rate_state(slo, rate.at_ms, run->query->now_ms);
    exchange_json(run->w, slo, &rate);
}

static bool put_group(const struct query_run *run, const struct slo *slo, const struct slo_window *window,
                      const struct ledger_ids *ids, size_t number)
{
    struct arena arena;
    struct ledger_head head = {.first_minute = INT64_MAX};
    arena_init(&arena, 0);
    const struct labels *labels = ledger_group_row_labels(run->reader, ids->groups.at[number], run->table);
    slo = slo_for_group(slo, labels);
    ledger_head_row(run->reader, ids->generation_id, &head);
    struct period period = period_at(window, run->query->at_ms);
    if (run->query->before)
        period = period_before(window, &period, run->query->before);
    int64_t end_ms = period.to_ms < run->query->now_ms || period.rolling ? period.to_ms : run->query->now_ms;
    int64_t first = number ? ledger_first_minute(run->reader, ids->groups.at[number]) : head.first_minute;
    struct span span = {ids->groups.at[number], period.from_ms / MINUTE_MS,
                        (end_ms + MINUTE_MS - 1) / MINUTE_MS, head.first_minute, number ? first : 0};
    struct budget_input input = {.period = period,
                                 .now_ms = run->query->now_ms,
                                 .expected_units = -1,
                                 .first_minute = head.first_minute,
                                 .value_minute = span.value_minute};
    struct window_source source;
    struct budget budget;
    bool sound = sum_span(run, &span, &arena, &source, &input.sum);
    if (sound && !period.rolling && period.to_ms > run->query->now_ms)
        input.expected_units = expected_units(run, span.group_id, &period, &input.sum, first, &arena);
    if (sound) {
        struct buf printed;
        buf_init(&printed, 256);
        budget_compute(slo, &input, &budget);
        if (run->rollup && number == 0)
            *run->rollup = budget;
        period_print(window, &period, &printed);
        json_open(run->w, '{');
        slo_identity_json(run->w, slo, labels);
        put_exchange(run, slo, ids);
        if (number == 0)
            slo_definition_json(run->w, slo);
        json_field_text(run->w, "period", buf_text(&printed));
        json_name(run->w, "window");
        window_json(run->w, window->name, &period, &budget);
        json_field_int(run->w, "counted_to_ms", head.newest_ms);
        json_field_int(run->w, "first_ms", first == INT64_MAX ? 0 : first * MINUTE_MS);
        if (slo->kind == SLO_PERCENTILE)
            bounds_json_stored(run->w, run->reader, span.group_id);
        sound = put_uncorrected(run, slo, window, &input, &span);
        if (number == 0)
            put_corrections(run, slo, &span);
        if (sound && run->query->days)
            sound = put_days(run, &source, &span) && put_previous(run, slo, window, &period, &span);
        json_name(run->w, "incidents");
        json_open(run->w, '[');
        struct incident_writing writing = {run, slo, &arena, span.group_id, end_ms};
        incidents_of(run->reader, slo->id, group_text(labels, &arena), period.from_ms, end_ms, &arena,
                     put_incident, &writing);
        json_close(run->w, ']');
        json_close(run->w, '}');
        buf_finish(&printed);
    }
    arena_finish(&arena);
    return sound && !db_take_error(run->reader, run->err);
}

/* An SLO of which nothing was ever counted, or not since its queries changed. */
static void put_uncounted(const struct query_run *run, const struct slo *slo, const struct slo_window *window)
{
    struct period period = period_at(window, run->query->at_ms);
    if (run->query->before)
        period = period_before(window, &period, run->query->before);
    struct budget_input input = {
        .period = period, .now_ms = run->query->now_ms, .expected_units = -1, .first_minute = INT64_MAX};
    struct budget budget;
    struct buf printed;
    buf_init(&printed, 256);
    period_print(window, &period, &printed);
    budget_compute(slo, &input, &budget);
    json_open(run->w, '{');
    slo_identity_json(run->w, slo, NULL);
    json_field_text(run->w, "period", buf_text(&printed));
    json_name(run->w, "window");
    window_json(run->w, window->name, &period, &budget);
    json_field_int(run->w, "counted_to_ms", 0);
    json_field_int(run->w, "first_ms", 0);
    json_close(run->w, '}');
    buf_finish(&printed);
}

static bool put_slo(struct query_run *run, const struct slo *slo)
{
    struct ledger_ids ids = {0};
    struct slo_window window;
    bool sound = window_of(run, slo, &window);
    correction_spans_at(&run->corrections.set, slo, CORRECTION_FOR_BUDGETS, run->query->now_ms,
                        &run->excluded);
    if (sound && ledger_find(run->reader, slo, &ids)) {
        size_t n = run->query->rollup_only && ids.groups.len ? 1 : ids.groups.len;
        for (size_t i = 0; i < n && sound; i++)
            sound = put_group(run, slo, &window, &ids, i);
    }
    if (sound && ids.groups.len == 0)
        put_uncounted(run, slo, &window);
    ledger_ids_finish(&ids);
    return sound;
}

bool ledger_rollup_budget(struct database *reader, const struct config_view *config,
                          const struct ledger_query *query, const struct slo *slo, struct budget *budget,
                          struct err *err)
{
    struct ledger_query alone = *query;
    struct json_writer w;
    struct buf unread;
    struct query_run run = {.reader = reader,
                            .config = config,
                            .query = &alone,
                            .table = label_table_new(NULL),
                            .w = &w,
                            .err = err,
                            .rollup = budget};
    alone.days = false;
    alone.rollup_only = true;
    *budget = (struct budget){.verdict = BUDGET_INSUFFICIENT};
    buf_init(&unread, 4 << 20);
    json_begin(&w, &unread);
    bool sound = corrections_follow(&run.corrections, reader, err) && put_slo(&run, slo);
    buf_finish(&unread);
    corrections_finish(&run.corrections);
    VEC_FREE(&run.excluded);
    label_table_free(run.table);
    return sound;
}

bool ledger_query_json(struct database *reader, const struct config_view *config,
                       const struct ledger_query *query, struct buf *out, struct err *err)
{
    struct json_writer w;
    struct query_run run = {.reader = reader,
                            .config = config,
                            .query = query,
                            .table = label_table_new(NULL),
                            .w = &w,
                            .err = err};
    bool sound = corrections_follow(&run.corrections, reader, err);
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
    label_table_free(run.table);
    corrections_finish(&run.corrections);
    VEC_FREE(&run.excluded);
    if (sound && run.matched == 0)
        return err_set(err, ERR_NO_DATA, "no SLO matches%s%.*s", query->id.len ? " " : "",
                       TEXT_ARG(query->id));
    return sound;
}
