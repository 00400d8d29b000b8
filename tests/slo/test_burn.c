/* The states of tiers and incidents, by minutes put into memory one by one: when a tier opens and closes,
 * what it says of itself, and which incidents come of it. */
#include "support/cmocka_headers.h"

#include "base/decimal.h"
#include "slo/burn.h"

#include <stdlib.h>

#define BEGIN_MINUTE (20000LL * DAY_MINUTES)

enum { OUTAGE, FAST, SLOW, DRIFT, TREND };

struct bench {
    struct slo slo;
    struct recent *recent;
    struct burn_state state;
    struct burn_input input;
    struct burn_result result;
    int64_t minute; /* the next */
};

/* Tiers of their own, so that these tests say nothing of the defaults: those are judged in cases. `low` are
 * the rates of means and totals. */
static const struct {
    const char *name;
    int64_t long_ms;
    int64_t short_ms;
    double rate;
    double low;
    int severity;
} table[] = {{"outage", 5 * MINUTE_MS, 2 * MINUTE_MS, 40, 3, 1},
             {"fast", HOUR_MS, 5 * MINUTE_MS, 14.4, 3, 1},
             {"slow", 6 * HOUR_MS, 30 * MINUTE_MS, 6, 2, 2},
             {"drift", DAY_MS, 2 * HOUR_MS, 3, 1.5, 3},
             {"trend", 3 * DAY_MS, 6 * HOUR_MS, 1, 1, 3}};

static void set_tiers(struct slo *slo)
{
    bool amount = slo->kind != SLO_EVENTS;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        slo->tiers[slo->n_tiers++] =
            (struct slo_tier){.name = text_of(table[i].name),
                              .long_ms = table[i].long_ms,
                              .short_ms = table[i].short_ms,
                              .rate_billionths = (int64_t)((amount ? table[i].low : table[i].rate) * 1e9),
                              .severity = table[i].severity,
                              .page = table[i].severity < 3,
                              .outage = i == OUTAGE,
                              .min_units = slo->kind == SLO_MEAN ? 20 : 0,
                              .min_spent = slo->kind == SLO_TOTAL ? 3 * (i == OUTAGE)
                                           : amount               ? 0
                                           : i == OUTAGE          ? 20
                                                                  : 10};
}

static struct bench *bench_of(struct slo slo)
{
    struct bench *b = calloc(1, sizeof *b);
    b->slo = slo;
    set_tiers(&b->slo);
    b->recent = recent_new(&b->slo);
    b->minute = BEGIN_MINUTE;
    b->input = (struct burn_input){.recent = b->recent, .health = HEALTH_SEEN, .down_pages = true};
    b->state.born_ms = (BEGIN_MINUTE - 30 * DAY_MINUTES) * MINUTE_MS;
    return b;
}

/* 99 %: outage opens at 40 times the allowance, which is 40 % of 100 units a minute. */
static struct bench *bench_new(void)
{
    return bench_of((struct slo){
        .kind = SLO_EVENTS, .target_billionths = 990000000, .allowance_billionths = 10000000, .scale = 1});
}

static void bench_free(struct bench *b)
{
    recent_free(b->recent);
    free(b);
}

/* Minutes pass; each is judged at its end. */
static void pass(struct bench *b, int n, int64_t units, int64_t spent, int64_t hidden)
{
    for (int i = 0; i < n; i++) {
        struct minute m = {b->minute++, units, spent, hidden, 1, hidden ? 0 : 1, 0};
        recent_seal(b->recent, &m);
        b->input.now_ms = b->minute * MINUTE_MS;
        burn_evaluate(&b->slo, &b->input, &b->state, &b->result);
    }
}

static enum burn_verdict verdict(const struct bench *b, int tier)
{
    return b->result.tiers[tier].verdict;
}

static bool is_open(const struct bench *b, int tier)
{
    return b->state.tiers[tier].open_ms != 0;
}

/* Minutes until the tier is closed, at so many spent a minute; -1: not within `most`. */
static int minutes_to_close(struct bench *b, int tier, int64_t spent, int most)
{
    for (int i = 1; i <= most; i++) {
        pass(b, 1, 100, spent, 0);
        if (!is_open(b, tier))
            return i;
    }
    return -1;
}

/* ---- tiers ---- */

static void a_tier_opens_at_its_rate(void **unused)
{
    (void)unused;
    for (int more = 0; more < 2; more++) {
        struct bench *b = bench_new();
        pass(b, 60, 100, 0, 0);
        pass(b, 5, 100, 39 + more, 0);
        assert_int_equal(is_open(b, OUTAGE), more);
        assert_int_equal(verdict(b, OUTAGE), more ? BURN_HOLDS : BURN_QUIET);
        bench_free(b);
    }
}

static void both_windows_must_burn(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    pass(b, 60, 100, 0, 0);
    pass(b, 2, 100, 50, 0); /* the short one does, of the long one a fifth */
    assert_false(is_open(b, OUTAGE));
    pass(b, 1, 100, 100, 0); /* 200 of 500 */
    assert_true(is_open(b, OUTAGE));
    bench_free(b);
    b = bench_new();
    pass(b, 60, 100, 0, 0);
    b->input.maintenance = true;
    pass(b, 3, 100, 100, 0);
    pass(b, 1, 100, 0, 0);
    b->input.maintenance = false;
    pass(b, 1, 100, 0, 0); /* the long one does */
    assert_false(is_open(b, OUTAGE));
    assert_int_equal(verdict(b, OUTAGE), BURN_QUIET);
    bench_free(b);
}

static void it_closes_under_three_quarters_of_its_rate_after_two_short_windows(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    pass(b, 10, 100, 100, 0);
    assert_true(is_open(b, OUTAGE));
    assert_int_equal(minutes_to_close(b, OUTAGE, 30, 30), -1);
    assert_int_equal(verdict(b, OUTAGE), BURN_LINGERS);
    /* The short window is two minutes: from the first at 29 on it holds less than 30. Four more are calm. */
    assert_int_equal(minutes_to_close(b, OUTAGE, 29, 30), 5);
    bench_free(b);
}

static void calm_begins_anew_when_it_was_interrupted(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    pass(b, 10, 100, 100, 0);
    assert_int_equal(minutes_to_close(b, OUTAGE, 0, 5), -1); /* two to forget, three of calm */
    pass(b, 1, 100, 100, 0);
    assert_true(is_open(b, OUTAGE));
    assert_int_equal(minutes_to_close(b, OUTAGE, 0, 30), 6);
    bench_free(b);
}

static void calm_lasts_a_quarter_of_an_hour_at_most(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    pass(b, 360, 100, 7, 0);
    assert_true(is_open(b, SLOW));
    /* Its short window is 30 minutes: seven of them are enough for less than 0.75 x 6 x 1 %. */
    int minutes = minutes_to_close(b, SLOW, 0, 60);
    assert_int_equal(minutes, 11 + 15);
    bench_free(b);
}

static void what_is_hidden_is_good_when_it_opens_and_bad_when_it_closes(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    pass(b, 60, 100, 0, 0);
    pass(b, 5, 90, 40, 11); /* 40 of 101, or 51 of 101 */
    assert_false(is_open(b, OUTAGE));
    assert_int_equal(verdict(b, OUTAGE), BURN_UNSURE);
    bench_free(b);
    b = bench_new();
    pass(b, 60, 100, 0, 0);
    pass(b, 5, 90, 40, 10); /* 40 of 100 */
    assert_true(is_open(b, OUTAGE));
    pass(b, 10, 60, 0, 40);
    assert_int_equal(verdict(b, OUTAGE), BURN_KEPT);
    assert_int_equal(minutes_to_close(b, OUTAGE, 0, 30), 5);
    bench_free(b);
}

static void too_little_is_insufficient(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    pass(b, 10, 4, 0, 0);
    pass(b, 4, 4, 4, 0);
    assert_int_equal(verdict(b, OUTAGE), BURN_INSUFFICIENT); /* 16 */
    assert_int_equal(verdict(b, FAST), BURN_HOLDS);          /* it needs ten */
    pass(b, 1, 4, 4, 0);
    assert_int_equal(verdict(b, OUTAGE), BURN_HOLDS);
    bench_free(b);
}

static struct slo cost(void)
{
    return (struct slo){.kind = SLO_MEAN,
                        .target_billionths = 10 * DECIMAL_ONE,
                        .allowance_billionths = 10 * DECIMAL_ONE,
                        .scale = 1000000};
}

static void a_mean_needs_twenty_units(void **unused)
{
    (void)unused;
    struct bench *b = bench_of(cost());
    pass(b, 4, 4, 4 * 90000000LL, 0);
    assert_int_equal(verdict(b, OUTAGE), BURN_INSUFFICIENT);
    pass(b, 1, 3, 3 * 90000000LL, 0);
    assert_int_equal(verdict(b, OUTAGE), BURN_INSUFFICIENT);
    pass(b, 1, 5, 5 * 90000000LL, 0); /* 4, 4, 4, 3, 5 */
    assert_int_equal(verdict(b, OUTAGE), BURN_HOLDS);
    bench_free(b);
}

static void the_outage_of_a_total_is_three_bad_minutes_of_five(void **unused)
{
    (void)unused;
    struct slo total = cost();
    total.kind = SLO_TOTAL;
    struct bench *b = bench_of(total); /* 10 a minute are allowed, 30 are bad */
    pass(b, 60, 1, 1000000, 0);
    pass(b, 2, 1, 400000000, 0);
    assert_int_equal(verdict(b, OUTAGE), BURN_INSUFFICIENT);
    pass(b, 1, 1, 29999999, 0);
    assert_int_equal(verdict(b, OUTAGE), BURN_INSUFFICIENT);
    pass(b, 1, 1, 30000001, 0);
    assert_int_equal(verdict(b, OUTAGE), BURN_HOLDS);
    bench_free(b);
    b = bench_of(total);
    pass(b, 1, 1, 400000000, 0);
    pass(b, 1, 1, 30000000, 0);
    pass(b, 1, 1, 400000000, 0);
    assert_int_equal(verdict(b, OUTAGE), BURN_HOLDS);
    bench_free(b);
}

static void a_new_slo_opens_outage_and_fast_only(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    b->state.born_ms = BEGIN_MINUTE * MINUTE_MS;
    pass(b, 59, 100, 100, 0);
    assert_true(is_open(b, OUTAGE));
    assert_true(is_open(b, FAST));
    assert_false(is_open(b, SLOW));
    assert_int_equal(verdict(b, SLOW), BURN_TOO_NEW);
    pass(b, 1, 100, 100, 0);
    assert_true(is_open(b, SLOW));
    bench_free(b);
}

static void at_a_first_start_all_that_holds_opens(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    b->state.born_ms = 0;
    for (int i = 0; i < 600; i++)
        recent_seal(b->recent, &(struct minute){b->minute++, 100, 50, 0, 1, 1, 0});
    b->input.first_start = true;
    pass(b, 1, 100, 50, 0);
    for (int i = 0; i <= TREND; i++)
        assert_true(is_open(b, i));
    assert_true(b->state.incidents[BURN_PAGE].quiet);
    bench_free(b);
}

static void in_maintenance_nothing_opens_and_nothing_closes(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    b->input.maintenance = true;
    pass(b, 10, 100, 100, 0);
    assert_false(is_open(b, OUTAGE));
    b->input.maintenance = false;
    pass(b, 1, 100, 100, 0);
    assert_true(is_open(b, OUTAGE));
    b->input.maintenance = true;
    assert_int_equal(minutes_to_close(b, OUTAGE, 0, 20), -1);
    b->input.maintenance = false;
    assert_int_equal(minutes_to_close(b, OUTAGE, 0, 20), 1);
    bench_free(b);
}

static void who_is_blind_judges_nothing_and_calm_does_not_last_through_it(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    b->input.health = HEALTH_BLIND;
    pass(b, 10, 100, 100, 0);
    assert_int_equal(verdict(b, OUTAGE), BURN_BLIND);
    assert_false(is_open(b, OUTAGE));
    b->input.health = HEALTH_SEEN;
    pass(b, 1, 100, 100, 0);
    assert_true(is_open(b, OUTAGE));
    pass(b, 4, 100, 0, 0); /* calm for two */
    b->input.health = HEALTH_BLIND;
    pass(b, 10, 100, 0, 0);
    assert_true(is_open(b, OUTAGE));
    b->input.health = HEALTH_SEEN;
    assert_int_equal(minutes_to_close(b, OUTAGE, 0, 20), 5);
    bench_free(b);
}

/* ---- incidents ---- */

static const struct burn_transition *told(const struct bench *b, enum burn_class class, enum burn_event event)
{
    for (size_t i = 0; i < b->result.n_transitions; i++)
        if (b->result.transitions[i].class == class && b->result.transitions[i].event == event)
            return &b->result.transitions[i];
    return NULL;
}

static void an_incident_is_named_by_the_slot_at_which_it_opened(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    pass(b, 60, 100, 0, 0);
    for (int i = 0; i < 5 && !told(b, BURN_PAGE, BURN_OPEN); i++)
        pass(b, 1, 100, 99, 0);
    b->input.now_ms += 30000;
    int64_t opened_ms = b->state.incidents[BURN_PAGE].episode_ms;
    assert_int_equal(opened_ms, b->minute * MINUTE_MS);
    assert_int_equal(told(b, BURN_PAGE, BURN_OPEN)->episode_ms, opened_ms);
    pass(b, 20, 100, 99, 0);
    assert_int_equal(b->state.incidents[BURN_PAGE].episode_ms, opened_ms);
    while (!told(b, BURN_PAGE, BURN_RESOLVE))
        pass(b, 1, 100, 0, 0);
    assert_int_equal(told(b, BURN_PAGE, BURN_RESOLVE)->episode_ms, opened_ms);
    bench_free(b);
}

static void a_slot_that_was_judged_changes_nothing(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    pass(b, 10, 100, 100, 0);
    struct burn_state before = b->state;
    for (int back = 0; back < 3; back++) {
        b->input.health = HEALTH_DOWN;
        b->input.now_ms -= back * MINUTE_MS;
        burn_evaluate(&b->slo, &b->input, &b->state, &b->result);
        assert_int_equal(b->result.n_transitions, 0);
        assert_memory_equal(&before, &b->state, sizeof before);
    }
    bench_free(b);
}

static void a_ticket_is_folded_into_an_open_page_and_told_after_it(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    pass(b, 24 * 60, 100, 4, 0); /* four times the allowance: drift */
    assert_true(b->state.incidents[BURN_TICKET].episode_ms != 0);
    assert_int_equal(b->state.incidents[BURN_PAGE].episode_ms, 0);
    for (int i = 0; i < 10 && !told(b, BURN_PAGE, BURN_OPEN); i++)
        pass(b, 1, 100, 100, 0);
    assert_int_equal(told(b, BURN_TICKET, BURN_RESOLVE)->reason, BURN_REASON_FOLDED);
    while (!told(b, BURN_PAGE, BURN_RESOLVE)) {
        pass(b, 1, 100, 4, 0);
        if (!told(b, BURN_PAGE, BURN_RESOLVE))
            assert_null(told(b, BURN_TICKET, BURN_OPEN));
    }
    assert_int_equal(told(b, BURN_TICKET, BURN_OPEN)->reason, BURN_REASON_TIER);
    bench_free(b);
}

/* Recorded quietly at a first start: what gets graver is told as an incident of its own. */
static void what_was_quiet_and_gets_graver_opens_anew(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    for (int i = 0; i < 360; i++)
        recent_seal(b->recent, &(struct minute){b->minute++, 100, 7, 0, 1, 1, 0});
    b->input.first_start = true;
    pass(b, 1, 100, 7, 0);
    b->input.first_start = false;
    assert_int_equal(b->state.incidents[BURN_PAGE].tier, SLOW);
    assert_true(told(b, BURN_PAGE, BURN_OPEN)->quiet);
    int64_t quiet_ms = b->state.incidents[BURN_PAGE].episode_ms;
    pass(b, 1, 100, 7, 0);
    for (int i = 0; i < 60 && !told(b, BURN_PAGE, BURN_OPEN); i++)
        pass(b, 1, 100, 100, 0);
    const struct burn_transition *opened = told(b, BURN_PAGE, BURN_OPEN);
    assert_false(opened->quiet);
    assert_int_equal(opened->severity, 1);
    assert_true(opened->episode_ms > quiet_ms);
    assert_int_equal(opened->episode_ms, b->input.now_ms);
    bench_free(b);
}

/* Both page tiers are open; `without` leaves the definition while they are. */
static struct bench *bench_without(int without)
{
    struct bench *b = bench_new();
    struct text names[SLO_TIERS_MAX];
    pass(b, 60, 100, 0, 0);
    pass(b, 10, 100, 100, 0);
    assert_int_equal(b->state.incidents[BURN_PAGE].tier, OUTAGE);
    assert_true(b->state.tiers[FAST].open_ms != 0);
    for (size_t i = 0; i < b->slo.n_tiers; i++)
        names[i] = b->slo.tiers[i].name;
    memmove(&b->slo.tiers[without], &b->slo.tiers[without + 1],
            (b->slo.n_tiers - (size_t)without - 1) * sizeof b->slo.tiers[0]);
    b->slo.n_tiers--;
    struct burn_state before = b->state;
    burn_state_move(&b->state, names, b->slo.n_tiers + 1, &b->slo);
    for (int i = OUTAGE; i <= TREND; i++)
        if (i != without)
            assert_memory_equal(&before.tiers[i], &b->state.tiers[i - (i > without)], sizeof before.tiers[i]);
    return b;
}

static void states_move_with_their_tier(void **unused)
{
    (void)unused;
    struct bench *b = bench_without(OUTAGE);
    int64_t opened_ms = b->state.incidents[BURN_PAGE].episode_ms;
    assert_true(b->state.tiers[FAST - 1].open_ms != 0);
    assert_int_equal(b->state.incidents[BURN_PAGE].tier, -1);
    pass(b, 1, 100, 100, 0);
    assert_int_equal(b->state.incidents[BURN_PAGE].tier, FAST - 1);
    assert_int_equal(b->state.incidents[BURN_PAGE].episode_ms, opened_ms);
    assert_int_equal(told(b, BURN_PAGE, BURN_REFRESH)->severity, 1);
    assert_null(told(b, BURN_PAGE, BURN_OPEN));
    bench_free(b);
}

static void a_tier_before_which_another_goes_is_told_no_change(void **unused)
{
    (void)unused;
    struct bench *b = bench_without(DRIFT);
    assert_int_equal(b->state.incidents[BURN_PAGE].tier, OUTAGE);
    pass(b, 1, 100, 100, 0);
    assert_int_equal(b->result.n_transitions, 0);
    bench_free(b);
}

static void an_incident_whose_tiers_are_gone_is_over(void **unused)
{
    (void)unused;
    struct bench *b = bench_without(OUTAGE);
    const struct text names[] = {TEXT("fast"), TEXT("slow"), TEXT("drift"), TEXT("trend")};
    memmove(b->slo.tiers, b->slo.tiers + 2, 2 * sizeof b->slo.tiers[0]);
    b->slo.n_tiers = 2;
    burn_state_move(&b->state, names, 4, &b->slo);
    pass(b, 1, 100, 100, 0);
    assert_int_equal(told(b, BURN_PAGE, BURN_RESOLVE)->reason, BURN_REASON_OVER);
    assert_int_equal(b->state.incidents[BURN_PAGE].episode_ms, 0);
    bench_free(b);
}

static void of_tiers_of_one_severity_the_first_speaks(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    pass(b, 60, 100, 100, 0);
    assert_true(is_open(b, OUTAGE) && is_open(b, FAST) && is_open(b, SLOW));
    assert_int_equal(b->state.incidents[BURN_PAGE].tier, OUTAGE);
    bench_free(b);
}

/* Down since the beginning of `since` minutes ago. */
static void pass_down(struct bench *b, int n, int since)
{
    for (int i = 0; i < n; i++) {
        b->input.health = HEALTH_DOWN;
        b->input.health_since_ms = (b->minute + 1 - since - i) * MINUTE_MS;
        pass(b, 1, 0, 0, 0);
    }
}

static void pass_up(struct bench *b, int n)
{
    b->input.health = HEALTH_SEEN;
    b->input.health_since_ms = (b->minute + 1) * MINUTE_MS;
    pass(b, n, 100, 0, 0);
}

static void down_pages_after_two_minutes_and_is_over_after_two(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    pass_down(b, 1, 1);
    assert_int_equal(b->result.n_transitions, 0);
    b->input.health_since_ms = (b->minute - 1) * MINUTE_MS;
    pass(b, 1, 0, 0, 0);
    assert_int_equal(told(b, BURN_PAGE, BURN_OPEN)->reason, BURN_REASON_DOWN);
    pass_up(b, 2);
    assert_int_equal(b->result.n_transitions, 0);
    /* Down once more for a moment: the two minutes begin anew. */
    pass_down(b, 1, 1);
    pass_up(b, 2);
    assert_int_equal(b->result.n_transitions, 0);
    pass(b, 1, 100, 0, 0);
    assert_int_equal(told(b, BURN_PAGE, BURN_RESOLVE)->reason, BURN_REASON_UP);
    bench_free(b);
}

static void blindness_does_not_end_what_is_down(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    b->input.health = HEALTH_DOWN;
    pass(b, 3, 0, 0, 0);
    assert_true(b->state.down);
    b->input.health = HEALTH_BLIND;
    pass(b, 30, 0, 0, 0);
    assert_true(b->state.down);
    bench_free(b);
}

static void down_is_the_page_of_availability_and_not_in_maintenance(void **unused)
{
    (void)unused;
    for (int i = 0; i < 2; i++) {
        struct bench *b = bench_new();
        b->input.down_pages = i == 0;
        b->input.maintenance = i == 0;
        b->input.health = HEALTH_DOWN;
        pass(b, 10, 0, 0, 0);
        assert_int_equal(b->state.incidents[BURN_PAGE].episode_ms, 0);
        bench_free(b);
    }
}

static void misconfigured_is_a_ticket_after_five_minutes_that_blindness_keeps(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    b->state.born_ms = 0;
    b->input.health = HEALTH_MISCONFIGURED;
    pass(b, 5, 0, 0, 0);
    assert_int_equal(b->state.incidents[BURN_TICKET].episode_ms, 0);
    pass(b, 1, 0, 0, 0);
    assert_int_equal(told(b, BURN_TICKET, BURN_OPEN)->reason, BURN_REASON_MISCONFIGURED);
    b->input.health = HEALTH_BLIND;
    pass(b, 10, 0, 0, 0);
    assert_true(b->state.incidents[BURN_TICKET].episode_ms != 0);
    b->input.health = HEALTH_SEEN;
    pass(b, 1, 0, 0, 0);
    assert_int_equal(told(b, BURN_TICKET, BURN_RESOLVE)->reason, BURN_REASON_MATCHED);
    bench_free(b);
}

/* Forecasts go on with the longest window that burns, else with the longest of all. */
static void forecasts_assume_the_longest_window_that_is_open(void **unused)
{
    (void)unused;
    struct bench *b = bench_new();
    pass(b, 3 * 24 * 60, 100, 0, 0);
    assert_int_equal(b->result.rate_window_ms, 3 * DAY_MS);
    pass(b, 10, 100, 100, 0);
    assert_true(is_open(b, OUTAGE) && is_open(b, FAST) && !is_open(b, SLOW));
    assert_int_equal(b->result.rate_window_ms, HOUR_MS);
    assert_true(b->result.rate > 16 && b->result.rate < 17); /* 1,000 of 6,000 */
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tier_opens_at_its_rate),
        cmocka_unit_test(both_windows_must_burn),
        cmocka_unit_test(it_closes_under_three_quarters_of_its_rate_after_two_short_windows),
        cmocka_unit_test(calm_begins_anew_when_it_was_interrupted),
        cmocka_unit_test(calm_lasts_a_quarter_of_an_hour_at_most),
        cmocka_unit_test(what_is_hidden_is_good_when_it_opens_and_bad_when_it_closes),
        cmocka_unit_test(too_little_is_insufficient),
        cmocka_unit_test(a_mean_needs_twenty_units),
        cmocka_unit_test(the_outage_of_a_total_is_three_bad_minutes_of_five),
        cmocka_unit_test(a_new_slo_opens_outage_and_fast_only),
        cmocka_unit_test(at_a_first_start_all_that_holds_opens),
        cmocka_unit_test(in_maintenance_nothing_opens_and_nothing_closes),
        cmocka_unit_test(who_is_blind_judges_nothing_and_calm_does_not_last_through_it),
        cmocka_unit_test(an_incident_is_named_by_the_slot_at_which_it_opened),
        cmocka_unit_test(a_slot_that_was_judged_changes_nothing),
        cmocka_unit_test(a_ticket_is_folded_into_an_open_page_and_told_after_it),
        cmocka_unit_test(what_was_quiet_and_gets_graver_opens_anew),
        cmocka_unit_test(states_move_with_their_tier),
        cmocka_unit_test(a_tier_before_which_another_goes_is_told_no_change),
        cmocka_unit_test(an_incident_whose_tiers_are_gone_is_over),
        cmocka_unit_test(of_tiers_of_one_severity_the_first_speaks),
        cmocka_unit_test(down_pages_after_two_minutes_and_is_over_after_two),
        cmocka_unit_test(blindness_does_not_end_what_is_down),
        cmocka_unit_test(down_is_the_page_of_availability_and_not_in_maintenance),
        cmocka_unit_test(misconfigured_is_a_ticket_after_five_minutes_that_blindness_keeps),
        cmocka_unit_test(forecasts_assume_the_longest_window_that_is_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
