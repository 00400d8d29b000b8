/* The keys of SLO files. */
#include "slo/slo_keys.h"

/* What may stand in the file, for all its SLOs, as well as in an SLO. */
#define INHERITED                                                                                            \
    "by", "max_groups", "where", "except", "failed", "between_buckets", "target", "targets", "when_down",    \
        "unit", "currency", "overrides", JUDGED

/* What an override may change, too. */
#define JUDGED "owner", "window", "tiers", "policy", "sla", "labels", "links", "runbook", "impact", "summary"

#define N(list) (sizeof(list) / sizeof *(list))

static const char *const top_keys[] = {"service", "slos", INHERITED};
static const char *const one_keys[] = {
    "objective", "total", "bad", "good", "histogram", "sum", "count", "when", "was", "composite", INHERITED,
};
static const char *const override_keys[] = {"match", "objective", JUDGED};
static const char *const composite_keys[] = {"weighted", "worst"};
static const char *const tiers_keys[] = {"without", "outage", "fast", "slow", "drift", "trend"};
static const char *const tier_keys[] = {"rate", "long", "short", "severity", "min_bad", "min_units"};
static const char *const currency_keys[] = {"counted", "rate", "date"};
static const char *const rate_keys[] = {"series", "max_age"};
static const char *const band_keys[] = {"below", "credit"};
static const char *const policy_keys[] = {"warning", "critical", "actions"};
static const char *const action_keys[] = {"when", "until",   "webhook",          "body",
                                          "undo", "per_day", "bearer_token_file"};
static const char *const undo_keys[] = {"webhook", "body"};

const struct slo_keys slo_top_keys = {"file", top_keys, N(top_keys)};
const struct slo_keys slo_slo_keys = {"slo", one_keys, N(one_keys)};
const struct slo_keys slo_override_keys = {"override", override_keys, N(override_keys)};
const struct slo_keys slo_composite_keys = {"composite", composite_keys, N(composite_keys)};
const struct slo_keys slo_tiers_keys = {"tiers", tiers_keys, N(tiers_keys)};
const struct slo_keys slo_tier_keys = {"tier", tier_keys, N(tier_keys)};
const struct slo_keys slo_currency_keys = {"currency", currency_keys, N(currency_keys)};
const struct slo_keys slo_rate_keys = {"rate", rate_keys, N(rate_keys)};
const struct slo_keys slo_band_keys = {"band", band_keys, N(band_keys)};
const struct slo_keys slo_policy_keys = {"policy", policy_keys, N(policy_keys)};
const struct slo_keys slo_action_keys = {"action", action_keys, N(action_keys)};
const struct slo_keys slo_undo_keys = {"undo", undo_keys, N(undo_keys)};

const struct slo_keys *const *slo_all_keys(size_t *n)
{
    static const struct slo_keys *const all[] = {
        &slo_top_keys,    &slo_slo_keys,      &slo_override_keys,  &slo_tiers_keys,
        &slo_tier_keys,   &slo_currency_keys, &slo_band_keys,      &slo_policy_keys,
        &slo_action_keys, &slo_undo_keys,     &slo_composite_keys, &slo_rate_keys,
    };
    *n = sizeof all / sizeof *all;
    return all;
}
