/* functions_math: arithmetic, trigonometry and limits of each sample. */
#include "promql/functions.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

static double sign(double v)
{
    if (v < 0)
        return -1;
    return v > 0 ? 1 : v;
}

static double degrees(double v)
{
    return v * 180 / PI;
}

static double radians(double v)
{
    return v * PI / 180;
}

/* As Go's math.Max: infinity beats NaN, NaN beats the rest, and 0 is larger than -0. */
static double larger(double a, double b)
{
    if (a == (double)INFINITY || b == (double)INFINITY)
        return (double)INFINITY;
    if (isnan(a) || isnan(b))
        return (double)NAN;
    if (a == 0 && b == 0)
        return signbit(a) ? b : a;
    return a > b ? a : b;
}

static double smaller(double a, double b)
{
    return -larger(-a, -b);
}

void function_abs(struct eval_call *call)
{
    call_map(call, 0, fabs);
}

void function_ceil(struct eval_call *call)
{
    call_map(call, 0, ceil);
}

void function_floor(struct eval_call *call)
{
    call_map(call, 0, floor);
}

void function_exp(struct eval_call *call)
{
    call_map(call, 0, exp);
}

void function_sqrt(struct eval_call *call)
{
    call_map(call, 0, sqrt);
}

void function_ln(struct eval_call *call)
{
    call_map(call, 0, log);
}

void function_log2(struct eval_call *call)
{
    call_map(call, 0, log2);
}

void function_log10(struct eval_call *call)
{
    call_map(call, 0, log10);
}

void function_sgn(struct eval_call *call)
{
    call_map(call, 0, sign);
}

void function_sin(struct eval_call *call)
{
    call_map(call, 0, sin);
}

void function_cos(struct eval_call *call)
{
    call_map(call, 0, cos);
}

void function_tan(struct eval_call *call)
{
    call_map(call, 0, tan);
}

void function_asin(struct eval_call *call)
{
    call_map(call, 0, asin);
}

void function_acos(struct eval_call *call)
{
    call_map(call, 0, acos);
}

void function_atan(struct eval_call *call)
{
    call_map(call, 0, atan);
}

void function_sinh(struct eval_call *call)
{
    call_map(call, 0, sinh);
}

void function_cosh(struct eval_call *call)
{
    call_map(call, 0, cosh);
}

void function_tanh(struct eval_call *call)
{
    call_map(call, 0, tanh);
}

void function_asinh(struct eval_call *call)
{
    call_map(call, 0, asinh);
}

void function_acosh(struct eval_call *call)
{
    call_map(call, 0, acosh);
}

void function_atanh(struct eval_call *call)
{
    call_map(call, 0, atanh);
}

void function_deg(struct eval_call *call)
{
    call_map(call, 0, degrees);
}

void function_rad(struct eval_call *call)
{
    call_map(call, 0, radians);
}

/* Borders or steps that are the same for all samples of a step; NULL stands for a constant. */
struct bounds {
    const double *min;
    const double *max;
};

/* A step at which max is below min has no result at all. */
static void clamp(struct eval_call *call, struct bounds bounds)
{
    struct vector v = call_take(call, 0);
    for (size_t i = 0; i < v.len; i++) {
        double *values = v.at[i].values;
        for (size_t step = 0; step < call->eval->n_steps; step++) {
            double min = bounds.min ? bounds.min[step] : -(double)INFINITY;
            double max = bounds.max ? bounds.max[step] : (double)INFINITY;
            if (max < min)
                values[step] = value_none();
            else if (!value_absent(values[step]))
                values[step] = larger(min, smaller(max, values[step]));
        }
        v.at[i].histograms = NULL;
        series_drop_name(call->eval, &v.at[i]);
    }
    call->result.vector = v;
}

void function_clamp(struct eval_call *call)
{
    clamp(call, (struct bounds){call_scalar(call, 1), call_scalar(call, 2)});
}

void function_clamp_min(struct eval_call *call)
{
    clamp(call, (struct bounds){call_scalar(call, 1), NULL});
}

void function_clamp_max(struct eval_call *call)
{
    clamp(call, (struct bounds){NULL, call_scalar(call, 1)});
}

/* Multiplies by the inverse instead of dividing: 0.1 then rounds as people expect. */
static double round_to(double v, double nearest)
{
    double inverse = 1 / nearest;
    return floor(v * inverse + 0.5) / inverse;
}

void function_round(struct eval_call *call)
{
    const double *nearest = call->n_args > 1 ? call_scalar(call, 1) : NULL;
    struct vector v = call_take(call, 0);
    for (size_t i = 0; i < v.len; i++) {
        double *values = v.at[i].values;
        for (size_t step = 0; step < call->eval->n_steps; step++) {
            if (!value_absent(values[step]))
                values[step] = round_to(values[step], nearest ? nearest[step] : 1);
        }
        v.at[i].histograms = NULL;
        series_drop_name(call->eval, &v.at[i]);
    }
    call->result.vector = v;
}

static void scalars(struct eval_call *call, double (*f)(double, double))
{
    for (size_t step = 0; step < call->eval->n_steps; step++)
        call->result.scalar[step] = f(call_scalar(call, 0)[step], call_scalar(call, 1)[step]);
}

void function_max_of(struct eval_call *call)
{
    scalars(call, larger);
}

void function_min_of(struct eval_call *call)
{
    scalars(call, smaller);
}

void function_pi(struct eval_call *call)
{
    for (size_t step = 0; step < call->eval->n_steps; step++)
        call->result.scalar[step] = PI;
}
