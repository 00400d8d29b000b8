/* sim_traffic: the events of the simulated service. Each second of each cell (a tenant on an instance) draws
 * its number of queries (Poisson) and each query its outcome, latency, cost and score, all from a
 * counter-based generator (splitmix64's mixing function over seed, cell and second), so that any second can
 * be made again alone.
 *
 * Counts are exact integers. A second costs about 5 ns and a query 15 ns; counts at full hours are kept, so
 * that a look at any moment walks through an hour at most. */
#include "source/sim_model.h"

#include <math.h>

const int sim_latency_bounds_ms[SIM_LATENCY_BOUNDS] = {500, 1000, 1500, 2000, 3000, 3500, 4000, 6000, 10000};
const int sim_score_bounds_e4[SIM_SCORE_BOUNDS] = {2500, 5000, 6000, 7000, 7500,
                                                   8000, 8500, 9000, 9500, 10000};

enum { SLOW_SPREAD_MS = 8000 };

#define GOLDEN            0x9e3779b97f4a7c15ULL
#define DAY_AMPLITUDE     0.45
#define LATENCY_MEDIAN_MS 1200.0
#define LATENCY_SIGMA     0.45
#define COST_MEDIAN_E2    520.0
#define COST_SIGMA        0.5
#define SCORE_MEDIAN_LOSS 650.0
#define SCORE_SIGMA       0.65

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

/* The quantiles of a log-normal distribution cut off at `most`, by summing its density over the integers. */
static void quantiles_init(struct sim_quantiles *quantiles, int most, double median, double sigma)
{
    double total = 0;
    for (int pass = 0; pass < 2; pass++) {
        double sum = 0;
        int next = 0;
        for (int x = 1; x <= most; x++) {
            double z = log(x / median) / sigma;
            sum += exp(-z * z / 2) / x;
            while (pass == 1 && next < SIM_QUANTILES && sum >= total * next / SIM_QUANTILES)
                quantiles->at[next++] = x;
        }
        total = sum;
        while (pass == 1 && next <= SIM_QUANTILES)
            quantiles->at[next++] = most;
    }
}

/* Of 1 + a sin(x + phase), x = 0 at the origin, a quarter of a day before it has the mean
 * 1 + a (2/pi) (sin phase - cos phase); that is the level at the origin, 1 + a sin phase, if tan phase = -2 /
 * (pi - 2). Of the two solutions the one after the peak: the origin is an afternoon. */
static void day_init(struct sim *sim)
{
    const double pi = 3.14159265358979323846;
    double phase = pi - atan(2 / (pi - 2));
    for (int minute = 0; minute < SIM_MINUTES_A_DAY; minute++)
        sim->day[minute] = 1 + DAY_AMPLITUDE * sin(2 * pi * (minute + 0.5) / SIM_MINUTES_A_DAY + phase);
}

void sim_traffic_init(struct sim *sim)
{
    day_init(sim);
    quantiles_init(&sim->latency_ms, SIM_SLOW_MS, LATENCY_MEDIAN_MS, LATENCY_SIGMA);
    quantiles_init(&sim->cost_e2, 10000, COST_MEDIAN_E2, COST_SIGMA);
    quantiles_init(&sim->score_e4, 10000, SCORE_MEDIAN_LOSS, SCORE_SIGMA);
}

/* u has 20 bits. */
static int64_t quantile(const struct sim_quantiles *quantiles, uint64_t u)
{
    uint64_t i = u >> 10;
    int64_t step = quantiles->at[i + 1] - quantiles->at[i];
    return quantiles->at[i] + ((step * (int64_t)(u & 1023)) >> 10);
}

/* Latency in ms: the share `slow` lies between 4.001 and 12 s, the rest up to 4 s. u has 24 bits. */
static int64_t latency_draw(const struct sim_cursor *cursor, uint64_t u, bool failed)
{
    const uint64_t whole = 1 << 24;
    uint64_t slow = (uint64_t)(cursor->regime.slow * (double)whole);
    if (u < slow) {
        uint64_t x = u * 1024 / slow;
        return SIM_SLOW_MS + 1 + (int64_t)(x * x * SLOW_SPREAD_MS >> 20);
    }
    int64_t ms = quantile(&cursor->sim->latency_ms, ((u - slow) << 20) / (whole - slow));
    return failed ? ms / 4 : ms;
}

static int64_t cost_draw(const struct sim_cursor *cursor, uint64_t u)
{
    if (cursor->regime.cost >= 0)
        return llround(cursor->regime.cost * 100);
    return llround((double)quantile(&cursor->sim->cost_e2, u) * cursor->regime.cost_factor);
}

static int64_t score_draw(const struct sim_cursor *cursor, uint64_t u)
{
    if (cursor->regime.score >= 0)
        return llround(cursor->regime.score * 10000);
    int64_t score = 10000 - quantile(&cursor->sim->score_e4, u) - llround(cursor->regime.score_drop * 10000);
    return score > 0 ? score : 0;
}

/* Index of the bucket; n if beyond the last bound. */
static int bucket_find(const int *bounds, int n, int64_t value)
{
    int i = 0;
    while (i < n && value > bounds[i])
        i++;
    return i;
}

static void count_query(struct sim_cursor *cursor, uint64_t outcome, uint64_t details)
{
    struct sim_counts *counts = &cursor->counts;
    bool failed = (outcome & 0xffffffff) < (uint64_t)(cursor->regime.fail * 4294967296.0);
    int code = SIM_CODE_200;
    if (failed) /* under load it is the gateway that gives up */
        code = (outcome >> 42 & 0xff) < (cursor->regime.fail > 0.1 ? 205 : 64) ? SIM_CODE_503 : SIM_CODE_500;
    int64_t latency_ms = latency_draw(cursor, details & 0xffffff, failed);
    int bucket = bucket_find(sim_latency_bounds_ms, SIM_LATENCY_BOUNDS, latency_ms);
    counts->queries[code]++;
    counts->latency_ms[code] += latency_ms;
    if (bucket < SIM_LATENCY_BOUNDS)
        counts->latency[code][bucket]++;
    if (failed)
        return;
    int64_t score_e4 = score_draw(cursor, details >> 44);
    counts->cost_e2 += cost_draw(cursor, details >> 24 & 0xfffff);
    counts->scored++;
    counts->score_e4 += score_e4;
    counts->score[bucket_find(sim_score_bounds_e4, SIM_SCORE_BOUNDS, score_e4)]++;
}

/* Number of queries of a second from one uniform draw, by inversion. */
static int poisson(double u, double mean, double none_share)
{
    int n = 0;
    double share = none_share;
    for (double sum = share; u >= sum && n < 1000; sum += share) {
        n++;
        share *= mean / n;
    }
    return n;
}

static void regime_renew(struct sim_cursor *cursor, int64_t second)
{
    const struct sim *sim = cursor->sim;
    sim_regime_at(sim, cursor->instance, cursor->tenant, sim->origin_ms + second * SECOND_MS,
                  &cursor->regime);
    cursor->none_share = exp(-cursor->regime.rate);
    /* the first second that begins at or after the end */
    cursor->regime_until_s =
        sim_floor_div(cursor->regime.until_ms - sim->origin_ms + SECOND_MS - 1, SECOND_MS);
}

/* Counts the queries of one second with from_ms < t <= to_ms. */
static void count_second(struct sim_cursor *cursor, uint64_t stream, int64_t second, int64_t to_ms)
{
    const struct sim *sim = cursor->sim;
    if (second >= cursor->regime_until_s)
        regime_renew(cursor, second);
    uint64_t key = mix(stream + (uint64_t)second * GOLDEN);
    double u = (double)(key >> 11) * 0x1p-53;
    if (u < cursor->none_share)
        return;
    int n = poisson(u, cursor->regime.rate, cursor->none_share);
    int64_t start_ms = sim->origin_ms + second * SECOND_MS;
    for (int i = 0; i < n; i++) {
        uint64_t outcome = mix(key + (uint64_t)(2 * i + 1) * GOLDEN);
        uint64_t details = mix(key + (uint64_t)(2 * i + 2) * GOLDEN);
        int64_t at_ms = start_ms + (int64_t)((outcome >> 32 & 0x3ff) * SECOND_MS >> 10);
        if (at_ms > cursor->at_ms && at_ms <= to_ms && sim_alive(sim, cursor->instance, at_ms))
            count_query(cursor, outcome, details);
    }
}

void sim_cursor_advance(struct sim_cursor *cursor, int64_t to_ms)
{
    const struct sim *sim = cursor->sim;
    uint64_t cell = (uint64_t)sim_cell(cursor->instance, cursor->tenant);
    uint64_t stream = mix(mix(sim->seed + GOLDEN) + (cell + 1) * GOLDEN);
    int64_t last = sim_floor_div(to_ms - sim->origin_ms, SECOND_MS);
    for (int64_t s = sim_floor_div(cursor->at_ms + 1 - sim->origin_ms, SECOND_MS); s <= last; s++)
        count_second(cursor, stream, s, to_ms);
    if (to_ms > cursor->at_ms)
        cursor->at_ms = to_ms;
}

void sim_cursor_open(struct sim_cursor *cursor, struct sim *sim, int instance, int tenant, int64_t at_ms)
{
    struct sim_hours *hours = &sim->hours[sim_cell(instance, tenant)];
    *cursor = (struct sim_cursor){.sim = sim, .instance = instance, .tenant = tenant};
    cursor->at_ms = sim->begin_ms - 1;
    cursor->regime_until_s = INT64_MIN;
    if (at_ms < sim->begin_ms)
        return;
    size_t hour = (size_t)((at_ms - sim->begin_ms) / HOUR_MS);
    if (hours->len == 0)
        VEC_PUSH(hours, (struct sim_counts){.scored = 0});
    size_t known = hour < hours->len ? hour : hours->len - 1;
    cursor->counts = hours->at[known];
    cursor->at_ms = sim->begin_ms + (int64_t)known * HOUR_MS - 1;
    while (known < hour) {
        known++;
        sim_cursor_advance(cursor, sim->begin_ms + (int64_t)known * HOUR_MS - 1);
        VEC_PUSH(hours, cursor->counts);
    }
    sim_cursor_advance(cursor, at_ms);
}

void sim_counts_at(struct sim *sim, int instance, int tenant, int64_t at_ms, struct sim_counts *counts)
{
    struct sim_cursor cursor;
    sim_cursor_open(&cursor, sim, instance, tenant, at_ms);
    *counts = cursor.counts;
}
