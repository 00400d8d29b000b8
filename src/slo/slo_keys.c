/* The keys of SLO files. */
#include "slo/slo_keys.h"

/* What may stand in the file, for all its SLOs, as well as in an SLO. */
#define INHERITED                                                                                            \
    "owner", "where", "by", "max_groups", "window", "except", "failed", "targets", "tiers", "when_down",     \
        "unit", "labels", "links", "runbook", "impact", "summary"

#define KEYS(what, list)                                                                                     \
    {                                                                                                        \
        what, list, sizeof list / sizeof *list                                                               \
    }

static const char *const top_keys[] = {"service", "slos", INHERITED};
static const char *const slo_keys_list[] = {
    "objective", "total", "bad", "good", "histogram", "sum", "count", "when", INHERITED,
};
static const char *const tiers_keys[] = {"off", "outage", "fast", "slow", "drift", "trend"};
static const char *const tier_keys[] = {"rate", "long", "short", "severity", "min_bad", "min_units"};

const struct slo_keys slo_top_keys = KEYS("file", top_keys);
const struct slo_keys slo_slo_keys = KEYS("slo", slo_keys_list);
const struct slo_keys slo_tiers_keys = KEYS("tiers", tiers_keys);
const struct slo_keys slo_tier_keys = KEYS("tier", tier_keys);

const struct slo_keys *const *slo_all_keys(size_t *n)
{
    static const struct slo_keys *const all[] = {&slo_top_keys, &slo_slo_keys, &slo_tiers_keys,
                                                 &slo_tier_keys};
    *n = sizeof all / sizeof *all;
    return all;
}
