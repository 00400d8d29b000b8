/* The scrapes of each target in a batch: the times at which any of its series has a sample, per replica;
 * which replica is counted when. A scrape that failed (up = 0) shows that the target is expected, and no
 * more. */
#include "slo/ledger_steps.h"

enum { ODD_SPACINGS = 4, SMOOTHING = 8 };

#define UNKNOWN_LIMIT_MS (LEDGER_INTERVAL_MS * 5 / 2)

int64_t pulse_limit(const struct pulse *pulse)
{
    int64_t limit = pulse->interval_ms ? pulse->interval_ms * 5 / 2 : UNKNOWN_LIMIT_MS;
    return limit < LEDGER_EXPECT_MS ? limit : LEDGER_EXPECT_MS;
}

/* The interval follows the spacings slowly; spacings that do not fit (a missed scrape, a restart) are left
 * out until four in a row say that the interval itself has changed. */
static void learn_interval(struct pulse *pulse, int64_t spacing)
{
    if (spacing > LEDGER_EXPECT_MS)
        return;
    if (!pulse->interval_ms) {
        pulse->interval_ms = spacing;
        return;
    }
    if (spacing * 2 > pulse->interval_ms * 3 || spacing * 3 < pulse->interval_ms * 2) {
        if (++pulse->odd >= ODD_SPACINGS) {
            pulse->interval_ms = spacing;
            pulse->odd = 0;
        }
        return;
    }
    pulse->odd = 0;
    pulse->interval_ms += (spacing - pulse->interval_ms) / SMOOTHING;
}

void pulse_beat(struct pulse *pulse, int64_t at_ms)
{
    int64_t silence = at_ms - pulse->good_ms;
    if (!pulse->good_ms || silence > pulse_limit(pulse))
        pulse->chain_ms = at_ms;
    if (pulse->good_ms)
        learn_interval(pulse, silence);
    pulse->good_ms = at_ms;
    if (at_ms > pulse->any_ms)
        pulse->any_ms = at_ms;
}

/* A sorted set of times, and what a series adds to it. */
struct times {
    int64_t *at;
    size_t len;
};

static bool scraped(const struct series *series, size_t i, const struct tally *tally, int64_t after_ms)
{
    int64_t t = series->times_ms[i];
    return t > after_ms && t > tally->from_ms && t <= tally->to_ms && !value_is_stale(series->values[i]);
}

static struct times merge(struct arena *arena, struct times a, int64_t *b, size_t n)
{
    if (!a.len)
        return (struct times){b, n};
    if (a.len >= n && (n == 0 || memcmp(a.at + (a.len - n), b, n * sizeof *b) == 0))
        return a;
    struct times all = {ARENA_ARRAY(arena, int64_t, a.len + n), 0};
    for (size_t i = 0, k = 0; i < a.len || k < n;) {
        int64_t t = k == n || (i < a.len && a.at[i] <= b[k]) ? a.at[i] : b[k];
        while (i < a.len && a.at[i] == t)
            i++;
        while (k < n && b[k] == t)
            k++;
        all.at[all.len++] = t;
    }
    return all;
}

static struct scrapes *scrapes_of(struct ledger *ledger, struct target *target, const struct symbol *replica)
{
    for (struct scrapes *s = target->scrapes; s; s = s->next)
        if (s->replica == replica)
            return s;
    struct scrapes *made = ARENA_NEW(&ledger->scratch, struct scrapes);
    made->replica = replica;
    made->next = target->scrapes;
    target->scrapes = made;
    return made;
}

/* Adds the samples of one series; of `up`, only those that are 1 are scrapes that worked. */
static void scan_series(struct ledger *ledger, const struct tally *tally, struct target *target,
                        const struct feed_input *input, bool is_up)
{
    const struct series *series = input->series;
    int64_t after_ms = target->settled.any_ms ? ledger->head.horizon_ms : 0;
    int64_t *good = ARENA_ARRAY(&ledger->scratch, int64_t, series->len);
    int64_t *any = ARENA_ARRAY(&ledger->scratch, int64_t, series->len);
    size_t n_good = 0;
    size_t n_any = 0;
    for (size_t i = 0; i < series->len; i++) {
        if (!scraped(series, i, tally, after_ms) || (n_any && series->times_ms[i] <= any[n_any - 1]))
            continue;
        any[n_any++] = series->times_ms[i];
        if (!is_up || series->values[i] > 0)
            good[n_good++] = series->times_ms[i];
    }
    struct scrapes *s = scrapes_of(ledger, target, input->replica);
    struct times all = merge(&ledger->scratch, (struct times){s->good, s->n_good}, good, n_good);
    s->good = all.at;
    s->n_good = all.len;
    all = merge(&ledger->scratch, (struct times){s->any, s->n_any}, any, n_any);
    s->any = all.at;
    s->n_any = all.len;
}

static bool comes_first(const struct scrapes *a, const struct scrapes *b)
{
    if (a->good[a->cursor] != b->good[b->cursor])
        return a->good[a->cursor] < b->good[b->cursor];
    return !a->replica || (b->replica && text_compare(symbol_text(a->replica), symbol_text(b->replica)) < 0);
}

/* The replica that has the next scrape after `pulse`: the present one unless it is silent for too long. NULL:
 * none, or not to be told yet. */
static struct scrapes *next_replica(struct target *target, const struct pulse *pulse, int64_t to_ms)
{
    struct scrapes *earliest = NULL;
    bool present_goes_on = false;
    for (struct scrapes *s = target->scrapes; s; s = s->next) {
        while (s->cursor < s->n_good && s->good[s->cursor] <= pulse->good_ms)
            s->cursor++;
        if (s->cursor == s->n_good)
            continue;
        if (pulse->good_ms && s->replica == pulse->replica) {
            if (s->good[s->cursor] - pulse->good_ms <= pulse_limit(pulse))
                return s;
            present_goes_on = true;
        }
        if (!earliest || comes_first(s, earliest))
            earliest = s;
    }
    if (earliest && pulse->good_ms && earliest->replica != pulse->replica && !present_goes_on &&
        to_ms - pulse->good_ms <= pulse_limit(pulse))
        return NULL;
    return earliest;
}

static void choose_replicas(struct ledger *ledger, struct target *target, int64_t to_ms)
{
    struct pulse pulse = target->settled;
    size_t total = 0;
    for (const struct scrapes *s = target->scrapes; s; s = s->next)
        total += s->n_good;
    target->good = ARENA_ARRAY(&ledger->scratch, int64_t, total);
    target->limits = ARENA_ARRAY(&ledger->scratch, int64_t, total);
    target->stretches = ARENA_ARRAY(&ledger->scratch, struct stretch, total + 1);
    struct scrapes *s;
    while ((s = next_replica(target, &pulse, to_ms))) {
        if (!target->n_stretches || s->replica != pulse.replica) {
            if (target->n_stretches)
                target->stretches[target->n_stretches - 1].to_ms = pulse.good_ms;
            int64_t from_ms = target->n_stretches || pulse.good_ms ? pulse.good_ms : INT64_MIN;
            target->stretches[target->n_stretches++] = (struct stretch){s->replica, from_ms, INT64_MAX};
        }
        int64_t t = s->good[s->cursor++];
        pulse.replica = s->replica;
        target->limits[target->n_good] = pulse_limit(&pulse);
        target->good[target->n_good++] = t;
        pulse_beat(&pulse, t);
    }
    if (target->n_stretches)
        target->stretches[target->n_stretches - 1].to_ms = pulse.good_ms;
}

/* process_start_time_seconds in milliseconds; 0 for nonsense. */
static int64_t start_of(double seconds)
{
    return seconds > 0 && seconds < 9e12 ? (int64_t)(seconds * 1000) : 0;
}

static void scan_inputs(struct ledger *ledger, const struct tally *tally)
{
    for (size_t i = 0; i < ledger->targets.len; i++) {
        struct target *target = &ledger->targets.at[i];
        for (const struct feed_input *in = target->up; in; in = in->next)
            scan_series(ledger, tally, target, in, true);
        for (const struct feed_input *in = target->starts; in; in = in->next) {
            scan_series(ledger, tally, target, in, false);
            for (size_t k = 0; k < in->series->len; k++)
                target->new_process |= start_of(in->series->values[k]) != target->settled.process_start_ms;
        }
    }
    for (size_t i = 0; i < ledger->counted.len; i++) {
        const struct counted *c = &ledger->counted.at[i];
        for (const struct feed_input *in = c->inputs; in; in = in->next)
            scan_series(ledger, tally, &ledger->targets.at[c->target], in, false);
    }
}

/* Minutes that the batch touches: from the horizon, or from its first sample; the samples since a target's
 * last scrape may reach back before it. */
static void find_range(struct ledger *ledger, const struct ledger_batch *batch, struct tally *tally)
{
    int64_t earliest = INT64_MAX;
    int64_t newest = ledger->head.newest_ms;
    int64_t low = INT64_MAX;
    for (size_t i = 0; i < ledger->targets.len; i++) {
        const struct target *t = &ledger->targets.at[i];
        if (!t->n_any)
            continue;
        if (t->any[0] < earliest)
            earliest = t->any[0];
        if (t->any[t->n_any - 1] > newest)
            newest = t->any[t->n_any - 1];
        if (t->n_good && t->settled.good_ms && t->good[0] - t->settled.good_ms > LEDGER_SPREAD_MS &&
            minute_of(t->settled.good_ms) + 1 < low)
            low = minute_of(t->settled.good_ms) + 1;
    }
    for (size_t i = 0; i < ledger->pending.len; i++) {
        int64_t end_ms = (ledger->pending.at[i].minute + 1) * MINUTE_MS;
        if (end_ms < earliest)
            earliest = end_ms;
        if (end_ms > newest)
            newest = end_ms;
    }
    int64_t settle_ms =
        batch->to_ms < batch->now_ms - LEDGER_SETTLE_MS ? batch->to_ms : batch->now_ms - LEDGER_SETTLE_MS;
    settle_ms -= settle_ms % MINUTE_MS;
    /* A first take begins at its first sample, but settles nothing for which samples may still come late. */
    tally->base = ledger->head.horizon_ms / MINUTE_MS;
    if (!ledger->head.horizon_ms) {
        tally->base = settle_ms / MINUTE_MS;
        if (earliest < INT64_MAX && minute_of(earliest) < tally->base)
            tally->base = minute_of(earliest);
    }
    if (settle_ms < tally->base * MINUTE_MS)
        settle_ms = tally->base * MINUTE_MS;
    tally->horizon_ms = ledger->head.horizon_ms;
    tally->settle_ms = settle_ms;
    tally->settle = settle_ms / MINUTE_MS;
    tally->newest_ms = newest;
    tally->end = minute_of(batch->to_ms > newest ? batch->to_ms : newest) + 1;
    if (tally->end < tally->settle)
        tally->end = tally->settle;
    tally->low = low < tally->base ? low : tally->base;
    if (tally->base - tally->low > LEDGER_FORGET_MS / MINUTE_MS + 60)
        tally->low = tally->base - LEDGER_FORGET_MS / MINUTE_MS - 60;
}

void targets_scan(struct ledger *ledger, const struct ledger_batch *batch, struct tally *tally)
{
    tally->to_ms = batch->to_ms;
    tally->from_ms =
        batch->from_ms > batch->to_ms - LEDGER_REACH_MS ? batch->from_ms : batch->to_ms - LEDGER_REACH_MS;
    scan_inputs(ledger, tally);
    for (size_t i = 0; i < ledger->targets.len; i++) {
        struct target *target = &ledger->targets.at[i];
        struct times any = {0};
        for (const struct scrapes *s = target->scrapes; s; s = s->next)
            any = merge(&ledger->scratch, any, s->any, s->n_any);
        target->any = any.at;
        target->n_any = any.len;
        choose_replicas(ledger, target, batch->to_ms);
    }
    find_range(ledger, batch, tally);
}

struct scrape_before target_scrape_before(struct target *target, int64_t at_ms)
{
    /* Children are walked in order: mostly it is the scrape after the one asked for last. */
    size_t n = target->hint + 1;
    if (n >= target->n_good || target->good[n] != at_ms)
        n = times_before(target->good, target->n_good, at_ms);
    target->hint = n;
    int64_t limit_ms = n < target->n_good ? target->limits[n] : pulse_limit(&target->settled);
    if (n > 0)
        return (struct scrape_before){target->good[n - 1], limit_ms};
    return (struct scrape_before){target->settled.good_ms < at_ms ? target->settled.good_ms : 0, limit_ms};
}

int64_t target_unexpected_ms(const struct target *target, int64_t from_ms, int64_t to_ms)
{
    size_t i = times_before(target->any, target->n_any, from_ms + 1);
    int64_t before_ms = from_ms;
    int64_t unexpected_ms = 0;
    for (bool more = true; more; i++) {
        more = i < target->n_any && target->any[i] < to_ms;
        int64_t at_ms = more ? target->any[i] : to_ms;
        if (at_ms - before_ms > LEDGER_EXPECT_MS)
            unexpected_ms += at_ms - before_ms - LEDGER_EXPECT_MS;
        before_ms = at_ms;
    }
    return unexpected_ms;
}

int64_t target_process_start(const struct target *target, int64_t at_ms)
{
    int64_t start_ms = target->settled.process_start_ms;
    int64_t best_ms = 0;
    for (const struct feed_input *in = target->starts; in; in = in->next) {
        const struct series *series = in->series;
        for (size_t i = series->len; i-- > 0;) {
            int64_t start = start_of(series->values[i]);
            if (series->times_ms[i] > at_ms || !start)
                continue;
            if (series->times_ms[i] > best_ms) {
                best_ms = series->times_ms[i];
                start_ms = start;
            }
            break;
        }
    }
    return start_ms;
}
