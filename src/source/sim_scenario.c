/* sim_scenario: what goes wrong in the simulated service and when: conditions, the small incidents of its
 * past, the lives of its processes, and which scrapes took place. */
#include "source/sim_model.h"

#include <math.h>
#include <stdlib.h>

enum {
    CRASH_DOWN_MS = 20000,
    CRASH_PERIOD_MS = 60000,
    MAX_CONDITIONS = 1000,
    MAX_WITH_INCIDENTS = 4000,
    MAX_LIVES = 100000
};

#define MAX_HISTORY_MS (400LL * DAY_MS)
#define HEALTHY_FAIL   0.001
#define HEALTHY_SLOW   0.0125
#define INCIDENT_FAIL  0.8
#define INCIDENT_SLOW  0.15
#define INCIDENT_RATE  8.0

const char *const sim_tenant_names[SIM_TENANTS] = {"acme", "globex", "initech"};
const char *const sim_instance_names[SIM_INSTANCES] = {"rag-1:8080", "rag-2:8080"};

static const double tenant_rates[SIM_TENANTS] = {1.4, 1.0, 0.8}; /* queries per second, mean of a day */
static const double tenant_cost_factors[SIM_TENANTS] = {1.04, 0.97, 0.93};

/* The past, so that budgets are partly used and charts have something to show. Hours before the origin; the
 * last three days stay clean, so that no tier is open when somebody first looks. */
static const struct {
    enum sim_condition_kind kind;
    double from_hours;
    double minutes;
    int tenant;
    double value;
} past[] = {
    {SIM_SLOW, 626, 240, SIM_ALL, 0.09},       /* a slow reranker */
    {SIM_FAIL, 507, 110, SIM_ALL, 0.08},       /* a deploy that leaked connections */
    {SIM_SCORE_DROP, 391, 480, 1, 0.22},       /* a stale index of one tenant */
    {SIM_COST_FACTOR, 290, 600, SIM_ALL, 1.5}, /* the larger model, by mistake */
    {SIM_FAIL, 150, 14, SIM_ALL, 0.35},        /* the vector store failed over */
    {SIM_SLOW, 150, 25, SIM_ALL, 0.2},
};

struct value_range {
    const char *name;
    double least;
    double most;
};

static const struct value_range value_ranges[SIM_CONDITION_KINDS] = {
    [SIM_TRAFFIC] = {"traffic", 0, 50},
    [SIM_FAIL] = {"fail", 0, 1},
    [SIM_SLOW] = {"slow", 0, 1},
    [SIM_COST] = {"cost", 0, 1e6},
    [SIM_COST_FACTOR] = {"cost factor", 0, 1000},
    [SIM_SCORE] = {"score", 0, 1},
    [SIM_SCORE_DROP] = {"score drop", 0, 1},
    [SIM_DOWN] = {"down", -INFINITY, INFINITY},
    [SIM_CRASH_LOOP] = {"crash loop", -INFINITY, INFINITY},
    [SIM_GAP] = {"gap", -INFINITY, INFINITY},
};

static bool condition_check(const struct sim_condition *condition, struct err *err)
{
    if ((unsigned)condition->kind >= SIM_CONDITION_KINDS)
        return err_set(err, ERR_INPUT, "condition of unknown kind %d", (int)condition->kind);
    const struct value_range *range = &value_ranges[condition->kind];
    if (condition->from_ms > condition->to_ms)
        return err_set(err, ERR_INPUT, "condition %s ends before it begins", range->name);
    if (!(condition->value >= range->least && condition->value <= range->most))
        return err_set(err, ERR_INPUT, "condition %s: %g is not between %g and %g", range->name,
                       condition->value, range->least, range->most);
    if (condition->tenant < SIM_ALL || condition->tenant >= SIM_TENANTS || condition->instance < SIM_ALL ||
        condition->instance >= SIM_INSTANCES)
        return err_set(err, ERR_INPUT, "condition %s: no such tenant or instance", range->name);
    return true;
}

static bool conditions_init(struct sim *sim, const struct sim_options *options, struct err *err)
{
    if (options->n_conditions > MAX_CONDITIONS)
        return err_set(err, ERR_INPUT, "%zu conditions are more than %d", options->n_conditions,
                       (int)MAX_CONDITIONS);
    for (size_t i = 0; i < sizeof past / sizeof past[0] && !options->plain_history; i++) {
        int64_t from_ms = sim->origin_ms - (int64_t)(past[i].from_hours * HOUR_MS);
        int64_t to_ms = from_ms + (int64_t)(past[i].minutes * MINUTE_MS);
        VEC_PUSH(&sim->conditions, (struct sim_condition){past[i].kind, from_ms, to_ms, past[i].tenant,
                                                          SIM_ALL, past[i].value});
    }
    for (size_t i = 0; i < options->n_conditions; i++) {
        if (!condition_check(&options->conditions[i], err))
            return false;
        VEC_PUSH(&sim->conditions, options->conditions[i]);
    }
    return true;
}

static bool condition_is_for(const struct sim_condition *condition, int instance)
{
    return condition->instance == SIM_ALL || condition->instance == instance;
}

static int life_compare(const void *a, const void *b)
{
    const struct sim_life *left = a, *right = b;
    return left->start_ms < right->start_ms ? -1 : left->start_ms > right->start_ms;
}

/* The times at which an instance does not run, in any order, overlapping perhaps. */
static bool downs_collect(const struct sim *sim, int instance, struct sim_lives *downs, struct err *err)
{
    for (size_t i = 0; i < sim->conditions.len; i++) {
        const struct sim_condition *condition = &sim->conditions.at[i];
        if (!condition_is_for(condition, instance))
            continue;
        if (condition->kind == SIM_DOWN)
            VEC_PUSH(downs, (struct sim_life){condition->from_ms, condition->to_ms});
        if (condition->kind != SIM_CRASH_LOOP)
            continue;
        if ((condition->to_ms - condition->from_ms) / CRASH_PERIOD_MS > MAX_LIVES)
            return err_set(err, ERR_INPUT, "a crash loop of more than %d restarts", (int)MAX_LIVES);
        for (int64_t t = condition->from_ms; t < condition->to_ms; t += CRASH_PERIOD_MS)
            VEC_PUSH(downs, (struct sim_life){t, t + CRASH_DOWN_MS});
    }
    return true;
}

/* Lives are what lies between the downs. */
static bool lives_init(struct sim *sim, int instance, struct err *err)
{
    struct sim_lives downs = {0};
    bool ok = downs_collect(sim, instance, &downs, err);
    if (downs.len)
        qsort(downs.at, downs.len, sizeof downs.at[0], life_compare);
    int64_t start_ms = sim->begin_ms;
    for (size_t i = 0; i < downs.len; i++) {
        if (downs.at[i].start_ms > start_ms)
            VEC_PUSH(&sim->lives[instance], (struct sim_life){start_ms, downs.at[i].start_ms});
        if (downs.at[i].end_ms > start_ms)
            start_ms = downs.at[i].end_ms;
    }
    VEC_PUSH(&sim->lives[instance], (struct sim_life){start_ms, INT64_MAX});
    VEC_FREE(&downs);
    return ok;
}

bool sim_scenario_init(struct sim *sim, const struct sim_options *options, struct err *err)
{
    int64_t history_ms = options->history_ms ? options->history_ms : 30LL * DAY_MS;
    int64_t interval_ms = options->interval_ms ? options->interval_ms : 15000;
    if (history_ms < HOUR_MS || history_ms > MAX_HISTORY_MS || history_ms % HOUR_MS)
        return err_set(err, ERR_INPUT, "history is not whole hours between 1 hour and 400 days");
    if (interval_ms < 1000 || interval_ms > 300000)
        return err_set(err, ERR_INPUT, "scrape interval is not between 1 s and 5 min");
    /* year 2200: far from overflow in all sums below */
    if (options->origin_ms < history_ms || options->origin_ms > 7258118400000)
        return err_set(err, ERR_INPUT, "origin %lld ms is out of range", (long long)options->origin_ms);
    sim->seed = options->seed;
    sim->origin_ms = options->origin_ms;
    sim->begin_ms = options->origin_ms - history_ms;
    sim->interval_ms = interval_ms;
    sim->horizon_ms = sim->origin_ms + MAX_HISTORY_MS;
    sim->incident_end_ms = INT64_MIN;
    if (!conditions_init(sim, options, err))
        return false;
    for (int instance = 0; instance < SIM_INSTANCES; instance++)
        if (!lives_init(sim, instance, err))
            return false;
    return true;
}

void sim_set_horizon(struct sim *sim, int64_t now_ms)
{
    int64_t most = sim->origin_ms + MAX_HISTORY_MS;
    sim->horizon_ms = now_ms < most ? now_ms : most;
}

bool sim_start_incident(struct sim *sim, int64_t at_ms, struct err *err)
{
    if (at_ms < sim->incident_end_ms)
        return err_set(err, ERR_INPUT, "an incident runs already");
    if (at_ms < sim->begin_ms || at_ms > sim->origin_ms + MAX_HISTORY_MS)
        return err_set(err, ERR_INPUT, "incident at %lld ms is outside the timeline", (long long)at_ms);
    if (sim->conditions.len >= MAX_WITH_INCIDENTS)
        return err_set(err, ERR_INPUT, "too many incidents");
    int64_t end_ms = at_ms + SIM_INCIDENT_MS;
    VEC_PUSH(&sim->conditions,
             (struct sim_condition){SIM_TRAFFIC, at_ms, end_ms, SIM_ALL, SIM_ALL, INCIDENT_RATE});
    VEC_PUSH(&sim->conditions,
             (struct sim_condition){SIM_FAIL, at_ms, end_ms, SIM_ALL, SIM_ALL, INCIDENT_FAIL});
    VEC_PUSH(&sim->conditions,
             (struct sim_condition){SIM_SLOW, at_ms, end_ms, SIM_ALL, SIM_ALL, INCIDENT_SLOW});
    sim->incident_end_ms = end_ms;
    /* hours that were counted without it */
    size_t kept = (size_t)((at_ms - sim->begin_ms) / HOUR_MS) + 1;
    for (int cell = 0; cell < SIM_CELLS; cell++)
        if (sim->hours[cell].len > kept)
            sim->hours[cell].len = kept;
    return true;
}

bool sim_incident_running(const struct sim *sim, int64_t at_ms)
{
    return at_ms < sim->incident_end_ms && at_ms >= sim->incident_end_ms - SIM_INCIDENT_MS;
}

static void regime_apply(struct sim_regime *regime, const struct sim_condition *condition)
{
    switch (condition->kind) {
    case SIM_TRAFFIC:
        regime->rate *= condition->value;
        break;
    case SIM_FAIL:
        regime->fail = condition->value;
        break;
    case SIM_SLOW:
        regime->slow = condition->value;
        break;
    case SIM_COST:
        regime->cost = condition->value;
        break;
    case SIM_COST_FACTOR:
        regime->cost_factor *= condition->value;
        break;
    case SIM_SCORE:
        regime->score = condition->value;
        break;
    case SIM_SCORE_DROP:
        regime->score_drop = condition->value;
        break;
    default: /* the others do not change what the events are like */
        break;
    }
}

void sim_regime_at(const struct sim *sim, int instance, int tenant, int64_t second_ms,
                   struct sim_regime *regime)
{
    int64_t minute = sim_floor_div(second_ms - sim->origin_ms, MINUTE_MS);
    int64_t minute_of_day = minute - sim_floor_div(minute, SIM_MINUTES_A_DAY) * SIM_MINUTES_A_DAY;
    *regime = (struct sim_regime){
        .rate = tenant_rates[tenant] / SIM_INSTANCES * sim->day[minute_of_day],
        .fail = HEALTHY_FAIL,
        .slow = HEALTHY_SLOW,
        .cost = -1,
        .cost_factor = tenant_cost_factors[tenant],
        .score = -1,
        .until_ms = sim->origin_ms + (minute + 1) * MINUTE_MS,
    };
    for (size_t i = 0; i < sim->conditions.len; i++) {
        const struct sim_condition *condition = &sim->conditions.at[i];
        if (!condition_is_for(condition, instance) ||
            (condition->tenant != SIM_ALL && condition->tenant != tenant))
            continue;
        if (condition->from_ms <= second_ms && second_ms < condition->to_ms)
            regime_apply(regime, condition);
        if (condition->from_ms > second_ms && condition->from_ms < regime->until_ms)
            regime->until_ms = condition->from_ms;
        if (condition->to_ms > second_ms && condition->to_ms < regime->until_ms)
            regime->until_ms = condition->to_ms;
    }
}

double sim_rate(const struct sim *sim, int tenant, int64_t at_ms)
{
    double sum = 0;
    int64_t second_ms = sim->origin_ms + sim_floor_div(at_ms - sim->origin_ms, SECOND_MS) * SECOND_MS;
    for (int instance = 0; instance < SIM_INSTANCES; instance++) {
        struct sim_regime regime;
        sim_regime_at(sim, instance, tenant, second_ms, &regime);
        if (sim_alive(sim, instance, at_ms))
            sum += regime.rate;
    }
    return sum;
}

size_t sim_life_find(const struct sim_lives *lives, int64_t at_ms)
{
    size_t low = 0, high = lives->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lives->at[middle].end_ms > at_ms)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

bool sim_alive(const struct sim *sim, int instance, int64_t at_ms)
{
    const struct sim_lives *lives = &sim->lives[instance];
    size_t i = sim_life_find(lives, at_ms);
    return i < lives->len && lives->at[i].start_ms <= at_ms;
}

/* The gap that holds the moment, or NULL. */
static const struct sim_condition *gap_find(const struct sim *sim, int instance, int64_t at_ms)
{
    for (size_t i = 0; i < sim->conditions.len; i++) {
        const struct sim_condition *condition = &sim->conditions.at[i];
        if (condition->kind == SIM_GAP && condition_is_for(condition, instance) &&
            condition->from_ms <= at_ms && at_ms < condition->to_ms)
            return condition;
    }
    return NULL;
}

/* Instances are scraped at different moments of the interval, as Prometheus does. */
static int64_t first_scrape(const struct sim *sim, int instance)
{
    return sim->begin_ms + (instance * 7 + 3) * sim->interval_ms / (7 * SIM_INSTANCES + 3);
}

int64_t sim_scrape_before(const struct sim *sim, int instance, int64_t at_ms)
{
    int64_t first = first_scrape(sim, instance);
    while (at_ms >= first) {
        int64_t scrape = first + (at_ms - first) / sim->interval_ms * sim->interval_ms;
        const struct sim_condition *gap = gap_find(sim, instance, scrape);
        if (!gap)
            return scrape;
        at_ms = gap->from_ms - 1;
    }
    return INT64_MIN;
}

int64_t sim_scrape_after(const struct sim *sim, int instance, int64_t at_ms)
{
    int64_t first = first_scrape(sim, instance);
    for (;;) {
        if (at_ms >= sim->origin_ms + MAX_HISTORY_MS)
            return INT64_MAX;
        int64_t scrape = first;
        if (at_ms >= first)
            scrape += ((at_ms - first) / sim->interval_ms + 1) * sim->interval_ms;
        const struct sim_condition *gap = gap_find(sim, instance, scrape);
        if (!gap)
            return scrape;
        at_ms = gap->to_ms - 1;
    }
}
