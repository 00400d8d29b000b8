/* Differences of consecutive samples of each child, into the tally. Samples are rounded to the SLO's scale
 * before they are differenced, so that every sum of differences telescopes exactly. Samples up to the horizon
 * are counted already; those up to the new one move `settled`, those beyond it only `now`. */
#include "slo/ledger_steps.h"

bool counted_value_at(struct ledger *ledger, const struct counted *child, int64_t at_ms, int64_t *value)
{
    if (child->origin.last_ms == at_ms) {
        *value = child->origin.value;
        return true;
    }
    for (const struct feed_input *in = child->inputs; in; in = in->next) {
        const struct series *series = in->series;
        size_t low = 0;
        size_t high = series->len;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (series->times_ms[middle] < at_ms)
                low = middle + 1;
            else
                high = middle;
        }
        enum ledger_note_code why;
        if (low < series->len && series->times_ms[low] == at_ms &&
            reading_of(ledger, NULL, child, series, low, value, &why) == SAMPLE_FINE)
            return true;
    }
    return false;
}

struct increment {
    int64_t since_ms; /* happened in (since, at] */
    int64_t at_ms;
    int64_t value;
    int64_t lost; /* what a crash in it may have swallowed, or what no bucket judges */
    bool unjudged;
    int64_t base; /* the reading it goes on from; 0 after a reset */
};

/* The part of it from one reading to another, both within base and base + value. Money in another currency is
 * converted by the rate of the minute of the later sample: reading by reading, so that what is rounded off
 * one difference is in the next, and differences of one rate sum up to the difference of their ends. */
static int64_t amount_between(struct ledger *ledger, const struct tally *tally, const struct counted *child,
                              const struct increment *inc, int64_t from, int64_t to)
{
    if (!tally->rates || !ledger->slo->terms[child->term].scaled)
        return to - from;
    int64_t minute = minute_of(inc->at_ms);
    int64_t end = rates_convert(tally, minute, inc->base + to);
    if (end == INT64_MAX)
        ledger_note_at(ledger, NOTE_OVERFLOW, inc->at_ms, child->labels);
    return end - rates_convert(tally, minute, inc->base + from);
}

/* What cannot be priced or counted is not booked, nor are the units of such a minute, lest they look free. */
static void withhold(struct ledger *ledger, struct tally *tally, const struct counted *child,
                     const struct increment *inc)
{
    const struct slo_term *term = &ledger->slo->terms[child->term];
    int64_t minute = minute_of(inc->at_ms);
    uint32_t groups[] = {0, child->group};
    bool saturated = false;
    int64_t units;
    if (term->role != SLO_UNITS)
        return;
    if (__builtin_mul_overflow(term->coefficient, inc->value, &units))
        units = term->coefficient < 0 ? INT64_MIN : INT64_MAX;
    for (int i = 0; i < (child->group ? 2 : 1); i++) {
        struct cell *cell = tally_cell(tally, groups[i], minute < tally->base ? tally->base : minute);
        cell->withheld = sum_saturating(cell->withheld, units, &saturated);
    }
}

/* Adds to one minute of a group and of the whole. */
static void add_share(struct ledger *ledger, struct tally *tally, const struct counted *child, int64_t minute,
                      int64_t share, uint32_t flags)
{
    const struct slo_term *term = &ledger->slo->terms[child->term];
    bool saturated = false;
    int64_t amount;
    int64_t unit = term->role == SLO_SPENT && !term->scaled ? ledger->slo->scale : 1;
    if (__builtin_mul_overflow(term->coefficient, unit, &unit) ||
        __builtin_mul_overflow(share, unit, &amount)) {
        amount = term->coefficient < 0 ? INT64_MIN : INT64_MAX;
        saturated = true;
    }
    uint32_t groups[] = {0, child->group};
    for (int i = 0; i < (child->group ? 2 : 1); i++) {
        struct cell *cell = tally_cell(tally, groups[i], minute);
        int64_t *sum = term->role == SLO_UNITS ? &cell->units : &cell->spent;
        *sum = sum_saturating(*sum, amount, &saturated);
        cell->flags |= flags;
        if (term->role == SLO_UNITS && flags & MINUTE_SPREAD)
            cell->spread = sum_saturating(cell->spread, amount, &saturated);
    }
    if (saturated)
        ledger_note_at(ledger, NOTE_OVERFLOW, minute * MINUTE_MS, child->labels);
}

/* May this minute take what a sample at at_ms tells? Shares for minutes that are sealed wait until the sample
 * is settled itself, so that they are booked once. */
static bool may_book(const struct tally *tally, int64_t minute, int64_t at_ms)
{
    return minute < tally->end && (at_ms <= tally->settle_ms || minute >= tally->settle);
}

static void spread(struct ledger *ledger, struct tally *tally, const struct counted *child,
                   const struct increment *inc)
{
    int64_t first = minute_of(inc->since_ms) + 1;
    int64_t last = minute_of(inc->at_ms);
    ledger_group_seen(ledger, child->group, first);
    __int128 n = last - first + 1;
    for (int64_t m = first; m <= last; m++) {
        __int128 i = m - first;
        int64_t from = (int64_t)((__int128)inc->value * i / n);
        int64_t to = (int64_t)((__int128)inc->value * (i + 1) / n);
        int64_t share = amount_between(ledger, tally, child, inc, from, to);
        int64_t minute = m < tally->low ? tally->low : m;
        if (may_book(tally, minute, inc->at_ms))
            add_share(ledger, tally, child, minute, share, MINUTE_SPREAD);
    }
    if (inc->at_ms <= tally->settle_ms && inc->value)
        ledger_note_at(ledger, NOTE_SPREAD, inc->at_ms, child->labels);
}

/* A count's increment that no bucket judges happened, but whether it was good is not known. */
static void hide(const struct ledger *ledger, const struct counted *child, struct increment *inc)
{
    bool saturated;
    bool negative = ledger->slo->terms[child->term].coefficient < 0;
    inc->lost = sum_saturating(inc->lost, inc->value, &saturated);
    inc->lost = negative ? -inc->lost : inc->lost;
    inc->value = 0;
    inc->unjudged = true;
}

/* False where the increment says nothing, or is not this child's to say. */
static bool is_told(struct ledger *ledger, struct tally *tally, struct counted *child, struct increment *inc)
{
    if (child->family == FAMILY_NONE)
        return true;
    if (counts_buckets(ledger, child))
        return family_tell(ledger, tally, child, inc->at_ms, inc->value);
    if (!family_judges(ledger, child, inc->at_ms, inc->value)) {
        if (inc->at_ms <= tally->settle_ms && inc->value)
            ledger_note_at(ledger, NOTE_UNJUDGED, inc->at_ms, child->labels);
        hide(ledger, child, inc);
    }
    return true;
}

static void book(struct ledger *ledger, struct tally *tally, const struct counted *child,
                 const struct increment *inc)
{
    int64_t minute = minute_of(inc->at_ms);
    if (inc->lost && ledger->slo->terms[child->term].role == SLO_UNITS && minute >= tally->low) {
        bool saturated = false;
        uint32_t groups[] = {0, child->group};
        for (int i = 0; i < (child->group ? 2 : 1); i++) {
            struct cell *cell = tally_cell(tally, groups[i], minute);
            cell->lost = sum_saturating(cell->lost, inc->lost, &saturated);
            cell->flags |= inc->unjudged ? 0 : MINUTE_RESET;
        }
    }
    if (!inc->value)
        return;
    if (rates_lack(tally, minute) || uncounted_has(tally, child, minute)) {
        withhold(ledger, tally, child, inc);
        return;
    }
    if (inc->at_ms - inc->since_ms > LEDGER_SPREAD_MS)
        spread(ledger, tally, child, inc);
    else if (may_book(tally, minute < tally->low ? tally->low : minute, inc->at_ms))
        add_share(ledger, tally, child, minute < tally->low ? tally->low : minute,
                  amount_between(ledger, tally, child, inc, 0, inc->value), 0);
}

/* Was the counter reset between the last sample and this one? A start timestamp decides where there is one.
 */
static bool was_reset(struct ledger *ledger, const struct tally *tally, const struct counted *child,
                      const struct reading *next)
{
    const struct target *target = &ledger->targets.at[child->target];
    const struct reading *last = &child->now;
    if (next->start_ms && next->start_ms > last->last_ms && next->start_ms <= next->last_ms)
        return true;
    if (next->value < last->value) {
        if (next->start_ms && next->start_ms == last->start_ms && next->last_ms <= tally->settle_ms)
            ledger_note_at(ledger, NOTE_DECREASE, next->last_ms, child->labels);
        return true;
    }
    /* A new process may have counted beyond the old one's last value before it was scraped. */
    if (next->start_ms)
        return false;
    int64_t start_ms =
        target->new_process ? target_process_start(target, next->last_ms) : target->settled.process_start_ms;
    return start_ms > last->last_ms;
}

/* Peaks fade by 1/256 a scrape, so that an old burst does not widen the bound for ever. */
static int64_t new_peak(int64_t peak, int64_t increment)
{
    peak -= peak >> 8;
    return increment > peak ? increment : peak;
}

/* Peak increments over a span; a limit is 2.5 scrapes. */
static int64_t peaks_over(int64_t peak, int64_t span_ms, int64_t limit_ms)
{
    __int128 units = (__int128)peak * ((5 * span_ms + 2 * limit_ms - 1) / (2 * limit_ms));
    return units > INT64_MAX ? INT64_MAX : (int64_t)units;
}

/* What a reset may have swallowed: what came since the last scrape that worked, at the highest pace of late.
 * Of a longer gap, minutes in which the target was expected carry their own estimate; the rest of it is told
 * here, less what the counter brought with it. */
static int64_t lost_at_reset(const struct target *target, const struct reading *last,
                             const struct reading *next, int64_t limit_ms)
{
    int64_t gap_ms = next->last_ms - last->last_ms;
    int64_t lost = peaks_over(last->peak, gap_ms < limit_ms ? gap_ms : limit_ms, limit_ms);
    int64_t unexpected_ms = target_unexpected_ms(target, last->last_ms, next->last_ms);
    if (!unexpected_ms)
        return lost;
    int64_t more = peaks_over(last->peak, unexpected_ms, limit_ms) - next->value;
    bool saturated;
    return more > 0 ? sum_saturating(lost, more, &saturated) : lost;
}

static void count_first(struct ledger *ledger, struct tally *tally, struct counted *child,
                        struct reading next)
{
    ledger_group_seen(ledger, child->group, minute_of(next.last_ms));
    struct birth birth = child_birth(ledger, child, next.last_ms, next.start_ms);
    if (birth.from_zero && counts_buckets(ledger, child))
        birth.from_zero = family_allows_birth(ledger, child, birth.since_ms, &next);
    if (birth.from_zero) {
        struct increment inc = {birth.since_ms, next.last_ms, next.value, 0, false, 0};
        next.peak = next.value;
        if (is_told(ledger, tally, child, &inc))
            book(ledger, tally, child, &inc);
    }
    child->now = next;
}

static void count_next(struct ledger *ledger, struct tally *tally, struct counted *child, struct reading next)
{
    const struct reading *last = &child->now;
    struct target *target = &ledger->targets.at[child->target];
    struct scrape_before before = target_scrape_before(target, next.last_ms);
    struct increment inc = {
        last->last_ms > before.at_ms ? last->last_ms : before.at_ms, next.last_ms, 0, 0, false, 0};
    if (was_reset(ledger, tally, child, &next)) {
        inc.value = next.value;
        inc.lost = lost_at_reset(target, last, &next, before.limit_ms);
        next.peak = last->peak;
    } else {
        inc.value = next.value - last->value;
        inc.base = last->value;
        bool usual = next.last_ms - last->last_ms <= before.limit_ms;
        next.peak = usual ? new_peak(last->peak, inc.value) : last->peak;
    }
    bool judged = !counts_buckets(ledger, child) || family_goes_on(ledger, child, next.last_ms);
    if (judged && is_told(ledger, tally, child, &inc))
        book(ledger, tally, child, &inc);
    child->now = next;
}

/* Do samples that cannot be counted lie before it, for longer than a target may be silent? */
static bool follows_fault(struct ledger *ledger, const struct tally *tally, const struct counted *child,
                          const struct series *series, size_t i)
{
    int64_t value;
    enum ledger_note_code why;
    if (i == 0 || series->times_ms[i - 1] <= child->now.last_ms ||
        reading_of(ledger, tally, child, series, i - 1, &value, &why) != SAMPLE_BAD)
        return false;
    struct scrape_before before =
        target_scrape_before(&ledger->targets.at[child->target], series->times_ms[i]);
    return !child->now.last_ms || series->times_ms[i] - child->now.last_ms > before.limit_ms;
}

/* Counting goes on from the first sample that can be counted; what came before stays unseen. Only what a
 * counter has counted since it was reset is known. */
static void count_again(struct ledger *ledger, struct tally *tally, struct counted *child,
                        struct reading next)
{
    ledger_group_seen(ledger, child->group, minute_of(next.last_ms));
    bool known = child->now.last_ms && was_reset(ledger, tally, child, &next);
    next.peak = child->now.peak;
    if (known && !counts_buckets(ledger, child)) {
        struct scrape_before before = target_scrape_before(&ledger->targets.at[child->target], next.last_ms);
        struct increment inc = {before.at_ms, next.last_ms, next.value, 0, false, 0};
        if (is_told(ledger, tally, child, &inc))
            book(ledger, tally, child, &inc);
    }
    child->now = next;
}

static void count_sample(struct ledger *ledger, struct tally *tally, struct counted *child,
                         const struct series *series, size_t i)
{
    int64_t t = series->times_ms[i];
    struct reading next = {.last_ms = t, .start_ms = series->starts_ms ? series->starts_ms[i] : 0};
    enum ledger_note_code why;
    switch (reading_of(ledger, tally, child, series, i, &next.value, &why)) {
    case SAMPLE_STALE:
        return;
    case SAMPLE_BAD:
        if (t <= tally->settle_ms)
            ledger_note_at(ledger, why, t, child->labels);
        return;
    case SAMPLE_FINE:
        break;
    }
    ledger->head.matched = true;
    if (follows_fault(ledger, tally, child, series, i))
        count_again(ledger, tally, child, next);
    else if (child->now.last_ms)
        count_next(ledger, tally, child, next);
    else
        count_first(ledger, tally, child, next);
    if (t <= tally->settle_ms)
        child->settled = child->now;
}

/* What one replica has of a child: the series that begins next after `before`. There is one, except where a
 * bucket's bound changed its spelling. */
static const struct series *next_input(const struct counted *child, const struct symbol *replica,
                                       const struct series *before)
{
    const struct series *next = NULL;
    for (const struct feed_input *in = child->inputs; in; in = in->next)
        if (in->replica == replica && (!before || in->series->times_ms[0] > before->times_ms[0]) &&
            (!next || in->series->times_ms[0] < next->times_ms[0]))
            next = in->series;
    return next;
}

/* A child that is new to us though it has samples before the horizon, where nothing is counted any more:
 * counting begins at the last of them. */
static void begin_at_horizon(struct ledger *ledger, const struct tally *tally, struct counted *child)
{
    const struct series *series = next_input(child, ledger->targets.at[child->target].settled.replica, NULL);
    for (size_t i = series ? series->len : 0; i-- > 0;) {
        struct reading next = {.last_ms = series->times_ms[i]};
        enum ledger_note_code why;
        if (next.last_ms > tally->horizon_ms ||
            reading_of(ledger, tally, child, series, i, &next.value, &why) != SAMPLE_FINE)
            continue;
        child->now = child->settled = next;
        ledger_group_seen(ledger, child->group, minute_of(next.last_ms));
        return;
    }
}

static void count_series(struct ledger *ledger, struct tally *tally, struct counted *child,
                         const struct stretch *stretch, const struct series *series)
{
    for (size_t i = 0; i < series->len; i++) {
        int64_t t = series->times_ms[i];
        if (t <= stretch->from_ms || t <= child->now.last_ms || t > stretch->to_ms || t <= tally->from_ms ||
            t > tally->to_ms || (child->origin.last_ms && t <= tally->horizon_ms))
            continue;
        count_sample(ledger, tally, child, series, i);
    }
}

static void count_child(struct ledger *ledger, struct tally *tally, struct counted *child)
{
    const struct target *target = &ledger->targets.at[child->target];
    if (!child->now.last_ms && tally->horizon_ms)
        begin_at_horizon(ledger, tally, child);
    for (size_t s = 0; s < target->n_stretches; s++) {
        const struct stretch *stretch = &target->stretches[s];
        for (const struct series *series = NULL; (series = next_input(child, stretch->replica, series));)
            count_series(ledger, tally, child, stretch, series);
    }
}

void counting_run(struct ledger *ledger, struct tally *tally)
{
    struct counted **buckets;
    size_t n = families_begin(ledger, &buckets);
    for (size_t i = 0; i < n; i++)
        count_child(ledger, tally, buckets[i]);
    for (size_t i = 0; i < ledger->counted.len; i++)
        if (ledger->counted.at[i].inputs && !counts_buckets(ledger, &ledger->counted.at[i]))
            count_child(ledger, tally, &ledger->counted.at[i]);
    families_end(ledger);
}
