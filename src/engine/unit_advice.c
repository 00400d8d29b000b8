/* Advice on the SLOs of a running engine, one SLO a step. */
#include "engine/unit_advice.h"

#include "base/finding.h"
#include "base/log.h"
#include "base/memory.h"
#include "engine/budget_json.h"
#include "engine/source_advice.h"
#include "source/source.h"

#define ASK_EVERY_MS HOUR_MS
#define ASK_AGAIN_MS MINUTE_MS /* a source that did not answer */

void advice_free(struct findings *advice)
{
    if (!advice)
        return;
    findings_finish(advice);
    memory_free(advice);
}

static bool was_found(const struct findings *before, const struct finding *finding)
{
    for (size_t i = 0; before && i < before->len; i++)
        if (text_eq(before->at[i].message, finding->message))
            return true;
    return false;
}

static void log_new(const struct slo_unit *unit, const struct findings *found)
{
    for (size_t i = 0; i < found->len; i++) {
        const struct finding *finding = &found->at[i];
        struct buf where;
        if (was_found(unit->advice, finding))
            continue;
        buf_init(&where, 4096);
        buf_printf(&where, "%.*s:%d:%d", TEXT_ARG(finding->file), finding->pos.line, finding->pos.column);
        log_line(LOG_WARN, finding->message.at, "slo", unit->slo->id.at, "at", buf_cstring(&where), "check",
                 finding->check, "hint", finding->hint.len ? finding->hint.at : "-", NULL);
        buf_finish(&where);
    }
}

static bool ask(struct slo_unit *unit, const struct evaluation_context *context)
{
    struct err err;
    struct findings *found = memory_alloc_zero(1, sizeof *found);
    findings_init(found);
    context->source->partial = false;
    if (!source_advise(context->source, unit->slo, context->now_ms, found, &err) ||
        context->source->partial) {
        advice_free(found);
        return false;
    }
    log_new(unit, found);
    advice_free(unit->advice);
    unit->advice = found;
    if (!found->len) {
        advice_free(found);
        unit->advice = NULL;
    }
    if (unit->budgets.len)
        unit->budgets.at[0].status_minute = 0; /* its status is told anew */
    return true;
}

bool advice_step(struct advice_round *round, const struct evaluation_context *context,
                 struct slo_group *const *groups, size_t n_groups)
{
    if (context->now_ms < round->next_ms)
        return false;
    while (round->group < n_groups && round->unit >= groups[round->group]->units.len) {
        round->group++;
        round->unit = 0;
    }
    if (round->group >= n_groups) {
        *round = (struct advice_round){.next_ms = context->now_ms + ASK_EVERY_MS};
        return false;
    }
    if (!ask(&groups[round->group]->units.at[round->unit], context)) {
        round->next_ms = context->now_ms + ASK_AGAIN_MS;
        return false;
    }
    round->unit++;
    return true;
}

void advice_json(struct json_writer *w, const struct findings *advice)
{
    json_name(w, "advice");
    json_open(w, '[');
    for (size_t i = 0; advice && i < advice->len; i++) {
        json_open(w, '{');
        json_field_string(w, "check", advice->at[i].check);
        json_field_text(w, "message", advice->at[i].message);
        json_field_text(w, "hint", advice->at[i].hint);
        json_close(w, '}');
    }
    json_close(w, ']');
}
