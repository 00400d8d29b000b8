/* Reading SLO files: the walk over the YAML, what makes an SLO's identity, and what is judged over all of
 * them. */
#include "slo/slo_file.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "slo/slo_keys.h"
#include "slo/slo_reader.h"

enum { SLOS_MAX = 1000, NAME_MAX_BYTES = 100, OBJECTIVES_MAX = 10, ID_BYTES_MAX = 1024 };

typedef VEC(struct slo) slo_vec;

/* ---- names ---- */

static bool name_is_plain(struct text name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                     c == '_' || c == '.';
        if (!plain)
            return false;
    }
    return name.len > 0 && name.len <= NAME_MAX_BYTES;
}

static void check_name(const struct slo_reader *reader, const char *what, struct text name,
                       struct source_pos pos)
{
    if (!name_is_plain(name))
        finding_add(reader->findings, FINDING_ERROR, "slo/name", reader->file, pos,
                    "%s \"%.*s\" must be 1 to %d letters, digits, dots, dashes and underscores", what,
                    TEXT_ARG(name), NAME_MAX_BYTES);
}

static struct text printed(struct arena *arena, struct buf *buf)
{
    struct text text = text_copy(arena, buf_text(buf));
    buf_finish(buf);
    return text;
}

/* ---- objectives of an SLO ---- */

/* Keys that say what is counted, and the kinds that read them. */
static const struct {
    const char *key;
    unsigned kinds;
} source_keys[] = {
    {"total", 1u << SLO_EVENTS},
    {"bad", 1u << SLO_EVENTS},
    {"good", 1u << SLO_EVENTS},
    {"histogram", 1u << SLO_PERCENTILE | 1u << SLO_MEAN | 1u << SLO_SCORE},
    {"sum", 1u << SLO_MEAN | 1u << SLO_SCORE | 1u << SLO_TOTAL},
    {"count", 1u << SLO_MEAN | 1u << SLO_SCORE},
    {"when", 1u << SLO_MINUTES},
};

static void check_unused(const struct fields *own, unsigned kinds)
{
    for (size_t i = 0; i < sizeof source_keys / sizeof *source_keys; i++)
        if (!(source_keys[i].kinds & kinds) && fields_node(own, source_keys[i].key))
            fields_error(own, source_keys[i].key, "%s has %s, which its objective has no use for", own->what,
                         source_keys[i].key);
}

static bool suffix_is_taken(const struct objective *objectives, size_t n, const char *suffix)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(objectives[i].suffix, suffix) == 0)
            return true;
    return false;
}

static void read_slo(struct slo_reader *reader, const struct yaml_pair *pair, slo_vec *slos)
{
    struct buf what;
    buf_init(&what, ID_BYTES_MAX);
    buf_printf(&what, "SLO %.*s", TEXT_ARG(pair->key));
    struct fields own = {.file = reader->file,
                         .check = "slo/keys",
                         .findings = reader->findings,
                         .what = printed(reader->context->arena, &what).at};
    check_name(reader, "SLO", pair->key, pair->key_pos);
    if (yaml_is_null(pair->value))
        finding_add(reader->findings, FINDING_ERROR, "slo/missing", reader->file, pair->key_pos,
                    "%s is empty", own.what);
    if (!fields_open(&own, pair->value, slo_slo_keys.at, slo_slo_keys.n))
        return;
    const struct yaml_node *node = fields_node(&own, "objective");
    if (!node) {
        finding_add(reader->findings, FINDING_ERROR, "slo/missing", reader->file, pair->key_pos,
                    "%s has no objective", own.what);
        return;
    }
    bool several = node->kind == YAML_LIST;
    size_t n = several ? node->len : 1;
    unsigned kinds = 0;
    struct objective objectives[OBJECTIVES_MAX];
    if (n == 0 || n > OBJECTIVES_MAX) {
        fields_error(&own, "objective", "an SLO has 1 to %d objectives", OBJECTIVES_MAX);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const struct yaml_node *item = several ? node->items[i] : node;
        struct slo_draft draft = {
            .reader = reader, .own = own, .objective_pos = item->pos, .slo.pos = pair->key_pos};
        objectives[i] = (struct objective){0};
        if (!slo_read_objective(reader, item, &draft.objective))
            continue;
        if (suffix_is_taken(objectives, i, draft.objective.suffix))
            finding_add(reader->findings, FINDING_ERROR, "slo/objective", reader->file, item->pos,
                        "two objectives called %s", draft.objective.suffix);
        objectives[i] = draft.objective;
        kinds |= 1u << draft.objective.kind;
        slo_draft_read(&draft, pair->key, several);
        VEC_PUSH(slos, draft.slo);
    }
    if (kinds)
        check_unused(&own, kinds);
}

/* ---- the file ---- */

static bool same_finding(const struct finding *a, const struct finding *b)
{
    return a->level == b->level && a->pos.line == b->pos.line && a->pos.column == b->pos.column &&
           text_eq(a->message, b->message);
}

/* A key of the file, or of an SLO with several objectives, is read several times: its mistakes are told once.
 */
static void drop_repeats(struct findings *findings, size_t from)
{
    size_t kept = from;
    for (size_t i = from; i < findings->len; i++) {
        bool again = false;
        for (size_t k = from; k < kept && !again; k++)
            again = same_finding(&findings->at[k], &findings->at[i]);
        if (!again)
            findings->at[kept++] = findings->at[i];
        else if (findings->at[i].level == FINDING_ERROR)
            findings->errors--;
        else if (findings->at[i].level == FINDING_WARNING)
            findings->warnings--;
    }
    findings->len = kept;
}

static void read_slos(struct slo_reader *reader, slo_vec *slos)
{
    const struct yaml_node *node = fields_node(&reader->top, "slos");
    if (!node || node->kind != YAML_MAP || !node->len) {
        fields_error(&reader->top, "slos",
                     node ? "slos must be a mapping of names to SLOs" : "SLO file has no slos");
        if (node && node->kind == YAML_LIST)
            finding_hint(reader->findings,
                         "names are keys: \"availability:\" instead of \"- name: availability\"");
        return;
    }
    for (size_t i = 0; i < node->len && slos->len <= SLOS_MAX; i++)
        read_slo(reader, &node->pairs[i], slos);
    if (slos->len > SLOS_MAX)
        finding_add(reader->findings, FINDING_ERROR, "slo/limit", reader->file, node->pos,
                    "more than %d SLOs in one file", SLOS_MAX);
}

static void read_document(struct slo_reader *reader, const struct yaml_node *root, slo_vec *slos)
{
    reader->top = (struct fields){
        .file = reader->file, .what = "SLO file", .check = "slo/keys", .findings = reader->findings};
    if (!fields_open(&reader->top, root, slo_top_keys.at, slo_top_keys.n))
        return;
    reader->service = fields_required(&reader->top, "service");
    if (fields_node(&reader->top, "service"))
        check_name(reader, "service", reader->service, fields_pos(&reader->top, "service"));
    reader->where = slo_read_matchers(reader, fields_node(&reader->top, "where"), "where");
    read_slos(reader, slos);
}

static void append(struct slo_list *list, const slo_vec *more, struct arena *arena)
{
    struct slo *all = ARENA_ARRAY(arena, struct slo, list->len + more->len);
    if (list->len)
        memcpy(all, list->at, list->len * sizeof *all);
    if (more->len)
        memcpy(all + list->len, more->at, more->len * sizeof *all);
    list->at = all;
    list->len += more->len;
}

bool slo_file_read(struct text content, const char *file, const struct slo_context *context,
                   struct slo_list *slos, struct findings *findings)
{
    struct slo_reader reader = {.content = content, .file = file, .context = context, .findings = findings};
    size_t errors = findings->errors, from = findings->len;
    struct yaml_node **docs;
    size_t n_docs;
    slo_vec read = {0};
    if (!yaml_parse(content, file, context->arena, &docs, &n_docs, findings))
        return false;
    if (n_docs == 0 || yaml_is_null(docs[0]))
        finding_add(findings, FINDING_ERROR, "slo/missing", file, (struct source_pos){1, 1},
                    "the file is empty");
    else if (n_docs > 1)
        finding_add(findings, FINDING_ERROR, "slo/keys", file,
                    docs[1] ? docs[1]->pos : (struct source_pos){0, 0},
                    "a second document: an SLO file has one");
    else
        read_document(&reader, docs[0], &read);
    drop_repeats(findings, from);
    bool ok = findings->errors == errors;
    if (ok)
        append(slos, &read, context->arena);
    VEC_FREE(&read);
    return ok;
}

void slo_check_all(const struct slo_list *slos, struct findings *findings)
{
    struct map seen = {0};
    for (size_t i = 0; i < slos->len; i++) {
        const struct slo *slo = &slos->at[i];
        bool added;
        uint64_t *first = map_add(&seen, hash_bytes(slo->id.at, slo->id.len, 0), &added);
        if (added) {
            *first = i;
            continue;
        }
        const struct slo *other = &slos->at[*first];
        finding_add(findings, FINDING_ERROR, "slo/double", slo->file.at, slo->pos,
                    "a second SLO %.*s: the first is at %.*s:%d", TEXT_ARG(slo->id), TEXT_ARG(other->file),
                    other->pos.line);
    }
    map_finish(&seen);
}
