/* Facts to JSON and back. One table of members serves both ways, so that what is written is what is read. */
#include "notify/facts.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"

#include <stddef.h>

enum member_type { MEMBER_TEXT, MEMBER_TIME, MEMBER_INT, MEMBER_BOOL, MEMBER_DOUBLE };

struct member {
    const char *name;
    enum member_type type;
    size_t offset;
};

#define MEMBER(type, field)                                                                                  \
    {                                                                                                        \
#field, type, offsetof(struct facts, field)                                                          \
    }

static const struct member members[] = {
    MEMBER(MEMBER_TEXT, incident),      MEMBER(MEMBER_TEXT, environment),
    MEMBER(MEMBER_TEXT, service),       MEMBER(MEMBER_TEXT, subject),
    MEMBER(MEMBER_TEXT, group),         MEMBER(MEMBER_TEXT, owner),
    MEMBER(MEMBER_TIME, slot_ms),       MEMBER(MEMBER_TIME, since_ms),
    MEMBER(MEMBER_TIME, resolved_ms),   MEMBER(MEMBER_BOOL, late),
    MEMBER(MEMBER_TEXT, what),          MEMBER(MEMBER_TEXT, impact),
    MEMBER(MEMBER_TEXT, reason),        MEMBER(MEMBER_BOOL, has_budget),
    MEMBER(MEMBER_DOUBLE, burn_rate),   MEMBER(MEMBER_TEXT, burn_window),
    MEMBER(MEMBER_DOUBLE, budget_left), MEMBER(MEMBER_TEXT, budget_window),
    MEMBER(MEMBER_TEXT, budget_amount), MEMBER(MEMBER_TIME, exhausted_in_ms),
    MEMBER(MEMBER_DOUBLE, value),       MEMBER(MEMBER_BOOL, has_value),
    MEMBER(MEMBER_TEXT, last_change),   MEMBER(MEMBER_TEXT, first_step),
    MEMBER(MEMBER_TEXT, runbook),       MEMBER(MEMBER_TEXT, page),
};

enum { N_MEMBERS = sizeof members / sizeof members[0] };

static const char *const kind_names[] = {"open", "update", "resolve", "summary"};

static void write_pairs(struct json_writer *w, const char *name, const struct fact_pair *pairs, size_t n)
{
    json_name(w, name);
    json_open(w, '{');
    for (size_t i = 0; i < n; i++) {
        json_name_text(w, pairs[i].name);
        json_put_text(w, pairs[i].value);
    }
    json_close(w, '}');
}

static void write_member(struct json_writer *w, const struct member *member, const struct facts *facts)
{
    const char *at = (const char *)facts + member->offset;
    json_name(w, member->name);
    switch (member->type) {
    case MEMBER_TEXT:
        json_put_text(w, *(const struct text *)(const void *)at);
        break;
    case MEMBER_TIME:
        json_put_int(w, *(const int64_t *)(const void *)at);
        break;
    case MEMBER_INT:
        json_put_int(w, *(const int *)(const void *)at);
        break;
    case MEMBER_BOOL:
        json_put_bool(w, *(const bool *)(const void *)at);
        break;
    case MEMBER_DOUBLE:
        json_put_double(w, *(const double *)(const void *)at);
        break;
    }
}

void facts_write_json(const struct facts *facts, struct buf *out)
{
    struct json_writer w;
    json_begin(&w, out);
    json_open(&w, '{');
    json_name(&w, "kind");
    json_put_string(&w, kind_names[facts->kind]);
    json_name(&w, "class");
    json_put_string(&w, incident_class_name(facts->class));
    json_name(&w, "severity");
    json_put_string(&w, severity_name(facts->severity));
    for (size_t i = 0; i < N_MEMBERS; i++)
        write_member(&w, &members[i], facts);
    write_pairs(&w, "links", facts->links, facts->n_links);
    write_pairs(&w, "labels", facts->labels, facts->n_labels);
    write_pairs(&w, "annotations", facts->annotations, facts->n_annotations);
    json_name(&w, "lines");
    json_open(&w, '[');
    for (size_t i = 0; i < facts->n_lines; i++)
        json_put_text(&w, facts->lines[i]);
    json_close(&w, ']');
    json_close(&w, '}');
}

static struct text copy_string(const struct json *json, struct arena *arena)
{
    return text_copy(arena, text_of(json_string(json, "")));
}

static void read_member(const struct json *json, const struct member *member, struct arena *arena,
                        struct facts *facts)
{
    char *at = (char *)facts + member->offset;
    const struct json *value = json_get(json, member->name);
    switch (member->type) {
    case MEMBER_TEXT:
        *(struct text *)(void *)at = copy_string(value, arena);
        break;
    case MEMBER_TIME:
        *(int64_t *)(void *)at = (int64_t)json_number(value, 0);
        break;
    case MEMBER_INT:
        *(int *)(void *)at = (int)json_number(value, 0);
        break;
    case MEMBER_BOOL:
        *(bool *)(void *)at = json_bool(value, false);
        break;
    case MEMBER_DOUBLE:
        *(double *)(void *)at = json_number(value, 0);
        break;
    }
}

static size_t read_pairs(const struct json *object, struct arena *arena, struct fact_pair **pairs)
{
    size_t n = 0;
    *pairs = ARENA_ARRAY(arena, struct fact_pair, json_length(object));
    for (const struct json *child = json_first(object); child; child = json_next(child)) {
        (*pairs)[n].name = text_copy(arena, text_of(json_key(child)));
        (*pairs)[n++].value = copy_string(child, arena);
    }
    return n;
}

static bool read_name(const struct json *json, const char *const *names, int n, int *value)
{
    for (int i = 0; i < n; i++)
        if (text_is(text_of(json_string(json, "")), names[i])) {
            *value = i;
            return true;
        }
    return false;
}

bool facts_read_json(struct text text, struct arena *arena, struct facts *facts, struct err *err)
{
    static const char *const classes[] = {"page", "ticket"};
    static const char *const severities[] = {"P0", "P1", "P2", "P3", "P4"};
    struct json *json = json_parse(text, err);
    if (!json)
        return err_context(err, "facts");
    struct facts read = {0};
    int kind = 0, class = 0, severity = 0;
    bool valid = read_name(json_get(json, "kind"), kind_names, 4, &kind) &&
                 read_name(json_get(json, "class"), classes, 2, &class) &&
                 read_name(json_get(json, "severity"), severities, 5, &severity) && severity > 0;
    for (size_t i = 0; i < N_MEMBERS; i++)
        read_member(json, &members[i], arena, &read);
    read.kind = (enum fact_kind)kind;
    read.class = (enum incident_class) class;
    read.severity = (enum severity)severity;
    read.n_links = read_pairs(json_get(json, "links"), arena, &read.links);
    read.n_labels = read_pairs(json_get(json, "labels"), arena, &read.labels);
    read.n_annotations = read_pairs(json_get(json, "annotations"), arena, &read.annotations);
    const struct json *lines = json_get(json, "lines");
    read.lines = ARENA_ARRAY(arena, struct text, json_length(lines));
    for (const struct json *line = json_first(lines); line; line = json_next(line))
        read.lines[read.n_lines++] = copy_string(line, arena);
    json_free(json);
    if (!valid)
        return err_set(err, ERR_INPUT, "facts: kind, class or severity is missing or unknown");
    *facts = read;
    return true;
}

const char *severity_name(enum severity severity)
{
    static const char *const names[] = {"P0", "P1", "P2", "P3", "P4"};
    return names[severity];
}

const char *severity_pagerduty(enum severity severity)
{
    static const char *const names[] = {"critical", "critical", "error", "warning", "info"};
    return names[severity];
}

const char *incident_class_name(enum incident_class class_)
{
    return class_ == CLASS_PAGE ? "page" : "ticket";
}
