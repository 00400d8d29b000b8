/* Which changes of an evaluation go into one part, and in what order. */
#include "engine/slo_commit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "engine/parts.h"
#include "engine/policies.h"
#include "engine/slo_batch.h"
#include "engine/slo_facts.h"
#include "engine/unit_notes.h"

enum { STATUS_MAX = 64 << 10, FEW_STATES = 50, STATE_CHANGES = 2, TOLD_CHANGES = 6 };

struct writing {
    struct slo_commit *commit;
    struct parts parts;
    size_t told_written; /* items, the part that is open included */
};

/* A status is stored when its state changed, at each slot while something is open or where there are few, and
 * else once a minute. */
static bool status_due(const struct slo_commit *commit, const struct slo_unit *unit, uint32_t group, bool few)
{
    const struct group_budgets *budgets = &unit->budgets.at[group];
    const struct burn_state *state = &unit->states.at[group];
    return unit->results[group].n_transitions > 0 || policies_changed(unit->policies, commit->slot_ms) ||
           burn_state_is_open(state) || few || budgets->status_minute != commit->slot_ms / MINUTE_MS ||
           !burn_state_same(&budgets->stored, state);
}

static bool has_few(const struct slo_group *group)
{
    size_t n = 0;
    for (size_t i = 0; i < group->units.len; i++)
        n += group->units.at[i].states.len;
    return n <= FEW_STATES;
}

/* Statuses are made before the first part begins, so that the store is held only while it is written. */
static void make_statuses(const struct slo_commit *commit, struct slo_unit *unit, bool few)
{
    struct buf status;
    buf_init(&status, STATUS_MAX);
    unit->statuses = ARENA_ARRAY_ZERO(commit->arena, struct text, unit->states.len);
    for (uint32_t i = 0; i < unit->states.len; i++) {
        if (!status_due(commit, unit, i, few))
            continue;
        struct slo_view view = slo_view_of(commit->context, unit, i, commit->slot_ms);
        unit->budgets.at[i].status_minute = commit->slot_ms / MINUTE_MS;
        unit->budgets.at[i].stored = unit->states.at[i];
        buf_clear(&status);
        slo_status_json(&view, &status);
        unit->statuses[i] = text_copy(commit->arena, buf_text(&status));
    }
    buf_finish(&status);
}

static bool room(struct writing *writing, size_t changes, struct err *err)
{
    size_t committed = writing->parts.committed;
    bool good = parts_room(&writing->parts, changes, err);
    if (writing->parts.committed > committed)
        writing->commit->told_stored = writing->told_written;
    return good;
}

static bool write_ledger(struct writing *writing, struct slo_unit *unit, size_t more, struct err *err)
{
    size_t committed = writing->parts.committed;
    bool good = parts_write_ledger(&writing->parts, unit, more, err);
    if (writing->parts.committed > committed)
        writing->commit->told_stored = writing->told_written;
    return good;
}

static void write_told(struct writing *writing, size_t to)
{
    const struct slo_commit *commit = writing->commit;
    const struct told_span span = {writing->told_written, to};
    told_write(commit->told, &span, writing->parts.db, commit->context->counters, commit->context->emergency);
    writing->told_written = to;
}

static size_t changes_of(const struct slo_unit *unit, uint32_t group, size_t told_from)
{
    return (unit->statuses[group].len ? STATE_CHANGES : 0) +
           TOLD_CHANGES * (unit->told_to[group] - told_from);
}

static void write_group(struct writing *writing, const struct slo_unit *unit, uint32_t group)
{
    if (unit->statuses[group].len)
        burn_state_write(writing->parts.db, unit->ids.groups.at[group], unit_slo(unit, group),
                         &unit->states.at[group], unit->statuses[group]);
    write_told(writing, unit->told_to[group]);
}

static bool write_unit(struct writing *writing, struct slo_unit *unit, struct err *err)
{
    int64_t slot_ms = writing->commit->slot_ms;
    /* What policies have done and what they told of it is one; and of a first start either all is known to
     * have been there before, or nothing. */
    bool whole = policies_changed(unit->policies, slot_ms) || unit->first_start;
    size_t all = 0, from = writing->told_written;
    for (uint32_t i = 0; i < unit->states.len; from = unit->told_to[i++])
        all += changes_of(unit, i, from);
    if (!write_ledger(writing, unit, whole ? all : 0, err))
        return false;
    policies_write(unit->policies, writing->parts.db, slot_ms);
    unit_write_notes(writing->parts.db, unit, TEXT("spread"), slot_ms);
    for (uint32_t i = 0; i < unit->states.len; i++) {
        size_t changes = changes_of(unit, i, writing->told_written);
        if (changes && !whole && !room(writing, changes, err))
            return false;
        write_group(writing, unit, i);
    }
    return true;
}

static bool write_end(struct writing *writing, struct err *err)
{
    const struct slo_commit *commit = writing->commit;
    const struct evaluation_context *context = commit->context;
    size_t n = commit->told->items.len;
    if (!room(writing, 1 + TOLD_CHANGES * (n - writing->told_written), err))
        return false;
    write_told(writing, n);
    evaluation_done(writing->parts.db, commit->group->name, commit->slot_ms, commit->group->blind_since_ms);
    if (context->first_live && context->on_first_live)
        context->on_first_live(context->on_first_live_context, writing->parts.db, context->now_ms);
    return parts_end(&writing->parts, err);
}

bool slo_commit(struct slo_commit *commit, struct err *err)
{
    struct slo_group *group = commit->group;
    struct writing writing = {.commit = commit};
    bool few = has_few(group);
    commit->told_stored = 0;
    for (size_t i = 0; i < group->units.len; i++)
        make_statuses(commit, &group->units.at[i], few);
    parts_begin(&writing.parts, commit->context->store);
    for (size_t i = 0; i < group->units.len; i++)
        if (!write_unit(&writing, &group->units.at[i], err))
            return false;
    return write_end(&writing, err);
}
