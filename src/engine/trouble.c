/* Errors that come back, in the log. */
#include "engine/trouble.h"

#include "base/buf.h"
#include "base/duration.h"
#include "base/log.h"

#include <limits.h>

void trouble_tell(struct trouble *trouble, const char *message, struct text group, const struct err *err,
                  int64_t now_ms)
{
    struct buf times;
    int64_t since_ms = now_ms - trouble->told_ms;
    if (trouble->times < INT_MAX)
        trouble->times++;
    if (trouble->told_ms && since_ms >= 0 && since_ms < MINUTE_MS)
        return;
    buf_init(&times, 32);
    buf_printf(&times, "%d", trouble->times);
    log_line(LOG_ERROR, message, "group", group.at, "error", err->message, trouble->told_ms ? "times" : NULL,
             buf_cstring(&times), NULL);
    buf_finish(&times);
    *trouble = (struct trouble){.told_ms = now_ms};
}

bool trouble_end(struct trouble *trouble)
{
    bool was = trouble->told_ms != 0;
    *trouble = (struct trouble){0};
    return was;
}
