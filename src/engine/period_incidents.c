/* Incidents of a period and their costs. */
#include "engine/period_incidents.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/labels.h"
#include "engine/budget_json.h"
#include "store/outbox_rows.h"

enum { COST_LEAD_MINUTES = 60, LABELS_MAX = 64 << 10 };

struct incident_writing {
    struct json_writer *w;
    struct database *reader;
    const struct period_group *group;
    struct arena *arena;
    int64_t end_ms; /* of what is still open */
};

/* The first of the minutes right before the opening that burned faster than the objective allows, at most an
 * hour back: there the incident began to cost. */
static bool cost_begin(const struct incident_writing *writing, const struct window_source *source,
                       int64_t opened, int64_t *begin)
{
    const struct dated_targets *targets = writing->group->targets;
    struct slo slo = *writing->group->slo;
    struct window_sum sum;
    struct err unread;
    for (*begin = opened; *begin > opened - COST_LEAD_MINUTES; --*begin) {
        if (!window_sum_over(source, *begin - 1, *begin, NULL, 0, &sum, &unread))
            return false;
        const struct dated_target *target = targets ? dated_target_at(targets, *begin - 1) : NULL;
        if (target)
            slo.allowance_billionths = target->allowance_billionths;
        if (budget_holds(&slo, sum.units, sum.spent))
            break;
    }
    return true;
}

static void put_cost(const struct incident_writing *writing, const struct incident_row *row)
{
    int64_t opened = row->opened_ms / MINUTE_MS;
    int64_t end_ms = row->closed_ms && row->closed_ms < writing->end_ms ? row->closed_ms : writing->end_ms;
    int64_t begin, end = (end_ms + MINUTE_MS - 1) / MINUTE_MS;
    /* of the hour before each minute is looked at, so it is asked for by itself */
    const struct minute_span spans[] = {{opened - COST_LEAD_MINUTES, opened},
                                        {opened - COST_LEAD_MINUTES, end}};
    struct window_source source;
    struct window_sum sum;
    struct err unread;
    if (spans[1].from_minute >= end)
        return;
    ledger_windows_source(writing->reader, writing->group->id, spans, 2, NULL, 0, writing->arena, &source);
    if (!cost_begin(writing, &source, opened, &begin) ||
        !window_sum_over(&source, begin, end, NULL, 0, &sum, &unread))
        return;
    json_field_int(writing->w, "units", sum.units);
    json_field_int(writing->w, "spent", sum.spent);
}

static void put_incident(void *context, const struct incident_row *row)
{
    const struct incident_writing *writing = context;
    struct json_writer *w = writing->w;
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
    buf_init(&out, LABELS_MAX);
    for (uint32_t i = 0; i < labels->len; i++)
        buf_printf(&out, "%s%s=%s", i ? "," : "", labels->at[i].name->at, labels->at[i].value->at);
    struct text copy = text_copy(arena, buf_text(&out));
    buf_finish(&out);
    return copy;
}

void period_incidents_json(struct json_writer *w, const struct period_question *question,
                           const struct period_group *group, const struct labels *labels,
                           const struct period_reading *reading)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct incident_writing writing = {w, question->reader, group, &arena, reading->end_ms};
    json_name(w, "incidents");
    json_open(w, '[');
    incidents_of(question->reader, group->slo->id, group_text(labels, &arena), reading->period.from_ms,
                 reading->end_ms, &arena, put_incident, &writing);
    json_close(w, ']');
    arena_finish(&arena);
}
