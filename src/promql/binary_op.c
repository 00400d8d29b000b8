/* Operators on floats. Each has its own loop over columns, so that the operator is chosen once a column and
 * the compiler sees a plain loop. */
#include "promql/binary_op.h"

#include "promql/value.h"

#include <assert.h>
#include <math.h>

bool binary_is_comparison(enum binary_op op)
{
    return op >= BINARY_EQ && op <= BINARY_LE;
}

bool binary_is_set(enum binary_op op)
{
    return op == BINARY_AND || op == BINARY_OR || op == BINARY_UNLESS;
}

bool binary_drops_name(enum binary_op op)
{
    return op >= BINARY_ADD && op <= BINARY_ATAN2;
}

const char *binary_op_name(enum binary_op op)
{
    static const char *const NAMES[] = {
        [BINARY_ADD] = "+", [BINARY_SUB] = "-",         [BINARY_MUL] = "*",         [BINARY_DIV] = "/",
        [BINARY_MOD] = "%", [BINARY_POW] = "^",         [BINARY_ATAN2] = "atan2",   [BINARY_EQ] = "==",
        [BINARY_NE] = "!=", [BINARY_GT] = ">",          [BINARY_LT] = "<",          [BINARY_GE] = ">=",
        [BINARY_LE] = "<=", [BINARY_TRIM_UPPER] = "</", [BINARY_TRIM_LOWER] = ">/", [BINARY_AND] = "and",
        [BINARY_OR] = "or", [BINARY_UNLESS] = "unless",
    };
    return NAMES[op];
}

typedef double arithmetic(double left, double right);
typedef bool comparison(double left, double right);

static double add(double a, double b)
{
    return a + b;
}
static double subtract(double a, double b)
{
    return a - b;
}
static double multiply(double a, double b)
{
    return a * b;
}
static double divide(double a, double b)
{
    return a / b;
}
static bool equal(double a, double b)
{
    return a == b;
}
static bool unequal(double a, double b)
{
    return a != b;
}
static bool greater(double a, double b)
{
    return a > b;
}
static bool less(double a, double b)
{
    return a < b;
}
static bool at_least(double a, double b)
{
    return a >= b;
}
static bool at_most(double a, double b)
{
    return a <= b;
}

__attribute__((always_inline)) static inline void calculate(const struct binary_columns *c, arithmetic *f)
{
    for (size_t i = 0; i < c->n; i++) {
        double left = c->left[i];
        double right = c->right[i];
        c->out[i] = value_absent(left) || value_absent(right) ? value_none() : f(left, right);
    }
}

__attribute__((always_inline)) static inline void compare(const struct binary_columns *c, comparison *f)
{
    for (size_t i = 0; i < c->n; i++) {
        double left = c->left[i];
        double right = c->right[i];
        double kept = c->kept[i];
        bool holds = f(left, right);
        if (value_absent(left) || value_absent(right))
            c->out[i] = value_none();
        else if (c->return_bool)
            c->out[i] = holds ? 1 : 0;
        else
            c->out[i] = holds ? kept : value_none();
    }
}

void binary_run(const struct binary_columns *c)
{
    switch (c->op) {
    case BINARY_ADD:
        calculate(c, add);
        break;
    case BINARY_SUB:
        calculate(c, subtract);
        break;
    case BINARY_MUL:
        calculate(c, multiply);
        break;
    case BINARY_DIV:
        calculate(c, divide);
        break;
    case BINARY_MOD:
        calculate(c, fmod);
        break;
    case BINARY_POW:
        calculate(c, pow);
        break;
    case BINARY_ATAN2:
        calculate(c, atan2);
        break;
    case BINARY_EQ:
        compare(c, equal);
        break;
    case BINARY_NE:
        compare(c, unequal);
        break;
    case BINARY_GT:
        compare(c, greater);
        break;
    case BINARY_LT:
        compare(c, less);
        break;
    case BINARY_GE:
        compare(c, at_least);
        break;
    case BINARY_LE:
        compare(c, at_most);
        break;
    case BINARY_TRIM_UPPER: /* only histograms can be trimmed: floats give nothing */
    case BINARY_TRIM_LOWER:
        for (size_t i = 0; i < c->n; i++)
            c->out[i] = value_none();
        break;
    case BINARY_AND:
    case BINARY_OR:
    case BINARY_UNLESS:
        assert(false);
    }
}
