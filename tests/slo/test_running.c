/* Running sums against a store made of arrays, over random changes of a ledger: minutes that are told open,
 * told again otherwise, sealed, left as they were told while the source was blind; days that close; the
 * ends of periods; corrections; amendments, after which they are loaded again. */
#include "slo/running.h"

#include "base/buf.h"
#include "base/duration.h"
#include "base/vec.h"
#include "slo/day_blob.h"
#include "slo/forecast.h"
#include "support/cmocka_headers.h"

#include <string.h>

enum { DAYS = 48, MINUTES = DAYS * DAY_MINUTES, HISTORIES = 3, TICKS = 900 };

#define FIRST_DAY 20500

/* What the store has. */
struct books {
    struct minute minutes[MINUTES];
    int64_t closed_to; /* minutes before are in closed days */
    struct minute_spans excluded;
    uint64_t random;
};

static int64_t throw(struct books * books, int64_t below)
{
    books->random ^= books->random << 13;
    books->random ^= books->random >> 7;
    books->random ^= books->random << 17;
    return (int64_t)((books->random >> 11) % (uint64_t)below);
}

static struct minute *at(struct books *books, int64_t minute)
{
    int64_t i = minute - (int64_t)FIRST_DAY * DAY_MINUTES;
    assert_true(i >= 0 && i < MINUTES);
    return &books->minutes[i];
}

static struct minute random_minute(struct books *books, int64_t minute)
{
    struct minute m = {.minute = minute, .expected = 2, .seen = (int32_t) throw(books, 3)};
    m.units = throw(books, 50) - 2;
    m.spent = throw(books, 5);
    m.hidden = m.seen < 2 ? throw(books, 20) : 0;
    m.flags = throw(books, 9) == 0 ? MINUTE_ESTIMATED : throw(books, 9) == 0 ? MINUTE_DOWN : 0;
    return m;
}

static void init(struct books *books, uint64_t seed)
{
    memset(books, 0, sizeof *books);
    books->random = seed * 0x9e3779b97f4a7c15ULL;
    for (int64_t m = 0; m < MINUTES; m++)
        books->minutes[m] = (struct minute){.minute = (int64_t)FIRST_DAY * DAY_MINUTES + m};
}

/* The sum of [from, to) as the store gives it. */
static struct window_sum sum_of(const struct books *books, int64_t from, int64_t to)
{
    int64_t begin = (int64_t)FIRST_DAY * DAY_MINUTES, first = from > begin ? from - begin : 0;
    int64_t n = to - begin - first;
    struct window_source source = {.open = books->minutes + first, .n_open = n > 0 ? (size_t)n : 0};
    struct window_sum sum;
    struct err err;
    assert_true(first + n <= MINUTES);
    assert_true(window_sum_over(&source, from, to, books->excluded.at, books->excluded.len, &sum, &err));
    return sum;
}

struct world {
    struct books *books;
    struct slo slo;
    struct running *running;
    int64_t horizon;
    int64_t first;
    int64_t slot_ms;
};

static struct running_turn turn_of(const struct world *world)
{
    return (struct running_turn){world->slot_ms, world->first};
}

/* What leaves next, as the store would give it. */
static void read_ahead(struct world *world)
{
    struct minute_span span;
    int64_t begin = (int64_t)FIRST_DAY * DAY_MINUTES;
    while (running_wants(world->running, &span)) {
        int64_t from = span.from_minute > begin ? span.from_minute : begin;
        int64_t to = span.to_minute > from ? span.to_minute : from;
        running_put(world->running, &span, at(world->books, from), (size_t)(to - from),
                    &world->books->excluded);
    }
}

static void load(struct world *world)
{
    struct window_source source = {.open = world->books->minutes, .n_open = MINUTES};
    struct running_turn turn = turn_of(world);
    struct minute_span spans[RUNNING_SPANS_MAX];
    struct err err;
    assert_true(running_spans(world->running, &turn, world->horizon, spans) >= 2);
    assert_true(running_load(world->running, &turn, world->horizon, &source, &world->books->excluded, &err));
    read_ahead(world);
}

static int64_t expected_units(const struct world *world, const struct period *period,
                              const struct window_sum *so_far)
{
    struct forecast_ranges ranges = forecast_wanted(period, world->slot_ms, world->first);
    struct window_sum weeks[FORECAST_WEEKS], parts[FORECAST_WEEKS], history = {0};
    for (size_t i = 0; i < ranges.n; i++) {
        weeks[i] = sum_of(world->books, ranges.week_from[i], ranges.week_to[i]);
        parts[i] = sum_of(world->books, ranges.part_from[i], ranges.part_to[i]);
    }
    int64_t now = world->slot_ms / MINUTE_MS, day_ago = now - DAY_MINUTES;
    history = sum_of(world->books, world->first > day_ago ? world->first : day_ago, now);
    return forecast_units(&ranges, weeks, parts, so_far, &history);
}

/* Field by field: what lies between them is anybody's. */
static bool same_sum(const struct window_sum *a, const struct window_sum *b)
{
    return a->units == b->units && a->spent == b->spent && a->hidden == b->hidden &&
           a->expected == b->expected && a->seen == b->seen && a->minutes == b->minutes &&
           a->unseen_minutes == b->unseen_minutes && a->estimated_minutes == b->estimated_minutes &&
           a->down_minutes == b->down_minutes && a->estimated_units == b->estimated_units &&
           a->saturated == b->saturated;
}

static void compare(const struct world *world)
{
    struct running_turn turn = turn_of(world);
    assert_true(running_known(world->running));
    for (size_t i = 0; i < world->slo.n_windows; i++) {
        struct period period = period_at(&world->slo.windows[i], world->slot_ms);
        struct window_sum kept = running_window(world->running, i);
        struct window_sum booked =
            sum_of(world->books, period.from_ms / MINUTE_MS, minute_of(world->slot_ms) + 1);
        if (!same_sum(&kept, &booked))
            fail_msg("window %zu at slot %lld: %lld units, %lld in the books", i, (long long)world->slot_ms,
                     (long long)kept.units, (long long)booked.units);
        if (!period.rolling)
            assert_int_equal(running_expected_units(world->running, &turn, i),
                             expected_units(world, &period, &booked));
    }
}

struct told {
    struct ledger_row rows[4000];
    struct ledger_day days[DAYS];
    struct buf blobs[DAYS];
    struct ledger_note note;
    struct ledger_change change;
};

static void tell(struct world *world, struct told *told, const struct minute *m)
{
    *at(world->books, m->minute) = *m;
    if (told->change.n_rows < sizeof told->rows / sizeof told->rows[0])
        told->rows[told->change.n_rows++] = (struct ledger_row){.minute = *m};
}

/* Closes the days before the horizon: what was told of them in this change is in their blobs alone. */
static void close_days(struct world *world, struct told *told)
{
    struct books *books = world->books;
    for (; books->closed_to + DAY_MINUTES <= world->horizon; books->closed_to += DAY_MINUTES) {
        struct ledger_day *day = &told->days[told->change.n_days];
        struct buf *blob = &told->blobs[told->change.n_days++];
        buf_init(blob, DAY_BLOB_MAX_BYTES);
        *day = (struct ledger_day){.day = day_of_minute(books->closed_to)};
        day_blob_encode(at(books, books->closed_to), DAY_MINUTES, blob, &day->totals);
        day->blob = buf_text(blob);
        size_t kept = 0;
        for (size_t i = 0; i < told->change.n_rows; i++)
            if (told->rows[i].minute.minute >= books->closed_to + DAY_MINUTES)
                told->rows[kept++] = told->rows[i];
        told->change.n_rows = kept;
    }
}

/* A change at the slot: while blind, open minutes are told as unseen; else all up to five minutes ago is
 * sealed, now and then left as it was told before, and what is younger is open. */
static void take(struct world *world, bool blind)
{
    static struct told told;
    struct books *books = world->books;
    int64_t now = minute_of(world->slot_ms) + 1;
    memset(&told, 0, sizeof told);
    int64_t horizon = blind ? world->horizon : now - 5;
    for (int64_t minute = blind ? now - 1 : world->horizon; minute < now; minute++) {
        struct minute m = random_minute(books, minute);
        if (blind)
            m = (struct minute){.minute = minute, .expected = 2, .hidden = 7};
        if (!blind && minute < horizon && throw(books, 4) == 0)
            continue;
        tell(world, &told, &m);
    }
    world->horizon = horizon > world->horizon ? horizon : world->horizon;
    close_days(world, &told);
    if (throw(books, 60) == 0 && world->horizon > world->first + 3000) { /* an amendment */
        struct minute *amended = at(books, world->horizon - 1 - throw(books, 3000));
        amended->units += 3;
        amended->seen = amended->expected;
        told.note = (struct ledger_note){.code = NOTE_AMENDED, .count = 1};
        told.change.notes = &told.note;
        told.change.n_notes = 1;
    }
    told.change.rows = told.rows;
    told.change.days = told.days;
    told.change.head.horizon_ms = world->horizon * MINUTE_MS;
    running_take(&world->running, 1, &told.change, &books->excluded);
    for (size_t i = 0; i < told.change.n_days; i++)
        buf_finish(&told.blobs[i]);
}

static void correct(struct world *world)
{
    struct minute_spans *excluded = &world->books->excluded;
    VEC_CLEAR(excluded);
    int64_t from = world->horizon - throw(world->books, 20000);
    if (throw(world->books, 2))
        VEC_PUSH(excluded, (struct minute_span){from, from + 700});
    if (throw(world->books, 2)) /* reaches into what is to come */
        VEC_PUSH(excluded,
                 (struct minute_span){world->horizon - 3 > from + 700 ? world->horizon - 3 : from + 700,
                                      world->horizon + 40});
    running_forget(world->running);
}

/* From a moment a little before `border`, the end of a day, week or month. */
static void a_history(uint64_t seed, int64_t border_day, int64_t first_day)
{
    static struct books books;
    static const struct slo_window windows[] = {{.kind = WINDOW_ROLLING, .length_ms = 7 * DAY_MS},
                                                {.kind = WINDOW_MONTH, .length_ms = 30 * DAY_MS},
                                                {.kind = WINDOW_ROLLING, .length_ms = HOUR_MS},
                                                {.kind = WINDOW_WEEK, .length_ms = 7 * DAY_MS},
                                                {.kind = WINDOW_DAY, .length_ms = DAY_MS},
                                                {.kind = WINDOW_ROLLING, .length_ms = 30 * DAY_MS}};
    init(&books, seed);
    struct world world = {.books = &books, .slo = {.scale = 1, .n_windows = 6}};
    memcpy(world.slo.windows, windows, sizeof windows);
    world.first = (FIRST_DAY + first_day) * (int64_t)DAY_MINUTES + 77;
    world.horizon = (FIRST_DAY + border_day) * (int64_t)DAY_MINUTES - 100 - throw(&books, 60);
    books.closed_to = day_of_minute(world.horizon) * DAY_MINUTES;
    for (int64_t m = world.first; m < world.horizon; m++)
        *at(&books, m) = random_minute(&books, m);
    world.slot_ms = (world.horizon + 5) * MINUTE_MS;
    world.running = running_new(&world.slo, NULL);
    int64_t blind_to_ms = 0;
    int loads = 0;
    for (int tick = 0; tick < TICKS; tick++) {
        struct running_turn turn = turn_of(&world);
        if (throw(&books, 100) == 0)
            correct(&world);
        if (!running_turn(world.running, &turn)) {
            load(&world);
            loads++;
        }
        if (throw(&books, 80) == 0)
            blind_to_ms = world.slot_ms + (1 + throw(&books, 40)) * MINUTE_MS;
        take(&world, world.slot_ms < blind_to_ms);
        if (running_known(world.running))
            compare(&world);
        read_ahead(&world);
        world.slot_ms += throw(&books, 50) ? 30000 : 30000 * (1 + throw(&books, 20));
    }
    assert_true(loads < TICKS / 10);
    running_free(world.running);
    VEC_FREE(&books.excluded);
}

static void sums_in_memory_are_those_of_the_books(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        a_history(seed, 44, 1);        /* 2026-04-01 */
        a_history(seed + 100, 13, 0);  /* 2026-03-01 */
        a_history(seed + 200, 42, 40); /* a Monday; the history is two days old */
        a_history(seed + 300, 30, 0);  /* two weeks before a month ends, after which the forecast turns */
    }
}

/* What is beyond int64 stays at the largest number and says so, as the books do. */
static void sums_saturate_as_the_books_do(void **state)
{
    (void)state;
    static struct books books;
    init(&books, 1);
    struct world world = {.books = &books, .slo = {.scale = 1, .n_windows = 1}};
    world.slo.windows[0] = (struct slo_window){.kind = WINDOW_ROLLING, .length_ms = DAY_MS};
    world.first = (FIRST_DAY + 1) * (int64_t)DAY_MINUTES;
    world.horizon = world.first + 600;
    for (int64_t m = world.first + 100; m < world.first + 103; m++)
        at(&books, m)->units = INT64_MAX / 2;
    world.slot_ms = (world.horizon + 5) * MINUTE_MS;
    world.running = running_new(&world.slo, NULL);
    struct running_turn turn = turn_of(&world);
    assert_false(running_turn(world.running, &turn));
    load(&world);
    struct window_sum sum = running_window(world.running, 0);
    assert_true(sum.saturated);
    assert_true(sum.units == INT64_MAX);
    running_free(world.running);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_in_memory_are_those_of_the_books),
        cmocka_unit_test(sums_saturate_as_the_books_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
