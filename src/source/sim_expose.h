/* sim_expose: the simulated service as text: what /metrics answers (sim_expose, in sim.h), and its history as
 * OpenMetrics, piece by piece, for `promtool tsdb create-blocks-from openmetrics`. promtool reads its whole
 * input once for each block it makes, so the history is written as one text per block: blocks of 54 hours (2
 * h times 3 cubed), aligned since 1970. */
#ifndef SLOBURN_SOURCE_SIM_EXPOSE_H
#define SLOBURN_SOURCE_SIM_EXPOSE_H

#include "source/sim.h"

#define SIM_BLOCK_MS (54LL * 3600 * 1000)

struct sim_history;

/* The start of the block that holds a moment. */
int64_t sim_block_start(int64_t at_ms);
/* All samples with from_ms <= t < to_ms. Holds them in memory (70 MB for a block at 15 s). Free it before the
 * sim. */
struct sim_history *sim_history_open(struct sim *sim, int64_t from_ms, int64_t to_ms);
void sim_history_close(struct sim_history *history);
/* Appends one series, with the lines that begin its family. After the last one it appends "# EOF" and returns
 * false. The caller writes the buffer away and clears it between calls; one series of a block is at most 2
 * MB. */
bool sim_history_next(struct sim_history *history, struct buf *out);

#endif
