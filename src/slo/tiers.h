/* tiers: the default tiers of burn-rate alerting, adapted to an SLO (docs/slo-files.md, "tiers"). */
#ifndef SLOBURN_SLO_TIERS_H
#define SLOBURN_SLO_TIERS_H

#include "slo/definition.h"

enum { SLO_DEFAULT_TIERS = 5 };

/* Of kind, target, allowance, range and the first window; returns how many were written. */
size_t slo_default_tiers(const struct slo *slo, struct slo_tier tiers[SLO_TIERS_MAX]);
/* The burn rate when every unit is at its worst, x 10^9; INT64_MAX where there is no worst (means, totals).
 */
int64_t slo_rate_limit(const struct slo *slo);

#endif
