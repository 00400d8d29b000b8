/* range_kernel: how a function over a range vector is written: as a kernel that sees one sliding window after
 * the other and keeps what it needs between them, so that a step costs the samples that are new in it. */
#ifndef SLOBURN_PROMQL_RANGE_KERNEL_H
#define SLOBURN_PROMQL_RANGE_KERNEL_H

#include "promql/evaluator.h"

struct range_window {
    const struct range_series *series;
    const struct range_vector *vector;
    struct eval_call *call;
    /* The window is start_ms < t <= end_ms; samples [lo, hi) of the series are inside, both only rise from
     * step to step. For anchored and smoothed, [outer_lo, outer_hi) has the newest sample at or before
     * start_ms (within the lookback) and, if smoothed, the oldest after end_ms too; else it equals [lo, hi).
     * Pairs do not stand side by side: written as two words and read as a wide one right after, they would
     * stall the processor for longer than a rate takes. */
    int64_t start_ms;
    size_t step; /* index in the grid, for call_scalar(call, i)[step] */
    int64_t end_ms;
    int64_t eval_ms; /* evaluation time, without offset and @ */
    size_t lo;
    size_t outer_lo;
    size_t hi;
    size_t outer_hi;
    const struct histogram
        *histogram; /* out: a result that is a histogram (step then returns value_none()) */
};

struct range_kernel {
    size_t state_size; /* of one series' state: zeroed before its first window; NULL where 0 */
    void (*begin)(void *state, const struct range_window *window); /* may be NULL; step, lo and hi are 0 */
    /* The result at this step, or value_none(). Called only for windows with samples (outer ones included);
     * every window after the first is at or right of the last, so work per step can be O(new samples). */
    double (*step)(void *state, struct range_window *window);
    void (*end)(void *state,
                const struct range_window *window); /* may be NULL: frees what step allocated on the heap */
    bool keeps_name;
};

/* Runs the kernel over range argument `arg` and makes the result vector: one series per series that has a
 * result, names dropped unless kept. Parameters: call_scalar(window->call, i)[window->step]. */
void call_over_range(struct eval_call *call, size_t arg, const struct range_kernel *kernel);

#endif
