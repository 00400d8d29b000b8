/* running_state: the inside of struct running, for running.c, running_load.c and running_take.c. */
#ifndef SLOBURN_SLO_RUNNING_STATE_H
#define SLOBURN_SLO_RUNNING_STATE_H

#include "base/vec.h"
#include "slo/day_stream.h"
#include "slo/running.h"

struct total {
    __int128 units;
    __int128 spent;
    __int128 hidden;
    __int128 estimated_units;
    int64_t expected;
    int64_t seen;
    int64_t minutes;
    int64_t unseen_minutes;
    int64_t estimated_minutes;
    int64_t down_minutes;
    bool saturated; /* it was loaded so */
};

/* Where a window begins. */
struct edge {
    bool set;
    bool passed;         /* `before` is known: all minutes before `at` are in the sum */
    bool moves;          /* with the clock */
    int64_t at;          /* a minute */
    struct total before; /* the sum as it was there */
    struct day_stream leaving;
    struct day_cursor cursor; /* its minute leaves next, where `waiting` */
    bool waiting;
    int64_t leaving_to; /* minutes before this one are in `leaving` or hold nothing */
};

/* n minutes in a row that are the same but for their number; `first` has that of the first. */
struct minute_run {
    struct minute first;
    int64_t n;
};

struct running {
    const struct slo *slo;
    const struct dated_targets *targets; /* NULL: the target never changed */
    bool known;
    int64_t next; /* all minutes before it are in the sum */
    struct total sum;
    struct total day_start;      /* the sum at the midnight before `next` */
    VEC(struct minute_run) tail; /* open minutes as they were told last, rising, from `next` on */
    int64_t end;                 /* of the windows: the slot of the last turn */
    size_t n_calendars;
    size_t n_edges;
    struct edge *edges;
};

void total_add(struct total *total, const struct window_sum *sum, int64_t times);
void total_add_minute(struct total *total, const struct minute *m, int64_t times);
/* Where each edge belongs at the slot; RUNNING_NOWHERE: it is not wanted. */
#define RUNNING_NOWHERE INT64_MAX
void running_find_places(const struct running *running, const struct running_turn *turn, int64_t *places);
/* At a minute, not passed, with nothing read ahead. */
void edge_place(struct edge *edge, int64_t at);
/* Edges up to `minute`, which is not in the sum yet, are passed. */
void running_pass(struct running *running, int64_t minute);
/* Puts an open minute in its place in the tail. */
void running_put_tail(struct running *running, const struct minute *m);

#endif
