/* The exchange rate of each minute, where `currency:` names a series: the newest sample at or before the
 * minute's end, if it is at most max_age old. The newest one up to the horizon is remembered with the counted
 * series, so that a restart goes on with it; what lies behind it comes with each batch.
 *
 * A sample that is NaN, infinite or not above zero is no rate: it is left out and told, and the one before
 * goes on. Two series at once (other than replicas and targets of one) are no rate either: which of them the
 * contract means is not ours to guess. Such a minute has rate 0: it is unseen, never free. */
#include "slo/ledger_steps.h"

#include "base/decimal.h"

#include <math.h>
#include <stdlib.h>

struct rate_sample {
    int64_t at_ms;
    int64_t billionths;
    const struct labels *labels;
    const struct labels *kin; /* without replica and target: those of one kin are one series */
};

struct rate_samples {
    struct rate_sample *at;
    size_t len;
    bool several; /* kins */
};

/* False for what cannot be a rate. */
static bool to_billionths(double rate, int64_t *billionths)
{
    double v = rate * (double)DECIMAL_ONE;
    if (!isfinite(v) || v < 0.5 || v >= (double)INT64_MAX)
        return false;
    *billionths = (int64_t)llround(v);
    return true;
}

static const struct labels *kin_of(struct ledger *ledger, const struct labels *labels)
{
    const struct symbol *replica;
    struct label drop[SLO_TARGET_MAX];
    labels = labels_without_replica(ledger->table, &ledger->replica_names, labels, &replica);
    for (size_t i = 0; i < ledger->n_target; i++)
        drop[i] = (struct label){ledger->target[i], symbol_intern(ledger->table, TEXT(""))};
    return labels_merge(ledger->table, labels, drop, ledger->n_target);
}

static void add_series(struct ledger *ledger, const struct tally *tally, const struct series *series,
                       struct rate_samples *samples)
{
    struct rate_sample sample = {.labels = series->labels, .kin = kin_of(ledger, series->labels)};
    for (size_t i = 0; i < series->len; i++) {
        sample.at_ms = series->times_ms[i];
        if (value_is_stale(series->values[i]) || sample.at_ms > tally->to_ms)
            continue;
        bool histogram = series->histograms && series->histograms[i];
        if (!histogram && to_billionths(series->values[i], &sample.billionths))
            samples->at[samples->len++] = sample;
        else if (sample.at_ms > tally->horizon_ms && sample.at_ms <= tally->settle_ms)
            ledger_note_at(ledger, NOTE_NO_RATE, sample.at_ms, series->labels);
    }
}

/* By time; of one moment the higher rate comes last, and so holds. */
static int compare(const void *a, const void *b)
{
    const struct rate_sample *x = a, *y = b;
    if (x->at_ms != y->at_ms)
        return x->at_ms < y->at_ms ? -1 : 1;
    return (x->billionths > y->billionths) - (x->billionths < y->billionths);
}

static struct rate_samples gather(struct ledger *ledger, const struct ledger_batch *batch,
                                  const struct tally *tally)
{
    const struct series_set *sets[] = {batch->rates_before, batch->rates};
    struct rate_samples samples = {0};
    size_t most = 0;
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; sets[k] && i < sets[k]->len; i++)
            most += sets[k]->at[i].len;
    samples.at = ARENA_ARRAY(&ledger->scratch, struct rate_sample, most + 1);
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; sets[k] && i < sets[k]->len; i++)
            add_series(ledger, tally, &sets[k]->at[i], &samples);
    if (samples.len)
        qsort(samples.at, samples.len, sizeof *samples.at, compare);
    for (size_t i = 1; i < samples.len; i++)
        samples.several |= samples.at[i].kin != samples.at[0].kin;
    return samples;
}

/* Among the samples of the last 5 minutes, up to `end` (exclusive): do two kins give them by turns? One that
 * ended before the other began was its name until then. */
static bool by_turns(const struct rate_samples *samples, size_t end, int64_t end_ms)
{
    const struct labels *kin = samples->at[end - 1].kin;
    size_t begin = end;
    int64_t oldest_ms = INT64_MAX;
    while (begin > 0 && samples->at[begin - 1].at_ms > end_ms - LEDGER_EXPECT_MS) {
        begin--;
        if (samples->at[begin].kin == kin)
            oldest_ms = samples->at[begin].at_ms;
    }
    for (size_t i = begin; i < end; i++)
        if (samples->at[i].kin != kin && samples->at[i].at_ms >= oldest_ms)
            return true;
    return false;
}

static void keep_newest(struct known_rate *rate, const struct rate_samples *samples, int64_t until_ms)
{
    for (size_t i = samples->len; i-- > 0;) {
        const struct rate_sample *s = &samples->at[i];
        if (s->at_ms > until_ms)
            continue;
        if (s->at_ms >= rate->at_ms)
            *rate = (struct known_rate){s->labels, s->at_ms, s->billionths};
        return;
    }
}

void rates_find(struct ledger *ledger, const struct ledger_batch *batch, struct tally *tally)
{
    if (!ledger->slo->exchange.series)
        return;
    struct rate_samples samples = gather(ledger, batch, tally);
    int64_t max_age_ms = ledger->slo->exchange.max_age_ms;
    tally->rates = ARENA_ARRAY_ZERO(&ledger->scratch, int64_t, (size_t)(tally->end - tally->base) + 1);
    size_t n = 0; /* samples up to the minute's end */
    for (int64_t minute = tally->base; minute < tally->end; minute++) {
        int64_t end_ms = (minute + 1) * MINUTE_MS;
        while (n < samples.len && samples.at[n].at_ms <= end_ms)
            n++;
        struct known_rate rate = ledger->rate;
        if (n && samples.at[n - 1].at_ms >= rate.at_ms)
            rate = (struct known_rate){NULL, samples.at[n - 1].at_ms, samples.at[n - 1].billionths};
        ledger->several_rates = samples.several && n && by_turns(&samples, n, end_ms);
        if (ledger->several_rates && minute < tally->settle)
            ledger_note_at(ledger, NOTE_SEVERAL_RATES, end_ms, samples.at[n - 1].labels);
        bool in_force = rate.at_ms && rate.at_ms <= end_ms && end_ms - rate.at_ms <= max_age_ms;
        if (in_force && !ledger->several_rates)
            tally->rates[minute - tally->base] = rate.billionths;
    }
    ledger->rate_now = ledger->rate;
    keep_newest(&ledger->rate_now, &samples, INT64_MAX);
    keep_newest(&ledger->rate, &samples, tally->settle_ms);
}

bool rates_lack(const struct tally *tally, int64_t minute)
{
    if (!tally->rates)
        return false;
    int64_t i = minute - tally->base;
    return tally->rates[i < 0 ? 0 : i] == 0;
}

int64_t rates_convert(const struct tally *tally, int64_t minute, int64_t reading)
{
    int64_t i = minute - tally->base;
    __int128 converted = (__int128)reading * tally->rates[i < 0 ? 0 : i] / DECIMAL_ONE;
    return converted > INT64_MAX ? INT64_MAX : (int64_t)converted;
}

int64_t ledger_rates_wanted_from_ms(const struct ledger *ledger, int64_t from_ms)
{
    bool goes_on = ledger->rate.at_ms && from_ms <= ledger->head.horizon_ms;
    return goes_on ? from_ms : from_ms - ledger->slo->exchange.max_age_ms;
}

struct ledger_rate ledger_rate_at(const struct ledger *ledger, int64_t now_ms)
{
    struct ledger_rate rate = {.billionths = ledger->rate_now.billionths,
                               .at_ms = ledger->rate_now.at_ms,
                               .labels = ledger->rate_now.labels};
    rate.state = ledger->several_rates ? RATE_SEVERAL : slo_rate_state(ledger->slo, rate.at_ms, now_ms);
    return rate;
}

enum rate_state slo_rate_state(const struct slo *slo, int64_t at_ms, int64_t now_ms)
{
    if (!at_ms)
        return RATE_UNKNOWN;
    if (now_ms - at_ms > slo->exchange.max_age_ms)
        return RATE_TOO_OLD;
    return now_ms - at_ms > LEDGER_EXPECT_MS ? RATE_LAST_KNOWN : RATE_IN_FORCE;
}

const char *rate_state_text(enum rate_state state)
{
    static const char *const texts[] = {
        [RATE_IN_FORCE] = "in force", [RATE_LAST_KNOWN] = "last known", [RATE_TOO_OLD] = "too old",
        [RATE_UNKNOWN] = "unknown",   [RATE_SEVERAL] = "several",
    };
    return texts[state];
}
