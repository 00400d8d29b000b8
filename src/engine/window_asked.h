/* window_asked: the window that somebody asks about, in words: one of the SLO's by its name ("30d", "month
 * Asia/Seoul"), or any other: a duration in whole minutes, or day, week, month, quarter, year, in the zone of
 * the SLO's own calendar windows, else in UTC. */
#ifndef SLOBURN_ENGINE_WINDOW_ASKED_H
#define SLOBURN_ENGINE_WINDOW_ASKED_H

#include "slo/definition.h"

/* "": the SLO's first window. ERR_INPUT: it cannot be understood. Borrows the words. */
NODISCARD bool window_asked(struct text words, const struct slo *slo, struct slo_window *window,
                            struct err *err);

#endif
