/* Reading SLO files: the walk over the YAML, what makes an SLO's identity, and what is judged over all of
 * them. */
#include "slo/slo_file.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "base/labels.h"
#include "base/map.h"
#include "slo/slo_keys.h"
#include "slo/slo_reader.h"

enum {
    SLOS_MAX = 1000,
    NAME_MAX_BYTES = 100,
    OBJECTIVES_MAX = 10,
    DEFAULT_GROUPS = 500,
    GROUPS_MAX = 100000,
    ID_BYTES_MAX = 1024,
    GENERATION_BYTES_MAX = 1 << 20
};

typedef VEC(struct slo) slo_vec;

const struct fields *slo_draft_fields(const struct slo_draft *draft, const char *key)
{
    return fields_node(&draft->own, key) ? &draft->own : &draft->reader->top;
}

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

static void set_names(struct slo_draft *draft, struct text name, bool several)
{
    struct arena *arena = draft->reader->context->arena;
    struct slo *slo = &draft->slo;
    struct buf buf;
    buf_init(&buf, ID_BYTES_MAX);
    buf_add_text(&buf, name);
    if (several)
        buf_printf(&buf, "-%s", draft->objective.suffix);
    slo->name = printed(arena, &buf);
    slo->environment = draft->reader->context->environment;
    slo->service = draft->reader->service;
    buf_init(&buf, ID_BYTES_MAX);
    buf_printf(&buf, "%.*s/%.*s/%.*s", TEXT_ARG(slo->environment), TEXT_ARG(slo->service),
               TEXT_ARG(slo->name));
    slo->id = printed(arena, &buf);
}

/* ---- the generation ---- */

/* Everything that decides what is counted, one line each. Its form is part of the store: a change of it would
 * refill every ledger. */
static void set_generation(struct slo *slo)
{
    struct buf buf;
    buf_init(&buf, GENERATION_BYTES_MAX);
    buf_printf(&buf, "kind %d\nscale %lld\nrange %lld\n", (int)slo->kind, (long long)slo->scale,
               (long long)slo->range_max);
    if (slo->kind == SLO_PERCENTILE)
        buf_printf(&buf, "bound %a\n", slo->bound);
    for (size_t i = 0; i < slo->n_by; i++)
        buf_printf(&buf, "by %.*s\n", TEXT_ARG(slo->by[i]));
    for (size_t i = 0; i < slo->n_terms; i++)
        buf_printf(&buf, "term %d %lld %.*s\n", (int)slo->terms[i].role, (long long)slo->terms[i].coefficient,
                   TEXT_ARG(slo->terms[i].selector));
    for (size_t i = 0; i < slo->n_expressions; i++)
        buf_printf(&buf, "expression %d %.*s\n", (int)slo->expressions[i].role,
                   TEXT_ARG(slo->expressions[i].text));
    if (slo->when_down_bad)
        buf_puts(&buf, "down bad\n");
    slo->generation = digest_of(buf_text(&buf));
    buf_finish(&buf);
}

/* ---- one SLO ---- */

static void read_grouping(struct slo_draft *draft)
{
    struct slo *slo = &draft->slo;
    const struct fields *fields = slo_draft_fields(draft, "by");
    size_t n;
    const struct text *by = fields_texts(fields, "by", draft->reader->context->arena, &n);
    if (n > SLO_BY_MAX) {
        fields_error(fields, "by", "by has %zu labels: at most %d", n, SLO_BY_MAX);
        n = SLO_BY_MAX;
    }
    for (size_t i = 0; i < n; i++) {
        if (!label_name_legacy_valid(by[i]) || text_is(by[i], "le"))
            fields_error(fields, "by", "by: \"%.*s\" is not a label to group by", TEXT_ARG(by[i]));
        slo->by[slo->n_by++] = by[i];
    }
    slo->max_groups = (size_t)fields_int(slo_draft_fields(draft, "max_groups"), "max_groups", DEFAULT_GROUPS,
                                         1, GROUPS_MAX);
}

static void read_failed(struct slo_draft *draft)
{
    const struct fields *fields = slo_draft_fields(draft, "failed");
    struct text failed = fields_text(fields, "failed", TEXT(""));
    draft->except =
        slo_read_matchers(draft->reader, fields_node(slo_draft_fields(draft, "except"), "except"), "except");
    draft->failed = draft->except.n ? FAILED_LEFT_OUT : FAILED_UNSAID;
    if (text_is(failed, "bad")) {
        draft->failed = FAILED_BAD;
        if (!draft->except.n)
            fields_error(fields, "failed",
                         "failed: bad needs except:, the matchers of what failed, such as code=~\"5..\"");
    } else if (failed.len && !text_is(failed, "left out")) {
        fields_error(fields, "failed", "failed must be \"left out\" (the default) or bad, not \"%.*s\"",
                     TEXT_ARG(failed));
    }
}

static void set_objective(struct slo_draft *draft)
{
    struct slo *slo = &draft->slo;
    slo->kind = draft->objective.kind;
    slo->objective = draft->objective.sentence;
    slo->target_billionths = draft->objective.target_billionths;
    slo->range_max = draft->objective.range_max;
    slo->currency = text_copy(draft->reader->context->arena, text_of(draft->objective.currency));
}

static void set_allowance(struct slo_draft *draft)
{
    struct slo *slo = &draft->slo;
    switch (slo->kind) {
    case SLO_EVENTS:
    case SLO_PERCENTILE:
    case SLO_MINUTES:
        slo->allowance_billionths = DECIMAL_ONE - slo->target_billionths;
        break;
    case SLO_MEAN:
        slo->allowance_billionths = slo->target_billionths;
        break;
    case SLO_SCORE:
        slo->allowance_billionths = slo->range_max * DECIMAL_ONE - slo->target_billionths;
        break;
    case SLO_TOTAL:
        slo->allowance_billionths = slo->target_billionths / (slo->windows[0].length_ms / MINUTE_MS);
        if (!slo->allowance_billionths) {
            finding_add(draft->reader->findings, FINDING_ERROR, "slo/objective", draft->reader->file,
                        draft->objective_pos, "objective \"%.*s\" is too small for its period",
                        TEXT_ARG(slo->objective));
            slo->allowance_billionths = 1;
        }
        break;
    }
}

static void keep_source(struct slo_draft *draft)
{
    struct arena *arena = draft->reader->context->arena;
    struct slo *slo = &draft->slo;
    struct slo_term *terms = ARENA_ARRAY(arena, struct slo_term, draft->terms.len);
    struct slo_expression *expressions = ARENA_ARRAY(arena, struct slo_expression, draft->expressions.len);
    if (draft->terms.len)
        memcpy(terms, draft->terms.at, draft->terms.len * sizeof *terms);
    if (draft->expressions.len)
        memcpy(expressions, draft->expressions.at, draft->expressions.len * sizeof *expressions);
    slo->terms = terms;
    slo->n_terms = draft->terms.len;
    slo->expressions = expressions;
    slo->n_expressions = draft->expressions.len;
    VEC_FREE(&draft->terms);
    VEC_FREE(&draft->expressions);
}

static void read_objective_of(struct slo_draft *draft, struct text name, bool several)
{
    const struct slo_reader *reader = draft->reader;
    draft->slo.file = text_copy(reader->context->arena, text_of(reader->file));
    set_names(draft, name, several);
    set_objective(draft);
    read_grouping(draft);
    draft->where = slo_matchers_join(reader->context->arena, reader->where,
                                     slo_read_matchers(reader, fields_node(&draft->own, "where"), "where"));
    read_failed(draft);
    slo_read_windows(draft);
    slo_read_source(draft);
    set_allowance(draft);
    slo_read_tiers(draft);
    slo_read_extras(draft);
    slo_find_up(draft);
    keep_source(draft);
    set_generation(&draft->slo);
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

static bool parse_objective(const struct slo_reader *reader, const struct yaml_node *node,
                            struct objective *objective)
{
    const char *hint;
    struct err err;
    if (node->kind != YAML_SCALAR) {
        finding_add(reader->findings, FINDING_ERROR, "slo/objective", reader->file, node->pos,
                    "objective must be a sentence such as 99.5%% or p95 <= 4s");
        return false;
    }
    if (objective_parse(node->text, objective, &hint, &err))
        return true;
    finding_add(reader->findings, FINDING_ERROR, "slo/objective", reader->file,
                slo_text_pos(reader, node, err.pos), "%s", err.message);
    if (hint)
        finding_hint(reader->findings, "%s", hint);
    return false;
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
        if (!parse_objective(reader, item, &draft.objective))
            continue;
        if (suffix_is_taken(objectives, i, draft.objective.suffix))
            finding_add(reader->findings, FINDING_ERROR, "slo/objective", reader->file, item->pos,
                        "two objectives called %s", draft.objective.suffix);
        objectives[i] = draft.objective;
        kinds |= 1u << draft.objective.kind;
        read_objective_of(&draft, pair->key, several);
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
