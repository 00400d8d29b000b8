/* trend: fits lines and smooths. All sums of the regression are Kahan-Neumaier sums, as in Prometheus. */
#include "promql/trend.h"

#include "promql/kahan.h"

struct line_sums {
    struct kahan x;
    struct kahan y;
    struct kahan xy;
    struct kahan xx;
};

static struct line line_of_sums(const struct line_sums *sums, double n)
{
    double x = kahan_total(sums->x);
    double y = kahan_total(sums->y);
    double covariance = kahan_total(sums->xy) - x * y / n;
    double variance = kahan_total(sums->xx) - x * x / n;
    double slope = covariance / variance;
    return (struct line){slope, y / n - slope * x / n};
}

bool line_fit(const struct window *w, int64_t origin_ms, struct line *line)
{
    if (w->len < 2)
        return false;
    struct line_sums sums = {{0, 0}, {0, 0}, {0, 0}, {0, 0}};
    bool constant = true;
    for (size_t i = 0; i < w->len; i++) {
        double y = w->values[i];
        double x = (double)(w->times_ms[i] - origin_ms) / 1e3;
        if (i > 0 && y != w->values[0])
            constant = false;
        sums.x = kahan_add(sums.x, x);
        sums.y = kahan_add(sums.y, y);
        sums.xy = kahan_add(sums.xy, x * y);
        sums.xx = kahan_add(sums.xx, x * x);
    }
    if (!constant)
        *line = line_of_sums(&sums, (double)w->len);
    else if (isinf(w->values[0]))
        *line = (struct line){(double)NAN, (double)NAN};
    else
        *line = (struct line){0, w->values[0]};
    return true;
}

bool smooth_double(const struct window *w, double level, double trend, double *result)
{
    if (w->len < 2)
        return false;
    double before = 0;
    double smoothed = w->values[0];
    double slope = w->values[1] - w->values[0];
    for (size_t i = 1; i < w->len; i++) {
        double raw = level * w->values[i];
        if (i > 1)
            slope = trend * (smoothed - before) + (1 - trend) * slope;
        double carried = (1 - level) * (smoothed + slope);
        before = smoothed;
        smoothed = raw + carried;
    }
    *result = smoothed;
    return true;
}
