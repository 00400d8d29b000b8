/* source_advice: what is doubtful about an SLO and only its source shows: selectors that match nothing, a
 * threshold that is no bucket bound, a histogram without +Inf, one that mixes failed queries with good ones
 * without being told how to take them. */
#ifndef SLOBURN_ENGINE_SOURCE_ADVICE_H
#define SLOBURN_ENGINE_SOURCE_ADVICE_H

#include "base/finding.h"
#include "slo/definition.h"

struct source;

/* Asks the source which series are alive at at_ms; adds warnings at the SLO's place. False and err if the
 * source does not answer. */
NODISCARD bool source_advise(struct source *source, const struct slo *slo, int64_t at_ms,
                             struct findings *findings, struct err *err);

#endif
