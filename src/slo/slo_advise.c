/* What `check` tells about an SLO that is well-formed: how soon it pages, tiers that nothing reaches,
 * counting that is only estimated, and who would be told. Times hold for steady traffic with enough units,
 * from a clean start, and leave out the evaluation interval. */
#include "base/buf.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "slo/slo_file.h"
#include "slo/slo_override.h"
#include "slo/slo_reader.h"
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
    __int128 worst = slo->kind == SLO_SCORE ? slo->range_max - slo->range_min : 1;
    __int128 rate =
        worst * bad_percents[failure] * (DECIMAL_ONE / 100) * DECIMAL_ONE / slo->allowance_billionths;
    return rate > INT64_MAX ? INT64_MAX : (int64_t)rate;
}

/* How long it takes until enough minutes are bad, the first at once. Of minutes every so-many-th is; each
 * minute of a total that burns at the tier's rate is a bad one. */
static int64_t time_for_minutes(const struct slo *slo, const struct slo_tier *tier, size_t failure)
{
    if (tier->min_spent <= 0 || (slo->kind != SLO_MINUTES && slo->kind != SLO_TOTAL))
        return 0;
    int64_t every = slo->kind == SLO_MINUTES ? 100 / bad_percents[failure] : 1;
    __int128 minutes = (__int128)(tier->min_spent - 1) * every + 1;
    return minutes < INT64_MAX / MINUTE_MS ? (int64_t)minutes * MINUTE_MS : INT64_MAX;
}

/* When the long window, filled with failure from its end, burns at the tier's rate; -1: never. */
static int64_t time_to_open(const struct slo *slo, const struct slo_tier *tier, size_t failure)
{
    int64_t rate = rate_of(slo, failure);
    if (rate < tier->rate_billionths)
        return -1;
    int64_t ms = (int64_t)((__int128)tier->long_ms * tier->rate_billionths / rate);
    int64_t least = time_for_minutes(slo, tier, failure);
    if (least > tier->long_ms) /* they are never all in the window */
        return -1;
    return ms > least ? ms : least;
}

static int64_t soonest(const struct slo *slo, size_t failure, bool page)
{
    int64_t first = -1;
    for (size_t i = 0; i < slo->n_tiers; i++) {
        int64_t ms = slo->tiers[i].page == page ? time_to_open(slo, &slo->tiers[i], failure) : -1;
        if (ms >= 0 && (first < 0 || ms < first))
            first = ms;
    }
    return first;
}

/* "after 4 min", "a ticket after 18 h", "never". */
static void print_time(const struct slo *slo, size_t failure, struct buf *out)
{
    int64_t page = soonest(slo, failure, true), ticket = soonest(slo, failure, false);
    int64_t ms = page >= 0 ? page : ticket;
    ms += ms >= 0 ? (MINUTE_MS - ms % MINUTE_MS) % MINUTE_MS : 0; /* scrapes and slots make it no finer */
    buf_puts(out, page >= 0 ? "after " : ticket >= 0 ? "a ticket after " : "never");
    if (ms >= 0)
        duration_print_human(ms, out);
}

/* Of scores, what so much of the worst means for the mean: "at 50 % bad (a mean of 3)". */
static void print_mean(const struct slo *slo, size_t failure, struct buf *out)
{
    int64_t range = (slo->range_max - slo->range_min) * DECIMAL_ONE;
    buf_puts(out, " (a mean of ");
    decimal_print(slo->range_max * DECIMAL_ONE - range / 100 * bad_percents[failure], out);
    buf_puts(out, ")");
}

static void print_failure(const struct slo *slo, size_t failure, struct buf *out)
{
    if (is_amount(slo))
        buf_printf(out, "at %g x the target ", spent_percents[failure] / 100.0);
    else
        buf_printf(out, "at %d %%%s", bad_percents[failure], failure ? "" : " bad");
    if (slo->kind == SLO_SCORE)
        print_mean(slo, failure, out);
    buf_puts(out, is_amount(slo) ? "" : " ");
    print_time(slo, failure, out);
}

/* NAME, or NAME where MATCH of an override. */
static void print_name(const struct slo *slo, const struct slo_override *override, struct buf *out)
{
    buf_add_text(out, slo->name);
    for (size_t i = 0; override && i < override->n_matchers; i++) {
        const struct matcher *m = &override->matchers[i];
        buf_printf(out, "%s%.*s%s\"%.*s\"", i ? ", " : " where ", TEXT_ARG(m->name), slo_match_op_text(m->op),
                   TEXT_ARG(m->value));
    }
}

static void warn_of_slow_pages(const struct slo *slo, const struct slo_override *override,
                               struct findings *findings)
{
    int64_t total = soonest(slo, 0, true);
    struct buf name, time;
    if (total >= 0 && total <= SLOW_PAGE_MS)
        return;
    buf_init(&name, MESSAGE_MAX);
    buf_init(&time, MESSAGE_MAX);
    print_name(slo, override, &name);
    if (total >= 0)
        duration_print_human(total, &time);
    finding_add(findings, FINDING_WARNING, "slo/time-to-page", slo->file.at,
                override ? override->pos : slo->pos,
                total < 0 ? "%s never pages, not even on a total failure%s"
                          : "%s pages only %s after a total failure",
                buf_cstring(&name), buf_cstring(&time));
    finding_hint(findings, "leave the outage tier as it is: it sees a total failure within 5 minutes");
    buf_finish(&name);
    buf_finish(&time);
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
    buf_finish(&times);
}

/* What only tiers that somebody changed can have. */
static void warn_of_odd_tiers(const struct slo *slo, struct source_pos pos, struct findings *findings)
{
    for (size_t i = 0; i < slo->n_tiers; i++) {
        const struct slo_tier *tier = &slo->tiers[i];
        struct buf rate;
        buf_init(&rate, MESSAGE_MAX);
        decimal_print(tier->rate_billionths, &rate);
        if (tier->rate_billionths < DECIMAL_ONE)
            finding_add(findings, FINDING_WARNING, "slo/tiers", slo->file.at, pos,
                        "%.*s: tier %.*s opens at a burn rate of %s: under 1 the objective is met",
                        TEXT_ARG(slo->name), TEXT_ARG(tier->name), buf_cstring(&rate));
        if (tier->long_ms > slo->windows[0].length_ms)
            finding_add(findings, FINDING_WARNING, "slo/tiers", slo->file.at, pos,
                        "%.*s: tier %.*s looks back further than the window, %.*s", TEXT_ARG(slo->name),
                        TEXT_ARG(tier->name), TEXT_ARG(slo->windows[0].name));
        buf_finish(&rate);
    }
}

static void tell_unreachable(const struct slo *slo, struct source_pos pos, struct findings *findings)
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
        finding_add(findings, FINDING_WARNING, "slo/tiers", slo->file.at, pos,
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

static void warn_of_early_credit(const struct slo *slo, struct findings *findings)
{
    if (!slo->n_sla || slo->sla[0].below <= slo->target_billionths)
        return;
    finding_add(findings, FINDING_WARNING, "slo/sla", slo->file.at, slo->pos,
                "%.*s: a credit is owed while the objective %.*s is still met", TEXT_ARG(slo->name),
                TEXT_ARG(slo->objective));
    finding_hint(findings, "an objective is mostly as strict as the contract, or stricter");
}

void slo_advise(const struct slo *slo, struct findings *findings)
{
    tell_times(slo, findings);
    warn_of_slow_pages(slo, NULL, findings);
    tell_unreachable(slo, slo->pos, findings);
    warn_of_odd_tiers(slo, slo->pos, findings);
    for (size_t i = 0; i < slo->n_overrides; i++) {
        const struct slo_override *override = &slo->overrides[i];
        warn_of_slow_pages(override->slo, override, findings);
        tell_unreachable(override->slo, override->pos, findings);
        warn_of_odd_tiers(override->slo, override->pos, findings);
    }
    tell_estimates(slo, findings);
    slo_advise_selectors(slo, findings);
    warn_of_early_credit(slo, findings);
    if (!slo->owner.len)
        finding_add(findings, FINDING_WARNING, "slo/owner", slo->file.at, slo->pos,
                    "%.*s has no owner: nobody in particular is told", TEXT_ARG(slo->name));
    if (!slo->runbook.len)
        finding_add(findings, FINDING_INFO, "slo/runbook", slo->file.at, slo->pos, "%.*s has no runbook",
                    TEXT_ARG(slo->name));
}
