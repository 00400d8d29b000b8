/* The first sample of a child: does it count from zero, or is it only where counting begins?
 *
 * - A start timestamp, where there is one, decides: from zero if the counter began after the target's scrape
 * before, or, of a new target, within two scrapes.
 * - The target restarted since the scrape before: from zero.
 * - The target was sampled at the scrape before: from zero, so that the first error is not lost; unless
 * another child of the same metric vanished in the same scrape, for then it is the same counter under a new
 * name.
 * - The target was silent for longer: from the first sample.
 * - The target is new: from zero if its process started within two scrapes. */
#include "slo/ledger_steps.h"

static bool fell(struct ledger *ledger, const struct counted *sibling, int64_t before_ms, int64_t at_ms)
{
    int64_t before;
    int64_t after;
    return counted_value_at(ledger, sibling, before_ms, &before) &&
           counted_value_at(ledger, sibling, at_ms, &after) && after < before;
}

static bool restarted(struct ledger *ledger, const struct counted *child, int64_t before_ms, int64_t at_ms)
{
    if (target_process_start(&ledger->targets.at[child->target], at_ms) > before_ms)
        return true;
    for (size_t i = 0; i < ledger->counted.len; i++) {
        const struct counted *sibling = &ledger->counted.at[i];
        if (sibling->target == child->target && sibling != child && fell(ledger, sibling, before_ms, at_ms))
            return true;
    }
    return false;
}

static bool sibling_vanished(struct ledger *ledger, const struct counted *child, int64_t before_ms,
                             int64_t at_ms)
{
    for (size_t i = 0; i < ledger->counted.len; i++) {
        const struct counted *sibling = &ledger->counted.at[i];
        int64_t value;
        if (sibling->target == child->target && sibling->metric == child->metric && sibling != child &&
            counted_value_at(ledger, sibling, before_ms, &value) &&
            !counted_value_at(ledger, sibling, at_ms, &value))
            return true;
    }
    return false;
}

static int64_t two_scrapes(const struct target *target)
{
    return 2 * (target->settled.interval_ms ? target->settled.interval_ms : LEDGER_INTERVAL_MS);
}

struct birth child_birth(struct ledger *ledger, const struct counted *child, int64_t at_ms, int64_t start_ms)
{
    struct target *target = &ledger->targets.at[child->target];
    struct scrape_before before = target_scrape_before(target, at_ms);
    if (!before.at_ms) {
        int64_t born_ms = start_ms ? start_ms : target_process_start(target, at_ms);
        bool young = born_ms && born_ms <= at_ms && born_ms >= at_ms - two_scrapes(target);
        return (struct birth){young, born_ms};
    }
    if (start_ms)
        return (struct birth){start_ms > before.at_ms && start_ms <= at_ms, before.at_ms};
    if (restarted(ledger, child, before.at_ms, at_ms))
        return (struct birth){true, before.at_ms};
    if (at_ms - before.at_ms > before.limit_ms)
        return (struct birth){false, 0};
    if (!sibling_vanished(ledger, child, before.at_ms, at_ms))
        return (struct birth){true, before.at_ms};
    ledger_note_at(ledger, NOTE_RELABELLED, at_ms, child->labels);
    return (struct birth){false, 0};
}
