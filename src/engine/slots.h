/* slots: the moments at which a group is evaluated: multiples of its interval. */
#ifndef SLOBURN_ENGINE_SLOTS_H
#define SLOBURN_ENGINE_SLOTS_H

#include <stdint.h>

/* The slot after `last` (0: none was evaluated); missed ones more than an hour back are skipped. */
int64_t slot_after(int64_t last_ms, int64_t interval_ms, int64_t now_ms);

#endif
