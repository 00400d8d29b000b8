/* Changes of the ledger into running sums, as the store takes them: a minute that is told takes the place of
 * what was told of it before; a day that closes is what its totals say. A minute is added once it lies before
 * the horizon. */
#include "slo/correction.h"
#include "slo/running_state.h"

#include <assert.h>
#include <string.h>

void running_pass(struct running *running, int64_t minute)
{
    for (size_t i = 0; i < running->n_edges; i++) {
        struct edge *edge = &running->edges[i];
        if (edge->set && !edge->passed && edge->at <= minute) {
            edge->before = running->sum;
            edge->passed = true;
            edge->leaving_to = edge->at;
        }
    }
}

static bool same_but_number(const struct minute *a, const struct minute *b)
{
    return a->units == b->units && a->spent == b->spent && a->hidden == b->hidden &&
           a->expected == b->expected && a->seen == b->seen && a->flags == b->flags;
}

static int64_t run_end(const struct minute_run *run)
{
    return run->first.minute + run->n;
}

static void insert_run(struct running *running, size_t at, struct minute_run run)
{
    assert(running->tail.len <= running->tail.cap && (running->tail.at || running->tail.cap == 0));
    VEC_PUSH(&running->tail, run);
    for (size_t i = running->tail.len - 1; i > at; i--)
        running->tail.at[i] = running->tail.at[i - 1];
    running->tail.at[at] = run;
}

static void remove_run(struct running *running, size_t at)
{
    assert(at < running->tail.len);
    struct minute_run *place = &running->tail.at[at];
    running->tail.len--;
    memmove(place, place + 1, (running->tail.len - at) * sizeof *place);
}

/* Takes one minute out of the tail; returns where its like belongs. */
static size_t cut_tail(struct running *running, int64_t minute)
{
    size_t i = running->tail.len;
    while (i > 0 && running->tail.at[i - 1].first.minute > minute)
        i--;
    if (i == 0 || run_end(&running->tail.at[i - 1]) <= minute)
        return i;
    struct minute_run *run = &running->tail.at[i - 1];
    struct minute_run rest = *run;
    rest.n = run_end(run) - minute - 1;
    rest.first.minute = minute + 1;
    run->n = minute - run->first.minute;
    if (rest.n)
        insert_run(running, i, rest);
    if (running->tail.at[i - 1].n == 0)
        remove_run(running, --i);
    return i;
}

void running_put_tail(struct running *running, const struct minute *m)
{
    size_t at = cut_tail(running, m->minute);
    struct minute_run *before = at ? &running->tail.at[at - 1] : NULL;
    if (before && run_end(before) == m->minute && same_but_number(&before->first, m))
        before->n++;
    else
        insert_run(running, at, (struct minute_run){*m, 1});
}

/* All before `minute` is in the sum. */
static void move_next(struct running *running, int64_t minute)
{
    running_pass(running, minute);
    running->next = minute;
    if (minute % DAY_MINUTES == 0)
        running->day_start = running->sum;
}

/* Adds to the sum what the tail has before `minute`, of the same day or its end. */
static void seal_tail(struct running *running, int64_t minute)
{
    while (running->tail.len && running->tail.at[0].first.minute < minute) {
        struct minute_run *run = &running->tail.at[0];
        running_pass(running, run->first.minute);
        total_add_minute(&running->sum, &run->first, 1);
        run->first.minute++;
        if (--run->n == 0)
            remove_run(running, 0);
    }
    move_next(running, minute);
}

static void seal_to(struct running *running, int64_t minute)
{
    while (day_of_minute(running->next) < day_of_minute(minute))
        seal_tail(running, (day_of_minute(running->next) + 1) * DAY_MINUTES);
    seal_tail(running, minute);
}

static void drop_tail(struct running *running, int64_t minute)
{
    while (running->tail.len && running->tail.at[0].first.minute < minute)
        cut_tail(running, running->tail.at[0].first.minute);
}

/* A closed day: its last minutes were told by its totals alone. Edges that lie among these can only be
 * loaded.
 */
static void take_day(struct running *running, const struct ledger_day *closed,
                     const struct minute_spans *excluded)
{
    struct window_day day = {closed->day, closed->totals, closed->blob};
    struct window_source source = {.days = &day, .n_days = 1};
    int64_t from = closed->day * DAY_MINUTES, to = from + DAY_MINUTES;
    struct window_sum sum;
    struct err err;
    if (to <= running->next) {
        running_forget(running); /* a day that was closed before */
        return;
    }
    if (from > running->next)
        seal_to(running, from);
    for (size_t i = 0; i < running->n_edges; i++) {
        const struct edge *edge = &running->edges[i];
        if (edge->set && !edge->passed && edge->at > from && edge->at < to)
            running_forget(running);
    }
    if (!window_sum_over(&source, from, to, excluded->at, excluded->len, &sum, &err))
        running_forget(running);
    if (!running->known)
        return;
    running_pass(running, from);
    running->sum = running->day_start;
    total_add(&running->sum, &sum, 1);
    drop_tail(running, to);
    move_next(running, to);
}

static void take_row(struct running *running, const struct minute *told, int64_t horizon_minute,
                     const struct minute_spans *excluded)
{
    struct minute m = minute_is_in(excluded, told->minute) ? (struct minute){.minute = told->minute} : *told;
    if (m.minute < running->next) {
        running_forget(running);
        return;
    }
    if (m.minute >= horizon_minute) {
        running_put_tail(running, &m);
        return;
    }
    seal_to(running, m.minute);
    cut_tail(running, m.minute);
    total_add_minute(&running->sum, &m, 1);
    move_next(running, m.minute + 1);
}

static bool amends(const struct ledger_change *change)
{
    bool noted = false;
    for (size_t i = 0; i < change->n_notes; i++)
        noted = noted || change->notes[i].code == NOTE_AMENDED;
    return noted || change->n_amends > 0;
}

void running_take(struct running *const *groups, size_t n, const struct ledger_change *change,
                  const struct minute_spans *excluded)
{
    int64_t horizon_minute = change->head.horizon_ms / MINUTE_MS;
    if (amends(change))
        for (size_t i = 0; i < n; i++)
            running_forget(groups[i]);
    for (size_t i = 0; i < change->n_days; i++) {
        assert(change->days[i].group < n);
        if (groups[change->days[i].group]->known)
            take_day(groups[change->days[i].group], &change->days[i], excluded);
    }
    for (size_t i = 0; i < change->n_rows; i++) {
        assert(change->rows[i].group < n);
        if (groups[change->rows[i].group]->known)
            take_row(groups[change->rows[i].group], &change->rows[i].minute, horizon_minute, excluded);
    }
    for (size_t i = 0; i < n; i++)
        if (groups[i]->known && groups[i]->next < horizon_minute)
            seal_to(groups[i], horizon_minute);
}
