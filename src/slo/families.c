/* Histograms while a batch is counted. Buckets come first, those that decide before the others and the
 * nearest before those further off: so the first that tells of a scrape is the one to go by. The counts come
 * after them: an increment that no bucket judges is neither good nor bad, it is hidden (both bounds of every
 * figure tell).
 *
 * A bucket whose increments are another's to tell moves on silently: if it has to decide later, it goes on
 * from its last sample. */
#include "slo/ledger_steps.h"

#include <math.h>
#include <stdlib.h>

static struct family *family_of(struct ledger *ledger, const struct counted *child)
{
    return &ledger->families.at[child->family];
}

static int compare_children(const void *left, const void *right, void *slo)
{
    const struct counted *a = *(struct counted *const *)left, *b = *(struct counted *const *)right;
    return bucket_compare(slo, a->bound, b->bound);
}

static struct told *told_new(struct ledger *ledger, const struct counted *bucket)
{
    struct family *family = family_of(ledger, bucket);
    struct told *told = ARENA_NEW(&ledger->scratch, struct told);
    size_t most = 0;
    for (const struct feed_input *in = bucket->inputs; in; in = in->next)
        most += in->series->len;
    told->bound = bucket->bound;
    told->decides = bucket_side(ledger->slo, bucket->bound) == BUCKET_DECIDES;
    told->at = ARENA_ARRAY(&ledger->scratch, int64_t, most);
    told->increments = ARENA_ARRAY(&ledger->scratch, int64_t, most);
    told->next = family->told;
    family->told = told;
    return told;
}

size_t families_begin(struct ledger *ledger, struct counted ***buckets)
{
    size_t n = 0;
    *buckets = NULL;
    if (ledger->bucket_term == ledger->slo->n_terms)
        return 0;
    for (size_t i = 0; i < ledger->families.len; i++) {
        struct family *family = &ledger->families.at[i];
        *family = (struct family){.labels = family->labels, .term = family->term};
    }
    *buckets = ARENA_ARRAY(&ledger->scratch, struct counted *, ledger->counted.len);
    for (size_t i = 0; i < ledger->counted.len; i++) {
        struct counted *c = &ledger->counted.at[i];
        if (!c->inputs || !counts_buckets(ledger, c) || bucket_side(ledger->slo, c->bound) == BUCKET_USELESS)
            continue;
        c->told = told_new(ledger, c);
        (*buckets)[n++] = c;
    }
    qsort_r(*buckets, n, sizeof(struct counted *), compare_children, (void *)(uintptr_t)ledger->slo);
    return n;
}

/* The place of at_ms among what was told, or SIZE_MAX. */
static size_t told_at(const struct told *told, int64_t at_ms)
{
    size_t i = times_before(told->at, told->n, at_ms);
    return i < told->n && told->at[i] == at_ms ? i : SIZE_MAX;
}

static const struct told *find_told(const struct family *family, bool decides, int64_t at_ms, size_t *place)
{
    for (const struct told *told = family->told; told; told = told->next)
        if (told->decides == decides && (*place = told_at(told, at_ms)) != SIZE_MAX)
            return told;
    return NULL;
}

/* The family's count, by which its units are counted. */
static const struct counted *count_of(const struct ledger *ledger, const struct counted *bucket)
{
    const struct labels *labels = ledger->families.at[bucket->family].labels;
    for (size_t i = 0; i < ledger->counted.len; i++) {
        const struct counted *c = &ledger->counted.at[i];
        const struct slo_term *term = &ledger->slo->terms[c->term];
        if (c->family != FAMILY_NONE && term->role == SLO_UNITS && term->coefficient > 0 &&
            ledger->families.at[c->family].labels == labels)
            return c;
    }
    return NULL;
}

bool family_allows_birth(struct ledger *ledger, const struct counted *bucket, int64_t before_ms,
                         const struct reading *first)
{
    const struct counted *count = count_of(ledger, bucket);
    int64_t before;
    int64_t after;
    if (!count || !counted_value_at(ledger, count, first->last_ms, &after))
        return true;
    bool goes_on = counted_value_at(ledger, count, before_ms, &before) && before <= after &&
                   target_process_start(&ledger->targets.at[bucket->target], first->last_ms) <= before_ms;
    return first->value <= (goes_on ? after - before : after);
}

bool family_goes_on(struct ledger *ledger, const struct counted *bucket, int64_t at_ms)
{
    struct target *target = &ledger->targets.at[bucket->target];
    int64_t since_ms = bucket->now.last_ms, value;
    if (target_scrape_before(target, at_ms).at_ms <= since_ms)
        return true;
    const struct counted *count = count_of(ledger, bucket);
    if (!count)
        return true;
    if (count->origin.last_ms > since_ms)
        return false;
    for (size_t i = target->n_good; i-- > 0 && target->good[i] > since_ms;)
        if (target->good[i] < at_ms && counted_value_at(ledger, count, target->good[i], &value))
            return false;
    return true;
}

/* Of the other side: how far the two bounds around the threshold are apart. */
static void tell_between(struct ledger *ledger, struct tally *tally, const struct counted *bucket,
                         int64_t at_ms, int64_t apart)
{
    int64_t minute = minute_of(at_ms);
    uint32_t groups[] = {0, bucket->group};
    bool saturated;
    apart = ledger->slo->between == BETWEEN_GOOD ? -apart : apart;
    apart = ledger->slo->terms[bucket->term].coefficient > 0 ? -apart : apart;
    for (int i = 0; i < (bucket->group ? 2 : 1); i++) {
        struct cell *cell = tally_cell(tally, groups[i], minute < tally->low ? tally->low : minute);
        cell->between = sum_saturating(cell->between, apart, &saturated);
    }
}

bool family_tell(struct ledger *ledger, struct tally *tally, struct counted *bucket, int64_t at_ms,
                 int64_t increment)
{
    struct told *own = bucket->told;
    struct family *family = family_of(ledger, bucket);
    size_t place;
    if (find_told(family, own->decides, at_ms, &place))
        return false;
    const struct told *decided = own->decides ? NULL : find_told(family, true, at_ms, &place);
    if (!own->decides && (!decided || decided->bound == ledger->slo->bound))
        return false;
    own->at[own->n] = at_ms;
    own->increments[own->n++] = increment;
    if (own->decides && at_ms > ledger->judged_ms)
        ledger->judged_ms = at_ms;
    if (decided)
        tell_between(ledger, tally, bucket, at_ms, increment - decided->increments[place]);
    return own->decides;
}

bool family_judges(struct ledger *ledger, const struct counted *count, int64_t at_ms, int64_t increment)
{
    struct family *family = family_of(ledger, count);
    size_t place;
    if (find_told(family, true, at_ms, &place))
        return true;
    if (increment > 0 && at_ms > family->unjudged_ms)
        family->unjudged_ms = at_ms;
    if (increment > 0 && at_ms > ledger->unjudged_ms)
        ledger->unjudged_ms = at_ms;
    return false;
}

/* The list of one side that told last. */
static const struct told *last_told(const struct family *family, bool decides)
{
    const struct told *last = NULL;
    for (const struct told *told = family->told; told; told = told->next)
        if (told->decides == decides && told->n && (!last || told->at[told->n - 1] > last->at[last->n - 1]))
            last = told;
    return last;
}

static void sum_up(const struct ledger *ledger, const struct family *family, struct ledger_bounds *bounds)
{
    const struct told *by = last_told(family, true), *other = last_told(family, false);
    if (family->unjudged_ms && (!by || by->at[by->n - 1] < family->unjudged_ms)) {
        bounds->unjudged++;
    } else if (by && by->bound == ledger->slo->bound) {
        bounds->exact++;
    } else if (by) {
        double far = other && other->at[other->n - 1] == by->at[by->n - 1] ? other->bound : NAN;
        bool good = ledger->slo->between == BETWEEN_GOOD;
        bounds->between++;
        bounds->below = fmin(bounds->below, good ? far : by->bound);
        bounds->above = fmax(bounds->above, good ? by->bound : far);
    }
}

void families_end(struct ledger *ledger)
{
    struct ledger_bounds bounds = {.below = NAN, .above = NAN};
    if (ledger->bucket_term == ledger->slo->n_terms)
        return;
    for (size_t i = 0; i < ledger->families.len; i++)
        if (ledger->families.at[i].term == ledger->bucket_term)
            sum_up(ledger, &ledger->families.at[i], &bounds);
    ledger->bounds = bounds;
}
