/* check: the types of a whole tree, in Prometheus' order: what it reports first is reported here. Selectors
 * are checked too: at least one matcher must not match the empty string. */
#include "base/regex.h"
#include "promql/binary_op.h"
#include "promql/function.h"
#include "promql/parser.h"

static void check(struct parser *p, struct expr *e);

static void expect_type(struct parser *p, struct expr *e, enum value_type wanted, const char *where)
{
    check(p, e);
    if (e->type != wanted)
        parser_fail(p, e->span.from, "expected type %s in %s, got %s", value_type_name(wanted), where,
                    value_type_name(e->type));
}

static void check_aggregate(struct parser *p, struct expr *e)
{
    expect_type(p, e->u.aggregate.inner, VALUE_VECTOR, "aggregation expression");
    if (!e->u.aggregate.param)
        return;
    bool text = e->u.aggregate.op == AGGREGATE_COUNT_VALUES;
    expect_type(p, e->u.aggregate.param, text ? VALUE_STRING : VALUE_SCALAR, "aggregation parameter");
}

/* ---- binary ---- */

/* Where the operator stands: behind the left side and its blanks. */
static size_t operator_from(const struct parser *p, const struct expr *e)
{
    size_t at = e->u.binary.left->span.to;
    while (at < p->lexer.input.len && lexer_is_space(p->lexer.input.at[at]))
        at++;
    return at;
}

static void check_group_labels(struct parser *p, const struct expr *e)
{
    const struct vector_matching *m = e->u.binary.matching;
    for (size_t i = 0; i < m->n_labels && m->on; i++)
        for (size_t j = 0; j < m->n_include; j++)
            if (text_eq(m->labels[i], m->include[j]))
                parser_fail(p, operator_from(p, e), "label %s must not occur in ON and GROUP clause at once",
                            parser_quoted(p, m->labels[i]));
}

static void check_operand(struct parser *p, const struct expr *e)
{
    if (e->type != VALUE_SCALAR && e->type != VALUE_VECTOR)
        parser_fail(p, e->span.from, "binary expression must contain only scalar and instant vector types");
}

static void check_matching(struct parser *p, struct expr *e, bool vectors)
{
    struct vector_matching *m = e->u.binary.matching;
    bool fills = m->fill_left || m->fill_right;
    if (!vectors) {
        if (m->n_labels)
            parser_fail(p, e->span.from, "vector matching only allowed between instant vectors");
        if (fills)
            parser_fail(p, e->span.from, "filling in missing series only allowed between instant vectors");
        e->u.binary.matching = NULL;
    } else if (binary_is_set(e->u.binary.op)) {
        if (m->card != CARD_MANY_TO_MANY)
            parser_fail(p, e->span.from, "no grouping allowed for \"%s\" operation",
                        binary_op_name(e->u.binary.op));
        if (fills)
            parser_fail(p, e->span.from, "filling in missing series not allowed for set operators");
    }
}

static void check_binary(struct parser *p, struct expr *e)
{
    struct expr *left = e->u.binary.left, *right = e->u.binary.right;
    enum binary_op op = e->u.binary.op;
    check(p, left);
    check(p, right);
    if (e->u.binary.return_bool && !binary_is_comparison(op))
        parser_fail(p, operator_from(p, e), "bool modifier can only be used on comparison operators");
    if (binary_is_comparison(op) && !e->u.binary.return_bool && left->type == VALUE_SCALAR &&
        right->type == VALUE_SCALAR)
        parser_fail(p, operator_from(p, e), "comparisons between scalars must use BOOL modifier");
    if (binary_is_set(op) && e->u.binary.matching->card == CARD_ONE_TO_ONE)
        e->u.binary.matching->card = CARD_MANY_TO_MANY;
    check_group_labels(p, e);
    check_operand(p, left);
    check_operand(p, right);
    check_matching(p, e, left->type == VALUE_VECTOR && right->type == VALUE_VECTOR);
    if ((left->type == VALUE_SCALAR || right->type == VALUE_SCALAR) && binary_is_set(op))
        parser_fail(p, e->span.from, "set operator \"%s\" not allowed in binary scalar expression",
                    binary_op_name(op));
}

/* ---- calls ---- */

static void check_arity(struct parser *p, const struct expr *e)
{
    const struct promql_function *f = e->u.call.function;
    int n = (int)e->u.call.n_args;
    int least = f->variadic ? f->n_args - 1 : f->n_args;
    int most = least + f->variadic;
    if (f->variadic == 0 && n != f->n_args)
        parser_fail(p, e->span.from, "expected %d argument(s) in call to \"%s\", got %d", f->n_args, f->name,
                    n);
    else if (n < least)
        parser_fail(p, e->span.from, "expected at least %d argument(s) in call to \"%s\", got %d", least,
                    f->name, n);
    else if (f->variadic > 0 && n > most)
        parser_fail(p, e->span.from, "expected at most %d argument(s) in call to \"%s\", got %d", most,
                    f->name, n);
}

static bool is_info(const struct expr *e)
{
    return text_is(text_of(e->u.call.function->name), "info");
}

/* info's second argument is not evaluated: only its matchers count, and they may match anything. */
static void check_info(struct parser *p, const struct expr *e)
{
    const struct expr *labels = e->u.call.args[1];
    if (labels->type != VALUE_VECTOR)
        parser_fail(p, e->span.from, "expected type instant vector in call to function \"info\", got %s",
                    value_type_name(labels->type));
    if (labels->kind != EXPR_SELECTOR)
        parser_fail(p, labels->span.from, "expected label selectors only");
    else if (labels->u.selector.name.len)
        parser_fail(p, labels->span.from, "expected label selectors only, got vector selector instead");
}

static void check_call(struct parser *p, struct expr *e)
{
    const struct promql_function *f = e->u.call.function;
    bool info = is_info(e) && e->u.call.n_args > 1;
    check_arity(p, e);
    if (info)
        check_info(p, e);
    for (size_t i = 0; i < e->u.call.n_args && !p->failed; i++) {
        int declared = i < (size_t)f->n_args ? (int)i : f->n_args - 1;
        struct expr *arg = e->u.call.args[i];
        if (!(info && i == 1))
            check(p, arg);
        if (arg->type != f->args[declared])
            parser_fail(p, arg->span.from, "expected type %s in call to function \"%s\", got %s",
                        value_type_name(f->args[declared]), f->name, value_type_name(arg->type));
    }
}

/* ---- selectors ---- */

static bool matches_empty(const struct matcher *m)
{
    switch (m->op) {
    case MATCH_EQ:
        return m->value.len == 0;
    case MATCH_NE:
        return m->value.len != 0;
    case MATCH_RE:
        return regex_matches_empty(m->regex);
    case MATCH_NRE:
        return !regex_matches_empty(m->regex);
    }
    return true;
}

static void check_selector(struct parser *p, const struct expr *e)
{
    const struct expr_selector *s = &e->u.selector;
    bool selective = s->name.len > 0;
    for (size_t i = 0; i < s->n_matchers; i++) {
        const struct matcher *m = &s->matchers[i];
        if (i > 0 && s->name.len && text_is(m->name, "__name__"))
            parser_fail(p, e->span.from, "metric name must not be set twice: %s or %s",
                        parser_quoted(p, s->name), parser_quoted(p, m->value));
        if (!matches_empty(m))
            selective = true;
    }
    if (!selective)
        parser_fail(p, e->span.from, "vector selector must contain at least one non-empty matcher");
}

/* ---- the walk ---- */

/* As in Prometheus' texts for subqueries, which name the type shorter than elsewhere. */
static const char *short_type_name(enum value_type type)
{
    static const char *const names[] = {
        [VALUE_NONE] = "none",     [VALUE_SCALAR] = "scalar", [VALUE_VECTOR] = "vector",
        [VALUE_MATRIX] = "matrix", [VALUE_STRING] = "string",
    };
    return names[type];
}

static void check(struct parser *p, struct expr *e)
{
    if (p->failed)
        return;
    switch (e->kind) {
    case EXPR_AGGREGATE:
        check_aggregate(p, e);
        break;
    case EXPR_BINARY:
        check_binary(p, e);
        break;
    case EXPR_CALL:
        check_call(p, e);
        break;
    case EXPR_SELECTOR:
        check_selector(p, e);
        break;
    case EXPR_MATRIX:
        check(p, e->u.matrix.selector);
        break;
    case EXPR_PAREN:
        check(p, e->u.paren.inner);
        break;
    case EXPR_UNARY:
        check(p, e->u.unary.inner);
        if (e->u.unary.inner->type != VALUE_SCALAR && e->u.unary.inner->type != VALUE_VECTOR)
            parser_fail(
                p, e->span.from,
                "unary expression only allowed on expressions of type scalar or instant vector, got \"%s\"",
                value_type_name(e->u.unary.inner->type));
        break;
    case EXPR_SUBQUERY:
        check(p, e->u.subquery.inner);
        if (e->u.subquery.inner->type != VALUE_VECTOR)
            parser_fail(p, e->span.from, "subquery is only allowed on instant vector, got %s instead",
                        short_type_name(e->u.subquery.inner->type));
        break;
    case EXPR_NUMBER:
    case EXPR_STRING:
        break;
    }
}

bool check_types(struct parser *p, struct expr *e)
{
    check(p, e);
    return !p->failed;
}
