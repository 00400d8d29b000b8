/* The table of tiers and how it fits an SLO. For 30 days of events it is the SRE workbook's (table 5-8) with
 * an outage tier before it, which sees a total failure within minutes whatever the objective is. */
#include "slo/tiers.h"

#include "base/decimal.h"
#include "base/duration.h"

static const struct {
    const char *name;
    int64_t long_ms;
    int64_t short_ms;
    int64_t rate;         /* x 10^9, of events, percentiles and minutes */
    int64_t mean_rate;    /* of means and totals */
    int percent_of_limit; /* no default rate is above this share of what can be reached at all; 0: no such
                             bound */
    int severity;
    bool page;
    bool stretches; /* with the period */
} table[SLO_DEFAULT_TIERS] = {
    {"outage", 5 * MINUTE_MS, 2 * MINUTE_MS, 0, 3000000000, 0, 1, true, false},
    {"fast", HOUR_MS, 5 * MINUTE_MS, 14400000000, 3000000000, 60, 1, true, false},
    {"slow", 6 * HOUR_MS, 30 * MINUTE_MS, 6000000000, 2000000000, 30, 2, true, true},
    {"drift", DAY_MS, 2 * HOUR_MS, 3000000000, 1500000000, 18, 3, false, true},
    {"trend", 3 * DAY_MS, 6 * HOUR_MS, 1000000000, 1000000000, 0, 3, false, true},
};

enum {
    OUTAGE_PERCENT = 33, /* 40 would see half of 20 units a minute fail too late by chance, once in 50 */
    LOW_LIMIT = 24,
    OUTAGE_BAD = 20,
    OTHER_BAD = 10,
    MEAN_UNITS = 20,
    BAD_MINUTES = 3
};

#define NOMINAL_PERIOD_MS (30 * DAY_MS)
#define PAGE_SHORT_MS     (30 * MINUTE_MS)
#define SHORTEST_MS       (2 * MINUTE_MS)

/* a x b / c, rounded down, saturating */
static int64_t scaled(int64_t a, int64_t b, int64_t c)
{
    __int128 v = (__int128)a * b / c;
    return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

static int64_t at_most(int64_t v, int64_t limit)
{
    return v < limit ? v : limit;
}

static int64_t at_least(int64_t v, int64_t limit)
{
    return v > limit ? v : limit;
}

static bool is_amount(const struct slo *slo)
{
    return slo->kind == SLO_MEAN || slo->kind == SLO_TOTAL;
}

/* A share of the highest burn rate there is; INT64_MAX where there is none. */
static int64_t share_of_limit(const struct slo *slo, int percent)
{
    if (is_amount(slo))
        return INT64_MAX;
    int64_t worst = slo->kind == SLO_SCORE ? slo->range_max - slo->range_min : 1;
    return scaled(worst * (DECIMAL_ONE / 100) * percent, DECIMAL_ONE, slo->allowance_billionths);
}

int64_t slo_rate_limit(const struct slo *slo)
{
    return share_of_limit(slo, 100);
}

/* Events: 33 % of all units bad; where so much is nearly allowed, twice the allowance or half of what is left
 * above it. Scores: the mean nearer to the worst score than to its target. Means: three times the target. */
static int64_t outage_rate(const struct slo *slo)
{
    int64_t allowance = slo->allowance_billionths;
    if (is_amount(slo))
        return table[0].mean_rate;
    if (slo->kind == SLO_SCORE)
        return scaled(slo->range_max * DECIMAL_ONE -
                          (slo->target_billionths + slo->range_min * DECIMAL_ONE) / 2,
                      DECIMAL_ONE, allowance);
    int64_t share =
        at_least(OUTAGE_PERCENT * (DECIMAL_ONE / 100), at_most(2 * allowance, (DECIMAL_ONE + allowance) / 2));
    return scaled(share, DECIMAL_ONE, allowance);
}

static int64_t rate_of(const struct slo *slo, size_t i)
{
    int64_t rate = i == 0 ? outage_rate(slo) : is_amount(slo) ? table[i].mean_rate : table[i].rate;
    if (slo_rate_limit(slo) < LOW_LIMIT * DECIMAL_ONE && table[i].percent_of_limit)
        rate = at_most(rate, share_of_limit(slo, table[i].percent_of_limit));
    return at_least(rate, DECIMAL_ONE);
}

static void set_windows(struct slo_tier *tier, size_t i, int64_t period_ms)
{
    tier->long_ms = table[i].long_ms;
    tier->short_ms = table[i].short_ms;
    if (tier->outage)
        return;
    if (table[i].stretches && period_ms > NOMINAL_PERIOD_MS) {
        tier->long_ms = scaled(tier->long_ms, period_ms, NOMINAL_PERIOD_MS) / MINUTE_MS * MINUTE_MS;
        tier->short_ms = scaled(tier->short_ms, period_ms, NOMINAL_PERIOD_MS) / MINUTE_MS * MINUTE_MS;
        if (tier->page)
            tier->short_ms = at_most(tier->short_ms, PAGE_SHORT_MS);
    }
    int64_t half_gone_ms = scaled(period_ms / 2, DECIMAL_ONE, tier->rate_billionths);
    if (tier->long_ms > half_gone_ms) {
        tier->long_ms = at_least(half_gone_ms / MINUTE_MS * MINUTE_MS, 2 * SHORTEST_MS);
        tier->short_ms = at_least(tier->long_ms / 12 / MINUTE_MS * MINUTE_MS, SHORTEST_MS);
    }
}

static void set_minima(struct slo_tier *tier, enum slo_kind kind)
{
    switch (kind) {
    case SLO_EVENTS:
    case SLO_PERCENTILE:
        tier->min_spent = tier->outage ? OUTAGE_BAD : OTHER_BAD;
        break;
    case SLO_MEAN:
    case SLO_SCORE:
        tier->min_units = MEAN_UNITS;
        break;
    case SLO_MINUTES:
        tier->min_spent = BAD_MINUTES;
        break;
    case SLO_TOTAL:
        tier->min_spent = tier->outage ? BAD_MINUTES : 0;
        break;
    }
}

size_t slo_default_tiers(const struct slo *slo, struct slo_tier tiers[SLO_TIERS_MAX])
{
    for (size_t i = 0; i < SLO_DEFAULT_TIERS; i++) {
        tiers[i] = (struct slo_tier){.name = text_of(table[i].name),
                                     .rate_billionths = rate_of(slo, i),
                                     .severity = table[i].severity,
                                     .page = table[i].page,
                                     .outage = i == 0};
        set_windows(&tiers[i], i, slo->windows[0].length_ms);
        set_minima(&tiers[i], slo->kind);
    }
    return SLO_DEFAULT_TIERS;
}
