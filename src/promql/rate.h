/* rate: the arithmetic of rate, increase, delta, irate, idelta and resets on float windows.
 *
 * Ordinary windows are extrapolated to their borders as Prometheus does (docs/promql.md, family "rate");
 * windows of `anchored` and `smoothed` selectors hold neighbours instead and are not. Counter resets are
 * found once a series (counter_resets_find); a window then costs as much as it has resets, however long it
 * is, and the sums are added in the order of a plain scan, so the result is the same to the last bit. */
#ifndef SLOBURN_PROMQL_RATE_H
#define SLOBURN_PROMQL_RATE_H

#include "promql/window.h"

#include <stdbool.h>

struct arena;

/* Where a series was reset: at[k] is the index of the first point after the k-th reset. */
struct counter_resets {
    const size_t *at;
    size_t len;
};

/* The part of them inside a window whose first point has index `base` in the series. */
struct resets_in_window {
    const size_t *at;
    size_t len;
    size_t base;
};

struct rate_kind {
    bool counter;    /* rate, increase: mind resets, do not extrapolate below zero */
    bool per_second; /* rate */
};

/* True if a start timestamp says that the counter was reset between two points. */
bool start_says_reset(int64_t previous_start_ms, int64_t previous_ms, int64_t start_ms, int64_t at_ms);
/* True if two points that follow each other claim overlapping lives: bad data, worth a warning. */
bool starts_overlap(int64_t previous_start_ms, int64_t previous_ms, int64_t start_ms);
/* True if that is so anywhere in the window. */
bool window_starts_overlap(const struct window *w);

/* All resets of a series; start_ms and end_ms of `series` are not looked at. The array lives in the arena. */
struct counter_resets counter_resets_find(const struct window *series, struct arena *arena);
/* Those inside points [from, to) of the series. */
struct resets_in_window resets_between(const struct counter_resets *resets, size_t from, size_t to);

/* Each returns false where the window has too few points for a result. */
bool rate_extrapolated(const struct window *w, const struct resets_in_window *resets, struct rate_kind kind,
                       double *result);
/* For anchored (smoothed false) and smoothed windows. */
bool rate_extended(const struct window *w, bool smoothed, struct rate_kind kind, double *result);
/* irate (counter and per_second) and idelta (neither). */
bool rate_instant(const struct window *w, struct rate_kind kind, double *result);
/* changes and resets on anchored windows: false unless a point lies inside (start, end]; else *from is the
 * index of the point the count starts at (the neighbour, where there is one). */
bool anchor_find(const struct window *w, size_t *from);

/* The value at `at_ms` between two points; a counter that fell in between is taken to restart from zero. */
double interpolate_between(const struct window *w, size_t left, int64_t at_ms, bool counter);

#endif
