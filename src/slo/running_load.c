/* Running sums from the store: what must be read, all at once or ahead of the clock, and the taking of it. */
#include "slo/correction.h"
#include "slo/running_state.h"

enum { READ_AHEAD_MINUTES = 240, KEPT_AHEAD_MINUTES = 20 };

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t midnight_before(int64_t minute)
{
    return day_of_minute(minute) * DAY_MINUTES;
}

/* Whole windows, so that a source holds the days' totals between; the last one is of what is open. */
size_t running_spans(const struct running *running, const struct running_turn *turn, int64_t horizon_minute,
                     struct minute_span spans[RUNNING_SPANS_MAX])
{
    int64_t places[RUNNING_SPANS_MAX] = {0};
    size_t n = 0;
    running_find_places(running, turn, places);
    for (size_t i = 0; i < running->n_edges; i++)
        if (places[i] < horizon_minute)
            spans[n++] = (struct minute_span){places[i], horizon_minute};
    spans[n++] = (struct minute_span){midnight_before(horizon_minute), horizon_minute};
    spans[n++] = (struct minute_span){horizon_minute, minute_of(turn->slot_ms) + 1};
    return n;
}

/* The sum runs from the horizon on; what lies before it is less than nothing. */
static bool load_before(const struct window_source *source, int64_t from, int64_t to,
                        const struct minute_spans *excluded, struct total *before, struct err *err)
{
    struct window_sum sum;
    if (!window_sum_over(source, from, to, excluded->at, excluded->len, &sum, err))
        return false;
    *before = (struct total){0};
    total_add(before, &sum, -1);
    return true;
}

static void load_tail(struct running *running, const struct window_source *source,
                      const struct minute_spans *excluded)
{
    VEC_CLEAR(&running->tail);
    for (size_t i = 0; i < source->n_open; i++)
        if (source->open[i].minute >= running->next && !minute_is_in(excluded, source->open[i].minute))
            running_put_tail(running, &source->open[i]);
}

bool running_load(struct running *running, const struct running_turn *turn, int64_t horizon_minute,
                  const struct window_source *source, const struct minute_spans *excluded, struct err *err)
{
    int64_t places[RUNNING_SPANS_MAX] = {0};
    running_find_places(running, turn, places);
    running->known = false;
    running->next = horizon_minute;
    running->sum = (struct total){0};
    for (size_t i = 0; i < running->n_edges; i++) {
        struct edge *edge = &running->edges[i];
        edge_place(edge, places[i]);
        edge->set = places[i] != RUNNING_NOWHERE;
        edge->passed = places[i] < horizon_minute;
        if (edge->passed && !load_before(source, places[i], horizon_minute, excluded, &edge->before, err))
            return false;
    }
    if (!load_before(source, midnight_before(horizon_minute), horizon_minute, excluded, &running->day_start,
                     err))
        return false;
    load_tail(running, source, excluded);
    running->end = minute_of(turn->slot_ms) + 1;
    running->known = true;
    return true;
}

void running_begin(struct running *running, const struct running_turn *turn, int64_t horizon_minute)
{
    const struct window_source nothing = {0};
    const struct minute_spans none = {0};
    struct err err;
    if (!running_load(running, turn, horizon_minute, &nothing, &none, &err))
        return; /* cannot be: there is no day that could be damaged */
    for (size_t i = 0; i < running->n_edges; i++)
        if (running->edges[i].passed)
            running->edges[i].leaving_to = horizon_minute;
}

bool running_wants(const struct running *running, struct minute_span *span)
{
    for (size_t i = 0; i < running->n_edges && running->known; i++) {
        const struct edge *edge = &running->edges[i];
        if (!edge->moves || !edge->set || !edge->passed ||
            edge->leaving_to >= least(edge->at + KEPT_AHEAD_MINUTES, running->next))
            continue;
        *span = (struct minute_span){edge->at, least(edge->at + READ_AHEAD_MINUTES, running->next)};
        return true;
    }
    return false;
}

void running_put(struct running *running, const struct minute_span *span, const struct minute *minutes,
                 size_t n, const struct minute_spans *excluded)
{
    for (size_t i = 0; i < running->n_edges; i++) {
        struct edge *edge = &running->edges[i];
        if (!edge->moves || !edge->set || !edge->passed || edge->at != span->from_minute)
            continue;
        day_stream_clear(&edge->leaving, day_of_minute(edge->at));
        for (size_t k = 0; k < n; k++)
            if (!minute_is_in(excluded, minutes[k].minute))
                day_stream_append(&edge->leaving, &minutes[k]);
        edge->leaving_to = span->to_minute;
        edge->cursor = (struct day_cursor){0};
        edge->waiting = day_stream_next(&edge->leaving, &edge->cursor);
    }
}
