/* What the evaluator asks of a Prometheus: windows as raw samples, instant selectors as the server resolves
 * them.
 *
 * The values of an instant selector at each step of a query come from a range query on that very grid; where
 * a series is gone, a stale marker says so. timestamp() needs the samples' own times: then the raw samples
 * are given, with the grid's knowledge of who is gone put in as markers. */
#include "source/prometheus_query.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/map.h"
#include "source/selector.h"
#include "source/series_join.h"

enum {
    SERVER_LOOKBACK_MS = 5 * MINUTE_MS, /* a server's default: only another one is named in a request */
    FIRST_GRID_STEPS = 1000,
    GRID_STEPS_MAX = 10000, /* a server's limit is 11,000 */
    GRID_SHRINK = 4,
    SPARSE = 4, /* windows that cover less than this part of the time are fetched one by one */
    SELECTOR_BYTES_MAX = 1 << 20,
};

struct select_run {
    struct prometheus *prometheus;
    const struct select_request *request;
    struct text selector; /* printed */
    struct label_table *table;
    struct arena *arena;
    size_t max_samples;
};

static int64_t step_count(const struct select_request *request)
{
    return request->step_ms > 0 ? (request->last_ms - request->first_ms) / request->step_ms + 1 : 1;
}

static bool fetch_raw(const struct select_run *run, int64_t from_ms, int64_t to_ms, struct series_join *join,
                      struct err *err)
{
    struct raw_range range = {
        .selector = run->selector, .from_ms = from_ms, .to_ms = to_ms, .max_samples = run->max_samples};
    return prometheus_fetch_range(run->prometheus, &range, run->table, join, err);
}

static bool select_windows(const struct select_run *run, struct series_set *result, struct err *err)
{
    const struct select_request *request = run->request;
    struct series_join join = {0};
    bool good = true;
    if (request->step_ms > SPARSE * request->range_ms && step_count(request) > 1) {
        for (int64_t i = 0; i < step_count(request) && good; i++) {
            int64_t to = request->first_ms + i * request->step_ms;
            good = fetch_raw(run, to - request->range_ms, to, &join, err);
        }
    } else {
        good = fetch_raw(run, request->from_ms, request->to_ms, &join, err);
    }
    if (good)
        *result = series_join_copy(&join, run->arena);
    series_join_finish(&join);
    return good;
}

/* --- instant selectors on a grid --- */

static struct prometheus_query grid_query(const struct select_run *run, int64_t first_step, int64_t n_steps)
{
    const struct select_request *request = run->request;
    int64_t start = request->first_ms + first_step * request->step_ms;
    return (struct prometheus_query){
        .expression = run->selector,
        .start_ms = start,
        .end_ms = start + (n_steps - 1) * request->step_ms,
        .step_ms = request->step_ms,
        .lookback_ms = request->range_ms == SERVER_LOOKBACK_MS ? 0 : request->range_ms,
    };
}

static bool fetch_grid_page(const struct select_run *run, int64_t first_step, int64_t n_steps,
                            struct series_join *join, struct err *err)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct samples_answer answer;
    struct prometheus_query query = grid_query(run, first_step, n_steps);
    bool good = prometheus_ask(run->prometheus, &query, run->table, &arena, &answer, err);
    if (good)
        series_join_add(join, answer.series, INT64_MIN);
    arena_finish(&arena);
    return good;
}

static bool fetch_grid(const struct select_run *run, struct series_join *join, struct err *err)
{
    int64_t n = step_count(run->request);
    int64_t page = FIRST_GRID_STEPS;
    for (int64_t done = 0; done < n;) {
        int64_t steps = n - done < page ? n - done : page;
        size_t before = join->n_samples;
        struct err failed = {0};
        if (!fetch_grid_page(run, done, steps, join, &failed)) {
            if (failed.kind != ERR_LIMIT || steps == 1) {
                *err = failed;
                return false;
            }
            page = steps > GRID_SHRINK ? steps / GRID_SHRINK : 1;
            continue;
        }
        if (join->n_samples > run->max_samples)
            return err_set(err, ERR_LIMIT, "%.*s: more than %zu samples",
                           TEXT_ARG(run->prometheus->source.name), run->max_samples);
        size_t came = join->n_samples - before;
        bool small = came == 0 || run->prometheus->page_samples / came >= GRID_STEPS_MAX / FIRST_GRID_STEPS;
        page = small ? GRID_STEPS_MAX : steps;
        done += steps;
    }
    return true;
}

/* Columns that grow to a known maximum. */
struct column_writer {
    int64_t *times;
    double *values;
    size_t len;
};

static struct column_writer begin_columns(struct arena *arena, size_t max)
{
    return (struct column_writer){ARENA_ARRAY(arena, int64_t, max), ARENA_ARRAY(arena, double, max), 0};
}

static void put_sample(struct column_writer *columns, int64_t t, double v)
{
    columns->times[columns->len] = t;
    columns->values[columns->len++] = v;
}

/* The grid's samples, with a stale marker at each first step at which the series is gone. */
static void mark_gaps(const struct select_run *run, struct series *series)
{
    const struct select_request *request = run->request;
    struct column_writer columns = begin_columns(run->arena, 2 * series->len);
    for (size_t i = 0; i < series->len; i++) {
        int64_t t = series->times_ms[i];
        int64_t next = t + request->step_ms;
        put_sample(&columns, t, series->values[i]);
        bool is_last = i + 1 == series->len;
        if (next <= request->last_ms && (is_last || series->times_ms[i + 1] > next))
            put_sample(&columns, next, stale_nan());
    }
    series->len = columns.len;
    series->times_ms = columns.times;
    series->values = columns.values;
}

/* --- with the samples' own times --- */

/* Raw samples and, at each first step at which the grid has no value though a sample is within the lookback,
 * a stale marker. `alive` may be NULL: gone at every step. */
static void mark_gone(const struct select_run *run, const struct series *alive, struct series *raw)
{
    const struct select_request *request = run->request;
    int64_t n = step_count(request);
    struct column_writer columns = begin_columns(run->arena, 2 * raw->len);
    size_t next_raw = 0;
    size_t next_alive = 0;
    bool marked = true; /* nothing to mark before the first sample */
    for (int64_t i = 0; i < n; i++) {
        int64_t t = request->first_ms + i * request->step_ms;
        for (; next_raw < raw->len && raw->times_ms[next_raw] <= t; next_raw++) {
            put_sample(&columns, raw->times_ms[next_raw], raw->values[next_raw]);
            marked = false;
        }
        while (alive && next_alive < alive->len && alive->times_ms[next_alive] < t)
            next_alive++;
        bool lives = alive && next_alive < alive->len && alive->times_ms[next_alive] == t;
        if (lives || marked || columns.times[columns.len - 1] == t)
            continue;
        put_sample(&columns, t, stale_nan());
        marked = true;
    }
    raw->len = columns.len;
    raw->times_ms = columns.times;
    raw->values = columns.values;
}

static bool put_own_times(const struct select_run *run, struct series_set grid, struct series_set *result,
                          struct err *err)
{
    struct series_join join = {0};
    bool good = fetch_raw(run, run->request->from_ms, run->request->to_ms, &join, err);
    if (good) {
        struct map alive = {0};
        for (size_t i = 0; i < grid.len; i++)
            *map_add(&alive, map_key_of(grid.at[i].labels), NULL) = i + 1;
        *result = series_join_copy(&join, run->arena);
        for (size_t i = 0; i < result->len; i++) {
            const uint64_t *place = map_find(&alive, map_key_of(result->at[i].labels));
            mark_gone(run, place ? &grid.at[*place - 1] : NULL, &result->at[i]);
        }
        map_finish(&alive);
    }
    series_join_finish(&join);
    return good;
}

static bool select_one_step(const struct select_run *run, struct series_set *result, struct err *err)
{
    const struct select_request *request = run->request;
    struct prometheus_query query = {
        .expression = run->selector,
        .start_ms = request->first_ms,
        .lookback_ms = request->range_ms == SERVER_LOOKBACK_MS ? 0 : request->range_ms,
        .max_samples = run->max_samples,
    };
    struct samples_answer answer;
    if (!prometheus_ask(run->prometheus, &query, run->table, run->arena, &answer, err))
        return false;
    *result = answer.series;
    return true;
}

static bool select_steps(const struct select_run *run, struct series_set *result, struct err *err)
{
    if (step_count(run->request) == 1)
        return select_one_step(run, result, err);
    struct series_join join = {0};
    bool good = fetch_grid(run, &join, err);
    if (good) {
        *result = series_join_copy(&join, run->arena);
        for (size_t i = 0; i < result->len && !run->request->needs_times; i++)
            mark_gaps(run, &result->at[i]);
    }
    series_join_finish(&join);
    return good;
}

static bool run_select(const struct select_run *run, struct series_set *result, struct err *err)
{
    if (run->request->kind == SELECT_RANGE)
        return select_windows(run, result, err);
    struct series_set grid;
    if (!select_steps(run, &grid, err))
        return false;
    if (run->request->needs_times)
        return put_own_times(run, grid, result, err);
    *result = grid;
    return true;
}

bool prometheus_select(struct source *source, const struct select_request *request, struct label_table *table,
                       struct arena *arena, struct series_set *result, struct err *err)
{
    struct prometheus *prometheus = (struct prometheus *)source;
    struct buf selector;
    buf_init(&selector, SELECTOR_BYTES_MAX);
    selector_print(&request->selector->u.selector, &selector);
    size_t own = prometheus->max_samples;
    struct select_run run = {
        .prometheus = prometheus,
        .request = request,
        .selector = buf_text(&selector),
        .table = table,
        .arena = arena,
        .max_samples = request->max_samples > 0 && request->max_samples < own ? request->max_samples : own,
    };
    bool good = run_select(&run, result, err);
    buf_finish(&selector);
    return good;
}
