/* trend: least squares and double exponential smoothing on float windows (deriv, predict_linear,
 * double_exponential_smoothing). */
#ifndef SLOBURN_PROMQL_TREND_H
#define SLOBURN_PROMQL_TREND_H

#include "promql/window.h"

#include <stdbool.h>

struct line {
    double slope;     /* per second */
    double intercept; /* at the origin given */
};

/* The line through the window's points, x in seconds since origin_ms. False with fewer than two points. Equal
 * values give a slope of exactly 0; equal infinities give NaN. */
bool line_fit(const struct window *w, int64_t origin_ms, struct line *line);
/* level and trend: factors between 0 and 1, both exclusive (the caller checks). False with fewer than two
 * points. */
bool smooth_double(const struct window *w, double level, double trend, double *result);

#endif
