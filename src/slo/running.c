/* Running sums: where edges are and how they move, loading, and the sums of windows. How changes of the
 * ledger come in is in running_take.c.
 *
 * Edges lie in this order: for each calendar window the ends of the parts that its forecast looks at, then
 * the windows' starts, then, where there are calendar windows, the starts of the last four weeks and of the
 * last day; at the end the minutes in which the target changed. An edge that jumps (a new period, another
 * week of the forecast) often jumps to where another stands; the ends of parts come first, while those still
 * stand where they were. */
#include "slo/forecast.h"
#include "slo/running_state.h"

enum { WEEK_MINUTES = 7 * DAY_MINUTES };

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

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

/* Of the i-th change, which is the (i + 1)-th target's beginning. */
static size_t change_edge(const struct running *running, size_t i)
{
    return (running->n_calendars ? day_edge(running) + 1 : running->slo->n_windows) + i;
}

static size_t n_changes(const struct running *running)
{
    return running->targets && running->targets->len ? running->targets->len - 1 : 0;
}

struct running *running_new(const struct slo *slo, const struct dated_targets *targets)
{
    struct running *running = memory_alloc_zero(1, sizeof *running);
    running->slo = slo;
    running->targets = targets;
    for (size_t i = 0; i < slo->n_windows; i++)
        running->n_calendars += is_calendar(&slo->windows[i]);
    running->n_edges = change_edge(running, n_changes(running));
    running->edges = memory_alloc_zero(running->n_edges, sizeof *running->edges);
    for (size_t i = 0; i < slo->n_windows; i++)
        running->edges[window_edge(running, i)].moves = !is_calendar(&slo->windows[i]);
    for (size_t i = week_edge(running, 0); i < change_edge(running, 0); i++)
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

/* A change is wanted while some window begins before it. */
static void place_changes(const struct running *running, int64_t *places)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < running->slo->n_windows; i++)
        first = least(first, places[window_edge(running, i)]);
    for (size_t i = 0; i < n_changes(running); i++) {
        int64_t at = running->targets->at[i + 1].from_minute;
        places[change_edge(running, i)] = at > first ? at : RUNNING_NOWHERE;
    }
}

void running_find_places(const struct running *running, const struct running_turn *turn, int64_t *places)
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
    place_changes(running, places);
    if (!running->n_calendars)
        return;
    for (size_t week = 0; week < FORECAST_WEEKS; week++)
        places[week_edge(running, week)] = end - (int64_t)(week + 1) * WEEK_MINUTES;
    int64_t first = turn->first_minute, day_ago = turn->slot_ms / MINUTE_MS - DAY_MINUTES;
    bool young = first == INT64_MAX || end - WEEK_MINUTES < first;
    places[day_edge(running)] = !young                                  ? RUNNING_NOWHERE
                                : first != INT64_MAX && first > day_ago ? first
                                                                        : day_ago;
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

void edge_place(struct edge *edge, int64_t at)
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
        edge_place(edge, at);
        edge->before = before;
        edge->passed = true;
        return true;
    }
    return false;
}

static bool move(struct running *running, struct edge *edge, int64_t at)
{
    if (at == RUNNING_NOWHERE) {
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
        edge_place(edge, at);
        return true;
    }
    return jump(running, edge, at);
}

bool running_turn(struct running *running, const struct running_turn *turn)
{
    int64_t places[RUNNING_SPANS_MAX] = {0};
    running_find_places(running, turn, places);
    running->end = minute_of(turn->slot_ms) + 1;
    for (size_t i = 0; i < running->n_edges && running->known; i++)
        running->known = move(running, &running->edges[i], places[i]);
    return running->known;
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

struct earlier_allowed running_earlier(const struct running *running, size_t i)
{
    struct earlier_allowed earlier = {0};
    size_t window = window_edge(running, i);
    int64_t from = running->edges[window].at;
    for (size_t k = 0; k < n_changes(running); k++) {
        struct minute_span span = dated_target_minutes(running->targets, k, from, running->end);
        if (span.from_minute >= span.to_minute)
            continue;
        bool first = span.from_minute == from, last = span.to_minute == running->end;
        struct total begin = sum_at_edge(running, first ? window : change_edge(running, k - 1));
        struct total end =
            last ? sum_at(running, running->end) : sum_at_edge(running, change_edge(running, k));
        struct window_sum part = difference(&end, &begin);
        earlier_allowed_add(&earlier, running->slo, &running->targets->at[k], &part);
    }
    return earlier;
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
