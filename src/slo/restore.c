/* A ledger made anew from what the store holds, as of its horizon. Nothing open is restored: the next take
 * counts it again. */
#include "slo/ledger_restore.h"
#include "slo/ledger_steps.h"
#include "slo/slo_override.h"

static int64_t longest_tier(const struct slo *slo)
{
    int64_t longest = 0;
    for (size_t i = 0; i < slo->n_tiers; i++)
        if (slo->tiers[i].long_ms > longest)
            longest = slo->tiers[i].long_ms;
    return longest;
}

int64_t ledger_recall_ms(const struct ledger *ledger)
{
    int64_t longest = longest_tier(ledger->slo);
    for (size_t i = 0; i < ledger->slo->n_overrides; i++) {
        int64_t other = longest_tier(ledger->slo->overrides[i].slo);
        longest = other > longest ? other : longest;
    }
    return longest + longest / 16 + 2 * HOUR_MS;
}

void ledger_restore_head(struct ledger *ledger, const struct ledger_head *head)
{
    ledger->head = *head;
    ledger->blind_told = head->answered_ms ? minute_of(head->answered_ms) : 0;
}

void ledger_restore_group(struct ledger *ledger, const struct labels *labels, int64_t first_minute)
{
    ledger_group_seen(ledger, ledger_add_group(ledger, labels), first_minute);
    ledger->told_groups = (uint32_t)ledger->groups.len;
}

void ledger_restore_target(struct ledger *ledger, const struct ledger_target *target)
{
    /* one of the time before `target:` was changed says nothing about those of now */
    if (ledger_target_labels(ledger, target->labels) != target->labels)
        return;
    uint32_t place = ledger_target_of(ledger, target->labels);
    struct target *t = &ledger->targets.at[place];
    t->settled = (struct pulse){
        .replica = target->replica.len ? symbol_intern(ledger->table, target->replica) : NULL,
        .any_ms = target->any_ms,
        .good_ms = target->good_ms,
        .chain_ms = target->chain_ms,
        .interval_ms = target->interval_ms,
        .process_start_ms = target->process_start_ms,
        .odd = target->odd,
        .up = target->up,
    };
    t->now = t->settled;
}

void ledger_restore_series(struct ledger *ledger, const struct ledger_series *series)
{
    if (series->term == ledger->slo->n_terms && series->last_ms > ledger->rate.at_ms)
        ledger->rate = ledger->rate_now = (struct known_rate){series->labels, series->last_ms, series->value};
    if (series->term >= ledger->slo->n_terms)
        return;
    uint32_t place = ledger_counted_of(ledger, series->term, series->labels);
    struct counted *c = &ledger->counted.at[place];
    c->settled = (struct reading){series->last_ms, series->value, series->start_ms, series->peak};
    c->now = c->origin = c->settled;
}

void ledger_restore_minute(struct ledger *ledger, uint32_t group, const struct minute *minute)
{
    int64_t next = ledger->head.horizon_ms / MINUTE_MS;
    if (group >= ledger->groups.len || minute->minute >= next)
        return;
    struct ledger_group *g = &ledger->groups.at[group];
    struct minute burn = minute_in_burn(ledger, minute);
    recent_seal(g->recent, &burn);
    if (!group)
        ledger->last_expected = minute->expected; /* should the source be blind still */
    int64_t day = day_of_minute(next);
    if (g->day.day != day)
        day_stream_clear(&g->day, day);
    if (day_of_minute(minute->minute) == day && minute->minute > g->day.last.minute)
        day_stream_append(&g->day, minute);
}
