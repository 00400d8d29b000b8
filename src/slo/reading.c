/* What a sample says, rounded to the SLO's scale, and which samples cannot be counted: NaN and Inf, numbers
 * below zero, native histograms, and numbers too large to be exact. A counter is exact up to 2^53 of its own
 * unit: beyond, a double has no room for one more. Money and scores are counted in millionths besides, and
 * int64 holds 9.2e12 of these; that of money is what it is converted to, too. */
#include "slo/ledger_steps.h"

#include <math.h>

#define LARGEST_EXACT 9007199254740992.0 /* 2^53 */
/* The largest double below 2^63. */
#define LARGEST_SCALED 9223372036854774784.0

/* Of a number from 0 to 2^63; llround without the call. */
static int64_t round_half_up(double v)
{
    int64_t whole = (int64_t)v;
    return whole + (v - (double)whole >= 0.5);
}

static enum sample_fault is_bad(enum ledger_note_code code, enum ledger_note_code *why)
{
    *why = code;
    return SAMPLE_BAD;
}

enum sample_fault reading_of(const struct ledger *ledger, const struct tally *tally,
                             const struct counted *child, const struct series *series, size_t i,
                             int64_t *value, enum ledger_note_code *why)
{
    double v = series->values[i];
    bool scaled = ledger->slo->terms[child->term].scaled;
    if (series->histograms && series->histograms[i])
        return is_bad(NOTE_HISTOGRAM, why);
    if (value_is_stale(v))
        return SAMPLE_STALE;
    if (!isfinite(v))
        return is_bad(NOTE_NOT_FINITE, why);
    if (v < 0)
        return is_bad(NOTE_NEGATIVE_SAMPLE, why);
    if (v > LARGEST_EXACT)
        return is_bad(NOTE_TOO_LARGE, why);
    if (scaled)
        v *= (double)ledger->slo->scale;
    if (v > LARGEST_SCALED)
        return is_bad(NOTE_TOO_LARGE, why);
    int64_t rounded = round_half_up(v);
    if (scaled && tally && tally->rates &&
        rates_convert(tally, minute_of(series->times_ms[i]), rounded) == INT64_MAX)
        return is_bad(NOTE_TOO_LARGE, why);
    *value = rounded;
    return SAMPLE_FINE;
}
