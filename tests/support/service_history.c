/* Requests of a scrape: their mean by the time of day, plus noise of the size of its square root. */
#include "support/service_history.h"

#include "base/duration.h"

#include <math.h>

const char *const HISTORY_CODE[HISTORY_CODES] = {"200", "500"};
const char *const HISTORY_BOUND[HISTORY_BUCKETS] = {"0.005", "0.01", "0.025", "0.05", "0.1", "0.25",
                                                    "0.5",   "1",    "2.5",   "5",    "+Inf"};
static const double BOUND[HISTORY_BUCKETS - 1] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5};

static const double PI = 3.14159265358979323846;
static const double RESTARTS_PER_SCRAPE = HISTORY_SCRAPE_MS / (10.0 * DAY_MS);

/* From 0 to 1. */
static double uniform(struct service_history *h)
{
    h->random ^= h->random << 13, h->random ^= h->random >> 7, h->random ^= h->random << 17;
    return (double)(h->random >> 11) / 9007199254740992.0;
}

static double between(struct service_history *h, double low, double high)
{
    return low * pow(high / low, uniform(h));
}

void service_history_init(struct service_history *h, int service)
{
    *h = (struct service_history){.random = 88172645463325252ULL + (uint64_t)service * 0x9e3779b97f4a7c15ULL};
    for (int i = 0; i < 8; i++)
        uniform(h);
    h->requests_per_scrape = between(h, 2, 300) * HISTORY_SCRAPE_MS / 1000;
    h->error_share = between(h, 5e-5, 2e-3);
    h->phase = uniform(h) * 2 * PI;
    double median_s = between(h, 0.02, 0.15);
    for (int i = 0; i < HISTORY_BUCKETS; i++)
        h->within[i] = i == HISTORY_BUCKETS - 1 ? 1 : 0.5 * erfc(-log(BOUND[i] / median_s) / sqrt(2));
}

void service_history_scrape(struct service_history *h, int64_t time_ms)
{
    if (uniform(h) < RESTARTS_PER_SCRAPE)
        for (int i = 0; i < HISTORY_COUNTERS; i++)
            h->counters[i] = 0;
    double day = sin((double)(time_ms % DAY_MS) / DAY_MS * 2 * PI + h->phase);
    double mean = h->requests_per_scrape * (1 + 0.5 * day);
    double noise = uniform(h) + uniform(h) + uniform(h) + uniform(h) - 2; /* nearly normal */
    double requests = floor(mean + noise * sqrt(3 * mean));
    double chance = uniform(h);
    double errors = floor(requests * h->error_share + chance);
    requests = requests < 0 ? 0 : requests;
    errors = errors > requests ? requests : errors;
    h->counters[0] += requests - errors;
    h->counters[1] += errors;
    for (int i = 0; i < HISTORY_BUCKETS; i++) {
        double within = floor(requests * h->within[i] + chance);
        h->counters[HISTORY_CODES + i] += within > requests ? requests : within;
    }
}
