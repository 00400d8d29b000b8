/* What the source's answer says about a service: blind, down, idle, misconfigured, or seen. */
#include "slo/ledger_steps.h"

static const char *const HEALTH_TEXT[] = {
    [HEALTH_SEEN] = "seen",
    [HEALTH_BLIND] = "blind",
    [HEALTH_DOWN] = "down",
    [HEALTH_IDLE] = "idle",
    [HEALTH_MISCONFIGURED] = "misconfigured",
};

const char *ledger_health_text(enum ledger_health health)
{
    return HEALTH_TEXT[health];
}

static bool is_live(const struct ledger *ledger, const struct target *target)
{
    const struct pulse *p = &target->now;
    return p->good_ms && p->up != 0 && ledger->head.answered_ms - p->good_ms <= pulse_limit(p);
}

static bool any_series_live(const struct ledger *ledger)
{
    int64_t since_ms = ledger->head.answered_ms - LEDGER_EXPECT_MS;
    if (ledger->slo->n_expressions)
        return true;
    for (size_t i = 0; i < ledger->counted.len; i++)
        if (ledger->counted.at[i].now.last_ms > since_ms)
            return true;
    return false;
}

/* Has a selector that the objective needs never given a series, while another has? Then what is counted is
 * not what was meant: a cost without its sum would look free. Of events one of those that count units is
 * enough, since what is bad (or good) may not have happened yet. */
static bool lacks_term(const struct ledger *ledger)
{
    const struct slo *slo = ledger->slo;
    uint64_t wanted = 0;
    uint64_t had = 0;
    if (slo->kind == SLO_TOTAL || slo->n_terms > 63)
        return false;
    for (size_t i = 0; i < slo->n_terms; i++)
        if (slo->kind != SLO_EVENTS || slo->terms[i].role == SLO_UNITS)
            wanted |= UINT64_C(1) << i;
    for (size_t i = 0; i < ledger->counted.len; i++)
        had |= UINT64_C(1) << ledger->counted.at[i].term;
    return had && (slo->kind == SLO_EVENTS ? !(had & wanted) : (had & wanted) != wanted);
}

/* Have queries come for a while that no bucket of their histogram judges, and no others? */
static bool lacks_buckets(const struct ledger *ledger)
{
    return ledger->unjudged_ms && ledger->unjudged_ms - ledger->judged_ms > LEDGER_EXPECT_MS;
}

/* Money is counted, and there is no exchange rate for it. */
static bool lacks_rate(const struct ledger *ledger)
{
    return ledger->slo->exchange.series &&
           ledger_rate_at(ledger, ledger->head.answered_ms).state >= RATE_TOO_OLD;
}

static int64_t first_ms(const struct ledger_head *head)
{
    return head->first_minute < INT64_MAX ? head->first_minute * MINUTE_MS : head->answered_ms;
}

/* Targets that are live give "seen" or "idle" since the first of them came up; targets known in the last hour
 * and none live give "down" since the last scrape that worked, or since a source that was blind answers
 * again: a Prometheus that has just started has scraped nothing yet. */
static enum ledger_health judge(const struct ledger *ledger, int64_t *since_ms)
{
    const struct ledger_head *head = &ledger->head;
    int64_t up_since_ms = INT64_MAX;
    int64_t last_good_ms = 0;
    bool known = false;
    for (size_t i = 0; i < ledger->targets.len; i++) {
        const struct target *t = &ledger->targets.at[i];
        known |= t->now.any_ms && head->answered_ms - t->now.any_ms <= LEDGER_GONE_MS;
        if (t->now.good_ms > last_good_ms)
            last_good_ms = t->now.good_ms;
        if (is_live(ledger, t) && t->now.chain_ms < up_since_ms)
            up_since_ms = t->now.chain_ms;
    }
    if (known && up_since_ms == INT64_MAX) {
        *since_ms = last_good_ms ? last_good_ms : first_ms(head);
        if (*since_ms < head->blind_to_ms)
            *since_ms = head->blind_to_ms;
        return HEALTH_DOWN;
    }
    *since_ms = up_since_ms < INT64_MAX ? up_since_ms : head->answered_ms;
    if (ledger->uncounted.since_ms)
        *since_ms = ledger->uncounted.since_ms;
    if (!head->matched || lacks_term(ledger) || lacks_buckets(ledger) || lacks_rate(ledger) ||
        ledger->uncounted.since_ms)
        return HEALTH_MISCONFIGURED;
    return any_series_live(ledger) ? HEALTH_SEEN : HEALTH_IDLE;
}

void health_judge(struct ledger *ledger)
{
    ledger->health = judge(ledger, &ledger->health_since_ms);
    ledger->judged = true;
}

enum ledger_health ledger_health_at(const struct ledger *ledger, int64_t now_ms, int64_t *since_ms)
{
    const struct ledger_head *head = &ledger->head;
    if (head->blind_since_ms || !head->answered_ms) {
        *since_ms = head->blind_since_ms ? head->blind_since_ms : now_ms;
        return HEALTH_BLIND;
    }
    if (!ledger->judged)
        return judge(ledger, since_ms);
    *since_ms = ledger->health_since_ms;
    return ledger->health;
}
