/* eq, ne, lt, le, gt, ge. As in Go, an int and a float64 do not compare; the message says what to write. */
#include "template/functions.h"

static bool bad_types(const struct template_value *a, const struct template_value *b, struct err *err)
{
    bool mixed = (a->kind == TEMPLATE_INT && b->kind == TEMPLATE_DOUBLE) ||
                 (a->kind == TEMPLATE_DOUBLE && b->kind == TEMPLATE_INT);
    return err_set(err, ERR_INPUT, "incompatible types for comparison: %s and %s%s", template_value_type(a),
                   template_value_type(b), mixed ? " (write 10.0 for 10)" : "");
}

static bool is_basic(const struct template_value *value)
{
    return value->kind != TEMPLATE_LIST && value->kind != TEMPLATE_MAP && value->kind != TEMPLATE_STRUCT &&
           value->kind != TEMPLATE_TIME;
}

static bool equal(const struct template_value *a, const struct template_value *b, bool *result,
                  struct err *err)
{
    if (!is_basic(a) || !is_basic(b))
        return err_set(err, ERR_INPUT, "non-comparable type %s", template_value_type(is_basic(a) ? b : a));
    if (a->kind == TEMPLATE_NIL || b->kind == TEMPLATE_NIL) {
        *result = a->kind == b->kind;
        return true;
    }
    if (a->kind != b->kind)
        return bad_types(a, b, err);
    switch (a->kind) {
    case TEMPLATE_BOOL:
        *result = a->truth == b->truth;
        break;
    case TEMPLATE_DOUBLE:
        *result = a->number == b->number;
        break;
    case TEMPLATE_STRING:
        *result = text_eq(a->text, b->text);
        break;
    default:
        *result = a->integer == b->integer;
    }
    return true;
}

static bool less(const struct template_value *a, const struct template_value *b, bool *result,
                 struct err *err)
{
    if (!is_basic(a) || !is_basic(b) || a->kind == TEMPLATE_NIL || b->kind == TEMPLATE_NIL ||
        a->kind == TEMPLATE_BOOL)
        return err_set(err, ERR_INPUT, "invalid type for comparison");
    if (a->kind != b->kind)
        return bad_types(a, b, err);
    if (a->kind == TEMPLATE_STRING)
        *result = text_compare(a->text, b->text) < 0;
    else if (a->kind == TEMPLATE_DOUBLE)
        *result = a->number < b->number;
    else
        *result = a->integer < b->integer;
    return true;
}

bool template_fn_eq(const struct template_call *call, const struct template_value *args, size_t n,
                    struct template_value *result, struct err *err)
{
    bool same = false;
    (void)call;
    if (n < 2)
        return err_set(err, ERR_INPUT, "missing argument for comparison");
    for (size_t i = 1; i < n && !same; i++)
        if (!equal(&args[0], &args[i], &same, err))
            return false;
    *result = template_bool(same);
    return true;
}

bool template_fn_ne(const struct template_call *call, const struct template_value *args, size_t n,
                    struct template_value *result, struct err *err)
{
    bool same;
    (void)call, (void)n;
    if (!equal(&args[0], &args[1], &same, err))
        return false;
    *result = template_bool(!same);
    return true;
}

bool template_fn_lt(const struct template_call *call, const struct template_value *args, size_t n,
                    struct template_value *result, struct err *err)
{
    bool is_less;
    (void)call, (void)n;
    if (!less(&args[0], &args[1], &is_less, err))
        return false;
    *result = template_bool(is_less);
    return true;
}

bool template_fn_le(const struct template_call *call, const struct template_value *args, size_t n,
                    struct template_value *result, struct err *err)
{
    bool is_less, same;
    (void)call, (void)n;
    if (!less(&args[0], &args[1], &is_less, err) || !equal(&args[0], &args[1], &same, err))
        return false;
    *result = template_bool(is_less || same);
    return true;
}

/* Go has "greater" as "not less or equal": a NaN is greater than anything. */
bool template_fn_gt(const struct template_call *call, const struct template_value *args, size_t n,
                    struct template_value *result, struct err *err)
{
    if (!template_fn_le(call, args, n, result, err))
        return false;
    result->truth = !result->truth;
    return true;
}

bool template_fn_ge(const struct template_call *call, const struct template_value *args, size_t n,
                    struct template_value *result, struct err *err)
{
    if (!template_fn_lt(call, args, n, result, err))
        return false;
    result->truth = !result->truth;
    return true;
}
