/* time: Go's texts of times and durations, and the few methods on them that templates use. */
#ifndef SLOBURN_TEMPLATE_TIME_H
#define SLOBURN_TEMPLATE_TIME_H

#include "base/text.h"

struct buf;

/* 2015-05-15 18:40:56.5 +0000 UTC, as time.Time prints itself. */
void template_time_print(int64_t ms, struct buf *out);
/* 1h2m3.5s, as time.Duration prints itself. */
void template_duration_print(int64_t ns, struct buf *out);
/* time.Format with Go's layout ("2006-01-02 15:04:05"), in UTC. */
void template_time_format(int64_t ms, struct text layout, struct buf *out);

#endif
