/* float_range: between the evaluator's sliding windows (range_kernel.h) and the numeric kernels, which work
 * on floats alone (window.h). A series that holds histograms too is split once, when its first window begins.
 */
#ifndef SLOBURN_PROMQL_FLOAT_RANGE_H
#define SLOBURN_PROMQL_FLOAT_RANGE_H

#include "promql/range_kernel.h"
#include "promql/window.h"

/* The floats of a series. First member of the state of every kernel that uses them. */
struct float_series {
    struct window all;           /* its borders are unused */
    const size_t *floats_before; /* number of floats before sample i; NULL: all samples are floats */
    bool told;                   /* an annotation that is given once a series was given */
};

/* The floats of one window: points [from, to) of the series. */
struct float_window {
    struct window points;
    size_t from;
    size_t to;
    size_t histograms; /* how many further samples are histograms */
};

void float_series_begin(void *float_series, const struct range_window *w);
struct float_window float_window_inner(const struct float_series *series, const struct range_window *w);
/* With the neighbours of anchored and smoothed ranges. */
struct float_window float_window_outer(const struct float_series *series, const struct range_window *w);

/* For functions that refuse a window with floats and histograms: false, with Prometheus' warning, if it has
 * both. False, with a warning of ours, for histograms alone. */
bool float_window_pure(struct float_series *series, const struct range_window *w,
                       const struct float_window *f);
/* For functions that look at floats only: false if there are none; an info if there are histograms beside. */
bool float_window_any(struct float_series *series, const struct range_window *w,
                      const struct float_window *f);

#endif
