/* Which slot comes next. */
#include "engine/slots.h"

#include "base/duration.h"

#define CATCH_UP_MS HOUR_MS

int64_t slot_after(int64_t last_ms, int64_t interval_ms, int64_t now_ms)
{
    int64_t newest = now_ms - now_ms % interval_ms;
    if (last_ms == 0)
        return newest;
    int64_t next = last_ms - last_ms % interval_ms + interval_ms;
    int64_t oldest = newest - CATCH_UP_MS;
    return next < oldest ? oldest - oldest % interval_ms : next;
}
