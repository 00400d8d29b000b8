/* trouble: an error that comes back every few seconds is said once, and then once a minute with how often it
 * came. Zero-initialise. */
#ifndef SLOBURN_ENGINE_TROUBLE_H
#define SLOBURN_ENGINE_TROUBLE_H

#include "base/err.h"
#include "base/text.h"

struct trouble {
    int64_t told_ms; /* 0: there is none */
    int times;       /* since then */
};

/* A line of the log, if it is due. `group` ends with a NUL. */
void trouble_tell(struct trouble *trouble, const char *message, struct text group, const struct err *err,
                  int64_t now_ms);
/* It is over. True: there was one. */
bool trouble_end(struct trouble *trouble);

#endif
