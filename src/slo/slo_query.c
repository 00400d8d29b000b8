/* Queries with $window, as Sloth's and other specs have them. A pair of sums of rates or increases over
 * [$window] is taken apart into raw counters and counted exactly; any other PromQL is kept as an expression
 * and estimated.
 *
 * $window is replaced by a duration of the same width before parsing, so that places in errors stay true. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "promql/function.h"
#include "promql/parse.h"
#include "slo/slo_reader.h"

enum { QUERY_BYTES_MAX = 65536, PRINTED_BYTES_MAX = 2 * QUERY_BYTES_MAX };

#define VARIABLE    "$window"
#define IN_PLACE    "5m     "     /* as wide as the variable */
#define MARKER      "987654321ms" /* a duration that nobody writes: its print is turned back into $window */
#define ESTIMATE_MS (5 * 60000LL)

_Static_assert(sizeof VARIABLE == sizeof IN_PLACE, "places in the text must not move");

struct query {
    const struct yaml_node *node;
    const char *key;
    struct expr *expr; /* NULL if it is wrong */
};

/* Offset of the part, or t.len. */
static size_t find_part(struct text t, size_t from, struct text part)
{
    for (size_t i = from; i + part.len <= t.len; i++)
        if (memcmp(t.at + i, part.at, part.len) == 0)
            return i;
    return t.len;
}

static struct text replaced(struct arena *arena, struct text t, struct text old, struct text new)
{
    struct buf out;
    size_t at = 0;
    buf_init(&out, PRINTED_BYTES_MAX);
    while (at < t.len) {
        size_t next = find_part(t, at, old);
        buf_add_text(&out, text_part(t, at, next));
        if (next < t.len)
            buf_add_text(&out, new);
        at = next + (next < t.len ? old.len : 0);
    }
    struct text text = text_copy(arena, buf_text(&out));
    buf_finish(&out);
    return text;
}

bool slo_is_query(struct text text)
{
    char quote = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (quote) {
            if (c == '\\' && quote != '`')
                i++;
            else if (c == quote)
                quote = 0;
        } else if (c == '"' || c == '\'' || c == '`') {
            quote = c;
        } else if (c == '(' || c == '[' || c == '$') {
            return true;
        }
    }
    return false;
}

static struct expr *parse_with(const struct slo_reader *reader, struct text text, struct text window,
                               struct err *err)
{
    static const struct promql_parse_options options = {0};
    struct text whole = replaced(reader->context->arena, text, TEXT(VARIABLE), window);
    return promql_parse(whole, &options, reader->context->arena, reader->context->regexes, err);
}

/* Parses a query; where: goes into each selector. */
static struct query read_query(const struct slo_draft *draft, const struct yaml_node *node, const char *key)
{
    const struct slo_reader *reader = draft->reader;
    struct query query = {node, key, NULL};
    struct err err;
    if (node->kind != YAML_SCALAR) {
        finding_add(reader->findings, FINDING_ERROR, "slo/query", reader->file, node->pos,
                    "%s must be PromQL", key);
        return query;
    }
    struct expr *e = parse_with(reader, node->text, TEXT(IN_PLACE), &err);
    if (!e) {
        finding_add(reader->findings, FINDING_ERROR, "promql/parse", reader->file,
                    slo_text_pos(reader, node, err.pos), "%s: %s", key, err.message);
        if (find_part(node->text, 0, TEXT("{{")) < node->text.len ||
            find_part(node->text, 0, TEXT("${")) < node->text.len)
            finding_hint(reader->findings, "the window is written [" VARIABLE "]");
        return query;
    }
    if (e->type != VALUE_VECTOR && e->type != VALUE_SCALAR) {
        finding_add(reader->findings, FINDING_ERROR, "promql/type", reader->file, node->pos,
                    "%s must give an instant vector or a scalar, not a %s", key, value_type_name(e->type));
        return query;
    }
    if (!slo_add_matchers(reader, e, draft->where)) {
        finding_add(reader->findings, FINDING_ERROR, "slo/query", reader->file, node->pos,
                    "%s reads no series: it gives the same for ever", key);
        return query;
    }
    query.expr = e;
    return query;
}

/* ---- taking apart ---- */

struct part {
    int64_t sign;
    const struct expr *selector;
};

struct parts {
    VEC(struct part) list;
    const char *function; /* rate or increase, of all */
    bool mixed;           /* both */
};

static bool covers_window(const struct expr *matrix, struct text text)
{
    struct text range = text_part(text, matrix->u.matrix.selector->span.to, matrix->span.to);
    range = text_trim(range);
    if (range.len < 2 || range.at[0] != '[' || range.at[range.len - 1] != ']')
        return false;
    return text_is(text_trim(text_part(range, 1, range.len - 1)), VARIABLE);
}

static bool groups_like(const struct slo *slo, const struct expr *sum)
{
    if (sum->u.aggregate.without)
        return false;
    size_t found = 0;
    for (size_t i = 0; i < sum->u.aggregate.n_grouping; i++)
        for (size_t k = 0; k < slo->n_by; k++)
            found += text_eq(sum->u.aggregate.grouping[i], slo->by[k]);
    return found == sum->u.aggregate.n_grouping && (found == 0 || found == slo->n_by);
}

/* sum [by (…)] (rate(selector[$window])) */
static bool take_sum(const struct slo *slo, const struct expr *e, struct text text, int64_t sign,
                     struct parts *parts)
{
    const struct expr *call = e->u.aggregate.inner;
    if (e->u.aggregate.op != AGGREGATE_SUM || !groups_like(slo, e) || call->kind != EXPR_CALL ||
        call->u.call.n_args != 1)
        return false;
    const char *function = call->u.call.function->name;
    const struct expr *matrix = call->u.call.args[0];
    if ((strcmp(function, "rate") != 0 && strcmp(function, "increase") != 0) || matrix->kind != EXPR_MATRIX)
        return false;
    const struct expr *selector = matrix->u.matrix.selector;
    const struct time_shift *shift = &selector->u.selector.shift;
    if (!covers_window(matrix, text) || shift->offset_ms || shift->offset_expr || shift->at != AT_NONE ||
        !slo_selector_name(selector).len)
        return false;
    parts->mixed |= parts->function && strcmp(parts->function, function) != 0;
    parts->function = function;
    VEC_PUSH(&parts->list, (struct part){sign, selector});
    return true;
}

/* vector(0), which stands for what is absent: counting has that by itself */
static bool is_nothing(const struct expr *e)
{
    while (e->kind == EXPR_PAREN)
        e = e->u.paren.inner;
    return e->kind == EXPR_CALL && strcmp(e->u.call.function->name, "vector") == 0 &&
           e->u.call.args[0]->kind == EXPR_NUMBER && e->u.call.args[0]->u.number.value == 0;
}

static bool take_apart(const struct slo *slo, const struct expr *e, struct text text, int64_t sign,
                       struct parts *parts)
{
    switch (e->kind) {
    case EXPR_PAREN:
        return take_apart(slo, e->u.paren.inner, text, sign, parts);
    case EXPR_UNARY:
        return take_apart(slo, e->u.unary.inner, text, e->u.unary.minus ? -sign : sign, parts);
    case EXPR_AGGREGATE:
        return take_sum(slo, e, text, sign, parts);
    case EXPR_BINARY: {
        const struct vector_matching *matching = e->u.binary.matching;
        enum binary_op op = e->u.binary.op;
        if (op == BINARY_OR && is_nothing(e->u.binary.right))
            return take_apart(slo, e->u.binary.left, text, sign, parts);
        if ((op != BINARY_ADD && op != BINARY_SUB) || (matching && matching->written))
            return false;
        return take_apart(slo, e->u.binary.left, text, sign, parts) &&
               take_apart(slo, e->u.binary.right, text, op == BINARY_SUB ? -sign : sign, parts);
    }
    default:
        return false;
    }
}

static void add_parts(struct slo_draft *draft, enum slo_role role, int64_t sign, const struct parts *parts,
                      struct source_pos pos)
{
    for (size_t i = 0; i < parts->list.len; i++) {
        const struct part *part = &parts->list.at[i];
        /* printed and parsed again: the tree with its range stays with the query */
        slo_add_term(draft, role, sign * part->sign,
                     slo_selector_with(draft->reader, part->selector, TEXT(""), NULL, 0), pos);
    }
}

/* ---- expressions ---- */

/* What makes an estimate of 5 minutes one of one minute. */
static double per_minute(struct text text)
{
    bool per_second = find_part(text, 0, TEXT("rate(")) < text.len; /* irate too */
    return per_second ? 60 : 60000.0 / (double)ESTIMATE_MS;
}

/* by: groups what the query gives; a sum that keeps none of its labels can only be over all. */
static void warn_of_lost_groups(const struct slo_draft *draft, const struct query *query)
{
    const struct expr *e = query->expr;
    while (e->kind == EXPR_PAREN)
        e = e->u.paren.inner;
    if (e->kind != EXPR_AGGREGATE || e->u.aggregate.without)
        return;
    for (size_t k = 0; k < draft->slo.n_by; k++) {
        bool kept = false;
        for (size_t i = 0; i < e->u.aggregate.n_grouping && !kept; i++)
            kept = text_eq(e->u.aggregate.grouping[i], draft->slo.by[k]);
        if (kept)
            continue;
        finding_add(draft->reader->findings, FINDING_WARNING, "slo/query", draft->reader->file,
                    query->node->pos, "%s gives no label %.*s, by which the SLO is grouped", query->key,
                    TEXT_ARG(draft->slo.by[k]));
        finding_hint(draft->reader->findings, "aggregate by (%.*s)", TEXT_ARG(draft->slo.by[k]));
    }
}

static void add_expression(struct slo_draft *draft, enum slo_role role, struct text text,
                           const struct query *query)
{
    const struct slo_reader *reader = draft->reader;
    struct arena *arena = reader->context->arena;
    struct err err;
    warn_of_lost_groups(draft, query);
    struct expr *marked = parse_with(reader, text, TEXT(MARKER), &err);
    struct expr *estimate = parse_with(reader, text, TEXT("5m"), &err);
    if (!marked || !estimate) {
        finding_add(reader->findings, FINDING_ERROR, "promql/type", reader->file, query->node->pos, "%s: %s",
                    query->key, err.message);
        return;
    }
    slo_add_matchers(reader, marked, draft->where);
    slo_add_matchers(reader, estimate, draft->where);
    struct buf marker;
    int64_t marker_ms;
    bool ok = duration_parse(TEXT(MARKER), &marker_ms, &err);
    buf_init(&marker, QUERY_BYTES_MAX);
    if (ok)
        duration_print(marker_ms, &marker);
    struct text canonical = replaced(arena, slo_print(reader, marked), buf_text(&marker), TEXT(VARIABLE));
    buf_finish(&marker);
    VEC_PUSH(&draft->expressions,
             (struct slo_expression){.role = role,
                                     .text = canonical,
                                     .expr = estimate,
                                     .per_minute = role == SLO_HOLDS ? 1 : per_minute(text),
                                     .pos = query->node->pos});
}

/* total - good, where what is absent in good is 0 */
static struct text complement(struct arena *arena, struct text total, struct text good)
{
    struct buf out;
    buf_init(&out, QUERY_BYTES_MAX);
    buf_printf(&out, "(%.*s) - ((%.*s) or (%.*s) * 0)", TEXT_ARG(total), TEXT_ARG(good), TEXT_ARG(total));
    struct text text = text_copy(arena, buf_text(&out));
    buf_finish(&out);
    return text;
}

/* ---- both ---- */

static bool has_window(const struct slo_draft *draft, const struct query *query)
{
    if (find_part(query->node->text, 0, TEXT(VARIABLE)) < query->node->text.len)
        return true;
    finding_add(draft->reader->findings, FINDING_ERROR, "slo/query", draft->reader->file, query->node->pos,
                "%s has no [" VARIABLE "]", query->key);
    finding_hint(draft->reader->findings, query->expr->kind == EXPR_SELECTOR
                                              ? "write selectors for both or queries with [" VARIABLE
                                                "] for both"
                                              : "write the range of rate or increase as [" VARIABLE
                                                "]; or give the counter alone, without rate");
    return false;
}

static void add_pair(struct slo_draft *draft, const struct query *units, const struct query *spent, bool good)
{
    struct parts all = {0}, some = {0};
    struct arena *arena = draft->reader->context->arena;
    bool apart = take_apart(&draft->slo, units->expr, units->node->text, 1, &all) &&
                 take_apart(&draft->slo, spent->expr, spent->node->text, 1, &some);
    if (apart && (all.mixed || some.mixed || strcmp(all.function, some.function) != 0)) {
        finding_add(draft->reader->findings, FINDING_ERROR, "slo/query", draft->reader->file,
                    spent->node->pos, "%s and %s mix rate and increase: use one of them in both", units->key,
                    spent->key);
    } else if (apart) {
        add_parts(draft, SLO_UNITS, 1, &all, units->node->pos);
        if (good)
            add_parts(draft, SLO_SPENT, 1, &all, units->node->pos);
        add_parts(draft, SLO_SPENT, good ? -1 : 1, &some, spent->node->pos);
    } else {
        add_expression(draft, SLO_UNITS, units->node->text, units);
        add_expression(draft, SLO_SPENT,
                       good ? complement(arena, units->node->text, spent->node->text) : spent->node->text,
                       spent);
    }
    VEC_FREE(&all.list);
    VEC_FREE(&some.list);
}

/* ---- ratios, which are refused ---- */

/* A share of bad that comes ready divided: a / b, or 1 - a / b. */
struct ratio {
    const struct expr *division; /* NULL: it is none */
    bool good;                   /* what is above the line is good */
};

static const struct expr *without_parens(const struct expr *e)
{
    while (e->kind == EXPR_PAREN)
        e = e->u.paren.inner;
    return e;
}

static struct ratio ratio_of(const struct expr *e)
{
    struct ratio ratio = {0};
    e = without_parens(e);
    if (e->kind == EXPR_BINARY && e->u.binary.op == BINARY_SUB && e->u.binary.left->kind == EXPR_NUMBER &&
        e->u.binary.left->u.number.value == 1) {
        ratio.good = true;
        e = without_parens(e->u.binary.right);
    }
    if (e->kind == EXPR_BINARY && e->u.binary.op == BINARY_DIV)
        ratio.division = e;
    return ratio;
}

/* Are both what sums of counters grew by? Then their quotient is nothing else but a ratio. */
static bool divides_sums(const struct slo *slo, const struct expr *division, struct text text)
{
    struct parts parts = {0};
    bool both = take_apart(slo, division->u.binary.left, text, 1, &parts) &&
                take_apart(slo, division->u.binary.right, text, 1, &parts);
    VEC_FREE(&parts.list);
    return both;
}

static struct text source_of(const struct expr *e, struct text text)
{
    return text_part(text, e->span.from, e->span.to);
}

static void refuse_ratio(const struct slo_draft *draft, const struct yaml_node *node, const char *key,
                         const struct ratio *ratio)
{
    finding_add(
        draft->reader->findings, FINDING_ERROR, "slo/ratio", draft->reader->file, node->pos,
        "%s is a ratio: each minute of it would weigh the same, whether it had a thousand requests or "
        "ten, so its mean is not the share of bad requests",
        key);
    if (!ratio->division) {
        finding_hint(
            draft->reader->findings,
            "give what it divides as two: total, and bad or good; or, if minutes are what counts, an "
            "objective such as \"99%% of minutes\" with when:");
        return;
    }
    struct text some = source_of(ratio->division->u.binary.left, node->text);
    struct text all = source_of(ratio->division->u.binary.right, node->text);
    finding_hint(draft->reader->findings, "total: %.*s, and %s: %.*s", TEXT_ARG(all),
                 ratio->good ? "good" : "bad", TEXT_ARG(some));
}

bool slo_refuse_ratio_key(struct slo_draft *draft)
{
    static const char *const keys[] = {"ratio", "error_ratio", "error_ratio_query", "errors", "query"};
    const struct yaml_node *map = draft->own.map, *node = NULL;
    const char *key = "error_ratio_query";
    const struct yaml_node *raw = map ? yaml_get(map, "sli") : NULL; /* as Sloth nests it */
    raw = raw && raw->kind == YAML_MAP ? yaml_get(raw, "raw") : NULL;
    if (raw && raw->kind == YAML_MAP)
        node = yaml_get(raw, key);
    for (size_t i = 0; map && !node && i < sizeof keys / sizeof keys[0]; i++)
        if ((node = yaml_get(map, key = keys[i])))
            break;
    if (!node || node->kind != YAML_SCALAR)
        return false;
    struct err ignored;
    const struct expr *e = parse_with(draft->reader, node->text, TEXT(IN_PLACE), &ignored);
    struct ratio ratio = {0};
    if (e)
        ratio = ratio_of(e);
    if (!ratio.division && (text_is(text_of(key), "errors") || text_is(text_of(key), "query")))
        return false; /* may be something else */
    if (ratio.division && !divides_sums(&draft->slo, ratio.division, node->text))
        ratio.division = NULL;
    refuse_ratio(draft, node, key, &ratio);
    return true;
}

/* A ratio in the place of a count. */
static bool refuse_ratio_for(const struct slo_draft *draft, const struct query *query)
{
    struct ratio ratio = ratio_of(query->expr);
    if (!ratio.division || !divides_sums(&draft->slo, ratio.division, query->node->text))
        return false;
    refuse_ratio(draft, query->node, query->key, &ratio);
    return true;
}

void slo_read_queries(struct slo_draft *draft, const struct yaml_node *units, const struct yaml_node *spent,
                      bool good)
{
    struct query all = read_query(draft, units, "total");
    struct query some = read_query(draft, spent, good ? "good" : "bad");
    bool all_has = all.expr && has_window(draft, &all);
    bool some_has = some.expr && has_window(draft, &some);
    if (!all_has || !some_has)
        return;
    bool all_is = refuse_ratio_for(draft, &all), some_is = refuse_ratio_for(draft, &some);
    if (!all_is && !some_is)
        add_pair(draft, &all, &some, good);
}

/* ---- minutes ---- */

/* Whether the expression leaves out what does not hold (queue < 5) rather than giving 0 for it. */
static bool is_filter(const struct expr *e)
{
    while (e->kind == EXPR_PAREN)
        e = e->u.paren.inner;
    if (e->kind != EXPR_BINARY || e->type != VALUE_VECTOR)
        return false;
    enum binary_op op = e->u.binary.op;
    if (op == BINARY_AND || op == BINARY_UNLESS)
        return is_filter(e->u.binary.left);
    if (op == BINARY_OR)
        return is_filter(e->u.binary.left) && is_filter(e->u.binary.right);
    return op >= BINARY_EQ && op <= BINARY_LE && !e->u.binary.return_bool;
}

/* What remains of a filter counts however small its value: queue < 5 holds at 0 too. */
static struct text counted(const struct slo_draft *draft, struct text when)
{
    struct buf out;
    buf_init(&out, QUERY_BYTES_MAX);
    buf_puts(&out, "count ");
    for (size_t i = 0; i < draft->slo.n_by; i++)
        buf_printf(&out, "%s%.*s", i ? ", " : "by (", TEXT_ARG(draft->slo.by[i]));
    buf_printf(&out, "%s(%.*s)", draft->slo.n_by ? ") " : "", TEXT_ARG(when));
    struct text text = text_copy(draft->reader->context->arena, buf_text(&out));
    buf_finish(&out);
    return text;
}

void slo_read_when(struct slo_draft *draft, const struct yaml_node *when)
{
    struct query query = read_query(draft, when, "when");
    if (query.expr)
        add_expression(draft, SLO_HOLDS, is_filter(query.expr) ? counted(draft, when->text) : when->text,
                       &query);
}
