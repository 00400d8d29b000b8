/* window: a compliance period, rolling or of a calendar. Where its edges lie: slo/calendar.h. */
#ifndef SLOBURN_SLO_WINDOW_H
#define SLOBURN_SLO_WINDOW_H

#include "base/text.h"

#include <stdint.h>

struct timezone_zone;

enum window_kind { WINDOW_ROLLING, WINDOW_DAY, WINDOW_WEEK, WINDOW_MONTH, WINDOW_QUARTER, WINDOW_YEAR };

struct slo_window {
    enum window_kind kind;
    int64_t length_ms;                /* WINDOW_ROLLING; else the nominal length (30 d for a month, …) */
    const struct timezone_zone *zone; /* NULL: UTC */
    struct text name;                 /* as written: "30d", "month Asia/Seoul" */
};

#endif
