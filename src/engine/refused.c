/* Tickets for files that are refused. */
#include "engine/refused.h"

#include "base/arena.h"
#include "base/buf.h"
#include "engine/told.h"
#include "store/outbox_rows.h"
#include "store/store.h"

enum { INCIDENTS_MAX = 100000, WORDS_MAX = 8192, KEY_BYTES_MAX = 512 };

#define SUBJECT "file refused"

bool refused_is(const struct facts *facts)
{
    return text_is(facts->subject, SUBJECT);
}

bool refused_any(const struct config_view *config)
{
    for (size_t i = 0; i < config->n_files; i++)
        if (config->files[i].refused)
            return true;
    return false;
}

/* What is open now, and what is wanted. */
struct tickets {
    const struct evaluation_context *context;
    struct arena *arena;
    struct told told;
    VEC(struct facts) open;
};

static struct text take(struct arena *arena, struct buf *buf)
{
    struct text text = text_copy(arena, buf_text(buf));
    buf_finish(buf);
    return text;
}

/* Where the file is wrong, and what goes on in its place. */
static struct text what_of(const struct config_file *file, struct arena *arena)
{
    bool goes_on = file->slos.len || file->slos.n_composites || file->groups.len;
    struct buf out;
    buf_init(&out, WORDS_MAX);
    buf_printf(&out, "%.*s has errors and is refused; %s. The first: %.*s", TEXT_ARG(file->path),
               goes_on ? "its last good version goes on" : "nothing of it is evaluated",
               TEXT_ARG(file->error));
    return take(arena, &out);
}

static void open_for(struct tickets *tickets, const struct config_file *file, struct text owner)
{
    const struct evaluation_context *context = tickets->context;
    struct buf key;
    for (size_t i = 0; i < tickets->open.len; i++)
        if (text_eq(tickets->open.at[i].group, file->path) && text_eq(tickets->open.at[i].owner, owner))
            return;
    buf_init(&key, WORDS_MAX);
    buf_printf(&key, "%.*s//file-refused/%.*s/%.*s", TEXT_ARG(context->config->environment),
               TEXT_ARG(file->path), TEXT_ARG(owner));
    struct text subject = take(tickets->arena, &key);
    buf_init(&key, KEY_BYTES_MAX);
    incident_key_print(subject, NULL, CLASS_TICKET, context->now_ms, &key);
    struct facts facts = {.kind = FACT_OPEN,
                          .incident = take(tickets->arena, &key),
                          .environment = context->config->environment,
                          .subject = TEXT(SUBJECT),
                          .group = file->path,
                          .owner = owner,
                          .class = CLASS_TICKET,
                          .severity = SEVERITY_P3,
                          .slot_ms = context->now_ms,
                          .since_ms = context->now_ms,
                          .exhausted_in_ms = -1,
                          .what = what_of(file, tickets->arena),
                          .impact = TEXT("what was changed in the file is not in force"),
                          .first_step = TEXT("sloburn check finds all its errors; SIGHUP reads it again"),
                          .page = context->config->external_url};
    told_add(&tickets->told, context->config, &facts, "file refused", false);
}

static bool is_first(const struct slo_list *slos, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (text_eq(slos->at[k].owner, slos->at[i].owner))
            return false;
    return true;
}

/* The owners of what goes on; of a file that nothing is known of the default owner, else all of them. */
static void open_for_owners(struct tickets *tickets, const struct config_file *file)
{
    const struct owners *owners = &tickets->context->config->owners;
    bool told = false;
    for (size_t i = 0; i < file->slos.len; i++)
        if (file->slos.at[i].owner.len && is_first(&file->slos, i)) {
            open_for(tickets, file, file->slos.at[i].owner);
            told = true;
        }
    if (!told && (owners->fallback || !owners->len))
        open_for(tickets, file, TEXT("default"));
    for (size_t i = 0; !told && !owners->fallback && i < owners->len; i++)
        open_for(tickets, file, owners->at[i].name);
}

static void keep_open(void *context, const struct incident_row *row)
{
    struct tickets *tickets = context;
    if (!row->closed_ms && refused_is(&row->facts))
        VEC_PUSH(&tickets->open, row->facts);
}

static bool is_refused(const struct config_view *config, struct text path)
{
    for (size_t i = 0; i < config->n_files; i++)
        if (config->files[i].refused && text_eq(config->files[i].path, path))
            return true;
    return false;
}

static void resolve(struct tickets *tickets, struct facts *facts)
{
    struct buf what;
    buf_init(&what, WORDS_MAX);
    buf_printf(&what, "%.*s is read again", TEXT_ARG(facts->group));
    facts->kind = FACT_RESOLVE;
    facts->slot_ms = facts->resolved_ms = tickets->context->now_ms;
    facts->what = take(tickets->arena, &what);
    told_add(&tickets->told, tickets->context->config, facts, "file read again", false);
}

bool refused_tell(const struct evaluation_context *context, struct err *err)
{
    const struct config_view *config = context->config;
    struct arena arena;
    arena_init(&arena, 0);
    struct tickets tickets = {.context = context, .arena = &arena, .told = {.arena = &arena}};
    bool good = true;
    incidents_each(context->reader, INT64_MAX, INCIDENTS_MAX, &arena, keep_open, &tickets);
    for (size_t i = 0; i < tickets.open.len; i++)
        if (!is_refused(config, tickets.open.at[i].group))
            resolve(&tickets, &tickets.open.at[i]);
    for (size_t i = 0; i < config->n_files; i++)
        if (config->files[i].refused)
            open_for_owners(&tickets, &config->files[i]);
    if (tickets.told.items.len) {
        const struct told_span all = {0, tickets.told.items.len};
        told_write(&tickets.told, &all, store_begin(context->store), context->counters, NULL);
        good = store_commit(context->store, err);
    }
    told_finish(&tickets.told);
    VEC_FREE(&tickets.open);
    arena_finish(&arena);
    return good && !db_take_error(context->reader, err);
}
