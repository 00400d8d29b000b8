/* pretty: the layout of Prometheus' Prettify: what fits into the width stays on one line; else each part gets
 * a line of its own, one level deeper. Whether a part fits is asked at every level, so the cost is length
 * times depth, and both are bounded. */
#include "promql/print.h"

#include "base/buf.h"
#include "promql/function.h"

struct layout {
    struct buf *out;
    size_t width;
};

static void pretty(const struct layout *layout, const struct expr *e, enum followed followed, int level);

static void indent(const struct layout *layout, int level)
{
    for (int i = 0; i < level; i++)
        buf_puts(layout->out, "  ");
}

static bool fits(const struct layout *layout, const struct expr *e)
{
    struct buf line;
    buf_init(&line, layout->width);
    promql_print(e, &line);
    bool fit = !line.overflowed;
    buf_finish(&line);
    return fit;
}

static void close_parens(const struct layout *layout, int level)
{
    buf_putc(layout->out, '\n');
    indent(layout, level);
    buf_putc(layout->out, ')');
}

static void pretty_aggregate(const struct layout *layout, const struct expr *e, int level)
{
    indent(layout, level);
    print_aggregate_head(e, layout->out);
    buf_puts(layout->out, "(\n");
    if (e->u.aggregate.param) {
        pretty(layout, e->u.aggregate.param, FOLLOWED_BY_NOTHING, level + 1);
        buf_puts(layout->out, ",\n");
    }
    pretty(layout, e->u.aggregate.inner, FOLLOWED_BY_NOTHING, level + 1);
    close_parens(layout, level);
}

static void pretty_call(const struct layout *layout, const struct expr *e, int level)
{
    indent(layout, level);
    buf_printf(layout->out, "%s(\n", e->u.call.function->name);
    for (size_t i = 0; i < e->u.call.n_args; i++) {
        if (i)
            buf_puts(layout->out, ",\n");
        pretty(layout, e->u.call.args[i], FOLLOWED_BY_NOTHING, level + 1);
    }
    close_parens(layout, level);
}

static void pretty_binary(const struct layout *layout, const struct expr *e, enum followed followed,
                          int level)
{
    pretty(layout, e->u.binary.left, print_followed_by(e->u.binary.op), level + 1);
    buf_putc(layout->out, '\n');
    indent(layout, level);
    print_operator(e, layout->out);
    buf_putc(layout->out, '\n');
    pretty(layout, e->u.binary.right, followed, level + 1);
}

/* The operand is laid out at the same level; its indent goes before the sign. */
static void pretty_unary(const struct layout *layout, const struct expr *e, enum followed followed, int level)
{
    struct buf operand;
    buf_init(&operand, layout->out->max);
    struct layout inner = {&operand, layout->width};
    pretty(&inner, e->u.unary.inner, followed, level);
    indent(layout, level);
    buf_putc(layout->out, e->u.unary.minus ? '-' : '+');
    buf_add_text(layout->out, text_trim(buf_text(&operand)));
    buf_finish(&operand);
}

static void pretty(const struct layout *layout, const struct expr *e, enum followed followed, int level)
{
    bool leaf = e->kind == EXPR_NUMBER || e->kind == EXPR_STRING || e->kind == EXPR_SELECTOR ||
                e->kind == EXPR_MATRIX;
    if (e->kind == EXPR_UNARY) {
        pretty_unary(layout, e, followed, level);
        return;
    }
    if (leaf || fits(layout, e)) {
        indent(layout, level);
        print_expr(e, followed, layout->out);
        return;
    }
    switch (e->kind) {
    case EXPR_AGGREGATE:
        pretty_aggregate(layout, e, level);
        break;
    case EXPR_CALL:
        pretty_call(layout, e, level);
        break;
    case EXPR_BINARY:
        pretty_binary(layout, e, followed, level);
        break;
    case EXPR_SUBQUERY:
        pretty(layout, e->u.subquery.inner, FOLLOWED_BY_NOTHING, level);
        print_subquery_suffix(e, followed, layout->out);
        break;
    default:
        indent(layout, level);
        buf_puts(layout->out, "(\n");
        pretty(layout, e->u.paren.inner, FOLLOWED_BY_NOTHING, level + 1);
        close_parens(layout, level);
    }
}

void promql_pretty_print_width(const struct expr *expr, size_t width, struct buf *out)
{
    struct layout layout = {out, width};
    pretty(&layout, expr, FOLLOWED_BY_NOTHING, 0);
}

void promql_pretty_print(const struct expr *expr, struct buf *out)
{
    promql_pretty_print_width(expr, PRETTY_WIDTH, out);
}
