/* What changed of late: gathered from what evaluation has in memory, so that a page costs no query. */
#include "engine/last_change.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/json.h"
#include "base/timezone.h"
#include "engine/budget_json.h"
#include "engine/policies.h"

enum { WORDS_MAX = 2000, REASON_MAX = 200 };

void known_changes_add(struct known_changes *changes, int64_t at_ms, struct text what)
{
    size_t at = 0;
    while (at < changes->n && changes->at[at].at_ms >= at_ms)
        at++;
    if (at == CHANGES_MOST)
        return;
    changes->n += changes->n < CHANGES_MOST;
    for (size_t i = changes->n - 1; i > at; i--)
        changes->at[i] = changes->at[i - 1];
    changes->at[at] = (struct known_change){at_ms, what};
}

static bool is_recent(int64_t at_ms, int64_t until_ms)
{
    return at_ms > 0 && at_ms <= until_ms && at_ms > until_ms - DAY_MS;
}

static struct text take_text(struct buf *buf, struct arena *arena)
{
    struct text text = text_copy(arena, buf_text(buf));
    buf_finish(buf);
    return text;
}

static void add_process(const struct slo_view *view, int64_t until_ms, struct arena *arena,
                        struct known_changes *changes)
{
    int64_t start_ms = 0;
    const struct labels *target = ledger_newest_process(view->unit->ledger, &start_ms);
    if (!target || !is_recent(start_ms, until_ms))
        return;
    struct text instance = labels_value(target, TEXT("instance")), job = labels_value(target, TEXT("job"));
    struct buf out;
    buf_init(&out, WORDS_MAX);
    if (!instance.len)
        labels_print(target, &out);
    else
        buf_printf(&out, "%.*s%s%.*s", TEXT_ARG(instance), job.len ? " of " : "", TEXT_ARG(job));
    buf_puts(&out, " started");
    known_changes_add(changes, start_ms, take_text(&out, arena));
}

static struct text describe_correction(const struct correction *c, bool revoked, struct arena *arena)
{
    struct text by = revoked ? c->revoked_by : c->author;
    struct text why = text_part(revoked ? c->revoked_why : c->reason, 0, REASON_MAX);
    struct buf out;
    buf_init(&out, WORDS_MAX);
    buf_printf(&out, "%s %lld was %s by %.*s (%.*s)", correction_kind_text(c->kind), (long long)c->id,
               revoked ? "revoked" : "added", TEXT_ARG(by), TEXT_ARG(why));
    return take_text(&out, arena);
}

static void add_corrections(const struct slo_view *view, int64_t until_ms, struct arena *arena,
                            struct known_changes *changes)
{
    const struct correction_set *set = view->context->corrections;
    for (size_t i = 0; set && i < set->len; i++) {
        const struct correction *c = &set->at[i];
        bool added = is_recent(c->made_ms, until_ms), revoked = is_recent(c->revoked_ms, until_ms);
        if ((!added && !revoked) || !correction_applies(c, view->unit->slo))
            continue;
        if (added)
            known_changes_add(changes, c->made_ms, describe_correction(c, false, arena));
        if (revoked)
            known_changes_add(changes, c->revoked_ms, describe_correction(c, true, arena));
    }
}

void known_changes_find(const struct slo_view *view, int64_t until_ms, struct arena *arena,
                        struct known_changes *changes)
{
    struct known_changes own = {.n = 0};
    *changes = (struct known_changes){.n = 0};
    add_process(view, until_ms, arena, changes);
    add_corrections(view, until_ms, arena, changes);
    policies_changes(view->unit->policies, view, arena, &own);
    for (size_t i = 0; i < own.n; i++)
        if (is_recent(own.at[i].at_ms, until_ms - 1)) /* what starts with an incident follows from it */
            known_changes_add(changes, own.at[i].at_ms, own.at[i].what);
    if (is_recent(view->context->reloaded_ms, until_ms))
        known_changes_add(changes, view->context->reloaded_ms, TEXT("sloburn's configuration was reloaded"));
}

struct text last_change_text(const struct known_changes *changes, int64_t until_ms, struct arena *arena)
{
    struct buf out;
    buf_init(&out, WORDS_MAX);
    for (size_t i = 0; i < changes->n; i++) {
        int64_t at_ms = changes->at[i].at_ms - changes->at[i].at_ms % SECOND_MS;
        buf_printf(&out, "%s%.*s at ", i ? "; " : "", TEXT_ARG(changes->at[i].what));
        civil_print(NULL, at_ms, &out);
        buf_puts(&out, ", ");
        duration_print_human(until_ms - at_ms, &out);
        buf_puts(&out, " before");
    }
    return take_text(&out, arena);
}

void last_change_json(const struct slo_view *view, struct json_writer *w)
{
    struct arena arena;
    struct known_changes changes;
    arena_init(&arena, 0);
    known_changes_find(view, view->slot_ms, &arena, &changes);
    json_name(w, "changes");
    json_open(w, '[');
    for (size_t i = 0; i < changes.n; i++) {
        json_open(w, '{');
        json_field_int(w, "at_ms", changes.at[i].at_ms);
        json_field_text(w, "what", changes.at[i].what);
        json_close(w, '}');
    }
    json_close(w, ']');
    arena_finish(&arena);
}
