/* Random worlds, fed to the ledger in random cuts with crashes and restarts between them: what the store
 * holds at the end equals a slow reference over the scraped samples, and the true log lies within the printed
 * bound. SLOBURN_TRIALS sets the number of worlds (300), SLOBURN_SEED the first seed. */
#include "slo/ledger_keep.h"
#include "slo/ledger_reference.h"
#include "slo/ledger_world.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct slo_term TERMS[] = {{.role = SLO_UNITS, .coefficient = 1},
                                        {.role = SLO_SPENT, .coefficient = 1}};

static struct slo make_slo(void)
{
    return (struct slo){
        .kind = SLO_EVENTS,
        .target_billionths = 990000000,
        .allowance_billionths = 10000000,
        .scale = 1,
        .terms = TERMS,
        .n_terms = 2,
        .by = {TEXT("tenant")},
        .n_by = 1,
        .tiers = {{.long_ms = 300000, .short_ms = 120000, .rate_billionths = 40000000000, .page = true},
                  {.long_ms = 3600000, .short_ms = 300000, .rate_billionths = 14400000000, .page = true},
                  {.long_ms = 6 * 3600000, .short_ms = 1800000, .rate_billionths = 6000000000, .page = true}},
        .n_tiers = 3,
    };
}

/* One series of the world as a batch carries it. */
struct column {
    int target, replica, child, version;
    enum world_metric metric;
    const struct labels *labels;
    VEC(int64_t) times;
    VEC(double) values;
    VEC(int64_t) starts;
};

struct feeder {
    struct world *world;
    struct label_table *table;
    VEC(struct column) columns;
    VEC(struct series) sets[4];
    struct series_set views[4];
};

static const struct labels *labels_for(struct feeder *f, const struct world_sample *s)
{
    static const char *const names[] = {"up", "process_start_time_seconds", "x_total"};
    static const char *const numbers[] = {"0", "1", "2",  "3",  "4",  "5",  "6",  "7",
                                          "8", "9", "10", "11", "12", "13", "14", "15"};
    bool counter = s->metric == WORLD_COUNTER;
    return labels_of(f->table, "__name__", names[s->metric], "job", "api", "instance", numbers[s->target],
                     "replica", f->world->n_replicas == 2 ? numbers[s->replica] : "", "tenant",
                     counter ? s->child / 2 ? "b" : "a" : "", "code",
                     counter ? s->child % 2 ? "500" : "200" : "", "version",
                     counter && s->version ? numbers[s->version % 16] : "", NULL);
}

static struct column *column_for(struct feeder *f, const struct world_sample *s)
{
    for (size_t i = 0; i < f->columns.len; i++) {
        struct column *c = &f->columns.at[i];
        if (c->target == s->target && c->replica == s->replica && c->metric == s->metric &&
            (s->metric != WORLD_COUNTER || (c->child == s->child && c->version == s->version % 16)))
            return c;
    }
    VEC_PUSH(&f->columns, (struct column){.target = s->target,
                                          .replica = s->replica,
                                          .child = s->child,
                                          .version = s->version % 16,
                                          .metric = s->metric,
                                          .labels = labels_for(f, s)});
    return &f->columns.at[f->columns.len - 1];
}

static void fill_columns(struct feeder *f, int64_t from_ms, int64_t to_ms, int64_t now_ms)
{
    for (size_t i = 0; i < f->columns.len; i++) {
        VEC_CLEAR(&f->columns.at[i].times);
        VEC_CLEAR(&f->columns.at[i].values);
        VEC_CLEAR(&f->columns.at[i].starts);
    }
    size_t low = 0;
    size_t high = f->world->samples.len;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (f->world->samples.at[middle].at_ms <= from_ms)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < f->world->samples.len && f->world->samples.at[low].at_ms <= to_ms; low++) {
        const struct world_sample *s = &f->world->samples.at[low];
        if (s->arrives_ms > now_ms)
            continue;
        struct column *c = column_for(f, s);
        VEC_PUSH(&c->times, s->at_ms);
        VEC_PUSH(&c->values, s->value);
        VEC_PUSH(&c->starts, s->start_ms);
    }
}

/* Term 0: all children; term 1: the bad ones; up; process starts. */
static void make_batch(struct feeder *f, struct ledger_batch *batch)
{
    fill_columns(f, batch->from_ms, batch->to_ms, batch->now_ms);
    for (int i = 0; i < 4; i++)
        VEC_CLEAR(&f->sets[i]);
    for (size_t i = 0; i < f->columns.len; i++) {
        const struct column *c = &f->columns.at[i];
        struct series series = {
            .labels = c->labels, .len = c->times.len, .times_ms = c->times.at, .values = c->values.at};
        if (f->world->starts && c->metric == WORLD_COUNTER)
            series.starts_ms = c->starts.at;
        if (!c->times.len)
            continue;
        if (c->metric == WORLD_UP)
            VEC_PUSH(&f->sets[2], series);
        else if (c->metric == WORLD_START)
            VEC_PUSH(&f->sets[3], series);
        else
            VEC_PUSH(&f->sets[0], series);
        if (c->metric == WORLD_COUNTER && c->child % 2)
            VEC_PUSH(&f->sets[1], series);
    }
    for (int i = 0; i < 4; i++)
        f->views[i] = (struct series_set){f->sets[i].at, f->sets[i].len};
    batch->terms = f->views;
    batch->up = &f->views[2];
    batch->starts = &f->views[3];
}

static void finish_feeder(struct feeder *f)
{
    for (size_t i = 0; i < f->columns.len; i++) {
        VEC_FREE(&f->columns.at[i].times);
        VEC_FREE(&f->columns.at[i].values);
        VEC_FREE(&f->columns.at[i].starts);
    }
    for (int i = 0; i < 4; i++)
        VEC_FREE(&f->sets[i]);
    VEC_FREE(&f->columns);
    label_table_free(f->table);
}

/* The spans in which the source was blind, as the store knows them. One may be told as longer later. */
static void note_blind(struct world *w, const struct ledger_head *head)
{
    struct world_span span = {head->blind_from_ms, head->blind_to_ms};
    if (!span.to_ms || (w->blinds.len && w->blinds.at[w->blinds.len - 1].to_ms == span.to_ms))
        return;
    VEC_PUSH(&w->blinds, span);
}

/* What is older than 5 minutes is settled, and nothing else. */
static void check_horizon(const struct ledger_batch *batch, int64_t before_ms,
                          const struct ledger_change *change)
{
    int64_t horizon_ms = batch->now_ms - 300000;
    horizon_ms = batch->to_ms < horizon_ms ? batch->to_ms : horizon_ms;
    horizon_ms -= horizon_ms % 60000;
    if (batch->answer != LEDGER_ANSWERED)
        horizon_ms = before_ms;
    assert_int_equal(change->head.horizon_ms, horizon_ms > before_ms ? horizon_ms : before_ms);
}

/* Takes in random cuts. Some takes find the source blind, some are lost in a crash before they are stored. */
static struct ledger *feed(struct feeder *f, const struct slo *slo, struct keep *keep, bool blind)
{
    struct world *w = f->world;
    struct ledger *ledger = ledger_new(slo, f->table, TEXT(""));
    struct ledger_change change;
    int64_t last_ms = w->end_ms + 2400000;
    int64_t horizon_ms = 0;
    for (int64_t now = w->begin_ms + (int64_t)world_random(w, 400000);;) {
        struct ledger_batch batch = {.now_ms = now, .to_ms = now - (int64_t)world_random(w, 3000)};
        int64_t wanted = ledger_wanted_from_ms(ledger);
        batch.from_ms = (wanted ? wanted : w->begin_ms - 60000) - (int64_t)world_random(w, 2) * 400000;
        if (blind && world_random(w, 12) == 0 && now < w->end_ms)
            batch.answer = world_random(w, 2) ? LEDGER_FAILED : LEDGER_PARTIAL;
        else
            make_batch(f, &batch);
        ledger_take(ledger, &batch, &change);
        if (horizon_ms)
            check_horizon(&batch, horizon_ms, &change);
        horizon_ms = change.head.horizon_ms;
        uint64_t dice = world_random(w, 20);
        if (dice || now == last_ms) {
            keep_change(keep, ledger, &change);
            note_blind(w, &change.head);
        }
        if (dice < 2 && now != last_ms) {
            ledger_free(ledger);
            ledger = keep_restore(keep, slo, f->table);
            horizon_ms = keep->head.horizon_ms;
        }
        if (now == last_ms)
            return ledger;
        now +=
            world_random(w, 12) ? 5000 + (int64_t)world_random(w, 70000) : (int64_t)world_random(w, 1500000);
        if (now > last_ms)
            now = last_ms;
    }
}

static struct minute found[3][REF_MINUTES * 2];
static size_t n_found[3];

/* The reference's number of a stored group: the order in which the ledger met them is chance. */
static int reference_group(const struct ledger *ledger, uint32_t group)
{
    if (!group)
        return 0;
    return text_is(labels_value(ledger_group_labels(ledger, group), TEXT("tenant")), "a") ? 1 : 2;
}

static void compare_cover(const struct world *w, const struct ref_minute *want, const struct minute *got,
                          uint64_t seed)
{
    bool down = want->expected && !want->seen && !want->scraped && !ref_blind(w, got->minute);
    if (got->expected != want->expected || got->seen != want->seen)
        fail_msg("seed %" PRIu64 " minute %" PRId64 ": %d of %d seen; the reference has %d of %d", seed,
                 got->minute, got->seen, got->expected, want->seen, want->expected);
    if (((got->flags & MINUTE_DOWN) != 0) != down)
        fail_msg("seed %" PRIu64 " minute %" PRId64 " is%s down", seed, got->minute, down ? " not" : "");
}

static void compare_group(const struct world *w, const struct reference *ref, int group, uint32_t index,
                          int64_t horizon, uint64_t seed)
{
    for (int64_t m = 0; m < REF_MINUTES && ref->first + m < horizon; m++) {
        struct minute got = {.minute = ref->first + m};
        const struct ref_minute *want = &ref->minutes[group][m];
        for (size_t i = 0; i < n_found[index]; i++)
            if (found[index][i].minute == ref->first + m)
                got = found[index][i];
        if (got.units != want->units || got.spent != want->spent)
            fail_msg("seed %" PRIu64 " group %d minute %" PRId64 " (+%" PRId64 "): %" PRId64
                     " units, %" PRId64 " spent; the reference has %" PRId64 ", %" PRId64,
                     seed, group, got.minute, m, got.units, got.spent, want->units, want->spent);
        if (((got.flags & MINUTE_SPREAD) != 0) != want->spread)
            fail_msg("seed %" PRIu64 " group %d minute %" PRId64 " is%s spread", seed, group, got.minute,
                     want->spread ? " not" : "");
        if (!group)
            compare_cover(w, want, &got, seed);
    }
}

/* Windows with random borders, over blobs and rows, equal the sum of their minutes. */
static void compare_windows(struct world *w, struct keep *keep, uint32_t group)
{
    static struct window_day days[8];
    struct window_source source = {.days = days};
    const struct minute *all = found[group];
    size_t n = n_found[group];
    for (size_t i = 0; i < keep->days.len; i++) {
        const struct kept_day *d = &keep->days.at[i];
        if (d->group == group)
            days[source.n_days++] = (struct window_day){d->day, d->totals, {d->blob, d->len}};
    }
    size_t first_open = 0;
    while (first_open < n && source.n_days &&
           day_of_minute(all[first_open].minute) <= days[source.n_days - 1].day)
        first_open++;
    source.open = all + first_open;
    source.n_open = n - first_open;
    for (int i = 0; i < 5 && n; i++) {
        int64_t from = all[0].minute + (int64_t)world_random(w, 200) - 20;
        int64_t to = from + (int64_t)world_random(w, 1600);
        if (world_random(w, 3) == 0) /* from a day's border or before it to somewhere within that day */
            from = day_of_minute(all[0].minute) * DAY_MINUTES - (int64_t)world_random(w, 2) * 100;
        if (world_random(w, 3) == 0)
            to = all[0].minute + (int64_t)world_random(w, 60);
        struct minute_span hole = {from + 10, from + 10 + (int64_t)world_random(w, 30)};
        size_t n_holes = world_random(w, 2);
        struct window_sum want = {0};
        struct window_sum got;
        struct err err;
        for (size_t k = 0; k < n; k++) {
            bool excluded = n_holes && all[k].minute >= hole.from_minute && all[k].minute < hole.to_minute;
            if (all[k].minute >= from && all[k].minute < to && !excluded)
                window_sum_minute(&want, &all[k]);
        }
        assert_true(window_sum_over(&source, from, to, &hole, n_holes, &got, &err));
        assert_memory_equal(&got, &want, sizeof got);
    }
}

/* Burn windows end at the newest sample and begin at the border nearest to their length before it; longer
 * ones at one of at most a seventieth of their length. */
static void check_borders(const struct burn_sum *window, int64_t length_ms, int64_t newest_ms)
{
    int64_t step_ms = length_ms <= 72 * MINUTE_MS ? MINUTE_MS : length_ms / 70;
    int64_t off_ms = window->from_ms - (newest_ms - length_ms);
    assert_int_equal(window->to_ms, newest_ms);
    assert_int_equal(window->from_ms % MINUTE_MS, 0);
    assert_true(2 * off_ms <= step_ms && 2 * off_ms >= -step_ms);
}

static void compare_recent(struct ledger *ledger, uint32_t group)
{
    static const int64_t lengths[] = {120000, 300000, 1800000, 3600000, 6 * 3600000};
    int64_t newest_ms = recent_newest_ms(ledger_recent(ledger, group));
    for (int i = 0; i < 5; i++) {
        struct burn_sum got = recent_window(ledger_recent(ledger, group), lengths[i]);
        struct burn_sum want = {0};
        /* What a crash may have swallowed is capped in burn rates; what was spread over a day that is closed
         * is not compared with what it hid. */
        bool less = day_of_minute(got.from_ms / MINUTE_MS) != day_of_minute(got.to_ms / MINUTE_MS);
        check_borders(&got, lengths[i], newest_ms);
        for (size_t k = 0; k < n_found[group]; k++) {
            const struct minute *m = &found[group][k];
            if (m->minute * MINUTE_MS < got.from_ms || m->minute * MINUTE_MS >= got.to_ms)
                continue;
            want.units += m->units;
            want.spent += m->spent;
            want.hidden += m->hidden;
            less |= (m->flags & MINUTE_RESET) != 0;
        }
        assert_int_equal(got.units, want.units);
        assert_int_equal(got.spent, want.spent);
        assert_true(less ? got.hidden <= want.hidden : got.hidden == want.hidden);
    }
}

static void check_log(const struct world *w, uint64_t seed)
{
    int64_t truth = 0;
    struct window_sum sum = {0};
    for (int t = 0; t < w->n_targets; t++)
        truth += w->targets[t].events_scraped;
    /* Until the world ends; what follows is expected and unseen. */
    for (size_t i = 0; i < n_found[0]; i++)
        if (found[0][i].minute <= minute_of(w->end_ms))
            window_sum_minute(&sum, &found[0][i]);
        else
            sum.units += found[0][i].units;
    if (sum.units > truth)
        fail_msg("seed %" PRIu64 ": %" PRId64 " units, more than the %" PRId64 " that were", seed, sum.units,
                 truth);
    if (sum.units + sum.hidden < truth)
        fail_msg("seed %" PRIu64 ": %" PRId64 " units and %" PRId64 " hidden, less than the %" PRId64
                 " that were",
                 seed, sum.units, sum.hidden, truth);
}

static void run_trial(uint64_t seed, bool steady)
{
    static struct world world;
    static struct reference reference;
    world_run(&world, seed, steady);
    struct slo slo = make_slo();
    struct feeder f = {.world = &world, .table = label_table_new(NULL)};
    struct keep keep = {.head.first_minute = INT64_MAX};
    bool blind = world_random(&world, 2);
    struct ledger *ledger = feed(&f, &slo, &keep, blind);
    reference_run(&world, &reference);
    int64_t horizon = keep.head.horizon_ms / MINUTE_MS;
    for (uint32_t g = 0; g < ledger_groups(ledger); g++) {
        n_found[g] = keep_minutes(&keep, g, found[g], REF_MINUTES * 2);
        compare_group(&world, &reference, reference_group(ledger, g), g, horizon, seed);
        compare_windows(&world, &keep, g);
        compare_recent(ledger, g);
    }
    if (steady)
        check_log(&world, seed);
    ledger_free(ledger);
    keep_finish(&keep);
    finish_feeder(&f);
    world_finish(&world);
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static void the_ledger_equals_a_slow_reference(void **unused)
{
    (void)unused;
    uint64_t first = number_from("SLOBURN_SEED", 1);
    uint64_t trials = number_from("SLOBURN_TRIALS", 300);
    for (uint64_t i = 0; i < trials; i++)
        run_trial(first + i, false);
}

static void the_true_log_lies_within_the_bound(void **unused)
{
    (void)unused;
    uint64_t first = number_from("SLOBURN_SEED", 1);
    uint64_t trials = number_from("SLOBURN_TRIALS", 300);
    for (uint64_t i = 0; i < trials; i++)
        run_trial(first + i, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ledger_equals_a_slow_reference),
        cmocka_unit_test(the_true_log_lies_within_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
