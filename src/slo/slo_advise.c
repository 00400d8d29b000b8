/* What `check` tells about an SLO that is well-formed: how soon it pages, tiers that nothing reaches,
 * counting that is only estimated, and who would be told. Times hold for steady traffic with enough units,
 * from a clean start, and leave out the evaluation interval. */
#include "base/buf.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "slo/slo_file.h"
#include "slo/tiers.h"

enum { MESSAGE_MAX = 2000, FAILURES = 4 };

#define SLOW_PAGE_MS (5 * MINUTE_MS)

/* Of events: percent of units that are bad. Of amounts: percent of the target that is spent. */
static const int bad_percents[FAILURES] = {100, 50, 20, 10};
static const int spent_percents[FAILURES] = {500, 300, 200, 150};

static bool is_amount(const struct slo *slo)
{
    return slo->kind == SLO_MEAN || slo->kind == SLO_TOTAL;
}

/* The burn rate x 10^9 of such a failure. */
static int64_t rate_of(const struct slo *slo, size_t failure)
{
    if (is_amount(slo))
        return spent_percents[failure] * (DECIMAL_ONE / 100);
    __int128 worst = slo->kind == SLO_SCORE ? slo->range_max : 1;
    __int128 rate =
        worst * bad_percents[failure] * (DECIMAL_ONE / 100) * DECIMAL_ONE / slo->allowance_billionths;
    return rate > INT64_MAX ? INT64_MAX : (int64_t)rate;
}

/* When the long window, filled with failure from its end, burns at the tier's rate; -1: never. */
static int64_t time_to_open(const struct slo *slo, const struct slo_tier *tier, int64_t rate)
{
    if (rate < tier->rate_billionths)
        return -1;
    int64_t ms = (int64_t)((__int128)tier->long_ms * tier->rate_billionths / rate);
    int64_t least = slo->kind == SLO_MINUTES || slo->kind == SLO_TOTAL ? tier->min_spent * MINUTE_MS : 0;
    return ms > least ? ms : least;
}

static int64_t soonest(const struct slo *slo, int64_t rate, bool page)
{
    int64_t first = -1;
    for (size_t i = 0; i < slo->n_tiers; i++) {
        int64_t ms = slo->tiers[i].page == page ? time_to_open(slo, &slo->tiers[i], rate) : -1;
        if (ms >= 0 && (first < 0 || ms < first))
            first = ms;
    }
    return first;
}

static void print_failure(const struct slo *slo, size_t failure, struct buf *out)
{
    int64_t rate = rate_of(slo, failure);
    int64_t page = soonest(slo, rate, true), ticket = soonest(slo, rate, false);
    if (is_amount(slo))
        buf_printf(out, "at %g x the target ", spent_percents[failure] / 100.0);
    else
        buf_printf(out, "at %d %% bad ", bad_percents[failure]);
    int64_t ms = page >= 0 ? page : ticket;
    ms += ms >= 0 ? (MINUTE_MS - ms % MINUTE_MS) % MINUTE_MS : 0; /* scrapes and slots make it no finer */
    buf_puts(out, page >= 0 ? "after " : ticket >= 0 ? "a ticket after " : "nothing");
    if (ms >= 0)
        duration_print_human(ms, out);
}

static void tell_times(const struct slo *slo, struct findings *findings)
{
    struct buf times;
    buf_init(&times, MESSAGE_MAX);
    for (size_t i = 0; i < FAILURES; i++) {
        buf_puts(&times, i ? ", " : "");
        print_failure(slo, i, &times);
    }
    finding_add(findings, FINDING_INFO, "slo/time-to-page", slo->file.at, slo->pos, "%.*s pages %s",
                TEXT_ARG(slo->name), buf_cstring(&times));
    int64_t total = soonest(slo, rate_of(slo, 0), true);
    buf_clear(&times);
    if (total >= 0)
        duration_print_human(total, &times);
    if (total < 0)
        finding_add(findings, FINDING_WARNING, "slo/time-to-page", slo->file.at, slo->pos,
                    "%.*s never pages, not even on a total failure", TEXT_ARG(slo->name));
    else if (total > SLOW_PAGE_MS)
        finding_add(findings, FINDING_WARNING, "slo/time-to-page", slo->file.at, slo->pos,
                    "%.*s pages only %s after a total failure", TEXT_ARG(slo->name), buf_cstring(&times));
    if (total < 0 || total > SLOW_PAGE_MS)
        finding_hint(findings, "leave the outage tier as it is: it sees a total failure within 5 minutes");
    buf_finish(&times);
}

static void tell_unreachable(const struct slo *slo, struct findings *findings)
{
    int64_t limit = slo_rate_limit(slo);
    for (size_t i = 0; i < slo->n_tiers; i++) {
        if (slo->tiers[i].rate_billionths <= limit)
            continue;
        struct buf rates;
        buf_init(&rates, MESSAGE_MAX);
        decimal_print(slo->tiers[i].rate_billionths, &rates);
        buf_puts(&rates, ", the burn rate is at most ");
        decimal_print(limit, &rates);
        finding_add(findings, FINDING_WARNING, "slo/tiers", slo->file.at, slo->pos,
                    "%.*s: tier %.*s can never be reached: it needs %s", TEXT_ARG(slo->name),
                    TEXT_ARG(slo->tiers[i].name), buf_cstring(&rates));
        buf_finish(&rates);
    }
}

static void tell_estimates(const struct slo *slo, struct findings *findings)
{
    if (!slo->n_expressions || slo->kind == SLO_MINUTES)
        return;
    finding_add(findings, FINDING_INFO, "slo/estimated", slo->file.at, slo->expressions[0].pos,
                "%.*s is estimated once a minute, not counted", TEXT_ARG(slo->name));
    finding_hint(findings,
                 "sums of rate or increase over [$window], or plain selectors, are counted exactly");
}

void slo_advise(const struct slo *slo, struct findings *findings)
{
    tell_times(slo, findings);
    tell_unreachable(slo, findings);
    tell_estimates(slo, findings);
    if (!slo->owner.len)
        finding_add(findings, FINDING_WARNING, "slo/owner", slo->file.at, slo->pos,
                    "%.*s has no owner: nobody in particular is told", TEXT_ARG(slo->name));
    if (!slo->runbook.len)
        finding_add(findings, FINDING_INFO, "slo/runbook", slo->file.at, slo->pos, "%.*s has no runbook",
                    TEXT_ARG(slo->name));
}
