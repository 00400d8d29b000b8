/* Requests to correct, from texts to rows; and the set in force. */
#include "engine/corrections.h"

#include "base/buf.h"
#include "engine/budget_json.h"
#include "engine/ledger_query.h"
#include "store/correction_rows.h"

enum { SELECTOR_MAX = 1024 };

bool corrections_follow(struct corrections *corrections, struct database *reader, struct err *err)
{
    if (corrections_change(reader) == corrections->set.change && !db_failed(reader))
        return true;
    struct arena arena;
    struct timezone_set *zones = timezone_set_new();
    struct correction_set set;
    arena_init(&arena, 0);
    if (!corrections_read(reader, zones, &arena, &set, err)) {
        timezone_set_free(zones);
        arena_finish(&arena);
        return false;
    }
    corrections_finish(corrections);
    *corrections = (struct corrections){set, arena, zones};
    return true;
}

void corrections_finish(struct corrections *corrections)
{
    if (corrections->zones) {
        timezone_set_free(corrections->zones);
        arena_finish(&corrections->arena);
    }
    *corrections = (struct corrections){0};
}

/* What a request is worked out with. */
struct correcting {
    struct corrections read; /* as the store has them */
    struct arena arena;
    struct timezone_set *zones;
    const struct slo **slos; /* that it applies to */
    size_t n_slos;
};

static void correcting_init(struct correcting *c)
{
    *c = (struct correcting){.zones = timezone_set_new()};
    arena_init(&c->arena, 0);
}

static void correcting_finish(struct correcting *c)
{
    corrections_finish(&c->read);
    timezone_set_free(c->zones);
    arena_finish(&c->arena);
}

static void find_slos(struct correcting *c, const struct config_view *config,
                      const struct correction *correction)
{
    c->slos = ARENA_ARRAY(&c->arena, const struct slo *, config->slos.len);
    for (size_t i = 0; i < config->slos.len; i++)
        if (correction_applies(correction, &config->slos.at[i]))
            c->slos[c->n_slos++] = &config->slos.at[i];
}

/* An SLO may be named without its environment; the store keeps the whole name. */
static bool read_selector(struct correcting *c, const struct config_view *config,
                          const struct correction_request *request, struct correction *correction,
                          struct err *err)
{
    struct buf out;
    if ((request->slo.len == 0) == (request->service.len == 0))
        return err_set(err, ERR_USAGE, "either an SLO or a service is needed");
    if (request->slo.len + request->service.len > SELECTOR_MAX / 2)
        return err_set(err, ERR_USAGE, "the name of the SLO or service is too long");
    buf_init(&out, SELECTOR_MAX);
    if (request->service.len)
        buf_printf(&out, "service:%.*s/%.*s", TEXT_ARG(config->environment), TEXT_ARG(request->service));
    for (size_t i = 0; i < config->slos.len && out.len == 0; i++)
        if (slo_id_matches(&config->slos.at[i], request->slo))
            buf_printf(&out, "slo:%.*s", TEXT_ARG(config->slos.at[i].id));
    if (out.len == 0)
        buf_printf(&out, "slo:%.*s", TEXT_ARG(request->slo));
    correction->selector = text_copy(&c->arena, buf_text(&out));
    buf_finish(&out);
    return true;
}

static bool read_times(struct correcting *c, const struct correction_request *request, int64_t now_ms,
                       struct correction *correction, struct err *err)
{
    correction->zone_name = request->zone;
    if (request->zone.len && !(correction->zone = timezone_set_get(c->zones, request->zone, err)))
        return false;
    correction->every = request->every;
    if (request->every.len && !recurrence_parse(request->every, &correction->recurrence, err))
        return err_context(err, "every");
    correction->from_ms = now_ms;
    correction->to_ms = CORRECTION_FOREVER;
    if (request->from.len && !civil_parse(correction->zone, request->from, &correction->from_ms, err))
        return err_context(err, "from");
    if (request->to.len && !civil_parse(correction->zone, request->to, &correction->to_ms, err))
        return err_context(err, "to");
    return request->to.len || request->every.len ||
           err_set(err, ERR_USAGE, "until when? only one that recurs may be without an end");
}

static bool read_request(struct correcting *c, const struct config_view *config,
                         const struct correction_request *request, int64_t now_ms,
                         struct correction *correction, struct err *err)
{
    *correction = (struct correction){.reason = request->reason,
                                      .author = request->author,
                                      .approver = text_trim(request->approver),
                                      .made_ms = now_ms};
    if (!correction_kind_read(request->kind, &correction->kind))
        return err_set(err, ERR_USAGE, "kind must be maintenance or exclusion, not \"%.*s\"",
                       (int)(request->kind.len < 40 ? request->kind.len : 40), request->kind.at);
    if (!read_selector(c, config, request, correction, err) ||
        !read_times(c, request, now_ms, correction, err))
        return false;
    find_slos(c, config, correction);
    return correction_check(correction, c->slos, c->n_slos, now_ms, err);
}

/* A token, or a login, is a person too, whatever author it states. */
static bool check_actor(const struct correction_request *request, struct err *err)
{
    return text_trim(request->approver).len == 0 ||
           !correction_same_person(request->actor, request->approver) ||
           err_set(err, ERR_USAGE,
                   "this is a request of %.*s, who cannot approve it: a second person is needed",
                   TEXT_ARG(request->actor));
}

static bool is_full(const struct correction_set *set)
{
    size_t n = 0;
    for (size_t i = 0; i < set->len; i++)
        n += set->at[i].revoked_ms == 0;
    return n >= CORRECTIONS_MAX;
}

static bool commit(struct store *store, struct err *err)
{
    if (!store_commit(store, err))
        return false;
    store_corrected(store);
    return true;
}

bool correct_add(struct store *store, const struct config_view *config,
                 const struct correction_request *request, int64_t now_ms, int64_t *id, struct err *err)
{
    struct correcting c;
    struct correction correction;
    correcting_init(&c);
    bool good = read_request(&c, config, request, now_ms, &correction, err) && check_actor(request, err);
    if (good) {
        struct database *db = store_begin(store);
        good = corrections_follow(&c.read, db, err);
        if (good && is_full(&c.read.set))
            good = err_set(err, ERR_LIMIT,
                           "the store has %d corrections that hold already: revoke what is not needed",
                           CORRECTIONS_MAX);
        if (good) {
            *id = correction_add(db, &correction, request->actor);
            good = commit(store, err);
        } else {
            store_rollback(store);
        }
    }
    correcting_finish(&c);
    return good;
}

static bool may_revoke(struct correcting *c, const struct config_view *config,
                       const struct correction *correction, const struct correction_request *request,
                       int64_t now_ms, struct err *err)
{
    if (correction->revoked_ms)
        return err_set(err, ERR_USAGE, "correction %lld was revoked already by %.*s",
                       (long long)correction->id, TEXT_ARG(correction->revoked_by));
    if (!correction_check_revocation(request->author, request->reason, request->approver, err))
        return false;
    find_slos(c, config, correction);
    return correction_check_approval(correction, c->slos, c->n_slos, request->author, request->approver,
                                     now_ms, err) &&
           check_actor(request, err);
}

bool correct_revoke(struct store *store, const struct config_view *config, int64_t id,
                    const struct correction_request *request, int64_t now_ms, struct err *err)
{
    struct correcting c;
    const struct correction *found = NULL;
    correcting_init(&c);
    struct database *db = store_begin(store);
    bool good = corrections_follow(&c.read, db, err);
    for (size_t i = 0; good && i < c.read.set.len; i++)
        if (c.read.set.at[i].id == id)
            found = &c.read.set.at[i];
    if (good && !found)
        good = err_set(err, ERR_NO_DATA, "there is no correction %lld", (long long)id);
    if (good && may_revoke(&c, config, found, request, now_ms, err)) {
        struct correction_revocation revocation = {request->author, text_trim(request->approver),
                                                   request->reason, request->actor, now_ms};
        correction_revoke(db, found, &revocation);
        good = commit(store, err);
    } else {
        good = false;
        store_rollback(store);
    }
    correcting_finish(&c);
    return good;
}

void correction_json(struct json_writer *w, const struct correction *c)
{
    json_open(w, '{');
    json_field_int(w, "id", c->id);
    json_field_text(w, "selector", c->selector);
    json_field_string(w, "kind", correction_kind_text(c->kind));
    json_field_int(w, "from_ms", c->from_ms);
    json_field_int(w, "to_ms", c->to_ms == CORRECTION_FOREVER ? -1 : c->to_ms);
    json_field_text(w, "every", c->every);
    json_field_text(w, "zone", c->zone_name);
    json_field_text(w, "reason", c->reason);
    json_field_text(w, "author", c->author);
    json_field_text(w, "approver", c->approver);
    json_field_int(w, "made_ms", c->made_ms);
    json_field_int(w, "revoked_ms", c->revoked_ms);
    json_field_text(w, "revoked_by", c->revoked_by);
    json_field_text(w, "revoked_why", c->revoked_why);
    json_close(w, '}');
}

bool corrections_json(struct database *reader, int64_t now_ms, bool all, struct buf *out, struct err *err)
{
    struct corrections corrections = {0};
    struct json_writer w;
    if (!corrections_follow(&corrections, reader, err))
        return false;
    json_begin(&w, out);
    json_open(&w, '{');
    json_name(&w, "corrections");
    json_open(&w, '[');
    for (size_t i = 0; i < corrections.set.len; i++) {
        const struct correction *c = &corrections.set.at[i];
        if (all || (!c->revoked_ms && c->to_ms > now_ms))
            correction_json(&w, c);
    }
    json_close(&w, ']');
    json_close(&w, '}');
    corrections_finish(&corrections);
    return true;
}
