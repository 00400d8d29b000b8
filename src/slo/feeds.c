/* Which series of a batch feeds what: its term's child, its target, its group. Looked up by labels once per
 * series and then remembered by the interned pointer, so that a tick costs one map probe a series. */
#include "base/number.h"
#include "slo/ledger_steps.h"
#include "slo/slo_override.h"

#include <math.h>

enum { FEED_UP = 254, FEED_STARTS = 255, BOUND_BYTES_MAX = 512 };

#define FEED_STRANGER UINT32_MAX
#define FEED_PARTIAL  (UINT32_MAX - 1)

static uint64_t key_in(const struct labels *labels, uint32_t kind)
{
    return map_key_of(labels) ^ ((uint64_t)kind << 56);
}

uint32_t ledger_target_of(struct ledger *ledger, const struct labels *labels)
{
    bool added;
    uint64_t *place = map_add(&ledger->target_index, map_key_of(labels), &added);
    if (added) {
        *place = ledger->targets.len;
        struct pulse never = {.up = -1};
        VEC_PUSH(&ledger->targets, (struct target){.labels = labels, .settled = never, .now = never});
    }
    return (uint32_t)*place;
}

static const struct labels *keep_only(struct ledger *ledger, const struct labels *labels,
                                      const struct symbol *const *names, size_t n)
{
    struct label kept[SLO_BY_MAX];
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct symbol *value = labels_find(labels, names[i]);
        if (value)
            kept[n_kept++] = (struct label){names[i], value};
    }
    return labels_intern(ledger->table, kept, n_kept);
}

const struct labels *ledger_target_labels(struct ledger *ledger, const struct labels *labels)
{
    return keep_only(ledger, labels, ledger->target, ledger->n_target);
}

uint32_t ledger_add_group(struct ledger *ledger, const struct labels *labels)
{
    uint32_t group = (uint32_t)ledger->groups.len;
    VEC_PUSH(&ledger->groups,
             (struct ledger_group){.labels = labels,
                                   .first_minute = group ? INT64_MAX : INT64_MIN,
                                   .recent = recent_new(slo_for_group(ledger->slo, labels))});
    *map_add(&ledger->group_index, map_key_of(labels), NULL) = group;
    return group;
}

void ledger_group_seen(struct ledger *ledger, uint32_t group, int64_t minute)
{
    if (minute < ledger->groups.at[group].first_minute)
        ledger->groups.at[group].first_minute = minute;
}

/* The group of its by: labels; 0 where there is none of its own, or no room for one. */
uint32_t ledger_group_of(struct ledger *ledger, const struct labels *labels, const struct series *series)
{
    if (!ledger->slo->n_by)
        return 0;
    const struct labels *kept = keep_only(ledger, labels, ledger->by, ledger->slo->n_by);
    const uint64_t *place = map_find(&ledger->group_index, map_key_of(kept));
    if (place)
        return (uint32_t)*place;
    if (ledger->slo->max_groups && ledger->groups.len > ledger->slo->max_groups) {
        ledger_note_at(ledger, NOTE_GROUPS_FULL, series && series->len ? series->times_ms[0] : 0, labels);
        return 0;
    }
    return ledger_add_group(ledger, kept);
}

/* Bounds are compared as numbers: a client that writes "4.0" instead of "4" goes on with the same series. */
static const struct labels *with_plain_bound(struct ledger *ledger, const struct labels *labels,
                                             double *bound)
{
    const struct symbol *le = labels_find(labels, ledger->le);
    struct buf plain;
    *bound = le ? bucket_bound(symbol_text(le)) : NAN;
    if (!le || isnan(*bound))
        return labels;
    buf_init(&plain, BOUND_BYTES_MAX);
    number_print_go(*bound, &plain);
    if (!text_eq(buf_text(&plain), symbol_text(le))) {
        struct label replaced = {ledger->le, symbol_intern(ledger->table, buf_text(&plain))};
        labels = labels_merge(ledger->table, labels, &replaced, 1);
    }
    buf_finish(&plain);
    return labels;
}

/* The histogram of a bucket, or of a count that buckets judge. */
static uint32_t family_of(struct ledger *ledger, uint32_t term, const struct labels *labels)
{
    bool bucket = ledger->slo->terms[term].buckets != NULL;
    if (ledger->bucket_term == ledger->slo->n_terms || (!bucket && !buckets_judge(ledger->slo, labels)))
        return FAMILY_NONE;
    const struct symbol *none = symbol_intern(ledger->table, TEXT(""));
    struct label drop[] = {{ledger->le, none}, {ledger->metric_name, none}};
    const struct labels *kept = labels_merge(ledger->table, labels, drop, 2);
    bool added;
    term = bucket ? term : ledger->bucket_term;
    uint64_t *place = map_add(&ledger->family_index, key_in(kept, term), &added);
    if (added) {
        *place = ledger->families.len;
        VEC_PUSH(&ledger->families, (struct family){.labels = kept, .term = term});
    }
    return (uint32_t)*place;
}

static void rebuild_families(struct ledger *ledger)
{
    map_clear(&ledger->family_index);
    VEC_CLEAR(&ledger->families);
    for (size_t i = 0; i < ledger->counted.len; i++) {
        struct counted *c = &ledger->counted.at[i];
        c->family = family_of(ledger, c->term, c->labels);
    }
}

uint32_t ledger_counted_of(struct ledger *ledger, uint32_t term, const struct labels *labels)
{
    bool added;
    double bound = 0;
    if (ledger->slo->terms[term].buckets)
        labels = with_plain_bound(ledger, labels, &bound);
    uint64_t *place = map_add(&ledger->counted_index, key_in(labels, term), &added);
    if (added) {
        *place = ledger->counted.len;
        uint32_t target = ledger_target_of(ledger, ledger_target_labels(ledger, labels));
        if (!ledger->targets.at[target].job)
            ledger->targets.at[target].job = labels_find(labels, ledger->job);
        VEC_PUSH(&ledger->counted, (struct counted){.labels = labels,
                                                    .metric = labels_find(labels, ledger->metric_name),
                                                    .term = term,
                                                    .family = family_of(ledger, term, labels),
                                                    .bound = bound,
                                                    .target = target,
                                                    .group = ledger_group_of(ledger, labels, NULL)});
    }
    return (uint32_t)*place;
}

/* The target of a series that is no term's. FEED_STRANGER: it is none of the SLO's. FEED_PARTIAL: it lacks
 * some of the labels that make a target (the scrape of an exporter that speaks for many pods), and so tells
 * of all targets that have those it has. */
static uint32_t known_target(struct ledger *ledger, const struct labels *stripped, struct feed *feed)
{
    const struct labels *own = ledger_target_labels(ledger, stripped);
    if (slo_target_is_usual(ledger->slo))
        return ledger_target_of(ledger, own);
    if (own->len && own->len < ledger->n_target) {
        feed->partial = own;
        feed->job = labels_find(stripped, ledger->job);
        return FEED_PARTIAL;
    }
    bool only_known = own->len == 0 || slo_up_is_bare(ledger->slo);
    if (only_known && !map_find(&ledger->target_index, map_key_of(own)))
        return FEED_STRANGER;
    return ledger_target_of(ledger, own);
}

static struct feed resolve(struct ledger *ledger, const struct labels *labels, uint32_t kind)
{
    struct feed feed = {0};
    const struct labels *stripped =
        labels_without_replica(ledger->table, &ledger->replica_names, labels, &feed.replica);
    if (kind < ledger->slo->n_terms) {
        feed.counted = ledger_counted_of(ledger, kind, stripped);
        feed.target = ledger->counted.at[feed.counted].target;
    } else {
        feed.target = known_target(ledger, stripped, &feed);
        feed.n_targets = (uint32_t)ledger->targets.len;
    }
    return feed;
}

static struct feed feed_of(struct ledger *ledger, const struct labels *labels, uint32_t kind)
{
    bool added;
    uint64_t *place = map_add(&ledger->feed_index, key_in(labels, kind), &added);
    if (added) {
        *place = ledger->feeds.len;
        VEC_PUSH(&ledger->feeds, resolve(ledger, labels, kind));
        return ledger->feeds.at[ledger->feeds.len - 1];
    }
    struct feed *feed = &ledger->feeds.at[*place];
    if (feed->target == FEED_STRANGER && feed->n_targets != ledger->targets.len)
        *feed = resolve(ledger, labels, kind); /* it may have given a term's series by now */
    return *feed;
}

static void attach(struct ledger *ledger, struct feed_input **list, const struct symbol *replica,
                   const struct series *series)
{
    struct feed_input *input = ARENA_NEW(&ledger->scratch, struct feed_input);
    *input = (struct feed_input){replica, series, *list};
    *list = input;
}

static void attach_other(struct ledger *ledger, struct target *target, const struct feed *feed, uint32_t kind,
                         const struct series *series)
{
    target->in_batch = true;
    attach(ledger, kind == FEED_UP ? &target->up : &target->starts, feed->replica, series);
}

static bool has_all(const struct labels *labels, const struct labels *some)
{
    for (uint32_t i = 0; i < some->len; i++)
        if (labels_find(labels, some->at[i].name) != some->at[i].value)
            return false;
    return true;
}

/* To every target with these labels; under a bare `up`, only to those of the same job. */
static void attach_partial(struct ledger *ledger, const struct feed *feed, uint32_t kind,
                           const struct series *series)
{
    bool any_job = !slo_up_is_bare(ledger->slo);
    for (size_t i = 0; i < ledger->targets.len; i++) {
        struct target *target = &ledger->targets.at[i];
        if (!has_all(target->labels, feed->partial) || !(any_job || target->job == feed->job))
            continue;
        target->shared = true;
        attach_other(ledger, target, feed, kind, series);
    }
}

static void attach_set(struct ledger *ledger, const struct series_set *set, uint32_t kind)
{
    for (size_t i = 0; set && i < set->len; i++) {
        const struct series *series = &set->at[i];
        if (!series->len)
            continue;
        struct feed feed = feed_of(ledger, series->labels, kind);
        if (feed.target == FEED_STRANGER)
            continue;
        if (feed.target == FEED_PARTIAL) {
            attach_partial(ledger, &feed, kind, series);
            continue;
        }
        struct target *target = &ledger->targets.at[feed.target];
        if (kind < ledger->slo->n_terms) {
            target->in_batch = true;
            attach(ledger, &ledger->counted.at[feed.counted].inputs, feed.replica, series);
        } else {
            attach_other(ledger, target, &feed, kind, series);
        }
    }
}

/* Of a set that has the series of others' targets, too: those of the targets that gave a term's series. */
static void attach_known(struct ledger *ledger, const struct series_by_target *index, uint32_t kind)
{
    for (size_t i = 0; i < ledger->targets.len; i++) {
        struct target *target = &ledger->targets.at[i];
        for (const struct series_link *link = series_by_target_find(index, target->labels); link;
             link = link->next) {
            target->in_batch = true;
            attach(ledger, kind == FEED_UP ? &target->up : &target->starts, link->replica, link->series);
        }
    }
}

static void attach_of_targets(struct ledger *ledger, const struct series_set *set,
                              const struct series_by_target *index, uint32_t kind)
{
    if (!set || !slo_up_is_bare(ledger->slo) || !slo_target_is_usual(ledger->slo)) {
        attach_set(ledger, set, kind);
    } else if (index) {
        attach_known(ledger, index, kind);
    } else {
        struct series_by_target own;
        series_by_target_init(&own, set, ledger->table, &ledger->replica_names);
        attach_known(ledger, &own, kind);
        series_by_target_finish(&own);
    }
}

void feeds_attach(struct ledger *ledger, const struct ledger_batch *batch)
{
    for (size_t i = 0; i < ledger->targets.len; i++) {
        struct target *t = &ledger->targets.at[i];
        *t = (struct target){.labels = t->labels, .job = t->job, .settled = t->settled, .now = t->settled};
    }
    for (size_t i = 0; i < ledger->counted.len; i++) {
        struct counted *c = &ledger->counted.at[i];
        c->inputs = NULL;
        c->told = NULL;
        c->origin = c->now = c->settled;
    }
    for (size_t i = 0; batch->terms && i < ledger->slo->n_terms; i++)
        attach_set(ledger, &batch->terms[i], (uint32_t)i);
    attach_of_targets(ledger, batch->up, batch->up_by_target, FEED_UP);
    attach_of_targets(ledger, batch->starts, batch->starts_by_target, FEED_STARTS);
}

/* What is known of batches' series goes; it is looked up again as they come. */
void ledger_index(struct ledger *ledger)
{
    VEC_CLEAR(&ledger->feeds);
    map_clear(&ledger->feed_index);
    map_clear(&ledger->target_index);
    map_clear(&ledger->counted_index);
    map_clear(&ledger->group_index);
    for (size_t i = 0; i < ledger->groups.len; i++)
        *map_add(&ledger->group_index, map_key_of(ledger->groups.at[i].labels), NULL) = i;
    for (size_t i = 0; i < ledger->targets.len; i++)
        *map_add(&ledger->target_index, map_key_of(ledger->targets.at[i].labels), NULL) = i;
    for (size_t i = 0; i < ledger->counted.len; i++) {
        const struct counted *c = &ledger->counted.at[i];
        *map_add(&ledger->counted_index, key_in(c->labels, c->term), NULL) = i;
    }
    rebuild_families(ledger);
}
