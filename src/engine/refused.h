/* refused: an SLO file or rule file that has errors is refused alone; its owners get a ticket that tells
 * where the first error is, and that its last good version goes on. The ticket resolves when the file is good
 * again or no longer named. Its state is the incident in the store. */
#ifndef SLOBURN_ENGINE_REFUSED_H
#define SLOBURN_ENGINE_REFUSED_H

#include "engine/slo_group.h"

/* When a configuration is taken up. */
NODISCARD bool refused_tell(const struct evaluation_context *context, struct err *err);
/* Is a file of the configuration refused? */
bool refused_any(const struct config_view *config);
/* Are these the facts of such a ticket? */
bool refused_is(const struct facts *facts);

#endif
