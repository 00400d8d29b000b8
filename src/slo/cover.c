/* Expected and seen, minute by minute and target by target. A target is expected for 5 minutes after any
 * sample of it (through a time in which the source itself was blind; for an hour where all targets are gone);
 * it is seen in a minute that lies whole within a chain of scrapes without a silence of more than 2.5 of
 * them. */
#include "slo/ledger_steps.h"

static int64_t ceil_minute(int64_t ms)
{
    return ms >= 0 ? (ms + MINUTE_MS - 1) / MINUTE_MS : -(-ms / MINUTE_MS);
}

struct span_marker {
    struct tally *tally;
    int64_t reach_ms; /* how long after a sample */
    int64_t done_ms;  /* minutes that start up to here are marked */
    bool gone;        /* marks cover.gone, else cover.expected */
};

/* Marks the minutes that start in [at, at + reach], each once. */
static void mark_span(struct span_marker *marker, int64_t at_ms, int64_t end_ms)
{
    struct tally *tally = marker->tally;
    int64_t from = ceil_minute(at_ms > marker->done_ms ? at_ms : marker->done_ms + 1);
    int64_t to = end_ms / MINUTE_MS;
    if (from < tally->base)
        from = tally->base;
    for (int64_t m = from; m <= to && m < tally->end; m++) {
        struct cover *cover = &tally->cover[m - tally->base];
        *(marker->gone ? &cover->gone : &cover->expected) += 1;
    }
    if (end_ms > marker->done_ms)
        marker->done_ms = end_ms;
}

static void mark_expected(const struct ledger *ledger, const struct target *target, struct tally *tally,
                          bool gone)
{
    struct span_marker marker = {tally, gone ? LEDGER_GONE_MS : LEDGER_EXPECT_MS, INT64_MIN + 1, gone};
    const struct ledger_head *head = &ledger->head;
    for (size_t i = 0; i <= target->n_any; i++) {
        int64_t at_ms = i ? target->any[i - 1] : target->settled.any_ms;
        if (!at_ms)
            continue;
        int64_t end_ms = at_ms + marker.reach_ms;
        if (head->blind_from_ms && at_ms <= head->blind_to_ms && end_ms >= head->blind_from_ms &&
            end_ms < head->blind_to_ms)
            end_ms = head->blind_to_ms;
        mark_span(&marker, at_ms, end_ms);
    }
}

static void mark_seen(struct tally *tally, int64_t from_ms, int64_t to_ms)
{
    int64_t m = ceil_minute(from_ms);
    for (m = m < tally->base ? tally->base : m; m < tally->end && (m + 1) * MINUTE_MS <= to_ms; m++)
        tally->cover[m - tally->base].seen++;
}

/* A chain that ends in an open minute may go on: it counts as unbroken to the end of the minute that holds
 * the newest sample. What is sealed is judged by what followed. */
static void mark_last_chain(struct tally *tally, const struct pulse *pulse)
{
    int64_t to_ms = pulse->good_ms;
    if (to_ms >= tally->settle_ms && tally->newest_ms - to_ms <= pulse_limit(pulse))
        to_ms = (minute_of(tally->newest_ms) + 1) * MINUTE_MS;
    mark_seen(tally, pulse->chain_ms, to_ms);
}

static const struct symbol *replica_at(const struct target *target, int64_t at_ms,
                                       const struct symbol *otherwise)
{
    for (size_t i = 0; i < target->n_stretches; i++)
        if (at_ms > target->stretches[i].from_ms && at_ms <= target->stretches[i].to_ms)
            return target->stretches[i].replica;
    return otherwise;
}

static int32_t up_at(const struct target *target, int64_t at_ms)
{
    int32_t up = target->settled.up;
    int64_t best_ms = INT64_MIN;
    for (const struct feed_input *in = target->up; in; in = in->next) {
        const struct series *series = in->series;
        for (size_t i = series->len; i-- > 0;) {
            if (series->times_ms[i] > at_ms || value_is_stale(series->values[i]))
                continue;
            if (series->times_ms[i] > best_ms) {
                best_ms = series->times_ms[i];
                up = series->values[i] > 0;
            }
            break;
        }
    }
    return up;
}

static int64_t any_at(const struct target *target, int64_t at_ms)
{
    int64_t any_ms = target->settled.any_ms;
    for (size_t i = 0; i < target->n_any && target->any[i] <= at_ms; i++)
        any_ms = target->any[i];
    return any_ms;
}

static void complete(const struct target *target, struct pulse *pulse, int64_t at_ms)
{
    pulse->any_ms = any_at(target, at_ms);
    pulse->up = up_at(target, at_ms);
    pulse->replica = replica_at(target, pulse->good_ms, target->settled.replica);
    pulse->process_start_ms = target_process_start(target, at_ms);
}

static void cover_target(struct ledger *ledger, struct target *target, struct tally *tally)
{
    struct pulse pulse = target->settled;
    struct pulse settled = pulse;
    mark_expected(ledger, target, tally, false);
    mark_expected(ledger, target, tally, true);
    for (size_t i = 0; i < target->n_good; i++) {
        int64_t t = target->good[i];
        if (pulse.good_ms && t - pulse.good_ms > pulse_limit(&pulse))
            mark_seen(tally, pulse.chain_ms, pulse.good_ms);
        pulse_beat(&pulse, t);
        if (t <= tally->settle_ms)
            settled = pulse;
        int64_t m = minute_of(t);
        if (m >= tally->base && m < tally->end)
            tally->cover[m - tally->base].good = true;
    }
    if (pulse.good_ms)
        mark_last_chain(tally, &pulse);
    complete(target, &pulse, INT64_MAX);
    complete(target, &settled, tally->settle_ms);
    target->now = pulse;
    target->settled = settled;
}

void targets_cover(struct ledger *ledger, struct tally *tally)
{
    for (size_t i = 0; i < ledger->targets.len; i++)
        cover_target(ledger, &ledger->targets.at[i], tally);
    for (int64_t m = 0; m < tally->end - tally->base; m++) {
        struct cover *cover = &tally->cover[m];
        if (!cover->expected)
            cover->expected = cover->gone;
        if (cover->expected < cover->seen)
            cover->expected = cover->seen;
    }
}
