/* Reading SLO files: the walk over the YAML, what makes an SLO's identity, and what is judged over all of
 * them. */
#include "slo/slo_file.h"

#include "base/arena.h"
#include "base/buf.h"
#include "slo/composite.h"
#include "slo/slo_keys.h"
#include "slo/slo_reader.h"

enum { SLOS_MAX = 1000, NAME_MAX_BYTES = 100, OBJECTIVES_MAX = 10, MESSAGE_MAX = 1024 };

/* What a file gives, until it is known to be good. */
struct found {
    VEC(struct slo) slos;
    VEC(struct slo_composite) composites;
};

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

/* A key that stands there with nothing behind it: most often what belongs to it is not indented. */
static void check_empty(const struct slo_reader *reader, const struct yaml_node *map)
{
    for (size_t i = 0; i < map->len; i++) {
        const struct yaml_pair *pair = &map->pairs[i];
        bool needed = text_is(pair->key, "service") || text_is(pair->key, "slos") ||
                      text_is(pair->key, "objective"); /* missed elsewhere */
        if (needed || !yaml_is_null(pair->value))
            continue;
        finding_add(reader->findings, FINDING_ERROR, "slo/empty", reader->file, pair->key_pos,
                    "%.*s is empty", TEXT_ARG(pair->key));
        finding_hint(reader->findings, "indent what belongs to it, or leave the key out");
    }
}

/* ---- objectives of an SLO ---- */

/* Keys of an SLO that not all kinds of objectives read. */
static const struct {
    const char *key;
    unsigned kinds;
    bool of_histogram; /* read with a histogram only */
} source_keys[] = {
    {"total", 1u << SLO_EVENTS, false},
    {"bad", 1u << SLO_EVENTS, false},
    {"good", 1u << SLO_EVENTS, false},
    {"histogram", 1u << SLO_PERCENTILE | 1u << SLO_MEAN | 1u << SLO_SCORE, false},
    {"sum", 1u << SLO_MEAN | 1u << SLO_SCORE | 1u << SLO_TOTAL, false},
    {"count", 1u << SLO_MEAN | 1u << SLO_SCORE, false},
    {"when", 1u << SLO_MINUTES, false},
    {"except", 1u << SLO_PERCENTILE | 1u << SLO_MEAN | 1u << SLO_SCORE, true},
    {"failed", 1u << SLO_PERCENTILE | 1u << SLO_MEAN | 1u << SLO_SCORE, true},
    {"unit", ~(1u << SLO_MINUTES | 1u << SLO_TOTAL), false},
};

static void check_unused(const struct fields *own, unsigned kinds)
{
    bool histogram = fields_node(own, "histogram");
    for (size_t i = 0; i < sizeof source_keys / sizeof *source_keys; i++)
        if ((!(source_keys[i].kinds & kinds) || (source_keys[i].of_histogram && !histogram)) &&
            fields_node(own, source_keys[i].key))
            fields_error(own, source_keys[i].key, "%s has %s, which its objective has no use for", own->what,
                         source_keys[i].key);
}

static void check_unused_by_composite(const struct fields *own)
{
    static const char *const used[] = {"composite", "owner", "summary", "impact", "runbook"};
    for (size_t i = 0; i < slo_slo_keys.n; i++) {
        size_t k = 0;
        while (k < sizeof used / sizeof *used && strcmp(used[k], slo_slo_keys.at[i]) != 0)
            k++;
        if (k == sizeof used / sizeof *used && fields_node(own, slo_slo_keys.at[i]))
            fields_error(own, slo_slo_keys.at[i], "%s has %s, which a composite has no use for", own->what,
                         slo_slo_keys.at[i]);
    }
}

static bool suffix_is_taken(const struct objective *objectives, size_t n, const char *suffix)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(objectives[i].suffix, suffix) == 0)
            return true;
    return false;
}

/* One objective or several: each is an SLO of its own, of the same metrics. */
static void read_objectives(struct slo_reader *reader, const struct yaml_pair *pair, const struct fields *own,
                            const struct yaml_node *node, struct found *found)
{
    struct objective objectives[OBJECTIVES_MAX];
    bool several = node->kind == YAML_LIST;
    size_t n = several ? node->len : 1;
    unsigned kinds = 0;
    if (n == 0 || n > OBJECTIVES_MAX) {
        fields_error(own, "objective", "an SLO has 1 to %d objectives", OBJECTIVES_MAX);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const struct yaml_node *item = several ? node->items[i] : node;
        struct slo_draft draft = {
            .reader = reader, .own = *own, .objective_pos = item->pos, .slo.pos = pair->key_pos};
        objectives[i] = (struct objective){0};
        if (!slo_read_objective(reader, item, &draft.objective))
            continue;
        if (suffix_is_taken(objectives, i, draft.objective.suffix))
            finding_add(reader->findings, FINDING_ERROR, "slo/objective", reader->file, item->pos,
                        "two objectives called %s", draft.objective.suffix);
        objectives[i] = draft.objective;
        kinds |= 1u << draft.objective.kind;
        slo_draft_read(&draft, pair->key, several);
        VEC_PUSH(&found->slos, draft.slo);
    }
    if (kinds)
        check_unused(own, kinds);
}

static void read_slo(struct slo_reader *reader, const struct yaml_pair *pair, struct found *found)
{
    struct buf what;
    buf_init(&what, MESSAGE_MAX);
    buf_printf(&what, "SLO %.*s", TEXT_ARG(pair->key));
    struct fields own = {.file = reader->file,
                         .check = "slo/keys",
                         .findings = reader->findings,
                         .what = text_copy(reader->context->arena, buf_text(&what)).at};
    buf_finish(&what);
    check_name(reader, "SLO", pair->key, pair->key_pos);
    if (yaml_is_null(pair->value))
        finding_add(reader->findings, FINDING_ERROR, "slo/missing", reader->file, pair->key_pos,
                    "%s is empty", own.what);
    if (!fields_open(&own, pair->value, slo_slo_keys.at, slo_slo_keys.n))
        return;
    check_empty(reader, pair->value);
    const struct yaml_node *objective = fields_node(&own, "objective");
    bool composite = fields_node(&own, "composite");
    if (!objective == !composite)
        finding_add(reader->findings, FINDING_ERROR, "slo/missing", reader->file, pair->key_pos,
                    objective ? "%s has both an objective and a composite" : "%s has no objective", own.what);
    else if (objective)
        read_objectives(reader, pair, &own, objective, found);
    else
        VEC_PUSH(&found->composites, slo_read_composite(reader, &own, pair));
    if (composite && !objective)
        check_unused_by_composite(&own);
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

static void read_slos(struct slo_reader *reader, struct found *found)
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
    for (size_t i = 0; i < node->len && found->slos.len <= SLOS_MAX; i++)
        read_slo(reader, &node->pairs[i], found);
    if (found->slos.len > SLOS_MAX)
        finding_add(reader->findings, FINDING_ERROR, "slo/limit", reader->file, node->pos,
                    "more than %d SLOs in one file", SLOS_MAX);
}

static void read_document(struct slo_reader *reader, const struct yaml_node *root, struct found *found)
{
    reader->top = (struct fields){
        .file = reader->file, .what = "SLO file", .check = "slo/keys", .findings = reader->findings};
    if (!fields_open(&reader->top, root, slo_top_keys.at, slo_top_keys.n))
        return;
    check_empty(reader, root);
    reader->service = fields_required(&reader->top, "service");
    if (fields_node(&reader->top, "service"))
        check_name(reader, "service", reader->service, fields_pos(&reader->top, "service"));
    reader->where = slo_read_matchers(reader, fields_node(&reader->top, "where"), "where");
    read_slos(reader, found);
}

static const void *joined(struct arena *arena, size_t size, const void *a, size_t n_a, const void *b,
                          size_t n_b)
{
    char *both = arena_alloc(arena, arena_array_size(n_a + n_b, size), _Alignof(max_align_t));
    if (n_a)
        memcpy(both, a, n_a * size);
    if (n_b)
        memcpy(both + n_a * size, b, n_b * size);
    return both;
}

static void append(struct slo_list *list, const struct found *found, struct arena *arena)
{
    list->at = joined(arena, sizeof *list->at, list->at, list->len, found->slos.at, found->slos.len);
    list->len += found->slos.len;
    list->composites = joined(arena, sizeof *list->composites, list->composites, list->n_composites,
                              found->composites.at, found->composites.len);
    list->n_composites += found->composites.len;
}

bool slo_file_read(struct text content, const char *file, const struct slo_context *context,
                   struct slo_list *slos, struct findings *findings)
{
    struct slo_reader reader = {.content = content, .file = file, .context = context, .findings = findings};
    size_t errors = findings->errors, from = findings->len;
    struct yaml_node **docs;
    size_t n_docs;
    struct found found = {0};
    if (!yaml_parse(content, file, context->arena, &docs, &n_docs, findings))
        return false;
    while (n_docs > 1 && !docs[n_docs - 1]) /* "---" at the end */
        n_docs--;
    if (n_docs == 0 || yaml_is_null(docs[0]))
        finding_add(findings, FINDING_ERROR, "slo/missing", file, (struct source_pos){1, 1},
                    "the file is empty");
    else if (n_docs > 1)
        finding_add(findings, FINDING_ERROR, "slo/keys", file, docs[n_docs - 1]->pos,
                    "a second document: an SLO file has one");
    else
        read_document(&reader, docs[0], &found);
    drop_repeats(findings, from);
    bool ok = findings->errors == errors;
    if (ok)
        append(slos, &found, context->arena);
    VEC_FREE(&found.slos);
    VEC_FREE(&found.composites);
    return ok;
}
