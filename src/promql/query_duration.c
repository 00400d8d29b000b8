/* Durations that the query resolves: ranges, steps and offsets written as expressions over step() and
 * range(), and the reference times that offset and @ give. */
#include "promql/eval_state.h"

#include <math.h>

static bool fail_at(struct eval *ev, const struct duration_expr *expr, const char *what)
{
    return eval_fail(ev, "%zu:%zu: %s", expr->span.from, expr->span.to, what);
}

static bool divide(struct eval *ev, const struct duration_expr *expr, double left, double right,
                   double *seconds)
{
    bool modulo = expr->op == DURATION_MOD;
    if (right == 0)
        return fail_at(ev, expr->right ? expr->right : expr, modulo ? "modulo by zero" : "division by zero");
    *seconds = modulo ? fmod(left, right) : left / right;
    return true;
}

static bool in_seconds(struct eval *ev, const struct duration_expr *expr, double *seconds)
{
    const struct promql_query *query = ev->state->query;
    double left = 0;
    double right = 0;
    if (expr->left && !in_seconds(ev, expr->left, &left))
        return false;
    if (expr->right && !in_seconds(ev, expr->right, &right))
        return false;
    switch (expr->op) {
    case DURATION_CONSTANT:
        *seconds = expr->seconds;
        return true;
    case DURATION_STEP:
        *seconds = (double)query->step_ms / 1000;
        return true;
    case DURATION_RANGE:
        *seconds = (double)(query->end_ms - query->start_ms) / 1000;
        return true;
    case DURATION_ADD:
        *seconds = left + right;
        return true;
    case DURATION_SUB:
        *seconds = left - right;
        return true;
    case DURATION_MUL:
        *seconds = left * right;
        return true;
    case DURATION_DIV:
    case DURATION_MOD:
        return divide(ev, expr, left, right, seconds);
    case DURATION_POW:
        *seconds = pow(left, right);
        return true;
    case DURATION_NEGATE:
        *seconds = -left;
        return true;
    case DURATION_PLUS:
        *seconds = left;
        return true;
    case DURATION_MIN:
        *seconds = fmin(left, right);
        return true;
    case DURATION_MAX:
        *seconds = fmax(left, right);
        return true;
    }
    return false;
}

bool resolve_duration(struct eval *ev, const struct duration_expr *expr, bool may_be_negative, int64_t *ms)
{
    double seconds = 0;
    if (!in_seconds(ev, expr, &seconds))
        return false;
    if (!isfinite(seconds))
        return fail_at(ev, expr, "duration is NaN or infinite");
    if (seconds <= 0 && !may_be_negative)
        return fail_at(ev, expr, "duration must be greater than 0");
    if (fabs(seconds) * 1000 >= (double)EVAL_TIME_MAX)
        return fail_at(ev, expr, "duration out of range");
    *ms = (int64_t)(seconds * 1000);
    if (*ms <= 0 && !may_be_negative)
        return fail_at(ev, expr, "duration must be greater than 0");
    return true;
}

static int64_t clamp_time(int64_t ms)
{
    if (ms > EVAL_TIME_MAX)
        return EVAL_TIME_MAX;
    return ms < -EVAL_TIME_MAX ? -EVAL_TIME_MAX : ms;
}

bool resolve_shift(struct eval *ev, const struct time_shift *shift, struct resolved_shift *out)
{
    const struct promql_query *query = ev->state->query;
    int64_t offset_ms = shift->offset_ms;
    if (shift->offset_expr && !resolve_duration(ev, shift->offset_expr, true, &offset_ms))
        return false;
    *out = (struct resolved_shift){.offset_ms = clamp_time(offset_ms), .pinned = shift->at != AT_NONE};
    int64_t at_ms = shift->at == AT_START ? query->start_ms
                    : shift->at == AT_END ? query->end_ms
                                          : shift->at_ms;
    if (out->pinned)
        out->pinned_ms = clamp_time(clamp_time(at_ms) - out->offset_ms);
    return true;
}
