/* Binary operators: both sides are evaluated, then scalars, a vector beside a scalar, or two vectors are
 * combined. */
#include "promql/binary_op.h"
#include "promql/matching.h"

static void both_scalars(struct eval *ev, const struct expr *expr, const struct value *left,
                         const struct value *right, struct value *out)
{
    out->scalar = eval_column(ev);
    struct binary_columns c = {.op = expr->u.binary.op,
                               .return_bool = true,
                               .left = left->scalar,
                               .right = right->scalar,
                               .kept = left->scalar,
                               .out = out->scalar,
                               .n = ev->n_steps};
    binary_run(&c);
}

/* In place in the vector's columns. */
static bool with_scalar(struct eval *ev, const struct expr *expr, struct value *left, struct value *right,
                        struct value *out)
{
    bool scalar_left = left->type == VALUE_SCALAR;
    const double *scalar = scalar_left ? left->scalar : right->scalar;
    struct vector *from = scalar_left ? &right->vector : &left->vector;
    struct vector v = *from;
    *from = (struct vector){0};
    leave_out_histograms(ev, expr, &v, binary_op_name(expr->u.binary.op));
    bool drop = binary_drops_name(expr->u.binary.op) || expr->u.binary.return_bool;
    for (size_t i = 0; i < v.len && eval_alive(ev); i++) {
        struct vector_series *s = &v.at[i];
        struct binary_columns c = {.op = expr->u.binary.op,
                                   .return_bool = expr->u.binary.return_bool,
                                   .left = scalar_left ? scalar : s->values,
                                   .right = scalar_left ? s->values : scalar,
                                   .kept = s->values,
                                   .out = s->values,
                                   .n = ev->n_steps};
        binary_run(&c);
        if (drop)
            series_drop_name(ev, s);
    }
    out->vector = v;
    return vector_unify(ev, &out->vector, false);
}

static bool combine(struct eval *ev, const struct expr *expr, struct value *left, struct value *right,
                    struct value *out)
{
    if (left->type == VALUE_SCALAR && right->type == VALUE_SCALAR) {
        both_scalars(ev, expr, left, right, out);
        return !eval_failed(ev);
    }
    if (left->type == VALUE_SCALAR || right->type == VALUE_SCALAR)
        return with_scalar(ev, expr, left, right, out);
    if (binary_is_set(expr->u.binary.op))
        return set_vectors(ev, expr, &left->vector, &right->vector, &out->vector);
    leave_out_histograms(ev, expr, &left->vector, binary_op_name(expr->u.binary.op));
    leave_out_histograms(ev, expr, &right->vector, binary_op_name(expr->u.binary.op));
    return match_vectors(ev, expr, &left->vector, &right->vector, &out->vector);
}

bool eval_binary(struct eval *ev, const struct expr *expr, struct value *out)
{
    struct value left;
    struct value right;
    if (!eval_value(ev, expr->u.binary.left, &left) || !eval_value(ev, expr->u.binary.right, &right))
        return false;
    if (!combine(ev, expr, &left, &right, out))
        return false;
    value_release(ev, &left);
    value_release(ev, &right);
    return !eval_failed(ev);
}
