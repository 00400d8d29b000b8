/* orphans: open incidents that nobody will ever close: their SLO, value or rule has left the configuration,
 * or what is counted changed so much that a new ledger begins. Whoever was told that it broke is told that
 * nobody looks at it any more. */
#ifndef SLOBURN_ENGINE_ORPHANS_H
#define SLOBURN_ENGINE_ORPHANS_H

#include "engine/slo_group.h"

/* When a configuration is taken up, after its groups have their states. While a file is refused nothing is
 * ended: what it holds is not known. */
NODISCARD bool orphans_end(const struct evaluation_context *context, struct slo_group *const *groups,
                           size_t n, struct err *err);

#endif
