/* float_range: splits floats from histograms and words what functions say about mixtures. */
#include "promql/float_range.h"

#include "promql/function_text.h"

static void split(struct float_series *f, const struct range_series *s, struct arena *arena)
{
    size_t *before = ARENA_ARRAY(arena, size_t, s->len + 1);
    int64_t *times = ARENA_ARRAY(arena, int64_t, s->len);
    double *values = ARENA_ARRAY(arena, double, s->len);
    int64_t *starts = s->starts_ms ? ARENA_ARRAY(arena, int64_t, s->len) : NULL;
    size_t n = 0;
    for (size_t i = 0; i < s->len; i++) {
        before[i] = n;
        if (s->histograms[i])
            continue;
        times[n] = s->times_ms[i];
        values[n] = s->values[i];
        if (starts)
            starts[n] = s->starts_ms[i];
        n++;
    }
    before[s->len] = n;
    f->all = (struct window){.times_ms = times, .values = values, .starts_ms = starts, .len = n};
    f->floats_before = before;
}

void float_series_begin(void *float_series, const struct range_window *w)
{
    struct float_series *f = float_series;
    const struct range_series *s = w->series;
    if (s->histograms)
        split(f, s, eval_arena(w->call->eval));
    else
        f->all = (struct window){
            .times_ms = s->times_ms, .values = s->values, .starts_ms = s->starts_ms, .len = s->len};
    if (!eval_options(w->call->eval)->use_start_timestamps)
        f->all.starts_ms = NULL;
}

/* Built in one piece in the caller's variable: copies of it would cost more than the arithmetic of a rate. */
static inline struct float_window float_window_at(const struct float_series *f, const struct range_window *w,
                                                  size_t lo, size_t hi)
{
    size_t from = f->floats_before ? f->floats_before[lo] : lo;
    size_t to = f->floats_before ? f->floats_before[hi] : hi;
    return (struct float_window){
        .points.times_ms = f->all.times_ms + from,
        .points.values = f->all.values + from,
        .points.starts_ms = f->all.starts_ms ? f->all.starts_ms + from : NULL,
        .points.len = to - from,
        .points.start_ms = w->start_ms,
        .points.end_ms = w->end_ms,
        .from = from,
        .to = to,
        .histograms = (hi - lo) - (to - from),
    };
}

struct float_window float_window_inner(const struct float_series *series, const struct range_window *w)
{
    return float_window_at(series, w, w->lo, w->hi);
}

struct float_window float_window_outer(const struct float_series *series, const struct range_window *w)
{
    return float_window_at(series, w, w->outer_lo, w->outer_hi);
}

bool float_window_pure(struct float_series *series, const struct range_window *w,
                       const struct float_window *f)
{
    if (f->histograms == 0)
        return f->points.len > 0;
    if (!series->told && f->points.len > 0)
        warn_of_metric(w, "encountered a mix of histograms and floats", " for metric name ");
    if (f->points.len == 0)
        warn_histograms_unsupported(w->call);
    series->told = series->told || f->points.len > 0;
    return false;
}

bool float_window_any(struct float_series *series, const struct range_window *w, const struct float_window *f)
{
    if (f->points.len == 0)
        return false;
    if (f->histograms > 0 && !series->told) {
        series->told = true;
        info_of_metric(w, "ignored histograms in a range containing both floats and histograms",
                       " for metric name ");
    }
    return true;
}
