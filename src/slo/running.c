/* Running sums: where edges are and how they move, loading, and the sums of windows. How changes of the
 * ledger come in is in running_take.c.
 *
 * Edges lie in this order: for each calendar window the ends of the parts that its forecast looks at, then
 * the windows' starts, then, where there are calendar windows, the starts of the last four weeks and of the
 * last day. An edge that jumps (a new period, another week of the forecast) often jumps to where another
 * stands; the ends of parts come first, while those still stand where they were. */
#include "slo/correction.h"
#include "slo/forecast.h"
#include "slo/running_state.h"

enum { WEEK_MINUTES = 7 * DAY_MINUTES, READ_AHEAD_MINUTES = 240, KEPT_AHEAD_MINUTES = 20 };

#define NOWHERE INT64_MAX

static bool is_calendar(const struct slo_window *window)
{
    return window->kind != WINDOW_ROLLING;
}

static size_t window_edge(const struct running *running, size_t i)
{
    return running->n_calendars * FORECAST_WEEKS + i;
}

static size_t week_edge(const struct running *running, size_t week)
{
    return window_edge(running, running->slo->n_windows) + week;
}

static size_t day_edge(const struct running *running)
{
    return week_edge(running, FORECAST_WEEKS);
}

struct running *running_new(const struct slo *slo)
{
    struct running *running = memory_alloc_zero(1, sizeof *running);
    running->slo = slo;
    for (size_t i = 0; i < slo->n_windows; i++)
        running->n_calendars += is_calendar(&slo->windows[i]);
    running->n_edges = running->n_calendars ? day_edge(running) + 1 : slo->n_windows;
    running->edges = memory_alloc_zero(running->n_edges, sizeof *running->edges);
    for (size_t i = 0; i < slo->n_windows; i++)
        running->edges[window_edge(running, i)].moves = !is_calendar(&slo->windows[i]);
    for (size_t i = week_edge(running, 0); i < running->n_edges; i++)
        running->edges[i].moves = true;
    return running;
}

void running_free(struct running *running)
{
    if (!running)
        return;
    for (size_t i = 0; i < running->n_edges; i++)
        day_stream_finish(&running->edges[i].leaving);
    VEC_FREE(&running->tail);
    memory_free(running->edges);
    memory_free(running);
}

size_t running_bytes(const struct running *running)
{
    size_t bytes = sizeof *running + running->n_edges * sizeof *running->edges +
                   running->tail.cap * sizeof *running->tail.at;
    for (size_t i = 0; i < running->n_edges; i++)
        bytes += running->edges[i].leaving.cap;
    return bytes;
}

void running_forget(struct running *running)
{
    running->known = false;
}

bool running_known(const struct running *running)
{
    return running->known;
}

void total_add(struct total *total, const struct window_sum *sum, int64_t times)
{
    total->units += (__int128)sum->units * times;
    total->spent += (__int128)sum->spent * times;
    total->hidden += (__int128)sum->hidden * times;
    total->estimated_units += (__int128)sum->estimated_units * times;
    total->expected += sum->expected * times;
    total->seen += sum->seen * times;
    total->minutes += sum->minutes * times;
    total->unseen_minutes += sum->unseen_minutes * times;
    total->estimated_minutes += sum->estimated_minutes * times;
    total->down_minutes += sum->down_minutes * times;
    total->saturated |= sum->saturated;
}

void total_add_minute(struct total *total, const struct minute *m, int64_t times)
{
    struct window_sum sum = {0};
    window_sum_minute(&sum, m);
    total_add(total, &sum, times);
}

static int64_t clamped(__int128 value, bool *saturated)
{
    if (value >= INT64_MIN && value <= INT64_MAX)
        return (int64_t)value;
    *saturated = true;
    return value < 0 ? INT64_MIN : INT64_MAX;
}

static struct window_sum difference(const struct total *to, const struct total *from)
{
    struct window_sum sum = {.expected = to->expected - from->expected,
                             .seen = to->seen - from->seen,
                             .minutes = to->minutes - from->minutes,
                             .unseen_minutes = to->unseen_minutes - from->unseen_minutes,
                             .estimated_minutes = to->estimated_minutes - from->estimated_minutes,
                             .down_minutes = to->down_minutes - from->down_minutes,
                             .saturated = to->saturated || from->saturated};
    sum.units = clamped(to->units - from->units, &sum.saturated);
    sum.spent = clamped(to->spent - from->spent, &sum.saturated);
    sum.hidden = clamped(to->hidden - from->hidden, &sum.saturated);
    sum.estimated_units = clamped(to->estimated_units - from->estimated_units, &sum.saturated);
    return sum;
}

/* Where each edge belongs at the slot. */
static void find_places(const struct running *running, const struct running_turn *turn, int64_t *places)
{
    const struct slo *slo = running->slo;
    int64_t end = minute_of(turn->slot_ms) + 1;
    size_t part = 0;
    for (size_t i = 0; i < slo->n_windows; i++) {
        struct period period = period_at(&slo->windows[i], turn->slot_ms);
        places[window_edge(running, i)] = period.from_ms / MINUTE_MS;
        if (!is_calendar(&slo->windows[i]))
            continue;
        struct forecast_ranges ranges = forecast_wanted(&period, turn->slot_ms, INT64_MIN);
        for (size_t week = 0; week < FORECAST_WEEKS; week++)
            places[part++] = ranges.part_to[week];
    }
    if (!running->n_calendars)
        return;
    for (size_t week = 0; week < FORECAST_WEEKS; week++)
        places[week_edge(running, week)] = end - (int64_t)(week + 1) * WEEK_MINUTES;
    bool young = turn->first_minute == INT64_MAX || end - WEEK_MINUTES < turn->first_minute;
    places[day_edge(running)] = young ? turn->slot_ms / MINUTE_MS - DAY_MINUTES : NOWHERE;
}

/* Takes the minutes before `at` out of those that wait. */
static void leave(const struct edge *edge, int64_t at, struct day_cursor *cursor, bool *waiting,
                  struct total *before)
{
    while (*waiting && cursor->minute.minute < at) {
        total_add_minute(before, &cursor->minute, 1);
        *waiting = day_stream_next(&edge->leaving, cursor);
    }
}

static void place_fresh(struct edge *edge, int64_t at)
{
    edge->set = true;
    edge->passed = false;
    edge->waiting = false;
    edge->at = edge->leaving_to = at;
}

/* To where another edge stands, or could move. */
static bool jump(struct running *running, struct edge *edge, int64_t at)
{
    for (size_t i = 0; i < running->n_edges; i++) {
        const struct edge *other = &running->edges[i];
        if (!other->set || !other->passed || other->at > at || (other->at < at && other->leaving_to < at))
            continue;
        struct day_cursor cursor = other->cursor;
        bool waiting = other->waiting;
        struct total before = other->before;
        leave(other, at, &cursor, &waiting, &before);
        place_fresh(edge, at);
        edge->before = before;
        edge->passed = true;
        return true;
    }
    return false;
}

static bool move(struct running *running, struct edge *edge, int64_t at)
{
    if (at == NOWHERE) {
        edge->set = false;
        return true;
    }
    if (edge->set && edge->at == at)
        return true;
    if (edge->set && edge->passed && edge->at < at && edge->leaving_to >= at) {
        leave(edge, at, &edge->cursor, &edge->waiting, &edge->before);
        edge->at = at;
        return true;
    }
    if (at >= running->next) {
        place_fresh(edge, at);
        return true;
    }
    return jump(running, edge, at);
}

bool running_turn(struct running *running, const struct running_turn *turn)
{
    int64_t places[RUNNING_SPANS_MAX] = {0};
    find_places(running, turn, places);
    running->end = minute_of(turn->slot_ms) + 1;
    for (size_t i = 0; i < running->n_edges && running->known; i++)
        running->known = move(running, &running->edges[i], places[i]);
    return running->known;
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
    find_places(running, turn, places);
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
    find_places(running, turn, places);
    running->known = false;
    running->next = horizon_minute;
    running->sum = (struct total){0};
    for (size_t i = 0; i < running->n_edges; i++) {
        struct edge *edge = &running->edges[i];
        place_fresh(edge, places[i]);
        edge->set = places[i] != NOWHERE;
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

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
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

void running_put(struct running *running, const struct running_turn *turn, const struct minute_span *span,
                 const struct minute *minutes, size_t n, const struct minute_spans *excluded)
{
    int64_t to = span->to_minute;
    if (least(turn->history_minute, running->next) > to)
        to = least(turn->history_minute, running->next);
    for (size_t i = 0; i < running->n_edges; i++) {
        struct edge *edge = &running->edges[i];
        if (!edge->moves || !edge->set || !edge->passed || edge->at != span->from_minute)
            continue;
        day_stream_clear(&edge->leaving, day_of_minute(edge->at));
        for (size_t k = 0; k < n; k++)
            if (!minute_is_in(excluded, minutes[k].minute))
                day_stream_append(&edge->leaving, &minutes[k]);
        edge->leaving_to = to;
        edge->cursor = (struct day_cursor){0};
        edge->waiting = day_stream_next(&edge->leaving, &edge->cursor);
    }
}

/* Adds the open minutes of [from, to). */
static void add_tail(const struct running *running, int64_t from, int64_t to, struct total *total)
{
    for (size_t i = 0; i < running->tail.len; i++) {
        const struct minute_run *run = &running->tail.at[i];
        int64_t first = run->first.minute > from ? run->first.minute : from;
        int64_t last = least(run->first.minute + run->n, to);
        if (first < last)
            total_add_minute(total, &run->first, last - first);
    }
}

/* The sum over all before a minute that is not sealed yet. */
static struct total sum_at(const struct running *running, int64_t minute)
{
    struct total total = running->sum;
    add_tail(running, running->next, minute, &total);
    return total;
}

static struct total sum_at_edge(const struct running *running, size_t i)
{
    const struct edge *edge = &running->edges[i];
    return edge->passed ? edge->before : sum_at(running, edge->at);
}

struct window_sum running_window(const struct running *running, size_t i)
{
    struct total end = sum_at(running, running->end);
    struct total begin = sum_at_edge(running, window_edge(running, i));
    return difference(&end, &begin);
}

static size_t calendars_before(const struct running *running, size_t window)
{
    size_t n = 0;
    for (size_t i = 0; i < window; i++)
        n += is_calendar(&running->slo->windows[i]);
    return n;
}

int64_t running_expected_units(const struct running *running, const struct running_turn *turn, size_t i)
{
    struct period period = period_at(&running->slo->windows[i], turn->slot_ms);
    struct forecast_ranges ranges = forecast_wanted(&period, turn->slot_ms, turn->first_minute);
    struct window_sum weeks[FORECAST_WEEKS] = {0}, parts[FORECAST_WEEKS] = {0}, history = {0};
    struct window_sum so_far = running_window(running, i);
    size_t first_part = calendars_before(running, i) * FORECAST_WEEKS;
    struct total end = sum_at(running, running->end);
    for (size_t week = 0; week < ranges.n; week++) {
        struct total begin = sum_at_edge(running, week_edge(running, week));
        struct total part = sum_at_edge(running, first_part + week);
        weeks[week] = difference(&end, &begin);
        parts[week] = difference(&part, &begin);
        end = begin;
    }
    if (!ranges.n && turn->first_minute != INT64_MAX) {
        struct total begin = sum_at_edge(running, day_edge(running));
        end = sum_at(running, turn->slot_ms / MINUTE_MS);
        history = difference(&end, &begin);
    }
    return forecast_units(&ranges, weeks, parts, &so_far, &history);
}
