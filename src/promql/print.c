/* print: one line, in Prometheus' normal form: matchers sorted as text, durations in their largest units,
 * numbers without exponent, strings in double quotes. */
#include "promql/print.h"

#include "base/buf.h"
#include "base/duration.h"
#include "base/labels.h"
#include "base/memory.h"
#include "base/number.h"
#include "promql/binary_op.h"
#include "promql/function.h"
#include "promql/token.h"

#include <math.h>
#include <stdlib.h>

const char *aggregate_op_name(enum aggregate_op op)
{
    static const char *const names[] = {
        [AGGREGATE_SUM] = "sum",
        [AGGREGATE_AVG] = "avg",
        [AGGREGATE_MIN] = "min",
        [AGGREGATE_MAX] = "max",
        [AGGREGATE_COUNT] = "count",
        [AGGREGATE_GROUP] = "group",
        [AGGREGATE_STDDEV] = "stddev",
        [AGGREGATE_STDVAR] = "stdvar",
        [AGGREGATE_TOPK] = "topk",
        [AGGREGATE_BOTTOMK] = "bottomk",
        [AGGREGATE_COUNT_VALUES] = "count_values",
        [AGGREGATE_QUANTILE] = "quantile",
        [AGGREGATE_LIMITK] = "limitk",
        [AGGREGATE_LIMIT_RATIO] = "limit_ratio",
    };
    return names[op];
}

/* ---- literals ---- */

static void print_number(double seconds, bool as_duration, struct buf *out)
{
    if (!as_duration) {
        number_print_fixed(seconds, out);
        return;
    }
    if (signbit(seconds)) /* of -0s too */
        buf_putc(out, '-');
    duration_print((int64_t)round(fabs(seconds) * 1000), out);
}

static void print_duration(const struct duration_expr *d, struct buf *out);

static void print_duration_pair(const struct duration_expr *d, const char *between, struct buf *out)
{
    print_duration(d->left, out);
    buf_puts(out, between);
    print_duration(d->right, out);
}

static void print_duration(const struct duration_expr *d, struct buf *out)
{
    static const char *const operators[] = {
        [DURATION_ADD] = " + ", [DURATION_SUB] = " - ", [DURATION_MUL] = " * ",
        [DURATION_DIV] = " / ", [DURATION_MOD] = " % ", [DURATION_POW] = " ^ ",
    };
    if (d->parens)
        buf_putc(out, '(');
    switch (d->op) {
    case DURATION_CONSTANT:
        print_number(d->seconds, d->as_duration, out);
        break;
    case DURATION_STEP:
        buf_puts(out, "step()");
        break;
    case DURATION_RANGE:
        buf_puts(out, "range()");
        break;
    case DURATION_NEGATE:
        buf_putc(out, '-');
        print_duration(d->left, out);
        break;
    case DURATION_PLUS:
        print_duration(d->left, out);
        break;
    case DURATION_MIN:
    case DURATION_MAX:
        buf_puts(out, d->op == DURATION_MIN ? "min_of(" : "max_of(");
        print_duration_pair(d, ", ", out);
        buf_putc(out, ')');
        break;
    default:
        print_duration_pair(d, operators[d->op], out);
    }
    if (d->parens)
        buf_putc(out, ')');
}

static void print_range(int64_t ms, const struct duration_expr *expr, struct buf *out)
{
    if (expr)
        print_duration(expr, out);
    else
        duration_print(ms, out);
}

/* ---- selectors ---- */

static void print_label_name(struct text name, struct buf *out)
{
    if (label_name_legacy_valid(name))
        buf_add_text(out, name);
    else
        text_print_quoted(name, out);
}

static void print_labels(const struct text *labels, size_t n, struct buf *out)
{
    buf_putc(out, '(');
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_puts(out, ", ");
        if (token_is_special_number(labels[i])) /* inf and nan are numbers here, unlike in { } */
            text_print_quoted(labels[i], out);
        else
            print_label_name(labels[i], out);
    }
    buf_putc(out, ')');
}

static int compare_texts(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

static void print_matcher(const struct matcher *m, struct buf *out)
{
    static const char *const operators[] = {"=", "!=", "=~", "!~"};
    print_label_name(m->name, out);
    buf_puts(out, operators[m->op]);
    text_print_quoted(m->value, out);
}

/* Sorted as printed, the matcher of the written metric name left out. */
static void print_matchers(const struct expr_selector *s, struct buf *out)
{
    size_t first = s->name.len ? 1 : 0;
    size_t n = s->n_matchers - first;
    if (n == 0) {
        if (!s->name.len)
            buf_puts(out, "{}");
        return;
    }
    struct text *printed = memory_alloc_zero(n, sizeof *printed);
    struct buf all;
    buf_init(&all, 16u << 20);
    for (size_t i = 0; i < n; i++) {
        size_t from = all.len;
        print_matcher(&s->matchers[first + i], &all);
        printed[i].len = all.len - from;
    }
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        printed[i].at = all.at + at;
        at += printed[i].len;
    }
    qsort(printed, n, sizeof *printed, compare_texts);
    for (size_t i = 0; i < n; i++) {
        buf_putc(out, i ? ',' : '{');
        buf_add_text(out, printed[i]);
    }
    buf_putc(out, '}');
    buf_finish(&all);
    memory_free(printed);
}

static void print_at(const struct time_shift *shift, struct buf *out)
{
    uint64_t ms = shift->at_ms < 0 ? -(uint64_t)shift->at_ms : (uint64_t)shift->at_ms;
    switch (shift->at) {
    case AT_NONE:
        break;
    case AT_TIME:
        buf_printf(out, " @ %s%llu.%03llu", shift->at_ms < 0 ? "-" : "", (unsigned long long)ms / 1000,
                   (unsigned long long)ms % 1000);
        break;
    case AT_START:
        buf_puts(out, " @ start()");
        break;
    case AT_END:
        buf_puts(out, " @ end()");
        break;
    }
}

static bool is_operation(const struct duration_expr *d)
{
    return d->op >= DURATION_ADD && d->op <= DURATION_POW && !d->parens;
}

/* What is needed in front of an offset's duration so that all of it, and nothing behind it, is read as the
 * offset: one sign makes a literal, function or parentheses the whole of it, a further one reads powers too.
 */
static const char *offset_signs(const struct duration_expr *d, enum followed followed)
{
    const struct duration_expr *first = d;
    while (is_operation(first))
        first = first->left;
    if (is_operation(d) && (!first->parens || (followed && d->op == DURATION_POW)))
        return "++";
    if (d->op == DURATION_NEGATE && !d->parens && is_operation(d->left))
        return "+";
    return followed && d->parens ? "+" : "";
}

static void print_offset(const struct time_shift *shift, enum followed followed, struct buf *out)
{
    if (!shift->offset_expr && !shift->offset_ms)
        return;
    buf_puts(out, " offset ");
    if (shift->offset_expr)
        buf_puts(out, offset_signs(shift->offset_expr, followed));
    print_range(shift->offset_ms, shift->offset_expr, out);
}

static void print_modifier(enum selector_modifier modifier, struct buf *out)
{
    if (modifier != SELECTOR_PLAIN)
        buf_puts(out, modifier == SELECTOR_ANCHORED ? " anchored" : " smoothed");
}

static void print_selector(const struct expr *e, enum followed followed, struct buf *out)
{
    const struct expr_selector *s = &e->u.selector;
    buf_add_text(out, s->name);
    print_matchers(s, out);
    print_at(&s->shift, out);
    print_modifier(s->modifier, out);
    print_offset(&s->shift, followed, out);
}

static void print_matrix(const struct expr *e, enum followed followed, struct buf *out)
{
    const struct expr_selector *s = &e->u.matrix.selector->u.selector;
    buf_add_text(out, s->name);
    print_matchers(s, out);
    buf_putc(out, '[');
    print_range(e->u.matrix.range_ms, e->u.matrix.range_expr, out);
    buf_putc(out, ']');
    print_modifier(s->modifier, out);
    print_at(&s->shift, out);
    print_offset(&s->shift, followed, out);
}

void print_subquery_suffix(const struct expr *e, enum followed followed, struct buf *out)
{
    buf_putc(out, '[');
    print_range(e->u.subquery.range_ms, e->u.subquery.range_expr, out);
    buf_putc(out, ':');
    if (e->u.subquery.step_expr || e->u.subquery.step_ms)
        print_range(e->u.subquery.step_ms, e->u.subquery.step_expr, out);
    buf_putc(out, ']');
    print_at(&e->u.subquery.shift, out);
    print_offset(&e->u.subquery.shift, followed, out);
}
/* ---- operators ---- */

static void print_fill(const char *name, double value, struct buf *out)
{
    buf_printf(out, " %s (", name);
    number_print_fixed(value, out);
    buf_putc(out, ')');
}

static void print_matching(const struct vector_matching *m, struct buf *out)
{
    bool grouped = m->card == CARD_MANY_TO_ONE || m->card == CARD_ONE_TO_MANY;
    if (m->n_labels || m->on || grouped) {
        buf_puts(out, m->on ? " on " : " ignoring ");
        print_labels(m->labels, m->n_labels, out);
    }
    if (grouped) {
        buf_puts(out, m->card == CARD_MANY_TO_ONE ? " group_left " : " group_right ");
        print_labels(m->include, m->n_include, out);
    }
    if (m->fill_left && m->fill_right && m->fill_left_value == m->fill_right_value) {
        print_fill("fill", m->fill_left_value, out);
        return;
    }
    if (m->fill_left)
        print_fill("fill_left", m->fill_left_value, out);
    if (m->fill_right)
        print_fill("fill_right", m->fill_right_value, out);
}

void print_operator(const struct expr *e, struct buf *out)
{
    buf_puts(out, binary_op_name(e->u.binary.op));
    if (e->u.binary.return_bool)
        buf_puts(out, " bool");
    if (e->u.binary.matching)
        print_matching(e->u.binary.matching, out);
}

void print_aggregate_head(const struct expr *e, struct buf *out)
{
    buf_puts(out, aggregate_op_name(e->u.aggregate.op));
    if (!e->u.aggregate.without && !e->u.aggregate.n_grouping)
        return;
    buf_puts(out, e->u.aggregate.without ? " without " : " by ");
    print_labels(e->u.aggregate.grouping, e->u.aggregate.n_grouping, out);
    buf_putc(out, ' ');
}

/* ---- the walk ---- */

static void print_aggregate(const struct expr *e, struct buf *out)
{
    print_aggregate_head(e, out);
    buf_putc(out, '(');
    if (e->u.aggregate.param) {
        promql_print(e->u.aggregate.param, out);
        buf_puts(out, ", ");
    }
    promql_print(e->u.aggregate.inner, out);
    buf_putc(out, ')');
}

static void print_call(const struct expr *e, struct buf *out)
{
    buf_printf(out, "%s(", e->u.call.function->name);
    for (size_t i = 0; i < e->u.call.n_args; i++) {
        if (i)
            buf_puts(out, ", ");
        promql_print(e->u.call.args[i], out);
    }
    buf_putc(out, ')');
}

enum followed print_followed_by(enum binary_op op)
{
    if (op == BINARY_POW)
        return FOLLOWED_BY_POWER;
    return op < BINARY_POW ? FOLLOWED_BY_ARITHMETIC : FOLLOWED_BY_NOTHING;
}

void print_expr(const struct expr *e, enum followed followed, struct buf *out)
{
    switch (e->kind) {
    case EXPR_NUMBER:
        if (followed == FOLLOWED_BY_POWER && isinf(e->u.number.value))
            buf_puts(out, "Inf"); /* +Inf ^ 2 would be +(Inf ^ 2) */
        else
            print_number(e->u.number.value, e->u.number.as_duration, out);
        break;
    case EXPR_STRING:
        text_print_quoted(e->u.string.value, out);
        break;
    case EXPR_SELECTOR:
        print_selector(e, followed, out);
        break;
    case EXPR_MATRIX:
        print_matrix(e, followed, out);
        break;
    case EXPR_SUBQUERY:
        promql_print(e->u.subquery.inner, out);
        print_subquery_suffix(e, followed, out);
        break;
    case EXPR_CALL:
        print_call(e, out);
        break;
    case EXPR_AGGREGATE:
        print_aggregate(e, out);
        break;
    case EXPR_BINARY:
        print_expr(e->u.binary.left, print_followed_by(e->u.binary.op), out);
        buf_putc(out, ' ');
        print_operator(e, out);
        buf_putc(out, ' ');
        print_expr(e->u.binary.right, followed, out);
        break;
    case EXPR_UNARY:
        buf_putc(out, e->u.unary.minus ? '-' : '+');
        print_expr(e->u.unary.inner, followed, out);
        break;
    case EXPR_PAREN:
        buf_putc(out, '(');
        promql_print(e->u.paren.inner, out);
        buf_putc(out, ')');
        break;
    }
}

void promql_print(const struct expr *expr, struct buf *out)
{
    print_expr(expr, FOLLOWED_BY_NOTHING, out);
}
