/* Selectors of SLO files: parsing with places in the file, adding matchers, printing in canonical form. */
#include "base/buf.h"
#include "base/labels.h"
#include "base/regex.h"
#include "promql/parse.h"
#include "promql/print.h"
#include "slo/slo_reader.h"

#include <assert.h>

enum { SELECTOR_BYTES_MAX = 65536, PRINTED_BYTES_MAX = 131072, MATCHERS_MAX = 32 };

/* The line of a file, counted from 1, without its end. */
static struct text line_at(struct text content, int line)
{
    for (; line > 1 && content.len; line--) {
        size_t end = text_find(content, '\n');
        content = text_part(content, end + 1, content.len);
    }
    return text_part(content, 0, text_find(content, '\n'));
}

/* A block scalar ("|"): its lines follow, all indented alike. */
static struct source_pos block_pos(struct text content, const struct yaml_node *node, struct source_pos inner)
{
    struct text first = line_at(content, node->pos.line + 1);
    int indent = 0;
    while ((size_t)indent < first.len && first.at[indent] == ' ')
        indent++;
    return (struct source_pos){node->pos.line + inner.line, indent + inner.column};
}

struct source_pos slo_text_pos(const struct slo_reader *reader, const struct yaml_node *node,
                               struct source_pos inner)
{
    struct text line = line_at(reader->content, node->pos.line);
    size_t at = (size_t)node->pos.column - 1;
    if (inner.line < 1 || inner.column < 1 || at >= line.len)
        return node->pos;
    char first = line.at[at];
    if (node->quoted && first == '|')
        return block_pos(reader->content, node, inner);
    struct text start = text_part(line, at + (node->quoted ? 1 : 0), line.len);
    if (inner.line == 1 && text_starts(start, node->text)) /* nothing escaped, nothing folded */
        return (struct source_pos){node->pos.line,
                                   node->pos.column + (node->quoted ? 1 : 0) + inner.column - 1};
    return node->pos;
}

static void add_promql_error(const struct slo_reader *reader, const struct yaml_node *node, const char *key,
                             struct source_pos inner, const char *message)
{
    finding_add(reader->findings, FINDING_ERROR, "promql/parse", reader->file,
                slo_text_pos(reader, node, inner), "%s: %s", key, message);
}

struct text slo_print(const struct slo_reader *reader, const struct expr *expr)
{
    struct buf printed;
    buf_init(&printed, PRINTED_BYTES_MAX);
    promql_print(expr, &printed);
    struct text text = text_copy(reader->context->arena, buf_text(&printed));
    buf_finish(&printed);
    return text;
}

/* ---- matchers ---- */

/* The parser's words, which speak of braces that nobody wrote, where they are of use. */
static void refuse_matchers(const struct slo_reader *reader, const struct yaml_node *node, const char *key,
                            struct text written, const struct err *err)
{
    bool has_quote = text_find(written, '"') < written.len || text_find(written, '\'') < written.len ||
                     text_find(written, '`') < written.len;
    bool has_name = text_contains(written, TEXT("__name__"));
    if (has_name)
        finding_add(reader->findings, FINDING_ERROR, "slo/matchers", reader->file, node->pos,
                    "%s cannot match the metric's name", key);
    else if (has_quote)
        add_promql_error(reader, node, key, err->pos, err->message);
    else
        finding_add(reader->findings, FINDING_ERROR, "slo/matchers", reader->file, node->pos,
                    "%s: \"%.*s\" is no matcher", key, TEXT_ARG(written));
    if (!has_name)
        finding_hint(reader->findings, "matchers are written env=\"prod\", zone=~\"a|b\"");
}

/* One piece of text, braces or not. Parsed as the matchers of a selector with a name of our own. */
static bool parse_matchers(const struct slo_reader *reader, const struct yaml_node *node, const char *key,
                           struct slo_matchers *out)
{
    static const char name[] = "x{";
    struct text t = text_trim(node->text);
    size_t braces = 0;
    if (t.len >= 2 && t.at[0] == '{' && t.at[t.len - 1] == '}') {
        t = text_part(t, 1, t.len - 1);
        braces = 1;
    }
    struct buf whole;
    struct err err;
    buf_init(&whole, SELECTOR_BYTES_MAX);
    buf_printf(&whole, "%s%.*s}", name, TEXT_ARG(t));
    struct text copy = text_copy(reader->context->arena, buf_text(&whole));
    buf_finish(&whole);
    const struct expr *e =
        promql_parse_selector(copy, reader->context->arena, reader->context->regexes, &err);
    if (!e) {
        err.pos.column += (int)braces - (int)strlen(name);
        refuse_matchers(reader, node, key, t, &err);
        return false;
    }
    *out = (struct slo_matchers){e->u.selector.matchers + 1, e->u.selector.n_matchers - 1};
    for (size_t i = 0; i < out->n; i++)
        if (text_is(out->at[i].name, "__name__") || text_is(out->at[i].name, "le")) {
            finding_add(reader->findings, FINDING_ERROR, "slo/matchers", reader->file, node->pos,
                        text_is(out->at[i].name, "le") ? "%s cannot match le, a histogram's bounds"
                                                       : "%s cannot match the metric's name",
                        key);
            return false;
        }
    return true;
}

struct slo_matchers slo_matchers_join(struct arena *arena, struct slo_matchers a, struct slo_matchers b)
{
    if (!a.n || !b.n)
        return a.n ? a : b;
    struct slo_matchers both = {ARENA_ARRAY(arena, struct matcher, a.n + b.n), a.n + b.n};
    memcpy(both.at, a.at, a.n * sizeof *a.at);
    memcpy(both.at + a.n, b.at, b.n * sizeof *b.at);
    return both;
}

struct slo_matchers slo_read_matchers(const struct slo_reader *reader, const struct yaml_node *node,
                                      const char *key)
{
    struct slo_matchers all = {0};
    if (yaml_is_null(node))
        return all;
    if (node->kind == YAML_MAP) {
        finding_add(reader->findings, FINDING_ERROR, "slo/matchers", reader->file, node->pos,
                    "%s must be matchers, not a mapping", key);
        finding_hint(reader->findings,
                     "a value that starts with { is a map in YAML: put the whole value in single quotes");
        return all;
    }
    size_t n = node->kind == YAML_LIST ? node->len : 1;
    for (size_t i = 0; i < n; i++) {
        const struct yaml_node *item = node->kind == YAML_LIST ? node->items[i] : node;
        struct slo_matchers some;
        if (item->kind != YAML_SCALAR)
            finding_add(reader->findings, FINDING_ERROR, "slo/matchers", reader->file, item->pos,
                        "%s must be a list of matchers such as code=~\"5..\"", key);
        else if (parse_matchers(reader, item, key, &some))
            all = slo_matchers_join(reader->context->arena, all, some);
    }
    if (all.n > MATCHERS_MAX) {
        finding_add(reader->findings, FINDING_ERROR, "slo/matchers", reader->file, node->pos,
                    "%s has more than %d matchers", key, MATCHERS_MAX);
        all.n = 0;
    }
    return all;
}

/* ---- selectors ---- */

struct text slo_selector_name(const struct expr *selector)
{
    const struct expr_selector *s = &selector->u.selector;
    for (size_t i = 0; i < s->n_matchers; i++)
        if (s->matchers[i].op == MATCH_EQ && text_is(s->matchers[i].name, "__name__"))
            return s->matchers[i].value;
    return TEXT("");
}

static bool is_plain(const struct expr *e)
{
    const struct time_shift *shift = &e->u.selector.shift;
    return !shift->offset_ms && !shift->offset_expr && shift->at == AT_NONE &&
           e->u.selector.modifier == SELECTOR_PLAIN;
}

const struct expr *slo_read_selector(const struct slo_reader *reader, const struct yaml_node *node,
                                     const char *key)
{
    struct err err;
    if (node->kind != YAML_SCALAR) {
        finding_add(reader->findings, FINDING_ERROR, "slo/selector", reader->file, node->pos,
                    "%s must be a selector such as http_requests_total{code=~\"5..\"}", key);
        if (node->kind == YAML_MAP)
            finding_hint(reader->findings,
                         "a value that starts with { is a map in YAML: put the whole value in single quotes");
        return NULL;
    }
    const struct expr *e =
        promql_parse_selector(node->text, reader->context->arena, reader->context->regexes, &err);
    if (!e) {
        add_promql_error(reader, node, key, err.pos, err.message);
        return NULL;
    }
    const char *wrong = !slo_selector_name(e).len ? "has no metric name"
                        : !is_plain(e)            ? "cannot have offset or @"
                                                  : NULL;
    if (!wrong)
        return e;
    finding_add(reader->findings, FINDING_ERROR, "slo/selector", reader->file, node->pos,
                "%s: the selector %s", key, wrong);
    return NULL;
}

static bool same_matcher(const struct matcher *a, const struct matcher *b)
{
    return a->op == b->op && text_eq(a->name, b->name) && text_eq(a->value, b->value);
}

/* Appends those that are not there yet. */
static void extend(struct arena *arena, struct expr_selector *s, struct slo_matchers more)
{
    struct matcher *all = ARENA_ARRAY(arena, struct matcher, s->n_matchers + more.n);
    size_t n = s->n_matchers;
    memcpy(all, s->matchers, n * sizeof *all);
    for (size_t i = 0; i < more.n; i++) {
        bool there = false;
        for (size_t k = 0; k < n && !there; k++)
            there = same_matcher(&all[k], &more.at[i]);
        if (!there)
            all[n++] = more.at[i];
    }
    s->matchers = all;
    s->n_matchers = n;
}

static struct text joined(struct arena *arena, struct text a, struct text b)
{
    struct buf both;
    buf_init(&both, SELECTOR_BYTES_MAX);
    buf_add_text(&both, a);
    buf_add_text(&both, b);
    struct text text = text_copy(arena, buf_text(&both));
    buf_finish(&both);
    return text;
}

const struct expr *slo_selector_with(const struct slo_reader *reader, const struct expr *selector,
                                     struct text suffix, const struct slo_matchers *more, size_t n_more)
{
    struct arena *arena = reader->context->arena;
    struct expr copy = *selector;
    struct expr_selector *s = &copy.u.selector;
    extend(arena, s, (struct slo_matchers){0});
    for (size_t i = 0; i < n_more; i++)
        extend(arena, s, more[i]);
    struct text name = joined(arena, slo_selector_name(selector), suffix);
    for (size_t i = 0; i < s->n_matchers; i++)
        if (s->matchers[i].op == MATCH_EQ && text_is(s->matchers[i].name, "__name__"))
            s->matchers[i].value = name;
    s->name = metric_name_legacy_valid(name) ? name : TEXT("");
    struct err err;
    struct text text = slo_print(reader, &copy);
    const struct expr *e = promql_parse_selector(text, arena, reader->context->regexes, &err);
    if (!e)
        finding_add(reader->findings, FINDING_ERROR, "promql/parse", reader->file, (struct source_pos){0, 0},
                    "%.*s: %s", TEXT_ARG(text), err.message);
    return e;
}

size_t slo_add_matchers(const struct slo_reader *reader, struct expr *expr, struct slo_matchers more)
{
    size_t n = 0;
    switch (expr->kind) {
    case EXPR_NUMBER:
    case EXPR_STRING:
        return 0;
    case EXPR_SELECTOR:
        extend(reader->context->arena, &expr->u.selector, more);
        return 1;
    case EXPR_MATRIX:
        return slo_add_matchers(reader, expr->u.matrix.selector, more);
    case EXPR_SUBQUERY:
        return slo_add_matchers(reader, expr->u.subquery.inner, more);
    case EXPR_CALL:
        for (size_t i = 0; i < expr->u.call.n_args; i++)
            n += slo_add_matchers(reader, expr->u.call.args[i], more);
        return n;
    case EXPR_AGGREGATE:
        n = slo_add_matchers(reader, expr->u.aggregate.inner, more);
        return n + (expr->u.aggregate.param ? slo_add_matchers(reader, expr->u.aggregate.param, more) : 0);
    case EXPR_BINARY:
        n = slo_add_matchers(reader, expr->u.binary.left, more);
        return n + slo_add_matchers(reader, expr->u.binary.right, more);
    case EXPR_UNARY:
        return slo_add_matchers(reader, expr->u.unary.inner, more);
    case EXPR_PAREN:
        return slo_add_matchers(reader, expr->u.paren.inner, more);
    }
    return n;
}

/* ---- up ---- */

static bool all_terms_have(const struct slo_draft *draft, const struct matcher *m)
{
    for (size_t t = 0; t < draft->terms.len; t++) {
        const struct expr_selector *s = &draft->terms.at[t].expr->u.selector;
        bool has = false;
        for (size_t i = 0; i < s->n_matchers && !has; i++)
            has = same_matcher(&s->matchers[i], m);
        if (!has)
            return false;
    }
    return true;
}

static bool up_can_carry(const struct matcher *m, const struct text *targets, size_t n_targets)
{
    if (text_is(m->name, "job") || text_is(m->name, "instance"))
        return true;
    for (size_t i = 0; i < n_targets; i++)
        if (m->op == MATCH_EQ && text_eq(m->name, targets[i]))
            return true;
    return false;
}

void slo_find_up(struct slo_draft *draft)
{
    const struct slo_reader *reader = draft->reader;
    struct arena *arena = reader->context->arena;
    size_t n_targets;
    const struct text *targets =
        fields_texts(slo_draft_fields(draft, "targets"), "targets", arena, &n_targets);
    struct slo_matchers shared = {0};
    struct err err;
    if (!draft->terms.len)
        return;
    const struct expr_selector *first = &draft->terms.at[0].expr->u.selector;
    shared.at = ARENA_ARRAY(arena, struct matcher, first->n_matchers);
    for (size_t i = 0; i < first->n_matchers; i++)
        if (up_can_carry(&first->matchers[i], targets, n_targets) &&
            all_terms_have(draft, &first->matchers[i]))
            shared.at[shared.n++] = first->matchers[i];
    const struct expr *up = promql_parse_selector(TEXT("up"), arena, reader->context->regexes, &err);
    assert(up);
    draft->slo.up_expr = slo_selector_with(reader, up, TEXT(""), &shared, 1);
    draft->slo.up_selector = draft->slo.up_expr ? slo_print(reader, draft->slo.up_expr) : TEXT("");
}
