/* slo_keys: the keys of SLO files, once: readers refuse others, and docs/slo.schema.json is checked against
 * them. */
#ifndef SLOBURN_SLO_SLO_KEYS_H
#define SLOBURN_SLO_SLO_KEYS_H

#include <stddef.h>

struct slo_keys {
    const char *what; /* the mapping, as the schema names it */
    const char *const *at;
    size_t n;
};

extern const struct slo_keys slo_top_keys;       /* of the file */
extern const struct slo_keys slo_slo_keys;       /* of one SLO */
extern const struct slo_keys slo_override_keys;  /* of an entry of overrides: */
extern const struct slo_keys slo_composite_keys; /* of composite: */
extern const struct slo_keys slo_tiers_keys;     /* of tiers: */
extern const struct slo_keys slo_tier_keys;      /* of one tier */
extern const struct slo_keys slo_currency_keys;  /* of currency: */
extern const struct slo_keys slo_rate_keys;      /* of rate: in currency: */
extern const struct slo_keys slo_band_keys;      /* of an entry of sla: */
extern const struct slo_keys slo_policy_keys;    /* of policy: */
extern const struct slo_keys slo_action_keys;    /* of one action */
extern const struct slo_keys slo_undo_keys;      /* of its undo: */
/* All mappings whose keys are fixed; for the schema's test. */
const struct slo_keys *const *slo_all_keys(size_t *n);

#endif
