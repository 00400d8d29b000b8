/* Budgets: the one inequality over a period, with both ends of what was not seen. */
#include "slo/budget.h"

#include "base/decimal.h"
#include "slo/policy.h"

typedef __int128 wide;

static const char *const VERDICT_TEXT[] = {
    [BUDGET_MET] = "met",
    [BUDGET_MET_SEEN] = "met on what was seen",
    [BUDGET_MISSED] = "missed",
    [BUDGET_INSUFFICIENT] = "insufficient",
};

static const char *const STATE_TEXT[] = {
    [BUDGET_HEALTHY] = "healthy",
    [BUDGET_WARNING] = "warning",
    [BUDGET_CRITICAL] = "critical",
    [BUDGET_EXHAUSTED] = "exhausted",
};

const char *budget_verdict_text(enum budget_verdict verdict)
{
    return VERDICT_TEXT[verdict];
}

const char *budget_state_text(enum budget_state state)
{
    return STATE_TEXT[state];
}

static int64_t capped(wide v)
{
    return v > INT64_MAX ? INT64_MAX : v < INT64_MIN ? INT64_MIN : (int64_t)v;
}

#define WIDE_MAX ((wide)(~(unsigned __int128)0 >> 1))

/* a + b, saturating. */
static wide plus(wide a, wide b)
{
    wide sum;
    if (__builtin_add_overflow(a, b, &sum))
        return a < 0 ? -WIDE_MAX : WIDE_MAX;
    return sum;
}

/* allowance x units, and what earlier targets allowed beyond it, in 1/scale and billionths; saturates. */
static wide allowed_billionths(const struct slo *slo, int64_t units, wide earlier)
{
    wide product;
    if (units <= 0)
        return 0;
    product = plus((wide)units * slo->allowance_billionths, earlier);
    if (product < 0)
        return 0;
    if (__builtin_mul_overflow(product, (wide)slo->scale, &product))
        product = WIDE_MAX;
    return product;
}

bool budget_holds(const struct slo *slo, int64_t units, int64_t spent)
{
    return (wide)spent * DECIMAL_ONE <= allowed_billionths(slo, units, 0);
}

int64_t budget_allowed(const struct slo *slo, int64_t units)
{
    return capped(allowed_billionths(slo, units, 0) / DECIMAL_ONE);
}

/* A total's ceiling is for the whole calendar period, however long the month is. */
static bool has_fixed_ceiling(const struct slo *slo, const struct budget_input *input)
{
    return slo->kind == SLO_TOTAL && !input->period.rolling;
}

static int64_t units_for_budget(const struct slo *slo, const struct budget_input *input)
{
    bool open = !input->period.rolling && input->now_ms < input->period.to_ms;
    int64_t units = input->sum.units > 0 ? input->sum.units : 0;
    if (has_fixed_ceiling(slo, input))
        return (input->period.to_ms - input->period.from_ms) / MINUTE_MS;
    if (open && input->expected_units > units)
        return input->expected_units;
    return units;
}

/* Attainment in the objective's own terms: the share of good units; spent per unit for means; the sum for
 * totals. */
static double attained(const struct slo *slo, double units, double spent)
{
    double natural = spent / (double)slo->scale;
    if (slo->kind == SLO_TOTAL)
        return natural;
    if (units <= 0)
        return slo->kind == SLO_MEAN ? 0 : 1;
    if (slo->kind == SLO_MEAN)
        return natural / units;
    return slo->kind == SLO_SCORE ? (double)slo->range_max - natural / units : 1 - natural / units;
}

/* What the hidden units spent at the worst: of means and totals three times the allowance of their time. */
static wide worst_hidden(const struct slo *slo, const struct budget_input *input)
{
    wide hidden = input->sum.hidden > 0 ? input->sum.hidden : 0;
    wide worst = hidden * slo_worst_spent(slo);
    if (slo->kind == SLO_MEAN || slo->kind == SLO_TOTAL)
        worst = plus(worst, input->earlier.hidden / DECIMAL_ONE * 3 * slo->scale);
    return worst > 0 ? worst : 0;
}

static void fill_attainment(const struct slo *slo, const struct budget_input *input, struct budget *b)
{
    double units = (double)b->units;
    double hidden = input->sum.hidden > 0 ? (double)input->sum.hidden : 0;
    double spent = (double)b->spent;
    double worst = spent + (double)worst_hidden(slo, input);
    bool more_is_worse = slo->kind == SLO_MEAN || slo->kind == SLO_TOTAL;
    b->attainment = attained(slo, units, spent);
    double all_bad = attained(slo, units + hidden, worst);
    double all_good = attained(slo, units + hidden, spent);
    b->attainment_low = more_is_worse ? all_good : all_bad;
    b->attainment_high = more_is_worse ? all_bad : all_good;
}

static bool is_met(const struct slo *slo, const struct budget_input *input, int64_t units, int64_t spent,
                   wide earlier)
{
    if (has_fixed_ceiling(slo, input))
        return spent <= dated_ceiling(input->targets, slo, &input->period);
    return (wide)spent * DECIMAL_ONE <= allowed_billionths(slo, units, earlier);
}

static enum budget_verdict judge(const struct slo *slo, const struct budget_input *input,
                                 const struct budget *b)
{
    int64_t hidden = input->sum.hidden > 0 ? input->sum.hidden : 0;
    if (b->units == 0 && b->spent == 0 && (hidden || !input->sum.seen))
        return BUDGET_INSUFFICIENT;
    if (!is_met(slo, input, b->units, b->spent, input->earlier.units))
        return BUDGET_MISSED;
    wide worst = plus(b->spent, worst_hidden(slo, input));
    bool sure = input->sum.seen >= input->sum.expected || hidden > 0;
    bool met = is_met(slo, input, capped((wide)b->units + hidden), capped(worst),
                      plus(input->earlier.units, input->earlier.hidden));
    bool whole = input->first_minute <= minute_of(input->period.from_ms + 1);
    return met && sure && whole ? BUDGET_MET : BUDGET_MET_SEEN;
}

/* Healthy above 25 % left, warning 10 to 25, critical under 10; means: warning from 85 % used, critical
 * from 95. */
static enum budget_state state_of(const struct slo *slo, const struct budget *b)
{
    bool mean = slo->kind == SLO_MEAN || slo->kind == SLO_TOTAL;
    int warning = slo->policy ? slo->policy->warning_percent : mean ? 15 : 25;
    int critical = slo->policy ? slo->policy->critical_percent : mean ? 5 : 10;
    wide left = (wide)b->left * 100;
    if (b->left < 0 || (b->left == 0 && b->spent > 0))
        return BUDGET_EXHAUSTED;
    if (b->allowed == 0)
        return BUDGET_HEALTHY;
    if (mean ? left <= (wide)b->allowed * critical : left < (wide)b->allowed * critical)
        return BUDGET_CRITICAL;
    return left <= (wide)b->allowed * warning ? BUDGET_WARNING : BUDGET_HEALTHY;
}

static void fill_shares(const struct budget_input *input, struct budget *b)
{
    const struct window_sum *sum = &input->sum;
    b->left_share = b->allowed ? (double)b->left / (double)b->allowed : b->spent ? -1 : 1;
    b->used_share = 1 - b->left_share;
    b->coverage = sum->expected ? (double)sum->seen / (double)sum->expected : 1;
    b->estimated_share = sum->units > 0 ? (double)sum->estimated_units / (double)sum->units : 0;
    int64_t from = minute_of(input->period.from_ms + 1);
    int64_t to_ms = input->now_ms < input->period.to_ms ? input->now_ms : input->period.to_ms;
    int64_t to = minute_of(to_ms) + 1;
    int64_t first = input->first_minute > input->value_minute ? input->first_minute : input->value_minute;
    int64_t begin = first > from ? first : from;
    b->history_minutes = begin < to ? to - begin : 0;
    b->history_share = to > from ? (double)b->history_minutes / (double)(to - from) : 0;
}

static void fill_allowed(const struct slo *slo, const struct budget_input *input, struct budget *b)
{
    if (has_fixed_ceiling(slo, input)) {
        b->allowed = dated_ceiling(input->targets, slo, &input->period);
        b->allowed_now = dated_ceiling(NULL, slo, &input->period);
        return;
    }
    b->allowed = capped(allowed_billionths(slo, b->budget_units, input->earlier.units) / DECIMAL_ONE);
    b->allowed_now = budget_allowed(slo, b->budget_units);
}

void budget_compute(const struct slo *slo, const struct budget_input *input, struct budget *budget)
{
    struct budget b = {.saturated = input->sum.saturated};
    b.units = input->sum.units > 0 ? input->sum.units : 0;
    b.spent = window_spent(slo, &input->sum, &b.clamped);
    b.budget_units = units_for_budget(slo, input);
    fill_allowed(slo, input, &b);
    b.left = capped((wide)b.allowed - b.spent);
    fill_shares(input, &b);
    fill_attainment(slo, input, &b);
    b.verdict = judge(slo, input, &b);
    b.state = state_of(slo, &b);
    *budget = b;
}

int64_t budget_exhausted_in_ms(const struct budget *budget, int64_t period_ms, double rate)
{
    if (budget->left <= 0 && budget->spent > 0)
        return 0;
    if (!(rate > 0) || budget->left_share <= 0)
        return INT64_MAX;
    double share = budget->left_share;
    if (budget->allowed_now != budget->allowed && budget->allowed_now > 0)
        share = (double)budget->left / (double)budget->allowed_now;
    double ms = share * (double)period_ms / rate;
    return ms < 9e18 ? (int64_t)ms : INT64_MAX;
}
