/* One tier at one slot: does it hold, does it open, may it close? */
#include "slo/burn_tiers.h"

#define CALM_MS      (15 * MINUTE_MS) /* never longer until a tier closes */
#define CALM_PERCENT 75
#define FRESH_MS     (60 * MINUTE_MS) /* a new SLO opens only what sees an outage or a fast burn */

static const char *const VERDICT_TEXT[] = {
    [BURN_QUIET] = "under its rate",
    [BURN_HOLDS] = "holds",
    [BURN_LINGERS] = "under its rate, not for long enough to close",
    [BURN_KEPT] = "kept open: what was not seen could hold it",
    [BURN_UNSURE] = "kept closed: it would hold only if what was not seen were bad",
    [BURN_INSUFFICIENT] = "insufficient data",
    [BURN_TOO_NEW] = "holds, but the SLO is younger than an hour",
    [BURN_BLIND] = "not evaluated: the source is blind",
};

const char *burn_verdict_text(enum burn_verdict verdict)
{
    return VERDICT_TEXT[verdict];
}

static int64_t at_least_zero(int64_t v)
{
    return v > 0 ? v : 0;
}

static int64_t add_capped(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

/* The two ends of what a window may be: every hidden unit good, or bad. */
struct ends {
    int64_t units;
    int64_t spent_good;
    int64_t spent_bad;
};

static struct ends ends_of(const struct slo *slo, const struct burn_sum *sum)
{
    struct window_sum seen = {.units = at_least_zero(sum->units), .spent = sum->spent};
    int64_t hidden = at_least_zero(sum->hidden);
    int64_t bad;
    bool clamped;
    int64_t spent = window_spent(slo, &seen, &clamped);
    if (__builtin_mul_overflow(hidden, slo_worst_spent(slo), &bad))
        bad = INT64_MAX;
    return (struct ends){add_capped(seen.units, hidden), spent, add_capped(spent, bad)};
}

/* Too little to say anything: each kind of unit has its own least number. Of totals, the outage tier needs
 * bad minutes, that is minutes that spend at its rate. */
static bool enough(const struct slo *slo, const struct slo_tier *tier, const struct recent *recent,
                   const struct ends *ends)
{
    if (slo->kind == SLO_TOTAL && tier->min_spent) {
        __int128 rate = (__int128)tier->rate_billionths * slo->allowance_billionths / 1000000000;
        __int128 spent = rate * slo->scale / 1000000000;
        int64_t bad = spent > INT64_MAX ? INT64_MAX : (int64_t)spent;
        return recent_bad_minutes(recent, tier->long_ms, bad > 0 ? bad : 1) >= tier->min_spent;
    }
    if ((__int128)ends->spent_good < (__int128)tier->min_spent * slo->scale)
        return false;
    return ends->units >= tier->min_units;
}

static bool is_early_tier(const struct slo_tier *tier)
{
    return tier->outage || tier->long_ms <= FRESH_MS;
}

static int64_t calm_needed(const struct slo_tier *tier)
{
    return 2 * tier->short_ms < CALM_MS ? 2 * tier->short_ms : CALM_MS;
}

static void evaluate_open(const struct slo *slo, const struct slo_tier *tier, const struct ends *brief,
                          bool holds, const struct burn_input *input, struct burn_tier_state *state,
                          struct burn_tier_result *result)
{
    bool restless = burn_at_least(slo, brief->units, brief->spent_bad, tier->rate_billionths, CALM_PERCENT);
    result->verdict = holds ? BURN_HOLDS : BURN_LINGERS;
    if (restless) {
        state->calm_ms = 0;
        if (!holds &&
            !burn_at_least(slo, brief->units, brief->spent_good, tier->rate_billionths, CALM_PERCENT))
            result->verdict = BURN_KEPT;
        return;
    }
    if (!state->calm_ms)
        state->calm_ms = input->now_ms;
    if (input->now_ms - state->calm_ms >= calm_needed(tier) && !input->maintenance) {
        *state = (struct burn_tier_state){0};
        result->verdict = BURN_QUIET;
    }
}

static void evaluate_closed(const struct slo *slo, const struct slo_tier *tier, bool holds,
                            const struct burn_input *input, int64_t born_ms, struct burn_tier_state *state,
                            struct burn_tier_result *result, const struct ends *lasting,
                            const struct ends *brief)
{
    if (holds && !enough(slo, tier, input->recent, lasting)) {
        result->verdict = BURN_INSUFFICIENT;
    } else if (holds && !input->first_start && !is_early_tier(tier) && input->now_ms - born_ms < FRESH_MS) {
        result->verdict = BURN_TOO_NEW;
    } else if (holds && !input->maintenance) {
        state->open_ms = input->now_ms;
        result->verdict = BURN_HOLDS;
    } else if (!holds && burn_at_least(slo, lasting->units, lasting->spent_bad, tier->rate_billionths, 100) &&
               burn_at_least(slo, brief->units, brief->spent_bad, tier->rate_billionths, 100)) {
        result->verdict = BURN_UNSURE;
    }
}

void burn_tier_evaluate(const struct slo *slo, size_t index, const struct burn_input *input, int64_t born_ms,
                        struct burn_tier_state *state, struct burn_tier_result *result)
{
    const struct slo_tier *tier = &slo->tiers[index];
    *result = (struct burn_tier_result){
        .long_window = recent_window(input->recent, tier->long_ms),
        .short_window = recent_window(input->recent, tier->short_ms),
        .verdict = BURN_QUIET,
    };
    struct ends lasting = ends_of(slo, &result->long_window);
    struct ends brief = ends_of(slo, &result->short_window);
    result->long_rate = burn_rate(slo, lasting.units, lasting.spent_good);
    result->short_rate = burn_rate(slo, brief.units, brief.spent_good);
    result->short_rate_worst = burn_rate(slo, brief.units, brief.spent_bad);
    bool holds = burn_at_least(slo, lasting.units, lasting.spent_good, tier->rate_billionths, 100) &&
                 burn_at_least(slo, brief.units, brief.spent_good, tier->rate_billionths, 100);
    if (input->health == HEALTH_BLIND)
        result->verdict = BURN_BLIND;
    else if (state->open_ms)
        evaluate_open(slo, tier, &brief, holds, input, state, result);
    else
        evaluate_closed(slo, tier, holds, input, born_ms, state, result, &lasting, &brief);
    if (result->verdict == BURN_BLIND)
        state->calm_ms = 0;
    result->open = state->open_ms != 0;
}
