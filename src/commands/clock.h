/* clock: the wall clock, which commands read and pass down; what lies below them is told the time. */
#ifndef SLOBURN_COMMANDS_CLOCK_H
#define SLOBURN_COMMANDS_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970, UTC. */
int64_t clock_now_ms(void);

#endif
